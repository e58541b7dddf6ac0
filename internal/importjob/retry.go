package importjob

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"
)

// Limits bound a call that retries.
type Limits struct {
	// Timeout limits the call with all its retries. It must be positive.
	Timeout time.Duration
	// MaxRetries is the number of retries of one request, 0 for none.
	MaxRetries int

	// jitter is [randomJitter] unless set.
	jitter func() float64
	// patient: errors of the kind RateLimited do not count as retries.
	patient bool
}

// Retry sends a request, and sends it again after transient errors. An error is
// always an [*Error].
func Retry[T any](ctx context.Context, l Limits, send func(context.Context) (T, error)) (T, error) {
	return withTimeout(ctx, l.Timeout, func(ctx context.Context) (T, error) {
		return sendWithRetries(ctx, l, send)
	})
}

// withTimeout limits a call and returns its error as an [*Error].
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
		if err == errNoResponse { //nolint:errorlint // ErrQueued wraps it, and says more
			e.Err = nil
		}
	}
	return value, e
}

var (
	// errNoResponse is the error of a request that its caller gave up.
	errNoResponse = errors.New("no response in time")

	// ErrQueued is the error of a request that its caller gave up before it was sent.
	ErrQueued = fmt.Errorf("the request was still waiting for its turn at the rate limit: %w", errNoResponse)
)

// sendWithRetries sends a request until it succeeds, fails for good or has used up its
// retries. It does not begin a pause that ends after the context's deadline.
func sendWithRetries[T any](ctx context.Context, l Limits, send func(context.Context) (T, error)) (T, error) {
	var last error
	for tries, failures := 1, 0; ; tries++ {
		value, err := send(ctx)
		if err == nil {
			return value, nil
		}
		if cause := context.Cause(ctx); cause != nil && err == cause { //nolint:errorlint // the context's own error, and no other that wraps one like it
			return value, cmp.Or(last, errNoResponse) // a request that was cut off says less
		}
		t := transient(err)
		if t == nil {
			return value, err
		}
		last = err
		if t.Kind != RateLimited || !l.patient {
			failures++
		}
		pause := max(backoff(tries, l.randomFraction()), t.RetryAfter)
		if t.Kind == UnknownCode || failures > l.MaxRetries || !endsBeforeDeadline(ctx, pause) || sleep(ctx, pause) != nil {
			return value, err
		}
	}
}

func (l Limits) randomFraction() float64 {
	if l.jitter == nil {
		return randomJitter()
	}
	return l.jitter()
}

// endsBeforeDeadline reports whether a pause ends before the context's deadline.
func endsBeforeDeadline(ctx context.Context, pause time.Duration) bool {
	deadline, limited := ctx.Deadline()
	return !limited || time.Until(deadline) > pause
}

// sleep pauses for d, or until the context is done. It then returns why.
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
