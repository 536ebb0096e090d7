package gaib

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib/internal/evmcode"
	"github.com/gaib-go/gaib/internal/node"
	"github.com/gaib-go/gaib/internal/proxy"
	"github.com/gaib-go/gaib/internal/txn"
	"github.com/gaib-go/gaib/internal/userop"
)

// AccountStyle says how a smart account makes several calls.
type AccountStyle = userop.Style

// The styles of accounts.
const (
	SimpleAccount  = userop.Simple  // execute and executeBatch, as ERC-4337's reference accounts and Simple7702Account
	ModularAccount = userop.Modular // execute with a mode, ERC-7579
)

// BatchError says which call of a plan reverted when an account made them all at once.
type BatchError struct {
	Step int // of the plan, from 1
	Err  error
}

// Error returns the step and the cause.
func (e *BatchError) Error() string { return fmt.Sprintf("step %d: %v", e.Step, e.Err) }

// Unwrap returns the cause, a [CallError] with the typed revert.
func (e *BatchError) Unwrap() error { return e.Err }

// Batch returns the plan as one call of an account's own code that makes all of its calls or none. Who may make it is up
// to the account: itself, its owner or the EntryPoint. A revert within is a [BatchError].
func (p Plan) Batch(account common.Address, style AccountStyle) (Call, error) {
	chainID, err := p.chain()
	if err == nil && len(p) == 0 {
		err = ErrEmptyPlan
	}
	if err == nil && account == (common.Address{}) {
		err = fmt.Errorf("the account of a batch: %w", ErrZeroAddress)
	}
	if err != nil {
		return Call{}, err
	}
	calls := make([]userop.AccountBatchCall, len(p))
	for i, call := range p {
		calls[i] = userop.AccountBatchCall{Target: call.To, Value: call.Value, Data: call.Data}
	}
	data, err := userop.Batch(style, calls)
	if err != nil {
		return Call{}, err
	}
	contract := NewDeployment(chainID, "").With("account", Entry{Address: account, Evidence: Confirmed}).Contract("account", p.decodeBatch)
	return Call{To: account, Data: data, contract: contract, text: "at once: " + p.Describe()}, nil
}

// decodeBatch returns the revert within a batch as the error of its step.
func (p Plan) decodeBatch(data []byte) error {
	step, inner := 0, data
	var failed userop.AccountExecuteErrorError
	if err := failed.Decode(data); err == nil && failed.Index.LtUint64(uint64(len(p))) {
		step, inner = int(failed.Index.Uint64()), failed.ErrorArg
	} else if len(p) > 1 {
		return nil // an account that does not say which call it was, or an error of its own
	}
	call := p[step]
	revert := DecodeRevert(inner, call.contract.decoders...)
	if revert.Reason == nil && len(p) == 1 {
		return nil
	}
	return &BatchError{Step: step + 1, Err: &CallError{Contract: call.contract.name, Address: call.To, Function: call.item.Signature, Err: revert}}
}

// Authorization lets an ordinary account have the code at an address (EIP-7702), until it signs another. The account's own
// key signs its Digest; Sign makes of it what a [Transaction] carries.
type Authorization = txn.Authorization

// SignedAuthorization is an [Authorization] with its signature.
type SignedAuthorization = txn.SignedAuthorization

// SetCode returns the plan as one transaction by which an ordinary account makes all of the calls or none, with the code
// at delegate (EIP-7702), which must be of [SimpleAccount] style. The authorization is nil when the account has that code
// already; else it is signed like the transaction and added to its Authorizations before that is signed. A delegate
// can do anything with the account: take none but those whose code is known. A call that would revert is an error here.
func (p Plan) SetCode(ctx context.Context, client Client, from, delegate common.Address) (Transaction, *Authorization, error) {
	batch, err := p.Batch(from, SimpleAccount)
	if err != nil {
		return Transaction{}, nil, err
	}
	if delegate == (common.Address{}) {
		return Transaction{}, nil, fmt.Errorf("the code of the account: %w", ErrZeroAddress)
	}
	id, err := p.checkChain(ctx, client)
	if err != nil {
		return Transaction{}, nil, err
	}
	code, err := node.Code(ctx, client, delegate, "latest")
	if err == nil && len(code) == 0 {
		err = fmt.Errorf("the delegate %s: %w", delegate, ErrNoCode)
	}
	if err != nil {
		return Transaction{}, nil, err
	}
	present, err := node.Code(ctx, client, from, "latest")
	if err != nil {
		return Transaction{}, nil, err
	}
	designation := append([]byte{0xef, 0x01, 0x00}, delegate[:]...)
	nonce, err := node.Quantity(ctx, client, "eth_getTransactionCount", from, "pending")
	if err != nil {
		return Transaction{}, nil, fmt.Errorf("read the nonce of %s: %w", from, err)
	}
	fees, err := SuggestFees(ctx, client)
	if err != nil {
		return Transaction{}, nil, err
	}
	const authorizationGas = 25_000
	override := map[common.Address]any{from: map[string]any{"code": hexutil.Bytes(designation)}}
	gas, err := node.Quantity(ctx, client, "eth_estimateGas", batch.message(from), "latest", override)
	if err != nil {
		return Transaction{}, nil, sendError(batch.wrap(err))
	}
	tx := Transaction{ChainID: id, From: from, Nonce: nonce, Tip: fees.Tip, Cap: fees.Cap, Call: batch}
	if string(present) == string(designation) {
		tx.Gas = gasLimit(gas, gas/5)
		return tx, nil, nil
	}
	tx.Gas = gasLimit(gas+authorizationGas, gas/5)
	// The transaction raises the nonce before its authorizations are looked at.
	return tx, &Authorization{ChainID: id, Address: delegate, Nonce: nonce + 1}, nil
}

// EntryPointVersion is a release of ERC-4337's EntryPoint.
type EntryPointVersion = userop.Version

// The releases of the EntryPoint that are known here.
const (
	EntryPoint08 = userop.V08
	EntryPoint07 = userop.V07
)

// EntryPoint returns where a release is on public chains.
func EntryPoint(version EntryPointVersion) common.Address {
	if version == EntryPoint07 {
		return common.HexToAddress("0x0000000071727De22E5E9d8BAf0edAc6f37da032")
	}
	return common.HexToAddress("0x4337084D9E255Ff0702461CF8895CE9E3b5Ff108")
}

// Paymaster is who pays for a user operation instead of its account.
type Paymaster = userop.Paymaster

// UserOperation is a plan as an ERC-4337 account carries it out. Its fields may be changed before it is signed; gas
// and fees are the caller's or [UserOperation.Estimate]'s.
type UserOperation userop.Operation

// UserOperation returns the plan as one user operation of an account: its calls all at once, without gas and fees.
// The nonce is read by [AccountNonce].
func (p Plan) UserOperation(version EntryPointVersion, account common.Address, style AccountStyle, nonce uint256.Int) (UserOperation, error) {
	batch, err := p.Batch(account, style)
	if err != nil {
		return UserOperation{}, err
	}
	if version > EntryPoint07 {
		return UserOperation{}, fmt.Errorf("unknown release %d of the EntryPoint", version)
	}
	return UserOperation{ChainID: batch.contract.chainID, EntryPoint: EntryPoint(version), Version: version, Sender: account, Nonce: nonce, CallData: batch.Data}, nil
}

func entryPoint(chainID uint64, address common.Address) Contract {
	return NewDeployment(chainID, "").With("EntryPoint", Entry{Address: address, Evidence: Confirmed}).Contract("EntryPoint", userop.DecodeEntryPointError)
}

// AccountNonce reads an account's next nonce at the EntryPoint; key numbers independent sequences and is normally zero.
func AccountNonce(chainID uint64, entry, account common.Address, key uint256.Int) *Query[uint256.Int] {
	return NewQuery(entryPoint(chainID, entry), userop.EntryPointGetNonce{Sender: account, Key: key})
}

// Hash returns the operation's hash, which accounts of release 0.8 sign as it is; the reference account of 0.7 signs
// it as a message (personal_sign).
func (o UserOperation) Hash() (common.Hash, error) {
	if o.ChainID == 0 {
		return common.Hash{}, fmt.Errorf("the user operation has no chain id: %w", ErrWrongChain)
	}
	return (*userop.Operation)(&o).Hash()
}

// TypedData returns the operation as JSON for eth_signTypedData_v4. Release 0.7 has no such form.
func (o UserOperation) TypedData() (json.RawMessage, error) {
	if _, err := o.Hash(); err != nil {
		return nil, err
	}
	if o.Version != EntryPoint08 {
		return nil, errors.New("typed data of user operations begin with release 0.8 of the EntryPoint; sign the hash")
	}
	data, err := (*userop.Operation)(&o).TypedData()
	if err != nil {
		return nil, err
	}
	return data.MarshalJSON()
}

// JSON returns the operation as bundlers take it (eth_sendUserOperation).
func (o UserOperation) JSON(signature []byte) (json.RawMessage, error) {
	return json.Marshal((*userop.Operation)(&o).Wire(signature))
}

// Estimate returns the operation with the gas limits that a bundler says (eth_estimateUserOperationGas). stub is a
// signature of the right length, which the account refuses without reverting.
func (o UserOperation) Estimate(ctx context.Context, bundler Client, stub []byte) (UserOperation, error) {
	var answer struct {
		PreVerificationGas            *hexutil.Big `json:"preVerificationGas"`
		VerificationGasLimit          *hexutil.Big `json:"verificationGasLimit"`
		CallGasLimit                  *hexutil.Big `json:"callGasLimit"`
		PaymasterVerificationGasLimit *hexutil.Big `json:"paymasterVerificationGasLimit"`
	}
	if err := bundler.CallContext(ctx, &answer, "eth_estimateUserOperationGas", (*userop.Operation)(&o).Wire(stub), o.EntryPoint); err != nil {
		return o, fmt.Errorf("estimate the user operation: %w", DecodeNodeError(err, userop.DecodeEntryPointError))
	}
	for _, field := range []struct {
		into *uint256.Int
		from *hexutil.Big
	}{{&o.PreVerificationGas, answer.PreVerificationGas}, {&o.VerificationGas, answer.VerificationGasLimit}, {&o.CallGas, answer.CallGasLimit}} {
		value, err := word(field.from)
		if err != nil {
			return o, fmt.Errorf("estimate the user operation: %w", err)
		}
		*field.into = value
	}
	if o.Paymaster != nil && answer.PaymasterVerificationGasLimit != nil {
		limit, err := word(answer.PaymasterVerificationGasLimit)
		if err != nil {
			return o, fmt.Errorf("estimate the user operation: %w", err)
		}
		paymaster := *o.Paymaster
		paymaster.VerificationGas, o.Paymaster = limit, &paymaster
	}
	return o, nil
}

// Send gives the signed operation to a bundler and returns its hash.
func (o UserOperation) Send(ctx context.Context, bundler Client, signature []byte) (common.Hash, error) {
	hash, err := o.Hash()
	if err != nil {
		return hash, err
	}
	var answer common.Hash
	if err := bundler.CallContext(ctx, &answer, "eth_sendUserOperation", (*userop.Operation)(&o).Wire(signature), o.EntryPoint); err != nil {
		return hash, fmt.Errorf("send the user operation %s: %w", hash, DecodeNodeError(err, userop.DecodeEntryPointError))
	}
	if answer != hash {
		return hash, fmt.Errorf("sent the user operation %s, the bundler answered %s: %w", hash, answer, ErrBadAnswer)
	}
	return hash, nil
}

// Call returns the call by which anybody carries the signed operation out without a bundler; the account or paymaster
// repays the gas to beneficiary. Whether the operation's own calls went well is in the receipt, see
// [UserOperation.Outcome].
func (o UserOperation) Call(signature []byte, beneficiary common.Address) Call {
	contract := entryPoint(o.ChainID, o.EntryPoint)
	packed, err := (*userop.Operation)(&o).Pack(signature)
	if err != nil {
		return FailedCall(contract, userop.EntryPointHandleOps{}, err)
	}
	return NewCall(contract, userop.EntryPointHandleOps{Ops: []userop.EntryPointPacked{packed}, Beneficiary: beneficiary},
		fmt.Sprintf("carry out user operation %s of %s", o.Nonce.Dec(), o.Sender))
}

// Outcome returns what became of the operation in a mined transaction: nil when its calls went well, an error that wraps
// [ErrFailed] and the typed revert when they did not, and one that says so when the transaction does not hold it. plan is
// what the operation was made of.
func (o UserOperation) Outcome(receipt Receipt, plan Plan) error {
	hash, err := o.Hash()
	if err != nil {
		return err
	}
	var reason error
	for _, log := range receipt.Logs {
		var reverted userop.EntryPointUserOperationRevertReasonEvent
		var done userop.EntryPointUserOperationEventEvent
		switch {
		case log.Address != o.EntryPoint:
		case reverted.DecodeLog(log.Topics, log.Data) == nil && reverted.UserOpHash == hash:
			reason = DecodeRevert(reverted.RevertReason, plan.decodeBatch)
		case done.DecodeLog(log.Topics, log.Data) == nil && done.UserOpHash == hash:
			switch {
			case done.Success:
				return nil
			case reason == nil:
				return fmt.Errorf("user operation %s: %w without a reason; it may have run out of gas", hash, ErrFailed)
			}
			return fmt.Errorf("user operation %s: %w: %w", hash, ErrFailed, reason)
		}
	}
	return fmt.Errorf("transaction %s does not hold the user operation %s", receipt.TxHash, hash)
}

// ErrNoMulticall: the plan's calls are not of one contract that takes several of its functions in one call.
var ErrNoMulticall = errors.New("the plan's calls are not of one contract with multicall(bytes[])")

// Multicall returns the plan as one call of the contract that all of its calls are of, if the contract has
// multicall(bytes[]), as many vaults and routers do; its code is looked at, behind a proxy as well. The sender stays who
// it is. ERC-4626 vaults and tokens have none: use a batch of the account instead. Errors: [ErrNoMulticall], [ErrNoCode].
func (p Plan) Multicall(ctx context.Context, client Client) (Call, error) {
	if err := p.Err(); err != nil {
		return Call{}, err
	}
	if _, err := p.checkChain(ctx, client); err != nil {
		return Call{}, err
	}
	multicall := userop.SelfMulticall{Calls: make([][]byte, len(p))}
	for i, call := range p {
		if call.To != p[0].To || !call.Value.IsZero() {
			return Call{}, fmt.Errorf("step %d: %w", i+1, ErrNoMulticall)
		}
		multicall.Calls[i] = call.Data
	}
	target, err := proxy.Follow(ctx, client, p[0].To, "latest")
	if err != nil {
		return Call{}, err
	}
	code, err := node.Code(ctx, client, target.Implementation, "latest")
	switch {
	case err != nil:
		return Call{}, err
	case len(code) == 0:
		return Call{}, fmt.Errorf("%s: %w", target.Implementation, ErrNoCode)
	case !evmcode.Selectors(code)[multicall.Item().Selector]:
		return Call{}, fmt.Errorf("%s: %w", p[0].To, ErrNoMulticall)
	}
	data, err := multicall.Encode()
	if err != nil {
		return Call{}, err
	}
	return Call{To: p[0].To, Data: data, contract: p[0].contract, text: "at once: " + p.Describe()}, nil
}
