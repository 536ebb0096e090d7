package peers

import (
	"encoding/binary"
	"fmt"
	"math/big"
	"slices"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/tracing"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/params"
	"github.com/ethereum/go-ethereum/triedb"
	"github.com/holiman/uint256"
)

// callGas is what a call may use: more than four blocks hold, and an end for a loop without one.
const callGas = 1 << 28

// RevertError is a call that failed. Data is what the contract reverted with; it is empty if the EVM itself
// stopped the call (out of gas, invalid opcode).
type RevertError struct {
	Data []byte
	Err  error // the EVM's reason
}

// Error returns the EVM's reason, with the text of a require or the code of a panic where the data has one.
func (e *RevertError) Error() string {
	if text, err := abi.UnpackRevert(e.Data); err == nil {
		return fmt.Sprintf("%v: %s", e.Err, text)
	}
	return fmt.Sprintf("%v: %#x", e.Err, e.Data)
}

// Unwrap returns the EVM's reason.
func (e *RevertError) Unwrap() error { return e.Err }

// Reason returns the text of a require, or the EVM's account of a panic code, and nothing for any other revert data.
func (e *RevertError) Reason() string {
	text, err := abi.UnpackRevert(e.Data)
	if err != nil {
		return ""
	}
	return text
}

// EVM runs contracts on a state in memory, under mainnet's Osaka rules, chain id 1, at time and block number 1 to begin
// with. There are no blocks and no transactions, gas costs nothing and no signature is checked. Not safe for concurrent use.
type EVM struct {
	rules params.Rules
	state *state.StateDB
	evm   *vm.EVM
	sent  uint64
	logs  []*types.Log
}

// NewEVM returns an EVM with an empty state.
func NewEVM() (*EVM, error) {
	db, err := state.New(types.EmptyRootHash, state.NewDatabase(triedb.NewDatabase(rawdb.NewMemoryDatabase(), nil), nil))
	if err != nil {
		return nil, fmt.Errorf("peers: state: %w", err)
	}
	// The library's development rules run ahead of mainnet: the forks after Osaka are taken out.
	config := *params.AllDevChainProtocolChanges
	config.ChainID = big.NewInt(1)
	config.BogotaTime, config.AmsterdamTime = nil, nil
	config.BlobScheduleConfig = params.MainnetChainConfig.BlobScheduleConfig
	e := &EVM{rules: config.Rules(big.NewInt(1), true, 1), state: db}
	e.evm = vm.NewEVM(vm.BlockContext{
		CanTransfer: core.CanTransfer,
		Transfer:    core.Transfer,
		GetHash:     func(uint64) common.Hash { return common.Hash{} },
		GasLimit:    callGas,
		BlockNumber: big.NewInt(1),
		Time:        1,
		Difficulty:  new(big.Int),
		BaseFee:     new(big.Int),
		BlobBaseFee: big.NewInt(1),
		Random:      new(common.Hash),
	}, db, &config, vm.Config{NoBaseFee: true})
	return e, nil
}

// Time returns the block time that contracts see, in seconds.
func (e *EVM) Time() uint64 { return e.evm.Context.Time }

// SetTime sets the block time that contracts see, in seconds. It may go backwards.
func (e *EVM) SetTime(seconds uint64) { e.evm.Context.Time = seconds }

// SetNumber sets the block number that contracts see.
func (e *EVM) SetNumber(number uint64) { e.evm.Context.BlockNumber = new(big.Int).SetUint64(number) }

// SetBalance sets what an account holds, in wei.
func (e *EVM) SetBalance(account common.Address, wei *uint256.Int) {
	e.state.SetBalance(account, wei, tracing.BalanceChangeUnspecified)
	e.state.Finalise(e.rules)
}

// SetCode puts runtime code at an address.
func (e *EVM) SetCode(account common.Address, code []byte) {
	e.state.SetCode(account, slices.Clone(code), tracing.CodeChangeUnspecified)
	// An account with nonce 0, no balance and no code would count as empty and be dropped.
	e.state.SetNonce(account, max(1, e.state.GetNonce(account)), tracing.NonceChangeUnspecified)
	e.state.Finalise(e.rules)
}

// Code returns the runtime code at an address.
func (e *EVM) Code(account common.Address) []byte { return slices.Clone(e.state.GetCode(account)) }

// SetStorage sets one slot of a contract.
func (e *EVM) SetStorage(account common.Address, slot, value common.Hash) {
	e.state.SetState(account, slot, value)
	e.state.Finalise(e.rules)
}

// Storage returns one slot of a contract.
func (e *EVM) Storage(account common.Address, slot common.Hash) common.Hash {
	return e.state.GetState(account, slot)
}

// Deploy runs creation code (Artifact.Code) as from and returns where the contract is. A *RevertError says that the
// constructor failed.
func (e *EVM) Deploy(from common.Address, code []byte) (common.Address, error) {
	e.prepare(from, nil)
	output, address, _, err := e.evm.Create(from, code, vm.NewGasBudget(callGas, 0), new(uint256.Int))
	e.keep()
	if err != nil {
		return common.Address{}, &RevertError{Data: output, Err: err}
	}
	return address, nil
}

// Call returns what the contract at to answers and forgets every change that it made. A *RevertError says that it
// reverted. from needs no funds: the call sends no value.
func (e *EVM) Call(from, to common.Address, input []byte) ([]byte, error) {
	e.prepare(from, &to)
	snapshot := e.state.Snapshot()
	output, _, err := e.evm.Call(from, to, input, vm.NewGasBudget(callGas, 0), new(uint256.Int))
	e.state.RevertToSnapshot(snapshot)
	if err != nil {
		return nil, &RevertError{Data: output, Err: err}
	}
	return output, nil
}

// Send is Call that keeps the changes. A call that reverts changes nothing. Logs returns what it emitted.
func (e *EVM) Send(from, to common.Address, input []byte) ([]byte, error) {
	return e.SendValue(from, to, input, new(uint256.Int))
}

// SendValue is Send with wei of the sender's balance.
func (e *EVM) SendValue(from, to common.Address, input []byte, wei *uint256.Int) ([]byte, error) {
	e.prepare(from, &to)
	output, _, err := e.evm.Call(from, to, input, vm.NewGasBudget(callGas, 0), wei)
	e.keep()
	if err != nil {
		return nil, &RevertError{Data: output, Err: err}
	}
	return output, nil
}

// Logs returns what the last Deploy, Send or SendValue emitted, in order.
func (e *EVM) Logs() []*types.Log { return e.logs }

// Snapshot remembers the state, the time and the block number and returns a function that goes back to them, which may
// be used any number of times. It copies the state, so use it per scenario, not per call.
func (e *EVM) Snapshot() (restore func()) {
	saved := e.state.Copy()
	seconds, number := e.evm.Context.Time, new(big.Int).Set(e.evm.Context.BlockNumber)
	return func() {
		e.state = saved.Copy()
		e.evm.StateDB = e.state
		e.evm.Context.Time, e.evm.Context.BlockNumber = seconds, new(big.Int).Set(number)
	}
}

// prepare begins a transaction.
func (e *EVM) prepare(from common.Address, to *common.Address) {
	e.state.Prepare(e.rules, from, common.Address{}, to, nil, nil)
	e.evm.SetTxContext(vm.TxContext{Origin: from, GasPrice: new(uint256.Int)})
	e.sent++
	e.state.SetTxContext(e.hash(), 0, 0)
}

// keep ends a transaction.
func (e *EVM) keep() {
	e.logs = e.state.GetLogs(e.hash(), e.evm.Context.BlockNumber.Uint64(), common.Hash{}, e.evm.Context.Time)
	e.state.Finalise(e.rules)
}

// hash stands for the hash of the transaction that runs, which the state keeps logs by.
func (e *EVM) hash() (h common.Hash) {
	binary.BigEndian.PutUint64(h[24:], e.sent)
	return h
}
