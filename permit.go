package gaib

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib/internal/eip712"
	"github.com/gaib-go/gaib/internal/txn"
)

// ErrDeadline: the permit has no deadline, or one before 1970. Set it to when the permit shall end.
var ErrDeadline = errors.New("the permit has no deadline")

// Permit is an ERC-2612 approval that the owner signs instead of sending a transaction. It is unsigned: Digest or
// TypedData go to the owner's wallet, Call puts the signature into a call that anybody may send.
type Permit struct {
	Owner    common.Address
	Spender  common.Address
	Value    uint256.Int // base units
	Nonce    uint256.Int
	Deadline time.Time

	token   ERC20
	name    string // of the domain
	version string
}

// WithPermit returns the token with its support of ERC-2612 known as well as the evidence says; without it the
// support is [Assumed].
func (t ERC20) WithPermit(evidence Evidence) ERC20 {
	t.permit = evidence
	return t
}

// Nonce reads the nonce of an account's next permit.
func (t ERC20) Nonce(owner common.Address) *Query[uint256.Int] {
	return NewQuery(t.contract, Regrade(ERC2612Nonces{Owner: owner}, t.permit))
}

// Domain reads the token's EIP-712 domain (ERC-5267).
func (t ERC20) Domain() *Query[ERC2612Eip712DomainResult] {
	return NewQuery(t.contract, Regrade(ERC2612Eip712Domain{}, t.permit))
}

// ErrPermit: the token's permits cannot be signed for: it has none, or not those of ERC-2612, as DAI's, or a domain that
// cannot be found out. Approve by a transaction, or by [ERC20.Permit2Allowance].
var ErrPermit = errors.New("the token has no permit that can be signed here")

// Permit returns the unsigned permit of an amount until a deadline, with the owner's nonce and the domain as the
// token says them, read in one request, by ERC-5267; a second one, for a token without it, tries its name with the
// versions in use against its domain separator. The domain must be the one of ERC-2612: name, version, chain and contract,
// both of the latter this token's own. Errors: [ErrPermit], [ErrBadAnswer].
func (t ERC20) Permit(ctx context.Context, client Client, owner, spender common.Address, value uint256.Int, deadline time.Time) (Permit, error) {
	if owner == (common.Address{}) || spender == (common.Address{}) {
		return Permit{}, fmt.Errorf("permit: owner and spender: %w", ErrZeroAddress)
	}
	nonce, domain := t.Nonce(owner), t.Domain()
	_, err := Read(ctx, client, Latest, nonce, domain)
	permit := Permit{Owner: owner, Spender: spender, Value: value, Nonce: nonce.Value(), Deadline: deadline}
	switch refused := (*RevertError)(nil); {
	case err == nil:
		const nameVersionChainContract = 0x0f
		d := domain.Value()
		if chain := d.ChainId; d.Fields[0] != nameVersionChainContract || !chain.IsUint64() || chain.Uint64() != t.contract.chainID || d.VerifyingContract != t.Address() {
			return Permit{}, fmt.Errorf("permit of %s: the domain the token gives (fields %x, chain %s, contract %s) is not its own: %w",
				t.contract.name, d.Fields, chain.Dec(), d.VerifyingContract, ErrBadAnswer)
		}
		return t.PermitOf(permit, d.Name, d.Version), nil
	case errors.As(nonce.Err(), &refused):
		return Permit{}, fmt.Errorf("permit of %s: %w: %w", t.contract.name, ErrPermit, nonce.Err())
	case nonce.Err() == nil && errors.As(domain.Err(), &refused):
		return t.discover(ctx, client, permit)
	}
	return Permit{}, err
}

// discover returns the permit of a token without ERC-5267, with the domain that makes the separator which the token gives.
func (t ERC20) discover(ctx context.Context, client Client, permit Permit) (Permit, error) {
	separator, name := NewQuery(t.contract, Regrade(ERC2612DomainSeparator{}, t.permit)), t.Name()
	version, typeHash := NewQuery(t.contract, Regrade(PermitDomainVersion{}, t.permit)), NewQuery(t.contract, Regrade(PermitDomainPermitTypehash{}, t.permit))
	_, err := Read(ctx, client, Latest, separator, name, version, typeHash)
	if single := (ReadErrors)(nil); err != nil && !errors.As(err, &single) {
		return Permit{}, err
	}
	if err := cmp.Or(separator.Err(), name.Err()); err != nil {
		return Permit{}, fmt.Errorf("permit of %s: %w: %w", t.contract.name, ErrPermit, err)
	}
	if typeHash.Err() == nil && typeHash.Value() != permit.message().TypeHash() {
		return Permit{}, fmt.Errorf("permit of %s: its permits are of another kind (%s): %w", t.contract.name, typeHash.Value(), ErrPermit)
	}
	for _, candidate := range []string{version.Value(), "1", "2"} {
		found := t.PermitOf(permit, name.Value(), candidate)
		if hash, err := found.domain().Hash(); err == nil && hash == separator.Value() {
			return found, nil
		}
	}
	return Permit{}, fmt.Errorf("permit of %s: neither its version() nor 1 or 2 makes its domain separator of the name %q: %w", t.contract.name, name.Value(), ErrPermit)
}

// PermitOf returns a permit of this token from what the caller knows already; name and version are those of the
// token's EIP-712 domain. It needs no node.
func (t ERC20) PermitOf(permit Permit, name, version string) Permit {
	permit.token, permit.name, permit.version = t, name, version
	return permit
}

func (p Permit) domain() eip712.Struct {
	return eip712.Struct{Name: "EIP712Domain", Fields: []eip712.Field{
		{Name: "name", Type: "string", Value: p.name},
		{Name: "version", Type: "string", Value: p.version},
		{Name: "chainId", Type: "uint256", Value: p.token.contract.chainID},
		{Name: "verifyingContract", Type: "address", Value: p.token.Address()},
	}}
}

func (p Permit) message() eip712.Struct {
	return eip712.Struct{Name: "Permit", Fields: []eip712.Field{
		{Name: "owner", Type: "address", Value: p.Owner},
		{Name: "spender", Type: "address", Value: p.Spender},
		{Name: "value", Type: "uint256", Value: p.Value},
		{Name: "nonce", Type: "uint256", Value: p.Nonce},
		{Name: "deadline", Type: "uint256", Value: uint64(p.Deadline.Unix())},
	}}
}

func (p Permit) typedData() (eip712.TypedData, error) {
	_, err := until(p.token.contract, p.Deadline)
	return eip712.TypedData{Domain: p.domain(), Message: p.message()}, err
}

// Digest returns the hash to be signed. Error: [ErrDeadline], or what is wrong with the token's contract.
func (p Permit) Digest() (common.Hash, error) { return digestOf(p.typedData()) }

// TypedData returns the permit as JSON for eth_signTypedData_v4. Errors are those of [Permit.Digest].
func (p Permit) TypedData() (json.RawMessage, error) { return jsonOf(p.typedData()) }

// Call returns the call that puts the signed permit in force. The signature is r, s and v in 65 bytes.
func (p Permit) Call(signature []byte) Call {
	deadline, err := until(p.token.contract, p.Deadline)
	permit := ERC2612Permit{Owner: p.Owner, Spender: p.Spender, Value: p.Value, Deadline: *uint256.NewInt(deadline)}
	r, s, parity, signatureErr := txn.SplitSignature(signature)
	if err = cmp.Or(err, signatureErr); err != nil {
		return FailedCall(p.token.contract, gradedPermit{permit, p.token.permit}, err)
	}
	permit.V, permit.R, permit.S = uint8(27+parity), r.Bytes32(), s.Bytes32()
	return NewCall(p.token.contract, gradedPermit{permit, p.token.permit}, fmt.Sprintf("let %s take %s of %s until %s, as signed",
		p.Spender, p.token.unit.Format(p.Value), p.Owner, p.Deadline.UTC().Format(time.RFC3339)))
}

// PermitItems returns the items of ERC-2612 with the evidence that a token has them.
func PermitItems(evidence Evidence) []Item {
	items := ERC2612Items()
	for i := range items {
		items[i].Evidence = evidence
	}
	return items
}

// gradedPermit is the permit function with the evidence that the token has it.
type gradedPermit struct {
	ERC2612Permit
	evidence Evidence
}

func (p gradedPermit) Item() Item {
	item := p.ERC2612Permit.Item()
	item.Evidence = p.evidence
	return item
}
