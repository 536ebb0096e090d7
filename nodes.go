package gaib

import (
	"context"
	"time"

	"github.com/gaib-go/gaib/internal/node"
	"github.com/gaib-go/gaib/internal/resilience"
)

// Fault is a kind of failure of a request to a node. Its String is a word or two, for a metric's label.
type Fault = resilience.Fault

// The kinds of failure; from [RateLimited] on the same request may succeed later or at another node.
const (
	NoFault     = resilience.None        // success
	OtherFault  = resilience.Other       // no known kind, such as a transaction with a wrong nonce
	Cancelled   = resilience.Cancelled   // the caller's context was cancelled
	Reverted    = resilience.Reverted    // a contract reverted
	Unsupported = resilience.Unsupported // the node does not have the method
	Refused     = resilience.Refused     // a key, permission or form that the node does not accept
	TooLarge    = resilience.TooLarge    // a smaller request may succeed
	RateLimited = resilience.RateLimited // too many requests
	TimedOut    = resilience.Timeout     // no answer in time
	NetworkLost = resilience.Network     // a connection that was refused or broke
	ServerError = resilience.Server      // the node, or a proxy before it, failed inside
	Missing     = resilience.Missing     // the node does not have the block or its state, see ErrNoBlock
	BadAnswer   = resilience.BadAnswer   // an answer that cannot be right, see ErrBadAnswer
)

// FaultOf returns the kind of an error of this library or of a client; NoFault for nil.
func FaultOf(err error) Fault { return resilience.Classify(err) }

// Retryable tells whether the same request may succeed later or at another node. A revert, a wrong argument, a wrong
// chain, or a context that was cancelled is final.
func Retryable(err error) bool { return resilience.Retryable(err) }

// RetryOptions tunes [Retry]; the zero value is good.
type RetryOptions struct {
	Attempts int           // of one request, the first included; zero means 5
	Base     time.Duration // most of the first pause, doubled for each next one; zero means 100 ms
	Most     time.Duration // most of any pause; zero means 5 s
	Timeout  time.Duration // of one attempt; zero means 30 s
	Budget   float64       // retries per request in the long run, so that a node in trouble is not drowned; zero means 0.2
}

// Retry returns a client that asks again after a retryable failure, see [Retryable]. It pauses for a random time between zero and
// a limit that doubles. Up to 20 retries may be made at once, beyond that the budget counts.
func Retry(client Client, options RetryOptions) Client {
	return resilience.NewRetry(client, resilience.RetryOptions(options))
}

// LimitOptions says how much [Limit] lets through; zero is no limit.
type LimitOptions struct {
	PerSecond  float64 // requests started in a second
	Burst      int     // requests that may start at once after a quiet time; zero means one
	Concurrent int     // requests under way at once
}

// Limit returns a client that holds requests back; one that waits gives up when its context ends.
func Limit(client Client, options LimitOptions) Client {
	return resilience.NewLimit(client, resilience.LimitOptions(options))
}

// Observation is one request that is over.
type Observation struct {
	Method   string
	Duration time.Duration
	Size     int   // of the result, in bytes of JSON; zero when there was none
	Fault    Fault // NoFault for success
	Err      error
}

// Observe returns a client that reports every request to a hook, in the goroutine of the request. Outside of [Retry] it sees
// requests, inside attempts. The package examples/observe has hooks for log/slog and OpenTelemetry.
func Observe(client Client, hook func(context.Context, Observation)) Client {
	return resilience.NewObserve(client, func(ctx context.Context, one resilience.Observation) { hook(ctx, Observation(one)) })
}

// FailoverOptions tunes [Failover]; the zero value is good.
type FailoverOptions struct {
	MaxLag     uint64        // blocks that a node may be behind the others; zero means 3
	CheckEvery time.Duration // how often the nodes' heads are compared; zero means 10 s
	Failures   int           // in a row until a node is left alone; zero means 3
	Rest       time.Duration // for how long at first, doubled up to 16 times that; zero means 5 s
	Timeout    time.Duration // of one node's answer, before the next is asked; zero means 10 s
}

// FailoverClient is a client over several nodes, see [Failover].
type FailoverClient struct{ failover *resilience.Failover }

// Failover returns a client that asks the best of several nodes of one chain and, after a retryable failure, the others. The
// best is one that is not failing and not behind; among those the fastest, with some loyalty to the one in use.
//
// Requests of one [Follow] step go to one node, and so do those of a context made by [OneNode]. A [Read] that
// takes more than one request is pinned by block hash, so that it cannot mix blocks either.
func Failover(options FailoverOptions, nodes ...Client) *FailoverClient {
	return &FailoverClient{resilience.NewFailover(callers(nodes), resilience.FailoverOptions(options))}
}

// CallContext makes one request.
func (c *FailoverClient) CallContext(ctx context.Context, result any, method string, args ...any) error {
	return c.failover.CallContext(ctx, result, method, args...)
}

// NodeHealth is what is known of one node.
type NodeHealth struct {
	Head    uint64        // when it was last asked
	Latency time.Duration // of its answers, a moving average
	Resting bool          // it failed and is left alone for now
	Err     error         // its last failure, nil after a success
}

// Health returns what is known of each node, in the order they were given.
func (c *FailoverClient) Health() []NodeHealth {
	var health []NodeHealth
	for _, one := range c.failover.Health() {
		health = append(health, NodeHealth(one))
	}
	return health
}

// OneNode returns a context whose requests all go to one node of a [Failover]: that which answers the first. When it
// fails they fail, rather than go on with a node that may be at another block.
func OneNode(ctx context.Context) context.Context {
	ctx, _ = resilience.WithSession(ctx)
	return ctx
}

// ErrNoQuorum: too few nodes gave the same answer. Do not act on it; ask again or other nodes.
var ErrNoQuorum = resilience.ErrNoQuorum

// Quorum returns a client that asks all of several nodes and believes what need of them say alike: for reads that money
// depends on. A read at a tag is one at the newest block that so many nodes have. An error that so many give is the answer
// too. A raw transaction goes to all nodes, and one that takes it is enough.
func Quorum(need int, nodes ...Client) Client { return resilience.NewQuorum(need, callers(nodes)...) }

func callers(nodes []Client) []node.Caller {
	callers := make([]node.Caller, len(nodes))
	for i, one := range nodes {
		callers[i] = one
	}
	return callers
}
