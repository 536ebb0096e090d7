package pool_test

import (
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/yield/pendle/pool"
)

// The addresses as Pendle's package publishes them; a chain that it does not list is left as it was.
func TestAdd(t *testing.T) {
	deployment, ok := pool.Add(gaib.Mainnet())
	require.True(t, ok)
	require.Equal(t, "0x888888888889758F76e7103c6CbF23ABbF58F946", deployment.Contract(pool.RouterName).Address().Hex())
	require.Equal(t, "0x5542be50420E88dd7D5B4a3D488FA6ED82F6DAc2", deployment.Contract(pool.OracleName).Address().Hex())
	require.Contains(t, deployment.Names(), gaib.SAID)
	sei, _ := gaib.On(1329)
	_, ok = pool.Add(sei)
	require.False(t, ok)
}

// A pool that was not opened has no router, so its calls cannot be made, and say so.
func TestZeroPool(t *testing.T) {
	var p pool.Pool
	call := p.Router().Exit(common.Address{1}, uint256.Int{1}, uint256.Int{1}, gaib.ERC20{}, uint256.Int{})
	require.Error(t, gaib.Plan{call}.Err())
}
