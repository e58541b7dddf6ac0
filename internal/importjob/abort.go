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
		refusal, abortErr error // the last refusal, and the error of the last abort
		sent, accepted    bool  // whether an abort may have been accepted, and whether one was
	)
	job, err := withTimeout(ctx, l.Timeout, func(ctx context.Context) (Job, error) {
		for n := 1; ; n++ {
			// The abort must follow the result at once, so it is admitted before the read.
			if err := l.admit(ctx); err != nil {
				return Job{}, err
			}
			job, err := sendWithRetries(ctx, l, s.Read)
			if err != nil || !job.State.Abortable() {
				return job, err
			}
			if !accepted && isRefusal(abortErr) && FailureOf(abortErr) == Permanent {
				return job, abortErr
			}
			l.MaxRetries = math.MaxInt // from the first result on, only the timeout limits retries
			abortErr = sendCommand(ctx, s.Abort)
			accepted = accepted || abortErr == nil
			if isRefusal(abortErr) {
				refusal = abortErr
			} else {
				sent = true
			}
			if sleep(ctx, max(backoff(n+1, l.random()), retryAfter(abortErr))) != nil {
				return job, &abandonedError{}
			}
		}
	})
	result := Aborted{Job: job, Refusal: refusal}
	e, failed := errors.AsType[*Error](err)
	switch {
	case !failed:
		return result, nil
	case e.Outcome == TimedOut && accepted:
		e.Err = cmp.Or(e.Err, ErrNotAborted)
	case !isAbandoned(abortErr):
		e.Err = cmp.Or(e.Err, abortErr)
	}
	e.AbortSent = sent
	return result, e
}
