package yield

import (
	"fmt"
	"math"
	"time"

	"github.com/gaib-go/gaib/yield/daycount"
)

// Compounding says how a rate turns time into growth. A positive value is the number of compoundings a year.
type Compounding int

const (
	// Annual, SemiAnnual, Quarterly, Monthly and Daily compound so many times a year: growth is (1 + r/n)^(n*t).
	Annual     Compounding = 1
	SemiAnnual Compounding = 2
	Quarterly  Compounding = 4
	Monthly    Compounding = 12
	Daily      Compounding = 365
	// EverySecond compounds each second of a year of 365 days.
	EverySecond Compounding = daycount.Seconds365

	// Continuous growth is e^(r*t).
	Continuous Compounding = -1
	// Simple growth is 1 + r*t: APR, money-market yields.
	Simple Compounding = -2
	// Discount growth is 1 / (1 - r*t): bank discount, quoted on what is paid at the end.
	Discount Compounding = -3
	// BondEquivalent growth is 1 + r*t up to half a year and (1 + r/2)(1 + r*(t - 1/2)) up to a year: the coupon-equivalent
	// yield of a Treasury bill. It has no meaning beyond a year.
	BondEquivalent Compounding = -4
)

// String names the compounding.
func (c Compounding) String() string {
	switch c {
	case Annual:
		return "annual"
	case SemiAnnual:
		return "semi-annual"
	case Quarterly:
		return "quarterly"
	case Monthly:
		return "monthly"
	case Daily:
		return "daily"
	case EverySecond:
		return "every second"
	case Continuous:
		return "continuous"
	case Simple:
		return "simple"
	case Discount:
		return "discount"
	case BondEquivalent:
		return "bond equivalent"
	}
	return fmt.Sprintf("%d a year", int(c))
}

// Convention is what a rate means: how it compounds and how it counts years.
type Convention struct {
	Compounding Compounding
	Days        daycount.DayCount // nil is 365 d, the year of on-chain protocols
}

// String returns compounding and day count: "annual, 365 d".
func (c Convention) String() string { return c.Compounding.String() + ", " + c.days().String() }

func (c Convention) days() daycount.DayCount {
	if c.Days == nil {
		return daycount.Year365
	}
	return c.Days
}

// APY is effective annual growth over years of 365 days.
func APY() Convention { return Convention{Annual, daycount.Year365} }

// Rate is a rate and what it means.
type Rate struct {
	Value float64 // a fraction: 0.05 is 5 %
	Convention
}

// Percent returns the value in percent.
func (r Rate) Percent() float64 { return 100 * r.Value }

// String returns the rate in percent with two decimals, and its convention: "5.00% (annual, 365 d)".
func (r Rate) String() string { return fmt.Sprintf("%.2f%% (%s)", r.Percent(), r.Convention) }

// LogGrowth returns the logarithm of what one unit grows to in the given years, counted by the rate's own day count. It
// keeps its precision for rates near 0. It returns ErrInput for years below 0, for a rate or a compounding without
// meaning, and for a rate that leaves nothing, such as -100 % a year.
func (r Rate) LogGrowth(years float64) (float64, error) {
	if !finite(r.Value) || !finite(years) || years < 0 {
		return 0, fmt.Errorf("%w: rate %v over %v years", ErrInput, r.Value, years)
	}
	log := math.NaN()
	switch c := r.Compounding; {
	case c == Continuous:
		log = r.Value * years
	case c == Simple:
		log = math.Log1p(r.Value * years)
	case c == Discount:
		log = -math.Log1p(-r.Value * years)
	case c == BondEquivalent && years <= 0.5:
		log = math.Log1p(r.Value * years)
	case c == BondEquivalent && years <= 1:
		if r.Value > -2 {
			log = math.Log1p(r.Value/2) + math.Log1p(r.Value*(years-0.5))
		}
	case c > 0:
		log = math.Log1p(r.Value/float64(c)) * float64(c) * years
	}
	if !finite(log) {
		return 0, fmt.Errorf("%w: %v has no growth over %v years", ErrInput, r, years)
	}
	return log, nil
}

// FromLogGrowth returns the rate of the convention at which one unit grows to e^log in the given years: the inverse of
// [Rate.LogGrowth]. It returns ErrInput unless years is above 0 and within what the compounding means, and ErrRange if no
// float64 holds the rate.
func FromLogGrowth(log, years float64, c Convention) (Rate, error) {
	if !finite(log) || !finite(years) || years <= 0 {
		return Rate{}, fmt.Errorf("%w: growth e^%v over %v years", ErrInput, log, years)
	}
	value := 0.0
	switch n := c.Compounding; {
	case n == Continuous:
		value = log / years
	case n == Simple, n == BondEquivalent && years <= 0.5:
		value = math.Expm1(log) / years
	case n == Discount:
		value = -math.Expm1(-log) / years
	case n == BondEquivalent && years <= 1:
		// (1 + r/2)(1 + r*(years - 1/2)) = e^log is a*r² + years*r - (e^log - 1) = 0 with a = (years - 1/2)/2; this form
		// of its solution cancels nothing.
		gain := math.Expm1(log)
		value = 2 * gain / (years + math.Sqrt(years*years+2*(years-0.5)*gain))
	case n > 0:
		value = math.Expm1(log/(float64(n)*years)) * float64(n)
	default:
		return Rate{}, fmt.Errorf("%w: %v over %v years", ErrInput, c, years)
	}
	// A loss of nearly all can round to one of all, which no longer has a logarithm.
	r := Rate{value, c}
	if _, err := r.LogGrowth(years); err != nil {
		return Rate{}, fmt.Errorf("%w: growth e^%v over %v years as a rate, %v", ErrRange, log, years, c)
	}
	return r, nil
}

// Growth returns what one unit grows to from start to end. It fails like LogGrowth and with ErrRange.
func (r Rate) Growth(start, end time.Time) (float64, error) {
	log, err := r.LogGrowth(r.days().Years(start, end))
	if err != nil {
		return 0, err
	}
	return inRange(math.Exp(log))
}

// Convert returns the rate of another convention with the same growth from start to end. Between compoundings of one day
// count that depends on the length of time only for Simple, Discount and BondEquivalent. It fails like LogGrowth and
// FromLogGrowth.
func (r Rate) Convert(to Convention, start, end time.Time) (Rate, error) {
	log, err := r.LogGrowth(r.days().Years(start, end))
	if err != nil {
		return Rate{}, err
	}
	return FromLogGrowth(log, to.days().Years(start, end), to)
}

// Over returns the rate of another compounding, same day count, with the same growth over the given years. It fails like
// LogGrowth and FromLogGrowth.
func (r Rate) Over(years float64, to Compounding) (Rate, error) {
	log, err := r.LogGrowth(years)
	if err != nil {
		return Rate{}, err
	}
	return FromLogGrowth(log, years, Convention{to, r.Days})
}
