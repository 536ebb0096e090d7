// Package nodes starts Ethereum nodes written by others, as processes of their own, for tests of this library over real
// HTTP and WebSocket connections.
//
// # What it is for
//
// What the in-process devnet cannot show: other implementations' error texts, limits, fee markets, reorganisations and
// subscriptions. The tests of this package deploy GAIB to each node by transactions and take it through its life.
//
//	node := nodes.Require(t, nodes.Geth)
//	client, err := rpc.DialContext(ctx, node.WS)
//	deployed, err := devnet.Deploy(ctx, client, time.Minute)
//
// # Installing
//
// Both nodes go into ignored folders of this one; without them the tests are skipped and say so, and with GAIB_NODES=required
// in the environment they fail:
//
//	npm --prefix internal/devnet/nodes install --no-save --ignore-scripts
//	GOBIN=$PWD/internal/devnet/nodes/bin CGO_ENABLED=0 go install github.com/ethereum/go-ethereum/cmd/geth@v1.17.8
//	mv internal/devnet/nodes/bin/geth internal/devnet/nodes/bin/geth-v1.17.8
//
// # What it is not
//
// The nodes are development nodes with public keys, on loopback addresses and ports that the system picks, and their state goes with
// the process. geth --dev applies fork rules that mainnet does not have yet, so its gas figures are not
// mainnet's. A node needs a POSIX shell to be started: it ends when the process that started it does, even if that is killed.
// A Node is safe for concurrent use.
package nodes
