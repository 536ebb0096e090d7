package codec

import (
	"encoding/hex"
	"math"
	"math/big"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"
)

// edges returns the numbers at and around the limits of every width, from -2^256 to 2^256.
func edges() []*big.Int {
	out := []*big.Int{new(big.Int)}
	for bits := uint(0); bits <= 256; bits++ {
		for d := int64(-2); d <= 2; d++ {
			n := new(big.Int).Lsh(big.NewInt(1), bits)
			n.Add(n, big.NewInt(d))
			out = append(out, n, new(big.Int).Neg(n))
		}
	}
	return out
}

func pow2(bits uint) *big.Int { return new(big.Int).Lsh(big.NewInt(1), bits) }

// word returns n, from -2^255 to 2^256-1, as a word in two's complement, and whether it is in that range.
func word(n *big.Int) ([]byte, bool) {
	if n.Cmp(pow2(256)) >= 0 || n.Cmp(new(big.Int).Neg(pow2(255))) < 0 {
		return nil, false
	}
	return new(big.Int).Mod(n, pow2(256)).FillBytes(make([]byte, 32)), true
}

func isUint(n *big.Int, bits uint) bool { return n.Sign() >= 0 && n.Cmp(pow2(bits)) < 0 }

func isInt(n *big.Int, bits uint) bool {
	return n.Cmp(pow2(bits-1)) < 0 && n.Cmp(new(big.Int).Neg(pow2(bits-1))) >= 0
}

// signed returns the number that a word stands for as an int256.
func signed(w []byte) *big.Int {
	n := new(big.Int).SetBytes(w)
	if n.Bit(255) == 1 {
		n.Sub(n, pow2(256))
	}
	return n
}

func TestSmallIntegers(t *testing.T) {
	for _, n := range edges() {
		w, ok := word(n)
		if !ok {
			continue
		}
		u, s := new(big.Int).SetBytes(w), signed(w)
		for bits := uint(8); bits <= 64; bits += 8 {
			var v uint64
			require.Equal(t, isUint(u, bits), ReadUint(&v, w, bits), "uint%d %s", bits, u)
			if isUint(u, bits) {
				require.Equal(t, u.Uint64(), v)
				require.True(t, FitsUint(v, bits))
				require.Equal(t, w, AppendUint(nil, v))
			}
			var i int64
			require.Equal(t, isInt(s, bits), ReadInt(&i, w, bits), "int%d %s", bits, s)
			if isInt(s, bits) {
				require.Equal(t, s.Int64(), i)
				require.True(t, FitsInt(i, bits))
				require.Equal(t, w, AppendInt(nil, i))
			}
		}
		if n.IsUint64() {
			for bits := uint(8); bits <= 64; bits += 8 {
				require.Equal(t, isUint(n, bits), FitsUint(n.Uint64(), bits))
			}
		}
		if n.IsInt64() {
			for bits := uint(8); bits <= 64; bits += 8 {
				require.Equal(t, isInt(n, bits), FitsInt(n.Int64(), bits))
			}
		}
	}
}

func TestSmallGoTypes(t *testing.T) {
	var (
		u8  uint8
		u16 uint16
		u32 uint32
		i8  int8
		i16 int16
		i32 int32
	)
	require.True(t, ReadUint(&u8, AppendUint(nil, math.MaxUint8), 8))
	require.True(t, ReadUint(&u16, AppendUint(nil, math.MaxUint16), 16))
	require.True(t, ReadUint(&u32, AppendUint(nil, 1<<24-1), 24))
	require.False(t, ReadUint(&u32, AppendUint(nil, 1<<24), 24))
	require.True(t, ReadInt(&i8, AppendInt(nil, math.MinInt8), 8))
	require.True(t, ReadInt(&i16, AppendInt(nil, math.MinInt16), 16))
	require.True(t, ReadInt(&i32, AppendInt(nil, -1<<23), 24))
	require.Equal(t, []any{uint8(255), uint16(65535), int8(-128), int16(-32768), int32(-1 << 23)}, []any{u8, u16, i8, i16, i32})
	require.False(t, ReadUint(&u8, AppendUint(nil, 256), 8))
	require.False(t, ReadInt(&i8, AppendInt(nil, 128), 8))
	require.False(t, ReadInt(&i32, AppendInt(nil, 1<<23), 24))
}

func TestWideIntegers(t *testing.T) {
	for _, n := range edges() {
		w, ok := word(n)
		if !ok {
			continue
		}
		var v uint256.Int
		ReadUint256(&v, w)
		require.Equal(t, new(big.Int).SetBytes(w), v.ToBig())
		require.Equal(t, w, AppendUint256(nil, &v))
		for bits := uint(72); bits < 256; bits += 8 {
			require.Equal(t, isUint(new(big.Int).SetBytes(w), bits), FitsWideUint(&v, bits), "uint%d %x", bits, w)
			require.Equal(t, isInt(signed(w), bits), FitsWideInt(&v, bits), "int%d %x", bits, w)
		}
		require.Equal(t, signed(w).String(), TextWideInt(&v))
	}
}

func TestBool(t *testing.T) {
	for _, n := range edges() {
		w, ok := word(n)
		if !ok {
			continue
		}
		v := n.Sign() == 0
		require.Equal(t, isUint(n, 1), ReadBool(&v, w), "%x", w)
		if isUint(n, 1) {
			require.Equal(t, n.Sign() != 0, v)
			require.Equal(t, w, AppendBool(nil, v))
		}
	}
}

func TestAddress(t *testing.T) {
	want := common.HexToAddress("0xF1f2f3F4F5f6f7f8f9FaFbFcfdfEFF0102030405")
	w := AppendAddress(nil, &want)
	require.Equal(t, "000000000000000000000000f1f2f3f4f5f6f7f8f9fafbfcfdfeff0102030405", hex.EncodeToString(w))
	var have common.Address
	require.True(t, ReadAddress(&have, w))
	require.Equal(t, want, have)
	for i := range 12 {
		dirty := append([]byte(nil), w...)
		dirty[i] = 0x80
		require.False(t, ReadAddress(&have, dirty), i)
	}
}

func TestFixedBytes(t *testing.T) {
	for n := 1; n <= 32; n++ {
		v := make([]byte, n)
		for i := range v {
			v[i] = byte(0xe0 + i)
		}
		w := AppendFixedBytes(nil, v)
		require.Equal(t, append(append([]byte(nil), v...), make([]byte, 32-n)...), w)
		have := make([]byte, n)
		require.True(t, ReadFixedBytes(have, w))
		require.Equal(t, v, have)
		for i := n; i < 32; i++ {
			dirty := append([]byte(nil), w...)
			dirty[i] = 1
			require.False(t, ReadFixedBytes(have, dirty), "bytes%d, byte %d", n, i)
		}
	}
}

func TestAppendBytes(t *testing.T) {
	for n := range 100 {
		v := make([]byte, n)
		for i := range v {
			v[i] = byte(i + 1)
		}
		have := AppendBytes([]byte("x"), v)
		require.Equal(t, 1+BytesSize(n), len(have))
		require.Zero(t, (len(have)-1)%32)
		require.Less(t, len(have)-33-n, 32)
		require.Equal(t, byte(n), have[32])
		require.Equal(t, v, have[33:33+n])
		require.Equal(t, make([]byte, len(have)-33-n), have[33+n:])
		require.Equal(t, have, AppendBytes([]byte("x"), string(v)))
	}
}

func TestOffsets(t *testing.T) {
	dst := AppendOffsets([]byte("head"), 2)
	require.Equal(t, append([]byte("head"), make([]byte, 64)...), dst)
	PutOffset(dst, 4+32, 4)
	require.Equal(t, append(append([]byte("head"), make([]byte, 63)...), 64), dst)
	require.Equal(t, []byte{0xa9, 0x05, 0x9c, 0xbb}, AppendSelector(nil, 0xa9059cbb))
}
