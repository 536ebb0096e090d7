package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/gaib-go/gaib"
)

// order is a plan of an account on its way: prepared, then sent step by step once all its transactions are signed.
type order struct {
	id       int
	network  *network
	account  common.Address
	sentence string
	txs      []gaib.Transaction
	run      *gaib.Run // only the goroutine that carries the order uses it once it runs

	signatures [][]byte
	started    time.Time      // zero until it is sent
	mined      []gaib.Receipt // by step; BlockHash is zero for one that is not mined, or not any more
	running    bool
	takenBack  bool // by a reorganisation, and so sent again
	err        error
}

// What bounds orders.
const (
	maxOrders = 200
	patience  = 2 * time.Minute // for an order to be mined
	oneLook   = 3 * time.Second // for one of its transactions, before all is looked at again
)

// find returns an order that is not sent yet. The chain must be the order's.
func (w *wallet) find(id int, chain uint64) (*order, error) {
	at := slices.IndexFunc(w.orders, func(o *order) bool { return o.id == id })
	switch {
	case at < 0:
		return nil, refuse(fmt.Errorf("there is no order %d; prepare it first", id))
	case w.orders[at].network.id != chain:
		return nil, refuse(fmt.Errorf("order %d is on chain %d, not on %d", id, w.orders[at].network.id, chain))
	case !w.orders[at].started.IsZero():
		return nil, conflict("order %d was sent already; prepare another", id)
	}
	return w.orders[at], nil
}

// digest returns whose order it is that a digest to be signed belongs to.
func (w *wallet) digest(id int, chain uint64, digest common.Hash) (common.Address, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	o, err := w.find(id, chain)
	if err != nil {
		return common.Address{}, err
	}
	for _, tx := range o.txs {
		if own, err := tx.Digest(); err == nil && own == digest {
			return o.account, nil
		}
	}
	return common.Address{}, refuse(fmt.Errorf("%s is no digest of order %d", digest, id))
}

// send takes the signatures of an order, one a transaction, and has it carried out until ctx ends.
func (w *wallet) send(ctx context.Context, work *sync.WaitGroup, id int, chain uint64, signatures []hexutil.Bytes) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	o, err := w.find(id, chain)
	if err != nil {
		return err
	}
	if len(signatures) != len(o.txs) {
		return refuse(fmt.Errorf("order %d has %d transactions, and came with %d signatures", id, len(o.txs), len(signatures)))
	}
	checked := make([][]byte, len(signatures))
	for i, signature := range signatures {
		signer, err := signerOf(o.txs[i], signature)
		if err != nil {
			return refuse(fmt.Errorf("signature %d: %w", i+1, err))
		}
		if signer != o.account {
			return refuse(fmt.Errorf("signature %d is by %s, not by %s", i+1, signer, o.account))
		}
		checked[i] = signature
	}
	o.signatures, o.started, o.running = checked, time.Now(), true
	work.Go(func() { w.carry(ctx, o) })
	return nil
}

// signerOf returns who signed a transaction. The node would find out too, but only say that the sender has no funds.
func signerOf(tx gaib.Transaction, signature []byte) (common.Address, error) {
	if _, _, err := tx.Signed(signature); err != nil {
		return common.Address{}, err
	}
	digest, err := tx.Digest()
	if err != nil {
		return common.Address{}, err
	}
	plain := slices.Clone(signature)
	if plain[64] >= 27 {
		plain[64] -= 27
	}
	key, err := crypto.SigToPub(digest[:], plain)
	if err != nil {
		return common.Address{}, err
	}
	return crypto.PubkeyToAddress(*key), nil
}

// carry sends the transactions of an order one by one, each once the one before it is mined, until all are.
func (w *wallet) carry(ctx context.Context, o *order) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		i, more := w.nextStep(o)
		if !more {
			return
		}
		receipt, err := o.push(ctx, i)
		w.mu.Lock()
		mined := receipt.BlockHash != (common.Hash{}) && !o.network.feed.undone[receipt.BlockHash]
		if err != nil {
			o.err, o.running = fmt.Errorf("%w. %s", err, o.run.Describe()), false
		} else if mined {
			o.mined[i] = receipt
		}
		w.mu.Unlock()
		if err != nil {
			return
		}
		if !mined {
			select {
			case <-ctx.Done(): // which push reports
			case <-time.After(200 * time.Millisecond):
			}
		}
	}
}

// nextStep returns the first step that is not mined, or ends the run. A step that a reorganisation took back is open again.
func (w *wallet) nextStep(o *order) (int, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range o.mined {
		if o.mined[i].BlockHash == (common.Hash{}) {
			o.run.Steps[i].Done = nil
			return i, true
		}
	}
	o.running = false
	return 0, false
}

// push sends a step's transaction, which is harmless when it was sent before, and looks for its receipt for a while. No
// receipt and no error means that it should be tried again.
func (o *order) push(ctx context.Context, i int) (gaib.Receipt, error) {
	tx, client := o.txs[i], o.network.client
	_, hash, err := tx.Signed(o.signatures[i])
	if err != nil {
		return gaib.Receipt{}, err
	}
	if err := o.run.Sent(tx, hash); err != nil { // noted before it leaves, so that nothing that was sent is unknown
		return gaib.Receipt{}, err
	}
	// A nonce that is used up may be used by this very transaction; Refresh finds out.
	if _, err := tx.Send(ctx, client, o.signatures[i]); err != nil && !errors.Is(err, gaib.ErrNonceUsed) && !gaib.Retryable(err) {
		return gaib.Receipt{}, err
	}
	look, cancel := context.WithTimeout(ctx, oneLook)
	defer cancel()
	receipt, err := tx.Wait(look, client, hash)
	if err != nil && (look.Err() == nil || errors.Is(err, gaib.ErrFailed)) {
		return gaib.Receipt{}, err
	}
	if ctx.Err() != nil {
		return gaib.Receipt{}, fmt.Errorf("%s is not mined: %w", hash, ctx.Err())
	}
	if err := o.run.Refresh(ctx, client); err != nil && !gaib.Retryable(err) {
		return gaib.Receipt{}, err
	}
	if o.run.Steps[i].Done == nil {
		return gaib.Receipt{}, nil
	}
	return receipt, nil
}

// takeBack sends the transactions of a block again that is not on the chain any more. It is called with mu held.
func (w *wallet) takeBack(ctx context.Context, work *sync.WaitGroup, n *network, block common.Hash) {
	for _, o := range w.orders {
		if o.network != n || o.err != nil {
			continue
		}
		for i := range o.mined {
			if o.mined[i].BlockHash == block {
				o.mined[i], o.takenBack = gaib.Receipt{}, true
			}
		}
		if o.takenBack && !o.running && !o.started.IsZero() && !o.done() {
			o.running = true
			work.Go(func() { w.carry(ctx, o) })
		}
	}
}

func (o *order) done() bool {
	return !slices.ContainsFunc(o.mined, func(r gaib.Receipt) bool { return r.BlockHash == (common.Hash{}) })
}

// orderState is how far an order is.
type orderState struct {
	ID       int       `json:"id"`
	Sentence string    `json:"sentence"`
	Started  time.Time `json:"started"`
	Status   string    `json:"status"`
	Done     bool      `json:"done"`
	Failed   bool      `json:"failed"`
}

func (o *order) state() orderState {
	s := orderState{ID: o.id, Sentence: o.sentence, Started: o.started, Done: o.done(), Failed: o.err != nil}
	mined := 0
	var last uint64
	for _, receipt := range o.mined {
		if receipt.BlockHash != (common.Hash{}) {
			mined, last = mined+1, receipt.BlockNumber
		}
	}
	switch {
	case s.Failed:
		s.Status = "Failed: " + o.err.Error()
	case s.Done:
		s.Status = fmt.Sprintf("Mined in block %d", last)
	default:
		s.Status = fmt.Sprintf("Sent, %d of %d transactions mined", mined, len(o.txs))
	}
	if o.takenBack {
		s.Status += ", sent again after a reorganisation"
	}
	return s
}
