package credit_test

import (
	"math"
	"testing"
	"time"

	"github.com/gaib-go/gaib/gpuasset"
	"github.com/gaib-go/gaib/gpuasset/credit"
	"github.com/gaib-go/gaib/yield/cashflow"
	"github.com/gaib-go/gaib/yield/daycount"
	"github.com/stretchr/testify/require"
)

// Published risk weights of Basel II (June 2006), annex 5, for residential mortgages at an LGD of 45 %: 12.5 * the unexpected loss at 99.9 % with a
// correlation of 15 %.
func TestPublishedRiskWeights(t *testing.T) {
	for pd, weight := range map[float64]float64{0.0003: 4.15, 0.001: 10.69, 0.0025: 21.30, 0.005: 35.08, 0.01: 56.40, 0.02: 87.94, 0.05: 148.22, 0.1: 204.41, 0.2: 253.12} {
		loss, err := credit.Vasicek(pd, 0.45, 0.15, 0.999)
		require.NoError(t, err)
		require.InDelta(t, weight, 1250*loss.Unexpected, 0.005, "PD %v", pd)
		require.InDelta(t, 0.45*pd, loss.Expected, 1e-15)
		require.InDelta(t, loss.Quantile, loss.Expected+loss.Unexpected, 1e-15)
	}
	sure, err := credit.Vasicek(1, 0.5, 0.2, 0.5)
	require.NoError(t, err)
	require.Equal(t, 0.5, sure.Quantile)
	never, err := credit.Vasicek(0, 0.5, 0.2, 0.999)
	require.NoError(t, err)
	require.Zero(t, never.Quantile)
	for _, bad := range [][4]float64{{-1, .5, .1, .9}, {.1, 2, .1, .9}, {.1, .5, 1, .9}, {.1, .5, .1, 1}, {math.NaN(), .5, .1, .9}, {.1, .5, .1, 0}} {
		_, err := credit.Vasicek(bad[0], bad[1], bad[2], bad[3])
		require.ErrorIs(t, err, credit.ErrInput)
	}
}

// Published examples of Tinlake (centrifuge/tinlake, navfeed tests): present values at 3 % a day (1.0000003421 a second, which is not quite that) of
// loans at 5 % a day, and 100 each in write-off groups of 40 % and 20 %.
func TestPublishedNAV(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	rate := math.Expm1(daycount.Seconds365 * math.Log1p(342100000e-15))
	var flows []cashflow.Flow
	for _, test := range []struct {
		principal float64
		days      int
		nav       float64
	}{{50, 2, 51.960741582371777}, {50, 5, 107.007702266903241}, {50, 4, 161.006075582703631}, {50, 1, 211.977019061499360}, {50, 4, 265.975392377299750}} {
		flows = append(flows, cashflow.Flow{Time: now.AddDate(0, 0, test.days), Amount: test.principal * math.Pow(1.05, float64(test.days))})
		value, err := cashflow.XNPV(rate, append([]cashflow.Flow{{Time: now}}, flows...), daycount.Act365F)
		require.NoError(t, err)
		require.InEpsilon(t, test.nav, value, 1e-12)
	}
	table := credit.WriteOffs{{10, gpuasset.Bps(2000)}, {30, gpuasset.Bps(4000)}}
	require.NoError(t, table.Check())
	require.Equal(t, "140", gpuasset.Sum(table.Value(whole(100), 40), table.Value(whole(100), 29)).String())
	require.Equal(t, "100", table.Value(whole(100), 9).String())
	require.Equal(t, "80", table.Value(whole(100), 10).String())
	for _, bad := range []credit.WriteOffs{{{0, 1}}, {{1, gpuasset.One + 1}}, {{2, 5}, {2, 6}}, {{1, 5}, {2, 4}}} {
		require.ErrorIs(t, bad.Check(), credit.ErrInput)
	}
}
