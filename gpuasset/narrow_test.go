package gpuasset

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"
)

// someUint returns a number below 2^limit, of any size up to that and often at an edge of 64 bits.
func someUint(random *rand.Rand, limit uint) *big.Int {
	size := random.UintN(limit + 1)
	if random.IntN(3) == 0 {
		size = min(limit, 64*(1+random.UintN(2)))
	}
	n := new(big.Int)
	for range 4 {
		n.Or(n.Lsh(n, 64), new(big.Int).SetUint64(random.Uint64()))
	}
	n.Rsh(n, 256-size)
	switch random.IntN(6) {
	case 0:
		n.Lsh(big.NewInt(1), min(size, limit-1))
	case 1:
		n.Sub(n.Lsh(big.NewInt(1), size), big.NewInt(1))
	}
	return n
}

// The steps in 64 bits say what arithmetic without limits says, on either side of where they apply.
func TestNarrowSteps(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	ray27 := new(big.Int).Exp(big.NewInt(10), big.NewInt(27), nil)
	plus := func(x *big.Int, y ...*big.Int) *big.Int {
		x = new(big.Int).Set(x)
		for _, y := range y {
			x.Add(x, y)
		}
		return x
	}
	less := func(x, y *big.Int) *big.Int {
		if x.Cmp(y) < 0 {
			return new(big.Int)
		}
		return new(big.Int).Sub(x, y)
	}
	money := func(n *big.Int) Money { return Money(*uint256.MustFromBig(n)) }
	same := func(want *big.Int, got Money) {
		t.Helper()
		require.Equal(t, want.String(), got.int().Dec())
	}
	wide := 0
	for range 20_000 {
		a, b, c, d := someUint(random, 110), someUint(random, 110), someUint(random, 110), someUint(random, 110)

		p := Payment{Interest: money(a), Principal: money(b), ExitFee: money(c)}
		same(plus(a, b, c), p.Service())
		require.Equal(t, p.Service().Float64(), p.serviceFloat())
		if _, ok := p.service(); !ok {
			wide++
		}

		var principal Money
		level, interest, balance, rest := money(a), money(b), money(c), money(d)
		repay(&principal, &level, &interest, &balance, &rest)
		if want, most := less(a, b), less(c, d); want.Cmp(most) < 0 {
			same(want, principal)
		} else {
			same(most, principal)
		}

		days, rate := random.Uint64N(1200), random.Uint64N(2e18+1)
		before := someUint(random, 190)
		weight := *uint256.MustFromBig(before)
		addWeight(&weight, balance.int(), days, rate)
		part := new(big.Int).Mul(c, new(big.Int).SetUint64(days))
		same(plus(before, part.Mul(part, new(big.Int).SetUint64(rate))), Money(weight))

		for _, basis := range []uint64{360, 365} {
			year := new(big.Int).Mul(new(big.Int).SetUint64(basis), big.NewInt(1e18))
			half := new(big.Int).Rsh(year, 1)
			for _, weight := range []*big.Int{before, plus(new(big.Int).Mul(a, year), half), less(plus(new(big.Int).Mul(a, year), half), big.NewInt(1))} {
				want := plus(weight, half)
				same(want.Div(want, year), func() Money { out := money(d); setInterest(out.int(), uint256.MustFromBig(weight), basis); return out }())
			}
		}

		x, y := someUint(random, 128), someUint(random, 128)
		product := *uint256.MustFromBig(x)
		mulRay(&product, uint256.MustFromBig(y))
		want := new(big.Int).Mul(x, y)
		same(want.Div(want, ray27), Money(product))
	}
	require.Greater(t, wide, 5_000)
	require.Less(t, wide, 18_000)
}

// What a multiple adds up may need more than 64 bits while no payment does.
func TestMultipleBeyond64Bits(t *testing.T) {
	d := &Deal{ID: "d", Borrower: "b", Cluster: "c", Kind: Debt, Principal: Units(1 << 63), Closing: NewDate(2026, 1, 1), TenorMonths: 12, PaymentMonths: 1,
		Amortisation: EqualPrincipal, Rate: 2 * One, DayCount: Thirty360}
	s, err := d.Schedule(Course{})
	require.NoError(t, err)
	var total big.Int
	for i := range s.Payments {
		p := &s.Payments[i]
		_, narrow := p.service()
		require.True(t, narrow)
		total.Add(&total, p.Interest.int().ToBig()).Add(&total, p.Principal.int().ToBig())
	}
	require.Greater(t, total.BitLen(), 64)
	want, _ := new(big.Rat).SetFrac(&total, new(big.Int).Lsh(big.NewInt(1), 63)).Float64()
	got, err := s.MOIC()
	require.NoError(t, err)
	require.InEpsilon(t, want, got, 1e-15)
}
