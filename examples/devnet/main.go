// Command devnet serves GAIB as JSON-RPC on loopback, over HTTP and WebSocket, for wallets and bots in any language. The
// chain starts from mainnet's recorded state, has mainnet's chain id, and mines a transaction when it is sent.
// evm_increaseTime, evm_setNextBlockTimestamp, evm_mine, evm_snapshot and evm_revert move it.
//
//	go run ./examples/devnet
//	go run ./examples/devnet -addr 127.0.0.1:9000 -chain 31337
package main

import (
	"context"
	"encoding/hex"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"github.com/ethereum/go-ethereum/crypto"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/internal/devnet"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "devnet:", err)
		os.Exit(1)
	}
}

// run serves until ctx ends.
func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("devnet", flag.ContinueOnError)
	addr := flags.String("addr", "127.0.0.1:8545", "loopback address to listen on; port 0 takes a free one")
	chainID := flags.Uint64("chain", 1, "chain id")
	if err := flags.Parse(args); err != nil {
		if err == flag.ErrHelp {
			return nil
		}
		return err
	}
	chain, err := devnet.New(devnet.WithChainID(*chainID))
	if err != nil {
		return err
	}
	defer chain.Close()
	url, err := chain.Serve(ctx, *addr)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "GAIB on chain %d at %s and %s\n\nContracts, at their mainnet addresses:\n", *chainID, url, strings.Replace(url, "http", "ws", 1))
	book := gaib.Mainnet()
	for _, name := range book.Names() {
		if entry, _ := book.Entry(name); has(name) {
			fmt.Fprintf(out, "  %-10s %s\n", name, entry.Address)
		}
	}
	fmt.Fprintln(out, "\nAccounts. Their keys are public: never send them anything of value.")
	for _, account := range chain.Accounts().All() {
		fmt.Fprintf(out, "  %-10s %s  key 0x%s\n", account.Name, account.Address, hex.EncodeToString(crypto.FromECDSA(account.Key())))
	}
	fmt.Fprintln(out, "\nStop with Ctrl-C.")
	<-ctx.Done()
	return nil
}

// has tells the contracts that the devnet has; of the pre-deposit vaults it has two.
func has(name gaib.Name) bool { return name != gaib.AlphaUSR && name != gaib.AlphaCUSDO }
