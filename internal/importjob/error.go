package importjob

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// PassingError wraps an error that may be gone when one asks again: the
// connection broke, the service is overloaded, an answer could not be understood.
type PassingError struct {
	Err error
	// RetryAfter is how long the service asked to be left alone; 0 if it named no time.
	RetryAfter time.Duration
}

// Error returns the wrapped error's text.
func (e *PassingError) Error() string { return e.Err.Error() }

// Unwrap returns the wrapped error.
func (e *PassingError) Unwrap() error { return e.Err }

// retryAfter tells how long the service asked to be left alone.
func retryAfter(err error) time.Duration {
	var passing *PassingError
	if errors.As(err, &passing) {
		return passing.RetryAfter
	}
	return 0
}

// isPassing tells whether asking again may mend the error. A poll that was cut
// off by its own time limit counts: the next one may be answered in time.
func isPassing(err error) bool {
	var passing *PassingError
	return errors.As(err, &passing) || errors.Is(err, context.DeadlineExceeded)
}

// Outcome is the way in which a read or a wait ended without what was asked for.
type Outcome int

// The outcomes of an [Error].
const (
	// ImportFailed: the service says that the import has failed.
	ImportFailed Outcome = iota + 1
	// TimedOut: the time was up while the import went on, or before any answer came.
	TimedOut
	// Canceled: the caller's context was cancelled.
	Canceled
	// ReadFailed: the service refused the question, or it could not be asked.
	ReadFailed
)

// Error says how a read or a wait ended, and all that was seen until then.
type Error struct {
	Outcome Outcome
	// Last is the last good answer, nil if there was none.
	Last *Job
	// Polls counts the times that the service was asked, the last one included.
	Polls   int
	Elapsed time.Duration
	// Timeout is the time that was given.
	Timeout time.Duration
	// Err is what went wrong in the latest poll, nil if that one was answered.
	Err error
}

// Error names the outcome in a few words and the cause.
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
		return fmt.Sprintf("import job did not finish within %s", e.Timeout)
	case Canceled:
		return "waiting for the import job was cancelled"
	case ReadFailed:
		return "import job could not be read"
	default:
		return fmt.Sprintf("import job: outcome %d", int(e.Outcome))
	}
}
