package gaib_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/internal/fakenode"
)

// coin is a token of a chain whose node answers a balance of n.
func coin(chainID, n uint64) (*fakenode.Node, gaib.ERC20) {
	token := gaib.NewERC20(gaib.NewDeployment(chainID, "").With("coin", gaib.Entry{Address: alice, Evidence: gaib.Confirmed}).Contract("coin"), gaib.Unit{})
	node := fakenode.New(chainID)
	node.Head = 100 * chainID
	node.Contracts[alice] = fakenode.Methods{gaib.ERC20TotalSupply{}.Item().Selector: fakenode.Returns(units(n))}.Contract
	return node, token
}

func TestReadChains(t *testing.T) {
	var reads []gaib.ChainRead
	var nodes []*fakenode.Node
	var supplies []*gaib.Query[outcomeOf]
	for id := uint64(1); id <= 20; id++ {
		node, token := coin(id, 7*id)
		supply := gaib.Try(token.TotalSupply())
		nodes, supplies = append(nodes, node), append(supplies, supply)
		reads = append(reads, gaib.ChainRead{Client: node, Queries: []gaib.Reader{supply}})
	}
	reads[3].Client = nil
	broken := errors.New("broken")
	reads[5].Client = clientFunc(func(context.Context, any, string, ...any) error { return broken })
	reads[7].Client, _ = coin(99, 0)                           // of another chain
	nodes[9].Contracts[alice] = fakenode.Methods{}.Contract    // the chain answers, the token does not
	reads[11].Block, reads[11].Queries = gaib.AtNumber(5), nil // nothing to read

	results := gaib.ReadChains(t.Context(), reads...)
	require.Len(t, results, 20)
	for i, result := range results {
		id := uint64(i) + 1
		supply := supplies[i]
		switch i {
		case 3:
			require.ErrorIs(t, result.Err, gaib.ErrNoClient)
			require.ErrorContains(t, result.Err, "chain 4")
			require.ErrorIs(t, supply.Err(), gaib.ErrNotRead)
		case 5:
			require.ErrorIs(t, result.Err, broken)
			require.ErrorIs(t, supply.Err(), gaib.ErrNotRead, "no read must not look like an empty one")
		case 7:
			require.ErrorIs(t, result.Err, gaib.ErrWrongChain)
			require.ErrorIs(t, supply.Err(), gaib.ErrNotRead)
		case 9:
			require.NoError(t, result.Err, "a query that was tried fails alone")
			require.NoError(t, supply.Err())
			var call *gaib.CallError
			require.ErrorAs(t, supply.Value().Err, &call)
		case 11:
			require.Zero(t, result.ChainID)
			require.NoError(t, result.Err)
			require.EqualValues(t, 5, result.Header.Number)
			continue
		default:
			require.NoError(t, result.Err)
			require.NoError(t, supply.Value().Err)
			require.Equal(t, units(7*id), supply.Value().Value)
			require.Equal(t, []string{"eth_call"}, nodes[i].Requests(), "one request per chain")
		}
		require.Equal(t, id, result.ChainID)
		if result.Err == nil {
			require.Equal(t, 100*id, result.Header.Number, "in the order given")
		} else {
			require.Zero(t, result.Header)
		}
	}
	require.Empty(t, gaib.ReadChains(t.Context()))
}

type outcomeOf = gaib.Outcome[uint256.Int]

// Eight chains at once, no more; the context ends them all.
func TestReadChainsAtOnce(t *testing.T) {
	var now, most atomic.Int32
	var once sync.Once
	full := make(chan struct{})
	hang := clientFunc(func(ctx context.Context, _ any, _ string, _ ...any) error {
		n := now.Add(1)
		defer now.Add(-1)
		for seen := most.Load(); n > seen && !most.CompareAndSwap(seen, n); seen = most.Load() {
		}
		if n == 8 {
			once.Do(func() { close(full) })
		}
		<-ctx.Done()
		return ctx.Err()
	})
	var reads []gaib.ChainRead
	for id := range uint64(30) {
		_, token := coin(id+1, 0)
		reads = append(reads, gaib.ChainRead{Client: hang, Queries: []gaib.Reader{token.TotalSupply()}})
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	go func() {
		<-full
		time.Sleep(50 * time.Millisecond) // for those that should not come
		cancel()
	}()
	for _, result := range gaib.ReadChains(ctx, reads...) {
		require.ErrorIs(t, result.Err, context.Canceled)
	}
	require.EqualValues(t, 8, most.Load())
}
