package live

import (
	"context"
	"errors"
	"math/big"
	"reflect"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid"
	"github.com/gaib-go/gaib/aid/contract"
	"github.com/gaib-go/gaib/internal/devnet"
	saidcontract "github.com/gaib-go/gaib/said/contract"
)

// refusal is a call that the chain refuses.
type refusal struct {
	name     string
	prepare  func(w *world) // makes the state in which it is refused
	from     devnet.Account
	contract gaib.Contract
	call     gaib.Function
	want     error // what from is told

	// A query is made by Multicall3, or by nobody where there is none: what the same refusal is for these, by a call of
	// its own where another is needed. Without asked the same call is asked for, without told the same is told.
	asked gaib.Function
	told  error
}

// silently reads the result of a function as bytes, so that a write can be asked for as a query.
type silently struct{ gaib.Function }

func (silently) DecodeResult(data []byte) ([]byte, error) { return data, nil }

// batcher is who makes a query: Multicall3.
var batcher = devnet.Addresses().Multicall3

// throughBatcher has Multicall3 make a call, as anybody can.
func (w *world) throughBatcher(call gaib.Call) {
	w.t.Helper()
	require.NoError(w.t, call.Err())
	type call3 struct {
		Target       common.Address
		AllowFailure bool
		CallData     []byte
	}
	w.multicall().send(w.who.Carol, "aggregate3", []call3{{call.To, false, call.Data}})
}

// admit puts Multicall3 on both whitelists.
func (w *world) admit() {
	w.minterOracle().send(w.who.Manager, "setWhitelisted", batcher, true)
	w.redeemerOracle().send(w.who.Manager, "setWhitelisted", batcher, true)
}

func refusals(w *world) []refusal {
	who := w.who
	token, vault := w.token.Contract(), w.vault.Contract()
	minter, redeemer, migration, vesting := w.minter.Contract(), w.redeemer.Contract(), w.migration.Contract(), w.vesting.Contract()
	alphaUSDC := aid.NewAlphaVault(w.deployment, gaib.AlphaUSDC)
	alpha := alphaUSDC.Contract()
	deny := func(account common.Address) func(*world) {
		return func(w *world) { require.NoError(w.t, w.mine(w.who.Manager, w.token.AddToDenyList(account))) }
	}
	huge := pow2(255)
	carolAID := read(w, w.token.BalanceOf(who.Carol.Address))
	permit, expired := w.signedPermits()
	return []refusal{
		{name: "insufficient allowance", from: who.Carol, contract: token,
			call: gaib.ERC20TransferFrom{From: who.Alice.Address, To: who.Bob.Address, Value: u(7)},
			want: &gaib.ERC20InsufficientAllowanceError{Spender: who.Carol.Address, Needed: u(7)},
			told: &gaib.ERC20InsufficientAllowanceError{Spender: batcher, Needed: u(7)}},
		{name: "insufficient balance", from: who.Carol, contract: token,
			call: gaib.ERC20Transfer{To: who.Bob.Address, Value: huge},
			want: &gaib.ERC20InsufficientBalanceError{Sender: who.Carol.Address, Balance: carolAID, Needed: huge},
			told: &gaib.ERC20InsufficientBalanceError{Sender: batcher, Needed: huge}},
		{name: "insufficient balance of sAID", from: who.Carol, contract: vault,
			call: saidcontract.VaultUnstake{Shares: u(9)},
			want: &gaib.ERC20InsufficientBalanceError{Sender: who.Carol.Address, Needed: u(9)},
			told: &gaib.ERC20InsufficientBalanceError{Sender: batcher, Needed: u(9)}},
		{name: "denied sender", from: who.Carol, contract: token, prepare: deny(who.Carol.Address),
			call:  gaib.ERC20Transfer{To: who.Bob.Address, Value: u(1)},
			asked: gaib.ERC20TransferFrom{From: who.Carol.Address, To: who.Bob.Address},
			want:  &gaib.AddressDeniedError{Account: who.Carol.Address}},
		{name: "denied receiver", from: who.Carol, contract: token, prepare: deny(who.Bob.Address),
			call: gaib.ERC20Transfer{To: who.Bob.Address, Value: u(1)},
			want: &gaib.AddressDeniedError{Account: who.Bob.Address}},
		{name: "denied staker, through the vault", from: who.Alice, contract: vault,
			prepare: func(w *world) {
				require.NoError(w.t, w.mine(w.who.Alice, w.token.Approve(w.vault.Address(), aidUnits(10))))
				w.throughBatcher(w.token.Approve(w.vault.Address(), aidUnits(10)))
				require.NoError(w.t, w.mine(w.who.Manager, w.token.AddToDenyList(w.who.Alice.Address, batcher)))
			},
			call: gaib.ERC4626Deposit{Assets: aidUnits(10), Receiver: who.Alice.Address},
			want: &gaib.AddressDeniedError{Account: who.Alice.Address}, told: &gaib.AddressDeniedError{Account: batcher}},
		{name: "paused mint, through the minter", from: who.Alice, contract: minter,
			prepare: func(w *world) {
				w.admit()
				require.NoError(w.t, w.mine(w.who.Alice, w.usdc.Approve(w.minter.Contract().Address(), u(5))))
				require.NoError(w.t, w.mine(w.who.Alice, w.usdc.Transfer(batcher, u(5))))
				w.throughBatcher(w.usdc.Approve(w.minter.Contract().Address(), u(5)))
				w.aidOracle().send(w.who.Manager, "pause")
			},
			call: contract.MinterMint{Stablecoin: w.usdc.Address(), Amount: u(5), Receiver: who.Alice.Address},
			want: &gaib.EnforcedPauseError{}},
		{name: "paused vault, deposit", from: who.Alice, contract: vault,
			prepare: func(w *world) { w.vaultOracle().send(w.who.Manager, "pause") },
			call:    gaib.ERC4626Deposit{Assets: aidUnits(1), Receiver: who.Alice.Address}, want: &gaib.EnforcedPauseError{}},
		{name: "paused vault, unstake", from: who.Whale, contract: vault,
			prepare: func(w *world) { w.vaultOracle().send(w.who.Manager, "pause") },
			call:    saidcontract.VaultUnstake{Shares: aidUnits(1)}, want: &gaib.EnforcedPauseError{}},
		{name: "not whitelisted to mint", from: who.Carol, contract: minter,
			call: contract.MinterMint{Stablecoin: w.usdc.Address(), Amount: u(5), Receiver: who.Carol.Address},
			want: &contract.MinterNotWhitelistedError{Account: who.Carol.Address}, told: &contract.MinterNotWhitelistedError{Account: batcher}},
		{name: "not whitelisted to redeem", from: who.Carol, contract: redeemer,
			call: contract.RedeemerRedeem{Amount: aidUnits(5), Receiver: who.Carol.Address},
			want: &contract.RedeemerNotWhitelistedError{Account: who.Carol.Address}, told: &contract.RedeemerNotWhitelistedError{Account: batcher}},
		{name: "unsupported stablecoin", from: who.Alice, contract: minter, prepare: (*world).admit,
			call: contract.MinterMint{Stablecoin: w.token.Address(), Amount: u(5), Receiver: who.Alice.Address},
			want: &contract.MinterUnsupportedStablecoinError{Stablecoin: w.token.Address()}},
		{name: "daily limit", from: who.Alice, contract: redeemer,
			prepare: func(w *world) {
				w.admit()
				w.redeemerOracle().send(w.who.Manager, "setRedeemLimitPerDay", big.NewInt(99))
			},
			call: contract.RedeemerRedeem{Amount: u(100), Receiver: who.Alice.Address},
			want: &contract.RedeemerDailyLimitExceededError{Requested: u(100), Remaining: u(99)}},
		{name: "float", from: who.Whale, contract: redeemer, prepare: (*world).admit,
			call: contract.RedeemerRedeem{Amount: aidUnits(500_000), Receiver: who.Whale.Address},
			want: &contract.RedeemerInsufficientLiquidityError{Requested: usdUnits(499_500), Available: u(239_938_892_162)}},
		{name: "second unstake", from: who.Whale, contract: vault,
			prepare: func(w *world) {
				require.NoError(w.t, w.mine(w.who.Whale, w.vault.Transfer(batcher, u(5))))
				require.NoError(w.t, w.mine(w.who.Whale, w.vault.Unstake(u(5))))
				w.throughBatcher(w.vault.Unstake(u(5)))
			},
			call: saidcontract.VaultUnstake{Shares: u(1)},
			want: &saidcontract.VaultUnstakeAlreadyPendingError{User: who.Whale.Address}, told: &saidcontract.VaultUnstakeAlreadyPendingError{User: batcher}},
		{name: "unstake zero", from: who.Whale, contract: vault, call: saidcontract.VaultUnstake{}, want: &saidcontract.VaultZeroAmountError{}},
		{name: "mint zero", from: who.Alice, contract: minter, prepare: (*world).admit,
			call: contract.MinterMint{Stablecoin: w.usdc.Address(), Receiver: who.Alice.Address}, want: &contract.MinterZeroAmountError{}},
		{name: "redeem zero", from: who.Alice, contract: redeemer, prepare: (*world).admit,
			call: contract.RedeemerRedeem{Receiver: who.Alice.Address}, want: &contract.RedeemerZeroAmountError{}},
		{name: "migrate zero", from: who.Alice, contract: migration,
			call: contract.MigrationMigrate{AidAlpha: alpha.Address()}, want: &contract.MigrationZeroAmountError{}},
		{name: "mint more than 256 bits", from: who.Alice, contract: minter, prepare: (*world).admit,
			call: contract.MinterMint{Stablecoin: w.usdc.Address(), Amount: huge, Receiver: who.Alice.Address},
			want: &gaib.PanicError{Code: u(0x11)}},
		{name: "convert more than 256 bits", from: who.Alice, contract: vault,
			call: gaib.ERC4626ConvertToAssets{Shares: *new(uint256.Int).SetAllOne()}, want: &gaib.MathOverflowedMulDivError{}},
		{name: "mint without the role", from: who.Alice, contract: token,
			call: contract.TokenMint{To: who.Alice.Address, Amount: u(1)},
			want: &gaib.AccessControlUnauthorizedAccountError{Account: who.Alice.Address, NeededRole: aid.MinterRole.Hash()},
			told: &gaib.AccessControlUnauthorizedAccountError{Account: batcher, NeededRole: aid.MinterRole.Hash()}},
		{name: "AIDa withdraw", from: who.Alice, contract: alpha,
			call: gaib.ERC4626Withdraw{Assets: u(1), Receiver: who.Alice.Address, Owner: who.Alice.Address},
			want: &gaib.RevertString{Text: "Withdraw is disabled"}},
		{name: "AIDa redeem", from: who.Alice, contract: alpha,
			call: gaib.ERC4626Redeem{Shares: u(1), Receiver: who.Alice.Address, Owner: who.Alice.Address},
			want: &gaib.RevertString{Text: "Withdraw is disabled"}},
		{name: "AIDa deposit limit", from: who.Alice, contract: alpha,
			call: gaib.ERC4626Deposit{Assets: usdUnits(999_975_001), Receiver: who.Alice.Address},
			want: &gaib.RevertString{Text: "Deposit exceeds limit"}},
		{name: "AIDa mint limit", from: who.Alice, contract: alpha,
			call: gaib.ERC4626Mint{Shares: usdUnits(999_975_001), Receiver: who.Alice.Address},
			want: &gaib.RevertString{Text: "Mint exceeds limit"}},
		{name: "unsupported AIDa", from: who.Alice, contract: migration,
			call: contract.MigrationMigrate{AidAlpha: w.usdc.Address(), Amount: u(1)},
			want: &contract.MigrationUnsupportedAIDaTokenError{Token: w.usdc.Address()}},
		{name: "AIDa not approved, through the migration", from: who.Alice, contract: migration,
			call: contract.MigrationMigrate{AidAlpha: alpha.Address(), Amount: u(1)},
			want: &gaib.ERC20InsufficientAllowanceError{Spender: migration.Address(), Needed: u(1)}},
		{name: "no allocation", from: who.Bob, contract: vesting,
			call: contract.VestingClaim{}, want: &contract.VestingNoUserAllocationError{}},
		{name: "nothing to claim", from: who.Bob, contract: vesting,
			prepare: func(w *world) {
				require.NoError(w.t, w.mine(w.who.Manager, gaib.NewCall(w.vesting.Contract(), contract.VestingSetAllocations{
					Users: []common.Address{w.who.Bob.Address}, Allocations: []contract.VestingAllocation{{StartEpoch: uint64(w.chain.Now().Unix()),
						CliffDuration: 1e9, VestingInterval: 1, VestingCycles: 1, Amount: u(1)}}}, "")))
			},
			call: contract.VestingClaimFor{User: who.Bob.Address}, want: &contract.VestingNothingToClaimError{}},
		{name: "expired permit", from: who.Bob, contract: token, call: expired,
			want: &gaib.ERC2612ExpiredSignatureError{Deadline: expired.Deadline}},
		{name: "permit of another key", from: who.Bob, contract: token, call: permit,
			want: &gaib.ERC2612InvalidSignerError{Signer: who.Carol.Address, Owner: who.Alice.Address}},
		{name: "redeem sAID", from: who.Whale, contract: vault,
			call: gaib.ERC4626Redeem{Shares: u(3), Receiver: who.Whale.Address, Owner: who.Whale.Address},
			want: &gaib.ERC4626ExceededMaxRedeemError{Owner: who.Whale.Address, Shares: u(3)}},
		{name: "withdraw from sAID", from: who.Whale, contract: vault,
			call: gaib.ERC4626Withdraw{Assets: u(3), Receiver: who.Whale.Address, Owner: who.Whale.Address},
			want: &gaib.ERC4626ExceededMaxWithdrawError{Owner: who.Whale.Address, Assets: u(3)}},
	}
}

// signedPermits returns a permit of Alice that Carol signed, and one that was over before it was used.
func (w *world) signedPermits() (wrong, expired gaib.ERC2612Permit) {
	w.t.Helper()
	sign := func(deadline time.Time, key devnet.Account) gaib.ERC2612Permit {
		permit, err := w.token.Permit(w.ctx, w.client, w.who.Alice.Address, w.who.Bob.Address, u(50), deadline)
		require.NoError(w.t, err)
		digest, err := permit.Digest()
		require.NoError(w.t, err)
		signature, err := key.SignDigest(digest)
		require.NoError(w.t, err)
		var decoded gaib.ERC2612Permit
		require.NoError(w.t, decoded.Decode(permit.Call(signature).Data))
		return decoded
	}
	return sign(w.chain.Now().Add(time.Hour), w.who.Carol), sign(w.chain.Now().Add(-time.Second), w.who.Alice)
}

// requireRefused demands that err names the call and holds exactly the wanted typed error.
func requireRefused(t *testing.T, err error, c refusal, call gaib.Function, want error) {
	t.Helper()
	var failed *gaib.CallError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, c.contract.Name(), failed.Contract)
	require.Equal(t, c.contract.Address(), failed.Address)
	require.Equal(t, call.Item().Signature, failed.Function)
	var revert *gaib.RevertError
	require.ErrorAs(t, err, &revert)
	target := reflect.New(reflect.TypeOf(want))
	require.True(t, errors.As(err, target.Interface()), "want %T, got %v", want, err)
	require.Equal(t, want, target.Elem().Interface())
	require.Contains(t, err.Error(), want.Error())
}

func TestRefusalsAreTypedErrors(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(w.ctx, time.Minute)
	defer cancel()
	for _, c := range refusals(w) {
		t.Run(c.name, func(t *testing.T) {
			snapshot, err := w.chain.Snapshot()
			require.NoError(t, err)
			defer func() { require.NoError(t, w.chain.Revert(snapshot)) }()
			if c.prepare != nil {
				c.prepare(w)
			}
			call := gaib.NewCall(c.contract, c.call, "do what is refused")
			require.NoError(t, call.Err())
			plan := gaib.Plan{call}

			asked, told := c.call, c.want
			if c.asked != nil {
				asked = c.asked
			}
			if c.told != nil {
				told = c.told
			}
			query := gaib.NewQuery(c.contract, silently{asked})
			fine := w.token.TotalSupply()
			w.client.asked()
			_, err = gaib.Read(ctx, w.client, gaib.Latest, query, fine)
			require.Equal(t, []string{"eth_call"}, w.client.asked())
			var single gaib.ReadErrors
			require.ErrorAs(t, err, &single)
			require.Len(t, single, 1)
			require.NoError(t, fine.Err(), "the other query of the batch")
			requireRefused(t, query.Err(), c, asked, told)
			requireRefused(t, err, c, asked, told)

			_, err = plan.Simulate(ctx, w.client, c.from.Address)
			requireRefused(t, err, c, c.call, c.want)
			_, err = plan.Transactions(ctx, w.client, c.from.Address)
			requireRefused(t, err, c, c.call, c.want)
			// Of several calls, the second is refused after the first.
			several := gaib.Plan{w.usdc.Approve(w.who.Holders.Address, u(1)), call}
			_, err = several.Simulate(ctx, w.client, c.from.Address)
			requireRefused(t, err, c, c.call, c.want)
			require.ErrorContains(t, err, "step 2")
			_, err = several.Transactions(ctx, w.client, c.from.Address)
			requireRefused(t, err, c, c.call, c.want)

			// Sent all the same, it is mined and fails.
			ready, err := gaib.Plan{w.usdc.Approve(w.who.Holders.Address, u(1))}.Transactions(ctx, w.client, c.from.Address)
			require.NoError(t, err)
			tx := ready[0]
			tx.Call, tx.Gas = call, 1_000_000
			hash := w.sendTx(c.from, tx)
			receipt, err := tx.Wait(ctx, w.client, hash)
			require.ErrorIs(t, err, gaib.ErrFailed)
			requireRefused(t, err, c, c.call, c.want)
			require.False(t, receipt.Success)
			require.Equal(t, hash, receipt.TxHash)
			require.Equal(t, w.chain.Head().Hash(), receipt.BlockHash)
			require.Empty(t, receipt.Logs)
		})
	}
}

// A refusal that depends on the chain's time is found again at the time of the block that the transaction was in.
func TestMinedFailureThatTheBlockBeforeDoesNotShow(t *testing.T) {
	w := newWorld(t)
	now := w.chain.Now()
	permit, err := w.token.Permit(w.ctx, w.client, w.who.Alice.Address, w.who.Bob.Address, u(50), now.Add(time.Second))
	require.NoError(t, err)
	digest, err := permit.Digest()
	require.NoError(t, err)
	signature, err := w.who.Alice.SignDigest(digest)
	require.NoError(t, err)
	txs, err := gaib.Plan{w.usdc.Approve(w.who.Holders.Address, u(1))}.Transactions(w.ctx, w.client, w.who.Bob.Address)
	require.NoError(t, err)
	tx := txs[0]
	tx.Call, tx.Gas = permit.Call(signature), 1_000_000
	hash := w.sendTx(w.who.Bob, tx) // in the next block, 12 s later, the permit is over
	_, err = tx.Wait(w.ctx, w.client, hash)
	require.ErrorIs(t, err, gaib.ErrFailed)
	var expired *gaib.ERC2612ExpiredSignatureError
	require.ErrorAs(t, err, &expired)
	require.EqualValues(t, now.Unix()+1, expired.Deadline.Uint64())
}

// Out of gas is no revert, and is said.
func TestMinedFailureForLackOfGas(t *testing.T) {
	w := newWorld(t)
	txs, err := gaib.Plan{w.token.Transfer(w.who.Bob.Address, u(1))}.Transactions(w.ctx, w.client, w.who.Alice.Address)
	require.NoError(t, err)
	tx := txs[0]
	tx.Gas = 25_000
	receipt, err := tx.Wait(w.ctx, w.client, w.sendTx(w.who.Alice, tx))
	require.ErrorIs(t, err, gaib.ErrFailed)
	require.ErrorContains(t, err, "out of gas: all of the limit of 25000 was used")
	var revert *gaib.RevertError
	require.False(t, errors.As(err, &revert))
	require.EqualValues(t, 25_000, receipt.GasUsed)
}

// USDT, like the original, reverts without data.
func TestRevertWithoutData(t *testing.T) {
	w := newWorld(t)
	call := w.usdt.Transfer(w.who.Bob.Address, pow2(200))
	query := gaib.NewQuery(w.usdt.Contract(), gaib.ERC20Transfer{To: w.who.Bob.Address, Value: pow2(200)})
	_, queryErr := query.Call(w.ctx, w.client, gaib.Latest)
	_, simulateErr := gaib.Plan{call}.Simulate(w.ctx, w.client, w.who.Carol.Address)
	_, estimateErr := gaib.Plan{call}.Transactions(w.ctx, w.client, w.who.Carol.Address)
	for _, err := range []error{queryErr, simulateErr, estimateErr} {
		var revert *gaib.RevertError
		require.ErrorAs(t, err, &revert)
		require.Empty(t, revert.Data)
		require.Nil(t, revert.Reason)
		require.ErrorContains(t, err, "without data")
	}
}
