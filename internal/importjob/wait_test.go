package importjob

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// script is a service that takes no time to answer and tells of an import by the
// time since the script began.
type script struct {
	start time.Time
	at    func(elapsed time.Duration) (Job, error)
	// asked is when the service was asked.
	asked []time.Duration
}

func newScript(at func(time.Duration) (Job, error)) *script {
	return &script{start: time.Now(), at: at}
}

func (s *script) Read(_ context.Context, sent func()) (Job, error) {
	sent()
	elapsed := time.Since(s.start)
	s.asked = append(s.asked, elapsed)
	return s.at(elapsed)
}

// waitFor waits for the job of a reader.
func waitFor(ctx context.Context, r Reader, o WaitOptions) (Job, error) {
	p := NewPoller(func(ID) Reader { return r }, 0)
	p.jitter = noJitter
	return p.Wait(ctx, ID{}, o)
}

func percent(p float64) *float64 { return &p }

func importing(p float64) Job { return Job{State: StateImporting, ProgressPercent: percent(p)} }

// completesAfter is an import at 80 % that completes after d.
func completesAfter(d time.Duration) func(time.Duration) (Job, error) {
	return func(elapsed time.Duration) (Job, error) {
		if elapsed >= d {
			return Job{State: StateCompleted, ProgressPercent: percent(100)}, nil
		}
		return importing(80), nil
	}
}

func noJitter() float64 { return 0 }

func waitErr(t *testing.T, err error) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("the error is a %T (%v), not an *Error", err, err)
	}
	return e
}

func TestWaitAsksOnScheduleUntilCompleted(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		takes    time.Duration
		interval time.Duration
		noticed  time.Duration
		polls    int
	}{
		{name: "already complete", takes: 0, noticed: 0, polls: 1},
		{name: "short", takes: 2500 * time.Millisecond, noticed: 3 * time.Second, polls: 4},
		{name: "20 s, the last that is asked about each second", takes: 20 * time.Second, noticed: 20 * time.Second, polls: 21},
		{name: "fixed interval", takes: 2500 * time.Millisecond, interval: 2 * time.Second, noticed: 4 * time.Second, polls: 3},
		{name: "fixed interval over the schedule's longest pause", takes: 61 * time.Second, interval: time.Minute, noticed: 2 * time.Minute, polls: 3},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newScript(completesAfter(test.takes))
				job, err := waitFor(t.Context(), s, WaitOptions{Timeout: time.Hour, PollInterval: test.interval})
				if err != nil {
					t.Fatal(err)
				}
				if job.State != StateCompleted {
					t.Errorf("state %q", job.State)
				}
				if noticed := time.Since(s.start); noticed != test.noticed || len(s.asked) != test.polls {
					t.Errorf("noticed after %s and %d polls, want %s and %d; asked at %v", noticed, len(s.asked), test.noticed, test.polls, s.asked)
				}
			})
		})
	}
}

// TestWaitNoticesSoon holds the promise to users, with jitter as it comes: at most
// 1 s for imports of up to 20 s, 5 % of the time for longer ones, 30 s at most.
func TestWaitNoticesSoon(t *testing.T) {
	t.Parallel()
	for _, takes := range []time.Duration{time.Second, 19 * time.Second, time.Minute, 10 * time.Minute, time.Hour, 6 * time.Hour} {
		t.Run(takes.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				takes += 123 * time.Millisecond
				s := newScript(completesAfter(takes))
				if _, err := waitFor(t.Context(), s, WaitOptions{Timeout: 24 * time.Hour}); err != nil {
					t.Fatal(err)
				}
				late := time.Since(s.start) - takes
				if most := min(max(time.Second, takes/20), 30*time.Second); late > most {
					t.Errorf("noticed %s late, want at most %s", late, most)
				}
			})
		})
	}
}

func TestPauseStaysWithinBounds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		elapsed   time.Duration
		low, high time.Duration
	}{
		{0, time.Second, time.Second},
		{20 * time.Second, time.Second, time.Second},
		{40 * time.Second, 1800 * time.Millisecond, 2 * time.Second},
		{10 * time.Minute, 27 * time.Second, 30 * time.Second},
		{100 * time.Hour, 27 * time.Second, 30 * time.Second},
	}
	for _, test := range tests {
		if got := Pause(test.elapsed, 0); got != test.high {
			t.Errorf("after %s without jitter: %s, want %s", test.elapsed, got, test.high)
		}
		if got := Pause(test.elapsed, 1); got != test.low {
			t.Errorf("after %s with all jitter: %s, want %s", test.elapsed, got, test.low)
		}
	}
}

func TestWaitTimesOutWithLastPollAtDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newScript(completesAfter(time.Hour))
		_, err := waitFor(t.Context(), s, WaitOptions{Timeout: 2500 * time.Millisecond})
		e := waitErr(t, err)
		if e.Outcome != TimedOut || e.Polls != 4 || e.Last == nil || *e.Last.ProgressPercent != 80 || e.Err != nil {
			t.Errorf("got %+v", e)
		}
		want := []time.Duration{0, time.Second, 2 * time.Second, 2500 * time.Millisecond}
		if !slices.Equal(s.asked, want) {
			t.Errorf("asked at %v, want %v", s.asked, want)
		}
	})
}

func TestWaitCompletesWithLastPollAtDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newScript(completesAfter(10 * time.Minute))
		if _, err := waitFor(t.Context(), s, WaitOptions{Timeout: 10 * time.Minute}); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(s.start); took != 10*time.Minute {
			t.Errorf("took %s", took)
		}
	})
}

func TestWaitEndsWhenImportFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		reason := "schema mismatch"
		s := newScript(func(elapsed time.Duration) (Job, error) {
			if elapsed < 3*time.Second {
				return importing(10), nil
			}
			return Job{State: StateFailed, ErrorMessage: &reason}, nil
		})
		_, err := waitFor(t.Context(), s, WaitOptions{Timeout: time.Hour})
		if e := waitErr(t, err); e.Outcome != ImportFailed || *e.Last.ErrorMessage != reason || time.Since(s.start) != 3*time.Second {
			t.Errorf("got %+v after %s", e, time.Since(s.start))
		}
	})
}

func TestWaitSurvivesHoursOfPlateau(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newScript(completesAfter(20 * time.Hour))
		if _, err := waitFor(t.Context(), s, WaitOptions{Timeout: 24 * time.Hour}); err != nil {
			t.Fatal(err)
		}
	})
}

func TestWaitTakesUnknownStatesAndPercentagesForProgress(t *testing.T) {
	t.Parallel()
	for _, job := range []Job{{}, {State: "rebalancing", ProgressPercent: percent(100)}, {State: StateImporting}} {
		synctest.Test(t, func(t *testing.T) {
			s := newScript(func(time.Duration) (Job, error) { return job, nil })
			_, err := waitFor(t.Context(), s, WaitOptions{Timeout: time.Minute})
			if e := waitErr(t, err); e.Outcome != TimedOut || e.Last.State != job.State {
				t.Errorf("%+v: got %+v", job, e)
			}
		})
	}
}

var (
	errUnavailable = &TransientError{Err: errors.New("HTTP 503"), Kind: Unavailable}
	errFinal       = errors.New("HTTP 401")
)

func TestWaitAndErrors(t *testing.T) {
	t.Parallel()
	from := func(start, end time.Duration, err error) func(time.Duration) (Job, error) {
		return func(elapsed time.Duration) (Job, error) {
			if elapsed >= start && elapsed < end {
				return Job{}, err
			}
			return completesAfter(10 * time.Minute)(elapsed)
		}
	}
	const ever = 1000 * time.Hour
	tests := []struct {
		name    string
		at      func(time.Duration) (Job, error)
		outcome Outcome // 0: completes
		ends    time.Duration
	}{
		{"passing error before the first answer", from(0, time.Second, errUnavailable), RequestFailed, 0},
		{"final error before the first answer", from(0, time.Second, errFinal), RequestFailed, 0},
		{"passing errors for two minutes", from(time.Minute, 3*time.Minute, errUnavailable), 0, 0},
		{"passing errors for ever", from(time.Minute, ever, errUnavailable), TimedOut, time.Hour},
		{"401 in the middle", from(5*time.Second, ever, errFinal), RequestFailed, 5 * time.Second},
		{"401 in the last poll", from(time.Hour, ever, errFinal), 0, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newScript(test.at)
				_, err := waitFor(t.Context(), s, WaitOptions{Timeout: time.Hour})
				if test.outcome == 0 {
					if err != nil {
						t.Fatal(err)
					}
					return
				}
				e := waitErr(t, err)
				if e.Outcome != test.outcome || e.Elapsed != test.ends || e.Err == nil {
					t.Errorf("got %+v, want outcome %d after %s", e, test.outcome, test.ends)
				}
			})
		})
	}
}

func TestWaitSaysFinalErrorOfLastPoll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newScript(func(elapsed time.Duration) (Job, error) {
			if elapsed < 5*time.Second {
				return importing(1), nil
			}
			return Job{}, errFinal
		})
		_, err := waitFor(t.Context(), s, WaitOptions{Timeout: 5 * time.Second})
		if e := waitErr(t, err); e.Outcome != RequestFailed || !errors.Is(err, errFinal) {
			t.Errorf("got %+v", e)
		}
	})
}

func TestWaitHonoursRetryAfterUpToTheDeadline(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		retryAfter time.Duration
		interval   time.Duration
		second     time.Duration // when the poll after the throttled one happens
	}{
		{"shorter than the pause", 10 * time.Millisecond, 0, 2 * time.Second},
		{"longer than the pause", 17 * time.Second, 0, 18 * time.Second},
		{"longer than a fixed interval", 17 * time.Second, 2 * time.Second, 19 * time.Second},
		{"a day", 24 * time.Hour, 0, time.Minute},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newScript(nil)
				s.at = func(time.Duration) (Job, error) {
					if len(s.asked) == 2 {
						return Job{}, &TransientError{Err: errors.New("HTTP 429"), Kind: RateLimited, RetryAfter: test.retryAfter}
					}
					return importing(1), nil
				}
				_, err := waitFor(t.Context(), s, WaitOptions{Timeout: time.Minute, PollInterval: test.interval})
				if e := waitErr(t, err); e.Outcome != TimedOut {
					t.Errorf("got %+v", e)
				}
				if s.asked[2] != test.second {
					t.Errorf("asked at %v, want the third at %s", s.asked, test.second)
				}
			})
		})
	}
}

// hanging is a service that never answers.
type hanging struct{}

func (hanging) Read(ctx context.Context, sent func()) (Job, error) {
	sent()
	<-ctx.Done()
	return Job{}, ctx.Err()
}

func TestWaitDoesNotHangWithTheService(t *testing.T) {
	t.Parallel()
	t.Run("before the first answer", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			_, err := waitFor(t.Context(), hanging{}, WaitOptions{Timeout: 5 * time.Second})
			if e := waitErr(t, err); e.Outcome != TimedOut || e.Last != nil || e.Elapsed != 5*time.Second {
				t.Errorf("got %+v", e)
			}
		})
	})
	t.Run("later", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			first := true
			r := readerFunc(func(ctx context.Context) (Job, error) {
				if first {
					first = false
					return importing(1), nil
				}
				return hanging{}.Read(ctx, func() {})
			})
			_, err := waitFor(t.Context(), r, WaitOptions{Timeout: 5 * time.Second})
			// The poll under way is cut off at the deadline, and the last one a minute later.
			if e := waitErr(t, err); e.Outcome != TimedOut || e.Last == nil || e.Elapsed != 5*time.Second+lastPollLimit || e.Polls != 3 {
				t.Errorf("got %+v", e)
			}
		})
	})
}

type readerFunc func(context.Context) (Job, error)

func (f readerFunc) Read(ctx context.Context, sent func()) (Job, error) {
	sent()
	return f(ctx)
}

func TestWaitEndsAtOnceWhenCancelled(t *testing.T) {
	t.Parallel()
	readers := map[string]Reader{
		"in a pause":   readerFunc(func(context.Context) (Job, error) { return importing(1), nil }),
		"in a request": hanging{},
	}
	for name, r := range readers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(1500*time.Millisecond, cancel)
				_, err := waitFor(ctx, r, WaitOptions{Timeout: time.Hour})
				if e := waitErr(t, err); e.Outcome != Canceled || e.Elapsed != 1500*time.Millisecond {
					t.Errorf("got %+v", e)
				}
			})
		})
	}
}

func TestObserveIsToldOfEachPollAndChange(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		answers := []Job{importing(10), importing(10), {State: StateImporting}, importing(20), {State: StateCompleted}}
		n := 0
		r := readerFunc(func(context.Context) (Job, error) {
			n++
			if n == 3 {
				return Job{}, errUnavailable
			}
			job := answers[0]
			answers = answers[1:]
			return job, nil
		})
		var changed []bool
		var failed []int
		_, err := waitFor(t.Context(), r, WaitOptions{Timeout: time.Hour, Observe: func(p Poll) {
			changed = append(changed, p.Changed)
			if p.Err != nil {
				failed = append(failed, p.Number)
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		if want := []bool{true, false, false, true, true, true}; !slices.Equal(changed, want) {
			t.Errorf("changes %v, want %v", changed, want)
		}
		if !slices.Equal(failed, []int{3}) {
			t.Errorf("polls without an answer: %v", failed)
		}
	})
}

func TestReadSendsOneRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newScript(func(time.Duration) (Job, error) { return Job{State: StateFailed}, nil })
		job, err := readOf(t.Context(), s, time.Minute, 4)
		if err != nil || job.State != StateFailed || len(s.asked) != 1 {
			t.Errorf("got %+v, %v after %d requests", job, err, len(s.asked))
		}
		if _, err := readOf(t.Context(), hanging{}, time.Minute, 4); waitErr(t, err).Outcome != TimedOut {
			t.Errorf("hanging service: %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := readOf(ctx, hanging{}, time.Minute, 4); waitErr(t, err).Outcome != Canceled {
			t.Errorf("cancelled: %v", err)
		}
	})
}

func readOf(ctx context.Context, r Reader, timeout time.Duration, maxRetries int) (Job, error) {
	return NewPoller(func(ID) Reader { return r }, maxRetries).Read(ctx, ID{}, timeout)
}

// TestWallClockDoesNotMatter: a jump of the wall clock can't be played here without
// turning the machine's own, but what makes it harmless can be seen: the time waited
// is read from a clock that does not jump, and Go drops that reading from any time
// that is compared by the wall clock.
func TestWallClockDoesNotMatter(t *testing.T) {
	t.Parallel()
	w := newWait(&sharedJob{}, WaitOptions{Timeout: time.Hour}, 0, noJitter)
	if !strings.Contains(w.start.String(), " m=") {
		t.Errorf("%s has no monotonic reading", w.start)
	}
	// The same moment by a wall clock that was turned back by a day.
	turned := w.start.Round(0).Add(-24 * time.Hour)
	if elapsed := w.elapsed(); elapsed < 0 || elapsed > time.Hour || time.Since(turned) < 24*time.Hour {
		t.Errorf("waited %s", elapsed)
	}
}
