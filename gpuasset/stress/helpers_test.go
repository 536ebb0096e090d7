package stress_test

import (
	"fmt"
	"testing"

	"github.com/gaib-go/gaib/gpuasset"
	"github.com/gaib-go/gaib/gpuasset/economics"
	"github.com/gaib-go/gaib/gpuasset/portfolio"
	"github.com/gaib-go/gaib/gpuasset/stress"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"
)

func sample(t testing.TB) *gpuasset.Document {
	t.Helper()
	doc, err := gpuasset.Parse(gpuasset.SampleCluster())
	require.NoError(t, err)
	return doc
}

// many returns the sample with so many clusters, each with one deal; some SPs hold them all. Reservations and principal differ.
func many(t testing.TB, count int) *gpuasset.Document {
	t.Helper()
	doc := sample(t)
	cluster, deal, sp := doc.Clusters[0], doc.Deals[0], doc.Portfolios[0]
	doc.Clusters, doc.Deals, doc.Portfolios = nil, nil, nil
	for i := range min(count, 10) {
		sp.ID, sp.Participations = fmt.Sprintf("SP%d", i), nil
		doc.Portfolios = append(doc.Portfolios, sp)
	}
	for i := range count {
		cluster.ID, deal.ID = fmt.Sprintf("cluster-%d", i), fmt.Sprintf("deal-%d", i)
		deal.Cluster = cluster.ID
		deal.Principal = gpuasset.Whole(10_000_000 + uint64(i%100)*60_000)
		cluster.Reservations = append([]gpuasset.Reservation(nil), cluster.Reservations...)
		cluster.Reservations[0].Share = gpuasset.Bps(uint16(3000 + i%7*1000))
		doc.Clusters, doc.Deals = append(doc.Clusters, cluster), append(doc.Deals, deal)
		owner := &doc.Portfolios[i%len(doc.Portfolios)]
		owner.Participations = append(owner.Participations, gpuasset.Participation{Deal: deal.ID, Share: gpuasset.One})
	}
	return doc
}

func assumptions() stress.Assumptions {
	return stress.Assumptions{
		Day: gpuasset.NewDate(2026, 3, 1), Depreciation: economics.StraightLine{Life: 5, Residual: 0.1},
		Liquidation: economics.Liquidation{Factor: 0.85, Cost: 0.05, Rate: 0.1, Days: 90}, Elasticity: 1,
		Hazard: 0.03, DefaultMonths: 3, LookAhead: 12, ReviewDSCR: 1.1,
		Method: portfolio.Method{ExitFee: gpuasset.Bps(10)},
	}
}

func book(t testing.TB, doc *gpuasset.Document, assume stress.Assumptions) *stress.Book {
	t.Helper()
	base, err := portfolio.FromDocument(doc, assume.Day, given())
	require.NoError(t, err)
	base.Cash = gpuasset.Whole(1_000_000)
	base.Shares.Supply.Mul(uint256.NewInt(10_000_000), uint256.NewInt(1e18))
	b, err := stress.NewBook(doc, base, given(), assume)
	require.NoError(t, err)
	return b
}

// given is the rate at which revenue shares are discounted.
func given() portfolio.Given { return portfolio.Given{ShareRate: gpuasset.Bps(2500)} }

// share turns every deal whose number leaves this rest by 3 into equity, and the next into a hybrid.
func share(doc *gpuasset.Document, rest int) *gpuasset.Document {
	for i := range doc.Deals {
		d := &doc.Deals[i]
		d.RevenueShare = &gpuasset.RevenueShare{Floor: gpuasset.Whole(20_000), Tiers: []gpuasset.Tier{
			{UpTo: gpuasset.Bps(5000), Share: gpuasset.Bps(8000)}, {UpToIRR: gpuasset.Bps(2000), Share: gpuasset.Bps(5000)}, {Share: gpuasset.Bps(1000)}}}
		switch i % 3 {
		case rest:
			d.Kind, d.Rate, d.Protection.Reserve = gpuasset.Equity, 0, gpuasset.Money{}
		case (rest + 1) % 3:
			d.Kind = gpuasset.Hybrid
			d.RevenueShare.Tiers = []gpuasset.Tier{{UpTo: gpuasset.Bps(1000), Share: gpuasset.Bps(2000)}, {Share: gpuasset.Bps(500)}}
		default:
			d.RevenueShare = nil
		}
	}
	return doc
}

// whole18 returns whole units of a token of 18 decimals.
func whole18(units uint64) *uint256.Int {
	return new(uint256.Int).Mul(uint256.NewInt(units), uint256.NewInt(1e18))
}
