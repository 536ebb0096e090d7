package stress_test

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/gaib-go/gaib/gpuasset"
	"github.com/gaib-go/gaib/gpuasset/economics"
	"github.com/gaib-go/gaib/gpuasset/portfolio"
	"github.com/gaib-go/gaib/gpuasset/stress"
	"github.com/stretchr/testify/require"
)

// Without a shock the distributions are those of package economics, before closing, in mid-life and near the end.
func TestShareIsEconomics(t *testing.T) {
	for _, months := range []int{0, 5, 30, 35} {
		doc, assume := share(many(t, 3), 0), assumptions()
		assume.Day = assume.Day.AddMonths(months)
		b := book(t, doc, assume)
		for i := range 2 {
			d := &doc.Deals[i]
			o, err := economics.Of(doc, d.Cluster)
			require.NoError(t, err)
			var debts []*gpuasset.Schedule
			if d.Kind == gpuasset.Hybrid {
				schedule, err := d.Schedule(gpuasset.Course{})
				require.NoError(t, err)
				debts = append(debts, schedule)
			}
			payouts, err := o.Payouts(d, debts, nil)
			require.NoError(t, err)
			factors, err := economics.Discounts(d, .25, assume.Day)
			require.NoError(t, err)
			want := 0.0
			for k := range payouts {
				want += payouts[k].Investor * factors[k]
			}
			got, _ := b.Base().Deal(d.ID)
			require.InDelta(t, want, got.Share, 1e-6*(1+want))
		}
	}
}

// Worked by hand from the distributions with and without the shock: in the Deposit NAV the value stands as it was, in the Unstaking NAV
// what is outstanding falls to the value that is left; net of expected losses both do.
func TestShareInNAVs(t *testing.T) {
	doc, assume := sample(t), assumptions()
	d := &doc.Deals[0]
	d.Kind, d.Rate, d.Amortisation = gpuasset.Equity, 0, gpuasset.InterestOnly
	d.RevenueShare = &gpuasset.RevenueShare{Tiers: []gpuasset.Tier{{Share: gpuasset.Bps(6000)}}}
	assume.Hazard, assume.Method = 0, portfolio.Method{}
	value := func(spot float64) (sum float64) {
		o, err := economics.Of(doc, d.Cluster)
		require.NoError(t, err)
		factor := 1.0
		for i := range 36 {
			m, err := o.Month(d.Closing.AddMonths(i))
			require.NoError(t, err)
			factor /= 1 + .25/12
			sum += .6 * .98 * (m.ReservedRevenue + m.SpotRevenue*spot) * factor // EBITDA is more than that, which the test below holds
			require.Less(t, .6*.98*(m.ReservedRevenue+m.SpotRevenue*spot), m.EBITDA-.98*m.SpotRevenue*(1-spot))
		}
		return sum
	}
	before, after := value(1), value(.7)
	b := book(t, doc, assume)
	require.Less(t, before, 16e6, "below cost, so that all of it is outstanding")
	require.InDelta(t, before, b.Base().Portfolio.SPs[0].Positions[0].Outstanding.Float64(), 1e-5)
	r, err := b.Apply(stress.Shock{Rental: -.3})
	require.NoError(t, err)
	require.InDelta(t, after, r.Deals[0].Share, 1e-5)
	require.Equal(t, b.Base().Valuation.Deposit, r.Valuation.Deposit)
	require.InDelta(t, 1e6+after, r.Valuation.Unstaking.Float64(), 1e-5)
	require.InDelta(t, 1e6+before, b.Base().Valuation.Unstaking.Float64(), 1e-5)
	up, err := b.Apply(stress.Shock{Rental: .3})
	require.NoError(t, err)
	require.Equal(t, b.Base().Valuation.Unstaking, up.Valuation.Unstaking, "gains do not count")
	value2, err := r.Portfolio.Value(assume.Method)
	require.NoError(t, err)
	require.Equal(t, r.Valuation, value2, "the portfolio is the one that was valued")

	assume.WriteDown, assume.Method.NetOfExpectedLoss = true, true
	r, err = book(t, doc, assume).Apply(stress.Shock{Rental: -.3})
	require.NoError(t, err)
	require.InDelta(t, 1e6+after, r.Valuation.Deposit.Float64(), 1e-5)

	// Half of the deal is half of all of it.
	doc.Portfolios[0].Participations[0].Share = gpuasset.One / 2
	r, err = book(t, doc, assume).Apply(stress.Shock{Rental: -.3})
	require.NoError(t, err)
	require.InDelta(t, 1e6+after/2, r.Valuation.Deposit.Float64(), 1e-5)
}

// While it is worth more than cost, a fall takes nothing off the Unstaking NAV, which has only cost in it; a Deposit NAV net of expected losses
// feels all of it.
func TestShareAboveCost(t *testing.T) {
	doc, assume := sample(t), assumptions()
	d := &doc.Deals[0]
	d.Kind, d.Rate, d.Amortisation, d.Principal = gpuasset.Equity, 0, gpuasset.InterestOnly, gpuasset.Whole(8_000_000)
	d.RevenueShare = &gpuasset.RevenueShare{Tiers: []gpuasset.Tier{{Share: gpuasset.Bps(6000)}}}
	assume.Hazard, assume.WriteDown, assume.Method = 0, true, portfolio.Method{NetOfExpectedLoss: true}
	b := book(t, doc, assume)
	share := b.Base().Deals[0].Share
	require.Greater(t, share, 10e6)
	require.InDelta(t, 1e6+share, b.Base().Valuation.Deposit.Float64(), 1e-5)
	require.Equal(t, gpuasset.Whole(9_000_000), b.Base().Valuation.Unstaking)
	r, err := b.Apply(stress.Shock{Rental: -.1})
	require.NoError(t, err)
	require.Less(t, r.Deals[0].Share, share-1e4)
	require.Greater(t, r.Deals[0].Share, 8e6)
	require.InDelta(t, 1e6+r.Deals[0].Share, r.Valuation.Deposit.Float64(), 1e-5)
	require.Equal(t, gpuasset.Whole(9_000_000), r.Valuation.Unstaking)
	r, err = b.Apply(stress.Shock{Rental: -1, Offtake: .7})
	require.NoError(t, err)
	require.Less(t, r.Deals[0].Share, 8e6)
	require.InDelta(t, 1e6+r.Deals[0].Share, r.Valuation.Unstaking.Float64(), 1e-5)
}

// More of a shock never raises a NAV, with equity and hybrids among the deals, their tiers and days at random.
func TestMoreShockNeverHelpsShares(t *testing.T) {
	r := rand.New(rand.NewPCG(41, 42))
	fell := 0
	for range 30 {
		doc := share(many(t, 6), r.IntN(3))
		for i := range doc.Deals {
			d := &doc.Deals[i]
			d.PaymentMonths = []int{1, 3}[r.IntN(2)]
			if d.RevenueShare != nil && r.IntN(2) == 0 {
				d.RevenueShare.Tiers = []gpuasset.Tier{{UpTo: gpuasset.Bps(uint16(1 + r.IntN(9000))), Share: gpuasset.Bps(uint16(1 + r.IntN(10_000)))},
					{UpToIRR: gpuasset.Bps(uint16(1 + r.IntN(1200))), Share: gpuasset.Bps(uint16(1 + r.IntN(10_000)))},
					{UpToIRR: gpuasset.Bps(uint16(1201 + r.IntN(1300))), Share: gpuasset.Bps(uint16(1 + r.IntN(10_000)))},
					{Share: gpuasset.Bps(uint16(r.IntN(10_001)))}}
			}
		}
		assume := assumptions()
		assume.WriteDown = r.IntN(2) == 0
		assume.Method.NetOfExpectedLoss = assume.WriteDown && r.IntN(2) == 0
		assume.Method.Haircut = [3]gpuasset.Ratio{0, gpuasset.Bps(uint16(r.IntN(2000))), gpuasset.Bps(uint16(2000 + r.IntN(3000)))}
		assume.Day = gpuasset.DateOf(assume.Day.Time().AddDate(0, 0, r.IntN(900)))
		b := book(t, doc, assume)
		for range 25 {
			var shock stress.Shock
			before := b.Base()
			for range 6 {
				shock = worse(r, shock)
				if r.IntN(4) == 0 {
					shock.Defaulted = append(shock.Defaulted[:len(shock.Defaulted):len(shock.Defaulted)], doc.Deals[r.IntN(6)].ID)
				}
				after, err := b.Apply(shock)
				require.NoError(t, err)
				slack := gpuasset.Units(13)
				require.LessOrEqual(t, after.Valuation.Unstaking.Cmp(after.Valuation.Deposit), 0)
				require.LessOrEqual(t, after.Valuation.Deposit.Cmp(before.Valuation.Deposit.Add(slack)), 0, "%+v", shock)
				require.LessOrEqual(t, after.Valuation.Unstaking.Cmp(before.Valuation.Unstaking.Add(slack)), 0, "%+v", shock)
				for i := range after.Deals {
					require.LessOrEqual(t, after.Deals[i].Share, before.Deals[i].Share+1e-6)
				}
				if after.Valuation.Unstaking.Cmp(before.Valuation.Unstaking) < 0 {
					fell++
				}
				before = after
			}
		}
	}
	require.Greater(t, fell, 1500)
}

// The same bits with any number of workers, losses within what is at stake, and without volatility no loss but by default.
func TestSimulateShares(t *testing.T) {
	b := book(t, share(many(t, 30), 0), assumptions())
	var first *stress.Distribution
	for _, workers := range []int{1, 3} {
		s := simulation(400)
		s.Workers = workers
		d, err := b.Simulate(t.Context(), s)
		require.NoError(t, err)
		if first == nil {
			first = d
		}
		require.Equal(t, first, d, "%d workers", workers)
	}
	require.Equal(t, "066ea54d3379adee", hash(first.Losses))

	assume := assumptions()
	assume.Hazard = 0
	b = book(t, share(many(t, 1), 0), assume)
	d, err := b.Simulate(t.Context(), stress.Simulation{Paths: 10, Seed: 1})
	require.NoError(t, err)
	require.Equal(t, make([]float64, 10), d.Losses)
	// Under a shock and without volatility, every path loses what the shock takes.
	shock := stress.Shock{Rental: -.5, Utilisation: -.2}
	d, err = b.Simulate(t.Context(), stress.Simulation{Paths: 10, Seed: 1, Shock: shock})
	require.NoError(t, err)
	r, err := b.Apply(shock)
	require.NoError(t, err)
	require.Positive(t, d.Losses[0])
	require.InDelta(t, b.Base().Deals[0].Share-r.Deals[0].Share, d.Losses[9], 1e-6)
	require.Zero(t, d.Defaults[9])
}

func TestSharesRefused(t *testing.T) {
	for name, change := range map[string]func(*gpuasset.Document, *portfolio.Given){
		"no rate":                 func(_ *gpuasset.Document, g *portfolio.Given) { g.ShareRate = 0 },
		"below the return":        func(_ *gpuasset.Document, g *portfolio.Given) { g.ShareRate = gpuasset.Bps(1999) },
		"another rate":            func(_ *gpuasset.Document, g *portfolio.Given) { g.ShareRate = gpuasset.Bps(3000) },
		"multiple after a return": func(d *gpuasset.Document, _ *portfolio.Given) { d.Deals[0].RevenueShare.Tiers[2].UpTo = gpuasset.One },
		"two of one cluster":      func(d *gpuasset.Document, _ *portfolio.Given) { d.Deals[1].Cluster = d.Deals[0].Cluster },
		"takings of the next year": func(_ *gpuasset.Document, g *portfolio.Given) {
			g.Takings = map[string][]gpuasset.Takings{"deal-0": {{Date: gpuasset.NewDate(2026, 4, 1)}}}
		},
	} {
		doc, assume := share(many(t, 3), 0), assumptions()
		base, err := portfolio.FromDocument(doc, assume.Day, given())
		require.NoError(t, err)
		base.Shares.Supply = *whole18(1)
		g := given()
		change(doc, &g)
		_, err = stress.NewBook(doc, base, g, assume)
		require.ErrorIs(t, err, stress.ErrInput, name)
	}
}

// A deal in arrears is refused with what to give, and goes with a schedule that has them.
func TestArrears(t *testing.T) {
	doc, assume := sample(t), assumptions()
	assume.Day = gpuasset.NewDate(2026, 9, 10)
	base, err := portfolio.FromDocument(doc, assume.Day, given())
	require.NoError(t, err)
	base.Shares.Supply = *whole18(1)
	missed := gpuasset.Whole(354_645)
	base.SPs[0].Positions[0].Outstanding = base.SPs[0].Positions[0].Outstanding.Add(missed)
	_, err = stress.NewBook(doc, base, given(), assume)
	var arrears *stress.ArrearsError
	require.True(t, errors.As(err, &arrears))
	require.ErrorIs(t, err, stress.ErrInput)
	require.Equal(t, "deal-1", arrears.Deal)
	require.InDelta(t, 354_645, arrears.Outstanding.Float64()-arrears.Scheduled, 1e-5)

	schedule, err := doc.Deals[0].Schedule(gpuasset.Course{Arrears: []gpuasset.Draw{{Date: gpuasset.NewDate(2026, 9, 1), Amount: missed}}})
	require.NoError(t, err)
	require.Equal(t, base.SPs[0].Positions[0].Outstanding, schedule.Balance(assume.Day))
	g := given()
	g.Schedules = map[string]*gpuasset.Schedule{"deal-1": schedule}
	_, err = stress.NewBook(doc, base, g, assume)
	require.NoError(t, err)
}
