package abifile

import (
	"strconv"
	"strings"

	"github.com/gaib-go/gaib/internal/codec"
)

// maxFile is the size of the largest file that Parse reads.
const maxFile = 1 << 18

// Parse returns the contract that src, the text of the .abi file named file, describes. Every error is a
// [SyntaxError] with the place of what is wrong.
func Parse(file string, src []byte) (*Contract, error) {
	if len(src) > maxFile {
		return nil, errorAt(Pos{file, 1, 1}, "file of %d bytes; at most %d are read", len(src), maxFile)
	}
	tokens, err := lex(file, string(src))
	if err != nil {
		return nil, err
	}
	p := &parser{tokens: tokens, structs: map[string]*Struct{}}
	c, err := p.file()
	if err != nil {
		return nil, err
	}
	if err := p.resolve(c); err != nil {
		return nil, err
	}
	return c, check(c)
}

type parser struct {
	tokens  []token
	next    int
	structs map[string]*Struct
	uses    []use
}

// use is a place where a struct is named; structs may be named before they are declared.
type use struct {
	name string
	typ  *Type
	pos  Pos
}

func (p *parser) peek() token { return p.tokens[p.next] }

// take returns the next token; at the end it goes on returning tokenEnd.
func (p *parser) take() token {
	t := p.tokens[p.next]
	if t.kind != tokenEnd {
		p.next++
	}
	return t
}

// is reports whether the next token is this keyword or punctuation mark.
func (p *parser) is(text string) bool {
	t := p.peek()
	return (t.kind == tokenWord || t.kind == tokenPunct) && t.text == text
}

// accept takes the next token if it is text.
func (p *parser) accept(text string) bool {
	if p.is(text) {
		p.next++
		return true
	}
	return false
}

// breakLine skips line ends and comments inside brackets.
func (p *parser) breakLine() {
	for p.peek().kind == tokenNewline || p.peek().kind == tokenComment {
		p.next++
	}
}

// file parses everything.
func (p *parser) file() (*Contract, error) {
	var c *Contract
	for {
		doc := p.doc()
		switch t := p.take(); {
		case t.kind == tokenEnd && c == nil:
			return nil, errorAt(t.pos, `the file must start with "contract Name" (or "contract -")`)
		case t.kind == tokenEnd:
			return c, nil
		case t.kind == tokenNewline:
		case t.kind == tokenWord && t.text == "contract":
			if c != nil {
				return nil, errorAt(t.pos, "a second contract: write one .abi file for each")
			}
			c = &Contract{Doc: doc}
			if !p.accept("-") {
				var err error
				if c.Name, err = p.goName("contract name"); err != nil {
					return nil, err
				}
			}
			if err := p.endOfLine(); err != nil {
				return nil, err
			}
		case c == nil:
			return nil, errorAt(t.pos, `the file must start with "contract Name" (or "contract -"), not %s`, t)
		case t.kind == tokenWord && t.text == "struct":
			s, err := p.structure(doc)
			if err != nil {
				return nil, err
			}
			if other := p.structs[s.Name]; other != nil {
				return nil, errorAt(s.Pos, "struct %s was declared at %s", s.Name, other.Pos)
			}
			p.structs[s.Name] = s
			c.Structs = append(c.Structs, s)
		case t.kind == tokenWord && (t.text == "function" || t.text == "event" || t.text == "error"):
			it, err := p.item(t.text)
			if err != nil {
				return nil, err
			}
			it.Doc = doc
			c.Items = append(c.Items, it)
		default:
			return nil, errorAt(t.pos, "expected function, event, error or struct, found %s", t)
		}
	}
}

// doc returns the comment lines directly above what comes next.
func (p *parser) doc() []string {
	var doc []string
	for {
		switch t := p.peek(); t.kind {
		case tokenComment:
			doc = append(doc, t.text)
			p.next++
			if p.peek().kind == tokenNewline {
				p.next++
			}
		case tokenNewline:
			doc = nil
			p.next++
		default:
			return doc
		}
	}
}

// endOfLine takes the end of the line, after a comment if there is one.
func (p *parser) endOfLine() error {
	if p.peek().kind == tokenComment {
		p.next++
	}
	if t := p.take(); t.kind != tokenNewline && t.kind != tokenEnd {
		return errorAt(t.pos, "expected the end of the line, found %s", t)
	}
	return nil
}

func (p *parser) expect(text, where string) error {
	if t := p.take(); (t.kind != tokenPunct && t.kind != tokenWord) || t.text != text {
		return errorAt(t.pos, "expected %q %s, found %s", text, where, t)
	}
	return nil
}

func (p *parser) identifier(what string) (token, error) {
	t := p.take()
	if t.kind != tokenWord || t.text == "" || '0' <= t.text[0] && t.text[0] <= '9' {
		return t, errorAt(t.pos, "expected %s, found %s", what, t)
	}
	return t, nil
}

// goName takes a name that Go exports.
func (p *parser) goName(what string) (string, error) {
	t, err := p.identifier(what)
	if err != nil {
		return "", err
	}
	if t.text[0] < 'A' || t.text[0] > 'Z' || strings.ContainsAny(t.text, "_$") {
		return "", errorAt(t.pos, "%s %s must start with a capital letter and hold letters and digits only: it becomes a Go name", what, t)
	}
	return t.text, nil
}

// as takes "as GoName" if it is there.
func (p *parser) as() (string, error) {
	if !p.accept("as") {
		return "", nil
	}
	return p.goName("Go name")
}

// item parses what follows the keyword of a function, event or error.
func (p *parser) item(keyword string) (*Item, error) {
	it := &Item{Kind: codec.Function}
	switch keyword {
	case "event":
		it.Kind = codec.Event
	case "error":
		it.Kind = codec.Error
	}
	name, err := p.identifier("the name of the " + keyword)
	if err != nil {
		return nil, err
	}
	it.Name, it.Pos = name.text, name.pos
	if it.Args, err = p.args(it.Kind == codec.Event); err != nil {
		return nil, err
	}
	switch it.Kind {
	case codec.Function:
		it.View = p.accept("view")
		it.Pure = !it.View && p.accept("pure")
		it.Payable = !it.View && !it.Pure && p.accept("payable")
		if p.is("returns") {
			at := p.take()
			if it.Results, err = p.args(false); err != nil {
				return nil, err
			}
			if len(it.Results) == 0 {
				return nil, errorAt(at.pos, "returns () says nothing: leave it out")
			}
		}
	case codec.Event:
		it.Anonymous = p.accept("anonymous")
	}
	if it.GoName, err = p.as(); err != nil {
		return nil, err
	}
	if it.Evidence, err = p.evidence(it); err != nil {
		return nil, err
	}
	return it, p.endOfLine()
}

func (p *parser) evidence(it *Item) (codec.Evidence, error) {
	t := p.take()
	if t.kind != tokenMark {
		if t.kind == tokenNewline || t.kind == tokenEnd || t.kind == tokenComment {
			return 0, errorAt(t.pos, "%s %s has no evidence: end the line with @confirmed, @standard, @reported or @assumed", it.Kind, it.Name)
		}
		return 0, errorAt(t.pos, "unexpected %s in %s %s", t, it.Kind, it.Name)
	}
	for _, e := range []codec.Evidence{codec.Confirmed, codec.Standard, codec.Reported, codec.Assumed} {
		if e.String() == t.text {
			return e, nil
		}
	}
	return 0, errorAt(t.pos, "unknown evidence %s: use @confirmed, @standard, @reported or @assumed", t)
}

// args parses "(type [indexed] [name], ...)".
func (p *parser) args(event bool) ([]Arg, error) {
	if err := p.expect("(", "before the arguments"); err != nil {
		return nil, err
	}
	p.breakLine()
	if p.accept(")") {
		return nil, nil
	}
	var args []Arg
	for {
		a, err := p.arg(event)
		if err != nil {
			return nil, err
		}
		args = append(args, a)
		p.breakLine()
		if p.accept(")") {
			return args, nil
		}
		if err := p.expect(",", "or \")\" after an argument"); err != nil {
			return nil, err
		}
		p.breakLine()
	}
}

func (p *parser) arg(event bool) (Arg, error) {
	a := Arg{Pos: p.peek().pos}
	var err error
	if a.Type, err = p.typ(); err != nil {
		return a, err
	}
	if at := p.peek(); p.accept("indexed") {
		if !event {
			return a, errorAt(at.pos, "only arguments of an event can be indexed")
		}
		a.Indexed = true
	}
	if p.peek().kind == tokenWord {
		name, err := p.identifier("the name of an argument")
		if err != nil {
			return a, err
		}
		switch name.text {
		case "memory", "calldata", "storage", "payable":
			return a, errorAt(name.pos, "%s is no part of the ABI: leave it out", name)
		}
		a.Name = name.text
	}
	return a, nil
}

// structure parses "Name [as GoName] { type name; ... }".
func (p *parser) structure(doc []string) (*Struct, error) {
	name, err := p.identifier("the name of the struct")
	if err != nil {
		return nil, err
	}
	if _, ok, _ := basicType(name); ok {
		return nil, errorAt(name.pos, "struct %s has the name of a type", name)
	}
	s := &Struct{Name: name.text, Doc: doc, Pos: name.pos}
	if s.GoName, err = p.as(); err != nil {
		return nil, err
	}
	if err := p.expect("{", "before the fields"); err != nil {
		return nil, err
	}
	p.breakLine()
	for !p.accept("}") {
		f, err := p.arg(false)
		if err != nil {
			return nil, err
		}
		if f.Name == "" {
			return nil, errorAt(f.Pos, "a field of struct %s has no name", s.Name)
		}
		if err := p.expect(";", "after a field"); err != nil {
			return nil, err
		}
		s.Fields = append(s.Fields, f)
		p.breakLine()
	}
	if len(s.Fields) == 0 {
		return nil, errorAt(s.Pos, "struct %s has no fields", s.Name)
	}
	return s, p.endOfLine()
}

// typ parses a type with its array dimensions.
func (p *parser) typ() (*Type, error) {
	name, err := p.identifier("a type")
	if err != nil {
		if name.text == "(" {
			err = errorAt(name.pos, "a tuple needs a name: declare a struct and use it here")
		}
		return nil, err
	}
	t, ok, err := basicType(name)
	if err != nil {
		return nil, err
	}
	if !ok {
		t = &Type{Kind: Tuple}
		p.uses = append(p.uses, use{name.text, t, name.pos})
	}
	for depth := 0; p.is("["); depth++ {
		at := p.take()
		if depth == maxDepth {
			return nil, errorAt(at.pos, "more than %d dimensions", maxDepth)
		}
		if p.accept("]") {
			t = &Type{Kind: Slice, Elem: t}
			continue
		}
		n := p.take()
		size, err := strconv.Atoi(n.text)
		if n.kind != tokenWord || err != nil || size < 1 || size > maxWords || n.text[0] == '0' {
			return nil, errorAt(n.pos, "array length %s: want a number from 1 to %d", n, maxWords)
		}
		if err := p.expect("]", "after an array length"); err != nil {
			return nil, err
		}
		t = &Type{Kind: Array, Size: size, Elem: t}
	}
	return t, nil
}

// basicType returns the elementary type that a word names. It is false for a word that may name a struct, and an
// error for one that is nearly a type.
func basicType(word token) (*Type, bool, error) {
	switch word.text {
	case "bool":
		return &Type{Kind: Bool}, true, nil
	case "address":
		return &Type{Kind: Address}, true, nil
	case "bytes":
		return &Type{Kind: Bytes}, true, nil
	case "string":
		return &Type{Kind: String}, true, nil
	case "uint", "int":
		return nil, true, errorAt(word.pos, "%s stands for %s256: write that", word, word.text)
	case "byte":
		return nil, true, errorAt(word.pos, "%s stands for bytes1: write that", word)
	case "function", "fixed", "ufixed", "mapping", "tuple":
		return nil, true, errorAt(word.pos, "type %s is not supported", word)
	}
	for _, family := range []struct {
		prefix    string
		kind      TypeKind
		step, max int
	}{{"uint", Uint, 8, 256}, {"int", Int, 8, 256}, {"bytes", FixedBytes, 1, 32}} {
		digits, ok := strings.CutPrefix(word.text, family.prefix)
		if !ok || strings.Trim(digits, "0123456789") != "" {
			continue
		}
		n, err := strconv.Atoi(digits)
		if err != nil || n < 1 || n > family.max || n%family.step != 0 || digits[0] == '0' {
			return nil, true, errorAt(word.pos, "no type %s: %s goes from %d to %d in steps of %d",
				word, family.prefix, family.step, family.max, family.step)
		}
		return &Type{Kind: family.kind, Size: n}, true, nil
	}
	return nil, false, nil
}
