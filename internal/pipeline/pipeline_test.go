package pipeline_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib/internal/pipeline"
)

func count(to int) func() (int, bool) {
	next := 0
	return func() (int, bool) { next++; return next - 1, next <= to }
}

// Jobs that take random times and emit random many values come out in their order, with no more of them under way than allowed.
func TestOrder(t *testing.T) {
	for _, parallel := range []int{-1, 0, 1, 3, 50} {
		synctest.Test(t, func(t *testing.T) {
			var under, most atomic.Int64
			job := func(ctx context.Context, job int, emit func([2]int) error) error {
				random := rand.New(rand.NewPCG(uint64(job), 1))
				most.Store(max(most.Load(), under.Add(1)))
				defer under.Add(-1)
				for i := range random.IntN(4) {
					time.Sleep(time.Duration(random.IntN(1000)))
					if err := emit([2]int{job, i}); err != nil {
						return err
					}
				}
				return nil
			}
			var have, want [][2]int
			for value, err := range pipeline.Ordered(t.Context(), parallel, count(100), job) {
				require.NoError(t, err)
				have = append(have, value)
			}
			for i := range 100 {
				for j := range rand.New(rand.NewPCG(uint64(i), 1)).IntN(4) {
					want = append(want, [2]int{i, j})
				}
			}
			require.Equal(t, want, have)
			require.LessOrEqual(t, most.Load(), int64(max(parallel, 1)))
			require.GreaterOrEqual(t, most.Load(), int64(min(max(parallel, 1), 3)))
		})
	}
}

// The first error in the order of the jobs is the one; what came before it is given, and nothing runs on. synctest fails
// the test for a goroutine that is left.
func TestErrorAndStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		late, early := errors.New("late"), errors.New("early")
		var started atomic.Int64
		job := func(ctx context.Context, job int, emit func(int) error) error {
			started.Add(1)
			switch job {
			case 5:
				time.Sleep(time.Second)
				return early
			case 6:
				return late
			}
			return emit(job)
		}
		var have []int
		var last error
		for value, err := range pipeline.Ordered(t.Context(), 4, count(1000), job) {
			if last = err; err == nil {
				have = append(have, value)
			}
		}
		require.Equal(t, early, last)
		require.Equal(t, []int{0, 1, 2, 3, 4}, have)
		require.LessOrEqual(t, started.Load(), int64(9))

		for value := range pipeline.Ordered(t.Context(), 4, count(1000), func(ctx context.Context, job int, emit func(int) error) error { return emit(job) }) {
			if value == 10 {
				break
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		last = nil
		for _, err := range pipeline.Ordered(ctx, 4, count(1000), func(ctx context.Context, job int, emit func(int) error) error {
			if job == 2 {
				cancel()
				<-ctx.Done()
				return ctx.Err()
			}
			return emit(job)
		}) {
			last = err
		}
		require.ErrorIs(t, last, context.Canceled)
	})
}
