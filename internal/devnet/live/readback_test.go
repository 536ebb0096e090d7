package live

import (
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid"
	"github.com/gaib-go/gaib/said"
)

func callReaders(d gaib.Deployment) []gaib.CallReader {
	return append(aid.CallReaders(d), said.CallReaders(d)...)
}

// Every call that the library makes reads back as the call and the words it was made with.
func TestReadBackOfEveryCall(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.who.Alice.Address, w.who.Bob.Address
	alpha := aid.NewAlphaVault(w.deployment, gaib.AlphaUSDC)
	permit := w.token.PermitOf(gaib.Permit{Owner: alice, Spender: bob, Value: aidUnits(5), Deadline: time.Unix(1_800_000_000, 0)}, "AI Dollar", "1")
	signature := make([]byte, 65)
	signature[31], signature[63] = 7, 9
	for _, call := range []gaib.Call{
		w.token.Transfer(bob, aidUnits(5)), w.token.TransferFrom(alice, bob, aidUnits(5)), w.token.Approve(bob, aidUnits(5)), w.token.Approve(bob, u(0)),
		w.token.Mint(bob, aidUnits(5)), w.token.AddToDenyList(alice, bob), w.token.RemoveFromDenyList(bob),
		w.minter.Mint(w.usdc, usdUnits(5), alice), w.minter.Mint(w.usdt, usdUnits(5), alice), w.redeemer.Redeem(aidUnits(5), alice),
		w.migration.Migrate(alpha, usdUnits(5)), w.vesting.Claim(), w.vesting.ClaimFor(bob),
		alpha.Deposit(usdUnits(5), alice), alpha.Mint(usdUnits(5), alice), alpha.Withdraw(usdUnits(5), alice, alice), alpha.Redeem(usdUnits(5), alice, alice),
		w.vault.Stake(aidUnits(5), alice), w.vault.Unstake(aidUnits(5)), w.vault.ProcessUnstakeQueue(9), w.vault.Mint(aidUnits(5), alice),
	} {
		require.NoError(t, call.Err(), call.Describe())
		for _, d := range []gaib.Deployment{w.deployment, gaib.Mainnet()} { // what is only assumed can be read all the same
			reading, err := gaib.ReadBack(alice, gaib.Call{To: call.To, Data: call.Data}, callReaders(d)...)
			require.NoError(t, err)
			require.True(t, reading.Known, call.Describe())
			require.False(t, reading.Unknown())
			require.Equal(t, gaib.Plan{call}.Describe(), reading.Describe())
			require.Equal(t, call.Item().Signature, reading.Call.Item().Signature)
			require.Equal(t, call.Data, reading.Call.Data)
		}
	}
	reading, err := gaib.ReadBack(bob, permit.Call(signature), callReaders(w.deployment)...)
	require.NoError(t, err)
	require.Equal(t, "Let "+bob.Hex()+" take 5 AID of "+alice.Hex()+", as signed", reading.Describe())

	// Who gets something, or gives it, is named when it is not the sender; known contracts are named.
	for want, call := range map[string]gaib.Call{
		"Stake 5 AID for " + bob.Hex():                                               w.vault.Stake(aidUnits(5), bob),
		"Redeem 5 AID for " + bob.Hex():                                              w.redeemer.Redeem(aidUnits(5), bob),
		"Mint 5 AID for 5 USDC for " + bob.Hex():                                     w.minter.Mint(w.usdc, usdUnits(5), bob),
		"Redeem 5 AIDaUSDC for USDC of " + bob.Hex() + " for sAID":                   alpha.Redeem(usdUnits(5), w.vault.Address(), bob),
		"Approve 5 AID for sAID":                                                     w.token.Approve(w.vault.Address(), aidUnits(5)),
		"Transfer 5 AID to Minter, sending 0.000000000000000001 of the chain's coin": w.token.Transfer(w.minter.Contract().Address(), aidUnits(5)).WithValue(u(1)),
	} {
		reading, err := gaib.ReadBack(alice, call, callReaders(w.deployment)...)
		require.NoError(t, err)
		require.Equal(t, want, reading.Describe())
	}
	reading, err = gaib.ReadBack(alice, w.token.Approve(bob, *new(uint256.Int).SetAllOne()), callReaders(w.deployment)...)
	require.NoError(t, err)
	require.True(t, strings.HasSuffix(reading.Describe(), ", which is without a limit"), reading.Describe())
}

func TestReadBackOfNestedCalls(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.who.Alice.Address, w.who.Bob.Address
	account := gaib.SafeAccount{Address: common.Address{19: 0x5a}, ChainID: 1, MultiSend: common.Address{19: 0x3e}}
	plan := gaib.Plan{w.token.Approve(w.vault.Address(), aidUnits(5)), w.vault.Stake(aidUnits(5), account.Address)}
	safe, err := plan.Safe(account)
	require.NoError(t, err)
	exec := safe.Call(gaib.SafeSignature{Owner: alice, Kind: gaib.SafeApproved})
	reading, err := gaib.ReadBack(alice, exec, callReaders(w.deployment)...)
	require.NoError(t, err)
	require.Equal(t, "As Safe "+account.Address.Hex()+": approve 5 AID for sAID; stake 5 AID", reading.Describe())
	require.Len(t, reading.Calls(), 2)
	require.Equal(t, account.Address, reading.Calls()[1].From)

	// A Safe's user operation that has an account make the batch.
	op, err := gaib.Plan{exec, w.token.Transfer(bob, aidUnits(1))}.UserOperation(gaib.EntryPoint08, bob, gaib.ModularAccount, u(0))
	require.NoError(t, err)
	handle := op.Call(nil, bob)
	reading, err = gaib.ReadBack(alice, handle, callReaders(w.deployment)...)
	require.NoError(t, err)
	require.Equal(t, "User operations: as account "+bob.Hex()+": as Safe "+account.Address.Hex()+": approve 5 AID for sAID; stake 5 AID; transfer 1 AID to "+bob.Hex(), reading.Describe())
	require.Len(t, reading.Calls(), 3)

	// What is not known is said, with what is around it.
	stranger := gaib.Call{To: common.Address{19: 0x66}, Data: common.FromHex("0xdeadbeef00")}
	batch, err := gaib.Plan{plan[0], stranger}.Batch(alice, gaib.SimpleAccount)
	require.NoError(t, err)
	reading, err = gaib.ReadBack(alice, batch, callReaders(w.deployment)...)
	require.NoError(t, err)
	require.True(t, reading.Unknown())
	require.Equal(t, "As account "+alice.Hex()+": approve 5 AID for sAID; call the unknown function 0xdeadbeef of "+stranger.To.Hex()+" with 1 bytes", reading.Describe())

	// Nine deep is one too many; half of a list is none.
	deep := gaib.Call{To: alice, Data: plan[0].Data}
	for range 9 {
		deep, err = gaib.Plan{deep}.Batch(alice, gaib.SimpleAccount)
		require.NoError(t, err)
	}
	_, err = gaib.ReadBack(alice, deep, callReaders(w.deployment)...)
	require.ErrorIs(t, err, gaib.ErrNesting)
	cut := batch
	cut.Data = cut.Data[:len(cut.Data)-40]
	_, err = gaib.ReadBack(alice, cut, callReaders(w.deployment)...)
	require.ErrorIs(t, err, gaib.ErrNesting)
	many := make(gaib.Plan, 10_001)
	for i := range many {
		many[i] = gaib.Call{To: alice}
	}
	wide, err := many.Batch(alice, gaib.SimpleAccount)
	require.NoError(t, err)
	_, err = gaib.ReadBack(alice, wide, callReaders(w.deployment)...)
	require.ErrorIs(t, err, gaib.ErrNesting)
}
