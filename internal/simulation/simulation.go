package simulation

import (
	"context"
	_ "embed"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib/internal/node"
)

//go:embed executor.hex
var executor string

// Call is one call of the account.
type Call struct {
	To    common.Address
	Value uint256.Int
	Data  []byte
}

// Run simulates calls of an account on the state of a block by eth_simulateV1.
func Run(ctx context.Context, client node.Caller, from common.Address, calls []Call, block any) ([]node.Simulated, error) {
	messages := make([]node.CallMsg, len(calls))
	for i, call := range calls {
		messages[i] = node.CallMsg{From: &from, To: &call.To, Data: call.Data}
		if !call.Value.IsZero() {
			messages[i].Value = (*hexutil.Big)(call.Value.ToBig())
		}
	}
	return node.Simulate(ctx, client, messages, block)
}

// Lend does the same by lending the account the executor's code, for nodes without eth_simulateV1. The results have no
// logs. The account has code while its calls run, so that a contract which turns away accounts with code gives another
// answer than it would. The gas used is what the calls took, and what a transaction of its own costs beforehand.
func Lend(ctx context.Context, client node.Caller, from common.Address, calls []Call, block any) ([]node.Simulated, error) {
	steps := make([]ExecutorStep, len(calls))
	for i, call := range calls {
		steps[i] = ExecutorStep(call)
	}
	input, err := ExecutorRun{Steps: steps}.Encode()
	if err != nil {
		return nil, err
	}
	override := map[common.Address]any{from: map[string]string{"code": "0x" + strings.TrimSpace(executor)}}
	var output hexutil.Bytes
	// Sent by nobody: some nodes take no calls from an account that has code.
	if err := client.CallContext(ctx, &output, "eth_call", node.CallMsg{To: &from, Data: input}, block, override); err != nil {
		return nil, err
	}
	outcomes, err := ExecutorRun{}.DecodeResult(output)
	if err != nil || len(outcomes) != len(calls) {
		return nil, fmt.Errorf("the node gave %d bytes for %d calls by a lent contract; it may not know state overrides: %w", len(output), len(calls), node.ErrBadAnswer)
	}
	results := make([]node.Simulated, len(calls))
	for i, outcome := range outcomes {
		if !outcome.GasUsed.IsUint64() {
			return nil, fmt.Errorf("gas of call %d: %w", i+1, node.ErrBadAnswer)
		}
		results[i] = node.Simulated{Data: outcome.Data, GasUsed: transactionGas(calls[i].Data, outcome.GasUsed.Uint64())}
		if !outcome.Success {
			results[i].Failure = &Reverted{outcome.Data}
		}
	}
	return results, nil
}

// transactionGas returns what a transaction takes whose call took gas: with its calldata, by EIP-2028 and EIP-7623.
func transactionGas(data []byte, gas uint64) uint64 {
	const transaction, perToken, floorPerToken = 21_000, 4, 10
	tokens := uint64(0)
	for _, b := range data {
		if tokens++; b != 0 {
			tokens += 3
		}
	}
	return transaction + max(perToken*tokens+gas, floorPerToken*tokens)
}

// Reverted is the error of a call that reverted; it reads as a node's error reply does.
type Reverted struct{ data []byte }

// Error returns what geth says of a revert.
func (e *Reverted) Error() string { return "execution reverted" }

// ErrorCode returns the code of a revert, 3.
func (e *Reverted) ErrorCode() int { return 3 }

// ErrorData returns the revert data in hexadecimal.
func (e *Reverted) ErrorData() any { return "0x" + hex.EncodeToString(e.data) }
