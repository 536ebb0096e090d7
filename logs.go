package gaib

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/gaib-go/gaib/internal/logscan"
	"github.com/gaib-go/gaib/internal/node"
)

var (
	// ErrNoSources: Logs or Follow was given nothing to look for.
	ErrNoSources = errors.New("no events were asked for")
	// ErrTooManySources: one filter has more addresses, or values of an argument, than nodes take. Run several.
	ErrTooManySources = errors.New("too many sources for one filter; run several")
)

// Log is one log and the event in it.
type Log struct {
	Address     common.Address
	Topics      []common.Hash
	Data        []byte
	BlockNumber uint64
	BlockHash   common.Hash
	TxHash      common.Hash
	TxIndex     uint64
	Index       uint64 // within the block

	// Event is a pointer to the generated event type, such as *ERC20TransferEvent; nil when Err is not.
	Event any
	// Err says why the log could not be decoded. One such log never ends a scan.
	Err error
}

// BlockLogs are the logs of one block, in order.
type BlockLogs struct {
	Number uint64
	Hash   common.Hash
	Time   time.Time // zero when the node does not give it with logs
	Logs   []Log
}

// Source is a kind of event of one contract, see [Events].
type Source interface {
	source() *source
}

type source struct {
	contract Contract
	item     Item
	topics   [][]common.Hash // by position, the event's own first
	decode   func(topics []common.Hash, data []byte) (any, error)
	err      error // why there is nothing to look for
}

func (s *source) matches(address common.Address, topics []common.Hash) bool {
	return logscan.Filter{Addresses: []common.Address{s.contract.Address()}, Topics: s.topics}.Matches(address, topics)
}

// decodeLog returns the log with the event in it, or with why there is none.
func (s *source) decodeLog(log Log) Log {
	if log.Event, log.Err = s.decode(log.Topics, log.Data); log.Err != nil {
		log.Err = fmt.Errorf("%s event of %s in block %d, log %d: %w", s.item.Name, s.contract.name, log.BlockNumber, log.Index, log.Err)
	}
	return log
}

// Events are the events of type E of one contract: a source for [Logs].
type Events[E any] struct{ src source }

// Event is what generated event types have.
type Event[E any] interface {
	*E
	Item() Item
	DecodeLog(topics []common.Hash, data []byte) error
}

// NewEvents returns the events of a type at a contract: NewEvents[contract.TokenRoleGrantedEvent](c).
func NewEvents[E any, P Event[E]](contract Contract) *Events[E] {
	item := P(new(E)).Item()
	return &Events[E]{source{contract: contract, item: item, topics: [][]common.Hash{{item.Topic}}, decode: func(topics []common.Hash, data []byte) (any, error) {
		event := P(new(E))
		if err := event.DecodeLog(topics, data); err != nil {
			return nil, err
		}
		return event, nil
	}}}
}

func (e *Events[E]) source() *source { return &e.src }

// Where returns the events whose indexed argument, counted from 1, is one of the values; without values any will do.
// Addresses go in through [AddressTopic]. An event has at most three indexed arguments: another number is the error of [Logs].
func (e *Events[E]) Where(argument int, values ...common.Hash) *Events[E] {
	narrowed := *e
	if argument < 1 || argument > 3 {
		narrowed.src.err = fmt.Errorf("%s event: indexed argument %d does not exist, they count from 1 to 3", e.src.item.Name, argument)
		return &narrowed
	}
	narrowed.src.topics = slices.Clone(e.src.topics)
	for len(narrowed.src.topics) <= argument {
		narrowed.src.topics = append(narrowed.src.topics, nil)
	}
	narrowed.src.topics[argument] = slices.Clone(values)
	return &narrowed
}

// AddressTopic returns an address as an indexed event argument.
func AddressTopic(address common.Address) common.Hash { return common.BytesToHash(address[:]) }

// In yields the events of this kind among the logs of a block.
func (e *Events[E]) In(block BlockLogs) iter.Seq2[Log, *E] {
	return func(yield func(Log, *E) bool) {
		for _, log := range block.Logs {
			if event, ok := log.Event.(*E); ok && e.src.matches(log.Address, log.Topics) && !yield(log, event) {
				return
			}
		}
	}
}

// Logs yields past events block by block, oldest first: the blocks between from and to, both included, that have any
// of what the sources ask for. It splits the range as the node demands and learns its limits, so from may be the
// contract's first block.
//
// An error ends the iteration, and every block yielded before it is whole: go on from the block after the last.
// Errors: [ErrWrongChain] when the node is not of the contracts' chain, [ErrBadAnswer] when it lies, or its own.
//
// Up to [Finalized] or [Safe] the answer is final; nearer to the head a reorganisation can follow.
func Logs(ctx context.Context, client Client, from uint64, to Block, sources ...Source) iter.Seq2[BlockLogs, error] {
	return func(yield func(BlockLogs, error) bool) {
		if len(sources) == 0 {
			yield(BlockLogs{}, ErrNoSources)
			return
		}
		all, err := newSources(sources)
		if err != nil {
			yield(BlockLogs{}, err)
			return
		}
		id, err := node.ChainID(ctx, client)
		if err == nil {
			err = all.checkChain(id)
		}
		if err != nil {
			yield(BlockLogs{}, err)
			return
		}
		head, err := Head(ctx, client, to)
		if err != nil {
			yield(BlockLogs{}, err)
			return
		}
		if from > head.Number {
			return
		}
		scanner := logscan.Scanner{Client: client, Filter: all.filter(), Span: logscan.NewSpan()}
		for part, err := range scanner.Scan(ctx, from, head.Number) {
			if err != nil {
				yield(BlockLogs{}, err)
				return
			}
			for logs := range logscan.Blocks(part.Logs) {
				if block := all.decode(logs); len(block.Logs) > 0 && !yield(block, nil) {
					return
				}
			}
		}
	}
}

// sources are what a scan or stream looks for. The index says where to look for a log's.
type sources struct {
	all   []*source
	index map[sourceKey][]*source
}

type sourceKey struct {
	address common.Address
	topic   common.Hash
}

// mostSources is how many addresses, and how many values per topic, one filter may have; nodes take no more.
const mostSources = 1000

func newSources(given []Source) (*sources, error) {
	s := &sources{index: make(map[sourceKey][]*source, len(given))}
	for _, each := range given {
		one := each.source()
		if err := cmp.Or(one.contract.err, one.err); err != nil {
			return nil, err
		}
		if of, first := one.contract, given[0].source().contract; of.chainID != first.chainID {
			return nil, fmt.Errorf("%s is on chain %d, others of this scan are on chain %d: %w", of.name, of.chainID, first.chainID, ErrWrongChain)
		}
		s.all = append(s.all, one)
		key := sourceKey{one.contract.Address(), one.item.Topic}
		s.index[key] = append(s.index[key], one)
	}
	filter := s.filter()
	most := len(filter.Addresses)
	for _, options := range filter.Topics {
		most = max(most, len(options))
	}
	if most > mostSources {
		return nil, fmt.Errorf("%d addresses or values of a topic, nodes take %d: %w", most, mostSources, ErrTooManySources)
	}
	return s, nil
}

// checkChain returns ErrWrongChain when the node is of another chain than the contracts.
func (s *sources) checkChain(id uint64) error {
	if len(s.all) > 0 {
		if of := s.all[0].contract.chainID; of != 0 && id != of {
			return fmt.Errorf("the node is of chain %d, the contracts are on chain %d: %w", id, of, ErrWrongChain)
		}
	}
	return nil
}

// filter returns one filter that lets through what any source asks for. Conditions on arguments can only be put to
// the node when there is a single source; otherwise they are checked here.
func (s *sources) filter() logscan.Filter {
	if len(s.all) == 1 {
		return logscan.Filter{Addresses: []common.Address{s.all[0].contract.Address()}, Topics: s.all[0].topics}
	}
	addresses, topics := make(map[common.Address]bool), make(map[common.Hash]bool)
	filter := logscan.Filter{Topics: [][]common.Hash{nil}}
	for _, one := range s.all {
		if address := one.contract.Address(); !addresses[address] {
			addresses[address] = true
			filter.Addresses = append(filter.Addresses, address)
		}
		if !topics[one.item.Topic] {
			topics[one.item.Topic] = true
			filter.Topics[0] = append(filter.Topics[0], one.item.Topic)
		}
	}
	return filter
}

// find returns the first source that asks for a log, nil when none does.
func (s *sources) find(address common.Address, topics []common.Hash) *source {
	if len(topics) == 0 {
		return nil
	}
	for _, one := range s.index[sourceKey{address, topics[0]}] {
		if one.matches(address, topics) {
			return one
		}
	}
	return nil
}

// decode returns the logs of one block that any source asks for, decoded.
func (s *sources) decode(raw []logscan.Log) BlockLogs {
	var block BlockLogs
	for i := range raw {
		log := &raw[i]
		one := s.find(log.Address, log.Topics)
		if one == nil {
			continue
		}
		if block.Logs == nil {
			block = BlockLogs{Number: log.BlockNumber, Hash: log.BlockHash, Logs: make([]Log, 0, len(raw))}
			if log.BlockTime != 0 {
				block.Time = time.Unix(int64(log.BlockTime), 0).UTC()
			}
		}
		block.Logs = append(block.Logs, one.decodeLog(Log{Address: log.Address, Topics: log.Topics, Data: log.Data, BlockNumber: log.BlockNumber,
			BlockHash: log.BlockHash, TxHash: log.TxHash, TxIndex: log.TxIndex, Index: log.Index}))
	}
	return block
}
