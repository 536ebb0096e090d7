package stress

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// The oracle is package math, whose results differ from ours by no more than the last places.
func TestFunctions(t *testing.T) {
	for x := -60.0; x <= 60; x += 0.00731 {
		require.InEpsilon(t, math.Exp(x), exp(x), 1e-15, "exp %v", x)
		y := math.Exp(x)
		if x != 0 {
			require.InDelta(t, math.Log(y), log(y), 4e-16*max(1, math.Abs(x)), "log %v", y)
		}
	}
	require.Equal(t, 1.0, exp(0))
	require.Zero(t, log(1))
	require.Zero(t, exp(-1000))
	require.Zero(t, exp(math.NaN()))
	require.InEpsilon(t, math.Exp(700), exp(1000), 1e-14)
	for _, p := range []float64{1e-300, 1e-100, 1e-20, 1e-12, 1e-9, 1e-6, 1e-4, 0.001, 0.01, 0.05, 0.0749, 0.0751, 0.1, 0.3, 0.5, 0.6, 0.9249, 0.9251, 0.99, 0.999999} {
		z := quantile(p)
		require.InEpsilon(t, p, math.Erfc(-z/math.Sqrt2)/2, 3e-13, "quantile of %v is %v", p, z)
	}
	// Published quantiles of the normal distribution.
	require.InDelta(t, 1.959963984540054, quantile(0.975), 1e-15)
	require.InDelta(t, -2.326347874040841, quantile(0.01), 1e-15)
	require.Zero(t, quantile(0.5))
}
