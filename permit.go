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

// Permit returns the unsigned permit of an amount until a deadline, with the owner's nonce and the domain as the
// token says them, read in one request. The domain must be the one of ERC-2612: name, version, chain and contract,
// both of the latter this token's own.
func (t ERC20) Permit(ctx context.Context, client Client, owner, spender common.Address, value uint256.Int, deadline time.Time) (Permit, error) {
	if owner == (common.Address{}) || spender == (common.Address{}) {
		return Permit{}, fmt.Errorf("permit: owner and spender: %w", ErrZeroAddress)
	}
	nonce, domain := t.Nonce(owner), t.Domain()
	if _, err := Read(ctx, client, Latest, nonce, domain); err != nil {
		return Permit{}, err
	}
	d := domain.Value()
	const nameVersionChainContract = 0x0f
	if chain := d.ChainId; d.Fields[0] != nameVersionChainContract || !chain.IsUint64() || chain.Uint64() != t.contract.chainID || d.VerifyingContract != t.Address() {
		return Permit{}, fmt.Errorf("permit of %s: the domain the token gives (fields %x, chain %s, contract %s) is not its own: %w",
			t.contract.name, d.Fields, chain.Dec(), d.VerifyingContract, ErrBadAnswer)
	}
	return t.PermitOf(Permit{Owner: owner, Spender: spender, Value: value, Nonce: nonce.Value(), Deadline: deadline}, d.Name, d.Version), nil
}

// PermitOf returns a permit of this token from what the caller knows already; name and version are those of the
// token's EIP-712 domain. It needs no node.
func (t ERC20) PermitOf(permit Permit, name, version string) Permit {
	permit.token, permit.name, permit.version = t, name, version
	return permit
}

// deadline returns the deadline as the token takes it. One before 1970, such as a zero Time, would be a number so large
// that the permit never ends.
func (p Permit) deadline() (uint64, error) {
	if p.token.contract.err != nil {
		return 0, p.token.contract.err
	}
	if p.Deadline.Unix() <= 0 {
		return 0, fmt.Errorf("permit of %s: %w", p.token.contract.name, ErrDeadline)
	}
	return uint64(p.Deadline.Unix()), nil
}

func (p Permit) typedData() (eip712.TypedData, error) {
	deadline, err := p.deadline()
	if err != nil {
		return eip712.TypedData{}, err
	}
	return eip712.TypedData{
		Domain: eip712.Struct{Name: "EIP712Domain", Fields: []eip712.Field{
			{Name: "name", Type: "string", Value: p.name},
			{Name: "version", Type: "string", Value: p.version},
			{Name: "chainId", Type: "uint256", Value: p.token.contract.chainID},
			{Name: "verifyingContract", Type: "address", Value: p.token.Address()},
		}},
		Message: eip712.Struct{Name: "Permit", Fields: []eip712.Field{
			{Name: "owner", Type: "address", Value: p.Owner},
			{Name: "spender", Type: "address", Value: p.Spender},
			{Name: "value", Type: "uint256", Value: p.Value},
			{Name: "nonce", Type: "uint256", Value: p.Nonce},
			{Name: "deadline", Type: "uint256", Value: deadline},
		}},
	}, nil
}

// Digest returns the hash to be signed. Error: [ErrDeadline], or what is wrong with the token's contract.
func (p Permit) Digest() (common.Hash, error) {
	data, err := p.typedData()
	if err != nil {
		return common.Hash{}, err
	}
	return data.Digest()
}

// TypedData returns the permit as JSON for eth_signTypedData_v4. Errors are those of [Permit.Digest].
func (p Permit) TypedData() (json.RawMessage, error) {
	data, err := p.typedData()
	if err != nil {
		return nil, err
	}
	return data.MarshalJSON()
}

// Call returns the call that puts the signed permit in force. The signature is r, s and v in 65 bytes.
func (p Permit) Call(signature []byte) Call {
	deadline, err := p.deadline()
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
