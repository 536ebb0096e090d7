// Package eip712 hashes typed data and writes them as wallets take them.
package eip712

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib/internal/hash"
)

// Field is a member of a struct: its name, its type and its value, which is a common.Address for address, a uint256.Int
// or uint64 for uintN, a common.Hash for bytes32, a string, []byte or bool.
type Field struct {
	Name, Type string
	Value      any
}

// Struct is a named list of fields, in order. None of them is a struct itself.
type Struct struct {
	Name   string
	Fields []Field
}

// TypedData is a message and the domain it is signed for.
type TypedData struct {
	Domain  Struct // named EIP712Domain, with the fields that the contract uses
	Message Struct
}

// ErrValue says that a field's value is not of its type.
var ErrValue = errors.New("value does not fit its EIP-712 type")

// Digest returns keccak256(0x1901 || hashStruct(domain) || hashStruct(message)).
func (d TypedData) Digest() (common.Hash, error) {
	domain, err := d.Domain.Hash()
	if err != nil {
		return common.Hash{}, err
	}
	message, err := d.Message.Hash()
	if err != nil {
		return common.Hash{}, err
	}
	return hash.Keccak256([]byte{0x19, 0x01}, domain[:], message[:]), nil
}

// TypeHash returns keccak256 of the struct's type, such as "Permit(address owner,address spender)".
func (s Struct) TypeHash() common.Hash {
	members := make([]string, len(s.Fields))
	for i, field := range s.Fields {
		members[i] = field.Type + " " + field.Name
	}
	return hash.Keccak256([]byte(s.Name + "(" + strings.Join(members, ",") + ")"))
}

// Hash returns hashStruct: keccak256(typeHash || the members' words).
func (s Struct) Hash() (common.Hash, error) {
	typeHash := s.TypeHash()
	words := typeHash[:]
	for _, field := range s.Fields {
		word, err := field.word()
		if err != nil {
			return common.Hash{}, fmt.Errorf("%s.%s (%s): %w", s.Name, field.Name, field.Type, err)
		}
		words = append(words, word[:]...)
	}
	return hash.Keccak256(words), nil
}

func (f Field) word() (common.Hash, error) {
	switch value := f.Value.(type) {
	case common.Address:
		if f.Type == "address" {
			return common.BytesToHash(value[:]), nil
		}
	case uint256.Int:
		if bits, ok := uintBits(f.Type); ok && value.BitLen() <= bits {
			return value.Bytes32(), nil
		}
	case uint64:
		if bits, ok := uintBits(f.Type); ok && uint256.NewInt(value).BitLen() <= bits {
			return uint256.NewInt(value).Bytes32(), nil
		}
	case common.Hash:
		if f.Type == "bytes32" {
			return value, nil
		}
	case string:
		if f.Type == "string" {
			return hash.Keccak256([]byte(value)), nil
		}
	case []byte:
		if f.Type == "bytes" {
			return hash.Keccak256(value), nil
		}
	case bool:
		if f.Type == "bool" {
			var word common.Hash
			if value {
				word[31] = 1
			}
			return word, nil
		}
	}
	return common.Hash{}, ErrValue
}

func uintBits(typ string) (int, bool) {
	var bits int
	if _, err := fmt.Sscanf(typ, "uint%d", &bits); err != nil || bits < 8 || bits > 256 || bits%8 != 0 || fmt.Sprintf("uint%d", bits) != typ {
		return 0, false
	}
	return bits, true
}

// MarshalJSON writes the data as eth_signTypedData_v4 takes them; numbers are decimal strings.
func (d TypedData) MarshalJSON() ([]byte, error) {
	type member struct {
		Name string `json:"name"`
		Type string `json:"type"`
	}
	members := func(s Struct) []member {
		list := make([]member, len(s.Fields))
		for i, field := range s.Fields {
			list[i] = member{field.Name, field.Type}
		}
		return list
	}
	values := func(s Struct) map[string]any {
		object := make(map[string]any, len(s.Fields))
		for _, field := range s.Fields {
			switch value := field.Value.(type) {
			case uint256.Int:
				object[field.Name] = value.Dec()
			case uint64:
				object[field.Name] = fmt.Sprint(value)
			case []byte:
				object[field.Name] = hexutil.Bytes(value)
			default:
				object[field.Name] = value
			}
		}
		return object
	}
	if _, err := d.Digest(); err != nil { // what cannot be hashed must not be shown to be signed
		return nil, err
	}
	return json.Marshal(struct {
		Types   map[string][]member `json:"types"`
		Primary string              `json:"primaryType"`
		Domain  map[string]any      `json:"domain"`
		Message map[string]any      `json:"message"`
	}{map[string][]member{d.Domain.Name: members(d.Domain), d.Message.Name: members(d.Message)}, d.Message.Name, values(d.Domain), values(d.Message)})
}
