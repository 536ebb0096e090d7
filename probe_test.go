package gaib_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/internal/fakenode"
	"github.com/gaib-go/gaib/internal/hash"
)

// bound is a contract with the items of a binding.
type bound struct {
	contract gaib.Contract
	items    []gaib.Item
}

func (b bound) Contract() gaib.Contract { return b.contract }
func (b bound) Items() []gaib.Item      { return b.items }

// ERC-1967 publishes the slots.
var (
	implementationSlot = common.HexToHash("0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc")
	beaconSlot         = common.HexToHash("0xa3f0ad74e5423aebfd80d3ef4346578335a9a72aeaee59ff6cb3582b35133d50")
)

// dispatcher is code that compares the selector of its calldata with those of the items, as solc writes it.
func dispatcher(items ...gaib.Item) []byte {
	code := common.FromHex("0x60003560e01c")
	for _, item := range items {
		code = append(code, 0x80, 0x63)
		code = append(code, item.Selector[:]...)
		code = append(code, common.FromHex("0x14610042576000")...)
	}
	return append(code, 0x00)
}

func TestProbe(t *testing.T) {
	recorded, other, beacon := common.Address{2}, common.Address{3}, common.Address{4}
	transfer, approve, supply := gaib.ERC20Transfer{}.Item(), gaib.ERC20Approve{}.Item(), gaib.ERC20TotalSupply{}.Item()
	items := []gaib.Item{transfer, approve, supply, gaib.ERC20TransferEvent{}.Item(), gaib.EnforcedPauseError{}.Item()}
	deployment := gaib.NewDeployment(1, "test").With("C", gaib.Entry{Address: aidAt, Implementation: recorded})
	code := dispatcher(transfer, supply)
	wordOf := func(address common.Address) common.Hash { return common.BytesToHash(address[:]) }
	for _, c := range []struct {
		name     string
		setUp    func(*fakenode.Node)
		proxy    gaib.ProxyKind
		beacon   common.Address
		code     common.Address
		upgraded bool
		requests int
	}{
		{"plain", func(chain *fakenode.Node) { chain.Code[aidAt] = code }, gaib.NoProxy, common.Address{}, aidAt, true, 5},
		{"ERC-1967", func(chain *fakenode.Node) {
			chain.Code[aidAt], chain.Code[recorded] = dispatcher(approve), code
			chain.Storage[aidAt] = map[common.Hash]common.Hash{implementationSlot: wordOf(recorded)}
		}, gaib.ERC1967Proxy, common.Address{}, recorded, false, 4},
		{"upgraded", func(chain *fakenode.Node) {
			chain.Code[other] = code
			chain.Storage[aidAt] = map[common.Hash]common.Hash{implementationSlot: wordOf(other)}
		}, gaib.ERC1967Proxy, common.Address{}, other, true, 4},
		{"beacon", func(chain *fakenode.Node) {
			chain.Code[recorded] = code
			chain.Storage[aidAt] = map[common.Hash]common.Hash{beaconSlot: wordOf(beacon)}
			chain.Contracts[beacon] = func(uint64, []byte) ([]byte, error) {
				answer := wordOf(recorded)
				return answer[:], nil
			}
		}, gaib.BeaconProxy, beacon, recorded, false, 6},
	} {
		t.Run(c.name, func(t *testing.T) {
			chain := fakenode.New(1)
			chain.Advance = true
			c.setUp(chain)
			report, err := gaib.Probe(t.Context(), chain, bound{deployment.Contract("C"), items})
			require.NoError(t, err)
			require.Len(t, chain.Requests(), c.requests)
			require.Equal(t, gaib.Name("C"), report.Name)
			require.Equal(t, uint64(1), report.ChainID)
			require.Equal(t, aidAt, report.Address)
			require.Equal(t, c.proxy, report.Proxy)
			require.Equal(t, c.beacon, report.Beacon)
			require.Equal(t, c.code, report.Code)
			require.Equal(t, c.upgraded, report.Upgraded)
			require.Equal(t, hash.Keccak256(code), report.CodeHash)
			require.Equal(t, len(code), report.CodeSize)
			require.Equal(t, fakenode.BlockHash(report.Block.Number), report.Block.Hash)
			require.Equal(t, []gaib.FunctionReport{{Item: transfer, Present: true}, {Item: approve}, {Item: supply, Present: true}}, report.Functions, "functions only")
			require.Equal(t, []gaib.Item{approve}, report.Missing())
			for _, block := range chain.CallBlocks() {
				require.Contains(t, block, report.Block.Hash.Hex())
			}

			// Exactly what was found is trusted.
			trusting := gaib.NewERC20(deployment.Trust(report).Contract("C"), gaib.Unit{})
			require.NoError(t, trusting.Transfer(bob, units(1)).Err())
			require.ErrorIs(t, trusting.Approve(bob, units(1)).Err(), gaib.ErrUnverified)
			require.ErrorIs(t, gaib.NewERC20(deployment.Contract("C"), gaib.Unit{}).Transfer(bob, units(1)).Err(), gaib.ErrUnverified)
		})
	}
}

func TestProbeRefuses(t *testing.T) {
	deployment := gaib.NewDeployment(1, "test").With("C", gaib.Entry{Address: aidAt, Evidence: gaib.Confirmed})
	target := bound{deployment.Contract("C"), gaib.ERC20Items()}
	_, err := gaib.Probe(t.Context(), fakenode.New(1), target)
	require.ErrorIs(t, err, gaib.ErrNoCode)
	require.ErrorContains(t, err, "probe C "+aidAt.Hex())
	_, err = gaib.Probe(t.Context(), fakenode.New(56), target)
	require.ErrorIs(t, err, gaib.ErrWrongChain)
	chain := fakenode.New(1)
	_, err = gaib.Probe(t.Context(), chain, bound{deployment.Contract("D"), nil})
	require.ErrorIs(t, err, gaib.ErrUnknownContract)
	require.Empty(t, chain.Requests())

	// An implementation without code, as after a botched upgrade.
	chain.Storage[aidAt] = map[common.Hash]common.Hash{implementationSlot: {31: 9}}
	chain.Code[aidAt] = dispatcher(gaib.ERC20Transfer{}.Item())
	_, err = gaib.Probe(t.Context(), chain, target)
	require.ErrorIs(t, err, gaib.ErrNoCode)

	down := errors.New("connection refused")
	for _, method := range []string{"eth_chainId", "eth_getBlockByNumber", "eth_getStorageAt", "eth_getCode"} {
		chain.Handle = func(asked string, _ []json.RawMessage) (any, error, bool) { return nil, down, asked == method }
		_, err = gaib.Probe(t.Context(), chain, target)
		require.ErrorIs(t, err, down, method)
	}
}
