package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid"
	"github.com/gaib-go/gaib/internal/devnet"
	"github.com/gaib-go/gaib/internal/devnet/manager"
	lendingnet "github.com/gaib-go/gaib/internal/devnet/market"
	"github.com/gaib-go/gaib/lending"
	"github.com/gaib-go/gaib/lending/morpho"
	"github.com/gaib-go/gaib/lending/morpho/blue"
	"github.com/gaib-go/gaib/said"
	"github.com/gaib-go/gaib/yield"
	"github.com/gaib-go/gaib/yield/strategy"
)

// What the embedded chain's world is made of: assumptions, all of them.
const (
	grossBps   = 1482 // the portfolio's yield a year, before the protocol's fee
	haircutBps = 50   // of the assets, marked down after three months
	targetBps  = 9000 // utilization at which the rate model is at rest: a constant of the contract
	lltv       = lending.Ratio(86e16)
	poolFee    = 0.0005
)

var (
	lent     = aid.MustParse("300000") // by the Whale
	borrowed = aid.MustParse("260000") // by the Whale too
	pledged  = aid.MustParse("400000") // sAID, of as many decimals
)

// world is the embedded chain with sAID, some history, and a lending market.
type world struct {
	out        io.Writer
	chain      *devnet.Chain
	client     *rpc.Client
	deployment gaib.Deployment
	token      aid.Token
	vault      said.Vault
	books      manager.Vault
	pair       morpho.Pair
	alice      devnet.Account
	manager    devnet.Account
	amount     uint256.Int
	accrued    time.Time        // of the last step of the NAV
	seen       []strategy.Worth // of Alice's position, as it went
	worth      func(context.Context) (float64, error)
}

// newWorld starts the chain and lets three months pass.
func newWorld(ctx context.Context, out io.Writer, amount uint256.Int) (*world, error) {
	chain, err := devnet.New()
	if err != nil {
		return nil, err
	}
	// The embedded chain has mainnet's id and its contracts' assumed functions, so they are allowed here.
	deployment := gaib.Mainnet().AllowAssumed()
	w := &world{
		out: out, amount: amount, chain: chain, client: chain.Client(), deployment: deployment,
		token: aid.NewToken(deployment), vault: said.NewVault(deployment), alice: chain.Accounts().Alice, manager: chain.Accounts().Manager, accrued: chain.Now(),
	}
	w.books = manager.NewVault(w.vault)
	if err := w.history(ctx); err != nil {
		return nil, fmt.Errorf("%w%s", err, closing(chain))
	}
	if err := w.lend(ctx); err != nil {
		return nil, fmt.Errorf("%w%s", err, closing(chain))
	}
	return w, nil
}

// closing closes a chain that is of no use and says so if that fails.
func closing(chain *devnet.Chain) string {
	if err := chain.Close(); err != nil {
		return "; closing the chain: " + err.Error()
	}
	return ""
}

func (w *world) history(ctx context.Context) error {
	if err := w.passTo(ctx, time.Date(2026, time.November, 5, 12, 0, 0, 0, time.UTC)); err != nil {
		return err
	}
	assets, err := w.vault.TotalAssets().Call(ctx, w.client, gaib.Latest)
	if err != nil {
		return err
	}
	return w.carryOut(ctx, gaib.Plan{w.books.MarkDown(bps(assets, haircutBps))}, w.manager)
}

// bps returns x * n / 10,000, rounded down.
func bps(x uint256.Int, n uint64) (part uint256.Int) {
	part.Mul(&x, uint256.NewInt(n))
	part.Div(&part, uint256.NewInt(10_000))
	return part
}

// passTo lets time go on to t. On each first day of a month the portfolio's yield since the step before is booked.
func (w *world) passTo(ctx context.Context, t time.Time) error {
	for {
		now := w.chain.Now()
		month := time.Date(now.Year(), now.Month()+1, 1, 0, 0, 0, 0, time.UTC)
		if month.After(t) {
			break
		}
		if err := w.chain.TravelTo(month); err != nil {
			return err
		}
		assets, err := w.vault.TotalAssets().Call(ctx, w.client, gaib.Latest)
		if err != nil {
			return err
		}
		// assets * bps * seconds / (10,000 * seconds of a year)
		gross := bps(assets, grossBps)
		gross.Mul(&gross, uint256.NewInt(uint64(month.Sub(w.accrued)/time.Second)))
		gross.Div(&gross, uint256.NewInt(365*86400))
		if err := w.carryOut(ctx, gaib.Plan{w.books.AccrueYield(gross)}, w.manager); err != nil {
			return err
		}
		w.accrued = month
		if err := w.balance(ctx); err != nil {
			return err
		}
		if err := w.look(ctx); err != nil {
			return err
		}
	}
	if t.After(w.chain.Now()) {
		return w.chain.TravelTo(t)
	}
	return nil
}

// look keeps what Alice's position is worth now.
func (w *world) look(ctx context.Context) error {
	if w.worth == nil {
		return nil
	}
	value, err := w.worth(ctx)
	if err != nil {
		return err
	}
	w.seen = append(w.seen, strategy.Worth{Time: w.chain.Now(), Value: value})
	return nil
}

// lend puts a lending market for sAID on the chain, with lenders and a borrower.
func (w *world) lend(ctx context.Context) error {
	at := devnet.Addresses()
	protocol, err := lendingnet.Deploy(ctx, w.chain)
	if err != nil {
		return err
	}
	m, err := protocol.Create(ctx, lendingnet.Config{Loan: at.AID, LLTV: uint256.NewInt(uint64(lltv))})
	if err != nil {
		return err
	}
	whale := w.chain.Accounts().Whale
	if err := m.Supply(ctx, whale, &lent); err != nil {
		return err
	}
	if err := m.SupplyCollateral(ctx, whale, &pledged); err != nil {
		return err
	}
	if err := m.Borrow(ctx, whale, &borrowed); err != nil {
		return err
	}
	deployment := w.deployment.With(morpho.NameMorpho, gaib.Entry{Address: protocol.Address, Evidence: gaib.Confirmed})
	params := blue.Params{LoanToken: m.Loan, CollateralToken: m.Collateral, Oracle: m.Oracle, IRM: m.RateModel, LLTV: lltv}
	w.pair = morpho.New(deployment).Pair(params, aid.Unit(), said.Unit())
	return nil
}

// market reads what there is: the NAVs' history from the vault's events, and the lending market as it is.
func (w *world) market(ctx context.Context) (strategy.Market, error) {
	first, err := w.vault.NAV().Call(ctx, w.client, gaib.AtNumber(0))
	if err != nil {
		return strategy.Market{}, err
	}
	begun, err := gaib.Head(ctx, w.client, gaib.AtNumber(0))
	if err != nil {
		return strategy.Market{}, err
	}
	samples := []yield.Sample{{Time: begun.Time, NAV: first}}
	for block, err := range gaib.Logs(ctx, w.client, 1, gaib.Latest, w.vault.NAVUpdates()) {
		if err != nil {
			return strategy.Market{}, err
		}
		for _, log := range block.Logs {
			if log.Err != nil {
				return strategy.Market{}, log.Err
			}
			event := log.Event.(*navUpdated)
			samples = append(samples, yield.Sample{Time: block.Time, NAV: said.NAV{Deposit: event.DepositNav, Unstaking: event.UnstakingNav}})
		}
	}
	nav, loan := w.vault.NAV(), w.pair.Market()
	now, err := gaib.Read(ctx, w.client, gaib.Latest, nav, loan)
	if err != nil {
		return strategy.Market{}, err
	}
	series, err := yield.NewSeries(append(samples, yield.Sample{Time: now.Time, NAV: nav.Value()}))
	if err != nil {
		return strategy.Market{}, err
	}
	incentive, err := w.pair.Params().Incentive()
	if err != nil {
		return strategy.Market{}, err
	}
	liquidity := loan.Value().Liquidity()
	apy, err := atTarget(loan.Value())
	if err != nil {
		return strategy.Market{}, err
	}
	price := yield.Float(nav.Value().Unstaking, 18) * 0.999
	fmt.Fprintf(w.out, "%s: Deposit NAV %s, Unstaking NAV %s, haircut %s\n", now.Time.Format(time.DateOnly), said.Format(nav.Value().Deposit), said.Format(nav.Value().Unstaking), nav.Value().Haircut())
	fmt.Fprintf(w.out, "lending: %s free at %.2f %% a year if lenders keep it at its target, LLTV %s; DEX: a quote of %.4f AID\n", aid.Unit().Format(liquidity), 100*apy, lltv, price)
	m := strategy.Market{
		NAV: series, Exit: said.MonthAfterNext,
		DEX: strategy.Pool{AID: 2e6 * price, SAID: 2e6, Fee: poolFee},
		Lending: &strategy.Loan{
			Venue: "Morpho", BorrowAPY: apy, LLTV: lltv.Float64(), Bonus: incentive.Float64() - 1, Liquidity: yield.Float(liquidity, 18),
		},
		// As reported of the programme at launch; unvalued, since nobody quotes a price.
		Points: []strategy.Points{{Name: "points", PerDay: 1, Multipliers: map[strategy.Asset]float64{strategy.AID: 1, strategy.SAID: 3}}},
	}
	return m, w.pendle(nav.Value(), now.Time, &m)
}

// atTarget returns the borrow APY at the rate model's target utilization, at which the model leaves the rate as it is.
func atTarget(m blue.Market) (float64, error) {
	m.TotalBorrowAssets = bps(m.TotalSupplyAssets, targetBps)
	apy, err := m.APY()
	return apy.Borrow, err
}

// balance has the lender bring the market to the target utilization, as lenders do where rates move: left above it, the
// model doubles the rate every few weeks.
func (w *world) balance(ctx context.Context) error {
	if w.pair.ID() == (common.Hash{}) {
		return nil
	}
	loan, err := w.pair.Market().Call(ctx, w.client, gaib.Latest)
	if err != nil {
		return err
	}
	if loan, _, err = loan.Accrue(uint64(w.chain.Now().Unix())); err != nil {
		return err
	}
	whale := w.chain.Accounts().Whale
	var want, difference uint256.Int // borrowed * 10,000 / target
	want.Mul(&loan.TotalBorrowAssets, uint256.NewInt(10_000))
	want.Div(&want, uint256.NewInt(targetBps))
	plan := gaib.Plan{}
	switch want.Cmp(&loan.TotalSupplyAssets) {
	case 1:
		difference.Sub(&want, &loan.TotalSupplyAssets)
		plan, err = w.pair.PlanSupply(ctx, w.client, whale.Address, difference)
	case -1:
		difference.Sub(&loan.TotalSupplyAssets, &want)
		plan, err = w.pair.PlanWithdraw(ctx, w.client, whale.Address, blue.Amount{Assets: difference})
	}
	if err != nil {
		return err
	}
	return w.carryOut(ctx, plan, whale)
}

// carryOut turns a plan into unsigned transactions, has the account sign their digests, sends them and waits.
func (w *world) carryOut(ctx context.Context, plan gaib.Plan, from devnet.Account) error {
	if len(plan) == 0 {
		return nil
	}
	// Gas is estimated at the time of the latest block; where that touched the market, interest accrues only in the next.
	if err := w.chain.Mine(1); err != nil {
		return err
	}
	transactions, err := plan.Transactions(ctx, w.client, from.Address)
	if err != nil {
		return fmt.Errorf("%s: %w", plan.Describe(), err)
	}
	for _, tx := range transactions {
		digest, err := tx.Digest()
		if err != nil {
			return err
		}
		signature, err := from.SignDigest(digest) // here a wallet, a KMS or a hardware key would sign
		if err != nil {
			return err
		}
		var hash common.Hash
		if hash, err = tx.Send(ctx, w.client, signature); err != nil {
			return err
		}
		if _, err := tx.Wait(ctx, w.client, hash); err != nil {
			return err
		}
	}
	if from.Address == w.alice.Address {
		fmt.Fprintf(w.out, "  %s  %s\n", w.chain.Now().Format(time.DateOnly), plan.Describe())
	}
	return nil
}
