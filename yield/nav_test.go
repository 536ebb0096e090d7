package yield_test

import (
	"math"
	"math/big"
	"testing"

	"github.com/gaib-go/gaib/yield"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"
)

func n(decimal string) uint256.Int { return *uint256.MustFromDecimal(decimal) }

func u(v uint64) uint256.Int { return *uint256.NewInt(v) }

var maxInt = *new(uint256.Int).SetAllOne()

func TestHaircut(t *testing.T) {
	for _, c := range []struct {
		name               string
		deposit, unstaking uint256.Int
		wad, text          string
		negative           bool
	}{
		{"none", u(1e18), u(1e18), "0", "0.00%", false},
		{"0.52 %", u(1e18), u(9948e14), "5200000000000000", "0.52%", false},
		// 2/3 has no end: the 18th decimal is rounded up.
		{"two thirds", u(3), u(1), "666666666666666667", "66.67%", false},
		{"all", u(1e18), u(0), "1000000000000000000", "100.00%", false},
		// 1e18 - 0.99995e18 = 5e13 = 0.005 %, a tie.
		{"tie rounds up", u(1e18), u(99995e13), "50000000000000", "0.01%", false},
		{"below the last digit", u(1e18), u(999951e12), "49000000000000", "<0.01%", false},
		{"inverted", u(1e18), u(10052e14), "5200000000000000", "-0.52%", true},
		{"inverted by little", u(1e18), u(1e18 + 1), "1", "<-0.01%", true},
		{"inverted a thousandfold", u(1), u(1001), "1000000000000000000000", "-100000.00%", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := yield.NAV{Deposit: c.deposit, Unstaking: c.unstaking}.Haircut()
			magnitude, negative, ok := r.Wad()
			require.True(t, ok)
			require.Equal(t, c.wad, magnitude.Dec())
			require.Equal(t, c.negative, negative)
			require.Equal(t, c.text, r.String())
		})
	}
	require.InDelta(t, 0.52, yield.NAV{Deposit: u(1e18), Unstaking: u(9948e14)}.Haircut().Percent(), 1e-12)
	require.InDelta(t, -0.52, yield.NAV{Deposit: u(1e18), Unstaking: u(10052e14)}.Haircut().Percent(), 1e-12)
	require.Equal(t, "0.00%", yield.Ratio{}.String())

	for _, nav := range []yield.NAV{{Unstaking: u(1)}, {}, {Deposit: u(1), Unstaking: maxInt}} {
		r := nav.Haircut()
		_, _, ok := r.Wad()
		require.False(t, ok)
		require.Equal(t, "n/a", r.String())
		require.True(t, math.IsNaN(r.Percent()))
	}
}

func TestNAVValues(t *testing.T) {
	nav := yield.NAV{Deposit: n("1055148472560343645"), Unstaking: n("1049661700503029858")}
	// 3 * 1.055148472560343645 and 3 * 1.049661700503029858.
	require.Equal(t, n("3165445417681030935"), nav.Entry(u(3e18)))
	require.Equal(t, n("3148985101509089574"), nav.Exit(u(3e18)))
	// One base unit of shares is worth 1.05 base units, rounded down.
	require.Equal(t, u(1), nav.Entry(u(1)))
	require.Equal(t, uint256.Int{}, nav.Exit(u(0)))
	require.Equal(t, maxInt, nav.Entry(maxInt), "limited, not wrapped")
}

func TestNAVCheck(t *testing.T) {
	require.NoError(t, yield.NAV{Deposit: u(2), Unstaking: u(2)}.Check())
	require.NoError(t, yield.NAV{Deposit: u(2), Unstaking: u(1)}.Check())
	inverted := yield.NAV{Deposit: u(1), Unstaking: u(2)}
	err := inverted.Check()
	require.ErrorIs(t, err, yield.ErrNAVInverted)
	var typed *yield.NAVError
	require.ErrorAs(t, err, &typed)
	require.Equal(t, inverted, typed.NAV)
	require.ErrorContains(t, err, "deposit NAV 1, unstaking NAV 2")
	require.ErrorIs(t, yield.NAV{Deposit: u(1)}.Check(), yield.ErrNAVZero)
	require.ErrorIs(t, yield.NAV{Unstaking: u(1)}.Check(), yield.ErrNAVZero)
}

func FuzzHaircut(f *testing.F) {
	f.Add(uint64(1), uint64(0), uint64(0), uint64(0))
	f.Add(uint64(0), uint64(1e18), uint64(0), uint64(9948e14))
	f.Add(^uint64(0), ^uint64(0), ^uint64(0), uint64(1))
	f.Fuzz(func(t *testing.T, d1, d0, u1, u0 uint64) {
		nav := yield.NAV{Deposit: uint256.Int{d0, d1}, Unstaking: uint256.Int{u0, u1}}
		magnitude, negative, ok := nav.Haircut().Wad()
		require.Equal(t, !nav.Deposit.IsZero(), ok)
		if !ok {
			return
		}
		deposit, unstaking := nav.Deposit.ToBig(), nav.Unstaking.ToBig()
		difference := new(big.Int).Sub(deposit, unstaking)
		require.Equal(t, difference.Sign() < 0, negative)
		// ceil(|D - U| * 1e18 / D): the smallest m with m * D >= |D - U| * 1e18.
		scaled := difference.Abs(difference).Mul(difference, big.NewInt(1e18))
		m := magnitude.ToBig()
		require.GreaterOrEqual(t, new(big.Int).Mul(m, deposit).Cmp(scaled), 0)
		if m.Sign() > 0 {
			require.Negative(t, new(big.Int).Mul(new(big.Int).Sub(m, big.NewInt(1)), deposit).Cmp(scaled))
		}
	})
}
