// Package morpho works with Morpho Blue on a chain: it reads markets and positions, and makes the calls and plans that
// change them.
//
//   - [Protocol] is the contract that holds all markets: parameters, authorisations, flash loans.
//   - [Pair] is one market. Its Market, Price, Position and Positions are read at one block by one [gaib.Read]; its calls
//     are plain values; its plans look at the chain first, approve only what is missing, and fail with the revert that
//     the chain would give.
//   - [Authorization] is signed instead of sent.
//   - Sources are a market's events, from which [blue.Market.Apply] and [blue.Position.Apply] keep its state.
//   - [Sync] keeps a [Book]: all borrowers in liquidation order, from events, through reorganisations, compared with the
//     chain; [Book.Follow] gives a [Tick] for each block.
//
// The arithmetic is package blue, which needs no node; package metamorpho is the vault that spreads deposits over
// markets. [Published] adds Morpho's addresses to a deployment.
//
// # What is known
//
// Morpho's contracts are published and verified, so their bindings are confirmed. A market's tokens, oracle and rate model
// are whatever its parameters name, and reported at most. GAIB's listings on Morpho are not settled: a market's
// parameters come from the caller or the chain, never from here.
//
// # Errors
//
// Reverts with a text decode to [*blue.ReasonError] and lead to the sentinels of package blue, mined or predicted alike.
//
// # Units
//
// Assets are base units of their token, shares have no unit of their own. A price is loan base units of one collateral
// base unit, times 1e36. LLTV and fee have 18 decimals, rates are a second with 18 decimals.
//
// # Concurrency
//
// All types but a [Book] are values; a book is followed by one goroutine and read by any number. A query belongs to one [gaib.Read] at a time.
package morpho
