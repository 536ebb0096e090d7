package abifile

import (
	"github.com/gaib-go/gaib/internal/codec"
)

// What bounds the size of generated code and of the messages that it reads and writes.
const (
	maxDepth     = 8    // dimensions of an array, structs inside structs
	maxWords     = 4096 // words of a tuple without its dynamic parts
	maxSignature = 8192 // characters of a signature
)

// resolve links every use of a struct to its declaration and sets what Type reports of structs.
func (p *parser) resolve(c *Contract) error {
	used := map[*Struct]bool{}
	for _, u := range p.uses {
		s := p.structs[u.name]
		if s == nil {
			return errorAt(u.pos, "unknown type %q: neither an ABI type nor a struct of this file", u.name)
		}
		u.typ.Struct = s
		used[s] = true
	}
	depth := map[*Struct]int{}
	for _, s := range c.Structs {
		if !used[s] {
			return errorAt(s.Pos, "struct %s is not used: remove it", s.Name)
		}
		if _, err := measure(s, depth); err != nil {
			return err
		}
	}
	return nil
}

// visiting marks a struct in measure whose fields are being looked at.
const visiting = -1

// measure fills in the struct's size and text, those of the structs inside it first, and returns how deep it nests.
func measure(s *Struct, depth map[*Struct]int) (int, error) {
	if d, ok := depth[s]; ok {
		if d == visiting {
			return 0, errorAt(s.Pos, "struct %s contains itself", s.Name)
		}
		return d, nil
	}
	depth[s] = visiting
	deepest := 0
	for _, f := range s.Fields {
		if inner := innermost(f.Type); inner.Kind == Tuple {
			d, err := measure(inner.Struct, depth)
			if err != nil {
				return 0, err
			}
			deepest = max(deepest, d)
		}
	}
	if deepest++; deepest > maxDepth {
		return 0, errorAt(s.Pos, "struct %s nests deeper than %d", s.Name, maxDepth)
	}
	words, err := headWords(s.Fields)
	if err != nil {
		return 0, err
	}
	s.words = words
	for _, f := range s.Fields {
		s.dynamic = s.dynamic || f.Type.Dynamic()
	}
	if s.canonical = canonicalList(s.Fields); len(s.canonical) > maxSignature {
		return 0, errorAt(s.Pos, "struct %s is too large: %d characters in a signature, at most %d", s.Name, len(s.canonical), maxSignature)
	}
	depth[s] = deepest
	return deepest, nil
}

// headWords returns the size of a tuple's head. It fails as soon as an array or the sum passes maxWords.
func headWords(args []Arg) (int, error) {
	total := 0
	for _, a := range args {
		var dims []*Type
		t := a.Type
		for ; t.Elem != nil; t = t.Elem {
			dims = append(dims, t)
		}
		words := t.HeadWords()
		for i := len(dims) - 1; i >= 0; i-- {
			if dims[i].Kind == Array {
				words *= dims[i].Size
			}
			if words > maxWords {
				return 0, errorAt(a.Pos, "%s is too large: %d words, at most %d", a.Type, words, maxWords)
			}
			if dims[i].Dynamic() {
				words = 1
			}
		}
		if total += words; total > maxWords {
			return 0, errorAt(a.Pos, "too many words with this argument: %d, at most %d", total, maxWords)
		}
	}
	return total, nil
}

func innermost(t *Type) *Type {
	for t.Elem != nil {
		t = t.Elem
	}
	return t
}

// check looks for what single items cannot show: sizes, too many indexed arguments, selectors that are used twice.
func check(c *Contract) error {
	seen := map[codec.Kind]map[[32]byte]*Item{codec.Function: {}, codec.Event: {}, codec.Error: {}}
	for _, it := range c.Items {
		for _, args := range [][]Arg{it.Args, it.Results} {
			if _, err := headWords(args); err != nil {
				return err
			}
		}
		if n := len(it.Signature()); n > maxSignature {
			return errorAt(it.Pos, "%s %s is too large: %d characters in its signature, at most %d", it.Kind, it.Name, n, maxSignature)
		}
		indexed, limit := 0, 3
		if it.Anonymous {
			limit = 4
		}
		for _, a := range it.Args {
			if a.Indexed {
				if indexed++; indexed > limit {
					return errorAt(a.Pos, "event %s has more than %d indexed arguments", it.Name, limit)
				}
			}
		}
		key := it.Hash()
		if it.Kind != codec.Event {
			clear(key[4:])
		}
		if other := seen[it.Kind][key]; other != nil {
			return errorAt(it.Pos, "%s %s has the selector of %s at %s", it.Kind, it.Signature(), other.Signature(), other.Pos)
		}
		seen[it.Kind][key] = it
	}
	return nil
}
