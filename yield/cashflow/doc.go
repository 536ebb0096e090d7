// Package cashflow values payments over time: present values, the IRR family, annuities and bonds.
//
//   - [NPV] and [XNPV] discount; [IRR] and [XIRR] find the rate at which a series is worth nothing, [MIRR], [MOIC] and
//     [Payback] are its cousins without a root to search,
//   - [PresentValue], [FutureValue], [Payment], [Periods] and [Rate] are the annuity functions of spreadsheets,
//   - [Measure] gives duration and convexity of any series, [Bond] price, yield, accrued interest and both of a bond.
//
// # Signs and units
//
// A positive amount is received, a negative one paid. Amounts are float64 in any one unit; rates are fractions, 0.05 for
// 5 %, effective per year where there are dates, per period where there are none. A nil day count is ACT/365F, that of
// spreadsheets. Nothing here may feed a transaction: chain amounts are integers and stay so.
//
// # Roots
//
// A rate of return need not exist, and if signs change more than once there may be several. The solver works on the
// logarithm z = ln(1+rate), where no present value overflows, and does not guess:
//
//   - One change of sign: there is exactly one root (Descartes' rule). It is found by Newton's method on the logarithm of
//     received over paid, inside a bracket known in advance.
//   - More changes: the roots lie between two rates that are found first; beyond them the first or the last payments
//     outweigh all others. Between them the roots of a chain of derivatives, each with one change of sign less, split the
//     range into pieces with at most one root each, which Brent's method finds and Newton's polishes. Up to 64 changes
//     the chain is complete and so is the list of roots ([Return.Complete]), as far as a float64 can tell roots apart;
//     above, and from 4 million flows times changes, a grid of 256 rates stands in for the end of the chain, and a pair
//     of roots within one cell of it could escape.
//   - A rate at which the value touches zero without crossing it counts as a root.
//
// [Choice] says which of several roots is the answer. If there is none, [*RootError] carries the nearest miss.
//
// # Concurrency
//
// Functions are pure and safe for concurrent use. Arguments are not changed or kept.
package cashflow
