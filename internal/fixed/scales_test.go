package fixed

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"
)

func decimal(s string) *big.Int {
	v, ok := new(big.Int).SetString(s, 10)
	if !ok {
		panic("not a number: " + s)
	}
	return v
}

func ten(n int64) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(n), nil) }

func binary(name string, run func(z, x, y *uint256.Int) error, model func(x, y *big.Int) (*big.Int, error)) operation {
	return operation{
		name: name, arity: 2,
		run:   func(z *uint256.Int, x []*uint256.Int) error { return run(z, x[0], x[1]) },
		model: func(x []*big.Int) (*big.Int, error) { return model(x[0], x[1]) },
	}
}

type rule int

const (
	down   rule = iota // floor(p/d)
	upAdd              // floor((p + d - 1)/d), the sum checked
	upCeil             // ceil(p/d)
	halfUp             // floor((p + d/2)/d), the sum checked
)

// checked is p/d by the rule, in the contract's order of checks.
func checked(p, d *big.Int, r rule) (*big.Int, error) {
	if p.Cmp(two256) >= 0 {
		return nil, ErrOverflow
	}
	if d.Sign() == 0 {
		return nil, ErrDivByZero
	}
	p = new(big.Int).Set(p)
	switch r {
	case upAdd:
		p.Add(p, d).Sub(p, big.NewInt(1))
	case halfUp:
		p.Add(p, new(big.Int).Div(d, big.NewInt(2)))
	case upCeil:
		return bigCeil(p, d), nil
	}
	if p.Cmp(two256) >= 0 {
		return nil, ErrOverflow
	}
	return p.Div(p, d), nil
}

func scaleOperations() []operation {
	mul := func(name string, run func(z, x, y *uint256.Int) error, scale *big.Int, r rule) operation {
		return binary(name, run, func(x, y *big.Int) (*big.Int, error) { return checked(new(big.Int).Mul(x, y), scale, r) })
	}
	div := func(name string, run func(z, x, y *uint256.Int) error, scale *big.Int, r rule) operation {
		return binary(name, run, func(x, y *big.Int) (*big.Int, error) { return checked(new(big.Int).Mul(x, scale), y, r) })
	}
	wad, ray, percent := ten(18), ten(27), ten(4)
	return []operation{
		mul("WMulDown", WMulDown, wad, down), div("WDivDown", WDivDown, wad, down), div("WDivUp", WDivUp, wad, upAdd),
		mul("WadMul", WadMul, wad, halfUp), div("WadDiv", WadDiv, wad, halfUp),
		mul("RayMul", RayMul, ray, halfUp), div("RayDiv", RayDiv, ray, halfUp),
		mul("RayMulFloor", RayMulFloor, ray, down), mul("RayMulCeil", RayMulCeil, ray, upCeil),
		div("RayDivFloor", RayDivFloor, ray, down), div("RayDivCeil", RayDivCeil, ray, upCeil),
		mul("PercentMul", PercentMul, percent, halfUp), div("PercentDiv", PercentDiv, percent, halfUp),
		mul("PercentMulFloor", PercentMulFloor, percent, down), mul("PercentMulCeil", PercentMulCeil, percent, upCeil),
		div("PercentDivFloor", PercentDivFloor, percent, down), div("PercentDivCeil", PercentDivCeil, percent, upCeil),
		binary("Add", Add, func(x, y *big.Int) (*big.Int, error) { return fits(new(big.Int).Add(x, y)) }),
		binary("Mul", Mul, func(x, y *big.Int) (*big.Int, error) { return fits(new(big.Int).Mul(x, y)) }),
		binary("Sub", Sub, func(x, y *big.Int) (*big.Int, error) {
			if x.Cmp(y) < 0 {
				return nil, ErrUnderflow
			}
			return new(big.Int).Sub(x, y), nil
		}),
		binary("WTaylorCompounded", WTaylorCompounded, func(x, n *big.Int) (*big.Int, error) {
			first, err := fits(new(big.Int).Mul(x, n))
			if err != nil {
				return nil, err
			}
			second, err := checked(new(big.Int).Mul(first, first), new(big.Int).Mul(big.NewInt(2), ten(18)), down)
			if err != nil {
				return nil, err
			}
			third, err := checked(new(big.Int).Mul(second, first), new(big.Int).Mul(big.NewInt(3), ten(18)), down)
			if err != nil {
				return nil, err
			}
			return fits(first.Add(first, second.Add(second, third)))
		}),
		rpow(0), rpow(1), rpow(2), rpow(7), rpow(86_401), rpow(31_536_000), rpow(math.MaxUint64),
	}
}

// rpow is x^n in the scale of y.
func rpow(n uint64) operation {
	return binary("RPow", func(z, x, base *uint256.Int) error { return RPow(z, x, n, base) }, func(x, base *big.Int) (*big.Int, error) {
		if base.Sign() == 0 {
			return nil, ErrDivByZero
		}
		// From the binary digits of n, lowest first.
		result := new(big.Int).Set(base)
		if n%2 == 1 {
			result.Set(x)
		}
		if x.Sign() == 0 && n > 0 {
			return new(big.Int), nil
		}
		power := new(big.Int).Set(x)
		bits := new(big.Int).SetUint64(n)
		for i := 1; i < bits.BitLen(); i++ {
			var err error
			if power, err = checked(new(big.Int).Mul(power, power), base, halfUp); err != nil {
				return nil, err
			}
			if bits.Bit(i) == 1 {
				if result, err = checked(new(big.Int).Mul(result, power), base, halfUp); err != nil {
					return nil, err
				}
			}
		}
		return result, nil
	})
}

func TestScalesEdges(t *testing.T) {
	e := edges()
	for _, o := range scaleOperations() {
		t.Run(o.name, func(t *testing.T) {
			for i := range e {
				for j := range e {
					o.check(t, e[i], e[j])
				}
			}
		})
	}
}

func FuzzScales(f *testing.F) { fuzz(f, scaleOperations()) }

// TestScalesByHand: values worked out without a computer.
func TestScalesByHand(t *testing.T) {
	for _, c := range []struct {
		name string
		run  func(z, x, y *uint256.Int) error
		x, y string
		want string
	}{
		// 5 % of 10 is 0.5: half up gives 1, down 0, up 1.
		{"PercentMul", PercentMul, "10", "500", "1"}, {"PercentMulFloor", PercentMulFloor, "10", "500", "0"}, {"PercentMulCeil", PercentMulCeil, "1", "500", "1"},
		// 7 / 200 % = 3.5.
		{"PercentDiv", PercentDiv, "7", "20000", "4"}, {"PercentDivFloor", PercentDivFloor, "7", "20000", "3"}, {"PercentDivCeil", PercentDivCeil, "7", "20000", "4"},
		{"WMulDown", WMulDown, "3", "500000000000000000", "1"}, {"WadMul", WadMul, "3", "500000000000000000", "2"},
		{"WDivDown", WDivDown, "2", "3000000000000000000", "0"}, {"WDivUp", WDivUp, "2", "3000000000000000000", "1"},
		{"WadDiv", WadDiv, "2", "3000000000000000000", "1"},
		{"RayMul", RayMul, "1", "500000000000000000000000000", "1"}, {"RayMulFloor", RayMulFloor, "1", "999999999999999999999999999", "0"},
		{"RayDiv", RayDiv, "1", "2000000000000000000000000001", "0"}, {"RayDivCeil", RayDivCeil, "1", "2000000000000000000000000001", "1"},
		// t = 0.2: 0.2 + 0.02 + 0.04*0.2/6 = 0.221333..., where e^0.2 - 1 is 0.221402...
		{"WTaylorCompounded", WTaylorCompounded, "200000000000000000", "1", "221333333333333333"},
		// 1.5^2 = 2.25; with a base of 10, 15*15 = 225 is 22.5, a tie, up.
		{"RPow", func(z, x, base *uint256.Int) error { return RPow(z, x, 2, base) }, "15", "10", "23"},
		{"RPow 0^0", func(z, x, base *uint256.Int) error { return RPow(z, x, 0, base) }, "0", "10", "10"},
		{"RPow 0^3", func(z, x, base *uint256.Int) error { return RPow(z, x, 3, base) }, "0", "10", "0"},
	} {
		var z uint256.Int
		require.NoError(t, c.run(&z, uint256.MustFromDecimal(c.x), uint256.MustFromDecimal(c.y)), c.name)
		require.Equal(t, c.want, z.Dec(), c.name)
	}
	// A rate per second with 27 decimals over a day, against the standard library.
	var z uint256.Int
	require.NoError(t, RPow(&z, uint256.MustFromDecimal("1000000342100000000000000000"), 86_400, &ray))
	require.InEpsilon(t, math.Exp(86_400*math.Log1p(3.421e-7)), z.Float64()/1e27, 1e-9)
}

func TestPow10(t *testing.T) {
	var z uint256.Int
	for n := range 256 {
		z.SetUint64(5)
		err := Pow10(&z, uint8(n))
		if n > 77 {
			require.ErrorIs(t, err, ErrOverflow)
			require.Equal(t, uint64(5), z.Uint64())
			continue
		}
		require.NoError(t, err)
		require.Equal(t, ten(int64(n)).String(), z.Dec())
	}
}

// signed returns v as a two's complement word.
func signed(v *big.Int) uint256.Int {
	return *uint256.MustFromBig(new(big.Int).And(v, new(big.Int).Sub(two256, big.NewInt(1))))
}

func toSigned(x uint256.Int) *big.Int {
	v := x.ToBig()
	if v.Bit(255) == 1 {
		v.Sub(v, two256)
	}
	return v
}

func unary(name string, run func(z, x *uint256.Int) error, model func(x *big.Int) (*big.Int, error)) operation {
	return operation{
		name: name, arity: 1,
		run: func(z *uint256.Int, x []*uint256.Int) error { return run(z, x[0]) },
		model: func(x []*big.Int) (*big.Int, error) {
			v := new(big.Int).Set(x[0])
			if v.Bit(255) == 1 {
				v.Sub(v, two256)
			}
			return model(v)
		},
	}
}

// The models below are written with signed integers of any size, Solidity's truncating division (Quo) and arithmetic
// shifts, so that a step of the code under test that wraps or takes a sign wrong shows.

func bigWExp(x *big.Int) (*big.Int, error) {
	wad, ln2 := ten(18), decimal("693147180559945309")
	if x.Cmp(decimal("-41446531673892822312")) < 0 {
		return new(big.Int), nil
	}
	if x.Cmp(decimal("93859467695000404319")) >= 0 {
		return decimal("57716089161558943949701069502944508345128422502756744429568"), nil
	}
	half := new(big.Int).Quo(ln2, big.NewInt(2))
	if x.Sign() < 0 {
		half.Neg(half)
	}
	q := new(big.Int).Add(x, half)
	q.Quo(q, ln2)
	r := new(big.Int).Sub(x, new(big.Int).Mul(q, ln2))
	e := new(big.Int).Mul(r, r)
	e.Quo(e, wad).Quo(e, big.NewInt(2)).Add(e, r).Add(e, wad)
	if q.Sign() >= 0 {
		return e.Lsh(e, uint(q.Uint64())), nil
	}
	return e.Rsh(e, uint(q.Neg(q).Uint64())), nil
}

// bigPowers is e^(2^k) for k = 7 ... -4, the first two without decimals, the others with 20: the contract's table.
var bigPowers = []string{
	"38877084059945950922200000000000000000000000000000000000", "6235149080811616882910000000",
	"7896296018268069516100000000000000", "888611052050787263676000000", "298095798704172827474000", "5459815003314423907810",
	"738905609893065022723", "271828182845904523536", "164872127070012814685", "128402541668774148407", "113314845306682631683",
	"106449445891785942956",
}

func bigExp(x *big.Int) (*big.Int, error) {
	if x.Cmp(decimal("-41000000000000000000")) < 0 || x.Cmp(decimal("130000000000000000000")) > 0 {
		return nil, ErrDomain
	}
	if x.Sign() < 0 {
		inverse, err := bigExp(new(big.Int).Neg(x))
		return new(big.Int).Quo(ten(36), inverse), err
	}
	one, rest := ten(20), new(big.Int).Set(x)
	exponent := func(k int) *big.Int { // 2^k with 20 decimals
		if k >= 0 {
			return new(big.Int).Lsh(one, uint(k))
		}
		return new(big.Int).Rsh(one, uint(-k))
	}
	rest.Mul(rest, big.NewInt(100))
	scale := big.NewInt(1)
	for i, k := range []int{7, 6} {
		if rest.Cmp(exponent(k)) >= 0 {
			rest.Sub(rest, exponent(k))
			scale = decimal(bigPowers[i])
			break
		}
	}
	product := new(big.Int).Set(one)
	for i, power := range bigPowers[2:10] {
		if e := exponent(5 - i); rest.Cmp(e) >= 0 {
			rest.Sub(rest, e)
			product.Mul(product, decimal(power)).Quo(product, one)
		}
	}
	sum, term := new(big.Int).Add(one, rest), new(big.Int).Set(rest)
	for n := int64(2); n <= 12; n++ {
		term.Mul(term, rest).Quo(term, one).Quo(term, big.NewInt(n))
		sum.Add(sum, term)
	}
	product.Mul(product, sum).Quo(product, one).Mul(product, scale)
	if product.BitLen() > 255 {
		panic("the contract would wrap")
	}
	return product.Quo(product, big.NewInt(100)), nil
}

func bigSeries(numerator, denominator, one *big.Int, terms int64) *big.Int {
	z := new(big.Int).Mul(numerator, one)
	z.Quo(z, denominator)
	square := new(big.Int).Mul(z, z)
	square.Quo(square, one)
	sum, power := new(big.Int).Set(z), new(big.Int).Set(z)
	for i := int64(1); i < terms; i++ {
		power.Mul(power, square).Quo(power, one)
		sum.Add(sum, new(big.Int).Quo(power, big.NewInt(2*i+1)))
	}
	return sum.Mul(sum, big.NewInt(2))
}

func bigLn(x *big.Int) (*big.Int, error) {
	if x.Sign() <= 0 {
		return nil, ErrDomain
	}
	wad := ten(18)
	distance := new(big.Int).Sub(x, wad)
	if new(big.Int).Abs(distance).Cmp(ten(17)) < 0 {
		scaled := new(big.Int).Mul(x, wad)
		s := bigSeries(new(big.Int).Sub(scaled, ten(36)), new(big.Int).Add(scaled, ten(36)), ten(36), 8)
		return s.Quo(s, wad), nil
	}
	if x.Cmp(wad) < 0 {
		s, err := bigLn2(new(big.Int).Quo(ten(36), x))
		return s.Neg(s), err
	}
	return bigLn2(x)
}

func bigLn2(x *big.Int) (*big.Int, error) {
	rest, sum, one := new(big.Int).Set(x), new(big.Int), ten(20)
	for i, exponent := range []int64{128, 64} {
		if a := decimal(bigPowers[i]); rest.Cmp(new(big.Int).Mul(a, ten(18))) >= 0 {
			rest.Quo(rest, a)
			sum.Add(sum, new(big.Int).Mul(big.NewInt(exponent), one))
		}
	}
	rest.Mul(rest, big.NewInt(100))
	exponent := new(big.Int).Mul(big.NewInt(32), one)
	for _, power := range bigPowers[2:] {
		if a := decimal(power); rest.Cmp(a) >= 0 {
			rest.Mul(rest, one).Quo(rest, a)
			sum.Add(sum, exponent)
		}
		exponent = new(big.Int).Rsh(exponent, 1)
	}
	s := bigSeries(new(big.Int).Sub(rest, one), new(big.Int).Add(rest, one), one, 6)
	return s.Add(s, sum).Quo(s, big.NewInt(100)), nil
}

func signedOperations() []operation {
	return []operation{
		unary("WExp", func(z, x *uint256.Int) error { WExp(z, x); return nil }, bigWExp),
		unary("Exp", Exp, bigExp),
		unary("Ln", Ln, bigLn),
	}
}

func TestExpLnEdges(t *testing.T) {
	var e []uint256.Int
	add := func(v *big.Int) {
		for delta := int64(-2); delta <= 2; delta++ {
			n := new(big.Int).Add(v, big.NewInt(delta))
			e = append(e, signed(n), signed(n.Neg(n)))
		}
	}
	for _, s := range []string{
		"41446531673892822312", "93859467695000404319", "41000000000000000000", "130000000000000000000", "900000000000000000",
		"1000000000000000000", "1100000000000000000", "346573590279972654", "1039720770839917963",
	} {
		add(decimal(s))
	}
	for k := range 12 { // where a power starts to count, in Exp and in Ln
		add(new(big.Int).Rsh(decimal("128000000000000000000"), uint(k)))
		if power := decimal(bigPowers[k]); k < 2 {
			add(power.Mul(power, ten(18)))
		} else {
			add(power.Quo(power, big.NewInt(100)))
		}
	}
	e = append(e, edges()...)
	for _, o := range signedOperations() {
		for i := range e {
			o.check(t, e[i])
		}
	}
}

func FuzzExpLn(f *testing.F) { fuzz(f, signedOperations()) }

func TestExpLnRandom(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	operations := signedOperations()
	for range 20_000 {
		x := uint256.Int{rng.Uint64(), rng.Uint64(), rng.Uint64(), rng.Uint64()}
		x.Rsh(&x, uint(1+rng.IntN(255)))
		if rng.IntN(2) == 0 {
			x = uint256.Int{rng.Uint64(), rng.Uint64N(9)} // the range of the exponentials
		}
		for _, o := range operations {
			o.quickSigned(t, &x)
			o.quickSigned(t, new(uint256.Int).Neg(&x))
		}
	}
}

// quickSigned is quick for a model with negative results, which the wider check compares as words.
func (o operation) quickSigned(t testing.TB, x *uint256.Int) {
	want, wantErr := o.model([]*big.Int{x.ToBig()})
	var z uint256.Int
	err := o.run(&z, []*uint256.Int{x})
	if err != wantErr || err == nil && toSigned(z).Cmp(want) != 0 {
		t.Fatalf("%s(%s): got %s, %v; want %v, %v", o.name, toSigned(*x), toSigned(z), err, want, wantErr)
	}
}

// TestExpLnAccuracy holds the functions to mathematics, which a mistake common to code and model would miss: published
// digits of e, e^-1 and ln, and the standard library.
func TestExpLnAccuracy(t *testing.T) {
	for _, c := range []struct {
		name string
		run  func(z, x *uint256.Int) error
		x    string
		want string // truncated at the 18th decimal
	}{
		{"e", Exp, "1000000000000000000", "2718281828459045235"},
		{"1/e", Exp, "-1000000000000000000", "367879441171442321"},
		{"e^0", Exp, "0", "1000000000000000000"},
		{"ln 2", Ln, "2000000000000000000", "693147180559945309"},
		{"ln 10", Ln, "10000000000000000000", "2302585092994045684"},
		{"ln 1", Ln, "1000000000000000000", "0"},
		{"ln 1.05", Ln, "1050000000000000000", "48790164169432003"},
		{"ln 0.95", Ln, "950000000000000000", "-51293294387550533"},
		{"ln 0.5", Ln, "500000000000000000", "-693147180559945309"},
	} {
		var z uint256.Int
		x := signed(decimal(c.x))
		require.NoError(t, c.run(&z, &x), c.name)
		// The contract's approximation may be one off in the last digit.
		off := new(big.Int).Sub(toSigned(z), decimal(c.want))
		require.LessOrEqual(t, off.CmpAbs(big.NewInt(1)), 0, "%s: %s", c.name, toSigned(z))
	}
	for x := -41.0; x <= 130; x += 0.37 {
		word := signed(new(big.Int).Mul(big.NewInt(int64(x*1e9)), ten(9)))
		exact := math.Exp(math.Trunc(x*1e9) / 1e9)
		var z uint256.Int
		require.NoError(t, Exp(&z, &word))
		require.InDelta(t, exact, z.Float64()/1e18, exact*1e-12+1e-18)
		if x < 93 {
			WExp(&z, &word)
			require.InDelta(t, exact, z.Float64()/1e18, exact*0.011+1e-18)
		}
	}
}

func TestAllocatesNothing(t *testing.T) {
	x, y, d := uint256.NewInt(123_456_789), uint256.MustFromDecimal("987654321987654321987654321"), uint256.NewInt(1e18)
	negative := new(uint256.Int).Neg(uint256.NewInt(5e17))
	var z uint256.Int
	require.Zero(t, testing.AllocsPerRun(100, func() {
		for _, o := range mulDivAll {
			if o(&z, x, y, d) != nil {
				t.Fatal("failed")
			}
		}
		if WTaylorCompounded(&z, x, uint256.NewInt(86_400)) != nil || RPow(&z, y, 86_400, y) != nil ||
			Exp(&z, negative) != nil || Ln(&z, d) != nil || Add(&z, x, y) != nil || Sub(&z, y, x) != nil || Mul(&z, x, y) != nil ||
			Pow10(&z, 30) != nil || RayMul(&z, x, y) != nil {
			t.Fatal("failed")
		}
		WExp(&z, negative)
	}))
}

var mulDivAll = []func(z, x, y, d *uint256.Int) error{
	MulDivDown, MulDivUp, MulDivHalfUp, CheckedMulDivDown, CheckedMulDivUp, CheckedMulDivCeil, CheckedMulDivHalfUp,
}

// BenchmarkPowers: rates of 1 to 20 % a year, and a year of seconds.
func BenchmarkPowers(b *testing.B) {
	rng := rand.New(rand.NewPCG(11, 12))
	var wadRates, rayFactors, exponents, values [benchSets]uint256.Int
	seconds := uint256.NewInt(31_536_000)
	for i := range benchSets {
		yearly := 0.01 + 0.19*rng.Float64()
		wadRates[i].SetUint64(uint64(yearly * 1e18 / 31_536_000))
		rayFactors[i].SetUint64(uint64(yearly * 1e18 / 31_536_000))
		rayFactors[i].Mul(&rayFactors[i], uint256.NewInt(1e9))
		rayFactors[i].Add(&rayFactors[i], &ray)
		exponents[i].SetUint64(rng.Uint64N(5e18))
		if i%2 == 1 {
			exponents[i].Neg(&exponents[i])
		}
		values[i].SetUint64(1 + rng.Uint64())
	}
	run := func(name string, f func(z *uint256.Int, i int) error) {
		b.Run(name, func(b *testing.B) {
			var z uint256.Int
			for i := 0; b.Loop(); i++ {
				if err := f(&z, i%benchSets); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	run("WTaylorCompounded", func(z *uint256.Int, i int) error { return WTaylorCompounded(z, &wadRates[i], seconds) })
	run("RPow/year", func(z *uint256.Int, i int) error { return RPow(z, &rayFactors[i], 31_536_000, &ray) })
	run("WExp", func(z *uint256.Int, i int) error { WExp(z, &exponents[i]); return nil })
	run("Exp", func(z *uint256.Int, i int) error { return Exp(z, &exponents[i]) })
	run("Ln", func(z *uint256.Int, i int) error { return Ln(z, &values[i]) })
}
