package gen

import (
	"fmt"
	"strings"

	"github.com/gaib-go/gaib/internal/abigen/abifile"
)

// text returns the expression that prints the variable v.
func (g *generator) text(t *abifile.Type, v string) string {
	switch t.Kind {
	case abifile.Uint, abifile.Int:
		switch {
		case small(t.Size) != 0 && t.Kind == abifile.Uint:
			return "codec.TextUint(" + v + ")"
		case small(t.Size) != 0:
			return "codec.TextInt(" + v + ")"
		case t.Kind == abifile.Uint:
			return v + ".Dec()"
		}
		return "codec.TextWideInt(" + ref(v) + ")"
	case abifile.Bool:
		return "codec.TextBool(" + v + ")"
	case abifile.Address:
		return v + ".Hex()"
	case abifile.FixedBytes:
		return "codec.TextBytes(" + v + "[:])"
	case abifile.Bytes:
		return "codec.TextBytes(" + v + ")"
	case abifile.String:
		return "codec.TextString(" + v + ")"
	case abifile.Tuple:
		return "text" + g.structs[t.Struct] + "(" + ref(v) + ")"
	case abifile.Array:
		v += "[:]"
	}
	return fmt.Sprintf("codec.TextList(%s, func(v *%s) string { return %s })", v, g.goType(t.Elem), g.text(t.Elem, "(*v)"))
}

// texts returns the expression that prints fs of the variable v as "(name=value, ...)", after prefix and before suffix.
func (g *generator) texts(prefix string, fs []field, v, suffix string) string {
	var b strings.Builder
	literal := prefix + "("
	for i, f := range fs {
		if i > 0 {
			literal += ", "
		}
		fmt.Fprintf(&b, "%q + %s + ", literal+f.path()+"=", g.text(f.Type, v+"."+f.goName))
		literal = ""
	}
	fmt.Fprintf(&b, "%q", literal+")"+suffix)
	return b.String()
}
