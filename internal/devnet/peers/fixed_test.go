package peers

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib/internal/fixed"
)

var record = flag.Bool("record", false, "write the vectors that internal/fixed is tested with where Node is missing")

// The files that hold the recorded cases.
const (
	vectorsFolder = "../../fixed/testdata"
	vectorCases   = 600
)

// function is a function of a contract and what internal/fixed has for it.
type function struct {
	contract, method string
	operands         []shape
	run              func(z *uint256.Int, x []uint256.Int) error
	// recorded names the operation in the vectors; an empty name is not recorded.
	recorded string
}

// shape makes one random operand.
type shape func(r *rand.Rand) uint256.Int

var (
	one18 = uint256.Int{1e18}
	one27 = *new(uint256.Int).Exp(uint256.NewInt(10), uint256.NewInt(27))
	edges = makeEdges()
)

// makeEdges returns the values at which fixed-point code breaks, with their neighbours and their negatives.
func makeEdges() []uint256.Int {
	var out []uint256.Int
	add := func(v uint256.Int) {
		for _, delta := range []uint64{0, 1, 2} {
			var n, negative uint256.Int
			n.AddUint64(&v, delta)
			n.SubUint64(&n, 1)
			negative.Neg(&n)
			out = append(out, n, negative)
		}
	}
	add(uint256.Int{})
	for _, shift := range []uint{32, 63, 64, 96, 127, 128, 191, 192, 255} {
		add(*new(uint256.Int).Lsh(uint256.NewInt(1), shift))
	}
	for _, digits := range []uint64{2, 4, 6, 9, 17, 18, 20, 27, 36, 41, 54, 77} {
		add(*new(uint256.Int).Exp(uint256.NewInt(10), uint256.NewInt(digits)))
	}
	// The ends of the exponentials' domains and the neighbourhood of one that the logarithm treats apart.
	for _, s := range []string{
		"41446531673892822312", "93859467695000404319", "41000000000000000000", "130000000000000000000",
		"900000000000000000", "1100000000000000000", "693147180559945309", "346573590279972654",
	} {
		add(*uint256.MustFromDecimal(s))
	}
	return out
}

// bits makes any number of up to 256 bits, each length as often as another; one in four is an edge.
func bits(r *rand.Rand) uint256.Int { return upTo(256)(r) }

// upTo makes a number of up to n bits, each length as often as another; one in four is an edge that fits.
func upTo(n uint) shape {
	return func(r *rand.Rand) uint256.Int {
		if r.Uint32()%4 == 0 {
			if edge := edges[r.IntN(len(edges))]; edge.BitLen() <= int(n) {
				return edge
			}
		}
		v := uint256.Int{r.Uint64(), r.Uint64(), r.Uint64(), r.Uint64()}
		v.Rsh(&v, 256-uint(r.IntN(int(n)+1)))
		return v
	}
}

// within makes a signed number between -bound and bound, mostly, with 18 decimals.
func within(bound int64) shape {
	span := new(uint256.Int).Mul(uint256.NewInt(uint64(2*bound)), &one18)
	shift := new(uint256.Int).Mul(uint256.NewInt(uint64(bound)), &one18)
	return func(r *rand.Rand) uint256.Int {
		switch r.Uint32() % 8 {
		case 0:
			return edges[r.IntN(len(edges))]
		case 1: // near zero, of every length
			v := upTo(64)(r)
			if r.Uint32()%2 == 0 {
				v.Neg(&v)
			}
			return v
		}
		v := uint256.Int{r.Uint64(), r.Uint64()}
		v.Mod(&v, span)
		v.Sub(&v, shift)
		return v
	}
}

// around makes an unsigned number near one, with 18 decimals, in half of the cases, and of any length in the others.
func around(r *rand.Rand) uint256.Int {
	if r.Uint32()%2 == 0 {
		return uint256.Int{8e17 + r.Uint64()%4e17}
	}
	return bits(r)
}

func two(f func(z, x, y *uint256.Int) error) func(*uint256.Int, []uint256.Int) error {
	return func(z *uint256.Int, x []uint256.Int) error { return f(z, &x[0], &x[1]) }
}

func three(f func(z, x, y, d *uint256.Int) error) func(*uint256.Int, []uint256.Int) error {
	return func(z *uint256.Int, x []uint256.Int) error { return f(z, &x[0], &x[1], &x[2]) }
}

// shares returns the shares or assets formula: amount*(above+v)/(below+w).
func shares(f func(z, x, y, d *uint256.Int) error, above, below int, v, w uint64) func(*uint256.Int, []uint256.Int) error {
	return func(z *uint256.Int, x []uint256.Int) error {
		var numerator, denominator uint256.Int
		if err := fixed.Add(&numerator, &x[above], uint256.NewInt(v)); err != nil {
			return err
		}
		if err := fixed.Add(&denominator, &x[below], uint256.NewInt(w)); err != nil {
			return err
		}
		return f(z, &x[0], &numerator, &denominator)
	}
}

// compounded is Aave's three-term interest factor from x[1] to x[2] at the yearly rate x[0], in ray.
func compounded(z *uint256.Int, x []uint256.Int) error {
	rate, year := &x[0], uint256.NewInt(31_536_000)
	var seconds, minusOne, minusTwo, square, cube, second, third uint256.Int
	if err := fixed.Sub(&seconds, &x[2], &x[1]); err != nil {
		return err
	}
	if seconds.IsZero() {
		*z = one27
		return nil
	}
	minusOne.SubUint64(&seconds, 1)
	if seconds.GtUint64(2) {
		minusTwo.SubUint64(&seconds, 2)
	}
	if err := fixed.RayMul(&square, rate, rate); err != nil {
		return err
	}
	square.Div(&square, new(uint256.Int).Mul(year, year))
	if err := fixed.RayMul(&cube, &square, rate); err != nil {
		return err
	}
	cube.Div(&cube, year)
	sum := one27
	first := *rate
	err := errors.Join(
		fixed.Mul(&second, &seconds, &minusOne), fixed.Mul(&third, &second, &minusTwo),
		fixed.Mul(&second, &second, &square), fixed.Mul(&third, &third, &cube),
		fixed.Mul(&first, &first, &seconds),
	)
	if err != nil {
		return err
	}
	first.Div(&first, year)
	second.Rsh(&second, 1)
	third.Div(&third, uint256.NewInt(6))
	if err := errors.Join(fixed.Add(&sum, &sum, &first), fixed.Add(&sum, &sum, &second), fixed.Add(&sum, &sum, &third)); err != nil {
		return err
	}
	*z = sum
	return nil
}

// families are the functions of internal/fixed by the contract that they follow.
func families() map[string][]function {
	any2, any3 := []shape{bits, bits}, []shape{bits, bits, bits}
	state := []shape{upTo(160), upTo(140), upTo(140)}
	return map[string][]function{
		"Morpho MathLib": {
			{"MorphoMath", "mulDivDown", any3, three(fixed.CheckedMulDivDown), "CheckedMulDivDown"},
			{"MorphoMath", "mulDivUp", any3, three(fixed.CheckedMulDivUp), "CheckedMulDivUp"},
			{"MorphoMath", "wMulDown", any2, two(fixed.WMulDown), "WMulDown"},
			{"MorphoMath", "wDivDown", any2, two(fixed.WDivDown), "WDivDown"},
			{"MorphoMath", "wDivUp", any2, two(fixed.WDivUp), "WDivUp"},
			{"MorphoMath", "wTaylorCompounded", []shape{upTo(90), upTo(60)}, two(fixed.WTaylorCompounded), "WTaylorCompounded"},
		},
		"Morpho SharesMathLib": {
			{"MorphoMath", "toSharesDown", state, shares(fixed.CheckedMulDivDown, 2, 1, 1e6, 1), ""},
			{"MorphoMath", "toSharesUp", state, shares(fixed.CheckedMulDivUp, 2, 1, 1e6, 1), ""},
			{"MorphoMath", "toAssetsDown", state, shares(fixed.CheckedMulDivDown, 1, 2, 1, 1e6), ""},
			{"MorphoMath", "toAssetsUp", state, shares(fixed.CheckedMulDivUp, 1, 2, 1, 1e6), ""},
		},
		"Morpho UtilsLib": {
			{"MorphoMath", "zeroFloorSub", any2, func(z *uint256.Int, x []uint256.Int) error {
				if errors.Is(fixed.Sub(z, &x[0], &x[1]), fixed.ErrUnderflow) {
					z.Clear()
				}
				return nil
			}, ""},
		},
		"AdaptiveCurveIrm ExpLib": {
			{"IrmMath", "wExp", []shape{within(120)}, func(z *uint256.Int, x []uint256.Int) error {
				fixed.WExp(z, &x[0])
				return nil
			}, "WExp"},
		},
		"OpenZeppelin Math": {
			{"OpenZeppelinMath", "mulDivDown", any3, three(fixed.MulDivDown), "MulDivDown"},
			{"OpenZeppelinMath", "mulDivUp", any3, three(fixed.MulDivUp), "MulDivUp"},
		},
		"Aave WadRayMath": {
			{"AaveMath", "wadMul", any2, two(fixed.WadMul), "WadMul"},
			{"AaveMath", "wadDiv", any2, two(fixed.WadDiv), "WadDiv"},
			{"AaveMath", "rayMul", any2, two(fixed.RayMul), "RayMul"},
			{"AaveMath", "rayDiv", any2, two(fixed.RayDiv), "RayDiv"},
		},
		"Aave PercentageMath": {
			{"AaveMath", "percentMul", any2, two(fixed.PercentMul), "PercentMul"},
			{"AaveMath", "percentDiv", any2, two(fixed.PercentDiv), "PercentDiv"},
		},
		"Aave MathUtils": {
			{"AaveMath", "compoundedInterest", []shape{upTo(100), upTo(40), upTo(41)}, compounded, ""},
		},
		"Pendle LogExpMath": {
			{"PendleMath", "exp", []shape{within(140)}, func(z *uint256.Int, x []uint256.Int) error { return fixed.Exp(z, &x[0]) }, "Exp"},
			{"PendleMath", "ln", []shape{around}, func(z *uint256.Int, x []uint256.Int) error { return fixed.Ln(z, &x[0]) }, "Ln"},
		},
		"Pendle PMath": {
			{"PendleMath", "mulDown", any2, two(fixed.WMulDown), ""},
			{"PendleMath", "divDown", any2, two(fixed.WDivDown), ""},
		},
		"Maker rpow": {
			{"SolmateMath", "rpow", []shape{
				func(r *rand.Rand) uint256.Int { // an interest factor of a second in half of the cases
					if r.Uint32()%2 == 0 {
						v := upTo(64)(r)
						v.Add(&v, &one27)
						return v
					}
					return bits(r)
				},
				upTo(36),
				func(r *rand.Rand) uint256.Int {
					if v := bits(r); r.Uint32()%2 == 0 && !v.IsZero() {
						return v
					}
					return one27
				},
			}, func(z *uint256.Int, x []uint256.Int) error { return fixed.RPow(z, &x[0], x[1].Uint64(), &x[2]) }, "RPow"},
		},
	}
}

// oracle answers for one function with the contract.
type oracle struct {
	e        *EVM
	at       common.Address
	selector []byte
}

func newOracle(t testing.TB, f function) oracle {
	t.Helper()
	artifact := Require(t, f.contract)[0]
	e := newEVM(t)
	method, ok := artifact.ABI().Methods[f.method]
	require.True(t, ok, "%s has no %s: build it again", f.contract, f.method)
	require.Len(t, method.Inputs, len(f.operands))
	return oracle{e, place(t, e, artifact), method.ID}
}

// ask returns the contract's answer, and false if it reverts.
func (o oracle) ask(t testing.TB, operands []uint256.Int) (answer uint256.Int, ok bool) {
	input := append([]byte(nil), o.selector...)
	for i := range operands {
		word := operands[i].Bytes32()
		input = append(input, word[:]...)
	}
	output, err := o.e.Call(alice, o.at, input)
	if err != nil {
		require.ErrorIs(t, err, vm.ErrExecutionReverted)
		return answer, false
	}
	require.Len(t, output, 32)
	answer.SetBytes(output)
	return answer, true
}

// TestFixedAgainstContracts runs every function of internal/fixed beside the library that it follows, on the contract's
// own bytecode. Both must give the same number or both must fail.
func TestFixedAgainstContracts(t *testing.T) {
	cases := 50_000
	if testing.Short() {
		cases = 2_000
	}
	for family, functions := range families() {
		t.Run(family, func(t *testing.T) {
			var equal, reverted int
			for _, f := range functions {
				o := newOracle(t, f)
				r := rand.New(rand.NewPCG(1, uint64(len(f.method))))
				equalHere, revertedHere := 0, 0
				for range cases {
					operands := draw(r, f)
					want, ok := o.ask(t, operands)
					var got uint256.Int
					err := f.run(&got, operands)
					switch {
					case !ok && err != nil:
						revertedHere++
					case ok && err == nil && got == want:
						equalHere++
					default:
						t.Fatalf("%s.%s%v: the contract gives %s (%v), we give %s (%v)", f.contract, f.method, operands, &want, ok, &got, err)
					}
				}
				require.Greater(t, equalHere, cases/20, "%s.%s: too few cases give a number to prove anything", f.contract, f.method)
				equal, reverted = equal+equalHere, reverted+revertedHere
			}
			t.Logf("%s: %d functions, %d equal, %d both revert, 0 mismatches", family, len(functions), equal, reverted)
		})
	}
}

func draw(r *rand.Rand, f function) []uint256.Int {
	operands := make([]uint256.Int, len(f.operands))
	for i, make := range f.operands {
		operands[i] = make(r)
	}
	return operands
}

// TestFixedVectors asks the contracts for the cases that internal/fixed keeps in its testdata, and writes them with
// -record. The numbers are the contracts' own; internal/fixed is not asked.
func TestFixedVectors(t *testing.T) {
	for family, functions := range families() {
		for _, f := range functions {
			if f.recorded == "" {
				continue
			}
			o := newOracle(t, f)
			var text strings.Builder
			fmt.Fprintf(&text, "# %s: %s. Operands, then the result or \"revert\".\n", f.recorded, family)
			r := rand.New(rand.NewPCG(2, uint64(len(f.recorded))))
			for range vectorCases {
				operands := draw(r, f)
				for i := range operands {
					fmt.Fprintf(&text, "%s ", operands[i].Dec())
				}
				if answer, ok := o.ask(t, operands); ok {
					fmt.Fprintln(&text, answer.Dec())
				} else {
					fmt.Fprintln(&text, "revert")
				}
			}
			file := filepath.Join(vectorsFolder, f.recorded+".txt.gz")
			if *record {
				var packed bytes.Buffer
				w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
				require.NoError(t, err)
				_, err = w.Write([]byte(text.String()))
				require.NoError(t, err)
				require.NoError(t, w.Close())
				require.NoError(t, os.MkdirAll(vectorsFolder, 0o755))
				require.NoError(t, os.WriteFile(file, packed.Bytes(), 0o644))
			}
			require.Equal(t, text.String(), unpack(t, file), "%s is not what the contract answers: run go test -run FixedVectors -record", file)
		}
	}
}

func unpack(t testing.TB, file string) string {
	t.Helper()
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	z, err := gzip.NewReader(bytes.NewReader(raw))
	require.NoError(t, err)
	var text strings.Builder
	_, err = bufio.NewReader(z).WriteTo(&text)
	require.NoError(t, err)
	return text.String()
}
