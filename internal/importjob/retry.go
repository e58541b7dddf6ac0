package importjob

import (
	"context"
	"errors"
	"time"
)

// Limits are the limits of a call that sends requests.
type Limits struct {
	Timeout    time.Duration // of the call with all retries, positive
	MaxRetries int           // of one request after transient errors
	// Admit is called before each request, and waits until the rate limit allows it. It can be nil.
	Admit func(context.Context) error

	patient bool           // retries a throttled request until the timeout
	jitter  func() float64 // replaces the random numbers in tests
}

// withTimeout runs a call with a timeout and returns its error as an [*Error].
func withTimeout[T any](ctx context.Context, timeout time.Duration, call func(context.Context) (T, error)) (T, error) {
	began := time.Now()
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	value, err := call(limited)
	if err == nil {
		return value, nil
	}
	e := &Error{Outcome: RequestFailed, Elapsed: time.Since(began), Timeout: timeout, Err: err}
	if abandoned, ok := errors.AsType[*abandonedError](err); ok {
		e.Outcome, e.Queued, e.Err = TimedOut, abandoned.queued, abandoned.last
	}
	switch {
	case ctx.Err() != nil:
		e.Outcome, e.Queued = Canceled, false
	case limited.Err() != nil:
		e.Outcome = TimedOut
	}
	return value, e
}

// abandonedError is the error of a request that was abandoned because its context was done.
type abandonedError struct {
	queued bool  // the request was still waiting for the rate limit
	last   error // of the request before, which can be nil
}

func (e *abandonedError) Error() string {
	if e.queued {
		return "timed out waiting for the rate limit"
	}
	return "no response in time"
}

func isAbandoned(err error) bool {
	_, ok := errors.AsType[*abandonedError](err)
	return ok
}

// sendWithRetries sends a request until it succeeds, fails with a permanent error, or has
// no retries left. It does not begin a pause that would end after the deadline of ctx.
func sendWithRetries[T any](ctx context.Context, l Limits, send func(context.Context) (T, error)) (T, error) {
	var last error
	failures := 0                 // those that count against MaxRetries
	deadline, _ := ctx.Deadline() // each call has one
	for attempt := 1; ; attempt++ {
		value, err := admitAndSend(ctx, l, send)
		if abandoned, ok := errors.AsType[*abandonedError](err); ok {
			abandoned.last = last
			return value, abandoned
		}
		failure := FailureOf(err)
		if err == nil || !failure.isRetried() {
			return value, err
		}
		if failure != Throttled || !l.patient {
			failures++
		}
		pause := max(backoff(attempt, l.random()), retryAfter(err))
		if failures > l.MaxRetries || time.Until(deadline) <= pause || sleep(ctx, pause) != nil {
			return value, err
		}
		last = err
	}
}

// admitAndSend waits for the rate limit and sends a request once, see [sendAdmitted].
func admitAndSend[T any](ctx context.Context, l Limits, send func(context.Context) (T, error)) (T, error) {
	if err := l.admit(ctx); err != nil {
		var none T
		return none, err
	}
	return sendAdmitted(ctx, send)
}

// sendAdmitted sends a request once, for which the rate limit was waited for. The error is
// an [*abandonedError] if ctx is done before the response.
func sendAdmitted[T any](ctx context.Context, send func(context.Context) (T, error)) (T, error) {
	value, err := send(ctx)
	if cause := context.Cause(ctx); cause != nil && err == cause { //nolint:errorlint // an error that wraps it says more
		err = &abandonedError{}
	}
	return value, err
}

func (l Limits) admit(ctx context.Context) error {
	if l.Admit == nil || l.Admit(ctx) == nil {
		return nil
	}
	return &abandonedError{queued: true}
}
