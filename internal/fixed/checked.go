package fixed

import "github.com/holiman/uint256"

// Add sets z to x + y and returns ErrOverflow if the sum needs more than 256 bits.
func Add(z, x, y *uint256.Int) error {
	var sum uint256.Int
	if _, carry := sum.AddOverflow(x, y); carry {
		return ErrOverflow
	}
	*z = sum
	return nil
}

// Sub sets z to x - y and returns ErrUnderflow if y > x.
func Sub(z, x, y *uint256.Int) error {
	var difference uint256.Int
	if _, borrow := difference.SubOverflow(x, y); borrow {
		return ErrUnderflow
	}
	*z = difference
	return nil
}

// Mul sets z to x*y and returns ErrOverflow if the product needs more than 256 bits.
func Mul(z, x, y *uint256.Int) error {
	var p uint256.Int
	if mul256(&p, x, y) {
		return ErrOverflow
	}
	*z = p
	return nil
}

// Pow10 sets z to 10^n and returns ErrOverflow if n > 77, the largest power of ten below 2^256.
func Pow10(z *uint256.Int, n uint8) error {
	if n > 77 {
		return ErrOverflow
	}
	z.Exp(&uint256.Int{10}, &uint256.Int{uint64(n)})
	return nil
}
