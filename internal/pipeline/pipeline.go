// Package pipeline runs jobs in parallel and hands on what they emit in the order of the jobs. A slow consumer
// slows the jobs down: no more of them run, and none holds more than what it is about to emit.
package pipeline

import (
	"context"
	"iter"
	"sync"
)

// Ordered runs the jobs that next gives, at most parallel of them at once, and yields what each emits: all of the first job,
// then all of the second. next is called in the consumer's goroutine, when a job is about to start. emit waits for the
// consumer, and fails once the iteration is over; run must return then, and when ctx ends.
//
// The first error, in the order of the jobs, ends the iteration. No goroutine is left when it is over.
func Ordered[J, T any](ctx context.Context, parallel int, next func() (J, bool), run func(ctx context.Context, job J, emit func(T) error) error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		var running sync.WaitGroup
		defer running.Wait()
		defer cancel()

		type task struct {
			out chan T
			err error // set before out is closed
		}
		var tasks []*task
		for more := true; ; {
			for more && len(tasks) < max(parallel, 1) {
				var job J
				if job, more = next(); !more {
					break
				}
				one := &task{out: make(chan T)}
				tasks = append(tasks, one)
				running.Go(func() {
					defer close(one.out)
					one.err = run(ctx, job, func(value T) error {
						select {
						case one.out <- value:
							return nil
						case <-ctx.Done():
							return ctx.Err()
						}
					})
				})
			}
			if len(tasks) == 0 {
				return
			}
			for value := range tasks[0].out {
				if !yield(value, nil) {
					return
				}
			}
			if err := tasks[0].err; err != nil {
				var none T
				yield(none, err)
				return
			}
			tasks = tasks[1:]
		}
	}
}
