package devnet

import (
	"math/big"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/require"
)

// What the contracts refuse, each with its error and arguments.
func TestRefusals(t *testing.T) {
	chain := newChain(t)
	g, who := contracts(t, chain), chain.Accounts()
	alice, bob, carol, manager := who.Alice, who.Bob, who.Carol, who.Manager
	zero := new(big.Int)

	// Balance and allowance.
	g.aid.reverts(carol, g.aid, "ERC20InsufficientBalance", []any{carol.Address, aidUnits(5_000), aidUnits(5_001)},
		"transfer", alice.Address, aidUnits(5_001))
	g.aid.reverts(carol, g.aid, "ERC20InsufficientAllowance", []any{carol.Address, zero, one},
		"transferFrom", alice.Address, carol.Address, one)
	g.aid.reverts(carol, g.aid, "ERC20InvalidReceiver", []any{common.Address{}}, "transfer", common.Address{}, one)
	g.said.reverts(alice, g.aid, "ERC20InsufficientAllowance", []any{g.said.addr, zero, aidUnits(1)}, "deposit", aidUnits(1), alice.Address)
	g.minter.reverts(alice, g.usdc, "ERC20InsufficientAllowance", []any{g.minter.addr, zero, one}, "mint", g.usdc.addr, one, alice.Address)
	g.said.reverts(alice, g.said, "ERC20InsufficientBalance", []any{alice.Address, zero, one}, "unstake", one)

	// Minter.
	g.minter.reverts(carol, g.minter, "NotWhitelisted", []any{carol.Address}, "mint", g.usdc.addr, one, carol.Address)
	g.minter.reverts(alice, g.minter, "UnsupportedStablecoin", []any{g.gaib.addr}, "mint", g.gaib.addr, one, alice.Address)
	g.minter.reverts(alice, g.minter, "ZeroAmount", nil, "mint", g.usdc.addr, zero, alice.Address)
	g.minter.reverts(alice, g.minter, "OwnableUnauthorizedAccount", []any{alice.Address}, "setWhitelisted", carol.Address, true)
	g.minter.send(manager, "setWhitelisted", carol.Address, true)
	g.usdc.send(carol, "approve", g.minter.addr, one)
	g.minter.send(carol, "mint", g.usdc.addr, one, carol.Address)

	// Redeemer: not whitelisted, nothing, more than the float, more than the day's rest.
	g.redeemer.reverts(carol, g.redeemer, "NotWhitelisted", []any{carol.Address}, "redeem", one, carol.Address)
	g.redeemer.reverts(alice, g.redeemer, "ZeroAmount", nil, "redeem", zero, alice.Address)
	// 300,000 less 10 bps = 299,700 USDC against the recorded float.
	g.redeemer.reverts(who.Whale, g.redeemer, "InsufficientLiquidity", []any{usdUnits(299_700), num("239_938_892162")},
		"redeem", aidUnits(300_000), who.Whale.Address)
	g.redeemer.reverts(bob, g.aid, "ERC20InsufficientBalance", []any{bob.Address, aidUnits(10_000), aidUnits(10_001)},
		"redeem", aidUnits(10_001), bob.Address)
	g.redeemer.send(manager, "setRedeemLimitPerDay", aidUnits(1_000))
	g.redeemer.send(bob, "redeem", aidUnits(999), bob.Address)
	g.redeemer.reverts(alice, g.redeemer, "DailyLimitExceeded", []any{aidUnits(2), aidUnits(1)}, "redeem", aidUnits(2), alice.Address)
	g.redeemer.send(manager, "setRedeemLimitPerDay", aidUnits(10)) // below what is used: nothing remains
	g.redeemer.reverts(alice, g.redeemer, "DailyLimitExceeded", []any{one, zero}, "redeem", one, alice.Address)
	g.redeemer.reverts(manager, g.redeemer, "InvalidFee", []any{big.NewInt(10_001)}, "setRedemptionFeeBps", big.NewInt(10_001))

	// sAID: no way out but the queue, one request at a time.
	g.aid.send(alice, "approve", g.said.addr, aidUnits(100))
	g.said.send(alice, "deposit", aidUnits(100), alice.Address)
	g.said.reverts(alice, g.said, "ERC4626ExceededMaxWithdraw", []any{alice.Address, one, zero}, "withdraw", one, alice.Address, alice.Address)
	g.said.reverts(alice, g.said, "ERC4626ExceededMaxRedeem", []any{alice.Address, one, zero}, "redeem", one, alice.Address, alice.Address)
	g.said.reverts(alice, g.said, "ZeroAmount", nil, "unstake", zero)
	g.said.send(alice, "unstake", one)
	g.said.reverts(alice, g.said, "UnstakeAlreadyPending", []any{alice.Address}, "unstake", one)
	g.said.reverts(alice, g.said, "OwnableUnauthorizedAccount", []any{alice.Address}, "accrueYield", one)
	net := g.said.number("totalAssets")
	g.said.reverts(manager, g.said, "LossExceedsAssets", []any{add(net, one), net}, "markDown", add(net, one))
	g.said.reverts(manager, g.said, "ExceedsUnrealizedLoss", []any{one, zero}, "markUp", one)
	g.said.reverts(manager, g.said, "ExceedsUnrealizedLoss", []any{one, zero}, "realizeLoss", one)
	idle := g.said.number("idleAssets")
	g.said.reverts(manager, g.said, "InsufficientIdle", []any{add(idle, one), idle}, "deploy", manager.Address, add(idle, one))
	g.said.reverts(manager, g.said, "InsufficientIdle", []any{add(idle, one), idle}, "fundQueueFromIdle", add(idle, one))
	g.said.reverts(manager, g.said, "InvalidFee", []any{big.NewInt(10_001)}, "setProtocolFeeBps", big.NewInt(10_001))

	// The vault paused: no way in, no new request, but the queue is paid.
	g.said.send(manager, "pause")
	require.Zero(t, g.said.number("maxDeposit", alice.Address).Sign())
	require.Zero(t, g.said.number("maxMint", alice.Address).Sign())
	g.said.reverts(alice, g.said, "EnforcedPause", nil, "deposit", one, alice.Address)
	g.said.reverts(alice, g.said, "EnforcedPause", nil, "mint", one, alice.Address)
	g.said.reverts(bob, g.said, "EnforcedPause", nil, "unstake", one)
	g.said.send(manager, "fundQueueFromIdle", aidUnits(1))
	g.said.send(carol, "processUnstakeQueue", one)
	require.Zero(t, g.said.number("queueLength").Sign())
	g.said.send(manager, "unpause")
	g.aid.send(alice, "approve", g.said.addr, one)
	g.said.send(alice, "deposit", one, alice.Address)

	// AID paused: nothing is issued or destroyed, transfers go on.
	g.aid.reverts(alice, g.aid, "AccessControlUnauthorizedAccount", []any{alice.Address, common.Hash{}}, "pause")
	g.aid.send(manager, "pause")
	g.usdc.send(alice, "approve", g.minter.addr, usdUnits(1))
	g.minter.reverts(alice, g.aid, "EnforcedPause", nil, "mint", g.usdc.addr, usdUnits(1), alice.Address)
	g.redeemer.send(manager, "setRedeemLimitPerDay", aidUnits(1_000_000))
	g.redeemer.reverts(alice, g.aid, "EnforcedPause", nil, "redeem", aidUnits(1), alice.Address)
	g.aid.send(alice, "transfer", bob.Address, one)
	g.aid.send(manager, "grantRole", keccak("BRIDGE_MINTER_ROLE"), manager.Address)
	g.aid.reverts(manager, g.aid, "EnforcedPause", nil, "bridgeMint", bob.Address, one)
	g.aid.reverts(manager, g.aid, "EnforcedPause", nil, "bridgeBurn", bob.Address, one)
	g.aid.reverts(manager, g.aid, "EnforcedPause", nil, "pause")
	g.aid.send(manager, "unpause")
	g.aid.reverts(manager, g.aid, "ExpectedPause", nil, "unpause")

	// The bridge's calls.
	supply := g.aid.number("totalSupply")
	g.aid.send(manager, "bridgeMint", bob.Address, aidUnits(3))
	g.aid.send(manager, "bridgeBurn", bob.Address, aidUnits(2))
	require.Equal(t, add(supply, aidUnits(1)), g.aid.number("totalSupply"))
	g.aid.reverts(bob, g.aid, "AccessControlUnauthorizedAccount", []any{bob.Address, keccak("BRIDGE_MINTER_ROLE")}, "bridgeMint", bob.Address, one)
	g.aid.reverts(bob, g.aid, "AccessControlUnauthorizedAccount", []any{bob.Address, keccak("MINTER_ROLE")}, "mint", bob.Address, one)

	// The deny list stops both directions.
	g.aid.reverts(bob, g.aid, "AccessControlUnauthorizedAccount", []any{bob.Address, keccak("DENY_LIST_GUARD_ROLE")},
		"addToDenyList", []common.Address{alice.Address})
	receipt := g.aid.send(manager, "addToDenyList", []common.Address{carol.Address})
	require.Equal(t, []map[string]any{{"accounts": []common.Address{carol.Address}}}, g.aid.events(receipt, "AddedToDenyList"))
	g.aid.reverts(carol, g.aid, "AddressDenied", []any{carol.Address}, "transfer", bob.Address, one)
	g.aid.reverts(bob, g.aid, "AddressDenied", []any{carol.Address}, "transfer", carol.Address, one)
	g.minter.reverts(alice, g.aid, "AddressDenied", []any{carol.Address}, "mint", g.usdc.addr, one, carol.Address)
	g.aid.send(carol, "approve", g.said.addr, one)
	g.said.reverts(carol, g.aid, "AddressDenied", []any{carol.Address}, "deposit", one, carol.Address)
	receipt = g.aid.send(manager, "removeFromDenyList", []common.Address{carol.Address})
	require.Equal(t, []map[string]any{{"accounts": []common.Address{carol.Address}}}, g.aid.events(receipt, "RemovedFromDenyList"))
	g.aid.send(carol, "transfer", bob.Address, one)
}
