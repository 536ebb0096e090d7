package txn

import (
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib/internal/hash"
)

const (
	typeSetCode  = 4
	magicSetCode = 5
)

// Authorization lets an account's calls be answered by the code at an address (EIP-7702), until it is replaced.
type Authorization struct {
	ChainID uint64 // zero for every chain
	Address common.Address
	Nonce   uint64 // of the account that signs
}

// Digest returns the hash to be signed.
func (a Authorization) Digest() (common.Hash, error) {
	raw, err := rlp.EncodeToBytes(a)
	if err != nil {
		return common.Hash{}, fmt.Errorf("encode the authorization: %w", err)
	}
	return hash.Keccak256([]byte{magicSetCode}, raw), nil
}

// SignedAuthorization is an authorization with its signature, in the order in which it is encoded.
type SignedAuthorization struct {
	ChainID uint64
	Address common.Address
	Nonce   uint64
	Parity  uint64
	R, S    *uint256.Int
}

// Sign returns the authorization with a signature of r, s and v in 65 bytes.
func (a Authorization) Sign(signature []byte) (SignedAuthorization, error) {
	r, s, parity, err := SplitSignature(signature)
	return SignedAuthorization{ChainID: a.ChainID, Address: a.Address, Nonce: a.Nonce, Parity: parity, R: &r, S: &s}, err
}
