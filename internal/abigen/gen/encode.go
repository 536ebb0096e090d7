package gen

import (
	"strconv"

	"github.com/gaib-go/gaib/internal/abigen/abifile"
)

// encoder writes the functions that encode a tuple with the Go type name: check<name> if its values can be out of range,
// size<name> if it is dynamic, append<name>.
func (g *generator) encoder(name string, fs []field) {
	args := plain(fs)
	if narrowArgs(args) {
		g.p("func check%s(v *%s) error {", name, name)
		for _, f := range fs {
			g.check(f.Type, "v."+f.goName, f.path(), 0)
		}
		g.p("return nil\n}\n")
	}
	if dynamicArgs(args) {
		g.p("func size%s(v *%s) int {", name, name)
		g.p("n := %d", headBytes(args))
		for _, f := range fs {
			g.size(f.Type, "v."+f.goName, 0)
		}
		g.p("return n\n}\n")
	}
	g.locals = 0
	g.p("func append%s(dst []byte, v *%s) []byte {", name, name)
	if dynamicArgs(args) {
		g.p("start := len(dst)")
	}
	for _, f := range fs {
		if f.Type.Dynamic() {
			g.p("dst = codec.AppendOffsets(dst, 1)")
		} else {
			g.appendStatic(f.Type, "v."+f.goName, 0)
		}
	}
	pos := 0
	for _, f := range fs {
		if f.Type.Dynamic() {
			g.p("codec.PutOffset(dst, %s, start)", plus("start", pos))
			g.appendTail(f.Type, "v."+f.goName, 0)
		}
		pos += wordSize * f.Type.HeadWords()
	}
	g.p("return dst\n}\n")
}

// check emits the range check of the value v.
func (g *generator) check(t *abifile.Type, v, path string, depth int) {
	if !narrow(t) {
		return
	}
	switch t.Kind {
	case abifile.Uint, abifile.Int:
		name, value := "Fits", convert(family(t)+"64", t, v)
		if small(t.Size) == 0 {
			name, value = "FitsWide", "&"+v
		}
		g.p("if !codec.%s%s(%s, %d) {\nreturn codec.Unfit(%q, %q)\n}", name, title(family(t)), value, t.Size, path, t)
	case abifile.Tuple:
		g.p("if err := check%s(&%s); err != nil {\nreturn codec.Within(err, %q)\n}", g.structs[t.Struct], v, path)
	default:
		i := index(depth)
		g.p("for %s := range %s {", i, v)
		g.check(t.Elem, v+"["+i+"]", path+"[]", depth+1)
		g.p("}")
	}
}

// size emits what adds the size of the tail of v to n.
func (g *generator) size(t *abifile.Type, v string, depth int) {
	if !t.Dynamic() {
		return
	}
	switch t.Kind {
	case abifile.Bytes, abifile.String:
		g.p("n += codec.BytesSize(len(%s))", v)
		return
	case abifile.Tuple:
		g.p("n += size%s(&%s)", g.structs[t.Struct], v)
		return
	case abifile.Slice:
		g.p("n += %d + %d*len(%s)", wordSize, wordSize*t.Elem.HeadWords(), v)
	default:
		g.p("n += %d", wordSize*t.Words())
	}
	if t.Elem.Dynamic() {
		i := index(depth)
		g.p("for %s := range %s {", i, v)
		g.size(t.Elem, v+"["+i+"]", depth+1)
		g.p("}")
	}
}

// appendStatic emits what appends the value v of a static type.
func (g *generator) appendStatic(t *abifile.Type, v string, depth int) {
	switch t.Kind {
	case abifile.Uint, abifile.Int:
		if small(t.Size) == 0 {
			g.p("dst = codec.AppendUint256(dst, &%s)", v)
		} else {
			g.p("dst = codec.Append%s(dst, %s)", title(family(t)), convert(family(t)+"64", t, v))
		}
	case abifile.Bool:
		g.p("dst = codec.AppendBool(dst, %s)", v)
	case abifile.Address:
		g.p("dst = codec.AppendAddress(dst, &%s)", v)
	case abifile.FixedBytes:
		if t.Size == wordSize {
			g.p("dst = append(dst, %s[:]...)", v)
		} else {
			g.p("dst = codec.AppendFixedBytes(dst, %s[:])", v)
		}
	case abifile.Tuple:
		g.p("dst = append%s(dst, &%s)", g.structs[t.Struct], v)
	default:
		g.appendElements(t, v, depth)
	}
}

// appendTail emits what appends the tail of the value v of a dynamic type.
func (g *generator) appendTail(t *abifile.Type, v string, depth int) {
	switch t.Kind {
	case abifile.Bytes, abifile.String:
		g.p("dst = codec.AppendBytes(dst, %s)", v)
	case abifile.Tuple:
		g.p("dst = append%s(dst, &%s)", g.structs[t.Struct], v)
	case abifile.Slice:
		g.p("dst = codec.AppendUint(dst, uint64(len(%s)))", v)
		g.appendElements(t, v, depth)
	default:
		g.appendElements(t, v, depth)
	}
}

func (g *generator) appendElements(t *abifile.Type, v string, depth int) {
	i := index(depth)
	element := v + "[" + i + "]"
	if !t.Elem.Dynamic() {
		g.p("for %s := range %s {", i, v)
		g.appendStatic(t.Elem, element, depth+1)
		g.p("}")
		return
	}
	start := g.local("start")
	g.p("%s := len(dst)", start)
	g.p("dst = codec.AppendOffsets(dst, len(%s))", v)
	g.p("for %s := range %s {", i, v)
	g.p("codec.PutOffset(dst, %s+%d*%s, %s)", start, wordSize, i, start)
	g.appendTail(t.Elem, element, depth+1)
	g.p("}")
}

// plus returns the expression v+n.
func plus(v string, n int) string {
	if n == 0 {
		return v
	}
	return v + "+" + strconv.Itoa(n)
}

// convert returns the conversion of v, of integer type t, to the Go type to, unless it has it.
func convert(to string, t *abifile.Type, v string) string {
	if small(t.Size) == 64 {
		return v
	}
	return to + "(" + v + ")"
}

// index returns the loop variable of a nesting depth.
func index(depth int) string {
	if depth < 3 {
		return "ijk"[depth : depth+1]
	}
	return "i" + strconv.Itoa(depth)
}

func plain(fs []field) []abifile.Arg {
	args := make([]abifile.Arg, len(fs))
	for i, f := range fs {
		args[i] = f.Arg
	}
	return args
}
