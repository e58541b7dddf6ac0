package importjob

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestWaitsOnOneJobShareResults(t *testing.T) {
	t.Parallel()
	requests := func(t *testing.T, waits int) (n int) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			s := newSlowService(completesAfter(time.Hour))
			p := NewPoller(s.open, 0)
			var wg sync.WaitGroup
			for range waits {
				wg.Go(func() {
					job, err := p.Wait(t.Context(), ID{}, WaitOptions{Timeout: 2 * time.Hour})
					late := time.Since(s.start) - time.Hour
					if err != nil || job.State != StateCompleted || late > 32*time.Second {
						t.Errorf("Wait() = %+v, %v, %s after completion, want completed within 32s", job, err, late)
					}
				})
			}
			wg.Wait()
			n = s.requests[ID{}]
			if len(p.jobs) != 0 {
				t.Errorf("poller still holds %d jobs, want 0", len(p.jobs))
			}
		})
		return n
	}
	// The wait with the most jitter sends the requests of all: up to 10 % more.
	if one, many := requests(t, 1), requests(t, 200); many > one*115/100 {
		t.Errorf("200 waits sent %d requests, want at most 15 %% more than the %d of one wait", many, one)
	}
}

func TestWaitsOnDifferentJobsShareNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSlowService(completesAfter(time.Minute))
		p := NewPoller(s.open, 0)
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				if _, err := p.Wait(t.Context(), ID{JobID: fmt.Sprint(i)}, WaitOptions{Timeout: time.Hour}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if len(s.requests) != 20 {
			t.Errorf("polled %d jobs, want 20", len(s.requests))
		}
	})
}

func TestLateWaitPollsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSlowService(completesAfter(time.Hour))
		p := NewPoller(s.open, 0)
		go func() {
			_, _ = p.Wait(t.Context(), ID{}, WaitOptions{Timeout: 2 * time.Hour, PollInterval: 30 * time.Minute})
		}()
		<-time.After(time.Hour + time.Second)
		began := time.Now()
		_, err := p.Wait(t.Context(), ID{}, WaitOptions{Timeout: time.Hour})
		if took := time.Since(began); err != nil || took > 2*time.Second {
			t.Errorf("error = %v after %s, want completed within 2s", err, took)
		}
	})
}

func TestConcurrentReadsShareOneRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSlowService(completesAfter(0))
		p := NewPoller(s.open, 0)
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				if job, err := p.Read(t.Context(), ID{}, time.Minute); err != nil || job.State != StateCompleted {
					t.Errorf("Read() = %+v, %v, want a completed job", job, err)
				}
			})
		}
		wg.Wait()
		if n := s.requests[ID{}]; n != 1 {
			t.Errorf("sent %d requests, want 1", n)
		}
	})
}

func TestConcurrentWaitsShareError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSlowService(func(time.Duration) (Job, error) { return Job{}, errPermanent })
		p := NewPoller(s.open, 0)
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				if _, err := p.Wait(t.Context(), ID{}, WaitOptions{Timeout: time.Minute}); !errors.Is(err, errPermanent) {
					t.Errorf("error = %v, want %v", err, errPermanent)
				}
			})
		}
		wg.Wait()
		if n := s.requests[ID{}]; n != 1 {
			t.Errorf("sent %d requests, want 1", n)
		}
	})
}

// TestEndOfOneWaitDoesNotCancelOthers ends the wait that sent the request which the
// others have joined.
func TestEndOfOneWaitDoesNotCancelOthers(t *testing.T) {
	t.Parallel()
	for name, limit := range map[string]func(context.Context) (context.Context, context.CancelFunc, time.Duration){
		"cancelled": func(ctx context.Context) (context.Context, context.CancelFunc, time.Duration) {
			ctx, cancel := context.WithTimeoutCause(ctx, 500*time.Millisecond, errors.New("cancelled"))
			return ctx, cancel, time.Hour
		},
		"timed out": func(ctx context.Context) (context.Context, context.CancelFunc, time.Duration) {
			return ctx, func() {}, 500 * time.Millisecond
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newSlowService(completesAfter(0))
				p := NewPoller(s.open, 0)
				ctx, cancel, timeout := limit(t.Context())
				defer cancel()
				var wg sync.WaitGroup
				wg.Go(func() {
					if _, err := p.Wait(ctx, ID{}, WaitOptions{Timeout: timeout}); err == nil {
						t.Error("the wait that ended early has no error")
					}
				})
				synctest.Wait()
				for range 3 {
					wg.Go(func() {
						if _, err := p.Wait(t.Context(), ID{}, WaitOptions{Timeout: time.Hour}); err != nil {
							t.Error(err)
						}
					})
				}
				wg.Wait()
				if n := s.requests[ID{}]; n != 1 {
					t.Errorf("sent %d requests, want 1", n)
				}
			})
		})
	}
}

func TestRequestWithoutWaitersIsCancelled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var cancelled atomic.Int32
		p := newTestPoller(readerFunc(func(ctx context.Context) (Job, error) {
			<-ctx.Done()
			cancelled.Add(1)
			return Job{}, ctx.Err()
		}), 0)
		// Each read sends its own request, since the one before is cancelled.
		for range 3 {
			if _, err := p.Read(t.Context(), ID{}, time.Second); asError(t, err).Outcome != TimedOut {
				t.Errorf("error = %v, want TimedOut", err)
			}
		}
		synctest.Wait()
		if n := cancelled.Load(); n != 3 {
			t.Errorf("%d requests were cancelled, want 3", n)
		}
	})
}

// The tests below check that other reads and waits of the same job do not change the
// outcome of a read or wait.

func TestThrottledReadDoesNotEndWait(t *testing.T) {
	t.Parallel()
	for name, retryAfter := range map[string]time.Duration{
		"short Retry-After":                10 * time.Second,
		"Retry-After longer than the read": 3 * time.Minute,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newFakeService(400*time.Millisecond, func(elapsed time.Duration) (Job, error) {
					if elapsed < time.Second {
						return Job{}, rateLimited(retryAfter)
					}
					return completesAfter(5 * time.Minute)(elapsed)
				})
				p := s.poller(4)
				var wg sync.WaitGroup
				wg.Go(func() {
					_, err := p.Read(t.Context(), ID{}, 5*time.Second)
					if e := asError(t, err); e.Outcome != RequestFailed || asTransient(err).RetryAfter != retryAfter {
						t.Errorf("read: error = %+v, want RequestFailed with a Retry-After of %s", e, retryAfter)
					}
				})
				<-time.After(100 * time.Millisecond)
				if _, err := p.Wait(t.Context(), ID{}, WaitOptions{Timeout: 45 * time.Minute}); err != nil {
					t.Errorf("wait: %v", err)
				}
				wg.Wait()
			})
		})
	}
}

// TestResultEndsRetryAfterOfOtherWait: the longer wait pauses for the whole Retry-After,
// the shorter one only until its deadline.
func TestResultEndsRetryAfterOfOtherWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var throttled atomic.Bool
		s := newFakeService(100*time.Millisecond, func(elapsed time.Duration) (Job, error) {
			if elapsed > 2*time.Minute && !throttled.Swap(true) {
				return Job{}, &TransientError{Err: errors.New("HTTP 503"), Kind: Unavailable, RetryAfter: 20 * time.Minute}
			}
			return completesAfter(5 * time.Minute)(elapsed)
		})
		p := s.poller(4)
		var wg sync.WaitGroup
		for _, timeout := range []time.Duration{2 * time.Hour, 10 * time.Minute} {
			wg.Go(func() {
				_, err := p.Wait(t.Context(), ID{}, WaitOptions{Timeout: timeout})
				if took := time.Since(s.start); err != nil || took > 11*time.Minute {
					t.Errorf("wait of %s: error = %v after %s, want completed within 11m", timeout, err, took)
				}
			})
		}
		wg.Wait()
	})
}

func TestErrorOfEarlierRequestDoesNotCount(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const recovers = 16800 * time.Millisecond
		// The last retry of the read is in flight when the service recovers, and fails.
		s := newFakeService(400*time.Millisecond, func(elapsed time.Duration) (Job, error) {
			if elapsed < recovers {
				return Job{}, errUnavailable
			}
			return Job{State: StateCompleted}, nil
		})
		p := s.poller(4)
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := p.Read(t.Context(), ID{}, time.Minute); !errors.Is(err, errUnavailable) {
				t.Errorf("read: error = %v, want %v", err, errUnavailable)
			}
		})
		<-time.After(recovers)
		if _, err := p.Wait(t.Context(), ID{}, WaitOptions{Timeout: time.Hour}); err != nil {
			t.Errorf("wait: %v", err)
		}
		wg.Wait()
	})
}

func TestReadReportsErrorOfThrottledService(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newFakeService(400*time.Millisecond, func(time.Duration) (Job, error) {
			return Job{}, rateLimited(10 * time.Second)
		})
		p := s.poller(4)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = p.Wait(ctx, ID{}, WaitOptions{Timeout: time.Hour}) })
		<-time.After(100 * time.Millisecond)
		_, err := p.Read(t.Context(), ID{}, 5*time.Second)
		if err == nil || !strings.Contains(err.Error(), "HTTP 429") {
			t.Errorf("error = %v, want HTTP 429", err)
		}
		cancel()
		wg.Wait()
	})
}

func TestReadReturnsFreshResult(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newFakeService(3*time.Second, completesAfter(time.Second))
		p := s.poller(0)
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = p.Wait(t.Context(), ID{}, WaitOptions{Timeout: time.Hour}) })
		<-time.After(2 * time.Second) // the request in flight was sent before the import completed
		if job, err := p.Read(t.Context(), ID{}, time.Minute); err != nil || job.State != StateCompleted {
			t.Errorf("Read() = %+v, %v, want a completed job", job, err)
		}
		wg.Wait()
	})
}

func TestWaitDoesNotQueueBehindSlowRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var requests atomic.Int32
		p := newTestPoller(readerFunc(func(ctx context.Context) (Job, error) {
			if requests.Add(1) == 1 {
				<-ctx.Done()
				return Job{}, ctx.Err()
			}
			return Job{State: StateCompleted}, nil
		}), 0)
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = p.Wait(t.Context(), ID{}, WaitOptions{Timeout: time.Hour}) })
		<-time.After(100 * time.Millisecond)
		began := time.Now()
		_, err := p.Wait(t.Context(), ID{}, WaitOptions{Timeout: time.Hour})
		if took := time.Since(began); err != nil || took != maxJoinWait {
			t.Errorf("error = %v after %s, want completed after %s", err, took, maxJoinWait)
		}
		wg.Wait() // the result ends the first wait too
	})
}
