// Command portfolio prints what people hold of GAIB's assets on all chains, each chain read in one request, all at once, and
// how AID's supply adds up over them. A chain that cannot be read is named, and the others are printed.
//
//	go run ./examples/portfolio
//	go run ./examples/portfolio -accounts 0x…,0x… 1=https://… 8453=https://…
//
// Without chains it starts two embedded ones. -assumed reads what is only assumed of the deployed contracts as well.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid"
	"github.com/gaib-go/gaib/said"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "portfolio:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("portfolio", flag.ContinueOnError)
	list := flags.String("accounts", "", "addresses, by commas")
	assumed := flags.Bool("assumed", false, "read what is only assumed as well")
	if err := flags.Parse(args); err != nil {
		if err == flag.ErrHelp {
			return nil
		}
		return err
	}
	if flags.NArg() == 0 && *list == "" {
		return demo(ctx, out)
	}
	var accounts []common.Address
	for text := range strings.SplitSeq(*list, ",") {
		account, err := gaib.ParseAddress(strings.TrimSpace(text))
		if err != nil {
			return fmt.Errorf("-accounts: %w", err)
		}
		accounts = append(accounts, account)
	}
	if flags.NArg() == 0 {
		return fmt.Errorf("no chains: add CHAINID=URL for each, as 1=http://127.0.0.1:8545; known are %v", gaib.ChainIDs())
	}
	var chains []*chain
	for _, arg := range flags.Args() {
		id, url, ok := strings.Cut(arg, "=")
		number, err := strconv.ParseUint(id, 10, 64)
		if !ok || err != nil {
			return fmt.Errorf("%q is not CHAINID=URL", arg)
		}
		deployment, known := gaib.On(number)
		if !known {
			return fmt.Errorf("nothing is known of GAIB on chain %d; known are %v", number, gaib.ChainIDs())
		}
		client, err := rpc.DialContext(ctx, url)
		if err != nil {
			return fmt.Errorf("%s: %w", deployment.Chain(), err)
		}
		defer client.Close()
		if *assumed {
			deployment = deployment.AllowAssumed()
		}
		chains = append(chains, &chain{deployment: deployment, client: client})
	}
	return show(ctx, out, chains, accounts)
}

// chain is one chain and what is read of it.
type chain struct {
	deployment gaib.Deployment
	client     gaib.Client

	held   *gaib.Query[[]aid.Holding]
	staked *gaib.Query[said.Holdings]
	supply *gaib.Query[aid.ChainSupply] // nil where there is no AID
}

// show reads all chains and prints what the accounts hold.
func show(ctx context.Context, out io.Writer, chains []*chain, accounts []common.Address) error {
	var reads []gaib.ChainRead
	for _, c := range chains {
		c.held = aid.NewHoldings(c.deployment, accounts, gaib.NewStablecoin(c.deployment, gaib.USDC), gaib.NewStablecoin(c.deployment, gaib.USDT))
		c.staked = said.NewHoldings(c.deployment, accounts...)
		read := gaib.ChainRead{Client: c.client, Queries: []gaib.Reader{c.held, c.staked}}
		if token := aid.NewToken(c.deployment); token.Contract().Err() == nil {
			c.supply = token.Supply()
			read.Queries = append(read.Queries, c.supply)
		}
		reads = append(reads, read)
	}
	worth := make([]uint256.Int, len(accounts)) // AID, once all is unstaked
	unread := make([][]string, len(accounts))   // what is not in it
	var supplies []aid.ChainSupply
	var missing []string // chains
	for i, result := range gaib.ReadChains(ctx, reads...) {
		c := chains[i]
		if result.Err != nil {
			missing = append(missing, c.deployment.Chain())
			fmt.Fprintf(out, "%s could not be read: %v\n\n", c.deployment.Chain(), result.Err)
			continue
		}
		fmt.Fprintf(out, "%s, block %d\n", c.deployment.Chain(), result.Header.Number)
		if staked := c.staked.Value(); staked.Present {
			nav := staked.NAV.Value
			fmt.Fprintf(out, "  1 sAID is %s AID to enter, %s to leave, haircut %s\n", aid.Format(nav.Deposit), aid.Format(nav.Unstaking), nav.Haircut())
		}
		for j, held := range c.held.Value() {
			fmt.Fprintf(out, "  %s\n", held.Account)
			printHeld(out, held)
			if token, ok := held.Of(gaib.AID); ok {
				worth[j].Add(&worth[j], &token.Amount)
				if token.Err != nil {
					unread[j] = append(unread[j], "AID on "+c.deployment.Chain())
				}
			}
			if staked := c.staked.Value(); staked.Present {
				printStaked(out, staked.Accounts[j])
				worth[j].Add(&worth[j], &staked.Accounts[j].Exit)
				worth[j].Add(&worth[j], &staked.Accounts[j].Request.Pending)
				if staked.Accounts[j].Err != nil {
					unread[j] = append(unread[j], "some of sAID on "+c.deployment.Chain())
				}
			}
		}
		if c.supply != nil {
			supplies = append(supplies, c.supply.Value())
		}
		fmt.Fprintln(out)
	}
	if len(missing) == len(chains) {
		return errors.New("no chain could be read")
	}
	for j, account := range accounts {
		fmt.Fprintf(out, "%s has %s, all unstaked and at the present Unstaking NAV%s\n", account, aid.Unit().Format(worth[j]), without(append(unread[j], missing...)))
	}
	all, err := aid.Reconcile(supplies...)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s on these chains: %s where it is issued, %s bridged%s\n",
		aid.Unit().Format(all.Outstanding), aid.Format(all.Native), aid.Format(all.Bridged), without(missing))
	return nil
}

func without(parts []string) string {
	if len(parts) == 0 {
		return ""
	}
	return ", without " + strings.Join(parts, " and ")
}

func printHeld(out io.Writer, held aid.Holding) {
	for _, amount := range held.Amounts {
		what := "held"
		if amount.Name == gaib.Vesting {
			what = "vested, to be claimed"
		}
		switch {
		case amount.Err != nil:
			fmt.Fprintf(out, "    %s %s: %v\n", amount.Unit.Symbol, what, amount.Err)
		case !amount.Amount.IsZero() || amount.Name == gaib.AID:
			fmt.Fprintf(out, "    %s %s\n", amount.Unit.Format(amount.Amount), what)
		}
	}
}

func printStaked(out io.Writer, staked said.Holding) {
	if staked.Err != nil {
		fmt.Fprintf(out, "    sAID: %v\n", staked.Err)
		return
	}
	if !staked.Shares.IsZero() {
		fmt.Fprintf(out, "    %s, worth %s to enter, %s to leave\n", said.Unit().Format(staked.Shares), aid.Unit().Format(staked.Entry), aid.Format(staked.Exit))
	}
	if staked.Request.Active() {
		fmt.Fprintf(out, "    %s waiting in the unstake queue since %s\n", aid.Unit().Format(staked.Request.Pending), staked.Request.Time.Format("2006-01-02"))
	}
}
