package gpuasset_test

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/gaib-go/gaib/gpuasset"
	"github.com/gaib-go/gaib/yield/cashflow"
	"github.com/stretchr/testify/require"
)

func TestRevenue(t *testing.T) {
	revenue, err := gpuasset.Revenue([]gpuasset.Meter{
		{Client: "a", GPUSeconds: 3600 * 100, Price: money(t, "2.35")},
		{Client: "b", GPUSeconds: 1, Price: money(t, "2.35")}, // 0.00065277...
	})
	require.NoError(t, err)
	require.Equal(t, "235.000652", revenue.String())
	_, err = gpuasset.Revenue([]gpuasset.Meter{{Price: money(t, "1000000000000000000000000").Add(gpuasset.Units(1))}})
	require.ErrorIs(t, err, gpuasset.ErrTooMuch)
}

var closing = gpuasset.NewDate(2026, 3, 1)

// monthly returns revenues at the ends of months after closing.
func monthly(revenues ...gpuasset.Money) []gpuasset.Takings {
	var takings []gpuasset.Takings
	for i, revenue := range revenues {
		takings = append(takings, gpuasset.Takings{Date: closing.AddMonths(i + 1), Revenue: revenue})
	}
	return takings
}

// Worked by hand: 100 invested; half of what is above 10 until 1x is back, then a fifth until 1.5x, then nothing.
func TestDistribute(t *testing.T) {
	terms := gpuasset.RevenueShare{Floor: gpuasset.Whole(10), Tiers: []gpuasset.Tier{
		{UpTo: gpuasset.One, Share: gpuasset.One / 2},
		{UpTo: gpuasset.One * 3 / 2, Share: gpuasset.One / 5},
	}}
	revenues := []gpuasset.Money{gpuasset.Whole(5), gpuasset.Whole(110), gpuasset.Whole(160), gpuasset.Whole(10), gpuasset.Whole(1010), gpuasset.Whole(50)}
	paid, err := terms.Distribute(closing, gpuasset.Whole(100), gpuasset.Act365, monthly(revenues...))
	require.NoError(t, err)
	for i, want := range []struct {
		investor, cumulative string
		tier                 int
	}{
		{"0", "0", 0},    // all below the floor
		{"50", "50", 0},  // half of 100
		{"60", "110", 1}, // half of 100 fills the first tier with 50; a fifth of the other 50 is 10
		{"0", "110", 1},
		{"40", "150", 2}, // a fifth of 1000 is more than the 40 that are missing
		{"0", "150", 2},
	} {
		require.Equal(t, want.investor, paid[i].Investor.String(), i)
		require.Equal(t, want.cumulative, paid[i].Cumulative.String(), i)
		require.Equal(t, want.tier, paid[i].Tier, i)
		require.Equal(t, revenues[i], paid[i].Investor.Add(paid[i].Operator), i)
	}
}

// A tier that is filled to the unit is left.
func TestDistributeExactFill(t *testing.T) {
	terms := gpuasset.RevenueShare{Tiers: []gpuasset.Tier{{UpTo: gpuasset.One, Share: gpuasset.One / 2}, {Share: gpuasset.One / 5}}}
	paid, err := terms.Distribute(closing, gpuasset.Whole(100), gpuasset.Act365, monthly(gpuasset.Whole(200), gpuasset.Whole(10)))
	require.NoError(t, err)
	require.Equal(t, []gpuasset.Distribution{
		{Revenue: gpuasset.Whole(200), Investor: gpuasset.Whole(100), Operator: gpuasset.Whole(100), Cumulative: gpuasset.Whole(100), Tier: 1},
		{Revenue: gpuasset.Whole(10), Investor: gpuasset.Whole(2), Operator: gpuasset.Whole(8), Cumulative: gpuasset.Whole(102), Tier: 1},
	}, paid)
}

func TestDistributeProperties(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	full := 0
	for range 2000 {
		first := gpuasset.Ratio(1 + random.Uint64N(2e18))
		last := first + gpuasset.Ratio(1+random.Uint64N(2e18))
		terms := gpuasset.RevenueShare{Floor: gpuasset.Units(random.Uint64N(1000)), Tiers: []gpuasset.Tier{
			{UpTo: first, Share: gpuasset.Ratio(1 + random.Uint64N(1e18))}, {UpTo: last, Share: gpuasset.Ratio(1 + random.Uint64N(1e18))},
		}}
		invested := gpuasset.Units(1 + random.Uint64N(5000))
		revenues := make([]gpuasset.Money, 1+random.IntN(30))
		for i := range revenues {
			revenues[i] = gpuasset.Units(random.Uint64N(3000))
		}
		paid, err := terms.Distribute(closing, invested, gpuasset.Act360, monthly(revenues...))
		require.NoError(t, err)
		var got gpuasset.Money
		for i, p := range paid {
			got = got.Add(p.Investor)
			require.Equal(t, revenues[i], p.Investor.Add(p.Operator), "nothing is paid twice or lost")
			require.Equal(t, got, p.Cumulative)
		}
		require.LessOrEqual(t, got.Cmp(invested.MulDown(last)), 0, "never above the cap")
		if got == invested.MulDown(last) {
			full++
		}
	}
	require.Greater(t, full, 100)
}

func TestDistributeRefuses(t *testing.T) {
	good := gpuasset.Tier{UpTo: gpuasset.One, Share: gpuasset.One / 2}
	for name, tiers := range map[string][]gpuasset.Tier{
		"none": {}, "no end before the last": {{Share: 1}, good}, "falling": {good, good}, "above 100 %": {{Share: gpuasset.One + 1}}, "endless": {{UpTo: 1}, good},
		"both ends": {{UpTo: 1, UpToIRR: 1, Share: 1}}, "falling return": {{UpToIRR: 2, Share: 1}, {UpToIRR: 2, Share: 1}}, "return of 1,100 %": {{UpToIRR: 11 * gpuasset.One, Share: 1}},
	} {
		_, err := (&gpuasset.RevenueShare{Tiers: tiers}).Distribute(closing, gpuasset.Whole(1), gpuasset.Act365, nil)
		var located *gpuasset.PathError
		require.ErrorAs(t, err, &located, name)
	}
	terms := gpuasset.RevenueShare{Tiers: []gpuasset.Tier{good}}
	var located *gpuasset.PathError
	_, err := terms.Distribute(closing, gpuasset.Whole(1), "", nil)
	require.ErrorAs(t, err, &located)
	for _, periods := range [][]gpuasset.Takings{{{Date: closing}}, {{}}, {monthly(gpuasset.Whole(1))[0], monthly(gpuasset.Whole(1))[0]}} {
		_, err = terms.Distribute(closing, gpuasset.Whole(1), gpuasset.Act365, periods)
		require.ErrorIs(t, err, gpuasset.ErrCourse)
	}
	endless := gpuasset.RevenueShare{Tiers: []gpuasset.Tier{{UpToIRR: 10 * gpuasset.One, Share: 1}}}
	_, err = endless.Distribute(closing, gpuasset.Whole(1), gpuasset.Act365, []gpuasset.Takings{{Date: gpuasset.NewDate(2200, 1, 1)}})
	require.NoError(t, err, "1741-fold, without compounding")
	_, err = endless.Distribute(closing, gpuasset.Whole(1), gpuasset.Act365, monthly(make([]gpuasset.Money, 200)...))
	require.ErrorIs(t, err, gpuasset.ErrTooMuch)
	_, err = terms.Distribute(closing, gpuasset.Money{}, gpuasset.Act365, nil)
	require.ErrorIs(t, err, gpuasset.ErrCourse)
}

// Worked by hand in 30/360: 100 invested at 12 %, so 1 % a month. 40 % of the revenue until that return is reached, then a tenth.
func TestDistributeUntilReturn(t *testing.T) {
	terms := gpuasset.RevenueShare{Tiers: []gpuasset.Tier{{UpToIRR: gpuasset.Bps(1200), Share: gpuasset.Bps(4000)}, {Share: gpuasset.Bps(1000)}}}
	paid, err := terms.Distribute(closing, gpuasset.Whole(100), gpuasset.Thirty360, monthly(gpuasset.Whole(150), gpuasset.Whole(200), gpuasset.Whole(100)))
	require.NoError(t, err)
	// 101 - 60 = 41; 41.41 is less than 80, takes 103.525 of the 200 and leaves 96.475.
	for i, want := range []string{"60", "51.0575", "10"} {
		require.Equal(t, want, paid[i].Investor.String())
	}
	require.Equal(t, 1, paid[1].Tier)
}

// Both tiers fill in one period: half of the investment, and then what is missing to 101.
func TestDistributeThroughBoth(t *testing.T) {
	terms := gpuasset.RevenueShare{Tiers: []gpuasset.Tier{{UpTo: gpuasset.One / 2, Share: gpuasset.Bps(8000)}, {UpToIRR: gpuasset.Bps(1200), Share: gpuasset.Bps(4000)}}}
	paid, err := terms.Distribute(closing, gpuasset.Whole(100), gpuasset.Thirty360, monthly(gpuasset.Whole(1000), gpuasset.Whole(1000)))
	require.NoError(t, err)
	require.Equal(t, "101", paid[0].Investor.String())
	require.Equal(t, 2, paid[0].Tier)
	require.True(t, paid[1].Investor.IsZero())
}

// When such a tier is full, the return is the one asked for: the oracle is the internal rate of return.
func TestDistributeReturnIsIRR(t *testing.T) {
	random := rand.New(rand.NewPCG(13, 14))
	reached := 0
	for range 200 {
		rate := gpuasset.Bps(uint16(100 + random.IntN(6000)))
		terms := gpuasset.RevenueShare{Tiers: []gpuasset.Tier{{UpTo: gpuasset.Bps(5000), Share: gpuasset.Bps(8000)}, {UpToIRR: rate, Share: gpuasset.Bps(uint16(1000 + random.IntN(9000)))}}}
		revenues := make([]gpuasset.Money, 36)
		for i := range revenues {
			revenues[i] = gpuasset.Units(random.Uint64N(200_000_000_000))
		}
		paid, err := terms.Distribute(closing, gpuasset.Whole(1_000_000), gpuasset.Thirty360, monthly(revenues...))
		require.NoError(t, err)
		flows := []float64{-1e6}
		for i, p := range paid {
			flows = append(flows, p.Investor.Float64())
			require.Equal(t, revenues[i], p.Investor.Add(p.Operator))
		}
		irr, err := cashflow.IRR(flows, cashflow.Choice{})
		if err != nil {
			continue // not even the investment came back
		}
		if paid[35].Tier == 2 {
			reached++
			require.InDelta(t, rate.Float64()/12, irr.Rate, 1e-9)
		} else {
			require.Less(t, irr.Rate, rate.Float64()/12)
		}
	}
	require.Greater(t, reached, 50)
}

// Whatever the tiers, they are refused or revenue is divided without rest.
func FuzzDistribute(f *testing.F) {
	f.Add(uint64(1e12), uint64(1e18), uint64(3e17), uint64(12e16), uint64(1e17), uint64(5e10), uint64(1e6), 31)
	f.Add(uint64(1), uint64(18e18), uint64(1), uint64(10e18), uint64(1e18), uint64(1<<63), uint64(0), 1)
	f.Fuzz(func(t *testing.T, invested, multiple, first, irr, second, revenue, floor uint64, days int) {
		terms := gpuasset.RevenueShare{Floor: gpuasset.Units(floor), Tiers: []gpuasset.Tier{
			{UpTo: gpuasset.Ratio(multiple), Share: gpuasset.Ratio(first)}, {UpToIRR: gpuasset.Ratio(irr), Share: gpuasset.Ratio(second)}}}
		periods := make([]gpuasset.Takings, 12)
		for i := range periods {
			periods[i] = gpuasset.Takings{Date: gpuasset.DateOf(closing.Time().AddDate(0, 0, (i+1)*(days%2000))), Revenue: gpuasset.Units(revenue / uint64(i+1))}
		}
		paid, err := terms.Distribute(closing, gpuasset.Units(invested), gpuasset.Act360, periods)
		if err != nil {
			var located *gpuasset.PathError
			require.True(t, errors.As(err, &located) || errors.Is(err, gpuasset.ErrCourse) || errors.Is(err, gpuasset.ErrTooMuch), err)
			return
		}
		var sum gpuasset.Money
		for i, p := range paid {
			require.Equal(t, periods[i].Revenue, p.Investor.Add(p.Operator))
			sum = sum.Add(p.Investor)
			require.Equal(t, sum, p.Cumulative)
			require.LessOrEqual(t, p.Investor.Cmp(p.Revenue.SubFloor(terms.Floor)), 0, "the floor is the operator's")
		}
	})
}
