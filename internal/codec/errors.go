package codec

import (
	"encoding/binary"
	"errors"
	"strconv"
	"strings"
)

// What can be wrong with encoded data or with a value to encode. A [DecodeError] or [EncodeError] wraps one of them.
var (
	// ErrShortData is returned for data that end before the type does.
	ErrShortData = errors.New("data too short")
	// ErrDirtyPadding is returned for padding that is not zero: the high bytes of an address, or what follows
	// bytesN, bytes or string up to the next word.
	ErrDirtyPadding = errors.New("padding is not zero")
	// ErrOutOfRange is returned for a value that its type cannot hold, in either direction.
	ErrOutOfRange = errors.New("value out of range")
	// ErrBadOffset is returned for an offset that points outside the data.
	ErrBadOffset = errors.New("offset outside the data")
	// ErrBadLength is returned for a length that promises more than the data hold.
	ErrBadLength = errors.New("length exceeds the data")
	// ErrAmplified is returned for data whose offsets share their targets so often that the decoded value
	// would be more than four times the size of the data.
	ErrAmplified = errors.New("decoded value is out of proportion to the data")
	// ErrBadSelector is returned for data that start with another selector.
	ErrBadSelector = errors.New("another selector")
	// ErrBadTopics is returned for a log of another event: another first topic or another number of topics.
	ErrBadTopics = errors.New("topics of another event")
)

// NoOffset is the Offset of a [DecodeError] that concerns a log's topics.
const NoOffset = -1

// DecodeError says which part of which item could not be decoded.
type DecodeError struct {
	Item   string // e.g. "balanceOf result", "transfer", "Transfer event"
	Field  string // path of the argument, e.g. "params.lltv" or "results[].data"; empty for the item as a whole
	Type   string // ABI type of the field where that helps, e.g. "uint128"
	Offset int    // byte offset in the data that were given, or NoOffset
	Have   int    // ErrShortData: bytes that were given; ErrBadTopics: number of topics
	Want   int    // ErrShortData: bytes that are needed at least; ErrBadTopics: number of topics
	Err    error  // one of this package's sentinels

	rest int // bytes from the fault to the end of the data; the offset follows once the size is known
}

// Error returns one line that says what was wrong, where, and what to look at.
func (e *DecodeError) Error() string {
	var b strings.Builder
	b.WriteString("decode ")
	b.WriteString(e.Item)
	if e.Field != "" {
		b.WriteString(": ")
		b.WriteString(e.Field)
	}
	b.WriteString(": ")
	switch {
	case errors.Is(e.Err, ErrShortData):
		b.WriteString(strconv.Itoa(e.Have) + " bytes, want " + strconv.Itoa(e.Want))
		if strings.HasSuffix(e.Item, resultSuffix) && e.Field == "" {
			b.WriteString(" (is there a contract at this address?)")
		}
		return b.String()
	case errors.Is(e.Err, ErrBadTopics):
		if e.Have == e.Want {
			b.WriteString("the first topic is that of another event")
		} else {
			b.WriteString(strconv.Itoa(e.Have) + " topics, want " + strconv.Itoa(e.Want) + " (a log of another event?)")
		}
		return b.String()
	case errors.Is(e.Err, ErrOutOfRange):
		b.WriteString("value out of range of " + e.Type)
	case errors.Is(e.Err, ErrDirtyPadding):
		b.WriteString("padding of " + e.Type + " is not zero")
	default:
		b.WriteString(e.Err.Error())
	}
	if e.Offset != NoOffset {
		b.WriteString(" (at byte " + strconv.Itoa(e.Offset) + ")")
	}
	return b.String()
}

// Unwrap returns the sentinel.
func (e *DecodeError) Unwrap() error { return e.Err }

// EncodeError says which argument cannot be encoded. Nothing has been written when it is returned.
type EncodeError struct {
	Item  string // e.g. "transfer"
	Field string // path of the argument
	Type  string // its ABI type
	Err   error  // ErrOutOfRange
}

// Error returns one line that says which argument does not fit which type.
func (e *EncodeError) Error() string {
	return "encode " + e.Item + ": " + e.Field + ": value out of range of " + e.Type
}

// Unwrap returns the sentinel.
func (e *EncodeError) Unwrap() error { return e.Err }

// resultSuffix ends the item name of a function's result.
const resultSuffix = " result"

// Short returns the error for t, a suffix of the data, being shorter than want bytes.
func Short(t []byte, want int) error {
	return &DecodeError{Err: ErrShortData, rest: len(t), Want: want}
}

// Fail returns the error for a field of ABI type typ that stands at t[pos:].
func Fail(t []byte, pos int, field, typ string, err error) error {
	return &DecodeError{Field: field, Type: typ, Err: err, rest: len(t) - pos}
}

// FailTopic returns the error for an indexed argument of ABI type typ.
func FailTopic(field, typ string, err error) error {
	return &DecodeError{Field: field, Type: typ, Err: err, rest: NoOffset}
}

// Within returns err with field put before the path of the field it concerns.
func Within(err error, field string) error {
	switch e := err.(type) {
	case *DecodeError:
		e.Field = join(field, e.Field)
	case *EncodeError:
		e.Field = join(field, e.Field)
	}
	return err
}

func join(outer, inner string) string {
	if inner == "" {
		return outer
	}
	return outer + "." + inner
}

// DecodeFailed returns err as the failure to decode item from data of size bytes, in which it finds the offset.
func DecodeFailed(err error, item string, size int) error {
	if e, ok := err.(*DecodeError); ok {
		e.Item = item
		e.Offset = NoOffset
		if e.rest != NoOffset {
			e.Offset = size - e.rest
		}
		if e.Err == ErrShortData {
			e.Have, e.Want = size, e.Offset+e.Want
		}
	}
	return err
}

// EncodeFailed returns err as the failure to encode item.
func EncodeFailed(err error, item string) error {
	if e, ok := err.(*EncodeError); ok {
		e.Item = item
	}
	return err
}

// Unfit returns the error for an argument that its ABI type typ cannot hold.
func Unfit(field, typ string) error {
	return &EncodeError{Field: field, Type: typ, Err: ErrOutOfRange}
}

// Arguments returns what follows the selector, or an error if data start with another one.
func Arguments(data []byte, selector uint32) ([]byte, error) {
	if len(data) < 4 {
		return nil, Short(data, 4)
	}
	if binary.BigEndian.Uint32(data) != selector {
		return nil, &DecodeError{Err: ErrBadSelector, rest: len(data)}
	}
	return data[4:], nil
}

// BadTopics returns the error for a log with have topics where the event has want.
func BadTopics(have, want int) error {
	return &DecodeError{Err: ErrBadTopics, rest: NoOffset, Have: have, Want: want}
}

// Selector returns the first four bytes of data, or 0 if there are fewer.
func Selector(data []byte) uint32 {
	if len(data) < 4 {
		return 0
	}
	return binary.BigEndian.Uint32(data)
}
