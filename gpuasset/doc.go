// Package gpuasset describes GPU financing deals and computes what follows from their terms: schedules, the economics of the
// cluster behind them, ratios and values.
//
//   - [Parse] reads a [Document]: hardware, rental indices, clusters, deals, parties and segregated portfolios. [Schema] is its JSON
//     Schema, [SamplePool] and [SampleCluster] are samples.
//   - [Deal.Schedule] is the payments of a deal to the base unit, with draws, grace, prepayments, arrears; [Deal.LateCharge] what being late costs;
//     [RevenueShare.Distribute] who gets the revenue of an equity or hybrid deal; [Deal.Supportable] how much sculpted debt a cash flow
//     carries.
//   - [Schedule.LTV], [Schedule.WAL], [Schedule.NPV], [Schedule.Return], [Schedule.MOIC] are the ratios that follow from the terms. [Schedule.Flows]
//     feeds package cashflow, for instance cashflow.Measure for duration.
//
// Sub-packages go on from there: economics has what a cluster earns, what GPUs are worth and the coverage of debt service, credit judges
// deals, portfolio values all of them as sAID's two NAVs, stress shocks and simulates them.
//
// # The JSON form
//
// Version 1. A document is one object; keys are those of the json tags of [Document] and the types below it, and schema.json beside
// this file lists them. Amounts are texts with at most six decimals ("1250.5"), in the one currency of the document. Ratios are
// texts with at most 18 decimals, 1 for 100 % ("0.125"). Days are texts ("2026-03-31"). Counts and months are JSON numbers. A field
// that the form does not have, one given twice, and one that is required and left out are errors. Errors are a [*PathError] and name
// the place: "deals[0].draws[1].date".
//
// # What is data and what is a model
//
// Prices, depreciation and hardware sheets are data with a source and a date; replace them with your own. Nothing is fetched. Kinds of
// deals, tenors of 3 to 36 months, roles and the 100M / 75M / 5M example are GAIB's published ones. Its rates, advance rates,
// delinquency limits and waterfall percentages are not published: terms come from the caller. [SampleCluster] describes no real deal.
//
// # What it is not for
//
// Nothing here reads a chain or feeds a transaction. There are no holidays, business-day rules, floating rates or taxes; rates may step.
//
// # Units
//
// Money is exact: [Money] counts base units of 10^-6 and every function says how it rounds. Economics, ratios and values are float64 in
// units of the currency; [Money.Float64] and [FromFloat] are the only ways between the two. Ratios of analytics are 1 for 100 %.
//
// # Concurrency
//
// Functions are pure; values may be shared as long as no one changes them.
package gpuasset
