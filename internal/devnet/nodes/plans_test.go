package nodes_test

import (
	"encoding/json"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid"
	"github.com/gaib-go/gaib/internal/devnet/peers"
)

// simulate tells what a plan would do, by eth_simulateV1 and, as on a node without it, by state overrides.
func (w *world) simulate() {
	bob := w.who.Bob
	in := amount(10, 18)
	_, shares, err := read(w, w.books.State()).Deposit(in)
	require.NoError(w, err)
	plan, err := w.vault.PlanStake(w.Context(), w.client, bob.Address, in)
	require.NoError(w, err)
	require.Len(w, plan, 2)
	want := []gaib.Change{{Token: w.token.Address(), Amount: in, Decrease: true}, {Token: w.vault.Address(), Amount: shares}}
	var used []uint64
	for _, refused := range [][]string{nil, {"eth_simulateV1"}} {
		w.client.refused = refused
		preview, err := plan.Simulate(w.Context(), w.client, bob.Address)
		require.NoError(w, err)
		require.ElementsMatch(w, want, preview.Changes)
		require.Equal(w, []gaib.Allowance{{Token: w.token.Address(), Spender: w.vault.Address()}}, preview.Allowances, "used up by the stake")
		require.Len(w, preview.Steps, 2)
		asked := w.client.asked()
		if refused == nil {
			require.Contains(w, asked, "eth_simulateV1")
			require.NotEmpty(w, preview.Steps[1].Logs)
			used = []uint64{preview.Steps[0].GasUsed, preview.Steps[1].GasUsed}
		} else {
			require.Equal(w, "eth_call", asked[len(asked)-1])
			require.Empty(w, preview.Steps[1].Logs)
		}

		preview, err = plan[:1].Simulate(w.Context(), w.client, bob.Address)
		require.NoError(w, err)
		require.Equal(w, []gaib.Allowance{{Token: w.token.Address(), Spender: w.vault.Address(), After: in}}, preview.Allowances)
		require.Empty(w, preview.Changes)

		// The first step that reverts is the error.
		balance := read(w, w.token.BalanceOf(bob.Address))
		_, err = gaib.Plan{w.token.Transfer(w.who.Alice.Address, u(1)), w.token.Transfer(w.who.Alice.Address, balance)}.Simulate(w.Context(), w.client, bob.Address)
		var short *gaib.ERC20InsufficientBalanceError
		require.ErrorAs(w, err, &short)
		require.Equal(w, gaib.ERC20InsufficientBalanceError{Sender: bob.Address, Balance: minus(balance, u(1)), Needed: balance}, *short)
		require.ErrorContains(w, err, "step 2")
		w.same(balance, read(w, w.token.BalanceOf(bob.Address)), "nothing was sent")
	}
	w.client.refused = nil
	receipts := w.carryOut(bob, plan)
	require.Equal(w, used, []uint64{receipts[0].GasUsed, receipts[1].GasUsed}, "gas as simulated")
	w.same(shares, read(w, w.vault.BalanceOf(bob.Address)), "shares as simulated")
}

// permits let a stake need no approval, are those that wallets sign, and are refused when they are late or of others.
func (w *world) permits() {
	bob := w.who.Bob
	in := amount(3, 18)
	nonce := read(w, w.token.Nonce(bob.Address))
	permit, err := w.token.Permit(w.Context(), w.client, bob.Address, w.vault.Address(), in, w.now().Add(time.Hour))
	require.NoError(w, err)
	text, err := permit.TypedData()
	require.NoError(w, err)
	var data apitypes.TypedData
	require.NoError(w, json.Unmarshal(text, &data))
	theirs, _, err := apitypes.TypedDataAndHash(data)
	require.NoError(w, err)
	digest, err := permit.Digest()
	require.NoError(w, err)
	require.Equal(w, common.BytesToHash(theirs), digest)
	signature, err := bob.SignDigest(digest)
	require.NoError(w, err)

	_, shares, err := read(w, w.books.State()).Deposit(in)
	require.NoError(w, err)
	had := read(w, w.vault.BalanceOf(bob.Address))
	plan, err := w.vault.StakeWithPermit(permit, signature)
	require.NoError(w, err)
	receipts := w.carryOut(bob, plan)
	require.Len(w, receipts[0].Decode(w.token.Approvals()), 1)
	w.same(plus(had, shares), read(w, w.vault.BalanceOf(bob.Address)), "sAID")
	w.same(plus(nonce, u(1)), read(w, w.token.Nonce(bob.Address)), "the permit is used up")
	allowance := read(w, w.token.Allowance(bob.Address, w.vault.Address()))
	require.True(w, allowance.IsZero())

	// Twice, by somebody else, and too late. The contract sees the next block's time, so a permit of an hour ago is over.
	var invalid *gaib.ERC2612InvalidSignerError
	_, err = gaib.Plan{permit.Call(signature)}.Simulate(w.Context(), w.client, bob.Address)
	require.ErrorAs(w, err, &invalid)
	require.Equal(w, bob.Address, invalid.Owner)
	for _, token := range []gaib.ERC20{w.token.ERC20, aid.NewAlphaVault(w.deployment, gaib.AlphaUSDC).ERC20} {
		permit, err := token.Permit(w.Context(), w.client, bob.Address, w.vault.Address(), u(5), w.now().Add(-time.Hour))
		require.NoError(w, err)
		digest, err := permit.Digest()
		require.NoError(w, err)
		signature, err := bob.SignDigest(digest)
		require.NoError(w, err)
		_, err = gaib.Plan{permit.Call(signature)}.Transactions(w.Context(), w.client, w.who.Carol.Address)
		var late *gaib.ERC2612ExpiredSignatureError
		require.ErrorAs(w, err, &late, token.Unit().Symbol)
		w.same(*uint256.NewInt(uint64(permit.Deadline.Unix())), late.Deadline, "deadline")

		permit.Deadline = w.now().Add(time.Hour)
		digest, err = permit.Digest()
		require.NoError(w, err)
		signature, err = w.who.Carol.SignDigest(digest)
		require.NoError(w, err)
		_, err = gaib.Plan{permit.Call(signature)}.Transactions(w.Context(), w.client, w.who.Carol.Address)
		require.ErrorAs(w, err, &invalid, token.Unit().Symbol)
		require.Equal(w, w.who.Carol.Address, invalid.Signer)
	}
	_, err = w.usdc.Permit(w.Context(), w.client, bob.Address, w.vault.Address(), in, w.now().Add(time.Hour))
	require.ErrorIs(w, err, gaib.ErrPermit)
}

// refusals of transactions are told apart by each node's own words.
func (w *world) refusals() {
	carol := w.who.Carol
	txs, err := gaib.Plan{w.usdc.Transfer(w.who.Bob.Address, u(1))}.Transactions(w.Context(), w.client, carol.Address)
	require.NoError(w, err)
	good := txs[0]
	change := func(change func(*gaib.Transaction)) gaib.Transaction {
		tx := good
		change(&tx)
		return tx
	}
	// Carol has sent transactions before, so that there is a nonce below.
	require.Positive(w, good.Nonce)
	_, err = w.send(carol, change(func(tx *gaib.Transaction) { tx.Nonce-- }))
	require.ErrorIs(w, err, gaib.ErrNonceUsed)
	_, err = w.send(carol, change(func(tx *gaib.Transaction) { tx.Call.Value = amount(1_000_000, 18) }))
	require.ErrorIs(w, err, gaib.ErrNoFunds)
	_, err = w.send(carol, change(func(tx *gaib.Transaction) { tx.Gas = 1<<24 + 1 }))
	require.ErrorIs(w, err, gaib.ErrTooMuchGas)

	// A transaction that waits behind a gap is taken twice, is not replaced for the same fees, and is for higher ones.
	waiting := change(func(tx *gaib.Transaction) { tx.Nonce++ })
	hash, err := w.send(carol, waiting)
	require.NoError(w, err)
	again, err := w.send(carol, waiting)
	require.NoError(w, err)
	require.Equal(w, hash, again)
	other := waiting
	other.Call = w.usdc.Transfer(w.who.Bob.Address, u(2))
	_, err = w.send(carol, other)
	require.ErrorIs(w, err, gaib.ErrUnderpriced)
	fees, err := gaib.SuggestFees(w.Context(), w.client)
	require.NoError(w, err)
	faster, err := w.send(carol, other.SpeedUp(fees))
	require.NoError(w, err)
	cancelled, err := w.send(carol, other.SpeedUp(fees).Cancel(fees))
	require.NoError(w, err)
	mined, pending, err := gaib.Nonces(w.Context(), w.client, carol.Address)
	require.NoError(w, err)
	require.Equal(w, []uint64{good.Nonce, good.Nonce}, []uint64{mined, pending}, "nothing counts behind a gap")
	had := read(w, w.usdc.BalanceOf(carol.Address))
	first, err := w.send(carol, good)
	require.NoError(w, err)
	w.receipt(first)
	w.receipt(cancelled)
	w.same(minus(had, u(1)), read(w, w.usdc.BalanceOf(carol.Address)), "what was cancelled was not paid")
	for _, replaced := range []common.Hash{hash, faster} {
		var receipt json.RawMessage
		w.call(&receipt, "eth_getTransactionReceipt", replaced)
		require.Equal(w, "null", string(receipt))
	}
}

// failure is a transaction that is mined and reverts: waiting for it says why.
func (w *world) failure() {
	carol := w.who.Carol
	balance := read(w, w.token.BalanceOf(carol.Address))
	need := plus(balance, u(1))
	too := w.token.Transfer(w.who.Bob.Address, need)
	_, err := gaib.Plan{too}.Transactions(w.Context(), w.client, carol.Address)
	var short *gaib.ERC20InsufficientBalanceError
	require.ErrorAs(w, err, &short)

	txs, err := gaib.Plan{w.token.Transfer(w.who.Bob.Address, u(1))}.Transactions(w.Context(), w.client, carol.Address)
	require.NoError(w, err)
	tx := txs[0]
	tx.Call, tx.Gas = too, 200_000
	hash, err := w.send(carol, tx)
	require.NoError(w, err)
	require.Zero(w, w.receipt(hash).Status)
	receipt, err := tx.Wait(w.Context(), w.client, hash)
	require.ErrorIs(w, err, gaib.ErrFailed)
	require.False(w, receipt.Success)
	short = nil
	require.ErrorAs(w, err, &short)
	require.Equal(w, gaib.ERC20InsufficientBalanceError{Sender: carol.Address, Balance: balance, Needed: need}, *short)
}

// delegation makes a plan at once, from an ordinary account that has lent itself the code of a real wallet (EIP-7702).
func (w *world) delegation() {
	wallet := peers.Require(w, "Simple7702Account")[0]
	code, err := wallet.Code()
	require.NoError(w, err)
	delegate := w.create(w.who.Manager, code)
	whale := w.who.Whale
	for round := range 2 {
		in := amount(5, 18)
		_, shares, err := read(w, w.books.State()).Deposit(in)
		require.NoError(w, err)
		had := read(w, w.vault.BalanceOf(whale.Address))
		plan, err := w.vault.PlanStake(w.Context(), w.client, whale.Address, in)
		require.NoError(w, err)
		require.Len(w, plan, 2)
		tx, authorization, err := plan.SetCode(w.Context(), w.client, whale.Address, delegate)
		require.NoError(w, err)
		if round == 0 {
			require.NotNil(w, authorization)
			digest, err := authorization.Digest()
			require.NoError(w, err)
			signature, err := whale.SignDigest(digest)
			require.NoError(w, err)
			signed, err := authorization.Sign(signature)
			require.NoError(w, err)
			tx.Authorizations = append(tx.Authorizations, signed)
		} else {
			require.Nil(w, authorization, "the account has the code already")
		}
		hash, err := w.send(whale, tx)
		require.NoError(w, err)
		require.EqualValues(w, 1, w.receipt(hash).Status)
		w.same(plus(had, shares), read(w, w.vault.BalanceOf(whale.Address)), "sAID")
	}
	// A step that reverts is named, with its typed error.
	most := *new(uint256.Int).SetAllOne()
	_, _, err = gaib.Plan{w.token.Transfer(w.who.Bob.Address, u(1)), w.token.Transfer(w.who.Bob.Address, most)}.SetCode(w.Context(), w.client, whale.Address, delegate)
	var failed *gaib.BatchError
	require.ErrorAs(w, err, &failed)
	require.Equal(w, 2, failed.Step)
	var short *gaib.ERC20InsufficientBalanceError
	require.ErrorAs(w, err, &short)
	w.same(most, short.Needed, "needed")
}
