package codec

import (
	"errors"
	"strings"
	"testing"

	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"
)

func TestDecodeErrorText(t *testing.T) {
	data := make([]byte, 100)
	for _, test := range []struct {
		err  error
		item string
		want string
	}{
		{Short(data[:31], 32), "balanceOf result", "decode balanceOf result: 100 bytes, want 101 (is there a contract at this address?)"},
		{Short(data, 132), "transfer", "decode transfer: 100 bytes, want 132"},
		{Within(Short(data[50:], 64), "params"), "market result", "decode market result: params: 100 bytes, want 114"},
		{Fail(data[4:], 32, "amount", "uint128", ErrOutOfRange), "supply", "decode supply: amount: value out of range of uint128 (at byte 36)"},
		{Fail(data, 64, "to", "address", ErrDirtyPadding), "transfer", "decode transfer: to: padding of address is not zero (at byte 64)"},
		{Within(Within(Fail(data, 0, "", "", ErrBadOffset), "data"), "calls[]"), "aggregate3", "decode aggregate3: calls[].data: offset outside the data (at byte 0)"},
		{Within(Fail(data, 0, "", "", ErrBadLength), "calls"), "aggregate3", "decode aggregate3: calls: length exceeds the data (at byte 0)"},
		{Within(Fail(data, 0, "", "", ErrAmplified), "calls"), "aggregate3", "decode aggregate3: calls: decoded value is out of proportion to the data (at byte 0)"},
		{FailTopic("from", "address", ErrDirtyPadding), "Transfer event", "decode Transfer event: from: padding of address is not zero"},
		{BadTopics(4, 3), "Transfer event", "decode Transfer event: 4 topics, want 3 (a log of another event?)"},
		{BadTopics(3, 3), "Transfer event", "decode Transfer event: the first topic is that of another event"},
	} {
		require.EqualError(t, DecodeFailed(test.err, test.item, len(data)), test.want)
	}
	empty := DecodeFailed(Short(nil, 32), "balanceOf result", 0)
	require.EqualError(t, empty, "decode balanceOf result: 0 bytes, want 32 (is there a contract at this address?)")
	var e *DecodeError
	require.ErrorAs(t, empty, &e)
	require.Equal(t, []any{"balanceOf result", 0, 0, 32}, []any{e.Item, e.Offset, e.Have, e.Want})
	require.ErrorIs(t, empty, ErrShortData)
}

func TestArguments(t *testing.T) {
	rest, err := Arguments([]byte{1, 2, 3, 4, 5}, 0x01020304)
	require.NoError(t, err)
	require.Equal(t, []byte{5}, rest)
	_, err = Arguments([]byte{1, 2, 3, 5}, 0x01020304)
	require.EqualError(t, DecodeFailed(err, "f", 4), "decode f: another selector (at byte 0)")
	require.ErrorIs(t, err, ErrBadSelector)
	for n := range 4 {
		_, err := Arguments(make([]byte, n), 0)
		require.ErrorIs(t, err, ErrShortData)
		require.Zero(t, Selector([]byte{1, 2, 3}[:min(n, 3)]))
	}
	require.Equal(t, uint32(0x01020304), Selector([]byte{1, 2, 3, 4, 5}))
}

func TestEncodeErrorText(t *testing.T) {
	err := EncodeFailed(Within(Unfit("amount", "uint128"), "orders[]"), "place")
	require.EqualError(t, err, "encode place: orders[].amount: value out of range of uint128")
	require.ErrorIs(t, err, ErrOutOfRange)
	var e *EncodeError
	require.ErrorAs(t, err, &e)
	require.Equal(t, EncodeError{"place", "orders[].amount", "uint128", ErrOutOfRange}, *e)
}

// An error of somebody else goes through as it is.
func TestForeignErrors(t *testing.T) {
	err := errors.New("foreign")
	require.Equal(t, err, Within(err, "x"))
	require.Equal(t, err, DecodeFailed(err, "x", 1))
	require.Equal(t, err, EncodeFailed(err, "x"))
}

func TestWordsForLevels(t *testing.T) {
	require.Equal(t, []string{"assumed", "reported", "standard", "confirmed", "unknown"},
		[]string{Evidence(0).String(), Reported.String(), Standard.String(), Confirmed.String(), Evidence(4).String()})
	require.Equal(t, []string{"function", "event", "error", "unknown"},
		[]string{Function.String(), Event.String(), Error.String(), Kind(3).String()})
}

func TestText(t *testing.T) {
	require.Equal(t, "255", TextUint(uint8(255)))
	require.Equal(t, "-128", TextInt(int8(-128)))
	require.Equal(t, "true", TextBool(true))
	require.Equal(t, "0x", TextBytes(nil))
	require.Equal(t, "0x00ff", TextBytes([]byte{0, 255}))
	require.Equal(t, "0x"+strings.Repeat("00", 64)+"… (65 bytes)", TextBytes(make([]byte, 65)))
	require.Equal(t, `"a\n\u202e\xff"`, TextString("a\n\u202e\xff"))
	require.Equal(t, `"`+strings.Repeat("a", 64)+`"… (70 bytes)`, TextString(strings.Repeat("a", 70)))
	dec := func(v *uint256.Int) string { return v.Dec() }
	require.Equal(t, "[]", TextList(nil, dec))
	require.Equal(t, "[1, 2]", TextList([]uint256.Int{*uint256.NewInt(1), *uint256.NewInt(2)}, dec))
	long := TextList(make([]uint256.Int, 100000), dec)
	require.True(t, strings.HasSuffix(long, ", 0, … (100000 elements)]"))
	require.Less(t, len(long), 300)
}
