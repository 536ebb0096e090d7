package cashflow

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/gaib-go/gaib/yield/daycount"
)

// ErrBond: a bond's terms or the settlement do not fit together. The text says what.
var ErrBond = errors.New("cashflow: invalid bond")

// Sensitivity is how a present value reacts to its yield. Times are years, yields effective at PerYear compounding.
type Sensitivity struct {
	Value     float64 // present value, for a bond the dirty price
	Macaulay  float64 // mean time of the payments weighted by present value
	Modified  float64 // -dValue/dYield / Value
	Convexity float64 // d²Value/dYield² / Value
}

// DV01 returns what the value loses if the yield rises by one basis point: Modified * Value / 10,000.
func (s Sensitivity) DV01() float64 { return s.Modified * s.Value / 1e4 }

// measure values amounts at times, in periods, at a yield per period.
func measure(terms []term, yield, perYear float64) (Sensitivity, error) {
	var value, first, second float64
	log := math.Log1p(yield)
	for _, t := range terms {
		if t.amount == 0 {
			continue
		}
		present := t.amount * math.Exp(-t.time*log)
		value += present
		first += t.time * present
		second += t.time * (t.time + 1) * present
	}
	if value == 0 {
		return Sensitivity{}, fmt.Errorf("%w: a present value of zero has no duration", ErrInput)
	}
	growth := (1 + yield) * perYear
	s := Sensitivity{value, first / value / perYear, first / value / growth, second / value / (growth * growth)}
	if !finite(s.Value) || !finite(s.Macaulay) || !finite(s.Modified) || !finite(s.Convexity) {
		return Sensitivity{}, ErrRange
	}
	return s, nil
}

// Measure returns present value at the given time, duration and convexity of flows at an effective annual rate. Flows
// before that time are left out. It returns ErrInput for bad numbers or a present value of zero, ErrEmpty without flows
// from then on, and ErrRange.
func Measure(rate float64, at time.Time, flows []Flow, days daycount.DayCount) (Sensitivity, error) {
	if err := checkRate(rate); err != nil {
		return Sensitivity{}, err
	}
	days = orFixed(days)
	terms := make([]term, 0, len(flows))
	for i, flow := range flows {
		if !finite(flow.Amount) {
			return Sensitivity{}, badAmount(i, flow.Amount)
		}
		if !flow.Time.Before(at) {
			terms = append(terms, term{days.Years(at, flow.Time), flow.Amount})
		}
	}
	if len(terms) == 0 {
		return Sensitivity{}, fmt.Errorf("%w: none at or after %s", ErrEmpty, at.UTC().Format(time.DateOnly))
	}
	return measure(terms, rate, 1)
}

// Bond pays a coupon at regular dates counted back from its maturity, and the redemption with the last one. Prices are
// per 100 of nominal; yields compound PerYear times a year, and in the last coupon period interest is simple, as in
// spreadsheets' PRICE and YIELD and in the street convention.
type Bond struct {
	Maturity   time.Time
	Coupon     float64           // per year, as a fraction of nominal
	PerYear    int               // coupons a year: 1, 2, 3, 4, 6 or 12
	Redemption float64           // per 100 of nominal, usually 100
	MonthEnd   daycount.MonthEnd // LastDay, as spreadsheets have it, pays at month ends if Maturity is one
	// Days measures accrued interest and the time to the next coupon; nil is ACT/ACT (ICMA). Of the 30/360 family the
	// rest of a period is the whole less what has accrued.
	Days daycount.DayCount
}

const maxCoupons = 12_000

// position is where a settlement lies in a bond's coupons.
type position struct {
	count    int     // coupons to come
	accrued  float64 // share of the current period that has gone by
	rest     float64 // share of it to come
	coupon   float64 // one coupon, per 100
	previous time.Time
	next     time.Time
}

func (b Bond) position(settlement time.Time) (position, error) {
	switch {
	case b.PerYear < 1 || b.PerYear > 12 || 12%b.PerYear != 0:
		return position{}, fmt.Errorf("%w: %d coupons a year; use 1, 2, 3, 4, 6 or 12", ErrBond, b.PerYear)
	case !finite(b.Coupon) || b.Coupon < 0:
		return position{}, fmt.Errorf("%w: coupon %v; use 0 or more", ErrBond, b.Coupon)
	case !finite(b.Redemption) || b.Redemption <= 0:
		return position{}, fmt.Errorf("%w: redemption %v; use 100 for par", ErrBond, b.Redemption)
	case daycount.Days(settlement, b.Maturity) <= 0:
		return position{}, fmt.Errorf("%w: settlement %s is not before maturity %s", ErrBond,
			settlement.UTC().Format(time.DateOnly), b.Maturity.UTC().Format(time.DateOnly))
	}
	icma, err := daycount.NewICMA(b.Maturity, 12/b.PerYear, b.MonthEnd)
	if err != nil {
		return position{}, err
	}
	p := position{coupon: 100 * b.Coupon / float64(b.PerYear)}
	p.previous, p.next = icma.Coupons(settlement)
	perYear := float64(b.PerYear)
	p.count = int(math.Round(icma.Years(p.previous, b.Maturity) * perYear))
	if p.count > maxCoupons {
		return position{}, fmt.Errorf("%w: more than %d coupons to come", ErrBond, maxCoupons)
	}
	switch b.Days {
	case nil:
		p.accrued = icma.Years(p.previous, settlement) * perYear
		p.rest = 1 - p.accrued
	case daycount.Thirty360, daycount.Thirty360US, daycount.ThirtyE360:
		p.accrued = b.Days.Years(p.previous, settlement) * perYear
		p.rest = max(0, 1-p.accrued) // the 31st and February can count above a whole period
	default:
		p.accrued = b.Days.Years(p.previous, settlement) * perYear
		p.rest = b.Days.Years(settlement, p.next) * perYear
	}
	return p, nil
}

// terms writes the payments to come, in periods from settlement.
func (b Bond) terms(p position) []term {
	terms := make([]term, 0, p.count+1) // one more for the price
	for i := range p.count {
		terms = append(terms, term{p.rest + float64(i), p.coupon})
	}
	terms[p.count-1].amount += b.Redemption
	return terms
}

// Accrued returns the interest accrued since the last coupon date, per 100. It returns ErrBond for terms that make no
// sense.
func (b Bond) Accrued(settlement time.Time) (float64, error) {
	p, err := b.position(settlement)
	return p.accrued * p.coupon, err
}

// Coupons returns the coupon dates around a settlement, the last one on or before it and the next, and the number of
// coupons to come. It returns ErrBond for terms that make no sense.
func (b Bond) Coupons(settlement time.Time) (previous, next time.Time, count int, err error) {
	p, err := b.position(settlement)
	return p.previous, p.next, p.count, err
}

// Price returns the clean price at a yield: present value less accrued interest. It returns ErrBond, ErrInput if the yield
// is not above -PerYear, and ErrRange.
func (b Bond) Price(settlement time.Time, yield float64) (float64, error) {
	p, err := b.position(settlement)
	if err != nil {
		return 0, err
	}
	period := yield / float64(b.PerYear)
	if err := checkRate(period); err != nil {
		return 0, err
	}
	accrued := p.accrued * p.coupon
	if p.count == 1 {
		growth := 1 + p.rest*period
		if growth <= 0 {
			return 0, fmt.Errorf("%w: yield %v leaves nothing at maturity", ErrInput, yield)
		}
		return inRange((p.coupon+b.Redemption)/growth - accrued)
	}
	value := 0.0
	for _, t := range b.terms(p) {
		value += t.amount * math.Exp(-t.time*math.Log1p(period))
	}
	return inRange(value - accrued)
}

// Yield returns the yield at which Price gives the clean price. There is exactly one for every price above minus the
// accrued interest: ErrInput for others. It may be negative.
func (b Bond) Yield(settlement time.Time, clean float64) (float64, error) {
	p, err := b.position(settlement)
	if err != nil {
		return 0, err
	}
	dirty := clean + p.accrued*p.coupon
	if !finite(dirty) || dirty <= 0 {
		return 0, fmt.Errorf("%w: clean price %v plus accrued interest is not above 0", ErrInput, clean)
	}
	if p.count == 1 && p.rest > 0 {
		return inRange(((p.coupon+b.Redemption)/dirty - 1) / p.rest * float64(b.PerYear))
	}
	terms := b.terms(p)
	terms = append(terms, term{0, -dirty})
	r, err := solve(terms, Choice{})
	return r.Rate * float64(b.PerYear), err
}

// Sensitivity returns dirty price, duration and convexity at a yield, with compound interest to the end, also in the last
// coupon period: DURATION and MDURATION of spreadsheets. Errors as in Price.
func (b Bond) Sensitivity(settlement time.Time, yield float64) (Sensitivity, error) {
	p, err := b.position(settlement)
	if err != nil {
		return Sensitivity{}, err
	}
	period := yield / float64(b.PerYear)
	if err := checkRate(period); err != nil {
		return Sensitivity{}, err
	}
	return measure(b.terms(p), period, float64(b.PerYear))
}

// Flows returns the payments to come, dated, per 100 of nominal. It returns ErrBond for terms that make no sense.
func (b Bond) Flows(settlement time.Time) ([]Flow, error) {
	p, err := b.position(settlement)
	if err != nil {
		return nil, err
	}
	flows := make([]Flow, p.count)
	months := 12 / b.PerYear
	for i := range flows {
		flows[i] = Flow{daycount.AddMonths(b.Maturity, -months*(p.count-1-i), b.MonthEnd), p.coupon}
	}
	flows[p.count-1].Amount += b.Redemption
	return flows, nil
}
