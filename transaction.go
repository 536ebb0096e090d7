package gaib

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib/internal/node"
	"github.com/gaib-go/gaib/internal/txn"
)

// ErrSignature: the signature is not 65 bytes of r, s and v that a node would take.
var ErrSignature = txn.ErrSignature

// Transaction is an unsigned EIP-1559 transaction that makes one call; it is one of EIP-7702 when it carries
// authorizations. Its fields may be changed before it is signed:
//
//	digest, err := tx.Digest()
//	signature := ... // 65 bytes r, s, v of whichever key, KMS or hardware wallet
//	hash, err := tx.Send(ctx, client, signature)
//	receipt, err := tx.Wait(ctx, client, hash)
type Transaction struct {
	ChainID uint64
	From    common.Address // whose key signs
	Nonce   uint64
	Tip     uint256.Int // max priority fee per gas, wei
	Cap     uint256.Int // max fee per gas, wei
	Gas     uint64      // limit
	Call    Call

	Authorizations []SignedAuthorization // see [Plan.SetCode]
}

// Transactions returns the plan as unsigned transactions of one account, with its next nonces, present fees and
// estimated gas limits. A plan of one call is estimated by eth_estimateGas, and a fifth is added for what changes until it
// is mined; one of several by simulating them together, because a later call may need an earlier one, with half as much
// again as they used. Neither goes above what EIP-7825 lets a transaction have.
// A call that would revert is an error here, its revert decoded; one that needs more gas than the node allows is
// [ErrTooMuchGas].
func (p Plan) Transactions(ctx context.Context, client Client, from common.Address) ([]Transaction, error) {
	if len(p) == 0 {
		return nil, ErrEmptyPlan
	}
	if from == (common.Address{}) {
		return nil, fmt.Errorf("sender: %w", ErrZeroAddress)
	}
	id, err := p.checkChain(ctx, client)
	if err != nil {
		return nil, err
	}
	limits, err := p.estimate(ctx, client, from)
	if err != nil {
		return nil, err
	}
	nonce, err := node.Quantity(ctx, client, "eth_getTransactionCount", from, "pending")
	if err != nil {
		return nil, fmt.Errorf("read the nonce of %s: %w", from, err)
	}
	fees, err := SuggestFees(ctx, client)
	if err != nil {
		return nil, err
	}
	txs := make([]Transaction, len(p))
	for i, call := range p {
		txs[i] = Transaction{ChainID: id, From: from, Nonce: nonce + uint64(i), Tip: fees.Tip, Cap: fees.Cap, Gas: limits[i], Call: call}
	}
	return txs, nil
}

// checkChain returns the node's chain, which must be that of the plan.
func (p Plan) checkChain(ctx context.Context, client Client) (uint64, error) {
	chainID, err := p.chain()
	if err != nil {
		return 0, err
	}
	id, err := node.ChainID(ctx, client)
	if err != nil {
		return 0, err
	}
	if chainID != 0 && id != chainID {
		return 0, fmt.Errorf("the node is of chain %d, the plan is for chain %d: %w", id, chainID, ErrWrongChain)
	}
	return id, nil
}

func (p Plan) estimate(ctx context.Context, client Client, from common.Address) ([]uint64, error) {
	if len(p) == 1 {
		gas, err := node.Quantity(ctx, client, "eth_estimateGas", p[0].message(from))
		if err != nil {
			return nil, sendError(p[0].wrap(err))
		}
		return []uint64{gasLimit(gas, gas/5)}, nil
	}
	preview, err := p.simulate(ctx, client, from)
	if err != nil {
		return nil, err
	}
	limits := make([]uint64, len(p))
	for i, step := range preview.Steps {
		margin := step.GasUsed / 2
		if preview.lent {
			margin = step.GasUsed
		}
		limits[i] = gasLimit(step.GasUsed, margin)
	}
	return limits, nil
}

// maxTransactionGas is the most gas that a transaction may have since EIP-7825.
const maxTransactionGas = 1 << 24

// gasLimit returns gas with a margin, which does not lift it above the most that there can be.
func gasLimit(gas, margin uint64) uint64 {
	return max(gas, min(gas+margin, maxTransactionGas))
}

func (c Call) message(from common.Address) node.CallMsg {
	message := node.CallMsg{From: &from, To: &c.To, Data: c.Data}
	if !c.Value.IsZero() {
		message.Value = (*hexutil.Big)(c.Value.ToBig())
	}
	return message
}

func (t *Transaction) wire() (*txn.DynamicFee, error) {
	if t.Call.err != nil {
		return nil, t.Call.err
	}
	return &txn.DynamicFee{ChainID: t.ChainID, Nonce: t.Nonce, TipCap: t.Tip, FeeCap: t.Cap, Gas: t.Gas, To: t.Call.To, Value: t.Call.Value, Data: t.Call.Data,
		Authorizations: t.Authorizations}, nil
}

// Digest returns the hash to be signed.
func (t Transaction) Digest() (common.Hash, error) {
	wire, err := t.wire()
	if err != nil {
		return common.Hash{}, err
	}
	return wire.Digest()
}

// Signed returns the raw transaction for eth_sendRawTransaction, and its hash. The signature is r, s and v in 65 bytes;
// v may be 0, 1, 27 or 28. Whether it is by the right key is not checked here; the node does. Error: [ErrSignature].
func (t Transaction) Signed(signature []byte) (raw []byte, hash common.Hash, err error) {
	wire, err := t.wire()
	if err != nil {
		return nil, common.Hash{}, err
	}
	return wire.Sign(signature)
}

// Send sends the signed transaction and returns its hash. Sending the same one again is harmless.
func (t Transaction) Send(ctx context.Context, client Client, signature []byte) (common.Hash, error) {
	raw, hash, err := t.Signed(signature)
	if err != nil {
		return common.Hash{}, err
	}
	var answer common.Hash
	if err := client.CallContext(ctx, &answer, "eth_sendRawTransaction", hexutil.Bytes(raw)); node.IsKnown(err) {
		return hash, nil
	} else if err != nil {
		return hash, fmt.Errorf("send %s: %w", hash, sendError(t.Call.wrap(err)))
	}
	if answer != hash {
		return hash, fmt.Errorf("sent %s, the node answered %s: %w", hash, answer, ErrBadAnswer)
	}
	return hash, nil
}

// Receipt says what became of a mined transaction.
type Receipt struct {
	TxHash      common.Hash
	BlockNumber uint64
	BlockHash   common.Hash
	GasUsed     uint64
	GasPrice    uint256.Int // wei per gas that was paid
	Success     bool
	Logs        []Log // not decoded, see [Receipt.Decode]
}

// Decode returns the receipt's logs that the sources ask for, decoded.
func (r Receipt) Decode(sources ...Source) []Log {
	var logs []Log
	for _, log := range r.Logs {
		for _, one := range sources {
			if src := one.source(); src.matches(log.Address, log.Topics) {
				logs = append(logs, src.decodeLog(log))
				break
			}
		}
	}
	return logs
}

// ErrFailed: the transaction was mined and failed. The error that wraps it also holds the decoded revert, where the
// node still has the state to find it.
var ErrFailed = errors.New("the transaction was mined and failed")

const pollEvery = 500 * time.Millisecond

// Wait returns the receipt of a sent transaction once it is mined; it asks twice a second until the context ends, so
// give it a deadline. A node that fails in a way that may pass, see [Retryable], is asked on, since the hash stays known; a
// receipt that cannot be right is an error at once. A failed transaction is an error that wraps [ErrFailed] and the typed
// revert; its receipt is returned as well.
func (t Transaction) Wait(ctx context.Context, client Client, hash common.Hash) (Receipt, error) {
	var trouble error // why the last answer is missing
	for {
		receipt, mined, err := receiptOf(ctx, client, hash)
		if fault := FaultOf(err); err != nil && ctx.Err() == nil && (!fault.Retryable() || fault == BadAnswer) {
			return Receipt{}, err
		}
		if ctx.Err() == nil {
			trouble = err
		}
		if mined {
			if !receipt.Success {
				return receipt, fmt.Errorf("%s in block %d: %w: %w", hash, receipt.BlockNumber, ErrFailed, t.cause(ctx, client, receipt))
			}
			return receipt, nil
		}
		select {
		case <-ctx.Done():
			if trouble != nil {
				return Receipt{}, fmt.Errorf("%s: %w; %w", hash, ctx.Err(), trouble)
			}
			return Receipt{}, fmt.Errorf("%s is not mined yet: %w", hash, ctx.Err())
		case <-time.After(pollEvery):
		}
	}
}

// cause runs the failed call again on the state before its block, and the block's own when that went well.
func (t Transaction) cause(ctx context.Context, client Client, receipt Receipt) error {
	message := t.Call.message(t.From)
	gas := hexutil.Uint64(t.Gas)
	if t.Gas != 0 {
		message.Gas = &gas
	}
	if receipt.GasUsed == t.Gas {
		return fmt.Errorf("out of gas: all of the limit of %d was used", t.Gas)
	}
	for _, block := range []Block{AtNumber(receipt.BlockNumber - 1), AtNumber(receipt.BlockNumber)} {
		_, err := node.Call(ctx, client, message, block.param())
		if err != nil {
			return t.Call.wrap(err)
		}
	}
	return errors.New("the call goes well when run again, so the reason is in the order of transactions within its block")
}

func receiptOf(ctx context.Context, client Client, hash common.Hash) (Receipt, bool, error) {
	wire, mined, err := node.ReceiptOf(ctx, client, hash)
	if err != nil || !mined {
		if err != nil {
			err = fmt.Errorf("read the receipt of %s: %w", hash, err)
		}
		return Receipt{}, false, err
	}
	receipt := Receipt{TxHash: hash, BlockNumber: wire.BlockNumber, BlockHash: wire.BlockHash, GasUsed: wire.GasUsed, Success: wire.Success}
	if wire.GasPrice != nil {
		if receipt.GasPrice, err = word(wire.GasPrice); err != nil {
			return Receipt{}, false, fmt.Errorf("read the receipt of %s: gas price: %w", hash, err)
		}
	}
	for _, log := range wire.Logs {
		receipt.Logs = append(receipt.Logs, Log{Address: log.Address, Topics: log.Topics, Data: log.Data, BlockNumber: wire.BlockNumber,
			BlockHash: wire.BlockHash, TxHash: hash, TxIndex: uint64(log.TxIndex), Index: uint64(log.Index)})
	}
	return receipt, true, nil
}
