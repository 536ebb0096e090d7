package yield_test

import (
	"math/big"
	"testing"

	"github.com/gaib-go/gaib/yield"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"
)

func total(a yield.Attribution) *big.Int {
	sum := new(big.Int)
	for _, part := range []*big.Int{a.Accrual, a.Leverage, a.Haircut, a.Incentives, a.Fees, a.Flows, a.Trading, a.Price} {
		sum.Add(sum, part)
	}
	return sum
}

// A loop, by hand: 300 shares at 1.00 / 0.99, 200 AID of debt. A month on: NAVs 1.02 / 1.00, debt 201 with 1 of interest;
// then 50 more AID go in, with 10 of rewards and less 4 of fees, and buy 54 shares of 1.02 for 56. AID is at 0.98.
func TestAttribute(t *testing.T) {
	start := yield.Holding{Shares: wad("300"), Debt: wad("200"), NAV: yield.NAV{Deposit: wad("1"), Unstaking: wad("0.99")}, Price: wad("1")}
	end := yield.Holding{Shares: wad("354"), Debt: wad("201"), NAV: yield.NAV{Deposit: wad("1.02"), Unstaking: wad("1")}, Price: wad("0.98")}
	a, err := yield.Attribute(start, end, yield.Ledger{Deposited: wad("50"), Incentives: wad("10"), Fees: wad("4")})
	require.NoError(t, err)
	for name, c := range map[string]struct {
		got  *big.Int
		want string // AID of 18 decimals
	}{
		"start":      {a.Start, "97000000000000000000"},   // 300*0.99 - 200
		"end":        {a.End, "149940000000000000000"},    // (354 - 201) * 0.98
		"accrual":    {a.Accrual, "2000000000000000000"},  // 300*0.02 = 6, a third of it on own money
		"leverage":   {a.Leverage, "3000000000000000000"}, // two thirds less 1 of interest
		"haircut":    {a.Haircut, "-4080000000000000000"}, // a gap of 3 becomes 354*0.02 = 7.08
		"incentives": {a.Incentives, "10000000000000000000"},
		"fees":       {a.Fees, "-4000000000000000000"},
		"flows":      {a.Flows, "50000000000000000000"},
		"trading":    {a.Trading, "-920000000000000000"},  // 54*1.02 = 55.08 for 56
		"price":      {a.Price, "-3060000000000000000"},   // 153 * -0.02
		"change":     {a.Change, "52940000000000000000"},  // of which 50 are no profit
		"profit":     {a.Profit(), "2940000000000000000"}, // see above
		"total":      {total(a), "52940000000000000000"},
	} {
		require.Equal(t, c.want, c.got.String(), name)
	}

	// Without debt nothing is leverage; without a change nothing is anything.
	start.Debt.Clear()
	a, err = yield.Attribute(start, start, yield.Ledger{})
	require.NoError(t, err)
	require.Zero(t, a.Change.Sign())
	require.Zero(t, total(a).Sign())
	require.Zero(t, a.Leverage.Sign())
	// No shares at first: what is bought is trading and haircut.
	bought := start
	start.Shares.Clear()
	a, err = yield.Attribute(start, bought, yield.Ledger{Deposited: wad("300")})
	require.NoError(t, err)
	require.Equal(t, "-3000000000000000000", a.Haircut.String())
	require.Equal(t, "-3000000000000000000", a.Profit().String())
	require.Zero(t, a.Trading.Sign())

	bad := start
	bad.NAV.Unstaking = wad("2")
	_, err = yield.Attribute(bad, start, yield.Ledger{})
	require.ErrorIs(t, err, yield.ErrNAVInverted)
	bad = start
	bad.Price.Clear()
	_, err = yield.Attribute(start, bad, yield.Ledger{})
	require.ErrorIs(t, err, yield.ErrInput)
}

// Whatever the numbers, the parts add up to the change to the last wei, and the ends are the values of the definition.
func FuzzAttribute(f *testing.F) {
	f.Add(uint64(300e9), uint64(354e9), uint64(200e9), uint64(201e9), uint64(1e18), uint64(1.02e18), uint64(1e16), uint64(3e16), uint64(1e18), uint64(98e16), uint64(50e9), uint64(3), uint64(7))
	f.Fuzz(func(t *testing.T, s0, s1, d0, d1, n0, n1, gap0, gap1, p0, p1, in, out, other uint64) {
		holding := func(shares, debt, nav, gap, price uint64) yield.Holding {
			h := yield.Holding{Shares: *uint256.NewInt(shares), Debt: *uint256.NewInt(debt), Price: *uint256.NewInt(price | 1)}
			h.NAV.Deposit.SetUint64(nav | 1)
			h.NAV.Unstaking.SetUint64(nav | 1)
			h.NAV.Unstaking.SubUint64(&h.NAV.Unstaking, gap%(nav|1))
			return h
		}
		start, end := holding(s0, d0, n0, gap0, p0), holding(s1, d1, n1, gap1, p1)
		a, err := yield.Attribute(start, end, yield.Ledger{Deposited: *uint256.NewInt(in), Withdrawn: *uint256.NewInt(out),
			Borrowed: *uint256.NewInt(other), Repaid: *uint256.NewInt(in ^ other), Incentives: *uint256.NewInt(other / 3), Fees: *uint256.NewInt(out / 7)})
		require.NoError(t, err)
		require.Zero(t, a.Change.Cmp(total(a)), "%+v", a)
		require.Zero(t, a.Change.Cmp(new(big.Int).Sub(a.End, a.Start)))
		wad := big.NewInt(1e18)
		for h, got := range map[*yield.Holding]*big.Int{&start: a.Start, &end: a.End} {
			// floor((floor(shares*unstaking/1e18) - debt) * price / 1e18)
			v := new(big.Int).Mul(h.Shares.ToBig(), h.NAV.Unstaking.ToBig())
			v.Div(v, wad).Sub(v, h.Debt.ToBig()).Mul(v, h.Price.ToBig())
			low := new(big.Int).Mul(got, wad)
			require.True(t, low.Cmp(v) <= 0 && low.Add(low, wad).Cmp(v) > 0)
		}
	})
}
