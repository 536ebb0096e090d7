package morpho

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/internal/eip712"
	"github.com/gaib-go/gaib/internal/txn"
	"github.com/gaib-go/gaib/lending/morpho/contract"
)

// ErrDeadline: the authorisation has no deadline, or one before 1970. Set it to when the signature shall end.
var ErrDeadline = errors.New("morpho: the authorisation has no deadline")

// Authorization is what an account signs instead of sending [Protocol.Authorize]. It is unsigned: Digest or TypedData go to
// the account's wallet, Call puts the signature into a call that anybody may send.
type Authorization struct {
	Authorizer common.Address // who signs
	Authorized common.Address // who may act for it
	Allow      bool           // false takes an authorisation back
	Nonce      uint256.Int    // see [Protocol.Nonce]
	Deadline   time.Time      // until when the signature can be used
}

func (b Protocol) typedData(a Authorization) (eip712.TypedData, error) {
	if err := b.contract.Err(); err != nil {
		return eip712.TypedData{}, err
	}
	if a.Deadline.Unix() <= 0 {
		return eip712.TypedData{}, ErrDeadline
	}
	return eip712.TypedData{
		Domain: eip712.Struct{Name: "EIP712Domain", Fields: []eip712.Field{
			{Name: "chainId", Type: "uint256", Value: b.contract.ChainID()},
			{Name: "verifyingContract", Type: "address", Value: b.contract.Address()},
		}},
		Message: eip712.Struct{Name: "Authorization", Fields: []eip712.Field{
			{Name: "authorizer", Type: "address", Value: a.Authorizer},
			{Name: "authorized", Type: "address", Value: a.Authorized},
			{Name: "isAuthorized", Type: "bool", Value: a.Allow},
			{Name: "nonce", Type: "uint256", Value: a.Nonce},
			{Name: "deadline", Type: "uint256", Value: uint64(a.Deadline.Unix())},
		}},
	}, nil
}

// AuthorizationDigest returns the hash to be signed. It fails with [ErrDeadline], or with what is wrong with the contract.
func (b Protocol) AuthorizationDigest(a Authorization) (common.Hash, error) {
	data, err := b.typedData(a)
	if err != nil {
		return common.Hash{}, err
	}
	return data.Digest()
}

// AuthorizationTypedData returns the authorisation as JSON for eth_signTypedData_v4. It fails as
// [Protocol.AuthorizationDigest] does.
func (b Protocol) AuthorizationTypedData(a Authorization) (json.RawMessage, error) {
	data, err := b.typedData(a)
	if err != nil {
		return nil, err
	}
	return data.MarshalJSON()
}

// AuthorizeSigned returns the call that puts a signed authorisation in force. The signature is r, s and v in 65 bytes.
func (b Protocol) AuthorizeSigned(a Authorization, signature []byte) gaib.Call {
	function := contract.MorphoSetAuthorizationWithSig{Authorization: contract.MorphoAuthorization{
		Authorizer: a.Authorizer, Authorized: a.Authorized, IsAuthorized: a.Allow, Nonce: a.Nonce, Deadline: *uint256.NewInt(seconds(a.Deadline)),
	}}
	_, err := b.typedData(a)
	r, s, parity, signatureErr := txn.SplitSignature(signature)
	if err := cmp.Or(err, signatureErr); err != nil {
		return gaib.FailedCall(b.contract, function, err)
	}
	function.Signature = contract.MorphoSignature{V: uint8(27 + parity), R: r.Bytes32(), S: s.Bytes32()}
	return gaib.NewCall(b.contract, function, fmt.Sprintf("%s for %s in all markets, as signed", authorizes(a.Authorized, a.Allow), a.Authorizer))
}
