package importjob

import (
	"errors"
	"fmt"
	"time"
)

// TransientKind is the kind of a [TransientError]. It decides how long a request is
// retried. The zero value is invalid.
type TransientKind int

// The kinds of a [TransientError].
const (
	// Unavailable means that the service could not be reached, failed, or sent a
	// response that can't be used.
	Unavailable TransientKind = iota + 1
	// Throttled means that the service throttles requests, or that the cluster is busy
	// with another import.
	Throttled
	// UnknownCode means that the service returned an undocumented code. The failure can
	// be temporary or permanent (inferred: Milvus returns such codes for both).
	UnknownCode
)

// TransientError wraps an error that a retry may fix.
type TransientError struct {
	Err  error
	Kind TransientKind
	// RetryAfter is the shortest pause before a retry, 0 if the service requested none.
	RetryAfter time.Duration
}

func (e *TransientError) Error() string { return e.Err.Error() }
func (e *TransientError) Unwrap() error { return e.Err }

// NotFoundError wraps the error of a job that the service has no record of: it never
// existed, is not on record yet, or its record has expired.
type NotFoundError struct{ Err error }

func (e *NotFoundError) Error() string { return e.Err.Error() }
func (e *NotFoundError) Unwrap() error { return e.Err }

// IsNotFound reports whether there is a [NotFoundError] in the chain of err.
func IsNotFound(err error) bool {
	_, ok := errors.AsType[*NotFoundError](err)
	return ok
}

// UnknownOutcomeError reports that a request failed and may have changed something in
// the service nevertheless. It is never retried.
type UnknownOutcomeError struct{ Err error }

func (e *UnknownOutcomeError) Error() string { return e.Err.Error() }
func (e *UnknownOutcomeError) Unwrap() error { return e.Err }

// asTransient returns the TransientError in the chain of err. It returns nil if there is
// none, or if the outcome of the request is unknown.
func asTransient(err error) *TransientError {
	if _, unknown := errors.AsType[*UnknownOutcomeError](err); unknown {
		return nil
	}
	t, _ := errors.AsType[*TransientError](err)
	return t
}

// isPermanent reports whether a request was rejected for good. One that was abandoned was
// not.
func isPermanent(err error) bool {
	return err != nil && !isAbandoned(err) && asTransient(err) == nil
}

func isThrottled(err error) bool {
	t := asTransient(err)
	return t != nil && t.Kind == Throttled
}

// retryAfter returns the RetryAfter of the TransientError in the chain of err, 0 if there
// is none.
func retryAfter(err error) time.Duration {
	if t := asTransient(err); t != nil {
		return t.RetryAfter
	}
	return 0
}

// Outcome is how a call failed.
type Outcome string

// The outcomes of an [Error].
const (
	// ImportFailed means that the service reports a failed import.
	ImportFailed Outcome = "import job failed"
	// TimedOut means that the call did not succeed within its timeout.
	TimedOut Outcome = "timed out"
	// Canceled means that the caller's context was canceled.
	Canceled Outcome = "canceled"
	// RequestFailed means that a request failed with a permanent error or had no retries
	// left, or that a list of jobs was incomplete.
	RequestFailed Outcome = "request failed"
)

// Error is the error of a call of this package. It describes how the call failed, and what
// was known by then.
type Error struct {
	Outcome Outcome
	// Last is the last result of a wait. It is nil if the wait had none, and for other
	// calls.
	Last *Job
	// LastAge is the time from the last result to the end of the call.
	LastAge time.Duration
	// Polls is the number of polls of a wait, 0 for other calls.
	Polls int
	// Commits is how often a wait has sent a commit. After the first, the job may have been
	// committed.
	Commits int
	// CommitRejected reports whether the last commit was rejected, and the job was
	// uncommitted when it was read after that. Err is then the error of the commit.
	CommitRejected bool
	// AbortSent reports whether [Abort] has sent an abort that was not rejected. The job may
	// have been aborted then.
	AbortSent bool
	// Elapsed is the time from the beginning of the call to its end.
	Elapsed time.Duration
	// Timeout is the timeout of the call.
	Timeout time.Duration
	// Queued reports whether the call ended while its request was still waiting for the
	// rate limit. It is true only if Outcome is [TimedOut].
	Queued bool
	// Err is the error of the last request that was not abandoned. It is nil if that
	// request succeeded, or if there was none.
	Err error
}

func (e *Error) Error() string {
	text := string(e.Outcome)
	if e.Outcome == TimedOut {
		text = fmt.Sprintf("timed out after %s", e.Timeout)
	}
	if e.Queued {
		text += " while waiting for the rate limit"
	}
	if e.Err != nil {
		return fmt.Sprintf("%s: %v", text, e.Err)
	}
	return text
}

func (e *Error) Unwrap() error { return e.Err }

// EndedNotFound reports whether a call has ended because the service has no record of the
// job, and not for another reason after that. A wait must have had no result before.
func EndedNotFound(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Outcome == RequestFailed && e.Last == nil && IsNotFound(e.Err)
}

// IsCanceled reports whether a call has ended because its context was canceled.
func IsCanceled(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Outcome == Canceled
}
