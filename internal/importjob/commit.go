package importjob

import (
	"context"
	"fmt"
)

// maxCommits limits the commits that are sent to a job that stays uncommitted. One that was
// throttled does not count.
const maxCommits = 4

// RowBounds are bounds of a number of rows. A bound that is nil does not apply.
type RowBounds struct{ Min, Max *int64 }

// RowsError reports that the number of imported rows is not within its bounds.
type RowsError struct {
	Rows   *int64 // nil if the API does not return it
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

// mayCommit reports whether the wait commits the job if the next result is uncommitted.
func (w *wait) mayCommit() bool {
	return w.options.Commits && w.command.sent-w.command.throttled < maxCommits
}

// commit commits a job that was just read as uncommitted. It returns false if the service
// has refused that for good.
func (w *wait) commit(ctx context.Context) bool {
	if w.command.rejected() {
		return false
	}
	if w.mayCommit() {
		w.command.send(ctx, w.source.Commit)
		w.note(w.command.err)
	}
	return true
}

// describeCommits adds what is known of the commits to the error of the wait.
func (w *wait) describeCommits(e *Error) {
	c := w.command
	e.Commits = c.sent
	if e.Last == nil || e.Last.State != StateUncommitted {
		return
	}
	e.CommitRefused = c.sent > 0 && c.refused == c.sent
	if e.Err == nil && !isAbandoned(c.err) {
		e.Err = c.err
	}
}
