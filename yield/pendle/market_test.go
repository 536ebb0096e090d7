package pendle_test

import (
	"math"
	"testing"

	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib/yield/pendle"
)

const (
	now    = 1_768_521_600 // 2026-01-16
	expiry = now + pendle.Year
)

// wad returns x * 10^18.
func wad(x uint64) uint256.Int {
	var z uint256.Int
	z.Mul(uint256.NewInt(x), uint256.NewInt(1e18))
	return z
}

// pool is a market of 10 % implied, a year before maturity, one third PT.
func pool() pendle.Market {
	return pendle.Market{
		TotalPT: wad(1_000_000), TotalSY: wad(1_900_000), TotalLP: wad(1_350_000),
		ScalarRoot: wad(15), Expiry: expiry, LnFeeRateRoot: uint256.Int{2e15}, ReserveFeePercent: 80,
		LastLnImpliedRate: uint256.Int{95310179804324860}, SYRate: uint256.Int{1.05e18}, PYIndex: uint256.Int{1.05e18},
	}
}

// quote prices a trade from a market's state: the curve, then the size.
func quote(m *pendle.Market, pt uint256.Int) (pendle.Trade, error) {
	curve, err := m.Curve(now)
	if err != nil {
		return pendle.Trade{}, err
	}
	return curve.Sell(pt)
}

func TestAllocations(t *testing.T) {
	m := pool()
	size := wad(10_000)
	require.Zero(t, testing.AllocsPerRun(100, func() {
		if _, err := quote(&m, size); err != nil {
			panic(err)
		}
	}), "a quote")
	require.Zero(t, testing.AllocsPerRun(100, func() {
		moved := m
		if _, err := moved.SwapExactPTForSY(size, now); err != nil {
			panic(err)
		}
		if _, err := moved.SwapSYForExactPT(size, now); err != nil {
			panic(err)
		}
	}), "two trades that move the market")
	require.Zero(t, testing.AllocsPerRun(100, func() {
		if _, err := m.PTToAsset(m.LastLnImpliedRate, now); err != nil {
			panic(err)
		}
	}), "a price")
}

func BenchmarkQuote(b *testing.B) {
	m, size := pool(), wad(10_000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := quote(&m, size); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSwapExactPTForSY(b *testing.B) {
	m, size := pool(), wad(10_000)
	b.ReportAllocs()
	for b.Loop() {
		moved := m
		if _, err := moved.SwapExactPTForSY(size, now); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCurveSell(b *testing.B) {
	m, size := pool(), wad(10_000)
	curve, err := m.Curve(now)
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := curve.Sell(size); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMostPTForSY(b *testing.B) {
	m, size := pool(), wad(10_000)
	curve, err := m.Curve(now)
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := curve.MostPTForSY(size); err != nil {
			b.Fatal(err)
		}
	}
}

// A quote of the curve is the trade that moves the market.
func TestCurve(t *testing.T) {
	for _, size := range []uint64{1, 1000, 300_000} {
		m := pool()
		curve, err := m.Curve(now)
		require.NoError(t, err)
		sold, err := curve.Sell(wad(size))
		require.NoError(t, err)
		bought, err := curve.Buy(wad(size))
		require.NoError(t, err)
		m = pool()
		moved, err := m.SwapExactPTForSY(wad(size), now)
		require.NoError(t, err)
		require.Equal(t, moved, sold)
		m = pool()
		moved, err = m.SwapSYForExactPT(wad(size), now)
		require.NoError(t, err)
		require.Equal(t, moved, bought)
	}
}

// The most that an amount buys is affordable, and one unit more is not.
func TestMost(t *testing.T) {
	m := pool()
	curve, err := m.Curve(now)
	require.NoError(t, err)
	one := uint256.NewInt(1)
	for _, sy := range []uint256.Int{{3}, {1e9}, {1e18}, wad(777), wad(250_000), wad(100_000_000)} {
		trade, err := curve.MostPTForSY(sy)
		require.NoError(t, err)
		require.False(t, trade.SY.Gt(&sy))
		more := trade.PT
		if next, err := curve.Buy(*more.Add(&more, one)); err == nil {
			require.True(t, next.SY.Gt(&sy), "%s of SY buys more than %s", sy.Dec(), trade.PT.Dec())
		}
		yt, sale, err := curve.MostYTForSY(sy)
		require.NoError(t, err)
		cost := func(yt uint256.Int, sale pendle.Trade) uint256.Int { // ceil(yt / index) - proceeds
			var z uint256.Int
			z.Mul(&yt, uint256.NewInt(1e18)).Add(&z, &m.PYIndex).Sub(&z, one).Div(&z, &m.PYIndex)
			return *z.Sub(&z, &sale.SY)
		}
		paid := cost(yt, sale)
		require.False(t, paid.Gt(&sy))
		more = yt
		if next, err := curve.Sell(*more.Add(&more, one)); err == nil {
			paid = cost(more, next)
			require.True(t, paid.Gt(&sy), "%s of SY pays for more YT than %s", sy.Dec(), yt.Dec())
		}
	}
	_, err = curve.MostPTForSY(uint256.Int{})
	require.Error(t, err)
}

// A guess of the exact amount is what the router then trades.
func TestExactly(t *testing.T) {
	m := pool()
	curve, err := m.Curve(now)
	require.NoError(t, err)
	sy := wad(5_000)
	best, err := curve.MostPTForSY(sy)
	require.NoError(t, err)
	guess, err := pendle.Exactly(best.PT, uint256.Int{1e14})
	require.NoError(t, err)
	trade, err := m.SwapExactSYForPT(sy, guess, now)
	require.NoError(t, err)
	require.Equal(t, best, trade)
	m = pool()
	own, err := m.SwapExactSYForPT(sy, pendle.NoGuess(), now)
	require.NoError(t, err)
	require.True(t, own.PT.Lt(&best.PT), "the router's own search stops short of the most")
}

// No state and no size makes a call panic, hang or change a market that it fails on.
func FuzzMarket(f *testing.F) {
	f.Add(uint64(1e18), uint64(2e18), uint64(1e18), uint64(5e18), uint64(9e16), uint64(1e18), uint64(now), uint64(1e17), uint8(0))
	f.Add(uint64(1), uint64(0), uint64(math.MaxUint64), uint64(1), uint64(0), uint64(0), uint64(expiry), uint64(0), uint8(200))
	f.Fuzz(func(t *testing.T, pt, sy, lp, scalar, ln, index, at, size uint64, shift uint8) {
		wide := func(x uint64, by uint8) (z uint256.Int) {
			z.Lsh(uint256.NewInt(x), uint(by))
			return z
		}
		m := pendle.Market{
			TotalPT: wide(pt, shift), TotalSY: wide(sy, shift/2), TotalLP: wide(lp, shift), ScalarRoot: wide(scalar, shift/3), Expiry: expiry,
			LnFeeRateRoot: uint256.Int{ln / 2}, ReserveFeePercent: uint64(shift), LastLnImpliedRate: wide(ln, shift/4),
			SYRate: wide(index, shift/2), PYIndex: wide(index, shift/3),
		}
		amount := wide(size, shift)
		before := m
		guess := pendle.Guess{GuessOffchain: wide(size, shift/2), GuessMax: wide(size, shift), MaxIteration: uint256.Int{uint64(shift)}, Eps: uint256.Int{ln}}
		check := func(err error) {
			if err != nil {
				require.NotEmpty(t, err.Error())
				require.Equal(t, before, m)
			}
			m = before
		}
		_, err := m.SwapExactPTForSY(amount, at)
		check(err)
		_, err = m.SwapSYForExactPT(amount, at)
		check(err)
		_, err = m.AddLiquidity(amount, amount, wide(index, shift), at)
		check(err)
		_, err = m.RemoveLiquidity(amount)
		check(err)
		for _, g := range []pendle.Guess{guess, pendle.NoGuess()} {
			_, err = m.SwapExactSYForPT(amount, g, at)
			check(err)
			_, _, err = m.SwapExactSYForYT(amount, g, at)
			check(err)
			_, _, err = m.AddLiquiditySingleSY(amount, g, at)
			check(err)
		}
		_, _, err = m.SwapExactYTForSY(amount, at)
		check(err)
		_, _, err = m.RemoveLiquiditySingleSY(amount, at)
		check(err)
		_, err = m.Rates(wide(ln, shift), at)
		check(err)
		if curve, err := m.Curve(at); err == nil {
			_, _ = curve.MostPTForSY(amount)
			_, _, _ = curve.MostYTForSY(amount)
		}
	})
}

// A ring in any disorder is read within bounded steps.
func FuzzObservations(f *testing.F) {
	f.Add(uint32(now), uint32(600), uint16(1), uint16(3), uint16(5), []byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
	f.Fuzz(func(t *testing.T, at, ago uint32, index, size, next uint16, data []byte) {
		o := pendle.Observations{Index: index, Cardinality: size, CardinalityNext: next}
		for i := 0; i+4 <= len(data); i += 4 {
			when := uint32(data[i])<<24 | uint32(data[i+1])<<16 | uint32(data[i+2])<<8
			o.Ring = append(o.Ring, pendle.Observation{Time: when, Cumulative: uint256.Int{uint64(when), 0, 0, uint64(data[i+3])}, Initialized: data[i+3]%2 == 0})
		}
		if _, err := o.Cumulative(at, ago, uint256.Int{1e17}); err != nil {
			require.NotEmpty(t, err.Error())
		}
		if _, err := o.LnImpliedRate(at, ago, uint256.Int{1e17}); err != nil {
			require.NotEmpty(t, err.Error())
		}
		if err := o.Write(at, uint256.Int{1e17}); err == nil {
			require.Less(t, int(o.Index), 65535)
		}
	})
}
