package importjob

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"
)

// Limits are the limits of a call that retries.
type Limits struct {
	// Timeout limits the call, including all retries. It must be positive.
	Timeout time.Duration
	// MaxRetries is the number of retries of one request, 0 for none.
	MaxRetries int

	// jitter returns a random number in [0, 1). Nil: [randomJitter].
	jitter func() float64
	// exemptRateLimited: retries after errors of the kind RateLimited do not count.
	exemptRateLimited bool
}

// Retry sends a request, and sends it again after transient errors, except for those of
// the kind [UnknownCode]. An error is always an [*Error].
func Retry[T any](ctx context.Context, l Limits, send func(context.Context) (T, error)) (T, error) {
	return withTimeout(ctx, l.Timeout, func(ctx context.Context) (T, error) {
		return sendWithRetries(ctx, l, send)
	})
}

// withTimeout runs a call with a timeout and returns its error as an [*Error].
func withTimeout[T any](ctx context.Context, timeout time.Duration, call func(context.Context) (T, error)) (T, error) {
	start := time.Now()
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	value, err := call(limited)
	if err == nil {
		return value, nil
	}
	e := &Error{Outcome: RequestFailed, Elapsed: time.Since(start), Timeout: timeout, Err: err}
	switch {
	case ctx.Err() != nil:
		e.Outcome = Canceled
	case limited.Err() != nil:
		e.Outcome = TimedOut
	}
	// The error of an abandoned request is helpful only if the rate limit caused a timeout.
	if errors.Is(err, errNoResponse) && (e.Outcome != TimedOut || !errors.Is(err, ErrQueued)) {
		e.Err = nil
	}
	return value, e
}

var (
	// errNoResponse is the error of a request that was abandoned before its response.
	errNoResponse = errors.New("no response in time")

	// ErrQueued is the error of a request that was abandoned before it was sent.
	ErrQueued = fmt.Errorf("the request was still waiting for its turn at the rate limit: %w", errNoResponse)
)

// sendWithRetries sends a request until it succeeds, fails with an error that is not
// retried, or has no retries left. It does not begin a pause that would end after the
// deadline of ctx.
func sendWithRetries[T any](ctx context.Context, l Limits, send func(context.Context) (T, error)) (T, error) {
	var last error // of the last request that was not abandoned
	failures := 0  // those that count against MaxRetries
	for attempt := 1; ; attempt++ {
		value, err := send(ctx)
		if isContextError(ctx, err) {
			err = errNoResponse
		}
		switch {
		case err == nil:
			return value, nil
		case errors.Is(err, errNoResponse):
			// The error of the request before is more helpful, if there is one.
			return value, cmp.Or(last, err)
		}
		last = err
		t := asTransient(err)
		if t == nil || t.Kind == UnknownCode {
			return value, err
		}
		if t.Kind != RateLimited || !l.exemptRateLimited {
			failures++
		}
		pause := max(backoff(attempt, l.randomFraction()), t.RetryAfter)
		if failures > l.MaxRetries || !endsBeforeDeadline(ctx, pause) || sleep(ctx, pause) != nil {
			return value, err
		}
	}
}

// isContextError reports whether err is the cause of ctx itself, not an error that wraps
// it.
func isContextError(ctx context.Context, err error) bool {
	cause := context.Cause(ctx)
	return cause != nil && err == cause //nolint:errorlint // a transport can wrap an error like it
}

func (l Limits) randomFraction() float64 {
	if l.jitter == nil {
		return randomJitter()
	}
	return l.jitter()
}

// endsBeforeDeadline reports whether a pause that begins now ends before the deadline of
// ctx.
func endsBeforeDeadline(ctx context.Context, pause time.Duration) bool {
	deadline, limited := ctx.Deadline()
	return !limited || time.Until(deadline) > pause
}

// sleep pauses for d. If ctx is done before that, it returns the cause.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
