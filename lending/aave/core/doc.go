// Package core is the arithmetic of Aave v3, to the last unit, without a chain.
//
//   - [Market] is a pool at one block, [Account] a user of it, [State] both. State's methods simulate an action: Supply,
//     Withdraw, Borrow, Repay, SetCollateral, SetEMode, Liquidate. They return the new state, or the revert that the pool
//     would give, as a [*RevertError]; what a mined revert decodes to has the same code and the same sentinel.
//   - [View] values many accounts of one market: health factor, loan-to-value, what can be borrowed.
//   - [Curve], [Revision.CompoundedInterest] and [LinearInterest] are rates and interest; [RatioCap], [Discount] and
//     [StableCap] what Aave's price adapters do to prices of yield-bearing tokens, principal tokens and stablecoins.
//   - [State.Lending] hands an account to package lending: liquidation prices, shock ladders, costs.
//
// Package aave reads markets and accounts from a chain and makes the calls.
//
// # Revisions
//
// Roundings, close factor, dust rules, eMode and errors differ between versions, so everything takes a [Revision]: [V30]
// for pools that run v3.0, [V37] for v3.7.
//
// # What not to use it for
//
// Not followed: debt at a stable rate (refused by the reader of package aave), incentives, delegation, repayment with aTokens, the
// isolated-collateral supplier's role. Whether the caller holds and has approved the tokens to pay with is not simulated.
// Prices are what the oracle gives: their age is the caller's to check. An sAID price that reads convertToAssets is the
// Deposit NAV; what a liquidator gets is the Unstaking NAV, later: see package lending.
//
// # Units
//
// Amounts are base units, uint256.Int; indices and rates are in ray (1e27), rates per year of 365 days; percentages in
// basis points; values in the oracle's currency, 8 decimals of a US dollar on most pools. Arithmetic is checked-256, as
// the contracts' is.
//
// # Concurrency
//
// All types are values. A [View] is not changed after its creation, so many goroutines may use it. A simulation copies
// the market's slice of reserves; the functions on the path of a bot, [View.Data], allocate nothing.
package core
