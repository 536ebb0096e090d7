// Package lending is what lending protocols share: accounts, health, limits, liquidation and its economics, and the two
// NAVs of a share that is lent against. It is pure arithmetic without a chain.
//
//   - [Account] values many collaterals and debts: health factor, LTV, collateral ratio, liquidation price, distance to
//     liquidation, how much can be borrowed or withdrawn, how much must be repaid or deleveraged, a ladder of price
//     shocks.
//   - [Market] with [Position] is the isolated pair of Morpho and its like, and the liquidations at risk in a whole
//     market.
//   - [NAV] with [Exit] values shares such as sAID that are entered at one price and left at another, later: the gap
//     between what an oracle reports and what a liquidator gets, and whether liquidating pays at all.
//   - [Costs] prices a liquidation net of gas, flash fee, price impact and protocol fee, and finds the best amount;
//     [LossIncidence] says who bears a loss.
//   - Package book keeps the positions of an isolated market in liquidation order.
//
// # What not to use it for
//
// The formulas are common, the rounding is this package's: collateral and capacity down, debt up, wanted amounts
// against the account. For the last unit of one protocol's shares, indices and close factors use that protocol's own
// package. A valuation takes every price as given: check its age with [Price.Check]. Whether a protocol's oracle
// reports the Deposit NAV of sAID is assumed where it is said of an oracle that reads convertToAssets; GAIB has not
// published it.
//
// # Units
//
// Amounts are uint256.Int in base units of their token. A [Price] carries its scale. A [Ratio] is a parameter, a
// [Factor] a result, both with 18 decimals. Health without debt is a flag, Factor.Infinite, never a number.
// Valuations are checked-256: where a product needs more than 256 bits, [ErrOverflow] is returned as contracts revert.
//
// Rates and leverages are float64: they are analytics. [FloorAmount] is the one border from a float to an integer.
//
// # Concurrency
//
// All types are values; functions write to nothing but their results, and may be called at the same time.
package lending
