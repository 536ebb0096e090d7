// Package economics computes what a GPU cluster earns, what its GPUs are worth and how well its cash covers a debt.
//
//   - [Operation.Month] is what a cluster earns and spends; [Month.BreakEvenPrice], [Month.BreakEvenUtilisation] and [Payback] say what it
//     takes.
//   - [DSCR] and [LLCR] are coverage ratios; [PerPeriod] brings months to the periods of a loan.
//   - [Operation.Payouts] is what the investor of an equity or hybrid deal gets, [Waterfall] one period of it, [Discounts] the factors to value it with.
//   - [Valuer] is the whole valuation of a deal from its terms, without allocating.
//   - [Depreciation], [MarketValue] and [Liquidation.OrderlyValue] value GPUs.
//
// # What it is not for
//
// Economics and values are analytics: nothing here feeds a transaction. Prices and depreciation are data, or a model that the caller
// picks; there is no default of either.
//
// # Units
//
// float64 in units of the currency; ratios are 1 for 100 %; time in months, or in years where it says so.
//
// # Concurrency
//
// Functions are pure and safe for concurrent use, as long as no one changes the clusters and indices given. A [Valuer] and a [Waterfall] are for one
// goroutine.
package economics
