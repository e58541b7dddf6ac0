package importjob

import (
	"cmp"
	"context"
	"errors"
	"math"
)

// ErrNotAborted is the error of a job that has not ended in time although the service has
// accepted an abort.
var ErrNotAborted = errors.New("the abort was accepted, but the job has not ended")

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
// read. It sends abort only to a job that was just read as abortable, and again until the
// job has ended. Whatever abort returns, the next result decides. An error is always an
// [*Error].
func Abort(ctx context.Context, l Limits, s Source, abort func(context.Context) error) (Job, error) {
	var (
		abortErr error // the error of the last abort
		sent     bool  // whether an abort may have been accepted
		accepted bool  // whether an abort was accepted
	)
	job, err := withTimeout(ctx, l.Timeout, func(ctx context.Context) (Job, error) {
		for n := 1; ; n++ {
			// The abort must follow the result at once, so it is admitted before the read.
			if err := l.admit(ctx); err != nil {
				return Job{}, err
			}
			job, err := sendWithRetries(ctx, l, s.Read)
			if err != nil || !Abortable(job.State) {
				return job, err
			}
			if isPermanent(abortErr) && !accepted {
				return job, abortErr
			}
			l.MaxRetries = math.MaxInt // from the first result on, only the timeout limits retries
			_, abortErr = admitAndSend(ctx, Limits{}, func(ctx context.Context) (struct{}, error) {
				return struct{}{}, abort(ctx)
			})
			accepted = accepted || abortErr == nil
			sent = sent || !isPermanent(abortErr) && !isThrottled(abortErr)
			if sleep(ctx, max(backoff(n+1, l.random()), retryAfter(abortErr))) != nil {
				return job, &abandonedError{}
			}
		}
	})
	e, failed := errors.AsType[*Error](err)
	switch {
	case !failed:
		return job, nil
	case e.Outcome == TimedOut && accepted:
		e.Err = cmp.Or(e.Err, ErrNotAborted)
	case e.Outcome == TimedOut && !isAbandoned(abortErr):
		e.Err = cmp.Or(e.Err, abortErr)
	}
	e.AbortSent = sent
	return job, e
}
