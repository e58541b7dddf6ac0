package importjob

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// scripted are the answers to one kind of request. The last one is repeated.
type scripted[T any] []T

func (a *scripted[T]) next() T {
	answer := (*a)[0]
	if len(*a) > 1 {
		*a = (*a)[1:]
	}
	return answer
}

// fakeCollection answers by a script, and logs what it receives, such as "1s load".
type fakeCollection struct {
	states  scripted[any] // a Readiness or an error
	loads   scripted[error]
	refresh scripted[error]
	counts  scripted[any] // an int or an error
	log     []string
}

func (c *fakeCollection) source() CollectionSource {
	began := time.Now()
	received := func(call string) { c.log = append(c.log, fmt.Sprintf("%s %s", time.Since(began), call)) }
	return CollectionSource{
		LoadState: func(context.Context) (Readiness, error) {
			received("state")
			switch answer := c.states.next().(type) {
			case Readiness:
				return answer, nil
			case error:
				return Readiness{}, answer
			}
			return Readiness{}, nil
		},
		Load:    func(context.Context) error { received("load"); return c.loads.next() },
		Refresh: func(context.Context) error { received("refresh"); return c.refresh.next() },
		Count: func(context.Context) (int64, error) {
			received("count")
			switch answer := c.counts.next().(type) {
			case int:
				return int64(answer), nil
			case error:
				return 0, answer
			}
			return 0, nil
		},
	}
}

func TestWaitUntilReady(t *testing.T) {
	t.Parallel()
	notLoaded, loading := Readiness{State: NotLoaded}, Readiness{State: Loading, Percent: new(50.0)}
	loaded := Readiness{State: Loaded, Percent: new(100.0)}
	noMemory := Readiness{State: Loading, Percent: new(-1.0), Message: "out of memory"}
	ten := new(int64(10))
	lost := &RequestError{Err: errors.New("HTTP 503"), Failure: Unavailable}
	tests := map[string]struct {
		c       fakeCollection
		minRows *int64
		timeout time.Duration // 30 s if 0
		log     string
		outcome Outcome // empty if the collection is ready
		err     error
	}{
		"loaded by the wait": {c: fakeCollection{states: scripted[any]{notLoaded, loading, loaded}, loads: scripted[error]{nil}},
			log: "0s state, 0s load, 1s state, 2s state"},
		"loaded by the wait, and counted": {c: fakeCollection{states: scripted[any]{notLoaded, loaded}, loads: scripted[error]{nil}, counts: scripted[any]{10}},
			minRows: ten, log: "0s state, 0s load, 1s state, 2s count"},
		"loaded, but not whole": {
			c: fakeCollection{states: scripted[any]{notLoaded, Readiness{State: Loaded, Percent: new(99.0)}, Readiness{State: Loaded}, loaded},
				loads: scripted[error]{nil}},
			log: "0s state, 0s load, 1s state, 2s state, 3s state",
		},
		"loaded before":       {c: fakeCollection{states: scripted[any]{loaded}}, log: "0s state", outcome: RequestFailed, err: ErrLoadedBefore},
		"being loaded before": {c: fakeCollection{states: scripted[any]{loading}}, log: "0s state", outcome: RequestFailed, err: ErrLoadedBefore},
		"in an unknown state first": {c: fakeCollection{states: scripted[any]{Readiness{State: "x"}, loaded}}, log: "0s state", outcome: RequestFailed,
			err: ErrLoadedBefore},
		"loaded before, and refreshed": {c: fakeCollection{states: scripted[any]{loaded}, refresh: scripted[error]{nil}, counts: scripted[any]{7, 9, 12}},
			minRows: ten, log: "0s state, 0s refresh, 1s count, 11s count, 21s count"},
		"being loaded before, then counted": {
			c:       fakeCollection{states: scripted[any]{loading, loaded}, refresh: scripted[error]{nil}, counts: scripted[any]{10}},
			minRows: ten, log: "0s state, 1s state, 1s refresh, 2s count",
		},
		"a refresh that is not known": {
			c:       fakeCollection{states: scripted[any]{loaded}, refresh: scripted[error]{unknownStatus.err}, counts: scripted[any]{10}},
			minRows: ten, log: "0s state, 0s refresh, 1s count",
		},
		"a refresh that is lost": {c: fakeCollection{states: scripted[any]{loaded}, refresh: scripted[error]{lost, nil}, counts: scripted[any]{10}},
			minRows: ten, log: "0s state, 0s refresh, 1s state, 1s refresh, 2s count"},
		"a refresh that is always lost": {c: fakeCollection{states: scripted[any]{loaded}, refresh: scripted[error]{lost}}, minRows: ten, timeout: 2 * second,
			log: "0s state, 0s refresh, 1s state, 1s refresh, 2s state, 2s refresh", outcome: TimedOut, err: lost},
		"a load that is lost, but received": {c: fakeCollection{states: scripted[any]{notLoaded, loading, loaded}, loads: scripted[error]{lost}},
			log: "0s state, 0s load, 1s state, 2s state"},
		"two loads that are lost, of which one is received": {
			c:   fakeCollection{states: scripted[any]{notLoaded, notLoaded, loading, loaded}, loads: scripted[error]{lost}},
			log: "0s state, 0s load, 1s state, 1s load, 9s state, 10s state",
		},
		"a load that is lost, and not received": {c: fakeCollection{states: scripted[any]{notLoaded, notLoaded, loaded}, loads: scripted[error]{lost, nil}},
			log: "0s state, 0s load, 1s state, 1s load, 2s state"},
		"a load that is always lost": {c: fakeCollection{states: scripted[any]{notLoaded}, loads: scripted[error]{lost}}, timeout: 3 * second,
			log: "0s state, 0s load, 1s state, 1s load, 3s state, 3s load", outcome: TimedOut, err: lost},
		"a load that is throttled": {c: fakeCollection{states: scripted[any]{notLoaded, notLoaded, loaded}, loads: scripted[error]{throttled(5 * second).err, nil}},
			log: "0s state, 0s load, 5s state, 5s load, 6s state"},
		"a load that is throttled, and a state that is not read": {c: fakeCollection{states: scripted[any]{notLoaded, lost, notLoaded, loaded},
			loads: scripted[error]{throttled(9 * second).err, nil}}, log: "0s state, 0s load, 9s state, 10s state, 10s load, 11s state"},
		"loads that are lost in turns": {
			c: fakeCollection{states: scripted[any]{notLoaded}, loads: scripted[error]{unknownCode.err, lost, unknownCode.err}}, timeout: time.Hour,
			log: "0s state, 0s load, 1s state, 1s load, 9s state, 9s load, 39s state, 39s load, 1m9s state, 1m9s load, 1m39s state, 1m39s load, " +
				"2m9s state, 2m9s load", outcome: RequestFailed, err: unknownCode.err,
		},
		"not loaded after a load": {c: fakeCollection{states: scripted[any]{notLoaded, loading, notLoaded}, loads: scripted[error]{nil}},
			log: "0s state, 0s load, 1s state, 2s state", outcome: RequestFailed, err: ErrReleased},
		"without an index": {c: fakeCollection{states: scripted[any]{notLoaded}, loads: scripted[error]{errPermanent}}, log: "0s state, 0s load",
			outcome: RequestFailed, err: errPermanent},
		"loads with an undocumented code and status": {
			c:   fakeCollection{states: scripted[any]{notLoaded, notLoaded, notLoaded, loaded}, loads: scripted[error]{unknownCode.err, unknownStatus.err, nil}},
			log: "0s state, 0s load, 1s state, 1s load, 9s state, 9s load, 10s state",
		},
		"a load that is refused": {
			c: fakeCollection{states: scripted[any]{notLoaded}, loads: scripted[error]{unknownStatus.err}}, timeout: time.Hour,
			log: "0s state, 0s load, 1s state, 1s load, 9s state, 9s load, 39s state, 39s load, 1m9s state, 1m9s load, 1m39s state, 1m39s load, " +
				"2m9s state, 2m9s load", outcome: RequestFailed, err: unknownStatus.err,
		},
		"no such collection": {c: fakeCollection{states: scripted[any]{errPermanent}}, log: "0s state", outcome: RequestFailed, err: errPermanent},
		"out of memory": {c: fakeCollection{states: scripted[any]{notLoaded, noMemory}, loads: scripted[error]{nil}}, timeout: 3 * second,
			log: "0s state, 0s load, 1s state, 2s state, 3s state", outcome: TimedOut},
		"too few rows": {c: fakeCollection{states: scripted[any]{notLoaded, loaded}, loads: scripted[error]{nil}, counts: scripted[any]{9}}, minRows: ten,
			timeout: 15 * second, log: "0s state, 0s load, 1s state, 2s count, 12s count, 22s count", outcome: TimedOut},
		"counts that fail for a while": {
			c:       fakeCollection{states: scripted[any]{notLoaded, loaded}, loads: scripted[error]{nil}, counts: scripted[any]{lost, lost, 10}},
			minRows: ten, log: "0s state, 0s load, 1s state, 2s count, 12s count, 22s count",
		},
	}
	for name, test := range tests {
		bubble(t, name, func(t *testing.T) {
			limits := Limits{Timeout: test.timeout, MaxRetries: 2, jitter: noJitter}
			if limits.Timeout == 0 {
				limits.Timeout = 30 * second
			}
			last, err := WaitUntilReady(t.Context(), test.c.source(), ReadyOptions{Limits: limits, MinRows: test.minRows})
			if got := strings.Join(test.c.log, ", "); got != test.log {
				t.Errorf("requests:\n%s, want\n%s", got, test.log)
			}
			if test.outcome == "" {
				if err != nil || last.State != Loaded || test.minRows != nil && *last.Rows < *test.minRows {
					t.Errorf("WaitUntilReady = %+v, %v", last, err)
				}
				return
			}
			if e := asError(t, err); e.Outcome != test.outcome || test.err != nil && !errors.Is(err, test.err) {
				t.Errorf("error %v, want %s with %v", err, test.outcome, test.err)
			}
		})
	}
}

// TestWaitUntilReadyIsAdmittedAndCanceled checks that each request waits for the rate limit, a
// load before the state that it follows, and that a canceled wait ends at once.
func TestWaitUntilReadyIsAdmittedAndCanceled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var observed []string
		c := fakeCollection{states: scripted[any]{Readiness{State: NotLoaded}, Readiness{State: Loaded, Percent: new(100.0)}}, loads: scripted[error]{nil},
			counts: scripted[any]{1}}
		began := time.Now()
		_, err := WaitUntilReady(cancelAfter(t, 50*second), c.source(), ReadyOptions{MinRows: new(int64(2)),
			Limits:  Limits{Timeout: time.Hour, jitter: noJitter, Admit: admitAfter(5 * second)},
			Observe: func(last *Readiness, err error) { observed = append(observed, fmt.Sprint(last.State, err)) }})
		if e := asError(t, err); e.Outcome != Canceled || time.Since(began) != 50*second || e.LastAge != 8*second {
			t.Errorf("ended after %s, with a result of %s before: %v", time.Since(began), e.LastAge, err)
		}
		want := []string{"10s state", "10s load", "16s state", "22s count", "32s count"}
		if !slices.Equal(c.log[:5], want) {
			t.Errorf("requests %q, want %q", c.log, want)
		}
		if len(observed) < 4 || observed[0] != "LoadStateNotLoad<nil>" {
			t.Errorf("observed %q", observed)
		}
	})
}
