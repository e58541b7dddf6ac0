package importjob

import (
	"cmp"
	"context"
	"errors"
)

// maxAborts is how often an abort is sent to a job that goes on.
const maxAborts = 4

// errNotAborted is the error of a job that goes on although it was aborted.
var errNotAborted = errors.New("the service has accepted the abort, but the job goes on")

// Abortable reports whether a job in this state can be aborted safely: the service is not
// about to make its rows visible, and it has not ended.
func Abortable(s State) bool {
	switch s {
	case StatePending, StateImporting, StateUncommitted:
		return true
	case StateCommitting, StateCompleted, StateFailed:
		return false
	default:
		return false
	}
}

// Abort aborts a job unless its state is not abortable, and returns the job as it was last
// read. It sends abort only for a job that was just read as abortable. Whatever abort
// returns, the next result decides. An error is always an [*Error].
func Abort(ctx context.Context, l Limits, s Source, abort func(context.Context) error) (Job, error) {
	return withTimeout(ctx, l.Timeout, func(ctx context.Context) (Job, error) {
		var abortErr error
		for aborts := 0; ; {
			// The abort must follow the result at once, so it waits for the rate limit first.
			if err := l.admit(ctx); err != nil {
				return Job{}, err
			}
			job, err := sendWithRetries(ctx, l, s.Read)
			if err != nil || !Abortable(job.State) {
				return job, err
			}
			if aborts == maxAborts || abortErr != nil && asTransient(abortErr) == nil {
				return job, cmp.Or(abortErr, errNotAborted)
			}
			abortErr = abort(ctx)
			if !isRateLimited(abortErr) {
				aborts++
			}
			if sleep(ctx, max(backoff(aborts+1, l.random()), retryAfter(abortErr))) != nil {
				return job, &abandonedError{last: abortErr}
			}
		}
	})
}
