package logscan_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib/internal/fakenode"
	"github.com/gaib-go/gaib/internal/logscan"
	"github.com/gaib-go/gaib/internal/node"
)

var (
	token    = common.HexToAddress("0x18F52B3fb465118731d9e0d276d4Eb3599D57596")
	transfer = common.HexToHash("0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef")
	filter   = logscan.Filter{Addresses: []common.Address{token}, Topics: [][]common.Hash{{transfer}}}
)

func logAt(block, index uint64) fakenode.Log {
	return fakenode.Log{Address: token, Topics: []common.Hash{transfer}, Block: block, Index: index}
}

func scan(ctx context.Context, client node.Caller, from, to uint64) (logs []logscan.Log, err error) {
	next := from
	for part, failed := range scanner(client, filter).Scan(ctx, from, to) {
		if failed != nil {
			return logs, failed
		}
		if part.From != next || part.To < part.From {
			return logs, fmt.Errorf("a range from %d to %d follows block %d", part.From, part.To, next-1)
		}
		next = part.To + 1
		logs = append(logs, part.Logs...)
	}
	return logs, nil
}

func scanner(client node.Caller, filter logscan.Filter) logscan.Scanner {
	return logscan.Scanner{Client: client, Filter: filter, Span: logscan.NewSpan()}
}

func TestNothingIsLostOrTwice(t *testing.T) {
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 1))
		fake := fakenode.New(1)
		from := random.Uint64N(1000)
		to := from + random.Uint64N(60_000)
		most := 0 // logs in one block
		for block := from; block <= to; block += 1 + random.Uint64N(1+random.Uint64N(2000)) {
			size := random.IntN(4)
			for index := range size {
				fake.Logs = append(fake.Logs, logAt(block, uint64(index)))
			}
			most = max(most, size)
		}
		fake.Logs = append(fake.Logs, logAt(to+1, 0), fakenode.Log{Address: common.Address{1}, Topics: []common.Hash{transfer}, Block: from})
		fake.MostBlocks = random.Uint64N(5000)
		if random.IntN(2) == 0 {
			fake.MostLogs = max(1, most+random.IntN(50))
		}
		logs, err := scan(context.Background(), fake, from, to)
		require.NoError(t, err, "seed %d", seed)
		want := fake.Logs[:len(fake.Logs)-2]
		require.Len(t, logs, len(want), "seed %d", seed)
		for i, log := range logs {
			require.Equal(t, want[i].Block, log.BlockNumber)
			require.Equal(t, want[i].Index, log.Index)
			require.Equal(t, fakenode.BlockHash(log.BlockNumber), log.BlockHash)
			require.Equal(t, fakenode.Time(log.BlockNumber), log.BlockTime)
			require.Equal(t, token, log.Address)
		}
	}
}

// requests scans a million blocks and returns how many requests that took.
func requests(t *testing.T, fake *fakenode.Node) int {
	t.Helper()
	logs, err := scan(context.Background(), fake, 1, 1_000_000)
	require.NoError(t, err)
	require.Len(t, logs, len(fake.Logs))
	return len(fake.Requests())
}

// A node with a fixed cap on blocks is asked little more often than one who knew the cap would.
func TestLearnsACapOnBlocks(t *testing.T) {
	for _, most := range []uint64{500, 1000, 2000, 3000, 10_000, 50_000, 99_999} {
		fake := fakenode.New(1)
		fake.MostBlocks = most
		least := int(999_999/most) + 1
		have := requests(t, fake)
		t.Logf("cap of %d blocks: %d requests, %d at least", most, have, least)
		require.LessOrEqual(t, have, least+least/4+16, "cap of %d", most)
	}
	require.LessOrEqual(t, requests(t, fakenode.New(1)), 8, "a node without limits")
}

// So is one with a cap on results, whose logs are spread evenly.
func TestLearnsACapOnResults(t *testing.T) {
	for _, most := range []int{10, 100, 1000} {
		fake := fakenode.New(1)
		fake.MostLogs = most
		for block := uint64(100); block <= 1_000_000; block += 100 {
			fake.Logs = append(fake.Logs, logAt(block, 0))
		}
		least := 10_000 / most
		have := requests(t, fake)
		t.Logf("cap of %d results: %d requests, %d at least", most, have, least)
		require.LessOrEqual(t, have, least+least/3+16, "cap of %d", most)
	}
}

// A node that would give everything at once is asked for less, so that a reply stays small.
func TestRepliesStaySmall(t *testing.T) {
	fake := fakenode.New(1)
	for block := range uint64(30_000) {
		fake.Logs = append(fake.Logs, logAt(block, 0), logAt(block, 1))
	}
	total := 0
	for part, err := range scanner(fake, filter).Scan(context.Background(), 0, 29_999) {
		require.NoError(t, err)
		require.True(t, part.From == 0 || len(part.Logs) <= 4096, "blocks %d to %d: %d logs", part.From, part.To, len(part.Logs))
		total += len(part.Logs)
	}
	require.Equal(t, 60_000, total)
}

func TestOneBlockTooLarge(t *testing.T) {
	fake := fakenode.New(1)
	fake.MostLogs = 2
	fake.Logs = []fakenode.Log{logAt(3, 0), logAt(7, 0), logAt(7, 1), logAt(7, 2), logAt(9, 0)}
	logs, err := scan(context.Background(), fake, 0, 20)
	require.ErrorContains(t, err, "blocks 7 to 7")
	require.ErrorContains(t, err, "more than 2 results")
	require.Len(t, logs, 1, "what came before the block is given")
	require.LessOrEqual(t, len(fake.Requests()), 12)
}

func TestLyingNodes(t *testing.T) {
	change := func(key string, value any) map[string]any {
		log := logAt(5, 1).JSON()
		log[key] = value
		return log
	}
	for name, answer := range map[string]any{
		"before the range":   []any{logAt(4, 0).JSON()},
		"after the range":    []any{logAt(11, 0).JSON()},
		"blocks unordered":   []any{logAt(6, 0).JSON(), logAt(5, 0).JSON()},
		"indices unordered":  []any{logAt(6, 1).JSON(), logAt(6, 0).JSON()},
		"twice":              []any{logAt(6, 1).JSON(), logAt(6, 1).JSON()},
		"two hashes":         []any{logAt(5, 0).JSON(), change("blockHash", common.Hash{1})},
		"removed":            []any{change("removed", true)},
		"pending, no number": []any{change("blockNumber", nil)},
		"pending, no hash":   []any{change("blockHash", nil)},
		"another contract":   []any{change("address", common.Address{1})},
		"another event":      []any{change("topics", []common.Hash{{1}})},
		"no topics":          []any{change("topics", []common.Hash{})},
		"null":               nil,
	} {
		t.Run(name, func(t *testing.T) {
			fake := fakenode.New(1)
			fake.Handle = func(string, []json.RawMessage) (any, error, bool) { return answer, nil, true }
			logs, err := scan(context.Background(), fake, 5, 10)
			require.ErrorIs(t, err, node.ErrBadAnswer)
			require.Empty(t, logs)
			require.Len(t, fake.Requests(), 1)
		})
	}
	for _, answer := range []string{`7`, `{}`, `[7]`, `[{"topics":7}]`, `[{"data":"0xz"}]`, `[{"blockNumber":"0x10000000000000000"}]`} {
		fake := fakenode.New(1)
		fake.Handle = func(string, []json.RawMessage) (any, error, bool) { return json.RawMessage(answer), nil, true }
		_, err := scan(context.Background(), fake, 5, 10)
		require.Error(t, err, answer)
	}
}

func TestEarlyBreakStops(t *testing.T) {
	fake := fakenode.New(1)
	fake.MostBlocks = 10
	for block := range uint64(100) {
		fake.Logs = append(fake.Logs, logAt(block, 0))
	}
	for range scanner(fake, filter).Scan(context.Background(), 0, 99) {
		break
	}
	after := len(fake.Requests())
	require.LessOrEqual(t, after, 6)
}

// An error after some blocks leaves only whole blocks behind.
func TestErrorAfterWholeBlocks(t *testing.T) {
	fake := fakenode.New(1)
	fake.MostBlocks = 10
	for block := range uint64(100) {
		fake.Logs = append(fake.Logs, logAt(block, 0), logAt(block, 1))
	}
	down := errors.New("connection refused")
	asked := 0
	fake.Handle = func(string, []json.RawMessage) (any, error, bool) {
		asked++
		return nil, down, asked > 12
	}
	logs, err := scan(context.Background(), fake, 0, 99)
	require.ErrorIs(t, err, down)
	require.NotEmpty(t, logs)
	require.Zero(t, len(logs)%2)
	require.ErrorContains(t, err, fmt.Sprintf("blocks %d to", logs[len(logs)-1].BlockNumber+1))
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	fake := fakenode.New(1)
	fake.MostBlocks = 10
	fake.Handle = func(string, []json.RawMessage) (any, error, bool) {
		cancel()
		return nil, errors.New("request timed out"), true // reads as a limit too
	}
	_, err := scan(ctx, fake, 0, 1000)
	require.Error(t, err)
	require.Len(t, fake.Requests(), 1)
}

func TestRangesAtTheEdges(t *testing.T) {
	for _, c := range []struct{ from, to uint64 }{{0, 0}, {5, 5}, {math.MaxUint64, math.MaxUint64}, {math.MaxUint64 - 5, math.MaxUint64}, {0, 9999}, {0, 10_000}} {
		fake := fakenode.New(1)
		fake.Logs = []fakenode.Log{logAt(c.from, 0), logAt(c.to, 1)}
		logs, err := scan(context.Background(), fake, c.from, c.to)
		require.NoError(t, err)
		require.Len(t, logs, 2)
		require.LessOrEqual(t, len(fake.Requests()), 2)
	}
	fake := fakenode.New(1)
	logs, err := scan(context.Background(), fake, 6, 5)
	require.NoError(t, err)
	require.Empty(t, logs)
	require.Empty(t, fake.Requests())
}

// What is sent: hex numbers, and null where a topic may be anything.
func TestWireFilter(t *testing.T) {
	fake := fakenode.New(1)
	fake.Handle = func(method string, args []json.RawMessage) (any, error, bool) {
		require.Equal(t, "eth_getLogs", method)
		require.JSONEq(t, `{"fromBlock":"0x5","toBlock":"0xa","address":["0x18f52b3fb465118731d9e0d276d4eb3599d57596"],
			"topics":[["`+transfer.Hex()+`"],null,["`+common.Hash{1}.Hex()+`","`+common.Hash{2}.Hex()+`"]]}`, string(args[0]))
		return []any{}, nil, true
	}
	wide := logscan.Filter{Addresses: filter.Addresses, Topics: [][]common.Hash{{transfer}, nil, {{1}, {2}}}}
	for part := range scanner(fake, wide).Scan(context.Background(), 5, 10) {
		require.Empty(t, part.Logs)
	}
	require.Len(t, fake.Requests(), 1)
}

func TestMatches(t *testing.T) {
	wide := logscan.Filter{Addresses: []common.Address{token}, Topics: [][]common.Hash{{transfer}, nil, {{1}, {2}}}}
	require.True(t, wide.Matches(token, []common.Hash{transfer, {9}, {2}}))
	require.True(t, wide.Matches(token, []common.Hash{transfer, {9}, {1}, {7}}))
	require.False(t, wide.Matches(token, []common.Hash{transfer, {9}, {3}}))
	require.False(t, wide.Matches(token, []common.Hash{transfer, {9}}), "the third topic is asked for and missing")
	require.False(t, wide.Matches(common.Address{1}, []common.Hash{transfer, {9}, {2}}))
	require.False(t, wide.Matches(token, nil))
	require.True(t, logscan.Filter{}.Matches(token, nil))
}
