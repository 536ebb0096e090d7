package resilience

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/gaib-go/gaib/internal/node"
)

// Health is what a Failover knows of one node.
type Health struct {
	Head    uint64        // when it was last asked
	Latency time.Duration // of its answers, a moving average
	Resting bool          // it failed and is left alone for now
	Err     error         // its last failure, nil after a success
}

// order returns the nodes to ask, best first: those not resting before those that are, those with the others'
// head before those behind, then by latency, where the node in use stays unless another is twice as fast.
func (f *Failover) order() []*member {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now()
	heads := make([]uint64, 0, len(f.members))
	for _, one := range f.members {
		if one.head > 0 {
			heads = append(heads, one.head)
		}
	}
	var common uint64 // the upper median: one node that makes up a head does not put the others behind
	if slices.Sort(heads); len(heads) > 0 {
		common = heads[len(heads)/2]
	}
	rank := func(one *member) (rank int) {
		if one.until.After(now) {
			rank += 2
		}
		if one.head > 0 && one.head+f.options.MaxLag < common {
			rank++
		}
		return rank
	}
	weight := func(one *member) time.Duration {
		if one == f.current {
			return one.latency / 2
		}
		return one.latency
	}
	order := slices.Clone(f.members)
	slices.SortStableFunc(order, func(a, b *member) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(weight(a), weight(b)))
	})
	if len(order) > 0 {
		f.current = order[0]
	}
	return order
}

// check compares the nodes' heads in the background when that is due. What it starts ends by itself soon.
func (f *Failover) check() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.checking || len(f.members) < 2 || time.Since(f.checked) < f.options.CheckEvery {
		return
	}
	f.checking = true
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), min(f.options.CheckEvery, 2*time.Second))
		defer cancel()
		var all sync.WaitGroup
		for _, one := range f.members {
			all.Go(func() {
				number, err := node.Quantity(ctx, one.client, "eth_blockNumber")
				f.mu.Lock()
				defer f.mu.Unlock()
				if err == nil {
					one.head = number
				} else if Classify(err).ownFault() {
					one.err = err
				}
			})
		}
		all.Wait()
		f.mu.Lock()
		defer f.mu.Unlock()
		f.checking, f.checked = false, time.Now()
	}()
}

// Health returns what is known of each node, in the order they were given.
func (f *Failover) Health() []Health {
	f.mu.Lock()
	defer f.mu.Unlock()
	health := make([]Health, len(f.members))
	for i, one := range f.members {
		health[i] = Health{Head: one.head, Latency: one.latency, Resting: one.until.After(time.Now()), Err: one.err}
	}
	return health
}
