package abifile

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

type tokenKind uint8

const (
	tokenEnd tokenKind = iota
	tokenNewline
	tokenWord    // letters, digits, _ and $
	tokenMark    // @word
	tokenPunct   // one of ( ) [ ] { } , ; -
	tokenComment // // to the end of the line
)

type token struct {
	kind tokenKind
	text string // without the @ of a mark and the // of a comment
	pos  Pos
}

func (t token) String() string {
	switch t.kind {
	case tokenEnd:
		return "the end of the file"
	case tokenNewline:
		return "the end of the line"
	case tokenMark:
		return fmt.Sprintf("%q", "@"+t.text)
	case tokenComment:
		return "a comment"
	}
	return fmt.Sprintf("%q", t.text)
}

// lex splits src into tokens; the last one is tokenEnd.
func lex(file, src string) ([]token, error) {
	var tokens []token
	for number, line := range strings.Split(src, "\n") {
		line = strings.TrimSuffix(line, "\r")
		at := func(i int) Pos { return Pos{File: file, Line: number + 1, Column: i + 1} }
		for i := 0; i < len(line); {
			switch c := line[i]; {
			case c == ' ' || c == '\t':
				i++
			case strings.HasPrefix(line[i:], "//"):
				text := strings.TrimSpace(line[i+2:])
				if j := strings.IndexFunc(text, unprintable); j >= 0 {
					return nil, errorAt(at(i), "comment holds a character that cannot be printed")
				}
				tokens = append(tokens, token{tokenComment, text, at(i)})
				i = len(line)
			case strings.IndexByte("()[]{},;-", c) >= 0:
				tokens = append(tokens, token{tokenPunct, string(c), at(i)})
				i++
			case c == '@' || wordByte(c):
				start, kind := i, tokenWord
				if c == '@' {
					start, kind = i+1, tokenMark
				}
				end := start
				for end < len(line) && wordByte(line[end]) {
					end++
				}
				tokens = append(tokens, token{kind, line[start:end], at(i)})
				i = end
			default:
				r, _ := utf8.DecodeRuneInString(line[i:])
				return nil, errorAt(at(i), "unexpected character %q", r)
			}
		}
		tokens = append(tokens, token{tokenNewline, "", at(len(line))})
	}
	last := tokens[len(tokens)-1].pos
	return append(tokens, token{tokenEnd, "", last}), nil
}

func wordByte(c byte) bool {
	return c == '_' || c == '$' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

func unprintable(r rune) bool { return r == utf8.RuneError || r < ' ' || r == 0x7f || r == 0xfeff }
