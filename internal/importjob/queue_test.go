package importjob

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/time/rate"
)

// queue admits requests at a rate, first come first served. Like the client, it has at
// most one reservation at a time, so who gives up leaves no trace.
type queue struct {
	turn    chan struct{}
	limiter *rate.Limiter
}

func newQueue(perSecond int) *queue {
	return &queue{turn: make(chan struct{}, 1), limiter: rate.NewLimiter(rate.Limit(perSecond), perSecond)}
}

func (q *queue) admit(ctx context.Context) error {
	select {
	case q.turn <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { <-q.turn }()
	return q.limiter.Wait(ctx)
}

// TestManyWaitsShareTheRateLimit checks whether waits time out falsely, because their last
// polls wait for the rate limit. The imports end within two minutes before the deadline.
func TestManyWaitsShareTheRateLimit(t *testing.T) {
	t.Parallel()
	const (
		perSecond = 10
		timeout   = 30 * minute
		latency   = 200 * time.Millisecond
	)
	for _, waits := range []int{
		perSecond * 30 * 9 / 10, // 0.9 of what the rate admits in the longest pause
		1500,
		3000,
	} {
		bubble(t, fmt.Sprint(waits), func(t *testing.T) {
			q := newQueue(perSecond)
			began := time.Now()
			var (
				wg               sync.WaitGroup
				requests         atomic.Int64
				timeouts, queued atomic.Int64
			)
			for n := range waits {
				end := timeout - time.Duration(n)*2*minute/time.Duration(waits)
				source := Source{Read: func(ctx context.Context) (Job, error) {
					number := requests.Add(1)
					if err := sleep(ctx, latency); err != nil {
						return Job{}, err
					}
					job := Job{Progress: Progress{State: StateImporting}, TotalRows: &number}
					if time.Since(began) >= end {
						job.State = StateCompleted
					}
					return job, nil
				}}
				wg.Go(func() {
					job, err := Wait(t.Context(), source, WaitOptions{Limits: Limits{Timeout: timeout, Admit: q.admit}})
					if err == nil {
						if took := time.Since(began); job.State != StateCompleted || took < end {
							t.Errorf("ended after %s with %q, but the import takes %s", took, job.State, end)
						}
						return
					}
					var e *Error
					if !errors.As(err, &e) || e.Outcome != TimedOut || e.Elapsed < timeout {
						t.Errorf("error %+v, want a timeout", err)
						return
					}
					timeouts.Add(1)
					if e.Queued {
						queued.Add(1)
					}
				})
			}
			wg.Wait()
			t.Logf("%d waits: %d timed out falsely, after %d requests", waits, timeouts.Load(), requests.Load())
			if timeouts.Load() != queued.Load() {
				t.Errorf("%d waits timed out falsely, but only %d say that they were queued", timeouts.Load(), queued.Load())
			}
			if waits <= perSecond*30 && timeouts.Load() > 0 {
				t.Errorf("%d of %d waits timed out falsely", timeouts.Load(), waits)
			}
		})
	}
}
