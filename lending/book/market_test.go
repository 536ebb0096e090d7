package book

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/gaib-go/gaib/lending"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"
)

func n(decimal string) uint256.Int { return *uint256.MustFromDecimal(decimal) }

func u(v uint64) uint256.Int { return uint256.Int{v} }

var two256 = new(big.Int).Lsh(big.NewInt(1), 256)

// contractSays is the contract's health check in math/big, one step after the other; ok is false where it reverts.
func contractSays(m Market, shares, collateral *big.Int) (liquidatable, ok bool) {
	if shares.Sign() == 0 {
		return false, true
	}
	ok = true
	mulDiv := func(x, y, d *big.Int, up bool) *big.Int {
		p := new(big.Int).Mul(x, y)
		if p.Cmp(two256) >= 0 {
			ok = false
		}
		if up {
			p.Add(p, new(big.Int).Sub(d, big.NewInt(1)))
			if p.Cmp(two256) >= 0 {
				ok = false
			}
		}
		return p.Div(p, d)
	}
	assets := new(big.Int).Add(m.BorrowAssets.ToBig(), big.NewInt(1))
	total := new(big.Int).Add(m.BorrowShares.ToBig(), big.NewInt(1_000_000))
	borrowed := mulDiv(shares, assets, total, true)
	limit := mulDiv(collateral, m.Price.ToBig(), new(big.Int).Exp(big.NewInt(10), big.NewInt(36), nil), false)
	limit = mulDiv(limit, new(big.Int).SetUint64(uint64(m.LLTV)), big.NewInt(1_000_000_000_000_000_000), false)
	return limit.Cmp(borrowed) < 0, ok
}

func checkRule(t testing.TB, m Market, p Position) {
	t.Helper()
	got, err := m.Liquidatable(p)
	want, ok := contractSays(m, p.Shares.ToBig(), p.Collateral.ToBig())
	if !ok {
		require.ErrorIs(t, err, lending.ErrOverflow)
		require.False(t, got)
		return
	}
	require.NoError(t, err)
	require.Equal(t, want, got, "%+v %+v", m, p)
}

// drawMarket returns a market of a random shape: debt from a few units to 10^26, old and new, prices from dust to huge.
func drawMarket(rng *rand.Rand) Market {
	m := Market{LLTV: lending.Ratio(rng.Uint64N(1e18 + 1))}
	switch rng.IntN(8) {
	case 0:
		m.LLTV = lending.One
	case 1, 2, 3:
		m.LLTV = lending.Bps(8600)
	}
	m.BorrowAssets = bits(rng, 1+rng.IntN(90))
	// Shares are assets * 10^6, less what interest has made of it.
	m.BorrowShares.Mul(&m.BorrowAssets, uint256.NewInt(600_000+rng.Uint64N(400_001)))
	m.Price = bits(rng, 60+rng.IntN(90))
	return m
}

func bits(rng *rand.Rand, count int) uint256.Int {
	v := uint256.Int{rng.Uint64(), rng.Uint64(), rng.Uint64(), rng.Uint64()}
	v.Rsh(&v, uint(256-count))
	return v
}

// drawEdge returns a position of the market at the edge of liquidation: shares are the most that are healthy, moved by
// a few shares or a few base units of the loan asset. Collateral is from one base unit to 10^27.
func drawEdge(rng *rand.Rand, m *Market) Position {
	p := Position{Collateral: bits(rng, 1+rng.IntN(90))}
	var limit, total, assets uint256.Int
	limit.MulDivOverflow(&p.Collateral, &m.Price, &priceScale)
	limit.MulDivOverflow(&limit, &uint256.Int{uint64(m.LLTV)}, uint256.NewInt(1e18))
	total.AddUint64(&m.BorrowShares, 1_000_000)
	assets.AddUint64(&m.BorrowAssets, 1)
	if rng.IntN(2) == 0 {
		limit.AddUint64(&limit, rng.Uint64N(4))
		limit.SubUint64(&limit, min(limit.Uint64(), rng.Uint64N(4)))
	}
	p.Shares.MulDivOverflow(&limit, &total, &assets)
	p.Shares.AddUint64(&p.Shares, rng.Uint64N(9))
	p.Shares.SubUint64(&p.Shares, min(p.Shares.Uint64(), 4))
	p.Shares.Rsh(p.Shares.Lsh(&p.Shares, 128), 128)
	for i := range p.Account {
		p.Account[i] = byte(rng.Uint32())
	}
	return p
}

func TestRule(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	unhealthy := 0
	for range 30_000 {
		m := drawMarket(rng)
		p := drawEdge(rng, &m)
		checkRule(t, m, p)
		if got, _ := m.Liquidatable(p); got {
			unhealthy++
		}
	}
	require.InDelta(t, 15_000, unhealthy, 8_000, "the sample must meet both sides of the edge")
}

func FuzzRule(f *testing.F) {
	full := n("340282366920938463463374607431768211455")
	f.Add(full.Bytes(), full.Bytes(), full.Bytes(), full.Bytes(), full.Bytes(), uint64(1e18))
	f.Add([]byte{1, 0, 0}, []byte{15, 66, 64}, priceScale.Bytes(), []byte{200, 0, 0}, []byte{220}, uint64(86e16))
	f.Add([]byte{}, []byte{}, []byte{}, []byte{1}, []byte{}, uint64(0))
	f.Fuzz(func(t *testing.T, assets, total, price, shares, collateral []byte, lltv uint64) {
		word := func(raw []byte, size int) (v uint256.Int) { v.SetBytes(raw[max(0, len(raw)-size):]); return v }
		m := Market{word(assets, 16), word(total, 16), word(price, 32), lending.Ratio(lltv % (1e18 + 1))}
		p := Position{Shares: word(shares, 16), Collateral: word(collateral, 16)}
		checkRule(t, m, p)
		b, err := New(func(yield func(Position) bool) { yield(p) })
		require.NoError(t, err)
		found, err := b.Liquidatable(nil, m, 1)
		require.NoError(t, err)
		want, ok := contractSays(m, p.Shares.ToBig(), p.Collateral.ToBig())
		require.Equal(t, want && ok, len(found) == 1, "%+v %+v", m, p)
	})
}

func TestRuleErrors(t *testing.T) {
	big := n("340282366920938463463374607431768211456")
	good := Market{Price: priceScale, LLTV: lending.One}
	for _, c := range []struct {
		market   Market
		position Position
		cause    error
	}{
		{Market{BorrowAssets: big}, Position{}, ErrRange},
		{Market{BorrowShares: big}, Position{}, ErrRange},
		{Market{LLTV: lending.One + 1}, Position{}, lending.ErrRatio},
		{good, Position{Shares: big}, ErrRange},
		{good, Position{Collateral: big}, ErrRange},
	} {
		_, err := c.market.Liquidatable(c.position)
		require.ErrorIs(t, err, c.cause)
	}
	for _, m := range []Market{{BorrowAssets: big}, {LLTV: lending.One + 1}} {
		_, err := m.Filter()
		require.Error(t, err)
		b, err := New(func(func(Position) bool) {})
		require.NoError(t, err)
		_, err = b.Liquidatable(nil, m, 1)
		require.Error(t, err)
	}
	// Bad debt without collateral can be liquidated, a position without debt cannot, at a price of zero everybody can.
	for _, c := range []struct {
		price  uint256.Int
		shares uint64
		amount uint64
		want   bool
	}{{priceScale, 1, 0, true}, {priceScale, 0, 0, false}, {u(0), 1, 1e18, true}, {u(0), 0, 1e18, false}} {
		got, err := Market{Price: c.price, LLTV: lending.Bps(8600)}.Liquidatable(Position{Shares: u(c.shares), Collateral: u(c.amount)})
		require.NoError(t, err)
		require.Equal(t, c.want, got)
	}
}

func BenchmarkExactCheck(b *testing.B) {
	rng := rand.New(rand.NewPCG(2, 2))
	m := benchMarket()
	positions := make([]Position, 1024)
	for i := range positions {
		positions[i] = benchPosition(rng, &m, 0.9, 1.1)
	}
	b.ReportAllocs()
	unhealthy := 0
	for i := 0; b.Loop(); i++ {
		got, err := m.Liquidatable(positions[i%1024])
		if err != nil {
			b.Fatal(err)
		}
		if got {
			unhealthy++
		}
	}
	if unhealthy == 0 && b.N > 2000 {
		b.Fatal("no position was unhealthy")
	}
}
