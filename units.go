package gaib

import (
	"errors"
	"fmt"
	"strings"

	"github.com/holiman/uint256"
)

// ErrUnits is the cause of every error of [ParseUnits].
var ErrUnits = errors.New("not an amount")

// maxDecimals is the most decimal places an amount can have: 10^77 is the largest power of ten below 2^256.
const maxDecimals = 77

// ParseUnits returns the base units of a decimal text, text * 10^decimals, exactly. It takes digits, one
// point, commas between thousands and underscores between digits; it refuses a sign, an exponent, more digits
// after the point than the token has, a comma elsewhere ("1,5" is not 15), and amounts of 2^256 and above.
// Errors wrap [ErrUnits].
func ParseUnits(text string, decimals uint8) (uint256.Int, error) {
	fail := func(format string, args ...any) (uint256.Int, error) {
		return uint256.Int{}, fmt.Errorf("%q is %w: %s", shorten(text), ErrUnits, fmt.Sprintf(format, args...))
	}
	if decimals > maxDecimals {
		return fail("%d decimals, at most %d fit", decimals, maxDecimals)
	}
	if len(text) > 256 {
		return fail("it has %d characters", len(text))
	}
	var amount uint256.Int
	ten := uint256.NewInt(10)
	point := -1 // digits after the point so far, -1 before it
	digits := 0
	comma, groupDigits := false, 0 // whether one was seen, and digits since the last
	for i, char := range text {
		if comma && (char == ',' || char == '.') && groupDigits != 3 {
			return fail("commas may only stand between thousands")
		}
		switch {
		case char >= '0' && char <= '9':
			digits++
			groupDigits++
			if point >= 0 {
				if point++; point > int(decimals) {
					return fail("it has more than %d digits after the point", decimals)
				}
			}
			if !pushDigit(&amount, ten, byte(char)-'0') {
				return fail("it is 2^256 base units or more")
			}
		case char == '.':
			if point >= 0 {
				return fail("it has two points")
			}
			point = 0
		case char == ',' || char == '_':
			if point >= 0 || i == 0 || i == len(text)-1 || !isDigit(text[i-1]) || !isDigit(text[i+1]) {
				return fail("%q may only stand between digits before the point", char)
			}
			if char == ',' {
				if !comma && groupDigits > 3 {
					return fail("commas may only stand between thousands")
				}
				comma, groupDigits = true, 0
			}
		case char == '-' || char == '+':
			return fail("amounts have no sign")
		case char == 'e' || char == 'E':
			return fail("write the exponent out")
		default:
			return fail("%q is not a digit", char)
		}
	}
	if digits == 0 {
		return fail("it has no digits")
	}
	if comma && point < 0 && groupDigits != 3 {
		return fail("commas may only stand between thousands")
	}
	for range int(decimals) - max(point, 0) {
		if !pushDigit(&amount, ten, 0) {
			return fail("it is 2^256 base units or more")
		}
	}
	return amount, nil
}

func pushDigit(amount, ten *uint256.Int, digit byte) bool {
	_, overflow := amount.MulOverflow(amount, ten)
	if !overflow {
		_, overflow = amount.AddOverflow(amount, uint256.NewInt(uint64(digit)))
	}
	return !overflow
}

func isDigit(char byte) bool { return char >= '0' && char <= '9' }

func shorten(text string) string {
	if len(text) > 40 {
		return text[:40] + "…"
	}
	return text
}

// FormatUnits returns amount / 10^decimals as decimal text, exactly: no digit is dropped, and no zero is
// left at the end. [ParseUnits] gives the amount back.
func FormatUnits(amount uint256.Int, decimals uint8) string {
	digits := amount.Dec()
	if pad := int(decimals) + 1 - len(digits); pad > 0 {
		digits = strings.Repeat("0", pad) + digits
	}
	whole, part := digits[:len(digits)-int(decimals)], strings.TrimRight(digits[len(digits)-int(decimals):], "0")
	if part == "" {
		return whole
	}
	return whole + "." + part
}

// Unit is how amounts of one token are written.
type Unit struct {
	Symbol   string
	Decimals uint8
}

// Parse returns the base units of a decimal text, see [ParseUnits].
func (u Unit) Parse(text string) (uint256.Int, error) { return ParseUnits(text, u.Decimals) }

// Format returns an amount for people: all its digits, thousands grouped, with the symbol ("1,250.5 AID").
func (u Unit) Format(amount uint256.Int) string {
	text := group(FormatUnits(amount, u.Decimals))
	if u.Symbol == "" {
		return text
	}
	return text + " " + u.Symbol
}

// group puts commas between thousands.
func group(text string) string {
	whole, part, _ := strings.Cut(text, ".")
	var out strings.Builder
	for i, digit := range []byte(whole) {
		if i > 0 && (len(whole)-i)%3 == 0 {
			out.WriteByte(',')
		}
		out.WriteByte(digit)
	}
	if part != "" {
		out.WriteString("." + part)
	}
	return out.String()
}
