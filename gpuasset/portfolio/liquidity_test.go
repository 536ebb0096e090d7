package portfolio_test

import (
	"math/rand/v2"
	"testing"

	"github.com/gaib-go/gaib/gpuasset"
	"github.com/gaib-go/gaib/gpuasset/portfolio"
	"github.com/stretchr/testify/require"
)

var order = []portfolio.Source{portfolio.IdleCash, portfolio.DealMaturity, portfolio.Interest, portfolio.NewDeposit, portfolio.BillSale}

// Worked by hand: 100 of cash, 60 that comes in April, bills of 50 that are sold last.
func TestLadder(t *testing.T) {
	month := func(m int) gpuasset.Date { return gpuasset.NewDate(2026, 3, 1).AddMonths(m) }
	rungs, err := portfolio.Ladder(order, []portfolio.Inflow{
		{month(0), portfolio.BillSale, "T", whole(50)},
		{month(1), portfolio.DealMaturity, "a", whole(60)},
		{month(0), portfolio.IdleCash, "", whole(100)},
	}, []portfolio.Cycle{{month(0), whole(80)}, {month(1), whole(150)}, {month(2), whole(0)}})
	require.NoError(t, err)
	require.Equal(t, []portfolio.Rung{
		{month(0), gpuasset.Money{}, whole(80), whole(80), []portfolio.Use{{portfolio.IdleCash, "", whole(80)}}, gpuasset.Money{}, whole(70), 150.0 / 80, true},
		{month(1), gpuasset.Money{}, whole(150), whole(130), []portfolio.Use{{portfolio.IdleCash, "", whole(20)}, {portfolio.DealMaturity, "a", whole(60)}, {portfolio.BillSale, "T", whole(50)}},
			whole(20), gpuasset.Money{}, 130.0 / 150, true},
		{month(2), whole(20), gpuasset.Money{}, gpuasset.Money{}, nil, whole(20), gpuasset.Money{}, 0, true},
	}, rungs)

	_, err = portfolio.Ladder(order[:1], []portfolio.Inflow{{month(0), portfolio.BillSale, "T", whole(50)}}, nil)
	require.ErrorIs(t, err, portfolio.ErrInput)
	_, err = portfolio.Ladder(order, nil, []portfolio.Cycle{{month(1), whole(1)}, {month(1), whole(1)}})
	require.ErrorIs(t, err, portfolio.ErrInput)
	_, err = portfolio.Ladder(order, nil, make([]portfolio.Cycle, portfolio.MaxLadder+1))
	require.ErrorIs(t, err, portfolio.ErrInput)
	_, err = portfolio.Ladder(order, nil, []portfolio.Cycle{{}})
	require.ErrorIs(t, err, portfolio.ErrInput)
}

// Nothing is paid twice: what came in is what was paid and what is left.
func TestLadderConserves(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	short := 0
	for range 1000 {
		start := gpuasset.NewDate(2026, 1, 1)
		var inflows []portfolio.Inflow
		var cycles []portfolio.Cycle
		var in, due, paid gpuasset.Money
		for range r.IntN(10) {
			amount := gpuasset.Units(r.Uint64N(1000))
			inflows = append(inflows, portfolio.Inflow{Date: start.AddMonths(r.IntN(6)), Source: order[r.IntN(len(order))], Amount: amount})
			in = in.Add(amount)
		}
		for i := range 6 {
			cycles = append(cycles, portfolio.Cycle{Date: start.AddMonths(i), Due: gpuasset.Units(r.Uint64N(900))})
			due = due.Add(cycles[i].Due)
		}
		rungs, err := portfolio.Ladder(order, inflows, cycles)
		require.NoError(t, err)
		var carried gpuasset.Money
		for _, rung := range rungs {
			require.Equal(t, carried, rung.Carried)
			require.Equal(t, rung.Carried.Add(rung.Due), rung.Paid.Add(rung.Unpaid))
			var from gpuasset.Money
			for _, use := range rung.From {
				from = from.Add(use.Amount)
			}
			require.Equal(t, rung.Paid, from)
			require.True(t, rung.Unpaid.IsZero() || rung.Left.IsZero(), "nobody waits while there is money")
			paid, carried = paid.Add(rung.Paid), rung.Unpaid
		}
		require.Equal(t, in, paid.Add(rungs[5].Left))
		require.Equal(t, due, paid.Add(carried))
		if !carried.IsZero() {
			short++
		}
	}
	require.Greater(t, short, 100)
}

// The published example of the index: 30, 30, 20 and 20 % are 2,600.
func TestConcentration(t *testing.T) {
	position := func(borrower string, amount uint64, rate uint16, maturity gpuasset.Date) portfolio.Position {
		return portfolio.Position{Borrower: borrower, Model: "H100", Location: borrower[:1], Outstanding: whole(amount), Rate: gpuasset.Bps(rate), Maturity: maturity}
	}
	day := gpuasset.NewDate(2026, 1, 1)
	p := portfolio.Portfolio{SPs: []portfolio.SP{
		{Positions: []portfolio.Position{position("a1", 30, 1000, gpuasset.NewDate(2027, 1, 1)), position("b1", 20, 2000, gpuasset.NewDate(2025, 1, 1))}},
		{Positions: []portfolio.Position{position("a2", 30, 1000, gpuasset.NewDate(2028, 1, 1)), position("b2", 15, 2000, gpuasset.NewDate(2029, 1, 1)), position("b2", 5, 2000, gpuasset.NewDate(2029, 1, 1)), position("none", 0, 1, day)}},
	}}
	all := p.Positions()
	c := portfolio.Concentrate(all, portfolio.ByBorrower)
	require.InDelta(t, 2600, c.HHI, 1e-9)
	require.InDelta(t, 10000.0/2600, c.Effective, 1e-9)
	require.Len(t, c.Parts, 4, "who owes nothing is no part")
	require.Equal(t, "a1", c.Parts[0].Name)
	require.InDelta(t, .6, c.Top(2), 1e-12)
	require.InDelta(t, 1, c.Top(99), 1e-12)
	require.InDelta(t, 10000, portfolio.Concentrate(all, portfolio.ByModel).HHI, 1e-9)
	require.InDelta(t, 5200, portfolio.Concentrate(all, portfolio.ByLocation).HHI, 1e-9)
	require.Empty(t, portfolio.Concentrate(nil, portfolio.ByModel).Parts)

	a := portfolio.Average(all, day)
	require.InDelta(t, .6*.10+.4*.20, a.Rate, 1e-12)
	require.InDelta(t, .3*1+.3*2+.2*1096.0/365, a.Years, 1e-12, "what is past maturity has no life left")
	require.Zero(t, portfolio.Average(nil, day))

	profile := portfolio.Profile(all, []gpuasset.Date{day, gpuasset.NewDate(2028, 1, 1)})
	require.Equal(t, []portfolio.Bucket{{day, whole(20)}, {gpuasset.NewDate(2028, 1, 1), whole(60)}, {gpuasset.Date{}, whole(20)}}, profile)
}
