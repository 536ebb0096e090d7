package core

import (
	"math/rand/v2"
	"testing"

	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib/internal/fixed"
)

// rounded are the exact functions that a factor stands for.
var rounded = map[rounding]func(z, x, y, d *uint256.Int) error{
	floor: fixed.CheckedMulDivDown, halfUp: fixed.CheckedMulDivHalfUp, ceil: fixed.CheckedMulDivCeil,
}

// checkFactor holds x*a/d, with and without preparation, against the exact functions.
func checkFactor(t *testing.T, x, a, d uint256.Int) (quick bool) {
	t.Helper()
	f := factor{a: a, d: d}
	f.prepare()
	for round, exact := range rounded {
		var want uint256.Int
		expected := exact(&want, &x, &a, &d)
		for _, f := range []factor{f, {a: a, d: d}} {
			var got uint256.Int
			require.Equal(t, expected, f.times(&got, &x, round))
			require.Equal(t, want, got, "%s * %s / %s, rounding %d", &x, &a, &d, round)
			got = x
			if expected == nil {
				require.NoError(t, f.times(&got, &got, round))
				require.Equal(t, want, got)
			}
		}
	}
	return f.ready && x[2]|x[3]|x[1]>>f.room == 0
}

func FuzzFast(f *testing.F) {
	f.Add(uint64(1), uint64(2), int(0))
	f.Add(^uint64(0), ^uint64(0), int(255))
	f.Fuzz(func(t *testing.T, seed, tweak uint64, width int) {
		random := rand.New(rand.NewPCG(seed, tweak))
		draw := func() (x uint256.Int) {
			for i := range x {
				if x[i] = random.Uint64(); random.IntN(4) == 0 {
					x[i] = -(random.Uint64() % 2) // all or no bits
				}
			}
			x.Rsh(&x, uint(random.IntN(max(1, width%257))))
			if random.IntN(2) == 0 {
				x[2], x[3] = 0, 0
			}
			return x
		}
		for range 50 {
			x, y, d := draw(), draw(), draw()
			switch random.IntN(4) {
			case 0:
				d[1], d[2], d[3] = 0, 0, 0
			case 1:
				d = ray
			}
			if d.IsZero() {
				d.SetOne()
			}
			checkFactor(t, x, y, d)
			var quotient uint256.Int
			require.Equal(t, *quotient.Div(&x, &d), quo(&x, &d))
			sum, want, product := d, d, uint256.Int{}
			expected := fixed.Mul(&product, &x, &uint256.Int{y[0]})
			if expected == nil {
				expected = fixed.Add(&want, &d, &product)
			}
			require.Equal(t, expected, addProduct(&sum, &x, y[0]))
			require.Equal(t, want, sum)
		}
	})
}

// Quotients on, just below and just above a whole and a half number, at the sizes where the quick way begins and ends.
func TestFactorEdges(t *testing.T) {
	word := func(high, low uint64) uint256.Int { return uint256.Int{low, high} }
	most, half := ^uint64(0), uint64(1)<<63
	numbers := []uint256.Int{
		{}, {1}, {2}, {3}, word(0, most), word(1, 0), word(half-1, most), word(half, 0), word(most, most-1), word(most, most), {0, 0, 1},
		{10_000}, {wad}, ray,
	}
	for _, n := range []uint64{2, 3} { // numbers around whole and half multiples of one ray
		var x uint256.Int
		x.Mul(&ray, &uint256.Int{n})
		x.Rsh(&x, 1)
		numbers = append(numbers, *new(uint256.Int).SubUint64(&x, 1), x, *new(uint256.Int).AddUint64(&x, 1))
	}
	quick, slow := 0, 0
	for _, x := range numbers {
		for _, a := range numbers {
			for _, d := range numbers {
				if d.IsZero() {
					continue
				}
				if checkFactor(t, x, a, d) {
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
