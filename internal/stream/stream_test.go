package stream_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib/internal/fakechain"
	"github.com/gaib-go/gaib/internal/fakenode"
	"github.com/gaib-go/gaib/internal/logscan"
	"github.com/gaib-go/gaib/internal/node"
	"github.com/gaib-go/gaib/internal/stream"
)

var (
	token    = common.HexToAddress("0x18F52B3fb465118731d9e0d276d4Eb3599D57596")
	other    = common.HexToAddress("0x00000000000000000000000000000000000000aa")
	transfer = common.HexToHash("0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef")
)

func event(n uint64) fakechain.Log {
	return fakechain.Log{Address: token, Topics: []common.Hash{transfer}, Data: fakenode.Word(n)}
}

func noise(n uint64) fakechain.Log {
	return fakechain.Log{Address: other, Topics: []common.Hash{transfer}, Data: fakenode.Word(n)}
}

func config(client node.Caller) stream.Config {
	return stream.Config{
		Client: client, CheckChain: func(uint64) error { return nil }, Head: "latest",
		Filter: &logscan.Filter{Addresses: []common.Address{token}, Topics: [][]common.Hash{{transfer}}}, Wanted: func(*logscan.Log) bool { return true },
		Window: 48, Parallel: 3, Poll: time.Millisecond, Timeout: 5 * time.Second, Patience: 5 * time.Second, TrustBloom: true,
	}
}

// ledger is a consumer that keeps what it was told, and fails the test for what cannot be.
type ledger struct {
	t      testing.TB
	blocks []stream.Step // that stand
	cursor stream.Cursor
	undone int
}

func (l *ledger) apply(step stream.Step) {
	l.t.Helper()
	if step.Undo {
		l.undone++
		require.NotEmpty(l.t, l.blocks, "undo of block %d, which was never given", step.Number)
		last := l.blocks[len(l.blocks)-1]
		require.Equal(l.t, last.Number, step.Number, "undo goes from the newest")
		require.Equal(l.t, last.Hash, step.Hash)
		if !step.Forgotten {
			require.Equal(l.t, data(last.Logs), data(step.Logs), "undo gives the logs of the block")
		}
		l.blocks = l.blocks[:len(l.blocks)-1]
	} else {
		if len(l.blocks) > 0 {
			require.Greater(l.t, step.Number, l.blocks[len(l.blocks)-1].Number, "blocks come in order and once")
		}
		l.blocks = append(l.blocks, step)
	}
	l.cursor = step.Cursor
}

func data(logs []logscan.Log) (all []string) {
	for _, log := range logs {
		all = append(all, string(log.Data))
	}
	return all
}

// requireSame demands that the ledger holds the chain's events from a block on and nothing else.
func (l *ledger) requireSame(chain *fakechain.Chain, from uint64, about ...any) {
	l.t.Helper()
	at := 0
	for _, block := range chain.Canonical() {
		var want []string
		for _, log := range block.Logs {
			if log.Address == token {
				want = append(want, string(log.Data))
			}
		}
		if block.Number < from || len(want) == 0 {
			continue
		}
		require.Less(l.t, at, len(l.blocks), about...)
		require.Equal(l.t, block.Number, l.blocks[at].Number, about...)
		require.Equal(l.t, block.Hash, l.blocks[at].Hash, about...)
		require.Equal(l.t, want, data(l.blocks[at].Logs), about...)
		at++
	}
	require.Len(l.t, l.blocks, at, about...)
}

// run follows until the stream has been at the chain's head, or stop says so; it returns how the stream ended.
func (l *ledger) run(ctx context.Context, config stream.Config, chain *fakechain.Chain, stop func() bool) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	config.Cursor = l.cursor
	reached := false
	config.Progress = func(p stream.Progress) {
		if l.cursor = p.Cursor; p.Cursor.Hash() == chain.Head().Hash {
			reached = true
			cancel()
		}
	}
	for step, err := range stream.Follow(ctx, config) {
		if err != nil {
			if reached {
				return nil
			}
			return err
		}
		if l.apply(step); stop != nil && stop() {
			return nil
		}
	}
	return nil
}

// grow makes random blocks, reorganisations among them.
func grow(random *rand.Rand, chain *fakechain.Chain, depth int) {
	logs := func() (logs []fakechain.Log) {
		for range random.IntN(4) {
			if random.IntN(3) == 0 {
				logs = append(logs, noise(random.Uint64()))
			} else {
				logs = append(logs, event(random.Uint64()))
			}
		}
		if random.IntN(2) == 0 {
			return nil
		}
		return logs
	}
	if depth > 0 && random.IntN(4) == 0 {
		undone := 1 + random.IntN(depth)
		blocks := make([][]fakechain.Log, max(1, undone+random.IntN(5)-2)) // the other branch may be shorter
		for i := range blocks {
			blocks[i] = logs()
		}
		chain.Reorg(undone, blocks...)
		return
	}
	for range random.IntN(5) {
		chain.Add(logs()...)
	}
}

// The chain grows and reorganises at any moment, also between two requests of a step; the node fails in many ways; the
// consumer stops anywhere and goes on from its cursor. What stands in the end is what is on the chain.
func TestNothingIsLostOrTwice(t *testing.T) {
	undone, restarts, failures := 0, 0, 0
	for seed := range uint64(100) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 7))
			chain := fakechain.New(1)
			for range random.IntN(60) {
				grow(random, chain, 0)
			}
			config := config(chain)
			config.From = random.Uint64N(chain.Head().Number + 5)
			config.Patience = time.Hour
			var mu sync.Mutex
			changes, faulty := 60, seed%2 == 1
			chain.Before = func(context.Context, string, []json.RawMessage) error {
				mu.Lock()
				defer mu.Unlock()
				if faulty && random.IntN(8) == 0 {
					failures++
					return faults[random.IntN(len(faults))]
				}
				if changes > 0 && random.IntN(8) == 0 {
					grow(random, chain, 10)
					if changes--; changes == 0 { // the branch that wins is longer in the end
						for range 20 {
							chain.Add(event(random.Uint64()))
						}
					}
					if random.IntN(5) == 0 {
						chain.Forget()
					}
				}
				return nil
			}
			l := &ledger{t: t}
			for stops := random.IntN(12); ; {
				require.NoError(t, l.run(t.Context(), config, chain, func() bool {
					mu.Lock()
					defer mu.Unlock()
					if stops > 0 && random.IntN(4) == 0 {
						stops--
						restarts++
						return true
					}
					return false
				}), "seed %d", seed)
				mu.Lock()
				over := changes == 0
				if !over {
					chain.Add()
				}
				mu.Unlock()
				if over && l.cursor.Hash() == chain.Head().Hash {
					break
				}
				// The text is all that is kept.
				cursor, err := stream.ParseCursor(l.cursor.String())
				require.NoError(t, err)
				require.Equal(t, l.cursor, cursor)
				l.cursor = cursor
			}
			l.requireSame(chain, config.From, "seed %d", seed)
			undone += l.undone
		})
	}
	t.Logf("%d blocks undone, %d restarts, %d failures", undone, restarts, failures)
	require.Greater(t, undone, 300)
	require.Greater(t, restarts, 300)
	require.Greater(t, failures, 1000)
}

var faults = []error{
	errors.New("dial tcp: connection refused"), io.ErrUnexpectedEOF, errors.New("429 Too Many Requests: slow down"), errors.New("503 Service Unavailable: "),
	errors.New("invalid character '<' looking for beginning of value"), context.DeadlineExceeded, node.ErrBadAnswer,
	&fakenode.RPCError{Code: -32000, Message: "header not found"}, &fakenode.RPCError{Code: -32000, Message: "missing trie node"},
	&fakenode.RPCError{Code: -32005, Message: "rate limit exceeded"}, &fakenode.RPCError{Code: -32603, Message: "Internal error"},
}

// follow collects steps until there are so many, or the stream ends.
func follow(ctx context.Context, config stream.Config, count int) (steps []stream.Step, err error) {
	for step, err := range stream.Follow(ctx, config) {
		if err != nil {
			return steps, err
		}
		if steps = append(steps, step); len(steps) == count {
			break
		}
	}
	return steps, nil
}

func numbers(steps []stream.Step) (numbers []int) {
	for _, step := range steps {
		number := int(step.Number)
		if step.Undo {
			number = -number
		}
		numbers = append(numbers, number)
	}
	return numbers
}

func chainOf(blocks ...[]fakechain.Log) *fakechain.Chain {
	chain := fakechain.New(1)
	for _, logs := range blocks {
		chain.Add(logs...)
	}
	return chain
}

func logs(n ...uint64) (logs []fakechain.Log) {
	for _, one := range n {
		logs = append(logs, event(one))
	}
	return logs
}

func TestReorgIsUndoneNewestFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chain := chainOf(logs(1), nil, logs(2, 3), logs(4))
		config := config(chain)
		var steps []stream.Step
		for step, err := range stream.Follow(t.Context(), config) {
			require.NoError(t, err)
			if steps = append(steps, step); len(steps) == 3 {
				chain.Reorg(3, logs(5), nil, logs(6), nil)
			} else if len(steps) == 7 {
				break
			}
		}
		require.Equal(t, []int{1, 3, 4, -4, -3, 2, 4}, numbers(steps))
		require.Equal(t, steps[1].Hash, steps[4].Hash)
		require.Equal(t, data(steps[1].Logs), data(steps[4].Logs))
		require.Len(t, steps[4].Logs, 2)
		require.Equal(t, chain.Canonical()[2].Hash, steps[5].Hash)
		require.Equal(t, chain.Canonical()[2].Time, steps[5].Time)
		require.Equal(t, uint64(5), steps[5].Head)
	})
}

// After a restart the undone block's logs are read again, while a node has them; later it is told that they are not known.
func TestReorgDuringARestart(t *testing.T) {
	for _, forget := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			chain := chainOf(logs(1), nil, logs(2, 3), logs(4))
			config := config(chain)
			steps, err := follow(t.Context(), config, 3)
			require.NoError(t, err)
			old := steps[1]
			config.Cursor = steps[2].Cursor
			chain.Reorg(3, logs(5), nil, logs(6), nil)
			if forget {
				chain.Forget()
			}
			steps, err = follow(t.Context(), config, 4)
			require.NoError(t, err)
			require.Equal(t, []int{-4, -3, 2, 4}, numbers(steps))
			require.Equal(t, old.Hash, steps[1].Hash)
			require.Equal(t, forget, steps[1].Forgotten)
			if !forget {
				require.Equal(t, data(old.Logs), data(steps[1].Logs))
			}
			// Stopping amid the undoing goes on with the rest of it.
			config.Cursor = steps[0].Cursor
			steps, err = follow(t.Context(), config, 3)
			require.NoError(t, err)
			require.Equal(t, []int{-3, 2, 4}, numbers(steps))
		})
	}
}

func TestDeepReorg(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chain := fakechain.New(1)
		for n := range uint64(100) {
			chain.Add(event(n))
		}
		config := config(chain)
		config.Window = 8
		config.From = 50
		count := 0
		var last error
		for step, err := range stream.Follow(t.Context(), config) {
			if err != nil {
				last = err
				continue
			}
			require.False(t, step.Undo, "nothing is undone when not all can be")
			if count++; count == 51 {
				chain.Reorg(20, make([][]fakechain.Log, 30)...)
			}
		}
		require.Equal(t, 51, count)
		var deep *stream.ReorgError
		require.ErrorAs(t, last, &deep)
		require.ErrorIs(t, last, stream.ErrDeepReorg)
		require.Equal(t, uint64(92), deep.Number)
		require.Equal(t, uint64(8), deep.Window)
	})
}

func TestEveryBlock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chain := fakechain.New(1)
		for range 100 {
			chain.Add()
		}
		config := config(chain)
		config.EveryBlock, config.Window = true, 5
		steps, err := follow(t.Context(), config, 5)
		require.NoError(t, err)
		require.Equal(t, []int{96, 97, 98, 99, 100}, numbers(steps), "from when it has caught up")
		config.Filter = nil
		config.Cursor = steps[4].Cursor
		chain.Reorg(2, nil, nil, nil)
		steps, err = follow(t.Context(), config, 5)
		require.NoError(t, err)
		require.Equal(t, []int{-100, -99, 99, 100, 101}, numbers(steps))
		require.False(t, steps[0].Forgotten, "it is known that there were no logs")
		config.From, config.Cursor = 0, stream.Cursor{}
		steps, err = follow(t.Context(), config, 1)
		require.NoError(t, err)
		require.Equal(t, []int{97}, numbers(steps))
	})
}

func TestConfirmationsAndTags(t *testing.T) {
	for name, c := range map[string]struct {
		head          string
		confirmations uint64
		last          int
	}{"3 confirmations": {"latest", 3, 97}, "safe": {"safe", 0, 68}, "finalized": {"finalized", 0, 36}, "finalized and more": {"finalized", 6, 30}} {
		synctest.Test(t, func(t *testing.T) {
			chain := fakechain.New(1)
			for n := range uint64(100) {
				chain.Add(event(n))
			}
			config := config(chain)
			config.Head, config.Confirmations = c.head, c.confirmations
			steps, err := follow(t.Context(), config, c.last)
			require.NoError(t, err)
			require.Equal(t, c.last, int(steps[c.last-1].Number), name)
			require.Equal(t, c.last, int(steps[c.last-1].Head), name)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			config.Cursor = steps[c.last-1].Cursor
			steps, err = follow(ctx, config, 1)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.Empty(t, steps, name)
		})
	}
	synctest.Test(t, func(t *testing.T) {
		config := config(chainOf(logs(1), logs(2)))
		config.Confirmations = 3
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		steps, err := follow(ctx, config, 1)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Empty(t, steps, "not even the first block is that deep")
	})
}

func TestWake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chain := chainOf(logs(1))
		wake := make(chan struct{}, 1)
		config := config(chain)
		config.Poll, config.Wake = time.Hour, wake
		started := time.Now()
		next, stop := iter.Pull2(stream.Follow(t.Context(), config))
		defer stop()
		_, err, _ := next()
		require.NoError(t, err)
		chain.Add(event(2))
		wake <- struct{}{}
		step, err, _ := next()
		require.NoError(t, err)
		require.Equal(t, uint64(2), step.Number)
		require.Zero(t, time.Since(started))
		close(wake)
		before := chain.Requests()
		go func() {
			time.Sleep(90 * time.Minute)
			chain.Add(event(3))
		}()
		_, err, _ = next()
		require.NoError(t, err)
		require.Equal(t, 2*time.Hour, time.Since(started), "a closed channel wakes once")
		require.Less(t, chain.Requests()-before, 12)
	})
}

func TestCursorsThatCannotBeUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chain := fakechain.New(1)
		for n := range uint64(100) {
			chain.Add(event(n))
		}
		config := config(chain)
		steps, err := follow(t.Context(), config, 100)
		require.NoError(t, err)
		config.Cursor = steps[99].Cursor

		younger := fakechain.New(1)
		younger.Add(event(1))
		config.Client = younger
		_, err = follow(t.Context(), config, 1)
		var bad *stream.CursorError
		require.ErrorAs(t, err, &bad)
		require.ErrorIs(t, err, stream.ErrFutureCursor)
		require.Equal(t, uint64(100), bad.Number)
		require.Equal(t, uint64(1), bad.Head)

		for range 200 {
			younger.Add()
		}
		_, err = follow(t.Context(), config, 1)
		require.ErrorIs(t, err, stream.ErrDeepReorg, "another chain of the same id")
	})
}

// A node that falls behind is waited for; nothing is undone for it.
func TestStaleNode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chain := chainOf(logs(1), logs(2), logs(3), logs(4))
		var stale atomic.Uint64
		config := config(lagging{chain, &stale})
		config.Poll = time.Second
		next, stop := iter.Pull2(stream.Follow(t.Context(), config))
		defer stop()
		for range 4 {
			step, err, _ := next()
			require.NoError(t, err)
			require.False(t, step.Undo)
		}
		stale.Store(3)
		go func() {
			time.Sleep(time.Minute)
			chain.Add(event(5))
			time.Sleep(time.Minute)
			stale.Store(0)
		}()
		started := time.Now()
		step, err, _ := next()
		require.NoError(t, err)
		require.False(t, step.Undo)
		require.Equal(t, uint64(5), step.Number)
		require.GreaterOrEqual(t, time.Since(started), 2*time.Minute)
	})
}

// lagging gives an older block for the head.
type lagging struct {
	*fakechain.Chain
	by *atomic.Uint64
}

func (l lagging) CallContext(ctx context.Context, result any, method string, args ...any) error {
	if method == "eth_getBlockByNumber" && args[0] == "latest" {
		args = []any{hexutil.EncodeUint64(l.Head().Number - l.by.Load()), false}
	}
	return l.Chain.CallContext(ctx, result, method, args...)
}

func TestPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chain := chainOf(logs(1))
		down := errors.New("connection refused")
		chain.Before = func(context.Context, string, []json.RawMessage) error { return down }
		config := config(chain)
		config.Patience = time.Minute
		started := time.Now()
		_, err := follow(t.Context(), config, 1)
		require.ErrorIs(t, err, down)
		require.ErrorContains(t, err, "nothing went well for")
		require.InDelta(t, time.Minute.Seconds(), time.Since(started).Seconds(), 15)

		config.Patience = -1
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Hour)
		defer cancel()
		_, err = follow(ctx, config, 1)
		require.ErrorIs(t, err, context.DeadlineExceeded)

		for _, final := range []error{errors.New("401 Unauthorized: key"), &fakenode.RPCError{Code: -32601, Message: "no such method"}, &fakenode.RPCError{Code: -32602, Message: "invalid params"}} {
			asked := 0
			chain.Before = func(context.Context, string, []json.RawMessage) error { asked++; return final }
			_, err = follow(t.Context(), config, 1)
			require.ErrorIs(t, err, final)
			require.Equal(t, 1, asked)
		}
	})
}

// A request without an answer is given up, and the stream goes on.
func TestNodeThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chain := chainOf(logs(1), logs(2))
		var asked atomic.Int64
		chain.Before = func(ctx context.Context, _ string, _ []json.RawMessage) error {
			if n := asked.Add(1); n%3 == 0 && n < 20 {
				<-ctx.Done()
				return ctx.Err()
			}
			return nil
		}
		config := config(chain)
		config.Patience = time.Minute
		steps, err := follow(t.Context(), config, 2)
		require.NoError(t, err)
		require.Equal(t, []int{1, 2}, numbers(steps))
	})
}

func TestBloom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chain := chainOf(logs(1), logs(2))
		empty := 0
		client := altered{chain, func(method string, result any) {
			if method == "eth_getLogs" && empty < 2 {
				empty++
				_ = json.Unmarshal([]byte("[]"), result)
			}
		}}
		config := config(client)
		config.Parallel, config.From = 1, 1
		steps, err := follow(t.Context(), config, 1)
		require.NoError(t, err)
		require.Equal(t, []int{2}, numbers(steps), "block 1 was denied twice, and believed")
		empty = 1
		config.From = 2
		steps, err = follow(t.Context(), config, 1)
		require.NoError(t, err)
		require.Equal(t, []int{2}, numbers(steps), "the bloom showed that the first answer lacked something")

		// A log that the bloom excludes is not believed.
		lie := chainOf(logs(1))
		lie.Canonical()[1].Bloom = logscan.Bloom{}
		lie.Canonical()[1].Bloom.Add(other, nil)
		config.Client, config.From, config.Patience = lie, 0, time.Minute
		_, err = follow(t.Context(), config, 1)
		require.ErrorIs(t, err, node.ErrBadAnswer)
		require.ErrorContains(t, err, "bloom excludes")
		config.TrustBloom = false
		steps, err = follow(t.Context(), config, 1)
		require.NoError(t, err)
		require.Len(t, steps, 1)
		config.TrustBloom = true
		lie.Canonical()[1].Bloom = logscan.Bloom{} // a chain without blooms
		steps, err = follow(t.Context(), config, 1)
		require.NoError(t, err)
		require.Len(t, steps, 1)
	})
}

// altered changes results after they were read.
type altered struct {
	*fakechain.Chain
	change func(method string, result any)
}

func (a altered) CallContext(ctx context.Context, result any, method string, args ...any) error {
	err := a.Chain.CallContext(ctx, result, method, args...)
	if err == nil {
		a.change(method, result)
	}
	return err
}

// While the consumer works, only so many replies are fetched as may be under way at once.
func TestSlowConsumer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chain := fakechain.New(1)
		for n := range uint64(600) {
			chain.Add(event(n))
		}
		small := limited{chain, 10}
		config := config(small)
		next, stop := iter.Pull2(stream.Follow(t.Context(), config))
		defer stop()
		for range 100 {
			_, err, _ := next()
			require.NoError(t, err)
		}
		synctest.Wait()
		before := chain.Requests()
		time.Sleep(time.Hour)
		require.Equal(t, before, chain.Requests(), "nothing is fetched ahead without end")
		require.Less(t, before, 90)
	})
}

// limited refuses ranges of more than so many blocks.
type limited struct {
	*fakechain.Chain
	most uint64
}

func (l limited) CallContext(ctx context.Context, result any, method string, args ...any) error {
	if method == "eth_getLogs" {
		var filter struct{ FromBlock, ToBlock *hexutil.Uint64 }
		text, _ := json.Marshal(args[0])
		if json.Unmarshal(text, &filter) == nil && filter.FromBlock != nil && uint64(*filter.ToBlock-*filter.FromBlock) >= l.most {
			return &fakenode.RPCError{Code: -32000, Message: "exceed maximum block range"}
		}
	}
	return l.Chain.CallContext(ctx, result, method, args...)
}

// A node that has the head but not yet the past, as one of several behind one address can be, loses nothing.
func TestRangeOfANodeThatIsBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chain, slow := fakechain.New(1), fakechain.New(1)
		for n := range uint64(200) {
			chain.Add(event(n))
			if n < 100 {
				slow.Add(event(n)) // the same logs, other hashes: only used for ranges
			}
		}
		requests := 0
		client := clientFunc(func(ctx context.Context, result any, method string, args ...any) error {
			if requests++; requests > 2 && requests < 12 && (method == "eth_getLogs" || args[0] != "latest") {
				return slow.CallContext(ctx, result, method, args...)
			}
			return chain.CallContext(ctx, result, method, args...)
		})
		config := config(client)
		config.From = 120
		config.Parallel = 1
		steps, err := follow(t.Context(), config, 81)
		require.NoError(t, err)
		require.Equal(t, 120, int(steps[0].Number))
		require.Equal(t, 200, int(steps[80].Number))
	})
}

type clientFunc func(ctx context.Context, result any, method string, args ...any) error

func (f clientFunc) CallContext(ctx context.Context, result any, method string, args ...any) error {
	return f(ctx, result, method, args...)
}

// A consumer's panic leaves no goroutine behind either; synctest would tell.
func TestPanickingConsumer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chain := fakechain.New(1)
		for n := range uint64(300) {
			chain.Add(event(n))
		}
		require.PanicsWithValue(t, "consumer", func() {
			for range stream.Follow(t.Context(), config(limited{chain, 7})) {
				panic("consumer")
			}
		})
	})
}
