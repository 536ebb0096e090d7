// Package logscan fetches the logs of a block range, splitting it as the node demands and remembering what it
// took, and checks that the answer is one that an honest node gives.
package logscan

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"

	"github.com/gaib-go/gaib/internal/node"
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

type wireLog struct {
	Address     common.Address  `json:"address"`
	Topics      []common.Hash   `json:"topics"`
	Data        hexutil.Bytes   `json:"data"`
	BlockNumber *hexutil.Uint64 `json:"blockNumber"`
	BlockHash   *common.Hash    `json:"blockHash"`
	BlockTime   hexutil.Uint64  `json:"blockTimestamp"`
	TxHash      common.Hash     `json:"transactionHash"`
	TxIndex     hexutil.Uint64  `json:"transactionIndex"`
	Index       hexutil.Uint64  `json:"logIndex"`
	Removed     bool            `json:"removed"`
}

type wireFilter struct {
	FromBlock hexutil.Uint64   `json:"fromBlock"`
	ToBlock   hexutil.Uint64   `json:"toBlock"`
	Address   []common.Address `json:"address,omitempty"`
	Topics    []any            `json:"topics,omitempty"`
}

// Scan yields the logs of the blocks from and to, both included, in order. A range that the node finds too large
// is halved; a size that went well grows again. An error ends the scan, everything yielded before it is whole blocks.
func Scan(ctx context.Context, client node.Caller, filter Filter, from, to uint64) iter.Seq2[Log, error] {
	return func(yield func(Log, error) bool) {
		span := newSpan(from, to)
		for next := from; next <= to; {
			last := min(to, next+span.size-1)
			if last < next { // next+size overflowed
				last = to
			}
			logs, err := fetch(ctx, client, filter, next, last)
			if err != nil {
				if ctx.Err() == nil && node.IsLimit(err) && span.tooLarge(last-next+1) {
					continue
				}
				yield(Log{}, fmt.Errorf("logs of blocks %d to %d: %w", next, last, err))
				return
			}
			for _, log := range logs {
				if !yield(log, nil) {
					return
				}
			}
			span.fits(last - next + 1)
			if last == to { // to may be the largest number there is
				return
			}
			next = last + 1
		}
	}
}

// span is how many blocks to ask for. It doubles until the node refuses, then closes in on the largest size that the node
// takes. After a while it tries for more again, ever more rarely, because most limits count logs, not blocks.
type span struct {
	size     uint64
	good     uint64 // largest size known to be taken; 0 for none
	refused  uint64 // smallest size known to be refused; 0 for none
	held     int    // answers since the last refusal
	patience int    // answers before a refused size is tried again
}

const (
	firstSpan = 10_000 // what most providers take
	mostSpan  = 1 << 32
	patient   = 16
	mostHeld  = 1 << 10
)

func newSpan(from, to uint64) *span {
	size := uint64(firstSpan)
	if to-from < firstSpan {
		size = to - from + 1
	}
	return &span{size: size, patience: patient}
}

// tooLarge makes the span smaller than asked; false when one block is the least already.
func (s *span) tooLarge(asked uint64) bool {
	if asked <= 1 {
		return false
	}
	if s.good >= asked { // these blocks hold more than those before
		s.good = 0
	}
	s.refused, s.held = asked, 0
	s.size = max(s.good, asked/2)
	return true
}

func (s *span) fits(asked uint64) {
	if asked < s.size {
		return // the last, short piece says nothing
	}
	s.good = asked
	if s.held++; s.refused != 0 && s.held >= s.patience {
		s.refused, s.held, s.patience = 0, 0, min(s.patience*2, mostHeld)
	}
	switch {
	case s.refused == 0:
		s.size = min(asked*2, mostSpan)
	case s.refused > asked && (s.refused-asked)/2 > asked/8: // nearer is not worth another refusal
		s.size = asked + (s.refused-asked)/2
	}
}

func fetch(ctx context.Context, client node.Caller, filter Filter, from, to uint64) ([]Log, error) {
	param := wireFilter{FromBlock: hexutil.Uint64(from), ToBlock: hexutil.Uint64(to), Address: filter.Addresses}
	for _, options := range filter.Topics {
		if len(options) == 0 {
			param.Topics = append(param.Topics, nil)
		} else {
			param.Topics = append(param.Topics, options)
		}
	}
	var wire []wireLog
	if err := client.CallContext(ctx, &wire, "eth_getLogs", param); err != nil {
		return nil, err
	}
	if wire == nil {
		return nil, fmt.Errorf("eth_getLogs answered null: %w", node.ErrBadAnswer)
	}
	logs := make([]Log, len(wire))
	for i, w := range wire {
		switch {
		case w.BlockNumber == nil || w.BlockHash == nil || w.Removed:
			return nil, fmt.Errorf("log %d is pending or removed: %w", i, node.ErrBadAnswer)
		case uint64(*w.BlockNumber) < from || uint64(*w.BlockNumber) > to:
			return nil, fmt.Errorf("log %d is of block %d: %w", i, *w.BlockNumber, node.ErrBadAnswer)
		case !filter.Matches(w.Address, w.Topics):
			return nil, fmt.Errorf("log %d of block %d is not one that was asked for: %w", i, *w.BlockNumber, node.ErrBadAnswer)
		}
		logs[i] = Log{Address: w.Address, Topics: w.Topics, Data: w.Data, BlockNumber: uint64(*w.BlockNumber), BlockHash: *w.BlockHash,
			BlockTime: uint64(w.BlockTime), TxHash: w.TxHash, TxIndex: uint64(w.TxIndex), Index: uint64(w.Index)}
		if i == 0 {
			continue
		}
		before := logs[i-1]
		switch {
		case logs[i].BlockNumber < before.BlockNumber,
			logs[i].BlockNumber == before.BlockNumber && logs[i].Index <= before.Index:
			return nil, fmt.Errorf("log %d of block %d is out of order or twice: %w", i, logs[i].BlockNumber, node.ErrBadAnswer)
		case logs[i].BlockNumber == before.BlockNumber && logs[i].BlockHash != before.BlockHash:
			return nil, fmt.Errorf("block %d has two hashes: %w", logs[i].BlockNumber, node.ErrBadAnswer)
		}
	}
	return logs, nil
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
