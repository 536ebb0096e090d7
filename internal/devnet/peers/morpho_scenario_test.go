package peers

import (
	"context"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/internal/devnet"
	"github.com/gaib-go/gaib/internal/devnet/manager"
	"github.com/gaib-go/gaib/internal/devnet/market"
	"github.com/gaib-go/gaib/lending"
	"github.com/gaib-go/gaib/lending/morpho"
	"github.com/gaib-go/gaib/lending/morpho/blue"
	"github.com/gaib-go/gaib/lending/morpho/contract"
	"github.com/gaib-go/gaib/said"
)

// loanOnSAID is a market of sAID against USDC, seen through package morpho, on a devnet.
type loanOnSAID struct {
	t      *testing.T
	ctx    context.Context
	chain  *devnet.Chain
	client gaib.Client
	who    devnet.Accounts
	vault  said.Vault
	books  manager.Vault
	usdc   gaib.ERC20
	pair   morpho.Pair
}

func (l *loanOnSAID) carryOut(from devnet.Account, plan gaib.Plan, err error) []gaib.Receipt {
	l.t.Helper()
	require.NoError(l.t, err)
	// A node estimates at the head's own time. Right after an accrual that leaves out what the next one costs.
	require.NoError(l.t, l.chain.Mine(1))
	transactions, err := plan.Transactions(l.ctx, l.client, from.Address)
	require.NoError(l.t, err, plan.Describe())
	receipts := make([]gaib.Receipt, len(transactions))
	for i, tx := range transactions {
		digest, err := tx.Digest()
		require.NoError(l.t, err)
		signature, err := from.SignDigest(digest)
		require.NoError(l.t, err)
		hash, err := tx.Send(l.ctx, l.client, signature)
		require.NoError(l.t, err)
		receipts[i], err = tx.Wait(l.ctx, l.client, hash)
		require.NoError(l.t, err)
	}
	return receipts
}

func (l *loanOnSAID) manage(call gaib.Call) {
	l.t.Helper()
	l.carryOut(l.who.Manager, gaib.Plan{call}, nil)
}

// look reads market, price and a position at one block, with interest up to it.
func (l *loanOnSAID) look(account common.Address) (blue.Market, blue.Position, uint256.Int, uint64) {
	l.t.Helper()
	m, p, price := l.pair.Market(), l.pair.Position(account), l.pair.Price()
	block, err := gaib.Read(l.ctx, l.client, gaib.Latest, m, p, price)
	require.NoError(l.t, err)
	now := uint64(block.Time.Unix())
	present, _, err := m.Value().Accrue(now)
	require.NoError(l.t, err)
	return present, p.Value(), price.Value(), now
}

// story is a loan against sAID from its beginning to its liquidation and the liquidator's exit.
func (l *loanOnSAID) story() {
	t := l.t
	lender, borrower, bot := l.who.Alice, l.who.Whale, l.who.Bob

	// A lender supplies half of what it has; a plan that needs no second approval is one call.
	balance, err := l.usdc.BalanceOf(lender.Address).Call(l.ctx, l.client, gaib.Latest)
	require.NoError(t, err)
	var half uint256.Int
	half.Rsh(&balance, 1)
	plan, err := l.pair.PlanSupply(l.ctx, l.client, lender.Address, half)
	require.Len(t, plan, 2)
	l.carryOut(lender, plan, err)
	var short *gaib.ERC20InsufficientBalanceError
	_, err = l.pair.PlanSupply(l.ctx, l.client, lender.Address, balance)
	require.ErrorAs(t, err, &short)

	// A small loan, paid back in full a day later: by shares, so that no dust is left, and out of one approval.
	thousand := *uint256.NewInt(1_000_000_000)
	collateral := *uint256.MustFromDecimal("10000000000000000000000")
	plan, err = l.pair.PlanBorrow(l.ctx, l.client, borrower.Address, collateral, thousand)
	l.carryOut(borrower, plan, err)
	require.NoError(t, l.chain.Travel(24*time.Hour))
	_, _, _, _ = l.look(borrower.Address)
	plan, err = l.pair.PlanRepay(l.ctx, l.client, borrower.Address, *uint256.NewInt(400_000_000))
	l.carryOut(borrower, plan, err)
	plan, err = l.pair.PlanRepayAll(l.ctx, l.client, borrower.Address, time.Hour)
	l.carryOut(borrower, plan, err)
	_, p, _, _ := l.look(borrower.Address)
	require.Equal(t, blue.Position{Collateral: collateral}, p)
	_, err = l.pair.PlanRepayAll(l.ctx, l.client, borrower.Address, time.Hour)
	require.ErrorIs(t, err, blue.ErrInconsistentInput, "there is nothing to repay")
	l.authorise(borrower, bot)

	// Borrow at the limit: sAID is valued at the Deposit NAV. One unit more is refused, by the plan as by the chain.
	m, p, price, _ := l.look(borrower.Address)
	nav, err := l.vault.NAV().Call(l.ctx, l.client, gaib.Latest)
	require.NoError(t, err)
	scale, err := blue.ScaleFactor(blue.OracleSide{Decimals: 18, Vault: true, Sample: *uint256.NewInt(1e18)}, blue.OracleSide{Decimals: 6, Sample: *uint256.NewInt(1)})
	require.NoError(t, err)
	expected, err := blue.OraclePrice(scale, blue.OracleAnswers{Vault: &nav.Deposit}, blue.OracleAnswers{})
	require.NoError(t, err)
	require.Equal(t, expected, price, "what MorphoChainlinkOracleV2 says of sAID")
	most, err := m.MaxBorrow(p, price)
	require.NoError(t, err)
	require.Equal(t, "9074276863", most.Dec(), "86 %% of 10,551.484725, which 10,000 sAID are worth at 1.055148472560343645")
	var above uint256.Int
	above.AddUint64(&most, 1)
	_, err = l.pair.PlanBorrow(l.ctx, l.client, borrower.Address, uint256.Int{}, above)
	require.ErrorIs(t, err, blue.ErrInsufficientCollateral)
	plan, err = l.pair.PlanBorrow(l.ctx, l.client, borrower.Address, uint256.Int{}, most)
	l.carryOut(borrower, plan, err)
	_, err = gaib.Plan{l.pair.Borrow(blue.Amount{Assets: *uint256.NewInt(10)}, borrower.Address, borrower.Address)}.Simulate(l.ctx, l.client, borrower.Address)
	require.ErrorIs(t, err, blue.ErrInsufficientCollateral, "the chain's revert leads to the same sentinel")
	_, err = gaib.Plan{l.pair.Borrow(blue.Amount{Assets: *uint256.NewInt(10)}, borrower.Address, bot.Address)}.Simulate(l.ctx, l.client, bot.Address)
	require.ErrorIs(t, err, blue.ErrUnauthorized)

	// A month later the NAV steps up by 1 % gross, of which the protocol keeps its fee: health is that and the interest.
	require.NoError(t, l.chain.Travel(30*24*time.Hour))
	state, err := l.books.State().Call(l.ctx, l.client, gaib.Latest)
	require.NoError(t, err)
	var yield uint256.Int
	yield.Div(&state.TotalAssets, uint256.NewInt(100))
	l.manage(l.books.AccrueYield(yield))
	m, p, price, _ = l.look(borrower.Address)
	h, err := m.Health(&p, &price)
	require.NoError(t, err)
	require.True(t, h.Healthy())
	factor, err := h.Factor()
	require.NoError(t, err)
	require.InDelta(t, 1.0075, factor.Float64(), 0.003, "0.8 % of yield less a month's interest")

	// A mark-down lowers the Unstaking NAV only. The market does not notice; a liquidator would.
	var loss uint256.Int
	loss.Mul(&state.TotalAssets, uint256.NewInt(8))
	loss.Div(&loss, uint256.NewInt(100))
	l.manage(l.books.MarkDown(loss))
	_, _, unmoved, _ := l.look(borrower.Address)
	require.Equal(t, price, unmoved)
	nav, err = l.vault.NAV().Call(l.ctx, l.client, gaib.Latest)
	require.NoError(t, err)
	pair, err := m.Lending(price)
	require.NoError(t, err)
	viable, err := lending.LiquidationViable(pair.Bonus, 0, lending.NAV{Deposit: nav.Deposit, Unstaking: nav.Unstaking}, lending.Exit{Wait: 30 * 24 * time.Hour, Rate: 0.1})
	require.NoError(t, err)
	require.False(t, viable.Viable)
	require.Equal(t, lending.HaircutTooLarge, viable.Reason)
	_, _, err = l.pair.PlanLiquidate(l.ctx, l.client, bot.Address, borrower.Address, time.Hour)
	require.ErrorIs(t, err, blue.ErrHealthyPosition)

	// The loss is realised: now the Deposit NAV falls too, in one step, and the position can be liquidated.
	l.manage(gaib.NewCall(l.vault.Contract(), manager.VaultRealizeLoss{Loss: loss}, ""))
	nav, err = l.vault.NAV().Call(l.ctx, l.client, gaib.Latest)
	require.NoError(t, err)
	viable, err = lending.LiquidationViable(pair.Bonus, 0, lending.NAV{Deposit: nav.Deposit, Unstaking: nav.Unstaking}, lending.Exit{Wait: 30 * 24 * time.Hour, Rate: 0.1})
	require.NoError(t, err)
	require.True(t, viable.Viable)
	require.True(t, viable.OwnCapital, "the queue outlasts any flash loan")
	plan, quote, err := l.pair.PlanLiquidate(l.ctx, l.client, bot.Address, borrower.Address, time.Hour)
	stored := l.pair.Market() // with its last accrual: the contract adds the interest once, when it is called
	_, err2 := gaib.Read(l.ctx, l.client, gaib.Latest, stored)
	require.NoError(t, err2)
	_, positionBefore, price, _ := l.look(borrower.Address)
	receipts := l.carryOut(bot, plan, err)
	var event *contract.MorphoLiquidateEvent
	for _, log := range receipts[len(receipts)-1].Decode(l.pair.Sources()...) {
		if e, ok := log.Event.(*contract.MorphoLiquidateEvent); ok {
			event = e
		}
	}
	require.NotNil(t, event)
	header, err := gaib.Head(l.ctx, l.client, gaib.Latest)
	require.NoError(t, err)
	exact, err := stored.Value().Liquidate(positionBefore, uint256.Int{}, quote.RepaidShares, price, uint64(header.Time.Unix()))
	require.NoError(t, err)
	require.Equal(t, exact.Liquidation, blue.Liquidation{SeizedAssets: event.SeizedAssets, RepaidShares: event.RepaidShares, RepaidAssets: event.RepaidAssets,
		BadDebtAssets: event.BadDebtAssets, BadDebtShares: event.BadDebtShares}, "to the unit, at the block it was mined in")
	require.True(t, event.BadDebtAssets.IsZero(), "8 % is less than the largest step of 10.2 %")
	_, left, _, _ := l.look(borrower.Address)
	require.Equal(t, exact.Position, left)
	require.True(t, left.BorrowShares.IsZero())

	// What is left of the collateral is the borrower's.
	plan, err = l.pair.PlanWithdrawCollateral(l.ctx, l.client, borrower.Address, uint256.Int{})
	l.carryOut(borrower, plan, err)

	// The bot leaves through the queue, and is paid the Unstaking NAV: more AID than the USDC that it repaid.
	aidToken := gaib.NewERC20(gaib.Mainnet().Contract(gaib.AID), gaib.Unit{Symbol: "AID", Decimals: 18})
	had, err := aidToken.BalanceOf(bot.Address).Call(l.ctx, l.client, gaib.Latest)
	require.NoError(t, err)
	plan, err = l.vault.PlanUnstake(l.ctx, l.client, bot.Address, event.SeizedAssets)
	l.carryOut(bot, plan, err)
	request, err := l.vault.PendingUnstake(bot.Address).Call(l.ctx, l.client, gaib.Latest)
	require.NoError(t, err)
	require.NoError(t, l.chain.Travel(30*24*time.Hour))
	l.manage(l.books.FundQueueFromIdle(request.Pending))
	l.carryOut(bot, gaib.Plan{l.vault.ProcessUnstakeQueue(100)}, nil)
	has, err := aidToken.BalanceOf(bot.Address).Call(l.ctx, l.client, gaib.Latest)
	require.NoError(t, err)
	var paid, cost uint256.Int
	paid.Sub(&has, &had)
	cost.Mul(&event.RepaidAssets, uint256.NewInt(1e12))
	require.True(t, paid.Gt(&cost))
	bonus := paid.Float64()/cost.Float64() - 1
	require.InDelta(t, 0.0438, bonus, 0.0002, "the whole incentive at LLTV 86 %%, since the two NAVs are one again")
	t.Logf("repaid %s USDC, seized %s, paid out %s AID: %.2f %%", gaib.FormatUnits(event.RepaidAssets, 6), said.Unit().Format(event.SeizedAssets), gaib.FormatUnits(paid, 18), 100*bonus)

	// The lender leaves with its interest: everything, by shares.
	plan, err = l.pair.PlanWithdraw(l.ctx, l.client, lender.Address, blue.Amount{})
	l.carryOut(lender, plan, err)
	after, err := l.usdc.BalanceOf(lender.Address).Call(l.ctx, l.client, gaib.Latest)
	require.NoError(t, err)
	require.True(t, after.Gt(&balance))
}

// authorise lets one account act for another by signature, and takes that back; the signature works once.
func (l *loanOnSAID) authorise(who, other devnet.Account) {
	t, b := l.t, l.pair.Protocol()
	nonce, err := b.Nonce(who.Address).Call(l.ctx, l.client, gaib.Latest)
	require.NoError(t, err)
	a := morpho.Authorization{Authorizer: who.Address, Authorized: other.Address, Allow: true, Nonce: nonce, Deadline: l.chain.Now().Add(time.Hour)}
	digest, err := b.AuthorizationDigest(a)
	require.NoError(t, err)
	signature, err := who.SignDigest(digest)
	require.NoError(t, err)
	call := b.AuthorizeSigned(a, signature)
	l.carryOut(other, gaib.Plan{call}, nil)
	allowed, err := b.IsAuthorized(who.Address, other.Address).Call(l.ctx, l.client, gaib.Latest)
	require.NoError(t, err)
	require.True(t, allowed)
	_, err = gaib.Plan{call}.Simulate(l.ctx, l.client, other.Address)
	require.ErrorIs(t, err, blue.ErrSignature)
	l.carryOut(who, gaib.Plan{b.Authorize(other.Address, false)}, nil)
	allowed, err = b.IsAuthorized(who.Address, other.Address).Call(l.ctx, l.client, gaib.Latest)
	require.NoError(t, err)
	require.False(t, allowed)
}

// sAID as collateral against USDC, on the devnet's own market, without anything from npm.
func TestLoanOnSAIDStandIn(t *testing.T) {
	l := newLoanOnSAID(t)
	lent, err := market.Deploy(t.Context(), l.chain)
	require.NoError(t, err)
	m, err := lent.Create(t.Context(), market.Config{})
	require.NoError(t, err)
	l.open(lent.Address, blue.Params{LoanToken: m.Loan, CollateralToken: m.Collateral, Oracle: m.Oracle, IRM: m.RateModel, LLTV: lending.Ratio(m.LLTV.Uint64())})
	require.Equal(t, m.ID, l.pair.ID())
	l.story()
}

// The same story on the real Morpho Blue and rate model.
func TestLoanOnSAID(t *testing.T) {
	artifacts := Require(t, "Morpho", "AdaptiveCurveIrm")
	l := newLoanOnSAID(t)
	owner := l.who.Manager
	at, err := artifacts[0].Deploy(t.Context(), l.chain, owner, owner.Address)
	require.NoError(t, err)
	irm, err := artifacts[1].Deploy(t.Context(), l.chain, owner, at)
	require.NoError(t, err)
	oracle, err := OfDevnet("MarketOracle")
	require.NoError(t, err)
	const depositNAV = 1
	price, err := oracle.Deploy(t.Context(), l.chain, owner, owner.Address, l.vault.Address(), uint8(6), uint8(depositNAV), uint256.NewInt(1e18).ToBig())
	require.NoError(t, err)
	l.open(at, blue.Params{LoanToken: l.usdc.Address(), CollateralToken: l.vault.Address(), Oracle: price, IRM: irm, LLTV: 860e15})
	c := l.pair.Protocol().Contract()
	for _, call := range []gaib.Call{
		gaib.NewCall(c, contract.MorphoEnableIrm{Irm: irm}, ""),
		gaib.NewCall(c, contract.MorphoEnableLltv{Lltv: *uint256.NewInt(860e15)}, ""),
		l.pair.Protocol().CreateMarket(l.pair.Params()),
	} {
		l.manage(call)
	}
	l.story()
}

func newLoanOnSAID(t *testing.T) *loanOnSAID {
	chain, err := devnet.New()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, chain.Close()) })
	d := gaib.Mainnet().AllowAssumed()
	vault := said.NewVault(d)
	return &loanOnSAID{t: t, ctx: t.Context(), chain: chain, client: chain.Client(), who: chain.Accounts(), vault: vault, books: manager.NewVault(vault), usdc: gaib.NewStablecoin(d, gaib.USDC)}
}

func (l *loanOnSAID) open(at common.Address, params blue.Params) {
	d := gaib.Mainnet().AllowAssumed().With(morpho.NameMorpho, gaib.Entry{Address: at, Evidence: gaib.Confirmed})
	l.pair = morpho.New(d).Pair(params, gaib.Unit{Symbol: "USDC", Decimals: 6}, said.Unit())
}
