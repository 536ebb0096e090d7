package yield

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"time"

	"github.com/holiman/uint256"
)

// Day is 24 hours.
const Day = 24 * time.Hour

const wad = 1e18

var (
	// ErrInput: a number is NaN, infinite or outside of its domain, or times are in the wrong order. The text says which.
	ErrInput = errors.New("yield: invalid input")
	// ErrRange: the result is beyond what a float64 or 256 bits hold, or a division by zero. The text says which.
	ErrRange = errors.New("yield: result out of range; use smaller rates, amounts or times")
	// ErrTooFew: there are too few observations for the figure. [TooFewError] says how many it takes.
	ErrTooFew = errors.New("yield: too few observations")
)

// TooFewError says how many observations a figure had and how many it needs. It wraps [ErrTooFew].
type TooFewError struct {
	Figure     string
	Have, Need int
}

func (e *TooFewError) Error() string {
	return fmt.Sprintf("%v for %s: %d of %d; take a longer history or the figure per period", ErrTooFew, e.Figure, e.Have, e.Need)
}

func (e *TooFewError) Unwrap() error { return ErrTooFew }

// Float returns x / 10^decimals, within one unit in the last place of a float64 up to 22 decimals and within two up to 66.
// Money leaves integers only here.
func Float(x uint256.Int, decimals uint8) float64 {
	value := bigFloat(&x)
	const exact = 22 // the largest power of ten that is a float64
	for ; decimals > exact; decimals -= exact {
		value /= 1e22
	}
	return value / math.Pow10(int(decimals))
}

// bigFloat returns the float64 nearest to x, ties to even.
func bigFloat(x *uint256.Int) float64 {
	length := x.BitLen()
	if length <= 64 {
		return float64(x.Uint64())
	}
	shift := uint(length - 64)
	var top uint256.Int
	top.Rsh(x, shift)
	mantissa := top.Uint64()
	if trailingZeros(x) < shift {
		mantissa |= 1 // what is shifted out breaks a tie
	}
	return math.Ldexp(float64(mantissa), int(shift))
}

func trailingZeros(x *uint256.Int) uint {
	zeros := uint(0)
	for _, word := range x {
		if word != 0 {
			return zeros + uint(bits.TrailingZeros64(word))
		}
		zeros += 64
	}
	return zeros
}

// change returns (to - from) / from without losing the digits of a small difference; from is not zero.
func change(from, to *uint256.Int) float64 {
	var difference uint256.Int
	if to.Lt(from) {
		difference.Sub(from, to)
		return -bigFloat(&difference) / bigFloat(from)
	}
	difference.Sub(to, from)
	return bigFloat(&difference) / bigFloat(from)
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

func inRange(x float64) (float64, error) {
	if !finite(x) {
		return 0, ErrRange
	}
	return x, nil
}
