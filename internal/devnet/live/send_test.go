package live

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid"
	"github.com/gaib-go/gaib/internal/devnet"
)

// stored returns a run as a program finds it that was stopped and started again.
func stored(t *testing.T, plan gaib.Plan, run *gaib.Run) *gaib.Run {
	t.Helper()
	text, err := json.Marshal(run)
	require.NoError(t, err)
	var back gaib.Run
	require.NoError(t, json.Unmarshal(text, &back))
	resumed, err := plan.Resume(back)
	require.NoError(t, err)
	return resumed
}

func signed(t *testing.T, from devnet.Account, tx gaib.Transaction) ([]byte, common.Hash) {
	t.Helper()
	digest, err := tx.Digest()
	require.NoError(t, err)
	signature, err := from.SignDigest(digest)
	require.NoError(t, err)
	_, hash, err := tx.Signed(signature)
	require.NoError(t, err)
	return signature, hash
}

// A plan is stopped and resumed at every point; nothing is sent twice, and the end is the same.
func TestRunSurvivesStops(t *testing.T) {
	w := newWorld(t, devnet.WithManualMining())
	alice := w.who.Alice
	plan := gaib.Plan{w.token.Transfer(w.who.Bob.Address, aid.MustParse("1")), w.token.Transfer(w.who.Bob.Address, aid.MustParse("2")), w.token.Transfer(w.who.Bob.Address, aid.MustParse("3"))}
	before := read(w, w.token.BalanceOf(w.who.Bob.Address))
	run, err := plan.Start(1, alice.Address)
	require.NoError(t, err)
	require.Contains(t, run.Describe(), "To do: Transfer 1 AID")
	for step := range plan {
		run = stored(t, plan, run)
		tx, more, err := run.Next(w.ctx, w.client)
		require.NoError(t, err)
		require.True(t, more)
		signature, hash := signed(t, alice, tx)
		require.NoError(t, run.Sent(tx, hash))
		run = stored(t, plan, run) // stopped after the note, before it was sent: the next one has the same nonce
		again, more, err := run.Next(w.ctx, w.client)
		require.NoError(t, err)
		require.True(t, more)
		require.Equal(t, tx.Nonce, again.Nonce)
		_, err = tx.Broadcast(w.ctx, signature, w.client, w.client)
		require.NoError(t, err)
		run = stored(t, plan, run) // stopped while it waits: sending it again is known
		_, err = tx.Send(w.ctx, w.client, signature)
		require.NoError(t, err)
		if step == 1 { // it waits too long
			fees, err := gaib.SuggestFees(w.ctx, w.client)
			require.NoError(t, err)
			_, err = func() (common.Hash, error) {
				slow := tx
				slow.Tip = *new(uint256.Int).AddUint64(&tx.Tip, 1)
				signature, _ := signed(t, alice, slow)
				return slow.Send(w.ctx, w.client, signature)
			}()
			require.ErrorIs(t, err, gaib.ErrUnderpriced)
			faster := tx.SpeedUp(fees)
			signature, hash := signed(t, alice, faster)
			require.NoError(t, run.Sent(faster, hash))
			_, err = faster.Send(w.ctx, w.client, signature)
			require.NoError(t, err)
		}
		require.NoError(t, w.chain.Mine(1))
		require.NoError(t, run.Refresh(w.ctx, w.client))
		done, all := run.Done()
		require.Equal(t, step+1, done)
		require.Equal(t, step == len(plan)-1, all)
	}
	require.Len(t, run.Steps[1].Sent, 2)
	require.Equal(t, run.Steps[1].Sent[1], *run.Steps[1].Done, "the faster one was mined")
	_, more, err := run.Next(w.ctx, w.client)
	require.NoError(t, err)
	require.False(t, more)
	require.Contains(t, run.Describe(), "Done: Transfer 1 AID")
	after := read(w, w.token.BalanceOf(w.who.Bob.Address))
	require.Equal(t, aid.MustParse("6"), minus(after, before))
	require.Error(t, run.Sent(gaib.Transaction{}, common.Hash{}))

	// The same plan again is known by its ID, which another order, account or chain does not have.
	require.Equal(t, run.Plan, plan.ID(1, alice.Address))
	other := gaib.Plan{plan[1], plan[0], plan[2]}
	for _, id := range []common.Hash{other.ID(1, alice.Address), plan.ID(1, w.who.Bob.Address), plan.ID(5, alice.Address), plan[:2].ID(1, alice.Address)} {
		require.NotEqual(t, run.Plan, id)
	}
	_, err = other.Resume(*run)
	require.ErrorIs(t, err, gaib.ErrAnotherPlan)
	_, err = plan.Start(5, alice.Address)
	require.ErrorIs(t, err, gaib.ErrWrongChain)
	_, err = plan.Start(1, common.Address{})
	require.ErrorIs(t, err, gaib.ErrZeroAddress)
	_, err = gaib.Plan{}.Start(1, alice.Address)
	require.ErrorIs(t, err, gaib.ErrEmptyPlan)
}

func TestRunCancelledAndFailed(t *testing.T) {
	w := newWorld(t, devnet.WithManualMining())
	alice := w.who.Alice
	plan := gaib.Plan{w.token.Transfer(w.who.Bob.Address, aid.MustParse("1"))}
	run, err := plan.Start(1, alice.Address)
	require.NoError(t, err)
	tx, _, err := run.Next(w.ctx, w.client)
	require.NoError(t, err)
	signature, hash := signed(t, alice, tx)
	require.NoError(t, run.Sent(tx, hash))
	_, err = tx.Send(w.ctx, w.client, signature)
	require.NoError(t, err)

	// Cancelled from elsewhere: the run does not know that transaction.
	mined, pending, err := gaib.Nonces(w.ctx, w.client, alice.Address)
	require.NoError(t, err)
	require.Equal(t, [2]uint64{tx.Nonce, tx.Nonce + 1}, [2]uint64{mined, pending})
	fees, err := gaib.SuggestFees(w.ctx, w.client)
	require.NoError(t, err)
	cancel := tx.Cancel(fees)
	require.Contains(t, cancel.Call.Describe(), "nothing, in place of transaction")
	stop, _ := signed(t, alice, cancel)
	_, err = cancel.Send(w.ctx, w.client, stop)
	require.NoError(t, err)
	require.NoError(t, w.chain.Mine(1))
	_, _, err = run.Next(w.ctx, w.client)
	require.ErrorIs(t, err, gaib.ErrReplaced)
	_, err = tx.Send(w.ctx, w.client, signature)
	require.ErrorIs(t, err, gaib.ErrNonceUsed)

	// Mined and reverted: the step is tried again with a new nonce.
	run, err = plan.Start(1, alice.Address)
	require.NoError(t, err)
	tx, _, err = run.Next(w.ctx, w.client)
	require.NoError(t, err)
	tx.Gas = 30_000
	signature, hash = signed(t, alice, tx)
	require.NoError(t, run.Sent(tx, hash))
	_, err = tx.Send(w.ctx, w.client, signature)
	require.NoError(t, err)
	require.NoError(t, w.chain.Mine(1))
	again, more, err := run.Next(w.ctx, w.client)
	require.NoError(t, err)
	require.True(t, more)
	require.True(t, run.Steps[0].Failed)
	require.Equal(t, tx.Nonce+1, again.Nonce)
	_, hash = signed(t, alice, again)
	require.NoError(t, run.Sent(again, hash))
	require.Equal(t, gaib.RunStep{Nonce: &again.Nonce, Sent: []common.Hash{hash}}, run.Steps[0])
	require.ErrorIs(t, run.Sent(tx, hash), gaib.ErrAnotherPlan, "another nonce")
}

func TestSendRefusals(t *testing.T) {
	w := newWorld(t)
	base := gaib.Plan{w.token.Transfer(w.who.Bob.Address, aid.MustParse("1"))}
	txs, err := base.Transactions(w.ctx, w.client, w.who.Alice.Address)
	require.NoError(t, err)
	for name, c := range map[string]struct {
		change func(tx *gaib.Transaction)
		want   error
	}{
		"no funds":       {func(tx *gaib.Transaction) { tx.Call = tx.Call.WithValue(*new(uint256.Int).Lsh(uint256.NewInt(1), 200)) }, gaib.ErrNoFunds},
		"too much gas":   {func(tx *gaib.Transaction) { tx.Gas = 1<<24 + 1 }, gaib.ErrTooMuchGas},
		"beyond a block": {func(tx *gaib.Transaction) { tx.Gas = 1 << 40 }, gaib.ErrTooMuchGas},
		"no tip":         {func(tx *gaib.Transaction) { tx.Cap, tx.Tip = u(0), u(0) }, gaib.ErrUnderpriced},
	} {
		tx := txs[0]
		c.change(&tx)
		signature, _ := signed(t, w.who.Alice, tx)
		_, err := tx.Send(w.ctx, w.client, signature)
		require.ErrorIs(t, err, c.want, name)
		_, err = tx.Broadcast(w.ctx, signature, w.client)
		require.ErrorIs(t, err, c.want, name)
	}
	signature, hash := signed(t, w.who.Alice, txs[0])
	_, err = txs[0].Broadcast(w.ctx, signature)
	require.ErrorContains(t, err, "no node")
	down := &counter{inner: w.chain.Client(), before: func(string, []any) error { return errors.New("connection refused") }}
	got, err := txs[0].Broadcast(w.ctx, signature, down, w.client)
	require.NoError(t, err, "one node is enough")
	require.Equal(t, hash, got)
}
