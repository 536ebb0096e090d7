// Command health shows one account's whole picture: what it holds, what it owes against sAID, how far prices may fall, and
// who would act then, as a table, a chart in the terminal and an SVG file.
//
//	go run ./examples/health -svg health.svg            an account on the embedded chain, offline
//	go run ./examples/health -json                      the same for machines
//	go run ./examples/health -rpc https://… -market 0x… -account 0x…
//	                                                    an account in any Morpho market
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
	"github.com/gaib-go/gaib/aid"
	"github.com/gaib-go/gaib/internal/devnet"
	"github.com/gaib-go/gaib/internal/devnet/manager"
	"github.com/gaib-go/gaib/internal/devnet/market"
	"github.com/gaib-go/gaib/lending"
	"github.com/gaib-go/gaib/lending/morpho"
	"github.com/gaib-go/gaib/lending/morpho/blue"
	"github.com/gaib-go/gaib/said"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "health:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out, progress io.Writer) error {
	flags := flag.NewFlagSet("health", flag.ContinueOnError)
	flags.SetOutput(progress)
	url := flags.String("rpc", "", "read from this node instead of the embedded chain")
	protocol := flags.String("morpho", "", "address of Morpho for -rpc; by default the one published for the node's chain")
	id := flags.String("market", "", "id of the market for -rpc")
	who := flags.String("account", "", "account for -rpc")
	required := flags.Float64("required", 0.12, "annual return that a liquidator's capital must earn in sAID's queue, as a fraction")
	svg := flags.String("svg", "", "write the chart to this file")
	asJSON := flags.Bool("json", false, "print the picture as JSON")
	if err := flags.Parse(args); err != nil {
		if err == flag.ErrHelp {
			return nil
		}
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("what is %q?", flags.Arg(0))
	}
	var s subject
	var client gaib.Client
	if *url == "" {
		chain, err := devnet.New()
		if err != nil {
			return err
		}
		defer chain.Close()
		client = chain.Client()
		if s, err = demo(ctx, chain); err != nil {
			return err
		}
	} else {
		node, err := rpc.DialContext(ctx, *url)
		if err != nil {
			return fmt.Errorf("connect to the node: %w", err)
		}
		defer node.Close()
		client = node
		if s, err = find(ctx, client, *protocol, *id, *who); err != nil {
			return err
		}
	}
	p, err := look(ctx, client, s, *required)
	if err != nil {
		return err
	}
	if *svg != "" {
		drawn, err := p.chart().SVG()
		if err != nil {
			return err
		}
		if err := os.WriteFile(*svg, drawn, 0o644); err != nil {
			return err
		}
	}
	if *asJSON {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(p.summary())
	}
	if err := p.show(out); err != nil {
		return err
	}
	if *svg != "" {
		fmt.Fprintf(out, "\nthe chart is in %s\n", *svg)
	}
	return nil
}

// subject is whose picture it is, and in which market.
type subject struct {
	deployment gaib.Deployment
	pair       morpho.Pair
	account    common.Address
}

// demo gives Alice sAID, of which she puts up most and borrows; the portfolio is then marked down a little.
func demo(ctx context.Context, chain *devnet.Chain) (subject, error) {
	who := chain.Accounts()
	// The embedded chain has mainnet's id and its contracts' assumed functions, so they are allowed here.
	deployment := gaib.Mainnet().AllowAssumed()
	lent, err := market.Deploy(ctx, chain)
	if err != nil {
		return subject{}, err
	}
	m, err := lent.Create(ctx, market.Config{})
	if err != nil {
		return subject{}, err
	}
	deployment = deployment.With(morpho.NameMorpho, gaib.Entry{Address: lent.Address, Evidence: gaib.Confirmed})
	params := blue.Params{LoanToken: m.Loan, CollateralToken: m.Collateral, Oracle: m.Oracle, IRM: m.RateModel, LLTV: lending.Ratio(m.LLTV.Uint64())}
	pair := morpho.New(deployment).Pair(params, gaib.Unit{Symbol: "USDC", Decimals: 6}, said.Unit())
	vault := said.NewVault(deployment)
	books := manager.NewVault(vault)

	usdc := func(n uint64) *uint256.Int { return new(uint256.Int).Mul(uint256.NewInt(n), uint256.NewInt(1e6)) }
	whole := func(n uint64) *uint256.Int { return new(uint256.Int).Mul(uint256.NewInt(n), uint256.NewInt(1e18)) }
	send := func(from devnet.Account, call gaib.Call) error {
		if err := call.Err(); err != nil {
			return err
		}
		_, err := chain.Send(ctx, from, call.To, &call.Value, call.Data)
		return err
	}
	state, err := books.State().Call(ctx, chain.Client(), gaib.Latest)
	if err != nil {
		return subject{}, err
	}
	var loss uint256.Int
	loss.Div(&state.TotalAssets, uint256.NewInt(40))
	for _, step := range []func() error{
		func() error { return m.Supply(ctx, who.Whale, usdc(52_000)) },
		func() error { return send(who.Whale, vault.Transfer(who.Alice.Address, *whole(65_000))) },
		func() error { return m.SupplyCollateral(ctx, who.Alice, whole(60_000)) },
		func() error { return m.Borrow(ctx, who.Alice, usdc(46_000)) },
		func() error { return send(who.Alice, vault.Unstake(*whole(2_000))) },
		func() error { return chain.Travel(30 * 24 * time.Hour) },
		func() error { return send(who.Manager, books.MarkDown(loss)) },
	} {
		if err := step(); err != nil {
			return subject{}, err
		}
	}
	return subject{deployment, pair, who.Alice.Address}, nil
}

// find returns a market of somebody else's node, with its tokens' names and decimals as they say themselves.
func find(ctx context.Context, client gaib.Client, at, text, who string) (s subject, err error) {
	if s.account, err = gaib.ParseAddress(who); err != nil {
		return s, fmt.Errorf("-account: %w", err)
	}
	chainID, err := gaib.ChainID(ctx, client)
	if err != nil {
		return s, err
	}
	known := false
	if s.deployment, known = gaib.On(chainID); !known {
		s.deployment = gaib.NewDeployment(chainID, fmt.Sprint("chain ", chainID))
	}
	if at != "" {
		address, err := gaib.ParseAddress(at)
		if err != nil {
			return s, fmt.Errorf("-morpho: %w", err)
		}
		s.deployment = s.deployment.With(morpho.NameMorpho, gaib.Entry{Address: address, Evidence: gaib.Reported})
	} else if s.deployment, known = morpho.Published(s.deployment); !known {
		return s, fmt.Errorf("no Morpho is known on chain %d: give its address with -morpho", chainID)
	}
	var id common.Hash
	if err := id.UnmarshalText([]byte(text)); err != nil {
		return s, fmt.Errorf("-market: give the id of a market, 0x and 64 digits: %w", err)
	}
	protocol := morpho.New(s.deployment)
	params, err := protocol.Params(id).Call(ctx, client, gaib.Latest)
	if err != nil {
		return s, err
	}
	loan := gaib.NewERC20(protocol.At(params.LoanToken, gaib.Unit{Symbol: "loan token"}), gaib.Unit{})
	collateral := gaib.NewERC20(protocol.At(params.CollateralToken, gaib.Unit{Symbol: "collateral"}), gaib.Unit{})
	names := []*gaib.Query[string]{loan.Symbol(), collateral.Symbol()}
	decimals := []*gaib.Query[uint8]{loan.Decimals(), collateral.Decimals()}
	if _, err := gaib.Read(ctx, client, gaib.Latest, names[0], names[1], decimals[0], decimals[1]); err != nil {
		return s, err
	}
	unit := func(i int) gaib.Unit {
		return gaib.Unit{Symbol: printable(names[i].Value()), Decimals: decimals[i].Value()}
	}
	s.pair = protocol.Pair(params, unit(0), unit(1))
	return s, nil
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

// stake is what an account has in sAID and AID outside of the market, where the collateral is sAID.
type stake struct {
	aid      uint256.Int
	position said.Position
	nav      said.NAV
	value    lending.ShareValue // of the collateral
	gap      lending.Ratio
	viable   lending.Viability
	wait     time.Duration
}

// picture is everything about the account at one block.
type picture struct {
	subject
	block      gaib.Header
	market     blue.Market // interest added up to the block
	position   blue.Position
	price      uint256.Int
	loanHeld   uint256.Int
	isolated   lending.Market
	pledge     lending.Position
	account    lending.Account
	value      lending.Valuation
	health     lending.Factor
	distance   lending.Ratio // zero if it can be liquidated already
	step       lending.Ratio
	maxBorrow  uint256.Int
	maxTake    uint256.Int
	apy        blue.APY
	carry      lending.CarryTime
	stake      *stake
	liquidates bool
}

// look reads all of it in one round trip and works the rest out.
func look(ctx context.Context, client gaib.Client, s subject, required float64) (*picture, error) {
	p := &picture{subject: s}
	m, position, price, held := s.pair.Market(), s.pair.Position(s.account), s.pair.Price(), s.pair.Loan().BalanceOf(s.account)
	readers := []gaib.Reader{m, position, price, held}
	var nav *gaib.Query[said.NAV]
	var shares *gaib.Query[said.Position]
	var coins *gaib.Query[uint256.Int]
	if entry, ok := s.deployment.Entry(gaib.SAID); ok && entry.Address == s.pair.Collateral().Address() {
		vault := said.NewVault(s.deployment)
		nav, shares, coins = vault.NAV(), vault.Position(s.account), aid.NewToken(s.deployment).BalanceOf(s.account)
		readers = append(readers, nav, shares, coins)
	}
	var err error
	if p.block, err = gaib.Read(ctx, client, gaib.Latest, readers...); err != nil {
		return nil, err
	}
	p.position, p.price, p.loanHeld = position.Value(), price.Value(), held.Value()
	if p.market, _, err = m.Value().Accrue(max(m.Value().LastUpdate, uint64(max(0, p.block.Time.Unix())))); err != nil {
		return nil, err
	}
	if err := p.work(); err != nil {
		return nil, err
	}
	if nav == nil {
		return p, nil
	}
	p.stake = &stake{aid: coins.Value(), position: shares.Value(), nav: nav.Value(), wait: said.Wait(said.MonthAfterNext, p.block.Time)}
	navs, exit := lending.NAV{Deposit: p.stake.nav.Deposit, Unstaking: p.stake.nav.Unstaking}, lending.Exit{Wait: p.stake.wait, Rate: required}
	if p.stake.value, err = lending.ValueShares(p.position.Collateral, navs, exit); err != nil {
		return nil, err
	}
	if p.stake.gap, err = lending.OraclePriceGap(navs, exit); err != nil {
		return nil, err
	}
	p.stake.viable, err = lending.LiquidationViable(p.isolated.Bonus, 0, navs, exit)
	return p, err
}

// work does the arithmetic of the position.
func (p *picture) work() (err error) {
	if p.isolated, err = p.market.Lending(p.price); err != nil {
		return err
	}
	if p.pledge, err = p.market.LendingPosition(p.position); err != nil {
		return err
	}
	p.account = p.isolated.Account(p.pledge)
	if p.value, err = p.account.Value(); err != nil {
		return err
	}
	// Whether it can be liquidated is the contract's own decision, to the unit.
	decision, err := p.market.Health(&p.position, &p.price)
	if err != nil {
		return err
	}
	p.liquidates = !decision.Healthy()
	if p.health, err = decision.Factor(); err != nil {
		return err
	}
	if p.distance, err = p.account.Distance(); err != nil && !errors.Is(err, lending.ErrLiquidatable) {
		return err
	}
	if p.step, err = lending.LargestStep(p.isolated.LLTV, p.isolated.Bonus); err != nil {
		return err
	}
	if p.maxBorrow, err = p.market.MaxBorrow(p.position, p.price); err != nil {
		return err
	}
	if p.maxTake, err = p.market.MaxWithdrawCollateral(p.position, p.price); err != nil {
		return err
	}
	if p.apy, err = p.market.APY(); err != nil {
		return err
	}
	p.carry, err = lending.TimeToLiquidation(p.health, 0, p.apy.Borrow)
	return err
}
