package evmcode

import (
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/require"
)

func TestSelectors(t *testing.T) {
	for _, c := range []struct {
		name, code string
		want       []string
	}{
		{"nothing", "", nil},
		{"dispatcher", "80" + "63a9059cbb" + "14" + "610042" + "57" + "806370a08231", []string{"a9059cbb", "00000042", "70a08231"}},
		{"data of a longer push are not code", "7f" + "63a9059cbb63a9059cbb63a9059cbb63a9059cbb63a9059cbb63a9059cbb0000" + "6311223344", []string{"11223344"}},
		{"a push of five bytes is no selector", "64a9059cbb00", nil},
		{"a leading zero byte is dropped", "62123456", []string{"00123456"}},
		{"three leading zero bytes", "6007", []string{"00000007"}},
		{"push0 has no data", "5f63a9059cbb", []string{"a9059cbb"}},
		{"cut within the push", "63a9059c", nil},
		{"nothing after the push", "63", nil},
		{"cut within a long push", "7f63a9059cbb", nil},
		{"the very last bytes", "0063a9059cbb", []string{"a9059cbb"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := make(map[[4]byte]bool)
			for _, text := range c.want {
				want[[4]byte(common.FromHex(text))] = true
			}
			require.Equal(t, want, Selectors(common.FromHex(c.code)))
		})
	}
}

func FuzzSelectors(f *testing.F) {
	f.Add([]byte{0x63, 1, 2, 3, 4})
	f.Add([]byte{0x7f})
	f.Fuzz(func(t *testing.T, code []byte) {
		require.LessOrEqual(t, len(Selectors(code)), len(code)/2)
	})
}
