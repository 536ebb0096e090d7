package resilience

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

// RetryOptions tunes a Retry; the zero value is good.
type RetryOptions struct {
	Attempts int           // of one request, the first included; zero means 5
	Base     time.Duration // mean of the first pause is half of it, and each next one's twice as long; zero means 100 ms
	Most     time.Duration // longest pause; zero means 5 s
	Timeout  time.Duration // of one attempt; zero means 30 s
	Budget   float64       // retries per request over time, so that a node in trouble is not drowned; zero means 0.2
}

// Retry asks again when a request may yet succeed.
type Retry struct {
	client  Caller
	options RetryOptions
	mu      sync.Mutex
	budget  float64 // retries that may be made at once
}

const mostBudget = 20

// NewRetry returns a caller that retries.
func NewRetry(client Caller, options RetryOptions) *Retry {
	options.Attempts = cmp.Or(options.Attempts, 5)
	options.Base = cmp.Or(options.Base, 100*time.Millisecond)
	options.Most = cmp.Or(options.Most, 5*time.Second)
	options.Timeout = cmp.Or(options.Timeout, 30*time.Second)
	options.Budget = cmp.Or(options.Budget, 0.2)
	return &Retry{client: client, options: options, budget: mostBudget}
}

// CallContext asks until there is an answer, a final error, no attempt or budget left, or ctx ends.
func (r *Retry) CallContext(ctx context.Context, result any, method string, args ...any) error {
	r.spend(-r.options.Budget)
	for attempt := 1; ; attempt++ {
		err := r.once(ctx, result, method, args)
		if err == nil || ctx.Err() != nil || !Retryable(err) {
			return err
		}
		if attempt >= r.options.Attempts {
			return fmt.Errorf("%w (%s, attempt %d of %d)", err, method, attempt, r.options.Attempts)
		}
		if !r.spend(1) {
			return fmt.Errorf("%w (%s, attempt %d; too many requests fail to retry each)", err, method, attempt)
		}
		if Pause(ctx, Backoff(r.options.Base, r.options.Most, attempt)) != nil {
			return err
		}
	}
}

func (r *Retry) once(ctx context.Context, result any, method string, args []any) error {
	ctx, cancel := context.WithTimeout(ctx, r.options.Timeout)
	defer cancel()
	return r.client.CallContext(ctx, result, method, args...)
}

// spend takes retries from the budget, or adds to it; false when it is used up.
func (r *Retry) spend(retries float64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.budget < retries {
		return false
	}
	r.budget = min(r.budget-retries, mostBudget)
	return true
}

// Backoff returns a random pause of at most base·2^(attempt-1), and never more than most ("full jitter").
func Backoff(base, most time.Duration, attempt int) time.Duration {
	limit := most
	if shift := attempt - 1; shift < 32 && base<<shift > 0 {
		limit = min(most, base<<shift)
	}
	return rand.N(max(limit, 1))
}

// Pause waits, or returns the context's error when it ends first.
func Pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
