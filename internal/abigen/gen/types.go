package gen

import (
	"fmt"
	"strconv"

	"github.com/gaib-go/gaib/internal/abigen/abifile"
)

const wordSize = 32

// small returns the size of the smallest Go integer that holds bits bits, or 0 if there is none.
func small(bits int) int {
	for _, n := range []int{8, 16, 32, 64} {
		if bits <= n {
			return n
		}
	}
	return 0
}

// family returns "uint" or "int".
func family(t *abifile.Type) string {
	if t.Kind == abifile.Uint {
		return "uint"
	}
	return "int"
}

// goType returns the Go type for t.
func (g *generator) goType(t *abifile.Type) string {
	switch t.Kind {
	case abifile.Uint, abifile.Int:
		n := small(t.Size)
		if n == 0 {
			g.uint256 = true
			return "uint256.Int"
		}
		return family(t) + strconv.Itoa(n)
	case abifile.Bool:
		return "bool"
	case abifile.Address:
		g.common = true
		return "common.Address"
	case abifile.FixedBytes:
		if t.Size == wordSize {
			g.common = true
			return "common.Hash"
		}
		return fmt.Sprintf("[%d]byte", t.Size)
	case abifile.Bytes:
		return "[]byte"
	case abifile.String:
		return "string"
	case abifile.Tuple:
		return g.structs[t.Struct]
	case abifile.Slice:
		return "[]" + g.goType(t.Elem)
	default:
		return fmt.Sprintf("[%d]%s", t.Size, g.goType(t.Elem))
	}
}

// fieldType returns the Go type for a field: a hash for an indexed argument whose topic cannot hold it.
func (g *generator) fieldType(f field) string {
	if f.Indexed && !f.Type.Value() {
		g.common = true
		return "common.Hash"
	}
	return g.goType(f.Type)
}

// narrow reports whether Go values of the type can be outside it.
func narrow(t *abifile.Type) bool {
	switch t.Kind {
	case abifile.Uint, abifile.Int:
		return t.Size != 256 && t.Size != small(t.Size)
	case abifile.Tuple:
		return narrowArgs(t.Struct.Fields)
	case abifile.Slice, abifile.Array:
		return narrow(t.Elem)
	}
	return false
}

func narrowArgs(args []abifile.Arg) bool {
	for _, a := range args {
		if narrow(a.Type) {
			return true
		}
	}
	return false
}

func dynamicArgs(args []abifile.Arg) bool {
	for _, a := range args {
		if a.Type.Dynamic() {
			return true
		}
	}
	return false
}

// headBytes returns the size of the head of a tuple of args.
func headBytes(args []abifile.Arg) int {
	n := 0
	for _, a := range args {
		n += wordSize * a.Type.HeadWords()
	}
	return n
}

// zero returns the zero value of t as a Go expression.
func (g *generator) zero(t *abifile.Type) string {
	switch t.Kind {
	case abifile.Uint, abifile.Int:
		if small(t.Size) != 0 {
			return "0"
		}
	case abifile.Bool:
		return "false"
	case abifile.Bytes, abifile.Slice:
		return "nil"
	case abifile.String:
		return `""`
	}
	return g.goType(t) + "{}"
}
