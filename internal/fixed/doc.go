// Package fixed is the fixed-point arithmetic that contracts do, on uint256.Int in base units: multiplication with
// division in every rounding, wad, ray and percent, powers, exponentials and logarithms.
//
// A contract's result depends on where it reverts as much as on how it rounds, so there are two families, and code that
// follows a contract picks that contract's:
//
//   - Full-512: MulDivDown, MulDivUp, MulDivHalfUp keep all 512 bits of the product, as OpenZeppelin does. They fail only
//     if the quotient does not fit.
//   - Checked-256: the CheckedMulDiv functions, the wad, ray and percent helpers, WTaylorCompounded and RPow fail if an
//     intermediate value needs more than 256 bits, as Morpho, Aave, Pendle and Maker do, although the quotient might fit.
//
// # Conventions
//
// The first parameter is the destination and may alias any operand. On an error the destination keeps its value. Operands
// are never changed, no function allocates, and none panics on any value; pointers must not be nil. Where uint256 gives
// zero for a division by zero and a bool for an overflow, this package gives ErrDivByZero and ErrOverflow.
// Signed values are two's complement, as int256 is.
//
// # Units
//
// A wad has 18 decimals, a ray 27, a percentage is in basis points (10,000 is 100 %).
//
// # Concurrency
//
// Functions keep no state; calls on different destinations may run at the same time.
//
// # What it is not for
//
// Analytics: where no contract rounds, float64 is the right tool.
package fixed
