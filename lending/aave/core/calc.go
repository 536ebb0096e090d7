package core

import (
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib/internal/fixed"
)

// calc does a contract's steps in order and keeps the first that would revert; later ones do nothing.
type calc struct{ err error }

type binary = func(z, x, y *uint256.Int) error

func (c *calc) do(f binary, x, y uint256.Int) (z uint256.Int) {
	if c.err == nil {
		c.err = f(&z, &x, &y)
	}
	return z
}

func (c *calc) add(x, y uint256.Int) uint256.Int { return c.do(fixed.Add, x, y) }
func (c *calc) sub(x, y uint256.Int) uint256.Int { return c.do(fixed.Sub, x, y) }
func (c *calc) mul(x, y uint256.Int) uint256.Int { return c.do(fixed.Mul, x, y) }

func (c *calc) div(x, y uint256.Int) uint256.Int {
	if c.err == nil && y.IsZero() {
		c.err = fixed.ErrDivByZero
	}
	x.Div(&x, &y)
	return x
}

// unit returns 10^decimals, checked.
func (c *calc) unit(decimals uint8) (z uint256.Int) {
	if c.err == nil {
		c.err = fixed.Pow10(&z, decimals)
	}
	return z
}

// fit returns x, which must need at most that many bits.
func (c *calc) fit(x uint256.Int, bits int) uint256.Int {
	if c.err == nil && x.BitLen() > bits {
		c.err = ErrCast
	}
	return x
}

// addTo adds y to an unsigned field of that many bits.
func (c *calc) addTo(field *uint256.Int, y uint256.Int, bits int) {
	sum := c.add(*field, y)
	if c.err == nil && sum.BitLen() > bits {
		c.err = fixed.ErrOverflow
	}
	if c.err == nil {
		*field = sum
	}
}

// takeFrom subtracts y from an unsigned field.
func (c *calc) takeFrom(field *uint256.Int, y uint256.Int) {
	if difference := c.sub(*field, y); c.err == nil {
		*field = difference
	}
}

// require fails with reason unless condition holds.
func (c *calc) require(condition bool, reason error) {
	if c.err == nil && !condition {
		c.err = reason
	}
}

func number(n uint64) uint256.Int { return uint256.Int{n} }

// wrappedUnit returns 10^decimals modulo 2^256, as unchecked Solidity does; it is never zero.
func wrappedUnit(decimals uint8) (z uint256.Int) {
	z.Exp(&uint256.Int{10}, &uint256.Int{uint64(decimals)})
	return z
}
