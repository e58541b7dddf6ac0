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

func TestWaitPollsOnScheduleUntilCompleted(t *testing.T) {
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
		{name: "20 s, the longest with a pause of 1 s", takes: 20 * time.Second, noticed: 20 * time.Second, polls: 21},
		{name: "fixed interval", takes: 2500 * time.Millisecond, interval: 2 * time.Second, noticed: 4 * time.Second, polls: 3},
		{name: "fixed interval over maxPause", takes: 61 * time.Second, interval: time.Minute, noticed: 2 * time.Minute, polls: 3},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newFakeService(0, completesAfter(test.takes))
				job, err := waitFor(t.Context(), s, WaitOptions{Timeout: time.Hour, PollInterval: test.interval})
				if err != nil {
					t.Fatal(err)
				}
				if job.State != StateCompleted {
					t.Errorf("state = %q, want %q", job.State, StateCompleted)
				}
				noticed, polls := time.Since(s.start), s.requestCount()
				if noticed != test.noticed || polls != test.polls {
					t.Errorf("completed after %s and %d polls, want %s and %d; polled at %v",
						noticed, polls, test.noticed, test.polls, s.requestTimes())
				}
			})
		})
	}
}

// TestWaitNoticesCompletionWithinBounds checks the documented bounds without a fixed
// interval: 1 s for imports of up to 20 s, 5 % of the duration for longer ones, and at
// most 30 s.
func TestWaitNoticesCompletionWithinBounds(t *testing.T) {
	t.Parallel()
	durations := []time.Duration{time.Second, 19 * time.Second, time.Minute, 10 * time.Minute, time.Hour, 6 * time.Hour}
	for _, takes := range durations {
		t.Run(takes.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				takes += 123 * time.Millisecond
				s := newFakeService(0, completesAfter(takes))
				if _, err := waitFor(t.Context(), s, WaitOptions{Timeout: 24 * time.Hour}); err != nil {
					t.Fatal(err)
				}
				late := time.Since(s.start) - takes
				if most := min(max(time.Second, takes/20), 30*time.Second); late > most {
					t.Errorf("completion noticed after %s, want at most %s", late, most)
				}
			})
		})
	}
}

func TestWaitTimesOutWithLastPollAtDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newFakeService(0, completesAfter(time.Hour))
		_, err := waitFor(t.Context(), s, WaitOptions{Timeout: 2500 * time.Millisecond})
		e := asError(t, err)
		if e.Outcome != TimedOut || e.Polls != 4 || e.Last == nil || *e.Last.ProgressPercent != 80 || e.Err != nil {
			t.Errorf("error = %+v, want TimedOut after 4 polls, at 80 %%", e)
		}
		want := []time.Duration{0, time.Second, 2 * time.Second, 2500 * time.Millisecond}
		if got := s.requestTimes(); !slices.Equal(got, want) {
			t.Errorf("polled at %v, want %v", got, want)
		}
	})
}

func TestWaitCompletesWithLastPollAtDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newFakeService(0, completesAfter(10*time.Minute))
		if _, err := waitFor(t.Context(), s, WaitOptions{Timeout: 10 * time.Minute}); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(s.start); took != 10*time.Minute {
			t.Errorf("completed after %s, want 10m", took)
		}
	})
}

func TestWaitEndsWhenImportFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		reason := "schema mismatch"
		s := newFakeService(0, func(elapsed time.Duration) (Job, error) {
			if elapsed < 3*time.Second {
				return importing(10), nil
			}
			return Job{State: StateFailed, ErrorMessage: &reason}, nil
		})
		_, err := waitFor(t.Context(), s, WaitOptions{Timeout: time.Hour})
		e, took := asError(t, err), time.Since(s.start)
		if e.Outcome != ImportFailed || *e.Last.ErrorMessage != reason || took != 3*time.Second {
			t.Errorf("error = %+v after %s, want ImportFailed after 3s", e, took)
		}
	})
}

func TestWaitSurvivesLongPlateau(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newFakeService(0, completesAfter(20*time.Hour))
		if _, err := waitFor(t.Context(), s, WaitOptions{Timeout: 24 * time.Hour}); err != nil {
			t.Fatal(err)
		}
	})
}

func TestWaitTreatsUnknownStateAsInProgress(t *testing.T) {
	t.Parallel()
	for _, job := range []Job{{}, {State: "rebalancing", ProgressPercent: percent(100)}, {State: StateImporting}} {
		synctest.Test(t, func(t *testing.T) {
			s := newFakeService(0, func(time.Duration) (Job, error) { return job, nil })
			_, err := waitFor(t.Context(), s, WaitOptions{Timeout: time.Minute})
			if e := asError(t, err); e.Outcome != TimedOut || e.Last.State != job.State {
				t.Errorf("%+v: error = %+v, want TimedOut in that state", job, e)
			}
		})
	}
}

func TestWaitErrors(t *testing.T) {
	t.Parallel()
	failsBetween := func(from, to time.Duration, err error) func(time.Duration) (Job, error) {
		return func(elapsed time.Duration) (Job, error) {
			if elapsed >= from && elapsed < to {
				return Job{}, err
			}
			return completesAfter(10 * time.Minute)(elapsed)
		}
	}
	const never = 1000 * time.Hour
	tests := []struct {
		name    string
		respond func(time.Duration) (Job, error)
		outcome Outcome // 0: the wait succeeds
		elapsed time.Duration
	}{
		{"transient error before the first result", failsBetween(0, time.Second, errUnavailable), RequestFailed, 0},
		{"permanent error before the first result", failsBetween(0, time.Second, errPermanent), RequestFailed, 0},
		{"transient errors for two minutes", failsBetween(time.Minute, 3*time.Minute, errUnavailable), 0, 0},
		{"transient errors until the deadline", failsBetween(time.Minute, never, errUnavailable), TimedOut, time.Hour},
		{"permanent error after a result", failsBetween(5*time.Second, never, errPermanent), RequestFailed, 5 * time.Second},
		{"permanent error after completion", failsBetween(time.Hour, never, errPermanent), 0, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newFakeService(0, test.respond)
				_, err := waitFor(t.Context(), s, WaitOptions{Timeout: time.Hour})
				if test.outcome == 0 {
					if err != nil {
						t.Fatal(err)
					}
					return
				}
				e := asError(t, err)
				if e.Outcome != test.outcome || e.Elapsed != test.elapsed || e.Err == nil {
					t.Errorf("error = %+v, want outcome %d after %s", e, test.outcome, test.elapsed)
				}
			})
		})
	}
}

func TestWaitReturnsPermanentErrorOfLastPoll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newFakeService(0, func(elapsed time.Duration) (Job, error) {
			if elapsed < 5*time.Second {
				return importing(1), nil
			}
			return Job{}, errPermanent
		})
		_, err := waitFor(t.Context(), s, WaitOptions{Timeout: 5 * time.Second})
		if e := asError(t, err); e.Outcome != RequestFailed || !errors.Is(err, errPermanent) {
			t.Errorf("error = %+v, want RequestFailed with %v", e, errPermanent)
		}
	})
}

func TestWaitHonoursRetryAfterUpToDeadline(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		retryAfter time.Duration
		interval   time.Duration
		retry      time.Duration // when the poll after the throttled one begins
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
				s := newFakeService(0, nil)
				s.respond = func(time.Duration) (Job, error) {
					if s.requestCount() == 2 {
						return Job{}, rateLimited(test.retryAfter)
					}
					return importing(1), nil
				}
				_, err := waitFor(t.Context(), s, WaitOptions{Timeout: time.Minute, PollInterval: test.interval})
				if e := asError(t, err); e.Outcome != TimedOut {
					t.Errorf("error = %+v, want TimedOut", e)
				}
				if got := s.requestTimes(); got[2] != test.retry {
					t.Errorf("polled at %v, want the third poll at %s", got, test.retry)
				}
			})
		})
	}
}

func TestWaitTimesOutWhenServiceHangs(t *testing.T) {
	t.Parallel()
	t.Run("before the first result", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			_, err := waitFor(t.Context(), hangingReader{}, WaitOptions{Timeout: 5 * time.Second})
			if e := asError(t, err); e.Outcome != TimedOut || e.Last != nil || e.Elapsed != 5*time.Second {
				t.Errorf("error = %+v, want TimedOut after 5s without a result", e)
			}
		})
	})
	t.Run("after a result", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			first := true
			r := readerFunc(func(ctx context.Context) (Job, error) {
				if first {
					first = false
					return importing(1), nil
				}
				return hangingReader{}.Read(ctx, func() {})
			})
			_, err := waitFor(t.Context(), r, WaitOptions{Timeout: 5 * time.Second})
			// The second poll ends at the deadline, the last one a minute later.
			want := 5*time.Second + lastPollTimeout
			if e := asError(t, err); e.Outcome != TimedOut || e.Last == nil || e.Elapsed != want || e.Polls != 3 {
				t.Errorf("error = %+v, want TimedOut after %s and 3 polls", e, want)
			}
		})
	})
}

func TestWaitEndsAtOnceWhenCancelled(t *testing.T) {
	t.Parallel()
	readers := map[string]Reader{
		"during a pause":   readerFunc(func(context.Context) (Job, error) { return importing(1), nil }),
		"during a request": hangingReader{},
	}
	for name, r := range readers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(1500*time.Millisecond, cancel)
				_, err := waitFor(ctx, r, WaitOptions{Timeout: time.Hour})
				if e := asError(t, err); e.Outcome != Canceled || e.Elapsed != 1500*time.Millisecond {
					t.Errorf("error = %+v, want Canceled after 1.5s", e)
				}
			})
		})
	}
}

func TestObserveReportsEachPollAndChange(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		jobs := []Job{importing(10), importing(10), {State: StateImporting}, importing(20), {State: StateCompleted}}
		n := 0
		r := readerFunc(func(context.Context) (Job, error) {
			n++
			if n == 3 {
				return Job{}, errUnavailable
			}
			job := jobs[0]
			jobs = jobs[1:]
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
			t.Errorf("Changed = %v, want %v", changed, want)
		}
		if want := []int{3}; !slices.Equal(failed, want) {
			t.Errorf("polls with an error: %v, want %v", failed, want)
		}
	})
}

func TestWaitSurvivesTenUnknownCodes(t *testing.T) {
	t.Parallel()
	for codes, outcome := range map[int]Outcome{10: 0, 11: RequestFailed} {
		synctest.Test(t, func(t *testing.T) {
			s := newFakeService(0, nil)
			s.respond = func(elapsed time.Duration) (Job, error) {
				if n := s.requestCount(); n > 1 && n <= 1+codes {
					return Job{}, errUnknownCode
				}
				return completesAfter(time.Minute)(elapsed)
			}
			_, err := s.poller(4).Wait(t.Context(), ID{}, WaitOptions{Timeout: time.Hour})
			if outcome == 0 && err != nil {
				t.Errorf("%d codes: error = %v, want none", codes, err)
			}
			if outcome != 0 && (asError(t, err).Outcome != outcome || !errors.Is(err, errUnknownCode)) {
				t.Errorf("%d codes: error = %v, want outcome %d with %v", codes, err, outcome, errUnknownCode)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		s := newFakeService(0, func(time.Duration) (Job, error) { return Job{}, errUnknownCode })
		_, err := s.poller(4).Wait(t.Context(), ID{}, WaitOptions{Timeout: time.Hour})
		if n := s.requestCount(); asError(t, err).Outcome != RequestFailed || n != 1 {
			t.Errorf("before the first result: error = %v after %d requests, want RequestFailed after 1", err, n)
		}
	})
}

func TestUnconfirmedCompletionIsBelievedAfter30s(t *testing.T) {
	t.Parallel()
	unconfirmed := Job{State: StateCompleted, Unconfirmed: true}
	for name, test := range map[string]struct {
		then      Job // from 10 s to 5 min
		completes time.Duration
	}{
		"1 is complete": {unconfirmed, 30 * time.Second},
		"1 is 1 %":      {importing(2), 5 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newFakeService(0, func(elapsed time.Duration) (Job, error) {
					switch {
					case elapsed < 10*time.Second:
						return unconfirmed, nil
					case elapsed < 5*time.Minute:
						return test.then, nil
					default:
						return Job{State: StateCompleted}, nil
					}
				})
				p := s.poller(0)
				if job, err := p.Read(t.Context(), ID{}, time.Minute); err != nil || job.State != StateCompleted {
					t.Errorf("Read() = %+v, %v, want a completed job", job, err)
				}
				job, err := p.Wait(t.Context(), ID{}, WaitOptions{Timeout: time.Hour})
				if job.Unconfirmed {
					t.Error("the completion is not confirmed after the wait")
				}
				if took := time.Since(s.start); err != nil || took < test.completes || took > test.completes*11/10 {
					t.Errorf("wait: error = %v after %s, want completed after %s", err, took, test.completes)
				}
			})
		})
	}
}

// TestWaitIgnoresWallClock checks that a wait measures time with the monotonic clock,
// which does not jump when the wall clock is set. Round drops the monotonic reading.
func TestWaitIgnoresWallClock(t *testing.T) {
	t.Parallel()
	w := newWait(&sharedJob{}, WaitOptions{Timeout: time.Hour}, 0, noJitter)
	if !strings.Contains(w.start.String(), " m=") {
		t.Errorf("start %s has no monotonic reading", w.start)
	}
	// The same moment, on a wall clock that was then set forward by a day.
	onWallClock := w.start.Round(0).Add(-24 * time.Hour)
	if elapsed := w.elapsed(); elapsed < 0 || elapsed > time.Hour || time.Since(onWallClock) < 24*time.Hour {
		t.Errorf("elapsed = %s, want less than 1h", elapsed)
	}
}
