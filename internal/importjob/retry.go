package importjob

import (
	"context"
	"errors"
	"time"
)

// Limits bound a call that retries.
type Limits struct {
	// Timeout limits the call with all its retries. It must be positive.
	Timeout time.Duration
	// MaxRetries is the number of retries of one request, 0 for none.
	MaxRetries int
}

// Retry sends a request, and sends it again after transient errors. An error is
// always an [*Error].
func Retry[T any](ctx context.Context, l Limits, send func(context.Context) (T, error)) (T, error) {
	return withTimeout(ctx, l.Timeout, func(ctx context.Context) (T, error) {
		return retry(ctx, l.MaxRetries, send)
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
		if errors.Is(err, errNoResponse) {
			e.Err = nil
		}
	}
	return value, e
}

// errNoResponse is the error of a request that its caller gave up.
var errNoResponse = errors.New("no response in time")

// retry sends a request until it succeeds, fails for good or has used up its
// retries. It does not begin a pause that ends after the context's deadline.
func retry[T any](ctx context.Context, maxRetries int, send func(context.Context) (T, error)) (T, error) {
	var last error
	for failures := 1; ; failures++ {
		value, err := send(ctx)
		switch {
		case err == nil:
			return value, nil
		case ctx.Err() != nil && last != nil:
			return value, last // a request that was cut off says less
		case ctx.Err() != nil:
			return value, errNoResponse
		case transient(err) == nil || failures > maxRetries:
			return value, err
		}
		last = err
		pause := max(backoff(failures, randomJitter()), retryAfter(err))
		if deadline, limited := ctx.Deadline(); limited && time.Until(deadline) <= pause {
			return value, err
		}
		if sleep(ctx, pause) != nil {
			return value, err
		}
	}
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
