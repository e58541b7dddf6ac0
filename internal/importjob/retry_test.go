package importjob

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// TestRetry checks how often a request is sent, and what [Read] returns.
func TestRetry(t *testing.T) {
	t.Parallel()
	limits := Limits{Timeout: minute, MaxRetries: 4, jitter: noJitter}
	patient := Limits{Timeout: 2 * minute, MaxRetries: 2, patient: true, jitter: noJitter}
	tests := []struct {
		name   string
		limits Limits
		reads  []response
		sent   []time.Duration
		want   ending
	}{
		{"success", limits, []response{completed}, seconds(0), result(1, 0)},
		{"a failed import is a result", limits, []response{failed}, seconds(0), result(1, 0)},
		{"success in the last retry", limits, script(unavailable.repeated(4), completed.repeated(1)), seconds(0, 1, 3, 7, 15), result(5, 15*second)},
		{"no retries left", limits, []response{unavailable, unavailable, unavailable, unavailable, unavailable, completed}, seconds(0, 1, 3, 7, 15),
			ending{outcome: RequestFailed, err: 5, elapsed: 15 * second}},
		{"no retries", Limits{Timeout: minute}, []response{unavailable, completed}, seconds(0), ending{outcome: RequestFailed, err: 1}},
		{"unknown code", limits, []response{unknownCode, unknownCode, completed}, seconds(0, 1, 3), result(3, 3*second)},
		{"throttled", limits, []response{throttled(0), throttled(0), throttled(0), throttled(0), throttled(0), completed}, seconds(0, 1, 3, 7, 15),
			ending{outcome: RequestFailed, err: 5, elapsed: 15 * second}},
		{"jitter", Limits{Timeout: minute, MaxRetries: 3, jitter: func() float64 { return 1 }}, unavailable.repeated(1), seconds(0, 1, 2.8, 6.4),
			ending{outcome: RequestFailed, err: 4, elapsed: 6400 * time.Millisecond}},
		{"Retry-After longer than the backoff", limits, []response{throttled(7 * second), throttled(second), completed}, seconds(0, 7, 9), result(3, 9*second)},
		{"permanent error", limits, []response{unavailable, denied, completed}, seconds(0, 1), ending{outcome: RequestFailed, err: 2, elapsed: second}},
		{"not found", limits, []response{notFound, completed}, seconds(0), ending{outcome: RequestFailed, err: 1}},
		{"unknown outcome", limits, []response{unknownOutcome, completed}, seconds(0), ending{outcome: RequestFailed, err: 1}},
		{
			"patient, throttled until success", patient, script(throttled(0).repeated(8), completed.repeated(1)),
			seconds(0, 1, 3, 7, 15, 31, 61, 91),
			ending{outcome: RequestFailed, err: 8, elapsed: 91 * second}, // the next pause would end after the deadline
		},
		{"patient, throttled for a while", patient, script(throttled(0).repeated(7), completed.repeated(1)), seconds(0, 1, 3, 7, 15, 31, 61, 91),
			result(8, 91*second)},
		{"patient, with other errors", patient, []response{throttled(0), unavailable, throttled(0), unknownCode, throttled(0), unavailable, completed},
			seconds(0, 1, 3, 7, 15, 31), ending{outcome: RequestFailed, err: 6, elapsed: 31 * second}},
		{"a pause that would end after the deadline", Limits{Timeout: 10 * second, MaxRetries: 9, jitter: noJitter},
			unavailable.repeated(1), seconds(0, 1, 3, 7), ending{outcome: RequestFailed, err: 4, elapsed: 7 * second}},
		{"a pause that would end at the deadline", Limits{Timeout: 7 * second, MaxRetries: 9, jitter: noJitter}, unavailable.repeated(1), seconds(0, 1, 3),
			ending{outcome: RequestFailed, err: 3, elapsed: 3 * second}},
		{"a pause that ends just before the deadline", Limits{Timeout: 7*second + 1, MaxRetries: 9, jitter: noJitter},
			[]response{unavailable, unavailable, unavailable, completed}, seconds(0, 1, 3, 7), result(4, 7*second)},
		{"no answer", limits, []response{hangs}, seconds(0), ending{outcome: TimedOut, elapsed: minute}},
		{"an error, then no answer", limits, []response{unavailable, unavailable, hangs}, seconds(0, 1, 3), ending{outcome: TimedOut, err: 2, elapsed: minute}},
	}
	for _, test := range tests {
		bubble(t, test.name, func(t *testing.T) {
			s := newService(test.reads...)
			reading, err := Read(t.Context(), s.source(), test.limits)
			checkEnding(t, endOf(t, reading.Job, err, s.began, test.limits.Timeout), test.want)
			s.checkTimes(t, test.sent...)
			if len(s.log) != len(s.times) {
				t.Errorf("requests %q, want no list", s.log)
			}
		})
	}
}

// TestRetryEnds checks that a call ends at once in each of its phases when it is canceled, and
// how one ends whose requests wait for the rate limit.
func TestRetryEnds(t *testing.T) {
	t.Parallel()
	canceled := func(err int) ending { return ending{outcome: Canceled, err: err, elapsed: 30 * second} }
	tests := []struct {
		name   string
		admit  func(context.Context) error
		reads  []response
		cancel time.Duration
		want   ending
	}{
		{"canceled in a request", nil, []response{hangs}, 30 * second, canceled(0)},
		{"canceled in a retry", nil, []response{unavailable, hangs}, 30 * second, canceled(1)},
		{"canceled in a pause", nil, []response{throttled(40 * second)}, 30 * second, canceled(1)},
		{"canceled before the first request is admitted", never, []response{completed}, 30 * second, canceled(0)},
		{"canceled before a retry is admitted", admitNth(2, never), []response{unavailable}, 30 * second, canceled(1)},
		{"never sent", never, []response{completed}, time.Hour, ending{outcome: TimedOut, queued: true, elapsed: minute}},
		{"a retry is not sent", admitNth(2, never), []response{unavailable, completed}, time.Hour,
			ending{outcome: TimedOut, queued: true, err: 1, elapsed: minute}},
		{"the rate limit refuses a request at once", admitNth(2, refuse), []response{unavailable, completed}, time.Hour,
			ending{outcome: TimedOut, queued: true, err: 1, elapsed: second}},
		{"each request is admitted", admitAfter(5 * second), []response{unavailable, unavailable, completed}, time.Hour, result(3, 18*second)},
	}
	for _, test := range tests {
		bubble(t, test.name, func(t *testing.T) {
			s := newService(test.reads...)
			limits := Limits{Timeout: minute, MaxRetries: 4, Admit: test.admit, jitter: noJitter}
			job, err := retry(cancelAfter(t, test.cancel), limits, s.source().Read)
			checkEnding(t, endOf(t, job, err, s.began, minute), test.want)
		})
	}
}

// TestRetryKeepsErrorsAboutContexts checks that only the error of the call's own context
// means that its request was abandoned.
func TestRetryKeepsErrorsAboutContexts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		limits := Limits{Timeout: minute}
		_, err := retry(t.Context(), limits, func(context.Context) (int, error) { return 0, context.DeadlineExceeded })
		if e := asError(t, err); e.Outcome != RequestFailed || e.Err != context.DeadlineExceeded { //nolint:errorlint // the very error
			t.Errorf("error = %+v, want a failed request with its error", e)
		}

		var reported error
		_, err = retry(t.Context(), limits, func(ctx context.Context) (int, error) {
			<-ctx.Done()
			reported = fmt.Errorf("reading the response: %w", context.Cause(ctx))
			return 0, reported
		})
		if e := asError(t, err); e.Outcome != TimedOut || e.Err != reported { //nolint:errorlint // the very error
			t.Errorf("error = %+v, want a timeout with the error of the request", e)
		}
	})
}
