package permit2

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib/internal/eip712"
)

func domain(chainID uint64, contract common.Address) eip712.Struct {
	return eip712.Struct{Name: "EIP712Domain", Fields: []eip712.Field{
		{Name: "name", Type: "string", Value: "Permit2"},
		{Name: "chainId", Type: "uint256", Value: chainID},
		{Name: "verifyingContract", Type: "address", Value: contract},
	}}
}

// TypedData returns what an owner signs to give a spender an allowance.
func (p PermitSingle) TypedData(chainID uint64, contract common.Address) eip712.TypedData {
	return eip712.TypedData{Domain: domain(chainID, contract), Message: eip712.Struct{Name: "PermitSingle", Fields: []eip712.Field{
		{Name: "details", Type: "PermitDetails", Value: eip712.Struct{Name: "PermitDetails", Fields: []eip712.Field{
			{Name: "token", Type: "address", Value: p.Details.Token},
			{Name: "amount", Type: "uint160", Value: p.Details.Amount},
			{Name: "expiration", Type: "uint48", Value: p.Details.Expiration},
			{Name: "nonce", Type: "uint48", Value: p.Details.Nonce},
		}}},
		{Name: "spender", Type: "address", Value: p.Spender},
		{Name: "sigDeadline", Type: "uint256", Value: p.SigDeadline},
	}}}
}

// TypedData returns what an owner signs to let a spender move an amount once.
func (p PermitTransferFrom) TypedData(chainID uint64, contract, spender common.Address) eip712.TypedData {
	return eip712.TypedData{Domain: domain(chainID, contract), Message: eip712.Struct{Name: "PermitTransferFrom", Fields: []eip712.Field{
		{Name: "permitted", Type: "TokenPermissions", Value: eip712.Struct{Name: "TokenPermissions", Fields: []eip712.Field{
			{Name: "token", Type: "address", Value: p.Permitted.Token},
			{Name: "amount", Type: "uint256", Value: p.Permitted.Amount},
		}}},
		{Name: "spender", Type: "address", Value: spender},
		{Name: "nonce", Type: "uint256", Value: p.Nonce},
		{Name: "deadline", Type: "uint256", Value: p.Deadline},
	}}}
}

// FreeNonce returns the lowest nonce of a word of the bitmap that is not used, and whether there is one.
func FreeNonce(word uint64, bitmap uint256.Int) (uint256.Int, bool) {
	for bit := range uint64(256) {
		if bitmap[bit/64]>>(bit%64)&1 == 0 {
			nonce := uint256.NewInt(word)
			nonce.Lsh(nonce, 8).Or(nonce, uint256.NewInt(bit))
			return *nonce, true
		}
	}
	return uint256.Int{}, false
}
