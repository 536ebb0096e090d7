package devnet

import (
	"math/big"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/stretchr/testify/require"
)

const month = 30 * 24 * time.Hour

// The whole life of AID and sAID: mint, stake, three accruals, a mark-down, unstake, a partial fill, settlement and
// redemption, every amount checked against the model of model_test.go or a figure worked out here.
func TestLifeCycle(t *testing.T) {
	chain := newChain(t)
	g, who := contracts(t, chain), chain.Accounts()
	alice, manager := who.Alice, who.Manager

	// 100,000 USDC become 100,000 AID.
	had := g.aid.number("balanceOf", alice.Address)
	g.usdc.send(alice, "approve", g.minter.addr, usdUnits(100_000))
	receipt := g.minter.send(alice, "mint", g.usdc.addr, usdUnits(100_000), alice.Address)
	minted := g.minter.events(receipt, "Minted")
	require.Equal(t, []map[string]any{{
		"caller": alice.Address, "receiver": alice.Address, "stablecoin": g.usdc.addr,
		"amount": usdUnits(100_000), "aidAmount": aidUnits(100_000),
	}}, minted)
	require.Equal(t, add(had, aidUnits(100_000)), g.aid.number("balanceOf", alice.Address))
	require.Equal(t, usdUnits(100_000), g.usdc.number("balanceOf", g.minter.addr), "the Minter keeps the coin")
	require.Equal(t, usdUnits(1_000_000-25_000-100_000), g.usdc.number("balanceOf", alice.Address))

	// Stake them at the Deposit NAV.
	v := readVault(g)
	shares := v.toShares(aidUnits(100_000))
	v.deposit(aidUnits(100_000), shares)
	g.aid.send(alice, "approve", g.said.addr, aidUnits(100_000))
	receipt = g.said.send(alice, "deposit", aidUnits(100_000), alice.Address)
	require.Equal(t, []map[string]any{{
		"sender": alice.Address, "owner": alice.Address, "assets": aidUnits(100_000), "shares": shares,
	}}, g.said.events(receipt, "Deposit"))
	require.Equal(t, shares, g.said.number("balanceOf", alice.Address))
	equalBooks(t, g, v, "deposit")

	// Three months of yield, of which the protocol keeps a fifth.
	for _, gross := range []*big.Int{aidUnits(210_000), aidUnits(215_000), num("219_999_999999999999999997")} {
		require.NoError(t, chain.Travel(month))
		v.accrue(gross)
		receipt = g.said.send(manager, "accrueYield", gross)
		require.Equal(t, []map[string]any{{
			"depositNav": v.toAssets(aidUnits(1)), "unstakingNav": v.withLoss(aidUnits(1)),
		}}, g.said.events(receipt, "NavUpdated"))
		equalBooks(t, g, v, "accrual")
	}
	// floor(0.2 * 219,999.999999999999999997) = 43,999.999999999999999999
	require.Equal(t, num("128_999_999999999999999999"), g.said.number("accruedFees"))

	// A deal is marked down: only the way out gets cheaper.
	entry := g.said.number("convertToAssets", aidUnits(1))
	v.loss = aidUnits(150_000)
	g.said.send(manager, "markDown", aidUnits(150_000))
	require.Equal(t, entry, g.said.number("convertToAssets", aidUnits(1)))
	require.Negative(t, g.said.number("convertToAssetsWithLoss", aidUnits(1)).Cmp(entry))
	equalBooks(t, g, v, "mark-down")

	// Unstake. The value keeps moving with the NAV until it is settled.
	asked := v.unstake("Alice", shares)
	receipt = g.said.send(alice, "unstake", shares)
	require.Equal(t, []map[string]any{{"user": alice.Address, "shares": shares, "assets": asked}},
		g.said.events(receipt, "UnstakeRequested"))
	request := g.said.call("getUnstakeRequest", alice.Address)
	require.Equal(t, big.NewInt(chain.Now().Unix()), request[0])
	require.Equal(t, asked, request[1])
	require.Equal(t, shares, g.said.number("balanceOf", g.said.addr), "in escrow")
	v.accrue(aidUnits(50_000))
	g.said.send(manager, "accrueYield", aidUnits(50_000))
	require.Positive(t, g.said.call("getUnstakeRequest", alice.Address)[1].(*big.Int).Cmp(asked))

	// The queue gets 40,000 AID: a part is paid.
	require.NoError(t, chain.TravelTo(time.Date(2027, time.January, 1, 0, 0, 0, 0, time.UTC)))
	before := g.aid.number("balanceOf", alice.Address)
	g.said.send(manager, "fundQueueFromIdle", aidUnits(40_000))
	v.liquidity = aidUnits(40_000)
	payments := v.process(10)
	require.Len(t, payments, 1)
	require.Equal(t, aidUnits(40_000), payments[0].assets)
	require.Positive(t, payments[0].remaining.Sign())
	equalPayments(t, g, map[string]Account{"Alice": alice}, g.said.send(who.Carol, "processUnstakeQueue", big.NewInt(10)), payments)
	equalBooks(t, g, v, "partial fill")
	require.Equal(t, add(before, aidUnits(40_000)), g.aid.number("balanceOf", alice.Address))
	require.Equal(t, payments[0].remaining, g.said.call("getUnstakeRequest", alice.Address)[1])

	// The rest.
	g.aid.send(manager, "approve", g.said.addr, aidUnits(100_000))
	g.said.send(manager, "fundQueue", aidUnits(100_000))
	v.liquidity = add(v.liquidity, aidUnits(100_000))
	rest := v.process(10)
	equalPayments(t, g, map[string]Account{"Alice": alice}, g.said.send(who.Carol, "processUnstakeQueue", big.NewInt(10)), rest)
	equalBooks(t, g, v, "settlement")
	received := add(payments[0].assets, rest[0].assets)
	require.Equal(t, add(before, received), g.aid.number("balanceOf", alice.Address))
	request = g.said.call("getUnstakeRequest", alice.Address)
	require.Zero(t, request[0].(*big.Int).Sign())
	require.Zero(t, request[1].(*big.Int).Sign())
	require.Zero(t, g.said.number("queueLength").Sign())

	// Redeem 12,345.678901234567890123 AID: fee = ceil(a / 1000) = 12.345678901234567891, out = 12,333.333222 USDC.
	amount := num("12_345_678901234567890123")
	coins, supply := g.usdc.number("balanceOf", alice.Address), g.aid.number("totalSupply")
	receipt = g.redeemer.send(alice, "redeem", amount, alice.Address)
	require.Equal(t, []map[string]any{{
		"caller": alice.Address, "receiver": alice.Address, "aidAmount": amount,
		"stablecoinAmount": num("12_333_333222"), "fee": num("12_345678901234567891"),
	}}, g.redeemer.events(receipt, "Redeemed"))
	require.Equal(t, add(coins, num("12_333_333222")), g.usdc.number("balanceOf", alice.Address))
	require.Equal(t, sub(supply, amount), g.aid.number("totalSupply"))
	day := big.NewInt(chain.Now().Unix() / 86400)
	require.Equal(t, amount, g.redeemer.number("dailyRedeemed", day))
	require.NoError(t, chain.Travel(24*time.Hour))
	g.redeemer.send(alice, "redeem", aidUnits(1), who.Bob.Address)
	require.Equal(t, amount, g.redeemer.number("dailyRedeemed", day))
	g.redeemer.send(alice, "redeem", aidUnits(2), who.Bob.Address)
	require.Equal(t, aidUnits(3), g.redeemer.number("dailyRedeemed", add(day, one)))
}

func TestMintWithUSDT(t *testing.T) {
	chain := newChain(t)
	g, who := contracts(t, chain), chain.Accounts()
	g.usdt.send(who.Bob, "approve", g.minter.addr, usdUnits(10))
	g.minter.send(who.Bob, "mint", g.usdt.addr, usdUnits(7), who.Carol.Address)
	require.Equal(t, aidUnits(5_007), g.aid.number("balanceOf", who.Carol.Address))
	require.Equal(t, usdUnits(3), g.usdt.number("allowance", who.Bob.Address, g.minter.addr))

	// An allowance that is not zero can only be set to zero; the refusal carries no data.
	_, err := chain.Send(t.Context(), who.Bob, g.usdt.addr, nil, g.usdt.pack("approve", g.minter.addr, usdUnits(4)))
	require.ErrorContains(t, err, "execution reverted")
	require.Empty(t, revertData(err))
	g.usdt.send(who.Bob, "approve", g.minter.addr, new(big.Int))
	g.usdt.send(who.Bob, "approve", g.minter.addr, usdUnits(4))
}

func TestRealisedLossAndMarkUp(t *testing.T) {
	chain := newChain(t)
	g, who := contracts(t, chain), chain.Accounts()
	v := readVault(g)
	g.said.send(who.Manager, "markDown", aidUnits(90_000))
	g.said.send(who.Manager, "markUp", aidUnits(30_000))
	exit := g.said.number("convertToAssetsWithLoss", aidUnits(1))
	g.said.send(who.Manager, "realizeLoss", aidUnits(60_000))
	v.assets = sub(v.assets, aidUnits(60_000))
	equalBooks(t, g, v, "realised")
	require.Equal(t, exit, g.said.number("convertToAssetsWithLoss", aidUnits(1)), "a realised loss was in the Unstaking NAV before")
	require.Equal(t, exit, g.said.number("convertToAssets", aidUnits(1)))
}

func TestMigration(t *testing.T) {
	chain := newChain(t)
	g, who := contracts(t, chain), chain.Accounts()
	had, supply := g.aid.number("balanceOf", who.Alice.Address), g.aid.number("totalSupply")
	g.aidaUSDC.send(who.Alice, "approve", g.migration.addr, usdUnits(25_000))
	receipt := g.migration.send(who.Alice, "migrate", g.aidaUSDC.addr, num("24_999_999999"))
	require.Equal(t, []map[string]any{{
		"user": who.Alice.Address, "aidAlpha": g.aidaUSDC.addr, "amount": num("24_999_999999"), // in AIDa units
	}}, g.migration.events(receipt, "MigrationCompleted"))
	minted := num("24_999_999999000000000000")
	require.Equal(t, add(had, minted), g.aid.number("balanceOf", who.Alice.Address))
	require.Equal(t, add(supply, minted), g.aid.number("totalSupply"))
	require.Equal(t, big.NewInt(1), g.aidaUSDC.number("balanceOf", who.Alice.Address))
	require.Equal(t, num("24_999_999999"), g.aidaUSDC.number("balanceOf", g.migration.addr))

	g.aidaUSDT.send(who.Carol, "approve", g.migration.addr, usdUnits(10_000))
	g.migration.send(who.Carol, "migrate", g.aidaUSDT.addr, usdUnits(10_000))
	require.Equal(t, aidUnits(15_000), g.aid.number("balanceOf", who.Carol.Address))

	g.migration.reverts(who.Alice, g.migration, "ZeroAmount", nil, "migrate", g.aidaUSDC.addr, new(big.Int))
	g.migration.reverts(who.Alice, g.migration, "UnsupportedAIDaToken", []any{g.usdc.addr}, "migrate", g.usdc.addr, one)
	g.migration.reverts(who.Alice, g.aidaUSDC, "ERC20InsufficientAllowance",
		[]any{g.migration.addr, one, big.NewInt(2)}, "migrate", g.aidaUSDC.addr, big.NewInt(2))
	g.migration.reverts(who.Alice, g.migration, "OwnableUnauthorizedAccount", []any{who.Alice.Address}, "sweep", g.aidaUSDC.addr, one)
	g.migration.send(who.Manager, "sweep", g.aidaUSDC.addr, one)
	require.Equal(t, one, g.aidaUSDC.number("balanceOf", who.Manager.Address))

	// Ownership moves in two steps.
	g.migration.send(who.Manager, "transferOwnership", who.Bob.Address)
	require.Equal(t, who.Bob.Address, g.migration.call("pendingOwner")[0])
	require.Equal(t, who.Manager.Address, g.migration.call("owner")[0])
	g.migration.send(who.Bob, "acceptOwnership")
	require.Equal(t, who.Bob.Address, g.migration.call("owner")[0])
}

// The migration's other branch: a receipt of 18 decimals is taken as it is.
func TestMigrationSameDecimals(t *testing.T) {
	chain := newChain(t)
	g, who := contracts(t, chain), chain.Accounts()
	artifact, err := LoadArtifact("AIDAlphaMigration")
	require.NoError(t, err)
	args, err := artifact.ABI.Pack("", g.aid.addr, who.Manager.Address, []common.Address{g.gaib.addr})
	require.NoError(t, err)
	addr, _, err := chain.Deploy(t.Context(), who.Manager, append(artifact.Bytecode, args...))
	require.NoError(t, err)
	migration := at(t, chain, "AIDAlphaMigration", addr)
	g.aid.send(who.Manager, "grantRole", keccak("MINTER_ROLE"), addr)
	g.gaib.send(who.Manager, "approve", addr, aidUnits(2))
	had := g.aid.number("balanceOf", who.Manager.Address)
	migration.send(who.Manager, "migrate", g.gaib.addr, num("1_000000000000000001"))
	require.Equal(t, add(had, num("1_000000000000000001")), g.aid.number("balanceOf", who.Manager.Address))
}

func TestAIDaVault(t *testing.T) {
	chain := newChain(t)
	g, who := contracts(t, chain), chain.Accounts()
	vault, alice := g.aidaUSDC, who.Alice
	vault.revertsText(alice, "Withdraw is disabled", "withdraw", usdUnits(1), alice.Address, alice.Address)
	vault.revertsText(alice, "Withdraw is disabled", "redeem", usdUnits(1), alice.Address, alice.Address)

	// The limit is not told by maxDeposit.
	receipt := vault.send(who.Manager, "setMaxDepositLimit", usdUnits(25_010))
	require.Equal(t, []map[string]any{{"oldLimit": usdUnits(1_000_000_000), "newLimit": usdUnits(25_010)}},
		vault.events(receipt, "MaxDepositLimitSet"))
	require.Equal(t, sub(new(big.Int).Lsh(one, 256), one), vault.number("maxDeposit", alice.Address))
	g.usdc.send(alice, "approve", vault.addr, usdUnits(100))
	vault.revertsText(alice, "Deposit exceeds limit", "deposit", num("10_000001"), alice.Address)
	vault.revertsText(alice, "Mint exceeds limit", "mint", num("10_000001"), alice.Address)
	vault.send(alice, "deposit", usdUnits(4), alice.Address)
	vault.send(alice, "mint", usdUnits(6), alice.Address)
	require.Equal(t, usdUnits(25_010), vault.number("totalAssets"))
	require.Equal(t, usdUnits(25_010), vault.number("totalDeposit"))

	require.Equal(t, true, vault.events(vault.send(who.Manager, "toggleWithdraw"), "WithdrawToggled")[0]["enabled"])
	vault.send(alice, "withdraw", usdUnits(10), alice.Address, alice.Address)
	vault.send(alice, "redeem", usdUnits(5_000), who.Bob.Address, alice.Address)
	require.Equal(t, usdUnits(20_000), vault.number("totalAssets"))
	require.Equal(t, usdUnits(20_000), vault.number("totalSupply"))
	require.Equal(t, usdUnits(1_005_000), g.usdc.number("balanceOf", who.Bob.Address))

	for _, method := range []string{"earn", "unearn"} {
		vault.revertsText(who.Manager, "Not implemented", method, one)
	}
	vault.revertsText(who.Manager, "Not implemented", "claimProfit")

	digest := crypto.Keccak256Hash([]byte("a message"))
	for signer, want := range map[*Account][4]byte{&who.Manager: {0x16, 0x26, 0xba, 0x7e}, &who.Alice: {0xff, 0xff, 0xff, 0xff}} {
		signature, err := signer.SignDigest(digest)
		require.NoError(t, err)
		signature[64] += 27
		require.Equal(t, want, vault.call("isValidateSignature", digest, signature)[0])
	}
}

// Vesting: nothing before the cliff's end, then the cliff amount and a step per interval.
func TestVesting(t *testing.T) {
	chain := newChain(t)
	g, who := contracts(t, chain), chain.Accounts()
	type allocation struct {
		StartEpoch, CliffDuration, VestingInterval, VestingCycles uint64
		Amount, CliffAmount, Claimed                              *big.Int
	}
	start := uint64(chain.Now().Unix()) + 1000
	// 1,003 GAIB: 100 at the cliff's end, then 9 steps of floor(903e18 / 10) = 90.3, the tenth brings the rest.
	given := allocation{start, 500, 100, 10, aidUnits(1_003), aidUnits(100), new(big.Int)}
	zero := new(big.Int)

	users, list := []common.Address{who.Alice.Address}, []allocation{given}
	set := func(change func(*allocation)) []allocation {
		a := given
		change(&a)
		return []allocation{a}
	}
	v := g.vesting
	refuse := func(name string, args []any, users []common.Address, list []allocation) {
		t.Helper()
		v.reverts(who.Manager, v, name, args, "setAllocations", users, list)
	}
	refuse("InvalidAllocationsInput", nil, users, []allocation{})
	refuse("InvalidAllocationsInput", nil, []common.Address{}, []allocation{})
	refuse("InvalidZeroInput", nil, []common.Address{{}}, list)
	refuse("InvalidStartTime", nil, users, set(func(a *allocation) { a.StartEpoch = 0 }))
	refuse("InvalidVestingInterval", nil, users, set(func(a *allocation) { a.VestingInterval = 0 }))
	refuse("InvalidVestingCycles", nil, users, set(func(a *allocation) { a.VestingCycles = 0 }))
	refuse("InvalidAllocationAmount", nil, users, set(func(a *allocation) { a.Amount = zero }))
	refuse("InvalidAllocationAmount", nil, users, set(func(a *allocation) { a.CliffAmount = aidUnits(1_004) }))
	refuse("NonZeroClaimAmount", nil, users, set(func(a *allocation) { a.Claimed = one }))
	v.reverts(who.Alice, v, "OwnableUnauthorizedAccount", []any{who.Alice.Address}, "setAllocations", users, list)
	v.reverts(who.Alice, v, "NoUserAllocation", nil, "claim")

	receipt := v.send(who.Manager, "setAllocations", users, list)
	require.Len(t, v.events(receipt, "AllocationsSet"), 1)
	refuse("UserAlreadyHasAllocation", []any{who.Alice.Address}, users, list)
	g.gaib.send(who.Manager, "transfer", v.addr, aidUnits(2_006))

	v.reverts(who.Alice, v, "NothingToClaim", nil, "claim")
	for _, step := range []struct {
		at   uint64
		want *big.Int
	}{
		{start + 499, zero},
		{start + 500, aidUnits(100)},
		{start + 599, aidUnits(100)},
		{start + 600, num("190_300000000000000000")},
		{start + 1_499, num("912_700000000000000000")},
		{start + 1_500, aidUnits(1_003)},
		{start + 9_999_999, aidUnits(1_003)},
	} {
		require.NoError(t, chain.TravelTo(time.Unix(int64(step.at), 0)))
		require.Zero(t, step.want.Cmp(v.number("vested", who.Alice.Address)), "%d", step.at-start)
		if step.at == start+600 { // the claim's block is 12 s later, in the same interval
			receipt := v.send(who.Bob, "claimFor", who.Alice.Address)
			require.Equal(t, []map[string]any{{"user": who.Alice.Address, "amount": step.want}}, v.events(receipt, "Claim"))
			require.Equal(t, step.want, g.gaib.number("balanceOf", who.Alice.Address))
			v.reverts(who.Alice, v, "NothingToClaim", nil, "claim")
		}
	}
	require.Equal(t, num("812_700000000000000000"), v.number("claimable", who.Alice.Address))

	v.send(who.Manager, "pause")
	v.reverts(who.Alice, v, "EnforcedPause", nil, "claim")
	v.send(who.Manager, "unpause")
	v.reverts(who.Manager, v, "NoUserAllocation", nil, "changeReceiver", who.Carol.Address, who.Bob.Address)
	v.send(who.Manager, "changeReceiver", who.Alice.Address, who.Bob.Address)
	require.Zero(t, v.number("vested", who.Alice.Address).Sign())
	v.send(who.Bob, "claim")
	require.Equal(t, num("812_700000000000000000"), g.gaib.number("balanceOf", who.Bob.Address))

	v.send(who.Manager, "setAllocations", users, list)
	v.reverts(who.Manager, v, "InvalidZeroInput", nil, "clawback", who.Alice.Address, common.Address{})
	receipt = v.send(who.Manager, "clawback", who.Alice.Address, who.Carol.Address)
	require.Equal(t, []map[string]any{{"user": who.Alice.Address, "to": who.Carol.Address, "amount": aidUnits(1_003)}},
		v.events(receipt, "AllocationClawedBack"))
	require.Equal(t, aidUnits(1_003), g.gaib.number("balanceOf", who.Carol.Address))
	v.send(who.Manager, "clearAllocations", []common.Address{who.Bob.Address})
	require.Zero(t, v.number("vested", who.Bob.Address).Sign())
}

// A permit as EIP-2612 writes it, its digest put together here from the standard.
func TestPermit(t *testing.T) {
	chain := newChain(t, WithChainID(8453))
	g, who := contracts(t, chain), chain.Accounts()
	word := func(n *big.Int) []byte { return common.LeftPadBytes(n.Bytes(), 32) }
	addr := func(a common.Address) []byte { return common.LeftPadBytes(a[:], 32) }
	hash := crypto.Keccak256Hash
	domain := hash(
		crypto.Keccak256([]byte("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")),
		crypto.Keccak256([]byte("AI Dollar")), crypto.Keccak256([]byte("1")), word(big.NewInt(8453)), addr(g.aid.addr))
	require.Equal(t, domain, common.Hash(g.aid.call("DOMAIN_SEPARATOR")[0].([32]byte)))

	sign := func(signer Account, nonce, deadline *big.Int) (uint8, [32]byte, [32]byte) {
		message := hash(
			crypto.Keccak256([]byte("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)")),
			addr(who.Alice.Address), addr(who.Bob.Address), word(aidUnits(9)), word(nonce), word(deadline))
		signature, err := signer.SignDigest(hash([]byte{0x19, 0x01}, domain[:], message[:]))
		require.NoError(t, err)
		return signature[64] + 27, [32]byte(signature[:32]), [32]byte(signature[32:64])
	}
	permit := func(deadline *big.Int, v uint8, r, s [32]byte) []any {
		return []any{who.Alice.Address, who.Bob.Address, aidUnits(9), deadline, v, r, s}
	}
	deadline := big.NewInt(chain.Now().Unix() + 3600)
	v, r, s := sign(who.Alice, new(big.Int), deadline)
	g.aid.send(who.Carol, "permit", permit(deadline, v, r, s)...)
	require.Equal(t, aidUnits(9), g.aid.number("allowance", who.Alice.Address, who.Bob.Address))
	require.Equal(t, one, g.aid.number("nonces", who.Alice.Address))

	v, r, s = sign(who.Bob, one, deadline)
	g.aid.reverts(who.Carol, g.aid, "ERC2612InvalidSigner", []any{who.Bob.Address, who.Alice.Address}, "permit", permit(deadline, v, r, s)...)
	past := big.NewInt(chain.Now().Unix() - 1)
	v, r, s = sign(who.Alice, one, past)
	g.aid.reverts(who.Carol, g.aid, "ERC2612ExpiredSignature", []any{past}, "permit", permit(past, v, r, s)...)
	g.aid.send(who.Bob, "transferFrom", who.Alice.Address, who.Bob.Address, aidUnits(9))
}
