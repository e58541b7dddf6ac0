package importjob

import (
	"errors"
	"fmt"
	"time"
)

// Failure describes how a request failed. It decides how long a request is retried.
type Failure int

// The failures of a [RequestError].
const (
	// Permanent means that a retry can't fix the failure. It is the zero value.
	Permanent Failure = iota
	// Unavailable means that the service was not reached, failed, or sent an unusable response.
	Unavailable
	// Throttled means that the service throttles requests, or is busy with another import.
	Throttled
	// UnknownCode means that the service returned an undocumented code. It can be temporary
	// or permanent (inferred: Milvus returns such codes for both).
	UnknownCode
	// UnknownStatus means that the response has the status of a rejection or a redirect,
	// and no documented code. It is permanent, unless the service has already answered the
	// same request: a gateway can send it while it is updated (inferred).
	UnknownStatus
	// NotFound means that there is no record of the job: not yet, not any more, or never.
	NotFound
	// UnknownOutcome means that the request may have had an effect. It is never sent again.
	UnknownOutcome
)

// RequestError is the error of a request that failed. An error without one is permanent.
type RequestError struct {
	Err        error
	Failure    Failure
	RetryAfter time.Duration // the pause that the service requests, or 0
}

func (e *RequestError) Error() string { return e.Err.Error() }
func (e *RequestError) Unwrap() error { return e.Err }

// FailureOf returns how a request failed, according to the first [RequestError] in its error.
func FailureOf(err error) Failure {
	if e, ok := errors.AsType[*RequestError](err); ok {
		return e.Failure
	}
	return Permanent
}

// isRetried reports whether a request that failed is retried before the first result.
func (f Failure) isRetried() bool { return f == Unavailable || f == Throttled || f == UnknownCode }

// isRefusal reports whether a request that failed has changed nothing in the service.
func isRefusal(err error) bool {
	failure := FailureOf(err)
	return err != nil && !isAbandoned(err) && failure != Unavailable && failure != UnknownOutcome
}

func retryAfter(err error) time.Duration {
	if e, ok := errors.AsType[*RequestError](err); ok {
		return e.RetryAfter
	}
	return 0
}

// Outcome describes how a call failed.
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
	// RowsOutOfBounds means that Err is a [RowsError].
	RowsOutOfBounds Outcome = "number of imported rows out of bounds"
)

// Error is the error of a call of this package: how it failed, and what was known by then.
type Error struct {
	Outcome Outcome
	Elapsed time.Duration // from the beginning of the call to its end
	Timeout time.Duration
	// Last is the last result of a wait. It is nil if there was none, and for other calls.
	Last    *Job
	LastAge time.Duration // from the last result to the end of the call
	Polls   int           // of a wait, 0 for other calls
	// Commits is the number of commits that a wait has sent. After the first, the job may
	// have been committed, unless CommitRefused is true.
	Commits int
	// CommitRefused reports whether the service has refused every commit, and the job was
	// uncommitted when it was last read.
	CommitRefused bool
	// AbortSent reports whether [Abort] has sent an abort that was not refused. The job may
	// have been aborted then.
	AbortSent bool
	// Queued reports whether a call that timed out was still waiting for the rate limit.
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

// EndedNotFound reports whether a call has ended, without a result before, because the
// service has no record of the job.
func EndedNotFound(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Outcome == RequestFailed && e.Last == nil && FailureOf(e.Err) == NotFound
}

// IsCanceled reports whether a call has ended because its context was canceled.
func IsCanceled(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Outcome == Canceled
}
