package codec

import (
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/holiman/uint256"
)

// The Text functions print the arguments of a decoded contract error. What a contract sent is cut at textLimit.

// textLimit is the number of bytes of bytes or string, and of elements of an array, that are printed.
const textLimit = 64

// TextUint returns v in decimal.
func TextUint[T uint8 | uint16 | uint32 | uint64](v T) string {
	return strconv.FormatUint(uint64(v), 10)
}

// TextInt returns v in decimal.
func TextInt[T int8 | int16 | int32 | int64](v T) string { return strconv.FormatInt(int64(v), 10) }

// TextWideInt returns v, two's complement, in decimal.
func TextWideInt(v *uint256.Int) string {
	if v.Sign() >= 0 {
		return v.Dec()
	}
	return "-" + new(uint256.Int).Neg(v).Dec()
}

// TextBool returns "true" or "false".
func TextBool(v bool) string { return strconv.FormatBool(v) }

// TextBytes returns v in hexadecimal with 0x before it.
func TextBytes(v []byte) string {
	if len(v) > textLimit {
		return "0x" + hex.EncodeToString(v[:textLimit]) + "… (" + strconv.Itoa(len(v)) + " bytes)"
	}
	return "0x" + hex.EncodeToString(v)
}

// TextString returns v quoted, with control characters escaped.
func TextString(v string) string {
	if len(v) > textLimit {
		return strconv.QuoteToGraphic(v[:textLimit]) + "… (" + strconv.Itoa(len(v)) + " bytes)"
	}
	return strconv.QuoteToGraphic(v)
}

// TextList returns the elements of v, each as text prints it, in square brackets.
func TextList[T any](v []T, text func(*T) string) string {
	var b strings.Builder
	b.WriteByte('[')
	for i := range v {
		if i > 0 {
			b.WriteString(", ")
		}
		if i == textLimit {
			b.WriteString("… (" + strconv.Itoa(len(v)) + " elements)")
			break
		}
		b.WriteString(text(&v[i]))
	}
	b.WriteByte(']')
	return b.String()
}
