// Package pendle prices and trades the fixed and the long yield of sAID on Pendle V2: PT, which pays one asset at maturity,
// YT, which gets the yield until then, and the pool in which PT trades against SY, the wrapper of the yield-bearing token.
//
//   - [Market] is a pool's state as a value. Its swaps, its liquidity and the router's one-token actions give what the
//     contracts give, to the wei, or fail with the error that the contracts revert with. A [Curve] prices many sizes of
//     one moment.
//   - [Observations] is a market's oracle, [Market.Rates] what Pendle's oracle contract says of PT, YT and LP.
//   - [Interest] is what an account's YT has earned.
//   - Package pool reads markets on a chain, any number of them at one block, and makes the plans of the router's common
//     actions.
//   - [Market.FixedYield], [Market.LongYield], [Market.LPYield] and [Market.Roll] are analytics.
//
// # Amounts that have to be searched
//
// A market trades exact amounts of PT. How much PT or YT an amount of SY buys is a search. [Curve.MostPTForSY] and
// [Curve.MostYTForSY] find the most, to the base unit, within three trials for each bit of the market's size. The router
// searches on chain: within 30 steps and 0.005 % without a guess, and from a guess ([Exactly]) as its parameters say;
// [Market.SwapExactSYForPT] and its kin follow it step by step.
//
// # What it follows
//
// MarketV7, YieldToken V6, PYLpOracle and router V4 of @pendle/core-v2 6.11.0, without limit orders, aggregators and
// rewards. Older markets (V3 to V6) have the same arithmetic but for the check that a trade leaves liquidity providers
// something (*contract.MarketZeroNetLPFeeError). The differential against their code is in internal/devnet/peers.
//
// # Units
//
// Amounts are uint256.Int in base units. Rates, indices and prices are wads: 1e18 is one. ln implied rate is the natural
// logarithm of one plus the yearly yield; a year is 365 days. Times are Unix seconds. Where the contracts have int256,
// values of 2^255 and above are negative, and fail as they do there. Analytics are float64 and take amounts of 18
// decimals.
//
// # Two NAVs
//
// An SY's exchange rate comes from the vault's assets and shares, so for sAID from the Deposit NAV: PT is a claim on an
// asset that leaves the vault at the Unstaking NAV, later. A yield to maturity from here is before that exit. When the
// rate falls, PYIndex stays at its high-water mark, and PT and YT are worth less than they say, see [Market.Rates].
//
// # Concurrency
//
// A Market and a Curve may be read from many goroutines. Methods that move a Market, Observations or Interest need
// it for themselves; a copy of a Market is independent, one of Observations shares the ring.
//
// # What it is not for
//
// It does not know GAIB's own pools: pass a market's address, and check it with Pendle's interface. It is no oracle for
// lending: read a time-weighted price.
package pendle
