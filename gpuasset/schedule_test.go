package gpuasset_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gaib-go/gaib/gpuasset"
	"github.com/gaib-go/gaib/yield/cashflow"
	"github.com/stretchr/testify/require"
)

func deal(t testing.TB) gpuasset.Deal {
	t.Helper()
	return sample(t).Deals[0]
}

func day(t testing.TB, text string) gpuasset.Date {
	t.Helper()
	d, err := gpuasset.ParseDate(text)
	require.NoError(t, err)
	return d
}

// The level payment is the spreadsheet's PMT, which other code computes: 30/360 makes every month 1/12 of a year.
func TestLevelPayment(t *testing.T) {
	d := deal(t)
	s, err := d.Schedule(gpuasset.Course{})
	require.NoError(t, err)
	require.Len(t, s.Payments, 36)
	pmt, err := cashflow.Payment(0.15/12, 36, 16_000_000, 0, cashflow.End)
	require.NoError(t, err)
	for _, p := range s.Payments[:35] {
		require.InDelta(t, -pmt, p.Service().Float64(), 1.5e-6)
	}
	require.InDelta(t, -pmt, s.Payments[35].Service().Float64(), 40e-6, "the last one takes the rounding of all")
	require.Equal(t, "200000", s.Payments[0].Interest.String(), "16M * 15 % / 12")
	require.Equal(t, "2026-04-01", s.Payments[0].Due.String())
	require.Equal(t, "2029-03-01", s.Payments[35].Due.String())

	// What it yields without fees is its rate: (1 + 0.15/12)^12 - 1 at equal months.
	var flows []float64
	for i, flow := range s.Flows() {
		if i == 0 {
			require.Equal(t, -15_840_000.0, flow.Amount, "less 1 % of origination fee")
			flow.Amount = -16_000_000
		}
		flows = append(flows, flow.Amount)
	}
	irr, err := cashflow.IRR(flows, cashflow.Choice{})
	require.NoError(t, err)
	require.InDelta(t, 0.0125, irr.Rate, 1e-10)
}

// After a prepayment what is left is spread evenly over what is left of the term: again the spreadsheet's PMT.
func TestLevelAfterPrepayment(t *testing.T) {
	d := deal(t)
	plain, err := d.Schedule(gpuasset.Course{})
	require.NoError(t, err)
	on := plain.Payments[11].Due
	s, err := d.Schedule(gpuasset.Course{Early: []gpuasset.Draw{{Date: on, Amount: gpuasset.Whole(5_000_000)}}})
	require.NoError(t, err)
	left := plain.Payments[11].Closing.SubFloor(gpuasset.Whole(5_000_000))
	pmt, err := cashflow.Payment(0.15/12, 24, left.Float64(), 0, cashflow.End)
	require.NoError(t, err)
	require.Equal(t, plain.Payments[:12], s.Payments[:12], "what is past does not change")
	for _, p := range s.Payments[12:35] {
		require.InDelta(t, -pmt, p.Service().Float64(), 2e-6)
	}
	require.Equal(t, "100000", s.Payments[12].PrepaymentFee.String(), "2 %")
}

// Worked by hand: 1,200 over 12 months at 12 %.
func TestAmortisations(t *testing.T) {
	base := deal(t)
	base.Principal, base.TenorMonths, base.Rate = gpuasset.Whole(1200), 12, gpuasset.Bps(1200)
	base.Closing = day(t, "2025-01-15")
	base.ExitFee = gpuasset.Bps(50)
	type row struct{ interest, principal, closing string }
	for _, test := range []struct {
		name        string
		change      func(*gpuasset.Deal)
		first, last row
		interest    string
	}{
		{"equal principal", func(d *gpuasset.Deal) { d.Amortisation = gpuasset.EqualPrincipal },
			row{"12", "100", "1100"}, row{"1", "100", "0"}, "78"},
		{"interest only", func(d *gpuasset.Deal) { d.Amortisation = gpuasset.InterestOnly },
			row{"12", "0", "1200"}, row{"12", "1200", "0"}, "144"},
		{"quarters", func(d *gpuasset.Deal) { d.Amortisation = gpuasset.InterestOnly; d.PaymentMonths = 3 },
			row{"36", "0", "1200"}, row{"36", "1200", "0"}, "144"},
		{"bullet", func(d *gpuasset.Deal) { d.Amortisation = gpuasset.Bullet },
			row{"0", "0", "1200"}, row{"144", "1200", "0"}, "144"},
		{"bullet, ACT/360", func(d *gpuasset.Deal) { d.Amortisation, d.DayCount = gpuasset.Bullet, gpuasset.Act360 },
			row{"0", "0", "1200"}, row{"146", "1200", "0"}, "146"}, // 365/360
		{"balloon of all", func(d *gpuasset.Deal) { d.Amortisation, d.Balloon = gpuasset.Balloon, gpuasset.Whole(1200) },
			row{"12", "0", "1200"}, row{"12", "1200", "0"}, "144"},
		{"grace of 6 months", func(d *gpuasset.Deal) { d.Amortisation, d.GraceMonths = gpuasset.EqualPrincipal, 6 },
			row{"12", "0", "1200"}, row{"2", "200", "0"}, "114"}, // 6*12 + 12+10+8+6+4+2
		{"capitalised", func(d *gpuasset.Deal) {
			d.Amortisation, d.GraceMonths, d.Capitalise = gpuasset.InterestOnly, 1, true
		}, row{"0", "0", "1212"}, row{"12.12", "1212", "0"}, "145.32"}, // 12 + 11*12.12
		{"free", func(d *gpuasset.Deal) { d.Rate = 0 }, row{"0", "100", "1100"}, row{"0", "100", "0"}, "0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := base
			test.change(&d)
			s, err := d.Schedule(gpuasset.Course{})
			require.NoError(t, err)
			first, last := s.Payments[0], s.Payments[len(s.Payments)-1]
			require.Equal(t, test.first, row{first.Interest.String(), first.Principal.String(), first.Closing.String()})
			require.Equal(t, test.last, row{last.Interest.String(), last.Principal.String(), last.Closing.String()})
			require.Equal(t, test.interest, s.Interest().String())
			require.Equal(t, "6", last.ExitFee.String(), "0.5 % of 1,200")
			require.Equal(t, "2026-01-15", last.Due.String())
		})
	}
}

// Debt service follows the cash flow, and the largest supportable debt is just repaid.
func TestSculpted(t *testing.T) {
	d := deal(t)
	d.Amortisation, d.TargetDSCR, d.TenorMonths = gpuasset.Sculpted, gpuasset.Bps(12500), 3
	flow := []gpuasset.Money{gpuasset.Whole(500), gpuasset.Whole(250), gpuasset.Whole(1000)}
	d.Rate, d.Principal = gpuasset.Bps(1200), gpuasset.Whole(1)
	// 400/1.01 + 200/1.01^2 + 800/1.01^3 = 396.0396039... + 196.0592098... + 776.4721... = 1368.570962
	most, err := d.Supportable(flow)
	require.NoError(t, err)
	require.InDelta(t, 400/1.01+200/1.0201+800/1.030301, most.Float64(), 3e-6, "each of three periods rounds down")

	d.Principal = most
	s, err := d.Schedule(gpuasset.Course{CashFlow: flow})
	require.NoError(t, err)
	require.Equal(t, "400", s.Payments[0].Service().String())
	require.Equal(t, "200", s.Payments[1].Service().String())
	require.InDelta(t, 800, s.Payments[2].Service().Float64(), 3e-6)

	_, err = d.Schedule(gpuasset.Course{CashFlow: flow[:2]})
	require.ErrorIs(t, err, gpuasset.ErrCashFlow)
	_, err = d.Supportable(nil)
	require.ErrorIs(t, err, gpuasset.ErrCashFlow)
	level := deal(t)
	_, err = level.Supportable(flow)
	require.ErrorIs(t, err, gpuasset.ErrCourse)
}

// Draws bear interest from their day: 600 for 30 days and 1,200 for 15 of them.
func TestDrawsAndPrepayments(t *testing.T) {
	d := deal(t)
	d.Principal, d.TenorMonths, d.Rate, d.Amortisation = gpuasset.Whole(1200), 12, gpuasset.Bps(1200), gpuasset.EqualPrincipal
	d.Draws = []gpuasset.Draw{{Date: day(t, "2026-03-01"), Amount: gpuasset.Whole(600)}, {Date: day(t, "2026-03-16"), Amount: gpuasset.Whole(600)}}
	d.Prepayment = gpuasset.Prepayment{Allowed: true, LockoutMonths: 6, Fee: gpuasset.Bps(200)}
	s, err := d.Schedule(gpuasset.Course{Early: []gpuasset.Draw{
		{Date: day(t, "2026-09-01"), Amount: gpuasset.Whole(60)}, // after the payment of that day
		{Date: day(t, "2026-09-16"), Amount: gpuasset.Whole(40)},
	}})
	require.NoError(t, err)
	require.Equal(t, "9", s.Payments[0].Interest.String(), "6 + 6/2")
	require.Equal(t, "1200", s.Payments[0].Drawn.String())
	p := s.Payments[6] // 600 left on 1 September, then 540, then 500
	require.Equal(t, "600", p.Opening.String())
	require.Equal(t, "100", p.Prepaid.String())
	require.Equal(t, "2", p.PrepaymentFee.String())
	require.Equal(t, "5.2", p.Interest.String(), "540 for 15 days, 500 for 15 days at 1 % a month")
	require.Equal(t, "83.333333", p.Principal.String(), "500 over 6 payments")
	require.Equal(t, "0", s.Payments[11].Closing.String())

	for date, want := range map[string]string{"2026-02-28": "0", "2026-03-01": "600", "2026-03-16": "1200", "2026-04-01": "1100", "2026-08-31": "700", "2026-09-01": "540", "2026-09-16": "500", "2027-03-01": "0", "2030-01-01": "0"} {
		require.Equal(t, want, s.Balance(day(t, date)).String(), date)
	}
	for date, want := range map[string]string{"2026-03-01": "0", "2026-03-16": "3", "2026-03-31": "9", "2026-04-01": "0", "2026-09-11": "1.8", "2026-09-26": "4.366667", "2027-03-01": "0", "2030-01-01": "0"} {
		require.Equal(t, want, s.Accrued(day(t, date)).String(), date)
	}
	flows := s.Flows()
	require.Equal(t, -594.0, flows[0].Amount)
	require.Equal(t, -594.0, flows[1].Amount)
	require.InDelta(t, 61.2+107, flows[7].Amount+flows[8].Amount, 1e-9, "prepayment with fee, and the payment of 1 September")

	for name, early := range map[string]gpuasset.Draw{
		"too early": {Date: day(t, "2026-08-31"), Amount: gpuasset.Whole(1)},
		"too much":  {Date: day(t, "2026-09-01"), Amount: gpuasset.Whole(601)},
		"too late":  {Date: day(t, "2027-03-01"), Amount: gpuasset.Whole(1)},
	} {
		_, err := d.Schedule(gpuasset.Course{Early: []gpuasset.Draw{early}})
		require.ErrorIs(t, err, gpuasset.ErrCourse, name)
	}
	d.Prepayment.Allowed = false
	_, err = d.Schedule(gpuasset.Course{Early: []gpuasset.Draw{{Date: day(t, "2026-09-01"), Amount: gpuasset.Whole(1)}}})
	require.ErrorIs(t, err, gpuasset.ErrCourse)
}

// Terms are those of the day the schedule was made.
func TestScheduleKeepsItsTerms(t *testing.T) {
	d := deal(t)
	s, err := d.Schedule(gpuasset.Course{})
	require.NoError(t, err)
	before := s.Flows()
	d.OriginationFee = gpuasset.One
	require.Equal(t, before, s.Flows())
}

// A bullet accrues over all periods until it is paid; at the end of a period what has accrued is what is due.
func TestAccrued(t *testing.T) {
	d := deal(t)
	d.Principal, d.TenorMonths, d.Rate, d.Amortisation, d.DayCount = gpuasset.Whole(3650), 12, gpuasset.Bps(1000), gpuasset.Bullet, gpuasset.Act365
	s, err := d.Schedule(gpuasset.Course{})
	require.NoError(t, err)
	for date, want := range map[string]string{"2026-02-01": "0", "2026-03-01": "0", "2026-03-02": "1", "2026-06-01": "92", "2027-02-28": "364", "2027-03-01": "0"} {
		require.Equal(t, want, s.Accrued(day(t, date)).String(), date)
	}
	d.Amortisation = gpuasset.Level
	s, err = d.Schedule(gpuasset.Course{})
	require.NoError(t, err)
	for _, p := range s.Payments {
		eve := gpuasset.DateOf(p.Due.Time().AddDate(0, 0, -1))
		days := p.Due.Time().Sub(p.Start.Time()).Hours() / 24
		require.InDelta(t, p.Interest.Float64()*(days-1)/days, s.Accrued(eve).Float64(), 2e-6)
		require.True(t, s.Accrued(p.Due).IsZero())
	}
}

func TestLateCharge(t *testing.T) {
	d := deal(t)
	d.DayCount = gpuasset.Act365
	s, err := d.Schedule(gpuasset.Course{})
	require.NoError(t, err)
	p := &s.Payments[0]
	charge, err := d.LateCharge(p, day(t, "2026-04-04"))
	require.NoError(t, err)
	require.Equal(t, gpuasset.LateCharge{Days: 3}, charge, "within the grace days")
	charge, err = d.LateCharge(p, day(t, "2026-04-05"))
	require.NoError(t, err)
	require.Equal(t, 4, charge.Days)
	require.InDelta(t, p.Service().Float64()*0.20*4/365, charge.Interest.Float64(), 1e-6, "at 15 % + 5 %, from the due date on")
	require.InDelta(t, p.Service().Float64()*0.01, charge.Fee.Float64(), 1e-6)
	_, err = d.LateCharge(p, day(t, "2026-03-31"))
	require.ErrorIs(t, err, gpuasset.ErrCourse)
}

// Whatever the terms: nothing is lost, nothing is owed at the end, and paying early never costs later interest.
func TestScheduleProperties(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	kinds := []gpuasset.Amortisation{gpuasset.Level, gpuasset.EqualPrincipal, gpuasset.InterestOnly, gpuasset.Balloon, gpuasset.Bullet}
	counts := []gpuasset.DayCount{gpuasset.Act365, gpuasset.Act360, gpuasset.Thirty360}
	prepaid := 0
	for range 2000 {
		d := deal(t)
		d.PaymentMonths = []int{1, 2, 3}[random.IntN(3)]
		d.TenorMonths = d.PaymentMonths * (3 + random.IntN(10))
		d.Amortisation = kinds[random.IntN(len(kinds))]
		d.DayCount = counts[random.IntN(len(counts))]
		d.Closing = gpuasset.DateOf(d.Closing.Time().AddDate(0, 0, random.IntN(800)))
		d.Principal = gpuasset.Units(1 + random.Uint64N(1e15))
		d.Rate = gpuasset.Ratio(random.Uint64N(8e17))
		d.Prepayment.LockoutMonths = 0
		if d.Amortisation == gpuasset.Balloon {
			d.Balloon = gpuasset.Units(1).Add(d.Principal.MulDown(gpuasset.Ratio(random.Uint64N(1e18)))).Min(d.Principal)
		}
		if d.Amortisation != gpuasset.Bullet {
			d.GraceMonths = d.PaymentMonths * random.IntN(3)
			d.Capitalise = d.GraceMonths > 0 && random.IntN(2) == 0
		}
		s, err := d.Schedule(gpuasset.Course{})
		require.NoError(t, err)
		checkSchedule(t, s)

		on := gpuasset.DateOf(d.Closing.Time().AddDate(0, 0, 1+random.IntN(d.TenorMonths*28)))
		amount := s.Balance(on).MulDown(gpuasset.Ratio(random.Uint64N(1e18)))
		early, err := d.Schedule(gpuasset.Course{Early: []gpuasset.Draw{{Date: on, Amount: amount}}})
		require.NoError(t, err)
		checkSchedule(t, early)
		for i := range s.Payments {
			require.LessOrEqual(t, early.Payments[i].Interest.Cmp(s.Payments[i].Interest.Add(gpuasset.Units(1))), 0)
		}
		if !amount.IsZero() {
			prepaid++
		}
	}
	require.Greater(t, prepaid, 1900)
}

func checkSchedule(t *testing.T, s *gpuasset.Schedule) {
	t.Helper()
	var in, out gpuasset.Money
	previous := gpuasset.Money{}
	for _, p := range s.Payments {
		require.Equal(t, previous, p.Opening)
		require.Equal(t, gpuasset.Sum(p.Opening, p.Drawn, p.Capitalised), gpuasset.Sum(p.Prepaid, p.Principal, p.Closing))
		in, out = gpuasset.Sum(in, p.Drawn, p.Capitalised), gpuasset.Sum(out, p.Prepaid, p.Principal)
		previous = p.Closing
	}
	require.True(t, previous.IsZero(), "the last payment clears")
	require.Equal(t, in, out, "principal adds up")
}

// Worked by hand in 30/360: of the first payment of an interest-only loan at 12 % half is missed; it joins the principal.
func TestArrears(t *testing.T) {
	d := deal(t)
	d.Principal, d.TenorMonths, d.Rate, d.Amortisation, d.OriginationFee = gpuasset.Whole(1_000_000), 12, gpuasset.Bps(1200), gpuasset.InterestOnly, 0
	missed := gpuasset.Draw{Date: d.Closing.AddMonths(1), Amount: gpuasset.Whole(5_000)}
	s, err := d.Schedule(gpuasset.Course{Arrears: []gpuasset.Draw{missed}})
	require.NoError(t, err)
	checkSchedule(t, s)
	require.Equal(t, "10000", s.Payments[0].Interest.String())
	require.Equal(t, gpuasset.Whole(1_005_000), s.Balance(missed.Date))
	require.Equal(t, "10050", s.Payments[1].Interest.String())
	require.Equal(t, "1005000", s.Payments[11].Principal.String())
	require.Equal(t, "5025", s.Accrued(gpuasset.NewDate(2026, 4, 16)).String(), "half a month")
	got, err := s.Return()
	require.NoError(t, err)
	plain, err := (&d).Schedule(gpuasset.Course{})
	require.NoError(t, err)
	want, err := plain.Return()
	require.NoError(t, err)
	require.InDelta(t, want.Rate, got.Rate, 1e-9, "what is late bears the same rate")
	multiple, err := s.MOIC()
	require.NoError(t, err)
	require.InDelta(t, 1.12055, multiple, 1e-12, "5,000 + 11 * 10,050 + 1,005,000")
	require.InDelta(t, 0, s.NPV(got.Rate), 1e-3)
	value, err := cashflow.XNPV(.3, s.Flows(), d.DayCount.Convention())
	require.NoError(t, err)
	require.InEpsilon(t, value, s.NPV(.3), 1e-12)
	require.True(t, math.IsNaN(s.NPV(-1)))

	// A level payment is found anew: what remains is that of a loan of the new balance.
	d.Amortisation = gpuasset.Level
	s, err = d.Schedule(gpuasset.Course{Arrears: []gpuasset.Draw{missed}})
	require.NoError(t, err)
	checkSchedule(t, s)
	pmt, err := cashflow.Payment(0.01, 11, s.Balance(missed.Date).Float64(), 0, cashflow.End)
	require.NoError(t, err)
	require.InDelta(t, -pmt, s.Payments[1].Service().Float64(), 2e-6)

	for name, arrears := range map[string][]gpuasset.Draw{
		"at closing": {{Date: d.Closing, Amount: missed.Amount}}, "at maturity": {{Date: d.Maturity(), Amount: missed.Amount}}, "twice": {missed, missed},
		"no day": {{Amount: missed.Amount}},
	} {
		_, err = d.Schedule(gpuasset.Course{Arrears: arrears})
		require.ErrorIs(t, err, gpuasset.ErrCourse, name)
	}
	_, err = d.Schedule(gpuasset.Course{Arrears: []gpuasset.Draw{{Date: missed.Date, Amount: money(t, "1000000000000000000000000").Add(gpuasset.Units(1))}}})
	require.ErrorIs(t, err, gpuasset.ErrTooMuch)
}

func TestBadTermsInGo(t *testing.T) {
	d := deal(t)
	d.TenorMonths = 0
	_, err := d.Schedule(gpuasset.Course{})
	var located *gpuasset.PathError
	require.ErrorAs(t, err, &located)
	require.Equal(t, "tenor_months", located.Path)
	_, err = new(gpuasset.Deal).Schedule(gpuasset.Course{})
	require.ErrorAs(t, err, &located)
	d = deal(t)
	d.Kind, d.RevenueShare = gpuasset.Equity, &gpuasset.RevenueShare{Tiers: []gpuasset.Tier{{Share: 1}}}
	_, err = d.Schedule(gpuasset.Course{})
	require.ErrorAs(t, err, &located)
	require.Equal(t, "rate", located.Path)
	d.Rate = 0
	_, err = d.Schedule(gpuasset.Course{})
	require.ErrorIs(t, err, gpuasset.ErrCourse, "equity has no schedule")
	var none gpuasset.Schedule
	require.Empty(t, none.Flows())
	require.Len(t, none.LTV(func(gpuasset.Date) float64 { return 1 }), 1)
	require.Zero(t, none.WAL())
	require.True(t, none.Accrued(d.Closing).IsZero() && none.Balance(d.Closing).IsZero())

	_, err = new(gpuasset.Deal).LateCharge(new(gpuasset.Payment), gpuasset.Date{})
	require.ErrorAs(t, err, &located)
}

func BenchmarkSchedule(b *testing.B) {
	d := deal(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := d.Schedule(gpuasset.Course{}); err != nil {
			b.Fatal(err)
		}
	}
}

// Worked by hand in 30/360: 1,000,000 at 12 %, and at 18 % from the seventh month on.
func TestRateSteps(t *testing.T) {
	d := deal(t)
	d.Principal, d.TenorMonths, d.Rate, d.Amortisation, d.DayCount = gpuasset.Whole(1_000_000), 12, gpuasset.Bps(1200), gpuasset.InterestOnly, gpuasset.Thirty360
	d.Closing, d.OriginationFee, d.ExitFee = day(t, "2026-03-01"), 0, 0
	d.Steps = []gpuasset.RateStep{{FromMonth: 6, Rate: gpuasset.Bps(1800)}}
	s, err := d.Schedule(gpuasset.Course{})
	require.NoError(t, err)
	for i, p := range s.Payments {
		require.Equal(t, map[bool]string{true: "10000", false: "15000"}[i < 6], p.Interest.String())
	}
	require.Equal(t, gpuasset.Bps(1200), d.RateAt(day(t, "2026-08-31")))
	require.Equal(t, gpuasset.Bps(1800), d.RateAt(day(t, "2026-09-01")))
	require.Equal(t, "5000", s.Accrued(day(t, "2026-08-16")).String(), "15 days at 12 %")
	require.Equal(t, "7500", s.Accrued(day(t, "2026-09-16")).String(), "15 days at 18 %")
	d.Late = gpuasset.Late{Base: gpuasset.OnBalance, Premium: gpuasset.Bps(200)}
	charge, err := d.LateCharge(&s.Payments[8], day(t, "2026-12-10"))
	require.NoError(t, err)
	require.Equal(t, "5000", charge.Interest.String(), "9 days at 20 %")

	d.Amortisation = gpuasset.Bullet
	s, err = d.Schedule(gpuasset.Course{})
	require.NoError(t, err)
	require.Equal(t, "150000", s.Payments[11].Interest.String())
	require.Equal(t, "67500", s.Accrued(day(t, "2026-09-16")).String())

	// Level payments stay level, and discounted at the rates of their times they are worth the principal.
	d.Amortisation = gpuasset.Level
	s, err = d.Schedule(gpuasset.Course{})
	require.NoError(t, err)
	value, factor := 0.0, 1.0
	for i, p := range s.Payments {
		factor /= map[bool]float64{true: 1.01, false: 1.015}[i < 6]
		value += p.Service().Float64() * factor
		require.InDelta(t, s.Payments[0].Service().Float64(), p.Service().Float64(), 1e-5)
	}
	require.InDelta(t, 1e6, value, 1e-4)

	// A step to the same rate is none.
	plain := d
	plain.Steps = nil
	d.Steps[0].Rate = d.Rate
	for _, kind := range []gpuasset.Amortisation{gpuasset.Level, gpuasset.EqualPrincipal, gpuasset.Bullet} {
		d.Amortisation, plain.Amortisation = kind, kind
		s, err = d.Schedule(gpuasset.Course{})
		require.NoError(t, err)
		same, err := plain.Schedule(gpuasset.Course{})
		require.NoError(t, err)
		require.Equal(t, same.Payments, s.Payments)
	}
	for name, steps := range map[string][]gpuasset.RateStep{
		"at closing": {{0, 1}}, "after maturity": {{12, 1}}, "twice": {{3, 1}, {3, 2}}, "backward": {{3, 1}, {2, 2}}, "too high": {{3, 2*gpuasset.One + 1}},
	} {
		d.Steps = steps
		_, err = d.Schedule(gpuasset.Course{})
		var located *gpuasset.PathError
		require.ErrorAs(t, err, &located, name)
	}
	d.Steps, d.PaymentMonths = []gpuasset.RateStep{{4, 1}}, 3
	require.ErrorIs(t, d.Validate(), gpuasset.ErrTerms, "within a period")
}

// Whatever the terms, a schedule is refused or adds up.
func FuzzSchedule(f *testing.F) {
	f.Add(uint64(16e12), uint64(15e16), 36, 1, 0, uint8(0), uint8(0), 0, uint64(1e12), 200)
	f.Add(uint64(16e12), uint64(15e16), 36, 1, 0, uint8(0), uint8(0), 1, uint64(1e12), 28) // prepaid on a due date
	f.Add(uint64(1), uint64(2e18), 12, 3, 3, uint8(3), uint8(2), 30, uint64(1), 1)
	f.Fuzz(func(t *testing.T, principal, rate uint64, tenor, months, grace int, kind, count uint8, shift int, early uint64, on int) {
		kinds := gpuasset.Amortisation("").Values()
		counts := gpuasset.DayCount("").Values()
		d := gpuasset.Deal{ID: "d", Borrower: "b", Cluster: "c", Kind: gpuasset.Debt, Principal: gpuasset.Units(principal), Rate: gpuasset.Ratio(rate),
			Closing: gpuasset.DateOf(gpuasset.NewDate(2026, 1, 31).Time().AddDate(0, 0, shift%20000)), TenorMonths: tenor, PaymentMonths: months, GraceMonths: grace,
			Capitalise: kind >= 128, Amortisation: gpuasset.Amortisation(kinds[int(kind)%len(kinds)]), DayCount: gpuasset.DayCount(counts[int(count)%len(counts)]),
			Prepayment: gpuasset.Prepayment{Allowed: true}}
		if early%2 == 1 {
			d.Steps = []gpuasset.RateStep{{FromMonth: months, Rate: gpuasset.Ratio(rate) / 2}}
		}
		var course gpuasset.Course
		switch d.Amortisation {
		case gpuasset.Balloon:
			d.Balloon = gpuasset.Units(early)
		case gpuasset.Sculpted:
			d.TargetDSCR = gpuasset.One
			course.CashFlow = make([]gpuasset.Money, min(max(tenor, 0), 36)/max(months, 1))
			for i := range course.CashFlow {
				course.CashFlow[i] = gpuasset.Units(early)
			}
		}
		if on != 0 {
			course.Early = []gpuasset.Draw{{Date: gpuasset.DateOf(d.Closing.Time().AddDate(0, 0, on%1200)), Amount: gpuasset.Units(early)}}
		}
		s, err := d.Schedule(course)
		if err != nil {
			return
		}
		checkSchedule(t, s)
		for _, p := range s.Payments {
			want := p.Closing
			for _, e := range course.Early {
				if e.Date == p.Due { // comes after the payment of that day
					want = want.SubFloor(e.Amount)
				}
			}
			require.Equal(t, want, s.Balance(p.Due))
		}
	})
}
