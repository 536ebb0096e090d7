package codec

import (
	"encoding/binary"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
)

// The Append functions add one encoded value to dst and return it, as the built-in append does.

// wordSize is the size of an ABI word in bytes.
const wordSize = 32

var zeroWord [wordSize]byte

// AppendSelector adds the four bytes of a selector.
func AppendSelector(dst []byte, selector uint32) []byte {
	return binary.BigEndian.AppendUint32(dst, selector)
}

// AppendUint256 adds v as one word: a uintN or, two's complement, an intN.
func AppendUint256(dst []byte, v *uint256.Int) []byte {
	dst = binary.BigEndian.AppendUint64(dst, v[3])
	dst = binary.BigEndian.AppendUint64(dst, v[2])
	dst = binary.BigEndian.AppendUint64(dst, v[1])
	return binary.BigEndian.AppendUint64(dst, v[0])
}

// AppendUint adds v as one word.
func AppendUint(dst []byte, v uint64) []byte {
	return binary.BigEndian.AppendUint64(append(dst, zeroWord[:24]...), v)
}

// AppendInt adds v as one word, sign-extended.
func AppendInt(dst []byte, v int64) []byte {
	sign := uint64(v >> 63)
	dst = binary.BigEndian.AppendUint64(dst, sign)
	dst = binary.BigEndian.AppendUint64(dst, sign)
	dst = binary.BigEndian.AppendUint64(dst, sign)
	return binary.BigEndian.AppendUint64(dst, uint64(v))
}

// AppendBool adds v as one word.
func AppendBool(dst []byte, v bool) []byte {
	var n uint64
	if v {
		n = 1
	}
	return AppendUint(dst, n)
}

// AppendAddress adds v as one word.
func AppendAddress(dst []byte, v *common.Address) []byte {
	return append(append(dst, zeroWord[:12]...), v[:]...)
}

// AppendFixedBytes adds v, a bytesN of N = len(v) <= 32, as one word.
func AppendFixedBytes(dst, v []byte) []byte {
	return append(append(dst, v...), zeroWord[len(v):]...)
}

// AppendBytes adds the length of v and v, padded with zeros to whole words.
func AppendBytes[T []byte | string](dst []byte, v T) []byte {
	dst = append(AppendUint(dst, uint64(len(v))), v...)
	return append(dst, zeroWord[:-len(v)&(wordSize-1)]...)
}

// AppendOffsets adds n words that PutOffset fills in when the tails are written.
func AppendOffsets(dst []byte, n int) []byte {
	for range n {
		dst = append(dst, zeroWord[:]...)
	}
	return dst
}

// PutOffset writes into the word at dst[slot:], which holds zero, the distance from dst[start:] to the end of dst.
func PutOffset(dst []byte, slot, start int) {
	binary.BigEndian.PutUint64(dst[slot+24:], uint64(len(dst)-start))
}

// BytesSize returns the encoded size of bytes or a string of n bytes: its length word and n rounded up to whole words.
func BytesSize(n int) int {
	return wordSize + (n+wordSize-1)&^(wordSize-1)
}
