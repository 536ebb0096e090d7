package hash

import (
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/require"
)

func TestKeccak256(t *testing.T) {
	// Published: of nothing, and of the signature of ERC-20's Transfer event.
	require.Equal(t, common.HexToHash("0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"), Keccak256())
	transfer := common.HexToHash("0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef")
	require.Equal(t, transfer, Keccak256([]byte("Transfer(address,address,uint256)")))
	require.Equal(t, transfer, Keccak256([]byte("Transfer("), nil, []byte("address,address,uint256)")))
}
