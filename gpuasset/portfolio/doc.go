// Package portfolio values what stands behind sAID: cash, Treasury bills and GPU deals in segregated portfolios.
//
//   - [FromDocument] makes the SPs of a document's participations, of debt, equity and hybrids; what it does not say is added by the caller.
//   - [Portfolio.Value] returns both NAVs, per share too, with a line for every asset and a bridge that explains the difference step by
//     step. No segregated portfolio (SP) can lose more than it has: its creditors have no claim on another.
//   - [Ladder] holds liquidity against the unstake queue: what can be paid each cycle, and from which source.
//   - [Concentrate], [Average] and [Profile] are concentration, weighted averages and maturities.
//
// # A model, not GAIB's formula
//
// GAIB has not published how it computes its NAVs. It says that the Deposit NAV ignores unrealised losses and the Unstaking NAV
// subtracts them. The formula here follows that and a peer's published pair (an optimistic NAV of principal and accrued interest, a
// conservative one of principal only); haircuts, expected losses and fees are the caller's. On chain, the NAVs of package said count.
//
// # Units
//
// Money is in base units of 10^-6 ([gpuasset.Money]). Shares and NAVs per share are uint256.Int with 18 decimals, as sAID and AID have.
// One unit of the currency counts as one AID. Rounding is down, so in favour of those who stay.
//
// # Concurrency
//
// Functions are pure and safe for concurrent use.
package portfolio
