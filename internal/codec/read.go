package codec

import (
	"encoding/binary"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
)

// The Read functions decode one word, w[:32]; the caller has checked that w is that long. They answer
// false for a word that is no encoding of the type; *dst is then unspecified.

// ReadUint256 sets dst to the word. Every word is a uint256; as an int256 it is two's complement.
func ReadUint256(dst *uint256.Int, w []byte) {
	_ = w[31]
	dst[3] = binary.BigEndian.Uint64(w[0:8])
	dst[2] = binary.BigEndian.Uint64(w[8:16])
	dst[1] = binary.BigEndian.Uint64(w[16:24])
	dst[0] = binary.BigEndian.Uint64(w[24:32])
}

// ReadUint sets dst to a uintN of at most 64 bits, where bits is at most the size of T.
func ReadUint[T uint8 | uint16 | uint32 | uint64](dst *T, w []byte, bits uint) bool {
	_ = w[31]
	high := binary.BigEndian.Uint64(w[0:8]) | binary.BigEndian.Uint64(w[8:16]) | binary.BigEndian.Uint64(w[16:24])
	low := binary.BigEndian.Uint64(w[24:32])
	*dst = T(low)
	return high == 0 && FitsUint(low, bits)
}

// ReadInt sets dst to an intN of at most 64 bits, where bits is at most the size of T.
func ReadInt[T int8 | int16 | int32 | int64](dst *T, w []byte, bits uint) bool {
	_ = w[31]
	low := int64(binary.BigEndian.Uint64(w[24:32]))
	sign := uint64(low >> 63)
	*dst = T(low)
	return binary.BigEndian.Uint64(w[0:8]) == sign && binary.BigEndian.Uint64(w[8:16]) == sign &&
		binary.BigEndian.Uint64(w[16:24]) == sign && FitsInt(low, bits)
}

// ReadBool sets dst to a bool: 0 or 1, nothing else.
func ReadBool(dst *bool, w []byte) bool {
	var n uint8
	ok := ReadUint(&n, w, 1)
	*dst = n == 1
	return ok
}

// ReadAddress sets dst to an address: the low 20 bytes of a word whose other bytes are zero.
func ReadAddress(dst *common.Address, w []byte) bool {
	_ = w[31]
	copy(dst[:], w[12:32])
	return binary.BigEndian.Uint64(w[0:8])|uint64(binary.BigEndian.Uint32(w[8:12])) == 0
}

// ReadFixedBytes sets dst to a bytesN of N = len(dst) <= 32, the high bytes of a word whose other bytes are zero.
func ReadFixedBytes(dst, w []byte) bool {
	return allZero(w[copy(dst, w):32])
}

// FitsUint reports whether v is a uintN.
func FitsUint(v uint64, bits uint) bool { return v>>(bits-1)>>1 == 0 }

// FitsInt reports whether v is an intN.
func FitsInt(v int64, bits uint) bool {
	s := v >> (bits - 1)
	return s == 0 || s == -1
}

// FitsWideUint reports whether v is a uintN, 64 < bits < 256.
func FitsWideUint(v *uint256.Int, bits uint) bool {
	return v[1]>>(bits-64)|v[2]>>(max(bits, 128)-128)|v[3]>>(max(bits, 192)-192) == 0
}

// FitsWideInt reports whether v, two's complement, is an intN, 64 < bits < 256.
func FitsWideInt(v *uint256.Int, bits uint) bool {
	var s uint256.Int
	s.SRsh(v, bits-1) // more than a word: s[3] is nothing but sign bits
	return s[0] == s[3] && s[1] == s[3] && s[2] == s[3]
}

func allZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
