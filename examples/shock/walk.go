package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/ethereum/go-ethereum/core/types"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid"
	"github.com/gaib-go/gaib/examples/internal/chart"
	"github.com/gaib-go/gaib/examples/underwriter/deals"
	"github.com/gaib-go/gaib/gpuasset"
	"github.com/gaib-go/gaib/gpuasset/portfolio"
	"github.com/gaib-go/gaib/gpuasset/report"
	"github.com/gaib-go/gaib/gpuasset/stress"
	"github.com/gaib-go/gaib/internal/devnet"
	"github.com/gaib-go/gaib/internal/devnet/anchor"
	"github.com/gaib-go/gaib/internal/devnet/manager"
	"github.com/gaib-go/gaib/internal/devnet/market"
	"github.com/gaib-go/gaib/lending"
	"github.com/gaib-go/gaib/lending/morpho"
	"github.com/gaib-go/gaib/lending/morpho/blue"
	"github.com/gaib-go/gaib/lending/morpho/contract"
	"github.com/gaib-go/gaib/said"
)

const feeBps = 2000 // of the devnet's vault

// walk is the way down, with what each step hands to the next.
type walk struct {
	out    io.Writer
	chain  *devnet.Chain
	who    devnet.Accounts
	issuer anchor.Issuer
	vault  said.Vault
	books  manager.Vault
	usdc   gaib.ERC20
	pair   morpho.Pair

	doc     *gpuasset.Document
	base    portfolio.Portfolio
	method  portfolio.Method
	book    *stress.Book
	assumed []deals.Assumption

	borrowers []borrower
	checks    int
}

// borrower borrows against sAID, up to a part of what the market allows.
type borrower struct {
	devnet.Account
	collateral uint256.Int
	use        lending.Ratio
}

// newWalk starts the embedded chain and puts a portfolio of deals behind its sAID.
func newWalk(ctx context.Context, out io.Writer) (*walk, error) {
	chain, err := devnet.New()
	if err != nil {
		return nil, err
	}
	w := &walk{out: out, chain: chain, who: chain.Accounts()}
	if err := w.prepare(ctx); err != nil {
		chain.Close()
		return nil, err
	}
	return w, nil
}

func (w *walk) prepare(ctx context.Context) error {
	a, deployment, err := anchor.Deploy(ctx, w.chain, gaib.Mainnet().AllowAssumed(), w.who.Portfolio.Address)
	if err != nil {
		return err
	}
	w.issuer = anchor.Issuer{Anchor: a, Name: "sample issuer", Signer: w.who.Portfolio, Secret: []byte("a secret of the issuer"), FeeBps: feeBps}
	w.vault, w.usdc = said.NewVault(deployment), gaib.NewStablecoin(deployment, gaib.USDC)
	w.books = manager.NewVault(w.vault)
	if w.doc, err = deals.Sample(); err != nil {
		return err
	}
	w.issuer.Currency = w.doc.Currency
	day := gpuasset.DateOf(w.chain.Now())
	if w.base, err = portfolio.FromDocument(w.doc, day, portfolio.Given{}); err != nil {
		return err
	}
	// The rest of what the vault has is cash.
	state, err := w.books.State().Call(ctx, w.chain.Client(), gaib.Latest)
	if err != nil {
		return err
	}
	var whole uint256.Int
	whole.Div(&state.TotalAssets, uint256.NewInt(1e12))
	total, err := gpuasset.ParseMoney(gaib.FormatUnits(whole, gpuasset.MoneyDecimals))
	if err != nil {
		return err
	}
	for _, p := range w.base.Positions() {
		total = total.SubFloor(p.Outstanding.Add(p.Accrued))
	}
	w.base.Cash, w.base.Shares.Supply = total, state.TotalSupply
	terms, words := deals.Assume(day)
	w.method, w.assumed = terms.Method, words
	if w.book, err = stress.NewBook(w.doc, w.base, portfolio.Given{}, terms); err != nil {
		return err
	}
	return w.open(ctx, deployment)
}

// open puts up the lending market, which prices sAID at its Unstaking NAV.
func (w *walk) open(ctx context.Context, deployment gaib.Deployment) error {
	protocol, err := market.Deploy(ctx, w.chain)
	if err != nil {
		return err
	}
	made, err := protocol.Create(ctx, market.Config{Source: market.UnstakingNAV})
	if err != nil {
		return err
	}
	deployment = deployment.With(morpho.NameMorpho, gaib.Entry{Address: protocol.Address, Evidence: gaib.Assumed})
	w.pair = morpho.New(deployment).Pair(blue.Params{LoanToken: made.Loan, CollateralToken: made.Collateral, Oracle: made.Oracle, IRM: made.RateModel,
		LLTV: lending.Ratio(made.LLTV.Uint64())}, w.usdc.Unit(), said.Unit())
	return made.Supply(ctx, w.who.Whale, uint256.NewInt(2_000_000e6))
}

func (w *walk) printf(format string, args ...any) { fmt.Fprintf(w.out, format+"\n", args...) }

// run walks all steps.
func (w *walk) run(ctx context.Context, rental float64) error {
	before, after := w.book.Base(), (*stress.Result)(nil)
	var err error
	if after, err = w.book.Apply(stress.Shock{Rental: rental}); err != nil {
		return err
	}
	w.prices(rental)
	w.coverage(before, after)
	w.navs(before, after)

	w.printf("\n4. The report, signed and anchored on the embedded chain")
	if err := w.publish(ctx, before); err != nil {
		return err
	}
	if err := w.borrow(ctx); err != nil {
		return err
	}
	if err := w.chain.TravelTo(w.chain.Now().Truncate(24 * time.Hour).Add(36 * time.Hour)); err != nil {
		return err
	}
	if err := w.publish(ctx, after); err != nil {
		return err
	}
	if err := w.liquidate(ctx, before, after); err != nil {
		return err
	}
	w.printf("\nAssumed, by this example:")
	for _, a := range w.assumed {
		w.printf("  %s: %s", a.Name, a.Value)
	}
	w.printf("\nEvery one of %d amounts on the chain equals the library's own arithmetic, to the base unit.", w.checks)
	return nil
}

func (w *walk) prices(rental float64) {
	w.printf("1. Rental prices change by %+.0f %%, those of reservations stay", 100*rental)
	day := gpuasset.DateOf(w.chain.Now())
	for i := range w.doc.Indices {
		index := &w.doc.Indices[i]
		price, _, err := index.Price(day)
		if err != nil {
			continue // no deal of the sample is older than its prices
		}
		w.printf("   %-12s %.3f -> %.3f per GPU-hour", index.ID, price.Float64(), price.Float64()*(1+rental))
	}
}

func (w *walk) coverage(before, after *stress.Result) {
	w.printf("\n2. Coverage and stage of the deals")
	for i := range before.Deals {
		a, b := &before.Deals[i], &after.Deals[i]
		missed := "no payment is missed"
		if !b.Short.IsZero() {
			missed = "first missed " + b.Short.String()
		}
		w.printf("   %-8s minimum DSCR %.2f -> %.2f, stage %d -> %d, expected loss %s -> %s, %s", a.ID, a.MinDSCR, b.MinDSCR, a.Stage, b.Stage,
			chart.Thousands(a.Expected), chart.Thousands(b.Expected), missed)
	}
}

func (w *walk) navs(before, after *stress.Result) {
	w.printf("\n3. Both NAVs of the portfolio")
	for _, one := range []struct {
		when   string
		result *stress.Result
	}{{"before", before}, {"after", after}} {
		v := one.result.Valuation
		w.printf("   %s: Deposit NAV %s", one.when, usd(v.Deposit))
		for _, step := range v.Bridge {
			sign := "-"
			if step.Up {
				sign = "+"
			}
			w.printf("     %s %s %s, %s", sign, usd(step.Amount), step.Kind, step.Name)
		}
		w.printf("     Unstaking NAV %s, haircut %.2f %%", usd(v.Unstaking), 100*v.Haircut())
	}
}

// publish reports a result, has it signed, anchors it and holds sAID against it.
func (w *walk) publish(ctx context.Context, result *stress.Result) error {
	state, err := w.books.State().Call(ctx, w.chain.Client(), gaib.Latest)
	if err != nil {
		return err
	}
	issue, err := w.issuer.Next(&result.Portfolio, w.method, gpuasset.DateOf(w.chain.Now()), state)
	if err != nil {
		return err
	}
	made, want, fed := issue.Report, issue.NAV, issue.Fed
	if made.Deposit != result.Valuation.Deposit || made.Unstaking != result.Valuation.Unstaking {
		return fmt.Errorf("the report says %s and %s, the stress test %s and %s", made.Deposit, made.Unstaking, result.Valuation.Deposit, result.Valuation.Unstaking)
	}
	proof, err := worst(issue, &result.Portfolio)
	if err != nil {
		return err
	}
	if _, err := w.send(ctx, w.who.Carol, issue.Call); err != nil { // anyone may bring it
		return err
	}

	nav, books := w.vault.NAV(), w.books.State()
	stood, err := w.issuer.Anchor.VerifyDeal(uint64(made.Number), proof)
	if err != nil {
		return err
	}
	if _, err := gaib.Read(ctx, w.chain.Client(), gaib.Latest, nav, books, stood); err != nil {
		return err
	}
	for _, pair := range []struct {
		what      string
		got, want uint256.Int
	}{
		{"Deposit NAV", nav.Value().Deposit, want.Deposit}, {"Unstaking NAV", nav.Value().Unstaking, want.Unstaking},
		{"total assets", books.Value().TotalAssets, fed.State.TotalAssets}, {"unrealised loss", books.Value().UnrealizedLoss, fed.State.UnrealizedLoss},
	} {
		if err := w.check(pair.what, pair.got, pair.want); err != nil {
			return err
		}
	}
	if !stood.Value() {
		return fmt.Errorf("the contract does not accept the proof of deal %s", proof.Deal.ID)
	}
	w.printf("   report %d as of %s, hash %s, %d deals", made.Number, made.AsOf, issue.Hash, made.Deals)
	w.printf("     signed by %s, deal %s proven against root %s without the others", w.who.Portfolio.Name, proof.Deal.ID, made.Root)
	w.printf("     sAID on the chain: %s AID to enter, %s to leave, haircut %s", said.Format(want.Deposit), said.Format(want.Unstaking), want.Haircut())
	return nil
}

// worst returns the proof of a deal in the worst stage.
func worst(issue *anchor.Issue, p *portfolio.Portfolio) (report.Proof, error) {
	sp := slices.MaxFunc(p.SPs, func(a, b portfolio.SP) int { return int(a.Positions[0].Stage) - int(b.Positions[0].Stage) })
	proof, err := issue.Deals.Prove(sp.ID, sp.Positions[0].Deal)
	if err != nil {
		return report.Proof{}, err
	}
	return proof, proof.Verify(issue.Report.Root, anchor.Keccak)
}

// borrow lets three accounts borrow USDC against sAID, more and less daring.
func (w *walk) borrow(ctx context.Context) error {
	// At noon, so that interest does not depend on how many blocks it took to get here.
	if err := w.chain.TravelTo(w.chain.Now().Truncate(24 * time.Hour).Add(12 * time.Hour)); err != nil {
		return err
	}
	w.printf("\n5. Three borrow USDC against sAID, at a limit of %s of its Unstaking NAV", w.pair.Params().LLTV)
	collateral, err := said.Parse("100000")
	if err != nil {
		return err
	}
	for _, b := range []borrower{{w.who.Alice, collateral, lending.Bps(9990)}, {w.who.Bob, collateral, lending.Bps(9300)}, {w.who.Carol, collateral, lending.Bps(7500)}} {
		if _, err := w.send(ctx, w.who.Whale, w.vault.Transfer(b.Address, collateral)); err != nil {
			return err
		}
		state, price := w.pair.Market(), w.pair.Price()
		if _, err := gaib.Read(ctx, w.chain.Client(), gaib.Latest, state, price); err != nil {
			return err
		}
		debt, err := state.Value().MaxBorrow(blue.Position{Collateral: collateral}, price.Value())
		if err != nil {
			return err
		}
		debt.Div(debt.Mul(&debt, uint256.NewInt(uint64(b.use))), uint256.NewInt(1e18))
		plan, err := w.pair.PlanBorrow(ctx, w.chain.Client(), b.Address, collateral, debt)
		if err != nil {
			return err
		}
		for _, call := range plan {
			if _, err := w.send(ctx, b.Account, call); err != nil {
				return err
			}
		}
		_, factor, err := w.health(ctx, b, nil)
		if err != nil {
			return err
		}
		w.printf("   %-5s %s against %s, health %.4f", b.Name, cents(w.usdc.Unit(), debt), cents(said.Unit(), collateral), factor.Float64())
		w.borrowers = append(w.borrowers, b)
	}
	w.printf("\n6. The next day's report")
	return nil
}

// health is a borrower's, at the oracle's price or at another one.
func (w *walk) health(ctx context.Context, b borrower, at *uint256.Int) (healthy bool, factor lending.Factor, err error) {
	m, position, price := w.pair.Market(), w.pair.Position(b.Address), w.pair.Price()
	block, err := gaib.Read(ctx, w.chain.Client(), gaib.Latest, m, position, price)
	if err != nil {
		return false, factor, err
	}
	state, held, quote := m.Value(), position.Value(), price.Value()
	if at == nil {
		at = &quote
	}
	health, err := state.HealthAt(&held, at, uint64(block.Time.Unix()))
	if err != nil {
		return false, factor, err
	}
	factor, err = health.Factor()
	return health.Healthy(), factor, err
}

// liquidate liquidates whoever can be, and adds up the debt that is left.
func (w *walk) liquidate(ctx context.Context, before, after *stress.Result) error {
	w.printf("\n7. The borrowers, and what a liquidator leaves")
	_, step := after.Markdown(before)
	bonus, err := w.pair.Params().Incentive()
	if err != nil {
		return err
	}
	largest, err := lending.LargestStep(w.pair.Params().LLTV, bonus-lending.One)
	if err != nil {
		return err
	}
	w.printf("   the Unstaking NAV fell by %.2f %% in one step; a borrower at the limit survives %.2f %% without bad debt", 100*step, 100*largest.Float64())

	if _, err := w.send(ctx, w.who.Whale, w.usdc.Approve(w.pair.Protocol().Contract().Address(), *uint256.NewInt(10_000_000e6))); err != nil {
		return err
	}
	nav, err := w.vault.NAV().Call(ctx, w.chain.Client(), gaib.Latest)
	if err != nil {
		return err
	}
	// A share is AID of 18 decimals, taken for a dollar of USDC's 6, times 1e36.
	var depositPrice, bad, seized uint256.Int
	depositPrice.Mul(&nav.Deposit, uint256.NewInt(1e6))
	for _, b := range w.borrowers {
		healthy, factor, err := w.health(ctx, b, nil)
		if err != nil {
			return err
		}
		_, unseen, err := w.health(ctx, b, &depositPrice)
		if err != nil {
			return err
		}
		w.printf("   %-5s health %.4f; an oracle that reads the Deposit NAV would say %.4f", b.Name, factor.Float64(), unseen.Float64())
		if healthy {
			continue
		}
		got, err := w.liquidateOne(ctx, b)
		if err != nil {
			return fmt.Errorf("liquidate %s: %w", b.Name, err)
		}
		w.printf("         liquidated: %s repaid for %s, bad debt %s",
			cents(w.usdc.Unit(), got.RepaidAssets), cents(said.Unit(), got.SeizedAssets), cents(w.usdc.Unit(), got.BadDebtAssets))
		bad.Add(&bad, &got.BadDebtAssets)
		seized.Add(&seized, &got.SeizedAssets)
	}
	w.printf("   bad debt of the lenders: %s", cents(w.usdc.Unit(), bad))
	if !seized.IsZero() {
		w.printf("   the liquidator's %s are worth %s through the queue, settled %s by the rule %q", cents(said.Unit(), seized), cents(aid.Unit(), nav.Exit(seized)),
			said.MonthAfterNext.Settlement(w.chain.Now()).Format(time.DateOnly), said.MonthAfterNext)
	}
	return nil
}

// liquidateOne liquidates all that can be of a borrower, and holds what the chain did against the library's arithmetic for that second.
func (w *walk) liquidateOne(ctx context.Context, b borrower) (*contract.MorphoLiquidateEvent, error) {
	m, position, price := w.pair.Market(), w.pair.Position(b.Address), w.pair.Price()
	if _, err := gaib.Read(ctx, w.chain.Client(), gaib.Latest, m, position, price); err != nil {
		return nil, err
	}
	// A block more, so that the estimate of the gas includes the interest, and the one that it is mined in.
	const blockTime = 12
	at := uint64(w.chain.Now().Unix()) + 2*blockTime
	accrued, _, err := m.Value().Accrue(at)
	if err != nil {
		return nil, err
	}
	full, bySeized, err := accrued.FullLiquidation(position.Value(), price.Value())
	if err != nil {
		return nil, err
	}
	var seized, shares uint256.Int
	if bySeized {
		seized = full.SeizedAssets
	} else {
		shares = full.RepaidShares
	}
	want, err := m.Value().Liquidate(position.Value(), seized, shares, price.Value(), at)
	if err != nil {
		return nil, err
	}
	receipt, err := w.send(ctx, w.who.Whale, w.pair.Liquidate(b.Address, seized, shares, nil))
	if err != nil {
		return nil, err
	}
	event := new(contract.MorphoLiquidateEvent)
	found := slices.ContainsFunc(receipt.Logs, func(log *types.Log) bool { return event.DecodeLog(log.Topics, log.Data) == nil })
	if !found {
		return nil, fmt.Errorf("the receipt has no event")
	}
	for _, pair := range []struct {
		what      string
		got, want uint256.Int
	}{
		{"repaid", event.RepaidAssets, want.Liquidation.RepaidAssets}, {"repaid shares", event.RepaidShares, want.Liquidation.RepaidShares},
		{"seized", event.SeizedAssets, want.Liquidation.SeizedAssets}, {"bad debt", event.BadDebtAssets, want.Liquidation.BadDebtAssets},
	} {
		if err := w.check(pair.what, pair.got, pair.want); err != nil {
			return nil, err
		}
	}
	return event, nil
}

// send carries a call out in the second of two blocks.
func (w *walk) send(ctx context.Context, from devnet.Account, call gaib.Call) (*types.Receipt, error) {
	if err := call.Err(); err != nil {
		return nil, err
	}
	if err := w.chain.Mine(1); err != nil {
		return nil, err
	}
	receipt, err := w.chain.Send(ctx, from, call.To, nil, call.Data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", call.Describe(), err)
	}
	return receipt, nil
}

// check holds an amount of the chain against the arithmetic's.
func (w *walk) check(what string, got, want uint256.Int) error {
	if !got.Eq(&want) {
		return fmt.Errorf("%s: the chain says %s, the library's arithmetic %s base units", what, got.Dec(), want.Dec())
	}
	w.checks++
	return nil
}

func usd(amount gpuasset.Money) string {
	return gaib.Unit{Symbol: "USD", Decimals: gpuasset.MoneyDecimals}.Format(amount.Base())
}

// cents writes an amount with two decimals, rounded down.
func cents(unit gaib.Unit, amount uint256.Int) string {
	amount.Div(&amount, new(uint256.Int).Exp(uint256.NewInt(10), uint256.NewInt(uint64(unit.Decimals-2))))
	return gaib.Unit{Symbol: unit.Symbol, Decimals: 2}.Format(amount)
}
