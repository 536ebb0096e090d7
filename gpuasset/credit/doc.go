// Package credit judges GPU deals: before they are financed, while they run and when they default.
//
//   - [Decide] holds an applicant against rules, a weighted score over six risks, a multiple and the tokenisation criteria, and says
//     approve, senior review or decline with every finding. [Published] is the rule set that GAIB has published.
//   - [Monitor] takes the monthly reports of a deal and answers with covenant tests, delinquency, stage and triggers.
//   - [Distribute] is the waterfall of a period's cash over fees, tranches and reserve, which triggers turn; [Value] is what tranches are worth of
//     a pool.
//   - [ExpectedLoss] is the expected credit loss of a deal, [WriteOffs] a table of write-offs by days past due, [Vasicek] the loss of a large pool.
//   - [Elevate] says who may enforce after a default, [CompareRemedies] whether to move the GPUs or to sell them, and [Recover] who is
//     paid from what comes in.
//
// # What is published and what is not
//
// The thresholds, the six risks, senior review below the minimum, elevation and the two remedies are GAIB's. Its weights, its
// minimum score, the multiple, day limits of delinquency, triggers and the order of its waterfalls are not published: they are
// arguments here, without defaults. 30 and 90 days are presumptions of IFRS 9, not GAIB's. Everything here is a model.
//
// # Units
//
// Money is exact, in base units of 10^-6 ([gpuasset.Money]). Ratios, probabilities and values of remedies are float64, 1 for 100 %.
//
// # Concurrency
//
// A [Monitor] is for one goroutine at a time. All else is pure and safe for concurrent use.
package credit
