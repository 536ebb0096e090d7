package core

import (
	"math/rand/v2"
	"testing"

	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib/internal/fixed"
)

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
			return x
		}
		same := func(err error, got uint256.Int, expected error, want uint256.Int) {
			t.Helper()
			require.Equal(t, expected, err)
			require.Equal(t, want, got)
		}
		for range 50 {
			x, y, d := draw(), draw(), draw()
			if random.IntN(2) == 0 {
				d[1], d[2], d[3] = 0, 0, 0
			}
			if d.IsZero() {
				d.SetOne()
			}
			for round, exact := range map[rounding]binary{floor: fixed.RayMulFloor, halfUp: fixed.RayMul, ceil: fixed.RayMulCeil} {
				var got, want uint256.Int
				expected := exact(&want, &x, &y)
				same(mulRay(&got, &x, &y, round), got, expected, want)
			}
			for round, exact := range map[rounding]func(z, x, y, d *uint256.Int) error{floor: fixed.CheckedMulDivDown, ceil: fixed.CheckedMulDivCeil} {
				var got, want uint256.Int
				expected := exact(&want, &x, &y, &d)
				prepared := newDivisor(d)
				same(mulDiv(&got, &x, &y, &prepared, round), got, expected, want)
			}
			var quotient uint256.Int
			require.Equal(t, *quotient.Div(&x, &d), quo(&x, &d))
			sum, want, product := d, d, uint256.Int{}
			expected := fixed.Mul(&product, &x, &uint256.Int{y[0]})
			if expected == nil {
				expected = fixed.Add(&want, &d, &product)
			}
			same(addProduct(&sum, &x, y[0]), sum, expected, want)
		}
	})
}

func TestFastEdges(t *testing.T) {
	require.Equal(t, reciprocal(ray26), uint64(ray26Reciprocal))
	var scale uint256.Int
	scale.Lsh(uint256.NewInt(ray26), 26)
	require.Equal(t, ray, scale)
	most := uint256.Int{^uint64(0), ^uint64(0)}
	for _, x := range []uint256.Int{{}, {1}, {halfRay0, halfRay1}, {halfRay0 - 1, halfRay1}, ray, most} {
		for _, y := range []uint256.Int{{}, {1}, {2}, ray, most} {
			for round, exact := range map[rounding]binary{floor: fixed.RayMulFloor, halfUp: fixed.RayMul, ceil: fixed.RayMulCeil} {
				var got, want uint256.Int
				require.NoError(t, exact(&want, &x, &y))
				require.NoError(t, mulRay(&got, &x, &y, round))
				require.Equal(t, want, got)
			}
		}
	}
}
