package nodes_test

import (
	"os"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/rpc"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/internal/devnet/nodes"
)

// A node that is gone is a fault that may pass, over either connection, and ends a stream when patience does.
func TestNodeThatDies(t *testing.T) {
	for _, kind := range []nodes.Kind{nodes.Anvil, nodes.Geth} {
		t.Run(string(kind), func(t *testing.T) {
			node := nodes.Require(t, kind)
			for _, url := range []string{node.HTTP, node.WS} {
				client, err := rpc.DialContext(t.Context(), url)
				require.NoError(t, err)
				defer client.Close()
				_, err = gaib.ChainID(t.Context(), client)
				require.NoError(t, err)
				defer func() {
					_, err = gaib.ChainID(t.Context(), client)
					require.Error(t, err)
					require.True(t, gaib.Retryable(err), "%s: %v", url, err)
					for _, err := range gaib.Follow(t.Context(), client, gaib.FollowOptions{EveryBlock: true, Patience: 50 * time.Millisecond}) {
						require.Error(t, err)
						require.True(t, gaib.Retryable(err), "%s: %v", url, err)
					}
				}()
			}
			node.Close()
			node.Close()
		})
	}
}

func TestNodesThatAreNotThere(t *testing.T) {
	_, err := nodes.Start("ganache", t.TempDir())
	require.ErrorContains(t, err, `no kind of node "ganache"`)
	for _, kind := range []nodes.Kind{nodes.Anvil, nodes.Geth} {
		if path, err := nodes.Find(kind); err != nil {
			require.ErrorIs(t, err, nodes.ErrNotInstalled)
		} else {
			info, err := os.Stat(path)
			require.NoError(t, err)
			require.True(t, info.Mode().IsRegular())
		}
	}
}
