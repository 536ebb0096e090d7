package gaib

import (
	"context"
	"encoding/json"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"

	"github.com/gaib-go/gaib/internal/node"
)

// Client is what the library needs of a node: one JSON-RPC call. *rpc.Client of go-ethereum is a Client;
// retries, failover, limits and metrics wrap this one method.
//
// Error replies should carry ErrorCode() int and ErrorData() any, as go-ethereum's do: a contract's revert
// is in them.
type Client interface {
	CallContext(ctx context.Context, result any, method string, args ...any) error
}

// Block says at which block to read: [Latest], [Safe], [Finalized], or one made by [AtNumber] or [AtHash].
// The zero value is Latest.
type Block string

// The blocks that a node keeps a name for.
const (
	Latest    Block = "latest"
	Safe      Block = "safe"
	Finalized Block = "finalized"
)

// AtNumber is the block of a number, on whichever chain the node holds canonical.
func AtNumber(number uint64) Block { return Block(hexutil.EncodeUint64(number)) }

// AtHash is one block and no other: a read at it fails once the block has been reorganised away.
func AtHash(hash common.Hash) Block { return Block(hash.Hex()) }

// tag returns the block as node tags and numbers are written.
func (b Block) tag() string {
	if b == "" {
		return string(Latest)
	}
	return string(b)
}

// param returns the block as a parameter of eth_call and its like.
func (b Block) param() any {
	if len(b) == 2+2*common.HashLength {
		return node.HashParam{BlockHash: common.HexToHash(string(b)), RequireCanonical: true}
	}
	return b.tag()
}

// MarshalJSON writes the block as JSON-RPC takes it, a hash by EIP-1898.
func (b Block) MarshalJSON() ([]byte, error) { return json.Marshal(b.param()) }

// Header is the block that an answer is of. A read made in one request at a tag or number knows everything
// but Hash, which no contract can see; it is zero then, and ParentHash still tells the fork. Pin with [Head]
// first where the hash matters. On Arbitrum ParentHash is zero in that case too.
type Header struct {
	Number     uint64
	Hash       common.Hash
	ParentHash common.Hash
	Time       time.Time
}

// Block returns the header's block for further reads: by hash where it is known, else by number.
func (h Header) Block() Block {
	if h.Hash == (common.Hash{}) {
		return AtNumber(h.Number)
	}
	return AtHash(h.Hash)
}

// Head returns the header of a block in one request. Read at its Block() to stay on it.
func Head(ctx context.Context, client Client, block Block) (Header, error) {
	header, err := node.Head(ctx, client, block.tag())
	if err != nil {
		return Header{}, err
	}
	return newHeader(header), nil
}

func newHeader(header node.Header) Header {
	return Header{Number: header.Number, Hash: header.Hash, ParentHash: header.ParentHash, Time: time.Unix(int64(header.Time), 0).UTC()}
}

// What can be wrong with a node's answer.
var (
	// ErrBadAnswer: the node gave an answer that no honest node gives. Ask another one.
	ErrBadAnswer = node.ErrBadAnswer
	// ErrNoBlock: the node does not have the block: it is behind, has pruned it, or the block was reorganised away.
	ErrNoBlock = node.ErrNoBlock
)

// ChainID returns the id of the chain that a node is of.
func ChainID(ctx context.Context, client Client) (uint64, error) { return node.ChainID(ctx, client) }
