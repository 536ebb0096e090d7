// Package readback takes calls apart that carry other calls: Safe transactions and MultiSend, user operations, batches of
// smart accounts, Multicall3, Morpho's bundles, and contracts that take several of their own functions at once.
package readback

//go:generate go run ../abigen -pkg readback -out bundler_gen.go bundler.abi

import (
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib/internal/multicall"
	"github.com/gaib-go/gaib/internal/safe"
	"github.com/gaib-go/gaib/internal/userop"
)

// Call is a call as it stands in calldata.
type Call struct {
	From  common.Address // who makes it; zero when that is not known
	To    common.Address
	Value uint256.Int
	Data  []byte
}

// ErrNested: the calldata say that they carry calls, and those cannot be read.
var ErrNested = errors.New("the calls within cannot be read")

// Open returns the calls that a call carries and what carries them, in words. It returns none, and no words, for a call
// that carries none. Error: ErrNested. The data of the calls within may be parts of the call's.
func Open(call Call) (inner []Call, how string, err error) {
	if len(call.Data) < 4 {
		return nil, "", nil
	}
	switch [4]byte(call.Data[:4]) {
	case safe.SafeExecTransaction{}.Item().Selector:
		var exec safe.SafeExecTransaction
		if err := exec.Decode(call.Data); err != nil {
			return nil, "", fmt.Errorf("%w: Safe transaction: %w", ErrNested, err)
		}
		one := Call{From: call.To, To: exec.To, Value: exec.Value, Data: exec.Data}
		if exec.Operation == uint8(safe.Delegate) {
			if many, _, err := Open(one); err != nil || len(many) > 0 {
				return relabel(many, call.To), "as Safe " + call.To.Hex(), err
			}
			return []Call{one}, "as Safe " + call.To.Hex() + ", with all of its powers (delegatecall)", nil
		}
		return []Call{one}, "as Safe " + call.To.Hex(), nil
	case safe.MultiSendMultiSend{}.Item().Selector:
		var many safe.MultiSendMultiSend
		if err := many.Decode(call.Data); err != nil {
			return nil, "", fmt.Errorf("%w: MultiSend: %w", ErrNested, err)
		}
		calls, err := safe.Unpack(many.Transactions)
		if err != nil {
			return nil, "", fmt.Errorf("%w: MultiSend: %w", ErrNested, err)
		}
		for _, one := range calls {
			inner = append(inner, Call{From: call.From, To: one.To, Value: one.Value, Data: one.Data})
		}
		return inner, "at once", nil
	case userop.EntryPointHandleOps{}.Item().Selector:
		var ops userop.EntryPointHandleOps
		if err := ops.Decode(call.Data); err != nil {
			return nil, "", fmt.Errorf("%w: user operations: %w", ErrNested, err)
		}
		for _, op := range ops.Ops {
			inner = append(inner, Call{From: call.To, To: op.Sender, Data: op.CallData})
		}
		return inner, "user operations", nil
	case userop.AccountExecute{}.Item().Selector, userop.AccountExecuteBatch{}.Item().Selector, userop.AccountExecuteMode{}.Item().Selector:
		calls, ok := userop.Calls(call.Data)
		if !ok {
			return nil, "", fmt.Errorf("%w: batch of an account", ErrNested)
		}
		for _, one := range calls {
			inner = append(inner, Call{From: call.To, To: one.Target, Value: one.Value, Data: one.Data})
		}
		return inner, "as account " + call.To.Hex(), nil
	case multicall.Aggregate3{}.Item().Selector:
		var many multicall.Aggregate3
		if err := many.Decode(call.Data); err != nil {
			return nil, "", fmt.Errorf("%w: Multicall3: %w", ErrNested, err)
		}
		for _, one := range many.Calls {
			inner = append(inner, Call{From: call.To, To: one.Target, Data: one.CallData})
		}
		return inner, "through Multicall3", nil
	case BundlerMulticall{}.Item().Selector:
		var many BundlerMulticall
		if err := many.Decode(call.Data); err != nil {
			return nil, "", fmt.Errorf("%w: bundle: %w", ErrNested, err)
		}
		for _, one := range many.Bundle {
			inner = append(inner, Call{From: call.To, To: one.To, Value: one.Value, Data: one.Data})
		}
		return inner, "as a bundle", nil
	case userop.SelfMulticall{}.Item().Selector:
		var many userop.SelfMulticall
		if err := many.Decode(call.Data); err != nil {
			return nil, "", fmt.Errorf("%w: multicall: %w", ErrNested, err)
		}
		for _, data := range many.Calls {
			inner = append(inner, Call{From: call.From, To: call.To, Data: data})
		}
		return inner, "at once", nil
	}
	return nil, "", nil
}

// relabel returns the calls as made by an account.
func relabel(calls []Call, from common.Address) []Call {
	for i := range calls {
		calls[i].From = from
	}
	return calls
}
