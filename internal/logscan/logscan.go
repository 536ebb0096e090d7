// Package logscan fetches logs: of a block range, which it splits as the node demands and remembering what it took, or of
// one block by its hash. It checks that the answer is one that an honest node gives.
package logscan

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"

	"github.com/gaib-go/gaib/internal/node"
	"github.com/gaib-go/gaib/internal/pipeline"
	"github.com/gaib-go/gaib/internal/resilience"
)

// Filter says which logs: of any of the addresses, and per topic position any of the hashes, an empty list for any.
type Filter struct {
	Addresses []common.Address
	Topics    [][]common.Hash
}

// Log is one log as the node gives it.
type Log struct {
	Address     common.Address
	Topics      []common.Hash
	Data        []byte
	BlockNumber uint64
	BlockHash   common.Hash
	BlockTime   uint64 // zero when the node does not say
	TxHash      common.Hash
	TxIndex     uint64
	Index       uint64
}

type wireFilter struct {
	FromBlock *hexutil.Uint64  `json:"fromBlock,omitempty"`
	ToBlock   *hexutil.Uint64  `json:"toBlock,omitempty"`
	BlockHash *common.Hash     `json:"blockHash,omitempty"`
	Address   []common.Address `json:"address,omitempty"`
	Topics    []any            `json:"topics,omitempty"`
}

// Range is the logs of the blocks From and To, both included, in order.
type Range struct {
	From, To uint64
	Hash     common.Hash // of block To; zero unless the scanner verifies
	Logs     []Log
}

// Scanner scans ranges of blocks.
type Scanner struct {
	Client   node.Caller
	Filter   Filter
	Span     *Span // what is known of the node's limits; it goes on learning
	Parallel int   // requests under way at once; one when it is not more
	// Verify asks after each range for the header of its last block, so that a node which does not have these blocks
	// yet, and would leave their logs out in silence, is found out.
	Verify bool
}

// Scan yields the blocks from and to, both included, in consecutive ranges. A range that the node finds too large is split;
// a size that went well grows again. An error ends the scan, and everything yielded before it is whole blocks.
func (s Scanner) Scan(ctx context.Context, from, to uint64) iter.Seq2[Range, error] {
	type job struct{ from, to uint64 }
	next, more := from, from <= to
	return pipeline.Ordered(ctx, s.Parallel, func() (job, bool) {
		if !more {
			return job{}, false
		}
		one := job{next, piece(next, to, s.Span.next())}
		next, more = one.to+1, one.to < to // one.to may be the largest number there is
		return one, true
	}, func(ctx context.Context, one job, emit func(Range) error) error {
		most := uint64(mostSpan)
		for at := one.from; ; {
			last := piece(at, one.to, min(most, s.Span.next()))
			part, err := s.fetch(ctx, at, last)
			if err != nil {
				if ctx.Err() == nil && last > at && resilience.Splittable(err) {
					s.Span.tooLarge(last - at + 1)
					most = (last - at + 1) / 2
					continue
				}
				return fmt.Errorf("logs of blocks %d to %d: %w", at, last, err)
			}
			s.Span.fits(last-at+1, len(part.Logs))
			if err := emit(part); err != nil || last == one.to {
				return err
			}
			at, most = last+1, mostSpan
		}
	})
}

// piece returns the last of size blocks from at on, at most to.
func piece(at, to, size uint64) uint64 {
	if last := at + size - 1; last >= at && last < to {
		return last
	}
	return to
}

func (s Scanner) fetch(ctx context.Context, from, to uint64) (Range, error) {
	first, last := hexutil.Uint64(from), hexutil.Uint64(to)
	logs, err := s.Filter.ask(ctx, s.Client, wireFilter{FromBlock: &first, ToBlock: &last})
	if err != nil {
		return Range{}, err
	}
	for i := range logs {
		if logs[i].BlockNumber < from || logs[i].BlockNumber > to {
			return Range{}, fmt.Errorf("log %d is of block %d: %w", i, logs[i].BlockNumber, node.ErrBadAnswer)
		}
	}
	part := Range{From: from, To: to, Logs: logs}
	if s.Verify {
		header, err := node.Head(ctx, s.Client, hexutil.EncodeUint64(to))
		if err != nil {
			return Range{}, err
		}
		if part.Hash = header.Hash; len(logs) > 0 && logs[len(logs)-1].BlockNumber == to && logs[len(logs)-1].BlockHash != header.Hash {
			return Range{}, fmt.Errorf("block %d has another hash in its logs than in its header: %w", to, node.ErrBadAnswer)
		}
	}
	return part, nil
}

// OfBlock returns the logs of one block and no other.
func (f Filter) OfBlock(ctx context.Context, client node.Caller, number uint64, hash common.Hash) ([]Log, error) {
	logs, err := f.ask(ctx, client, wireFilter{BlockHash: &hash})
	if err != nil {
		return nil, fmt.Errorf("logs of block %d (%s): %w", number, hash, err)
	}
	for i := range logs {
		if logs[i].BlockHash != hash || logs[i].BlockNumber != number {
			return nil, fmt.Errorf("logs of block %d (%s): log %d is of block %d (%s): %w", number, hash, i, logs[i].BlockNumber, logs[i].BlockHash, node.ErrBadAnswer)
		}
	}
	return logs, nil
}

// ask puts the filter to the node for some blocks and checks what is the same for all of them.
func (f Filter) ask(ctx context.Context, client node.Caller, param wireFilter) ([]Log, error) {
	param.Address = f.Addresses
	for _, options := range f.Topics {
		if len(options) == 0 {
			param.Topics = append(param.Topics, nil)
		} else {
			param.Topics = append(param.Topics, options)
		}
	}
	var wire wireLogs
	if err := client.CallContext(ctx, &wire, "eth_getLogs", param); err != nil {
		return nil, resilience.NoBlock(err)
	}
	if !wire.present {
		return nil, fmt.Errorf("eth_getLogs answered null: %w", node.ErrBadAnswer)
	}
	for i := range wire.logs {
		log := &wire.logs[i]
		if !f.Matches(log.Address, log.Topics) {
			return nil, fmt.Errorf("log %d of block %d is not one that was asked for: %w", i, log.BlockNumber, node.ErrBadAnswer)
		}
		if i == 0 {
			continue
		}
		before := &wire.logs[i-1]
		switch {
		case log.BlockNumber < before.BlockNumber,
			log.BlockNumber == before.BlockNumber && log.Index <= before.Index:
			return nil, fmt.Errorf("log %d of block %d is out of order or twice: %w", i, log.BlockNumber, node.ErrBadAnswer)
		case log.BlockNumber == before.BlockNumber && log.BlockHash != before.BlockHash:
			return nil, fmt.Errorf("block %d has two hashes: %w", log.BlockNumber, node.ErrBadAnswer)
		}
	}
	return wire.logs, nil
}

// Matches tells whether the filter asks for a log of these topics.
func (f Filter) Matches(address common.Address, topics []common.Hash) bool {
	if len(f.Addresses) > 0 && !slices.Contains(f.Addresses, address) {
		return false
	}
	for i, options := range f.Topics {
		if len(options) > 0 && (i >= len(topics) || !slices.Contains(options, topics[i])) {
			return false
		}
	}
	return true
}

// Blocks yields logs, which are in order, block by block.
func Blocks(logs []Log) iter.Seq[[]Log] {
	return func(yield func([]Log) bool) {
		for len(logs) > 0 {
			end := 1
			for end < len(logs) && logs[end].BlockNumber == logs[0].BlockNumber {
				end++
			}
			if !yield(logs[:end:end]) {
				return
			}
			logs = logs[end:]
		}
	}
}
