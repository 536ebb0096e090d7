package gen

import (
	"fmt"
	"strings"

	"github.com/gaib-go/gaib/internal/abigen/abifile"
)

// decoder writes decode<name>, which reads a tuple from t into *v, of Go type typ. A tuple of one value that is
// returned bare has alone set.
func (g *generator) decoder(name, typ string, fs []field, alone bool) {
	args := plain(fs)
	d := ""
	if dynamicArgs(args) {
		d = "d *codec.Decoder, "
	}
	g.locals = 0
	g.p("func decode%s(%st []byte, v *%s) error {", name, d, typ)
	g.short(headBytes(args))
	if alone {
		g.value(fs[0].Type, "(*v)", "t", "0", fs[0].Name, 0)
	} else {
		g.tuple(fs)
	}
	g.p("return nil\n}\n")
}

func (g *generator) short(size int) {
	g.p("if len(t) < %d {\nreturn codec.Short(t, %d)\n}", size, size)
}

// tuple emits what reads fs one after the other from t into v.
func (g *generator) tuple(fs []field) {
	pos := 0
	for _, f := range fs {
		g.value(f.Type, "v."+f.goName, "t", fmt.Sprint(pos), f.path(), 0)
		pos += wordSize * f.Type.HeadWords()
	}
}

// value emits what reads the value that stands at t[pos:], or whose offset does, into the variable v.
func (g *generator) value(t *abifile.Type, v, data, pos, path string, depth int) {
	switch {
	case !t.Dynamic():
		g.staticValue(t, v, data, pos, path, depth)
	case t.Kind == abifile.Bytes:
		g.p("if err := d.Bytes(%s, %s, %s); err != nil {\n%s\n}", ref(v), data, pos, within(path))
	case t.Kind == abifile.String:
		g.p("if err := d.String(%s, %s, %s); err != nil {\n%s\n}", ref(v), data, pos, within(path))
	case t.Kind == abifile.Tuple:
		tail := g.local("tail")
		g.p("%s, err := d.Tail(%s, %s, %d)", tail, data, pos, wordSize*t.Words())
		g.p("if err == nil {\nerr = decode%s(d, %s, %s)\n}", g.structs[t.Struct], tail, ref(v))
		g.p("if err != nil {\n%s\n}", within(path))
	case t.Kind == abifile.Slice:
		n := g.local("n")
		body, i := g.local("body"), index(depth)
		g.p("%s, %s, err := d.Slice(%s, %s, %d)", n, body, data, pos, wordSize*t.Elem.HeadWords())
		g.p("if err != nil {\n%s\n}", within(path))
		g.p("%s = make(%s, %s)", deref(v), g.goType(t), n)
		g.p("for %s := range %s {", i, deref(v))
		g.value(t.Elem, v+"["+i+"]", body, scaled(wordSize*t.Elem.HeadWords(), i), path+"[]", depth+1)
		g.p("}")
	default:
		body, i := g.local("body"), index(depth)
		g.p("%s, err := d.Tail(%s, %s, %d)", body, data, pos, wordSize*t.Words())
		g.p("if err != nil {\n%s\n}", within(path))
		g.p("for %s := range %s {", i, deref(v))
		g.value(t.Elem, v+"["+i+"]", body, scaled(wordSize, i), path+"[]", depth+1)
		g.p("}")
	}
}

// local returns a name for a variable that no other variable of the function has.
func (g *generator) local(name string) string {
	g.locals++
	return fmt.Sprint(name, g.locals)
}

// staticValue emits what reads the value of a static type that stands at data[pos:].
func (g *generator) staticValue(t *abifile.Type, v, data, pos, path string, depth int) {
	switch t.Kind {
	case abifile.Tuple:
		g.p("if err := decode%s(%s[%s:], %s); err != nil {\n%s\n}", g.structs[t.Struct], data, pos, ref(v), within(path))
	case abifile.Array:
		i := index(depth)
		g.p("for %s := range %s {", i, deref(v))
		g.staticValue(t.Elem, v+"["+i+"]", data, sum(pos, scaled(wordSize*t.Elem.Words(), i)), path+"[]", depth+1)
		g.p("}")
	default:
		g.word(t, v, data+"["+pos+":]", fmt.Sprintf("codec.Fail(%s, %s, %q, %q, %%s)", data, pos, path, t))
	}
}

// word emits what reads the word that data starts with. In fail, %s stands for the reason.
func (g *generator) word(t *abifile.Type, v, data, fail string) {
	check, reason := "", "codec.ErrOutOfRange"
	switch {
	case t.Kind == abifile.Bool:
		check = fmt.Sprintf("codec.ReadBool(%s, %s)", ref(v), data)
	case t.Kind == abifile.Address:
		check, reason = fmt.Sprintf("codec.ReadAddress(%s, %s)", ref(v), data), "codec.ErrDirtyPadding"
	case t.Kind == abifile.FixedBytes && t.Size == wordSize:
		g.p("copy(%s[:], %s)", v, data)
		return
	case t.Kind == abifile.FixedBytes:
		check, reason = fmt.Sprintf("codec.ReadFixedBytes(%s[:], %s)", v, data), "codec.ErrDirtyPadding"
	case t.Size == 256:
		g.p("codec.ReadUint256(%s, %s)", ref(v), data)
		return
	case small(t.Size) == 0:
		g.p("codec.ReadUint256(%s, %s)", ref(v), data)
		check = fmt.Sprintf("codec.FitsWide%s(%s, %d)", title(family(t)), ref(v), t.Size)
	default:
		check = fmt.Sprintf("codec.Read%s(%s, %s, %d)", title(family(t)), ref(v), data, t.Size)
	}
	g.p("if !%s {\nreturn %s\n}", check, fmt.Sprintf(fail, reason))
}

func within(path string) string {
	if path == "" {
		return "return err"
	}
	return fmt.Sprintf("return codec.Within(err, %q)", path)
}

// ref returns the address of the variable v; deref the variable without needless brackets.
func ref(v string) string {
	if v == "(*v)" {
		return "v"
	}
	return "&" + v
}

func deref(v string) string {
	if v == "(*v)" {
		return "*v"
	}
	return v
}

func scaled(size int, i string) string { return fmt.Sprintf("%d*%s", size, i) }

// sum returns a+b, where a may be zero.
func sum(a, b string) string {
	if a == "0" {
		return b
	}
	return strings.Join([]string{a, b}, "+")
}
