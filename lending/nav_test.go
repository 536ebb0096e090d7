package lending

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const day = 24 * time.Hour

func TestDiscount(t *testing.T) {
	for _, c := range []struct {
		exit Exit
		want float64
	}{
		{Exit{0, 0.1}, 1},
		{Exit{365 * day, 0}, 1},
		{Exit{365 * day, 0.25}, 0.8},
		{Exit{730 * day, 1}, 0.25},
		{Exit{30 * day, 0.12}, math.Exp(-30.0 / 365 * math.Log(1.12))},
	} {
		got, err := c.exit.Discount()
		require.NoError(t, err)
		require.InDelta(t, c.want, got.Float64(), 1e-15)
	}
	for _, exit := range []Exit{{-1, 0}, {day, -0.1}, {day, math.NaN()}, {day, math.Inf(1)}} {
		_, err := exit.Discount()
		require.ErrorIs(t, err, ErrFloat)
		_, err = ValueShares(u(1), NAV{u(1), u(1)}, exit)
		require.ErrorIs(t, err, ErrFloat)
		_, err = OraclePriceGap(NAV{u(1), u(1)}, exit)
		require.ErrorIs(t, err, ErrFloat)
	}
	got, err := Exit{math.MaxInt64, math.MaxFloat64}.Discount()
	require.NoError(t, err)
	require.Zero(t, got)
}

func TestValueShares(t *testing.T) {
	// 1,000 sAID at 1.0551484725603436, marked 3 % lower at the exit, in a year at 25 %: a factor of exactly 0.8.
	nav := NAV{Deposit: u(1_055_148_472_560_343_600), Unstaking: u(1_023_494_018_383_533_292)}
	v, err := ValueShares(n("1000000000000000000000"), nav, Exit{365 * day, 0.25})
	require.NoError(t, err)
	require.Equal(t, ShareValue{n("1055148472560343600000"), n("1023494018383533292000"), n("818795214706826633600")}, v)
	// Each is rounded down.
	v, err = ValueShares(u(1), nav, Exit{})
	require.NoError(t, err)
	require.Equal(t, ShareValue{u(1), u(1), u(1)}, v)
	_, err = ValueShares(maxInt, nav, Exit{})
	require.ErrorIs(t, err, ErrOverflow)
	_, err = ValueShares(maxInt, NAV{Deposit: u(1), Unstaking: n("2000000000000000000")}, Exit{})
	require.ErrorIs(t, err, ErrOverflow)
}

func TestOraclePriceGap(t *testing.T) {
	for _, c := range []struct {
		name string
		nav  NAV
		exit Exit
		want Ratio
	}{
		{"equal, at once", NAV{u(1e18), u(1e18)}, Exit{}, 0},
		{"haircut of 3 %", NAV{u(1e18), u(97e16)}, Exit{}, Bps(300)},
		{"a year at 25 %", NAV{u(1e18), u(1e18)}, Exit{365 * day, 0.25}, Bps(2000)},
		{"both", NAV{u(1e18), u(9e17)}, Exit{365 * day, 0.25}, Bps(2800)},
		{"rounded up", NAV{u(3), u(2)}, Exit{}, 333_333_333_333_333_334},
		{"nothing left", NAV{u(1), u(0)}, Exit{}, One},
		{"exit above", NAV{u(1e18), u(2e18)}, Exit{}, 0},
		{"exit far above", NAV{u(1), maxInt}, Exit{}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := OraclePriceGap(c.nav, c.exit)
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		})
	}
	_, err := OraclePriceGap(NAV{u(0), u(1)}, Exit{})
	require.ErrorIs(t, err, ErrPrice)
	_, err = NAV{}.Haircut()
	require.ErrorIs(t, err, ErrPrice)
}

func TestHaircutModel(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	for range 5000 {
		deposit, unstaking := 1+rng.Uint64N(1<<rng.IntN(64)), rng.Uint64N(1<<rng.IntN(64))
		got, err := NAV{u(deposit), u(unstaking)}.Haircut()
		require.NoError(t, err)
		want := new(big.Int)
		if unstaking < deposit {
			want = ceilDiv(want.Mul(bigWad, new(big.Int).SetUint64(deposit-unstaking)), new(big.Int).SetUint64(deposit))
		}
		require.Equal(t, want.Uint64(), uint64(got))
	}
}

func TestLiquidationViable(t *testing.T) {
	bonus := Ratio(43_841_336_116_910_229) // LLTV 86 %: break-even 4.2 %
	at := func(haircutBps uint64) NAV { return NAV{u(1e18), u(1e18 - haircutBps*1e14)} }
	for _, c := range []struct {
		name   string
		bonus  Ratio
		costs  Ratio
		nav    NAV
		exit   Exit
		reason Reason
	}{
		{"liquid", bonus, 0, at(0), Exit{}, Pays},
		{"30 days at 12 %", bonus, 0, at(0), Exit{30 * day, 0.12}, Pays},
		{"no bonus", 0, 0, at(0), Exit{}, NoBonus},
		{"haircut 4.19 %", bonus, 0, at(419), Exit{}, Pays},
		{"haircut 4.20 %", bonus, 0, at(420), Exit{}, HaircutTooLarge},
		{"haircut exactly the bonus", Bps(2500), 0, at(2000), Exit{}, HaircutTooLarge},
		{"wait exactly the bonus", Bps(2500), 0, at(0), Exit{365 * day, 0.25}, WaitTooCostly},
		{"costs exactly the bonus", Bps(2500), Bps(2000), at(0), Exit{}, CostsTooHigh},
		{"haircut 4 %, 30 days", bonus, 0, at(400), Exit{30 * day, 0.12}, WaitTooCostly},
		{"year", bonus, 0, at(0), Exit{365 * day, 0.05}, WaitTooCostly},
		{"costs of 4.2 %", bonus, Bps(420), at(0), Exit{}, CostsTooHigh},
		{"costs of 4.1 %", bonus, Bps(410), at(0), Exit{}, Pays},
		{"all is cost", bonus, One, at(0), Exit{}, CostsTooHigh},
	} {
		t.Run(c.name, func(t *testing.T) {
			v, err := LiquidationViable(c.bonus, c.costs, c.nav, c.exit)
			require.NoError(t, err)
			require.Equal(t, c.reason, v.Reason, "%s", v.Reason)
			require.Equal(t, c.reason == Pays, v.Viable)
			require.Equal(t, c.exit.Wait > 0, v.OwnCapital)
			gap, err := OraclePriceGap(c.nav, c.exit)
			require.NoError(t, err)
			require.Equal(t, gap, v.Gap)
		})
	}
	// 1 - 1/1.25, and 1/1.1 = 0.9090..., rounded up to 0.909090909090909091.
	v, err := LiquidationViable(Bps(2500), 0, at(0), Exit{})
	require.NoError(t, err)
	require.Equal(t, Bps(2000), v.BreakEven)
	v, err = LiquidationViable(Bps(1000), 0, at(0), Exit{})
	require.NoError(t, err)
	require.Equal(t, Ratio(90_909_090_909_090_909), v.BreakEven)

	for _, c := range []struct {
		bonus, costs Ratio
		nav          NAV
		exit         Exit
		cause        error
	}{
		{One + 1, 0, at(0), Exit{}, ErrRatio},
		{0, One + 1, at(0), Exit{}, ErrRatio},
		{0, 0, NAV{}, Exit{}, ErrPrice},
		{0, 0, at(0), Exit{Wait: -1}, ErrFloat},
	} {
		_, err := LiquidationViable(c.bonus, c.costs, c.nav, c.exit)
		require.ErrorIs(t, err, c.cause)
	}
	seen := map[string]bool{}
	for r := Pays; r <= CostsTooHigh; r++ {
		seen[r.String()] = true
	}
	require.Len(t, seen, 5)
}
