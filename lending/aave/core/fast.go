package core

import (
	"math/bits"

	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib/internal/fixed"
)

// Health scans spend their time in divisions by 1e27 and by powers of ten. These do the common case, operands below 2^128,
// with fewer hardware divisions than package fixed, and hand everything else to it.

type rounding uint8

const (
	floor rounding = iota
	halfUp
	ceil
)

// 1e27 is 2^26 times a number of 64 bits.
const ray26 = 2 * 7450580596923828125 // 2 * 5^27

const (
	halfRay0 = 0x4fe8401e74000000 // 5e26 in two words
	halfRay1 = 0x19d971e
)

// mulRay sets z to x*y/1e27, rounded, checked-256.
func mulRay(z, x, y *uint256.Int, round rounding) error {
	if x[2]|x[3]|y[2]|y[3] != 0 {
		switch round {
		case halfUp:
			return fixed.RayMul(z, x, y)
		case ceil:
			return fixed.RayMulCeil(z, x, y)
		}
		return fixed.RayMulFloor(z, x, y)
	}
	p := mul128(x, y)
	if round == halfUp { // (2^128-1)² + 2^90 does not wrap
		var c uint64
		p[0], c = bits.Add64(p[0], halfRay0, 0)
		p[1], c = bits.Add64(p[1], halfRay1, c)
		p[2], c = bits.Add64(p[2], 0, c)
		p[3] += c
	}
	rest := p[0] & (1<<26 - 1)
	p[0] = p[0]>>26 | p[1]<<38
	p[1] = p[1]>>26 | p[2]<<38
	p[2] = p[2]>>26 | p[3]<<38
	p[3] >>= 26
	if rest |= divNormal(&p, 0, ray26, ray26Reciprocal); round == ceil && rest != 0 {
		p.AddUint64(&p, 1)
	}
	*z = p
	return nil
}

// divisor is a number to divide by, prepared so that no hardware division is needed.
type divisor struct {
	whole      uint256.Int
	normal     uint64 // the number shifted so that its top bit is set; zero if it has more than 64 bits
	reciprocal uint64
	shift      uint8
}

func newDivisor(d uint256.Int) divisor {
	out := divisor{whole: d}
	if d.IsUint64() && !d.IsZero() {
		out.shift = uint8(bits.LeadingZeros64(d[0]))
		out.normal = d[0] << out.shift
		out.reciprocal = reciprocal(out.normal)
	}
	return out
}

// ray26Reciprocal is floor((2^128 - 1) / ray26) - 2^64.
const ray26Reciprocal = 4389219009585806480

// reciprocal returns floor((2^128 - 1) / d) - 2^64 for d with its top bit set.
func reciprocal(d uint64) uint64 {
	q, _ := bits.Div64(^d, ^uint64(0), d)
	return q
}

// mulDiv sets z to x*y/d, floor or ceil, checked-256; d is not zero.
func mulDiv(z, x, y *uint256.Int, d *divisor, round rounding) error {
	if x[2]|x[3]|y[2]|y[3] != 0 || d.normal == 0 {
		if round == ceil {
			return fixed.CheckedMulDivCeil(z, x, y, &d.whole)
		}
		return fixed.CheckedMulDivDown(z, x, y, &d.whole)
	}
	p := mul128(x, y)
	s := d.shift // a shift by 64 gives zero in Go, so s = 0 needs no case of its own
	top := p[3] >> (64 - s)
	p[3] = p[3]<<s | p[2]>>(64-s)
	p[2] = p[2]<<s | p[1]>>(64-s)
	p[1] = p[1]<<s | p[0]>>(64-s)
	p[0] <<= s
	if rest := divNormal(&p, top, d.normal, d.reciprocal); round == ceil && rest != 0 {
		p.AddUint64(&p, 1) // a remainder needs d > 1, so the quotient is far below 2^256
	}
	*z = p
	return nil
}

// divNormal divides (rest, p) by d, whose top bit is set and which is above rest, and returns the remainder. Each word is
// divided by a multiplication with the reciprocal (Möller and Granlund, Improved division by invariant integers,
// algorithm 4); leading words below d need not even that.
func divNormal(p *uint256.Int, rest, d, reciprocal uint64) uint64 {
	for i := 3; i >= 0; i-- {
		word := p[i]
		if rest == 0 && word < d {
			p[i], rest = 0, word
			continue
		}
		q, low := bits.Mul64(reciprocal, rest)
		low, c := bits.Add64(low, word, 0)
		q, _ = bits.Add64(q, rest, c)
		q++
		r := word - q*d
		if r > low {
			q--
			r += d
		}
		if r >= d {
			q++
			r -= d
		}
		p[i], rest = q, r
	}
	return rest
}

// quo returns floor(x/d); d is not zero.
func quo(x, d *uint256.Int) (z uint256.Int) {
	if d[1]|d[2]|d[3] != 0 {
		z.Div(x, d)
		return z
	}
	z = *x
	divWord(&z, d[0])
	return z
}

// mul128 returns the product of the low 128 bits.
func mul128(x, y *uint256.Int) (p uint256.Int) {
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
	return p
}

// divWord divides p by d, d > 0, and returns the remainder. Words below d need no division.
func divWord(p *uint256.Int, d uint64) (rest uint64) {
	for i := 3; i > 0; i-- {
		if rest == 0 && p[i] < d {
			rest, p[i] = p[i], 0
			continue
		}
		p[i], rest = bits.Div64(rest, p[i], d) // rest < d, so this cannot panic
	}
	p[0], rest = bits.Div64(rest, p[0], d)
	return rest
}

// addProduct adds value * ratio to sum, checked-256.
func addProduct(sum, value *uint256.Int, ratio uint64) error {
	if value[2]|value[3] != 0 {
		var product uint256.Int
		if err := fixed.Mul(&product, value, &uint256.Int{ratio}); err != nil {
			return err
		}
		return fixed.Add(sum, sum, &product)
	}
	h0, l0 := bits.Mul64(value[0], ratio)
	h1, l1 := bits.Mul64(value[1], ratio)
	l1, c := bits.Add64(l1, h0, 0)
	h1 += c
	var out uint256.Int
	out[0], c = bits.Add64(sum[0], l0, 0)
	out[1], c = bits.Add64(sum[1], l1, c)
	out[2], c = bits.Add64(sum[2], h1, c)
	if out[3], c = bits.Add64(sum[3], 0, c); c != 0 {
		return fixed.ErrOverflow
	}
	*sum = out
	return nil
}
