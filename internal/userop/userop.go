package userop

import (
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib/internal/eip712"
	"github.com/gaib-go/gaib/internal/hash"
)

// Version says by which release of the EntryPoint an operation is hashed.
type Version uint8

// The releases known here.
const (
	V08 Version = iota // typed data of EIP-712
	V07                // two hashes of packed words
)

// Paymaster is who pays for an operation instead of its account.
type Paymaster struct {
	Address         common.Address
	VerificationGas uint256.Int
	PostOpGas       uint256.Int
	Data            []byte
}

// Operation is an unsigned user operation.
type Operation struct {
	ChainID            uint64
	EntryPoint         common.Address
	Version            Version
	Sender             common.Address
	Nonce              uint256.Int
	Factory            common.Address // creates the account, with FactoryData; none when it exists
	FactoryData        []byte
	Delegate           common.Address // the code an account has, or gets with the operation, by EIP-7702; none otherwise
	CallData           []byte
	CallGas            uint256.Int
	VerificationGas    uint256.Int
	PreVerificationGas uint256.Int
	Tip                uint256.Int
	Cap                uint256.Int
	Paymaster          *Paymaster
}

// ErrWidth: a gas figure or a fee has more than the 128 bits that the packed form gives it.
var ErrWidth = errors.New("does not fit the 128 bits it has in a user operation")

// ErrCreation: an operation cannot both create its account and have it delegate.
var ErrCreation = errors.New("a user operation has either a factory or a delegate")

// marker7702 stands where a factory's address would, padded to its length.
var marker7702 = [20]byte{0x77, 0x02}

// Pack returns the operation as the EntryPoint takes it.
func (o *Operation) Pack(signature []byte) (EntryPointPacked, error) {
	packed := EntryPointPacked{Sender: o.Sender, Nonce: o.Nonce, CallData: o.CallData, PreVerificationGas: o.PreVerificationGas, Signature: signature}
	if o.Factory != (common.Address{}) && o.Delegate != (common.Address{}) {
		return packed, ErrCreation
	}
	if o.Factory != (common.Address{}) {
		packed.InitCode = append(o.Factory.Bytes(), o.FactoryData...)
	}
	if o.Delegate != (common.Address{}) {
		packed.InitCode = append(marker7702[:len(marker7702):len(marker7702)], o.FactoryData...)
	}
	var err error
	if packed.AccountGasLimits, err = halves(o.VerificationGas, o.CallGas); err != nil {
		return packed, fmt.Errorf("gas limits: %w", err)
	}
	if packed.GasFees, err = halves(o.Tip, o.Cap); err != nil {
		return packed, fmt.Errorf("fees: %w", err)
	}
	if p := o.Paymaster; p != nil {
		limits, err := halves(p.VerificationGas, p.PostOpGas)
		if err != nil {
			return packed, fmt.Errorf("paymaster's gas limits: %w", err)
		}
		packed.PaymasterAndData = append(append(p.Address.Bytes(), limits[:]...), p.Data...)
	}
	return packed, nil
}

// halves returns a word of two numbers of 128 bits.
func halves(high, low uint256.Int) (common.Hash, error) {
	if high.BitLen() > 128 || low.BitLen() > 128 {
		return common.Hash{}, ErrWidth
	}
	var word uint256.Int
	word.Lsh(&high, 128).Or(&word, &low)
	return word.Bytes32(), nil
}

// TypedData returns what the account signs by EIP-712; only release 0.8 of the EntryPoint knows it.
func (o *Operation) TypedData() (eip712.TypedData, error) {
	packed, err := o.Pack(nil)
	if err != nil {
		return eip712.TypedData{}, err
	}
	initCode := packed.InitCode
	if o.Delegate != (common.Address{}) { // what is signed names the code, not the marker
		initCode = append(o.Delegate.Bytes(), o.FactoryData...)
	}
	return eip712.TypedData{
		Domain: eip712.Struct{Name: "EIP712Domain", Fields: []eip712.Field{
			{Name: "name", Type: "string", Value: "ERC4337"},
			{Name: "version", Type: "string", Value: "1"},
			{Name: "chainId", Type: "uint256", Value: o.ChainID},
			{Name: "verifyingContract", Type: "address", Value: o.EntryPoint},
		}},
		Message: eip712.Struct{Name: "PackedUserOperation", Fields: []eip712.Field{
			{Name: "sender", Type: "address", Value: o.Sender},
			{Name: "nonce", Type: "uint256", Value: o.Nonce},
			{Name: "initCode", Type: "bytes", Value: initCode},
			{Name: "callData", Type: "bytes", Value: o.CallData},
			{Name: "accountGasLimits", Type: "bytes32", Value: packed.AccountGasLimits},
			{Name: "preVerificationGas", Type: "uint256", Value: o.PreVerificationGas},
			{Name: "gasFees", Type: "bytes32", Value: packed.GasFees},
			{Name: "paymasterAndData", Type: "bytes", Value: packed.PaymasterAndData},
		}},
	}, nil
}

// Hash returns the operation's hash, the one that the EntryPoint gives to the account for its signature.
func (o *Operation) Hash() (common.Hash, error) {
	if o.Version == V08 {
		data, err := o.TypedData()
		if err != nil {
			return common.Hash{}, err
		}
		return data.Digest()
	}
	packed, err := o.Pack(nil)
	if err != nil {
		return common.Hash{}, err
	}
	address := func(a common.Address) []byte { return common.LeftPadBytes(a[:], 32) }
	number := func(n uint256.Int) []byte { word := n.Bytes32(); return word[:] }
	digest := func(data []byte) []byte { return hash.Keccak256(data).Bytes() }
	inner := hash.Keccak256(address(packed.Sender), number(packed.Nonce), digest(packed.InitCode), digest(packed.CallData),
		packed.AccountGasLimits[:], number(packed.PreVerificationGas), packed.GasFees[:], digest(packed.PaymasterAndData))
	return hash.Keccak256(inner[:], address(o.EntryPoint), number(*uint256.NewInt(o.ChainID))), nil
}

// Wire is the operation as bundlers take it in JSON, its parts not packed.
func (o *Operation) Wire(signature []byte) map[string]any {
	number := func(n uint256.Int) *hexutil.Big { return (*hexutil.Big)(n.ToBig()) }
	wire := map[string]any{
		"sender": o.Sender, "nonce": number(o.Nonce), "callData": hexutil.Bytes(o.CallData), "signature": hexutil.Bytes(signature),
		"callGasLimit": number(o.CallGas), "verificationGasLimit": number(o.VerificationGas), "preVerificationGas": number(o.PreVerificationGas),
		"maxFeePerGas": number(o.Cap), "maxPriorityFeePerGas": number(o.Tip),
	}
	switch {
	case o.Factory != (common.Address{}):
		wire["factory"], wire["factoryData"] = o.Factory, hexutil.Bytes(o.FactoryData)
	case o.Delegate != (common.Address{}):
		wire["factory"], wire["factoryData"] = "0x7702", hexutil.Bytes(o.FactoryData)
	}
	if p := o.Paymaster; p != nil {
		wire["paymaster"], wire["paymasterData"] = p.Address, hexutil.Bytes(p.Data)
		wire["paymasterVerificationGasLimit"], wire["paymasterPostOpGasLimit"] = number(p.VerificationGas), number(p.PostOpGas)
	}
	return wire
}

// Style says how a smart account makes calls.
type Style uint8

// The styles known here.
const (
	Simple  Style = iota // execute and executeBatch of ERC-4337's reference accounts
	Modular              // execute with a mode, ERC-7579
)

// Batch returns the calldata by which an account makes calls, all or none.
func Batch(style Style, calls []AccountBatchCall) ([]byte, error) {
	if style == Simple && len(calls) == 1 {
		return AccountExecute(calls[0]).Encode()
	}
	batch, err := AccountExecuteBatch{Calls: calls}.Encode()
	if style == Simple || err != nil {
		return batch, err
	}
	return AccountExecuteMode{Mode: common.Hash{1}, ExecutionCalldata: batch[4:]}.Encode()
}

// Calls returns the calls within the calldata of an account, and whether they are such calldata.
func Calls(data []byte) ([]AccountBatchCall, bool) {
	var one AccountExecute
	if one.Decode(data) == nil {
		return []AccountBatchCall{AccountBatchCall(one)}, true
	}
	var batch AccountExecuteBatch
	var mode AccountExecuteMode
	if mode.Decode(data) == nil && mode.Mode == (common.Hash{1}) {
		selector := batch.Item().Selector
		data = append(selector[:], mode.ExecutionCalldata...)
	}
	if batch.Decode(data) == nil {
		return batch.Calls, true
	}
	return nil, false
}
