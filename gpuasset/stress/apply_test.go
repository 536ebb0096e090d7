package stress_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gaib-go/gaib/gpuasset"
	"github.com/gaib-go/gaib/gpuasset/credit"
	"github.com/gaib-go/gaib/gpuasset/economics"
	"github.com/gaib-go/gaib/gpuasset/portfolio"
	"github.com/gaib-go/gaib/gpuasset/stress"
	"github.com/stretchr/testify/require"
)

// Without a shock the book sees what package economics sees.
func TestBaseIsEconomics(t *testing.T) {
	doc := sample(t)
	b := book(t, doc, assumptions())
	o, err := economics.Of(doc, "cluster-1")
	require.NoError(t, err)
	months, err := o.Months(doc.Deals[0].Closing, 36)
	require.NoError(t, err)
	schedule, err := doc.Deals[0].Schedule(gpuasset.Course{})
	require.NoError(t, err)
	path, err := b.Path("deal-1", stress.Shock{})
	require.NoError(t, err)
	require.Len(t, path, 36)
	cash := make([]float64, 36)
	for i, p := range path {
		cash[i] = months[i].EBITDA
		require.InDelta(t, months[i].EBITDA, p.Cash, 1e-6)
		require.Equal(t, schedule.Payments[i].Due, p.Date)
		require.Equal(t, schedule.Payments[i].Service().Float64(), p.Service)
		require.Equal(t, schedule.Payments[i].Closing.Float64(), p.Balance)
		age := schedule.Payments[i].Due.Time().Sub(doc.Clusters[0].Vintage.Time()).Hours() / 24 / 365
		require.InDelta(t, 25e6*(1-0.9*age/5), p.Value, 1e-3)
	}
	coverage, err := economics.DSCR(cash, schedule.Service())
	require.NoError(t, err)
	d, ok := b.Base().Deal("deal-1")
	require.True(t, ok)
	require.InDelta(t, coverage.Min, d.MinDSCR, 1e-12)
	require.InDelta(t, coverage.Average, d.AverageDSCR, 1e-12)
	require.Equal(t, schedule.Payments[coverage.MinAt].Due, d.MinAt)
	require.Equal(t, credit.Stage1, d.Stage)
	require.True(t, d.Short.IsZero(), "the reserve of a million pays what the last year lacks")
	require.Less(t, path[35].Account, 1e6, "it was used")
	_, ok = b.Base().Deal("deal-2")
	require.False(t, ok)
	_, err = b.Path("deal-2", stress.Shock{})
	require.ErrorIs(t, err, stress.ErrInput)
}

// Worked by hand for April 2026, the second month: reserved 836,075.52, spot 155,934.72, fee 2 %, energy 49,351.68, other costs 120,000.
func TestShocksByHand(t *testing.T) {
	b := book(t, sample(t), assumptions())
	for name, test := range map[string]struct {
		shock stress.Shock
		want  float64
	}{
		"none":              {stress.Shock{}, (836_075.52+155_934.72)*.98 - 49_351.68 - 120_000},
		"rental":            {stress.Shock{Rental: -.4}, (836_075.52+93_560.832)*.98 - 169_351.68},
		"renegotiated":      {stress.Shock{Rental: -.4, Renegotiated: .5}, (668_860.416+93_560.832)*.98 - 169_351.68},
		"utilisation":       {stress.Shock{Utilisation: -.2}, (836_075.52+103_956.48)*.98 - 169_351.68}, // take-or-pay of 90 % holds
		"utilisation up":    {stress.Shock{Utilisation: .1}, (836_075.52/.9*.95+155_934.72/.6*.7)*.98 - 169_351.68},
		"no more than all":  {stress.Shock{Utilisation: .5}, (836_075.52/.9+155_934.72/.6)*.98 - 169_351.68},
		"no less than none": {stress.Shock{Utilisation: -.7}, 836_075.52*.98 - 169_351.68},
		"offtake":           {stress.Shock{Offtake: .5}, (418_037.76+155_934.72)*.98 - 169_351.68},
		"tariff":            {stress.Shock{Tariff: .5}, (836_075.52+155_934.72)*.98 - 74_027.52 - 120_000},
		"delay":             {stress.Shock{Delay: 2}, -169_351.68},
		"delay over":        {stress.Shock{Delay: 1}, (836_075.52+155_934.72)*.98 - 169_351.68},
	} {
		path, err := b.Path("deal-1", test.shock)
		require.NoError(t, err)
		require.InDelta(t, test.want, path[1].Cash, 1e-6, name)
	}
	// Values: 25M of hardware, 59 days of 5 years to a tenth, then a fifth of the rent gone and 10 % more.
	value := 25e6 * (1 - .9*59/365/5)
	r, err := b.Apply(stress.Shock{Rental: -.2, Residual: -.1})
	require.NoError(t, err)
	require.InDelta(t, 16e6/(value*.8*.9), r.Deals[0].MaxLTV, 1e-9)
	sale := value * .8 * .9 * .85 * .95 / math.Pow(1.1, 90.0/365)
	require.InDelta(t, 15e6-sale, r.Deals[0].Loss, 1e-3, "the reserve of a million is kept")
	r, err = b.Apply(stress.Shock{Residual: -.4, SaleDays: 100})
	require.NoError(t, err)
	require.InDelta(t, 15e6-value*.6*.85*.95/math.Pow(1.1, 190.0/365), r.Deals[0].Loss, 1e-3)
}

// No revenue at all: the reserve of 1,000,000 pays one payment of 554,645 and a part of the second, and everything from then on is late.
func TestLatePayments(t *testing.T) {
	none := stress.Shock{Rental: -1, Offtake: 1}
	for ahead, want := range map[int]credit.Stage{1: credit.Stage2, 3: credit.Stage2, 4: credit.Stage2, 5: credit.Stage3} {
		assume := assumptions()
		assume.LookAhead = ahead
		r, err := book(t, sample(t), assume).Apply(none)
		require.NoError(t, err)
		d := r.Deals[0]
		require.Equal(t, want, d.Stage, "looking %d months ahead", ahead)
		require.Equal(t, gpuasset.NewDate(2026, 5, 1), d.Short)
		require.Equal(t, 34, d.Late)
		require.True(t, d.Unpaid)
	}
	path, err := book(t, sample(t), assumptions()).Path("deal-1", none)
	require.NoError(t, err)
	require.InDelta(t, 1e6-554_645.256067, path[0].Account, 1e-6)
	require.InDelta(t, 1e6-2*554_645.256067, path[1].Account, 1e-6)
	require.InDelta(t, 1e6-16e6-3_967_229.218416, path[35].Account, 1e-5, "all that was due less the reserve")
	require.Negative(t, path[5].Cash, "running costs are the borrower's and do not add to what is late")

	assume := assumptions()
	assume.LookAhead, assume.ReviewDSCR = 36, 0
	r, err := book(t, sample(t), assume).Apply(stress.Shock{})
	require.NoError(t, err)
	require.Equal(t, credit.Stage1, r.Deals[0].Stage)
	assume.ReviewDSCR = 1
	r, err = book(t, sample(t), assume).Apply(stress.Shock{})
	require.NoError(t, err)
	require.Equal(t, credit.Stage2, r.Deals[0].Stage, "the DSCR of the third year is 0.99")
}

// What is late is made good and then something is late again: months are counted anew.
func TestLateAgain(t *testing.T) {
	doc := sample(t)
	doc.Deals[0].Protection = gpuasset.Protection{}
	doc.Deals[0].Principal = gpuasset.Whole(17_000_000)
	b := book(t, doc, assumptions())
	r, err := b.Apply(stress.Shock{Delay: 1})
	require.NoError(t, err)
	path, err := b.Path("deal-1", stress.Shock{Delay: 1})
	require.NoError(t, err)
	longest, run, episodes := 0, 0, 0
	for _, p := range path {
		if p.Account >= 0 {
			run = 0
			continue
		}
		if run++; run == 1 {
			episodes++
		}
		longest = max(longest, run)
	}
	require.Equal(t, 3, episodes)
	require.Equal(t, 3, longest)
	require.Equal(t, longest-1, r.Deals[0].Late, "the first payment of an episode is late a month after it was due")
}

// The oracle is package credit.
func TestExpectedLoss(t *testing.T) {
	doc := sample(t)
	doc.Deals[0].Protection = gpuasset.Protection{Reserve: gpuasset.Whole(400_000), FirstLoss: gpuasset.Whole(1_500_000),
		InsuranceLimit: gpuasset.Whole(3_000_000), InsuranceDeductible: gpuasset.Whole(500_000), InsuranceShare: gpuasset.Bps(6000)}
	schedule, err := doc.Deals[0].Schedule(gpuasset.Course{})
	require.NoError(t, err)
	for _, stage := range []credit.Stage{credit.Stage1, credit.Stage2, credit.Stage3} {
		assume := assumptions()
		assume.ReviewDSCR = 0
		base, err := portfolio.FromDocument(doc, assume.Day, portfolio.Given{})
		require.NoError(t, err)
		base.Shares = portfolio.Shares{Supply: *whole18(1000)}
		base.SPs[0].Positions[0].Stage = stage
		b, err := stress.NewBook(doc, base, portfolio.Given{}, assume)
		require.NoError(t, err)
		r, err := b.Apply(stress.Shock{Residual: -.5})
		require.NoError(t, err)

		var periods []credit.Exposure
		for i := range schedule.Payments {
			ead := schedule.Payments[i].Opening.Float64()
			if i == 0 {
				ead = 16e6
			}
			age := schedule.Payments[i].Start.Time().Sub(doc.Clusters[0].Vintage.Time()).Hours() / 24 / 365
			value := 25e6 * (1 - .9*age/5) * .5 * .85 * .95 / math.Pow(1.1, 90.0/365)
			lost := max(0, ead-value-400_000-1_500_000)
			insured := min(3e6, max(0, lost-500_000)*.6)
			periods = append(periods, credit.Exposure{Years: float64(i+1) / 12, PD: credit.MarginalPD(.03, float64(i)/12, float64(i+1)/12),
				EAD: ead, LGD: credit.LGD(ead, value, insured, 400_000, 1_500_000)})
		}
		require.Positive(t, periods[30].EAD)
		if stage == credit.Stage3 {
			require.InDelta(t, periods[0].EAD*periods[0].LGD, r.Deals[0].Expected, 1e-4)
			continue
		}
		want, err := credit.ExpectedLoss(stage, .15, periods)
		require.NoError(t, err)
		require.Positive(t, want)
		require.InDelta(t, want, r.Deals[0].Expected, 1e-6*want)
		doubled, err := b.Apply(stress.Shock{Residual: -.5, Default: 1})
		require.NoError(t, err)
		require.InDelta(t, 2*want, doubled.Deals[0].Expected, 1e-6*want)
		most, err := b.Apply(stress.Shock{Residual: -.5, Default: 1e6})
		require.NoError(t, err)
		require.Less(t, most.Deals[0].Expected, most.Deals[0].Loss*1.0001, "no more than one default")
	}
}

// A junior loan on the same cluster is paid after the senior one, and from what its sale leaves; two of one rank share.
func TestSeniority(t *testing.T) {
	doc := sample(t)
	doc.Deals[0].Principal = gpuasset.Whole(8_000_000)
	junior := doc.Deals[0]
	junior.ID, junior.Kind, junior.Seniority, junior.Principal = "junior", gpuasset.Mezzanine, 1, gpuasset.Whole(6_000_000)
	junior.Protection = gpuasset.Protection{}
	third := junior
	third.ID, third.Principal = "third", gpuasset.Whole(2_000_000)
	doc.Deals = append(doc.Deals, junior, third)
	sp := &doc.Portfolios[0]
	sp.Participations = append(sp.Participations, gpuasset.Participation{Deal: "junior", Share: gpuasset.One / 2}, gpuasset.Participation{Deal: "third", Share: gpuasset.One})
	b := book(t, doc, assumptions())
	alone := book(t, sample(t), assumptions())
	all, err := alone.Path("deal-1", stress.Shock{})
	require.NoError(t, err)
	first, err := b.Path("deal-1", stress.Shock{})
	require.NoError(t, err)
	second, err := b.Path("junior", stress.Shock{})
	require.NoError(t, err)
	last, err := b.Path("third", stress.Shock{})
	require.NoError(t, err)
	for m := range all {
		require.InDelta(t, all[m].Cash, first[m].Cash, 1e-6)
		require.InDelta(t, (all[m].Cash-first[m].Service)*.75, second[m].Cash, 1e-6)
		require.InDelta(t, (all[m].Cash-first[m].Service)*.25, last[m].Cash, 1e-6)
	}
	r, err := b.Apply(stress.Shock{Residual: -.5})
	require.NoError(t, err)
	sale := 25e6 * (1 - .9*59/365/5) * .5 * .85 * .95 / math.Pow(1.1, 90.0/365)
	require.Zero(t, r.Deals[0].Loss)
	require.InDelta(t, 6e6-.75*(sale-8e6), r.Deals[1].Loss, 1e-3)
	require.InDelta(t, 2e6-.25*(sale-8e6), r.Deals[2].Loss, 1e-3)
	require.Equal(t, "3000000", b.Base().Valuation.Lines[3].Deposit.String(), "half of the junior loan is the portfolio's")
}

// Quarterly payments gather three months; principal due at maturity in one sum is refinanced up to a loan-to-value.
func TestPeriodsAndRefinancing(t *testing.T) {
	doc := sample(t)
	d := &doc.Deals[0]
	d.Amortisation, d.PaymentMonths, d.Protection = gpuasset.InterestOnly, 3, gpuasset.Protection{}
	assume := assumptions()
	assume.LookAhead = 36
	r, err := book(t, doc, assume).Apply(stress.Shock{})
	require.NoError(t, err)
	require.True(t, r.Deals[0].Unpaid)
	require.Equal(t, credit.Stage3, r.Deals[0].Stage)
	path, err := book(t, doc, assume).Path("deal-1", stress.Shock{})
	require.NoError(t, err)
	require.InDelta(t, (path[33].Cash+path[34].Cash+path[35].Cash)/600_000, r.Deals[0].MinDSCR, 1e-9, "16M at 15 % for a quarter")
	require.InDelta(t, path[0].Cash+path[1].Cash, path[1].Account, 1e-6, "kept within the period")
	require.Zero(t, path[2].Account, "no reserve: what is left after the payment is the borrower's")

	// 36 months on the GPUs are worth about 10.8M: 16M need more than they are worth.
	assume.Refinance = 1
	r, err = book(t, doc, assume).Apply(stress.Shock{})
	require.NoError(t, err)
	require.True(t, r.Deals[0].Unpaid)
	d.Principal = gpuasset.Whole(8_000_000)
	path, err = book(t, doc, assume).Path("deal-1", stress.Shock{})
	require.NoError(t, err)
	require.Equal(t, 8e6, path[35].Extended)
	r, err = book(t, doc, assume).Apply(stress.Shock{})
	require.NoError(t, err)
	require.False(t, r.Deals[0].Unpaid)
	r, err = book(t, doc, assume).Apply(stress.Shock{Residual: -.5})
	require.NoError(t, err)
	require.True(t, r.Deals[0].Unpaid, "5.4M carry no 8M")
}

// worse returns a shock at least as hard as s in every part.
func worse(r *rand.Rand, s stress.Shock) stress.Shock {
	for range 1 + r.IntN(3) {
		switch r.IntN(10) {
		case 0:
			s.Rental -= r.Float64() * (1 + s.Rental)
		case 1:
			s.Renegotiated += r.Float64() * (1 - s.Renegotiated)
		case 2:
			s.Utilisation -= r.Float64() * (1 + s.Utilisation)
		case 3:
			s.Offtake += r.Float64() * (1 - s.Offtake)
		case 4:
			s.Tariff += 2 * r.Float64()
		case 5:
			s.Delay += r.IntN(9)
		case 6:
			s.Residual -= r.Float64() * (1 + s.Residual)
		case 7:
			s.SaleDays += r.IntN(300)
		case 8:
			s.Default += 3 * r.Float64()
		default:
			s.Bills -= r.Float64() * (1 + s.Bills) / 4
		}
	}
	return s
}

// More of a shock never raises a NAV or a DSCR, nor betters a stage, and out is never more than in.
func TestMoreShockNeverHelps(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 22))
	fell, staged := 0, 0
	for round := range 40 {
		doc := many(t, 8)
		kinds := gpuasset.Amortisation("").Values()[:4]
		for i := range doc.Deals {
			d := &doc.Deals[i]
			d.Amortisation = gpuasset.Amortisation(kinds[r.IntN(4)])
			if d.Amortisation == gpuasset.Balloon {
				d.Balloon = d.Principal.MulDown(gpuasset.Bps(uint16(1 + r.IntN(9000))))
			}
			d.PaymentMonths = []int{1, 3}[r.IntN(2)]
			d.Seniority = r.IntN(2)
			d.Protection.FirstLoss = gpuasset.Whole(r.Uint64N(2_000_000))
			d.Protection.Insurer, d.Protection.InsuranceLimit, d.Protection.InsuranceShare = "x", gpuasset.Whole(r.Uint64N(3_000_000)), gpuasset.Bps(uint16(r.IntN(10_001)))
		}
		doc.Deals[1].Cluster = doc.Deals[0].Cluster
		assume := assumptions()
		assume.Refinance = r.Float64()
		assume.WriteDown = r.IntN(2) == 0
		assume.Method.NetOfExpectedLoss = assume.WriteDown && r.IntN(2) == 0
		for i := range assume.Method.Haircut {
			assume.Method.Haircut[i] = gpuasset.Bps(uint16(i * r.IntN(2000)))
		}
		if assume.Method.Haircut[1] > assume.Method.Haircut[2] {
			assume.Method.Haircut[1] = assume.Method.Haircut[2]
		}
		assume.Day = assume.Day.AddMonths(r.IntN(30))
		b := book(t, doc, assume)
		for range 25 {
			var shock stress.Shock
			before, err := b.Apply(shock)
			require.NoError(t, err)
			for range 6 {
				shock = worse(r, shock)
				if r.IntN(4) == 0 {
					shock.Defaulted = append(shock.Defaulted[:len(shock.Defaulted):len(shock.Defaulted)], doc.Deals[r.IntN(8)].ID)
				}
				after, err := b.Apply(shock)
				require.NoError(t, err)
				require.LessOrEqual(t, after.Valuation.Unstaking.Cmp(after.Valuation.Deposit), 0)
				// Each position and the exit fee round once: 17 base units in all.
				slack := gpuasset.Units(17)
				require.LessOrEqual(t, after.Valuation.Deposit.Cmp(before.Valuation.Deposit.Add(slack)), 0, "round %d: %+v", round, shock)
				require.LessOrEqual(t, after.Valuation.Unstaking.Cmp(before.Valuation.Unstaking.Add(slack)), 0, "round %d: %+v", round, shock)
				for i := range after.Deals {
					require.LessOrEqual(t, after.Deals[i].MinDSCR, before.Deals[i].MinDSCR+1e-9)
					require.GreaterOrEqual(t, after.Deals[i].Stage, before.Deals[i].Stage)
					require.GreaterOrEqual(t, after.Deals[i].Expected, before.Deals[i].Expected-1e-6)
					if after.Deals[i].Stage > before.Deals[i].Stage {
						staged++
					}
				}
				if after.Valuation.Unstaking.Cmp(before.Valuation.Unstaking) < 0 {
					fell++
				}
				before = after
			}
		}
	}
	require.Greater(t, fell, 2000)
	require.Greater(t, staged, 500)
}

// What happens to the deals of one SP costs another nothing.
func TestIsolation(t *testing.T) {
	doc := many(t, 20)
	assume := assumptions()
	assume.WriteDown = true
	b := book(t, doc, assume)
	r, err := b.Apply(stress.Shock{Residual: -.9, Defaulted: []string{"deal-3", "deal-13"}}) // those of SP3
	require.NoError(t, err)
	same, err := b.Apply(stress.Shock{Residual: -.9})
	require.NoError(t, err)
	hit := 0
	for i, line := range r.Valuation.Lines {
		if line.Kind == portfolio.ExitFee {
			continue // it is on all of it
		}
		if line.SP != "SP3" {
			require.Equal(t, same.Valuation.Lines[i], line)
		} else if line.Kind == portfolio.Deal {
			require.Negative(t, line.Deposit.Cmp(same.Valuation.Lines[i].Deposit))
			hit++
		}
	}
	require.Equal(t, 2, hit)
}

// With a write-down the loss moves into the Deposit NAV; the Unstaking NAV has it either way.
func TestWriteDown(t *testing.T) {
	var results [2]*stress.Result
	for i, write := range []bool{false, true} {
		assume := assumptions()
		assume.WriteDown = write
		assume.Method.Haircut = [3]gpuasset.Ratio{0, gpuasset.Bps(500), gpuasset.Bps(2000)}
		var err error
		results[i], err = book(t, sample(t), assume).Apply(stress.Shock{Residual: -.5, Defaulted: []string{"deal-1"}})
		require.NoError(t, err)
	}
	require.Equal(t, "17000000", results[0].Valuation.Deposit.String(), "16M and a million of cash")
	require.InDelta(t, 17e6-results[1].Deals[0].Loss, results[1].Valuation.Deposit.Float64(), 1e-5)
	require.InDelta(t, results[0].Valuation.Unstaking.Float64(), results[1].Valuation.Unstaking.Float64(), 2e-6)
	deposit, unstaking := results[1].Markdown(results[0])
	require.InDelta(t, results[1].Deals[0].Loss/17e6, deposit, 1e-9)
	require.InDelta(t, 0, unstaking, 1e-12)
}
