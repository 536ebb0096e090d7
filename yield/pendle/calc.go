package pendle

import (
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/internal/fixed"
)

// What Solidity's checks raise.
const (
	panicOverflow = 0x11
	panicDivision = 0x12
	panicIndex    = 0x32
)

var (
	zero   = uint256.Int{}
	one    = uint256.Int{1e18} // one with 18 decimals
	single = uint256.Int{1}
)

// calc does a contract's steps in order and keeps the first that would revert; later ones give zero. Unless a name begins
// with u, values are int256 in two's complement.
type calc struct{ err error }

func (c *calc) fail(err error) uint256.Int {
	if c.err == nil {
		c.err = err
	}
	return zero
}

func (c *calc) panics(code uint64) uint256.Int {
	if c.err == nil {
		c.err = &gaib.PanicError{Code: uint256.Int{code}}
	}
	return zero
}

// requires fails with the text of a contract's require.
func (c *calc) requires(text string) uint256.Int {
	if c.err == nil {
		c.err = &gaib.RevertString{Text: text}
	}
	return zero
}

// casts fails as a require without a text does.
func (c *calc) casts() uint256.Int {
	if c.err == nil {
		c.err = &gaib.RevertError{}
	}
	return zero
}

func negative(x uint256.Int) bool { return x[3]>>63 != 0 }

func (c *calc) add(x, y uint256.Int) (z uint256.Int) {
	z.Add(&x, &y)
	if negative(x) == negative(y) && negative(z) != negative(x) {
		return c.panics(panicOverflow)
	}
	return z
}

func (c *calc) sub(x, y uint256.Int) (z uint256.Int) {
	z.Sub(&x, &y)
	if negative(x) != negative(y) && negative(z) != negative(x) {
		return c.panics(panicOverflow)
	}
	return z
}

// subNoNeg is PMath.subNoNeg.
func (c *calc) subNoNeg(x, y uint256.Int) uint256.Int {
	if x.Slt(&y) {
		return c.requires("negative")
	}
	return c.sub(x, y)
}

func (c *calc) mul(x, y uint256.Int) (z uint256.Int) {
	if x[3]|x[2]|y[3]|y[2] == 0 && !(x[1] != 0 && y[1] != 0) { // no bit beyond 191
		z.Mul(&x, &y)
		return z
	}
	opposite := negative(x) != negative(y)
	x.Abs(&x)
	y.Abs(&y)
	_, overflow := z.MulOverflow(&x, &y)
	if opposite {
		z.Neg(&z) // -2^255 is its own negative
		overflow = overflow || !negative(z) && !z.IsZero()
	} else {
		overflow = overflow || negative(z)
	}
	if overflow {
		return c.panics(panicOverflow)
	}
	return z
}

// div is checked division towards zero.
func (c *calc) div(x, y uint256.Int) (z uint256.Int) {
	if y.IsZero() {
		return c.panics(panicDivision)
	}
	opposite := negative(x) != negative(y)
	z.SDiv(&x, &y)
	if !opposite && negative(z) { // -2^255 / -1
		return c.panics(panicOverflow)
	}
	return z
}

func (c *calc) neg(x uint256.Int) uint256.Int { return c.sub(zero, x) }

// abs is PMath.abs.
func (c *calc) abs(x uint256.Int) uint256.Int {
	if negative(x) {
		return c.neg(x)
	}
	return x
}

// mulDiv is x * y / d, checked, each step as mul and div do it.
func (c *calc) mulDiv(x, y, d uint256.Int) (z uint256.Int) {
	sign := negative(x) != negative(y)
	magnitude := x
	if negative(x) {
		magnitude.Neg(&x)
	}
	if negative(y) {
		z.Neg(&y)
	} else {
		z = y
	}
	if magnitude[3]|magnitude[2]|z[3]|z[2]|d[3] != 0 || magnitude[1] != 0 && z[1] != 0 || d.IsZero() {
		return c.div(c.mul(x, y), d)
	}
	if err := fixed.CheckedMulDivDown(&z, &magnitude, &z, &d); err != nil {
		return c.fail(err)
	}
	if sign {
		z.Neg(&z)
	}
	return z
}

// mulDown is PMath.mulDown.
func (c *calc) mulDown(x, y uint256.Int) uint256.Int { return c.mulDiv(x, y, one) }

// divDown is PMath.divDown, whose division is unchecked but for zero.
func (c *calc) divDown(x, y uint256.Int) (z uint256.Int) {
	if x[3] == 0 && y[3] == 0 && !y.IsZero() { // x*1e18 is below 2^252
		if err := fixed.CheckedMulDivDown(&z, &x, &one, &y); err != nil {
			return c.fail(err)
		}
		return z
	}
	if minus := x; negative(x) && y[3] == 0 && !y.IsZero() {
		if minus.Neg(&x); minus[3] == 0 {
			if err := fixed.CheckedMulDivDown(&z, &minus, &one, &y); err != nil {
				return c.fail(err)
			}
			return *z.Neg(&z)
		}
	}
	inflated := c.mul(x, one)
	if y.IsZero() {
		return c.panics(panicDivision)
	}
	z.SDiv(&inflated, &y)
	return z
}

// rawDivUp is PMath.rawDivUp.
func (c *calc) rawDivUp(x, y uint256.Int) uint256.Int {
	return c.div(c.sub(c.add(x, y), single), y)
}

// exp is LogExpMath.exp.
func (c *calc) exp(x uint256.Int) (z uint256.Int) {
	if c.err != nil {
		return zero
	}
	if err := fixed.Exp(&z, &x); err != nil {
		return c.requires("Invalid exponent")
	}
	return z
}

// ln is LogExpMath.ln.
func (c *calc) ln(x uint256.Int) (z uint256.Int) {
	if c.err != nil {
		return zero
	}
	if err := fixed.Ln(&z, &x); err != nil {
		return c.requires("out of bounds")
	}
	return z
}

// toInt is PMath.Int and PMath.Uint: both refuse what has the top bit.
func (c *calc) toInt(x uint256.Int) uint256.Int {
	if negative(x) {
		return c.casts()
	}
	return x
}

// fits refuses an unsigned value of more bits, as PMath's casts do.
func (c *calc) fits(x uint256.Int, bits int) uint256.Int {
	if x.BitLen() > bits {
		return c.casts()
	}
	return x
}

func (c *calc) uadd(x, y uint256.Int) (z uint256.Int) {
	if _, overflow := z.AddOverflow(&x, &y); overflow {
		return c.panics(panicOverflow)
	}
	return z
}

func (c *calc) usub(x, y uint256.Int) (z uint256.Int) {
	if _, underflow := z.SubOverflow(&x, &y); underflow {
		return c.panics(panicOverflow)
	}
	return z
}

func (c *calc) umul(x, y uint256.Int) (z uint256.Int) {
	if x[3]|x[2]|y[3]|y[2] == 0 {
		z.Mul(&x, &y)
		return z
	}
	if _, overflow := z.MulOverflow(&x, &y); overflow {
		return c.panics(panicOverflow)
	}
	return z
}

func (c *calc) udiv(x, y uint256.Int) (z uint256.Int) {
	if y.IsZero() {
		return c.panics(panicDivision)
	}
	z.Div(&x, &y)
	return z
}

// umulDiv is x * y / d, checked: first the product, then the divisor.
func (c *calc) umulDiv(x, y, d uint256.Int) (z uint256.Int) {
	switch err := fixed.CheckedMulDivDown(&z, &x, &y, &d); err {
	case nil:
		return z
	case fixed.ErrDivByZero:
		return c.panics(panicDivision)
	}
	return c.panics(panicOverflow)
}

// umulDown and udivDown are PMath's for uint256.
func (c *calc) umulDown(x, y uint256.Int) uint256.Int { return c.umulDiv(x, y, one) }
func (c *calc) udivDown(x, y uint256.Int) uint256.Int { return c.umulDiv(x, one, y) }

// syToAsset, syToAssetUp, assetToSY and assetToSYUp are those of SYUtils.
func (c *calc) syToAsset(index, sy uint256.Int) uint256.Int    { return c.umulDiv(sy, index, one) }
func (c *calc) assetToSY(index, asset uint256.Int) uint256.Int { return c.umulDiv(asset, one, index) }

func (c *calc) syToAssetUp(index, sy uint256.Int) uint256.Int {
	return c.udiv(c.usub(c.uadd(c.umul(sy, index), one), single), one)
}

func (c *calc) assetToSYUp(index, asset uint256.Int) uint256.Int {
	return c.udiv(c.usub(c.uadd(c.umul(asset, one), index), single), index)
}

// The same of an int256, as PYIndexLib has it: of the magnitude, with the sign put back.
func (c *calc) syToAssetSigned(index, sy uint256.Int) uint256.Int {
	return c.sign(sy, c.syToAsset(index, c.abs(sy)))
}

func (c *calc) assetToSYSigned(index, asset uint256.Int) uint256.Int {
	return c.sign(asset, c.assetToSY(index, c.abs(asset)))
}

func (c *calc) assetToSYUpSigned(index, asset uint256.Int) uint256.Int {
	return c.sign(asset, c.assetToSYUp(index, c.abs(asset)))
}

func (c *calc) sign(like, magnitude uint256.Int) uint256.Int {
	z := c.toInt(magnitude)
	if negative(like) {
		return c.neg(z)
	}
	return z
}
