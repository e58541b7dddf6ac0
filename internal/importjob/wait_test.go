package importjob

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// TestWaitEnds checks every way in which a wait ends, apart from lists and not found.
func TestWaitEnds(t *testing.T) {
	t.Parallel()
	const minute = time.Minute
	is := func(states ...State) func(Job) bool {
		return func(job Job) bool { return slices.Contains(states, job.State) }
	}
	tests := []struct {
		name    string
		options WaitOptions
		reads   []response
		want    ending
	}{
		{"completed at once", WaitOptions{}, []response{completed}, ending{result: 1}},
		{
			"completed after other states, known or not",
			WaitOptions{},
			[]response{in(StatePending), importing, in(StateUncommitted), in(StateCommitting), in("sorting"), in(""), at(100), completed},
			ending{result: 8, elapsed: 7 * time.Second},
		},
		{"until another state", WaitOptions{Until: is(StateUncommitted, StateCompleted)}, []response{importing, in(StateUncommitted), completed},
			ending{result: 2, elapsed: time.Second}},
		{"until failed", WaitOptions{Until: is(StateFailed)}, []response{completed, failed}, ending{result: 2, elapsed: time.Second}},
		{"failed", WaitOptions{}, []response{importing, failed, completed}, ending{outcome: ImportFailed, last: 2, polls: 2, elapsed: time.Second}},
		{"failed, after an error", WaitOptions{}, []response{importing, unavailable, failed.after(time.Second)},
			ending{outcome: ImportFailed, last: 3, polls: 3, elapsed: 3 * time.Second}},
		{"never an answer", WaitOptions{}, []response{hangs}, ending{outcome: TimedOut, polls: 1, elapsed: 30 * minute}},
		{
			"no answer before the deadline, but a final poll since the pause ends at the deadline",
			WaitOptions{Limits: Limits{Timeout: 2 * time.Second, MaxRetries: 4}},
			[]response{unavailable, unavailable, completed.after(30 * time.Second)},
			ending{result: 3, elapsed: 32 * time.Second},
		},
		{"an error, then no answer", WaitOptions{Limits: Limits{MaxRetries: 4}}, []response{unavailable.after(20 * minute), hangs},
			ending{outcome: TimedOut, polls: 2, err: 1, elapsed: 30 * minute}},
		{"throttled, then no answer", WaitOptions{}, []response{throttled(0), hangs}, ending{outcome: TimedOut, polls: 3, err: 1, elapsed: 31 * minute}},
		{"throttled, then completed in the final poll", WaitOptions{}, []response{throttled(0), hangs, completed.after(minute - 1)},
			ending{result: 3, elapsed: 31*minute - 1}},
		{"a result, then no answer", WaitOptions{}, []response{importing, hangs},
			ending{outcome: TimedOut, last: 1, lastAge: 31 * minute, polls: 3, elapsed: 31 * minute}},
		{"completed in the final poll", WaitOptions{}, []response{importing, hangs, completed.after(minute - 1)}, ending{result: 3, elapsed: 31*minute - 1}},
		{"completed too late", WaitOptions{}, []response{importing, hangs, completed.after(minute + 1)},
			ending{outcome: TimedOut, last: 1, lastAge: 31 * minute, polls: 3, elapsed: 31 * minute}},
		{"failed in the final poll", WaitOptions{}, []response{importing, hangs, failed.after(time.Second)},
			ending{outcome: ImportFailed, last: 3, polls: 3, elapsed: 30*minute + time.Second}},
		{"denied in the final poll", WaitOptions{}, []response{importing, hangs, denied.after(time.Second)},
			ending{outcome: RequestFailed, last: 1, lastAge: 30*minute + time.Second, polls: 3, err: 3, elapsed: 30*minute + time.Second}},
		{"importing in the final poll", WaitOptions{Limits: Limits{Timeout: 3 * time.Second}}, []response{importing.after(500 * time.Millisecond)},
			ending{outcome: TimedOut, last: 3, polls: 3, elapsed: 3500 * time.Millisecond}},
		{"an error outlives polls without an answer", WaitOptions{}, []response{importing, unavailable, hangs},
			ending{outcome: TimedOut, last: 1, lastAge: 31 * minute, polls: 4, err: 2, elapsed: 31 * minute}},
		{"an error does not outlive a result", WaitOptions{}, []response{importing, unavailable, importing, hangs},
			ending{outcome: TimedOut, last: 3, lastAge: 31*minute - 2*time.Second, polls: 5, elapsed: 31 * minute}},
		{"permanent error before the first result", WaitOptions{Limits: Limits{MaxRetries: 4}}, []response{denied, completed},
			ending{outcome: RequestFailed, polls: 1, err: 1}},
		{"permanent error after a result", WaitOptions{Limits: Limits{MaxRetries: 4}}, []response{importing, denied, completed},
			ending{outcome: RequestFailed, last: 1, lastAge: time.Second, polls: 2, err: 2, elapsed: time.Second}},
		{"unknown outcome before the first result", WaitOptions{Limits: Limits{MaxRetries: 4}}, []response{unknownOutcome, completed},
			ending{outcome: RequestFailed, polls: 1, err: 1}},
		{"unknown outcome after a result", WaitOptions{Limits: Limits{MaxRetries: 4}}, []response{importing, unknownOutcome, completed},
			ending{outcome: RequestFailed, last: 1, lastAge: time.Second, polls: 2, err: 2, elapsed: time.Second}},
		{"transient error of no kind", WaitOptions{Limits: Limits{MaxRetries: 4}}, []response{importing, fails(&RequestError{Err: errors.New("a bug")}), completed},
			ending{outcome: RequestFailed, last: 1, lastAge: time.Second, polls: 2, err: 2, elapsed: time.Second}},
	}
	for _, test := range tests {
		bubble(t, test.name, func(t *testing.T) {
			checkEnding(t, waitFor(t.Context(), t, newService(test.reads...), test.options), test.want)
		})
	}
}

// TestWaitSurvivesErrors checks which errors a wait survives, and when it polls again.
func TestWaitSurvivesErrors(t *testing.T) {
	t.Parallel()
	patient := Limits{Timeout: 2 * time.Minute, MaxRetries: 4}
	hasty := Limits{Timeout: 10 * time.Minute}
	everyMinute := WaitOptions{Limits: hasty, PollInterval: time.Minute}
	tests := []struct {
		name    string
		options WaitOptions
		reads   []response
		sent    []time.Duration
		want    ending
	}{
		{"unavailable before the first result", WaitOptions{Limits: patient}, unavailable.repeated(1), seconds(0, 1, 3, 7, 15),
			ending{outcome: RequestFailed, polls: 5, err: 5, elapsed: 15 * time.Second}},
		{"unavailable before the first result, with a poll interval", WaitOptions{Limits: patient, PollInterval: time.Minute}, unavailable.repeated(1),
			seconds(0, 1, 3, 7, 15), ending{outcome: RequestFailed, polls: 5, err: 5, elapsed: 15 * time.Second}},
		{"unavailable before the first result, with jitter", WaitOptions{Limits: Limits{MaxRetries: 3, jitter: func() float64 { return 1 }}},
			unavailable.repeated(1), seconds(0, 1, 2.8, 6.4), ending{outcome: RequestFailed, polls: 4, err: 4, elapsed: 6400 * time.Millisecond}},
		{"unavailable before the first result, without retries", WaitOptions{}, unavailable.repeated(1), seconds(0),
			ending{outcome: RequestFailed, polls: 1, err: 1}},
		{"available in the last retry", WaitOptions{Limits: patient}, script(unavailable.repeated(4), completed.repeated(1)), seconds(0, 1, 3, 7, 15),
			ending{result: 5, elapsed: 15 * time.Second}},
		{"unknown code before the first result", WaitOptions{Limits: patient}, unknownCode.repeated(1), seconds(0, 1, 3, 7, 15),
			ending{outcome: RequestFailed, polls: 5, err: 5, elapsed: 15 * time.Second}},
		{"known code in the last retry", WaitOptions{Limits: patient}, script(unknownCode.repeated(4), completed.repeated(1)), seconds(0, 1, 3, 7, 15),
			ending{result: 5, elapsed: 15 * time.Second}},
		{"unknown status before the first result", WaitOptions{Limits: patient}, []response{unknownStatus, completed}, seconds(0),
			ending{outcome: RequestFailed, polls: 1, err: 1}},
		{"unknown statuses and codes for two minutes", everyMinute, []response{importing, unknownStatus, unknownCode, unknownStatus, completed},
			seconds(0, 60, 120, 180), ending{outcome: RequestFailed, last: 1, lastAge: 3 * time.Minute, polls: 4, err: 4, elapsed: 3 * time.Minute}},
		{"unknown statuses for a while", everyMinute, []response{importing, unknownStatus, unknownStatus, completed}, seconds(0, 60, 120, 180),
			ending{result: 4, elapsed: 3 * time.Minute}},
		{"both before the first result", WaitOptions{Limits: patient}, []response{unavailable, unknownCode, unavailable, unknownCode, unavailable, completed},
			seconds(0, 1, 3, 7, 15), ending{outcome: RequestFailed, polls: 5, err: 5, elapsed: 15 * time.Second}},
		{"throttled until the deadline", WaitOptions{Limits: Limits{Timeout: 2 * time.Minute}}, throttled(0).repeated(1), seconds(0, 1, 3, 7, 15, 31, 61, 91, 120),
			ending{outcome: TimedOut, polls: 9, err: 9, elapsed: 2 * time.Minute}},
		{"throttled does not count as a retry", WaitOptions{Limits: patient},
			script(throttled(0).repeated(3), unavailable.repeated(2), throttled(0).repeated(1), unavailable.repeated(2), completed.repeated(1)),
			seconds(0, 1, 3, 7, 15, 31, 61, 91, 120), ending{result: 9, elapsed: 2 * time.Minute}},
		{"throttled, then unavailable", WaitOptions{Limits: Limits{MaxRetries: 1}}, script(throttled(0).repeated(2), unavailable.repeated(1)), seconds(0, 1, 3, 7),
			ending{outcome: RequestFailed, polls: 4, err: 4, elapsed: 7 * time.Second}},
		{"unavailable until the deadline after a result", WaitOptions{Limits: hasty, PollInterval: time.Minute},
			script(importing.repeated(1), unavailable.repeated(1)), seconds(0, 60, 120, 180, 240, 300, 360, 420, 480, 540, 600),
			ending{outcome: TimedOut, last: 1, lastAge: 10 * time.Minute, polls: 11, err: 11, elapsed: 10 * time.Minute}},
		{"throttled until the deadline after a result", WaitOptions{Limits: Limits{Timeout: 4 * time.Minute}, PollInterval: time.Minute},
			script(importing.repeated(1), throttled(0).repeated(1)), seconds(0, 60, 120, 180, 240),
			ending{outcome: TimedOut, last: 1, lastAge: 4 * time.Minute, polls: 5, err: 5, elapsed: 4 * time.Minute}},
		{"unknown codes for two minutes", everyMinute, script(importing.repeated(1), unknownCode.repeated(3), completed.repeated(1)), seconds(0, 60, 120, 180),
			ending{outcome: RequestFailed, last: 1, lastAge: 3 * time.Minute, polls: 4, err: 4, elapsed: 3 * time.Minute}},
		{"unknown codes for almost two minutes", WaitOptions{Limits: hasty, PollInterval: 2*time.Minute - 1},
			[]response{importing, unknownCode, unknownCode, completed}, []time.Duration{0, 2*time.Minute - 1, 4*time.Minute - 2, 6*time.Minute - 3},
			ending{result: 4, elapsed: 6*time.Minute - 3}},
		{"the two minutes begin with the first response", WaitOptions{Limits: hasty, PollInterval: 50 * time.Second},
			script(importing.repeated(1), unknownCode.after(10*time.Second).repeated(3), completed.repeated(1)), seconds(0, 50, 110, 170),
			ending{outcome: RequestFailed, last: 1, lastAge: 3 * time.Minute, polls: 4, err: 4, elapsed: 3 * time.Minute}},
		{"a result ends the two minutes", everyMinute, []response{importing, unknownCode, unknownCode, importing, unknownCode, unknownCode, completed},
			seconds(0, 60, 120, 180, 240, 300, 360), ending{result: 7, elapsed: 6 * time.Minute}},
		{"another error does not end the two minutes", everyMinute, []response{importing, unknownCode, unavailable, unknownCode, completed},
			seconds(0, 60, 120, 180), ending{outcome: RequestFailed, last: 1, lastAge: 3 * time.Minute, polls: 4, err: 4, elapsed: 3 * time.Minute}},
		{"another error does not begin the two minutes", everyMinute,
			[]response{importing, unavailable, throttled(0), unavailable, unknownCode, unavailable, completed}, seconds(0, 60, 120, 180, 240, 300, 360),
			ending{result: 7, elapsed: 6 * time.Minute}},
		{"errors before the first result do not count after it", WaitOptions{Limits: Limits{MaxRetries: 1}, PollInterval: time.Minute},
			[]response{unknownCode, importing, unavailable, unavailable, unavailable, unknownCode, completed}, seconds(0, 1, 61, 121, 181, 241, 301),
			ending{result: 7, elapsed: 301 * time.Second}},
	}
	for _, test := range tests {
		bubble(t, test.name, func(t *testing.T) {
			s := newService(test.reads...)
			checkEnding(t, waitFor(t.Context(), t, s, test.options), test.want)
			s.checkTimes(t, test.sent...)
		})
	}
}

// TestWaitForMissingJob checks how long a wait polls a job that is not found.
func TestWaitForMissingJob(t *testing.T) {
	t.Parallel()
	const minute = time.Minute
	everySecond := seconds(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
	tests := []struct {
		name    string
		options WaitOptions
		reads   []response
		sent    []time.Duration
		want    ending
	}{
		{"never found", WaitOptions{}, notFound.repeated(1), everySecond, ending{outcome: RequestFailed, polls: 11, err: 11, elapsed: 10 * time.Second}},
		{"found in time", WaitOptions{}, script(notFound.repeated(10), completed.repeated(1)), everySecond, ending{result: 11, elapsed: 10 * time.Second}},
		{"never found, slowly", WaitOptions{}, notFound.after(300 * time.Millisecond).repeated(1), seconds(0, 1.3, 2.6, 3.9, 5.2, 6.5, 7.8, 9.1, 10.3),
			ending{outcome: RequestFailed, polls: 9, err: 9, elapsed: 10600 * time.Millisecond}},
		{"never found, with a long poll interval", WaitOptions{PollInterval: minute}, notFound.repeated(1), seconds(0, 10),
			ending{outcome: RequestFailed, polls: 2, err: 2, elapsed: 10 * time.Second}},
		{"never found, with a poll interval", WaitOptions{PollInterval: 4 * time.Second}, notFound.repeated(1), seconds(0, 4, 8, 10),
			ending{outcome: RequestFailed, polls: 4, err: 4, elapsed: 10 * time.Second}},
		{"not found until the deadline", WaitOptions{Limits: Limits{Timeout: 3 * time.Second}}, notFound.repeated(1), seconds(0, 1, 2, 3),
			ending{outcome: RequestFailed, polls: 4, err: 4, elapsed: 3 * time.Second}},
		{"not found, then no answer", WaitOptions{}, []response{notFound, hangs}, seconds(0, 1), ending{outcome: TimedOut, polls: 2, err: 1, elapsed: 30 * minute}},
		{"not found and unavailable in turn", WaitOptions{Limits: Limits{MaxRetries: 1}}, script([]response{notFound, unavailable}, notFound.repeated(1)),
			everySecond, ending{outcome: RequestFailed, polls: 11, err: 11, elapsed: 10 * time.Second}},
		{"unavailable first", WaitOptions{Limits: Limits{MaxRetries: 2}, PollInterval: minute}, script(unavailable.repeated(2), notFound.repeated(1)),
			seconds(0, 1, 3, 13), ending{outcome: RequestFailed, polls: 4, err: 4, elapsed: 13 * time.Second}},
		{"not found is not the first result", WaitOptions{Limits: Limits{MaxRetries: 1}}, script(notFound.repeated(1), unavailable.repeated(1)), seconds(0, 1, 2),
			ending{outcome: RequestFailed, polls: 3, err: 3, elapsed: 2 * time.Second}},
		{"not found, then an unknown code", WaitOptions{}, []response{notFound, unknownCode, completed}, seconds(0, 1),
			ending{outcome: RequestFailed, polls: 2, err: 2, elapsed: time.Second}},
		{"started, never found", WaitOptions{Started: true, Limits: Limits{Timeout: minute}, PollInterval: 20 * time.Second}, notFound.repeated(1),
			seconds(0, 20, 40, 60), ending{outcome: RequestFailed, polls: 4, err: 4, elapsed: minute}},
		{"started, never found, on schedule", WaitOptions{Started: true, Limits: Limits{Timeout: 24 * time.Second}}, notFound.repeated(1),
			seconds(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22.05, 23.1525, 24),
			ending{outcome: RequestFailed, polls: 25, err: 25, elapsed: 24 * time.Second}},
		{"started, found in the final poll", WaitOptions{Started: true, Limits: Limits{Timeout: minute}, PollInterval: 20 * time.Second},
			script(notFound.repeated(3), completed.repeated(1)), seconds(0, 20, 40, 60), ending{result: 4, elapsed: minute}},
		{"started, not found, then no answer", WaitOptions{Started: true}, []response{notFound, hangs}, seconds(0, 1, 1800),
			ending{outcome: TimedOut, polls: 3, err: 1, elapsed: 31 * minute}},
		{"started, no answer", WaitOptions{Started: true}, []response{hangs}, seconds(0), ending{outcome: TimedOut, polls: 1, elapsed: 30 * minute}},
		{"started, unavailable", WaitOptions{Started: true, Limits: Limits{MaxRetries: 1}}, []response{unavailable, unavailable, completed}, seconds(0, 1),
			ending{outcome: RequestFailed, polls: 2, err: 2, elapsed: time.Second}},
		{
			"started, not found, then unavailable until the deadline",
			WaitOptions{Started: true, Limits: Limits{Timeout: minute}, PollInterval: 10 * time.Second},
			script(notFound.repeated(1), unavailable.repeated(1)),
			seconds(0, 10, 11, 13, 17, 25, 41, 60),
			ending{outcome: TimedOut, polls: 8, err: 8, elapsed: minute},
		},
		{"started, not found, then unknown codes for two minutes", WaitOptions{Started: true, PollInterval: 10 * time.Second},
			script(notFound.repeated(1), unknownCode.repeated(1)), seconds(0, 10, 11, 13, 17, 25, 41, 71, 101, 131),
			ending{outcome: RequestFailed, polls: 10, err: 10, elapsed: 131 * time.Second}},
		{"disappeared", WaitOptions{}, script(importing.repeated(1), notFound.repeated(2), completed.repeated(1)), seconds(0, 1, 6),
			ending{outcome: RequestFailed, last: 1, lastAge: 6 * time.Second, polls: 3, err: 3, elapsed: 6 * time.Second}},
		{"started, disappeared", WaitOptions{Started: true, PollInterval: minute}, script(importing.repeated(1), notFound.repeated(2), completed.repeated(1)),
			seconds(0, 60, 65), ending{outcome: RequestFailed, last: 1, lastAge: 65 * time.Second, polls: 3, err: 3, elapsed: 65 * time.Second}},
		{"disappeared, with a short poll interval", WaitOptions{PollInterval: time.Second}, script(importing.repeated(1), notFound.after(time.Second).repeated(2)),
			seconds(0, 1, 7), ending{outcome: RequestFailed, last: 1, lastAge: 8 * time.Second, polls: 3, err: 3, elapsed: 8 * time.Second}},
		{"not found once, again and again", WaitOptions{}, []response{importing, notFound, importing, notFound, importing, notFound, completed},
			seconds(0, 1, 6, 7, 12, 13, 18), ending{result: 7, elapsed: 18 * time.Second}},
		{"not found, found, not found twice", WaitOptions{PollInterval: minute}, []response{notFound, importing, notFound, notFound, completed},
			seconds(0, 10, 70, 75), ending{outcome: RequestFailed, last: 2, lastAge: 65 * time.Second, polls: 4, err: 4, elapsed: 75 * time.Second}},
		{"not found, unavailable, not found", WaitOptions{}, []response{importing, notFound, unavailable, notFound, completed}, seconds(0, 1, 6, 7),
			ending{outcome: RequestFailed, last: 1, lastAge: 7 * time.Second, polls: 4, err: 4, elapsed: 7 * time.Second}},
		{"not found, unavailable, found", WaitOptions{PollInterval: 10 * time.Second}, []response{importing, notFound, unavailable, importing, notFound, completed},
			seconds(0, 10, 15, 25, 35, 40), ending{result: 6, elapsed: 40 * time.Second}},
		{"not found, then unavailable until the deadline", WaitOptions{Limits: Limits{Timeout: minute}, PollInterval: 10 * time.Second},
			script(importing.repeated(1), notFound.repeated(1), unavailable.repeated(1)), seconds(0, 10, 15, 25, 35, 45, 55, 60),
			ending{outcome: TimedOut, last: 1, lastAge: minute, polls: 8, err: 8, elapsed: minute}},
		{
			"not found once, in the final poll",
			WaitOptions{Limits: Limits{Timeout: 10 * time.Second}, PollInterval: 10 * time.Second},
			[]response{importing, notFound},
			seconds(0, 10),
			ending{outcome: TimedOut, last: 1, lastAge: 10 * time.Second, polls: 2, err: 2, elapsed: 10 * time.Second},
		},
		{"not found twice within less than five seconds before the deadline",
			WaitOptions{Limits: Limits{Timeout: 12 * time.Second}, PollInterval: 10 * time.Second}, []response{importing, notFound, notFound}, seconds(0, 10, 12),
			ending{outcome: TimedOut, last: 1, lastAge: 12 * time.Second, polls: 3, err: 3, elapsed: 12 * time.Second}},
	}
	for _, test := range tests {
		bubble(t, test.name, func(t *testing.T) {
			s := newService(test.reads...)
			o := withDefaults(test.options)
			job, err := Wait(t.Context(), s.source(), o)
			checkEnding(t, endOf(t, job, err, s.began, o.Timeout), test.want)
			s.checkTimes(t, test.sent...)
			if n := test.want.err; n > 0 {
				if want := FailureOf(test.reads[min(n, len(test.reads))-1].err); FailureOf(err) != want {
					t.Errorf("FailureOf(%v) = %d, want %d", err, FailureOf(err), want)
				}
			}
		})
	}
}

// TestWaitInQueue checks how a wait ends whose requests wait for the rate limit.
func TestWaitInQueue(t *testing.T) {
	t.Parallel()
	const minute = time.Minute
	tests := []struct {
		name  string
		admit func() func(context.Context) error
		reads []response
		want  ending
	}{
		{"never sent", func() func(context.Context) error { return never }, []response{completed}, ending{outcome: TimedOut, queued: true, elapsed: 31 * minute}},
		{"sent late before the deadline", func() func(context.Context) error { return admitAt(29 * minute) }, []response{hangs, completed},
			ending{outcome: TimedOut, polls: 1, elapsed: 30 * minute}},
		{"sent at the deadline, since the pause ended then", func() func(context.Context) error { return admitAt(30 * minute) },
			[]response{completed.after(time.Second)}, ending{result: 1, elapsed: 30*minute + time.Second}},
		{"sent almost a minute after the deadline, and completed a minute later", func() func(context.Context) error { return admitAt(31*minute - 1) },
			[]response{completed.after(minute - 1)}, ending{result: 1, elapsed: 32*minute - 2}},
		{"sent after the deadline, and not completed a minute later", func() func(context.Context) error { return admitAt(30*minute + 20*time.Second) },
			[]response{completed.after(minute + 1)}, ending{outcome: TimedOut, polls: 1, elapsed: 31*minute + 20*time.Second}},
		{"not sent within a minute after the deadline", func() func(context.Context) error { return admitAt(31*minute + 1) }, []response{completed},
			ending{outcome: TimedOut, queued: true, elapsed: 31 * minute}},
		{"the second poll is not sent", func() func(context.Context) error { return admitNth(2, never) }, []response{importing, completed},
			ending{outcome: TimedOut, last: 1, lastAge: 31 * minute, polls: 1, queued: true, elapsed: 31 * minute}},
		{"the second poll is not sent, after an error", func() func(context.Context) error { return admitNth(2, never) }, []response{throttled(0), completed},
			ending{outcome: TimedOut, polls: 1, err: 1, queued: true, elapsed: 31 * minute}},
		{
			"each poll is admitted",
			func() func(context.Context) error {
				return func(ctx context.Context) error { return sleep(ctx, 10*time.Second) }
			},
			[]response{importing, importing, completed},
			ending{result: 3, elapsed: 32050 * time.Millisecond},
		},
		{
			// The limiter does not wait for a turn that comes after the deadline of ctx.
			"the rate limit refuses a request at once",
			func() func(context.Context) error {
				return admitNth(2, func(context.Context) error { return errors.New("would exceed context deadline") })
			},
			[]response{importing, completed},
			ending{outcome: TimedOut, last: 1, lastAge: time.Second, polls: 1, queued: true, elapsed: time.Second},
		},
	}
	for _, test := range tests {
		bubble(t, test.name, func(t *testing.T) {
			o := WaitOptions{Limits: Limits{Admit: test.admit()}}
			checkEnding(t, waitFor(t.Context(), t, newService(test.reads...), o), test.want)
		})
	}
}

// TestWaitIsCanceled checks that a wait ends at once in each of its phases.
func TestWaitIsCanceled(t *testing.T) {
	t.Parallel()
	const minute = time.Minute
	tests := []struct {
		name  string
		admit func(context.Context) error
		reads []response
		pages []response
		after time.Duration
		want  ending
	}{
		{"in the first request", nil, []response{hangs}, nil, time.Second, ending{polls: 0}},
		{"in a later request", nil, []response{importing, hangs}, nil, 2 * time.Second, ending{last: 1, lastAge: 2 * time.Second, polls: 1}},
		{"in the final request", nil, []response{importing, hangs}, nil, 30*minute + time.Second, ending{last: 1, lastAge: 30*minute + time.Second, polls: 2}},
		{"in a pause", nil, []response{importing}, nil, 1500 * time.Millisecond, ending{last: 2, lastAge: 500 * time.Millisecond, polls: 2}},
		{"in a long pause", nil, []response{importing, throttled(time.Hour)}, nil, 10 * minute, ending{last: 1, lastAge: 10 * minute, polls: 2, err: 2}},
		{"in a backoff", nil, []response{throttled(time.Hour)}, nil, 10 * minute, ending{polls: 1, err: 1}},
		{"before the first request is admitted", never, []response{completed}, nil, time.Second, ending{}},
		{"before a later request is admitted", admitNth(2, never), []response{importing}, nil, 2 * time.Second, ending{last: 1, lastAge: 2 * time.Second, polls: 1}},
		{"before the final request is admitted", admitNth(2, never), []response{importing}, nil, 30*minute + time.Second,
			ending{last: 1, lastAge: 30*minute + time.Second, polls: 1}},
		{"in the request for the list", nil, []response{ambiguous}, []response{hangs}, time.Second, ending{}},
		{"before the request for the list is admitted", admitNth(2, never), []response{ambiguous}, []response{completedInList}, time.Second, ending{}},
		{"in the final request, after the list was not admitted", admitNot(2), []response{ambiguous, hangs}, []response{completedInList}, 30*minute + time.Second,
			ending{last: 1, lastAge: 30*minute + time.Second, polls: 1}},
		{"in the request for the list of the final poll", nil, []response{importing, hangs, ambiguous}, []response{hangs}, 30*minute + time.Second,
			ending{last: 1, lastAge: 30*minute + time.Second, polls: 2}},
	}
	for _, test := range tests {
		bubble(t, test.name, func(t *testing.T) {
			s := newService(test.reads...).withList(test.pages...)
			o := WaitOptions{Limits: Limits{Admit: test.admit, MaxRetries: 4}}
			test.want.outcome, test.want.elapsed = Canceled, test.after
			checkEnding(t, waitFor(cancelAfter(t, test.after), t, s, o), test.want)
		})
	}
}

// TestWaitIsCanceledBeforeItBegins checks that a canceled wait does not even pause.
func TestWaitIsCanceledBeforeItBegins(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for _, reads := range []response{hangs, completed, denied} {
			checkEnding(t, waitFor(ctx, t, newService(reads), WaitOptions{}), ending{outcome: Canceled})
		}
	})
}

// TestWaitKeepsTheErrorThatWrapsItsOwnTimeout checks that only the error of the context
// itself means that a request was abandoned: one that wraps it says more.
func TestWaitKeepsTheErrorThatWrapsItsOwnTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var reported error
		_, err := Wait(t.Context(), Source{Read: func(ctx context.Context) (Job, error) {
			<-ctx.Done()
			reported = &RequestError{Err: fmt.Errorf("reading the response: %w", context.Cause(ctx)), Failure: Unavailable}
			return Job{}, reported
		}}, WaitOptions{Limits: Limits{Timeout: time.Minute, MaxRetries: 4}})
		if e := asError(t, err); e.Outcome != TimedOut || e.Err != reported || e.Elapsed != time.Minute { //nolint:errorlint // the very error
			t.Errorf("error = %+v, want a timeout after 1m with the error of the request", e)
		}
	})
}

// TestWaitObserves checks what Observe is told about each poll.
func TestWaitObserves(t *testing.T) {
	t.Parallel()
	type observed struct {
		number  int
		elapsed time.Duration
		job     int
		err     int
		changed bool
	}
	tests := []struct {
		name  string
		reads []response
		want  []observed
	}{
		{
			"changes",
			[]response{unavailable, in(StatePending), importing, at(0), at(1), at(1), unavailable, at(1), at(2), importing, in(StateUncommitted), completed},
			[]observed{
				{1, 0, 0, 1, false},
				{2, 1 * time.Second, 2, 0, true}, // the first result
				{3, 2 * time.Second, 3, 0, true}, // another state
				{4, 3 * time.Second, 4, 0, true}, // the progress is known
				{5, 4 * time.Second, 5, 0, true}, // another progress
				{6, 5 * time.Second, 6, 0, false},
				{7, 6 * time.Second, 6, 7, false},
				{8, 7 * time.Second, 8, 0, false},
				{9, 8 * time.Second, 9, 0, true},
				{10, 9 * time.Second, 10, 0, true}, // the progress is not known
				{11, 10 * time.Second, 11, 0, true},
				{12, 11 * time.Second, 12, 0, true},
			},
		},
		{"a permanent error", []response{importing, importing, denied},
			[]observed{{1, 0, 1, 0, true}, {2, time.Second, 2, 0, false}, {3, 2 * time.Second, 2, 3, false}}},
		{"a failed import", []response{failed}, []observed{{1, 0, 1, 0, true}}},
	}
	for _, test := range tests {
		bubble(t, test.name, func(t *testing.T) {
			var polls []Poll // read when the wait has ended: later polls must not change it
			o := WaitOptions{Limits: Limits{MaxRetries: 1}, Observe: func(p Poll) { polls = append(polls, p) }}
			waitFor(t.Context(), t, newService(test.reads...), o)
			var got []observed
			for _, p := range polls {
				got = append(got, observed{p.Number, p.Elapsed, number(p.Job), errorNumber(t, p.Err), p.Changed})
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("observed\n%+v, want\n%+v", got, test.want)
			}
		})
	}
}

// TestWaitObservesAbandonedPolls checks the errors of polls without an answer.
func TestWaitObservesAbandonedPolls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var got []string
		waitFor(t.Context(), t, newService(importing, hangs), WaitOptions{
			Limits: Limits{Admit: admitNth(3, never)},
			Observe: func(p Poll) {
				got = append(got, fmt.Sprintf("%d after %s: job %d, %v", p.Number, p.Elapsed, number(p.Job), p.Err))
			},
		})
		want := []string{"1 after 0s: job 1, <nil>", "2 after 30m0s: job 1, no response in time", "2 after 31m0s: job 1, timed out waiting for the rate limit"}
		if !slices.Equal(got, want) {
			t.Errorf("observed %q, want %q", got, want)
		}
	})
}
