// Package pool reads Pendle's pools on a chain and makes the calls of Pendle's router: swaps of PT and YT, liquidity, minting
// and redemption, each with one token that the pool's SY takes or gives.
//
//	deployment, _ := pool.Add(gaib.Mainnet())
//	p, err := pool.Open(ctx, client, deployment, address)
//	market := p.Market()
//	block, err := gaib.Read(ctx, client, gaib.Latest, market)
//	plan, err := p.Router().PlanBuyPT(ctx, client, user, token, amount, 50)
//
// The Market that it reads is a pendle.Market, on which everything can be tried before anything is sent. The Plan methods
// size their call at the latest block and ask for at least that much less a tolerance; they add the approval that is
// missing, of exactly the amount.
//
// # Units
//
// Amounts are uint256.Int in base units, tolerances in basis points, durations in seconds.
//
// # Concurrency
//
// A Pool and a Router are values that are never changed.
//
// # What it is not for
//
// It uses no aggregator and no limit orders, so a large trade may do better through Pendle's own service. It does not
// judge a market or its SY: anybody can create one.
package pool
