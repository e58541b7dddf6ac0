package importjob

import "context"

// UnknownOutcomeError reports that a request failed and may have started a job
// nevertheless. It is never retried.
type UnknownOutcomeError struct{ Err error }

// Error returns the text of the wrapped error.
func (e *UnknownOutcomeError) Error() string { return e.Err.Error() }

// Unwrap returns the wrapped error.
func (e *UnknownOutcomeError) Unwrap() error { return e.Err }

// Start starts an import and returns the id of its job. It retries only after a
// [TransientError], so send must return one only if it is certain that no job was
// started. Errors of the kind [RateLimited] are retried until the timeout. An error is
// always an [*Error].
func Start(ctx context.Context, l Limits, send func(context.Context) (string, error)) (string, error) {
	l.exemptRateLimited = true
	return Retry(ctx, l, send)
}
