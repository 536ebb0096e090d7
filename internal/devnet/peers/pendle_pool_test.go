package peers

import (
	"context"
	"math/big"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/internal/devnet"
	"github.com/gaib-go/gaib/yield/pendle"
	"github.com/gaib-go/gaib/yield/pendle/contract"
	"github.com/gaib-go/gaib/yield/pendle/pool"
)

// pendleOnDevnet is Pendle's real code on a chain with blocks, read and traded through the library.
type pendleOnDevnet struct {
	t      *testing.T
	ctx    context.Context
	chain  *devnet.Chain
	p      *Pendle
	market common.Address
	alice  devnet.Account
	pool   pool.Pool
	router pool.Router
	asset  gaib.ERC20
}

func pendleNewOnDevnet(t *testing.T) *pendleOnDevnet {
	Require(t, PendleContracts()...)
	chain, err := devnet.New()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, chain.Close()) })
	o := &pendleOnDevnet{t: t, ctx: t.Context(), chain: chain, alice: chain.Accounts().Alice}
	expiry := uint32(chain.Now().Unix()/86400+200) * 86400
	o.p, err = DeployPendle(OnChain(o.ctx, chain, o.alice), o.alice.Address, PendleConfig{Expiry: expiry})
	require.NoError(t, err)
	o.market, err = o.p.NewMarket(new(big.Int).Mul(big.NewInt(15), big.NewInt(1e18)), big.NewInt(1.06e18), big.NewInt(2e15))
	require.NoError(t, err)
	million := new(big.Int).Mul(big.NewInt(1e6), big.NewInt(1e18))
	require.NoError(t, o.p.Fund(o.alice.Address, million))
	half := new(big.Int).Rsh(million, 1)
	d := &deployer{backend: o.p.Backend, from: o.alice.Address}
	d.send(o.p.SY, o.p.TokenABI, "transfer", o.market, half)
	d.send(o.p.PT, o.p.TokenABI, "transfer", o.market, half)
	d.send(o.market, o.p.Market, "mint", o.alice.Address, half, half)
	d.send(o.p.Asset, o.p.TokenABI, "mint", o.alice.Address, million)
	require.NoError(t, d.err)

	deployment := gaib.NewDeployment(chain.ChainID(), "devnet").
		With(pool.RouterName, gaib.Entry{Address: o.p.Router, Evidence: gaib.Confirmed}).
		With(pool.OracleName, gaib.Entry{Address: o.p.Oracle, Evidence: gaib.Confirmed}).
		With("AID", gaib.Entry{Address: o.p.Asset, Evidence: gaib.Confirmed})
	o.pool, err = pool.Open(o.ctx, chain.Client(), deployment, o.market)
	require.NoError(t, err)
	o.router = o.pool.Router()
	o.asset = gaib.NewERC20(deployment.Contract("AID"), gaib.Unit{Symbol: "AID", Decimals: 18})
	return o
}

func (o *pendleOnDevnet) read(queries ...gaib.Reader) gaib.Header {
	o.t.Helper()
	header, err := gaib.Read(o.ctx, o.chain.Client(), gaib.Latest, queries...)
	require.NoError(o.t, err)
	return header
}

func (o *pendleOnDevnet) state() pendle.Market {
	o.t.Helper()
	market := o.pool.Market()
	o.read(market)
	return market.Value()
}

func (o *pendleOnDevnet) balance(token gaib.ERC20) uint256.Int {
	o.t.Helper()
	balance := token.BalanceOf(o.alice.Address)
	o.read(balance)
	return balance.Value()
}

// run sends the plan and returns the time of its last block, and what the account got of a token.
func (o *pendleOnDevnet) run(plan gaib.Plan, err error, got gaib.ERC20) (now uint64, received uint256.Int) {
	o.t.Helper()
	require.NoError(o.t, err)
	require.NoError(o.t, plan.Err())
	before := o.balance(got)
	for _, call := range plan {
		receipt, err := o.chain.Send(o.ctx, o.alice, call.To, &call.Value, call.Data)
		require.NoError(o.t, err, call.Describe())
		require.EqualValues(o.t, 1, receipt.Status, call.Describe())
	}
	after := o.balance(got)
	return uint64(o.chain.Now().Unix()), *after.Sub(&after, &before)
}

// What a plan does on the real contracts is what the market's value says of it, to the wei.
func TestPendlePlans(t *testing.T) {
	o := pendleNewOnDevnet(t)
	client, me := o.chain.Client(), o.alice.Address
	require.Equal(t, "SY-sAID", o.pool.SY.Unit().Symbol)
	require.Equal(t, o.p.Vault, o.pool.YieldToken)
	require.Equal(t, o.p.Asset, o.pool.Asset)
	thousand := *new(uint256.Int).Mul(uint256.NewInt(1000), uint256.NewInt(1e18))

	// Buy PT.
	m := o.state()
	plan, err := o.router.PlanBuyPT(o.ctx, client, me, o.asset, thousand, 50)
	require.Len(t, plan, 2, "an approval and the swap")
	require.Contains(t, plan.Describe(), "swap 1,000 AID for at least ")
	now, got := o.run(plan, err, o.pool.PT)
	var call contract.RouterSwapExactTokenForPt
	require.NoError(t, call.Decode(plan[1].Data))
	trade, err := m.SwapExactSYForPT(thousand, call.GuessPtOut, now)
	require.NoError(t, err)
	require.Equal(t, trade.PT, got)
	require.Equal(t, m, o.state(), "the market afterwards")

	// Sell it.
	plan, err = o.router.PlanSellPT(o.ctx, client, me, got, o.asset, 50)
	now, paid := o.run(plan, err, o.asset)
	trade, err = m.SwapExactPTForSY(got, now)
	require.NoError(t, err)
	require.Equal(t, trade.SY, paid, "an SY is worth one asset")
	require.Equal(t, m, o.state())

	// Buy and sell YT.
	plan, err = o.router.PlanBuyYT(o.ctx, client, me, o.asset, thousand, 100)
	now, got = o.run(plan, err, o.pool.YT)
	var buy contract.RouterSwapExactTokenForYt
	require.NoError(t, buy.Decode(plan[len(plan)-1].Data))
	yt, _, err := m.SwapExactSYForYT(thousand, buy.GuessYtOut, now)
	require.NoError(t, err)
	require.Equal(t, yt, got)
	plan, err = o.router.PlanSellYT(o.ctx, client, me, got, o.asset, 100)
	now, paid = o.run(plan, err, o.asset)
	sy, _, err := m.SwapExactYTForSY(got, now)
	require.NoError(t, err)
	require.Equal(t, sy, paid)
	require.Equal(t, m, o.state())

	// Mint PT and YT; the oracle, the observations and the interest agree with the value.
	plan, err = o.router.PlanMintPY(o.ctx, client, me, o.asset, thousand, 0)
	_, got = o.run(plan, err, o.pool.YT)
	require.Equal(t, thousand, got)
	require.NoError(t, o.chain.Travel(time.Hour))
	spot, price, market := o.pool.LnImpliedRate(0), o.pool.PTToAsset(0), o.pool.Market()
	twap, interest := o.pool.LnImpliedRate(1800), o.pool.Interest(me)
	lp := o.pool.LPToAsset(0)
	header := o.read(spot, price, market, twap, interest, lp)
	m = market.Value()
	require.Equal(t, m.LastLnImpliedRate, spot.Value())
	require.Equal(t, spot.Value(), twap.Value(), "nothing was traded for an hour")
	rates, err := m.Rates(spot.Value(), uint64(header.Time.Unix()))
	require.NoError(t, err)
	require.Equal(t, price.Value(), rates.PTToAsset)
	require.Equal(t, lp.Value(), rates.LPToAsset)
	settled := interest.Value()
	require.Equal(t, m.PYIndex, settled.Index)

	// What the library refuses before the chain does.
	_, err = o.router.PlanRedeem(o.ctx, client, me, thousand, o.asset, 0)
	require.ErrorIs(t, err, pool.ErrNotMature)
	_, err = o.router.PlanBuyPT(o.ctx, client, me, o.pool.PT, thousand, 0)
	require.ErrorIs(t, err, pool.ErrToken)
	_, err = o.router.PlanBuyPT(o.ctx, client, me, o.asset, thousand, 10_001)
	require.ErrorIs(t, err, pool.ErrSlippage)
	var short *gaib.ERC20InsufficientBalanceError
	_, err = o.router.PlanSellPT(o.ctx, client, me, *new(uint256.Int).Lsh(&thousand, 60), o.asset, 0)
	require.ErrorAs(t, err, &short)
	_, err = o.router.PlanBuyPT(o.ctx, client, common.Address{}, o.asset, thousand, 0)
	require.ErrorIs(t, err, gaib.ErrZeroAddress)
	old := o.pool.LnImpliedRate(1 << 30)
	_, err = gaib.Read(o.ctx, client, gaib.Latest, old)
	var tooOld *contract.OracleTargetTooOldError
	require.ErrorAs(t, err, &tooOld)
	_, err = pool.Open(o.ctx, client, gaib.NewDeployment(o.chain.ChainID(), "devnet"), o.p.Asset)
	var failed *gaib.CallError
	require.ErrorAs(t, err, &failed)

	// After maturity.
	require.NoError(t, o.chain.TravelTo(o.pool.Maturity.Add(time.Hour)))
	_, err = o.router.PlanBuyPT(o.ctx, client, me, o.asset, thousand, 0)
	require.ErrorIs(t, err, pendle.ErrMature)
	_, err = o.router.PlanSellPT(o.ctx, client, me, thousand, o.asset, 0)
	var expired *contract.MarketExpiredError
	require.ErrorAs(t, err, &expired)
	plan, err = o.router.PlanRedeem(o.ctx, client, me, thousand, o.asset, 0)
	_, paid = o.run(plan, err, o.asset)
	require.Equal(t, thousand, paid)

	// PT and LP at once; both approvals first.
	m = o.state()
	exit := gaib.Plan{o.pool.PT.Approve(o.p.Router, thousand), o.pool.LP.Approve(o.p.Router, thousand),
		o.router.Exit(me, thousand, thousand, o.asset, uint256.Int{})}
	now, paid = o.run(exit, nil, o.asset)
	sy, _, err = m.RemoveLiquiditySingleSY(thousand, now)
	require.NoError(t, err)
	require.Equal(t, *sy.Add(&sy, &thousand), paid, "at an index of one")
}

// The calls whose code is too long for a chain are those that go-ethereum's codec makes; what they do is in the differential.
func TestPendleLiquidityCalls(t *testing.T) {
	o := pendleNewOnDevnet(t)
	type swapData struct {
		SwapType    uint8
		ExtRouter   common.Address
		ExtCalldata []byte
		NeedScale   bool
	}
	type tokenInput struct {
		TokenIn                 common.Address
		NetTokenIn              *big.Int
		TokenMintSy, PendleSwap common.Address
		SwapData                swapData
	}
	type tokenOutput struct {
		TokenOut                  common.Address
		MinTokenOut               *big.Int
		TokenRedeemSy, PendleSwap common.Address
		SwapData                  swapData
	}
	guess := pendleApproxParams{new(big.Int), pendleMaxUint(), new(big.Int), big.NewInt(256), big.NewInt(1e14)}
	five, six := uint256.NewInt(5), uint256.NewInt(6)
	want, err := o.p.RouterABI.Pack("addLiquiditySingleToken", o.alice.Address, o.market, big.NewInt(6), guess,
		tokenInput{TokenIn: o.p.Asset, NetTokenIn: big.NewInt(5), TokenMintSy: o.p.Asset}, pendleEmptyLimit())
	require.NoError(t, err)
	require.Equal(t, want, o.router.AddLiquidity(o.alice.Address, o.asset, *five, *six, pendle.NoGuess()).Data)
	want, err = o.p.RouterABI.Pack("removeLiquiditySingleToken", o.alice.Address, o.market, big.NewInt(5),
		tokenOutput{TokenOut: o.p.Asset, MinTokenOut: big.NewInt(6), TokenRedeemSy: o.p.Asset}, pendleEmptyLimit())
	require.NoError(t, err)
	require.Equal(t, want, o.router.RemoveLiquidity(o.alice.Address, *five, o.asset, *six).Data)

	plan, err := o.router.PlanAddLiquidity(o.ctx, o.chain.Client(), o.alice.Address, o.asset, *uint256.NewInt(1e18), 10)
	require.NoError(t, err)
	require.Len(t, plan, 2)
	plan, err = o.router.PlanRemoveLiquidity(o.ctx, o.chain.Client(), o.alice.Address, *uint256.NewInt(1e18), o.asset, 10)
	require.NoError(t, err)
	require.Contains(t, plan.Describe(), "remove 1 PLP-sAID")
	require.ErrorIs(t, o.router.Exit(common.Address{}, *five, *six, o.asset, *six).Err(), gaib.ErrZeroAddress)
}
