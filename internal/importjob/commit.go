package importjob

import (
	"context"
	"fmt"
	"time"
)

// maxCommits limits the commits that are sent to a job that stays uncommitted. One that was
// throttled does not count.
const maxCommits = 4

// RowBounds are bounds of a number of rows. A bound that is nil does not apply.
type RowBounds struct{ Min, Max *int64 }

// RowsError reports that the number of imported rows is not within its bounds.
type RowsError struct {
	// Rows is nil if the API does not return the number.
	Rows   *int64
	Bounds RowBounds
}

func (e *RowsError) Error() string {
	switch {
	case e.Rows == nil:
		return "the number of imported rows is not known"
	case e.TooFew():
		return fmt.Sprintf("%d rows imported, fewer than %d", *e.Rows, *e.Bounds.Min)
	default:
		return fmt.Sprintf("%d rows imported, more than %d", *e.Rows, *e.Bounds.Max)
	}
}

// TooFew reports whether the number of rows is known and below the lower bound.
func (e *RowsError) TooFew() bool {
	return e.Rows != nil && e.Bounds.Min != nil && *e.Rows < *e.Bounds.Min
}

// check returns a [RowsError] unless the number of imported rows is within the bounds.
func (b RowBounds) check(job Job) error {
	rows := job.ImportedRows
	if b.Min != nil && (rows == nil || *rows < *b.Min) || b.Max != nil && (rows == nil || *rows > *b.Max) {
		return &RowsError{Rows: rows, Bounds: b}
	}
	return nil
}

// commits are the commits of a wait.
type commits struct {
	// sent is the number of commits, and counted that of those that were not throttled.
	sent    int
	counted int
	// refused is the number of commits that the service has refused.
	refused int
	// refusedSince is the time of the first refusal after a commit that was not refused.
	refusedSince time.Time
	// at is the time at which the last commit returned, and err its error.
	at  time.Time
	err error
}

// mayCommit reports whether the wait commits the job if the next result is uncommitted.
func (w *wait) mayCommit() bool { return w.options.Commits && w.commits.counted < maxCommits }

// commit commits a job that was just read as uncommitted. It returns false if the service
// has refused that for good.
func (w *wait) commit(ctx context.Context) bool {
	c := &w.commits
	if failure := FailureOf(c.err); isRefusal(c.err) && failure != Throttled {
		documented := failure == Permanent || failure == NotFound
		if documented || time.Since(c.refusedSince) >= undocumentedTimeout {
			return false
		}
	}
	if !w.mayCommit() {
		return true
	}
	limited, cancel := context.WithTimeout(ctx, finalPollTimeout)
	defer cancel()
	c.err = sendCommand(limited, w.source.Commit)
	c.sent++
	c.at = time.Now()
	if FailureOf(c.err) != Throttled {
		c.counted++
	}
	if !isRefusal(c.err) {
		c.refusedSince = time.Time{}
		return true
	}
	c.refused++
	if c.refusedSince.IsZero() {
		c.refusedSince = c.at
	}
	return true
}

// pause returns the pause of the schedule as if the wait had begun with the last commit.
// After a commit that failed, it is 1 s, 8 s and then 30 s, or what the service requests, so
// that the commits outlast a restart of the service.
func (c *commits) pause(state State, random float64) time.Duration {
	if c.err == nil || state != StateUncommitted {
		return pollPause(time.Since(c.at), random)
	}
	return max(backoff(3*c.sent-2, random), retryAfter(c.err))
}

// describe adds what is known of the commits to the error of a wait.
func (c *commits) describe(e *Error) {
	e.Commits = c.sent
	if e.Last == nil || e.Last.State != StateUncommitted {
		return
	}
	e.CommitRefused = c.sent > 0 && c.refused == c.sent
	if e.Err == nil && !isAbandoned(c.err) {
		e.Err = c.err
	}
}
