// Package eip712 hashes typed data and writes them as wallets take them.
package eip712

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib/internal/hash"
)

// Field is a member of a struct: its name, its type and its value, which is a common.Address for address, a uint256.Int
// or uint64 for uintN, a common.Hash for bytes32, a string, []byte or bool, a Struct, or a []Struct of at least one.
type Field struct {
	Name, Type string
	Value      any
}

// Struct is a named list of fields, in order.
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

// TypeHash returns keccak256 of the struct's type, such as "Permit(address owner,address spender)", followed by the
// types of the structs in it, in order of their names.
func (s Struct) TypeHash() common.Hash {
	inner := make(map[string]Struct)
	s.collect(inner)
	delete(inner, s.Name)
	var text strings.Builder
	text.WriteString(s.typeText())
	for _, name := range slices.Sorted(maps.Keys(inner)) {
		text.WriteString(inner[name].typeText())
	}
	return hash.Keccak256([]byte(text.String()))
}

func (s Struct) typeText() string {
	members := make([]string, len(s.Fields))
	for i, field := range s.Fields {
		members[i] = field.Type + " " + field.Name
	}
	return s.Name + "(" + strings.Join(members, ",") + ")"
}

// collect adds the struct and those in it by their names.
func (s Struct) collect(into map[string]Struct) {
	into[s.Name] = s
	for _, field := range s.Fields {
		switch value := field.Value.(type) {
		case Struct:
			value.collect(into)
		case []Struct:
			for _, one := range value {
				one.collect(into)
			}
		}
	}
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
	case Struct:
		if f.Type == value.Name {
			return value.Hash()
		}
	case []Struct:
		// An empty list would leave its type unknown.
		if len(value) == 0 || f.Type != value[0].Name+"[]" {
			return common.Hash{}, ErrValue
		}
		var words []byte
		for _, one := range value {
			if one.typeText() != value[0].typeText() {
				return common.Hash{}, ErrValue
			}
			word, err := one.Hash()
			if err != nil {
				return common.Hash{}, err
			}
			words = append(words, word[:]...)
		}
		return hash.Keccak256(words), nil
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
	types := make(map[string][]member)
	for _, top := range []Struct{d.Domain, d.Message} {
		all := make(map[string]Struct)
		top.collect(all)
		for name, one := range all {
			types[name] = members(one)
		}
	}
	if _, err := d.Digest(); err != nil { // what cannot be hashed must not be shown to be signed
		return nil, err
	}
	return json.Marshal(struct {
		Types   map[string][]member `json:"types"`
		Primary string              `json:"primaryType"`
		Domain  map[string]any      `json:"domain"`
		Message map[string]any      `json:"message"`
	}{types, d.Message.Name, d.Domain.values(), d.Message.values()})
}

// values returns the members as JSON takes them.
func (s Struct) values() map[string]any {
	object := make(map[string]any, len(s.Fields))
	for _, field := range s.Fields {
		switch value := field.Value.(type) {
		case uint256.Int:
			object[field.Name] = value.Dec()
		case uint64:
			object[field.Name] = fmt.Sprint(value)
		case []byte:
			object[field.Name] = hexutil.Bytes(value)
		case Struct:
			object[field.Name] = value.values()
		case []Struct:
			list := make([]any, len(value))
			for i, one := range value {
				list[i] = one.values()
			}
			object[field.Name] = list
		default:
			object[field.Name] = value
		}
	}
	return object
}
