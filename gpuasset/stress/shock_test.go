package stress_test

import (
	"math"
	"testing"

	"github.com/gaib-go/gaib/gpuasset"
	"github.com/gaib-go/gaib/gpuasset/economics"
	"github.com/gaib-go/gaib/gpuasset/portfolio"
	"github.com/gaib-go/gaib/gpuasset/stress"
	"github.com/stretchr/testify/require"
)

func TestScenarios(t *testing.T) {
	b := book(t, sample(t), assumptions())
	names := map[string]bool{}
	var combined *stress.Result
	lower := 0
	for _, scenario := range stress.Scenarios() {
		require.False(t, names[scenario.Name])
		names[scenario.Name] = true
		r, err := b.Apply(scenario.Shock)
		require.NoError(t, err, scenario.Name)
		if r.Valuation.Unstaking.Cmp(b.Base().Valuation.Unstaking) < 0 {
			lower++
		}
		combined = r
	}
	require.GreaterOrEqual(t, lower, 5)
	deposit, unstaking := combined.Markdown(b.Base())
	require.GreaterOrEqual(t, deposit, 0.0)
	require.Greater(t, unstaking, 0.03)
}

func TestShockRefuses(t *testing.T) {
	b := book(t, sample(t), assumptions())
	for name, shock := range map[string]stress.Shock{
		"rental": {Rental: -1.01}, "NaN": {Rental: math.NaN()}, "renegotiated": {Renegotiated: 1.1}, "utilisation": {Utilisation: -2}, "offtake": {Offtake: -.1},
		"tariff": {Tariff: -2}, "infinite": {Tariff: math.Inf(1)}, "residual": {Residual: -1.1}, "default": {Default: -2}, "bills": {Bills: .1},
		"delay": {Delay: -1}, "sale": {SaleDays: -1}, "deal": {Defaulted: []string{"deal-2"}},
	} {
		_, err := b.Apply(shock)
		require.ErrorIs(t, err, stress.ErrInput, name)
		_, err = b.Path("deal-1", shock)
		require.ErrorIs(t, err, stress.ErrInput, name)
	}
}

// The conditional mean of jointly normal changes, worked by hand.
func TestCorrelated(t *testing.T) {
	c := stress.Correlation{Volatility: [5]float64{.4, .1, .3, .2, 1}}
	for i := range c.Matrix {
		c.Matrix[i][i] = 1
	}
	set := func(a, b stress.Factor, rho float64) { c.Matrix[a][b], c.Matrix[b][a] = rho, rho }
	set(stress.Rental, stress.Utilisation, .3)
	set(stress.Rental, stress.Residual, .8)
	set(stress.Rental, stress.Default, -.5)
	shock, err := c.Given(stress.Rental, -.4)
	require.NoError(t, err)
	require.Equal(t, -.4, shock.Rental)
	require.InDelta(t, -.03, shock.Utilisation, 1e-12)
	require.InDelta(t, -.16, shock.Residual, 1e-12)
	require.InDelta(t, .5, shock.Default, 1e-12)
	require.Zero(t, shock.Tariff)
	shock, err = c.Given(stress.Residual, -.9) // 4.5 volatilities: 1.44 of the rent would go
	require.NoError(t, err)
	require.Equal(t, -1.0, shock.Rental)

	set(stress.Utilisation, stress.Residual, -.9) // both follow rents, yet oppose each other
	_, err = c.Given(stress.Rental, -.4)
	require.ErrorIs(t, err, stress.ErrInput)
	set(stress.Utilisation, stress.Residual, 0)
	c.Matrix[0][1] = .4
	_, err = c.Given(stress.Rental, -.4)
	require.ErrorIs(t, err, stress.ErrInput, "not symmetric")
	c.Matrix[0][1] = .3
	_, err = c.Given(stress.Factor(9), -.4)
	require.ErrorIs(t, err, stress.ErrInput)
	c.Volatility[0] = 0
	_, err = c.Given(stress.Rental, -.4)
	require.ErrorIs(t, err, stress.ErrInput)
}

// The break found is where arithmetic says: cash = fixed + spot * (1 + size), linear in the rental price.
func TestReverse(t *testing.T) {
	b := book(t, sample(t), assumptions())
	at := func(shock stress.Shock) []stress.Point {
		path, err := b.Path("deal-1", shock)
		require.NoError(t, err)
		return path
	}
	base, none := at(stress.Shock{}), at(stress.Shock{Rental: -1})
	want := math.Inf(1)
	for m := range base {
		spot := base[m].Cash - none[m].Cash
		if spot > 0 {
			want = min(want, (base[m].Cash-0.9*base[m].Service)/spot)
		}
	}
	found, err := b.Reverse(stress.Shock{Rental: -1}, 1, stress.DSCRBelow("deal-1", 0.9))
	require.NoError(t, err)
	require.InDelta(t, want, found.Size, 1e-9)
	require.Less(t, found.Breaks.Deals[0].MinDSCR, 0.9)
	require.GreaterOrEqual(t, found.Holds.Deals[0].MinDSCR, 0.9)
	require.InDelta(t, 0.9, found.Breaks.Deals[0].MinDSCR, 1e-9)
	require.Equal(t, -found.Size, found.Breaks.Shock.Rental)

	_, err = b.Reverse(stress.Shock{Rental: -1}, 1, stress.DSCRBelow("", -1))
	require.ErrorIs(t, err, stress.ErrHolds, "running costs are less than a payment")
	already, err := b.Reverse(stress.Shock{Rental: -1}, 1, stress.DSCRBelow("", 2))
	require.NoError(t, err)
	require.Zero(t, already.Size)
	require.Nil(t, already.Holds)
	for _, most := range []float64{0, -1, math.NaN(), 2} {
		_, err = b.Reverse(stress.Shock{Rental: -1}, most, stress.DSCRBelow("", 0.9))
		require.ErrorIs(t, err, stress.ErrInput)
	}
}

// From the parameters of a lending market to the shock that leaves it bad debt. Morpho's incentive at an LLTV of 86 % is 1 / (1 - 0.3 * 0.14).
func TestReverseNAV(t *testing.T) {
	step, err := stress.BadDebtStep(gpuasset.Bps(8600), 1_043_841_336_116_910_229)
	require.NoError(t, err)
	require.Equal(t, "0.102296450939457203", step.String()) // 1 - 0.86 * 1.043841336116910229 = 0.10229645093945720306
	step0, err := stress.BadDebtStep(gpuasset.One, gpuasset.Bps(10500))
	require.NoError(t, err)
	require.Zero(t, step0)
	for _, bad := range [][2]gpuasset.Ratio{{gpuasset.One + 1, gpuasset.One}, {0, gpuasset.One - 1}, {0, 2*gpuasset.One + 1}} {
		_, err = stress.BadDebtStep(bad[0], bad[1])
		require.ErrorIs(t, err, stress.ErrInput)
	}
	for _, nav := range []stress.NAV{stress.DepositNAV, stress.UnstakingNAV} {
		assume := assumptions()
		assume.WriteDown = true
		b := book(t, sample(t), assume)
		shape := stress.Shock{Residual: -1, Defaulted: []string{"deal-1"}}
		found, err := b.Reverse(shape, 1, stress.NAVFalls(nav, b.Base(), step))
		require.NoError(t, err)
		fall := func(r *stress.Result) float64 {
			deposit, unstaking := r.Markdown(b.Base())
			return []float64{deposit, unstaking}[nav]
		}
		require.InDelta(t, step.Float64(), fall(found.Breaks), 1e-9)
		require.Greater(t, fall(found.Breaks), fall(found.Holds))
		require.Positive(t, found.Size)
	}
}

func TestBookRefuses(t *testing.T) {
	for name, change := range map[string]func(*gpuasset.Document, *portfolio.Portfolio, *stress.Assumptions){
		"day":          func(_ *gpuasset.Document, _ *portfolio.Portfolio, a *stress.Assumptions) { a.Day = gpuasset.Date{} },
		"depreciation": func(_ *gpuasset.Document, _ *portfolio.Portfolio, a *stress.Assumptions) { a.Depreciation = nil },
		"negative value": func(_ *gpuasset.Document, _ *portfolio.Portfolio, a *stress.Assumptions) {
			a.Depreciation = economics.Vintages{-1}
		},
		"no value": func(_ *gpuasset.Document, _ *portfolio.Portfolio, a *stress.Assumptions) {
			a.Depreciation = economics.Vintages{math.NaN()}
		},
		"liquidation": func(_ *gpuasset.Document, _ *portfolio.Portfolio, a *stress.Assumptions) { a.Liquidation.Cost = 2 },
		"elasticity":  func(_ *gpuasset.Document, _ *portfolio.Portfolio, a *stress.Assumptions) { a.Elasticity = math.NaN() },
		"hazard":      func(_ *gpuasset.Document, _ *portfolio.Portfolio, a *stress.Assumptions) { a.Hazard = -1 },
		"hazard of a deal": func(_ *gpuasset.Document, _ *portfolio.Portfolio, a *stress.Assumptions) {
			a.Hazards = map[string]float64{"x": -1}
		},
		"months":           func(_ *gpuasset.Document, _ *portfolio.Portfolio, a *stress.Assumptions) { a.DefaultMonths = 0 },
		"look-ahead":       func(_ *gpuasset.Document, _ *portfolio.Portfolio, a *stress.Assumptions) { a.LookAhead = 0 },
		"falling haircuts": func(_ *gpuasset.Document, _ *portfolio.Portfolio, a *stress.Assumptions) { a.Method.Haircut[0] = 1 },
		"net, not written": func(_ *gpuasset.Document, _ *portfolio.Portfolio, a *stress.Assumptions) {
			a.Method.NetOfExpectedLoss = true
		},
		"unknown deal": func(_ *gpuasset.Document, p *portfolio.Portfolio, _ *stress.Assumptions) {
			p.SPs[0].Positions[0].Deal = "x"
		},
		"more than is owed": func(_ *gpuasset.Document, p *portfolio.Portfolio, _ *stress.Assumptions) {
			p.SPs[0].Positions[0].Outstanding = gpuasset.Whole(16_000_001)
		},
	} {
		doc, assume := sample(t), assumptions()
		base, err := portfolio.FromDocument(doc, assume.Day, portfolio.Given{})
		require.NoError(t, err)
		base.Shares.Supply = *whole18(1)
		change(doc, &base, &assume)
		_, err = stress.NewBook(doc, base, portfolio.Given{}, assume)
		require.ErrorIs(t, err, stress.ErrInput, name)
	}
	doc := sample(t)
	base, err := portfolio.FromDocument(doc, assumptions().Day, portfolio.Given{})
	require.NoError(t, err)
	_, err = stress.NewBook(doc, base, portfolio.Given{}, assumptions())
	require.ErrorIs(t, err, portfolio.ErrNoShares)
	after := assumptions()
	after.Day = gpuasset.NewDate(2029, 3, 1)
	_, err = stress.NewBook(doc, base, portfolio.Given{}, after)
	require.ErrorIs(t, err, stress.ErrInput, "outstanding after all was due")
	base.Shares.Supply = *whole18(1)
	doc.Indices[0].Quotes = doc.Indices[0].Quotes[2:]
	doc.Indices[0].Quotes[0].Date = gpuasset.NewDate(2026, 3, 2)
	_, err = stress.NewBook(doc, base, portfolio.Given{}, assumptions())
	require.ErrorIs(t, err, gpuasset.ErrNoPrice)
	doc.Deals[0].Rate = 3 * gpuasset.One
	_, err = stress.NewBook(doc, base, portfolio.Given{}, assumptions())
	var located *gpuasset.PathError
	require.ErrorAs(t, err, &located)
}

// A deal that is not drawn yet, or fully repaid, is in the book with nothing at stake.
func TestBeforeAndAfter(t *testing.T) {
	for _, day := range []gpuasset.Date{gpuasset.NewDate(2026, 2, 28), gpuasset.NewDate(2029, 3, 1)} {
		assume := assumptions()
		assume.Day = day
		b := book(t, sample(t), assume)
		r, err := b.Apply(stress.Shock{Rental: -1, Residual: -1, Defaulted: []string{"deal-1"}})
		require.NoError(t, err)
		require.Equal(t, b.Base().Valuation.Deposit, r.Valuation.Deposit)
		require.Zero(t, r.Deals[0].Loss)
		require.True(t, math.IsInf(r.Deals[0].MinDSCR, 1))
		d, err := b.Simulate(t.Context(), simulation(10))
		require.NoError(t, err)
		require.Equal(t, make([]float64, 10), d.Losses)
	}
}

// A book keeps nothing of what it was made from.
func TestBookIsACopy(t *testing.T) {
	doc, assume := many(t, 2), assumptions()
	base, err := portfolio.FromDocument(doc, assume.Day, portfolio.Given{})
	require.NoError(t, err)
	base.Shares.Supply = *whole18(1)
	base.Bills = []portfolio.Bill{{ID: "T", Clean: gpuasset.Whole(100), Bid: gpuasset.Whole(99)}}
	b, err := stress.NewBook(doc, base, portfolio.Given{}, assume)
	require.NoError(t, err)
	before, err := b.Apply(stress.Shock{Bills: -.01})
	require.NoError(t, err)
	base.SPs[0].Positions[0].Outstanding = gpuasset.Money{}
	base.Bills[0].Bid = gpuasset.Money{}
	doc.Clusters[0].Reservations[0].Price = gpuasset.Money{}
	doc.Deals[0].Principal = gpuasset.Whole(1)
	after, err := b.Apply(stress.Shock{Bills: -.01})
	require.NoError(t, err)
	require.Equal(t, before, after)
}
