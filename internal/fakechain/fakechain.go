// Package fakechain is a chain that can reorganise, in memory, for tests of what follows one. Blocks have parents, hashes,
// times, blooms and logs; everything passes through JSON, so what a test sees is what goes over the wire.
package fakechain

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"

	"github.com/gaib-go/gaib/internal/fakenode"
	"github.com/gaib-go/gaib/internal/hash"
	"github.com/gaib-go/gaib/internal/logscan"
)

// Log is a log of a block to be.
type Log struct {
	Address common.Address
	Topics  []common.Hash
	Data    []byte
}

// Block is one block of the chain.
type Block struct {
	Number uint64
	Hash   common.Hash
	Parent common.Hash
	Time   uint64
	Bloom  logscan.Bloom
	Logs   []Log
}

// Chain is the chain, and a node of it. It may be used from many goroutines.
type Chain struct {
	ID uint64
	// Before is called before a request is answered, without a lock held; an error is the answer.
	Before func(ctx context.Context, method string, args []json.RawMessage) error

	mu        sync.Mutex
	canonical []*Block // by number
	all       map[common.Hash]*Block
	made      uint64
	requests  int
}

// New returns a chain that has its first block.
func New(id uint64) *Chain {
	chain := &Chain{ID: id, all: make(map[common.Hash]*Block)}
	chain.Add()
	return chain
}

// Add makes a block on the head and returns it.
func (c *Chain) Add(logs ...Log) *Block {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.add(logs)
}

func (c *Chain) add(logs []Log) *Block {
	c.made++
	block := &Block{Number: uint64(len(c.canonical)), Logs: logs}
	block.Time = 1_700_000_000 + 12*block.Number
	if block.Number > 0 {
		block.Parent = c.canonical[block.Number-1].Hash
	}
	content := binary.BigEndian.AppendUint64(nil, c.made)
	for _, log := range logs {
		block.Bloom.Add(log.Address, log.Topics)
		content = append(content, log.Data...)
	}
	block.Hash = hash.Keccak256(block.Parent[:], content)
	c.canonical = append(c.canonical, block)
	c.all[block.Hash] = block
	return block
}

// Reorg replaces the last depth blocks by others, all of a sudden.
func (c *Chain) Reorg(depth int, blocks ...[]Log) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.canonical = c.canonical[:max(1, len(c.canonical)-depth)]
	for _, logs := range blocks {
		c.add(logs)
	}
}

// Head returns the last block.
func (c *Chain) Head() *Block {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.canonical[len(c.canonical)-1]
}

// Canonical returns the chain, oldest block first.
func (c *Chain) Canonical() []*Block {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.canonical)
}

// Forget removes every block that is not canonical, as nodes do after a while.
func (c *Chain) Forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.all)
	for _, block := range c.canonical {
		c.all[block.Hash] = block
	}
}

// Requests returns how many requests were made.
func (c *Chain) Requests() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.requests
}

// CallContext answers one request.
func (c *Chain) CallContext(ctx context.Context, result any, method string, args ...any) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	raw := make([]json.RawMessage, len(args))
	for i, arg := range args {
		text, err := json.Marshal(arg)
		if err != nil {
			return err
		}
		raw[i] = text
	}
	if c.Before != nil {
		if err := c.Before(ctx, method, raw); err != nil {
			return err
		}
	}
	answer, err := c.answer(method, raw)
	if err != nil {
		return err
	}
	text, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, result)
}

func (c *Chain) answer(method string, args []json.RawMessage) (any, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests++
	head := uint64(len(c.canonical) - 1)
	switch method {
	case "eth_chainId":
		return hexutil.Uint64(c.ID), nil
	case "eth_blockNumber":
		return hexutil.Uint64(head), nil
	case "eth_getBlockByNumber", "eth_getBlockByHash":
		var text string
		if err := json.Unmarshal(args[0], &text); err != nil {
			return nil, err
		}
		block, err := c.block(text, head)
		if block == nil || err != nil {
			return nil, err
		}
		return block.JSON(), nil
	case "eth_getLogs":
		return c.logs(args[0], head)
	}
	return nil, &fakenode.RPCError{Code: -32601, Message: "the method " + method + " does not exist/is not available"}
}

func (c *Chain) block(text string, head uint64) (*Block, error) {
	number := head
	switch text {
	case "latest":
	case "safe":
		number -= min(number, 32)
	case "finalized":
		number -= min(number, 64)
	default:
		if len(text) == 66 {
			return c.all[common.HexToHash(text)], nil
		}
		var err error
		if number, err = hexutil.DecodeUint64(text); err != nil || number > head {
			return nil, err
		}
	}
	return c.canonical[number], nil
}

func (c *Chain) logs(param json.RawMessage, head uint64) (any, error) {
	var filter struct {
		FromBlock, ToBlock *hexutil.Uint64
		BlockHash          *common.Hash
		Address            []common.Address
		Topics             [][]common.Hash
	}
	if err := json.Unmarshal(param, &filter); err != nil {
		return nil, err
	}
	var blocks []*Block
	if filter.BlockHash != nil {
		block := c.all[*filter.BlockHash]
		if block == nil {
			return nil, &fakenode.RPCError{Code: -32000, Message: "unknown block"}
		}
		blocks = []*Block{block}
	} else {
		from, to := uint64(*filter.FromBlock), min(uint64(*filter.ToBlock), head) // as geth does: in silence
		if from <= to {
			blocks = c.canonical[from : to+1]
		}
	}
	match := logscan.Filter{Addresses: filter.Address, Topics: filter.Topics}
	found := []any{}
	for _, block := range blocks {
		for index, log := range block.Logs {
			if match.Matches(log.Address, log.Topics) {
				found = append(found, map[string]any{
					"address": log.Address, "topics": append([]common.Hash{}, log.Topics...), "data": hexutil.Bytes(log.Data), "removed": false,
					"blockNumber": hexutil.Uint64(block.Number), "blockHash": block.Hash, "transactionHash": common.Hash{31: 1},
					"transactionIndex": "0x0", "logIndex": hexutil.Uint64(index),
				})
			}
		}
	}
	return found, nil
}

// JSON returns the block as the node gives it.
func (b *Block) JSON() map[string]any {
	return map[string]any{
		"number": hexutil.Uint64(b.Number), "hash": b.Hash, "parentHash": b.Parent, "timestamp": hexutil.Uint64(b.Time),
		"logsBloom": hexutil.Bytes(b.Bloom[:]), "baseFeePerGas": "0x1",
	}
}

// String returns number and hash.
func (b *Block) String() string { return fmt.Sprintf("%d %s", b.Number, b.Hash.TerminalString()) }
