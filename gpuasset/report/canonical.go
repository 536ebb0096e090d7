package report

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/gaib-go/gaib/gpuasset"
)

const (
	// MaxBytes is the size of the largest text that is read.
	MaxBytes = 1 << 20
	// MaxDepth is how deep lists and objects may nest in a text that is read.
	MaxDepth = 32
)

// Canonical returns the canonical form of a JSON text by RFC 8785 (JSON Canonicalization Scheme): UTF-8 without white space, names in
// order of their UTF-16 code units, the shortest escapes, numbers as ECMAScript writes their float64. One value has one form,
// whoever wrote it. It fails with a [*gpuasset.PathError] of ErrSyntax for what is no JSON, no Unicode (a lone surrogate) or no finite
// float64, of ErrTwice for a name given twice, and of ErrTooLarge beyond [MaxBytes] or [MaxDepth].
func Canonical(text []byte) ([]byte, error) {
	if len(text) > MaxBytes {
		return nil, &gpuasset.PathError{Err: fmt.Errorf("%w: %d bytes, at most %d", gpuasset.ErrTooLarge, len(text), MaxBytes)}
	}
	s := scanner{text: text}
	out, err := s.value(make([]byte, 0, len(text)))
	if err != nil {
		return nil, err
	}
	if s.next(); s.at < len(s.text) {
		return nil, s.bad("something follows the document")
	}
	return out, nil
}

type scanner struct {
	text []byte
	at   int
	// in is the way to where the scanner is. It becomes text in an error only: long names would make it dear.
	in []step
}

// step is a name of an object, or an index of a list if there is no name.
type step struct {
	name  string
	index int
	list  bool
}

func (s *scanner) fail(err error) error {
	var path strings.Builder
	for _, in := range s.in {
		switch {
		case in.list:
			fmt.Fprintf(&path, "[%d]", in.index)
		case path.Len() > 0:
			fmt.Fprintf(&path, ".%.64s", in.name)
		default:
			fmt.Fprintf(&path, "%.64s", in.name)
		}
	}
	return &gpuasset.PathError{Path: path.String(), Err: err}
}

func (s *scanner) bad(format string, args ...any) error {
	return s.fail(fmt.Errorf("%w at byte %d: %s", gpuasset.ErrSyntax, s.at, fmt.Sprintf(format, args...)))
}

// next skips white space and returns the character there, zero at the end.
func (s *scanner) next() byte {
	for s.at < len(s.text) && strings.IndexByte(" \t\r\n", s.text[s.at]) >= 0 {
		s.at++
	}
	if s.at == len(s.text) {
		return 0
	}
	return s.text[s.at]
}

func (s *scanner) expect(want byte) error {
	if s.next() != want {
		return s.bad("want %q", want)
	}
	s.at++
	return nil
}

// value appends the canonical form of the value that comes next.
func (s *scanner) value(out []byte) ([]byte, error) {
	switch c := s.next(); {
	case (c == '{' || c == '[') && len(s.in) == MaxDepth:
		return nil, s.fail(fmt.Errorf("%w: nested deeper than %d", gpuasset.ErrTooLarge, MaxDepth))
	case c == '{':
		return s.object(out)
	case c == '[':
		return s.list(out)
	case c == '"':
		text, err := s.str()
		return appendString(out, text), err
	case c == '-' || c >= '0' && c <= '9':
		return s.number(out)
	}
	for _, word := range []string{"null", "true", "false"} {
		if strings.HasPrefix(string(s.text[s.at:min(s.at+len(word), len(s.text))]), word) {
			s.at += len(word)
			return append(out, word...), nil
		}
	}
	return nil, s.bad("want a value")
}

func (s *scanner) list(out []byte) ([]byte, error) {
	s.at++
	out = append(out, '[')
	if s.next() == ']' {
		s.at++
		return append(out, ']'), nil
	}
	s.in = append(s.in, step{list: true})
	for i := 0; ; i++ {
		if i > 0 {
			out = append(out, ',')
		}
		s.in[len(s.in)-1].index = i
		var err error
		if out, err = s.value(out); err != nil {
			return nil, err
		}
		if s.next() == ']' {
			s.at++
			s.in = s.in[:len(s.in)-1]
			return append(out, ']'), nil
		}
		if err := s.expect(','); err != nil {
			return nil, err
		}
	}
}

type member struct {
	name  string
	units []uint16
	value []byte
}

func (s *scanner) object(out []byte) ([]byte, error) {
	s.at++
	var members []member
	for s.next() != '}' {
		if len(members) > 0 {
			if err := s.expect(','); err != nil {
				return nil, err
			}
		}
		if s.next() != '"' {
			return nil, s.bad("want a name in quotes")
		}
		name, err := s.str()
		if err == nil {
			err = s.expect(':')
		}
		if err != nil {
			return nil, err
		}
		s.in = append(s.in, step{name: name})
		value, err := s.value(nil)
		if err != nil {
			return nil, err
		}
		s.in = s.in[:len(s.in)-1]
		members = append(members, member{name, utf16.Encode([]rune(name)), value})
	}
	s.at++
	slices.SortFunc(members, func(a, b member) int { return slices.Compare(a.units, b.units) })
	out = append(out, '{')
	for i, m := range members {
		if i > 0 {
			if members[i-1].name == m.name {
				s.in = append(s.in, step{name: m.name})
				return nil, s.fail(gpuasset.ErrTwice)
			}
			out = append(out, ',')
		}
		out = append(append(appendString(out, m.name), ':'), m.value...)
	}
	return append(out, '}'), nil
}

// str reads a string and returns what it says.
func (s *scanner) str() (string, error) {
	s.at++
	var out []byte
	for s.at < len(s.text) {
		c := s.text[s.at]
		switch {
		case c == '"':
			s.at++
			return string(out), nil
		case c < 0x20:
			return "", s.bad("a control character in a text")
		case c == '\\':
			r, err := s.escape()
			if err != nil {
				return "", err
			}
			out = utf8.AppendRune(out, r)
		default:
			r, size := utf8.DecodeRune(s.text[s.at:])
			if r == utf8.RuneError && size == 1 {
				return "", s.bad("not UTF-8")
			}
			out = append(out, s.text[s.at:s.at+size]...)
			s.at += size
		}
	}
	return "", s.bad("a text without an end")
}

func (s *scanner) escape() (rune, error) {
	if s.at+1 == len(s.text) {
		return 0, s.bad("an escape without an end")
	}
	c := s.text[s.at+1]
	if at := strings.IndexByte(`"\/bfnrt`, c); at >= 0 {
		s.at += 2
		return rune("\"\\/\b\f\n\r\t"[at]), nil
	}
	first, ok := s.unit()
	if !ok {
		return 0, s.bad("a bad escape")
	}
	if !utf16.IsSurrogate(first) {
		return first, nil
	}
	second, ok := s.unit()
	if r := utf16.DecodeRune(first, second); ok && r != utf8.RuneError {
		return r, nil
	}
	return 0, s.bad("half a surrogate pair")
}

// unit reads an escape of four hexadecimal digits.
func (s *scanner) unit() (rune, bool) {
	if s.at+6 > len(s.text) || s.text[s.at] != '\\' || s.text[s.at+1] != 'u' {
		return 0, false
	}
	digits := string(s.text[s.at+2 : s.at+6])
	value, err := strconv.ParseUint(digits, 16, 16)
	if err != nil || strings.ContainsAny(digits, "+_") {
		return 0, false
	}
	s.at += 6
	return rune(value), true
}

// number reads a number and appends it as ECMAScript's Number.prototype.toString writes it.
func (s *scanner) number(out []byte) ([]byte, error) {
	end := s.at
	for end < len(s.text) && strings.IndexByte("+-.eE0123456789", s.text[end]) >= 0 {
		end++
	}
	text := s.text[s.at:end]
	if !json.Valid(text) {
		return nil, s.bad("%.40q is no number", text)
	}
	value, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return nil, s.bad("%.40q is beyond a float64", text)
	}
	s.at = end
	switch size := math.Abs(value); {
	case size == 0:
		return append(out, '0'), nil // also for -0
	case size >= 1e-6 && size < 1e21:
		return strconv.AppendFloat(out, value, 'f', -1, 64), nil
	}
	digits := strconv.FormatFloat(value, 'e', -1, 64)
	mantissa, exponent, _ := strings.Cut(digits, "e")
	return append(out, mantissa+"e"+exponent[:1]+strings.TrimLeft(exponent[1:], "0")...), nil
}

func appendString(out []byte, text string) []byte {
	out = append(out, '"')
	for i := range len(text) {
		c := text[i]
		switch at := strings.IndexByte("\"\\\b\f\n\r\t", c); {
		case at >= 0:
			out = append(out, '\\', `"\bfnrt`[at])
		case c < 0x20:
			out = fmt.Appendf(out, "\\u%04x", c)
		default:
			out = append(out, c)
		}
	}
	return append(out, '"')
}
