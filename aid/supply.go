package aid

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/gaib-go/gaib"
)

// nativeChain is where AID is issued: Ethereum. No account could mint it elsewhere in July 2026 (reported).
const nativeChain = 1

// ReadSupplies reads AID's supply on every chain for which a client is given, at once, one request to each. The chains are
// read at their own latest blocks, so an amount on its way over the bridge is missing from all of them. The first
// failure is the error. [Reconcile] puts the supplies together.
func ReadSupplies(ctx context.Context, clients map[uint64]gaib.Client) ([]ChainSupply, error) {
	chains := slices.Sorted(maps.Keys(clients))
	supplies := make([]ChainSupply, len(chains))
	group, ctx := errgroup.WithContext(ctx)
	for i, chainID := range chains {
		group.Go(func() error {
			deployment, ok := gaib.On(chainID)
			if !ok {
				return fmt.Errorf("AID's supply on chain %d: %w", chainID, gaib.ErrUnknownContract)
			}
			supply, err := NewToken(deployment).TotalSupply().Call(ctx, clients[chainID], gaib.Latest)
			if err != nil {
				return fmt.Errorf("AID's supply on %s: %w", deployment.Chain(), err)
			}
			supplies[i] = ChainSupply{ChainID: chainID, Native: chainID == nativeChain, Total: supply}
			return nil
		})
	}
	return supplies, group.Wait()
}
