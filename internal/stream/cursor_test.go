package stream_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib/internal/stream"
)

const hashText = "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"

func TestCursorText(t *testing.T) {
	text := "gaib1:1:21000000-" + hashText + ":21000003-" + strings.Repeat("ab", 32) + "-0:21000005-" + strings.Repeat("01", 32) + "-17"
	cursor, err := stream.ParseCursor(text)
	require.NoError(t, err)
	require.Equal(t, text, cursor.String())
	require.Equal(t, uint64(21000005), cursor.Number())
	require.Equal(t, uint64(1), cursor.ChainID())
	require.Equal(t, "0x"+strings.Repeat("01", 32), cursor.Hash().Hex())
	require.False(t, cursor.IsZero())

	var stored struct{ Cursor stream.Cursor }
	encoded, err := json.Marshal(struct{ Cursor stream.Cursor }{cursor})
	require.NoError(t, err)
	require.JSONEq(t, `{"Cursor":"`+text+`"}`, string(encoded))
	require.NoError(t, json.Unmarshal(encoded, &stored))
	require.Equal(t, cursor, stored.Cursor)

	var zero stream.Cursor
	require.True(t, zero.IsZero())
	require.Zero(t, zero.Number())
	require.Zero(t, zero.Hash())
	require.Empty(t, zero.String())
	cursor, err = stream.ParseCursor("")
	require.NoError(t, err)
	require.True(t, cursor.IsZero())
}

func TestBadCursors(t *testing.T) {
	for _, text := range []string{
		"x", "gaib1", "gaib1:1", "gaib1:1:", "gaib2:1:5-" + hashText, "gaib1:-1:5-" + hashText, "gaib1:01:5-" + hashText, "gaib1:18446744073709551616:5-" + hashText,
		"gaib1:1:5-" + hashText[1:], "gaib1:1:5-" + hashText + "0", "gaib1:1:5-" + strings.ToUpper(hashText), "gaib1:1:5-" + strings.Replace(hashText, "c", "g", 1),
		"gaib1:1:05-" + hashText, "gaib1:1:5-" + hashText + "-", "gaib1:1:5-" + hashText + "--1", "gaib1:1:5-" + hashText + "-01", "gaib1:1:5-" + hashText + "-1-1",
		"gaib1:1:5-" + hashText + "-2147483648", "gaib1:1:5-" + hashText + ":5-" + hashText, "gaib1:1:5-" + hashText + ":4-" + hashText, " gaib1:1:5-" + hashText, "gaib1:1:5-" + hashText + "\n",
		"gaib1:1:5-" + hashText + strings.Repeat(":6-"+hashText, 5000), strings.Repeat("9", 1<<20),
	} {
		_, err := stream.ParseCursor(text)
		require.ErrorIs(t, err, stream.ErrBadCursor, "%.100s", text)
		cursor := stream.Cursor{}
		require.ErrorIs(t, cursor.UnmarshalText([]byte(text)), stream.ErrBadCursor)
	}
}

// A text is either refused or written in the same way again.
func FuzzParseCursor(f *testing.F) {
	f.Add("gaib1:1:5-" + hashText + ":6-" + hashText + "-3")
	f.Add("gaib1:18446744073709551615:0-" + hashText)
	f.Fuzz(func(t *testing.T, text string) {
		cursor, err := stream.ParseCursor(text)
		if err != nil {
			require.ErrorIs(t, err, stream.ErrBadCursor)
			return
		}
		require.Equal(t, text, cursor.String())
	})
}
