// Package aave reads Aave v3 markets and makes calls and plans on them. Package core, below it, is the arithmetic.
//
//   - [Pool.Layout] reads where a market's contracts are, [Pool.Snapshot] the market and any number of accounts at one
//     block, as the values of package core that simulate what an action would do.
//   - [Pool]'s other methods are calls (Supply, Withdraw, Borrow, Repay, SetCollateral, SetEMode, Liquidate, FlashLoan) and
//     the shortest plans for them.
//   - [DecodeError] turns what a pool reverts with, in either revision's form, into a [*core.RevertError].
//   - [Markets] lists the published pools; none of them lists AID or sAID.
//
// # What not to use it for
//
// It follows pools that run v3.0 or v3.7 and refuses others ([Pool.Revision]), and reserves that have debt at a stable
// rate. Layer 2 pools take the same calls; their packed ones are not made here.
//
// # Units
//
// Amounts are base units of the asset; [core.Max] means all of it where a call takes that.
//
// # Concurrency
//
// All types are values and may be used from many goroutines.
package aave
