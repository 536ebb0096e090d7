package peers

import (
	"math/big"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/internal/devnet"
	"github.com/gaib-go/gaib/internal/devnet/manager"
	"github.com/gaib-go/gaib/lending"
	"github.com/gaib-go/gaib/lending/aave"
	"github.com/gaib-go/gaib/lending/aave/core"
	"github.com/gaib-go/gaib/said"
)

// aaveWorld is GAIB's devnet with an Aave market of sAID against USDC.
type aaveWorld struct {
	*testing.T
	chain   *devnet.Chain
	who     devnet.Accounts
	market  *AaveMarket
	pool    aave.Pool
	layout  aave.Layout
	aid     gaib.ERC20
	usdc    gaib.ERC20
	vault   said.Vault
	manager manager.Vault
}

// The reserve ids.
const saidReserve, usdcReserve = 0, 1

func newAaveWorld(t *testing.T) *aaveWorld {
	Require(t, AaveContracts()...)
	chain, err := devnet.New()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, chain.Close()) })
	w := &aaveWorld{T: t, chain: chain, who: chain.Accounts()}
	d := gaib.Mainnet().AllowAssumed()
	at := devnet.Addresses()
	w.aid, w.usdc, w.vault = gaib.NewERC20(d.Contract(gaib.AID), gaib.Unit{Symbol: "AID", Decimals: 18}), gaib.NewStablecoin(d, gaib.USDC), said.NewVault(d)
	w.manager = manager.NewVault(w.vault)
	nav := w.nav()
	w.market, err = DeployAave(OnChain(t.Context(), chain, w.who.Manager), w.who.Manager.Address,
		AaveListing{Asset: at.SAID, Symbol: "sAID", Decimals: 18, Price: price(nav.Deposit), LTV: 7_500, Threshold: 8_000, Bonus: 10_600, Fee: 1_000, FlashLoans: true},
		AaveListing{Asset: at.USDC, Symbol: "USDC", Decimals: 6, Price: uint256.NewInt(1e8).ToBig(), LTV: 7_700, Threshold: 8_000, Bonus: 10_450, ReserveFactor: 1_000, Fee: 1_000, Borrowable: true, FlashLoans: true})
	require.NoError(t, err)
	w.pool = aave.NewPool(d.With(aave.PoolName, gaib.Entry{Address: w.market.Pool, Evidence: gaib.Confirmed}), core.V30)
	w.layout, err = w.pool.Layout(t.Context(), chain.Client(), gaib.Latest)
	require.NoError(t, err)
	return w
}

// price is a NAV, 18 decimals, as an oracle that reads convertToAssets reports it: AID counts as a dollar, 8 decimals.
func price(nav uint256.Int) *big.Int {
	return nav.Div(&nav, uint256.NewInt(1e10)).ToBig()
}

func (w *aaveWorld) nav() said.NAV {
	nav, err := w.vault.NAV().Call(w.Context(), w.chain.Client(), gaib.Latest)
	require.NoError(w, err)
	return nav
}

// reprice lets the oracle follow the Deposit NAV.
func (w *aaveWorld) reprice() said.NAV {
	nav := w.nav()
	require.NoError(w, w.market.SetPrice(w.vault.Address(), price(nav.Deposit)))
	return nav
}

func (w *aaveWorld) send(from devnet.Account, plan ...gaib.Call) {
	w.Helper()
	for _, call := range plan {
		require.NoError(w, call.Err())
		_, err := w.chain.Send(w.Context(), from, call.To, nil, call.Data)
		require.NoError(w, err, call.Describe())
	}
}

// state reads the market and an account.
func (w *aaveWorld) state(user devnet.Account) core.State {
	w.Helper()
	s, err := w.pool.Snapshot(w.Context(), w.chain.Client(), gaib.Latest, w.layout, user.Address)
	require.NoError(w, err)
	return s.State(0)
}

// next is the state that an action is mined in: one block on.
func (w *aaveWorld) next(s core.State) core.State {
	s.Market.Time += 12
	return s
}

// equal checks a simulated state against the chain.
func (w *aaveWorld) equal(user devnet.Account, simulated core.State, err error) {
	w.Helper()
	require.NoError(w, err)
	read := w.state(user)
	require.Equal(w, read.Market, simulated.Market)
	require.Equal(w, read.Account.Config, simulated.Account.Config)
	for id := range read.Market.Reserves {
		require.Equal(w, read.Account.Balance(id), simulated.Account.Balance(id))
	}
}

func aidAmount(text string) uint256.Int {
	amount, err := gaib.ParseUnits(text, 18)
	if err != nil {
		panic(err)
	}
	return amount
}

// sAID is lent against, up to the limit; its NAV rises, is marked down; a liquidator takes it and leaves through the queue.
// Every step is simulated first and compared with the chain after it.
func TestAaveScenario(t *testing.T) {
	w := newAaveWorld(t)
	ctx, client := t.Context(), w.chain.Client()
	alice, bob, whale := w.who.Alice, w.who.Bob, w.who.Whale

	revision, err := w.pool.Revision().Call(ctx, client, gaib.Latest)
	require.NoError(t, err)
	require.Equal(t, core.V30, revision)
	require.Len(t, w.layout.Listings, 2)

	// USDC to borrow.
	liquidity := uint256.NewInt(5_000_000e6)
	plan, err := w.pool.PlanSupply(ctx, client, whale.Address, w.usdc, *liquidity)
	require.NoError(t, err)
	require.Len(t, plan, 2, "an approval and the supply")
	w.send(whale, plan...)

	// Alice stakes what she has and supplies the shares.
	stake, err := w.vault.PlanStake(ctx, client, alice.Address, aidAmount("10000"))
	require.NoError(t, err)
	w.send(alice, stake...)
	shares, err := w.vault.BalanceOf(alice.Address).Call(ctx, client, gaib.Latest)
	require.NoError(t, err)
	plan, err = w.pool.PlanSupply(ctx, client, alice.Address, w.vault.ERC20, shares)
	require.NoError(t, err)
	w.send(alice, plan[:1]...)
	simulated, err := w.next(w.state(alice)).Supply(saidReserve, shares)
	w.send(alice, plan[1:]...)
	w.equal(alice, simulated, err)
	require.True(t, simulated.Account.Config.Collateral(saidReserve))

	// She borrows at the limit: one unit of USDC more is refused, in Go and by the pool, with the same words.
	s := w.next(w.state(alice))
	d, err := s.Data()
	require.NoError(t, err)
	limit, err := d.Available(core.V30)
	require.NoError(t, err)
	limit.Div(&limit, uint256.NewInt(100)) // USDC has two decimals less than the dollar of the oracle
	var above uint256.Int
	above.AddUint64(&limit, 1)
	_, err = s.Borrow(usdcReserve, above)
	require.ErrorIs(t, err, core.ErrCollateralTooLow)
	refused := w.pool.Borrow(w.usdc, above, alice.Address)
	var answer string
	err = gaib.DecodeNodeError(client.CallContext(ctx, &answer, "eth_call", map[string]any{"from": alice.Address, "to": refused.To, "input": "0x" + common.Bytes2Hex(refused.Data)}, "latest"), aave.DecodeError)
	require.ErrorIs(t, err, core.ErrCollateralTooLow)
	plan, err = w.pool.PlanBorrow(s, alice.Address, w.usdc, limit)
	require.NoError(t, err)
	simulated, err = s.Borrow(usdcReserve, limit)
	w.send(alice, plan...)
	w.equal(alice, simulated, err)

	// A month later the NAV steps up, and so does her health; the pool's own figures are the simulated ones.
	before, err := w.state(alice).Data()
	require.NoError(t, err)
	require.NoError(t, w.chain.Travel(30*24*time.Hour))
	w.send(w.who.Manager, w.manager.AccrueYield(aidAmount("210000")))
	w.reprice()
	up, err := w.state(alice).Data()
	require.NoError(t, err)
	require.Positive(t, up.Health.Wad.Cmp(&before.Health.Wad))
	mined, err := w.pool.AccountData(alice.Address).Call(ctx, client, gaib.Latest)
	require.NoError(t, err)
	require.Equal(t, mined.HealthFactor, up.Health.Wad)
	require.Equal(t, mined.TotalCollateralBase, up.Collateral)
	require.Equal(t, mined.TotalDebtBase, up.Debt)

	// Health in the terms of package lending, and how far the price may fall.
	account, legs, err := w.state(alice).Lending()
	require.NoError(t, err)
	require.Equal(t, core.Legs{Collaterals: []int{saidReserve}, Debts: []int{usdcReserve}}, legs)
	value, err := account.Value()
	require.NoError(t, err)
	require.Equal(t, up.Collateral, value.Collateral)

	// A deal is marked down: the Deposit NAV, which the oracle follows, does not move, but the way out gets cheaper.
	loss := aidAmount("1400000")
	w.send(w.who.Manager, w.manager.MarkDown(loss))
	nav := w.reprice()
	require.Positive(t, nav.Deposit.Cmp(&nav.Unstaking))
	down, err := w.state(alice).Data()
	require.NoError(t, err)
	require.GreaterOrEqual(t, down.Health.Cmp(lending.One), 0, "the oracle has not seen the loss")
	_, _, err = w.state(alice).Liquidate(core.Liquidation{Collateral: saidReserve, Debt: usdcReserve, Cover: core.Max()})
	require.ErrorIs(t, err, core.ErrHealthy)

	// What a liquidator would need: the haircut between the two NAVs is more than the bonus, so nobody would act.
	exit := lending.Exit{Wait: 60 * 24 * time.Hour, Rate: 0.08}
	viable, err := lending.LiquidationViable(lending.Bps(600), 0, lending.NAV{Deposit: nav.Deposit, Unstaking: nav.Unstaking}, exit)
	require.NoError(t, err)
	require.False(t, viable.Viable)
	require.Equal(t, lending.HaircutTooLarge, viable.Reason)

	// The loss becomes final: now the Deposit NAV falls too, the two are one again, and Alice can be liquidated.
	w.send(w.who.Manager, gaib.NewCall(w.vault.Contract(), manager.VaultRealizeLoss{Loss: loss}, "make the loss final"))
	nav = w.reprice()
	require.Equal(t, nav.Deposit, nav.Unstaking)
	s = w.state(alice)
	broken, err := s.Data()
	require.NoError(t, err)
	require.Negative(t, broken.Health.Cmp(lending.One))
	viable, err = lending.LiquidationViable(lending.Bps(600), 0, lending.NAV{Deposit: nav.Deposit, Unstaking: nav.Unstaking}, exit)
	require.NoError(t, err)
	require.True(t, viable.Viable)

	// Bob liquidates half of the debt.
	_, quote, err := w.next(w.next(s)).Liquidate(core.Liquidation{Collateral: saidReserve, Debt: usdcReserve, Cover: core.Max()})
	require.NoError(t, err)
	plan, err = w.pool.PlanLiquidate(ctx, client, bob.Address, alice.Address, w.vault.ERC20, w.usdc, quote.Repaid)
	require.NoError(t, err)
	require.Len(t, plan, 2)
	w.send(bob, plan[:1]...)
	simulated, quote, err = w.next(w.state(alice)).Liquidate(core.Liquidation{Collateral: saidReserve, Debt: usdcReserve, Cover: quote.Repaid})
	require.NoError(t, err)
	w.send(bob, plan[1:]...)
	w.equal(alice, simulated, err)
	seized, err := w.vault.BalanceOf(bob.Address).Call(ctx, client, gaib.Latest)
	require.NoError(t, err)
	require.Equal(t, quote.Seized, seized)

	// He leaves through the queue and has more than he paid, less what waiting costs.
	unstake, err := w.vault.PlanUnstake(ctx, client, bob.Address, seized)
	require.NoError(t, err)
	w.send(bob, unstake...)
	require.NoError(t, w.chain.Travel(60*24*time.Hour))
	held, err := w.aid.BalanceOf(bob.Address).Call(ctx, client, gaib.Latest)
	require.NoError(t, err)
	w.send(w.who.Manager, w.manager.FundQueueFromIdle(aidAmount("20000")))
	w.send(w.who.Carol, w.vault.ProcessUnstakeQueue(10))
	got, err := w.aid.BalanceOf(bob.Address).Call(ctx, client, gaib.Latest)
	require.NoError(t, err)
	got.Sub(&got, &held)
	paid := quote.Repaid
	paid.Mul(&paid, uint256.NewInt(1e12))
	require.Positive(t, got.Cmp(&paid), "the liquidation pays")
	bound := paid
	bound.Mul(&bound, uint256.NewInt(106))
	bound.Div(&bound, uint256.NewInt(100))
	require.Negative(t, got.Cmp(&bound), "not more than the bonus")

	// Alice repays everything and withdraws the rest.
	give, err := w.usdc.BalanceOf(alice.Address).Call(ctx, client, gaib.Latest)
	require.NoError(t, err)
	require.False(t, give.IsZero())
	plan, err = w.pool.PlanRepayAll(ctx, client, alice.Address, w.usdc, w.layout.Listings[usdcReserve])
	require.NoError(t, err)
	w.send(alice, plan[:len(plan)-1]...)
	simulated, _, err = w.next(w.state(alice)).Repay(usdcReserve, core.Max())
	w.send(alice, plan[len(plan)-1])
	w.equal(alice, simulated, err)
	require.False(t, simulated.Account.Config.Borrowing(usdcReserve))
	plan, err = w.pool.PlanWithdrawAll(w.next(w.state(alice)), alice.Address, w.vault.ERC20)
	require.NoError(t, err)
	simulated, _, err = w.next(w.state(alice)).Withdraw(saidReserve, core.Max())
	w.send(alice, plan...)
	w.equal(alice, simulated, err)
	_, err = w.pool.PlanRepayAll(ctx, client, alice.Address, w.usdc, w.layout.Listings[usdcReserve])
	require.ErrorIs(t, err, core.ErrNoDebt)
}
