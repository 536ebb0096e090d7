package gaib_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
)

// The test cases of EIP-55.
var checksummed = []string{
	"0x52908400098527886E0F7030069857D2E4169EE7", "0x8617E340B3D01FA5F11F306F4090FD50E238070D", // all capitals
	"0xde709f2102306220921060314715629080e2fb77", "0x27b1fdb04752bbc536007a920d24acb045561c26", // all lower case
	"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
	"0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB", "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
}

func TestParseAddress(t *testing.T) {
	for i, text := range checksummed {
		address, err := gaib.ParseAddress(text)
		require.NoError(t, err)
		require.Equal(t, strings.ToLower(text[2:]), common.Bytes2Hex(address[:]))
		for _, plain := range []string{"0x" + strings.ToLower(text[2:]), "0x" + strings.ToUpper(text[2:])} {
			same, err := gaib.ParseAddress(plain)
			require.NoError(t, err)
			require.Equal(t, address, same)
		}
		if i < 4 {
			continue
		}
		// One letter in the other case: at every place.
		for at := 2; at < len(text); at++ {
			flipped := []byte(text)
			if flipped[at] > '9' {
				flipped[at] ^= 'a' - 'A'
				_, err := gaib.ParseAddress(string(flipped))
				require.ErrorIs(t, err, gaib.ErrChecksum)
			}
		}
	}
	for _, text := range []string{"", "0x", "0x1", checksummed[0][2:], "0X" + checksummed[0][2:], checksummed[0] + "0", checksummed[0][:41], checksummed[0][:41] + "g",
		" " + checksummed[0][:41], "0x-" + checksummed[0][3:], strings.Repeat("0x", 21), strings.Repeat("f", 1<<20)} {
		_, err := gaib.ParseAddress(text)
		require.ErrorIs(t, err, gaib.ErrAddress, "%.60q", text)
		require.Less(t, len(err.Error()), 200)
	}
	_, err := gaib.ParseAddress("0x0000000000000000000000000000000000000000")
	require.ErrorIs(t, err, gaib.ErrZeroAddress)
}

func FuzzParseAddress(f *testing.F) {
	for _, text := range checksummed {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if address, err := gaib.ParseAddress(text); err == nil {
			require.Equal(t, strings.ToLower(text), strings.ToLower(address.Hex()))
			require.NotZero(t, address)
		}
	})
}

func TestBlockJSON(t *testing.T) {
	for block, want := range map[gaib.Block]string{
		"":                             `"latest"`,
		gaib.Latest:                    `"latest"`,
		gaib.Safe:                      `"safe"`,
		gaib.Finalized:                 `"finalized"`,
		gaib.AtNumber(0):               `"0x0"`,
		gaib.AtNumber(25_533_975):      `"0x1859e17"`,
		gaib.AtNumber(1<<64 - 1):       `"0xffffffffffffffff"`,
		gaib.AtHash(common.Hash{1}):    `{"blockHash":"0x0100000000000000000000000000000000000000000000000000000000000000","requireCanonical":true}`,
		gaib.Header{Number: 7}.Block(): `"0x7"`,
		gaib.Header{Number: 7, Hash: common.Hash{31: 1}}.Block(): `{"blockHash":"0x0000000000000000000000000000000000000000000000000000000000000001","requireCanonical":true}`,
	} {
		text, err := json.Marshal(block)
		require.NoError(t, err)
		require.JSONEq(t, want, string(text))
	}
}
