package cashflow

import (
	"fmt"
	"math"
)

// When says when in its period a payment is made. The five annuity functions below solve one equation for one of its
// variables, as spreadsheets do, with their signs (received is positive):
//
//	present*(1+rate)^periods + payment*(1+rate*when)*((1+rate)^periods - 1)/rate + future = 0
//
// They keep their precision as rate goes to 0, where the fraction becomes periods.
type When uint8

const (
	// End of the period: in arrears.
	End When = iota
	// Begin of the period: in advance.
	Begin
)

// annuity holds what all five need.
type annuity struct {
	log    float64 // ln(1+rate) * periods
	factor float64 // payment's factor within its period, 1 + rate*when
	rate   float64
	n      float64
}

func newAnnuity(rate, periods float64, when When, amounts ...float64) (annuity, error) {
	if err := checkRate(rate); err != nil {
		return annuity{}, err
	}
	if !finite(periods) || periods < 0 {
		return annuity{}, fmt.Errorf("%w: %v periods; use 0 or more", ErrInput, periods)
	}
	for i, amount := range amounts {
		if !finite(amount) {
			return annuity{}, badAmount(i, amount)
		}
	}
	a := annuity{periods * math.Log1p(rate), 1, rate, periods}
	if when == Begin {
		a.factor += rate
	}
	return a, nil
}

// grown is ((1+rate)^n - 1) / rate, shrunk (1 - (1+rate)^-n) / rate.
func (a annuity) grown() float64 {
	if a.rate == 0 {
		return a.n
	}
	return math.Expm1(a.log) / a.rate
}

func (a annuity) shrunk() float64 {
	if a.rate == 0 {
		return a.n
	}
	return -math.Expm1(-a.log) / a.rate
}

// FutureValue returns the balance after all payments; FV of spreadsheets. It returns ErrInput for a rate of -1 or below,
// negative periods or something that is not finite, and ErrRange if the result is not.
func FutureValue(rate, periods, payment, present float64, when When) (float64, error) {
	a, err := newAnnuity(rate, periods, when, payment, present)
	if err != nil {
		return 0, err
	}
	return inRange(-product(present, math.Exp(a.log)) - product(payment*a.factor, a.grown()))
}

// PresentValue returns the value now of all payments and of future; PV of spreadsheets. Errors as in FutureValue.
func PresentValue(rate, periods, payment, future float64, when When) (float64, error) {
	a, err := newAnnuity(rate, periods, when, payment, future)
	if err != nil {
		return 0, err
	}
	return inRange(-product(future, math.Exp(-a.log)) - product(payment*a.factor, a.shrunk()))
}

// product is x*y, also 0 where x is 0 and y has overflowed.
func product(x, y float64) float64 {
	if x == 0 {
		return 0
	}
	return x * y
}

// Payment returns the payment per period; PMT of spreadsheets. Periods must be above 0. Errors as in FutureValue.
func Payment(rate, periods, present, future float64, when When) (float64, error) {
	a, err := newAnnuity(rate, periods, when, present, future)
	switch {
	case err != nil:
		return 0, err
	case periods == 0:
		return 0, fmt.Errorf("%w: no periods to pay in", ErrInput)
	}
	if rate > 0 { // discount, so that long terms do not overflow
		return inRange(-(product(future, math.Exp(-a.log)) + present) / (a.shrunk() * a.factor))
	}
	return inRange(-(product(present, math.Exp(a.log)) + future) / (a.grown() * a.factor))
}

// Periods returns the number of periods after which the equation holds, in general not a whole one; NPER of spreadsheets.
// It is negative if that lies in the past. It returns ErrInput like FutureValue and ErrNoRoot if no number of periods does.
func Periods(rate, payment, present, future float64, when When) (float64, error) {
	a, err := newAnnuity(rate, 0, when, payment, present, future)
	if err != nil {
		return 0, err
	}
	due := payment * a.factor
	// (1+rate)^n = (due - future*rate) / (due + present*rate), written as 1 + x. At a rate of 0 it is linear.
	base := due + present*rate
	if rate == 0 {
		if due == 0 {
			return 0, fmt.Errorf("cashflow: %w: without payment and rate nothing changes", ErrNoRoot)
		}
		return inRange(-(present + future) / due)
	}
	x := -(future + present) * rate / base
	if base == 0 || !(x > -1) {
		return 0, fmt.Errorf("cashflow: %w: the payment never brings the balance to the future value", ErrNoRoot)
	}
	return inRange(math.Log1p(x) / math.Log1p(rate))
}

// MaxRatePeriods is the largest number of periods that [Rate] accepts.
const MaxRatePeriods = 100_000

// Rate returns the rate per period at which the equation holds; RATE of spreadsheets, but without a guess: it is the [IRR]
// of the payments written out, with its choice among several roots and its errors. It returns ErrInput unless periods is
// 1 to MaxRatePeriods.
func Rate(periods int, payment, present, future float64, when When, choice Choice) (Return, error) {
	if periods < 1 || periods > MaxRatePeriods {
		return Return{}, fmt.Errorf("%w: %d periods; use 1 to %d", ErrInput, periods, MaxRatePeriods)
	}
	amounts := make([]float64, periods+1)
	for i := range periods {
		if when == Begin {
			amounts[i] = payment
		} else {
			amounts[i+1] = payment
		}
	}
	amounts[0] += present
	amounts[periods] += future
	return IRR(amounts, choice)
}

// Split returns the parts of a loan's payment in the given period, 1 to periods, that are interest and principal; IPMT and
// PPMT of spreadsheets. They add up to [Payment]. A payment in advance has no interest in the first period. It returns
// ErrInput for a period out of range and otherwise fails like Payment.
func Split(rate float64, period, periods int, present, future float64, when When) (interest, principal float64, err error) {
	if period < 1 || period > periods {
		return 0, 0, fmt.Errorf("%w: period %d of %d", ErrInput, period, periods)
	}
	payment, err := Payment(rate, float64(periods), present, future, when)
	if err != nil {
		return 0, 0, err
	}
	if when == Begin && period == 1 {
		return 0, payment, nil
	}
	balance, err := FutureValue(rate, float64(period-1), payment, present, when)
	if err != nil {
		return 0, 0, err
	}
	interest = balance * rate
	if when == Begin {
		interest /= 1 + rate
	}
	return interest, payment - interest, nil
}
