package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/holiman/uint256"
)

var (
	// ErrSignature: a signature is malformed, malleable or recovers no one. The text says which.
	ErrSignature = errors.New("report: bad signature")
	// ErrSigner: the signature is of someone who may not sign.
	ErrSigner = errors.New("report: not an allowed signer")
)

// Domain is what a signature is for: a report for one contract on one chain is none for another.
type Domain struct {
	ChainID  uint64
	Contract Address // the anchor
}

// Recover returns who made a signature over a digest; signature is r, s and v of 0 or 1, 65 bytes.
type Recover func(digest Hash, signature []byte) (Address, error)

// field is a member of a typed struct, of one word.
type field struct {
	name, kind string
	word       Hash
	text       string // for a wallet
}

func number(name, kind string, value uint256.Int) field {
	return field{name, kind, value.Bytes32(), value.Dec()}
}

func hashed(name string, value Hash) field { return field{name, "bytes32", value, value.String()} }

const (
	domainName    = "PortfolioAnchor"
	domainVersion = "1"
)

func (d Domain) fields(hash Hasher) []field {
	var contract Hash
	copy(contract[12:], d.Contract[:])
	return []field{
		{"name", "string", hash([]byte(domainName)), domainName},
		{"version", "string", hash([]byte(domainVersion)), domainVersion},
		number("chainId", "uint256", *uint256.NewInt(d.ChainID)),
		{"verifyingContract", "address", contract, d.Contract.String()},
	}
}

// fields returns the signed message: what a contract needs, and the hash of all.
func (r *Report) fields(hash Hasher) ([]field, error) {
	content, err := r.Hash(hash)
	if err != nil {
		return nil, err
	}
	return []field{
		number("number", "uint64", *uint256.NewInt(uint64(r.Number))),
		hashed("previous", r.Previous),
		number("asOf", "uint64", *uint256.NewInt(uint64(r.AsOf.Time().Unix()))),
		number("depositNav", "uint256", r.DepositNAV.Int()),
		number("unstakingNav", "uint256", r.UnstakingNAV.Int()),
		number("shares", "uint256", r.Shares.Int()),
		number("deals", "uint32", *uint256.NewInt(uint64(r.Deals))),
		hashed("dealsRoot", r.Root),
		hashed("content", content),
	}, nil
}

const messageName = "PortfolioReport"

func hashStruct(name string, fields []field, hash Hasher) Hash {
	members := make([]string, len(fields))
	for i, f := range fields {
		members[i] = f.kind + " " + f.name
	}
	kind := hash([]byte(name + "(" + strings.Join(members, ",") + ")"))
	words := kind[:]
	for _, f := range fields {
		words = append(words, f.word[:]...)
	}
	return hash(words)
}

// Digest returns what is signed by EIP-712, hash(0x1901 | hashStruct(domain) | hashStruct(message)), with
//
//	EIP712Domain(string name,string version,uint256 chainId,address verifyingContract), name "PortfolioAnchor", version "1"
//	PortfolioReport(uint64 number,bytes32 previous,uint64 asOf,uint256 depositNav,uint256 unstakingNav,uint256 shares,uint32 deals,bytes32 dealsRoot,bytes32 content)
//
// asOf is the second at which the day begins, content is [Report.Hash]. It fails as [Report.Validate] does.
func (r *Report) Digest(domain Domain, hash Hasher) (Hash, error) {
	message, err := r.fields(hash)
	if err != nil {
		return Hash{}, err
	}
	a, b := hashStruct("EIP712Domain", domain.fields(hash), hash), hashStruct(messageName, message, hash)
	return hash(slices.Concat([]byte{0x19, 0x01}, a[:], b[:])), nil
}

// TypedData returns the same message as eth_signTypedData_v4 takes it. It fails as [Report.Validate] does.
func (r *Report) TypedData(domain Domain, hash Hasher) ([]byte, error) {
	message, err := r.fields(hash)
	if err != nil {
		return nil, err
	}
	type member struct {
		Name string `json:"name"`
		Type string `json:"type"`
	}
	types, values := map[string][]member{}, map[string]map[string]string{}
	for name, fields := range map[string][]field{"EIP712Domain": domain.fields(hash), messageName: message} {
		values[name] = map[string]string{}
		for _, f := range fields {
			types[name] = append(types[name], member{f.name, f.kind})
			values[name][f.name] = f.text
		}
	}
	return json.Marshal(map[string]any{
		"types": types, "primaryType": messageName, "domain": values["EIP712Domain"], "message": values[messageName],
	})
}

// Verify returns who signed a report, if it is one of the allowed. The signature is r, s and v, 65 bytes; v is 27 or 28, or 0 or 1. It
// fails with [ErrSignature], also for an s in the upper half, which OpenZeppelin's ECDSA refuses too; with [ErrSigner]; and as
// [Report.Validate] does.
func (r *Report) Verify(domain Domain, signature []byte, hash Hasher, recover Recover, allowed ...Address) (Address, error) {
	digest, err := r.Digest(domain, hash)
	if err != nil {
		return Address{}, err
	}
	if len(signature) != 65 {
		return Address{}, fmt.Errorf("%w: %d bytes, want 65", ErrSignature, len(signature))
	}
	plain := slices.Clone(signature)
	if plain[64] >= 27 {
		plain[64] -= 27
	}
	if plain[64] > 1 {
		return Address{}, fmt.Errorf("%w: v is %s, want 27 or 28", ErrSignature, strconv.Itoa(int(signature[64])))
	}
	var s uint256.Int
	if half := halfOrder(); s.SetBytes32(plain[32:64]).Gt(&half) {
		return Address{}, fmt.Errorf("%w: s is in the upper half of the order", ErrSignature)
	}
	signer, err := recover(digest, plain)
	if err != nil {
		return Address{}, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	if !slices.Contains(allowed, signer) {
		return Address{}, fmt.Errorf("%w: %s", ErrSigner, signer)
	}
	return signer, nil
}

// halfOrder returns half the order of secp256k1, rounded down: EIP-2.
func halfOrder() uint256.Int {
	return uint256.Int{0xdfe92f46681b20a0, 0x5d576e7357a4501d, 0xffffffffffffffff, 0x7fffffffffffffff}
}
