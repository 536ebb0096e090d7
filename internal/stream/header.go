package stream

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/common/hexutil"

	"github.com/gaib-go/gaib/internal/logscan"
	"github.com/gaib-go/gaib/internal/node"
)

// header is a block's header with its bloom.
type header struct {
	node.Header
	bloom *logscan.Bloom // nil when the node gives none, or an empty one: some chains do not keep it
}

// readHeader returns the header of a block given by tag or hex number.
func readHeader(ctx context.Context, client node.Caller, block string) (header, error) {
	reader := &bloomReader{Caller: client}
	head, err := node.Head(ctx, reader, block)
	if err != nil {
		return header{}, err
	}
	result := header{Header: head}
	var bloom logscan.Bloom
	switch len(reader.bloom) {
	case 0:
	case len(bloom):
		if copy(bloom[:], reader.bloom); bloom != (logscan.Bloom{}) {
			result.bloom = &bloom
		}
	default:
		return header{}, fmt.Errorf("read block %s: its bloom has %d bytes: %w", block, len(reader.bloom), node.ErrBadAnswer)
	}
	return result, nil
}

func readNumber(ctx context.Context, client node.Caller, number uint64) (header, error) {
	return readHeader(ctx, client, hexutil.EncodeUint64(number))
}

// bloomReader takes the bloom from the answer that is read through it.
type bloomReader struct {
	node.Caller
	bloom hexutil.Bytes
	into  any
}

// CallContext passes the request on.
func (b *bloomReader) CallContext(ctx context.Context, result any, method string, args ...any) error {
	b.into = result
	return b.Caller.CallContext(ctx, b, method, args...)
}

// UnmarshalJSON reads the header and its bloom.
func (b *bloomReader) UnmarshalJSON(data []byte) error {
	var wire *struct {
		Bloom hexutil.Bytes `json:"logsBloom"`
	}
	if err := json.Unmarshal(data, &wire); err != nil {
		return err
	}
	if b.bloom = nil; wire != nil {
		b.bloom = wire.Bloom
	}
	return json.Unmarshal(data, b.into)
}

// timed gives every request a time to be answered in.
type timed struct {
	client  node.Caller
	timeout time.Duration
}

// CallContext passes the request on.
func (t timed) CallContext(ctx context.Context, result any, method string, args ...any) error {
	ctx, cancel := context.WithTimeout(ctx, t.timeout)
	defer cancel()
	return t.client.CallContext(ctx, result, method, args...)
}
