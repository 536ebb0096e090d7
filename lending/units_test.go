package lending

import (
	"math"
	"math/big"
	"testing"
	"time"

	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"
)

func n(decimal string) uint256.Int { return *uint256.MustFromDecimal(decimal) }

func u(v uint64) uint256.Int { return uint256.Int{v} }

var maxInt = n("115792089237316195423570985008687907853269984665640564039457584007913129639935")

func TestRatio(t *testing.T) {
	require.Equal(t, Ratio(860_000_000_000_000_000), Bps(8600))
	require.Equal(t, Ratio(6_553_500_000_000_000_000), Bps(65535))
	require.Equal(t, "86 %", Bps(8600).String())
	require.Equal(t, "100 %", One.String())
	require.Equal(t, "0 %", Ratio(0).String())
	require.Equal(t, "0.0000000000000001 %", Ratio(1).String())
	require.Equal(t, "1844.6744073709551615 %", Ratio(math.MaxUint64).String())
	require.Equal(t, 0.86, Bps(8600).Float64())
}

func TestFactor(t *testing.T) {
	for _, c := range []struct {
		factor Factor
		text   string
		float  float64
		cmp    int
	}{
		{Factor{Infinite: true}, "infinite", math.Inf(1), 1},
		{Factor{}, "0", 0, -1},
		{Factor{Wad: u(1)}, "0.000000000000000001", 1e-18, -1},
		{Factor{Wad: u(1e18)}, "1", 1, 0},
		{Factor{Wad: u(1_050_000_000_000_000_000)}, "1.05", 1.05, 1},
		{Factor{Wad: n("12345000000000000000000")}, "12345", 12345, 1},
	} {
		require.Equal(t, c.text, c.factor.String())
		require.Equal(t, c.float, c.factor.Float64())
		require.Equal(t, c.cmp, c.factor.Cmp(One))
	}
}

func TestPrice(t *testing.T) {
	// 1.5 units of 6 decimals for one of 18, as a Morpho oracle gives it: 1.5 * 10^(36 + 6 - 18).
	price := Price{n("1500000000000000000000000"), 36}
	value, err := price.Value(n("2000000000000000001"))
	require.NoError(t, err)
	require.Equal(t, u(3_000_000), value)
	value, err = price.ValueUp(n("2000000000000000001"))
	require.NoError(t, err)
	require.Equal(t, u(3_000_001), value)
	amount, err := price.Amount(u(1))
	require.NoError(t, err)
	require.Equal(t, u(666_666_666_666), amount)
	amount, err = price.AmountUp(u(1))
	require.NoError(t, err)
	require.Equal(t, u(666_666_666_667), amount)
	moved, err := price.Times(Bps(9000))
	require.NoError(t, err)
	require.Equal(t, Price{n("1350000000000000000000000"), 36}, moved)

	// Every scale that fits works, the next is an error.
	for decimals := range uint8(78) {
		value, err := Price{n("1" + string(zeros(int(decimals)))), decimals}.Value(u(1))
		require.NoError(t, err)
		require.Equal(t, u(1), value, "%d decimals", decimals)
	}
	_, err = Price{u(1), 78}.Value(u(1))
	require.ErrorIs(t, err, ErrDecimals)
	_, err = Price{u(1), 78}.Amount(u(1))
	require.ErrorIs(t, err, ErrDecimals)
	_, err = Price{Decimals: 6}.AmountUp(u(1))
	require.ErrorIs(t, err, ErrPrice)
	_, err = Price{u(2), 0}.Value(maxInt)
	require.ErrorIs(t, err, ErrOverflow)
	_, err = Price{maxInt, 0}.Times(One + 1)
	require.ErrorIs(t, err, ErrOverflow)

	require.NoError(t, price.Check(time.Minute, time.Minute))
	require.ErrorIs(t, price.Check(time.Minute+1, time.Minute), ErrStalePrice)
	require.ErrorIs(t, price.Check(-1, time.Minute), ErrStalePrice)
	require.ErrorIs(t, Price{}.Check(0, time.Minute), ErrPrice)
	require.ErrorIs(t, Price{u(1), 78}.Check(0, time.Minute), ErrDecimals)
}

func zeros(count int) []byte {
	out := make([]byte, count)
	for i := range out {
		out[i] = '0'
	}
	return out
}

func checkFloor(t testing.TB, x float64) {
	t.Helper()
	got, err := FloorAmount(x)
	if math.IsNaN(x) || math.IsInf(x, 0) || x < 0 || x >= math.Ldexp(1, 256) {
		require.ErrorIs(t, err, ErrFloat)
		require.True(t, got.IsZero())
		return
	}
	require.NoError(t, err)
	want, _ := new(big.Float).SetFloat64(x).Int(nil)
	require.Equal(t, want.String(), got.Dec(), "%v", x)
}

func FuzzFloorAmount(f *testing.F) {
	for _, x := range []float64{
		0, math.Copysign(0, -1), 0.5, 1, math.Nextafter(1, 0), 1.5, 1 << 52, 1<<53 - 1, 1 << 53, 1e18, 1e36, math.Ldexp(1, 255), math.Ldexp(1, 256),
		math.Nextafter(math.Ldexp(1, 256), 0), math.SmallestNonzeroFloat64, math.MaxFloat64, math.Inf(1), math.Inf(-1), math.NaN(), -1,
	} {
		f.Add(x)
	}
	f.Fuzz(func(t *testing.T, x float64) { checkFloor(t, x) })
}
