package blue

import (
	"math/bits"

	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib/internal/fixed"
)

// The price's scale and one wad divide every health check. These do the common sizes by multiplication with a reciprocal
// and leave everything else to package fixed.

const (
	scale0, scale1 = 0xb34b9f1000000000, 0x00c097ce7bc90715 // 10^36 in two words
	perScale0      = 0x484932d2e725a5bb                     // floor(2^192 / 10^36) in two words
	perScale1      = 0x154
	perWad0        = 0x3aff322e62439fcf // floor(2^187 / 10^18) in two words
	perWad1        = 0x9392ee8e921d5d07
)

// overScale sets z to floor(x*price/1e36), and reports whether there was a remainder, where the product is below 2^192; if
// not, ok is false and z as it was.
func overScale(z, x, price *uint256.Int) (remainder, ok bool) {
	if x[2]|x[3]|price[2]|price[3] != 0 {
		return false, false
	}
	x0, x1, y0, y1 := x[0], x[1], price[0], price[1]
	h00, p0 := bits.Mul64(x0, y0)
	h01, l01 := bits.Mul64(x0, y1)
	h10, l10 := bits.Mul64(x1, y0)
	h11, l11 := bits.Mul64(x1, y1)
	p1, c := bits.Add64(h00, l01, 0)
	p2, c := bits.Add64(h01, l11, c)
	p3 := h11 + c
	p1, c = bits.Add64(p1, l10, 0)
	p2, c = bits.Add64(p2, h10, c)
	if p3+c != 0 { // the sum is the product's top word and cannot wrap
		return false, false
	}

	// The product without its lowest word times 2^192/1e36, over 2^128, is less than one below the quotient: the fraction
	// that the reciprocal lacks takes at most 0.79 from it, the lowest word 2e-17.
	h10, _ = bits.Mul64(p1, perScale0)
	h11, l11 = bits.Mul64(p1, perScale1)
	h20, l20 := bits.Mul64(p2, perScale0)
	h21, l21 := bits.Mul64(p2, perScale1)
	w1, c := bits.Add64(h10, l11, 0)
	q0, c := bits.Add64(h20, h11, c)
	q1 := h21 + c
	_, c = bits.Add64(w1, l20, 0)
	q0, c = bits.Add64(q0, l21, c)
	q1 += c

	sh, s0 := bits.Mul64(q0, scale0)
	r0, c := bits.Sub64(p0, s0, 0)
	r1 := p1 - (sh + q0*scale1 + q1*scale0) - c // below 2e36, which two words hold
	t0, c := bits.Sub64(r0, scale0, 0)
	t1, c := bits.Sub64(r1, scale1, c)
	if c == 0 {
		r0, r1 = t0, t1
	}
	q0, c = bits.Add64(q0, 1-c, 0)
	q1 += c
	z[0], z[1], z[2], z[3] = q0, q1, 0, 0
	return r0|r1 != 0, true
}

// scaledDown sets z to floor(x*price/1e36), checked-256.
func scaledDown(z, x, price *uint256.Int) error {
	if _, ok := overScale(z, x, price); ok {
		return nil
	}
	return fixed.CheckedMulDivDown(z, x, price, &priceScale)
}

// scaledUp sets z to ceil(x*price/1e36) as the contract does it, checked-256.
func scaledUp(z, x, price *uint256.Int) error {
	remainder, ok := overScale(z, x, price)
	if !ok {
		return fixed.CheckedMulDivUp(z, x, price, &priceScale)
	}
	if remainder {
		z.AddUint64(z, 1)
	}
	return nil
}

// partDown sets z to floor(x*ratio/1e18), checked-256.
func partDown(z, x *uint256.Int, ratio uint64) error {
	if x[1]>>59|x[2]|x[3] != 0 {
		return fixed.CheckedMulDivDown(z, x, &uint256.Int{ratio}, &one)
	}
	h0, v0 := bits.Mul64(x[0], ratio)
	h1, l1 := bits.Mul64(x[1], ratio)
	v1, c := bits.Add64(h0, l1, 0)
	v2 := h1 + c
	// The product, below 2^187, times 2^187/1e18 over 2^187 is less than one below the quotient.
	h00, _ := bits.Mul64(v0, perWad0)
	h01, l01 := bits.Mul64(v0, perWad1)
	h10, l10 := bits.Mul64(v1, perWad0)
	h11, l11 := bits.Mul64(v1, perWad1)
	h20, l20 := bits.Mul64(v2, perWad0)
	h21, l21 := bits.Mul64(v2, perWad1)
	w1, c := bits.Add64(h00, l01, 0)
	w2, c := bits.Add64(h01, l11, c)
	w3, c := bits.Add64(h11, l21, c)
	w4 := h21 + c
	_, c = bits.Add64(w1, l10, 0)
	w2, c = bits.Add64(w2, h10, c)
	w3, c = bits.Add64(w3, h20, c)
	w4 += c
	w2, c = bits.Add64(w2, l20, 0)
	w3, c = bits.Add64(w3, 0, c)
	w4 += c
	q0, q1 := w2>>59|w3<<5, w3>>59|w4<<5
	if v0-q0*wad >= wad { // the remainder is below 2e18, so the lowest words tell it
		q0, c = bits.Add64(q0, 1, 0)
		q1 += c
	}
	z[0], z[1], z[2], z[3] = q0, q1, 0, 0
	return nil
}
