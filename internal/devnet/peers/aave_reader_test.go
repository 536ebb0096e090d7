package peers

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/internal/devnet"
	"github.com/gaib-go/gaib/lending/aave"
)

// rigNode is a node whose only block is the rig's state.
type rigNode struct{ evm *EVM }

func (n rigNode) CallContext(_ context.Context, result any, method string, args ...any) error {
	if method != "eth_call" {
		return fmt.Errorf("the rig has no %s", method)
	}
	raw, err := json.Marshal(args[0])
	if err != nil {
		return err
	}
	var call struct {
		To          common.Address
		Input, Data hexutil.Bytes
	}
	if err := json.Unmarshal(raw, &call); err != nil {
		return err
	}
	output, err := n.evm.Call(common.Address{}, call.To, append(call.Input, call.Data...))
	if err != nil {
		return err
	}
	raw, err = json.Marshal(hexutil.Bytes(output))
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, result)
}

// The reader finds in a pool's storage the very state that was written there.
func TestAaveReader(t *testing.T) {
	for _, revision := range aaveRevisions {
		t.Run(revision.String(), func(t *testing.T) {
			r := newAaveRig(t, revision)
			multicall, err := devnet.LoadArtifact("Multicall3")
			require.NoError(t, err)
			r.evm.SetCode(devnet.Addresses().Multicall3, multicall.Runtime)
			node := rigNode{r.evm}
			pool := aave.NewPool(gaib.NewDeployment(1, "rig").With(aave.PoolName, gaib.Entry{Address: r.pool, Evidence: gaib.Confirmed}), revision)
			seen, err := pool.Revision().Call(t.Context(), node, gaib.Latest)
			require.NoError(t, err)
			require.Equal(t, revision, seen)
			c := chance{rand.New(rand.NewPCG(35, uint64(revision)))}
			curves := c.curves(8)
			for range 100 {
				s := c.state(revision, curves)
				if s.Market.EModes[0].LiquidationThreshold == 0 {
					continue // such a category does not exist for the pool
				}
				r.store(&s)
				layout, err := pool.Layout(t.Context(), node, gaib.Latest)
				require.NoError(t, err)
				require.Equal(t, []uint8{1}, layout.EModes)
				require.Len(t, layout.Listings, aaveReserves)
				snapshot, err := pool.Snapshot(t.Context(), node, gaib.Latest, layout, aaveUser, aaveLiquidator)
				require.NoError(t, err)
				require.Equal(t, s.Market, snapshot.Market)
				require.Equal(t, complete(s.Account, s.Market), complete(snapshot.Accounts[0], s.Market))
				require.Empty(t, snapshot.Accounts[1])
			}
		})
	}
}
