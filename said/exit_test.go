package said_test

import (
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/gaib-go/gaib/said"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"
)

const year = 365 * 24 * time.Hour

func TestCompareExit(t *testing.T) {
	nav := said.NAV{Deposit: u(106e16), Unstaking: u(105e16)}
	e, err := said.CompareExit(u(100e16), nav, said.AtPrice(u(103e16)), said.MonthAfterNext, at("2026-07-01T00:00:00Z"))
	require.NoError(t, err)
	require.Equal(t, u(105e16), e.Unstake)
	require.Equal(t, u(103e16), e.Sell)
	require.Equal(t, at("2026-09-01T00:00:00Z"), e.Settles)
	require.Equal(t, 62*24*time.Hour, e.Wait())
	// 1 - 1.03/1.05 = 2/105 = 1.90 %.
	require.Equal(t, "1.90%", e.Discount().String())

	// Round figures: over a year, 1.10 through the queue against 1.00 now is 10 %; over half a year 1.21 - 1.
	whole := said.Exit{Shares: u(2e18), Unstake: u(220e16), Sell: u(200e16), Requested: genesis, Settles: genesis.Add(year)}
	r, err := whole.WaitingReturn()
	require.NoError(t, err)
	require.InDelta(t, 0.10, r, 1e-12)
	price, err := whole.BreakEvenPrice(0.10)
	require.NoError(t, err)
	require.InDelta(t, 1.00, price, 1e-12)
	half := whole
	half.Settles = genesis.Add(year / 2)
	r, err = half.WaitingReturn()
	require.NoError(t, err)
	require.InDelta(t, 0.21, r, 1e-12)
	price, err = half.BreakEvenPrice(0.21)
	require.NoError(t, err)
	require.InDelta(t, 1.00, price, 1e-12)

	// At the break-even price waiting returns what was required.
	price, err = e.BreakEvenPrice(0.15)
	require.NoError(t, err)
	at15, err := said.CompareExit(u(100e16), nav, said.AtPrice(u(uint64(price*1e18))), said.MonthAfterNext, at("2026-07-01T00:00:00Z"))
	require.NoError(t, err)
	r, err = at15.WaitingReturn()
	require.NoError(t, err)
	require.InDelta(t, 0.15, r, 1e-9)
}

func TestExitErrors(t *testing.T) {
	nav := said.NAV{Deposit: u(1e18), Unstaking: u(1e18)}
	failed := errors.New("no route")
	broken := func(uint256.Int) (uint256.Int, error) { return uint256.Int{}, failed }
	_, err := said.CompareExit(u(1), nav, broken, said.NextMonth, genesis)
	require.ErrorIs(t, err, failed)
	_, err = said.CompareExit(u(1), said.NAV{}, broken, said.NextMonth, genesis)
	require.ErrorIs(t, err, said.ErrNAVZero)
	_, err = said.CompareExit(u(1), nav, broken, said.Monthly(0), genesis)
	require.ErrorIs(t, err, said.ErrSchedule)
	_, err = said.BestSplit(u(1), nav, broken, u(1e18))
	require.ErrorIs(t, err, failed)
	_, err = said.BestSplit(u(1), said.NAV{}, broken, u(1e18))
	require.ErrorIs(t, err, said.ErrNAVZero)
	_, err = said.BestSplit(maxInt, nav, said.AtPrice(u(1)), u(2e18))
	require.ErrorContains(t, err, "overflow")

	some := said.Exit{Shares: u(1), Unstake: u(1), Sell: u(1), Requested: genesis, Settles: genesis.Add(time.Hour)}
	for _, e := range []said.Exit{
		{}, {Unstake: u(1), Sell: u(1)}, {Unstake: u(1), Settles: genesis}, {Sell: u(1), Settles: genesis},
	} {
		_, err = e.WaitingReturn()
		require.ErrorIs(t, err, said.ErrNoReturn)
	}
	_, err = said.Exit{}.BreakEvenPrice(0.1)
	require.ErrorIs(t, err, said.ErrNoReturn)
	for _, rate := range []float64{-1, -2, math.NaN(), math.Inf(1), math.Inf(-1)} {
		_, err = some.BreakEvenPrice(rate)
		require.ErrorIs(t, err, said.ErrRate, rate)
		_, err = said.DiscountFactor(rate, time.Hour)
		require.ErrorIs(t, err, said.ErrRate, rate)
	}
	_, err = said.DiscountFactor(-0.9, year)
	require.ErrorIs(t, err, said.ErrRate, "a factor of 10")
	_, err = said.ConstantProduct(u(0), u(1), 30)
	require.ErrorIs(t, err, said.ErrNoLiquidity)
	_, err = said.ConstantProduct(u(1), u(1), 10_001)
	require.ErrorIs(t, err, said.ErrFee)
	pool, err := said.ConstantProduct(maxInt, u(1), 30)
	require.NoError(t, err)
	_, err = pool(u(1))
	require.ErrorContains(t, err, "overflow")
}

func TestDiscountFactor(t *testing.T) {
	for _, c := range []struct {
		rate float64
		wait time.Duration
		want uint256.Int
	}{
		{0, year, u(1e18)}, {0.25, 0, u(1e18)}, {0.25, year, u(8e17)}, {0.25, 2 * year, u(64e16)}, {-0.5, year, u(2e18)},
	} {
		got, err := said.DiscountFactor(c.rate, c.wait)
		require.NoError(t, err)
		require.InDelta(t, c.want.Float64(), got.Float64(), 1000) // float64 holds 16 digits of 18
	}
}

// TestConstantProduct: 1,000 in with 0.30 % taken, 10^6 in each reserve:
// floor(1000*9970*10^6 / (10^6*10000 + 1000*9970)) = floor(9.97e12/10009970000) = 996.
func TestConstantProduct(t *testing.T) {
	pool, err := said.ConstantProduct(u(1e6), u(1e6), 30)
	require.NoError(t, err)
	for _, c := range [][2]uint64{{1000, 996}, {0, 0}, {1, 0}} {
		out, err := pool(u(c[0]))
		require.NoError(t, err)
		require.Equal(t, u(c[1]), out)
	}
}

// TestBestSplitBruteForce compares the search with trying every division of a small holding.
func TestBestSplitBruteForce(t *testing.T) {
	for _, c := range []struct{ shares, reserveShares, reserveAssets, unstaking, discount uint64 }{
		{1000, 5000, 5500, 105e16, 97e16}, {1000, 500, 550, 105e16, 99e16}, {997, 1e6, 2e6, 1e18, 1e18},
		{10, 50, 60, 1e18, 1e18}, {3, 5, 9, 1e18, 1e18}, {2, 5, 9, 1e18, 1e18}, {1, 5, 9, 1e18, 1e18}, {0, 5, 9, 1e18, 1e18},
		{2000, 3000, 100, 1e18, 5e17}, {2000, 3000, 9000, 1e18, 1},
	} {
		pool, err := said.ConstantProduct(u(c.reserveShares), u(c.reserveAssets), 30)
		require.NoError(t, err)
		nav := said.NAV{Deposit: u(2e18), Unstaking: u(c.unstaking)}
		value := func(sell uint64) (now, later, value uint64) {
			out, err := pool(u(sell))
			require.NoError(t, err)
			// Plain integers of 64 bits: 2000 * 1.05e18 does not fit, so in two steps of 1e9.
			later = (c.shares - sell) * (c.unstaking / 1e9) / 1e9
			return out.Uint64(), later, out.Uint64() + uint64(float64(later)*float64(c.discount)/1e18+1e-9)
		}
		var best uint64
		for sell := range c.shares + 1 {
			_, _, v := value(sell)
			best = max(best, v)
		}
		s, err := said.BestSplit(u(c.shares), nav, pool, u(c.discount))
		require.NoError(t, err)
		require.Equal(t, u(c.shares), *new(uint256.Int).Add(&s.Sell, &s.Unstake))
		now, later, v := value(s.Sell.Uint64())
		require.Equal(t, []uint64{now, later, v}, []uint64{s.Now.Uint64(), s.Later.Uint64(), s.Value.Uint64()}, c)
		require.LessOrEqual(t, s.Value.Uint64(), best)
		require.LessOrEqual(t, best-s.Value.Uint64(), uint64(3), "%v: sells %s", c, s.Sell.Dec())
	}
}

// TestBestSplitClosedForm: with reserves of x shares and y assets, no fee, an Unstaking NAV of 1 and a discount d, selling
// s is best where the marginal price x*y/(x+s)^2 is d: s = sqrt(x*y/d) - x. With x = 10^6, y = 1.21*10^6, d = 1 that is 10^5,
// where the sale brings y*s/(x+s) = 1.1*10^5.
func TestBestSplitClosedForm(t *testing.T) {
	pool, err := said.ConstantProduct(n("1000000000000000000000000"), n("1210000000000000000000000"), 0)
	require.NoError(t, err)
	calls := 0
	counted := func(shares uint256.Int) (uint256.Int, error) { calls++; return pool(shares) }
	shares := n("500000000000000000000000")
	s, err := said.BestSplit(shares, said.NAV{Deposit: u(1e18), Unstaking: u(1e18)}, counted, u(1e18))
	require.NoError(t, err)
	// 1.1*10^5 now and 4*10^5 later.
	best := n("510000000000000000000000")
	require.False(t, s.Value.Gt(&best))
	require.True(t, new(uint256.Int).Sub(&best, &s.Value).LtUint64(1500), s.Value.Dec())
	// The value is flat at its top: 10^11 base units of 10^23 aside cost less than a unit of the value.
	require.InDelta(t, 1e5, s.Sell.Float64()/1e18, 1e-5)
	require.LessOrEqual(t, calls, 900)
	again, err := said.BestSplit(shares, said.NAV{Deposit: u(1e18), Unstaking: u(1e18)}, pool, u(1e18))
	require.NoError(t, err)
	require.Equal(t, s, again)

	// No market price above the discounted exit: sell nothing. A price above everywhere: sell all.
	s, err = said.BestSplit(shares, said.NAV{Deposit: u(1e18), Unstaking: u(1e18)}, said.AtPrice(u(9e17)), u(95e16))
	require.NoError(t, err)
	require.True(t, s.Sell.IsZero())
	s, err = said.BestSplit(shares, said.NAV{Deposit: u(1e18), Unstaking: u(1e18)}, said.AtPrice(u(96e16)), u(95e16))
	require.NoError(t, err)
	require.True(t, s.Unstake.IsZero())
}

// TestBestSplitLimit: a market that takes up to 70 shares at a price above the exit sells just these.
func TestBestSplitLimit(t *testing.T) {
	limited := func(shares uint256.Int) (uint256.Int, error) {
		if shares.GtUint64(70) {
			return uint256.Int{}, fmt.Errorf("the book ends: %w", said.ErrNoLiquidity)
		}
		return *new(uint256.Int).Mul(&shares, uint256.NewInt(2)), nil
	}
	s, err := said.BestSplit(u(100), said.NAV{Deposit: u(1e18), Unstaking: u(1e18)}, limited, u(1e18))
	require.NoError(t, err)
	require.Equal(t, said.Split{Sell: u(70), Unstake: u(30), Now: u(140), Later: u(30), Value: u(170)}, s)

	calls := 0
	_, err = said.BestSplit(maxInt, said.NAV{Deposit: u(1), Unstaking: u(1)}, func(shares uint256.Int) (uint256.Int, error) {
		calls++
		return *new(uint256.Int).Sqrt(&shares), nil
	}, u(1))
	require.NoError(t, err)
	require.LessOrEqual(t, calls, 900)
}
