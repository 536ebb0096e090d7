package lending

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/gaib-go/gaib/internal/fixed"
	"github.com/holiman/uint256"
)

// Ratio is a fraction with 18 decimals: 1e18 is one, or 100 %. It holds what a protocol or a caller sets:
// loan-to-value, liquidation thresholds, bonuses, close factors, fees and wanted healths, up to 18.4. What is computed
// of an account has no upper bound and is a [Factor].
type Ratio uint64

// One is the ratio 1, or 100 %.
const One Ratio = 1e18

// Bps returns a ratio given in basis points, n / 10,000.
func Bps(n uint16) Ratio { return Ratio(n) * 1e14 }

// Float64 returns the ratio as a number, 1 for 100 %, to the nearest float.
func (r Ratio) Float64() float64 { return float64(r) / 1e18 }

// String returns the ratio in percent with all its digits, "86 %".
func (r Ratio) String() string {
	digits := fmt.Sprintf("%d.%016d", uint64(r)/1e16, uint64(r)%1e16)
	return strings.TrimRight(strings.TrimRight(digits, "0"), ".") + " %"
}

func (r Ratio) wad() uint256.Int { return uint256.Int{uint64(r)} }

// Factor is a computed multiple with 18 decimals: a health factor, a collateral ratio, a loan-to-value. A quotient by
// zero is Infinite, and Wad is then zero.
type Factor struct {
	Wad      uint256.Int
	Infinite bool
}

// Float64 returns the factor as a number, +Inf if it is Infinite.
func (f Factor) Float64() float64 {
	if f.Infinite {
		return math.Inf(1)
	}
	return f.Wad.Float64() / 1e18
}

// Cmp returns -1, 0 or 1 as the factor is below, equal to or above r.
func (f Factor) Cmp(r Ratio) int {
	if f.Infinite {
		return 1
	}
	return f.Wad.CmpUint64(uint64(r))
}

// String returns the factor as a decimal number with all its digits, or "infinite".
func (f Factor) String() string {
	if f.Infinite {
		return "infinite"
	}
	digits := f.Wad.Dec()
	if pad := 19 - len(digits); pad > 0 {
		digits = strings.Repeat("0", pad) + digits
	}
	whole, part := digits[:len(digits)-18], strings.TrimRight(digits[len(digits)-18:], "0")
	if part == "" {
		return whole
	}
	return whole + "." + part
}

// Price is what one base unit of an asset is worth in base units of the currency that an account is valued in: Mantissa
// / 10^Decimals. So an Aave price of 8 decimals for a token of 18 has Decimals 18 and values in USD of 8 decimals; an
// oracle price of Morpho has Decimals 36 and values in the loan token.
type Price struct {
	Mantissa uint256.Int
	Decimals uint8
}

// Value returns floor(amount * Mantissa / 10^Decimals), checked-256: the worth of an asset held. It fails with
// [ErrOverflow] and [ErrDecimals].
func (p Price) Value(amount uint256.Int) (uint256.Int, error) {
	var value uint256.Int
	err := p.value(&value, &amount, fixed.CheckedMulDivDown)
	return value, err
}

// ValueUp returns ceil(amount * Mantissa / 10^Decimals), checked-256: the worth of an asset owed. It fails with
// [ErrOverflow] and [ErrDecimals].
func (p Price) ValueUp(amount uint256.Int) (uint256.Int, error) {
	var value uint256.Int
	err := p.value(&value, &amount, fixed.CheckedMulDivUp)
	return value, err
}

// Amount returns floor(value * 10^Decimals / Mantissa), checked-256: the most base units that are worth at most value.
// It fails with [ErrPrice] if the price is zero, with [ErrOverflow] and [ErrDecimals].
func (p Price) Amount(value uint256.Int) (uint256.Int, error) {
	return p.amount(&value, fixed.CheckedMulDivDown)
}

// AmountUp returns ceil(value * 10^Decimals / Mantissa), checked-256: the fewest base units that are worth at least
// value. It fails as [Price.Amount] does.
func (p Price) AmountUp(value uint256.Int) (uint256.Int, error) {
	return p.amount(&value, fixed.CheckedMulDivUp)
}

// Times returns the price moved to a factor of itself, floor(Mantissa * factor / 1e18), 0.9e18 for a fall by 10 %. It
// fails with [ErrOverflow].
func (p Price) Times(factor Ratio) (Price, error) {
	err := fixed.CheckedMulDivDown(&p.Mantissa, &p.Mantissa, &uint256.Int{uint64(factor)}, &uint256.Int{wad})
	return p, err
}

// Check returns [ErrPrice] if the price is zero, [ErrDecimals], and [ErrStalePrice] if age is negative or above maxAge.
// Valuations do not call it: what a contract accepts, they accept.
func (p Price) Check(age, maxAge time.Duration) error {
	switch {
	case p.Mantissa.IsZero():
		return ErrPrice
	case p.Decimals > maxDecimals:
		return ErrDecimals
	case age < 0 || age > maxAge:
		return fmt.Errorf("%w (it is %s old, at most %s is accepted)", ErrStalePrice, age, maxAge)
	}
	return nil
}

type mulDiv = func(z, x, y, d *uint256.Int) error

func (p *Price) value(z, amount *uint256.Int, round mulDiv) error {
	if p.Decimals > maxDecimals {
		return ErrDecimals
	}
	return round(z, amount, &p.Mantissa, &scales[p.Decimals])
}

func (p *Price) amount(value *uint256.Int, round mulDiv) (amount uint256.Int, err error) {
	if p.Decimals > maxDecimals {
		return amount, ErrDecimals
	}
	if p.Mantissa.IsZero() {
		return amount, ErrPrice
	}
	err = round(&amount, value, &scales[p.Decimals], &p.Mantissa)
	return amount, err
}

const (
	wad         = 1_000_000_000_000_000_000
	maxDecimals = 77
)

// scales[n] is 10^n; it is never written after its creation.
var scales = powersOfTen()

func powersOfTen() (powers [maxDecimals + 1]uint256.Int) {
	powers[0].SetOne()
	for i := 1; i < len(powers); i++ {
		powers[i].Mul(&powers[i-1], &uint256.Int{10})
	}
	return powers
}

// FloorAmount returns the integer part of x: the border at which a floating-point number becomes an amount in base
// units. No other function of this package turns a float into an integer. It fails with [ErrFloat] if x is negative,
// not finite or 2^256 or more.
func FloorAmount(x float64) (uint256.Int, error) {
	var amount uint256.Int
	if !(x >= 0 && x < 1<<256) {
		return amount, fmt.Errorf("%w: %v is not an amount", ErrFloat, x)
	}
	fraction, exponent := math.Frexp(x)
	mantissa := uint64(fraction * (1 << 53))
	amount.SetUint64(mantissa)
	if exponent >= 53 {
		amount.Lsh(&amount, uint(exponent-53))
	} else {
		amount.Rsh(&amount, uint(53-exponent))
	}
	return amount, nil
}
