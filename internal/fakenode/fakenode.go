// Package fakenode is a node made of Go functions, for tests that need no EVM: contracts are functions of calldata, faults
// are put in by hand. Everything passes through JSON, so what a test sees is what goes over the wire.
package fakenode

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib/internal/hash"
	"github.com/gaib-go/gaib/internal/multicall"
)

// Contract answers calldata at a block with what it returns, or with an error; a Revert is a revert.
type Contract func(block uint64, data []byte) ([]byte, error)

// Revert is the error of a contract that reverts with data.
type Revert []byte

// Error makes Revert an error.
func (r Revert) Error() string { return "execution reverted" }

// RPCError is a node's error reply.
type RPCError struct {
	Code    int
	Message string
	Data    any
}

// Error returns the message; ErrorCode and ErrorData are what JSON-RPC clients give.
func (e *RPCError) Error() string  { return e.Message }
func (e *RPCError) ErrorCode() int { return e.Code }
func (e *RPCError) ErrorData() any { return e.Data }

// Node is the node. Its fields may be set before it is used; it may be used from many goroutines.
type Node struct {
	ChainID     uint64
	Head        uint64
	NoMulticall bool
	MostCalls   int  // of one aggregate3 before the node refuses; 0 for no limit
	Advance     bool // a new block after every request
	Logs        []Log
	MostBlocks  uint64 // of one eth_getLogs before the node refuses; 0 for no limit
	MostLogs    int    // likewise
	Contracts   map[common.Address]Contract
	Code        map[common.Address][]byte
	Storage     map[common.Address]map[common.Hash]common.Hash

	// Handle answers a method before the node does; handled says whether it did.
	Handle func(method string, args []json.RawMessage) (result any, err error, handled bool)

	mu       sync.Mutex
	requests []string
	blocks   []string
}

// Log is one log of the node's chain.
type Log struct {
	Address common.Address
	Topics  []common.Hash
	Data    []byte
	Block   uint64
	Index   uint64 // within the block
}

// New returns a node of a chain at block 1000.
func New(chainID uint64) *Node {
	return &Node{ChainID: chainID, Head: 1000, Contracts: map[common.Address]Contract{}, Code: map[common.Address][]byte{},
		Storage: map[common.Address]map[common.Hash]common.Hash{}}
}

// Requests returns the methods called so far.
func (n *Node) Requests() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]string(nil), n.requests...)
}

// CallBlocks returns the block parameters of the eth_calls so far, as JSON.
func (n *Node) CallBlocks() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]string(nil), n.blocks...)
}

// BlockHash returns the hash of a block of this node.
func BlockHash(number uint64) common.Hash {
	return hash.Keccak256(fmt.Appendf(nil, "block %d", number))
}

// Time returns the time of a block of this node.
func Time(number uint64) uint64 { return 1_700_000_000 + 12*number }

// CallContext answers one request.
func (n *Node) CallContext(ctx context.Context, result any, method string, args ...any) error {
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
	n.mu.Lock()
	n.requests = append(n.requests, method)
	if method == "eth_call" {
		n.blocks = append(n.blocks, string(raw[1]))
	}
	head := n.Head
	if n.Advance {
		n.Head++
	}
	n.mu.Unlock()
	answer, err := n.answer(method, raw, head)
	if err != nil {
		return err
	}
	text, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, result)
}

func (n *Node) answer(method string, args []json.RawMessage, head uint64) (any, error) {
	if n.Handle != nil {
		if result, err, handled := n.Handle(method, args); handled {
			return result, err
		}
	}
	switch method {
	case "eth_chainId":
		return hexutil.Uint64(n.ChainID), nil
	case "eth_getBlockByNumber", "eth_getBlockByHash":
		number, err := number(args[0], head)
		if err != nil || number > head {
			return nil, err
		}
		return Block(number), nil
	case "eth_call":
		return n.call(args, head)
	case "eth_getLogs":
		return n.logs(args[0])
	case "eth_getCode":
		var address common.Address
		if err := json.Unmarshal(args[0], &address); err != nil {
			return nil, err
		}
		return hexutil.Bytes(n.Code[address]), nil
	case "eth_getStorageAt":
		var address common.Address
		var slot common.Hash
		if err := json.Unmarshal(args[0], &address); err != nil {
			return nil, err
		}
		if err := json.Unmarshal(args[1], &slot); err != nil {
			return nil, err
		}
		return n.Storage[address][slot], nil
	}
	return nil, &RPCError{Code: -32601, Message: "the method " + method + " does not exist/is not available"}
}

// Block returns a block as the node gives it.
func Block(number uint64) map[string]any {
	return map[string]any{
		"number": hexutil.Uint64(number), "hash": BlockHash(number), "parentHash": BlockHash(number - 1),
		"timestamp": hexutil.Uint64(Time(number)), "baseFeePerGas": hexutil.Uint64(1_000_000_000),
	}
}

// number returns the block that a parameter means.
func number(param json.RawMessage, head uint64) (uint64, error) {
	var pinned struct{ BlockHash common.Hash }
	var text string
	if json.Unmarshal(param, &text) != nil {
		if err := json.Unmarshal(param, &pinned); err != nil {
			return 0, err
		}
		text = pinned.BlockHash.Hex()
	}
	switch {
	case text == "latest" || text == "safe" || text == "finalized":
		return head, nil
	case len(text) == 66:
		for back := range head + 1 {
			if BlockHash(head-back).Hex() == text {
				return head - back, nil
			}
		}
		return 0, &RPCError{Code: -32000, Message: "header not found"}
	}
	return hexutil.DecodeUint64(text)
}

func (n *Node) call(args []json.RawMessage, head uint64) (any, error) {
	var message struct {
		To   common.Address
		Data hexutil.Bytes
	}
	if err := json.Unmarshal(args[0], &message); err != nil {
		return nil, err
	}
	number, err := number(args[1], head)
	if err != nil {
		return nil, err
	}
	if message.To == multicall.Address && !n.NoMulticall {
		data, err := n.aggregate(number, message.Data)
		return hexutil.Bytes(data), err
	}
	data, err := n.run(number, message.To, message.Data)
	if revert, ok := err.(Revert); ok {
		return nil, &RPCError{Code: 3, Message: "execution reverted", Data: hexutil.Encode(revert)}
	}
	return hexutil.Bytes(data), err
}

func (n *Node) logs(param json.RawMessage) (any, error) {
	var filter struct {
		FromBlock, ToBlock hexutil.Uint64
		Address            []common.Address
		Topics             [][]common.Hash
	}
	if err := json.Unmarshal(param, &filter); err != nil {
		return nil, err
	}
	from, to := uint64(filter.FromBlock), uint64(filter.ToBlock)
	if n.MostBlocks > 0 && to-from >= n.MostBlocks {
		return nil, &RPCError{Code: -32000, Message: fmt.Sprintf("exceed maximum block range: %d", n.MostBlocks)}
	}
	found := []map[string]any{}
	for _, log := range n.Logs {
		matches := log.Block >= from && log.Block <= to && (len(filter.Address) == 0 || slices.Contains(filter.Address, log.Address))
		for i, options := range filter.Topics {
			matches = matches && (len(options) == 0 || i < len(log.Topics) && slices.Contains(options, log.Topics[i]))
		}
		if matches {
			found = append(found, log.JSON())
		}
	}
	if n.MostLogs > 0 && len(found) > n.MostLogs {
		return nil, &RPCError{Code: -32005, Message: fmt.Sprintf("query returned more than %d results", n.MostLogs)}
	}
	return found, nil
}

// JSON returns the log as the node gives it.
func (l Log) JSON() map[string]any {
	return map[string]any{
		"address": l.Address, "topics": append([]common.Hash{}, l.Topics...), "data": hexutil.Bytes(l.Data), "removed": false,
		"blockNumber": hexutil.Uint64(l.Block), "blockHash": BlockHash(l.Block), "blockTimestamp": hexutil.Uint64(Time(l.Block)),
		"transactionHash": BlockHash(1_000_000 + l.Block), "transactionIndex": hexutil.Uint64(0), "logIndex": hexutil.Uint64(l.Index),
	}
}

func (n *Node) aggregate(number uint64, data []byte) ([]byte, error) {
	var batch multicall.Aggregate3
	if err := batch.Decode(data); err != nil {
		return nil, err
	}
	if n.MostCalls > 0 && len(batch.Calls) > n.MostCalls {
		return nil, &RPCError{Code: -32000, Message: "out of gas"}
	}
	results := make([]multicall.Returned, 0, len(batch.Calls))
	for _, call := range batch.Calls {
		output, err := n.run(number, call.Target, call.CallData)
		if revert, ok := err.(Revert); ok {
			results = append(results, multicall.Returned{ReturnData: revert})
			continue
		}
		if err != nil {
			return nil, err
		}
		results = append(results, multicall.Returned{Success: true, ReturnData: output})
	}
	return EncodeResults(results), nil
}

// EncodeResults returns aggregate3's answer, (bool success, bytes returnData)[], written by hand: the codec under test only reads it.
func EncodeResults(results []multicall.Returned) []byte {
	word := func(v int) []byte { w := uint256.NewInt(uint64(v)).Bytes32(); return w[:] }
	heads, tails := []byte{}, []byte{}
	for _, result := range results {
		heads = append(heads, word(32*len(results)+len(tails))...)
		success := 0
		if result.Success {
			success = 1
		}
		tails = append(tails, word(success)...)
		tails = append(tails, word(64)...)
		tails = append(tails, word(len(result.ReturnData))...)
		tails = append(tails, result.ReturnData...)
		tails = append(tails, make([]byte, (32-len(result.ReturnData)%32)%32)...)
	}
	out := append(word(32), word(len(results))...)
	return append(append(out, heads...), tails...)
}

func (n *Node) run(number uint64, to common.Address, data []byte) ([]byte, error) {
	if to == multicall.Address && !n.NoMulticall && len(data) >= 4 {
		switch [4]byte(data[:4]) {
		case multicall.GetChainId{}.Item().Selector:
			return Word(n.ChainID), nil
		case multicall.GetBlockNumber{}.Item().Selector:
			return Word(number), nil
		case multicall.GetCurrentBlockTimestamp{}.Item().Selector:
			return Word(Time(number)), nil
		case multicall.GetLastBlockHash{}.Item().Selector:
			parent := BlockHash(number - 1)
			return parent[:], nil
		}
	}
	contract, ok := n.Contracts[to]
	if !ok {
		return nil, nil // no code there
	}
	return contract(number, data)
}

// Word returns a number as a word of return data.
func Word(value uint64) []byte {
	word := uint256.NewInt(value).Bytes32()
	return word[:]
}

// Methods is a contract that answers by selector, and reverts without data on one it does not have.
type Methods map[[4]byte]Contract

// Contract is the contract's code.
func (m Methods) Contract(block uint64, data []byte) ([]byte, error) {
	if len(data) < 4 || m[[4]byte(data[:4])] == nil {
		return nil, Revert(nil)
	}
	return m[[4]byte(data[:4])](block, data)
}

// Returns is a function that returns the same words whatever it is given.
func Returns(words ...uint256.Int) Contract {
	var data []byte
	for _, word := range words {
		bytes := word.Bytes32()
		data = append(data, bytes[:]...)
	}
	return func(uint64, []byte) ([]byte, error) { return data, nil }
}
