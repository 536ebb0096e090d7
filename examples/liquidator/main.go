// Command liquidator is a liquidation bot for a Morpho market, to start one's own from. On an embedded chain with a market
// of sAID against USDC and 2,000 borrowers it keeps all positions in order, follows the blocks, prices what can be liquidated
// net of gas, price impact, fees and the way out of sAID, and sends the best by flash loan or own funds, through a
// reorganisation. On a node of yours it only looks.
//
//	go run ./examples/liquidator                        the whole run, offline
//	go run ./examples/liquidator -json                  its summary for machines
//	go run ./examples/liquidator -rpc https://… -market 0x… -from 19000000 -depth 2000000
//	                                                    what it would do in any Morpho market, sending nothing
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/lending"
	"github.com/gaib-go/gaib/lending/morpho"
	"github.com/gaib-go/gaib/said"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "liquidator:", err)
		os.Exit(1)
	}
}

// settings are the flags.
type settings struct {
	url, protocol, market string
	from                  uint64
	blocks                int
	depth, eth            string
	required              float64
	flashFee, protocolFee uint
	json                  bool
}

func run(ctx context.Context, args []string, out, progress io.Writer) error {
	var s settings
	flags := flag.NewFlagSet("liquidator", flag.ContinueOnError)
	flags.SetOutput(progress)
	flags.StringVar(&s.url, "rpc", "", "look at a market over this node instead of the embedded chain; nothing is sent")
	flags.StringVar(&s.protocol, "morpho", "", "address of Morpho for -rpc; by default the one published for the node's chain")
	flags.StringVar(&s.market, "market", "", "id of the market for -rpc")
	flags.Uint64Var(&s.from, "from", 0, "block of the market's creation, or one before, for -rpc")
	flags.IntVar(&s.blocks, "blocks", 0, "end after so many blocks, for -rpc; by default it goes on")
	flags.StringVar(&s.depth, "depth", "0", "loan tokens that the pool for the collateral is taken to hold, for -rpc: the linear price impact")
	flags.StringVar(&s.eth, "eth", "3000", "price of the chain's coin in the loan token, for gas: an assumption")
	flags.Float64Var(&s.required, "required", 0.12, "annual return that own funds must earn while they wait in sAID's queue, as a fraction")
	flags.UintVar(&s.flashFee, "flash-fee", 0, "fee of the flash loan in basis points, for -rpc; Morpho's is none")
	flags.UintVar(&s.protocolFee, "protocol-fee", 0, "part of the bonus that the protocol keeps in basis points, for -rpc; Morpho keeps none")
	flags.BoolVar(&s.json, "json", false, "print the summary as JSON")
	if err := flags.Parse(args); err != nil {
		if err == flag.ErrHelp {
			return nil
		}
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("what is %q?", flags.Arg(0))
	}
	if s.flashFee > 10_000 || s.protocolFee > 10_000 {
		return errors.New("a fee is at most 10,000 basis points")
	}
	text := out
	if s.json {
		text = io.Discard
	}
	teller := &teller{out: text, progress: newProgress(progress)}
	var err error
	if s.url == "" {
		err = embedded(ctx, s, teller, standIn)
	} else {
		err = remote(ctx, s, teller)
	}
	teller.progress.done()
	if err != nil {
		return err
	}
	if s.json {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(teller.summary)
	}
	return nil
}

func newBot(client gaib.Client, s settings, book *morpho.Book) (*bot, error) {
	loan := book.Pair().Loan().Unit()
	eth, err := gaib.ParseUnits(s.eth, loan.Decimals)
	if err != nil {
		return nil, fmt.Errorf("-eth: %w", err)
	}
	b := &bot{client: client, book: book, pair: book.Pair(), exit: said.MonthAfterNext, required: s.required, eth: eth}
	b.ledger.found, b.ledger.last = make(map[common.Address]bool), make(map[common.Address]string)
	return b, nil
}

// embedded lets the script happen on a chain of its own and takes part in it.
func embedded(ctx context.Context, s settings, t *teller, deploy deployer) error {
	w, err := newWorld(ctx, deploy, t.progress.say)
	if err != nil {
		return err
	}
	defer w.chain.Close()
	client := w.chain.Client()
	t.progress.say("building the book from events")
	wake := make(chan struct{}, 1)
	started := time.Now()
	book, err := morpho.Sync(ctx, client, w.pair, morpho.SyncOptions{
		Stream: gaib.FollowOptions{From: w.created, Wake: wake, Poll: 50 * time.Millisecond}, VerifyEvery: 10,
	})
	if err != nil {
		return err
	}
	b, err := newBot(client, s, book)
	if err != nil {
		return err
	}
	b.vault, b.pool, b.with, b.wallet = &w.vault, &w.pool, w.with, w.bot
	b.made = time.Now()
	before, err := w.pair.Loan().BalanceOf(w.bot.address).Call(ctx, client, gaib.Latest)
	if err != nil {
		return err
	}
	t.begin(book, time.Since(started))
	script := w.script()
	for tick, err := range book.Follow(ctx) {
		if err != nil {
			return err
		}
		t.progress.say("")
		pending, err := b.turn(ctx, tick, t)
		if err != nil {
			return err
		}
		if tick.Block.Number < tick.Head {
			continue
		}
		switch {
		case len(pending) > 0:
			if err := w.chain.Mine(1); err != nil {
				return err
			}
			if err := b.settle(ctx, pending); err != nil {
				return err
			}
		case len(script) == 0:
			return t.end(ctx, b, w, before)
		default:
			t.happens(script[0].text)
			if err := script[0].run(ctx); err != nil {
				return fmt.Errorf("%s: %w", script[0].text, err)
			}
			script = script[1:]
		}
		b.made = time.Now()
		select {
		case wake <- struct{}{}:
		default:
		}
	}
	return nil
}

// turn is what the bot does at one block.
func (b *bot) turn(ctx context.Context, tick *morpho.Tick, t *teller) ([]sent, error) {
	undone := b.ledger.undo(tick.Undone)
	if tick.Err != nil {
		t.blind(tick)
		return nil, nil
	}
	if tick.Block.Number < tick.Head { // too late to act on
		t.passed(tick, undone)
		return nil, nil
	}
	d, err := b.decide(ctx, tick)
	if err != nil {
		if gaib.Retryable(err) && ctx.Err() == nil {
			tick.Err = err
			t.blind(tick)
			return nil, nil
		}
		return nil, err
	}
	since := tick.Block.Time
	if !b.made.IsZero() {
		since = b.made
	}
	b.ledger.latency = append(b.ledger.latency, time.Since(since))
	for borrower := range tick.Liquidatable() {
		b.ledger.found[borrower.Account] = true
	}
	var pending []sent
	if b.wallet != nil {
		if pending, err = b.send(ctx, tick, &d); err != nil {
			return nil, err
		}
	}
	for account, reason := range d.skipped {
		b.ledger.last[account] = reason
	}
	t.block(b, tick, d, undone)
	return pending, nil
}

// remote looks at a market of somebody else's node.
func remote(ctx context.Context, s settings, t *teller) error {
	t.progress.say("connecting")
	client, err := rpc.DialContext(ctx, s.url)
	if err != nil {
		return fmt.Errorf("connect to the node: %w", err)
	}
	defer client.Close()
	chainID, err := gaib.ChainID(ctx, client)
	if err != nil {
		return err
	}
	deployment, known := gaib.On(chainID)
	if !known {
		deployment = gaib.NewDeployment(chainID, fmt.Sprint("chain ", chainID))
	}
	if s.protocol != "" {
		address, err := gaib.ParseAddress(s.protocol)
		if err != nil {
			return fmt.Errorf("-morpho: %w", err)
		}
		deployment = deployment.With(morpho.NameMorpho, gaib.Entry{Address: address, Evidence: gaib.Reported})
	} else if deployment, known = morpho.Published(deployment); !known {
		return fmt.Errorf("no Morpho is known on chain %d: give its address with -morpho", chainID)
	}
	pair, err := pairOf(ctx, client, deployment, s.market)
	if err != nil {
		return err
	}
	t.progress.say("building the book from events; this takes a while on a public chain")
	started := time.Now()
	book, err := morpho.Sync(ctx, client, pair, morpho.SyncOptions{Stream: gaib.FollowOptions{From: s.from, Progress: func(p gaib.FollowProgress) {
		t.progress.say(fmt.Sprintf("block %d of %d", p.Done, p.Head))
	}}})
	if err != nil {
		return err
	}
	b, err := newBot(client, s, book)
	if err != nil {
		return err
	}
	if b.depth, err = gaib.ParseUnits(s.depth, pair.Loan().Unit().Decimals); err != nil {
		return fmt.Errorf("-depth: %w", err)
	}
	b.flashFee, b.protocol = lending.Bps(uint16(s.flashFee)), lending.Bps(uint16(s.protocolFee))
	if entry, ok := deployment.Entry(gaib.SAID); ok && entry.Address == pair.Collateral().Address() {
		vault := said.NewVault(deployment)
		b.vault = &vault
	}
	t.begin(book, time.Since(started))
	blocks := 0
	for tick, err := range book.Follow(ctx) {
		if ctx.Err() != nil { // stopped by hand
			break
		}
		if err != nil {
			return err
		}
		t.progress.say("")
		if _, err := b.turn(ctx, tick, t); err != nil {
			return err
		}
		if blocks++; blocks == s.blocks {
			break
		}
	}
	t.looked(b)
	return nil
}

// pairOf returns the market of an id, with its tokens' names and decimals as they say themselves.
func pairOf(ctx context.Context, client gaib.Client, deployment gaib.Deployment, text string) (morpho.Pair, error) {
	var id common.Hash
	if err := id.UnmarshalText([]byte(text)); err != nil {
		return morpho.Pair{}, fmt.Errorf("-market: give the id of a market, 0x and 64 digits: %w", err)
	}
	protocol := morpho.New(deployment)
	params, err := protocol.Params(id).Call(ctx, client, gaib.Latest)
	if err != nil {
		return morpho.Pair{}, err
	}
	loan := gaib.NewERC20(protocol.At(params.LoanToken, gaib.Unit{Symbol: "loan token"}), gaib.Unit{})
	collateral := gaib.NewERC20(protocol.At(params.CollateralToken, gaib.Unit{Symbol: "collateral"}), gaib.Unit{})
	names := []*gaib.Query[string]{loan.Symbol(), collateral.Symbol()}
	decimals := []*gaib.Query[uint8]{loan.Decimals(), collateral.Decimals()}
	if _, err := gaib.Read(ctx, client, gaib.Latest, names[0], names[1], decimals[0], decimals[1]); err != nil {
		return morpho.Pair{}, err
	}
	unit := func(i int) gaib.Unit {
		return gaib.Unit{Symbol: printable(names[i].Value()), Decimals: decimals[i].Value()}
	}
	return protocol.Pair(params, unit(0), unit(1)), nil
}

// printable leaves out of a token's own name what is no plain text.
func printable(text string) string {
	var kept []rune
	for _, r := range text {
		if r > ' ' && r < 0x7f && len(kept) < 16 {
			kept = append(kept, r)
		}
	}
	return cmp.Or(string(kept), "token")
}

// minus returns x - y, and whether it is below zero: then it is y - x.
func minus(x, y uint256.Int) (difference uint256.Int, negative bool) {
	if x.Lt(&y) {
		return *difference.Sub(&y, &x), true
	}
	return *difference.Sub(&x, &y), false
}
