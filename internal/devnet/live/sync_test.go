package live

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/internal/devnet"
	"github.com/gaib-go/gaib/internal/devnet/market"
	"github.com/gaib-go/gaib/internal/devnet/peers"
	"github.com/gaib-go/gaib/lending"
	"github.com/gaib-go/gaib/lending/morpho"
	"github.com/gaib-go/gaib/lending/morpho/blue"
	"github.com/gaib-go/gaib/lending/morpho/contract"
	"github.com/gaib-go/gaib/said"
)

// loans is a market of sAID against USDC with four borrowers, on a chain.
type loans struct {
	*world
	pair    morpho.Pair
	oracle  oracle
	users   []devnet.Account
	created uint64
}

// newLoans puts the stand-in market on a chain, or the real Morpho.
func newLoans(t testing.TB, genuine bool) *loans {
	t.Helper()
	l := &loans{world: newWorld(t)}
	l.users = []devnet.Account{l.who.Alice, l.who.Bob, l.who.Carol, l.who.Whale}
	params := blue.Params{LoanToken: l.usdc.Address(), CollateralToken: l.vault.Address(), LLTV: 860e15}
	var at common.Address
	if genuine {
		artifacts := peers.Require(t, "Morpho", "AdaptiveCurveIrm")
		var err error
		at, err = artifacts[0].Deploy(l.ctx, l.chain, l.who.Manager, l.who.Manager.Address)
		require.NoError(t, err)
		params.IRM, err = artifacts[1].Deploy(l.ctx, l.chain, l.who.Manager, at)
		require.NoError(t, err)
		price, err := peers.OfDevnet("MarketOracle")
		require.NoError(t, err)
		params.Oracle, err = price.Deploy(l.ctx, l.chain, l.who.Manager, l.who.Manager.Address, l.vault.Address(), uint8(6), uint8(1), uint256.NewInt(1e18).ToBig())
		require.NoError(t, err)
	} else {
		lent, err := market.Deploy(l.ctx, l.chain)
		require.NoError(t, err)
		l.created = l.chain.Head().Number.Uint64() + 1
		m, err := lent.Create(l.ctx, market.Config{})
		require.NoError(t, err)
		at, params.IRM, params.Oracle = lent.Address, m.RateModel, m.Oracle
	}
	protocol := morpho.New(l.deployment.With(morpho.NameMorpho, gaib.Entry{Address: at, Evidence: gaib.Confirmed}))
	l.pair = protocol.Pair(params, gaib.Unit{Symbol: "USDC", Decimals: 6}, said.Unit())
	if genuine {
		l.created = l.chain.Head().Number.Uint64() + 1
		for _, call := range []gaib.Call{
			gaib.NewCall(protocol.Contract(), contract.MorphoEnableIrm{Irm: params.IRM}, ""),
			gaib.NewCall(protocol.Contract(), contract.MorphoEnableLltv{Lltv: u(860e15)}, ""),
			protocol.CreateMarket(params),
		} {
			require.NoError(t, l.mine(l.who.Manager, call))
		}
	}
	l.oracle = l.world.oracle("MarketOracle", params.Oracle)
	for _, user := range l.users[:3] {
		require.NoError(t, l.mine(l.who.Whale, l.vault.Transfer(user.Address, aidUnits(20_000))))
	}
	plan, err := l.pair.PlanSupply(l.ctx, l.client, l.who.Whale.Address, usdUnits(1_000_000))
	require.NoError(t, err)
	l.do(l.who.Whale, plan)
	return l
}

// do carries a plan out by the devnet's own sender.
func (l *loans) do(from devnet.Account, plan gaib.Plan) {
	l.t.Helper()
	for _, call := range plan {
		require.NoError(l.t, l.chain.Mine(1))
		require.NoError(l.t, l.mine(from, call), call.Describe())
	}
}

func (l *loans) value(wad uint64) {
	l.oracle.send(l.who.Manager, "set", uint8(1), uint256.NewInt(wad).ToBig())
}

func (l *loans) options() morpho.SyncOptions {
	return morpho.SyncOptions{Stream: gaib.FollowOptions{From: l.created, Poll: time.Millisecond}, VerifyEvery: 7}
}

// act does one random thing; what the market refuses is not sent.
func (l *loans) act(d dice) (what string) {
	user := pick(d, l.users...)
	var plan gaib.Plan
	var err error
	switch what = pick(d, "borrow", "borrow", "borrow", "collateral", "repay", "repay all", "withdraw", "withdraw", "supply", "take", "price", "price", "price", "liquidate", "liquidate", "time", "reorg", "reorg"); what {
	case "borrow":
		assets := u(1_000_000 + d.Uint64N(400_000_000))
		collateral := *new(uint256.Int).Mul(&assets, uint256.NewInt(1_130_000_000_000+d.Uint64N(50_000_000_000)))
		plan, err = l.pair.PlanBorrow(l.ctx, l.client, user.Address, collateral, assets)
	case "collateral":
		plan, err = l.pair.PlanBorrow(l.ctx, l.client, user.Address, u(1+d.Uint64N(1e18)), uint256.Int{})
	case "repay":
		plan, err = l.pair.PlanRepay(l.ctx, l.client, user.Address, u(1+d.Uint64N(50_000_000)))
	case "repay all":
		plan, err = l.pair.PlanRepayAll(l.ctx, l.client, user.Address, time.Hour)
	case "withdraw":
		plan, err = l.pair.PlanWithdrawCollateral(l.ctx, l.client, user.Address, aidUnits(1+d.Uint64N(20)))
	case "supply":
		plan, err = l.pair.PlanSupply(l.ctx, l.client, user.Address, u(1+d.Uint64N(100_000_000)))
	case "take":
		plan, err = l.pair.PlanWithdraw(l.ctx, l.client, user.Address, blue.Amount{Assets: u(1 + d.Uint64N(100_000_000))})
	case "liquidate":
		plan, _, err = l.pair.PlanLiquidate(l.ctx, l.client, l.who.Whale.Address, user.Address, time.Hour)
		user = l.who.Whale
	case "price":
		l.value(pick[uint64](d, 880e15, 1e18) + d.Uint64N(80e15))
		return what
	case "time":
		require.NoError(l.t, l.chain.Travel(time.Duration(1+d.IntN(5))*24*time.Hour))
		return what
	case "reorg":
		require.NoError(l.t, l.chain.Reorg(1+d.IntN(9), 1+d.IntN(9)))
		return what
	}
	if err != nil {
		return "no " + what
	}
	l.do(user, plan)
	return what
}

// head takes ticks until the one of the chain's head.
func head(t testing.TB, l *loans, next func() (*morpho.Tick, error, bool)) (last *morpho.Tick, ticks, undone int) {
	t.Helper()
	want := l.chain.Head().Hash()
	for {
		tick, err, ok := next()
		require.True(t, ok)
		require.NoError(t, err)
		require.NoError(t, tick.Err)
		ticks, undone = ticks+1, undone+len(tick.Undone)
		if tick.Block.Hash == want {
			return tick, ticks, undone
		}
	}
}

// requireSame holds a book and its tick against the chain.
func (l *loans) requireSame(book *morpho.Book, tick *morpho.Tick) (unhealthy int) {
	t := l.t
	var accounts []common.Address
	for _, user := range l.users {
		accounts = append(accounts, user.Address)
	}
	stored, positions, price := l.pair.Market(), l.pair.Positions(accounts...), l.pair.Price()
	block, err := gaib.Read(l.ctx, l.client, gaib.Latest, stored, positions, price)
	require.NoError(t, err)
	kept, number := book.Market()
	require.Equal(t, stored.Value(), kept)
	require.Equal(t, block.Number, number)
	require.Equal(t, block.Time, tick.Block.Time)
	require.Equal(t, price.Value(), tick.Price)
	present, _, err := stored.Value().Accrue(uint64(block.Time.Unix()))
	require.NoError(t, err)
	require.Equal(t, present, tick.Market)

	found := slices.Collect(tick.Liquidatable())
	require.Len(t, found, tick.Len())
	debtors := 0
	for i, account := range accounts {
		p := positions.Value()[i]
		p.SupplyShares.Clear()
		require.Equal(t, p, book.Position(account), account)
		healthy, err := present.Healthy(&p, &tick.Price)
		require.NoError(t, err)
		require.Equal(t, !healthy && !p.BorrowShares.IsZero(), slices.Contains(found, morpho.Borrower{Account: account, Position: p}))
		if !p.BorrowShares.IsZero() {
			debtors++
		}
	}
	require.Equal(t, debtors, book.Len())
	return len(found)
}

// A book follows a random walk of everything that a market can do, reorganisations included, and equals the chain after
// every step, while others read it.
func syncWalk(t *testing.T, genuine bool, steps int) {
	l := newLoans(t, genuine)
	d := roll(77)
	for range 20 {
		l.act(d)
	}
	l.value(1e18)
	book, err := morpho.Sync(l.ctx, l.client, l.pair, l.options())
	require.NoError(t, err)

	ctx, stop := context.WithCancel(l.ctx)
	defer stop()
	var readers sync.WaitGroup
	failures := make(chan error, 3)
	for range 3 {
		readers.Go(func() {
			for ctx.Err() == nil {
				m, _ := book.Market()
				if _, err := book.Liquidatable(u(1e18), m.LastUpdate+400*86400, math.MaxInt); err != nil {
					failures <- err
					return
				}
				_, _ = book.Position(l.who.Alice.Address), book.Len()
				time.Sleep(200 * time.Microsecond) // leave the machine to the node
			}
		})
	}
	next, end := iter.Pull2(book.Follow(ctx))
	done := map[string]int{}
	ticks, undone, unhealthy := 0, 0, 0
	for range steps {
		done[l.act(d)]++
		require.NoError(t, l.chain.Mine(1))
		tick, more, back := head(t, l, next)
		ticks, undone = ticks+more, undone+back
		unhealthy += l.requireSame(book, tick)
	}
	end()
	stop()
	readers.Wait()
	select {
	case err := <-failures:
		require.NoError(t, err)
	default:
	}
	t.Logf("%d ticks, %d blocks undone, %d times something to liquidate; %v", ticks, undone, unhealthy, done)
	require.Greater(t, undone, steps/5)
	require.Greater(t, unhealthy, steps/10)
	require.Positive(t, done["liquidate"])
	require.Positive(t, done["repay all"])

	// Ended, it goes on from where it was, through what was undone meanwhile; and only one may follow.
	require.NoError(t, l.chain.Reorg(4, 6))
	next, end = iter.Pull2(book.Follow(l.ctx))
	defer end()
	first, err, _ := next()
	require.NoError(t, err)
	require.Equal(t, l.chain.Head().Number.Uint64(), first.Head, "the first tick knows that it is late")
	for _, err := range book.Follow(l.ctx) {
		require.ErrorIs(t, err, morpho.ErrFollowed)
	}
	tick, _, back := head(t, l, next)
	require.Equal(t, 4, back)
	l.requireSame(book, tick)
}

func TestSyncWalk(t *testing.T) { syncWalk(t, false, 200) }

func TestSyncWalkMorpho(t *testing.T) { syncWalk(t, true, 100) }

// What is not in the logs that a node gives shows at the first comparison, by the position that it is of.
func TestSyncMismatch(t *testing.T) {
	l := newLoans(t, false)
	alice, bob := l.who.Alice, l.who.Bob
	for _, user := range []devnet.Account{alice, bob} {
		plan, err := l.pair.PlanBorrow(l.ctx, l.client, user.Address, aidUnits(1_000), usdUnits(500))
		require.NoError(t, err)
		l.do(user, plan)
	}
	book, err := morpho.Sync(l.ctx, l.client, l.pair, l.options())
	require.NoError(t, err)
	require.Equal(t, 2, book.Len())

	// A node without the logs of Bob's collateral: what he has is less than nothing as soon as something is known of it.
	topic := common.BytesToHash(bob.Address[:])
	item := contract.MorphoSupplyCollateralEvent{}.Item().Topic
	hiding := hider{l.client, func(topics []common.Hash) bool { return topics[0] == item && topics[3] == topic }}
	_, err = morpho.Sync(l.ctx, hiding, l.pair, l.options())
	var mismatch *morpho.MismatchError
	require.ErrorAs(t, err, &mismatch)
	require.ErrorIs(t, err, morpho.ErrMismatch)
	require.Equal(t, bob.Address, mismatch.Account)
	require.Equal(t, "collateral", mismatch.Value)
	require.Equal(t, "0", mismatch.Kept.Dec())
	require.Equal(t, aidUnits(1_000), mismatch.Chain)
	require.ErrorContains(t, err, bob.Address.Hex())

	// Without one of the accruals the market differs.
	accrual := contract.MorphoAccrueInterestEvent{}.Item().Topic
	_, err = morpho.Sync(l.ctx, hider{l.client, func(topics []common.Hash) bool { return topics[0] == accrual }}, l.pair, l.options())
	require.ErrorAs(t, err, &mismatch)
	require.Equal(t, common.Address{}, mismatch.Account)

	// Later, when the turn comes: the book ends and stays ended.
	later := &hider{l.client, func([]common.Hash) bool { return false }}
	book, err = morpho.Sync(l.ctx, later, l.pair, l.options())
	require.NoError(t, err)
	later.hide = func(topics []common.Hash) bool { return topics[0] == item }
	plan, err := l.pair.PlanBorrow(l.ctx, l.client, alice.Address, aidUnits(5), uint256.Int{})
	require.NoError(t, err)
	l.do(alice, plan)
	require.NoError(t, l.chain.Mine(8))
	ticks := 0
	for tick, err := range book.Follow(l.ctx) {
		if err != nil {
			require.ErrorAs(t, err, &mismatch)
			require.Equal(t, alice.Address, mismatch.Account)
			break
		}
		require.NoError(t, tick.Err)
		ticks++
	}
	require.Equal(t, 7, ticks, "the seventh block after the start is compared")
	for _, err := range book.Follow(l.ctx) {
		require.ErrorIs(t, err, morpho.ErrMismatch)
	}

	// From a block after the creation, and for a market that is not there.
	options := l.options()
	options.Stream.From = l.chain.Head().Number.Uint64() - 8
	_, err = morpho.Sync(l.ctx, l.client, l.pair, options)
	require.ErrorIs(t, err, blue.ErrMarketNotCreated)
	params := l.pair.Params()
	params.LLTV = lending.Ratio(1)
	_, err = morpho.Sync(l.ctx, l.client, l.pair.Protocol().Pair(params, gaib.Unit{}, gaib.Unit{}), l.options())
	require.ErrorIs(t, err, blue.ErrMarketNotCreated)
}

// An oracle that reverts and a node that fails leave a tick without a price; the next one has it again.
func TestSyncWithoutPrice(t *testing.T) {
	l := newLoans(t, false)
	book, err := morpho.Sync(l.ctx, l.client, l.pair, morpho.SyncOptions{Stream: l.options().Stream})
	require.NoError(t, err)
	next, end := iter.Pull2(book.Follow(l.ctx))
	defer end()
	tick, err, _ := next()
	require.NoError(t, err)
	require.NoError(t, tick.Err)
	broken := errors.New("the line is cut")
	l.client.before = func(method string, _ []any) error {
		if method == "eth_call" {
			return broken
		}
		return nil
	}
	require.NoError(t, l.chain.Mine(1))
	tick, err, _ = next()
	require.NoError(t, err)
	require.ErrorIs(t, tick.Err, broken)
	require.Zero(t, tick.Len())
	l.client.before = nil
	require.NoError(t, l.chain.Mine(1))
	tick, err, _ = next()
	require.NoError(t, err)
	require.NoError(t, tick.Err)
	require.Equal(t, "1055148472560343645000000", tick.Price.Dec())
}

// hider is a node that keeps some logs to itself.
type hider struct {
	gaib.Client
	hide func(topics []common.Hash) bool
}

func (h hider) CallContext(ctx context.Context, result any, method string, args ...any) error {
	if method != "eth_getLogs" {
		return h.Client.CallContext(ctx, result, method, args...)
	}
	var logs []map[string]any
	if err := h.Client.CallContext(ctx, &logs, method, args...); err != nil {
		return err
	}
	logs = slices.DeleteFunc(logs, func(log map[string]any) bool {
		var topics []common.Hash
		for _, topic := range log["topics"].([]any) {
			topics = append(topics, common.HexToHash(topic.(string)))
		}
		return h.hide(topics)
	})
	text, err := json.Marshal(logs)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, result)
}
