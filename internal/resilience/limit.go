package resilience

import (
	"context"
	"sync"
	"time"
)

// LimitOptions says how much a node may be asked; zero is no limit.
type LimitOptions struct {
	PerSecond  float64 // requests started in a second
	Burst      int     // requests that may start at once after a quiet time; zero means one
	Concurrent int     // requests under way at once
}

// Limit holds requests back.
type Limit struct {
	client Caller
	every  time.Duration // between requests
	ahead  time.Duration // how far a burst may run ahead
	places chan struct{}

	mu   sync.Mutex
	next time.Time // when the next request is due
}

// NewLimit returns a caller that holds requests back.
func NewLimit(client Caller, options LimitOptions) *Limit {
	limit := &Limit{client: client}
	if options.PerSecond > 0 {
		limit.every = time.Duration(float64(time.Second) / options.PerSecond)
		limit.ahead = time.Duration(max(options.Burst, 1)-1) * limit.every
	}
	if options.Concurrent > 0 {
		limit.places = make(chan struct{}, options.Concurrent)
	}
	return limit
}

// CallContext asks when the request is due and a place is free, or returns the context's error.
func (l *Limit) CallContext(ctx context.Context, result any, method string, args ...any) error {
	if l.places != nil {
		select {
		case l.places <- struct{}{}:
			defer func() { <-l.places }()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if wait := l.due(); wait > 0 {
		if err := Pause(ctx, wait); err != nil {
			return err
		}
	}
	return l.client.CallContext(ctx, result, method, args...)
}

// due takes the next turn and returns how long it is until then.
func (l *Limit) due() time.Duration {
	if l.every <= 0 {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if earliest := now.Add(-l.ahead); l.next.Before(earliest) {
		l.next = earliest
	}
	wait := l.next.Sub(now)
	l.next = l.next.Add(l.every)
	return wait
}
