package importjob

import (
	"context"
	"errors"
	"fmt"
	"sync"
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
			w := NewWatcher(s.open)
			var all sync.WaitGroup
			for range waits {
				all.Go(func() {
					job, err := w.Wait(t.Context(), ID{}, Options{Timeout: 2 * time.Hour})
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
		w := NewWatcher(s.open)
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				if _, err := w.Wait(t.Context(), ID{JobID: fmt.Sprint(i)}, Options{Timeout: time.Hour}); err != nil {
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
		w := NewWatcher(s.open)
		go func() {
			_, _ = w.Wait(t.Context(), ID{}, Options{Timeout: 2 * time.Hour, PollInterval: 30 * time.Minute})
		}()
		<-time.After(time.Hour + time.Second)
		began := time.Now()
		if _, err := w.Wait(t.Context(), ID{}, Options{Timeout: time.Hour}); err != nil || time.Since(began) > 2*time.Second {
			t.Errorf("%v after %s", err, time.Since(began))
		}
	})
}

func TestReadsAtTheSameTimeAreOneRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSlow(completesAfter(0))
		w := NewWatcher(s.open)
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

func TestErrorsAreSharedToo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSlow(func(time.Duration) (Job, error) { return Job{}, errFinal })
		w := NewWatcher(s.open)
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() {
				if _, err := w.Wait(t.Context(), ID{}, Options{Timeout: time.Minute}); !errors.Is(err, errFinal) {
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

// TestOneWhoLeavesTakesNobodyAlong cancels, and lets run out of time, the wait that
// asks for the others.
func TestOneWhoLeavesTakesNobodyAlong(t *testing.T) {
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
				w := NewWatcher(s.open)
				ctx, cancel, timeout := leave(t.Context())
				defer cancel()
				var all sync.WaitGroup
				all.Go(func() {
					if _, err := w.Wait(ctx, ID{}, Options{Timeout: timeout}); err == nil {
						t.Error("the one who leaves got an answer")
					}
				})
				synctest.Wait()
				for range 3 {
					all.Go(func() {
						if _, err := w.Wait(t.Context(), ID{}, Options{Timeout: time.Hour}); err != nil {
							t.Error(err)
						}
					})
				}
				all.Wait()
				if s.asked[ID{}] != 2 {
					t.Errorf("%d requests, want 2", s.asked[ID{}])
				}
			})
		})
	}
}
