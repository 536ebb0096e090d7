package report

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/holiman/uint256"
)

// Hasher returns the hash of data; on Ethereum keccak-256.
type Hasher func(data []byte) [32]byte

// ErrHex: a text is no hash or address. Write 0x and 64 or 40 hexadecimal digits.
var ErrHex = errors.New("not a hexadecimal value of the right length")

// Hash is 32 bytes, written as 0x and 64 small hexadecimal digits.
type Hash [32]byte

// String returns the hash as text.
func (h Hash) String() string { return "0x" + hex.EncodeToString(h[:]) }

// MarshalText writes the hash as String does.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads what String writes, in capitals too. It fails with [ErrHex].
func (h *Hash) UnmarshalText(text []byte) error { return unhex(h[:], text) }

// Address is 20 bytes, written as 0x and 40 small hexadecimal digits.
type Address [20]byte

// String returns the address as text, without a checksum.
func (a Address) String() string { return "0x" + hex.EncodeToString(a[:]) }

// MarshalText writes the address as String does.
func (a Address) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads what String writes, in capitals too. It fails with [ErrHex].
func (a *Address) UnmarshalText(text []byte) error { return unhex(a[:], text) }

func unhex(into, text []byte) error {
	digits, prefixed := strings.CutPrefix(string(text), "0x")
	if prefixed && len(digits) == 2*len(into) {
		if value, err := hex.DecodeString(digits); err == nil {
			copy(into, value)
			return nil
		}
	}
	return fmt.Errorf("%w: %.80q", ErrHex, text)
}

// ErrUint: a text is no whole number below 2^256. Write decimal digits without leading zeros.
var ErrUint = errors.New("not a whole number of 256 bits")

// Uint is an amount in base units, written as a decimal text.
type Uint uint256.Int

// Int returns the amount.
func (u Uint) Int() uint256.Int { return uint256.Int(u) }

func (u *Uint) int() *uint256.Int { return (*uint256.Int)(u) }

// String returns the amount as decimal digits.
func (u Uint) String() string { return u.int().Dec() }

// MarshalText writes the amount as String does.
func (u Uint) MarshalText() ([]byte, error) { return []byte(u.String()), nil }

// UnmarshalText reads what String writes. It fails with [ErrUint].
func (u *Uint) UnmarshalText(text []byte) error {
	digits := string(text)
	if digits == "" || len(digits) > 78 || len(digits) > 1 && digits[0] == '0' || strings.Trim(digits, "0123456789") != "" || u.int().SetFromDecimal(digits) != nil {
		return fmt.Errorf("%w: %.80q", ErrUint, text)
	}
	return nil
}
