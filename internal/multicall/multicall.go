package multicall

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"golang.org/x/sync/errgroup"

	"github.com/gaib-go/gaib/internal/node"
)

// Address is where Multicall3 stands on nearly every chain.
var Address = common.HexToAddress("0xcA11bde05977b3631167028862bE2a173976CA11")

// Limits of one run. A node that takes less is found out by its errors.
const (
	maxRequests = 100_000 // more than this is a mistake of the caller
	parallel    = 8       // requests under way at once when a read is split
)

// arbSys is Arbitrum's precompile; there block.number is Ethereum's and only arbBlockNumber() is the chain's own.
var (
	arbSys         = common.HexToAddress("0x0000000000000000000000000000000000000064")
	arbBlockNumber = [4]byte{0xa3, 0xb1, 0xb3, 0x1d}
)

func isArbitrum(chainID uint64) bool {
	return chainID == 42161 || chainID == 42170 || chainID == 421614
}

// Request is one contract read.
type Request struct {
	To   common.Address
	Data []byte
}

// Answer is what one request came to: Data on success; on a revert Reverted is set and Data holds the revert's bytes.
type Answer struct {
	Data     []byte
	Reverted bool
	Err      error // the node's fault, of this request alone
}

// Result is the outcome of a run. The header's hash is zero when the whole run was one call at a tag or
// number: no opcode gives the hash of the block a call runs in.
type Result struct {
	ChainID uint64
	Header  node.Header
	Answers []Answer
}

// Run reads all requests at one block, given by tag, hex number or hash, of a node that should be of the chain; the result
// says of which it is.
func Run(ctx context.Context, client node.Caller, chainID uint64, block string, requests []Request) (Result, error) {
	if len(requests) > maxRequests {
		return Result{}, fmt.Errorf("%d reads at once, at most %d are allowed: split them", len(requests), maxRequests)
	}
	run := runner{client: client, arbitrum: isArbitrum(chainID), requests: requests, answers: make([]Answer, len(requests))}
	var param any = block
	var hash common.Hash
	if len(block) == 2+2*common.HashLength {
		hash = common.HexToHash(block)
		param = pin(hash)
	}
	seen, err := run.aggregate(ctx, param, 0, len(requests))
	if err != nil && !errors.Is(err, errAbsent) && !isSplittable(err) {
		return Result{}, err
	}
	if err == nil && hash == (common.Hash{}) && len(block) > 2 && block[:2] == "0x" && hexutil.EncodeUint64(seen.header.Number) != block {
		return Result{}, fmt.Errorf("asked for block %s, answered at block %d: %w", block, seen.header.Number, node.ErrBadAnswer)
	}
	if err == nil && !seen.doubtful {
		seen.header.Hash = hash
		return Result{ChainID: seen.chainID, Header: seen.header, Answers: run.answers}, nil
	}

	// From here on more than one request is needed, so the block is pinned by its hash. What was read before
	// the pin is kept only if it was read at that very block.
	header, headErr := node.Head(ctx, client, block)
	if headErr != nil {
		return Result{}, headErr
	}
	if err == nil && sameBlock(header, seen.header) {
		return run.finish(header, seen.chainID, run.askAgain(ctx, header))
	}
	if errors.Is(err, errAbsent) {
		chainID, err = node.ChainID(ctx, client)
		if err != nil {
			return Result{}, err
		}
		return run.finish(header, chainID, run.oneByOne(ctx, header, func(int) bool { return true }))
	}
	chainID, err = run.split(ctx, header, err != nil)
	return run.finish(header, chainID, err)
}

func (r *runner) finish(header node.Header, chainID uint64, err error) (Result, error) {
	if err != nil {
		return Result{}, err
	}
	return Result{ChainID: chainID, Header: header, Answers: r.answers}, nil
}

func pin(hash common.Hash) node.HashParam {
	return node.HashParam{BlockHash: hash, RequireCanonical: true}
}

func sameBlock(header, seen node.Header) bool {
	return header.Number == seen.Number && header.Time == seen.Time &&
		(seen.ParentHash == (common.Hash{}) || header.ParentHash == seen.ParentHash)
}

// errAbsent says that no Multicall3 answered at its address.
var errAbsent = errors.New("no Multicall3 at its usual address")

// errStarved says that the reads at the end of a call got no gas.
var errStarved = errors.New("the call ran out of gas before its last reads")

func isSplittable(err error) bool {
	if errors.Is(err, errStarved) || node.IsLimit(err) {
		return true
	}
	// aggregate3 lets every inner call fail, so when it reverts itself it ran out of gas.
	_, reverted := node.RevertData(err)
	return reverted
}

type runner struct {
	client   node.Caller
	arbitrum bool
	requests []Request
	answers  []Answer
}

// observed is what one aggregate call says of the block it ran in.
type observed struct {
	chainID  uint64
	header   node.Header
	doubtful bool // some request failed without data, which running out of gas looks like too
}

// aggregate reads requests[from:to] in one eth_call and writes their answers.
func (r *runner) aggregate(ctx context.Context, block any, from, to int) (observed, error) {
	probes := blockProbes[:]
	if !r.arbitrum {
		probes = probes[:len(probes)-1] // on another chain that address may be one that burns the gas
	}
	calls := make([]Call3, 0, to-from+len(probes))
	for _, request := range r.requests[from:to] {
		calls = append(calls, Call3{Target: request.To, AllowFailure: true, CallData: request.Data})
	}
	// The probes go last, so that requests which eat the call's gas show in them.
	for _, probe := range probes {
		calls = append(calls, Call3{Target: probe.to, AllowFailure: true, CallData: probe.selector[:]})
	}
	data, err := Aggregate3{Calls: calls}.Encode()
	if err != nil {
		return observed{}, err
	}
	raw, err := node.Call(ctx, r.client, node.CallMsg{To: &Address, Data: data}, block)
	if err != nil {
		return observed{}, err
	}
	if len(raw) == 0 {
		return observed{}, errAbsent
	}
	returned, err := Aggregate3{}.DecodeResult(raw)
	if err != nil {
		return observed{}, fmt.Errorf("read Multicall3's answer: %w: %w", node.ErrBadAnswer, err)
	}
	if len(returned) != len(calls) {
		return observed{}, fmt.Errorf("Multicall3 answered %d of %d reads: %w", len(returned), len(calls), node.ErrBadAnswer)
	}
	seen, err := observe(returned[to-from:], r.arbitrum)
	if err != nil {
		return observed{}, err
	}
	for i, one := range returned[:to-from] {
		r.answers[from+i] = Answer{Data: one.ReturnData, Reverted: !one.Success}
		seen.doubtful = seen.doubtful || !one.Success && len(one.ReturnData) == 0
	}
	return seen, nil
}

var blockProbes = [...]struct {
	to       common.Address
	selector [4]byte
}{
	{Address, GetChainId{}.Item().Selector},
	{Address, GetBlockNumber{}.Item().Selector},
	{Address, GetCurrentBlockTimestamp{}.Item().Selector},
	{Address, GetLastBlockHash{}.Item().Selector},
	{arbSys, arbBlockNumber},
}

// observe reads the answers of blockProbes, without the last where the chain is not an Arbitrum.
func observe(returned []Returned, arbitrum bool) (observed, error) {
	for _, one := range returned[:3] {
		if !one.Success {
			return observed{}, errStarved
		}
	}
	var words [3]uint64
	for i := range words {
		value, err := GetChainId{}.DecodeResult(returned[i].ReturnData)
		if err != nil || !value.IsUint64() {
			return observed{}, fmt.Errorf("Multicall3 answered %x for a block number, time or chain id: %w", returned[i].ReturnData, node.ErrBadAnswer)
		}
		words[i] = value.Uint64()
	}
	seen := observed{chainID: words[0], header: node.Header{Number: words[1], Time: words[2]}}
	if arbitrum {
		// There blockhash() is not of the chain's own blocks, so the parent stays unknown.
		number, err := GetBlockNumber{}.DecodeResult(returned[4].ReturnData)
		if err != nil || !number.IsUint64() {
			return observed{}, fmt.Errorf("ArbSys answered %x for the block number: %w", returned[4].ReturnData, node.ErrBadAnswer)
		}
		seen.header.Number = number.Uint64()
		return seen, nil
	}
	if returned[3].Success {
		if parent, err := (GetLastBlockHash{}).DecodeResult(returned[3].ReturnData); err == nil {
			seen.header.ParentHash = parent
		}
	}
	return seen, nil
}

// split reads everything pinned to one block, halving what the node finds too large.
// whole tells that the node has refused all at once already.
func (r *runner) split(ctx context.Context, header node.Header, whole bool) (uint64, error) {
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	var chainID atomic.Uint64
	var read func(from, to int, refused bool) error
	read = func(from, to int, refused bool) error {
		if !refused {
			seen, err := r.aggregate(groupCtx, pin(header.Hash), from, to)
			if err == nil {
				if !sameBlock(header, seen.header) {
					return fmt.Errorf("asked for block %d (%s), answered at block %d: %w", header.Number, header.Hash, seen.header.Number, node.ErrBadAnswer)
				}
				chainID.Store(seen.chainID)
				return nil
			}
			if !isSplittable(err) || from == to {
				return err
			}
			if to-from == 1 {
				// Alone it still does not fit: let the node say why, without Multicall3 around it.
				r.answers[from] = r.single(groupCtx, header, from)
				return groupCtx.Err()
			}
		}
		if to-from <= 1 {
			return read(from, to, false)
		}
		middle := from + (to-from)/2
		// A free place takes the first half; with none the halves go one after the other.
		if group.TryGo(func() error { return read(from, middle, false) }) {
			return read(middle, to, false)
		}
		return errors.Join(read(from, middle, false), read(middle, to, false))
	}
	group.Go(func() error { return read(0, len(r.requests), whole) })
	if err := group.Wait(); err != nil {
		return 0, err
	}
	if chainID.Load() == 0 {
		id, err := node.ChainID(ctx, r.client)
		if err != nil {
			return 0, err
		}
		chainID.Store(id)
	}
	return chainID.Load(), r.askAgain(ctx, header)
}

// askAgain asks alone, at the same block, for every read that failed without data: inside a batch
// that may only mean that others had used up the gas.
func (r *runner) askAgain(ctx context.Context, header node.Header) error {
	return r.oneByOne(ctx, header, func(i int) bool { return r.answers[i].Reverted && len(r.answers[i].Data) == 0 })
}

func (r *runner) oneByOne(ctx context.Context, header node.Header, which func(int) bool) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	for i := range r.requests {
		if which(i) {
			group.Go(func() error {
				r.answers[i] = r.single(ctx, header, i)
				return ctx.Err()
			})
		}
	}
	return group.Wait()
}

// single reads one request without Multicall3.
func (r *runner) single(ctx context.Context, header node.Header, i int) Answer {
	data, err := node.Call(ctx, r.client, node.CallMsg{To: &r.requests[i].To, Data: r.requests[i].Data}, pin(header.Hash))
	if err == nil {
		return Answer{Data: data}
	}
	if revert, ok := node.RevertData(err); ok {
		return Answer{Data: revert, Reverted: true, Err: err}
	}
	return Answer{Err: err}
}
