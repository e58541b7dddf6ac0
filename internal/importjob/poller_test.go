package importjob

import (
	"cmp"
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

// slow is a service that takes a second to answer, and counts its questions.
type slow struct {
	mu    sync.Mutex
	asked map[ID]int
	at    func(elapsed time.Duration) (Job, error)
	start time.Time
}

func newSlow(at func(time.Duration) (Job, error)) *slow {
	return &slow{asked: map[ID]int{}, at: at, start: time.Now()}
}

func (s *slow) open(id ID) Reader {
	return readerFunc(func(ctx context.Context) (Job, error) {
		s.mu.Lock()
		s.asked[id]++
		s.mu.Unlock()
		select {
		case <-time.After(time.Second):
			return s.at(time.Since(s.start))
		case <-ctx.Done():
			return Job{}, ctx.Err()
		}
	})
}

func TestWaitsOnOneJobShareItsAnswers(t *testing.T) {
	t.Parallel()
	requests := func(t *testing.T, waits int) (n int) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			s := newSlow(completesAfter(time.Hour))
			w := NewPoller(s.open, 0)
			var all sync.WaitGroup
			for range waits {
				all.Go(func() {
					job, err := w.Wait(t.Context(), ID{}, WaitOptions{Timeout: 2 * time.Hour})
					if late := time.Since(s.start) - time.Hour; err != nil || job.State != StateCompleted || late > 32*time.Second {
						t.Errorf("%+v, %v, %s late", job, err, late)
					}
				})
			}
			all.Wait()
			n = s.asked[ID{}]
			if len(w.jobs) != 0 {
				t.Errorf("%d jobs are still held", len(w.jobs))
			}
		})
		return n
	}
	// Of many waits the one with the most jitter asks for all: a tenth more at most.
	if one, many := requests(t, 1), requests(t, 200); many > one*115/100 {
		t.Errorf("200 waits sent %d requests, one sends %d", many, one)
	}
}

func TestWaitsOnDifferentJobsShareNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSlow(completesAfter(time.Minute))
		w := NewPoller(s.open, 0)
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				if _, err := w.Wait(t.Context(), ID{JobID: fmt.Sprint(i)}, WaitOptions{Timeout: time.Hour}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if len(s.asked) != 20 {
			t.Errorf("%d jobs were asked about", len(s.asked))
		}
	})
}

func TestLateWaitAsksAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSlow(completesAfter(time.Hour))
		w := NewPoller(s.open, 0)
		go func() {
			_, _ = w.Wait(t.Context(), ID{}, WaitOptions{Timeout: 2 * time.Hour, PollInterval: 30 * time.Minute})
		}()
		<-time.After(time.Hour + time.Second)
		began := time.Now()
		if _, err := w.Wait(t.Context(), ID{}, WaitOptions{Timeout: time.Hour}); err != nil || time.Since(began) > 2*time.Second {
			t.Errorf("%v after %s", err, time.Since(began))
		}
	})
}

func TestReadsAtTheSameTimeAreOneRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSlow(completesAfter(0))
		w := NewPoller(s.open, 0)
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() {
				if job, err := w.Read(t.Context(), ID{}, time.Minute); err != nil || job.State != StateCompleted {
					t.Errorf("%+v, %v", job, err)
				}
			})
		}
		all.Wait()
		if s.asked[ID{}] != 1 {
			t.Errorf("%d requests", s.asked[ID{}])
		}
	})
}

func TestErrorsOfARequestSentSinceAreShared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSlow(func(time.Duration) (Job, error) { return Job{}, errFinal })
		w := NewPoller(s.open, 0)
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() {
				if _, err := w.Wait(t.Context(), ID{}, WaitOptions{Timeout: time.Minute}); !errors.Is(err, errFinal) {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if s.asked[ID{}] != 1 {
			t.Errorf("%d requests", s.asked[ID{}])
		}
	})
}

// TestLeavingCancelsNobodyElse ends, in two ways, the wait that sent the request of
// all.
func TestLeavingCancelsNobodyElse(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(context.Context) (context.Context, context.CancelFunc, time.Duration){
		"cancelled": func(ctx context.Context) (context.Context, context.CancelFunc, time.Duration) {
			ctx, cancel := context.WithTimeoutCause(ctx, 500*time.Millisecond, errors.New("left"))
			return ctx, cancel, time.Hour
		},
		"out of time": func(ctx context.Context) (context.Context, context.CancelFunc, time.Duration) {
			return ctx, func() {}, 500 * time.Millisecond
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newSlow(completesAfter(0))
				w := NewPoller(s.open, 0)
				ctx, cancel, timeout := leave(t.Context())
				defer cancel()
				var all sync.WaitGroup
				all.Go(func() {
					if _, err := w.Wait(ctx, ID{}, WaitOptions{Timeout: timeout}); err == nil {
						t.Error("the one who leaves got an answer")
					}
				})
				synctest.Wait()
				for range 3 {
					all.Go(func() {
						if _, err := w.Wait(t.Context(), ID{}, WaitOptions{Timeout: time.Hour}); err != nil {
							t.Error(err)
						}
					})
				}
				all.Wait()
				if s.asked[ID{}] != 1 {
					t.Errorf("%d requests, want the one that is still wanted", s.asked[ID{}])
				}
			})
		})
	}
}

// TestRequestThatNobodyWantsIsCancelled: and the next poll sends its own.
func TestRequestThatNobodyWantsIsCancelled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var canceled atomic.Int32
		p := NewPoller(func(ID) Reader {
			return readerFunc(func(ctx context.Context) (Job, error) {
				<-ctx.Done()
				canceled.Add(1)
				return Job{}, ctx.Err()
			})
		}, 0)
		for range 3 {
			if _, err := p.Read(t.Context(), ID{}, time.Second); waitErr(t, err).Outcome != TimedOut {
				t.Error(err)
			}
		}
		synctest.Wait()
		if n := canceled.Load(); n != 3 {
			t.Errorf("%d requests were cancelled, want 3", n)
		}
	})
}

// The tests below each hold one way in which what a read or a wait got once depended
// on its neighbours.

// timeline is a service whose responses depend on when a request was sent.
type timeline struct {
	start    time.Time
	latency  time.Duration
	at       func(elapsed time.Duration) (Job, error)
	requests atomic.Int32
}

func (s *timeline) Read(ctx context.Context, sent func()) (Job, error) {
	sent()
	s.requests.Add(1)
	job, err := s.at(time.Since(s.start))
	return job, cmp.Or(sleep(ctx, s.latency), err)
}

func newTimeline(latency time.Duration, at func(time.Duration) (Job, error)) *timeline {
	return &timeline{start: time.Now(), latency: latency, at: at}
}

func (s *timeline) poller(maxRetries int) *Poller {
	p := NewPoller(func(ID) Reader { return s }, maxRetries)
	p.jitter = noJitter
	return p
}

func tooMany(retryAfter time.Duration) error {
	return &TransientError{Err: errors.New("HTTP 429"), Kind: RateLimited, RetryAfter: retryAfter}
}

func TestThrottledReadDoesNotEndAWait(t *testing.T) {
	t.Parallel()
	for name, retryAfter := range map[string]time.Duration{"short": 10 * time.Second, "longer than the read": 3 * time.Minute} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newTimeline(400*time.Millisecond, func(elapsed time.Duration) (Job, error) {
					if elapsed < time.Second {
						return Job{}, tooMany(retryAfter)
					}
					return completesAfter(5 * time.Minute)(elapsed)
				})
				p := s.poller(4)
				var all sync.WaitGroup
				all.Go(func() {
					_, err := p.Read(t.Context(), ID{}, 5*time.Second)
					if e := waitErr(t, err); e.Outcome != RequestFailed || transient(err).RetryAfter != retryAfter {
						t.Errorf("read: %+v", e)
					}
				})
				<-time.After(100 * time.Millisecond)
				if _, err := p.Wait(t.Context(), ID{}, WaitOptions{Timeout: 45 * time.Minute}); err != nil {
					t.Error(err)
				}
				all.Wait()
			})
		})
	}
}

func TestRetryAfterBesideALongerWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newTimeline(100*time.Millisecond, nil)
		var thrown atomic.Bool
		s.at = func(elapsed time.Duration) (Job, error) {
			if elapsed > 2*time.Minute && !thrown.Swap(true) {
				return Job{}, &TransientError{Err: errors.New("HTTP 503"), Kind: Unavailable, RetryAfter: 20 * time.Minute}
			}
			return completesAfter(5 * time.Minute)(elapsed)
		}
		p := s.poller(4)
		var all sync.WaitGroup
		for _, timeout := range []time.Duration{2 * time.Hour, 10 * time.Minute} {
			all.Go(func() {
				if _, err := p.Wait(t.Context(), ID{}, WaitOptions{Timeout: timeout}); err != nil || time.Since(s.start) > 11*time.Minute {
					t.Errorf("wait of %s: %v after %s", timeout, err, time.Since(s.start))
				}
			})
		}
		all.Wait()
	})
}

func TestJoinedFailureIsNoFailureOfOnesOwn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		// The fifth request, the last try of the read, begins at 15 s and fails.
		s := newTimeline(400*time.Millisecond, func(elapsed time.Duration) (Job, error) {
			if elapsed < 16800*time.Millisecond {
				return Job{}, errUnavailable
			}
			return Job{State: StateCompleted}, nil
		})
		p := s.poller(4)
		var all sync.WaitGroup
		all.Go(func() {
			if _, err := p.Read(t.Context(), ID{}, time.Minute); !errors.Is(err, errUnavailable) {
				t.Error(err)
			}
		})
		<-time.After(16800 * time.Millisecond)
		if _, err := p.Wait(t.Context(), ID{}, WaitOptions{Timeout: time.Hour}); err != nil {
			t.Error(err)
		}
		all.Wait()
	})
}

func TestJoinedReadReportsTheServicesError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newTimeline(400*time.Millisecond, func(time.Duration) (Job, error) { return Job{}, tooMany(10 * time.Second) })
		p := s.poller(4)
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() { _, _ = p.Wait(ctx, ID{}, WaitOptions{Timeout: time.Hour}) })
		<-time.After(100 * time.Millisecond)
		if _, err := p.Read(t.Context(), ID{}, 5*time.Second); err == nil || !strings.Contains(err.Error(), "HTTP 429") {
			t.Error(err)
		}
		cancel()
		all.Wait()
	})
}

func TestReadIsFresh(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newTimeline(3*time.Second, completesAfter(time.Second))
		p := s.poller(0)
		var all sync.WaitGroup
		all.Go(func() { _, _ = p.Wait(t.Context(), ID{}, WaitOptions{Timeout: time.Hour}) })
		<-time.After(2 * time.Second) // the wait's request was sent before the import completed
		if job, err := p.Read(t.Context(), ID{}, time.Minute); err != nil || job.State != StateCompleted {
			t.Errorf("%+v, %v", job, err)
		}
		all.Wait()
	})
}

func TestNobodyQueuesBehindASlowRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newTimeline(0, nil)
		p := NewPoller(func(ID) Reader {
			return readerFunc(func(ctx context.Context) (Job, error) {
				if s.requests.Add(1) == 1 {
					<-ctx.Done()
					return Job{}, ctx.Err()
				}
				return Job{State: StateCompleted}, nil
			})
		}, 0)
		var all sync.WaitGroup
		all.Go(func() { _, _ = p.Wait(t.Context(), ID{}, WaitOptions{Timeout: time.Hour}) })
		<-time.After(100 * time.Millisecond)
		began := time.Now()
		if _, err := p.Wait(t.Context(), ID{}, WaitOptions{Timeout: time.Hour}); err != nil || time.Since(began) != queueLimit {
			t.Errorf("%v after %s", err, time.Since(began))
		}
		all.Wait() // the good result ends the first wait too
	})
}

func TestUnknownCodesAreSurvivedTenTimes(t *testing.T) {
	t.Parallel()
	unknownCode := &TransientError{Err: errors.New("code 12345"), Kind: UnknownCode}
	for codes, outcome := range map[int]Outcome{10: 0, 11: RequestFailed} {
		synctest.Test(t, func(t *testing.T) {
			s := newTimeline(0, nil)
			s.at = func(time.Duration) (Job, error) {
				if n := int(s.requests.Load()); n > 1 && n <= 1+codes {
					return Job{}, unknownCode
				}
				return completesAfter(time.Minute)(time.Since(s.start))
			}
			_, err := s.poller(4).Wait(t.Context(), ID{}, WaitOptions{Timeout: time.Hour})
			if outcome == 0 && err != nil || outcome != 0 && (waitErr(t, err).Outcome != outcome || !errors.Is(err, unknownCode)) {
				t.Errorf("%d codes: %v", codes, err)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		s := newTimeline(0, func(time.Duration) (Job, error) { return Job{}, unknownCode })
		if _, err := s.poller(4).Wait(t.Context(), ID{}, WaitOptions{Timeout: time.Hour}); waitErr(t, err).Outcome != RequestFailed || s.requests.Load() != 1 {
			t.Errorf("before the first result: %v after %d requests", err, s.requests.Load())
		}
	})
}

// TestUnconfirmedCompletionIsBelievedAfter30s: a percentage of 1 on an unknown scale.
func TestUnconfirmedCompletionIsBelievedAfter30s(t *testing.T) {
	t.Parallel()
	full := Job{State: StateCompleted, Unconfirmed: true}
	for name, test := range map[string]struct {
		then      Job
		completes time.Duration
	}{
		"stays":    {full, 30 * time.Second},
		"1 of 100": {importing(2), 5 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newTimeline(0, func(elapsed time.Duration) (Job, error) {
					switch {
					case elapsed < 10*time.Second:
						return full, nil
					case elapsed < 5*time.Minute:
						return test.then, nil
					default:
						return Job{State: StateCompleted}, nil
					}
				})
				p := s.poller(0)
				if job, err := p.Read(t.Context(), ID{}, time.Minute); err != nil || job.State != StateCompleted {
					t.Errorf("read: %+v, %v", job, err)
				}
				_, err := p.Wait(t.Context(), ID{}, WaitOptions{Timeout: time.Hour})
				if took := time.Since(s.start); err != nil || took < test.completes || took > test.completes*11/10 {
					t.Errorf("%v after %s", err, took)
				}
			})
		})
	}
}
