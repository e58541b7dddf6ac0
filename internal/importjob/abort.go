package importjob

import (
	"cmp"
	"context"
	"errors"
	"math"
)

// ErrNotAborted is the error of a job that has not ended in time after an accepted abort.
var ErrNotAborted = errors.New("the abort was accepted, but the job has not ended")

// Aborted is the result of [Abort].
type Aborted struct {
	Job Job // as it was last read
	// Refusal is the error of the last abort that the service refused. It can be nil.
	Refusal error
}

// Abort aborts a job unless its state is not abortable. It sends an abort only to a job that
// was just read as abortable, and again until the job has ended. Whatever the service
// answers, the next result decides. A job without a record is polled for some seconds. An
// error is always an [*Error].
func Abort(ctx context.Context, s Source, l Limits) (Aborted, error) {
	var abort command
	l.patient = true
	job, err := withTimeout(ctx, l.Timeout, func(ctx context.Context) (last Job, _ error) {
		for {
			// The abort must follow the result at once, so it is admitted before the read.
			if err := l.admit(ctx); err != nil {
				return last, err
			}
			job, err := readLate(ctx, l, s.Read)
			if err != nil {
				return last, err
			}
			if last = job; !job.State.Abortable() {
				return job, nil
			}
			if !abort.accepted && isRefusal(abort.err) && FailureOf(abort.err) == Permanent {
				return job, abort.err
			}
			l.MaxRetries = math.MaxInt // from the first result on, only the timeout limits retries
			abort.send(ctx, s.Abort)
			if sleep(ctx, max(backoff(abort.sent+1, l.random()), retryAfter(abort.err))) != nil {
				return job, &abandonedError{}
			}
		}
	})
	result := Aborted{Job: job, Refusal: abort.refusal}
	e, failed := errors.AsType[*Error](err)
	switch {
	case !failed:
		return result, nil
	case e.Outcome == TimedOut && abort.accepted:
		e.Err = cmp.Or(e.Err, ErrNotAborted)
	case !isAbandoned(abort.err):
		e.Err = cmp.Or(e.Err, abort.err)
	}
	e.AbortSent = abort.sent > abort.refused
	return result, e
}
