// Package node speaks to an Ethereum JSON-RPC node through one method and sorts out
// how node families differ: block parameters, error replies, limits.
package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
)

// Caller is the one method that everything here needs of a node.
type Caller interface {
	CallContext(ctx context.Context, result any, method string, args ...any) error
}

// ErrBadAnswer marks an answer that no honest node gives: a block other than the one
// asked for, a missing field, a log outside its filter.
var ErrBadAnswer = errors.New("the node gave an answer that cannot be right; ask another node")

// ErrNoBlock says that the node does not have the block asked for, or no longer its state.
var ErrNoBlock = errors.New("the node does not have this block; it may be behind or have pruned it")

// HashParam is a block parameter that pins a call to one block of the canonical chain (EIP-1898).
type HashParam struct {
	BlockHash        common.Hash `json:"blockHash"`
	RequireCanonical bool        `json:"requireCanonical"`
}

// Header is what identifies a block.
type Header struct {
	Number     uint64
	Hash       common.Hash
	ParentHash common.Hash
	Time       uint64
	BaseFee    *hexutil.Big
}

type wireHeader struct {
	Number     *hexutil.Uint64 `json:"number"`
	Hash       *common.Hash    `json:"hash"`
	ParentHash common.Hash     `json:"parentHash"`
	Time       *hexutil.Uint64 `json:"timestamp"`
	BaseFee    *hexutil.Big    `json:"baseFeePerGas"`
}

// Head returns the header of a block given by tag or hex number, or by hash when the text has 66 characters.
func Head(ctx context.Context, client Caller, block string) (Header, error) {
	method := "eth_getBlockByNumber"
	byHash := len(block) == 2+2*common.HashLength
	if byHash {
		method = "eth_getBlockByHash"
	}
	var wire *wireHeader
	if err := client.CallContext(ctx, &wire, method, block, false); err != nil {
		return Header{}, fmt.Errorf("read block %s: %w", block, noBlock(err))
	}
	if wire == nil {
		return Header{}, fmt.Errorf("read block %s: %w", block, ErrNoBlock)
	}
	if wire.Number == nil || wire.Hash == nil || wire.Time == nil {
		return Header{}, fmt.Errorf("read block %s: number, hash or timestamp is missing: %w", block, ErrBadAnswer)
	}
	header := Header{Number: uint64(*wire.Number), Hash: *wire.Hash, ParentHash: wire.ParentHash, Time: uint64(*wire.Time), BaseFee: wire.BaseFee}
	switch {
	case byHash && header.Hash != common.HexToHash(block):
		return Header{}, fmt.Errorf("read block %s: the answer is block %s: %w", block, header.Hash, ErrBadAnswer)
	case !byHash && len(block) > 2 && block[:2] == "0x" && hexutil.EncodeUint64(header.Number) != block:
		return Header{}, fmt.Errorf("read block %s: the answer is block %d: %w", block, header.Number, ErrBadAnswer)
	}
	return header, nil
}

// CallMsg is the transaction object of eth_call and eth_estimateGas.
type CallMsg struct {
	From  *common.Address `json:"from,omitempty"`
	To    *common.Address `json:"to,omitempty"`
	Value *hexutil.Big    `json:"value,omitempty"`
	// Old nodes read only "data", new ones take it beside "input".
	Data hexutil.Bytes   `json:"data,omitempty"`
	Gas  *hexutil.Uint64 `json:"gas,omitempty"`
}

// Call runs eth_call and returns the bytes that the contract returned. block is any JSON block parameter.
func Call(ctx context.Context, client Caller, msg CallMsg, block any) ([]byte, error) {
	var result *hexutil.Bytes
	if err := client.CallContext(ctx, &result, "eth_call", msg, block); err != nil {
		return nil, noBlock(err)
	}
	if result == nil {
		return nil, fmt.Errorf("eth_call answered null: %w", ErrBadAnswer)
	}
	return *result, nil
}

// Quantity returns the number that a method answers.
func Quantity(ctx context.Context, client Caller, method string, args ...any) (uint64, error) {
	var number *hexutil.Uint64
	if err := client.CallContext(ctx, &number, method, args...); err != nil {
		return 0, err
	}
	if number == nil {
		return 0, fmt.Errorf("%s answered null: %w", method, ErrBadAnswer)
	}
	return uint64(*number), nil
}

// ChainID returns the chain id of the node.
func ChainID(ctx context.Context, client Caller) (uint64, error) {
	id, err := Quantity(ctx, client, "eth_chainId")
	if err != nil {
		return 0, fmt.Errorf("read the chain id: %w", err)
	}
	return id, nil
}

// Code returns the code at an address, empty when there is none.
func Code(ctx context.Context, client Caller, address common.Address, block any) ([]byte, error) {
	var code hexutil.Bytes
	if err := client.CallContext(ctx, &code, "eth_getCode", address, block); err != nil {
		return nil, fmt.Errorf("read the code at %s: %w", address, noBlock(err))
	}
	return code, nil
}

// Storage returns one storage word of an address.
func Storage(ctx context.Context, client Caller, address common.Address, slot common.Hash, block any) (common.Hash, error) {
	var raw json.RawMessage
	if err := client.CallContext(ctx, &raw, "eth_getStorageAt", address, slot, block); err != nil {
		return common.Hash{}, fmt.Errorf("read storage of %s: %w", address, noBlock(err))
	}
	// Nodes give the word padded or not, so it is read as text of any length up to a word.
	var text string
	if err := json.Unmarshal(raw, &text); err != nil || len(text) < 2 || text[:2] != "0x" || len(text) > 66 {
		return common.Hash{}, fmt.Errorf("read storage of %s: %q is not a word: %w", address, raw, ErrBadAnswer)
	}
	digits := text[2:]
	if len(digits)%2 == 1 {
		digits = "0" + digits
	}
	word, err := hexutil.Decode("0x" + digits)
	if err != nil {
		return common.Hash{}, fmt.Errorf("read storage of %s: %q is not a word: %w", address, text, ErrBadAnswer)
	}
	return common.BytesToHash(word), nil
}
