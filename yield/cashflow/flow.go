package cashflow

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/gaib-go/gaib/yield/daycount"
)

var (
	// ErrInput: an amount, a rate or a number of periods is NaN, infinite or outside of its domain. The text says which.
	ErrInput = errors.New("cashflow: invalid input")
	// ErrEmpty: there are too few flows for the figure asked for.
	ErrEmpty = errors.New("cashflow: too few flows; give what was paid and what was received")
	// ErrRange: the result is beyond what a float64 can hold. Use larger units or a rate nearer to zero.
	ErrRange = errors.New("cashflow: result out of range of a float64; use larger units or a rate nearer to zero")
)

// Flow is one payment: positive if received, negative if paid.
type Flow struct {
	Time   time.Time
	Amount float64
}

// NPV returns the present value of amounts one period apart, the first one now: sum of amounts[i] / (1+rate)^i. A
// spreadsheet's NPV discounts the first amount too, so it is this value / (1+rate). It returns ErrInput if the rate is not
// above -1 or something is not finite, and ErrRange if the value is not.
func NPV(rate float64, amounts []float64) (float64, error) {
	if err := checkRate(rate); err != nil {
		return 0, err
	}
	value := 0.0
	for i, amount := range slices.Backward(amounts) {
		if !finite(amount) {
			return 0, badAmount(i, amount)
		}
		value = value/(1+rate) + amount
	}
	return inRange(value)
}

// XNPV returns the present value at the earliest flow: sum of amount / (1+rate)^years, years by the day count from the
// earliest flow's time. Order does not matter. It returns ErrInput and ErrRange like NPV, and ErrEmpty without flows.
func XNPV(rate float64, flows []Flow, days daycount.DayCount) (float64, error) {
	if err := checkRate(rate); err != nil {
		return 0, err
	}
	start, err := earliest(flows)
	if err != nil {
		return 0, err
	}
	days = orFixed(days)
	z, value := math.Log1p(rate), 0.0
	for i, flow := range flows {
		if !finite(flow.Amount) {
			return 0, badAmount(i, flow.Amount)
		}
		if flow.Amount != 0 { // a factor may be infinite where there is nothing to discount
			value += flow.Amount * math.Exp(-z*days.Years(start, flow.Time))
		}
	}
	return inRange(value)
}

func earliest(flows []Flow) (time.Time, error) {
	if len(flows) == 0 {
		return time.Time{}, fmt.Errorf("%w: none given", ErrEmpty)
	}
	start := flows[0].Time
	for _, flow := range flows[1:] {
		if flow.Time.Before(start) {
			start = flow.Time
		}
	}
	return start, nil
}

// orFixed returns the day count, or that of spreadsheets for nil.
func orFixed(days daycount.DayCount) daycount.DayCount {
	if days == nil {
		return daycount.Act365F
	}
	return days
}

func checkRate(rate float64) error {
	if !finite(rate) || rate <= -1 {
		return fmt.Errorf("%w: rate %v; it must be finite and above -1", ErrInput, rate)
	}
	return nil
}

func badAmount(index int, amount float64) error {
	return fmt.Errorf("%w: amount %d is %v", ErrInput, index, amount)
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

func inRange(value float64) (float64, error) {
	if !finite(value) {
		return 0, ErrRange
	}
	return value, nil
}
