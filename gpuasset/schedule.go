package gpuasset

import (
	"errors"
	"fmt"
	"math/bits"
	"slices"

	"github.com/gaib-go/gaib/internal/fixed"
	"github.com/gaib-go/gaib/yield/cashflow"
	"github.com/gaib-go/gaib/yield/daycount"
	"github.com/holiman/uint256"
)

var (
	// ErrCourse: what is said to happen to a deal is against its terms. The text says what.
	ErrCourse = errors.New("gpuasset: against the terms")
	// ErrCashFlow: a sculpted deal needs the cash flow of every period.
	ErrCashFlow = errors.New("gpuasset: wrong number of cash flows; give one for each period")
)

// Course is what happens to a deal that its terms leave open.
type Course struct {
	CashFlow []Money // available for debt service in each period; for Sculpted only
	Early    []Draw  // prepayments in order of date; one on a due date comes after the payment of that day
	Arrears  []Draw  // what was not paid and joins the principal, in order of date; on a due date after the payment of that day
}

// Payment is one period of a schedule. Opening + Drawn + Capitalised - Prepaid - Principal = Closing, exactly.
type Payment struct {
	Start, Due    Date
	Opening       Money // principal at Start, before the draws of that day
	Drawn         Money // within the period, arrears included
	Prepaid       Money // within the period
	PrepaymentFee Money
	Interest      Money // paid at Due
	Capitalised   Money // interest that became principal at Due
	Principal     Money // paid at Due
	ExitFee       Money // paid at Due
	Closing       Money // principal after the payment
}

// Service returns what falls due: Interest + Principal + ExitFee. Prepayments are paid before.
func (p *Payment) Service() Money {
	if low, ok := p.service(); ok {
		return Money{low}
	}
	return p.Interest.Add(p.Principal).Add(p.ExitFee)
}

// service returns the base units of Service, if 64 bits hold them.
func (p *Payment) service() (units uint64, ok bool) {
	a, b, c := &p.Interest, &p.Principal, &p.ExitFee
	units, over := bits.Add64(a[0], b[0], 0)
	units, more := bits.Add64(units, c[0], 0)
	return units, a[1]|a[2]|a[3]|b[1]|b[2]|b[3]|c[1]|c[2]|c[3]|over|more == 0
}

// serviceFloat returns Service in units of the currency.
func (p *Payment) serviceFloat() float64 {
	if units, ok := p.service(); ok {
		return float64(units) / 1e6
	}
	return p.Service().Float64()
}

// Schedule is the payments of a deal.
type Schedule struct {
	Payments []Payment
	draws    []Draw // and arrears
	early    []Draw
	owed     []Draw    // the arrears among the draws
	years    []float64 // from closing to each due date
	deal     Deal      // as it was
}

// Schedule returns the payments of a deal. All interest is the balance's, for the days it stood, times rate * days / basis of
// the year, with the rate of the period, and is rounded once a period (for a bullet once) to the nearest base unit, ties up. So are fees.
// Days are counted period by period: in 30/360 a period from the 31st may have a day more or less. Principal:
//
//   - Level, Balloon: the payment is ((B + I)*G - E) / (G + S), rounded likewise, of balance B, interest I of this period,
//     remainder E, growth G of the later periods and S the sum of the growths from each of them on; G and S have 27 decimals.
//     It is found in the first period that repays, and again after a prepayment or arrears. The last payment clears what is left.
//   - EqualPrincipal: balance / periods left, rounded down.
//   - InterestOnly, Bullet: all at maturity.
//   - Sculpted: floor(cash flow / TargetDSCR) less interest, at least 0; the last payment clears what is left, which is more
//     than that if the debt was more than [Deal.Supportable].
//
// Principal and prepayments add up to draws, arrears and capitalised interest, exactly. Arrears bear the interest of the deal from their day on
// and are repaid as the rest is: what a servicer agrees on instead is not in the terms. It fails with a [*PathError] for bad terms, with
// [ErrCashFlow], and with [ErrCourse] for a prepayment that the terms exclude, for arrears out of place, or for an equity deal: see [RevenueShare.Distribute].
func (d *Deal) Schedule(course Course) (*Schedule, error) {
	s := new(Schedule)
	if err := s.Reset(d, course); err != nil {
		return nil, err
	}
	return s, nil
}

// Reset makes s the schedule of a deal as [Deal.Schedule] does, in the memory that s has. After an error s is of no use.
func (s *Schedule) Reset(d *Deal, course Course) error {
	if err := d.Validate(); err != nil {
		return err
	}
	if d.Kind == Equity {
		return fmt.Errorf("%w: equity has no schedule, only a share of the revenue", ErrCourse)
	}
	var buffer [maxMonths + 1]Date // on the stack
	dates := buffer[:d.TenorMonths/d.PaymentMonths+1]
	closing := split(d.Closing)
	for i := range dates {
		dates[i] = closing.addMonths(i * d.PaymentMonths)
	}
	return s.fill(d, dates, course)
}

// maxMonths is the longest tenor that the form allows.
const maxMonths = 36

// fill makes the payments for at most maxMonths periods between dates.
func (s *Schedule) fill(d *Deal, dates []Date, course Course) error {
	n := len(dates) - 1
	if d.Amortisation == Sculpted && len(course.CashFlow) != n {
		return fmt.Errorf("%w: %d, want %d", ErrCashFlow, len(course.CashFlow), n)
	}
	for i, flow := range course.CashFlow {
		if err := flow.Check(); err != nil {
			return fmt.Errorf("gpuasset: cash flow %d: %w", i, err)
		}
	}
	if err := d.checkEarly(course.Early, dates[n]); err != nil {
		return err
	}
	if err := d.checkArrears(course.Arrears, dates[n]); err != nil {
		return err
	}
	payments := slices.Grow(s.Payments[:0], n)[:n]
	clear(payments)
	*s = Schedule{payments, append(s.draws[:0], d.Draws...), append(s.early[:0], course.Early...), append(s.owed[:0], course.Arrears...),
		slices.Grow(s.years[:0], n)[:n], *d}
	if len(s.draws) == 0 {
		s.draws = append(s.draws, Draw{d.Closing, d.Principal})
	}
	if len(s.owed) > 0 {
		s.draws = append(s.draws, s.owed...)
		slices.SortStableFunc(s.draws, func(a, b Draw) int { return a.Date.at.Compare(b.Date.at) })
	}
	draws, early := s.draws, s.early
	var lengths [maxMonths]uint64
	basis := uint64(1)
	_, basis = d.DayCount.fraction(dates[0], dates[0])
	first, last := split(d.Closing), split(dates[0])
	for i := range n {
		next := split(dates[i+1])
		lengths[i] = d.DayCount.days(&last, &next)
		s.years[i] = float64(d.DayCount.days(&first, &next)) / float64(basis)
		last = next
	}
	var factors [maxMonths]factor
	if d.Amortisation == Level || d.Amortisation == Balloon {
		d.growth(factors[:n], lengths[:n], basis)
	}
	grace := d.GraceMonths / d.PaymentMonths
	var balance, level Money
	var weight uint256.Int // balance * days * rate, of the interest not yet due
	for i := range s.Payments {
		p, rate := &s.Payments[i], d.rateOf(i)
		p.Start, p.Due, p.Opening = dates[i], dates[i+1], balance
		var since uint64
		accrue := func(days uint64) {
			addWeight(&weight, balance.int(), days-min(since, days), uint64(rate))
			since = max(since, days)
		}
		for len(draws) > 0 && draws[0].Date.Before(p.Due) || len(early) > 0 && early[0].Date.Before(p.Due) {
			if len(early) == 0 || len(draws) > 0 && !early[0].Date.Before(draws[0].Date) {
				if draws[0].Date != p.Start {
					days, _ := d.DayCount.fraction(p.Start, draws[0].Date)
					accrue(days)
				}
				balance, p.Drawn = balance.Add(draws[0].Amount), p.Drawn.Add(draws[0].Amount)
				level = Money{} // draws come before the first one, arrears after it
				draws = draws[1:]
				continue
			}
			e := early[0]
			days, _ := d.DayCount.fraction(p.Start, e.Date)
			accrue(days)
			if e.Amount.Cmp(balance) > 0 {
				return fmt.Errorf("%w: prepayment of %s on %s, the balance is %s", ErrCourse, e.Amount, e.Date, balance)
			}
			balance, p.Prepaid = balance.SubFloor(e.Amount), p.Prepaid.Add(e.Amount)
			p.PrepaymentFee = p.PrepaymentFee.Add(e.Amount.MulHalfUp(d.Prepayment.Fee))
			level = Money{}
			early = early[1:]
		}
		accrue(lengths[i])
		last := i == n-1
		if d.Amortisation != Bullet || last {
			setInterest(p.Interest.int(), &weight, basis)
			weight.Clear()
		}
		switch {
		case last:
			p.Principal = balance
			p.ExitFee = d.Principal.MulHalfUp(d.ExitFee)
		case i < grace:
			if d.Capitalise {
				p.Capitalised, p.Interest = p.Interest, Money{}
				balance = balance.Add(p.Capitalised)
			}
		case d.Amortisation == EqualPrincipal:
			p.Principal.int().Div(balance.int(), uint256.NewInt(uint64(n-i)))
		case d.Amortisation == Level || d.Amortisation == Balloon:
			if level.IsZero() {
				level = factors[i].level(balance.Add(p.Interest), d.Balloon.Min(balance))
			}
			repay(&p.Principal, &level, &p.Interest, &balance, &d.Balloon)
		case d.Amortisation == Sculpted:
			p.Principal = d.service(course.CashFlow[i]).SubFloor(p.Interest).Min(balance)
		}
		balance.int().Sub(balance.int(), p.Principal.int()) // which is at most the balance
		p.Closing = balance
	}
	return nil
}

func (d *Deal) checkEarly(early []Draw, maturity Date) error {
	open := d.Closing.AddMonths(d.Prepayment.LockoutMonths)
	for i, e := range early {
		if err := e.Amount.Check(); err != nil {
			return fmt.Errorf("gpuasset: prepayment %d: %w", i, err)
		}
		switch {
		case !d.Prepayment.Allowed:
			return fmt.Errorf("%w: prepayment is not allowed", ErrCourse)
		case e.Date.Before(open) || !d.Closing.Before(e.Date):
			return fmt.Errorf("%w: prepayment on %s, allowed from %s on, after closing", ErrCourse, e.Date, open)
		case !e.Date.Before(maturity):
			return fmt.Errorf("%w: prepayment on %s, at or after maturity %s", ErrCourse, e.Date, maturity)
		case i > 0 && e.Date.Before(early[i-1].Date):
			return fmt.Errorf("%w: prepayment on %s after one on %s; put them in order", ErrCourse, e.Date, early[i-1].Date)
		}
	}
	return nil
}

func (d *Deal) checkArrears(arrears []Draw, maturity Date) error {
	for i, a := range arrears {
		if err := a.Amount.Check(); err != nil {
			return fmt.Errorf("gpuasset: arrears %d: %w", i, err)
		}
		switch {
		case !d.Closing.Before(a.Date) || !a.Date.Before(maturity):
			return fmt.Errorf("%w: arrears on %s, not between closing and maturity %s", ErrCourse, a.Date, maturity)
		case i > 0 && !arrears[i-1].Date.Before(a.Date):
			return fmt.Errorf("%w: arrears on %s after those on %s; put them in order, one a day", ErrCourse, a.Date, arrears[i-1].Date)
		}
	}
	return nil
}

// interest returns weight / basis to the nearest base unit, ties up; weight is balance * days * rate.
func interest(weight *uint256.Int, basis uint64) (out Money) {
	setInterest(out.int(), weight, basis)
	return out
}

// setInterest sets out as interest returns it. Weights of 128 bits, those of all but enormous deals, take 64-bit steps: a year is basis * 5^18 *
// 2^18, and to shift by 18 bits and divide by the rest rounds down as one division does.
func setInterest(out, weight *uint256.Int, basis uint64) {
	const fives = 3_814_697_265_625 // 5^18
	halfHigh, halfLow := bits.Mul64(basis, uint64(One)/2)
	low, carry := bits.Add64(weight[0], halfLow, 0)
	high, carry := bits.Add64(weight[1], halfHigh, carry)
	if carry|weight[2]|weight[3] == 0 && high>>18 < basis*fives {
		quotient, _ := bits.Div64(high>>18, high<<46|low>>18, basis*fives)
		out[0], out[1], out[2], out[3] = quotient, 0, 0, 0
		return
	}
	var year, sum uint256.Int
	year.Mul(uint256.NewInt(basis), uint256.NewInt(uint64(One)))
	sum.Rsh(&year, 1) // the year is even; weight is below 2^200
	sum.Add(&sum, weight)
	out.Div(&sum, &year)
}

// addWeight adds balance * days * rate to a weight.
func addWeight(weight, balance *uint256.Int, days, rate uint64) {
	if over, units := bits.Mul64(balance[0], days); over|balance[1]|balance[2]|balance[3] == 0 {
		high, low := bits.Mul64(units, rate)
		var carry uint64
		weight[0], carry = bits.Add64(weight[0], low, 0)
		weight[1], carry = bits.Add64(weight[1], high, carry)
		weight[2], carry = bits.Add64(weight[2], 0, carry)
		weight[3] += carry
		return
	}
	var part uint256.Int
	part.Mul(balance, uint256.NewInt(days))
	part.Mul(&part, uint256.NewInt(rate))
	weight.Add(weight, &part)
}

// repay sets out to min(max(0, level - interest), max(0, balance - rest)).
func repay(out, level, interest, balance, rest *Money) {
	if level[1]|level[2]|level[3]|interest[1]|interest[2]|interest[3]|balance[1]|balance[2]|balance[3]|rest[1]|rest[2]|rest[3] == 0 {
		*out = Money{min(level[0]-min(interest[0], level[0]), balance[0]-min(rest[0], balance[0]))}
		return
	}
	*out = level.SubFloor(*interest).Min(balance.SubFloor(*rest))
}

// service returns the debt service that a cash flow supports: floor(flow / TargetDSCR).
func (d *Deal) service(flow Money) (out Money) {
	if err := fixed.MulDivDown(out.int(), flow.int(), uint256.NewInt(uint64(One)), uint256.NewInt(uint64(d.TargetDSCR))); err != nil {
		out.int().SetAllOne() // TargetDSCR is at least 1, so this is out of reach
	}
	return out
}

// factor describes the periods after one: the growth of a balance over them, and the sum of the growths from the end of each of
// them on. Both have 27 decimals.
type factor struct{ growth, sum uint256.Int }

// growth sets the factor of every period.
func (d *Deal) growth(factors []factor, lengths []uint64, basis uint64) {
	one := ray
	next := factor{growth: one}
	var rate uint256.Int
	for i, last := len(factors)-1, len(factors); i >= 0; i-- {
		factors[i] = next
		if last == len(factors) || lengths[i] != lengths[last] || len(d.Steps) > 0 {
			rate = d.periodRate(i, lengths[i], basis)
			rate.Add(&rate, &one)
			last = i
		}
		next.sum.Add(&next.sum, &next.growth)
		mulRay(&next.growth, &rate)
	}
}

// mulRay sets x to floor(x * y / ray) for x and y below 2^128, as growths and rates of 3 years at 200 % are. A ray is 2^27 * 5^27, and 5^27 has 63
// bits: to shift by 27 bits and divide by the rest rounds down as one division does.
func mulRay(x, y *uint256.Int) {
	const fives = 7_450_580_596_923_828_125 // 5^27
	h00, w0 := bits.Mul64(x[0], y[0])
	h01, l01 := bits.Mul64(x[0], y[1])
	h10, l10 := bits.Mul64(x[1], y[0])
	w3, w2 := bits.Mul64(x[1], y[1])
	w1, carry := bits.Add64(h00, l01, 0)
	w2, carry = bits.Add64(w2, h01, carry)
	w3 += carry
	w1, carry = bits.Add64(w1, l10, 0)
	w2, carry = bits.Add64(w2, h10, carry)
	w3 += carry
	var rest uint64
	x[3], rest = (w3>>27)/fives, (w3>>27)%fives
	x[2], rest = bits.Div64(rest, w3<<37|w2>>27, fives)
	x[1], rest = bits.Div64(rest, w2<<37|w1>>27, fives)
	x[0], _ = bits.Div64(rest, w1<<37|w0>>27, fives)
}

// ray is 10^27.
var ray = uint256.Int{0x9fd0803ce8000000, 0x33b2e3c}

// periodRate returns rate * days / basis of a period with 27 decimals, rounded down.
func (d *Deal) periodRate(period int, days, basis uint64) (rate uint256.Int) {
	rate.Mul(uint256.NewInt(uint64(d.rateOf(period))), uint256.NewInt(1_000_000_000*days))
	return *rate.Div(&rate, uint256.NewInt(basis))
}

// level returns the payment that leads from what is owed now to rest after the last period, to the nearest base unit.
func (f *factor) level(owed, rest Money) (out Money) {
	var top, bottom, part uint256.Int
	top.Mul(owed.int(), &f.growth)
	part.Mul(rest.int(), &ray)
	top.Sub(&top, &part) // rest is at most what is owed, and growth at least 1
	bottom.Add(&f.growth, &f.sum)
	part.Rsh(&bottom, 1)
	top.Add(&top, &part)
	out.int().Div(&top, &bottom)
	return out
}

// Supportable returns the largest principal that a sculpted deal without grace repays from the cash flows, one for each period:
// the debt service, floor(flow / TargetDSCR), discounted at the deal's own rate. Factors have 27 decimals; each period rounds
// down. It fails like [Deal.Schedule], and with [ErrCourse] unless the deal is sculpted.
func (d *Deal) Supportable(cashFlow []Money) (Money, error) {
	if err := d.Validate(); err != nil {
		return Money{}, err
	}
	n := d.TenorMonths / d.PaymentMonths
	switch {
	case d.Amortisation != Sculpted || d.GraceMonths > 0:
		return Money{}, fmt.Errorf("%w: the deal is not sculpted from its first period on", ErrCourse)
	case len(cashFlow) != n:
		return Money{}, fmt.Errorf("%w: %d, want %d", ErrCashFlow, len(cashFlow), n)
	}
	one := ray
	var value Money
	for i := n - 1; i >= 0; i-- {
		if err := cashFlow[i].Check(); err != nil {
			return Money{}, fmt.Errorf("gpuasset: cash flow %d: %w", i, err)
		}
		days, basis := d.DayCount.fraction(d.Closing.AddMonths(i*d.PaymentMonths), d.Closing.AddMonths((i+1)*d.PaymentMonths))
		rate := d.periodRate(i, days, basis)
		rate.Add(&rate, &one)
		value = value.Add(d.service(cashFlow[i]))
		if err := fixed.MulDivDown(value.int(), value.int(), &one, &rate); err != nil {
			return Money{}, err
		}
	}
	return value, nil
}

// Interest returns all interest, capitalised interest included.
func (s *Schedule) Interest() (total Money) {
	for i := range s.Payments {
		total = Sum(total, s.Payments[i].Interest, s.Payments[i].Capitalised)
	}
	return total
}

// Balance returns the principal outstanding at the end of a day: draws, prepayments and payments of the day are done.
func (s *Schedule) Balance(day Date) (balance Money) {
	for i := range s.Payments {
		p := &s.Payments[i]
		if day.Before(p.Due) {
			break
		}
		balance = p.Closing
	}
	from := s.period(day)
	for _, draw := range s.draws {
		if !day.Before(draw.Date) && !draw.Date.Before(from) {
			balance = balance.Add(draw.Amount)
		}
	}
	for _, early := range s.early {
		if !day.Before(early.Date) && !early.Date.Before(from) {
			balance = balance.SubFloor(early.Amount)
		}
	}
	return balance
}

// Accrued returns the interest that has accrued by the end of a day and is not yet due, as [Deal.Schedule] counts it, to the nearest base
// unit. On a due date it is zero, other than of a bullet before maturity.
func (s *Schedule) Accrued(day Date) Money {
	if n := len(s.Payments); n == 0 || !day.Before(s.Payments[n-1].Due) {
		return Money{} // all is paid
	}
	var weight uint256.Int
	basis := uint64(1)
	for i := range s.Payments {
		p := &s.Payments[i]
		switch {
		case !p.Start.Before(day):
		case day.Before(p.Due):
			basis = s.weigh(&weight, i, day)
		case s.deal.Amortisation == Bullet:
			basis = s.weigh(&weight, i, p.Due)
		}
	}
	return interest(&weight, basis)
}

// weigh adds the balance * days * rate of a period up to a day.
func (s *Schedule) weigh(weight *uint256.Int, period int, until Date) (basis uint64) {
	p, rate := &s.Payments[period], s.deal.rateOf(period)
	days, basis := s.deal.DayCount.fraction(p.Start, until)
	add := func(amount Money, from Date, sign func(z, x, y *uint256.Int) *uint256.Int) {
		gone, _ := s.deal.DayCount.fraction(p.Start, from)
		var part uint256.Int
		part.Mul(amount.int(), uint256.NewInt(days-min(gone, days)))
		part.Mul(&part, uint256.NewInt(uint64(rate)))
		sign(weight, weight, &part)
	}
	add(p.Opening, p.Start, (*uint256.Int).Add)
	for _, draw := range s.draws {
		if !draw.Date.Before(p.Start) && draw.Date.Before(until) {
			add(draw.Amount, draw.Date, (*uint256.Int).Add)
		}
	}
	for _, early := range s.early {
		if !early.Date.Before(p.Start) && early.Date.Before(until) {
			add(early.Amount, early.Date, (*uint256.Int).Sub)
		}
	}
	return basis
}

// period returns the last due date on or before a day, or closing.
func (s *Schedule) period(day Date) Date {
	from := s.deal.Closing
	for i := range s.Payments {
		if due := s.Payments[i].Due; !day.Before(due) {
			from = due
		}
	}
	return from
}

// Flows returns the lender's cash flows in order of date, in units of the currency: draws less the origination fee (rounded to the
// nearest base unit, ties up) are paid, prepayments with their fee and payments are received; arrears go off on their day.
func (s *Schedule) Flows() []cashflow.Flow {
	flows := make([]cashflow.Flow, 0, len(s.draws)+len(s.early)+len(s.Payments))
	missed := s.owed
	for _, draw := range s.draws {
		if len(missed) > 0 && draw == missed[0] {
			flows, missed = append(flows, cashflow.Flow{Time: draw.Date.at, Amount: -draw.Amount.Float64()}), missed[1:]
			continue
		}
		net := draw.Amount.SubFloor(draw.Amount.MulHalfUp(s.deal.OriginationFee))
		flows = append(flows, cashflow.Flow{Time: draw.Date.at, Amount: -net.Float64()})
	}
	for _, early := range s.early {
		flows = append(flows, cashflow.Flow{Time: early.Date.at, Amount: early.Amount.Add(early.Amount.MulHalfUp(s.deal.Prepayment.Fee)).Float64()})
	}
	for i := range s.Payments {
		if service := s.Payments[i].Service(); !service.IsZero() {
			flows = append(flows, cashflow.Flow{Time: s.Payments[i].Due.at, Amount: service.Float64()})
		}
	}
	slices.SortStableFunc(flows, func(a, b cashflow.Flow) int { return a.Time.Compare(b.Time) })
	return flows
}

// LateCharge is what a payment costs more by being late.
type LateCharge struct {
	Days     int // calendar days after Due
	Interest Money
	Fee      Money
}

// LateCharge returns the charges on a payment made on a day after it was due: nothing within the grace days; after them default
// interest from the due date, base * (rate of the period + Premium) * days / basis, and once base * Fee, both to the nearest base unit, ties up.
// The base is the payment or the balance before it, as Late.Base says. It fails with a [*PathError] for
// bad terms and with [ErrCourse] if the day is before Due.
func (d *Deal) LateCharge(p *Payment, paid Date) (LateCharge, error) {
	if err := d.Validate(); err != nil {
		return LateCharge{}, err
	}
	if paid.Before(p.Due) {
		return LateCharge{}, fmt.Errorf("%w: paid on %s, due on %s", ErrCourse, paid, p.Due)
	}
	charge := LateCharge{Days: daycount.Days(p.Due.at, paid.at)}
	if charge.Days <= d.Late.GraceDays {
		return charge, nil
	}
	base := p.Service()
	if d.Late.Base == OnBalance {
		base = p.Closing.Add(p.Principal)
	}
	days, basis := d.DayCount.fraction(p.Due, paid)
	var weight uint256.Int
	weight.Mul(base.int(), uint256.NewInt(days))
	weight.Mul(&weight, uint256.NewInt(uint64(d.RateAt(p.Start)+d.Late.Premium)))
	charge.Interest = interest(&weight, basis)
	charge.Fee = base.MulHalfUp(d.Late.Fee)
	return charge, nil
}
