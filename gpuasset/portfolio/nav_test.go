package portfolio_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gaib-go/gaib/gpuasset"
	"github.com/gaib-go/gaib/gpuasset/credit"
	"github.com/gaib-go/gaib/gpuasset/portfolio"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"
)

func shares(whole uint64) portfolio.Shares {
	var supply uint256.Int
	supply.Mul(uint256.NewInt(whole), uint256.NewInt(1e18))
	return portfolio.Shares{Supply: supply}
}

var whole = gpuasset.Whole

func example() (portfolio.Portfolio, portfolio.Method) {
	return portfolio.Portfolio{
			Cash:  whole(100),
			Bills: []portfolio.Bill{{ID: "T", Clean: whole(290), Accrued: whole(5), Bid: whole(292)}},
			SPs: []portfolio.SP{
				{ID: "SP1", Cash: whole(10), Positions: []portfolio.Position{
					{Deal: "a", Outstanding: whole(400), Accrued: whole(4), Stage: credit.Stage1, ExpectedLoss: whole(2)},
					{Deal: "b", Outstanding: whole(100), Accrued: whole(3), Stage: credit.Stage3, ExpectedLoss: whole(50)},
				}},
				{ID: "SP2", Claims: whole(20), Positions: []portfolio.Position{
					{Deal: "c", Outstanding: whole(110), Accrued: whole(1), Stage: credit.Stage2, ExpectedLoss: whole(6)},
				}},
			},
			Fees: whole(5), Shares: shares(900),
		}, portfolio.Method{
			NetOfExpectedLoss: true, Haircut: [3]gpuasset.Ratio{0, gpuasset.Bps(1000), gpuasset.Bps(6000)}, ExitFee: gpuasset.Bps(100),
		}
}

// Worked by hand.
//
//	           in                      out
//	cash       100                     100
//	bill       295                     292
//	SP1        10 + 402 + 100 = 512    10 + 400 + 40 = 450
//	SP2        105 - 20 = 85           99 - 20 = 79
//	fees       -5                      -5
//	           987                     916, less 1 % = 906.84
func TestValue(t *testing.T) {
	p, method := example()
	v, err := p.Value(method)
	require.NoError(t, err)
	require.Equal(t, "987", v.Deposit.String())
	require.Equal(t, "906.84", v.Unstaking.String())
	require.Equal(t, "1096666666666666666", v.DepositPerShare.Dec())   // 987/900
	require.Equal(t, "1007600000000000000", v.UnstakingPerShare.Dec()) // 906.84/900
	require.InDelta(t, 1-906.84/987, v.Haircut(), 1e-12)
	require.InDelta(t, 365*math.Log(987/906.84)/math.Log(1.12), v.BreakEvenDays(.12), 1e-9)
	require.True(t, math.IsInf(v.BreakEvenDays(0), 1))
	require.Equal(t, []portfolio.Step{
		{"", portfolio.BillSpread, "T", false, whole(3)},
		{"SP1", portfolio.AccruedLeftOut, "a", false, whole(4)},
		{"SP1", portfolio.ExpectedLossBack, "a", true, whole(2)},
		{"SP1", portfolio.StageHaircut, "b", false, whole(60)},
		{"SP2", portfolio.AccruedLeftOut, "c", false, whole(1)},
		{"SP2", portfolio.ExpectedLossBack, "c", true, whole(6)},
		{"SP2", portfolio.StageHaircut, "c", false, whole(11)},
		{"", portfolio.ExitFee, "", false, gpuasset.Units(9_160_000)},
	}, v.Bridge)

	// 900 shares, wherever they are.
	p.Shares = portfolio.Shares{Supply: shares(500).Supply, Bridged: shares(300).Supply, Pending: shares(100).Supply}
	spread, err := p.Value(method)
	require.NoError(t, err)
	require.Equal(t, v.DepositPerShare, spread.DepositPerShare)

	method.NetOfExpectedLoss = false
	v, err = p.Value(method)
	require.NoError(t, err)
	require.Equal(t, "995", v.Deposit.String(), "losses that are not realised stay out of the Deposit NAV")
	require.Equal(t, "906.84", v.Unstaking.String())
}

// Worked by hand: what is lost and not written down is off the Unstaking NAV alone, after the haircut, and no more than there is.
func TestUnrealisedLoss(t *testing.T) {
	p, method := example()
	p.SPs[0].Positions[0].UnrealisedLoss = whole(30)
	p.SPs[0].Positions[1].UnrealisedLoss = whole(70) // of 40 that the haircut leaves
	v, err := p.Value(method)
	require.NoError(t, err)
	require.Equal(t, "987", v.Deposit.String())
	require.Equal(t, "837.54", v.Unstaking.String()) // (916 - 30 - 40) * 0.99
	require.Contains(t, v.Bridge, portfolio.Step{SP: "SP1", Kind: portfolio.LossNotRealised, Name: "a", Amount: whole(30)})
	require.Contains(t, v.Bridge, portfolio.Step{SP: "SP1", Kind: portfolio.LossNotRealised, Name: "b", Amount: whole(40)})
}

// The sample's one deal, half a month after its second payment.
func TestFromDocument(t *testing.T) {
	doc, err := gpuasset.Parse(gpuasset.SampleCluster())
	require.NoError(t, err)
	doc.Portfolios[0].Participations[0].Share = gpuasset.One / 4
	day := gpuasset.NewDate(2026, 5, 16)
	p, err := portfolio.FromDocument(doc, day, portfolio.Given{})
	require.NoError(t, err)
	schedule, err := doc.Deals[0].Schedule(gpuasset.Course{})
	require.NoError(t, err)
	balance := schedule.Payments[1].Closing
	require.Equal(t, []portfolio.SP{{ID: "SP1", Positions: []portfolio.Position{{
		Deal: "deal-1", Borrower: "sample borrower", Model: "H100", Location: "XX", Rate: gpuasset.Bps(1500), Maturity: gpuasset.NewDate(2029, 3, 1), Stage: credit.Stage1,
		Outstanding: balance.MulDown(gpuasset.One / 4),
		Accrued:     schedule.Accrued(day).MulDown(gpuasset.One / 4),
	}}}}, p.SPs)
	require.InDelta(t, balance.Float64()*.15*15/360/4, p.SPs[0].Positions[0].Accrued.Float64(), 1e-6)

	// A schedule of the caller's, here after a prepayment, goes before that of the terms.
	prepaid, err := doc.Deals[0].Schedule(gpuasset.Course{Early: []gpuasset.Draw{{Date: gpuasset.NewDate(2026, 10, 1), Amount: whole(1_000_000)}}})
	require.NoError(t, err)
	late := gpuasset.NewDate(2026, 10, 2)
	p, err = portfolio.FromDocument(doc, late, portfolio.Given{Schedules: map[string]*gpuasset.Schedule{"deal-1": prepaid}})
	require.NoError(t, err)
	require.Equal(t, prepaid.Balance(late).MulDown(gpuasset.One/4), p.SPs[0].Positions[0].Outstanding)

	doc.Deals[0].Amortisation, doc.Deals[0].TargetDSCR = gpuasset.Sculpted, gpuasset.One
	_, err = portfolio.FromDocument(doc, day, portfolio.Given{})
	require.ErrorIs(t, err, gpuasset.ErrCashFlow)
	doc.Currency = "usd"
	_, err = portfolio.FromDocument(doc, day, portfolio.Given{})
	require.ErrorIs(t, err, gpuasset.ErrValue)
}

func random(r *rand.Rand) (portfolio.Portfolio, portfolio.Method) {
	amount := func(most uint64) gpuasset.Money { return gpuasset.Units(r.Uint64N(most * 1e6)) }
	p := portfolio.Portfolio{Cash: amount(1000).Add(whole(50)), Fees: amount(50), Shares: shares(1 + r.Uint64N(1000))}
	for range r.IntN(3) {
		p.Bills = append(p.Bills, portfolio.Bill{ID: "bill", Clean: amount(500), Accrued: amount(9), Bid: amount(520)})
	}
	for i := range 1 + r.IntN(4) {
		sp := portfolio.SP{ID: string(rune('A' + i)), Cash: amount(20), Claims: amount(300)}
		for range r.IntN(4) {
			sp.Positions = append(sp.Positions, portfolio.Position{Deal: "deal", Outstanding: amount(300), Accrued: amount(12),
				Stage: credit.Stage(1 + r.IntN(3)), ExpectedLoss: amount(60), UnrealisedLoss: amount(1 + r.Uint64N(80))})
		}
		p.SPs = append(p.SPs, sp)
	}
	method := portfolio.Method{NetOfExpectedLoss: r.IntN(2) == 0, ExitFee: gpuasset.Ratio(r.Uint64N(1e17))}
	for i := range method.Haircut {
		method.Haircut[i] = gpuasset.Ratio(r.Uint64N(1e18 + 1))
	}
	return p, method
}

// net returns assets less liabilities of the lines that keep selects, at both values.
func net(t *testing.T, v *portfolio.Valuation, keep func(portfolio.Line) bool) (in, out gpuasset.Money) {
	t.Helper()
	var owedIn, owedOut gpuasset.Money
	for _, line := range v.Lines {
		switch {
		case !keep(line):
		case line.Liability:
			owedIn, owedOut = owedIn.Add(line.Deposit), owedOut.Add(line.Unstaking)
		default:
			in, out = in.Add(line.Deposit), out.Add(line.Unstaking)
			require.LessOrEqual(t, line.Unstaking.Cmp(line.Deposit), 0, "%+v", line)
		}
	}
	require.GreaterOrEqual(t, in.Cmp(owedIn), 0)
	require.GreaterOrEqual(t, out.Cmp(owedOut), 0)
	return in.SubFloor(owedIn), out.SubFloor(owedOut)
}

// Whatever is in it: lines add up to the NAVs, steps lead from one to the other, and out is never more than in.
func TestValueProperties(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	absorbed := 0
	for range 3000 {
		p, method := random(r)
		v, err := p.Value(method)
		require.NoError(t, err)
		in, out := net(t, v, func(portfolio.Line) bool { return true })
		require.Equal(t, v.Deposit, in)
		require.Equal(t, v.Unstaking, out)
		require.LessOrEqual(t, v.Unstaking.Cmp(v.Deposit), 0)
		require.False(t, v.UnstakingPerShare.Gt(&v.DepositPerShare))
		up, down := v.Deposit, gpuasset.Money{}
		for _, step := range v.Bridge {
			if step.Up {
				up = up.Add(step.Amount)
			} else {
				down = down.Add(step.Amount)
			}
			if step.Kind == portfolio.AbsorbedByOthers {
				absorbed++
			}
		}
		require.Equal(t, v.Unstaking, up.SubFloor(down))

		// More of a shock never raises a NAV.
		worse := method
		stage := r.IntN(3)
		worse.Haircut[stage] += gpuasset.Ratio(r.Uint64N(uint64(gpuasset.One-method.Haircut[stage]) + 1))
		w, err := p.Value(worse)
		require.NoError(t, err)
		require.LessOrEqual(t, w.Unstaking.Cmp(v.Unstaking), 0)
		require.Equal(t, v.Deposit, w.Deposit, "haircuts are not realised")
	}
	require.Greater(t, absorbed, 100)
}

// Whatever happens to one SP, another is worth what it was, and no SP costs the vault more than all it was worth.
func TestIsolation(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	hit := 0
	for range 1000 {
		p, method := random(r)
		before, err := p.Value(method)
		require.NoError(t, err)
		victim := p.SPs[0].ID
		p.SPs[0].Claims = p.SPs[0].Claims.Add(whole(1_000_000))
		for i := range p.SPs[0].Positions {
			p.SPs[0].Positions[i].Outstanding = gpuasset.Money{}
		}
		after, err := p.Value(method)
		require.NoError(t, err)
		lost := func(line portfolio.Line) bool { return line.SP == victim }
		inBefore, _ := net(t, before, lost)
		inAfter, outAfter := net(t, after, lost)
		require.True(t, inAfter.IsZero() && outAfter.IsZero())
		require.Equal(t, before.Deposit, after.Deposit.Add(inBefore), "exactly what it was worth is lost")
		if !inBefore.IsZero() {
			hit++
		}
		for _, sp := range p.SPs[1:] {
			mine := func(line portfolio.Line) bool { return line.SP == sp.ID }
			inBefore, outBefore := net(t, before, mine)
			inAfter, outAfter := net(t, after, mine)
			require.Equal(t, inBefore, inAfter)
			require.Equal(t, outBefore, outAfter)
		}
	}
	require.Greater(t, hit, 100)
}

func TestValueRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*portfolio.Portfolio, *portfolio.Method)
		err    error
	}{
		"no shares":       {func(p *portfolio.Portfolio, _ *portfolio.Method) { p.Shares = portfolio.Shares{} }, portfolio.ErrNoShares},
		"fees":            {func(p *portfolio.Portfolio, _ *portfolio.Method) { p.Fees = whole(5000) }, portfolio.ErrInsolvent},
		"unrealised loss": {func(p *portfolio.Portfolio, _ *portfolio.Method) { p.SPs[0].Positions[0].UnrealisedLoss = tooMuch() }, portfolio.ErrInput},
		"stage":           {func(p *portfolio.Portfolio, _ *portfolio.Method) { p.SPs[0].Positions[0].Stage = 0 }, portfolio.ErrInput},
		"stage 4":         {func(p *portfolio.Portfolio, _ *portfolio.Method) { p.SPs[0].Positions[0].Stage = 4 }, portfolio.ErrInput},
		"same SP":         {func(p *portfolio.Portfolio, _ *portfolio.Method) { p.SPs[1].ID = "SP1" }, portfolio.ErrInput},
		"haircut":         {func(_ *portfolio.Portfolio, m *portfolio.Method) { m.Haircut[0] = gpuasset.One + 1 }, portfolio.ErrInput},
		"exit fee":        {func(_ *portfolio.Portfolio, m *portfolio.Method) { m.ExitFee = gpuasset.One + 1 }, portfolio.ErrInput},
		"too much": {func(p *portfolio.Portfolio, _ *portfolio.Method) {
			p.Cash = whole(math.MaxUint64).MulUp(18 * gpuasset.One).MulUp(18 * gpuasset.One).MulUp(18 * gpuasset.One).MulUp(18 * gpuasset.One).MulUp(18 * gpuasset.One)
		}, portfolio.ErrInput},
		"share supply": {func(p *portfolio.Portfolio, _ *portfolio.Method) {
			p.Shares.Supply.SetAllOne()
			p.Shares.Bridged.SetOne()
		}, portfolio.ErrInput},
	} {
		p, method := example()
		test.change(&p, &method)
		_, err := p.Value(method)
		require.ErrorIs(t, err, test.err, name)
	}
}

// A position is what its schedule says on the day.
func TestNewPosition(t *testing.T) {
	doc, err := gpuasset.Parse(gpuasset.SampleCluster())
	require.NoError(t, err)
	deal, cluster := &doc.Deals[0], &doc.Clusters[0]
	schedule, err := deal.Schedule(gpuasset.Course{})
	require.NoError(t, err)
	p := portfolio.NewPosition(deal, cluster, schedule, gpuasset.NewDate(2026, 3, 16))
	require.Equal(t, "16000000", p.Outstanding.String())
	require.Equal(t, "100000", p.Accrued.String(), "15 of 30 days of 200,000")
	require.Equal(t, "2029-03-01", p.Maturity.String())
	require.Equal(t, "H100", p.Model)
	require.Equal(t, credit.Stage1, p.Stage)
}

func BenchmarkValue(b *testing.B) {
	var p portfolio.Portfolio
	p.Shares = shares(1_000_000)
	for i := range 10 {
		sp := portfolio.SP{ID: string(rune('A' + i))}
		for range 100 {
			sp.Positions = append(sp.Positions, portfolio.Position{Deal: "d", Outstanding: whole(1_000_000), Accrued: whole(10_000), Stage: credit.Stage1})
		}
		p.SPs = append(p.SPs, sp)
	}
	method := portfolio.Method{Haircut: [3]gpuasset.Ratio{gpuasset.Bps(500), gpuasset.Bps(1000), gpuasset.Bps(5000)}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Value(method); err != nil {
			b.Fatal(err)
		}
	}
}

func tooMuch() gpuasset.Money {
	m := whole(math.MaxUint64)
	for range 6 {
		m = m.MulUp(18 * gpuasset.One)
	}
	return m
}
