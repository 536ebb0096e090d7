package gpuasset

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/gaib-go/gaib/internal/fixed"
	"github.com/gaib-go/gaib/yield/daycount"
	"github.com/holiman/uint256"
)

// Causes of a text that is no value.
var (
	// ErrAmount: a text is no amount or ratio. Write digits and a point: "1250.5".
	ErrAmount = errors.New("not a decimal number")
	// ErrTooMuch: an amount is above 10^24 of the currency, or a ratio above 18.
	ErrTooMuch = errors.New("number too large")
	// ErrDate: a text is no date of the years 1970 to 2200. Write "2026-03-31".
	ErrDate = errors.New("not a date of 1970 to 2200")
)

// MoneyDecimals is the number of decimals of [Money], that of USDC.
const MoneyDecimals = 6

// Money is an amount of the document's currency in base units of 10^-6. Amounts that come in are at most 10^24 of the
// currency; sums and products of such amounts cannot overflow, and the methods saturate rather than wrap.
type Money uint256.Int

// ParseMoney returns the amount of a decimal text such as "1250.5", exactly. It fails with [ErrAmount] for a sign, an
// exponent or more than six digits after the point, and with [ErrTooMuch].
func ParseMoney(text string) (Money, error) {
	units, err := parseDecimal(text, MoneyDecimals)
	if err != nil {
		return Money{}, err
	}
	m := Money(units)
	return m, m.Check()
}

// Whole returns an amount of whole units of the currency: Whole(5) is 5 dollars.
func Whole(amount uint64) Money {
	var m Money
	m.int().Mul(uint256.NewInt(amount), uint256.NewInt(1_000_000))
	return m
}

// Units returns an amount of base units of 10^-6.
func Units(units uint64) Money { return Money(*uint256.NewInt(units)) }

func (m *Money) int() *uint256.Int { return (*uint256.Int)(m) }

// Check returns [ErrTooMuch] if the amount is above 10^24 of the currency.
func (m Money) Check() error {
	// 10^30 base units: sums of any list that fits a document, and products with a ratio, stay far below 2^256.
	limit := uint256.Int{0x4674edea40000000, 0xc9f2c9cd0}
	if m.int().Gt(&limit) {
		return fmt.Errorf("%w: at most 10^24", ErrTooMuch)
	}
	return nil
}

// Base returns the amount in base units of 10^-6.
func (m Money) Base() uint256.Int { return uint256.Int(m) }

// IsZero reports whether the amount is zero.
func (m Money) IsZero() bool { return m == Money{} }

// Cmp returns -1, 0 or 1 as m is below, equal to or above n.
func (m Money) Cmp(n Money) int { return m.int().Cmp(n.int()) }

// Add returns m + n, at most 2^256 - 1 base units.
func (m Money) Add(n Money) Money {
	if _, over := m.int().AddOverflow(m.int(), n.int()); over {
		m.int().SetAllOne()
	}
	return m
}

// SubFloor returns m - n, or zero if n is larger.
func (m Money) SubFloor(n Money) Money {
	if _, under := m.int().SubOverflow(m.int(), n.int()); under {
		return Money{}
	}
	return m
}

// MulDown returns floor(m * r).
func (m Money) MulDown(r Ratio) (out Money) {
	return out.orMost(fixed.MulDivDown(out.int(), m.int(), &uint256.Int{uint64(r)}, &uint256.Int{uint64(One)}))
}

// MulUp returns ceil(m * r).
func (m Money) MulUp(r Ratio) (out Money) {
	return out.orMost(fixed.MulDivUp(out.int(), m.int(), &uint256.Int{uint64(r)}, &uint256.Int{uint64(One)}))
}

// MulHalfUp returns m * r rounded to the nearest base unit, ties up.
func (m Money) MulHalfUp(r Ratio) (out Money) {
	return out.orMost(fixed.MulDivHalfUp(out.int(), m.int(), &uint256.Int{uint64(r)}, &uint256.Int{uint64(One)}))
}

// orMost returns m, or the most there is after an error.
func (m *Money) orMost(err error) Money {
	if err != nil {
		m.int().SetAllOne()
	}
	return *m
}

// Min returns the smaller amount.
func (m Money) Min(n Money) Money {
	if m.Cmp(n) > 0 {
		return n
	}
	return m
}

// Float64 returns the amount in units of the currency, correct to one unit in the last place of a float64. It is the one way from money to analytics.
func (m Money) Float64() float64 { return m.int().Float64() / 1e6 }

// FromFloat returns an amount of units of the currency rounded to the nearest base unit, ties away from zero. It is the one
// way from analytics to money, and fails with [ErrAmount] for a negative amount or one that is not a number and with [ErrTooMuch].
func FromFloat(amount float64) (Money, error) {
	if math.IsNaN(amount) || amount < 0 {
		return Money{}, fmt.Errorf("%w: %v", ErrAmount, amount)
	}
	if amount > 1e24 {
		return Money{}, fmt.Errorf("%w: %v, at most 10^24", ErrTooMuch, amount)
	}
	mantissa, exponent := math.Frexp(math.Round(amount * 1e6))
	var m Money
	m.int().SetUint64(uint64(math.Ldexp(mantissa, 53)))
	if exponent >= 53 {
		m.int().Lsh(m.int(), uint(exponent-53))
	} else {
		m.int().Rsh(m.int(), uint(53-exponent))
	}
	return m, nil
}

// String returns the amount as a decimal text without trailing zeros, as [ParseMoney] reads it.
func (m Money) String() string { return formatDecimal(m.int().Dec(), MoneyDecimals) }

// MarshalText writes the amount as String does.
func (m Money) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads an amount as [ParseMoney] does.
func (m *Money) UnmarshalText(text []byte) (err error) {
	*m, err = ParseMoney(string(text))
	return err
}

// Sum returns the sum of amounts.
func Sum(amounts ...Money) (total Money) {
	for _, amount := range amounts {
		total = total.Add(amount)
	}
	return total
}

// Ratio is a fraction with 18 decimals: 1e18 is one, or 100 %. It holds terms such as rates, fees and shares, up to 18.
type Ratio uint64

// One is the ratio 1, or 100 %.
const One Ratio = 1e18

// Bps returns a ratio given in basis points, n / 10,000.
func Bps(n uint16) Ratio { return Ratio(n) * 1e14 }

// ParseRatio returns the ratio of a decimal text: "0.125" is 12.5 %. It fails with [ErrAmount] and [ErrTooMuch].
func ParseRatio(text string) (Ratio, error) {
	wad, err := parseDecimal(text, 18)
	if err != nil {
		return 0, err
	}
	r := Ratio(wad.Uint64())
	if !wad.IsUint64() || r.Check() != nil {
		return 0, fmt.Errorf("%w: a ratio is at most 18", ErrTooMuch)
	}
	return r, nil
}

// Check returns [ErrTooMuch] if the ratio is above 18.
func (r Ratio) Check() error {
	if r > 18*One {
		return fmt.Errorf("%w: a ratio is at most 18", ErrTooMuch)
	}
	return nil
}

// Float64 returns the ratio as a number, 1 for 100 %.
func (r Ratio) Float64() float64 { return float64(r) / 1e18 }

// String returns the ratio as a decimal text, "0.125".
func (r Ratio) String() string { return formatDecimal(uint256.NewInt(uint64(r)).Dec(), 18) }

// MarshalText writes the ratio as String does.
func (r Ratio) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads a ratio as [ParseRatio] does.
func (r *Ratio) UnmarshalText(text []byte) (err error) {
	*r, err = ParseRatio(string(text))
	return err
}

// Date is a day, in UTC. The zero value is no date.
type Date struct{ at time.Time }

// NewDate returns a day of the calendar; months and days out of range roll over.
func NewDate(year int, month time.Month, day int) Date { return Date{daycount.Date(year, month, day)} }

// DateOf returns the day in UTC that t falls on.
func DateOf(t time.Time) Date { return Date{daycount.Midnight(t)} }

// ParseDate returns the day of a text such as "2026-03-31". It fails with [ErrDate].
func ParseDate(text string) (Date, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return Date{}, fmt.Errorf("%w: %.40q", ErrDate, text)
	}
	d := Date{t}
	return d, d.Check()
}

// Check returns [ErrDate] if the day is not in the years 1970 to 2200, so also for the zero value.
func (d Date) Check() error {
	if year := d.at.Year(); year < 1970 || year > 2200 {
		return ErrDate
	}
	return nil
}

// Time returns 00:00 UTC of the day.
func (d Date) Time() time.Time { return d.at }

// IsZero reports whether this is no date.
func (d Date) IsZero() bool { return d.at.IsZero() }

// Before reports whether d is earlier than e.
func (d Date) Before(e Date) bool { return d.at.Before(e.at) }

// AddMonths returns the date that many months later; the day of the month is kept or is the last one of a shorter month.
func (d Date) AddMonths(months int) Date {
	day := split(d)
	return day.addMonths(months)
}

// addMonths returns the date as AddMonths does.
func (d *day) addMonths(months int) Date {
	number := 12*d.year + d.month - 1 + months
	year, at := number/12, number%12
	if at < 0 {
		year, at = year-1, at+12
	}
	last := int(monthDays[at])
	if at == 1 && daycount.IsLeap(year) {
		last++
	}
	return Date{midnight(year, at, min(d.day, last))}
}

var monthDays = [12]uint8{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

// midnight returns 00:00 UTC of a day, its month counted from 0, as time.Date does; schedules make many.
func midnight(year, month, day int) time.Time {
	// Years of 12 months from March on, so that the leap day is the last: 153 days are five months.
	month += 10
	year += month/12 - 1
	month %= 12
	const epoch = 719_468 // days from 1 March of the year 0 to 1 January 1970
	leap := floor(year, 4) - floor(year, 100) + floor(year, 400)
	days := 365*year + leap + (153*month+2)/5 + day - 1 - epoch
	return time.Unix(int64(days)*86_400, 0).UTC()
}

func floor(a, b int) int {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// String returns the day as "2026-03-31".
func (d Date) String() string { return d.at.Format(time.DateOnly) }

// MarshalText writes the day as String does.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads a day as [ParseDate] does.
func (d *Date) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDate(string(text))
	return err
}

func parseDecimal(text string, decimals int) (uint256.Int, error) {
	whole, part, point := strings.Cut(text, ".")
	digits := whole + part
	var value uint256.Int
	if whole == "" || point && part == "" || len(part) > decimals || strings.Trim(digits, "0123456789") != "" {
		return value, fmt.Errorf("%w: %.40q; write digits with at most %d after the point", ErrAmount, text, decimals)
	}
	digits = strings.TrimLeft(digits+strings.Repeat("0", decimals-len(part)), "0")
	if len(digits) > 60 {
		return value, fmt.Errorf("%w: %.40q", ErrTooMuch, text)
	}
	if digits == "" {
		return value, nil
	}
	err := value.SetFromDecimal(digits)
	return value, err
}

func formatDecimal(digits string, decimals int) string {
	if pad := decimals + 1 - len(digits); pad > 0 {
		digits = strings.Repeat("0", pad) + digits
	}
	at := len(digits) - decimals
	return strings.TrimRight(strings.TrimRight(digits[:at]+"."+digits[at:], "0"), ".")
}
