// Command exits answers an aggregator's question: what do 100,000 AID become as sAID, and what is the way back worth?
//
//	go run ./examples/exits http://127.0.0.1:8545
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/ethereum/go-ethereum/rpc"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid"
	"github.com/gaib-go/gaib/said"
)

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: exits URL")
	}
	if err := run(context.Background(), os.Args[1]); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, url string) error {
	client, err := rpc.DialContext(ctx, url)
	if err != nil {
		return err
	}
	vault, amount := said.NewVault(gaib.Mainnet()), aid.MustParse("100000")
	shares, nav := vault.PreviewDeposit(amount), vault.NAV()
	block, err := gaib.Read(ctx, client, gaib.Latest, shares, nav)
	if err != nil {
		return err
	}
	fmt.Printf("%s buy %s at %s\n", aid.Unit().Format(amount), said.Unit().Format(shares.Value()), block.Time.Format(time.DateTime))

	// A pool to sell in; the reserves would come from the DEX. When the queue pays is not settled, so both readings are shown.
	pool, err := said.ConstantProduct(aid.MustParse("9000000"), aid.MustParse("9400000"), 30)
	if err != nil {
		return err
	}
	for _, schedule := range []said.Schedule{said.MonthAfterNext, said.ThirtyDayCycle{Genesis: block.Time}} {
		exit, err := said.CompareExit(shares.Value(), nav.Value(), pool, schedule, block.Time)
		if err != nil {
			return err
		}
		annual, err := exit.WaitingReturn()
		if err != nil {
			return err
		}
		fmt.Printf("\n%s\n", schedule)
		fmt.Printf("  queue: %s AID on %s\n", aid.Format(exit.Unstake), exit.Settles.Format(time.DateOnly))
		fmt.Printf("  sell:  %s AID now, %s less\n", aid.Format(exit.Sell), exit.Discount())
		fmt.Printf("  selling costs what %.1f%% a year would; waiting pays off for whoever asks for less\n", annual*100)
	}
	return nil
}
