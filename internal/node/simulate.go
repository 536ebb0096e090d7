package node

import (
	"context"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
)

// SimulatedLog is one log of a simulated call. Transfers of the chain's coin are among them, as Transfer events of the
// address that ERC-7528 gives it.
type SimulatedLog struct {
	Address common.Address `json:"address"`
	Topics  []common.Hash  `json:"topics"`
	Data    hexutil.Bytes  `json:"data"`
}

// Simulated is what one simulated call came to. Failure is an error that reads as a node's error reply does, nil when
// the call went well.
type Simulated struct {
	Data    []byte
	GasUsed uint64
	Failure error
	Logs    []SimulatedLog
}

// Simulate runs calls in order on the state of a block, each on what the earlier ones left (eth_simulateV1).
func Simulate(ctx context.Context, client Caller, calls []CallMsg, block any) ([]Simulated, error) {
	type blockCalls struct {
		Calls []CallMsg `json:"calls"`
	}
	input := struct {
		Blocks         []blockCalls `json:"blockStateCalls"`
		TraceTransfers bool         `json:"traceTransfers"`
		Validation     bool         `json:"validation"`
	}{Blocks: []blockCalls{{calls}}, TraceTransfers: true}
	var output []struct {
		Calls []struct {
			Status  hexutil.Uint64  `json:"status"`
			Data    hexutil.Bytes   `json:"returnData"`
			GasUsed hexutil.Uint64  `json:"gasUsed"`
			Error   *simulatedError `json:"error"`
			Logs    []SimulatedLog  `json:"logs"`
		} `json:"calls"`
	}
	if err := client.CallContext(ctx, &output, "eth_simulateV1", input, block); err != nil {
		return nil, err
	}
	if len(output) != 1 || len(output[0].Calls) != len(calls) {
		return nil, fmt.Errorf("eth_simulateV1 did not answer for each of %d calls: %w", len(calls), ErrBadAnswer)
	}
	results := make([]Simulated, len(calls))
	for i, result := range output[0].Calls {
		results[i] = Simulated{Data: result.Data, GasUsed: uint64(result.GasUsed), Logs: result.Logs}
		switch {
		case result.Status == 1:
		case result.Error != nil:
			if result.Error.Data == nil && len(result.Data) > 0 {
				result.Error.Data = result.Data.String() // anvil gives what a contract reverted with as returnData only
			}
			results[i].Failure = result.Error
		default:
			results[i].Failure = errors.New("failed without a reason")
		}
	}
	return results, nil
}

// simulatedError is the error of one simulated call.
type simulatedError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Data    any    `json:"data"`
}

func (e *simulatedError) Error() string  { return e.Message }
func (e *simulatedError) ErrorCode() int { return e.Code }
func (e *simulatedError) ErrorData() any { return e.Data }
