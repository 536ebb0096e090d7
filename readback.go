package gaib

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"

	"github.com/gaib-go/gaib/internal/readback"
)

// CallReader is a contract whose calls can be read back. The tokens, vaults and other contracts of this library are
// CallReaders; packages aid and said give all of a deployment.
type CallReader interface {
	Contract() Contract
	// ReadCall returns the call that calldata of this contract make when from sends them, made by the method that a
	// program would use, and whether they are of a function it knows.
	ReadCall(from common.Address, data []byte) (Call, bool)
}

// Reading is a call that was read back, with the calls that it carries.
type Reading struct {
	Call  Call           // as the library would make it, so that Describe and Item say what it does
	From  common.Address // who makes the call; zero when that is not known
	Known bool           // false for a contract or function that nobody knows here
	How   string         // what carries Inner, in words: "as Safe 0x…"
	Inner []Reading      // the calls that the call carries, in order
}

// What bounds reading back.
const (
	readDepth = 8      // calls within calls
	readCalls = 10_000 // in all
)

// ErrNesting: calls lie deeper within calls than is looked, there are too many, or they cannot be read. What was not read
// may do anything: do not sign it.
var ErrNesting = errors.New("the calls within this call cannot all be read")

// ReadBack returns what a call does that somebody else made: a typed call with a sentence, and the calls it carries,
// through Safes, MultiSend, user operations, batches of accounts, Multicall3 and multicall(bytes[]), up to eight deep.
// known are the contracts that can be read, all of the call's chain; a call of another contract stays unknown, which is no
// error. The text of a known function is the one that a program reads which makes the call itself; a receiver or
// owner who is not the sender is named. Error: [ErrNesting], with what was read.
func ReadBack(from common.Address, call Call, known ...CallReader) (Reading, error) {
	left := readCalls
	names := make([]string, 0, 2*len(known))
	readers := make(map[common.Address]CallReader, len(known))
	for _, reader := range known {
		contract := reader.Contract()
		if contract.err != nil {
			continue // not on this chain
		}
		readers[contract.entry.Address] = reader
		names = append(names, contract.entry.Address.Hex(), string(contract.name))
	}
	return readCall(readback.Call{From: from, To: call.To, Value: call.Value, Data: call.Data}, readers, strings.NewReplacer(names...), readDepth, &left)
}

func readCall(call readback.Call, readers map[common.Address]CallReader, names *strings.Replacer, depth int, left *int) (Reading, error) {
	reading := Reading{From: call.From, Call: Call{To: call.To, Value: call.Value, Data: call.Data}}
	if *left--; *left < 0 {
		return reading, fmt.Errorf("more than %d calls: %w", readCalls, ErrNesting)
	}
	if reader, ok := readers[call.To]; ok {
		if made, ok := reader.ReadCall(call.From, call.Data); ok && (made.Data == nil || bytes.Equal(made.Data, call.Data)) {
			reading.Known = true
			reading.Call.contract, reading.Call.item, reading.Call.text = made.contract, made.item, names.Replace(made.text)
			if made.text == "" && made.err != nil {
				reading.Call.text = names.Replace("a call that fails: " + made.err.Error())
			}
			return reading, nil
		}
		reading.Call.contract = reader.Contract()
	}
	inner, how, err := readback.Open(call)
	reading.How = how
	switch {
	case err != nil:
		return reading, fmt.Errorf("%w: %w", ErrNesting, err)
	case len(inner) > 0 && depth == 0:
		return reading, fmt.Errorf("deeper than %d calls within calls: %w", readDepth, ErrNesting)
	case how == "":
		if len(call.Data) >= 4 {
			reading.Call.text = names.Replace(fmt.Sprintf("call the unknown function %s of %s with %d bytes", hexutil.Encode(call.Data[:4]), call.To, len(call.Data)-4))
		} else if len(call.Data) == 0 && !call.Value.IsZero() {
			reading.Known = true
			reading.Call.text = names.Replace("pay " + call.To.Hex())
		}
		return reading, nil
	}
	reading.Known = true
	for _, one := range inner {
		below, err := readCall(one, readers, names, depth-1, left)
		reading.Inner = append(reading.Inner, below)
		if err != nil {
			return reading, err
		}
	}
	return reading, nil
}

// Describe returns what the call does in one sentence, the calls it carries included.
func (r Reading) Describe() string { return upper(r.text()) }

func (r Reading) text() string {
	if r.How == "" {
		return r.Call.Describe()
	}
	parts := make([]string, len(r.Inner))
	for i, inner := range r.Inner {
		parts[i] = inner.text()
	}
	text := r.How + ": " + strings.Join(parts, "; ")
	if len(parts) == 0 {
		text = r.How + ": nothing"
	}
	return text
}

// Calls returns the calls that are made in the end, in order, without those that only carry others.
func (r Reading) Calls() []Reading {
	if r.How == "" {
		return []Reading{r}
	}
	var all []Reading
	for _, inner := range r.Inner {
		all = append(all, inner.Calls()...)
	}
	return all
}

// Unknown tells whether any call that is made in the end is of a contract or function that nobody knows here.
func (r Reading) Unknown() bool {
	for _, call := range r.Calls() {
		if !call.Known {
			return true
		}
	}
	return false
}

// Note returns the call with words added to its description: what a reader of it should know that its arguments say.
func (c Call) Note(words string) Call {
	c.text += words
	return c
}

// beneficiaries adds who is not the sender to a call's description.
func (c Call) beneficiaries(from, receiver, owner common.Address) Call {
	if owner != from {
		c = c.Note(" of " + owner.Hex())
	}
	if receiver != from {
		c = c.Note(" for " + receiver.Hex())
	}
	return c
}

// ReadCall makes ERC20 a [CallReader].
func (t ERC20) ReadCall(_ common.Address, data []byte) (Call, bool) {
	var (
		transfer ERC20Transfer
		from     ERC20TransferFrom
		approve  ERC20Approve
		permit   ERC2612Permit
	)
	switch {
	case transfer.Decode(data) == nil:
		return t.Transfer(transfer.To, transfer.Value), true
	case from.Decode(data) == nil:
		return t.TransferFrom(from.From, from.To, from.Value), true
	case approve.Decode(data) == nil:
		call := t.Approve(approve.Spender, approve.Value)
		if approve.Value.BitLen() == 256 {
			call = call.Note(", which is without a limit")
		}
		return call, true
	case permit.Decode(data) == nil:
		return NewCall(t.contract, gradedPermit{permit, t.permit}, fmt.Sprintf("let %s take %s of %s, as signed", permit.Spender, t.unit.Format(permit.Value), permit.Owner)), true
	}
	return Call{}, false
}

// ReadCall makes ERC4626 a [CallReader].
func (v ERC4626) ReadCall(from common.Address, data []byte) (Call, bool) {
	var (
		deposit  ERC4626Deposit
		mint     ERC4626Mint
		withdraw ERC4626Withdraw
		redeem   ERC4626Redeem
	)
	switch {
	case deposit.Decode(data) == nil:
		return v.Deposit(deposit.Assets, deposit.Receiver).beneficiaries(from, deposit.Receiver, from), true
	case mint.Decode(data) == nil:
		return v.Mint(mint.Shares, mint.Receiver).beneficiaries(from, mint.Receiver, from), true
	case withdraw.Decode(data) == nil:
		return v.Withdraw(withdraw.Assets, withdraw.Receiver, withdraw.Owner).beneficiaries(from, withdraw.Receiver, withdraw.Owner), true
	case redeem.Decode(data) == nil:
		return v.Redeem(redeem.Shares, redeem.Receiver, redeem.Owner).beneficiaries(from, redeem.Receiver, redeem.Owner), true
	}
	return v.ERC20.ReadCall(from, data)
}
