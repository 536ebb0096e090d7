package gaib

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib/internal/codec"
	"github.com/gaib-go/gaib/internal/safe"
)

// ErrSafeSignatures: the owners' signatures cannot be joined: too few, one twice, or one malformed.
var ErrSafeSignatures = safe.ErrSignatures

// SafeError is the code that a Safe reverts with, such as GS026.
type SafeError struct{ Code string }

// Error returns the code and what it means.
func (e *SafeError) Error() string {
	meaning, _ := safe.Meaning(e.Code)
	return e.Code + ": " + meaning
}

// DecodeSafeError returns the [SafeError] of revert data, or nil when they hold none.
func DecodeSafeError(data []byte) error {
	if len(data) < 4 || [4]byte(data[:4]) != selectorError {
		return nil
	}
	var text string
	decoder := codec.NewDecoder(len(data) - 4)
	if err := decoder.String(&text, data[4:], 0); err != nil {
		return nil
	}
	if _, known := safe.Meaning(text); !known {
		return nil
	}
	return &SafeError{Code: text}
}

// SafeAccount is what has to be known of a Safe account (release 1.3.0 and later) that shall carry out a plan.
type SafeAccount struct {
	Address   common.Address
	ChainID   uint64
	Nonce     uint256.Int // of its next transaction
	Threshold int         // how many owners must sign
	Owners    []common.Address
	MultiSend common.Address // MultiSendCallOnly, for plans of several calls; [ReadSafe] gives the canonical one
}

func (s SafeAccount) contract() Contract {
	return NewDeployment(s.ChainID, "").With("Safe", Entry{Address: s.Address, Evidence: Confirmed}).Contract("Safe", DecodeSafeError)
}

// ReadSafe reads nonce, threshold and owners of a Safe in one request, at the latest block. A transaction that waits for
// signatures already takes a nonce that the chain does not know of: set Nonce to the next free one then.
func ReadSafe(ctx context.Context, client Client, chainID uint64, address common.Address) (SafeAccount, error) {
	account := SafeAccount{Address: address, ChainID: chainID, MultiSend: common.HexToAddress("0x9641d764fc13c8B624c04430C7356C1C7C8102e2")}
	contract := account.contract()
	nonce, threshold := NewQuery(contract, safe.SafeNonce{}), NewQuery(contract, safe.SafeGetThreshold{})
	owners := NewQuery(contract, safe.SafeGetOwners{})
	if _, err := Read(ctx, client, Latest, nonce, threshold, owners); err != nil {
		return SafeAccount{}, err
	}
	account.Nonce, account.Owners = nonce.Value(), owners.Value()
	want := threshold.Value()
	if count := uint64(len(account.Owners)); want.IsZero() || !want.IsUint64() || want.Uint64() > count {
		return SafeAccount{}, fmt.Errorf("the Safe %s wants %s of its %d owners: %w", address, want.Dec(), count, ErrBadAnswer)
	}
	account.Threshold = int(want.Uint64())
	return account, nil
}

// SafeTransaction is a plan as one transaction of a Safe: its owners sign Digest or TypedData, and anybody may then send
// what Call returns. Gas is not refunded to who sends it.
type SafeTransaction struct {
	wire      safe.Transaction
	threshold int
	contract  Contract
	text      string
}

// Safe returns the plan as one transaction of a Safe, all or nothing: its calls are made by MultiSend, or a single one
// directly. The plan should be made, and simulated, with the Safe's address as the account. Errors: [ErrWrongChain],
// what is wrong with the plan, and [ErrZeroAddress] for several calls without a MultiSend.
func (p Plan) Safe(account SafeAccount) (SafeTransaction, error) {
	chainID, err := p.chain()
	if err != nil {
		return SafeTransaction{}, err
	}
	contract := account.contract()
	switch {
	case len(p) == 0:
		return SafeTransaction{}, ErrEmptyPlan
	case contract.err != nil:
		return SafeTransaction{}, contract.err
	case account.ChainID == 0 || chainID != 0 && chainID != account.ChainID:
		return SafeTransaction{}, fmt.Errorf("the Safe is on chain %d, the plan is for chain %d: %w", account.ChainID, chainID, ErrWrongChain)
	}
	tx := SafeTransaction{threshold: account.Threshold, contract: contract, text: p.Describe()}
	tx.wire = safe.Transaction{Safe: account.Address, ChainID: account.ChainID, Nonce: account.Nonce}
	if len(p) == 1 {
		tx.wire.To, tx.wire.Value, tx.wire.Data = p[0].To, p[0].Value, p[0].Data
		return tx, nil
	}
	if account.MultiSend == (common.Address{}) {
		return SafeTransaction{}, fmt.Errorf("a Safe makes %d calls at once through MultiSend: %w", len(p), ErrZeroAddress)
	}
	inner := make([]safe.Inner, len(p))
	for i, call := range p {
		inner[i] = safe.Inner{To: call.To, Value: call.Value, Data: call.Data}
	}
	tx.wire.To, tx.wire.Operation = account.MultiSend, safe.Delegate
	tx.wire.Data, err = safe.MultiSendMultiSend{Transactions: safe.Pack(inner)}.Encode()
	return tx, err
}

// Describe returns what the transaction does, in words.
func (t SafeTransaction) Describe() string {
	return fmt.Sprintf("As Safe %s, transaction %s: %s", t.wire.Safe, t.wire.Nonce.Dec(), t.text)
}

// errNoSafe: the transaction was not made by Plan.Safe.
var errNoSafe = errors.New("not a Safe's transaction; make it with Plan.Safe")

// Digest returns the hash that the owners sign.
func (t SafeTransaction) Digest() (common.Hash, error) {
	if t.wire.ChainID == 0 {
		return common.Hash{}, errNoSafe
	}
	return t.wire.TypedData().Digest()
}

// TypedData returns the transaction as JSON for eth_signTypedData_v4.
func (t SafeTransaction) TypedData() (json.RawMessage, error) {
	if t.wire.ChainID == 0 {
		return nil, errNoSafe
	}
	return t.wire.TypedData().MarshalJSON()
}

// ServiceJSON returns the body by which an owner proposes the transaction to a Safe transaction service; origin says
// which program proposes it and may be empty.
func (t SafeTransaction) ServiceJSON(sender common.Address, signature []byte, origin string) (json.RawMessage, error) {
	if t.wire.ChainID == 0 {
		return nil, errNoSafe
	}
	return t.wire.ServiceJSON(sender, signature, origin)
}

// SafeSignature is one owner's consent to a transaction of a Safe.
type SafeSignature struct {
	Owner common.Address
	Kind  SafeSignatureKind
	Data  []byte // r, s, v in 65 bytes; of a contract what it takes; none where nothing is signed
}

// SafeSignatureKind says what an owner gave.
type SafeSignatureKind = safe.Kind

// The kinds of consent that a Safe takes.
const (
	SafeSignedDigest   = safe.Digest   // a signature of the digest or the typed data
	SafeSignedMessage  = safe.Message  // a signature of the digest by eth_sign or personal_sign
	SafeApproved       = safe.Approved // nothing: the owner sends the transaction or has sent [SafeTransaction.Approve]
	SafeSignedContract = safe.Contract // ERC-1271, of an owner that is a contract
)

// Approve returns the call by which an owner consents on chain instead of signing.
func (t SafeTransaction) Approve() Call {
	digest, err := t.Digest()
	if err != nil {
		return FailedCall(t.contract, safe.SafeApproveHash{}, err)
	}
	return NewCall(t.contract, safe.SafeApproveHash{HashToApprove: digest}, fmt.Sprintf("approve %s for Safe %s", digest, t.wire.Safe))
}

// Call returns the call that carries the transaction out, with the owners' signatures in any order. Who signed is not
// checked here; the Safe does, see [SafeError]. Error: [ErrSafeSignatures], in [Call.Err].
func (t SafeTransaction) Call(signatures ...SafeSignature) Call {
	list := make([]safe.Signature, len(signatures))
	for i, signature := range signatures {
		list[i] = safe.Signature(signature)
	}
	joined, err := safe.Join(list, t.threshold)
	if err == nil && t.wire.ChainID == 0 {
		err = errNoSafe
	}
	if err != nil {
		return FailedCall(t.contract, safe.SafeExecTransaction{}, err)
	}
	return NewCall(t.contract, t.wire.Exec(joined), "carry out as Safe "+t.wire.Safe.Hex()+": "+t.text)
}
