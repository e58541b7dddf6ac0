package importjob

import (
	"errors"
	"fmt"
	"time"
)

// TransientKind says how long it is worth to retry after a [TransientError].
type TransientKind int

// The kinds of a [TransientError].
const (
	// Unavailable: the service could not be reached, failed, or sent a response
	// that could not be used.
	Unavailable TransientKind = iota + 1
	// RateLimited: the service is there and wants fewer requests.
	RateLimited
	// UnknownCode: the service sent a code that is not documented. Milvus reports
	// temporary failures that way, and permanent ones too.
	UnknownCode
)

// TransientError wraps an error that a retry may fix.
type TransientError struct {
	Err  error
	Kind TransientKind
	// RetryAfter is how long the service asks clients to wait, 0 if it does not say.
	RetryAfter time.Duration
}

// Error returns the wrapped error's text.
func (e *TransientError) Error() string { return e.Err.Error() }

// Unwrap returns the wrapped error.
func (e *TransientError) Unwrap() error { return e.Err }

// transient returns the TransientError in err's chain, nil if there is none or a retry
// could start a second job.
func transient(err error) *TransientError {
	var (
		t       *TransientError
		unknown *UnknownOutcomeError
	)
	if !errors.As(err, &unknown) && errors.As(err, &t) {
		return t
	}
	return nil
}

// retryAfter returns how long the service asks clients to wait after err.
func retryAfter(err error) time.Duration {
	if t := transient(err); t != nil {
		return t.RetryAfter
	}
	return 0
}

// Outcome is the way in which a call ended without what was asked for.
type Outcome int

// The outcomes of an [Error].
const (
	// ImportFailed: the service reports that the import has failed.
	ImportFailed Outcome = iota + 1
	// TimedOut: the time limit was reached.
	TimedOut
	// Canceled: the caller's context was cancelled.
	Canceled
	// RequestFailed: the service refused a request, or no response could be had.
	RequestFailed
)

// Error reports how a read, a wait or another call ended, and what it had learned
// by then.
type Error struct {
	Outcome Outcome
	// Last is the last good result, nil if there was none.
	Last *Job
	// Polls counts the polls, the last one included.
	Polls   int
	Elapsed time.Duration
	// Timeout is the time limit.
	Timeout time.Duration
	// Err is the error of the latest poll, nil if that one had a result. When the
	// time limit was reached without a response to the latest poll, it is the error
	// of the poll before, if that failed.
	Err error
}

// Error names the outcome and the cause.
func (e *Error) Error() string {
	text := e.outcome()
	if e.Err != nil {
		return fmt.Sprintf("%s: %v", text, e.Err)
	}
	return text
}

// Unwrap returns the error of the latest poll.
func (e *Error) Unwrap() error { return e.Err }

func (e *Error) outcome() string {
	switch e.Outcome {
	case ImportFailed:
		return "import job failed"
	case TimedOut:
		return fmt.Sprintf("time limit of %s reached", e.Timeout)
	case Canceled:
		return "cancelled"
	case RequestFailed:
		return "request failed"
	default:
		return fmt.Sprintf("outcome %d", int(e.Outcome))
	}
}
