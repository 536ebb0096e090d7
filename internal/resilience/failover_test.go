package resilience_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib/internal/node"
	"github.com/gaib-go/gaib/internal/resilience"
)

// server is a node whose state a test changes while the failover may look at it.
type server struct {
	name    string
	mu      sync.Mutex
	head    uint64
	latency time.Duration
	err     error
	asked   atomic.Int64
}

func (s *server) CallContext(ctx context.Context, result any, method string, args ...any) error {
	if method != "eth_blockNumber" {
		s.asked.Add(1)
	}
	s.mu.Lock()
	latency := s.latency
	s.mu.Unlock()
	if err := resilience.Pause(ctx, latency); err != nil {
		return err
	}
	s.mu.Lock()
	head, err := s.head, s.err
	s.mu.Unlock()
	if err != nil {
		return err
	}
	if method == "eth_blockNumber" {
		return says(hexOf(head)).CallContext(ctx, result, method, args...)
	}
	return says(s.name).CallContext(ctx, result, method, args...)
}

// set changes the state.
func (s *server) set(change func(s *server)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s)
}

func ask(t *testing.T, ctx context.Context, client resilience.Caller) (string, error) {
	t.Helper()
	var name string
	err := client.CallContext(ctx, &name, "name")
	return name, err
}

func TestFailover(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b, c := &server{name: "a", latency: time.Millisecond}, &server{name: "b", latency: 5 * time.Millisecond}, &server{name: "c", latency: 9 * time.Millisecond}
		client := resilience.NewFailover([]resilience.Caller{a, b, c}, resilience.FailoverOptions{CheckEvery: time.Hour})
		name := func() string {
			have, err := ask(t, t.Context(), client)
			require.NoError(t, err)
			return have
		}
		require.Equal(t, "a", name())
		a.set(func(s *server) { s.err = errors.New("connection refused") })
		for range 50 {
			require.NotEqual(t, "a", name())
		}
		require.LessOrEqual(t, a.asked.Load(), int64(5), "the circuit is broken after three failures")
		require.True(t, client.Health()[0].Resting)
		require.ErrorContains(t, client.Health()[0].Err, "refused")
		a.set(func(s *server) { s.err = nil })
		time.Sleep(time.Minute)
		for range 200 {
			_ = name()
		}
		require.Equal(t, "a", name(), "it recovers, and is the fastest")
		require.False(t, client.Health()[0].Resting)
		require.NoError(t, client.Health()[0].Err)

		// A final error is the answer; it does not make the others be asked.
		a.set(func(s *server) { s.err = reply(3, "execution reverted") })
		before := b.asked.Load() + c.asked.Load()
		_, err := ask(t, t.Context(), client)
		require.Equal(t, a.err, err)
		require.Equal(t, before, b.asked.Load()+c.asked.Load())

		a.set(func(s *server) { s.err = errors.New("connection refused") })
		b.set(func(s *server) { s.err = errors.New("503 Service Unavailable") })
		c.set(func(s *server) { s.err = errors.New("429 Too Many Requests") })
		_, err = ask(t, t.Context(), client)
		for _, one := range []error{a.err, b.err, c.err} {
			require.ErrorIs(t, err, one, "all of them failed")
		}
		require.True(t, resilience.Retryable(err))
		a.set(func(s *server) { s.err = nil })
		b.set(func(s *server) { s.err = nil })
		c.set(func(s *server) { s.err = nil })
		name() // also when all rest, one is asked

		a.set(func(s *server) { s.latency = time.Hour })
		b.set(func(s *server) { s.latency = time.Hour })
		c.set(func(s *server) { s.latency = time.Millisecond })
		started := time.Now()
		require.Equal(t, "c", name(), "who hangs is left for the next")
		require.LessOrEqual(t, time.Since(started), 21*time.Second)
		time.Sleep(time.Hour)
	})
}

func TestFailoverLeavesWhoIsBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b, c := &server{name: "a", head: 100}, &server{name: "b", head: 100, latency: 5 * time.Millisecond}, &server{name: "c", head: 1 << 60, latency: 9 * time.Millisecond}
		client := resilience.NewFailover([]resilience.Caller{a, b, c}, resilience.FailoverOptions{CheckEvery: time.Second})
		check := func() string {
			time.Sleep(2 * time.Second)
			_, err := ask(t, t.Context(), client)
			require.NoError(t, err)
			synctest.Wait()
			time.Sleep(100 * time.Millisecond)
			name, err := ask(t, t.Context(), client)
			require.NoError(t, err)
			return name
		}
		require.Equal(t, "a", check(), "the one that makes up a head does not put the others behind")
		c.set(func(s *server) { s.head = 100 })
		b.set(func(s *server) { s.head = 104 })
		c.set(func(s *server) { s.head = 104 })
		require.Equal(t, "b", check())
		require.Equal(t, uint64(104), client.Health()[1].Head)
		a.set(func(s *server) { s.head = 101 })
		for range 30 {
			check()
		}
		require.Equal(t, "a", check(), "three blocks behind are nothing")
	})
}

// Within a session the node stays the same, even when it fails; blame makes the next session look elsewhere.
func TestFailoverSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := &server{name: "a"}, &server{name: "b", latency: time.Millisecond}
		client := resilience.NewFailover([]resilience.Caller{a, b}, resilience.FailoverOptions{})
		ctx, _ := resilience.WithSession(t.Context())
		name, err := ask(t, ctx, client)
		require.NoError(t, err)
		require.Equal(t, "a", name)
		a.set(func(s *server) { s.err = errors.New("connection refused") })
		for range 3 {
			_, err = ask(t, ctx, client)
			require.Equal(t, a.err, err)
		}
		require.Zero(t, b.asked.Load())
		name, err = ask(t, t.Context(), client)
		require.NoError(t, err)
		require.Equal(t, "b", name)

		a.set(func(s *server) { s.err = nil })
		time.Sleep(time.Minute)
		ctx, session := resilience.WithSession(t.Context())
		name, err = ask(t, ctx, client)
		require.NoError(t, err)
		session.Blame(node.ErrBadAnswer)
		other, err := ask(t, t.Context(), client)
		require.NoError(t, err)
		require.NotEqual(t, name, other)

		// Many requests of a new session at once all end up at one node.
		a.set(func(s *server) { s.latency = time.Millisecond })
		for range 50 {
			time.Sleep(time.Second)
			ctx, _ := resilience.WithSession(t.Context())
			names := make(chan string, 10)
			var all sync.WaitGroup
			for range 10 {
				all.Go(func() {
					name, err := ask(t, ctx, client)
					require.NoError(t, err)
					names <- name
				})
			}
			all.Wait()
			first := <-names
			for range 9 {
				require.Equal(t, first, <-names)
			}
		}
		_, err = ask(t, t.Context(), resilience.NewFailover(nil, resilience.FailoverOptions{}))
		require.ErrorIs(t, err, resilience.ErrNoNodes)
		time.Sleep(time.Hour)
	})
}

func TestQuorum(t *testing.T) {
	ctx := t.Context()
	value := func(client resilience.Caller) (string, error) {
		var have string
		err := client.CallContext(ctx, &have, "eth_getStorage")
		return have, err
	}
	liar, down := says("0x02"), fails(errors.New("connection refused"))
	have, err := value(resilience.NewQuorum(2, says("0x01"), liar, says("0x01")))
	require.NoError(t, err)
	require.Equal(t, "0x01", have)
	have, err = value(resilience.NewQuorum(2, down, says("0x01"), says("0x01")))
	require.NoError(t, err)
	require.Equal(t, "0x01", have)
	_, err = value(resilience.NewQuorum(2, says("0x01"), liar, down))
	require.ErrorIs(t, err, resilience.ErrNoQuorum)
	_, err = value(resilience.NewQuorum(3, says("0x01"), says("0x01"), liar))
	require.ErrorIs(t, err, resilience.ErrNoQuorum)
	_, err = value(resilience.NewQuorum(2, says("0x01")))
	require.ErrorIs(t, err, resilience.ErrNoQuorum)
	_, err = value(resilience.NewQuorum(0))
	require.ErrorIs(t, err, resilience.ErrNoQuorum)

	// A revert that enough nodes give is the answer; another revert is another one.
	revert := func(data string) fake {
		return fails(&failure{data})
	}
	_, err = value(resilience.NewQuorum(2, revert("0x01"), says("0x01"), revert("0x01")))
	require.ErrorContains(t, err, "execution reverted")
	require.NotErrorIs(t, err, resilience.ErrNoQuorum)
	_, err = value(resilience.NewQuorum(2, revert("0x01"), revert("0x02")))
	require.ErrorIs(t, err, resilience.ErrNoQuorum)

	// What a node adds to a structure, and the caller does not read, is no difference.
	type read struct{ A string }
	var structure read
	require.NoError(t, resilience.NewQuorum(2, says(map[string]any{"a": "x", "more": 1}), says(map[string]any{"a": "x"})).CallContext(ctx, &structure, "x"))
	require.Equal(t, read{"x"}, structure)
	require.ErrorContains(t, resilience.NewQuorum(1, says(1)).CallContext(ctx, nil, "x"), "pointer")

	// A transaction goes to all; one that takes it is enough.
	sent := 0
	takes := fake(func(context.Context, string, []any) (any, error) { sent++; return "0xab", nil })
	var hash string
	require.NoError(t, resilience.NewQuorum(2, fails(reply(-32000, "txpool is full")), takes).CallContext(ctx, &hash, "eth_sendRawTransaction", "0x"))
	require.Equal(t, "0xab", hash)
	require.Equal(t, 1, sent)
}

type failure struct{ data string }

func (*failure) Error() string    { return "execution reverted" }
func (*failure) ErrorCode() int   { return 3 }
func (f *failure) ErrorData() any { return f.data }

// A read at a tag is one at the newest block that enough nodes have.
func TestQuorumAtATag(t *testing.T) {
	var mu sync.Mutex
	at := func(head uint64, blocks map[any]int) fake {
		return func(_ context.Context, method string, args []any) (any, error) {
			if method == "eth_getBlockByNumber" {
				return map[string]any{"number": hexOf(head), "hash": hashOf(head), "timestamp": "0x1"}, nil
			}
			mu.Lock()
			defer mu.Unlock()
			blocks[args[1]]++
			return args[1], nil
		}
	}
	for need, want := range map[int]string{1: "0x14", 2: "0x13", 3: "0xf"} {
		blocks := map[any]int{}
		var have string
		require.NoError(t, resilience.NewQuorum(need, at(19, blocks), at(15, blocks), at(20, blocks)).CallContext(t.Context(), &have, "eth_call", map[string]any{}, "latest"))
		require.Equal(t, want, have)
		mu.Lock()
		for block := range blocks {
			require.Equal(t, want, block)
		}
		mu.Unlock()
	}
	var have string
	err := resilience.NewQuorum(2, at(19, nil), fails(errors.New("connection refused"))).CallContext(t.Context(), &have, "eth_call", map[string]any{}, "latest")
	require.ErrorContains(t, err, "1 of 2 nodes know the latest block")
	require.ErrorContains(t, err, "refused")
}

func hexOf(n uint64) string { return hexutil.EncodeUint64(n) }

func hashOf(n uint64) common.Hash { return common.BytesToHash([]byte{byte(n)}) }
