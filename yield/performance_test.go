package yield_test

import (
	"math"
	"slices"
	"testing"

	"github.com/gaib-go/gaib/yield"
	"github.com/gaib-go/gaib/yield/cashflow"
	"github.com/gaib-go/gaib/yield/daycount"
	"github.com/stretchr/testify/require"
)

func TestPortfolioReturns(t *testing.T) {
	// FinanceLib.jl (src/Bonds/runtests.jl): 100 grows to 112, 20 are added, 142.64 in the end: 0.21027878787878795.
	added := []yield.Valuation{{Time: date("2024-01-01"), Value: 100}, {Time: date("2024-07-01"), Value: 112, Flow: 20}, {Time: date("2025-01-01"), Value: 142.64}}
	r, err := yield.TimeWeighted(added)
	require.NoError(t, err)
	require.InDelta(t, 0.21027878787878795, r, 1e-15)

	// Wikipedia, "Modified Dietz method": 100 at the start of two years, 50 in the middle, 300 at the end: 120 % by the
	// method, while the internal rate of return is 50 % a year.
	two := []yield.Valuation{{Time: date("2025-01-01"), Value: 100}, {Time: date("2026-01-01"), Value: 0, Flow: 50}, {Time: date("2027-01-01"), Value: 300}}
	r, err = yield.ModifiedDietz(two)
	require.NoError(t, err)
	require.InDelta(t, 1.2, r, 1e-15)
	money, err := yield.MoneyWeighted(two, daycount.Act365F, cashflow.Choice{})
	require.NoError(t, err)
	require.InDelta(t, 0.5, money.Rate, 1e-14) // 100*1.5² + 50*1.5 = 300

	// A flow at the start belongs to the start, one at the end is after the end.
	two[0].Value, two[0].Flow, two[2].Flow = 0, 100, 1e9
	r, err = yield.ModifiedDietz(two)
	require.NoError(t, err)
	require.InDelta(t, 1.2, r, 1e-15) // (300 - 0 - 150) / (0 + 100 + 25)
	money, err = yield.MoneyWeighted(two, daycount.Act365F, cashflow.Choice{})
	require.NoError(t, err)
	require.InDelta(t, 0.5, money.Rate, 1e-14)

	// Money taken out: 100 becomes 130, 30 go out, 110 in the end: 1.3 * 1.1.
	r, err = yield.TimeWeighted([]yield.Valuation{{Time: date("2024-01-01"), Value: 100}, {Time: date("2024-07-01"), Value: 130, Flow: -30}, {Time: date("2025-01-01"), Value: 110}})
	require.NoError(t, err)
	require.InDelta(t, 0.43, r, 1e-15)
}

func TestPortfolioErrors(t *testing.T) {
	good := []yield.Valuation{{Time: date("2024-01-01"), Value: 100}, {Time: date("2025-01-01"), Value: 110}}
	for name, c := range map[string]struct {
		valuations []yield.Valuation
		err        error
	}{
		"empty":     {nil, yield.ErrTooFew},
		"one":       {good[:1], yield.ErrTooFew},
		"unsorted":  {[]yield.Valuation{good[1], good[0]}, yield.ErrInput},
		"equal":     {[]yield.Valuation{good[0], good[0]}, yield.ErrInput},
		"NaN":       {[]yield.Valuation{good[0], {Time: date("2025-01-01"), Value: math.NaN()}}, yield.ErrInput},
		"Inf flow":  {[]yield.Valuation{{Time: date("2023-01-01"), Flow: math.Inf(1)}, good[0]}, yield.ErrInput},
		"from zero": {[]yield.Valuation{{Time: date("2023-01-01")}, good[0]}, yield.ErrInput},
	} {
		_, err := yield.TimeWeighted(c.valuations)
		require.ErrorIs(t, err, c.err, name)
		_, err = yield.ModifiedDietz(c.valuations)
		require.ErrorIs(t, err, c.err, name)
		if name != "from zero" {
			_, err = yield.MoneyWeighted(c.valuations, daycount.Act365F, cashflow.Choice{})
			require.ErrorIs(t, err, c.err, name)
		}
	}
	_, err := yield.MoneyWeighted([]yield.Valuation{{Time: date("2023-01-01")}, good[0]}, daycount.Act365F, cashflow.Choice{})
	require.ErrorIs(t, err, cashflow.ErrSameSign)
}

func TestRatios(t *testing.T) {
	// By hand: 1 % and 3 % in turn, 12 months: mean 2 %, sample deviation 1 % * sqrt(12/11).
	returns := slices.Repeat([]float64{0.01, 0.03}, 6)
	v, err := yield.Volatility(returns, 12)
	require.NoError(t, err)
	require.InDelta(t, 0.12/math.Sqrt(11), v, 1e-16)
	sharpe, err := yield.Sharpe(returns, 0.005, 12)
	require.NoError(t, err)
	require.InDelta(t, 1.5*math.Sqrt(11), sharpe, 1e-13)

	// By hand: a mean of 10 % over a downside of sqrt((0.05² + 0.04²)/8). The eight returns are taken twice, since eight are
	// too few; that changes neither.
	years := slices.Repeat([]float64{0.17, 0.15, 0.23, -0.05, 0.12, 0.09, 0.13, -0.04}, 2)
	sortino, err := yield.Sortino(years, 0, 1)
	require.NoError(t, err)
	require.InDelta(t, 0.1/math.Sqrt(0.0041/8), sortino, 1e-14)

	_, err = yield.Sortino(returns, 0, 12) // nothing below the target
	require.ErrorIs(t, err, yield.ErrRange)
	_, err = yield.Sharpe(slices.Repeat([]float64{0.25}, 12), 0, 12)
	require.ErrorIs(t, err, yield.ErrRange)

	var few *yield.TooFewError
	_, err = yield.Volatility(returns[:11], 12)
	require.ErrorAs(t, err, &few)
	require.Equal(t, yield.TooFewError{Figure: "volatility", Have: 11, Need: 12}, *few)
	_, err = yield.Sharpe(returns[:11], 0, 12)
	require.ErrorIs(t, err, yield.ErrTooFew)
	_, err = yield.Sortino(nil, 0, 12)
	require.ErrorIs(t, err, yield.ErrTooFew)
	for _, perYear := range []float64{0, -1, math.NaN(), math.Inf(1)} {
		_, err = yield.Volatility(returns, perYear)
		require.ErrorIs(t, err, yield.ErrInput)
	}
	returns[3] = math.NaN()
	_, err = yield.Volatility(returns, 12)
	require.ErrorIs(t, err, yield.ErrInput)
	_, err = yield.Volatility(slices.Repeat([]float64{math.MaxFloat64, -math.MaxFloat64}, 6), 12)
	require.ErrorIs(t, err, yield.ErrRange)
}

func TestCalmar(t *testing.T) {
	// Twelve steps over 365 days: from the first to the last the NAV gains 20 %, and it fell from 2.2 to 1.1 between.
	navs := []string{"1", "1.1", "2.2", "1.1", "1.2", "1.1", "1.2", "1.1", "1.2", "1.1", "1.2", "1.1", "1.32"}
	var samples []yield.Sample
	for i, nav := range navs {
		s := sample("2024-12-01", nav, nav)
		if i > 0 {
			s.Time = date("2025-01-01").AddDate(0, 0, 365*(i-1)/11)
		}
		samples = append(samples, s)
	}
	s, err := yield.NewSeries(samples)
	require.NoError(t, err)
	calmar, err := s.Calmar(yield.Deposit)
	require.NoError(t, err)
	require.InDelta(t, 0.2/0.5, calmar, 1e-14)
	_, err = monthly(t).Calmar(yield.Deposit)
	require.ErrorIs(t, err, yield.ErrTooFew)

	samples = samples[:0]
	for i := range 13 {
		s := sample("2025-01-01", "1", "1")
		s.Deposit.AddUint64(&s.Deposit, uint64(i))
		s.Time = s.Time.AddDate(0, i, 0)
		samples = append(samples, s)
	}
	s, err = yield.NewSeries(samples)
	require.NoError(t, err)
	_, err = s.Calmar(yield.Deposit) // never fell
	require.ErrorIs(t, err, yield.ErrRange)
}
