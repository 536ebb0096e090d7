package resilience_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib/internal/fakenode"
	"github.com/gaib-go/gaib/internal/node"
	"github.com/gaib-go/gaib/internal/resilience"
)

// fake is a node of one function; what it returns goes through JSON.
type fake func(ctx context.Context, method string, args []any) (any, error)

func (f fake) CallContext(ctx context.Context, result any, method string, args ...any) error {
	value, err := f(ctx, method, args)
	if err != nil {
		return err
	}
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, result)
}

func says(value any) fake {
	return func(context.Context, string, []any) (any, error) { return value, nil }
}
func fails(err error) fake {
	return func(context.Context, string, []any) (any, error) { return nil, err }
}

func reply(code int, message string) error {
	return &fakenode.RPCError{Code: code, Message: message}
}

func TestClassify(t *testing.T) {
	var number int
	for _, c := range []struct {
		err       error
		want      resilience.Fault
		retryable bool
	}{
		{nil, resilience.None, false},
		{context.Canceled, resilience.Cancelled, false},
		{context.DeadlineExceeded, resilience.Timeout, true},
		{node.ErrBadAnswer, resilience.BadAnswer, true},
		{node.ErrNoBlock, resilience.Missing, true},
		{errors.New("the plan is empty"), resilience.Other, false},
		// Transport.
		{io.EOF, resilience.Network, true},
		{io.ErrUnexpectedEOF, resilience.Network, true},
		{&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, resilience.Network, true},
		{&url.Error{Op: "Post", URL: "http://127.0.0.1:1", Err: errors.New("read: connection reset by peer")}, resilience.Network, true},
		{&url.Error{Op: "Post", URL: "http://127.0.0.1:1", Err: context.DeadlineExceeded}, resilience.Timeout, true},
		{&url.Error{Op: "Post", URL: "http://127.0.0.1:1", Err: context.Canceled}, resilience.Cancelled, false},
		{errors.New("websocket: close 1006 (abnormal closure): unexpected EOF"), resilience.Network, true},
		{errors.New("400 Bad Request: "), resilience.Refused, false},
		{errors.New("401 Unauthorized: no key"), resilience.Refused, false},
		{errors.New("403 Forbidden"), resilience.Refused, false},
		{errors.New("404 Not Found: "), resilience.Refused, false},
		{errors.New("413 Request Entity Too Large: "), resilience.TooLarge, false},
		{errors.New("429 Too Many Requests: "), resilience.RateLimited, true},
		{fmt.Errorf("read block latest: %w", errors.New("429 Too Many Requests: ")), resilience.RateLimited, true},
		{errors.New("500 Internal Server Error: "), resilience.Server, true},
		{errors.New("502 Bad Gateway: <html>"), resilience.Server, true},
		{errors.New("504 Gateway Timeout: "), resilience.Timeout, true},
		{json.Unmarshal([]byte("<html>"), &number), resilience.Server, true},
		{json.Unmarshal([]byte(`{"a":`), &number), resilience.Server, true},
		{json.Unmarshal([]byte(`"x"`), &number), resilience.BadAnswer, true},
		{errors.New("JSON-RPC response has no result"), resilience.BadAnswer, true},
		// Error replies.
		{reply(3, "execution reverted"), resilience.Reverted, false},
		{reply(-32000, "execution reverted: too late"), resilience.Reverted, false},
		{reply(-32601, "the method eth_simulateV1 does not exist/is not available"), resilience.Unsupported, false},
		{reply(-32602, "invalid argument 0: hex string has length 3"), resilience.Refused, false},
		{reply(-32600, "invalid request"), resilience.Refused, false},
		{reply(-32603, "Internal error"), resilience.Server, true},
		{reply(-32000, "nonce too low: next nonce 5, tx nonce 4"), resilience.Other, false},
		{reply(-32000, "insufficient funds for gas * price + value"), resilience.Other, false},
		{reply(-32000, "already known"), resilience.Other, false},
		{reply(-32000, "replacement transaction underpriced"), resilience.Other, false},
		{reply(-32000, "header not found"), resilience.Missing, true},
		{reply(-32000, "unknown block"), resilience.Missing, true},
		{reply(-32000, "missing trie node 00ab (path ) state is not available"), resilience.Missing, true},
		{reply(-32005, "query returned more than 10000 results"), resilience.TooLarge, false},
		{reply(-32000, "exceed maximum block range: 5000"), resilience.TooLarge, false},
		{reply(-32005, "daily request count exceeded, request rate limited"), resilience.RateLimited, true},
		{reply(429, "Your app has exceeded its compute units per second capacity."), resilience.RateLimited, true},
		{reply(-32000, "Too Many Requests"), resilience.RateLimited, true},
		{reply(-32000, "execution timeout"), resilience.Timeout, true},
		{reply(-32000, "the service is temporarily overloaded"), resilience.Server, true},
	} {
		have := resilience.Classify(c.err)
		require.Equal(t, c.want, have, "%v is %s", c.err, have)
		require.Equal(t, c.retryable, resilience.Retryable(c.err), "%v", c.err)
		if c.err != nil {
			require.Equal(t, c.want, resilience.Classify(fmt.Errorf("outer: %w", c.err)), "%v, wrapped", c.err)
		}
	}
	seen := map[string]bool{}
	for fault := resilience.None; fault <= resilience.BadAnswer; fault++ {
		require.False(t, seen[fault.String()])
		seen[fault.String()] = true
	}
	require.Equal(t, "fault 99", resilience.Fault(99).String())
	require.True(t, resilience.Splittable(reply(-32000, "exceed maximum block range: 5000")))
	require.True(t, resilience.Splittable(context.DeadlineExceeded))
	require.False(t, resilience.Splittable(reply(-32005, "rate limit exceeded")), "less of it is no help")
}

func TestRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		flaky := fake(func(context.Context, string, []any) (any, error) {
			if asked++; asked < 4 {
				return nil, errors.New("connection refused")
			}
			return 7, nil
		})
		started := time.Now()
		var value int
		require.NoError(t, resilience.NewRetry(flaky, resilience.RetryOptions{}).CallContext(t.Context(), &value, "x"))
		require.Equal(t, 7, value)
		require.Equal(t, 4, asked)
		require.Positive(t, time.Since(started))
		require.Less(t, time.Since(started), 700*time.Millisecond)

		asked = -100
		err := resilience.NewRetry(flaky, resilience.RetryOptions{}).CallContext(t.Context(), &value, "x")
		require.ErrorContains(t, err, "connection refused (x, attempt 5 of 5)")
		require.Equal(t, -95, asked)

		final := errors.New("401 Unauthorized")
		require.Equal(t, final, resilience.NewRetry(fails(final), resilience.RetryOptions{}).CallContext(t.Context(), &value, "x"))

		// An attempt that hangs is given up.
		asked = 0
		hanging := fake(func(ctx context.Context, _ string, _ []any) (any, error) {
			if asked++; asked == 1 {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			return 8, nil
		})
		require.NoError(t, resilience.NewRetry(hanging, resilience.RetryOptions{Timeout: time.Second}).CallContext(t.Context(), &value, "x"))
		require.Equal(t, 8, value)

		// The end of the context ends it, also amid a pause.
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		down := errors.New("connection refused")
		require.Equal(t, down, resilience.NewRetry(fails(down), resilience.RetryOptions{Base: time.Hour, Most: time.Hour}).CallContext(ctx, &value, "x"))
	})
}

// When everything fails, the requests sent are not much more than those asked for.
func TestRetryBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		down := fake(func(context.Context, string, []any) (any, error) {
			asked++
			return nil, errors.New("connection refused")
		})
		retry := resilience.NewRetry(down, resilience.RetryOptions{})
		for range 1000 {
			require.ErrorContains(t, retry.CallContext(t.Context(), new(int), "x"), "connection refused")
		}
		require.LessOrEqual(t, asked, 1000+20+201)
		require.Greater(t, asked, 1200)
	})
}

func TestBackoff(t *testing.T) {
	for attempt := range 100 {
		most := time.Duration(0)
		for range 200 {
			pause := resilience.Backoff(time.Millisecond, time.Second, attempt+1)
			require.GreaterOrEqual(t, pause, time.Duration(0))
			most = max(most, pause)
		}
		limit := time.Second
		if attempt < 10 {
			limit = min(limit, time.Millisecond<<attempt)
		}
		require.LessOrEqual(t, most, limit)
		require.Greater(t, most, limit/2, "it uses the whole of the range")
	}
}

func TestLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var under, most atomic.Int64
		slow := fake(func(context.Context, string, []any) (any, error) {
			most.Store(max(most.Load(), under.Add(1)))
			time.Sleep(100 * time.Millisecond)
			under.Add(-1)
			return 1, nil
		})
		run := func(client *resilience.Limit, requests int) time.Duration {
			started := time.Now()
			var all sync.WaitGroup
			for range requests {
				all.Go(func() { require.NoError(t, client.CallContext(t.Context(), new(int), "x")) })
			}
			all.Wait()
			return time.Since(started)
		}
		require.Equal(t, 500*time.Millisecond, run(resilience.NewLimit(slow, resilience.LimitOptions{Concurrent: 2}), 10))
		require.Equal(t, int64(2), most.Load())
		limit := resilience.NewLimit(slow, resilience.LimitOptions{PerSecond: 10})
		require.Equal(t, 1000*time.Millisecond, run(limit, 10))
		time.Sleep(time.Hour)
		require.Equal(t, 1000*time.Millisecond, run(limit, 10), "a quiet time is not saved up")
		limit = resilience.NewLimit(slow, resilience.LimitOptions{PerSecond: 10, Burst: 5})
		require.Equal(t, 600*time.Millisecond, run(limit, 10))
		require.Equal(t, 100*time.Millisecond, run(resilience.NewLimit(slow, resilience.LimitOptions{}), 1000))

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		slowest := resilience.NewLimit(slow, resilience.LimitOptions{PerSecond: 0.001, Concurrent: 1})
		require.NoError(t, slowest.CallContext(ctx, new(int), "x"))
		go func() { _ = slowest.CallContext(ctx, new(int), "x") }()
		synctest.Wait()
		require.ErrorIs(t, slowest.CallContext(ctx, new(int), "x"), context.DeadlineExceeded, "waiting for a place")
		synctest.Wait()
	})
}

func TestObserve(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen []resilience.Observation
		hook := func(_ context.Context, one resilience.Observation) { seen = append(seen, one) }
		slow := fake(func(_ context.Context, method string, _ []any) (any, error) {
			time.Sleep(20 * time.Millisecond)
			if method == "null" {
				return nil, nil
			}
			return "0x1234", nil
		})
		client := resilience.NewObserve(slow, hook)
		var text string
		require.NoError(t, client.CallContext(t.Context(), &text, "eth_x"))
		require.Equal(t, "0x1234", text)
		var maybe *string
		require.NoError(t, client.CallContext(t.Context(), &maybe, "null"))
		require.Nil(t, maybe)
		down := errors.New("429 Too Many Requests")
		require.Equal(t, down, resilience.NewObserve(fails(down), hook).CallContext(t.Context(), &text, "eth_y"))
		require.Equal(t, []resilience.Observation{
			{Method: "eth_x", Duration: 20 * time.Millisecond, Size: 8},
			{Method: "null", Duration: 20 * time.Millisecond, Size: 4},
			{Method: "eth_y", Fault: resilience.RateLimited, Err: down},
		}, seen)
	})
}
