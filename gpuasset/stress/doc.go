// Package stress shocks a portfolio of GPU deals and simulates it: from a rental price to coverage, stages, losses and both NAVs.
//
//   - [NewBook] makes a portfolio ready: what its deals earn and owe in each month to come. [Book.Apply] is the portfolio under a
//     [Shock], [Book.Path] a single deal month by month. [Scenarios] is a grid of shocks, [Correlation.Given] a shock in which one factor
//     takes the others along.
//   - [Book.Reverse] finds the shock that breaks something: coverage ([DSCRBelow]) or a NAV ([NAVFalls]). [BadDebtStep] is the fall of a
//     NAV that leaves a lending market bad debt; package lending takes it from there.
//   - [Book.Simulate] runs correlated prices and defaults: the [Distribution] of losses with its VaR, expected shortfall and the probability of a
//     mark-down.
//
// # A model
//
// All of this is a model of this library, and the assumptions are the caller's: GAIB has published no default rates, recoveries or
// haircuts. It leaves out: what a delayed payment brings later, default interest and late fees, sales of GPUs in parts, taxes and
// capital expenditure.
// The month in which something happens is a whole one of the deal's, counted from its closing.
//
// # Revenue shares
//
// Equity and hybrids stand at the expected distributions that portfolio.FromDocument values them with. Under a shock the distributions are
// worth less: that fall is a loss not realised, as an expected loss is. The Deposit NAV ignores it, unless Method is net of expected losses; in the
// Unstaking NAV what counts is at most what they are still worth, and at most cost not returned yet. What they gain is not counted. The share of a hybrid
// is paid after its own debt service, so it does not lower coverage. Equity has no payment to miss, so it defaults by its hazard only: the
// distributions end, and cost not returned yet is a claim on what the GPUs bring after all debt on the cluster.
//
// So that less revenue is never worth more, tiers that last until a return need a discount rate of at least that return, and none that ends at
// a multiple may follow them; [NewBook] refuses others.
//
// # What it is not for
//
// Nothing here feeds a transaction: coverage, losses and probabilities are float64. NAVs come from package portfolio, in base units. The sizes of
// [Scenarios] are nobody's forecast.
//
// # Units
//
// Amounts are in units of the currency, ratios and probabilities 1 for 100 %, volatilities and hazards a year, time in months.
//
// # Concurrency
//
// A [Book] does not change and may be used from many goroutines at a time. [Book.Simulate] starts its own and waits for them.
package stress
