package gaib

import (
	"context"
	"errors"
	"fmt"

	"github.com/gaib-go/gaib/internal/multicall"
)

// ErrNotRead: the query's value was asked for before it was read.
var ErrNotRead = errors.New("the query has not been read; pass it to gaib.Read first")

// ErrWrongChain: the node is of another chain than the contract. Connect to the right one.
var ErrWrongChain = errors.New("the node is of another chain")

// Function is the arguments of a contract function, as generated bindings have them.
type Function interface {
	Item() Item
	// Encode returns the selector and the arguments.
	Encode() ([]byte, error)
}

// Method is a function with a result of type T.
type Method[T any] interface {
	Function
	DecodeResult(data []byte) (T, error)
}

// Query is a read as a value: it says what to read, and holds the result once it has been. A Query may be read
// again; it then holds the newer result. It belongs to one Read at a time.
type Query[T any] struct {
	leaves []*leaf           // one for a read, those of all parts for a group
	settle func() (T, error) // makes the value of the answers
	value  T
	err    error
}

// leaf is one contract call of a query.
type leaf struct {
	contract Contract
	item     Item
	data     []byte
	encoding error // why there are no data

	answered bool
	answer   multicall.Answer
}

// Reader is a query of any type.
type Reader interface {
	pending() []*leaf
	finish() error
}

// NewQuery returns the read of a contract function. What is wrong with the contract or its arguments
// shows in the query's error.
func NewQuery[T any](contract Contract, method Method[T]) *Query[T] {
	read := &leaf{contract: contract, item: method.Item()}
	if read.encoding = contract.check(read.item); read.encoding == nil {
		if read.data, read.encoding = method.Encode(); read.encoding != nil {
			read.encoding = read.fail(read.encoding)
		}
	}
	return &Query[T]{leaves: []*leaf{read}, err: ErrNotRead, settle: func() (T, error) {
		var none T
		raw, err := read.result()
		if err != nil {
			return none, err
		}
		value, err := method.DecodeResult(raw)
		switch {
		case err == nil:
			return value, nil
		case len(raw) == 0:
			err = fmt.Errorf("%w (%w)", ErrNoCode, err)
		default:
			err = fmt.Errorf("%w: %w", ErrBadAnswer, err)
		}
		return none, read.fail(err)
	}}
}

// Group returns one query of several: they are read together, and once all have their values combine makes
// the group's. The first error of a part is the group's error.
func Group[T any](combine func() (T, error), parts ...Reader) *Query[T] {
	var leaves []*leaf
	for _, part := range parts {
		leaves = append(leaves, part.pending()...)
	}
	return &Query[T]{leaves: leaves, err: ErrNotRead, settle: func() (T, error) {
		var none T
		var failed error
		for _, part := range parts {
			if err := part.finish(); err != nil && failed == nil {
				failed = err
			}
		}
		if failed != nil {
			return none, failed
		}
		return combine()
	}}
}

// Value returns the result of the last read, and the zero value when there is none: look at [Query.Err] or at
// the error of [Read] before relying on it.
func (q *Query[T]) Value() T { return q.value }

// Err returns why there is no value: [ErrNotRead], a [CallError], or nil.
func (q *Query[T]) Err() error { return q.err }

// Call reads this query alone and returns its value; it is [Read] of one query.
func (q *Query[T]) Call(ctx context.Context, client Client, block Block) (T, error) {
	_, err := Read(ctx, client, block, q)
	return q.value, err
}

func (q *Query[T]) pending() []*leaf { return q.leaves }

func (q *Query[T]) finish() error {
	q.value, q.err = q.settle()
	return q.err
}

// result returns the bytes that the contract answered.
func (l *leaf) result() ([]byte, error) {
	switch {
	case l.encoding != nil:
		return nil, l.encoding
	case !l.answered:
		return nil, ErrNotRead
	case l.answer.Reverted:
		revert := DecodeRevert(l.answer.Data, l.contract.decoders...)
		revert.Node = l.answer.Err
		return nil, l.fail(revert)
	case l.answer.Err != nil:
		return nil, l.fail(l.answer.Err)
	}
	return l.answer.Data, nil
}

func (l *leaf) fail(err error) error {
	return &CallError{Contract: l.contract.name, Address: l.contract.entry.Address, Function: l.item.Signature, Err: err}
}

// Regrade returns the method with other evidence than its binding states: that of the contract at hand rather than
// of the standard it belongs to, or of the arguments.
func Regrade[T any](method Method[T], evidence Evidence) Method[T] {
	return regraded[T]{method, evidence}
}

type regraded[T any] struct {
	Method[T]
	evidence Evidence
}

func (r regraded[T]) Item() Item {
	item := r.Method.Item()
	item.Evidence = r.evidence
	return item
}
