package logscan

import (
	"encoding/hex"
	"fmt"

	"github.com/ethereum/go-ethereum/common"

	"github.com/gaib-go/gaib/internal/node"
)

// wireLogs is the answer of eth_getLogs. It reads the JSON by itself: with encoding/json's reflection the reading of
// logs would cost several times what all the rest of a scan does.
type wireLogs struct {
	logs    []Log
	present bool // it was an array, not null
}

// UnmarshalJSON reads an array of logs. What it cannot read is node.ErrBadAnswer.
func (w *wireLogs) UnmarshalJSON(data []byte) error {
	w.logs, w.present = nil, false
	r := reader{data: data}
	if r.null() {
		return r.end()
	}
	if !r.take('[') {
		return r.failed("no array of logs")
	}
	w.present = true
	// A log takes about 700 bytes; a wrong guess costs no more than a copy.
	w.logs = make([]Log, 0, min(len(data)/600+1, 1<<16))
	for first := true; !r.take(']'); first = false {
		if !first && !r.take(',') {
			return r.failed("no comma between logs")
		}
		w.logs = append(w.logs, Log{})
		if err := r.log(&w.logs[len(w.logs)-1]); err != nil {
			return fmt.Errorf("log %d: %w", len(w.logs)-1, err)
		}
	}
	return r.end()
}

// reader walks over JSON. It never reads past the end, whatever the bytes are.
type reader struct {
	data []byte
	at   int
}

func (r *reader) failed(what string) error {
	return fmt.Errorf("eth_getLogs answered %s at byte %d: %w", what, r.at, node.ErrBadAnswer)
}

func (r *reader) space() {
	for r.at < len(r.data) {
		switch r.data[r.at] {
		case ' ', '\t', '\n', '\r':
			r.at++
		default:
			return
		}
	}
}

func (r *reader) take(c byte) bool {
	r.space()
	if r.at < len(r.data) && r.data[r.at] == c {
		r.at++
		return true
	}
	return false
}

func (r *reader) word(text string) bool {
	r.space()
	if len(r.data)-r.at >= len(text) && string(r.data[r.at:r.at+len(text)]) == text {
		r.at += len(text)
		return true
	}
	return false
}

func (r *reader) null() bool { return r.word("null") }

func (r *reader) end() error {
	if r.space(); r.at != len(r.data) {
		return r.failed("more than one value")
	}
	return nil
}

// text returns a string as it stands between its quotes; nothing that a log is made of needs an escape.
func (r *reader) text() ([]byte, bool) {
	if !r.take('"') {
		return nil, false
	}
	start := r.at
	for ; r.at < len(r.data); r.at++ {
		switch r.data[r.at] {
		case '"':
			r.at++
			return r.data[start : r.at-1], true
		case '\\':
			return nil, false
		}
	}
	return nil, false
}

// skip passes over one value of any kind. Brackets are counted, so that no nesting is too deep.
func (r *reader) skip() bool {
	r.space()
	start, depth := r.at, 0
	for r.at < len(r.data) {
		switch r.data[r.at] {
		case '"':
			for r.at++; r.at < len(r.data) && r.data[r.at] != '"'; r.at++ {
				if r.data[r.at] == '\\' {
					r.at++
				}
			}
			if r.at >= len(r.data) {
				return false
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return r.at > start
			}
			depth--
		case ',':
			if depth == 0 {
				return r.at > start
			}
		}
		r.at++
	}
	return false
}

// log reads one object. That number and hash of the block are there is seen from their zero values: block 0 has no logs.
func (r *reader) log(log *Log) error {
	if !r.take('{') {
		return r.failed("something else than a log")
	}
	var number, hash, address bool
	for first := true; !r.take('}'); first = false {
		if !first && !r.take(',') {
			return r.failed("no comma in a log")
		}
		key, ok := r.text()
		if !ok || !r.take(':') {
			return r.failed("no field in a log")
		}
		switch string(key) {
		case "address":
			address = r.fixed(log.Address[:])
			ok = address
		case "topics":
			ok = r.topics(log)
		case "data":
			ok = r.bytes(&log.Data)
		case "blockNumber":
			number, ok = r.optional(func() bool { return r.quantity(&log.BlockNumber) })
		case "blockHash":
			hash, ok = r.optional(func() bool { return r.fixed(log.BlockHash[:]) })
		case "blockTimestamp":
			at := r.at
			if !r.quantity(&log.BlockTime) { // not part of the standard: nodes that give it another form are not wrong
				log.BlockTime, r.at = 0, at
				ok = r.skip()
			}
		case "transactionHash":
			_, ok = r.optional(func() bool { return r.fixed(log.TxHash[:]) })
		case "transactionIndex":
			_, ok = r.optional(func() bool { return r.quantity(&log.TxIndex) })
		case "logIndex":
			_, ok = r.optional(func() bool { return r.quantity(&log.Index) })
		case "removed":
			if r.word("true") {
				return r.failed("a log that was removed")
			}
			ok = r.word("false") || r.null()
		default:
			ok = r.skip()
		}
		if !ok {
			return fmt.Errorf("%q: %w", key, r.failed("a field that cannot be read"))
		}
	}
	if !number || !hash || !address {
		return r.failed("a log without a block, or a pending one")
	}
	return nil
}

// optional reads a value that may be null; there says whether it was not.
func (r *reader) optional(read func() bool) (there, ok bool) {
	if r.null() {
		return false, true
	}
	ok = read()
	return ok, ok
}

func (r *reader) hex() ([]byte, bool) {
	text, ok := r.text()
	if !ok || len(text) < 2 || text[0] != '0' || text[1] != 'x' && text[1] != 'X' {
		return nil, false
	}
	return text[2:], true
}

func (r *reader) fixed(into []byte) bool {
	digits, ok := r.hex()
	if !ok || len(digits) != 2*len(into) {
		return false
	}
	_, err := hex.Decode(into, digits)
	return err == nil
}

func (r *reader) bytes(into *[]byte) bool {
	if r.null() {
		*into = nil
		return true
	}
	digits, ok := r.hex()
	if !ok || len(digits)%2 != 0 {
		return false
	}
	*into = make([]byte, len(digits)/2)
	_, err := hex.Decode(*into, digits)
	return err == nil
}

func (r *reader) quantity(into *uint64) bool {
	digits, ok := r.hex()
	if !ok || len(digits) == 0 {
		return false
	}
	var value uint64
	for _, c := range digits {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return false
		}
		if value>>60 != 0 {
			return false
		}
		value = value<<4 | uint64(c)
	}
	*into = value
	return true
}

// most is how many topics the EVM lets a log have.
const mostTopics = 4

func (r *reader) topics(log *Log) bool {
	if log.Topics = nil; r.null() {
		return true
	}
	if !r.take('[') {
		return false
	}
	var topics [mostTopics]common.Hash
	count := 0
	for ; !r.take(']'); count++ {
		if count > 0 && !r.take(',') || count == mostTopics || !r.fixed(topics[count][:]) {
			return false
		}
	}
	log.Topics = append([]common.Hash(nil), topics[:count]...)
	return true
}
