package aid

import (
	"fmt"

	"github.com/gaib-go/gaib/internal/fixed"
	"github.com/holiman/uint256"
)

// Fraction is a signed fraction with 18 decimals; its zero value is zero.
type Fraction struct {
	Negative bool
	Wad      uint256.Int // the magnitude times 1e18
}

// String returns the fraction in basis points with two decimals, a tie rounded away from zero: "-12.50 bps".
func (f Fraction) String() string {
	var hundredths, rest uint256.Int
	// 1e12 wad are a hundredth of a basis point; the quotient is smaller than the dividend, so nothing can fail.
	_ = fixed.MulDivHalfUp(&hundredths, &f.Wad, uint256.NewInt(1), uint256.NewInt(1e12))
	sign := ""
	if f.Negative && !hundredths.IsZero() {
		sign = "-"
	}
	hundredths.DivMod(&hundredths, uint256.NewInt(100), &rest)
	return fmt.Sprintf("%s%s.%02d bps", sign, hundredths.Dec(), rest.Uint64())
}

// BasisPoints returns the fraction in basis points for analytics, in floating point.
func (f Fraction) BasisPoints() float64 {
	bps := f.Wad.Float64() / 1e14
	if f.Negative {
		return -bps
	}
	return bps
}

// PegDeviation returns price - 1, exactly: negative below the peg. The price is in US dollars per AID with the given
// decimals, at most 18. It fails with a [*QuoteError] if there are more decimals, or if the price does not fit 18.
func PegDeviation(price uint256.Int, decimals uint8) (Fraction, error) {
	fail := func(err error) (Fraction, error) { return Fraction{}, &QuoteError{"peg of price", price, err} }
	unit, err := unitOf(decimals)
	if err != nil {
		return fail(err)
	}
	var scaled uint256.Int
	if err := fixed.Mul(&scaled, &price, &unit); err != nil {
		return fail(err)
	}
	return difference(&scaled, uint256.NewInt(wad)), nil
}

// difference returns x - y as a fraction, both with 18 decimals.
func difference(x, y *uint256.Int) (f Fraction) {
	f.Negative = x.Lt(y)
	if f.Negative {
		x, y = y, x
	}
	f.Wad.Sub(x, y)
	return f
}
