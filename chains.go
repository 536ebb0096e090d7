package gaib

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"
)

// ErrNoClient: a chain is to be read, and no client of it was given.
var ErrNoClient = errors.New("no client was given")

// ChainRead is what to read on one chain: a [Read] to be.
type ChainRead struct {
	Client  Client
	Block   Block // the zero value is Latest
	Queries []Reader
}

// ChainResult is what became of a [ChainRead]; the values are in its queries.
type ChainResult struct {
	ChainID uint64 // of the contracts that were asked; zero when there were none
	Header  Header
	Err     error // of [Read]: [ReadErrors] when single queries failed, else nothing of this chain was read
}

// ReadChains makes all reads at once, each in one request to its own chain, eight chains at a time, and returns what became
// of them in their order. A chain that fails fails alone: the others are read to the end. Chains have no common block, so
// values of two chains may be some seconds apart. A query belongs to one of the reads only, and nothing bounds how long a
// node may take but the context.
func ReadChains(ctx context.Context, reads ...ChainRead) []ChainResult {
	const atOnce = 8
	results := make([]ChainResult, len(reads))
	var group errgroup.Group
	group.SetLimit(atOnce)
	for i, read := range reads {
		group.Go(func() error {
			results[i] = read.do(ctx)
			return nil
		})
	}
	_ = group.Wait() // what failed is in the results
	return results
}

func (r ChainRead) do(ctx context.Context) (result ChainResult) {
	for _, query := range r.Queries {
		for _, one := range query.pending() {
			if result.ChainID == 0 {
				result.ChainID = one.contract.chainID
			}
		}
	}
	if r.Client == nil {
		result.Header, result.Err = fail(r.Queries, fmt.Errorf("chain %d: %w", result.ChainID, ErrNoClient))
		return result
	}
	result.Header, result.Err = Read(ctx, r.Client, r.Block, r.Queries...)
	return result
}

// Outcome is a value, or why there is none.
type Outcome[T any] struct {
	Value T
	Err   error
}

// Try returns the query as a part of a [Group] that may fail without the group failing: its value is the query's value
// or error. It fails itself only with [ErrNotRead], when nothing was read.
func Try[T any](query *Query[T]) *Query[Outcome[T]] {
	return &Query[Outcome[T]]{leaves: query.leaves, err: ErrNotRead, settle: func() (Outcome[T], error) {
		err := query.finish()
		if errors.Is(err, ErrNotRead) {
			return Outcome[T]{}, err
		}
		return Outcome[T]{query.value, err}, nil
	}}
}
