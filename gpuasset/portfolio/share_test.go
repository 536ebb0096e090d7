package portfolio_test

import (
	"math"
	"testing"

	"github.com/gaib-go/gaib/gpuasset"
	"github.com/gaib-go/gaib/gpuasset/economics"
	"github.com/gaib-go/gaib/gpuasset/portfolio"
	"github.com/stretchr/testify/require"
)

// steady returns a cluster let whole at a price for good, without costs, and its deal as equity with these tiers: the revenue of a month is
// 768 GPUs * 24 hours * days * 2.
func steady(t *testing.T, kind gpuasset.Kind, tiers ...gpuasset.Tier) *gpuasset.Document {
	t.Helper()
	doc, err := gpuasset.Parse(gpuasset.SampleCluster())
	require.NoError(t, err)
	c, d := &doc.Clusters[0], &doc.Deals[0]
	c.MonthlyCosts, c.PlatformFee, c.SpotUtilisation, c.SpotIndex, c.Tariff = nil, 0, 0, "", gpuasset.Money{}
	r := &c.Reservations[0]
	r.Share, r.TakeOrPay, r.Price, r.End = gpuasset.One, gpuasset.One, gpuasset.Whole(2), gpuasset.NewDate(2040, 1, 1)
	d.Kind, d.RevenueShare, d.Amortisation = kind, &gpuasset.RevenueShare{Tiers: tiers}, gpuasset.InterestOnly
	if kind == gpuasset.Equity {
		d.Rate = 0
	}
	return doc
}

func one(t *testing.T, doc *gpuasset.Document, day gpuasset.Date, given portfolio.Given) portfolio.Position {
	t.Helper()
	p, err := portfolio.FromDocument(doc, day, given)
	require.NoError(t, err)
	return p.SPs[0].Positions[0]
}

func month(i int) float64 {
	from := gpuasset.NewDate(2026, 3, 1)
	return from.AddMonths(i+1).Time().Sub(from.AddMonths(i).Time()).Hours() * 768 * 2
}

// Equity at the sum of its discounted distributions, by a formula of its own; what is above the cost not returned yet is not outstanding.
func TestEquity(t *testing.T) {
	doc := steady(t, gpuasset.Equity, gpuasset.Tier{Share: gpuasset.Bps(6000)})
	given := portfolio.Given{ShareRate: gpuasset.Bps(1800)} // 1.5 % a month
	day := gpuasset.NewDate(2026, 9, 1)                     // six months are paid
	var value, received float64
	for i := range 36 {
		if paid := .6 * month(i); i < 6 {
			received += paid
		} else {
			value += paid * math.Pow(1.015, -float64(i-5))
		}
	}
	p := one(t, doc, day, given)
	require.InDelta(t, 16e6-received, p.Outstanding.Float64(), 1e-5)
	require.InDelta(t, value, p.Outstanding.Float64()+p.Accrued.Float64(), 1e-5)
	require.Greater(t, value, 16e6-received)

	// At a higher rate the value is below cost, and all there is.
	given.ShareRate = gpuasset.One
	p = one(t, doc, day, given)
	require.True(t, p.Accrued.IsZero())
	require.Less(t, p.Outstanding.Float64(), 16e6-received)

	// Metered revenue of the first month replaces the economics'.
	given.ShareRate = gpuasset.Bps(1800)
	given.Takings = map[string][]gpuasset.Takings{"deal-1": {{Date: gpuasset.NewDate(2026, 4, 1), Revenue: gpuasset.Whole(5_000_000)}}}
	p = one(t, doc, day, given)
	require.InDelta(t, 16e6-(received-.6*month(0)+3e6), p.Outstanding.Float64(), 1e-5)
	_, err := portfolio.FromDocument(doc, gpuasset.NewDate(2026, 3, 31), given)
	require.ErrorIs(t, err, portfolio.ErrInput, "takings of a period that has not ended")

	require.Equal(t, gpuasset.Money{}, one(t, doc, gpuasset.NewDate(2026, 2, 1), portfolio.Given{ShareRate: 1}).Outstanding, "before closing")
	require.Equal(t, gpuasset.Money{}, one(t, doc, gpuasset.NewDate(2029, 3, 1), portfolio.Given{ShareRate: 1}).Outstanding, "after the term")
}

// A share that lasts until a return is worth the investment at that rate, and one capped at a multiple never more than the multiple.
func TestEquityCapped(t *testing.T) {
	closing := gpuasset.NewDate(2026, 3, 1)
	doc := steady(t, gpuasset.Equity, gpuasset.Tier{UpToIRR: gpuasset.Bps(2000), Share: gpuasset.Bps(9000)})
	p := one(t, doc, closing, portfolio.Given{ShareRate: gpuasset.Bps(2000)})
	require.InDelta(t, 16e6, p.Outstanding.Add(p.Accrued).Float64(), 1e-3)
	dearer := one(t, doc, closing, portfolio.Given{ShareRate: gpuasset.Bps(2500)})
	require.Less(t, dearer.Outstanding.Float64(), 16e6)

	doc = steady(t, gpuasset.Equity, gpuasset.Tier{UpTo: gpuasset.Bps(13000), Share: gpuasset.Bps(9000)})
	p = one(t, doc, closing, portfolio.Given{ShareRate: 1}) // a rate of all but nothing
	require.InDelta(t, 1.3*16e6, p.Outstanding.Add(p.Accrued).Float64(), 1e-3)
	require.Equal(t, whole(16_000_000), p.Outstanding)
}

// A hybrid without a share to speak of is worth par at its own rate, and the share comes on top.
func TestHybrid(t *testing.T) {
	closing, given := gpuasset.NewDate(2026, 3, 1), portfolio.Given{ShareRate: gpuasset.Bps(1500)}
	p := one(t, steady(t, gpuasset.Hybrid, gpuasset.Tier{Share: 1}), closing, given)
	require.InDelta(t, 16e6, p.Outstanding.Add(p.Accrued).Float64(), 1e-3)

	doc := steady(t, gpuasset.Hybrid, gpuasset.Tier{Share: gpuasset.Bps(500)})
	p = one(t, doc, closing, given)
	var share float64
	for i := range 35 { // in the last month the principal takes all
		share += .05 * month(i) * math.Pow(1.0125, -float64(i+1))
	}
	require.Equal(t, whole(16_000_000), p.Outstanding)
	require.InDelta(t, share, p.Accrued.Float64(), 1e-3)
}

func TestShareRefuses(t *testing.T) {
	doc := steady(t, gpuasset.Equity, gpuasset.Tier{Share: gpuasset.One / 2})
	_, err := portfolio.FromDocument(doc, gpuasset.NewDate(2026, 3, 1), portfolio.Given{})
	require.ErrorIs(t, err, portfolio.ErrInput, "no rate")
	_, err = portfolio.FromDocument(doc, gpuasset.NewDate(2026, 3, 1), portfolio.Given{ShareRate: 11 * gpuasset.One})
	require.ErrorIs(t, err, economics.ErrSeries)
	second := doc.Deals[0]
	second.ID = "deal-2"
	doc.Deals = append(doc.Deals, second)
	_, err = portfolio.FromDocument(doc, gpuasset.NewDate(2026, 3, 1), portfolio.Given{ShareRate: 1})
	require.ErrorIs(t, err, portfolio.ErrInput, "two of one cluster")
}
