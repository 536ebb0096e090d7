package strategy

import (
	"errors"
	"fmt"
	"time"
)

var (
	// ErrInput: a number is NaN, infinite or outside of its domain, or something is missing. The text says which.
	ErrInput = errors.New("strategy: invalid input")
	// ErrHorizon: the money would not be back within the horizon. [HorizonError] says how long it takes.
	ErrHorizon = errors.New("strategy: the money is not back within the horizon; ask for a longer one")
	// ErrNoVenue: the market has no venue that the strategy needs. Give it a DEX, a loan or a Pendle quote.
	ErrNoVenue = errors.New("strategy: the market lacks a venue that the strategy needs")
	// ErrNoLiquidity: a venue cannot take or give so much. Ask for a smaller amount.
	ErrNoLiquidity = errors.New("strategy: the venue cannot take this amount; use a smaller one")
	// ErrNoDiscount: sAID costs at least what its queue pays, so buying it to unstake earns nothing.
	ErrNoDiscount = errors.New("strategy: sAID is not cheaper than what its queue pays")
	// ErrLeverage: the leverage is not allowed by the ask, the loan or the wanted health. Use a lower one.
	ErrLeverage = errors.New("strategy: the leverage is not allowed; use a lower one")
	// ErrUnwind: a loop cannot be unwound this way: its debt is not repaid after many rounds, or grows faster.
	ErrUnwind = errors.New("strategy: the loop cannot be unwound through the queue; lower the leverage or unwind by sale")
)

// HorizonError says when the money would be back and by when it was asked for. It wraps [ErrHorizon].
type HorizonError struct {
	Strategy string
	End      time.Time // of the horizon
	Earliest time.Time // at which the strategy can pay
}

func (e *HorizonError) Error() string {
	return fmt.Sprintf("%v: %s pays on %s at the earliest, the horizon ends on %s", ErrHorizon, e.Strategy, e.Earliest.Format(time.DateOnly), e.End.Format(time.DateOnly))
}

func (e *HorizonError) Unwrap() error { return ErrHorizon }
