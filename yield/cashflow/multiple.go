package cashflow

import (
	"fmt"
	"math"
	"time"

	"github.com/gaib-go/gaib/yield/daycount"
)

// MIRR returns the modified rate of return per period of amounts one period apart: what is received is reinvested to the
// end at one rate, what is paid is financed from the start at the other, and
// MIRR = (future value of received / present value of paid)^(1/(n-1)) - 1. It returns ErrInput for bad numbers and a
// [*RootError] if nothing was paid or nothing received.
func MIRR(amounts []float64, finance, reinvest float64) (float64, error) {
	if err := checkRate(finance); err != nil {
		return 0, err
	}
	if err := checkRate(reinvest); err != nil {
		return 0, err
	}
	paid, received := 0.0, 0.0
	for i, amount := range amounts {
		switch {
		case !finite(amount):
			return 0, badAmount(i, amount)
		case amount < 0:
			paid -= amount * math.Exp(-float64(i)*math.Log1p(finance))
		case amount > 0:
			received += amount * math.Exp(float64(len(amounts)-1-i)*math.Log1p(reinvest))
		}
	}
	if paid == 0 || received == 0 {
		return 0, &RootError{Err: ErrSameSign, Miss: sign(received - paid), Complete: true}
	}
	return inRange(math.Expm1(math.Log(received/paid) / float64(len(amounts)-1)))
}

// MOIC returns the multiple on invested capital: received / paid. It returns ErrInput for amounts that are not finite and
// ErrEmpty if nothing was paid.
func MOIC(amounts []float64) (float64, error) {
	paid, received := 0.0, 0.0
	for i, amount := range amounts {
		if !finite(amount) {
			return 0, badAmount(i, amount)
		}
		if amount < 0 {
			paid -= amount
		} else {
			received += amount
		}
	}
	if paid == 0 {
		return 0, fmt.Errorf("%w: nothing was paid", ErrEmpty)
	}
	return inRange(received / paid)
}

// Payback returns the number of periods after which the amounts, discounted at rate (0 for the plain payback), have paid
// back what went out and the balance does not turn negative again; within the last period the inflow is spread evenly.
// It returns 0 if the balance is never negative, ErrInput for bad numbers and ErrNoRoot if it is negative at the end and
// ErrRange.
func Payback(rate float64, amounts []float64) (float64, error) {
	if err := checkRate(rate); err != nil {
		return 0, err
	}
	var b balance
	periods := 0.0
	for i, amount := range amounts {
		if !finite(amount) {
			return 0, badAmount(i, amount)
		}
		before, value := b.sum, product(amount, math.Exp(-float64(i)*math.Log1p(rate)))
		if b.add(value) {
			periods = float64(i-1) - before/value
		}
	}
	if err := b.check(); err != nil {
		return 0, err
	}
	return inRange(periods)
}

// XPayback returns the time of the flow that pays back, in the sense of Payback, what went out before; the time of the
// first flow if the balance is never negative. The flows must be in order of time: ErrInput otherwise.
func XPayback(rate float64, flows []Flow, days daycount.DayCount) (time.Time, error) {
	if err := checkRate(rate); err != nil {
		return time.Time{}, err
	}
	if len(flows) == 0 {
		return time.Time{}, fmt.Errorf("%w: none given", ErrEmpty)
	}
	days = orFixed(days)
	var b balance
	at := flows[0].Time
	for i, flow := range flows {
		switch {
		case !finite(flow.Amount):
			return time.Time{}, badAmount(i, flow.Amount)
		case i > 0 && flow.Time.Before(flows[i-1].Time):
			return time.Time{}, fmt.Errorf("%w: flow %d is earlier than the one before it; sort by time", ErrInput, i)
		}
		if b.add(product(flow.Amount, math.Exp(-days.Years(flows[0].Time, flow.Time)*math.Log1p(rate)))) {
			at = flow.Time
		}
	}
	return at, b.check()
}

// balance is a running sum that takes rounding for zero.
type balance struct{ sum, absolute float64 }

// add reports whether the value brings a negative balance to zero or above.
func (b *balance) add(value float64) bool {
	negative := b.negative()
	b.sum += value
	b.absolute += math.Abs(value)
	return negative && !b.negative()
}

func (b *balance) negative() bool { return b.sum < -rounding*b.absolute }

func (b *balance) check() error {
	switch {
	case !finite(b.absolute):
		return ErrRange
	case b.negative():
		return fmt.Errorf("cashflow: %w: %.6g is not paid back", ErrNoRoot, -b.sum)
	}
	return nil
}

func sign(x float64) float64 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return 0
}
