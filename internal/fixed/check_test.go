package fixed

import (
	"math/big"
	"testing"

	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"
)

// operation is a function of up to three operands with its math/big model: the one checker below proves them all.
type operation struct {
	name  string
	arity int
	run   func(z *uint256.Int, x []*uint256.Int) error
	model func(x []*big.Int) (*big.Int, error)
}

var two256 = new(big.Int).Lsh(big.NewInt(1), 256)

// fits returns v, or ErrOverflow if v needs more than 256 bits.
func fits(v *big.Int) (*big.Int, error) {
	if v.Cmp(two256) >= 0 {
		return nil, ErrOverflow
	}
	return v, nil
}

// check compares the operation with its model on fresh operands, asserts that operands are untouched and that a failure
// leaves the destination alone, then repeats with the destination aliased to each operand and with all operands aliased
// to each other.
func (o operation) check(t testing.TB, operands ...uint256.Int) {
	t.Helper()
	operands = operands[:o.arity]
	bigs := make([]*big.Int, o.arity)
	for i := range operands {
		bigs[i] = operands[i].ToBig()
	}
	want, wantErr := o.model(bigs)

	sentinel := uint256.Int{1, 2, 3, 4}
	z := sentinel
	args, backing := pointers(operands)
	o.compare(t, operands, &z, o.run(&z, args), want, wantErr, sentinel)
	require.Equal(t, operands, backing, "%s changed an operand", o.name)

	for i := range operands {
		args, _ := pointers(operands)
		o.compare(t, operands, args[i], o.run(args[i], args), want, wantErr, operands[i])
	}

	same := make([]*uint256.Int, o.arity)
	shared := operands[0]
	for i := range same {
		same[i], bigs[i] = &shared, operands[0].ToBig()
	}
	want, wantErr = o.model(bigs)
	o.compare(t, operands[:1], &shared, o.run(&shared, same), want, wantErr, operands[0])
}

func (o operation) compare(t testing.TB, in []uint256.Int, z *uint256.Int, err error, want *big.Int, wantErr error, before uint256.Int) {
	t.Helper()
	if wantErr != nil {
		require.ErrorIs(t, err, wantErr, "%s%v", o.name, in)
		require.Equal(t, before, *z, "%s%v changed its destination on an error", o.name, in)
		return
	}
	require.NoError(t, err, "%s%v", o.name, in)
	require.Equal(t, new(big.Int).And(want, new(big.Int).Sub(two256, big.NewInt(1))).String(), z.ToBig().String(), "%s%v", o.name, in)
}

func pointers(operands []uint256.Int) ([]*uint256.Int, []uint256.Int) {
	backing := append([]uint256.Int(nil), operands...)
	out := make([]*uint256.Int, len(backing))
	for i := range backing {
		out[i] = &backing[i]
	}
	return out, backing
}

// edges are the values at which fixed-point code breaks: word boundaries, scales and their neighbours.
func edges() []uint256.Int {
	var out []uint256.Int
	add := func(v *big.Int) {
		for _, delta := range []int64{-1, 0, 1} {
			n := new(big.Int).Add(v, big.NewInt(delta))
			if n.Sign() >= 0 && n.Cmp(two256) < 0 {
				out = append(out, *uint256.MustFromBig(n))
			}
		}
	}
	add(big.NewInt(0))
	for _, shift := range []uint{63, 64, 127, 128, 191, 192, 255, 256} {
		add(new(big.Int).Lsh(big.NewInt(1), shift))
	}
	for _, digits := range []int64{4, 18, 27, 36} {
		add(new(big.Int).Exp(big.NewInt(10), big.NewInt(digits), nil))
	}
	return out
}

// fuzz feeds the operations three operands of 32 bytes each; shape takes high words off so that short operands, which
// have code paths of their own, are met as often as long ones.
func fuzz(f *testing.F, operations []operation) {
	words := func(v uint256.Int) []byte { b := v.Bytes32(); return b[:] }
	e := edges()
	for i := range e {
		f.Add(words(e[i]), words(e[(i*7+3)%len(e)]), words(e[(i*5+1)%len(e)]), uint8(i))
	}
	f.Fuzz(func(t *testing.T, a, b, c []byte, shape uint8) {
		operands := make([]uint256.Int, 3)
		for i, raw := range [][]byte{a, b, c} {
			operands[i].SetBytes(raw[max(0, len(raw)-32):])
			operands[i].Rsh(&operands[i], uint(shape>>(2*i)&3)*64)
		}
		for _, o := range operations {
			o.check(t, operands...)
		}
	})
}
