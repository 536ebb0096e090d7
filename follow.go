package gaib

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/gaib-go/gaib/internal/logscan"
	"github.com/gaib-go/gaib/internal/stream"
)

// FollowOptions says where a stream starts and how it goes on. The zero value starts at the chain's first block and
// follows its head.
type FollowOptions struct {
	// From is the first block whose events are wanted. It may lie ahead.
	From uint64
	// Cursor is where an earlier stream stood; unless zero it goes before From.
	Cursor Cursor

	// Head is how far to go: Latest, Safe or Finalized. Zero means Latest.
	Head Block
	// Confirmations is how many blocks there must be on top of one.
	Confirmations uint64
	// EveryBlock asks for a step of every block, also of one without events, from when the stream has caught up. With it
	// there need be no sources.
	EveryBlock bool

	// Window is how many blocks a reorganisation can undo. Zero means 128, the most is 4,094.
	Window uint64
	// Parallel is how many requests are under way at once while the stream catches up. Zero means 4.
	Parallel int
	// Poll is how often to look for new blocks. Zero means a second.
	Poll time.Duration
	// Wake has the stream look at once: send to it on each new head of a subscription, without waiting for it to be received.
	Wake <-chan struct{}

	// Timeout is how long one request may take. Zero means 30 seconds.
	Timeout time.Duration
	// Patience is for how long the stream goes on trying when nothing goes well. Zero means five minutes, a negative one
	// until the context ends.
	Patience time.Duration
	// NoBloom is for chains whose block headers carry no true bloom of the logs; an empty one is seen without it.
	NoBloom bool
	// Progress is called in the goroutine of the iteration after each range of past blocks and each look at new ones.
	// Its cursor lies behind blocks that had no events too.
	Progress func(FollowProgress)
}

// BlockStep is one block of a stream: a new one, or one that a reorganisation has undone.
type BlockStep struct {
	// BlockLogs is the block with its logs, in order. An undone block has those that were given when it was new.
	// Time is zero for a block long past when the node does not give it with logs, and for one undone after a restart.
	BlockLogs
	// Undo says that the block, whose step came before, is not on the chain any more. Take its events back from the last.
	Undo bool
	// Forgotten is set for an undone block whose step came before a restart and whose logs no node has any more. Take back
	// what was stored of it by its Hash.
	Forgotten bool
	// Head is the last block there was to do. The stream has caught up when it is Number.
	Head uint64
	// Cursor is where the stream stands once this step is done.
	Cursor Cursor
}

// Cursor is where a stream stands: a block, and the hashes of those before it that a reorganisation may undo. It is a value
// whose text, also in JSON, can be stored; it takes up to 75 bytes per block with events in the window.
type Cursor = stream.Cursor

// FollowProgress says how far a stream is: the last block that is done, the last there is to do, and the cursor.
type FollowProgress struct {
	Done, Head uint64
	Cursor     Cursor
}

var (
	// ErrDeepReorg: a reorganisation undid more than the window holds. Drop what was stored and start again from a
	// block well before it, with a larger window. A [ReorgError] says where.
	ErrDeepReorg = stream.ErrDeepReorg
	// ErrFutureCursor: the cursor is further than the node. It is behind, or of a chain that was started anew. See [CursorError].
	ErrFutureCursor = stream.ErrFutureCursor
	// ErrBadCursor: the text is not one of a cursor.
	ErrBadCursor = stream.ErrBadCursor
	// ErrHead: a stream can follow Latest, Safe and Finalized, no other block.
	ErrHead = errors.New("a stream follows the latest, safe or finalized block, no other")
)

// ReorgError is a reorganisation too deep to be undone: Number and Hash are of the oldest block that the stream still knew
// and the chain no longer has, Window is how many blocks it kept.
type ReorgError = stream.ReorgError

// CursorError is a cursor that a stream cannot start from: ChainID and Number are the cursor's, Head the node's, and Err is
// [ErrWrongChain] or [ErrFutureCursor].
type CursorError = stream.CursorError

// ParseCursor returns the cursor of a text. Error: [ErrBadCursor].
func ParseCursor(text string) (Cursor, error) { return stream.ParseCursor(text) }

// Follow yields the events that the sources ask for, block by block in order, each once: those of the past, then each new
// block's as it comes. When a reorganisation undoes blocks it yields their steps again with Undo set, newest first, and
// then the new ones.
//
//	for step, err := range gaib.Follow(ctx, client, gaib.FollowOptions{From: 21_000_000}, token.Transfers(), vault.Deposits()) {
//		if err != nil {
//			return err // store nothing; start again from the last step's cursor
//		}
//		...        // apply the step, or take it back
//		save(step.Cursor.String()) // in one transaction with what the step changed
//	}
//
// A stream that starts from the cursor of a step goes on after it, with the undo of what happened meanwhile. A log that
// cannot be decoded is a [Log] with Err. New blocks are read by their hash and must follow on each other. A failure that
// may pass is retried, see Patience and [Retryable]; any other ends the stream, and so does the end of ctx.
//
// While the consumer works no more than Parallel replies wait for it. No goroutine is left when the iteration is over.
//
// Errors: [ErrNoSources], [ErrTooManySources], [ErrWrongChain], [ErrHead], a [CursorError] or [ReorgError], the
// context's, or the last of the node's.
func Follow(ctx context.Context, client Client, options FollowOptions, sources ...Source) iter.Seq2[BlockStep, error] {
	return func(yield func(BlockStep, error) bool) {
		config, all, err := options.config(client, sources)
		if err != nil {
			yield(BlockStep{}, err)
			return
		}
		for step, err := range stream.Follow(ctx, config) {
			if err != nil {
				yield(BlockStep{}, err)
				return
			}
			block := all.decode(step.Logs)
			if block.Number, block.Hash = step.Number, step.Hash; step.Time != 0 {
				block.Time = time.Unix(int64(step.Time), 0).UTC()
			}
			if !yield(BlockStep{BlockLogs: block, Undo: step.Undo, Forgotten: step.Forgotten, Head: step.Head, Cursor: step.Cursor}, nil) {
				return
			}
		}
	}
}

func (o FollowOptions) config(client Client, given []Source) (stream.Config, *sources, error) {
	if len(given) == 0 && !o.EveryBlock {
		return stream.Config{}, nil, ErrNoSources
	}
	all, err := newSources(given)
	if err != nil {
		return stream.Config{}, nil, err
	}
	switch o.Head {
	case "", Latest, Safe, Finalized:
	default:
		return stream.Config{}, nil, fmt.Errorf("%s: %w", o.Head, ErrHead)
	}
	config := stream.Config{
		Client: client, From: o.From, Cursor: o.Cursor, Head: o.Head.tag(), Confirmations: o.Confirmations, EveryBlock: o.EveryBlock,
		Window: min(cmp.Or(o.Window, 128), stream.MostWindow), Parallel: min(max(cmp.Or(o.Parallel, 4), 1), 64),
		Poll: cmp.Or(max(o.Poll, 0), time.Second), Timeout: cmp.Or(max(o.Timeout, 0), 30*time.Second), Patience: cmp.Or(o.Patience, 5*time.Minute),
		Wake: o.Wake, TrustBloom: !o.NoBloom,
		CheckChain: func(id uint64) error {
			if !o.Cursor.IsZero() && o.Cursor.ChainID() != id {
				return &CursorError{ChainID: o.Cursor.ChainID(), Number: o.Cursor.Number(), Err: fmt.Errorf("the node is of chain %d: %w", id, ErrWrongChain)}
			}
			return all.checkChain(id)
		},
	}
	if len(given) > 0 {
		filter := all.filter()
		config.Filter = &filter
		config.Wanted = func(log *logscan.Log) bool { return all.find(log.Address, log.Topics) != nil }
	}
	if o.Progress != nil {
		config.Progress = func(p stream.Progress) { o.Progress(FollowProgress(p)) }
	}
	return config, all, nil
}
