package gaib

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"golang.org/x/sync/errgroup"

	"github.com/gaib-go/gaib/internal/hash"
	"github.com/gaib-go/gaib/internal/node"
)

// Why a node refuses a transaction.
var (
	// ErrNonceUsed: a transaction with this nonce is mined already. Was it this one? Its receipt says so.
	ErrNonceUsed = errors.New("the nonce is used up: a transaction with it is mined")
	// ErrUnderpriced: the node has another transaction with this nonce, or wants higher fees; see [Transaction.SpeedUp].
	ErrUnderpriced = errors.New("the fees are too low to be taken, or to replace the transaction that waits with this nonce")
	// ErrNoFunds: the sender's coin does not cover value and gas.
	ErrNoFunds = errors.New("the sender has too little of the chain's coin for value and gas")
	// ErrTooMuchGas: more gas is needed, or given, than the chain lets a transaction have (2^24 by EIP-7825) or a block holds.
	ErrTooMuchGas = errors.New("more gas than the chain lets a transaction have; split the plan into smaller calls")
)

// sendError returns what a node's refusal of a transaction means. A contract's revert is no refusal, whatever its text.
func sendError(err error) error {
	var reverted *RevertError
	if errors.As(err, &reverted) {
		return err
	}
	switch node.SendFault(err) {
	case node.NonceUsed:
		return fmt.Errorf("%w: %w", ErrNonceUsed, err)
	case node.Underpriced:
		return fmt.Errorf("%w: %w", ErrUnderpriced, err)
	case node.NoFunds:
		return fmt.Errorf("%w: %w", ErrNoFunds, err)
	case node.TooMuchGas:
		return fmt.Errorf("%w: %w", ErrTooMuchGas, err)
	}
	return err
}

// Broadcast sends the signed transaction to several nodes at once and returns its hash when one has taken it. The error
// is nil then; else it holds every node's.
func (t Transaction) Broadcast(ctx context.Context, signature []byte, clients ...Client) (common.Hash, error) {
	_, hash, err := t.Signed(signature)
	if err != nil || len(clients) == 0 {
		return hash, cmp.Or(err, errors.New("there is no node to send the transaction to"))
	}
	failures := make([]error, len(clients))
	var group errgroup.Group
	for i, client := range clients {
		group.Go(func() error {
			_, failures[i] = t.Send(ctx, client, signature)
			return nil
		})
	}
	_ = group.Wait() // the errors are in failures
	for _, failure := range failures {
		if failure == nil {
			return hash, nil
		}
	}
	return hash, errors.Join(failures...)
}

// SpeedUp returns the transaction with the same nonce and fees that replace it: an eighth above its own, which is more than
// the tenth that nodes ask for, or those given where they are higher. It is signed and sent like any other.
func (t Transaction) SpeedUp(fees Fees) Transaction {
	for _, fee := range []struct{ own, now *uint256.Int }{{&t.Tip, &fees.Tip}, {&t.Cap, &fees.Cap}} {
		raised := new(uint256.Int).Rsh(fee.own, 3)
		if _, overflow := raised.AddOverflow(raised, fee.own); overflow {
			raised.SetAllOne()
		}
		raised.AddUint64(raised, 1)
		if raised.Lt(fee.now) {
			raised.Set(fee.now)
		}
		*fee.own = *raised
	}
	if t.Cap.Lt(&t.Tip) {
		t.Cap = t.Tip
	}
	return t
}

// Cancel returns a transaction that does nothing in place of this one: the same nonce, fees that replace it. Whichever of the
// two is mined first makes the other void.
func (t Transaction) Cancel(fees Fees) Transaction {
	const plainTransfer = 21_000
	t = t.SpeedUp(fees)
	t.Call, t.Gas, t.Authorizations = Call{To: t.From, text: fmt.Sprintf("nothing, in place of transaction %d", t.Nonce)}, plainTransfer, nil
	return t
}

// Nonces returns how many transactions of an account are mined, and how many with those that wait in the node's pool
// behind them without a gap. What the pool holds behind a gap waits until the gap is filled.
func Nonces(ctx context.Context, client Client, account common.Address) (mined, pending uint64, err error) {
	if mined, err = node.Quantity(ctx, client, "eth_getTransactionCount", account, "latest"); err == nil {
		pending, err = node.Quantity(ctx, client, "eth_getTransactionCount", account, "pending")
	}
	if err != nil {
		return 0, 0, fmt.Errorf("read the nonce of %s: %w", account, err)
	}
	return mined, max(mined, pending), nil
}

// ID returns what identifies the plan of an account on a chain: a hash of its calls in order. Two plans that do the same have
// the same ID, so keep a plan's [Run] under it, or under it and a purpose of your own, to know it again.
func (p Plan) ID(chainID uint64, from common.Address) common.Hash {
	number := func(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
	parts := [][]byte{number(chainID), from[:], number(uint64(len(p)))}
	for _, call := range p {
		value := call.Value.Bytes32()
		parts = append(parts, call.To[:], value[:], number(uint64(len(call.Data))), call.Data)
	}
	return hash.Keccak256(parts...)
}

// Run is how far a plan has come that is sent as transactions one by one. It is a small value for encoding/json: what is
// stored after every Sent and brought back by [Plan.Resume] goes on where it stopped, wherever that was, and sends nothing
// twice, because a step keeps its nonce.
type Run struct {
	Plan    common.Hash    `json:"plan"` // [Plan.ID]
	ChainID uint64         `json:"chainId"`
	From    common.Address `json:"from"`
	Steps   []RunStep      `json:"steps"`

	calls Plan
}

// RunStep is what became of one call of a plan.
type RunStep struct {
	Nonce  *uint64       `json:"nonce,omitempty"`  // nil until a transaction was made of it
	Sent   []common.Hash `json:"sent,omitempty"`   // its transaction, and those that replaced it
	Done   *common.Hash  `json:"done,omitempty"`   // the one that is mined
	Failed bool          `json:"failed,omitempty"` // it is mined and reverted
}

// ErrAnotherPlan: what is resumed is the progress of another plan, account or chain.
var ErrAnotherPlan = errors.New("this is the progress of another plan")

// ErrReplaced: a step's nonce was used by a transaction that the run does not know, such as one sent from elsewhere or a
// cancellation. Look at what it did before you start the rest anew.
var ErrReplaced = errors.New("another transaction of the account took the step's nonce")

// Start returns the plan's run from its beginning.
func (p Plan) Start(chainID uint64, from common.Address) (*Run, error) {
	id, err := p.chain()
	switch {
	case err != nil:
		return nil, err
	case len(p) == 0:
		return nil, ErrEmptyPlan
	case from == (common.Address{}):
		return nil, fmt.Errorf("sender: %w", ErrZeroAddress)
	case id != 0 && id != chainID:
		return nil, fmt.Errorf("the run is on chain %d, the plan is for chain %d: %w", chainID, id, ErrWrongChain)
	}
	return &Run{Plan: p.ID(chainID, from), ChainID: chainID, From: from, Steps: make([]RunStep, len(p)), calls: p}, nil
}

// Resume returns a stored run of the plan. Error: [ErrAnotherPlan].
func (p Plan) Resume(run Run) (*Run, error) {
	if _, err := p.Start(run.ChainID, run.From); err != nil {
		return nil, err
	}
	if run.Plan != p.ID(run.ChainID, run.From) || len(run.Steps) != len(p) {
		return nil, ErrAnotherPlan
	}
	run.calls = p
	return &run, nil
}

// Done returns how many steps went well, and whether those are all.
func (r *Run) Done() (steps int, all bool) {
	for _, step := range r.Steps {
		if step.Done != nil && !step.Failed {
			steps++
		}
	}
	return steps, steps == len(r.Steps)
}

// Describe returns what is done and what remains.
func (r *Run) Describe() string {
	var done, left Plan
	for i, step := range r.Steps {
		if step.Done != nil && !step.Failed {
			done = append(done, r.calls[i])
		} else {
			left = append(left, r.calls[i])
		}
	}
	switch {
	case len(left) == 0:
		return "Done: " + done.Describe()
	case len(done) == 0:
		return "To do: " + left.Describe()
	}
	return "Done: " + done.Describe() + ". To do: " + left.Describe()
}

// current returns the first step that has not gone well.
func (r *Run) current() (int, bool) {
	for i, step := range r.Steps {
		if step.Done == nil || step.Failed {
			return i, true
		}
	}
	return 0, false
}

// Next returns the unsigned transaction of the next step, and false when the plan is done. It first looks whether
// a transaction that was sent is mined, so it can be called at any time; a step that waits is given again with its old
// nonce, to be sent again or, with higher fees, to replace it. A step that failed is tried with a new nonce.
// Errors: [ErrReplaced], and those of [Plan.Transactions], a revert among them.
func (r *Run) Next(ctx context.Context, client Client) (Transaction, bool, error) {
	if err := r.Refresh(ctx, client); err != nil {
		return Transaction{}, false, err
	}
	i, more := r.current()
	if !more {
		return Transaction{}, false, nil
	}
	step := &r.Steps[i]
	txs, err := r.calls[i:i+1].Transactions(ctx, client, r.From)
	if err != nil {
		return Transaction{}, true, fmt.Errorf("step %d: %w", i+1, err)
	}
	tx := txs[0]
	if tx.ChainID != r.ChainID {
		return Transaction{}, true, fmt.Errorf("the node is of chain %d, the run is on chain %d: %w", tx.ChainID, r.ChainID, ErrWrongChain)
	}
	if step.Nonce != nil && !step.Failed {
		tx.Nonce = *step.Nonce
	}
	return tx, true, nil
}

// Sent notes that a transaction of Next, or one that replaces it, was sent. Store the run before the transaction leaves,
// not after: then nothing that was sent is ever unknown.
func (r *Run) Sent(tx Transaction, hash common.Hash) error {
	i, more := r.current()
	if !more {
		return errors.New("the plan is done, nothing is left to send")
	}
	step := &r.Steps[i]
	if step.Failed {
		*step = RunStep{}
	}
	if step.Nonce != nil && *step.Nonce != tx.Nonce {
		return fmt.Errorf("step %d has the nonce %d, the transaction %d: %w", i+1, *step.Nonce, tx.Nonce, ErrAnotherPlan)
	}
	nonce := tx.Nonce
	step.Nonce = &nonce
	for _, known := range step.Sent {
		if known == hash {
			return nil
		}
	}
	step.Sent = append(step.Sent, hash)
	return nil
}

// Refresh asks the node what became of the step that was sent last. Error: [ErrReplaced].
func (r *Run) Refresh(ctx context.Context, client Client) error {
	i, more := r.current()
	if !more || r.Steps[i].Nonce == nil || r.Steps[i].Failed {
		return nil
	}
	step := &r.Steps[i]
	mined, err := node.Quantity(ctx, client, "eth_getTransactionCount", r.From, "latest")
	if err != nil {
		return fmt.Errorf("read the nonce of %s: %w", r.From, err)
	}
	for _, hash := range step.Sent {
		receipt, found, err := receiptOf(ctx, client, hash)
		if err != nil {
			return err
		}
		if found {
			step.Done, step.Failed = &receipt.TxHash, !receipt.Success
			return nil
		}
	}
	if mined > *step.Nonce {
		return fmt.Errorf("step %d, nonce %d: %w", i+1, *step.Nonce, ErrReplaced)
	}
	return nil
}
