package importjob

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// phasesCall is a call of [Wait] or [Abort] about a job with two phases, while requests fail,
// and while others commit or abort the job.
type phasesCall struct {
	t    *testing.T
	rand *rand.Rand
	// The job is uncommitted from loaded on. A commit or abort was accepted at committed or
	// aborted, which are zero before that. A commit takes some time.
	loaded, committed, aborted time.Time
	commitTakes                time.Duration
	// other is set at otherAt: somebody else commits or aborts the job. It is nil afterwards.
	other             *time.Time
	otherAt           time.Time
	fails             bool // the import fails instead of being uncommitted
	faults, endFaults float64
	passing           bool // all faults can pass
	rows              int64

	last                    Job       // the last result
	lastAt                  time.Time // when it was received, if no request came after it
	sent, counted, accepted int
	faulty, refusedAll      bool
}

func (c *phasesCall) state() State {
	now := time.Now()
	if c.other != nil && !now.Before(c.otherAt) {
		if !c.loaded.After(c.otherAt) && c.committed.IsZero() && c.aborted.IsZero() && !c.fails {
			*c.other = c.otherAt
		}
		c.other = nil
	}
	switch {
	case !c.aborted.IsZero():
		return StateFailed
	case !c.committed.IsZero() && now.Sub(c.committed) >= c.commitTakes:
		return StateCompleted
	case !c.committed.IsZero():
		return StateCommitting
	case now.Before(c.loaded):
		return StateImporting
	case c.fails:
		return StateFailed
	default:
		return StateUncommitted
	}
}

// fault returns the error of a request that fails.
func (c *phasesCall) fault(probability float64) error {
	if c.rand.Float64() >= probability {
		return nil
	}
	c.faulty = true
	if c.passing {
		return oneOf(c.rand, unavailable, throttled(0), throttled(7*second)).err
	}
	return oneOf(c.rand, unavailable, throttled(0), unknownCode, unknownStatus, notFound, denied).err
}

func (c *phasesCall) read(ctx context.Context) (Job, error) {
	c.lastAt = time.Time{}
	if err := sleep(ctx, between(c.rand, 1, second)); err != nil {
		return Job{}, err
	}
	if err := c.fault(c.faults); err != nil {
		return Job{}, err
	}
	c.last, c.lastAt = Job{Progress: Progress{State: c.state()}, ImportedRows: &c.rows}, time.Now()
	return c.last, nil
}

// end commits or aborts the job. It checks that the job was just read in a state for it.
func (c *phasesCall) end(ctx context.Context, at *time.Time, states ...State) error {
	if !slices.Contains(states, c.last.State) || !c.lastAt.Equal(time.Now()) {
		c.t.Errorf("a job is ended that was read as %s %s ago", c.last.State, time.Since(c.lastAt))
	}
	c.lastAt = time.Time{}
	c.sent++
	c.counted++
	fault := c.fault(c.endFaults)
	switch {
	case fault != nil && FailureOf(fault) == Throttled:
		c.counted--
		return fault
	case fault != nil && isRefusal(fault):
		return fault
	}
	c.refusedAll = false
	if fault != nil && c.rand.IntN(2) == 0 {
		return fault // lost before the service has got it
	}
	if err := sleep(ctx, between(c.rand, 1, second)); err != nil {
		return err
	}
	if state := c.state(); state == StateUncommitted || at == &c.aborted && state == StateImporting {
		*at = time.Now()
		c.accepted++
	}
	return fault
}

func (c *phasesCall) source() Source {
	return Source{
		JobID: "job-1", Read: c.read,
		Commit: func(ctx context.Context) error { return c.end(ctx, &c.committed, StateUncommitted) },
		Abort: func(ctx context.Context) error {
			return c.end(ctx, &c.aborted, StatePending, StateImporting, StateUncommitted)
		},
	}
}

// TestPropertyPhases checks what must hold for each wait and abort.
func TestPropertyPhases(t *testing.T) {
	t.Parallel()
	met := map[string]int{}
	eachSeed(t, 2000, func(t *testing.T, r *rand.Rand) {
		t.Helper()
		takes := between(r, second, oneOf(r, 2*second, 3*minute, 20*minute))
		c := &phasesCall{t: t, rand: r, loaded: time.Now().Add(takes - oneOf(r, 0, takes)), commitTakes: oneOf(r, 0, 5*second, 2*minute), fails: r.IntN(8) == 0,
			faults: oneOf(r, 0, 0, 0.1, 0.5), endFaults: oneOf(r, 0, 0.5, 0.9), passing: r.IntN(3) > 0, rows: 7, refusedAll: true}
		others := r.IntN(3) == 0
		if others {
			c.other, c.otherAt = oneOf(r, &c.committed, &c.aborted), time.Now().Add(between(r, 1, 2*takes))
		}
		interrupt := oneOf(r, 24*time.Hour, 24*time.Hour, 24*time.Hour, between(r, 1, takes))
		ctx := cancelAfter(t, interrupt)
		began := time.Now()
		l := Limits{Timeout: oneOf(r, 30*second, 5*minute, time.Hour), MaxRetries: r.IntN(5), jitter: r.Float64}
		var err error
		opens := func() bool { return c.last.State == StateCompleted }
		abort, o := false, WaitOptions{Limits: l, Commits: true, Rows: RowBounds{Min: ptr(int64(oneOf(r, 7, 7, 7, 8)))}}
		switch r.IntN(5) {
		case 0:
			abort = true
			opens = func() bool { return !c.last.State.Abortable() }
			var a Aborted
			if a, err = Abort(ctx, c.source(), l); err == nil && a.Job.State != c.last.State {
				t.Errorf("aborted %+v, last %+v", a, c.last)
			}
		case 1:
			o.Commits = false
			opens = func() bool { return c.last.State == StateUncommitted || c.last.State == StateCompleted }
			o.Until = func(Job) bool { return opens() }
			fallthrough
		default:
			_, err = Wait(ctx, c.source(), o)
		}
		checkPhases(t, c, err, abort, opens(), o)
		e, failed := err.(*Error) //nolint:errorlint // it must not be wrapped
		switch {
		case !failed:
			met["success"]++
			return
		case e.Outcome == Canceled && (ctx.Err() == nil || time.Since(began) != interrupt), e.Outcome == TimedOut && time.Since(began) < l.Timeout:
			t.Errorf("error %v after %s", err, time.Since(began))
		case !abort && !c.faulty && !others && !c.fails && l.Timeout > 2*takes+4*minute && ctx.Err() == nil && *o.Rows.Min == 7:
			if o.Commits || o.Until == nil {
				t.Errorf("error %v without a fault", err)
			}
		}
		met[string(e.Outcome)]++
	})
	t.Log(met)
}

// checkPhases checks that a call has succeeded if the last result allows it, and that its
// error tells the truth.
func checkPhases(t *testing.T, c *phasesCall, err error, abort, opens bool, o WaitOptions) {
	t.Helper()
	var e *Error
	inBounds := c.rows >= *o.Rows.Min
	if !errors.As(err, &e) {
		if !opens || !abort && !inBounds {
			t.Errorf("success, although the job was last read as %+v", c.last)
		}
		return
	}
	switch {
	case opens && e.Outcome != Canceled && e.Outcome != RowsOutOfBounds && c.lastAt.Equal(time.Now()):
		t.Errorf("error %v, although the job was last read as %s", err, c.last.State)
	case e.Outcome == ImportFailed && c.last.State != StateFailed:
		t.Errorf("error %v, although the job was last read as %s", err, c.last.State)
	case !abort && (e.Commits != c.sent || c.counted > maxCommits || e.CommitRefused && (!c.refusedAll || c.sent == 0)):
		t.Errorf("error %+v, although %d commits were sent, %d of them counted, refused: %t", e, c.sent, c.counted, c.refusedAll)
	case !abort && c.accepted > 0 && (!inBounds || !o.Commits):
		t.Errorf("a job with %d rows was committed, bounds %d", c.rows, *o.Rows.Min)
	case abort && e.AbortSent == c.refusedAll:
		t.Errorf("error %+v, although all aborts were refused: %t", e, c.refusedAll)
	}
}
