package said_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/internal/fakenode"
	"github.com/gaib-go/gaib/said"
	"github.com/gaib-go/gaib/said/contract"
)

var (
	alice   = common.HexToAddress("0xA11CE00000000000000000000000000000000001")
	bob     = common.HexToAddress("0xB0B0000000000000000000000000000000000002")
	aidAt   = common.HexToAddress("0x18F52B3fb465118731d9e0d276d4Eb3599D57596")
	vaultAt = common.HexToAddress("0xB3B3c527BA57cd61648e2EC2F5e006A0B390A9F8")
)

// vaultChain is a fake Ethereum with AID and sAID on it, with mainnet's NAV and an Unstaking NAV below it.
type vaultChain struct {
	*fakenode.Node
	aid, said fakenode.Methods
}

func newVaultChain() vaultChain {
	c := vaultChain{fakenode.New(1), fakenode.Methods{}, fakenode.Methods{}}
	c.Contracts[aidAt], c.Contracts[vaultAt] = c.aid.Contract, c.said.Contract
	c.aid[gaib.ERC20BalanceOf{}.Item().Selector] = fakenode.Returns(n("2000000000000000000000"))
	c.aid[gaib.ERC20Allowance{}.Item().Selector] = fakenode.Returns(u(0))
	c.said[gaib.ERC20BalanceOf{}.Item().Selector] = fakenode.Returns(n("10000000000000000000"))
	c.said[gaib.ERC4626ConvertToAssets{}.Item().Selector] = fakenode.Returns(n("1055148472560343600"))
	c.said[contract.VaultConvertToAssetsWithLoss{}.Item().Selector] = fakenode.Returns(n("1050000000000000000"))
	c.said[gaib.ERC4626PreviewDeposit{}.Item().Selector] = fakenode.Returns(n("1184900000000000000000"))
	c.said[gaib.ERC4626MaxDeposit{}.Item().Selector] = fakenode.Returns(*new(uint256.Int).SetAllOne())
	c.said[contract.VaultGetUnstakeRequest{}.Item().Selector] = fakenode.Returns(u(0), u(0))
	return c
}

func newVault() said.Vault { return said.NewVault(gaib.Mainnet()) }

func TestVaultReads(t *testing.T) {
	chain, vault := newVaultChain(), newVault()
	chain.said[contract.VaultGetUnstakeRequest{}.Item().Selector] = func(_ uint64, data []byte) ([]byte, error) {
		if common.BytesToAddress(data[4:]) == alice {
			return append(fakenode.Word(1_700_000_000), fakenode.Word(77)...), nil
		}
		return make([]byte, 64), nil
	}
	deposit, unstaking, nav, position := vault.DepositNAV(), vault.UnstakingNAV(), vault.NAV(), vault.Position(alice)
	pending, none := vault.PendingUnstake(alice), vault.PendingUnstake(bob)
	_, err := gaib.Read(t.Context(), chain, gaib.Latest, deposit, unstaking, nav, position, pending, none)
	require.NoError(t, err)
	require.Len(t, chain.Requests(), 1)
	require.Equal(t, n("1055148472560343600"), deposit.Value())
	require.Equal(t, n("1050000000000000000"), unstaking.Value())
	require.Equal(t, said.NAV{Deposit: deposit.Value(), Unstaking: unstaking.Value()}, nav.Value())
	request := said.UnstakeRequest{Time: time.Date(2023, 11, 14, 22, 13, 20, 0, time.UTC), Pending: u(77)}
	require.Equal(t, request, pending.Value())
	require.True(t, pending.Value().Active())
	require.Equal(t, said.UnstakeRequest{}, none.Value())
	require.False(t, none.Value().Active())
	require.Equal(t, said.Position{Shares: n("10000000000000000000"), Entry: n("10551484725603436000"), Exit: n("10500000000000000000"), Request: request}, position.Value())
}

// The NAVs are asked for one whole share, and each from its own function.
func TestNAVsAreOfOneShare(t *testing.T) {
	chain, vault := newVaultChain(), newVault()
	for selector, answer := range map[[4]byte]uint64{gaib.ERC4626ConvertToAssets{}.Item().Selector: 5, contract.VaultConvertToAssetsWithLoss{}.Item().Selector: 4} {
		chain.said[selector] = func(_ uint64, data []byte) ([]byte, error) {
			require.Equal(t, "0000000000000000000000000000000000000000000000000de0b6b3a7640000", common.Bytes2Hex(data[4:]))
			return fakenode.Word(answer), nil
		}
	}
	nav, err := vault.NAV().Call(t.Context(), chain, gaib.Latest)
	require.NoError(t, err)
	require.Equal(t, said.NAV{Deposit: u(5), Unstaking: u(4)}, nav)
}

func TestVaultReadsRefuse(t *testing.T) {
	chain, vault := newVaultChain(), newVault()
	chain.said[contract.VaultConvertToAssetsWithLoss{}.Item().Selector] = fakenode.Returns(n("1055148472560343601"))
	_, err := vault.NAV().Call(t.Context(), chain, gaib.Latest)
	require.ErrorIs(t, err, said.ErrNAVInverted)
	_, err = vault.Position(alice).Call(t.Context(), chain, gaib.Latest)
	require.ErrorIs(t, err, said.ErrNAVInverted)
	for _, far := range []uint256.Int{u(1<<40 + 1), *new(uint256.Int).SetAllOne()} {
		chain.said[contract.VaultGetUnstakeRequest{}.Item().Selector] = fakenode.Returns(far, u(1))
		_, err = vault.PendingUnstake(alice).Call(t.Context(), chain, gaib.Latest)
		require.ErrorIs(t, err, gaib.ErrBadAnswer)
	}
	chain.said[contract.VaultGetUnstakeRequest{}.Item().Selector] = fakenode.Returns(u(1))
	_, err = vault.PendingUnstake(alice).Call(t.Context(), chain, gaib.Latest)
	require.ErrorIs(t, err, gaib.ErrBadAnswer, "one word of two")

	delete(chain.Contracts, vaultAt)
	_, err = vault.DepositNAV().Call(t.Context(), chain, gaib.Latest)
	require.ErrorIs(t, err, gaib.ErrNoCode)
	chain.ChainID = 56
	_, err = vault.DepositNAV().Call(t.Context(), chain, gaib.Latest)
	require.ErrorIs(t, err, gaib.ErrWrongChain)

	bnb, _ := gaib.On(56)
	_, err = said.NewVault(bnb).NAV().Call(t.Context(), newVaultChain(), gaib.Latest)
	require.ErrorIs(t, err, gaib.ErrUnknownContract, "sAID is on Ethereum only")
}

// A third party runs the vault's own functions against mainnet, so they are allowed there; permits of AID are not.
func TestVaultEvidence(t *testing.T) {
	vault := newVault()
	for name, call := range map[string]gaib.Call{
		"stake": vault.Stake(u(1), alice), "unstake": vault.Unstake(u(1)), "process": vault.ProcessUnstakeQueue(3), "withdraw": vault.Withdraw(u(1), alice, alice),
	} {
		require.NoError(t, call.Err(), name)
		require.Equal(t, vaultAt, call.To, name)
	}
	require.Equal(t, gaib.Reported, vault.Unstake(u(1)).Item().Evidence)
	seen := map[string]gaib.Item{}
	for _, item := range vault.Items() {
		if strings.EqualFold(item.Kind.String(), "function") {
			seen[item.Signature] = item
		}
	}
	for _, signature := range []string{"unstake(uint256)", "processUnstakeQueue(uint256)", "getUnstakeRequest(address)", "convertToAssetsWithLoss(uint256)", "deposit(uint256,address)", "transfer(address,uint256)"} {
		require.Contains(t, seen, signature)
	}
}

func TestVaultCalls(t *testing.T) {
	vault := newVault()
	amount := n("1250500000000000000000")
	for want, call := range map[string]gaib.Call{
		"stake 1,250.5 AID":                         vault.Stake(amount, alice),
		"put 1,250.5 sAID into the unstake queue":   vault.Unstake(amount),
		"pay up to 3 requests of the unstake queue": vault.ProcessUnstakeQueue(3),
		"transfer 1,250.5 sAID to " + bob.Hex():     vault.Transfer(bob, amount),
		"redeem 1,250.5 sAID for AID":               vault.Redeem(amount, alice, alice),
		"deposit 1,250.5 AID into sAID":             vault.Deposit(amount, alice),
		"mint 1,250.5 sAID for its price in AID":    vault.Mint(amount, alice),
		"withdraw 1,250.5 AID from sAID":            vault.Withdraw(amount, alice, alice),
	} {
		require.NoError(t, call.Err())
		require.Equal(t, want, call.Describe())
	}
	require.ErrorIs(t, vault.Stake(amount, common.Address{}).Err(), gaib.ErrZeroAddress)
	var stake gaib.ERC4626Deposit
	require.NoError(t, stake.Decode(vault.Stake(amount, bob).Data))
	require.Equal(t, gaib.ERC4626Deposit{Assets: amount, Receiver: bob}, stake)
	var unstake contract.VaultUnstake
	require.NoError(t, unstake.Decode(vault.Unstake(amount).Data))
	require.Equal(t, amount, unstake.Shares)
	var process contract.VaultProcessUnstakeQueue
	require.NoError(t, process.Decode(vault.ProcessUnstakeQueue(3).Data))
	require.Equal(t, u(3), process.MaxIterations)
}

func TestPlanStake(t *testing.T) {
	amount := n("1250500000000000000000")
	chain, vault := newVaultChain(), newVault()
	plan, err := vault.PlanStake(t.Context(), chain, alice, amount)
	require.NoError(t, err)
	require.Len(t, chain.Requests(), 1)
	require.Equal(t, "Approve 1,250.5 AID for sAID; stake 1,250.5 AID for 1,184.9 sAID at the present NAV", plan.Describe())
	require.NoError(t, plan.Err())
	require.Equal(t, []common.Address{aidAt, vaultAt}, []common.Address{plan[0].To, plan[1].To})
	var approve gaib.ERC20Approve
	require.NoError(t, approve.Decode(plan[0].Data))
	require.Equal(t, gaib.ERC20Approve{Spender: vaultAt, Value: amount}, approve, "of exactly the amount")
	var deposit gaib.ERC4626Deposit
	require.NoError(t, deposit.Decode(plan[1].Data))
	require.Equal(t, gaib.ERC4626Deposit{Assets: amount, Receiver: alice}, deposit)

	chain.aid[gaib.ERC20Allowance{}.Item().Selector] = fakenode.Returns(amount)
	plan, err = vault.PlanStake(t.Context(), chain, alice, amount)
	require.NoError(t, err)
	require.Equal(t, "Stake 1,250.5 AID for 1,184.9 sAID at the present NAV", plan.Describe())
}

func TestPlanStakeRefuses(t *testing.T) {
	amount := n("1250500000000000000000")
	vault, down := newVault(), errors.New("connection refused")
	stake := func(setUp func(vaultChain)) error {
		chain := newVaultChain()
		setUp(chain)
		plan, err := vault.PlanStake(t.Context(), chain, alice, amount)
		require.Nil(t, plan)
		return err
	}
	var short *gaib.ERC20InsufficientBalanceError
	require.ErrorAs(t, stake(func(c vaultChain) {
		c.aid[gaib.ERC20BalanceOf{}.Item().Selector] = fakenode.Returns(*new(uint256.Int).SubUint64(&amount, 1))
	}), &short)
	require.Equal(t, alice, short.Sender)
	require.Equal(t, amount, short.Needed)
	var full *gaib.ERC4626ExceededMaxDepositError
	require.ErrorAs(t, stake(func(c vaultChain) {
		c.said[gaib.ERC4626MaxDeposit{}.Item().Selector] = fakenode.Returns(*new(uint256.Int).SubUint64(&amount, 1))
	}), &full)
	require.Equal(t, amount, full.Assets)
	require.Equal(t, alice, full.Receiver)
	require.ErrorIs(t, stake(func(c vaultChain) { c.said[gaib.ERC4626PreviewDeposit{}.Item().Selector] = fakenode.Returns(u(0)) }), said.ErrZeroAmount)
	require.ErrorIs(t, stake(func(c vaultChain) { delete(c.Contracts, vaultAt) }), gaib.ErrNoCode)
	require.ErrorIs(t, stake(func(c vaultChain) { c.ChainID = 56 }), gaib.ErrWrongChain)
	var paused *gaib.EnforcedPauseError
	require.ErrorAs(t, stake(func(c vaultChain) {
		c.said[gaib.ERC4626PreviewDeposit{}.Item().Selector] = func(uint64, []byte) ([]byte, error) { return nil, fakenode.Revert(common.FromHex("0xd93c0665")) }
	}), &paused)
	require.ErrorIs(t, stake(func(c vaultChain) { c.Contracts[aidAt] = func(uint64, []byte) ([]byte, error) { return nil, down } }), down)
	_, err := vault.PlanStake(t.Context(), newVaultChain(), common.Address{}, amount)
	require.ErrorIs(t, err, gaib.ErrZeroAddress)
}

func TestPlanUnstake(t *testing.T) {
	shares := n("2500000000000000000")
	chain, vault := newVaultChain(), newVault()
	plan, err := vault.PlanUnstake(t.Context(), chain, alice, shares)
	require.NoError(t, err)
	require.Len(t, chain.Requests(), 1)
	require.Equal(t, "Put 2.5 sAID into the unstake queue, worth 1.05 AID at the present Unstaking NAV", plan.Describe())

	chain.said[contract.VaultGetUnstakeRequest{}.Item().Selector] = fakenode.Returns(u(1_700_000_000), n("7000000000000000000"))
	_, err = vault.PlanUnstake(t.Context(), chain, alice, shares)
	require.ErrorIs(t, err, said.ErrUnstakePending)
	require.ErrorContains(t, err, "7 AID are pending since 2023-11-14 22:13:20")

	chain = newVaultChain()
	_, err = vault.PlanUnstake(t.Context(), chain, alice, n("10000000000000000001"))
	var short *gaib.ERC20InsufficientBalanceError
	require.ErrorAs(t, err, &short)
	require.Equal(t, n("10000000000000000000"), short.Balance)
	_, err = vault.PlanUnstake(t.Context(), chain, alice, u(0))
	require.ErrorIs(t, err, said.ErrZeroAmount)
	_, err = vault.PlanUnstake(t.Context(), chain, common.Address{}, shares)
	require.ErrorIs(t, err, gaib.ErrZeroAddress)
	chain.ChainID = 56
	_, err = vault.PlanUnstake(t.Context(), chain, alice, shares)
	require.ErrorIs(t, err, gaib.ErrWrongChain)
}

// A second request while one is pending reverts; the typed error comes out of the batch and of a node's reply alike.
func TestVaultReverts(t *testing.T) {
	chain, vault := newVaultChain(), newVault()
	item := (&contract.VaultUnstakeAlreadyPendingError{}).Item()
	data := append(append([]byte{}, item.Selector[:]...), common.LeftPadBytes(alice[:], 32)...)
	chain.said[gaib.ERC4626PreviewRedeem{}.Item().Selector] = func(uint64, []byte) ([]byte, error) { return nil, fakenode.Revert(data) }
	for _, without := range []bool{false, true} {
		chain.NoMulticall = without
		_, err := vault.PreviewRedeem(u(1)).Call(t.Context(), chain, gaib.Latest)
		var pending *contract.VaultUnstakeAlreadyPendingError
		require.ErrorAs(t, err, &pending)
		require.Equal(t, alice, pending.User)
	}
}

func TestStakeWithPermit(t *testing.T) {
	amount := n("1250500000000000000000")
	deployment := gaib.Mainnet().AllowAssumed()
	vault := said.NewVault(deployment)
	token := gaib.NewERC20(deployment.Contract(gaib.AID), gaib.Unit{Symbol: "AID", Decimals: 18})
	permit := token.PermitOf(gaib.Permit{Owner: alice, Spender: vaultAt, Value: amount, Deadline: time.Unix(1_800_000_000, 0)}, "AI Dollar", "1")
	signature := make([]byte, 65)
	signature[31], signature[63] = 1, 1
	plan, err := vault.StakeWithPermit(permit, signature)
	require.NoError(t, err)
	require.Equal(t, []common.Address{aidAt, vaultAt}, []common.Address{plan[0].To, plan[1].To})
	var deposit gaib.ERC4626Deposit
	require.NoError(t, deposit.Decode(plan[1].Data))
	require.Equal(t, gaib.ERC4626Deposit{Assets: amount, Receiver: alice}, deposit)

	_, err = vault.StakeWithPermit(permit, nil)
	require.ErrorIs(t, err, gaib.ErrSignature)
	permit.Spender = bob
	_, err = vault.StakeWithPermit(permit, signature)
	require.ErrorIs(t, err, said.ErrWrongSpender)
}

func TestVaultEvents(t *testing.T) {
	chain, vault := newVaultChain(), newVault()
	topic := common.BytesToHash(alice[:])
	words := func(values ...uint64) (data []byte) {
		for _, value := range values {
			data = append(data, fakenode.Word(value)...)
		}
		return data
	}
	chain.Logs = []fakenode.Log{
		{Address: vaultAt, Topics: []common.Hash{contract.VaultUnstakeRequestedEvent{}.Item().Topic, topic}, Data: words(10, 11), Block: 5},
		{Address: vaultAt, Topics: []common.Hash{contract.VaultUnstakeProcessedEvent{}.Item().Topic, topic}, Data: words(4, 5, 6), Block: 6},
		{Address: vaultAt, Topics: []common.Hash{contract.VaultNavUpdatedEvent{}.Item().Topic}, Data: words(8, 7), Block: 7},
		{Address: vaultAt, Topics: []common.Hash{gaib.ERC4626DepositEvent{}.Item().Topic, topic, topic}, Data: words(2, 1), Block: 7, Index: 1},
	}
	var events []any
	for block, err := range gaib.Logs(t.Context(), chain, 0, gaib.Latest, vault.Requests(), vault.Payments(), vault.NAVUpdates(), vault.Deposits(), vault.Withdrawals()) {
		require.NoError(t, err)
		for _, log := range block.Logs {
			require.NoError(t, log.Err)
			events = append(events, log.Event)
		}
	}
	require.Equal(t, []any{
		&contract.VaultUnstakeRequestedEvent{User: alice, Shares: u(10), Assets: u(11)},
		&contract.VaultUnstakeProcessedEvent{User: alice, Shares: u(4), Assets: u(5), RemainingAssets: u(6)},
		&contract.VaultNavUpdatedEvent{DepositNav: u(8), UnstakingNav: u(7)},
		&gaib.ERC4626DepositEvent{Sender: alice, Owner: alice, Assets: u(2), Shares: u(1)},
	}, events)
}

func TestUnits(t *testing.T) {
	amount, err := said.Parse("1,250.5")
	require.NoError(t, err)
	require.Equal(t, n("1250500000000000000000"), amount)
	require.Equal(t, "1250.5", said.Format(amount))
	require.Equal(t, "1,250.5 sAID", said.Unit().Format(amount))
}
