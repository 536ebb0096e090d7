package safe

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib/internal/eip712"
	"github.com/gaib-go/gaib/internal/txn"
)

// Operation says how a Safe makes a call.
type Operation uint8

// The operations of a Safe.
const (
	Normal   Operation = 0
	Delegate Operation = 1
)

// Transaction is what the owners of a Safe sign: one call, without the refund of gas that a Safe can also pay.
type Transaction struct {
	Safe      common.Address
	ChainID   uint64
	Nonce     uint256.Int
	To        common.Address
	Value     uint256.Int
	Data      []byte
	Operation Operation
}

// TypedData returns what is signed, in the form that Safes have had since release 1.3.0.
func (t *Transaction) TypedData() eip712.TypedData {
	return eip712.TypedData{
		Domain: eip712.Struct{Name: "EIP712Domain", Fields: []eip712.Field{
			{Name: "chainId", Type: "uint256", Value: t.ChainID},
			{Name: "verifyingContract", Type: "address", Value: t.Safe},
		}},
		Message: eip712.Struct{Name: "SafeTx", Fields: []eip712.Field{
			{Name: "to", Type: "address", Value: t.To},
			{Name: "value", Type: "uint256", Value: t.Value},
			{Name: "data", Type: "bytes", Value: t.Data},
			{Name: "operation", Type: "uint8", Value: uint64(t.Operation)},
			{Name: "safeTxGas", Type: "uint256", Value: uint64(0)},
			{Name: "baseGas", Type: "uint256", Value: uint64(0)},
			{Name: "gasPrice", Type: "uint256", Value: uint64(0)},
			{Name: "gasToken", Type: "address", Value: common.Address{}},
			{Name: "refundReceiver", Type: "address", Value: common.Address{}},
			{Name: "nonce", Type: "uint256", Value: t.Nonce},
		}},
	}
}

// Exec returns the arguments of execTransaction.
func (t *Transaction) Exec(signatures []byte) SafeExecTransaction {
	return SafeExecTransaction{To: t.To, Value: t.Value, Data: t.Data, Operation: uint8(t.Operation), Signatures: signatures}
}

// ServiceJSON returns the body by which a transaction is proposed to a Safe transaction service.
func (t *Transaction) ServiceJSON(sender common.Address, signature []byte, origin string) (json.RawMessage, error) {
	digest, err := t.TypedData().Digest()
	if err != nil {
		return nil, err
	}
	if !t.Nonce.IsUint64() {
		return nil, fmt.Errorf("the nonce %s is above what the service takes", t.Nonce.Dec())
	}
	zero := common.Address{}.Hex()
	body := map[string]any{
		"to": t.To.Hex(), "value": t.Value.Dec(), "data": hexutil.Bytes(t.Data), "operation": t.Operation,
		"safeTxGas": "0", "baseGas": "0", "gasPrice": "0", "gasToken": zero, "refundReceiver": zero, "nonce": t.Nonce.Uint64(),
		"contractTransactionHash": digest.Hex(), "sender": sender.Hex(),
	}
	if len(signature) > 0 {
		body["signature"] = hexutil.Bytes(signature)
	}
	if origin != "" {
		body["origin"] = origin
	}
	return json.Marshal(body)
}

// Inner is one call of a packed list.
type Inner struct {
	Operation Operation
	To        common.Address
	Value     uint256.Int
	Data      []byte
}

// innerHeader is the operation, the address, the value and the length of the data.
const innerHeader = 1 + 20 + 32 + 32

// Pack returns calls as MultiSend takes them.
func Pack(calls []Inner) []byte {
	size := 0
	for _, call := range calls {
		size += innerHeader + len(call.Data)
	}
	packed := make([]byte, 0, size)
	for _, call := range calls {
		value, length := call.Value.Bytes32(), uint256.NewInt(uint64(len(call.Data))).Bytes32()
		packed = append(packed, byte(call.Operation))
		packed = append(packed, call.To[:]...)
		packed = append(packed, value[:]...)
		packed = append(packed, length[:]...)
		packed = append(packed, call.Data...)
	}
	return packed
}

// ErrPacked: the bytes are not a list of calls as MultiSend takes it.
var ErrPacked = errors.New("not a packed list of calls")

// Unpack returns the calls of a packed list; their data are parts of it. Error: ErrPacked.
func Unpack(packed []byte) ([]Inner, error) {
	var calls []Inner
	for rest := packed; len(rest) > 0; {
		if len(rest) < innerHeader {
			return nil, fmt.Errorf("%w: call %d is cut off", ErrPacked, len(calls)+1)
		}
		call := Inner{Operation: Operation(rest[0]), To: common.Address(rest[1:21])}
		if call.Operation > Delegate {
			return nil, fmt.Errorf("%w: call %d has the operation %d, want 0 or 1", ErrPacked, len(calls)+1, call.Operation)
		}
		call.Value.SetBytes32(rest[21:53])
		var length uint256.Int
		length.SetBytes32(rest[53:85])
		rest = rest[innerHeader:]
		if !length.IsUint64() || length.Uint64() > uint64(len(rest)) {
			return nil, fmt.Errorf("%w: call %d has %s bytes of data, %d are left", ErrPacked, len(calls)+1, length.Dec(), len(rest))
		}
		call.Data, rest = rest[:length.Uint64():length.Uint64()], rest[length.Uint64():]
		calls = append(calls, call)
	}
	return calls, nil
}

// Kind says what an owner gave.
type Kind uint8

// The kinds of consent that a Safe takes.
const (
	Digest   Kind = iota // a signature of the transaction's digest
	Message              // a signature of the digest as a message (eth_sign, personal_sign)
	Approved             // nothing: the owner sends the transaction or has called approveHash
	Contract             // what the owner, a contract, takes by ERC-1271
)

// Signature is one owner's consent.
type Signature struct {
	Owner common.Address
	Kind  Kind
	Data  []byte
}

// ErrSignatures: the owners' signatures cannot be joined.
var ErrSignatures = errors.New("the signatures do not do")

// Join returns the signatures as execTransaction takes them: sorted by owner, those of contracts appended. Error:
// ErrSignatures for an owner who stands twice, for fewer than the threshold, or for one that is malformed.
func Join(signatures []Signature, threshold int) ([]byte, error) {
	if len(signatures) == 0 || len(signatures) < threshold {
		return nil, fmt.Errorf("%w: there are %d, the Safe wants %d", ErrSignatures, len(signatures), max(threshold, 1))
	}
	sorted := slices.Clone(signatures)
	slices.SortFunc(sorted, func(a, b Signature) int { return bytes.Compare(a.Owner[:], b.Owner[:]) })
	const slot = 65
	head, tail := make([]byte, 0, slot*len(sorted)), []byte(nil)
	for i, signature := range sorted {
		if i > 0 && signature.Owner == sorted[i-1].Owner {
			return nil, fmt.Errorf("%w: %s stands twice", ErrSignatures, signature.Owner)
		}
		owner := common.BytesToHash(signature.Owner[:])
		switch signature.Kind {
		case Digest, Message:
			_, _, parity, err := txn.SplitSignature(signature.Data)
			if err != nil {
				return nil, fmt.Errorf("%w: of %s: %w", ErrSignatures, signature.Owner, err)
			}
			v := byte(27 + parity)
			if signature.Kind == Message {
				v += 4
			}
			head = append(append(head, signature.Data[:64]...), v)
		case Approved:
			var nothing common.Hash
			head = append(append(append(head, owner[:]...), nothing[:]...), 1)
		case Contract:
			offset := uint256.NewInt(uint64(slot*len(sorted) + len(tail))).Bytes32()
			length := uint256.NewInt(uint64(len(signature.Data))).Bytes32()
			head = append(append(append(head, owner[:]...), offset[:]...), 0)
			tail = append(append(tail, length[:]...), signature.Data...)
		default:
			return nil, fmt.Errorf("%w: of %s: unknown kind %d", ErrSignatures, signature.Owner, signature.Kind)
		}
	}
	return append(head, tail...), nil
}

// Meaning returns what a Safe's error code says, and whether it is one of those that carrying out a transaction gives.
func Meaning(code string) (string, bool) {
	switch code {
	case "GS000":
		return "the Safe's set-up could not be finished", true
	case "GS001":
		return "the Safe has no owners yet", true
	case "GS010":
		return "too little gas was given for what the owners signed; raise the limit", true
	case "GS011", "GS012":
		return "the Safe could not pay the refund of gas", true
	case "GS013":
		return "the call that the Safe makes reverts; simulate the plan from the Safe's address to see why", true
	case "GS020", "GS021", "GS022", "GS023":
		return "the signatures are too short or an ERC-1271 one points outside of them", true
	case "GS024":
		return "an owner that is a contract does not take its signature (ERC-1271)", true
	case "GS025":
		return "an owner who was to approve beforehand has neither done so nor sent this transaction", true
	case "GS026":
		return "a signature is not by an owner, stands in the wrong order or twice, or is for another nonce, chain or Safe", true
	case "GS030":
		return "only an owner can approve a hash", true
	case "GS031":
		return "only the Safe itself can do this", true
	}
	return "", false
}
