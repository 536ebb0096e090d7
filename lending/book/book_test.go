package book

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/gaib-go/gaib/lending"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"
)

// oracle is the contract's check in three divisions of the integer library's own full-precision mulDiv, for totals at
// which nothing overflows. TestOracle holds it against math/big.
func oracle(m *Market, p *Position) bool {
	if p.Shares.IsZero() {
		return false
	}
	var assets, total, borrowed, back, limit uint256.Int
	assets.AddUint64(&m.BorrowAssets, 1)
	total.AddUint64(&m.BorrowShares, 1_000_000)
	borrowed.MulDivOverflow(&p.Shares, &assets, &total)
	// One more unless the division was exact.
	if product, _ := new(uint256.Int).MulOverflow(&p.Shares, &assets); !back.Mul(&borrowed, &total).Eq(product) {
		borrowed.AddUint64(&borrowed, 1)
	}
	limit.MulDivOverflow(&p.Collateral, &m.Price, uint256.MustFromDecimal("1000000000000000000000000000000000000"))
	limit.MulDivOverflow(&limit, &uint256.Int{uint64(m.LLTV)}, uint256.NewInt(1e18))
	return limit.Lt(&borrowed)
}

func TestOracle(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	for range 10_000 {
		m := drawMarket(rng)
		p := drawEdge(rng, &m)
		want, ok := contractSays(m, p.Shares.ToBig(), p.Collateral.ToBig())
		require.True(t, ok)
		require.Equal(t, want, oracle(&m, &p))
	}
}

// drawBook returns positions at the edge of the market whose accounts are their indices, and a book of them.
func drawBook(t testing.TB, rng *rand.Rand, m *Market, size int) (*Book, []Position) {
	t.Helper()
	positions := make([]Position, size)
	for i := range positions {
		positions[i] = drawEdge(rng, m)
		positions[i].Account = serial(i)
	}
	b, err := New(slices.Values(positions))
	require.NoError(t, err)
	return b, positions
}

func serial(i int) (a Account) {
	binary.LittleEndian.PutUint32(a[16:], uint32(i))
	return a
}

// requireTick asserts that the book's answer is that of asking the oracle about every position, each once, in falling
// order. It returns how many there are.
func requireTick(t *testing.T, b *Book, m Market, positions []Position) int {
	t.Helper()
	got, err := b.Liquidatable(nil, m, math.MaxInt)
	require.NoError(t, err)
	found := make([]bool, len(positions))
	before := math.Inf(1)
	for _, p := range got {
		i := binary.LittleEndian.Uint32(p.Account[16:])
		if found[i] || p != positions[i] {
			t.Fatalf("position %d was returned twice or changed", i)
		}
		found[i] = true
		ratio := (p.Shares.Float64() + 4e6) / p.Collateral.Float64()
		if ratio > before*(1+1e-12) {
			t.Fatalf("position %d is out of order", i)
		}
		before = ratio
	}
	for i := range positions {
		if want := oracle(&m, &positions[i]); want != found[i] {
			t.Fatalf("%+v in %+v: liquidatable is %t, the book says %t", positions[i], m, want, found[i])
		}
	}
	return len(got)
}

// TestBookIsExactScan is the proof on a million positions at the edge: the book's answer is the exact scan's, before
// and after an accrual, price moves of one unit and of 1 %, and 100,000 changes.
func TestBookIsExactScan(t *testing.T) {
	const size = 1_000_000
	rng := rand.New(rand.NewPCG(6, 6))
	m := Market{
		BorrowAssets: u(8_123_456_789_012_345), BorrowShares: n("7911223344556677889900"),
		Price: n("1055148472560343600000000"), LLTV: lending.Bps(8600),
	}
	b, positions := drawBook(t, rng, &m, size)
	b.requireSound(t)
	found := requireTick(t, b, m, positions)
	require.InDelta(t, size/2, found, size/4, "half of the positions must be beyond the edge")
	move := func(change func(m *Market)) {
		moved := m
		change(&moved)
		requireTick(t, b, moved, positions)
	}
	move(func(m *Market) { m.Price.AddUint64(&m.Price, 1) })
	move(func(m *Market) { m.Price.SubUint64(&m.Price, 1) })
	move(func(m *Market) { m.BorrowAssets.AddUint64(&m.BorrowAssets, 1) })
	move(func(m *Market) { m.Price.Mul(&m.Price, uint256.NewInt(101)).Div(&m.Price, uint256.NewInt(100)) })

	for range 100_000 {
		i := rng.IntN(size)
		positions[i] = drawEdge(rng, &m)
		positions[i].Account = serial(i)
		if rng.IntN(4) == 0 {
			positions[i].Shares.Clear()
		}
		require.NoError(t, b.Set(positions[i]))
	}
	b.requireSound(t)
	requireTick(t, b, m, positions)
}

// TestBookInManyMarkets does the same for 300 markets of all shapes, dust and extremes, and ticks far from where the
// positions are.
func TestBookInManyMarkets(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	for range 300 {
		m := drawMarket(rng)
		b, positions := drawBook(t, rng, &m, 300)
		requireTick(t, b, m, positions)
		other := drawMarket(rng)
		requireTick(t, b, Market{m.BorrowAssets, m.BorrowShares, other.Price, m.LLTV}, positions)
		requireTick(t, b, Market{m.BorrowAssets, m.BorrowShares, m.Price, other.LLTV}, positions)
		requireTick(t, b, Market{m.BorrowAssets, m.BorrowShares, u(0), m.LLTV}, positions)
		requireTick(t, b, Market{m.BorrowAssets, m.BorrowShares, m.Price, 0}, positions)
		// Shares written down to almost nothing: the keys' slack is not enough and all are looked at.
		m.BorrowAssets.Rsh(&m.BorrowAssets, uint(1+rng.IntN(80)))
		requireTick(t, b, m, positions)
	}
}

// requireSound asserts the invariants of order, index and records.
func (b *Book) requireSound(t testing.TB) {
	t.Helper()
	require.Equal(t, len(b.order.blocks), len(b.order.firsts))
	count := 0
	last := entry{math.Inf(-1), 0}
	for i, block := range b.order.blocks {
		require.Positive(t, block.count)
		require.Equal(t, block.at(0), b.order.firsts[i])
		if i > 0 {
			require.GreaterOrEqual(t, block.count+b.order.blocks[i-1].count, blockSize/4, "blocks too sparse")
		}
		for j := range block.count {
			e := block.at(j)
			if last.compare(e) >= 0 || e.key != b.records.at(e.handle).key() {
				t.Fatalf("order broken at block %d, entry %d", i, j)
			}
			account := b.records.at(e.handle).account
			if handle, ok := b.index.get(&b.records, &account); !ok || handle != e.handle {
				t.Fatalf("index broken at %x", account)
			}
			last = e
			count++
		}
	}
	require.Equal(t, b.index.used, count)
	used := 0
	for _, s := range b.index.slots {
		if s.handle != 0 {
			used++
		}
	}
	require.Equal(t, b.index.used, used)
	require.Equal(t, int(b.records.next), used+len(b.records.free))
}

// TestBookAgainstMap makes random changes of a book and of a map, growing and shrinking through splits and merges, with
// many equal keys, and compares.
func TestBookAgainstMap(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 8))
	b, err := New(func(func(Position) bool) {})
	require.NoError(t, err)
	model := map[Account]Position{}
	most := 0
	for round := range 40 {
		removing := uint64(20)
		if round%10 >= 5 {
			removing = 80
		}
		for range 1500 {
			p := Position{Shares: u(1 + rng.Uint64N(50)), Collateral: u(rng.Uint64N(50))}
			binary.BigEndian.PutUint64(p.Account[:], rng.Uint64N(4000))
			if rng.Uint64N(100) < removing {
				p.Shares.Clear()
				delete(model, p.Account)
			} else {
				model[p.Account] = p
			}
			require.NoError(t, b.Set(p))
		}
		b.requireSound(t)
		most = max(most, len(b.order.blocks))
		require.Equal(t, len(model), b.Len())
		for account, p := range model {
			got, ok := b.Get(account)
			require.True(t, ok)
			require.Equal(t, p, got)
		}
		_, ok := b.Get(Account{19: 1})
		require.False(t, ok)
		all := b.Above(nil, 0, math.MaxInt, nil)
		require.Len(t, all, len(model))
	}
	require.Greater(t, most, 8)
	left := len(model)
	for account := range model {
		require.NoError(t, b.Set(Position{Account: account}))
		if left--; left%50 == 0 {
			b.requireSound(t)
		}
	}
	require.Zero(t, b.Len())
	require.Empty(t, b.order.blocks)
	require.NoError(t, b.Set(Position{Account: Account{1}}), "taking out what is not there does nothing")
}

func FuzzBook(f *testing.F) {
	f.Add([]byte{1, 2, 3, 1, 0, 3, 2, 2, 2})
	f.Fuzz(func(t *testing.T, raw []byte) {
		b, err := New(func(func(Position) bool) {})
		require.NoError(t, err)
		model := map[Account]Position{}
		var all []Position
		for op := range slices.Chunk(raw[:len(raw)/3*3], 3) {
			p := Position{Account: Account{op[0] % 64}, Shares: u(uint64(op[1] % 8)), Collateral: u(uint64(op[2] % 8))}
			require.NoError(t, b.Set(p))
			all = append(all, p)
			delete(model, p.Account)
			if !p.Shares.IsZero() {
				model[p.Account] = p
			}
		}
		b.requireSound(t)
		fresh, err := New(slices.Values(all))
		require.NoError(t, err)
		fresh.requireSound(t)
		for _, b := range []*Book{b, fresh} {
			got := map[Account]Position{}
			for _, p := range b.Above(nil, 0, math.MaxInt, nil) {
				got[p.Account] = p
			}
			require.Equal(t, model, got)
		}
	})
}

func TestAbove(t *testing.T) {
	var positions []Position
	for i := range uint64(10) {
		positions = append(positions, Position{Account: Account{byte(i)}, Shares: u((i + 1) * 1e12), Collateral: u(1e12)})
	}
	b, err := New(slices.Values(positions))
	require.NoError(t, err)
	accounts := func(got []Position) (out []byte) {
		for _, p := range got {
			out = append(out, p.Account[0])
		}
		return out
	}
	require.Equal(t, []byte{9, 8, 7}, accounts(b.Above(nil, 8, 10, nil)))
	require.Equal(t, []byte{9, 8}, accounts(b.Above(nil, 0, 2, nil)))
	require.Equal(t, []byte{8, 6, 4}, accounts(b.Above(nil, 4, 10, func(p *Position) bool { return p.Account[0]%2 == 0 })))
	require.Equal(t, []byte{0, 9}, accounts(b.Above(positions[:1:1], 1, 1, nil)), "dst is kept")
	require.Empty(t, b.Above(nil, 11, 10, nil))
	require.Empty(t, b.Above(nil, 0, -1, nil))
	require.Len(t, b.Above(nil, math.NaN(), 100, nil), 10)
}

func TestSetErrors(t *testing.T) {
	big := n("340282366920938463463374607431768211456")
	good := Position{Account: Account{1}, Shares: u(1), Collateral: u(1)}
	b, err := New(slices.Values([]Position{good}))
	require.NoError(t, err)
	require.ErrorIs(t, b.Set(Position{Account: Account{2}, Shares: u(1)}, Position{Collateral: big}), ErrRange)
	require.Equal(t, 1, b.Len(), "nothing is set if something is wrong")
	_, err = New(slices.Values([]Position{{Shares: big}}))
	require.ErrorIs(t, err, ErrRange)
	// The zero book works.
	var zero Book
	require.Zero(t, zero.Len())
	require.Empty(t, zero.Above(nil, 0, 10, nil))
	_, ok := zero.Get(good.Account)
	require.False(t, ok)
	require.NoError(t, zero.Set(good))
	got, ok := zero.Get(good.Account)
	require.True(t, ok)
	require.Equal(t, good, got)
	// A record store that has given out its last handle.
	full := &Book{records: records{next: math.MaxUint32}}
	require.ErrorIs(t, full.Set(good), ErrFull)
	require.Zero(t, full.Len())
}

// TestConcurrent has one writer raise the debt of a hundred borrowers in single calls, and change others in between,
// while readers look: each answer is of one state, exact and complete. Run it with -race.
func TestConcurrent(t *testing.T) {
	const group = 100
	m := Market{BorrowAssets: u(1e15), BorrowShares: n("1000000000000000000000"), Price: priceScale, LLTV: lending.Bps(8000)}
	epoch := func(number uint64) (positions []Position) {
		for i := range group {
			positions = append(positions, Position{Account: Account{1, byte(i)}, Shares: u(2e15 + number), Collateral: u(1e9)})
		}
		return positions
	}
	b, err := New(slices.Values(epoch(0)))
	require.NoError(t, err)
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			var dst []Position
			for {
				select {
				case <-stop:
					return
				default:
				}
				dst, _ = b.Liquidatable(dst[:0], m, 10_000)
				seen := 0
				var debt uint256.Int
				for i := range dst {
					if !oracle(&m, &dst[i]) {
						t.Error("a healthy position was returned")
						return
					}
					if dst[i].Account[0] == 1 {
						if seen++; seen > 1 && debt != dst[i].Shares {
							t.Error("half of a change was seen")
							return
						}
						debt = dst[i].Shares
					}
				}
				if seen != group {
					t.Errorf("%d of %d borrowers were seen", seen, group)
					return
				}
				if p, ok := b.Get(Account{1}); !ok || b.Len() < group || p.Collateral != u(1e9) {
					t.Error("a position is missing")
					return
				}
			}
		})
	}
	rng := rand.New(rand.NewPCG(9, 9))
	for i := range 2000 {
		require.NoError(t, b.Set(epoch(uint64(i))...))
		p := Position{Shares: bits(rng, 40), Collateral: bits(rng, 40)}
		binary.BigEndian.PutUint16(p.Account[18:], uint16(i%1000))
		require.NoError(t, b.Set(p))
	}
	close(stop)
	readers.Wait()
	b.requireSound(t)
}

func benchMarket() Market {
	return Market{
		BorrowAssets: u(900_000_000_000_000), BorrowShares: n("850000000000000000000"),
		Price: n("1055148472560343600000000"), LLTV: lending.Bps(8600),
	}
}

// benchPosition has between low and high of its limit as debt.
func benchPosition(rng *rand.Rand, m *Market, low, high float64) Position {
	p := Position{}
	for i := range p.Account {
		p.Account[i] = byte(rng.Uint32())
	}
	p.Collateral = bits(rng, 62+rng.IntN(22))
	f, _ := m.Filter()
	debt, _ := lending.FloorAmount(p.Collateral.Float64() * f.Limit / f.Debt * (low + rng.Float64()*(high-low)))
	p.Shares = debt
	return p
}

// benchBook has a million positions, of which the given number can be liquidated.
func benchBook(t testing.TB, liquidatable int) (*Book, []Position) {
	t.Helper()
	rng := rand.New(rand.NewPCG(10, 10))
	m := benchMarket()
	positions := make([]Position, 1_000_000)
	for i := range positions {
		if i < liquidatable {
			positions[i] = benchPosition(rng, &m, 1.001, 1.1)
		} else {
			positions[i] = benchPosition(rng, &m, 0.3, 0.999)
		}
	}
	rng.Shuffle(len(positions), func(i, j int) { positions[i], positions[j] = positions[j], positions[i] })
	b, err := New(slices.Values(positions))
	require.NoError(t, err)
	return b, positions
}

// TestMemory measures the heap of a million positions, built at once and after as many changes.
func TestMemory(t *testing.T) {
	heap := func() uint64 {
		runtime.GC()
		runtime.GC()
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		return stats.HeapAlloc
	}
	before := heap()
	b, positions := benchBook(t, 0)
	clear(positions)
	positions = nil
	built := float64(heap()-before) / 1e6
	rng := rand.New(rand.NewPCG(11, 11))
	m := benchMarket()
	accounts := b.Above(nil, 0, math.MaxInt, nil)
	for i := range accounts {
		p := benchPosition(rng, &m, 0.3, 0.999)
		p.Account = accounts[i].Account
		require.NoError(t, b.Set(p))
	}
	clear(accounts)
	accounts = nil
	changed := float64(heap()-before) / 1e6
	t.Logf("%.1f bytes a position built, %.1f after a million changes", built, changed)
	require.LessOrEqual(t, built, 120.0)
	require.LessOrEqual(t, changed, 120.0)
	require.Equal(t, 1_000_000, b.Len())
}

func TestAllocations(t *testing.T) {
	m := benchMarket()
	rng := rand.New(rand.NewPCG(12, 12))
	positions := make([]Position, 10_000)
	for i := range positions {
		positions[i] = benchPosition(rng, &m, 0.5, 1.01)
	}
	b, err := New(slices.Values(positions))
	require.NoError(t, err)
	dst, err := b.Liquidatable(nil, m, math.MaxInt)
	require.NoError(t, err)
	require.NotEmpty(t, dst)
	require.Zero(t, testing.AllocsPerRun(100, func() {
		if dst, err = b.Liquidatable(dst[:0], m, math.MaxInt); err != nil {
			t.Fatal(err)
		}
	}))
	require.Zero(t, testing.AllocsPerRun(100, func() {
		if liquidatable, err := m.Liquidatable(positions[0]); err != nil || liquidatable {
			t.Fatal(err)
		}
	}))
	a, c := positions[1], positions[1]
	c.Shares.Rsh(&c.Shares, 1)
	require.Zero(t, testing.AllocsPerRun(100, func() {
		a, c = c, a
		if err := b.Set(a); err != nil {
			t.Fatal(err)
		}
	}))
}

func BenchmarkTickNone(b *testing.B) {
	book, _ := benchBook(b, 0)
	m := benchMarket()
	dst := make([]Position, 0, 200)
	b.ReportAllocs()
	for b.Loop() {
		got, err := book.Liquidatable(dst, m, 200)
		if err != nil || len(got) != 0 {
			b.Fatal(len(got), err)
		}
	}
}

func BenchmarkTick100(b *testing.B) {
	book, _ := benchBook(b, 100)
	m := benchMarket()
	dst := make([]Position, 0, 200)
	b.ReportAllocs()
	for b.Loop() {
		got, err := book.Liquidatable(dst, m, 200)
		if err != nil || len(got) != 100 {
			b.Fatal(len(got), err)
		}
	}
}

func BenchmarkUpdate(b *testing.B) {
	book, positions := benchBook(b, 0)
	rng := rand.New(rand.NewPCG(13, 13))
	m := benchMarket()
	changes := make([]Position, 1<<16)
	for i := range changes {
		changes[i] = benchPosition(rng, &m, 0.3, 0.999)
		changes[i].Account = positions[rng.IntN(len(positions))].Account
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		// A new ratio each time round, so that no change is void.
		p := &changes[i%len(changes)]
		p.Shares.AddUint64(&p.Shares, 1e15)
		if err := book.Set(*p); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBuild(b *testing.B) {
	_, positions := benchBook(b, 0)
	b.ReportAllocs()
	for b.Loop() {
		if book, err := New(slices.Values(positions)); err != nil || book.Len() != len(positions) {
			b.Fatal(err)
		}
	}
}
