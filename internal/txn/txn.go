// Package txn encodes transactions of EIP-1559 and EIP-7702: what is signed, and what is sent once it is.
package txn

import (
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib/internal/hash"
)

// DynamicFee is an unsigned EIP-1559 transaction, or one of EIP-7702 when it carries authorizations.
type DynamicFee struct {
	ChainID    uint64
	Nonce      uint64
	TipCap     uint256.Int
	FeeCap     uint256.Int
	Gas        uint64
	To         common.Address
	Value      uint256.Int
	Data       []byte
	AccessList []AccessTuple

	Authorizations []SignedAuthorization
}

// AccessTuple is one entry of an EIP-2930 access list.
type AccessTuple struct {
	Address     common.Address
	StorageKeys []common.Hash
}

const typeDynamicFee = 2

// ErrSignature says that a signature is not one that a node takes.
var ErrSignature = errors.New("not a signature of this transaction")

// Digest returns the hash to be signed.
func (t *DynamicFee) Digest() (common.Hash, error) {
	raw, err := t.encode(t.fields())
	return hash.Keccak256(raw), err
}

// Sign returns the transaction as it is sent, and its hash. The signature is r, s (32 bytes each) and v, which may
// be the parity 0 or 1, or 27 or 28.
func (t *DynamicFee) Sign(signature []byte) ([]byte, common.Hash, error) {
	r, s, parity, err := SplitSignature(signature)
	if err != nil {
		return nil, common.Hash{}, err
	}
	raw, err := t.encode(append(t.fields(), parity, &r, &s))
	return raw, hash.Keccak256(raw), err
}

func (t *DynamicFee) fields() []any {
	fields := []any{t.ChainID, t.Nonce, &t.TipCap, &t.FeeCap, t.Gas, t.To, &t.Value, t.Data, t.AccessList}
	if len(t.Authorizations) > 0 {
		fields = append(fields, t.Authorizations)
	}
	return fields
}

func (t *DynamicFee) encode(fields []any) ([]byte, error) {
	raw, err := rlp.EncodeToBytes(fields)
	if err != nil {
		return nil, fmt.Errorf("encode the transaction: %w", err)
	}
	kind := byte(typeDynamicFee)
	if len(t.Authorizations) > 0 {
		kind = typeSetCode
	}
	return append([]byte{kind}, raw...), nil
}

// The order of secp256k1's group and half of it: EIP-2 takes only the lower of the two values that s can have.
var (
	order     = uint256.MustFromHex("0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141")
	halfOrder = uint256.MustFromHex("0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0")
)

// SplitSignature returns r, s and the parity of a signature of 65 bytes whose v is 0, 1, 27 or 28. Error: ErrSignature.
func SplitSignature(signature []byte) (r, s uint256.Int, parity uint64, err error) {
	if len(signature) != 65 {
		return r, s, 0, fmt.Errorf("%w: it has %d bytes, want 65 (r, s, v)", ErrSignature, len(signature))
	}
	r.SetBytes32(signature[:32])
	s.SetBytes32(signature[32:64])
	switch v := signature[64]; v {
	case 0, 1:
		parity = uint64(v)
	case 27, 28:
		parity = uint64(v - 27)
	default:
		return r, s, 0, fmt.Errorf("%w: v is %d, want 0, 1, 27 or 28", ErrSignature, v)
	}
	switch {
	case r.IsZero() || !r.Lt(order):
		return r, s, 0, fmt.Errorf("%w: r is out of range", ErrSignature)
	case s.IsZero() || s.Gt(halfOrder):
		return r, s, 0, fmt.Errorf("%w: s is zero or above half the group's order (EIP-2); take the order less s and the other parity", ErrSignature)
	}
	return r, s, parity, nil
}
