package node_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib/internal/fakenode"
	"github.com/gaib-go/gaib/internal/node"
)

// answering returns a node that answers everything with one JSON text.
func answering(text string) *fakenode.Node {
	fake := fakenode.New(1)
	fake.Handle = func(string, []json.RawMessage) (any, error, bool) { return json.RawMessage(text), nil, true }
	return fake
}

// failing returns a node that answers everything with an error.
func failing(err error) *fakenode.Node {
	fake := fakenode.New(1)
	fake.Handle = func(string, []json.RawMessage) (any, error, bool) { return nil, err, true }
	return fake
}

func TestHead(t *testing.T) {
	ctx, fake := context.Background(), fakenode.New(1)
	for _, block := range []string{"latest", "0x3e8", fakenode.BlockHash(1000).Hex()} {
		header, err := node.Head(ctx, fake, block)
		require.NoError(t, err)
		require.Equal(t, uint64(1000), header.Number)
		require.Equal(t, fakenode.BlockHash(1000), header.Hash)
		require.Equal(t, fakenode.BlockHash(999), header.ParentHash)
		require.Equal(t, fakenode.Time(1000), header.Time)
	}
	require.Equal(t, []string{"eth_getBlockByNumber", "eth_getBlockByNumber", "eth_getBlockByHash"}, fake.Requests())

	_, err := node.Head(ctx, fake, "0x3e9")
	require.ErrorIs(t, err, node.ErrNoBlock)
	_, err = node.Head(ctx, failing(&fakenode.RPCError{Code: -39001, Message: "finalized block not found"}), "finalized")
	require.ErrorIs(t, err, node.ErrNoBlock)

	good, err := json.Marshal(fakenode.Block(1000))
	require.NoError(t, err)
	for name, c := range map[string]struct{ block, answer string }{
		"another number":   {"0x3e7", string(good)},
		"another hash":     {fakenode.BlockHash(7).Hex(), string(good)},
		"no number":        {"latest", `{"hash":"` + fakenode.BlockHash(1).Hex() + `","timestamp":"0x1"}`},
		"no hash, pending": {"latest", `{"number":"0x1","hash":null,"timestamp":"0x1"}`},
		"no time":          {"latest", `{"number":"0x1","hash":"` + fakenode.BlockHash(1).Hex() + `"}`},
		"empty object":     {"latest", `{}`},
	} {
		_, err := node.Head(ctx, answering(c.answer), c.block)
		require.ErrorIs(t, err, node.ErrBadAnswer, name)
	}
	for _, answer := range []string{`7`, `"0x1"`, `{"number":"0x10000000000000000"}`, `{"number":-1}`, `[]`} {
		_, err := node.Head(ctx, answering(answer), "latest")
		require.Error(t, err, answer)
	}
}

func TestNullIsNoNumber(t *testing.T) {
	_, err := node.ChainID(context.Background(), answering("null"))
	require.ErrorIs(t, err, node.ErrBadAnswer)
	_, err = node.Quantity(context.Background(), answering("null"), "eth_getTransactionCount")
	require.ErrorIs(t, err, node.ErrBadAnswer)
	_, err = node.Call(context.Background(), answering("null"), node.CallMsg{}, "latest")
	require.ErrorIs(t, err, node.ErrBadAnswer)
	id, err := node.ChainID(context.Background(), answering(`"0xa4b1"`))
	require.NoError(t, err)
	require.Equal(t, uint64(42161), id)
}

func TestStorage(t *testing.T) {
	for text, want := range map[string]common.Hash{
		`"0x"`:   {},
		`"0x0"`:  {},
		`"0x1"`:  {31: 1},
		`"0x12"`: {31: 0x12},
		`"0x00000000000000000000000018f52b3fb465118731d9e0d276d4eb3599d57596"`: common.HexToHash("0x18F52B3fb465118731d9e0d276d4Eb3599D57596"),
	} {
		have, err := node.Storage(context.Background(), answering(text), common.Address{}, common.Hash{}, "latest")
		require.NoError(t, err, text)
		require.Equal(t, want, have)
	}
	for _, text := range []string{`null`, `7`, `""`, `"1"`, `"0xzz"`, `"0x` + common.Hash{}.Hex()[2:] + `00"`, `{}`} {
		_, err := node.Storage(context.Background(), answering(text), common.Address{}, common.Hash{}, "latest")
		require.ErrorIs(t, err, node.ErrBadAnswer, text)
	}
}

// Every node family has its own words for a block that it does not have; these are recorded from running ones, but for the last two.
func TestNoBlock(t *testing.T) {
	ctx := context.Background()
	for _, text := range []string{
		"header not found", "header for hash not found", "Resource not found", "BlockOutOfRangeError: block height is 1 but requested was 65535",
		"Received invalid block tag 65535. Latest block number is 1", "unknown block", "missing trie node 0a1b (path ) state 0x0a1b is not available",
	} {
		fake := failing(&fakenode.RPCError{Code: -32000, Message: text})
		_, err := node.Call(ctx, fake, node.CallMsg{}, "0xffff")
		require.ErrorIs(t, err, node.ErrNoBlock, text)
		_, err = node.Code(ctx, fake, common.Address{}, "0xffff")
		require.ErrorIs(t, err, node.ErrNoBlock, text)
		_, err = node.Storage(ctx, fake, common.Address{}, common.Hash{}, "0xffff")
		require.ErrorIs(t, err, node.ErrNoBlock, text)
		var reply *fakenode.RPCError
		require.ErrorAs(t, err, &reply, "the node's own reply stays in the error")
	}
	refused := errors.New("connection refused")
	_, err := node.Call(ctx, failing(refused), node.CallMsg{}, "latest")
	require.Equal(t, refused, err)
}

func TestWireFormOfACall(t *testing.T) {
	to := common.HexToAddress("0x18F52B3fb465118731d9e0d276d4Eb3599D57596")
	text, err := json.Marshal(node.CallMsg{To: &to, Data: hexutil.Bytes{1, 2}})
	require.NoError(t, err)
	require.JSONEq(t, `{"to":"0x18f52b3fb465118731d9e0d276d4eb3599d57596","data":"0x0102"}`, string(text))
	text, err = json.Marshal(node.HashParam{BlockHash: common.Hash{31: 1}, RequireCanonical: true})
	require.NoError(t, err)
	require.JSONEq(t, `{"blockHash":"0x0000000000000000000000000000000000000000000000000000000000000001","requireCanonical":true}`, string(text))
}
