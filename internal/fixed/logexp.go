package fixed

import "github.com/holiman/uint256"

// Scales of Balancer's LogExpMath, which Pendle uses: arguments and results have 18 decimals, most steps 20, and the
// logarithm near one 36.
var (
	one18 = uint256.Int{1e18}
	one20 = uint256.Int{0x6bc75e2d63100000, 0x5}
	one36 = uint256.Int{0xb34b9f1000000000, 0xc097ce7bc90715}
)

// The exponent range of Exp, -41 to 130 with 18 decimals.
var (
	maxExponent         = uint256.Int{0xc1cc73b00c80000, 0x7}
	minExponentAbsolute = uint256.Int{0x38fd42c5cf040000, 0x2}
)

// The two largest powers have no decimals in e^x, and 18 in x.
var (
	x0 = uint256.Int{0xf05b59d3b2000000, 0x6} // 128
	a0 = uint256.Int{0x262827000000000, 0xf53a27172fa9ec63, 0x195e54c5dd42177}
	x1 = uint256.Int{0x782dace9d9000000, 0x3} // 64
	a1 = uint256.Int{0xf597cd205cef7380, 0x1425982c}
)

// powers holds x = 2^5 ... 2^-4 and e^x, both with 20 decimals.
var powers = [10]struct{ x, exp uint256.Int }{
	{uint256.Int{0x78ebc5ac62000000, 0xad}, uint256.Int{0xf805980ff0084000, 0x1855144814a7f}}, // 2^5: e^32
	{uint256.Int{0xbc75e2d631000000, 0x56}, uint256.Int{0xa80a22c61ab5a700, 0x2df0ab5}},       // 2^4: e^16
	{uint256.Int{0x5e3af16b18800000, 0x2b}, uint256.Int{0xce3da636ea5cf850, 0x3f1f}},          // 2^3: e^8
	{uint256.Int{0xaf1d78b58c400000, 0x15}, uint256.Int{0xfa27722cc06cc5e2, 0x127}},           // 2^2: e^4
	{uint256.Int{0xd78ebc5ac6200000, 0xa}, uint256.Int{0xe60114edb805d03, 0x28}},              // 2^1: e^2
	{uint256.Int{0x6bc75e2d63100000, 0x5}, uint256.Int{0xbc5fb41746121110, 0xe}},              // 2^0: e^1
	{uint256.Int{0xb5e3af16b1880000, 0x2}, uint256.Int{0xf00f760a4b2db55d, 0x8}},              // 2^-1: e^0.5
	{uint256.Int{0x5af1d78b58c40000, 0x1}, uint256.Int{0xf5f1775788937937, 0x6}},              // 2^-2: e^0.25
	{uint256.Int{0xad78ebc5ac620000}, uint256.Int{0x248f33704b286603, 0x6}},                   // 2^-3: e^0.125
	{uint256.Int{0x56bc75e2d6310000}, uint256.Int{0xc548670b9510e7ac, 0x5}},                   // 2^-4: e^0.0625
}

// Exp sets z to e^x, both signed (two's complement) with 18 decimals, by LogExpMath's own steps: exact to the contract, an
// approximation to about 18 digits of the real value. It returns ErrDomain if x is outside of -41e18 to 130e18.
// Source: Pendle LogExpMath.exp, from Balancer.
func Exp(z, x *uint256.Int) error {
	var magnitude uint256.Int
	if x.Sign() >= 0 {
		if x.Gt(&maxExponent) {
			return ErrDomain
		}
		magnitude = *x
		expPositive(z, &magnitude)
		return nil
	}
	magnitude.Neg(x)
	if magnitude.Gt(&minExponentAbsolute) {
		return ErrDomain
	}
	expPositive(&magnitude, &magnitude)
	z.Div(&one36, &magnitude)
	return nil
}

// expPositive sets z to e^x for x of 0 to 130e18. No step comes near 2^255, so nothing can wrap.
func expPositive(z, x *uint256.Int) {
	rest := *x
	var scale uint256.Int
	switch {
	case !rest.Lt(&x0):
		rest.Sub(&rest, &x0)
		scale = a0
	case !rest.Lt(&x1):
		rest.Sub(&rest, &x1)
		scale = a1
	default:
		scale.SetOne()
	}
	rest.Mul(&rest, &uint256.Int{100})
	product := one20
	for i := range powers[:8] { // the last two are for the logarithm only
		if p := &powers[i]; !rest.Lt(&p.x) {
			rest.Sub(&rest, &p.x)
			mulDivNoWrap(&product, &product, &p.exp, &one20)
		}
	}
	sum := one20
	term := rest
	sum.Add(&sum, &term)
	for n := uint64(2); n <= 12; n++ {
		mulDivNoWrap(&term, &term, &rest, &one20)
		term.Div(&term, &uint256.Int{n})
		sum.Add(&sum, &term)
	}
	mulDivNoWrap(&product, &product, &sum, &one20)
	product.Mul(&product, &scale)
	z.Div(&product, &uint256.Int{100})
}

// Ln sets z to the natural logarithm of x, both signed (two's complement) with 18 decimals, by LogExpMath's own steps. It
// returns ErrDomain if x is zero or negative, so also for 2^255 and above. Source: Pendle LogExpMath.ln, from Balancer.
func Ln(z, x *uint256.Int) error {
	if x.Sign() <= 0 {
		return ErrDomain
	}
	if x[1]|x[2]|x[3] == 0 && x[0] > 9e17 && x[0] < 11e17 {
		lnNearOne(z, x[0])
		return nil
	}
	if !x.Lt(&one18) {
		lnAboveOne(z, x)
		return nil
	}
	var inverse uint256.Int
	inverse.Div(&one36, x)
	lnAboveOne(z, &inverse)
	z.Neg(z)
	return nil
}

// lnAboveOne sets z to ln(x) for x of 1e18 to 2^255 - 1. No step comes near 2^255, so nothing can wrap.
func lnAboveOne(z, x *uint256.Int) {
	rest := *x
	var sum, bound uint256.Int
	if bound.Mul(&a0, &one18); !rest.Lt(&bound) {
		rest.Div(&rest, &a0)
		sum.Add(&sum, &x0)
	}
	if bound.Mul(&a1, &one18); !rest.Lt(&bound) {
		rest.Div(&rest, &a1)
		sum.Add(&sum, &x1)
	}
	sum.Mul(&sum, &uint256.Int{100})
	rest.Mul(&rest, &uint256.Int{100})
	for i := range powers {
		if p := &powers[i]; !rest.Lt(&p.exp) {
			mulDivNoWrap(&rest, &rest, &one20, &p.exp)
			sum.Add(&sum, &p.x)
		}
	}
	var numerator, denominator, series uint256.Int
	numerator.Sub(&rest, &one20)
	denominator.Add(&rest, &one20)
	atanhSeries(&series, &numerator, &denominator, &one20, 11)
	sum.Add(&sum, &series)
	z.Div(&sum, &uint256.Int{100})
}

// lnNearOne sets z to ln(x) for x of 0.9e18 to 1.1e18, with 36 decimals inside. Solidity's signed division truncates
// towards zero, so the steps are done on magnitudes and the sign is put on at the end.
func lnNearOne(z *uint256.Int, x uint64) {
	var numerator, denominator, series uint256.Int
	negative := x < 1e18
	if negative {
		numerator.SetUint64(1e18 - x)
	} else {
		numerator.SetUint64(x - 1e18)
	}
	numerator.Mul(&numerator, &one18)
	denominator.SetUint64(x)
	denominator.Mul(&denominator, &one18)
	denominator.Add(&denominator, &one36)
	atanhSeries(&series, &numerator, &denominator, &one36, 15)
	z.Div(&series, &one18)
	if negative {
		z.Neg(z)
	}
}

// atanhSeries sets z to 2 * (t + t^3/3 + t^5/5 + ... + t^last/last), t = numerator/denominator, in the scale one.
func atanhSeries(z, numerator, denominator, one *uint256.Int, last uint64) {
	var t, squared uint256.Int
	mulDivNoWrap(&t, numerator, one, denominator)
	mulDivNoWrap(&squared, &t, &t, one)
	sum, power := t, t
	for n := uint64(3); n <= last; n += 2 {
		mulDivNoWrap(&power, &power, &squared, one)
		t.Div(&power, &uint256.Int{n})
		sum.Add(&sum, &t)
	}
	z.Lsh(&sum, 1)
}

// mulDivNoWrap sets z to floor(x*y/d) for x*y < 2^256 and d > 0, which the callers' bounds ensure.
func mulDivNoWrap(z, x, y, d *uint256.Int) {
	var p, q, r uint256.Int
	p.Mul(x, y)
	quoRem(&q, &r, &p, d)
	*z = q
}
