package morpho

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/lending/book"
	"github.com/gaib-go/gaib/lending/morpho/blue"
	"github.com/gaib-go/gaib/lending/morpho/contract"
)

var (
	// ErrMismatch: a book and the chain differ. The history is incomplete: sync again from the block of the market's
	// creation, over a node that has all logs. A [MismatchError] says which position and which value.
	ErrMismatch = errors.New("the book and the chain differ; sync again from the block of the market's creation, over a node that has all logs")
	// ErrFollowed: the book is being followed already. Have one goroutine follow it and others read it.
	ErrFollowed = errors.New("the book is being followed already; have one goroutine follow it and others read it")
)

// MismatchError is a value of a book that is not the chain's. Account is zero where it is one of the market's.
type MismatchError struct {
	Block   uint64
	Account common.Address
	Value   string // "debt shares", "collateral", "total borrow assets", ...
	Kept    uint256.Int
	Chain   uint256.Int
}

// Error returns what differs and what to do.
func (e *MismatchError) Error() string {
	who := "the market"
	if e.Account != (common.Address{}) {
		who = "the position of " + e.Account.Hex()
	}
	return fmt.Sprintf("block %d: %s has %s %s, the chain says %s: %s", e.Block, who, e.Value, e.Kept.Dec(), e.Chain.Dec(), ErrMismatch)
}

// Unwrap returns [ErrMismatch].
func (e *MismatchError) Unwrap() error { return ErrMismatch }

// SyncOptions says from where and how a book is kept. The zero value starts at the chain's first block.
type SyncOptions struct {
	// Stream is how the chain is followed. Its From must not lie after the market's creation. Cursor and EveryBlock are the
	// book's own; Progress is called while the past is read.
	Stream gaib.FollowOptions
	// VerifyEvery is after how many blocks the book is compared with the chain again. Zero means 100.
	VerifyEvery uint64
	// VerifyPositions is how many positions are compared then, those nearest to liquidation. Zero means 200. At the
	// start all are.
	VerifyPositions int
}

// Book is a market with its borrowers, as the chain has them at one block, in liquidation order. [Sync] makes it,
// [Book.Follow] takes it from block to block, all other methods read it. One goroutine may follow while any number read;
// a reader sees a block whole or not at all.
//
// Supply shares are not kept: who receives the fee's is in no event.
type Book struct {
	pair    Pair
	client  gaib.Client
	options SyncOptions

	following atomic.Bool
	failure   error // of the writer; nothing is right after it
	cursor    gaib.Cursor
	undo      []undo
	undone    []common.Hash // since the last tick
	verified  uint64

	index book.Book

	mu     sync.RWMutex // for what follows, and so that it and the index change together
	state  state
	idle   map[common.Address]uint256.Int // collateral of accounts without debt
	number uint64
	hash   common.Hash
	at     time.Time
}

// state is the market. The time of its last accrual may be unknown where a node does not give times with logs: it is that of
// the block accrued, until something asks for it.
type state struct {
	market  blue.Market
	accrued common.Hash
}

// undo is what a block changed, as it was before.
type undo struct {
	number    uint64
	hash      common.Hash
	state     state
	positions []Borrower
}

// Sync returns the book of a market: its positions are built from the market's events up to the node's head, all of them
// are then compared with the chain.
//
// A block that a reorganisation undoes is taken back by what the positions were before it, which is kept of as many blocks as
// the stream's window has; no node is asked for it. Supply shares aside, a book holds exactly what the contract does.
//
// It fails with what gaib.Follow does, with [blue.ErrMarketNotCreated], with [blue.ErrEvent] or a [*MismatchError] if events
// are missing, and with a log that cannot be decoded.
func Sync(ctx context.Context, client gaib.Client, pair Pair, options SyncOptions) (*Book, error) {
	options.VerifyEvery = cmp.Or(options.VerifyEvery, 100)
	options.VerifyPositions = cmp.Or(max(options.VerifyPositions, 0), 200)
	options.Stream.Window = cmp.Or(options.Stream.Window, 128)
	options.Stream.Cursor, options.Stream.EveryBlock = gaib.Cursor{}, true
	b := &Book{pair: pair, client: client, options: options, idle: make(map[common.Address]uint256.Int)}
	b.state.market.Model = pair.model
	if err := b.catchUp(ctx); err != nil {
		return nil, fmt.Errorf("sync %s: %w", pair.name(), err)
	}
	return b, nil
}

func (b *Book) catchUp(ctx context.Context) error {
	for step, err := range gaib.Follow(ctx, b.client, b.options.Stream, b.pair.Sources()...) {
		if err != nil {
			return err
		}
		if err := b.step(step); err != nil {
			return err
		}
		if step.Number >= step.Head && !step.Undo {
			break
		}
	}
	b.options.Stream.Progress = nil
	if b.state.market.LastUpdate == 0 {
		return fmt.Errorf("no event of it up to block %d: %w", b.number, blue.ErrMarketNotCreated)
	}
	if err := b.settle(ctx); err != nil {
		return err
	}
	return b.verify(ctx, math.MaxInt)
}

// step takes a block of the stream in, or back.
func (b *Book) step(step gaib.BlockStep) error {
	b.cursor = step.Cursor
	if step.Undo {
		return b.takeBack(step)
	}
	changed := b.state
	touched := make(map[common.Address]blue.Position)
	for i := range step.Logs {
		log := &step.Logs[i]
		if log.Err != nil {
			return fmt.Errorf("block %d, log %d: %w", log.BlockNumber, log.Index, log.Err)
		}
		var err error
		if changed.market, err = changed.market.Apply(log.Event, seconds(step.Time)); err != nil {
			return fmt.Errorf("block %d, log %d: %w", log.BlockNumber, log.Index, err)
		}
		switch log.Event.(type) {
		case *contract.MorphoCreateMarketEvent, *contract.MorphoAccrueInterestEvent:
			changed.accrued = common.Hash{}
			if step.Time.IsZero() {
				// Any time but zero, which is of a market that does not exist, until settle asks for the block's.
				changed.market.LastUpdate, changed.accrued = 1, step.Hash
			}
		case *contract.MorphoSupplyEvent, *contract.MorphoWithdrawEvent:
			continue
		}
		account, ok := blue.Changes(log.Event)
		if !ok {
			continue
		}
		p, ok := touched[account]
		if !ok {
			p = b.position(account)
		}
		if touched[account], err = p.Apply(log.Event); err != nil {
			return fmt.Errorf("block %d, log %d, position of %s: %w", log.BlockNumber, log.Index, account, err)
		}
	}
	before := undo{number: step.Number, hash: step.Hash, state: b.state}
	for account := range touched {
		before.positions = append(before.positions, Borrower{account, b.position(account)})
	}
	b.undo = append(b.undo, before)
	for len(b.undo) > 0 && b.undo[0].number+b.options.Stream.Window < step.Number {
		b.undo[0] = undo{}
		b.undo = b.undo[1:]
	}
	return b.commit(step.Number, step.Hash, step.Time, changed, touched)
}

// takeBack takes the last block back.
func (b *Book) takeBack(step gaib.BlockStep) error {
	if len(b.undo) == 0 || b.undo[len(b.undo)-1].hash != step.Hash {
		return fmt.Errorf("block %d (%s) is undone, and what was before it is not kept: %w", step.Number, step.Hash, gaib.ErrDeepReorg)
	}
	last := b.undo[len(b.undo)-1]
	b.undo = b.undo[:len(b.undo)-1]
	if last.state.market.Model == blue.FixedRate { // which is read, not told by events
		last.state.market.Rate = b.state.market.Rate
	}
	positions := make(map[common.Address]blue.Position, len(last.positions))
	for _, one := range last.positions {
		positions[one.Account] = one.Position
	}
	number, hash := last.number, common.Hash{}
	if number > 0 {
		number--
	}
	if len(b.undo) > 0 {
		number, hash = b.undo[len(b.undo)-1].number, b.undo[len(b.undo)-1].hash
	}
	return b.commit(number, hash, time.Time{}, last.state, positions)
}

// commit makes a change visible.
func (b *Book) commit(number uint64, hash common.Hash, at time.Time, changed state, positions map[common.Address]blue.Position) error {
	entries := make([]book.Position, 0, len(positions))
	for account, p := range positions {
		entries = append(entries, p.Book(account))
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.index.Set(entries...); err != nil {
		return fmt.Errorf("block %d: %w", number, err)
	}
	for account, p := range positions {
		if delete(b.idle, account); p.BorrowShares.IsZero() && !p.Collateral.IsZero() {
			b.idle[account] = p.Collateral
		}
	}
	b.state, b.number, b.hash, b.at = changed, number, hash, at
	return nil
}

// settle asks for the time of the last accrual where no log told it.
func (b *Book) settle(ctx context.Context) error {
	if b.state.accrued == (common.Hash{}) {
		return nil
	}
	header, err := gaib.Head(ctx, b.client, gaib.AtHash(b.state.accrued))
	if err != nil {
		return fmt.Errorf("time of the market's last accrual: %w", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.state.market.LastUpdate, b.state.accrued = seconds(header.Time), common.Hash{}
	return nil
}

// verify compares the market, the sum of all debts, and that many positions with the chain.
func (b *Book) verify(ctx context.Context, positions int) error {
	accounts := make([]common.Address, 0, min(positions, b.index.Len()))
	for _, p := range b.index.Above(nil, 0, positions, nil) {
		accounts = append(accounts, common.Address(p.Account))
	}
	if positions == math.MaxInt {
		for account := range b.idle {
			accounts = append(accounts, account)
		}
	}
	market := b.pair.Market()
	readers := []gaib.Reader{market}
	const atOnce = 2_000
	for i := 0; i == 0 || i < len(accounts); i += atOnce {
		part := accounts[i:min(i+atOnce, len(accounts))]
		var found *gaib.Query[[]blue.Position]
		if len(part) > 0 {
			found = b.pair.Positions(part...)
			readers = append(readers, found)
		}
		if _, err := gaib.Read(ctx, b.client, gaib.AtHash(b.hash), readers...); err != nil {
			return fmt.Errorf("compare with the chain at block %d: %w", b.number, err)
		}
		if i == 0 {
			if err := b.same(market.Value()); err != nil {
				return err
			}
			if err := b.complete(); err != nil {
				return err
			}
		}
		for j, account := range part {
			there, kept := found.Value()[j], b.position(account)
			if there.BorrowShares != kept.BorrowShares {
				return &MismatchError{b.number, account, "debt shares", kept.BorrowShares, there.BorrowShares}
			}
			if there.Collateral != kept.Collateral {
				return &MismatchError{b.number, account, "collateral", kept.Collateral, there.Collateral}
			}
		}
		readers = readers[:0]
	}
	b.verified = b.number
	return nil
}

// same compares the market. A rate that no event tells is taken over.
func (b *Book) same(there blue.Market) error {
	kept := b.state.market
	if kept.Model == blue.FixedRate {
		kept.Rate = there.Rate
	}
	for _, value := range []struct {
		name        string
		kept, chain uint256.Int
	}{
		{"total supply assets", kept.TotalSupplyAssets, there.TotalSupplyAssets},
		{"total supply shares", kept.TotalSupplyShares, there.TotalSupplyShares},
		{"total borrow assets", kept.TotalBorrowAssets, there.TotalBorrowAssets},
		{"total borrow shares", kept.TotalBorrowShares, there.TotalBorrowShares},
		{"last update", uint256.Int{kept.LastUpdate}, uint256.Int{there.LastUpdate}},
		{"fee", uint256.Int{uint64(kept.Fee)}, uint256.Int{uint64(there.Fee)}},
		{"rate", uint256.Int{kept.Rate}, uint256.Int{there.Rate}},
	} {
		if value.kept != value.chain {
			return &MismatchError{Block: b.number, Value: value.name, Kept: value.kept, Chain: value.chain}
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.state.market = kept
	return nil
}

// complete compares the sum of all debts with the market's total, in which a borrower who is missing shows.
func (b *Book) complete() error {
	var sum uint256.Int
	b.index.Above(nil, 0, math.MaxInt, func(p *book.Position) bool {
		sum.Add(&sum, &p.Shares)
		return false
	})
	if total := b.state.market.TotalBorrowShares; sum != total {
		return &MismatchError{Block: b.number, Value: "debt shares of all positions", Kept: sum, Chain: total}
	}
	return nil
}

// position returns what is kept of an account. The caller is the writer or holds mu.
func (b *Book) position(account common.Address) blue.Position {
	if p, ok := b.index.Get(book.Account(account)); ok {
		return blue.Position{BorrowShares: p.Shares, Collateral: p.Collateral}
	}
	return blue.Position{Collateral: b.idle[account]}
}

// Pair returns the market that the book is of.
func (b *Book) Pair() Pair { return b.pair }

// Len returns how many accounts have debt.
func (b *Book) Len() int { return b.index.Len() }

// Position returns an account's debt shares and collateral; its supply shares are not kept.
func (b *Book) Position(account common.Address) blue.Position {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.position(account)
}

// Market returns the market as stored, interest up to its last accrual, and the number of the block that the book stands at.
func (b *Book) Market() (blue.Market, uint64) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.state.market, b.number
}

// Liquidatable returns at most limit borrowers that could be liquidated at an oracle price with interest up to now, Unix
// seconds, worst first. It fails as [blue.Market.Accrue] and package book's Liquidatable do.
func (b *Book) Liquidatable(price uint256.Int, now uint64, limit int) ([]Borrower, error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	market, _, err := b.state.market.Accrue(now)
	if err != nil {
		return nil, err
	}
	return b.liquidatable(market, price, limit)
}

func (b *Book) liquidatable(market blue.Market, price uint256.Int, limit int) ([]Borrower, error) {
	found, err := b.index.Liquidatable(nil, market.Book(price), limit)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	borrowers := make([]Borrower, len(found))
	for i, p := range found {
		borrowers[i] = Borrower{common.Address(p.Account), blue.Position{BorrowShares: p.Shares, Collateral: p.Collateral}}
	}
	return borrowers, nil
}

// Borrower is an account with its position, supply shares left out.
type Borrower struct {
	Account  common.Address
	Position blue.Position
}

// Quote is a liquidation as the contract would carry it out at a tick.
type Quote struct {
	blue.Liquidation
	// Seized and Repaid are what [Pair.Liquidate] takes: seized collateral or repaid debt shares, the other zero.
	Seized, Repaid uint256.Int
}

// Tick is the market at one block. It does not change when the book moves on.
type Tick struct {
	Block gaib.Header // number, hash and time
	Head  uint64      // the last block there was; above Block.Number while the book catches up
	// Market has interest up to the block's time.
	Market blue.Market
	// Price is the oracle's at this block.
	Price uint256.Int
	// Undone are the blocks taken back since the tick before, newest first.
	Undone []common.Hash
	// Verified says that the book was compared with the chain at this block.
	Verified bool
	// Err says why the block could not be priced: a node that failed, an oracle that reverted. Nothing is liquidatable then,
	// for all that is known; the positions are right, and the next tick may be priced.
	Err error

	liquidatable []Borrower
}

// Liquidatable yields the borrowers that can be liquidated at this block, worst first, decided as the contract does.
func (t *Tick) Liquidatable() iter.Seq[Borrower] { return slices.Values(t.liquidatable) }

// Len returns how many can be liquidated.
func (t *Tick) Len() int { return len(t.liquidatable) }

// Quote returns the largest liquidation of a borrower, see [blue.Market.FullLiquidation], and fails as it does.
func (t *Tick) Quote(b Borrower) (Quote, error) {
	l, bySeized, err := t.Market.FullLiquidation(b.Position, t.Price)
	q := Quote{Liquidation: l}
	if bySeized {
		q.Seized = l.SeizedAssets
	} else {
		q.Repaid = l.RepaidShares
	}
	return q, err
}

// Follow takes the book on and yields a tick for each block: first for the one that the book stands at, then for each
// new one. Blocks further back than the stream's window are taken in without a tick.
//
//	for tick, err := range book.Follow(ctx) {
//		if err != nil {
//			return err
//		}
//		for borrower := range tick.Liquidatable() {
//			quote, err := tick.Quote(borrower)
//			...
//		}
//	}
//
// A price that cannot be read leaves Err in the tick and ends nothing; so does a comparison with the chain that cannot be
// made, which is tried again at the next block. Ended by the consumer or by the context, it can be called again and goes on
// from where it was.
//
// Errors: [ErrFollowed], a [*MismatchError], what [Sync] fails with. After one that is not the context's or the node's the
// book is of no use: sync a new one.
func (b *Book) Follow(ctx context.Context) iter.Seq2[*Tick, error] {
	return func(yield func(*Tick, error) bool) {
		if !b.following.CompareAndSwap(false, true) {
			yield(nil, ErrFollowed)
			return
		}
		defer b.following.Store(false)
		if err := b.follow(ctx, yield); err != nil {
			yield(nil, fmt.Errorf("follow %s: %w", b.pair.name(), err))
		}
	}
}

func (b *Book) follow(ctx context.Context, yield func(*Tick, error) bool) error {
	if b.failure != nil {
		return b.failure
	}
	if b.hash != (common.Hash{}) { // it is zero where the context ended amid an undoing
		tick, err := b.tick(ctx, b.head(ctx))
		if err != nil {
			return err
		}
		if !yield(tick, nil) {
			return nil
		}
	}
	options := b.options.Stream
	options.Cursor = b.cursor
	for step, err := range gaib.Follow(ctx, b.client, options, b.pair.Sources()...) {
		if err != nil {
			return err
		}
		if err := b.step(step); err != nil {
			b.failure = err
			return err
		}
		if step.Undo {
			b.undone = append(b.undone, step.Hash)
			continue
		}
		if step.Number+options.Window < step.Head {
			continue
		}
		tick, err := b.tick(ctx, step.Head)
		if err != nil {
			return err
		}
		if !yield(tick, nil) {
			return nil
		}
	}
	return nil
}

// head returns the chain's last block where the book follows that, and else the block that the book stands at.
func (b *Book) head(ctx context.Context) uint64 {
	stream := b.options.Stream
	if stream.Confirmations > 0 || cmp.Or(stream.Head, gaib.Latest) != gaib.Latest {
		return b.number
	}
	header, err := gaib.Head(ctx, b.client, gaib.Latest)
	if err != nil { // the stream that follows deals with it
		return b.number
	}
	return max(b.number, header.Number)
}

// tick prices the block that the book stands at.
func (b *Book) tick(ctx context.Context, head uint64) (*Tick, error) {
	t := &Tick{Block: gaib.Header{Number: b.number, Hash: b.hash, Time: b.at}, Head: head, Undone: b.undone}
	if b.number < b.verified || b.number-b.verified >= b.options.VerifyEvery {
		switch err := b.compare(ctx); {
		case errors.Is(err, ErrMismatch):
			b.failure = err
			return nil, err
		case err != nil:
			t.Err = err
		default:
			t.Verified = true
		}
	}
	if t.Err == nil {
		t.Err = b.price(ctx, t)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	b.undone = nil
	return t, nil
}

func (b *Book) compare(ctx context.Context) error {
	if err := b.settle(ctx); err != nil {
		return err
	}
	return b.verify(ctx, b.options.VerifyPositions)
}

func (b *Book) price(ctx context.Context, t *Tick) error {
	if err := b.settle(ctx); err != nil {
		return err
	}
	price := b.pair.Price()
	header, err := gaib.Read(ctx, b.client, gaib.AtHash(b.hash), price)
	if err != nil {
		return fmt.Errorf("price at block %d: %w", b.number, err)
	}
	t.Block.Time, t.Price = header.Time, price.Value()
	if t.Market, _, err = b.state.market.Accrue(seconds(header.Time)); err != nil {
		return fmt.Errorf("interest up to block %d: %w", b.number, err)
	}
	t.liquidatable, err = b.liquidatable(t.Market, t.Price, math.MaxInt)
	return err
}
