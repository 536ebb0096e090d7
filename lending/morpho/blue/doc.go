// Package blue is the arithmetic of Morpho Blue: a market and its positions as values, exact to the contract in every
// rounding and every revert.
//
//   - [Market] takes supply, withdraw, borrow, repay, collateral, liquidation, fee and the passing of time, and returns the
//     state after it or the revert that the contract would give. A sequence of operations needs no chain.
//   - [Market.Health] is the contract's own check in three divisions, [Market.Healthy] the same in two;
//     [Market.QuoteSeized] and [Market.QuoteRepaid] price a liquidation. They allocate nothing.
//   - Interest is that of AdaptiveCurveIRM, with its own approximation of e^x, or of a fixed rate.
//   - [OraclePrice] is MorphoChainlinkOracleV2, [PreLiquidation] the contract of that name.
//   - [Market.Apply] and [Position.Apply] follow the contract's events.
//   - [Market.Lending] and [Market.Book] lead to packages lending and book.
//
// # What not to use it for
//
// Balances, allowances, callbacks and authorisations are the tokens' and the contract's own affair. A price is taken as
// given, as Morpho takes it: check its age with lending.Price.Check. Collateral that is left through a queue, such as
// sAID, is worth less to a liquidator than the oracle says, see lending.LiquidationViable.
//
// # How exact
//
// Market, rate model and liquidation are compared with the bytecode of Morpho Blue 1.0 and AdaptiveCurveIRM, on random
// states and walks; recorded vectors of those runs are in testdata. Oracle and pre-liquidation are checked against their
// published formulas only.
//
// # Errors
//
// A predicted revert is a *gaib.RevertError as a mined one is: its Reason is a [*ReasonError] for a text, a
// *gaib.PanicError for a failed check of the compiler, or a custom error. errors.Is finds the sentinels of this package
// in both. [ErrState] and [ErrEvent] are no reverts: the input cannot be a state of the contract.
//
// # Units
//
// Assets are base units of their token, shares have no unit of their own; the contract keeps all but supply shares below
// 2^128. A price is loan base units of one collateral base unit, times 1e36. Ratios have 18 decimals, rates are a second
// with 18 decimals, times are Unix seconds.
//
// # Concurrency
//
// All types are values; functions write to nothing but their results, and may be called at the same time.
package blue
