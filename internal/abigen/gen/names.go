package gen

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gaib-go/gaib/internal/abigen/abifile"
)

// methods are the names that generated types use for methods; a field cannot have them.
var methods = []string{"AppendTo", "Decode", "DecodeLog", "DecodeResult", "Encode", "Error", "Item"}

// camel returns the exported Go name for a name of a contract: capitalised, without _ and $. Letters stay as they are
// written, but of a name such as MINTER_ROLE, which separates its words, each becomes a capitalised one. It is empty
// for a name without letters or digits.
func camel(name string) string {
	parts := strings.FieldsFunc(name, func(r rune) bool { return r == '_' || r == '$' })
	shout := len(parts) > 1 && strings.ToUpper(name) == name
	var b strings.Builder
	for _, p := range parts {
		if shout {
			p = strings.ToLower(p)
		}
		b.WriteString(strings.ToUpper(p[:1]) + p[1:])
	}
	s := b.String()
	if s != "" && '0' <= s[0] && s[0] <= '9' {
		return "X" + s
	}
	return s
}

// field is an argument, result or struct field with its Go name.
type field struct {
	abifile.Arg
	goName string
}

// path returns the field's name for error messages: the contract's if it has one.
func (f field) path() string {
	if f.Name != "" {
		return f.Name
	}
	return f.goName
}

// fields names args: unnamed says what one without a name is called, with its number behind. Names that
// two arguments would share get their number, those of methods "Arg".
func fields(args []abifile.Arg, unnamed string) []field {
	out := make([]field, len(args))
	var taken []string
	for i, a := range args {
		name := camel(a.Name)
		switch {
		case name == "":
			name = unnamed + strconv.Itoa(i)
		case slices.Contains(methods, name):
			name += "Arg"
		}
		for slices.Contains(taken, name) {
			name += strconv.Itoa(i)
		}
		taken = append(taken, name)
		out[i] = field{a, name}
	}
	return out
}

// names keeps which exported names are taken, and by what.
type names map[string]abifile.Pos

// claim takes a name for what stands at pos.
func (n names) claim(name string, pos abifile.Pos) error {
	if other, ok := n[name]; ok {
		return &abifile.SyntaxError{Pos: pos, Message: fmt.Sprintf(
			`the Go name %s is taken by %s: put "as AnotherName" behind this one (before @evidence or {)`, name, other)}
	}
	n[name] = pos
	return nil
}
