package multicall_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib/internal/fakenode"
	"github.com/gaib-go/gaib/internal/multicall"
	"github.com/gaib-go/gaib/internal/node"
)

var contract = common.HexToAddress("0x18F52B3fb465118731d9e0d276d4Eb3599D57596")

// blockAndIndex answers with the block it is called at and the number in its calldata.
func blockAndIndex(block uint64, data []byte) ([]byte, error) {
	return append(fakenode.Word(block), data...), nil
}

func newNode() *fakenode.Node {
	fake := fakenode.New(1)
	fake.Contracts[contract] = blockAndIndex
	return fake
}

func requests(count int) []multicall.Request {
	list := make([]multicall.Request, count)
	for i := range list {
		list[i] = multicall.Request{To: contract, Data: fakenode.Word(uint64(i))}
	}
	return list
}

func requireAnswers(t *testing.T, result multicall.Result, count int) {
	t.Helper()
	require.Len(t, result.Answers, count)
	for i, answer := range result.Answers {
		require.NoError(t, answer.Err)
		require.False(t, answer.Reverted)
		require.Equal(t, append(fakenode.Word(result.Header.Number), fakenode.Word(uint64(i))...), answer.Data, "answer %d", i)
	}
}

func count(fake *fakenode.Node, method string) (times int) {
	for _, one := range fake.Requests() {
		if one == method {
			times++
		}
	}
	return times
}

func TestOneRequest(t *testing.T) {
	for _, block := range []string{"latest", "0x3e8", fakenode.BlockHash(1000).Hex()} {
		fake := newNode()
		result, err := multicall.Run(context.Background(), fake, 1, block, requests(500))
		require.NoError(t, err)
		require.Equal(t, []string{"eth_call"}, fake.Requests())
		require.Equal(t, uint64(1), result.ChainID)
		require.Equal(t, uint64(1000), result.Header.Number)
		require.Equal(t, fakenode.Time(1000), result.Header.Time)
		require.Equal(t, fakenode.BlockHash(999), result.Header.ParentHash)
		requireAnswers(t, result, 500)
	}
}

// Whatever the node's limit, all is read at one block although the head moves on after every request.
func TestSplitStaysOnOneBlock(t *testing.T) {
	for _, most := range []int{500, 400, 130, 64, 17, 6, 5} { // four of each are the probes of the block
		t.Run(fmt.Sprint(most), func(t *testing.T) {
			fake := newNode()
			fake.MostCalls, fake.Advance = most, true
			result, err := multicall.Run(context.Background(), fake, 1, "latest", requests(500))
			require.NoError(t, err)
			requireAnswers(t, result, 500)
			require.Equal(t, fakenode.BlockHash(result.Header.Number), result.Header.Hash)
			blocks := fake.CallBlocks()
			require.Equal(t, `"latest"`, blocks[0])
			for _, block := range blocks[1:] {
				require.Contains(t, block, result.Header.Hash.Hex())
			}
			require.LessOrEqual(t, len(blocks), 1+4*(500/(most-4)+1))
		})
	}
}

// Where no aggregate of even one read is taken, every read is made alone.
func TestNodeThatTakesNoAggregate(t *testing.T) {
	fake := newNode()
	fake.MostCalls, fake.Advance = 1, true
	result, err := multicall.Run(context.Background(), fake, 1, "latest", requests(9))
	require.NoError(t, err)
	require.Equal(t, uint64(1), result.ChainID)
	requireAnswers(t, result, 9)
}

func TestWithoutMulticall(t *testing.T) {
	for _, block := range []string{"latest", "0x3e7", fakenode.BlockHash(990).Hex()} {
		fake := newNode()
		fake.NoMulticall, fake.Advance = true, true
		result, err := multicall.Run(context.Background(), fake, 1, block, requests(20))
		require.NoError(t, err)
		require.Equal(t, uint64(1), result.ChainID)
		requireAnswers(t, result, 20)
		for _, at := range fake.CallBlocks()[1:] {
			require.Contains(t, at, result.Header.Hash.Hex())
		}
	}
}

// A read that fails without data in the batch may only have found the gas used up. It is asked again alone, at the same
// block, and so is every such read after a split.
func TestFailureWithoutDataIsAskedAgain(t *testing.T) {
	for _, most := range []int{0, 8} {
		fake := newNode()
		fake.MostCalls, fake.Advance = most, true
		poor, broken := common.Address{19: 1}, common.Address{19: 2}
		var seen atomic.Int32
		fake.Contracts[poor] = func(block uint64, data []byte) ([]byte, error) {
			if seen.Add(1) <= 1 {
				return nil, fakenode.Revert(nil)
			}
			return blockAndIndex(block, data)
		}
		fake.Contracts[broken] = func(uint64, []byte) ([]byte, error) { return nil, fakenode.Revert(nil) }
		list := requests(12)
		list[3].To, list[7].To = poor, broken
		result, err := multicall.Run(context.Background(), fake, 1, "latest", list)
		require.NoError(t, err)
		require.True(t, result.Answers[7].Reverted)
		require.Empty(t, result.Answers[7].Data)
		result.Answers[7] = multicall.Answer{Data: append(fakenode.Word(result.Header.Number), fakenode.Word(7)...)}
		requireAnswers(t, result, 12)
		require.NotZero(t, result.Header.Hash)
	}
}

func TestRevertsKeepTheirData(t *testing.T) {
	fake := newNode()
	bad := common.Address{19: 1}
	fake.Contracts[bad] = func(uint64, []byte) ([]byte, error) { return nil, fakenode.Revert{1, 2, 3, 4} }
	for _, without := range []bool{false, true} {
		fake.NoMulticall = without
		list := requests(3)
		list[1].To = bad
		result, err := multicall.Run(context.Background(), fake, 1, "latest", list)
		require.NoError(t, err)
		require.True(t, result.Answers[1].Reverted)
		require.Equal(t, []byte{1, 2, 3, 4}, result.Answers[1].Data)
		require.Equal(t, without, result.Answers[1].Err != nil, "the node's reply is there when asked alone")
		require.False(t, result.Answers[0].Reverted || result.Answers[2].Reverted)
	}
}

// A node that always says it is too much must not be asked for ever.
func TestAlwaysTooMuch(t *testing.T) {
	for _, size := range []int{0, 1, 5} {
		fake := newNode()
		fake.Handle = func(method string, _ []json.RawMessage) (any, error, bool) {
			return nil, &fakenode.RPCError{Code: -32005, Message: "limit exceeded"}, method == "eth_call"
		}
		result, err := multicall.Run(context.Background(), fake, 1, "latest", requests(size))
		require.LessOrEqual(t, len(fake.Requests()), 4+4*size)
		if size == 0 {
			require.ErrorContains(t, err, "limit exceeded")
			continue
		}
		require.NoError(t, err)
		for _, answer := range result.Answers {
			require.ErrorContains(t, answer.Err, "limit exceeded")
		}
	}
}

func TestTooManyRequests(t *testing.T) {
	fake := newNode()
	_, err := multicall.Run(context.Background(), fake, 1, "latest", make([]multicall.Request, 100_001))
	require.ErrorContains(t, err, "at most 100000")
	require.Empty(t, fake.Requests())
}

// answering returns a node whose aggregate3 answers with data.
func answering(data []byte) *fakenode.Node {
	fake := newNode()
	fake.Handle = func(method string, _ []json.RawMessage) (any, error, bool) {
		return hexutil.Bytes(data), nil, method == "eth_call"
	}
	return fake
}

func good(extra ...multicall.Returned) []multicall.Returned {
	return append(extra, multicall.Returned{Success: true, ReturnData: fakenode.Word(1)}, multicall.Returned{Success: true, ReturnData: fakenode.Word(1000)},
		multicall.Returned{Success: true, ReturnData: fakenode.Word(fakenode.Time(1000))}, multicall.Returned{Success: true, ReturnData: fakenode.Word(7)})
}

func TestLyingNodes(t *testing.T) {
	one := multicall.Returned{Success: true, ReturnData: fakenode.Word(5)}
	sound := fakenode.EncodeResults(good(one))
	result, err := multicall.Run(context.Background(), answering(sound), 1, "latest", requests(1))
	require.NoError(t, err)
	require.Equal(t, fakenode.Word(5), result.Answers[0].Data)

	change := func(at int, value byte) []byte {
		data := append([]byte{}, sound...)
		data[at] = value
		return data
	}
	longTime := good(one)
	longTime[3].ReturnData = append([]byte{1}, fakenode.Word(1)[1:]...)
	shortNumber := good(one)
	shortNumber[2].ReturnData = fakenode.Word(1)[:31]
	for name, data := range map[string][]byte{
		"too few answers":         fakenode.EncodeResults(good()),
		"too many answers":        fakenode.EncodeResults(good(one, one)),
		"cut short":               sound[:len(sound)-1],
		"one word":                sound[:32],
		"three bytes":             sound[:3],
		"dirty offset":            change(0, 1),
		"huge count":              change(32, 0xff),
		"dirty success":           change(32+32+32*5, 1),
		"success of two":          change(32+32+32*5+31, 2),
		"time of 2^248":           fakenode.EncodeResults(longTime),
		"block number of 31 byte": fakenode.EncodeResults(shortNumber),
	} {
		_, err := multicall.Run(context.Background(), answering(data), 1, "latest", requests(1))
		require.ErrorIs(t, err, node.ErrBadAnswer, name)
	}
}

func TestAnswerOfAnotherBlock(t *testing.T) {
	sound := fakenode.EncodeResults(good(multicall.Returned{Success: true, ReturnData: fakenode.Word(5)}))
	_, err := multicall.Run(context.Background(), answering(sound), 1, "0x3e7", requests(1))
	require.ErrorIs(t, err, node.ErrBadAnswer, "block 1000 was answered, 999 asked for")

	// Once a read is split the hash is known, and a load balancer's other node at another block is found out.
	fake := newNode()
	fake.MostCalls = 8
	calls := atomic.Int32{}
	fake.Handle = func(method string, args []json.RawMessage) (any, error, bool) {
		if method == "eth_call" && calls.Add(1) > 2 {
			var message struct{ Data hexutil.Bytes }
			var batch multicall.Aggregate3
			if json.Unmarshal(args[0], &message) == nil && batch.Decode(message.Data) == nil && len(batch.Calls) == 7 {
				list := good(make([]multicall.Returned, 3)...)
				list[4].ReturnData = fakenode.Word(1001)
				return hexutil.Bytes(fakenode.EncodeResults(list)), nil, true
			}
		}
		return nil, nil, false
	}
	_, err = multicall.Run(context.Background(), fake, 1, "latest", requests(12))
	require.ErrorIs(t, err, node.ErrBadAnswer)
	require.ErrorContains(t, err, "answered at block 1001")
}

// Arbitrum's block.number is Ethereum's; the chain's own number comes from its precompile. Elsewhere that address is not called.
func TestArbitrum(t *testing.T) {
	arbSys := common.HexToAddress("0x64")
	fake := fakenode.New(42161)
	fake.Contracts[contract] = blockAndIndex
	fake.Contracts[arbSys] = func(_ uint64, data []byte) ([]byte, error) {
		require.Equal(t, "0xa3b1b31d", hexutil.Encode(data))
		return fakenode.Word(400_000_000), nil
	}
	result, err := multicall.Run(context.Background(), fake, 42161, "latest", requests(1))
	require.NoError(t, err)
	require.Equal(t, uint64(400_000_000), result.Header.Number)
	require.Zero(t, result.Header.ParentHash)

	delete(fake.Contracts, arbSys)
	_, err = multicall.Run(context.Background(), fake, 42161, "latest", requests(1))
	require.ErrorIs(t, err, node.ErrBadAnswer)

	other := newNode()
	other.Contracts[arbSys] = func(uint64, []byte) ([]byte, error) {
		t.Error("0x64 is called on a chain that is not an Arbitrum")
		return nil, nil
	}
	_, err = multicall.Run(context.Background(), other, 1, "latest", requests(1))
	require.NoError(t, err)
}

func TestNodeErrors(t *testing.T) {
	down := errors.New("connection refused")
	for _, method := range []string{"eth_call", "eth_getBlockByNumber", "eth_chainId"} {
		fake := newNode()
		fake.NoMulticall = true
		fake.Handle = func(asked string, _ []json.RawMessage) (any, error, bool) { return nil, down, asked == method }
		_, err := multicall.Run(context.Background(), fake, 1, "latest", requests(2))
		require.ErrorIs(t, err, down, method)
	}
	fake := newNode()
	_, err := multicall.Run(context.Background(), fake, 1, fakenode.BlockHash(2000).Hex(), requests(2))
	require.ErrorIs(t, err, node.ErrNoBlock)
}

func TestCancelled(t *testing.T) {
	for _, after := range []int{0, 1, 2, 3, 5} {
		for _, without := range []bool{false, true} {
			ctx, cancel := context.WithCancel(context.Background())
			fake := newNode()
			fake.MostCalls, fake.NoMulticall = 20, without
			var mu sync.Mutex
			asked := 0
			fake.Handle = func(string, []json.RawMessage) (any, error, bool) {
				mu.Lock()
				defer mu.Unlock()
				if asked++; asked > after {
					cancel()
					return nil, ctx.Err(), true
				}
				return nil, nil, false
			}
			_, err := multicall.Run(ctx, fake, 1, "latest", requests(200))
			require.ErrorIs(t, err, context.Canceled, "after %d requests", after)
			cancel()
		}
	}
}

// What a read costs beyond the node: the probes of the block are four calls, and Multicall3 is asked to let reads fail.
func TestWhatIsAsked(t *testing.T) {
	fake := newNode()
	fake.Handle = func(_ string, args []json.RawMessage) (any, error, bool) {
		var message struct {
			To   common.Address
			Data hexutil.Bytes
			From *common.Address
		}
		require.NoError(t, json.Unmarshal(args[0], &message))
		require.Equal(t, "0xca11bde05977b3631167028862be2a173976ca11", strings.ToLower(message.To.Hex()))
		require.Nil(t, message.From)
		var batch multicall.Aggregate3
		require.NoError(t, batch.Decode(message.Data))
		require.Len(t, batch.Calls, 3+4)
		for _, call := range batch.Calls {
			require.True(t, call.AllowFailure)
		}
		return nil, nil, false
	}
	_, err := multicall.Run(context.Background(), fake, 1, "latest", requests(3))
	require.NoError(t, err)
	require.Equal(t, 1, count(fake, "eth_call"))
}
