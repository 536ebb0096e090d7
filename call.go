package gaib

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/holiman/uint256"
)

// Call is a write as a value: who is called, with how much of the chain's coin and which data. Nothing is signed
// or sent. Making one with [NewCall] also remembers what a person should read and how the contract's errors
// are decoded; a Call written as To, Value and Data alone works too.
type Call struct {
	To    common.Address
	Value uint256.Int // wei
	Data  []byte

	contract Contract
	item     Item
	text     string
	err      error
}

// NewCall returns the call of a contract function. text says in words what it does, in the imperative:
// "stake 1,250.5 AID". What is wrong with the contract or the arguments shows in [Call.Err]; the call's To and
// Data are empty then, and every use of a plan fails with that error.
func NewCall(contract Contract, function Function, text string) Call {
	call := Call{contract: contract, item: function.Item(), text: text}
	if call.err = contract.check(call.item); call.err != nil {
		return call
	}
	data, err := function.Encode()
	if err != nil {
		return call.fail(err)
	}
	call.To, call.Data = contract.Address(), data
	return call
}

// FailedCall returns a call that cannot be made because of err.
func FailedCall(contract Contract, function Function, err error) Call {
	call := Call{contract: contract, item: function.Item()}
	if call.err = contract.check(call.item); call.err != nil {
		return call
	}
	return call.fail(err)
}

func (c Call) fail(err error) Call {
	c.err = &CallError{Contract: c.contract.name, Address: c.contract.entry.Address, Function: c.item.Signature, Err: err}
	return c
}

// WithValue returns the call with wei sent along.
func (c Call) WithValue(wei uint256.Int) Call {
	c.Value = wei
	return c
}

// Err returns why the call cannot be made, or nil: [ErrUnverified], [ErrUnknownContract], [ErrZeroAddress] or an
// argument out of range.
func (c Call) Err() error { return c.err }

// Item describes the function that is called; it is zero for a call not made by [NewCall].
func (c Call) Item() Item { return c.item }

// Describe returns what the call does, in words.
func (c Call) Describe() string {
	text := c.text
	if text == "" {
		text = fmt.Sprintf("call %s with %d bytes of data", c.To, len(c.Data))
	}
	if !c.Value.IsZero() {
		text += fmt.Sprintf(", sending %s of the chain's coin", group(FormatUnits(c.Value, 18)))
	}
	return text
}

// wrap makes the error of a failed run of this call, its revert decoded.
func (c Call) wrap(err error) error {
	err = DecodeNodeError(err, c.contract.decoders...)
	function := c.item.Signature
	if function == "" {
		function = hexutil.Encode(c.Data[:min(4, len(c.Data))])
	}
	return &CallError{Contract: c.contract.name, Address: c.To, Function: function, Err: err}
}

// ErrEmptyPlan: the plan has no calls, so there is nothing to simulate or send.
var ErrEmptyPlan = errors.New("the plan is empty")

// Plan is a list of calls to be made in order by one account. It can be described, simulated and turned into
// unsigned transactions. Join plans with append.
type Plan []Call

// Describe returns the plan in one sentence: "Approve 1,250.5 AID for sAID; stake 1,250.5 AID for 1,184.9 sAID".
func (p Plan) Describe() string {
	if len(p) == 0 {
		return "Nothing to do"
	}
	parts := make([]string, len(p))
	for i, call := range p {
		if parts[i] = call.Describe(); call.err != nil {
			parts[i] = "impossible: " + call.err.Error()
		}
	}
	return upper(strings.Join(parts, "; "))
}

// upper returns a text with its first letter in upper case.
func upper(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}

// Err returns why the plan cannot be carried out: the first error of a call, a call of the zero address
// ([ErrZeroAddress]), calls on different chains ([ErrWrongChain]), or [ErrEmptyPlan].
func (p Plan) Err() error {
	if len(p) == 0 {
		return ErrEmptyPlan
	}
	_, err := p.chain()
	return err
}

// chain returns the chain that the plan's calls are bound to; zero when none is.
func (p Plan) chain() (uint64, error) {
	var chainID uint64
	for i, call := range p {
		if call.err != nil {
			return 0, fmt.Errorf("step %d: %w", i+1, call.err)
		}
		if call.To == (common.Address{}) {
			return 0, fmt.Errorf("step %d calls nobody: %w", i+1, ErrZeroAddress)
		}
		if id := call.contract.chainID; id != 0 {
			if chainID != 0 && id != chainID {
				return 0, fmt.Errorf("step %d is for chain %d, an earlier one for chain %d: %w", i+1, id, chainID, ErrWrongChain)
			}
			chainID = id
		}
	}
	return chainID, nil
}
