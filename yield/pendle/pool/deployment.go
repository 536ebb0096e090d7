package pool

import (
	"slices"

	"github.com/ethereum/go-ethereum/common"

	"github.com/gaib-go/gaib"
)

// The names of Pendle's shared contracts in a deployment.
const (
	RouterName gaib.Name = "Pendle router"
	OracleName gaib.Name = "Pendle oracle"
)

// Add returns a deployment with Pendle's router V4 and PY/LP oracle of its chain, and whether Pendle publishes both there:
// Ethereum (1), OP Mainnet (10), BNB Chain (56), Monad (143), Sonic (146), X Layer (196), HyperEVM (999), chain 4663,
// Mantle (5000), Base (8453), Plasma (9745), Arbitrum One (42161) and Berachain (80094). They have the same addresses on
// each. On another chain add entries of the names [RouterName] and [OracleName] yourself.
// Source: the deployments folder of the package @pendle/core-v2 6.11.0.
func Add(deployment gaib.Deployment) (gaib.Deployment, bool) {
	chains := []uint64{1, 10, 56, 143, 146, 196, 999, 4663, 5000, 8453, 9745, 42161, 80094}
	if !slices.Contains(chains, deployment.ChainID()) {
		return deployment, false
	}
	return deployment.
		With(RouterName, gaib.Entry{Address: common.HexToAddress("0x888888888889758F76e7103c6CbF23ABbF58F946"), Evidence: gaib.Confirmed}).
		With(OracleName, gaib.Entry{Address: common.HexToAddress("0x5542be50420E88dd7D5B4a3D488FA6ED82F6DAc2"), Proxy: gaib.ERC1967Proxy, Evidence: gaib.Confirmed}), true
}
