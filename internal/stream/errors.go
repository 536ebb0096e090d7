package stream

import (
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
)

var (
	// ErrDeepReorg says that a reorganisation undid more than the window holds.
	ErrDeepReorg = errors.New("a reorganisation went deeper than the stream can undo")
	// ErrFutureCursor says that a cursor is ahead of the node.
	ErrFutureCursor = errors.New("the cursor is ahead of the chain")
)

// ReorgError is a reorganisation that went deeper than a stream can undo.
type ReorgError struct {
	Number uint64      // the oldest block that the stream still knew
	Hash   common.Hash // of that block, which is not on the chain any more
	Window uint64
}

// Error says what to do.
func (e *ReorgError) Error() string {
	return fmt.Sprintf("block %d (%s) is not on the chain any more: %v; drop what was stored, start again from a block well below %d, and use a window of more than %d blocks or more confirmations",
		e.Number, e.Hash, ErrDeepReorg, e.Number, e.Window)
}

// Is makes it ErrDeepReorg.
func (e *ReorgError) Is(target error) bool { return target == ErrDeepReorg }

// CursorError is a cursor that a stream cannot start from.
type CursorError struct {
	ChainID uint64 // of the cursor
	Number  uint64 // of the cursor
	Head    uint64 // of the node, where it was asked
	Err     error
}

// Error says what is wrong and what to do.
func (e *CursorError) Error() string {
	if errors.Is(e.Err, ErrFutureCursor) {
		return fmt.Sprintf("the cursor is at block %d of chain %d, the node at block %d: %v; use a node that is in sync, or start again if the chain did", e.Number, e.ChainID, e.Head, e.Err)
	}
	return fmt.Sprintf("the cursor is of chain %d: %v", e.ChainID, e.Err)
}

// Unwrap returns the cause.
func (e *CursorError) Unwrap() error { return e.Err }
