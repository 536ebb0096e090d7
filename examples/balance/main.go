// Command balance prints what an account has in AID and sAID, read in one request.
//
//	go run ./examples/balance http://127.0.0.1:8545 0xdea644e514c23b9dF0873e848503f3098F35a6a4
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/ethereum/go-ethereum/rpc"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid"
	"github.com/gaib-go/gaib/said"
)

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: balance URL ACCOUNT")
	}
	ctx := context.Background()
	client := must(rpc.DialContext(ctx, os.Args[1]))
	user := must(gaib.ParseAddress(os.Args[2]))

	vault := said.NewVault(gaib.Mainnet())
	balance, nav, position := aid.NewToken(gaib.Mainnet()).BalanceOf(user), vault.NAV(), vault.Position(user)
	block := must(gaib.Read(ctx, client, gaib.Latest, balance, nav, position)) // one request

	p := position.Value()
	fmt.Printf("block %d: %s and %s\n", block.Number, aid.Unit().Format(balance.Value()), said.Unit().Format(p.Shares))
	fmt.Printf("Deposit NAV %s, Unstaking NAV %s, haircut %s\n", aid.Format(nav.Value().Deposit), aid.Format(nav.Value().Unstaking), nav.Value().Haircut())
	fmt.Printf("worth %s AID to enter, %s to leave\n", aid.Format(p.Entry), aid.Format(p.Exit))
	fmt.Printf("waiting in the unstake queue: %s\n", aid.Unit().Format(p.Request.Pending))
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}
