package simulation

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

// EIP-2028 and EIP-7623: a zero byte is one token, another four; a token costs 4, and at least 10 in all.
func TestTransactionGas(t *testing.T) {
	require.EqualValues(t, 21_000, transactionGas(nil, 0))
	require.EqualValues(t, 21_000+50_000+4*5, transactionGas([]byte{0, 1}, 50_000))
	require.EqualValues(t, 21_000+10*400, transactionGas(bytes.Repeat([]byte{1}, 100), 2_399), "the floor")
	require.EqualValues(t, 21_000+4*400+2_401, transactionGas(bytes.Repeat([]byte{1}, 100), 2_401))
}
