package cashflow

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/gaib-go/gaib/yield/daycount"
)

var (
	// ErrSameSign: all flows have one sign, so no rate makes them worth nothing. Give what was paid and what was received.
	ErrSameSign = errors.New("all flows have the same sign; give what was paid and what was received")
	// ErrNoRoot: the flows change sign, but no rate makes them worth nothing.
	ErrNoRoot = errors.New("no rate makes the flows worth nothing")
	// ErrRateRange: there is such a rate, but no float64 holds it: the flows are too close in time for their sizes.
	// LogRate of the error is its logarithm.
	ErrRateRange = errors.New("the rate is beyond a float64; see LogRate, or measure over a longer time")
)

// RootError is why there is no rate of return, and the nearest there is to one. It wraps [ErrSameSign], [ErrNoRoot] or
// [ErrRateRange].
type RootError struct {
	Err error
	// LogRate is ln(1+rate) of the rate that comes nearest, 0 for ErrSameSign.
	LogRate float64
	// Miss is the present value at that rate over the sum of the absolute present values: 0 would be a root, 1 is
	// received only, -1 paid only.
	Miss float64
	// Complete is true if no root can have been missed, as in [Return].
	Complete bool
}

func (e *RootError) Error() string {
	if errors.Is(e.Err, ErrNoRoot) {
		return fmt.Sprintf("cashflow: %v; nearest at ln(1+rate) = %.6g with %.3g of all present values left", e.Err, e.LogRate, e.Miss)
	}
	return fmt.Sprintf("cashflow: %v", e.Err)
}

func (e *RootError) Unwrap() error { return e.Err }

// Policy chooses one of several roots.
type Policy uint8

const (
	// NearestToDietz takes, of the roots at which the value falls through zero as the rate rises, the one nearest to the
	// modified Dietz return of the flows; if it falls through none, of all roots. Nearness is measured in ln(1+rate).
	// An investor's root is one of these: a higher rate makes later income worth less.
	NearestToDietz Policy = iota
	// Lowest takes the lowest root.
	Lowest
	// Highest takes the highest root.
	Highest
	// NearestToGuess takes the root nearest to Choice.Guess, in ln(1+rate).
	NearestToGuess
)

// Choice says which of several roots is the answer. The zero value is NearestToDietz.
type Choice struct {
	Policy Policy
	Guess  float64 // for NearestToGuess: a rate above -1
}

// Return is a rate of return.
type Return struct {
	// Rate is the effective rate: per year of the day count for XIRR, per period for IRR.
	Rate float64
	// LogRate is ln(1+Rate), the continuous rate. It keeps its precision where Rate is near -1.
	LogRate float64
	// Roots are all rates at which the flows are worth nothing, ascending. Roots that no float64 holds are left out.
	Roots []float64
	// Multiple is true if there are several roots: Rate is then a choice.
	Multiple bool
	// Complete is true if no root can be missing from Roots.
	Complete bool
}

// IRR returns the rate per period at which amounts one period apart are worth nothing: sum of amounts[i] / (1+rate)^i = 0.
// It returns ErrEmpty if all amounts are zero, ErrInput if an amount or the guess is bad, ErrRange if amounts differ by
// more than a factor 1e280, and a [*RootError] if there is no rate.
func IRR(amounts []float64, choice Choice) (Return, error) {
	var stack [stackTerms]term
	terms := slices.Grow(stack[:0], len(amounts))
	for i, amount := range amounts {
		terms = append(terms, term{float64(i), amount})
	}
	return solve(terms, choice)
}

// XIRR returns the annual rate at which the flows are worth nothing: sum of amount / (1+rate)^years = 0, years by the day
// count from the earliest flow. Order does not matter; flows of one time are added. It fails like IRR.
func XIRR(flows []Flow, days daycount.DayCount, choice Choice) (Return, error) {
	start, err := earliest(flows)
	if err != nil {
		return Return{}, err
	}
	days = orFixed(days)
	var stack [stackTerms]term
	terms := slices.Grow(stack[:0], len(flows))
	for _, flow := range flows {
		terms = append(terms, term{days.Years(start, flow.Time), flow.Amount})
	}
	return solve(terms, choice)
}

// solve finds the roots of sum amount * e^(-z*time) and chooses one. It uses terms as its workspace.
func solve(terms []term, choice Choice) (Return, error) {
	guess := 0.0
	if choice.Policy == NearestToGuess {
		if err := checkRate(choice.Guess); err != nil {
			return Return{}, err
		}
		guess = math.Log1p(choice.Guess)
	}
	series, err := normalize(terms)
	if err != nil {
		return Return{}, err
	}
	var buffer [stackRoots]root
	roots, complete, err := series.roots(buffer[:0])
	if err != nil {
		return Return{}, err
	}
	kept := roots[:0]
	for _, r := range roots {
		r.z = series.logRate(r.z)
		if rate := math.Expm1(r.z); finite(rate) && rate > -1 {
			kept = append(kept, r)
		}
	}
	if len(kept) == 0 {
		return Return{}, &RootError{Err: ErrRateRange, LogRate: series.logRate(roots[0].z), Complete: complete}
	}
	if choice.Policy == NearestToDietz && len(kept) > 1 {
		guess = series.dietz()
	}
	chosen := choose(kept, choice.Policy, guess)
	rates := make([]float64, len(kept))
	for i, r := range kept {
		rates[i] = math.Expm1(r.z)
	}
	return Return{math.Expm1(chosen), chosen, rates, len(roots) > 1, complete}, nil
}

func choose(roots []root, policy Policy, guess float64) float64 {
	switch policy {
	case Lowest:
		return roots[0].z
	case Highest:
		return roots[len(roots)-1].z
	}
	falling := policy != NearestToGuess && slices.ContainsFunc(roots, func(r root) bool { return r.falling })
	best := math.Inf(1)
	chosen := 0.0
	for _, r := range roots {
		if distance := math.Abs(r.z - guess); distance < best && (r.falling || !falling) {
			best, chosen = distance, r.z
		}
	}
	return chosen
}
