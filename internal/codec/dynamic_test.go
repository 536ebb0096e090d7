package codec

import (
	"bytes"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

// words returns the numbers as words.
func words(numbers ...uint64) []byte {
	var out []byte
	for _, n := range numbers {
		out = AppendUint(out, n)
	}
	return out
}

// bit returns a word with one bit set.
func bit(n uint) []byte {
	w, _ := word(pow2(n))
	return w
}

func TestTail(t *testing.T) {
	data := words(1, 64, 7)
	for _, test := range []struct {
		name   string
		data   []byte
		head   int
		want   []byte
		reason error
		offset int
	}{
		{"in the middle", data, 32, data[64:], nil, 0},
		{"at the end", words(1, 96, 7), 0, []byte{}, nil, 0},
		{"at the start", words(1, 0, 7), 96, words(1, 0, 7), nil, 0},
		{"not on a word", words(1, 65, 7), 31, data[65:], nil, 0},
		{"head missing", data, 33, nil, ErrShortData, 64},
		{"past the end", words(1, 97, 7), 0, nil, ErrBadOffset, 32},
		{"2^63", append(words(1), bit(63)...), 0, nil, ErrBadOffset, 32},
		{"2^64", append(words(1), bit(64)...), 0, nil, ErrBadOffset, 32},
		{"2^255", append(words(1), bit(255)...), 0, nil, ErrBadOffset, 32},
		{"no offset", words(1), 0, nil, ErrShortData, 0},
		{"half an offset", words(1, 2)[:63], 0, nil, ErrShortData, 0},
	} {
		d := NewDecoder(len(test.data))
		have, err := d.Tail(test.data, 32, test.head)
		requireFault(t, test.name, err, test.reason, test.offset, len(test.data))
		require.Equal(t, test.want, have, test.name)
	}
}

// requireFault checks what a decoder answered; offset is where the fault is in data of size bytes.
func requireFault(t *testing.T, name string, err, reason error, offset, size int) {
	t.Helper()
	if reason == nil {
		require.NoError(t, err, name)
		return
	}
	require.ErrorIs(t, err, reason, name)
	var e *DecodeError
	require.ErrorAs(t, DecodeFailed(err, "x", size), &e, name)
	require.Equal(t, offset, e.Offset, name)
}

func TestSlice(t *testing.T) {
	for _, test := range []struct {
		name   string
		data   []byte
		head   int
		n      int
		reason error
		offset int
	}{
		{"empty", words(32, 0), 32, 0, nil, 0},
		{"two", words(32, 2, 8, 9), 32, 2, nil, 0},
		{"one of two words", words(32, 1, 8, 9), 64, 1, nil, 0},
		{"one too many", words(32, 3, 8, 9), 32, 0, ErrBadLength, 32},
		{"half an element", words(32, 1, 8), 64, 0, ErrBadLength, 32},
		{"no length", words(32), 32, 0, ErrShortData, 32},
		{"2^32", words(32, 1<<32), 32, 0, ErrBadLength, 32},
		{"2^59: times 32 is 2^64", words(32, 1<<59), 32, 0, ErrBadLength, 32},
		{"2^63", append(words(32), bit(63)...), 32, 0, ErrBadLength, 32},
		{"2^64", append(words(32), bit(64)...), 32, 0, ErrBadLength, 32},
		{"2^255", append(words(32), bit(255)...), 32, 0, ErrBadLength, 32},
		{"2^256-1", append(words(32), bytes.Repeat([]byte{0xff}, 32)...), 32, 0, ErrBadLength, 32},
	} {
		d := NewDecoder(len(test.data))
		n, body, err := d.Slice(test.data, 0, test.head)
		requireFault(t, test.name, err, test.reason, test.offset, len(test.data))
		require.Equal(t, test.n, n, test.name)
		if test.reason == nil {
			require.Equal(t, test.data[64:], body, test.name)
		}
	}
}

func TestBytesAndString(t *testing.T) {
	for _, test := range []struct {
		name   string
		data   []byte
		want   string
		reason error
		offset int
	}{
		{"empty", words(32, 0), "", nil, 0},
		{"one word", append(words(32, 32), bytes.Repeat([]byte{'a'}, 32)...), string(bytes.Repeat([]byte{'a'}, 32)), nil, 0},
		{"padded", append(append(words(32, 3), "abc"...), make([]byte, 29)...), "abc", nil, 0},
		{"not UTF-8", append(append(words(32, 2), 0xff, 0xfe), make([]byte, 30)...), "\xff\xfe", nil, 0},
		{"more follows", append(append(words(32, 3), "abc"...), make([]byte, 60)...), "abc", nil, 0},
		{"dirty tail", append(append(append(words(32, 3), "abc"...), make([]byte, 28)...), 1), "", ErrDirtyPadding, 67},
		{"no padding", append(words(32, 3), "abc"...), "", ErrShortData, 64},
		{"padding cut", append(append(words(32, 3), "abc"...), make([]byte, 28)...), "", ErrShortData, 64},
		{"data cut", append(words(32, 3), "ab"...), "", ErrBadLength, 32},
		{"2^64", append(words(32), bit(64)...), "", ErrBadLength, 32},
		{"2^63-1", words(32, 1<<63-1), "", ErrBadLength, 32},
	} {
		d := NewDecoder(len(test.data))
		var b []byte
		err := d.Bytes(&b, test.data, 0)
		requireFault(t, test.name, err, test.reason, test.offset, len(test.data))
		d = NewDecoder(len(test.data))
		var s string
		err = d.String(&s, test.data, 0)
		requireFault(t, test.name, err, test.reason, test.offset, len(test.data))
		require.Equal(t, test.want, string(b), test.name)
		require.Equal(t, test.want, s, test.name)
		if test.reason == nil {
			require.NotNil(t, b, test.name)
			clear(test.data)
			require.Equal(t, test.want, string(b), "%s: aliases the input", test.name)
			require.Equal(t, test.want, s, "%s: aliases the input", test.name)
		}
	}
}

// Tails may be shared, but not without end.
func TestAmplified(t *testing.T) {
	data := append(words(32, 0), make([]byte, 64)...)
	d := NewDecoder(len(data))
	var err error
	n := 0
	for ; err == nil; n++ {
		require.Less(t, n, 1000)
		var b []byte
		err = d.Bytes(&b, data, 0)
	}
	requireFault(t, "", err, ErrAmplified, 32, len(data))
	// Each reading takes the length word of 32 bytes, and 4*128 are allowed.
	require.Equal(t, 4*128/32+1, n)
}

// A length that the data do not bear out costs the error and nothing else.
func TestFaultyLengthAllocatesNothing(t *testing.T) {
	for _, data := range [][]byte{append(words(32), bit(64)...), words(32, 1<<62), words(32, 1<<40), words(32, 1<<20)} {
		var b []byte
		require.Equal(t, 1.0, testing.AllocsPerRun(10, func() {
			d := NewDecoder(len(data))
			if err := d.Bytes(&b, data, 0); !errors.Is(err, ErrBadLength) {
				t.Error(err)
			}
		}))
		require.Nil(t, b)
	}
}
