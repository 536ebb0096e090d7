package proxy

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib/internal/fakenode"
	"github.com/gaib-go/gaib/internal/node"
)

// ERC-1967 publishes both slots.
func TestSlots(t *testing.T) {
	require.Equal(t, common.HexToHash("0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc"), implementationSlot)
	require.Equal(t, common.HexToHash("0xa3f0ad74e5423aebfd80d3ef4346578335a9a72aeaee59ff6cb3582b35133d50"), beaconSlot)
}

func TestFollow(t *testing.T) {
	ctx := context.Background()
	address, implementation, beacon := common.Address{1}, common.Address{2}, common.Address{3}
	word := func(address common.Address) common.Hash { return common.BytesToHash(address[:]) }
	returns := func(data []byte) fakenode.Contract {
		return func(uint64, []byte) ([]byte, error) { return data, nil }
	}
	fresh := func() *fakenode.Node {
		fake := fakenode.New(1)
		fake.Storage[address] = map[common.Hash]common.Hash{}
		return fake
	}

	target, err := Follow(ctx, fresh(), address, "latest")
	require.NoError(t, err)
	require.Equal(t, Target{Kind: None, Implementation: address}, target)

	fake := fresh()
	fake.Storage[address][implementationSlot] = word(implementation)
	target, err = Follow(ctx, fake, address, "latest")
	require.NoError(t, err)
	require.Equal(t, Target{Kind: ERC1967, Implementation: implementation}, target)
	require.Len(t, fake.Requests(), 1)

	fake = fresh()
	fake.Storage[address][beaconSlot] = word(beacon)
	answer := word(implementation)
	fake.Contracts[beacon] = returns(answer[:])
	target, err = Follow(ctx, fake, address, "0x3e8")
	require.NoError(t, err)
	require.Equal(t, Target{Kind: Beacon, Beacon: beacon, Implementation: implementation}, target)
	require.Equal(t, []string{`"0x3e8"`}, fake.CallBlocks(), "all at the block asked for")

	dirty := answer
	dirty[0] = 1
	for name, data := range map[string][]byte{"nothing": nil, "short": answer[:31], "dirty": dirty[:]} {
		fake.Contracts[beacon] = returns(data)
		_, err = Follow(ctx, fake, address, "latest")
		require.ErrorIs(t, err, node.ErrBadAnswer, name)
	}
	fake.Contracts[beacon] = func(uint64, []byte) ([]byte, error) { return nil, fakenode.Revert(nil) }
	_, err = Follow(ctx, fake, address, "latest")
	require.ErrorContains(t, err, "execution reverted")

	for _, failing := range []int{1, 2} {
		fake, asked := fresh(), 0
		fake.Handle = func(string, []json.RawMessage) (any, error, bool) {
			asked++
			return nil, &fakenode.RPCError{Message: "down"}, asked == failing
		}
		_, err = Follow(ctx, fake, address, "latest")
		require.ErrorContains(t, err, "down")
	}
}
