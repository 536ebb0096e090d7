package stress_test

import (
	"math"
	"testing"

	"github.com/gaib-go/gaib/gpuasset/stress"
	"github.com/stretchr/testify/require"
)

// Worked by hand: losses of 1 to 10.
func TestDistribution(t *testing.T) {
	d, err := stress.NewDistribution([]float64{10, 3, 1, 2, 9, 4, 8, 5, 7, 6}, 20)
	require.NoError(t, err)
	for _, test := range []struct{ level, value, shortfall float64 }{
		{0.9, 9, 10},
		{0.8, 8, 9.5},
		{0.85, 9, (0.5*9 + 10) / 1.5},
		{0.99, 10, 10},
		{0.05, 1, (0.5*1 + 54) / 9.5},
		{0.7, 7, 9}, // 0.7 * 10 is 7 and a little in a float64
	} {
		value, err := d.VaR(test.level)
		require.NoError(t, err)
		require.Equal(t, test.value, value, test.level)
		shortfall, err := d.ES(test.level)
		require.NoError(t, err)
		require.InDelta(t, test.shortfall, shortfall, 1e-12, test.level)
	}
	mean, standard := d.Mean()
	require.Equal(t, 5.5, mean)
	require.InDelta(t, math.Sqrt(82.5/9/10), standard, 1e-12)
	p, standard := d.Markdown(0.4) // above 8 of 20
	require.Equal(t, 0.2, p)
	require.InDelta(t, math.Sqrt(0.16/10), standard, 1e-12)
	p, _ = d.Markdown(0.5)
	require.Zero(t, p, "10 is not above 10")
	bins, err := d.Histogram(3)
	require.NoError(t, err)
	require.Equal(t, []stress.Bin{{1, 4, 3}, {4, 7, 3}, {7, 10, 4}}, bins)
	require.Equal(t, 10.0, d.Losses[0], "the order of the paths stays")

	same, err := stress.NewDistribution([]float64{5, 5}, 1)
	require.NoError(t, err)
	bins, err = same.Histogram(2)
	require.NoError(t, err)
	require.Equal(t, 2, bins[0].Count)
	one, err := stress.NewDistribution([]float64{5}, 1)
	require.NoError(t, err)
	_, standard = one.Mean()
	require.True(t, math.IsInf(standard, 1))

	for _, level := range []float64{0, 1, -1, math.NaN()} {
		_, err := d.VaR(level)
		require.ErrorIs(t, err, stress.ErrInput)
		_, err = d.ES(level)
		require.ErrorIs(t, err, stress.ErrInput)
	}
	_, err = new(stress.Distribution).VaR(0.5)
	require.ErrorIs(t, err, stress.ErrInput)
	for _, count := range []int{0, 10_001} {
		_, err = d.Histogram(count)
		require.ErrorIs(t, err, stress.ErrInput)
	}
	for _, losses := range [][]float64{nil, {math.NaN()}, {math.Inf(1)}} {
		_, err := stress.NewDistribution(losses, 1)
		require.ErrorIs(t, err, stress.ErrInput)
	}
	_, err = stress.NewDistribution([]float64{1}, 0)
	require.ErrorIs(t, err, stress.ErrInput)
}
