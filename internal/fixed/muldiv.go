package fixed

import (
	"math/bits"

	"github.com/holiman/uint256"
)

// MulDivDown sets z to floor(x*y/d), full-512: x*y is never truncated.
// It returns ErrDivByZero if d is zero and ErrOverflow if the quotient needs more than 256 bits.
// Source: OpenZeppelin Math.mulDiv.
func MulDivDown(z, x, y, d *uint256.Int) error {
	var q, r uint256.Int
	if err := mulDivRem(&q, &r, x, y, d); err != nil {
		return err
	}
	*z = q
	return nil
}

// MulDivUp sets z to ceil(x*y/d), full-512: x*y is never truncated.
// It returns ErrDivByZero if d is zero and ErrOverflow if the rounded quotient needs more than 256 bits.
// Source: OpenZeppelin Math.mulDiv with Rounding.Ceil.
func MulDivUp(z, x, y, d *uint256.Int) error {
	var q, r uint256.Int
	if err := mulDivRem(&q, &r, x, y, d); err != nil {
		return err
	}
	if !r.IsZero() && increment(&q) {
		return ErrOverflow
	}
	*z = q
	return nil
}

// MulDivHalfUp sets z to floor(x*y/d + 1/2), full-512: x*y is never truncated, a tie rounds up.
// It returns ErrDivByZero if d is zero and ErrOverflow if the rounded quotient needs more than 256 bits.
func MulDivHalfUp(z, x, y, d *uint256.Int) error {
	var q, r, rest uint256.Int
	if err := mulDivRem(&q, &r, x, y, d); err != nil {
		return err
	}
	// r >= d - r is 2r >= d without the doubling that could overflow.
	rest.Sub(d, &r)
	if !r.Lt(&rest) && increment(&q) {
		return ErrOverflow
	}
	*z = q
	return nil
}

// CheckedMulDivDown sets z to floor(x*y/d), checked-256: it returns ErrOverflow if x*y >= 2^256, even where the
// quotient would fit, and ErrDivByZero if d is zero. Source: Morpho Blue MathLib.mulDivDown.
func CheckedMulDivDown(z, x, y, d *uint256.Int) error {
	var p uint256.Int
	if mul256(&p, x, y) {
		return ErrOverflow
	}
	if d.IsZero() {
		return ErrDivByZero
	}
	var q, r uint256.Int
	quoRem(&q, &r, &p, d)
	*z = q
	return nil
}

// CheckedMulDivUp sets z to floor((x*y + d - 1)/d), checked-256: it returns ErrOverflow if x*y + d - 1 >= 2^256,
// even where the quotient would fit, and ErrDivByZero if d is zero. Source: Morpho Blue MathLib.mulDivUp; with d = 0
// the contract fails on d - 1 and so reports Panic(0x11).
func CheckedMulDivUp(z, x, y, d *uint256.Int) error {
	var p uint256.Int
	if mul256(&p, x, y) {
		return ErrOverflow
	}
	if d.IsZero() {
		return ErrDivByZero
	}
	var one, dMinus1 uint256.Int
	one.SetOne()
	dMinus1.Sub(d, &one)
	if _, carry := p.AddOverflow(&p, &dMinus1); carry {
		return ErrOverflow
	}
	var q, r uint256.Int
	quoRem(&q, &r, &p, d)
	*z = q
	return nil
}

// CheckedMulDivCeil sets z to ceil(x*y/d), checked-256 in the product only: it returns ErrOverflow if x*y >= 2^256 and
// ErrDivByZero if d is zero. It differs from CheckedMulDivUp where x*y < 2^256 <= x*y + d - 1.
// Source: Aave v3.5 and later, the ceiling functions of WadRayMath, PercentageMath and MathUtils.
func CheckedMulDivCeil(z, x, y, d *uint256.Int) error {
	var p uint256.Int
	if mul256(&p, x, y) {
		return ErrOverflow
	}
	if d.IsZero() {
		return ErrDivByZero
	}
	var q, r uint256.Int
	quoRem(&q, &r, &p, d)
	if !r.IsZero() {
		increment(&q) // a remainder needs d > 1, so q is far below 2^256 - 1
	}
	*z = q
	return nil
}

// CheckedMulDivHalfUp sets z to floor((x*y + floor(d/2))/d), checked-256: it returns ErrOverflow if
// x*y + floor(d/2) >= 2^256 and ErrDivByZero if d is zero. Source: Aave WadRayMath and PercentageMath.
func CheckedMulDivHalfUp(z, x, y, d *uint256.Int) error {
	var p uint256.Int
	if mul256(&p, x, y) {
		return ErrOverflow
	}
	if d.IsZero() {
		return ErrDivByZero
	}
	var half uint256.Int
	half.Rsh(d, 1)
	if _, carry := p.AddOverflow(&p, &half); carry {
		return ErrOverflow
	}
	var q, r uint256.Int
	quoRem(&q, &r, &p, d)
	*z = q
	return nil
}

// mulDivRem sets q and r to quotient and remainder of x*y by d, full-512. q and r must not alias the operands.
func mulDivRem(q, r, x, y, d *uint256.Int) error {
	if d.IsZero() {
		return ErrDivByZero
	}
	var p uint256.Int
	if x[3]|x[2]|y[3]|y[2] == 0 {
		mul128(&p, x, y)
		quoRem(q, r, &p, d)
		return nil
	}
	if _, overflow := q.MulDivOverflow(x, y, d); overflow {
		return ErrOverflow
	}
	// The remainder is below 2^256, so the low words of x*y and of q*d are enough to find it.
	var qd uint256.Int
	p.Mul(x, y)
	qd.Mul(q, d)
	r.Sub(&p, &qd)
	return nil
}

// mul256 sets p to x*y and reports whether the product needs more than 256 bits. p must not alias the operands.
func mul256(p, x, y *uint256.Int) (overflow bool) {
	if x[3]|x[2]|y[3]|y[2] == 0 {
		mul128(p, x, y)
		return false
	}
	_, overflow = p.MulOverflow(x, y)
	return overflow
}

// mul128 sets p to the product of the low 128 bits of x and y. p must not alias the operands.
func mul128(p, x, y *uint256.Int) {
	h00, l00 := bits.Mul64(x[0], y[0])
	h01, l01 := bits.Mul64(x[0], y[1])
	h10, l10 := bits.Mul64(x[1], y[0])
	h11, l11 := bits.Mul64(x[1], y[1])
	var c uint64
	p[0] = l00
	p[1], c = bits.Add64(h00, l01, 0)
	p[2], c = bits.Add64(h01, l11, c)
	p[3] = h11 + c
	p[1], c = bits.Add64(p[1], l10, 0)
	p[2], c = bits.Add64(p[2], h10, c)
	p[3] += c
}

// quoRem sets q and r to quotient and remainder of p by d, d > 0. q and r must be zero and must not alias p or d.
func quoRem(q, r, p, d *uint256.Int) {
	switch {
	case d[3]|d[2] != 0:
		q.DivMod(p, d, r)
	case d[1] != 0:
		quoRem2(q, r, p, d[1], d[0])
	default:
		quoRem1(q, r, p, d[0])
	}
}

// quoRem1 divides by one word; each step's high word is below d, so bits.Div64 cannot panic.
func quoRem1(q, r, p *uint256.Int, d uint64) {
	var rem uint64
	if p[3] != 0 {
		q[3], rem = p[3]/d, p[3]%d
	}
	if rem|p[2] != 0 {
		q[2], rem = bits.Div64(rem, p[2], d)
	}
	if rem|p[1] != 0 {
		q[1], rem = bits.Div64(rem, p[1], d)
	}
	q[0], r[0] = bits.Div64(rem, p[0], d)
}

// quoRem2 divides by two words, d1 > 0: schoolbook division (Knuth, The Art of Computer Programming 2, 4.3.1,
// algorithm D) with the divisor shifted so that its top bit is set.
func quoRem2(q, r, p *uint256.Int, d1, d0 uint64) {
	s := uint(bits.LeadingZeros64(d1))
	// A shift by 64 gives zero in Go, so s = 0 needs no case of its own.
	d1, d0 = d1<<s|d0>>(64-s), d0<<s
	u4 := p[3] >> (64 - s)
	u3 := p[3]<<s | p[2]>>(64-s)
	u2 := p[2]<<s | p[1]>>(64-s)
	u1 := p[1]<<s | p[0]>>(64-s)
	u0 := p[0] << s
	if u4|u3 != 0 {
		q[2], u4, u3 = div3by2(u4, u3, u2, d1, d0)
	} else {
		u4, u3 = u3, u2
	}
	if u4|u3 != 0 {
		q[1], u4, u3 = div3by2(u4, u3, u1, d1, d0)
	} else {
		u4, u3 = u3, u1
	}
	q[0], u4, u3 = div3by2(u4, u3, u0, d1, d0)
	r[0], r[1] = u3>>s|u4<<(64-s), u4>>s
}

// div3by2 returns quotient and remainder of (u2,u1,u0) by (d1,d0), where d1 has its top bit set and (u2,u1) < (d1,d0).
func div3by2(u2, u1, u0, d1, d0 uint64) (q, r1, r0 uint64) {
	var carry uint64
	if u2 == d1 {
		// The estimate of one word would be 2^64 or more; the digit is at most 2^64 - 1.
		q = ^uint64(0)
		r1, carry = bits.Add64(u1, d1, 0)
	} else {
		q, r1 = bits.Div64(u2, u1, d1)
	}
	h, l := bits.Mul64(q, d0)
	// The estimate is at most two too large; once the partial remainder passes 2^64 it is right.
	for carry == 0 && (h > r1 || h == r1 && l > u0) {
		q--
		r1, carry = bits.Add64(r1, d1, 0)
		var borrow uint64
		l, borrow = bits.Sub64(l, d0, 0)
		h -= borrow
	}
	var borrow uint64
	r0, borrow = bits.Sub64(u0, l, 0)
	r1, _ = bits.Sub64(r1, h, borrow)
	return q, r1, r0
}

// increment adds one to z and reports whether it wrapped to zero.
func increment(z *uint256.Int) (wrapped bool) {
	var c uint64
	z[0], c = bits.Add64(z[0], 1, 0)
	z[1], c = bits.Add64(z[1], 0, c)
	z[2], c = bits.Add64(z[2], 0, c)
	z[3], c = bits.Add64(z[3], 0, c)
	return c != 0
}
