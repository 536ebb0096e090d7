package gaib

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib/internal/codec"
	"github.com/gaib-go/gaib/internal/node"
)

// ErrNoCode: the address answered a read with nothing, as an address without a contract does. Check the
// address and the chain.
var ErrNoCode = errors.New("no contract answers at this address")

// CallError says which call failed. Unwrap leads to the cause: a [RevertError], [ErrUnverified], [ErrNoCode],
// or what the node said.
type CallError struct {
	Contract Name
	Address  common.Address
	Function string // signature
	Err      error
}

// Error returns the contract, the function and the cause.
func (e *CallError) Error() string {
	name := string(e.Contract)
	if name == "" {
		name = "contract"
	}
	return fmt.Sprintf("%s %s: %s: %v", name, e.Address, e.Function, e.Err)
}

// Unwrap returns the cause.
func (e *CallError) Unwrap() error { return e.Err }

// RevertError says that a contract reverted. Its Reason, reached by errors.As too, is the typed error:
//   - a custom error of the contract's binding, such as *contract.MigrationZeroAmountError,
//   - one of the library's standard errors, such as *[ERC20InsufficientBalanceError] or *[AddressDeniedError],
//   - *[RevertString] for revert("text") and require,
//   - *[PanicError] for a failed assertion of Solidity,
//   - nil when the data are none of these.
type RevertError struct {
	Data   []byte // as the contract returned them
	Reason error  // nil when unknown
	Node   error  // the node's reply, nil inside a batch
}

// Error returns the reason, or the data where it is unknown.
func (e *RevertError) Error() string {
	switch {
	case e.Reason != nil:
		return "reverted: " + e.Reason.Error()
	case len(e.Data) == 0 && e.Node != nil:
		return "reverted without data: " + e.Node.Error()
	case len(e.Data) == 0:
		return "reverted without data"
	case len(e.Data) > 100:
		return fmt.Sprintf("reverted with unknown data 0x%x… (%d bytes)", e.Data[:100], len(e.Data))
	}
	return "reverted with unknown data 0x" + hex.EncodeToString(e.Data)
}

// Unwrap returns the reason and the node's reply.
func (e *RevertError) Unwrap() []error {
	causes := make([]error, 0, 2)
	for _, cause := range []error{e.Reason, e.Node} {
		if cause != nil {
			causes = append(causes, cause)
		}
	}
	return causes
}

// RevertString is the text a contract reverted with: Error(string).
type RevertString struct{ Text string }

// Error returns the text, quoted.
func (e *RevertString) Error() string { return strconv.Quote(e.Text) }

// PanicError is a failed check that the Solidity compiler put into a contract: Panic(uint256).
type PanicError struct{ Code uint256.Int }

// Error returns the code and its meaning.
func (e *PanicError) Error() string {
	meaning := "unknown to this library"
	if e.Code.IsUint64() {
		if known, ok := panicMeaning(e.Code.Uint64()); ok {
			meaning = known
		}
	}
	return fmt.Sprintf("panic %s: %s", e.Code.Hex(), meaning)
}

// panicMeaning follows the Solidity documentation, "Panic via assert and Error via require".
func panicMeaning(code uint64) (string, bool) {
	switch code {
	case 0x00:
		return "generic panic inserted by the compiler", true
	case 0x01:
		return "assert failed", true
	case 0x11:
		return "arithmetic overflow or underflow", true
	case 0x12:
		return "division or modulo by zero", true
	case 0x21:
		return "value out of range of its enum", true
	case 0x22:
		return "storage byte array wrongly encoded", true
	case 0x31:
		return "pop on an empty array", true
	case 0x32:
		return "array index out of bounds", true
	case 0x41:
		return "too much memory allocated", true
	case 0x51:
		return "call of an uninitialised internal function", true
	}
	return "", false
}

var (
	selectorError = [4]byte{0x08, 0xc3, 0x79, 0xa0} // Error(string)
	selectorPanic = [4]byte{0x4e, 0x48, 0x7b, 0x71} // Panic(uint256)
)

// DecodeRevert returns the typed error of revert data: what the decoders know, in order, then the standard
// errors of this package. It never fails: data that nobody knows stay in the error's Data.
func DecodeRevert(data []byte, decoders ...ErrorDecoder) *RevertError {
	revert := &RevertError{Data: data}
	if len(data) < 4 {
		return revert
	}
	for _, decode := range decoders {
		if revert.Reason = decode(data); revert.Reason != nil {
			return revert
		}
	}
	switch [4]byte(data[:4]) {
	case selectorError:
		var text string
		decoder := codec.NewDecoder(len(data) - 4)
		if err := decoder.String(&text, data[4:], 0); err == nil && utf8.ValidString(text) {
			revert.Reason = &RevertString{Text: text}
		}
	case selectorPanic:
		if len(data) >= 36 {
			reason := new(PanicError)
			reason.Code.SetBytes32(data[4:36])
			revert.Reason = reason
		}
	default:
		revert.Reason = DecodeStandardError(data)
	}
	return revert
}

// DecodeNodeError returns err with the revert in it decoded, when a node's error reply carries one, and err itself
// otherwise. It knows the replies of geth, anvil, Hardhat, ganache, Nethermind and Erigon.
func DecodeNodeError(err error, decoders ...ErrorDecoder) error {
	data, ok := node.RevertData(err)
	if !ok {
		return err
	}
	revert := DecodeRevert(data, decoders...)
	revert.Node = err
	if len(data) == 0 {
		// Some nodes give a revert's text and not its data.
		if _, text, found := strings.Cut(err.Error(), "reverted: "); found && revert.Reason == nil {
			revert.Reason = &RevertString{Text: text}
		}
	}
	return revert
}
