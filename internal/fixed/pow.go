package fixed

import (
	"math/bits"

	"github.com/holiman/uint256"
)

// RPow sets z to x^n in the scale of base (1e27 for a ray), by repeated squaring, each product rounded half up,
// floor((x*y + floor(base/2))/base). It returns ErrOverflow if a product plus half of base needs more than 256 bits, and
// ErrDivByZero if base is zero, with which no contract calls it. 0^0 is base. Source: Maker's rpow, as in Tinlake and
// others.
func RPow(z, x *uint256.Int, n uint64, base *uint256.Int) error {
	if base.IsZero() {
		return ErrDivByZero
	}
	if x.IsZero() {
		if n == 0 {
			*z = *base
		} else {
			z.Clear()
		}
		return nil
	}
	scale, power, result := *base, *x, *base
	if n%2 != 0 {
		result = power
	}
	for n /= 2; n != 0; n /= 2 {
		if err := CheckedMulDivHalfUp(&power, &power, &power, &scale); err != nil {
			return err
		}
		if n%2 != 0 {
			if err := CheckedMulDivHalfUp(&result, &result, &power, &scale); err != nil {
				return err
			}
		}
	}
	*z = result
	return nil
}

// The constants of WExp, 18 decimals; those above 2^64 in two words.
const (
	ln2                         = 693147180559945309
	lnWeiHigh, lnWeiLow         = 2, 4553043526473719080 // 41.446531673892822312 = -ln(1e-18)
	wExpBoundHigh, wExpBoundLow = 5, 1625747326452646239 // 93.859467695000404319
)

// wExpMax is 57716089161558943949701069502944508345128.422502756744429568.
var wExpMax = uint256.Int{0x0, 0x0, 0x31d81650c7d88b80, 0x9}

// WExp sets z to Morpho's approximation of e^x, both signed (two's complement) with 18 decimals: x = q*ln(2) + r with q
// rounded half towards zero, e^x = 2^q * (1 + r + r^2/2). It is off by up to about 1 % of the real value; use it where
// the contract does. Below -41.446531673892822312 it is 0, from 93.859467695000404319 on it is clipped, so it never fails.
// Source: Morpho ExpLib.wExp of the AdaptiveCurveIRM.
func WExp(z, x *uint256.Int) {
	var magnitude uint256.Int
	negative := x.Sign() < 0
	if negative {
		magnitude.Neg(x)
	} else {
		magnitude = *x
	}
	high, low := magnitude[1], magnitude[0]
	beyond := magnitude[3]|magnitude[2] != 0
	switch {
	case negative && (beyond || above(high, low, lnWeiHigh, lnWeiLow)):
		z.Clear()
		return
	case !negative && (beyond || !above(wExpBoundHigh, wExpBoundLow, high, low)):
		*z = wExpMax
		return
	}
	low, carry := bits.Add64(low, ln2/2, 0)
	// The magnitude is below 94e18, so the high word is below ln2 and the division cannot panic.
	q, rest := bits.Div64(high+carry, low, ln2)
	r := int64(rest) - ln2/2
	if negative {
		r = -r
	}
	// |r| <= ln2/2 < 2^59, so its square has a high word far below 1e18.
	squareHigh, squareLow := bits.Mul64(uint64(max(r, -r)), uint64(max(r, -r)))
	square, _ := bits.Div64(squareHigh, squareLow, 1e18)
	z.SetUint64(uint64(1e18 + r + int64(square/2)))
	if negative {
		z.Rsh(z, uint(q))
	} else {
		z.Lsh(z, uint(q))
	}
}

// above reports whether (h1, l1) > (h2, l2).
func above(h1, l1, h2, l2 uint64) bool { return h1 > h2 || h1 == h2 && l1 > l2 }
