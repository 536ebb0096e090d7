package core

import (
	"math/bits"

	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib/internal/fixed"
)

// Health scans spend their time in products with an index over 1e27 and with a price over a power of ten, the same for
// every account. A factor has the division done beforehand, for operands of a usual size; everything else goes to package
// fixed.

type rounding uint8

const (
	floor rounding = iota
	halfUp
	ceil
)

// factor is a fraction a/d to multiply by; d is not zero.
type factor struct {
	a, d  uint256.Int
	m     [3]uint64 // floor(a * 2^128 / d)
	room  uint8     // operands below 2^(64+room) cannot overflow; at most 64
	ready bool      // m and room hold; a is below 2^128 and d below 2^127
}

// prepare sets m and room where they fit.
func (f *factor) prepare() {
	if f.a.BitLen() > 128 || f.d.BitLen() > 127 || f.d.IsZero() {
		return
	}
	var m uint256.Int
	m.Lsh(&f.a, 128)
	m.Div(&m, &f.d)
	if length := m.BitLen(); length <= 192 {
		f.m = [3]uint64(m[:3])
		f.room, f.ready = uint8(192-max(length, 128)), true
	}
}

// times sets z to x*a/d, rounded, checked-256.
func (f *factor) times(z, x *uint256.Int, round rounding) error {
	if f.ready && x[2]|x[3]|x[1]>>f.room == 0 {
		f.quick(z, x[0], x[1], round)
		return nil
	}
	switch round {
	case halfUp:
		return fixed.CheckedMulDivHalfUp(z, x, &f.a, &f.d)
	case ceil:
		return fixed.CheckedMulDivCeil(z, x, &f.a, &f.d)
	}
	return fixed.CheckedMulDivDown(z, x, &f.a, &f.d)
}

// quick multiplies x by m / 2^128, which is less than one below the quotient, and corrects that by the remainder. The
// remainder is below 2d, so the low 128 bits of x*a and of the estimate times d tell it.
func (f *factor) quick(z *uint256.Int, x0, x1 uint64, round rounding) {
	var c, c2 uint64
	m0, m1, m2 := f.m[0], f.m[1], f.m[2]
	h00, _ := bits.Mul64(x0, m0)
	h01, l01 := bits.Mul64(x0, m1)
	h10, l10 := bits.Mul64(x1, m0)
	h11, l11 := bits.Mul64(x1, m1)
	h02, l02 := bits.Mul64(x0, m2)
	// Words 1 to 3 of the product; word 0 is h00's other half and carries nothing.
	w1, c := bits.Add64(l01, l10, 0)
	q0, c := bits.Add64(h01, h10, c)
	q1, _ := bits.Add64(h11, h02, c)
	_, c = bits.Add64(w1, h00, 0)
	q0, c = bits.Add64(q0, l11, c)
	q1 += c
	q0, c = bits.Add64(q0, l02, 0)
	q1 += x1*m2 + c

	a0, d0, d1 := f.a[0], f.d[0], f.d[1]
	rh, r0 := bits.Mul64(x0, a0)
	r1 := rh + x0*f.a[1] + x1*a0
	sh, s0 := bits.Mul64(q0, d0)
	r0, c = bits.Sub64(r0, s0, 0)
	r1 -= sh + q0*d1 + q1*d0 + c

	// One more where the remainder is at least d.
	t0, c := bits.Sub64(r0, d0, 0)
	t1, c := bits.Sub64(r1, d1, c)
	more := 1 - c
	if more != 0 {
		r0, r1 = t0, t1
	}
	switch round {
	case halfUp:
		_, c = bits.Sub64(r0<<1, d0, 0)
		_, c = bits.Sub64(r1<<1|r0>>63, d1, c)
		more += 1 - c
	case ceil:
		if r0|r1 != 0 {
			more++
		}
	}
	z[0], c = bits.Add64(q0, more, 0)
	z[1], c2 = bits.Add64(q1, 0, c)
	z[2], z[3] = c2, 0
}

// quo returns floor(x/d); d is not zero.
func quo(x, d *uint256.Int) (z uint256.Int) {
	if d[1]|d[2]|d[3] != 0 {
		z.Div(x, d)
		return z
	}
	var rest uint64
	for i := 3; i >= 0; i-- {
		if rest == 0 && x[i] < d[0] {
			rest = x[i]
			continue
		}
		z[i], rest = bits.Div64(rest, x[i], d[0]) // rest < d, so this cannot panic
	}
	return z
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
