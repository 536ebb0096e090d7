package morpho

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/lending/book"
	"github.com/gaib-go/gaib/lending/morpho/blue"
	"github.com/gaib-go/gaib/lending/morpho/contract"
)

// newBook returns a book before its first block.
func newBook(t testing.TB) *Book {
	b := &Book{pair: pair(t), idle: make(map[common.Address]uint256.Int)}
	b.options.Stream.Window = 128
	return b
}

func numbered(n uint64) (h common.Hash) {
	h[0], h[1], h[2] = byte(n), byte(n>>8), byte(n>>16)
	h[31] = 1
	return h
}

func block(n uint64, events ...any) gaib.BlockStep {
	step := gaib.BlockStep{BlockLogs: gaib.BlockLogs{Number: n, Hash: numbered(n), Time: time.Unix(int64(1_000_000+12*n), 0)}, Head: n}
	for i, event := range events {
		step.Logs = append(step.Logs, gaib.Log{BlockNumber: n, Index: uint64(i), Event: event})
	}
	return step
}

func created(t testing.TB) any {
	return &contract.MorphoCreateMarketEvent{Id: pair(t).ID(), MarketParams: wire(pair(t).Params())}
}

func u(n uint64) uint256.Int { return *uint256.NewInt(n) }

// held is everything that a book says of some accounts.
type held struct {
	market    blue.Market
	number    uint64
	debtors   int
	positions [8]blue.Position
}

func hold(b *Book, accounts *[8]common.Address) (h held) {
	h.market, h.number = b.Market()
	h.debtors = b.Len()
	for i, account := range accounts {
		h.positions[i] = b.Position(account)
	}
	return h
}

// Blocks of random events, taken back to any depth of the window and done again in another way: after every taking back the
// book is what it was, value for value.
func TestBookUndo(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 5))
	var accounts [8]common.Address
	for i := range accounts {
		accounts[i][19] = byte(i + 1)
	}
	b := newBook(t)
	require.NoError(t, b.step(block(1, created(t), &contract.MorphoSupplyEvent{OnBehalf: accounts[0], Assets: u(1e12), Shares: u(1e18)})))
	was := []held{hold(b, &accounts)} // was[i] after block i+1
	var kept [8]blue.Position         // by plain sums, beside the book
	past := [][8]blue.Position{kept}
	next := func() (events []any) {
		for range random.IntN(4) {
			i := random.IntN(len(accounts))
			p := &kept[i]
			some := func(most uint256.Int) uint256.Int { return u(1 + random.Uint64N(most.Uint64())) }
			switch {
			case random.IntN(3) == 0 && !p.BorrowShares.IsZero():
				shares := some(p.BorrowShares)
				if random.IntN(3) == 0 {
					shares = p.BorrowShares
				}
				p.BorrowShares.Sub(&p.BorrowShares, &shares)
				events = append(events, &contract.MorphoRepayEvent{OnBehalf: accounts[i], Assets: u(1), Shares: shares})
			case random.IntN(3) == 0 && !p.Collateral.IsZero() && !p.BorrowShares.IsZero():
				seized, repaid := p.Collateral, some(p.BorrowShares)
				bad := *new(uint256.Int).Sub(&p.BorrowShares, &repaid)
				*p = blue.Position{}
				events = append(events, &contract.MorphoLiquidateEvent{Borrower: accounts[i], SeizedAssets: seized, RepaidShares: repaid, BadDebtShares: bad})
			case random.IntN(2) == 0 && !p.Collateral.IsZero():
				taken := some(p.Collateral)
				p.Collateral.Sub(&p.Collateral, &taken)
				events = append(events, &contract.MorphoWithdrawCollateralEvent{OnBehalf: accounts[i], Assets: taken})
			case random.IntN(2) == 0:
				added := u(1 + random.Uint64N(1e15))
				p.Collateral.Add(&p.Collateral, &added)
				events = append(events, &contract.MorphoSupplyCollateralEvent{OnBehalf: accounts[i], Assets: added})
			default:
				shares := u(1 + random.Uint64N(1e15))
				p.BorrowShares.Add(&p.BorrowShares, &shares)
				events = append(events, &contract.MorphoBorrowEvent{OnBehalf: accounts[i], Assets: u(1 + random.Uint64N(1e6)), Shares: shares},
					&contract.MorphoAccrueInterestEvent{Interest: u(random.Uint64N(1000))})
			}
		}
		return events
	}
	undone := 0
	for range 3_000 {
		if depth := random.IntN(20); random.IntN(20) == 0 && depth < len(was) {
			for range depth {
				n := uint64(len(was))
				step := gaib.BlockStep{BlockLogs: gaib.BlockLogs{Number: n, Hash: numbered(n)}, Undo: true}
				require.NoError(t, b.step(step))
				was, past = was[:n-1], past[:n-1]
				if n > 1 {
					require.Equal(t, was[n-2], hold(b, &accounts))
				}
				undone++
			}
			kept = past[len(past)-1]
			continue
		}
		require.NoError(t, b.step(block(uint64(len(was)+1), next()...)))
		was, past = append(was, hold(b, &accounts)), append(past, kept)
		require.Equal(t, kept, was[len(was)-1].positions)
	}
	require.Greater(t, undone, 1000)

	// As far back as the window, no further; and only the block that is the last.
	require.Greater(t, len(was), 200)
	for range 130 {
		require.NoError(t, b.step(block(uint64(len(was)+1), next()...)))
		was = append(was, hold(b, &accounts))
	}
	n := uint64(len(was))
	require.ErrorIs(t, b.step(gaib.BlockStep{BlockLogs: gaib.BlockLogs{Number: n - 1, Hash: numbered(n - 1)}, Undo: true}), gaib.ErrDeepReorg)
	for back := range uint64(129) {
		require.NoError(t, b.step(gaib.BlockStep{BlockLogs: gaib.BlockLogs{Number: n - back, Hash: numbered(n - back)}, Undo: true}))
	}
	require.Equal(t, was[n-130].positions, hold(b, &accounts).positions)
	require.ErrorIs(t, b.step(gaib.BlockStep{BlockLogs: gaib.BlockLogs{Number: n - 129, Hash: numbered(n - 129)}, Undo: true}), gaib.ErrDeepReorg)
}

// What cannot follow changes nothing, and names block, log and account.
func TestBookBadEvents(t *testing.T) {
	b := newBook(t)
	require.NoError(t, b.step(block(1, created(t), &contract.MorphoSupplyCollateralEvent{OnBehalf: user, Assets: u(5)})))
	var before [8]common.Address
	before[0] = user
	was := hold(b, &before)
	err := b.step(block(2, &contract.MorphoSupplyCollateralEvent{OnBehalf: user, Assets: u(7)}, &contract.MorphoRepayEvent{OnBehalf: bot, Shares: u(1)}))
	require.ErrorIs(t, err, blue.ErrEvent)
	require.ErrorContains(t, err, "block 2, log 1")
	require.Equal(t, was, hold(b, &before))
	err = b.step(block(2, &contract.MorphoWithdrawCollateralEvent{OnBehalf: user, Assets: u(6)}))
	require.ErrorIs(t, err, blue.ErrEvent)
	require.ErrorContains(t, err, user.Hex())
	require.ErrorIs(t, b.step(block(2, created(t))), blue.ErrEvent)
	broken := errors.New("cannot be decoded")
	step := block(2, nil)
	step.Logs[0].Err = broken
	require.ErrorIs(t, b.step(step), broken)
	require.Equal(t, was, hold(b, &before))
}

// The rate of a fixed model is read from the chain, so it stays when blocks are taken back.
func TestBookFixedRate(t *testing.T) {
	b := newBook(t)
	b.state.market.Model = blue.FixedRate
	require.NoError(t, b.step(block(1, created(t))))
	require.NoError(t, b.step(block(2, &contract.MorphoSupplyEvent{Assets: u(5), Shares: u(5)})))
	there, _ := b.Market()
	there.Rate = 77
	require.NoError(t, b.same(there))
	require.NoError(t, b.step(gaib.BlockStep{BlockLogs: gaib.BlockLogs{Number: 2, Hash: numbered(2)}, Undo: true}))
	m, number := b.Market()
	require.Equal(t, uint64(77), m.Rate)
	require.Equal(t, uint64(1), number)
	require.True(t, m.TotalSupplyAssets.IsZero())
}

// A node that gives no times with logs is asked once for the one that matters.
func TestBookSettle(t *testing.T) {
	b := newBook(t)
	step := block(1, created(t))
	step.Time = time.Time{}
	require.NoError(t, b.step(step))
	accrual := block(9, &contract.MorphoAccrueInterestEvent{})
	accrual.Time = time.Time{}
	require.NoError(t, b.step(accrual))
	require.NoError(t, b.step(block(10, &contract.MorphoSupplyEvent{Assets: u(1), Shares: u(1)})))
	m, _ := b.Market()
	require.Equal(t, uint64(1), m.LastUpdate, "there is a market, since when is not known")

	asked := 0
	b.client = clientFunc(func(result any, method string, args []any) error {
		asked++
		require.Equal(t, "eth_getBlockByHash", method)
		return errors.New("gone")
	})
	require.ErrorContains(t, b.settle(t.Context()), "last accrual")
	require.Equal(t, numbered(9), b.state.accrued)
	require.Equal(t, 1, asked)
	require.NoError(t, b.step(block(11, &contract.MorphoAccrueInterestEvent{})))
	require.NoError(t, b.settle(t.Context()), "a later accrual tells its time")
	m, _ = b.Market()
	require.Equal(t, uint64(1_000_000+12*11), m.LastUpdate)
	require.Equal(t, 1, asked)
}

type clientFunc func(result any, method string, args []any) error

func (f clientFunc) CallContext(_ context.Context, result any, method string, args ...any) error {
	return f(result, method, args)
}

// One writes, many read: nobody sees half a block. Each block moves debt and collateral between two accounts, so that their
// sums tell.
func TestBookRace(t *testing.T) {
	b := newBook(t)
	total := u(1_000_000)
	require.NoError(t, b.step(block(1, created(t),
		&contract.MorphoBorrowEvent{OnBehalf: user, Assets: u(10), Shares: total}, &contract.MorphoSupplyCollateralEvent{OnBehalf: user, Assets: u(1)},
		&contract.MorphoSupplyCollateralEvent{OnBehalf: bot, Assets: u(1)})))
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for ctx.Err() == nil {
				// At a price of zero every position with debt can be liquidated: all of them, at one moment.
				all, err := b.Liquidatable(uint256.Int{}, 2_000_000, math.MaxInt)
				if err != nil {
					t.Error(err)
					return
				}
				var sum uint256.Int
				for _, one := range all {
					sum.Add(&sum, &one.Position.BorrowShares)
				}
				if sum != total {
					t.Errorf("saw %s of %s shares", sum.Dec(), total.Dec())
					return
				}
				m, _ := b.Market()
				if p := b.Position(user); m.TotalBorrowShares != total || p.BorrowShares.Gt(&total) {
					t.Error("saw half a block")
					return
				}
			}
		})
	}
	from, to := user, bot
	for n := range uint64(2_000) {
		require.NoError(t, b.step(block(n+2, &contract.MorphoRepayEvent{OnBehalf: from, Shares: total}, &contract.MorphoBorrowEvent{OnBehalf: to, Shares: total})))
		if n%3 == 0 {
			step := block(n + 2)
			step.Undo = true
			require.NoError(t, b.step(step))
			require.NoError(t, b.step(block(n+2, &contract.MorphoRepayEvent{OnBehalf: from, Shares: total}, &contract.MorphoBorrowEvent{OnBehalf: to, Shares: total})))
		}
		from, to = to, from
	}
	stop()
	readers.Wait()
}

// A tick keeps what it found when the book moves on, and quotes by it.
func TestTick(t *testing.T) {
	m := blue.Market{TotalSupplyAssets: u(2e12), TotalSupplyShares: u(2e18), TotalBorrowAssets: u(1e12), TotalBorrowShares: u(1e18), LastUpdate: 1, LLTV: 860e15, Model: blue.NoInterest}
	p := blue.Position{BorrowShares: u(1e17), Collateral: *new(uint256.Int).Mul(uint256.NewInt(100_000), uint256.NewInt(1e18))}
	tick := &Tick{Market: m, Price: *new(uint256.Int).Mul(uint256.NewInt(1e18), uint256.NewInt(1_100_000)), liquidatable: []Borrower{{user, p}}}
	require.Equal(t, []Borrower{{user, p}}, slices.Collect(tick.Liquidatable()))
	require.Equal(t, 1, tick.Len())
	quote, err := tick.Quote(Borrower{user, p})
	require.NoError(t, err)
	require.Equal(t, p.BorrowShares, quote.Repaid, "the collateral covers the whole debt, so it is given in shares")
	require.True(t, quote.Seized.IsZero())
	want, err := m.Liquidate(p, uint256.Int{}, p.BorrowShares, tick.Price, 1)
	require.NoError(t, err)
	require.Equal(t, want.Liquidation, quote.Liquidation)

	p.Collateral.Div(&p.Collateral, uint256.NewInt(2))
	quote, err = tick.Quote(Borrower{user, p})
	require.NoError(t, err)
	require.Equal(t, p.Collateral, quote.Seized, "it does not, so all of it is seized")
	require.True(t, quote.Repaid.IsZero())
	require.False(t, quote.BadDebtShares.IsZero())
}

// A borrower who is missing shows in the sum of all debts.
func TestBookSum(t *testing.T) {
	b := newBook(t)
	require.NoError(t, b.step(block(1, created(t), &contract.MorphoBorrowEvent{OnBehalf: user, Assets: u(10), Shares: u(1000)})))
	require.NoError(t, b.index.Set(book.Position{Account: book.Account(user), Shares: u(999)}))
	err := b.complete()
	var mismatch *MismatchError
	require.ErrorAs(t, err, &mismatch)
	require.Equal(t, "debt shares of all positions", mismatch.Value)
	require.Equal(t, "999", mismatch.Kept.Dec())
	require.Equal(t, "1000", mismatch.Chain.Dec())
	require.ErrorContains(t, err, "the market has debt shares of all positions 999, the chain says 1000")
}
