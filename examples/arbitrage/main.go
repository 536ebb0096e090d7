// Command arbitrage looks whether AID can be bought below the dollar and redeemed for more.
//
//	go run ./examples/arbitrage http://127.0.0.1:8545 0xdea644e514c23b9dF0873e848503f3098F35a6a4
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid"
)

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: arbitrage URL ACCOUNT")
	}
	account, err := gaib.ParseAddress(os.Args[2])
	if err == nil {
		err = run(context.Background(), os.Args[1], account)
	}
	if err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, url string, account common.Address) error {
	client, err := rpc.DialContext(ctx, url)
	if err != nil {
		return err
	}
	// Redeem and the whitelist are assumed of the deployed contract; a probe finds them in its code before they are trusted.
	mainnet := gaib.Mainnet()
	report, err := gaib.Probe(ctx, client, aid.NewRedeemer(mainnet))
	if err != nil {
		return err
	}
	redeemer := aid.NewRedeemer(mainnet.Trust(report))

	head, err := gaib.Head(ctx, client, gaib.Latest)
	if err != nil {
		return err
	}
	terms, listed := redeemer.Terms(head.Time), redeemer.IsWhitelisted(account)
	if _, err := gaib.Read(ctx, client, head.Block(), terms, listed); err != nil {
		return err
	}
	known := terms.Value()
	if known.Access = aid.AccessDenied; listed.Value() {
		known.Access = aid.AccessAllowed
	}
	fmt.Printf("block %d: the redeemer takes a fee of %d basis points\n", head.Number, known.FeeBps)
	for _, size := range []string{"1000", "100000", "300000"} {
		amount := aid.MustParse(size)
		quote, err := known.Quote(amount)
		if err != nil {
			return err
		}
		if quote.LimitedBy != aid.Unlimited {
			fmt.Printf("  %s: %s\n", aid.Unit().Format(amount), quote.LimitedBy)
			continue
		}
		// Bought at 0.9975 dollars on a DEX, whose price would be read from its pool.
		var paid, profit uint256.Int
		paid.Div(paid.Mul(&amount, uint256.NewInt(9975)), uint256.NewInt(10_000*1e12))
		profit.Sub(&quote.Out, &paid)
		plan := gaib.Plan{redeemer.Redeem(amount, account)}
		fmt.Printf("  %s: %s USDC profit before gas. %s\n", aid.Unit().Format(amount), gaib.FormatUnits(profit, 6), plan.Describe())
	}
	return nil
}
