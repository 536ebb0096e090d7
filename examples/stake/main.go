// Command stake prepares a stake of 1,250.5 AID that somebody else signs: it says in words what the plan does, what it
// would change, and prints the digests to be signed.
//
//	go run ./examples/stake http://127.0.0.1:8545 0xdea644e514c23b9dF0873e848503f3098F35a6a4
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid"
	"github.com/gaib-go/gaib/said"
)

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: stake URL ACCOUNT")
	}
	user, err := gaib.ParseAddress(os.Args[2])
	if err == nil {
		err = run(context.Background(), os.Args[1], user)
	}
	if err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, url string, user common.Address) error {
	client, err := rpc.DialContext(ctx, url)
	if err != nil {
		return err
	}
	token, vault := aid.NewToken(gaib.Mainnet()), said.NewVault(gaib.Mainnet())
	plan, err := vault.PlanStake(ctx, client, user, aid.MustParse("1250.5")) // approves only if needed
	var short *gaib.ERC20InsufficientBalanceError
	if errors.As(err, &short) {
		return fmt.Errorf("you have %s", aid.Unit().Format(short.Balance))
	}
	if err != nil {
		return err
	}
	fmt.Println(plan.Describe())

	preview, err := plan.Simulate(ctx, client, user) // balance changes, or the typed revert
	if err != nil {
		return err
	}
	fmt.Println(preview.Describe(token.ERC20, vault.ERC20))

	transactions, err := plan.Transactions(ctx, client, user) // nonces, fees and gas limits
	if err != nil {
		return err
	}
	for _, tx := range transactions {
		digest, err := tx.Digest()
		if err != nil {
			return err
		}
		fmt.Printf("sign %s, then tx.Send and tx.Wait\n", digest)
	}
	return nil
}
