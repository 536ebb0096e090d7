package blue

import (
	"math/rand/v2"
	"testing"

	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib/internal/fixed"
)

// checkFast holds the quick divisions against the exact functions that they stand for, each also into its own operand.
func checkFast(t *testing.T, x, y uint256.Int, ratio uint64) (quick bool) {
	t.Helper()
	check := func(want uint256.Int, expected error, do func(z, x *uint256.Int) error) {
		t.Helper()
		var got uint256.Int
		require.Equal(t, expected, do(&got, &x))
		require.Equal(t, want, got, "%s * %s, ratio %d", &x, &y, ratio)
		if got = x; expected == nil {
			require.NoError(t, do(&got, &got))
			require.Equal(t, want, got)
		}
	}
	var want uint256.Int
	err := fixed.CheckedMulDivDown(&want, &x, &y, &priceScale)
	check(want, err, func(z, x *uint256.Int) error { return scaledDown(z, x, &y) })
	want.Clear()
	err = fixed.CheckedMulDivUp(&want, &x, &y, &priceScale)
	check(want, err, func(z, x *uint256.Int) error { return scaledUp(z, x, &y) })
	want.Clear()
	err = fixed.CheckedMulDivDown(&want, &x, &uint256.Int{ratio}, &one)
	check(want, err, func(z, x *uint256.Int) error { return partDown(z, x, ratio) })
	var z uint256.Int
	_, ok := overScale(&z, &x, &y)
	return ok
}

func FuzzFast(f *testing.F) {
	f.Add(uint64(1), uint64(2))
	f.Add(^uint64(0), ^uint64(0))
	f.Fuzz(func(t *testing.T, seed, tweak uint64) {
		random := rand.New(rand.NewPCG(seed, tweak))
		draw := func() (x uint256.Int) {
			for i := range x {
				if x[i] = random.Uint64(); random.IntN(4) == 0 {
					x[i] = -(random.Uint64() % 2) // all or no bits
				}
			}
			x.Rsh(&x, uint(random.IntN(256)))
			return x
		}
		for range 50 {
			checkFast(t, draw(), draw(), random.Uint64()>>random.IntN(64))
		}
	})
}

// Quotients on, just below and just above a whole number, up to the largest that the quick way takes.
func TestFastEdges(t *testing.T) {
	quick, slow := 0, 0
	around := func(x uint256.Int) []uint256.Int {
		return []uint256.Int{*new(uint256.Int).SubUint64(&x, 1), x, *new(uint256.Int).AddUint64(&x, 1)}
	}
	var numbers []uint256.Int
	for _, bits := range []uint{1, 59, 63, 64, 72, 96, 119, 120, 123, 127, 128, 191, 192, 255} {
		var x uint256.Int
		numbers = append(numbers, around(*x.Lsh(&uint256.Int{1}, bits))...)
	}
	for _, n := range []uint64{1, 2, 3, wad - 1, 1<<63 + 1} {
		var x uint256.Int
		numbers = append(numbers, around(*x.Mul(&priceScale, &uint256.Int{n}))...)
		numbers = append(numbers, around(*x.Mul(&one, &uint256.Int{n}))...)
	}
	// Largest multiples below 2^192: the estimate is furthest off there.
	var top uint256.Int
	top.Lsh(&uint256.Int{1}, 192)
	top.Div(&top, &priceScale)
	numbers = append(numbers, around(top)...)
	numbers = append(numbers, uint256.Int{})
	for _, x := range numbers {
		for _, y := range numbers {
			for _, ratio := range []uint64{0, 1, 2, 860e15, wad - 1, wad, wad + 1, ^uint64(0)} {
				if checkFast(t, x, y, ratio) {
					quick++
				} else {
					slow++
				}
			}
		}
	}
	require.Greater(t, quick, 1_000)
	require.Greater(t, slow, 1_000)
}

func TestReciprocals(t *testing.T) {
	power := func(n uint) (x uint256.Int) { x.Lsh(&uint256.Int{1}, n); return x }
	var scale, perScale, perWad uint256.Int
	scale.Exp(&uint256.Int{10}, &uint256.Int{36})
	require.Equal(t, uint256.Int{scale0, scale1}, scale)
	top := power(192)
	perScale.Div(&top, &scale)
	require.Equal(t, uint256.Int{perScale0, perScale1}, perScale)
	top = power(187)
	perWad.Div(&top, uint256.NewInt(1e18))
	require.Equal(t, uint256.Int{perWad0, perWad1}, perWad)
}
