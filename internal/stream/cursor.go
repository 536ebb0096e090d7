package stream

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/ethereum/go-ethereum/common"
)

// ErrBadCursor says that a text is no cursor.
var ErrBadCursor = errors.New("this is no cursor of a stream; store the text of Step.Cursor as it is")

// Cursor is where a stream stands: the last block, and those before it whose events a reorganisation would have to undo.
// It is a value, and its text can be stored. The zero value is before the first block.
type Cursor struct {
	chainID uint64
	blocks  []entry // oldest first
}

// entry is one block of a cursor.
type entry struct {
	number uint64
	hash   common.Hash
	logs   int // how many were handed on; -1 when the block was not
}

// IsZero tells whether the cursor is before the first block.
func (c Cursor) IsZero() bool { return len(c.blocks) == 0 }

// ChainID returns the chain of the stream.
func (c Cursor) ChainID() uint64 { return c.chainID }

// Number returns the last block that is done: everything up to it was handed on.
func (c Cursor) Number() uint64 {
	if c.IsZero() {
		return 0
	}
	return c.blocks[len(c.blocks)-1].number
}

// Hash returns the hash of that block.
func (c Cursor) Hash() common.Hash {
	if c.IsZero() {
		return common.Hash{}
	}
	return c.blocks[len(c.blocks)-1].hash
}

const (
	cursorVersion = "gaib1"
	mostEntries   = 4096
	mostCursor    = mostEntries * 100
)

// String returns the cursor's text, which [ParseCursor] reads: "" for the zero value.
func (c Cursor) String() string {
	if c.IsZero() {
		return ""
	}
	text := append([]byte(cursorVersion+":"), strconv.FormatUint(c.chainID, 10)...)
	for i := range c.blocks {
		one := &c.blocks[i]
		text = strconv.AppendUint(append(text, ':'), one.number, 10)
		text = hex.AppendEncode(append(text, '-'), one.hash[:])
		if one.logs >= 0 {
			text = strconv.AppendInt(append(text, '-'), int64(one.logs), 10)
		}
	}
	return string(text)
}

// MarshalText returns the cursor's text.
func (c Cursor) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads the cursor's text. Error: [ErrBadCursor].
func (c *Cursor) UnmarshalText(text []byte) (err error) {
	*c, err = ParseCursor(string(text))
	return err
}

// ParseCursor returns the cursor of a text. Error: [ErrBadCursor].
func ParseCursor(text string) (Cursor, error) {
	if text == "" {
		return Cursor{}, nil
	}
	if len(text) > mostCursor {
		return Cursor{}, fmt.Errorf("%d bytes: %w", len(text), ErrBadCursor)
	}
	parts := strings.Split(text, ":")
	if len(parts) < 3 || len(parts) > mostEntries+2 || parts[0] != cursorVersion {
		return Cursor{}, fmt.Errorf("it does not start with %s, a chain and a block: %w", cursorVersion, ErrBadCursor)
	}
	id, ok := number(parts[1], 64)
	if !ok {
		return Cursor{}, fmt.Errorf("chain %q: %w", parts[1], ErrBadCursor)
	}
	cursor := Cursor{chainID: id, blocks: make([]entry, len(parts)-2)}
	for i, part := range parts[2:] {
		one, ok := parseEntry(part)
		if !ok || i > 0 && one.number <= cursor.blocks[i-1].number {
			return Cursor{}, fmt.Errorf("block %q: %w", part, ErrBadCursor)
		}
		cursor.blocks[i] = one
	}
	return cursor, nil
}

func parseEntry(text string) (one entry, ok bool) {
	fields := strings.Split(text, "-")
	if len(fields) < 2 || len(fields) > 3 || len(fields[1]) != 2*common.HashLength {
		return entry{}, false
	}
	if one.number, ok = number(fields[0], 64); !ok {
		return entry{}, false
	}
	if _, err := hex.Decode(one.hash[:], []byte(fields[1])); err != nil || fields[1] != strings.ToLower(fields[1]) {
		return entry{}, false
	}
	one.logs = -1
	if len(fields) == 3 {
		logs, ok := number(fields[2], 31)
		if !ok {
			return entry{}, false
		}
		one.logs = int(logs)
	}
	return one, true
}

// number reads a number as it is written here, and in no other way.
func number(text string, bits int) (uint64, bool) {
	value, err := strconv.ParseUint(text, 10, bits)
	return value, err == nil && strconv.FormatUint(value, 10) == text
}
