package gaib

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib/internal/eip712"
	"github.com/gaib-go/gaib/internal/permit2"
	"github.com/gaib-go/gaib/internal/txn"
)

// What Permit2 refuses a permit or a transfer for.
type (
	Permit2ExpiredError               = permit2.SignatureExpiredError
	Permit2NonceError                 = permit2.InvalidNonceError
	Permit2SignerError                = permit2.InvalidSignerError
	Permit2AmountError                = permit2.InvalidAmountError
	Permit2AllowanceExpiredError      = permit2.AllowanceExpiredError
	Permit2InsufficientAllowanceError = permit2.InsufficientAllowanceError
)

// Permit2 returns the contract Permit2 of a chain, at the address it has on nearly all.
func Permit2(chainID uint64) Contract {
	return Permit2At(chainID, common.HexToAddress("0x000000000022D473030F116dDEE9F6B43aC78BA3"))
}

// Permit2At returns the contract Permit2 at another address.
func Permit2At(chainID uint64, address common.Address) Contract {
	return NewDeployment(chainID, "").With("Permit2", Entry{Address: address, Evidence: Confirmed}).Contract("Permit2", permit2.DecodePermit2Error)
}

// Permit2Allowance is what an owner signs to give a spender an allowance at Permit2, which must itself have an allowance
// of the token: [ERC20.PlanSpend] with the contract of [Permit2]. Its amount is an ERC-20 amount of at most 160 bits.
type Permit2Allowance struct {
	Owner, Spender common.Address
	Amount         uint256.Int // base units
	Expiration     time.Time   // when the allowance ends
	Nonce          uint64
	Deadline       time.Time // until when the signature can be used

	token    ERC20
	contract Contract
}

// Permit2Allowance returns the unsigned permit of an allowance at Permit2, with the owner's next nonce, read in one request.
func (t ERC20) Permit2Allowance(ctx context.Context, client Client, at Contract, owner, spender common.Address, amount uint256.Int, expiration, deadline time.Time) (Permit2Allowance, error) {
	if owner == (common.Address{}) || spender == (common.Address{}) {
		return Permit2Allowance{}, fmt.Errorf("permit2: owner and spender: %w", ErrZeroAddress)
	}
	allowance := NewQuery(at, permit2.Allowance{User: owner, Token: t.Address(), Spender: spender})
	if _, err := Read(ctx, client, Latest, allowance, t.BalanceOf(owner)); err != nil {
		return Permit2Allowance{}, err
	}
	return Permit2Allowance{Owner: owner, Spender: spender, Amount: amount, Expiration: expiration, Nonce: allowance.Value().Nonce, Deadline: deadline, token: t, contract: at}, nil
}

func (p Permit2Allowance) wire() (permit2.PermitSingle, error) {
	expiration, err := until(p.contract, p.Expiration)
	if err != nil {
		return permit2.PermitSingle{}, err
	}
	deadline, err := until(p.contract, p.Deadline)
	return permit2.PermitSingle{
		Details: permit2.PermitDetails{Token: p.token.Address(), Amount: p.Amount, Expiration: expiration, Nonce: p.Nonce},
		Spender: p.Spender, SigDeadline: *uint256.NewInt(deadline),
	}, err
}

func (p Permit2Allowance) typedData() (eip712.TypedData, error) {
	wire, err := p.wire()
	return wire.TypedData(p.contract.chainID, p.contract.Address()), err
}

// Digest returns the hash to be signed. Errors: [ErrDeadline], or an amount above 160 bits.
func (p Permit2Allowance) Digest() (common.Hash, error) { return digestOf(p.typedData()) }

// TypedData returns the permit as JSON for eth_signTypedData_v4. Errors are those of Digest.
func (p Permit2Allowance) TypedData() (json.RawMessage, error) { return jsonOf(p.typedData()) }

// Call returns the call that puts the signed permit in force; anybody may send it.
func (p Permit2Allowance) Call(signature []byte) Call {
	wire, err := p.wire()
	if err == nil {
		signature, err = canonical(signature)
	}
	function := permit2.Permit{Owner: p.Owner, PermitSingle: wire, Signature: signature}
	if err != nil {
		return FailedCall(p.contract, function, err)
	}
	return NewCall(p.contract, function, fmt.Sprintf("let %s take %s of %s through Permit2 until %s, as signed",
		p.Spender, p.token.unit.Format(p.Amount), p.Owner, p.Expiration.UTC().Format(time.RFC3339)))
}

// Permit2Transfer is what an owner signs to let a spender move an amount once.
type Permit2Transfer struct {
	Owner, Spender common.Address
	Amount         uint256.Int // base units, the most that the spender may move
	Nonce          uint256.Int // any that is not used up
	Deadline       time.Time   // until when the signature can be used

	token    ERC20
	contract Contract
}

// Permit2Transfer returns the unsigned permit of one transfer through Permit2, with the first of the owner's nonces
// that is free, read in one request. Two permits that are signed at the same time need two nonces: set the second's.
func (t ERC20) Permit2Transfer(ctx context.Context, client Client, at Contract, owner, spender common.Address, amount uint256.Int, deadline time.Time) (Permit2Transfer, error) {
	if owner == (common.Address{}) || spender == (common.Address{}) {
		return Permit2Transfer{}, fmt.Errorf("permit2: owner and spender: %w", ErrZeroAddress)
	}
	const words = 4 // 1,024 nonces; who has used more than that in order picks one
	queries, readers := make([]*Query[uint256.Int], words), make([]Reader, words)
	for i := range queries {
		queries[i] = NewQuery(at, permit2.NonceBitmap{Owner: owner, WordPos: *uint256.NewInt(uint64(i))})
		readers[i] = queries[i]
	}
	if _, err := Read(ctx, client, Latest, readers...); err != nil {
		return Permit2Transfer{}, err
	}
	for i, query := range queries {
		if nonce, free := permit2.FreeNonce(uint64(i), query.Value()); free {
			return Permit2Transfer{Owner: owner, Spender: spender, Amount: amount, Nonce: nonce, Deadline: deadline, token: t, contract: at}, nil
		}
	}
	return Permit2Transfer{}, fmt.Errorf("permit2: the first %d nonces of %s are used up; set Nonce to a free one", 256*words, owner)
}

func (p Permit2Transfer) wire() (permit2.PermitTransferFrom, error) {
	deadline, err := until(p.contract, p.Deadline)
	return permit2.PermitTransferFrom{Permitted: permit2.TokenPermissions{Token: p.token.Address(), Amount: p.Amount}, Nonce: p.Nonce, Deadline: *uint256.NewInt(deadline)}, err
}

func (p Permit2Transfer) typedData() (eip712.TypedData, error) {
	wire, err := p.wire()
	return wire.TypedData(p.contract.chainID, p.contract.Address(), p.Spender), err
}

// Digest returns the hash to be signed. Error: [ErrDeadline].
func (p Permit2Transfer) Digest() (common.Hash, error) { return digestOf(p.typedData()) }

// TypedData returns the permit as JSON for eth_signTypedData_v4. Errors are those of Digest.
func (p Permit2Transfer) TypedData() (json.RawMessage, error) { return jsonOf(p.typedData()) }

// Call returns the call by which the spender, and nobody else, moves an amount of the signed permit.
func (p Permit2Transfer) Call(to common.Address, amount uint256.Int, signature []byte) Call {
	wire, err := p.wire()
	if err == nil {
		signature, err = canonical(signature)
	}
	if err == nil && to == (common.Address{}) {
		err = fmt.Errorf("receiver: %w", ErrZeroAddress)
	}
	function := permit2.TransferFrom{Permit: wire, TransferDetails: permit2.SignatureTransferDetails{To: to, RequestedAmount: amount}, Owner: p.Owner, Signature: signature}
	if err != nil {
		return FailedCall(p.contract, function, err)
	}
	return NewCall(p.contract, function, fmt.Sprintf("move %s of %s to %s through Permit2, as signed", p.token.unit.Format(amount), p.Owner, to))
}

// until returns a time as contracts take it. One before 1970, such as a zero Time, would be a number so large that it
// never comes.
func until(contract Contract, deadline time.Time) (uint64, error) {
	switch {
	case contract.err != nil:
		return 0, contract.err
	case deadline.Unix() <= 0:
		return 0, fmt.Errorf("permit of %s: %w", contract.name, ErrDeadline)
	}
	return uint64(deadline.Unix()), nil
}

// canonical returns a signature with v as 27 or 28, the only ones that contracts take.
func canonical(signature []byte) ([]byte, error) {
	r, s, parity, err := txn.SplitSignature(signature)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 65)
	r.WriteToSlice(out[:32])
	s.WriteToSlice(out[32:64])
	out[64] = byte(27 + parity)
	return out, nil
}

func digestOf(data eip712.TypedData, err error) (common.Hash, error) {
	if err != nil {
		return common.Hash{}, err
	}
	return data.Digest()
}

func jsonOf(data eip712.TypedData, err error) (json.RawMessage, error) {
	if err != nil {
		return nil, err
	}
	return data.MarshalJSON()
}
