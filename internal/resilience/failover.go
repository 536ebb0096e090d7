package resilience

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// FailoverOptions tunes a Failover; the zero value is good.
type FailoverOptions struct {
	MaxLag     uint64        // blocks that a node may be behind the others; zero means 3
	CheckEvery time.Duration // how often the nodes' heads are compared; zero means 10 s
	Failures   int           // in a row until a node is left alone; zero means 3
	Rest       time.Duration // for how long at first, doubled up to 16 times that; zero means 5 s
	Timeout    time.Duration // of one node's answer, before the next is asked; zero means 10 s
}

// Failover asks one node and, when it fails, the next.
type Failover struct {
	options  FailoverOptions
	mu       sync.Mutex
	members  []*member
	current  *member
	checked  time.Time
	checking bool
}

// member is one node; Failover.mu guards it.
type member struct {
	index    int
	client   Caller
	latency  time.Duration // moving average
	head     uint64
	failures int // in a row
	rests    int // in a row
	until    time.Time
	err      error // the last
}

// NewFailover returns a caller over nodes of one chain. It is an error to give none.
func NewFailover(nodes []Caller, options FailoverOptions) *Failover {
	options.MaxLag = cmp.Or(options.MaxLag, 3)
	options.CheckEvery = cmp.Or(options.CheckEvery, 10*time.Second)
	options.Failures = cmp.Or(options.Failures, 3)
	options.Rest = cmp.Or(options.Rest, 5*time.Second)
	options.Timeout = cmp.Or(options.Timeout, 10*time.Second)
	failover := &Failover{options: options}
	for i, client := range nodes {
		failover.members = append(failover.members, &member{index: i, client: client})
	}
	return failover
}

// ErrNoNodes says that there is no node to ask.
var ErrNoNodes = errors.New("no nodes were given")

// CallContext asks the best node, then the others, until one gives an answer or a final error. Within a session it
// asks only the node that answered first.
func (f *Failover) CallContext(ctx context.Context, result any, method string, args ...any) error {
	session := sessionOf(ctx)
	if bound := session.node(f); bound != nil {
		return f.ask(ctx, bound, result, method, args)
	}
	f.check()
	var failed error
	for _, one := range f.order() {
		err := f.ask(ctx, one, result, method, args)
		if fault := Classify(err); !fault.Retryable() || ctx.Err() != nil {
			if fault == None && session.bind(f, one) != one {
				return f.ask(ctx, session.node(f), result, method, args) // another request of the session was faster
			}
			return err
		}
		failed = errors.Join(failed, fmt.Errorf("node %d: %w", one.index+1, err))
	}
	if failed == nil {
		return ErrNoNodes
	}
	return failed
}

func (f *Failover) ask(ctx context.Context, one *member, result any, method string, args []any) error {
	started := time.Now()
	attempt, cancel := context.WithTimeout(ctx, f.options.Timeout)
	defer cancel()
	err := one.client.CallContext(attempt, result, method, args...)
	fault := Classify(err)
	if ctx.Err() != nil && fault != None {
		return err // says nothing about the node
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if one.err = err; fault.ownFault() {
		one.failures++
		if one.failures >= f.options.Failures {
			f.rest(one)
		}
		return err
	}
	one.failures, one.rests, one.until = 0, 0, time.Time{}
	one.latency += (time.Since(started) - one.latency) / 8
	return err
}

// rest leaves a node alone for a while. The caller holds mu.
func (f *Failover) rest(one *member) {
	one.until = time.Now().Add(f.options.Rest << min(one.rests, 4))
	one.rests++
	one.failures = 0
}

func (f *Failover) blame(one *member, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	one.err = err
	f.rest(one)
}
