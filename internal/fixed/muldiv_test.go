package fixed

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"
)

func ternary(name string, run func(z, x, y, d *uint256.Int) error, model func(x, y, d *big.Int) (*big.Int, error)) operation {
	return operation{
		name: name, arity: 3,
		run:   func(z *uint256.Int, x []*uint256.Int) error { return run(z, x[0], x[1], x[2]) },
		model: func(x []*big.Int) (*big.Int, error) { return model(x[0], x[1], x[2]) },
	}
}

func bigCeil(n, d *big.Int) *big.Int {
	q, r := new(big.Int).QuoRem(n, d, new(big.Int))
	if r.Sign() > 0 {
		q.Add(q, big.NewInt(1))
	}
	return q
}

func mulDivOperations() []operation {
	full := func(round func(p, d *big.Int) *big.Int) func(x, y, d *big.Int) (*big.Int, error) {
		return func(x, y, d *big.Int) (*big.Int, error) {
			if d.Sign() == 0 {
				return nil, ErrDivByZero
			}
			return fits(round(new(big.Int).Mul(x, y), d))
		}
	}
	// addend is what the contract adds to the product before it divides; that sum must fit as well.
	checked := func(addend func(d *big.Int) *big.Int) func(x, y, d *big.Int) (*big.Int, error) {
		return func(x, y, d *big.Int) (*big.Int, error) {
			p, err := fits(new(big.Int).Mul(x, y))
			if err != nil {
				return nil, err
			}
			if d.Sign() == 0 {
				return nil, ErrDivByZero
			}
			if p, err = fits(p.Add(p, addend(d))); err != nil {
				return nil, err
			}
			return p.Div(p, d), nil
		}
	}
	none := func(*big.Int) *big.Int { return new(big.Int) }
	return []operation{
		ternary("MulDivDown", MulDivDown, full(func(p, d *big.Int) *big.Int { return p.Div(p, d) })),
		ternary("MulDivUp", MulDivUp, full(bigCeil)),
		ternary("MulDivHalfUp", MulDivHalfUp, full(func(p, d *big.Int) *big.Int {
			// floor((2p + d) / 2d) is floor(p/d + 1/2).
			p.Lsh(p, 1)
			return p.Div(p.Add(p, d), new(big.Int).Lsh(d, 1))
		})),
		ternary("CheckedMulDivDown", CheckedMulDivDown, checked(none)),
		ternary("CheckedMulDivUp", CheckedMulDivUp, checked(func(d *big.Int) *big.Int { return new(big.Int).Sub(d, big.NewInt(1)) })),
		ternary("CheckedMulDivHalfUp", CheckedMulDivHalfUp, checked(func(d *big.Int) *big.Int { return new(big.Int).Rsh(d, 1) })),
		ternary("CheckedMulDivCeil", CheckedMulDivCeil, func(x, y, d *big.Int) (*big.Int, error) {
			p, err := fits(new(big.Int).Mul(x, y))
			if err != nil {
				return nil, err
			}
			if d.Sign() == 0 {
				return nil, ErrDivByZero
			}
			return bigCeil(p, d), nil
		}),
	}
}

// TestMulDivEdges runs every combination of the edge values through every operation.
func TestMulDivEdges(t *testing.T) {
	e := edges()
	for _, o := range mulDivOperations() {
		t.Run(o.name, func(t *testing.T) {
			for i := range e {
				for j := range e {
					for k := range e {
						o.quick(t, &e[i], &e[j], &e[k])
					}
				}
			}
		})
	}
}

// quick is check without the aliasing and without require's cost, for large sweeps.
func (o operation) quick(t testing.TB, operands ...*uint256.Int) {
	bigs := make([]*big.Int, len(operands))
	for i := range operands {
		bigs[i] = operands[i].ToBig()
	}
	want, wantErr := o.model(bigs)
	var z uint256.Int
	err := o.run(&z, operands)
	if err != wantErr || err == nil && z.ToBig().Cmp(want) != 0 {
		t.Fatalf("%s%v: got %v, %v; want %v, %v", o.name, operands, &z, err, want, wantErr)
	}
}

// TestMulDivRandom draws operands of every length in words, and divisors close to the operands and to powers of two, at
// which the estimate of a quotient digit is worst.
func TestMulDivRandom(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	draw := func() uint256.Int {
		var v uint256.Int
		words := rng.IntN(5)
		for i := range words {
			switch rng.IntN(4) {
			case 0:
				v[i] = ^uint64(0) - uint64(rng.IntN(3))
			case 1:
				v[i] = 1<<63 + uint64(rng.IntN(3))
			default:
				v[i] = rng.Uint64() >> rng.IntN(64)
			}
		}
		return v
	}
	operations := mulDivOperations()
	for range 20_000 {
		x, y, d := draw(), draw(), draw()
		if rng.IntN(4) == 0 {
			d.Mul(&x, &y)
			d.AddUint64(&d, uint64(rng.IntN(3)))
		}
		for _, o := range operations {
			o.quick(t, &x, &y, &d)
		}
	}
}

func TestMulDivAliasing(t *testing.T) {
	e := edges()
	for _, o := range mulDivOperations() {
		for i := range e {
			o.check(t, e[i], e[(i*7+3)%len(e)], e[(i*5+1)%len(e)])
			o.check(t, e[(i*3+2)%len(e)], e[i], e[(i+4)%len(e)])
		}
	}
}

func FuzzMulDiv(f *testing.F) { fuzz(f, mulDivOperations()) }

// TestMulDivFamiliesDiffer pins where the families part: full-512 answers, checked-256 reverts.
func TestMulDivFamiliesDiffer(t *testing.T) {
	var z, half uint256.Int
	// 2^255 * 2 / 2 = 2^255, but the product is 2^256.
	half.Lsh(uint256.NewInt(1), 255)
	two := uint256.NewInt(2)
	require.NoError(t, MulDivDown(&z, &half, two, two))
	require.Equal(t, half, z)
	require.ErrorIs(t, CheckedMulDivDown(&z, &half, two, two), ErrOverflow)

	// x*y = 2^256 - 1 and d = 2: the contract of Morpho fails on adding d - 1, Aave's ceiling does not.
	maxInt := new(uint256.Int).SetAllOne()
	require.ErrorIs(t, CheckedMulDivUp(&z, maxInt, uint256.NewInt(1), two), ErrOverflow)
	require.NoError(t, CheckedMulDivCeil(&z, maxInt, uint256.NewInt(1), two))
	// ceil((2^256 - 1)/2) = 2^255.
	require.Equal(t, half, z)
}

// The operands of the benchmarks differ on every call, so that branch prediction does not flatter the figures.
const benchSets = 1024

type benchSet struct{ amount, price, shares, supply uint256.Int }

func benchOperands() []benchSet {
	rng := rand.New(rand.NewPCG(3, 4))
	// logUniform returns a value of between low and high bits.
	logUniform := func(low, high int) uint256.Int {
		v := uint256.Int{rng.Uint64(), rng.Uint64(), rng.Uint64(), rng.Uint64() | 1<<63}
		v.Rsh(&v, uint(256-low-rng.IntN(high-low+1)))
		return v
	}
	sets := make([]benchSet, benchSets)
	for i := range sets {
		sets[i] = benchSet{
			amount: logUniform(40, 95), price: logUniform(55, 65),
			shares: logUniform(60, 110), supply: logUniform(95, 105),
		}
	}
	return sets
}

func BenchmarkMulDiv(b *testing.B) {
	sets := benchOperands()
	scale := *uint256.NewInt(1e18)
	for _, o := range []struct {
		name string
		run  func(z, x, y, d *uint256.Int) error
	}{
		{"MulDivDown", MulDivDown}, {"MulDivUp", MulDivUp}, {"MulDivHalfUp", MulDivHalfUp},
		{"CheckedMulDivDown", CheckedMulDivDown}, {"CheckedMulDivUp", CheckedMulDivUp},
		{"CheckedMulDivCeil", CheckedMulDivCeil}, {"CheckedMulDivHalfUp", CheckedMulDivHalfUp},
	} {
		b.Run(o.name+"/wad", func(b *testing.B) {
			var z uint256.Int
			for i := 0; b.Loop(); i++ {
				s := &sets[i%benchSets]
				if o.run(&z, &s.amount, &s.price, &scale) != nil {
					b.Fatal("overflow")
				}
			}
		})
		b.Run(o.name+"/shares", func(b *testing.B) {
			var z uint256.Int
			for i := 0; b.Loop(); i++ {
				s := &sets[i%benchSets]
				if o.run(&z, &s.amount, &s.shares, &s.supply) != nil {
					b.Fatal("overflow")
				}
			}
		})
	}
}
