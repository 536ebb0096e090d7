package gpuasset_test

import (
	"math/rand/v2"
	"testing"

	"github.com/gaib-go/gaib/gpuasset"
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

// Worked by hand: 100 invested; half of what is above 10 until 1x is back, then a fifth until 1.5x, then nothing.
func TestDistribute(t *testing.T) {
	terms := gpuasset.RevenueShare{Floor: gpuasset.Whole(10), Tiers: []gpuasset.Tier{
		{UpTo: gpuasset.One, Share: gpuasset.One / 2},
		{UpTo: gpuasset.One * 3 / 2, Share: gpuasset.One / 5},
	}}
	revenues := []gpuasset.Money{gpuasset.Whole(5), gpuasset.Whole(110), gpuasset.Whole(160), gpuasset.Whole(10), gpuasset.Whole(1010), gpuasset.Whole(50)}
	paid, err := terms.Distribute(gpuasset.Whole(100), revenues)
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
	paid, err := terms.Distribute(gpuasset.Whole(100), []gpuasset.Money{gpuasset.Whole(200), gpuasset.Whole(10)})
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
		paid, err := terms.Distribute(invested, revenues)
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
	} {
		_, err := (&gpuasset.RevenueShare{Tiers: tiers}).Distribute(gpuasset.Whole(1), nil)
		var located *gpuasset.PathError
		require.ErrorAs(t, err, &located, name)
	}
	_, err := (&gpuasset.RevenueShare{Tiers: []gpuasset.Tier{good}}).Distribute(gpuasset.Money{}, nil)
	require.ErrorIs(t, err, gpuasset.ErrCourse)
}
