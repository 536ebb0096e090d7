// Package yield measures what AID and sAID earn, with one convention per number, stated beside it.
//
//   - [Rate] is a rate with its compounding and day count; [Rate.Convert] turns one into another. [PerSecond] is a rate as
//     protocols keep it, an integer per second.
//   - [Series] is the history of sAID's two NAVs. It knows the steps: NAV is flat for about a month and then jumps, so a
//     return is only meaningful from step to step. [Series.Realised] is that return; [Series.Vendor] the formula of data
//     vendors, for comparison.
//   - [Income] splits a period's gross yield into what holders get and what the protocol keeps.
//   - [Series.NetOfExit], [BreakEven] and [Project] look at a position to the day its money is back: it is entered at the Deposit
//     NAV, left at the Unstaking NAV, and paid weeks after the request. [NewForecast] carries both NAVs through the steps
//     to come.
//   - [TimeWeighted], [ModifiedDietz], [MoneyWeighted], [Volatility], [Sharpe] and the like are the performance figures of
//     the field. They refuse to annualise a handful of observations: see [TooFewError].
//   - [Attribute] explains the change in value of a position, part by part, so that the parts add up to the wei;
//     [AttributePortfolio] that of many positions over many periods.
//
// Day counts are in yield/daycount, rates of return of cash flows in yield/cashflow, ways to use AID in yield/strategy.
//
// # What it is not for
//
// Nothing here predicts. [Project] applies assumptions that the caller states. A quoted rate is the past, and incomplete
// without the rate net of exit beside it.
//
// # What is assumed
//
// The split of the fee (20 % of gross yield, said to be adjustable) and the steps by calendar month come from third-party
// reports; both are arguments. Whether a request is paid at the NAV of its request or of its settlement is not settled by
// GAIB: see [Pricing].
//
// # Units
//
// NAVs are AID per sAID and amounts are AID or sAID, both uint256.Int with 18 decimals. Analytics are float64; [Float] is
// the one way from integers to them, and there is none back. Rates are fractions, 0.05 for 5 %. Times are UTC.
//
// # Concurrency
//
// A Series is immutable once made, and functions are pure: everything is safe for concurrent use.
package yield
