package importjob

import "context"

// UnknownOutcomeError wraps the error of a request that may have started a job.
type UnknownOutcomeError struct{ Err error }

// Error returns the wrapped error's text.
func (e *UnknownOutcomeError) Error() string { return e.Err.Error() }

// Unwrap returns the wrapped error.
func (e *UnknownOutcomeError) Unwrap() error { return e.Err }

// Start starts an import and returns the id of its job. It sends the request again
// only after a [TransientError], so send must return one only if it is certain that no
// job was started. While the cluster is busy or the service wants fewer requests, it
// tries until the time limit. An error is always an [*Error].
func Start(ctx context.Context, l Limits, send func(context.Context) (string, error)) (string, error) {
	l.patient = true
	return Retry(ctx, l, send)
}
