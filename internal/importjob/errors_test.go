package importjob

import (
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
		{&Error{Outcome: TimedOut, Timeout: 90 * time.Second}, "timed out after 1m30s"},
		{&Error{Outcome: TimedOut, Timeout: time.Hour, Err: cause}, "timed out after 1h0m0s: HTTP 503"},
		{&Error{Outcome: TimedOut, Timeout: time.Hour, Queued: true}, "timed out after 1h0m0s while waiting for the rate limit"},
		{
			&Error{Outcome: TimedOut, Timeout: time.Hour, Queued: true, Err: cause},
			"timed out after 1h0m0s while waiting for the rate limit: HTTP 503",
		},
		{&Error{Outcome: Canceled}, "canceled"},
		{&Error{Outcome: RequestFailed, Err: cause}, "request failed: HTTP 503"},
		{&TransientError{Err: cause, Kind: Unavailable}, "HTTP 503"},
		{&NotFoundError{cause}, "HTTP 503"},
		{&UnknownOutcomeError{cause}, "HTTP 503"},
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
	for _, err := range []error{
		&Error{Err: cause}, &TransientError{Err: cause}, &NotFoundError{cause}, &UnknownOutcomeError{cause},
	} {
		if !errors.Is(err, cause) {
			t.Errorf("%T does not wrap its cause", err)
		}
	}
}

func TestIsNotFound(t *testing.T) {
	t.Parallel()
	notFound := &NotFoundError{errors.New("code 90144")}
	for _, err := range []error{notFound, fmt.Errorf("reading: %w", notFound), &Error{Outcome: RequestFailed, Err: notFound}} {
		if !IsNotFound(err) {
			t.Errorf("IsNotFound(%#v) = false", err)
		}
	}
	for _, err := range []error{nil, errPermanent, unavailable.err, &Error{Outcome: TimedOut}} {
		if IsNotFound(err) {
			t.Errorf("IsNotFound(%#v) = true", err)
		}
	}
}
