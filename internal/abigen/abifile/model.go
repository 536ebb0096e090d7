package abifile

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/ethereum/go-ethereum/crypto/keccak"

	"github.com/gaib-go/gaib/internal/codec"
)

// Pos is a place in an .abi file; Line and Column count from 1, Column in bytes.
type Pos struct {
	File         string
	Line, Column int
}

// String returns file:line:column.
func (p Pos) String() string { return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column) }

// ErrSyntax is wrapped by every [SyntaxError].
var ErrSyntax = errors.New("bad .abi file")

// SyntaxError says what is wrong with an .abi file, and where.
type SyntaxError struct {
	Pos     Pos
	Message string
}

// Error returns "file:line:column: message".
func (e *SyntaxError) Error() string { return e.Pos.String() + ": " + e.Message }

// Unwrap returns ErrSyntax.
func (e *SyntaxError) Unwrap() error { return ErrSyntax }

func errorAt(pos Pos, format string, args ...any) error {
	return &SyntaxError{Pos: pos, Message: fmt.Sprintf(format, args...)}
}

// Contract is one .abi file.
type Contract struct {
	Name    string // prefix of the Go names; empty for "contract -"
	Doc     []string
	Structs []*Struct // in the order of the file
	Items   []*Item   // in the order of the file
}

// Item is a function, event or error.
type Item struct {
	Kind      codec.Kind
	Name      string
	GoName    string // after "as"; empty if there is none
	Doc       []string
	Args      []Arg
	Results   []Arg // functions
	View      bool  // functions
	Pure      bool  // functions
	Payable   bool  // functions
	Anonymous bool  // events
	Evidence  codec.Evidence
	Pos       Pos
}

// Struct is a named tuple.
type Struct struct {
	Name   string
	GoName string // after "as"; empty if there is none
	Doc    []string
	Fields []Arg
	Pos    Pos

	// Filled in when the file is complete, innermost struct first.
	dynamic   bool
	words     int    // head size
	canonical string // (type,...)
}

// Arg is an argument, a result or a field of a struct.
type Arg struct {
	Name    string // empty if it has none
	Type    *Type
	Indexed bool // events
	Pos     Pos
}

// TypeKind is the shape of a Type.
type TypeKind uint8

// The shapes of a type.
const (
	Uint TypeKind = iota
	Int
	Bool
	Address
	FixedBytes
	Bytes
	String
	Tuple
	Slice // T[]
	Array // T[N]
)

// Type is an ABI type.
type Type struct {
	Kind   TypeKind
	Size   int     // Uint, Int: bits; FixedBytes: bytes; Array: elements
	Elem   *Type   // Slice, Array
	Struct *Struct // Tuple
}

// Dynamic reports whether the type is encoded behind an offset.
func (t *Type) Dynamic() bool {
	switch t.Kind {
	case Bytes, String, Slice:
		return true
	case Tuple:
		return t.Struct.dynamic
	case Array:
		return t.Elem.Dynamic()
	}
	return false
}

// Words returns the size of the type in words where it stands in place: for a dynamic tuple or array that is its
// own head; 1 for bytes, string and T[].
func (t *Type) Words() int {
	switch t.Kind {
	case Tuple:
		return t.Struct.words
	case Array:
		if t.Elem.Dynamic() {
			return t.Size
		}
		return t.Size * t.Elem.Words()
	}
	return 1
}

// HeadWords returns what the type takes in the head of a tuple that contains it: 1 if it is dynamic, else Words.
func (t *Type) HeadWords() int {
	if t.Dynamic() {
		return 1
	}
	return t.Words()
}

// Canonical returns the type as it stands in a signature, with structs as tuples.
func (t *Type) Canonical() string { return t.text(true) }

// String returns the type as it stands in the file.
func (t *Type) String() string { return t.text(false) }

func (t *Type) text(canonical bool) string {
	switch t.Kind {
	case Uint:
		return "uint" + strconv.Itoa(t.Size)
	case Int:
		return "int" + strconv.Itoa(t.Size)
	case Bool:
		return "bool"
	case Address:
		return "address"
	case FixedBytes:
		return "bytes" + strconv.Itoa(t.Size)
	case Bytes:
		return "bytes"
	case String:
		return "string"
	case Tuple:
		if canonical {
			return t.Struct.canonical
		}
		return t.Struct.Name
	case Slice:
		return t.Elem.text(canonical) + "[]"
	default:
		return t.Elem.text(canonical) + "[" + strconv.Itoa(t.Size) + "]"
	}
}

// Value reports whether the type is a single value of one word, which an indexed event argument holds in its topic.
// Of every other type the topic holds a hash.
func (t *Type) Value() bool { return t.Kind <= FixedBytes }

// Signature returns the canonical signature, e.g. "transfer(address,uint256)".
func (it *Item) Signature() string { return it.Name + canonicalList(it.Args) }

// Hash returns keccak256 of the signature: an event's topic; its first four bytes are a selector.
func (it *Item) Hash() [32]byte {
	h := keccak.NewLegacyKeccak256()
	h.Write([]byte(it.Signature()))
	return [32]byte(h.Sum(nil))
}

// String returns the item as it stands in the file, without "as" and evidence.
func (it *Item) String() string {
	s := it.Kind.String() + " " + it.Name + "(" + argList(it.Args) + ")"
	switch {
	case it.View:
		s += " view"
	case it.Pure:
		s += " pure"
	case it.Payable:
		s += " payable"
	case it.Anonymous:
		s += " anonymous"
	}
	if len(it.Results) > 0 {
		s += " returns (" + argList(it.Results) + ")"
	}
	return s
}

// String returns the struct as it stands in the file.
func (s *Struct) String() string {
	var b strings.Builder
	b.WriteString("struct " + s.Name + " {")
	for _, f := range s.Fields {
		b.WriteString(" " + f.String() + ";")
	}
	return b.String() + " }"
}

// String returns the argument as it stands in the file.
func (a Arg) String() string {
	s := a.Type.String()
	if a.Indexed {
		s += " indexed"
	}
	if a.Name != "" {
		s += " " + a.Name
	}
	return s
}

func argList(args []Arg) string {
	parts := make([]string, len(args))
	for i, a := range args {
		parts[i] = a.String()
	}
	return strings.Join(parts, ", ")
}

func canonicalList(args []Arg) string {
	parts := make([]string, len(args))
	for i, a := range args {
		parts[i] = a.Type.Canonical()
	}
	return "(" + strings.Join(parts, ",") + ")"
}
