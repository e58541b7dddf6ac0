package importjob

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"
)

func TestErrorText(t *testing.T) {
	t.Parallel()
	cause := errors.New("HTTP 503")
	tests := []struct {
		err  error
		want string
	}{
		{&Error{Outcome: ImportFailed}, "import job failed"},
		{&Error{Outcome: TimedOut, Timeout: 90 * second}, "timed out after 1m30s"},
		{&Error{Outcome: TimedOut, Timeout: time.Hour, Err: cause}, "timed out after 1h0m0s: HTTP 503"},
		{&Error{Outcome: TimedOut, Timeout: time.Hour, Queued: true}, "timed out after 1h0m0s while waiting for the rate limit"},
		{&Error{Outcome: TimedOut, Timeout: time.Hour, Queued: true, Err: cause}, "timed out after 1h0m0s while waiting for the rate limit: HTTP 503"},
		{&Error{Outcome: Canceled}, "canceled"},
		{&Error{Outcome: RequestFailed, Err: cause}, "request failed: HTTP 503"},
		{&RequestError{Err: cause, Failure: Unavailable}, "HTTP 503"},
		{&LostError{Err: cause}, "HTTP 503"},
		{&IncompleteListError{Listed: 3, Count: 5}, "the list of jobs has 3 of 5 jobs"},
	}
	for _, test := range tests {
		if got := test.err.Error(); got != test.want {
			t.Errorf("%#v is %q, want %q", test.err, got, test.want)
		}
	}
}

func TestErrorsWrapTheirCause(t *testing.T) {
	t.Parallel()
	cause := errors.New("HTTP 503")
	for _, err := range []error{&Error{Err: cause}, &RequestError{Err: cause}, &LostError{Err: cause}} {
		if !errors.Is(err, cause) {
			t.Errorf("%T does not wrap its cause", err)
		}
	}
}

// TestEndedNotFound checks which errors say that the service has no record of a job.
func TestEndedNotFound(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]bool{
		&Error{Outcome: RequestFailed, Err: notFound.err}: true, fmt.Errorf("x: %w", &Error{Outcome: RequestFailed, Err: notFound.err}): true,
		&Error{Outcome: TimedOut, Err: notFound.err}: false, &Error{Outcome: RequestFailed, Err: notFound.err, Last: &Job{}}: false,
		&Error{Outcome: RequestFailed, Err: errPermanent}: false, notFound.err: false, nil: false,
	} {
		if EndedNotFound(err) != want {
			t.Errorf("EndedNotFound(%v) = %t", err, !want)
		}
	}
	for err, want := range map[error]bool{&Error{Outcome: Canceled}: true, &Error{Outcome: TimedOut}: false, context.Canceled: false, nil: false} {
		if IsCanceled(err) != want {
			t.Errorf("IsCanceled(%v) = %t", err, !want)
		}
	}
}

func TestFailureOf(t *testing.T) {
	t.Parallel()
	err := &RequestError{Err: errors.New("code 90144"), Failure: NotFound}
	tests := map[error]Failure{
		err: NotFound, fmt.Errorf("reading: %w", err): NotFound, &Error{Outcome: RequestFailed, Err: err}: NotFound,
		&RequestError{Err: err, Failure: UnknownOutcome}: UnknownOutcome, &RequestError{}: Permanent,
		errPermanent: Permanent, nil: Permanent, &Error{Outcome: TimedOut}: Permanent,
	}
	for err, want := range tests {
		if got := FailureOf(err); got != want {
			t.Errorf("FailureOf(%#v) = %d, want %d", err, got, want)
		}
	}
}
