package devnet

import (
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/stretchr/testify/require"
)

// What is deployed by transactions is what the genesis block holds: the code but for immutables, which are addresses, and
// every account's holdings.
func TestDeployIsGenesis(t *testing.T) {
	chain := newChain(t)
	deployed, err := Deploy(t.Context(), chain.Client(), time.Minute)
	require.NoError(t, err)
	require.Equal(t, chain.ChainID(), deployed.ChainID)
	require.Equal(t, chain.Accounts(), deployed.Accounts)
	there, here := deployed.Addresses, Addresses()
	require.Equal(t, here.AdminSafe, there.AdminSafe)

	view := func(contract string, at common.Address, method string, args ...any) any {
		t.Helper()
		artifact, err := LoadArtifact(contract)
		require.NoError(t, err)
		input, err := artifact.ABI.Pack(method, args...)
		require.NoError(t, err)
		var output hexutil.Bytes
		require.NoError(t, chain.Client().CallContext(t.Context(), &output, "eth_call", map[string]any{"to": at, "input": hexutil.Bytes(input)}, "latest"))
		values, err := artifact.ABI.Unpack(method, output)
		require.NoError(t, err)
		return values[0]
	}
	require.Equal(t, decimal(recordedSupply), view("AID", there.AID, "totalSupply"))
	require.Equal(t, decimal(recordedNAV), view("StakedAID", there.SAID, "convertToAssets", units(1, 18)))
	for _, c := range []struct {
		contract    string
		there, here common.Address
	}{
		{"AID", there.AID, here.AID}, {"StakedAID", there.SAID, here.SAID}, {"USDC", there.USDC, here.USDC}, {"USDT", there.USDT, here.USDT},
		{"AIDollarAlpha", there.AIDaUSDC, here.AIDaUSDC}, {"AIDollarAlpha", there.AIDaUSDT, here.AIDaUSDT}, {"GAIBToken", there.GAIB, here.GAIB},
	} {
		require.Equal(t, view(c.contract, c.here, "totalSupply"), view(c.contract, c.there, "totalSupply"), c.contract)
		for _, account := range chain.Accounts().All() {
			want := view(c.contract, c.here, "balanceOf", account.Address)
			require.Equal(t, want, view(c.contract, c.there, "balanceOf", account.Address), "%s of %s", c.contract, account.Name)
		}
	}
	for _, c := range []struct{ there, here common.Address }{
		{there.Multicall3, here.Multicall3}, {there.Minter, here.Minter}, {there.Redeemer, here.Redeemer}, {there.Migration, here.Migration}, {there.Vesting, here.Vesting},
	} {
		var a, b hexutil.Bytes
		require.NoError(t, chain.Client().CallContext(t.Context(), &a, "eth_getCode", c.there, "latest"))
		require.NoError(t, chain.Client().CallContext(t.Context(), &b, "eth_getCode", c.here, "latest"))
		require.NotEmpty(t, a)
		require.Len(t, a, len(b))
	}
	require.Equal(t, decimal(recordedFloat), view("USDC", there.USDC, "balanceOf", there.Redeemer))
	require.Equal(t, true, view("AID", there.AID, "hasRole", keccak(minterRole), there.Minter))
	require.Equal(t, false, view("AID", there.AID, "hasRole", keccak(minterRole), chain.Accounts().Manager.Address))

	_, err = Deploy(t.Context(), chain.Client(), time.Minute)
	require.ErrorContains(t, err, "start the node afresh", "a node is deployed to once")
}
