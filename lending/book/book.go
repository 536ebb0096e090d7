package book

import (
	"fmt"
	"iter"
	"math"
	"slices"
	"sync"

	"github.com/holiman/uint256"
)

// Book is a set of positions in the order of debt per collateral. The zero value is an empty book. See the package
// comment for cost and concurrency.
type Book struct {
	mu      sync.RWMutex
	records records
	index   index
	order   order
}

// New returns a book of the positions; of several with one account the last counts, and those without debt are left
// out. It is the fastest way to enter many. It fails with [ErrRange] and [ErrFull].
func New(positions iter.Seq[Position]) (*Book, error) {
	b := &Book{}
	for p := range positions {
		if err := p.check(); err != nil {
			return nil, err
		}
		handle, known := b.index.get(&b.records, &p.Account)
		switch {
		case p.Shares.IsZero() && known:
			b.drop(&p.Account, handle)
		case known:
			b.records.at(handle).set(&p)
		case !p.Shares.IsZero():
			if _, err := b.enter(&p); err != nil {
				return nil, err
			}
		}
	}
	entries := make([]entry, 0, b.index.used)
	for _, s := range b.index.slots {
		if s.handle != 0 {
			entries = append(entries, entry{b.records.at(s.handle - 1).key(), s.handle - 1})
		}
	}
	slices.SortFunc(entries, entry.compare)
	b.order.fill(entries)
	return b, nil
}

// Set enters positions, replaces those that are there, and takes out those whose Shares are zero. Readers see all of it
// or nothing. It fails with [ErrRange], and then changes nothing, and with [ErrFull], and then has set the positions
// before.
func (b *Book) Set(positions ...Position) error {
	for i := range positions {
		if err := positions[i].check(); err != nil {
			return err
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range positions {
		if err := b.set(&positions[i]); err != nil {
			return err
		}
	}
	return nil
}

func (b *Book) set(p *Position) error {
	handle, known := b.index.get(&b.records, &p.Account)
	if !known {
		if p.Shares.IsZero() {
			return nil
		}
		handle, err := b.enter(p)
		if err == nil {
			b.order.insert(entry{b.records.at(handle).key(), handle})
		}
		return err
	}
	r := b.records.at(handle)
	before := r.key()
	if p.Shares.IsZero() {
		b.order.remove(entry{before, handle})
		b.drop(&p.Account, handle)
		return nil
	}
	r.set(p)
	if after := r.key(); after != before {
		b.order.remove(entry{before, handle})
		b.order.insert(entry{after, handle})
	}
	return nil
}

// enter takes a new position into records and index.
func (b *Book) enter(p *Position) (handle uint32, err error) {
	handle, err = b.records.take()
	if err == nil {
		b.records.at(handle).set(p)
		b.index.add(&b.records, &p.Account, handle)
	}
	return handle, err
}

// drop takes a position out of records and index.
func (b *Book) drop(account *Account, handle uint32) {
	b.index.remove(&b.records, account)
	b.records.free = append(b.records.free, handle)
}

// Len returns how many positions are in the book.
func (b *Book) Len() int {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.index.used
}

// Get returns the position of an account, and whether it has one.
func (b *Book) Get(account Account) (Position, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	handle, ok := b.index.get(&b.records, &account)
	if !ok {
		return Position{}, false
	}
	return b.records.at(handle).position(), true
}

// Liquidatable appends to dst the positions for which [Market.Liquidatable] holds, worst first, at most limit of them.
// Worst is the highest debt per collateral; among positions whose debts differ by a few base units of the loan asset
// the order is free. Positions for which the contract would revert are not liquidatable. It allocates nothing but what
// dst needs. It fails with [ErrRange] and lending.ErrRatio, of the market.
//
// All positions are looked at if the price or LLTV is zero, and if debt shares are worth less than half of what they
// were at the market's creation (10^-6 base units), which only a write-off can bring about.
func (b *Book) Liquidatable(dst []Position, m Market, limit int) ([]Position, error) {
	r, err := m.rule()
	if err != nil {
		return dst, err
	}
	f, err := m.Filter()
	if err != nil {
		return dst, err
	}
	return b.above(dst, f.bound(), limit, func(p *Position) bool {
		liquidatable, err := r.liquidatable(&p.Shares, &p.Collateral)
		return err == nil && liquidatable
	}), nil
}

// keySlack is added to the shares of each key. It stands for the roundings of the exact rule, so that a single bound on
// keys holds for positions of a few base units as well as for large ones.
const keySlack = 4_000_000

// bound returns the key below which no position can be liquidated. A liquidatable one has
//
//	shares*Debt + Slack > collateral*Limit, so (shares + Slack/Debt) / collateral > Limit/Debt,
//
// and its key is no less than the left side as long as Slack/Debt is within keySlack.
func (f Filter) bound() float64 {
	if !(f.Slack*(1+filterBand) <= keySlack*f.Debt) {
		return 0
	}
	return f.Limit / f.Debt * (1 - filterBand)
}

// Above appends to dst the positions whose debt shares per base unit of collateral are at least ratio and for which
// check holds, the highest ratio first, at most limit of them. Ratios are compared as floats after 4*10^6 is added to
// the shares, so that a position of few shares comes up early: ratio narrows the search, check decides. A ratio of zero
// means all positions, a nil check that all pass. check runs under the book's lock: it must not use the book, nor keep
// or change the position. It allocates nothing but what dst needs.
func (b *Book) Above(dst []Position, ratio float64, limit int, check func(*Position) bool) []Position {
	return b.above(dst, ratio*(1-filterBand), limit, check)
}

func (b *Book) above(dst []Position, bound float64, limit int, check func(*Position) bool) []Position {
	b.mu.RLock()
	defer b.mu.RUnlock()
	start := len(dst)
	for i := len(b.order.blocks) - 1; i >= 0; i-- {
		block := b.order.blocks[i]
		for j := block.count - 1; j >= 0; j-- {
			if block.keys[j] < bound || len(dst)-start >= limit {
				return dst
			}
			// The position is built where it stays if it passes, so that nothing is copied or escapes.
			dst = append(dst, b.records.at(block.handles[j]).position())
			if check != nil && !check(&dst[len(dst)-1]) {
				dst = dst[:len(dst)-1]
			}
		}
	}
	return dst
}

// records is a store of positions by handle, in chunks so that it grows without copying.
type records struct {
	chunks []*[chunkSize]record
	free   []uint32 // handles to be used again
	next   uint32   // first handle never used
}

const chunkSize = 4096

// record is a position without the upper halves of its amounts, which are zero.
type record struct {
	shares, collateral [2]uint64
	account            Account
}

func (r *records) at(handle uint32) *record { return &r.chunks[handle/chunkSize][handle%chunkSize] }

// take returns a handle for a new record.
func (r *records) take() (uint32, error) {
	if last := len(r.free) - 1; last >= 0 {
		handle := r.free[last]
		r.free = r.free[:last]
		return handle, nil
	}
	// The index keeps one more than the handle in 32 bits.
	if r.next == math.MaxUint32 {
		return 0, ErrFull
	}
	handle := r.next
	if int(handle/chunkSize) == len(r.chunks) {
		r.chunks = append(r.chunks, new([chunkSize]record))
	}
	r.next++
	return handle, nil
}

func (r *record) set(p *Position) {
	r.account = p.Account
	r.shares = [2]uint64(p.Shares[:2])
	r.collateral = [2]uint64(p.Collateral[:2])
}

func (r *record) position() Position {
	return Position{
		Account:    r.account,
		Shares:     uint256.Int{r.shares[0], r.shares[1]},
		Collateral: uint256.Int{r.collateral[0], r.collateral[1]},
	}
}

// key returns (shares + keySlack) / collateral, +Inf without collateral.
func (r *record) key() float64 { return (float(r.shares) + keySlack) / float(r.collateral) }

func float(x [2]uint64) float64 { return float64(x[1])*(1<<64) + float64(x[0]) }

func (p *Position) check() error {
	if !fits(&p.Shares) || !fits(&p.Collateral) {
		return fmt.Errorf("%w: position of %x", ErrRange, p.Account)
	}
	return nil
}
