package fixed

import "errors"

// Sentinel errors of this package. Solidity raises Panic(0x11) for the first two and Panic(0x12) for the third.
var (
	// ErrOverflow: a product, a sum or a result needs more bits than the contract's type has; the contract reverts here.
	ErrOverflow = errors.New("fixed: arithmetic overflow, the contract would revert; use smaller amounts")
	// ErrUnderflow: an unsigned difference is negative; the contract reverts here.
	ErrUnderflow = errors.New("fixed: arithmetic underflow, the contract would revert; the amount taken is larger than the amount held")
	// ErrDivByZero: the divisor is zero; the contract reverts here.
	ErrDivByZero = errors.New("fixed: division by zero, the contract would revert; check that supply, price and index are set")
	// ErrDomain: the argument of an exponential or a logarithm is outside of what the contract accepts.
	ErrDomain = errors.New("fixed: argument outside of the function's domain, the contract would revert")
)
