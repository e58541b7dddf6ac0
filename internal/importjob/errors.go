package importjob

import (
	"errors"
	"fmt"
	"time"
)

// TransientKind is the kind of a [TransientError]. It decides how often a request is
// retried. The zero value is not a kind.
type TransientKind int

// The kinds of a [TransientError].
const (
	// Unavailable: the service could not be reached, failed, or sent a response that
	// can't be used.
	Unavailable TransientKind = iota + 1
	// RateLimited: the service throttles requests, or the cluster is busy with another
	// import.
	RateLimited
	// UnknownCode: the service returned an undocumented code. The failure can be
	// temporary or permanent (inferred: Milvus returns such codes for both).
	UnknownCode
)

// TransientError wraps an error that a retry may fix.
type TransientError struct {
	Err  error
	Kind TransientKind
	// RetryAfter is the shortest pause before a retry, 0 if the service requested none.
	RetryAfter time.Duration
}

// Error returns the text of the wrapped error.
func (e *TransientError) Error() string { return e.Err.Error() }

// Unwrap returns the wrapped error.
func (e *TransientError) Unwrap() error { return e.Err }

// asTransient returns the TransientError in the chain of err. It returns nil if there
// is none, or if a retry could start a second job.
func asTransient(err error) *TransientError {
	var (
		t       *TransientError
		unknown *UnknownOutcomeError
	)
	if !errors.As(err, &unknown) && errors.As(err, &t) {
		return t
	}
	return nil
}

// retryAfter returns the RetryAfter of the TransientError in the chain of err, 0 if there
// is none.
func retryAfter(err error) time.Duration {
	if t := asTransient(err); t != nil {
		return t.RetryAfter
	}
	return 0
}

// Outcome is how a call failed. The zero value is not an outcome.
type Outcome int

// The outcomes of an [Error].
const (
	// ImportFailed: the service reports that the import has failed.
	ImportFailed Outcome = iota + 1
	// TimedOut: the call did not succeed within its timeout.
	TimedOut
	// Canceled: the caller's context was cancelled.
	Canceled
	// RequestFailed: a request failed with a permanent error or had no retries left, or
	// a list of jobs was incomplete.
	RequestFailed
)

// Error is the error that [Poller.Read], [Poller.Wait], [Retry], [Start] and [ListJobs]
// return. It describes how the call failed, and what was known by then.
type Error struct {
	Outcome Outcome
	// Last is the last result of a wait. Nil if it had none, and for other calls.
	Last *Job
	// Polls is the number of polls of a wait, including the last one. 0 for other calls.
	Polls int
	// Elapsed is the time from the beginning of the call to its end.
	Elapsed time.Duration
	// Timeout is the timeout of the call.
	Timeout time.Duration
	// Err is the error of the last request, nil if it succeeded. A request that the call
	// abandoned has no error of its own. Err is then the error of the request before. If
	// that succeeded, or there was none, Err is [ErrQueued] if the call timed out before
	// the abandoned request was sent, and otherwise nil.
	Err error
}

// Error returns the outcome and the text of Err.
func (e *Error) Error() string {
	text := e.outcomeText()
	if e.Err != nil {
		return fmt.Sprintf("%s: %v", text, e.Err)
	}
	return text
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

func (e *Error) outcomeText() string {
	switch e.Outcome {
	case ImportFailed:
		return "import job failed"
	case TimedOut:
		return fmt.Sprintf("timed out after %s", e.Timeout)
	case Canceled:
		return "cancelled"
	case RequestFailed:
		return "request failed"
	default:
		return fmt.Sprintf("outcome %d", int(e.Outcome))
	}
}
