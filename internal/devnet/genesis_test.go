package devnet

import (
	"context"
	"math/big"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/stretchr/testify/require"
)

func TestRecordedState(t *testing.T) {
	chain := newChain(t)
	g, book, who := contracts(t, chain), Addresses(), chain.Accounts()

	require.Equal(t, "AI Dollar", g.aid.call("name")[0])
	require.Equal(t, "AID", g.aid.call("symbol")[0])
	require.Equal(t, uint8(18), g.aid.call("decimals")[0])
	require.Equal(t, num("19_945_311_770392801054623255"), g.aid.number("totalSupply"))
	require.Equal(t, false, g.aid.call("paused")[0])

	require.Equal(t, "Staked AI Dollar", g.said.call("name")[0])
	require.Equal(t, "sAID", g.said.call("symbol")[0])
	require.Equal(t, uint8(18), g.said.call("decimals")[0])
	require.Equal(t, book.AID, g.said.call("asset")[0])
	require.Equal(t, num("1_055148472560343645"), g.said.number("convertToAssets", aidUnits(1)))
	require.Equal(t, num("1_055148472560343645"), g.said.number("convertToAssetsWithLoss", aidUnits(1)))
	require.Zero(t, g.said.number("unrealizedLoss").Sign())
	require.Zero(t, g.said.number("accruedFees").Sign())
	require.Equal(t, big.NewInt(2000), g.said.number("protocolFeeBps"))
	require.Equal(t, false, g.said.call("fixAtRequest")[0])
	require.Equal(t, aidUnits(17_476_214), g.said.number("totalSupply"))
	// About 18.44 million, as reported.
	require.Equal(t, num("18440000"), new(big.Int).Div(g.said.number("totalAssets"), aidUnits(1)))

	require.Equal(t, book.USDC, g.redeemer.call("stablecoin")[0])
	require.Equal(t, book.AID, g.redeemer.call("aid")[0])
	require.Equal(t, big.NewInt(10), g.redeemer.number("redemptionFeeBps"))
	require.Equal(t, num("1_000000000000000000_000000000000000000"), g.redeemer.number("redeemLimitPerDay"))
	require.Equal(t, num("239_938_892162"), g.usdc.number("balanceOf", book.Redeemer))
	beacon := at(t, chain, "UpgradeableBeacon", book.RedeemerBeacon)
	require.Equal(t, book.RedeemerImplementation, beacon.call("implementation")[0])

	// Everything that exists is held by a named account.
	holders := []common.Address{book.SAID, who.Alice.Address, who.Bob.Address, who.Carol.Address, who.Whale.Address,
		who.Manager.Address, who.Holders.Address, who.Portfolio.Address, who.Stakers.Address}
	sum := new(big.Int)
	for _, holder := range holders {
		sum.Add(sum, g.aid.number("balanceOf", holder))
	}
	require.Equal(t, g.aid.number("totalSupply"), sum)
	require.Equal(t, g.said.number("totalSupply"), new(big.Int).Add(
		g.said.number("balanceOf", who.Whale.Address), g.said.number("balanceOf", who.Stakers.Address)))
	require.Equal(t, aidUnits(17_476_214), new(big.Int).Add(
		g.aid.number("balanceOf", book.SAID), g.aid.number("balanceOf", who.Portfolio.Address)))

	// Roles: as recorded, the Manager beside the real admins, and the Redeemer as a minter because burning asks for it.
	role := func(name string) common.Hash { return keccak(name) }
	has := func(role common.Hash, addr common.Address) bool { return g.aid.call("hasRole", role, addr)[0].(bool) }
	for _, admin := range []common.Address{book.AdminSafe, book.AdminEOA, who.Manager.Address} {
		require.True(t, has(common.Hash{}, admin))
	}
	for _, minter := range []common.Address{book.Minter, book.Migration, book.Redeemer} {
		require.True(t, has(common.HexToHash("0x9f2df0fed2c77648de5860a4cc508cd0818c85b8b8a1ab4ceeef8d981c8956a6"), minter))
	}
	require.False(t, has(role("MINTER_ROLE"), who.Manager.Address))
	require.Equal(t, common.HexToHash("0x60400965d90814aa36ab657cbeca3e3b701e320f6373ae1db85824fee2a79822"),
		common.Hash(g.aid.call("BRIDGE_MINTER_ROLE")[0].([32]byte)))
	require.Equal(t, common.HexToHash("0x0174f8a3d4d980c7179f7d6a100b261fb21787fb0e61e651fe2cb2a9be0250ba"),
		common.Hash(g.aid.call("DENY_LIST_GUARD_ROLE")[0].([32]byte)))
	require.Equal(t, common.HexToHash("0xb833cacb9268e2dd2e4059a2ccfb9eb32ddf1ee1d91a6d2307b0ad047ab00025"),
		common.Hash(g.aid.call("DENIED_ADDRESS_ROLE")[0].([32]byte)))

	for _, c := range []contract{g.minter, g.redeemer, g.said, g.migration, g.vesting, beacon} {
		require.Equal(t, who.Manager.Address, c.call("owner")[0])
	}
	for _, c := range []contract{g.minter, g.redeemer} {
		for _, account := range []Account{who.Alice, who.Bob, who.Whale, who.Manager} {
			require.Equal(t, true, c.call("isWhitelisted", account.Address)[0], account.Name)
		}
		require.Equal(t, false, c.call("isWhitelisted", who.Carol.Address)[0])
	}
	for _, vault := range []contract{g.aidaUSDC, g.aidaUSDT} {
		require.Equal(t, uint8(6), vault.call("decimals")[0])
		require.Equal(t, true, g.migration.call("isSupportedAIDa", vault.addr)[0])
		require.Equal(t, uint8(6), g.migration.call("getAIDaDecimals", vault.addr)[0])
		require.Equal(t, false, vault.call("withdrawEnabled")[0])
	}
	require.Equal(t, usdUnits(25_000), g.aidaUSDC.number("balanceOf", who.Alice.Address))
	require.Equal(t, usdUnits(10_000), g.aidaUSDT.number("balanceOf", who.Carol.Address))
	require.Equal(t, book.GAIB, g.vesting.call("GAIB")[0])
	require.Equal(t, aidUnits(1_000_000_000), g.gaib.number("totalSupply"))

	for _, account := range []Account{who.Alice, who.Bob, who.Carol, who.Whale, who.Manager} {
		require.Positive(t, g.usdc.number("balanceOf", account.Address).Sign(), account.Name)
		require.Positive(t, g.usdt.number("balanceOf", account.Address).Sign(), account.Name)
	}
	for _, account := range who.All() {
		var balance hexutil.Big
		require.NoError(t, chain.Client().CallContext(context.Background(), &balance, "eth_getBalance", account.Address, "latest"))
		require.Equal(t, aidUnits(10_000), balance.ToInt(), account.Name)
	}
}

// The proxies say where their implementations are in the slots of ERC-1967.
func TestProxySlots(t *testing.T) {
	chain := newChain(t)
	book := Addresses()
	const (
		implementation = "0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc"
		beacon         = "0xa3f0ad74e5423aebfd80d3ef4346578335a9a72aeaee59ff6cb3582b35133d50"
	)
	for _, c := range []struct {
		proxy common.Address
		slot  string
		want  common.Address
	}{
		{book.AID, implementation, book.AIDImplementation},
		{book.Vesting, implementation, book.VestingImplementation},
		{book.Redeemer, beacon, book.RedeemerBeacon},
		{book.Redeemer, implementation, common.Address{}},
	} {
		var word common.Hash
		require.NoError(t, chain.Client().CallContext(context.Background(), &word, "eth_getStorageAt", c.proxy, c.slot, "latest"))
		require.Equal(t, common.BytesToHash(c.want[:]), word)
	}
}

// An implementation cannot be taken over, and AID can be upgraded by an admin only: proof that the immutables, such
// as UUPS's own address, came out right.
func TestUpgrade(t *testing.T) {
	chain := newChain(t)
	g, book, who := contracts(t, chain), Addresses(), chain.Accounts()
	implementation := at(t, chain, "AID", book.AIDImplementation)
	implementation.reverts(who.Alice, implementation, "InvalidInitialization", nil, "initialize", "x", "x", who.Alice.Address)
	implementation.reverts(who.Manager, implementation, "UUPSUnauthorizedCallContext", nil, "upgradeToAndCall", book.AIDImplementation, []byte{})

	artifact, err := LoadArtifact("AID")
	require.NoError(t, err)
	next, _, err := chain.Deploy(context.Background(), who.Alice, artifact.Bytecode)
	require.NoError(t, err)
	g.aid.reverts(who.Alice, g.aid, "AccessControlUnauthorizedAccount", []any{who.Alice.Address, common.Hash{}}, "upgradeToAndCall", next, []byte{})
	g.aid.reverts(who.Manager, g.aid, "ERC1967InvalidImplementation", []any{book.SAID}, "upgradeToAndCall", book.SAID, []byte{})
	receipt := g.aid.send(who.Manager, "upgradeToAndCall", next, []byte{})
	require.Equal(t, next, g.aid.events(receipt, "Upgraded")[0]["implementation"])
	require.Equal(t, num("19_945_311_770392801054623255"), g.aid.number("totalSupply"))
}

func TestOptions(t *testing.T) {
	genesis := time.Date(2030, time.March, 1, 12, 0, 0, 0, time.UTC)
	chain := newChain(t, WithChainID(42161), WithGenesisTime(genesis), WithBlockTime(2*time.Second), WithFixAtRequest())
	require.Equal(t, genesis, chain.Now())
	require.Equal(t, uint64(42161), chain.ChainID())
	var id hexutil.Uint64
	require.NoError(t, chain.Client().CallContext(context.Background(), &id, "eth_chainId"))
	require.Equal(t, hexutil.Uint64(42161), id)
	var version string
	require.NoError(t, chain.Client().CallContext(context.Background(), &version, "net_version"))
	require.Equal(t, "42161", version)

	g := contracts(t, chain)
	require.Equal(t, true, g.said.call("fixAtRequest")[0])
	require.Equal(t, big.NewInt(42161), g.multicall.number("getChainId"))
	// A transaction signed for the id is taken, and the chain id in the permit domain is the chain's.
	g.usdc.send(chain.Accounts().Alice, "transfer", chain.Accounts().Bob.Address, usdUnits(1))
	require.Equal(t, genesis.Add(2*time.Second), chain.Now())
	domain := g.aidaUSDC.call("eip712Domain")
	require.Equal(t, big.NewInt(42161), domain[3])

	for _, bad := range []Option{
		WithChainID(0), WithChainID(1 << 63), WithBlockTime(time.Millisecond), WithGenesisTime(time.Unix(-1, 0)),
	} {
		_, err := New(bad)
		require.Error(t, err)
	}
}

// More accounts at genesis, also in place of one of the devnet's.
func TestWithAlloc(t *testing.T) {
	extra := common.HexToAddress("0x2222222222222222222222222222222222222222")
	chain := newChain(t, WithAlloc(types.GenesisAlloc{
		extra:                  {Balance: big.NewInt(5), Code: []byte{0x60, 0x01}, Storage: map[common.Hash]common.Hash{{31: 1}: {31: 7}}},
		Addresses().Multicall3: {Balance: new(big.Int)},
	}))
	var balance hexutil.Big
	require.NoError(t, chain.Client().CallContext(t.Context(), &balance, "eth_getBalance", extra, "latest"))
	require.Equal(t, big.NewInt(5), balance.ToInt())
	var slot common.Hash
	require.NoError(t, chain.Client().CallContext(t.Context(), &slot, "eth_getStorageAt", extra, "0x1", "latest"))
	require.Equal(t, common.Hash{31: 7}, slot)
	var code hexutil.Bytes
	require.NoError(t, chain.Client().CallContext(t.Context(), &code, "eth_getCode", Addresses().Multicall3, "latest"))
	require.Empty(t, code)
}

func TestDefaults(t *testing.T) {
	chain := newChain(t)
	require.Equal(t, time.Date(2026, time.August, 12, 0, 0, 0, 0, time.UTC), chain.Now())
	var id hexutil.Uint64
	require.NoError(t, chain.Client().CallContext(context.Background(), &id, "eth_chainId"))
	require.Equal(t, hexutil.Uint64(1), id)
}
