// Package market puts a lending protocol on the devnet, so that examples and tests can lend against sAID without Node and
// without the protocol's own contracts.
//
//	lending, err := market.Deploy(ctx, chain)
//	usdc, err := lending.Create(ctx, market.Config{}) // sAID against USDC at 86 %, priced by the Deposit NAV
//	err = usdc.Supply(ctx, chain.Accounts().Whale, usdc18)
//
// # What it is
//
// The contracts are written in this repository (contracts/src: IsolatedMarket, AdaptiveRate, MarketOracle) from the
// interface and the formulas of Morpho Blue and its AdaptiveCurveIrm. Selectors, events, revert texts, rounding, market
// ids and storage layout are the originals'; internal/devnet/peers runs random walks on both and finds no difference. A
// program that works with one works with the other. The oracle is our own: a number that the Manager sets, or sAID's
// Deposit NAV or Unstaking NAV times a price of AID that the Manager sets.
//
// # What it is not
//
// Any protocol's deployment: nothing is known of a market for sAID. The price has no age and no bounds.
//
// # Units, concurrency
//
// Amounts are in base units of their token; LLTV and fee have 18 decimals; a price is loan base units for one collateral
// base unit, times 1e36. Lending and Market may be used from any goroutine.
package market
