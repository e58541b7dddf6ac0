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

// Aborted is the result of [Abort].
type Aborted struct {
	// Job is the job as it was last read.
	Job Job
	// Refusal is the error of the last abort that the service refused. It is nil if none
	// was refused.
	Refusal error
}

// Abort aborts a job unless its state is not abortable. It sends an abort only to a job that
// was just read as abortable, and again until the job has ended. Whatever the service
// answers, the next result decides. An error is always an [*Error].
func Abort(ctx context.Context, s Source, l Limits) (Aborted, error) {
	var (
		result   Aborted
		abortErr error // the error of the last abort
		sent     bool  // whether an abort may have been accepted
		accepted bool  // whether an abort was accepted
	)
	_, err := withTimeout(ctx, l.Timeout, func(ctx context.Context) (_ struct{}, err error) {
		for n := 1; ; n++ {
			// The abort must follow the result at once, so it is admitted before the read.
			if err := l.admit(ctx); err != nil {
				return struct{}{}, err
			}
			result.Job, err = sendWithRetries(ctx, l, s.Read)
			if err != nil || !result.Job.State.Abortable() {
				return struct{}{}, err
			}
			if !accepted && abortErr != nil && !isAbandoned(abortErr) && FailureOf(abortErr) == Permanent {
				return struct{}{}, abortErr
			}
			l.MaxRetries = math.MaxInt // from the first result on, only the timeout limits retries
			_, abortErr = sendAdmitted(ctx, func(ctx context.Context) (struct{}, error) {
				return struct{}{}, s.Abort(ctx)
			})
			accepted = accepted || abortErr == nil
			if isRefusal(abortErr) {
				result.Refusal = abortErr
			} else {
				sent = true
			}
			if sleep(ctx, max(backoff(n+1, l.random()), retryAfter(abortErr))) != nil {
				return struct{}{}, &abandonedError{}
			}
		}
	})
	e, failed := errors.AsType[*Error](err)
	switch {
	case !failed:
		return result, nil
	case e.Outcome == TimedOut && accepted:
		e.Err = cmp.Or(e.Err, ErrNotAborted)
	case e.Outcome == TimedOut && !isAbandoned(abortErr):
		e.Err = cmp.Or(e.Err, abortErr)
	}
	e.AbortSent = sent
	return result, e
}
