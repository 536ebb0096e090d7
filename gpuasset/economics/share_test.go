package economics_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gaib-go/gaib/gpuasset"
	"github.com/gaib-go/gaib/gpuasset/economics"
	"github.com/stretchr/testify/require"
)

// Against the exact waterfall of package gpuasset, over tiers that end at multiples and at returns.
func TestWaterfallIsDistribute(t *testing.T) {
	r := rand.New(rand.NewPCG(31, 32))
	// 36 roundings of half a base unit, grown by less than five, over a share of at least a tenth.
	const tolerance = 36 * .5e-6 * 5 / .1
	closing, tiersPassed := gpuasset.NewDate(2026, 1, 31), 0
	for range 1000 {
		terms := gpuasset.RevenueShare{Floor: gpuasset.Whole(r.Uint64N(20_000)), Tiers: []gpuasset.Tier{
			{UpTo: gpuasset.Bps(uint16(1 + r.IntN(9000))), Share: gpuasset.Bps(uint16(1000 + r.IntN(9001)))},
			{UpToIRR: gpuasset.Bps(uint16(1 + r.IntN(5000))), Share: gpuasset.Bps(uint16(1000 + r.IntN(9001)))},
			{Share: gpuasset.Bps(uint16(r.IntN(10_001)))},
		}}
		periods := make([]gpuasset.Takings, 36)
		for i := range periods {
			periods[i] = gpuasset.Takings{Date: closing.AddMonths(i + 1), Revenue: gpuasset.Units(r.Uint64N(300_000_000_000))}
		}
		want, err := terms.Distribute(closing, gpuasset.Whole(1_000_000), gpuasset.Act360, periods)
		require.NoError(t, err)
		w, err := economics.NewWaterfall(&terms, 1e6)
		require.NoError(t, err)
		last := closing
		for i, p := range periods {
			got := w.Next(p.Revenue.Float64(), math.Inf(1), gpuasset.Act360.Convention().Years(last.Time(), p.Date.Time()))
			require.InDelta(t, want[i].Investor.Float64(), got, tolerance, "%+v", terms)
			require.InDelta(t, want[i].Cumulative.Float64(), w.Received(), tolerance)
			last = p.Date
		}
		tiersPassed += want[35].Tier
	}
	require.Greater(t, tiersPassed, 800)
}

// Worked by hand: 100 invested, half until it is back, a fifth after that; at most 30 can be paid in the first period.
func TestWaterfallLimited(t *testing.T) {
	terms := gpuasset.RevenueShare{Tiers: []gpuasset.Tier{{UpTo: gpuasset.One, Share: gpuasset.One / 2}, {Share: gpuasset.One / 5}}}
	w, err := economics.NewWaterfall(&terms, 100)
	require.NoError(t, err)
	require.Equal(t, 30.0, w.Next(300, 30, 1)) // 100 and a fifth of 100 would be due
	require.InDelta(t, 82, w.Next(200, 1000, 1), 1e-12)
	require.Zero(t, w.Next(200, -5, 1))
	require.InDelta(t, 2, w.Next(10, 1000, 1), 1e-12)
	require.InDelta(t, 114, w.Received(), 1e-12)
	_, err = economics.NewWaterfall(&gpuasset.RevenueShare{Tiers: make([]gpuasset.Tier, 21)}, 1)
	require.ErrorIs(t, err, economics.ErrSeries)
}

// equity turns the sample's deal into a share of revenue.
func equity(doc *gpuasset.Document, tiers ...gpuasset.Tier) *gpuasset.Deal {
	d := &doc.Deals[0]
	d.Kind, d.Rate, d.Amortisation, d.RevenueShare = gpuasset.Equity, 0, gpuasset.InterestOnly, &gpuasset.RevenueShare{Tiers: tiers}
	return d
}

// Worked by hand for April 2026, from 1 April: gross 992,010.24, fee 2 %, EBITDA 802,818.3552 (see TestMonth).
func TestPayouts(t *testing.T) {
	doc := sample(t)
	d := equity(doc, gpuasset.Tier{Share: gpuasset.Bps(4000)})
	o, err := economics.Of(doc, d.Cluster)
	require.NoError(t, err)
	got, err := o.Payouts(d, nil, nil)
	require.NoError(t, err)
	require.Len(t, got, 36)
	require.Equal(t, gpuasset.NewDate(2026, 5, 1), got[1].Date)
	require.InDelta(t, 992_010.24*.98, got[1].Revenue, 1e-6)
	require.InDelta(t, 802_818.3552, got[1].Room, 1e-6)
	require.InDelta(t, 992_010.24*.98*.4, got[1].Investor, 1e-6)

	// Debt is served first: of 802,818.36 a service of 554,645.25 leaves 248,173.
	debt := sample(t).Deals[0]
	schedule, err := debt.Schedule(gpuasset.Course{})
	require.NoError(t, err)
	after, err := o.Payouts(d, []*gpuasset.Schedule{schedule}, nil)
	require.NoError(t, err)
	require.InDelta(t, 802_818.3552-schedule.Payments[1].Service().Float64(), after[1].Investor, 1e-6)
	require.Less(t, after[1].Investor, got[1].Investor)
	require.Less(t, after[30].Investor, got[30].Investor/5, "without the reservation the debt takes nearly all")

	// What was metered counts as it is, whatever was left.
	metered, err := o.Payouts(d, []*gpuasset.Schedule{schedule}, []gpuasset.Takings{{Date: gpuasset.NewDate(2026, 4, 1), Revenue: gpuasset.Whole(2_000_000)}})
	require.NoError(t, err)
	require.Equal(t, 800_000.0, metered[0].Investor)
	require.Equal(t, after[1:], metered[1:])

	for name, change := range map[string]func() []gpuasset.Takings{
		"not a period": func() []gpuasset.Takings { return []gpuasset.Takings{{Date: gpuasset.NewDate(2026, 4, 2)}} },
		"too many":     func() []gpuasset.Takings { return make([]gpuasset.Takings, 37) },
		"drawn later":  func() []gpuasset.Takings { d.Draws = make([]gpuasset.Draw, 2); return nil },
		"no share":     func() []gpuasset.Takings { d.RevenueShare = nil; return nil },
	} {
		keep := *d
		_, err = o.Payouts(d, nil, change())
		require.ErrorIs(t, err, gpuasset.ErrCourse, name)
		*d = keep
	}
	doc.Indices[0].Quotes = doc.Indices[0].Quotes[2:]
	doc.Indices[0].Quotes[0].Date = gpuasset.NewDate(2026, 6, 1)
	_, err = o.Payouts(d, nil, nil)
	require.ErrorIs(t, err, gpuasset.ErrNoPrice)
}

// Worked by hand in 30/360 at 12 %: half a month is 0.5 %, every month after it 1 %.
func TestDiscounts(t *testing.T) {
	d := sample(t).Deals[0]
	got, err := economics.Discounts(&d, .12, gpuasset.NewDate(2026, 4, 16))
	require.NoError(t, err)
	require.Zero(t, got[0], "paid on 1 April")
	require.InDelta(t, 1/1.005, got[1], 1e-15)
	require.InDelta(t, 1/1.005/1.01, got[2], 1e-15)
	before, err := economics.Discounts(&d, .12, gpuasset.NewDate(2025, 1, 1))
	require.NoError(t, err)
	require.InDelta(t, math.Pow(1.01, -36), before[35], 1e-14, "from closing on")
	_, err = economics.Discounts(&d, math.NaN(), d.Closing)
	require.ErrorIs(t, err, economics.ErrSeries)
}
