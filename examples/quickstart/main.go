// Command quickstart takes AID and sAID through their whole life on an embedded chain that starts from mainnet's recorded
// state, and holds every amount against the library's own arithmetic: one base unit of difference ends it with an error. The steps of the NAV
// come from a made-up portfolio of GPU deals, through signed reports.
//
//	go run ./examples/quickstart                        the whole story, offline
//	go run ./examples/quickstart -json                  the same for machines
//	go run ./examples/quickstart -rpc http://localhost:8545 -accounts 0x…,0x…
//	                                                    the read-only part, against any node
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/internal/devnet"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out, progress io.Writer) error {
	flags := flag.NewFlagSet("quickstart", flag.ContinueOnError)
	flags.SetOutput(progress)
	url := flags.String("rpc", "", "read from this node instead of the embedded chain; only the read-only part runs")
	book := flags.String("deployment", "", "JSON file of contract addresses for -rpc; by default those publicly known of the node's chain")
	list := flags.String("accounts", "", "accounts to read with -rpc, separated by commas")
	asJSON := flags.Bool("json", false, "print the result as JSON")
	if err := flags.Parse(args); err != nil {
		if err == flag.ErrHelp {
			return nil
		}
		return err
	}
	text := out
	if *asJSON {
		text = io.Discard
	}
	t := &teller{out: text, progress: newProgress(progress)}
	var err error
	if *url == "" {
		err = t.embedded(ctx)
	} else {
		err = t.remote(ctx, *url, *book, *list)
	}
	t.progress.done()
	if err != nil {
		return err
	}
	if *asJSON {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(t.report)
	}
	return nil
}

// embedded tells the whole story on a chain of its own.
func (t *teller) embedded(ctx context.Context) error {
	t.progress.say("starting the embedded chain")
	chain, err := devnet.New()
	if err != nil {
		return err
	}
	defer chain.Close()
	t.chain, t.client = chain, &counter{client: chain.Client()}
	// The embedded chain has mainnet's id and its contracts' assumed functions, so they are allowed here.
	t.deployment = gaib.Mainnet().AllowAssumed()
	who := chain.Accounts()
	t.names = map[common.Address]string{who.Alice.Address: "Alice", who.Bob.Address: "Bob", who.Whale.Address: "Whale"}
	return t.story(ctx, who)
}

// remote reads a node of somebody else's.
func (t *teller) remote(ctx context.Context, url, book, list string) error {
	t.progress.say("connecting")
	client, err := rpc.DialContext(ctx, url)
	if err != nil {
		return fmt.Errorf("connect to the node: %w", err)
	}
	defer client.Close()
	t.client = &counter{client: client}
	if t.deployment, err = deploymentOf(ctx, t.client, book); err != nil {
		return err
	}
	var accounts []common.Address
	for _, text := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' }) {
		account, err := gaib.ParseAddress(text)
		if err != nil {
			return err
		}
		accounts = append(accounts, account)
	}
	if err := t.probe(ctx); err != nil {
		return err
	}
	return t.portfolio(ctx, accounts)
}

// deploymentOf returns the contracts to read: those of a file, or the publicly known ones of the node's chain.
func deploymentOf(ctx context.Context, client gaib.Client, book string) (gaib.Deployment, error) {
	if book != "" {
		data, err := os.ReadFile(book)
		if err != nil {
			return gaib.Deployment{}, err
		}
		var file struct {
			ChainID   uint64               `json:"chainId"`
			Chain     string               `json:"chain"`
			Contracts map[gaib.Name]string `json:"contracts"`
		}
		if err := json.Unmarshal(data, &file); err != nil {
			return gaib.Deployment{}, fmt.Errorf("%s: %w", book, err)
		}
		deployment := gaib.NewDeployment(file.ChainID, file.Chain)
		for name, text := range file.Contracts {
			address, err := gaib.ParseAddress(text)
			if err != nil {
				return gaib.Deployment{}, fmt.Errorf("%s: %s: %w", book, name, err)
			}
			deployment = deployment.With(name, gaib.Entry{Address: address, Evidence: gaib.Reported})
		}
		return deployment, nil
	}
	chainID, err := gaib.ChainID(ctx, client)
	if err != nil {
		return gaib.Deployment{}, err
	}
	deployment, ok := gaib.On(chainID)
	if !ok {
		return gaib.Deployment{}, fmt.Errorf("nothing is known of GAIB on chain %d: give -deployment a file of addresses", chainID)
	}
	return deployment, nil
}

// counter counts the requests that go to the node.
type counter struct {
	client   gaib.Client
	requests int
}

func (c *counter) CallContext(ctx context.Context, result any, method string, args ...any) error {
	c.requests++
	return c.client.CallContext(ctx, result, method, args...)
}

// progressLine shows what a long step is doing, on a terminal only.
type progressLine struct {
	out   io.Writer
	shown bool
}

func newProgress(out io.Writer) *progressLine {
	file, ok := out.(*os.File)
	if !ok {
		return &progressLine{out: io.Discard}
	}
	if info, err := file.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return &progressLine{out: io.Discard}
	}
	return &progressLine{out: out}
}

func (p *progressLine) say(what string) {
	fmt.Fprintf(p.out, "\r\033[K… %s", what)
	p.shown = true
}

func (p *progressLine) done() {
	if p.shown {
		fmt.Fprint(p.out, "\r\033[K")
		p.shown = false
	}
}
