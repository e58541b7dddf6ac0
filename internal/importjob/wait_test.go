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
	is := func(states ...State) func(Job) bool {
		return func(job Job) bool { return slices.Contains(states, job.State) }
	}
	tests := []struct {
		name    string
		options WaitOptions
		reads   []response
		want    ending
	}{
		{"completed at once", WaitOptions{}, []response{completed}, result(1, 0)},
		{"completed after other states, known or not", WaitOptions{},
			[]response{in(StatePending), importing, in(StateUncommitted), in(StateCommitting), in("sorting"), in(""), at(100), completed}, result(8, 7*second)},
		{"until another state", WaitOptions{Until: is(StateUncommitted, StateCompleted)}, []response{importing, in(StateUncommitted), completed}, result(2, second)},
		{"until failed", WaitOptions{Until: is(StateFailed)}, []response{completed, failed}, result(2, second)},
		{"failed", WaitOptions{}, []response{importing, failed, completed}, ending{outcome: ImportFailed, last: 2, polls: 2, elapsed: second}},
		{"failed, after an error", WaitOptions{}, []response{importing, unavailable, failed.after(second)},
			ending{outcome: ImportFailed, last: 3, polls: 3, elapsed: 3 * second}},
		{"never an answer", WaitOptions{}, []response{hangs}, timedOut(1, 30*minute)},
		{"no answer before the deadline, but a final poll since the pause ends at the deadline", WaitOptions{Limits: Limits{Timeout: 2 * second, MaxRetries: 4}},
			[]response{unavailable, unavailable, completed.after(30 * second)}, result(3, 32*second)},
		{"an error, then no answer", retries(4), []response{unavailable.after(20 * minute), hangs}, timedOut(2, 30*minute).erred(1)},
		{"throttled, then no answer", WaitOptions{}, []response{throttled(0), hangs}, timedOut(3, 31*minute).erred(1)},
		{"throttled, then completed in the final poll", WaitOptions{}, []response{throttled(0), hangs, completed.after(minute - 1)}, result(3, 31*minute-1)},
		{"a result, then no answer", WaitOptions{}, []response{importing, hangs}, timedOut(3, 31*minute).read(1, 31*minute)},
		{"completed in the final poll", WaitOptions{}, []response{importing, hangs, completed.after(minute - 1)}, result(3, 31*minute-1)},
		{"completed too late", WaitOptions{}, []response{importing, hangs, completed.after(minute + 1)}, timedOut(3, 31*minute).read(1, 31*minute)},
		{"failed in the final poll", WaitOptions{}, []response{importing, hangs, failed.after(second)},
			ending{outcome: ImportFailed, last: 3, polls: 3, elapsed: 30*minute + second}},
		{"denied in the final poll", WaitOptions{}, []response{importing, hangs, denied.after(second)}, requestFailed(3, 30*minute+second).read(1, 30*minute+second)},
		{"importing in the final poll", within(3*second, 0), []response{importing.after(500 * time.Millisecond)}, timedOut(3, 3500*time.Millisecond).read(3, 0)},
		{"an error outlives polls without an answer", WaitOptions{}, []response{importing, unavailable, hangs}, timedOut(4, 31*minute).read(1, 31*minute).erred(2)},
		{"an error does not outlive a result", WaitOptions{}, []response{importing, unavailable, importing, hangs},
			timedOut(5, 31*minute).read(3, 31*minute-2*second)},
		{"permanent error before the first result", retries(4), []response{denied, completed}, requestFailed(1, 0)},
		{"permanent error after a result", retries(4), []response{importing, denied, completed}, requestFailed(2, second).read(1, second)},
		{"unknown outcome before the first result", retries(4), []response{unknownOutcome, completed}, requestFailed(1, 0)},
		{"unknown outcome after a result", retries(4), []response{importing, unknownOutcome, completed}, requestFailed(2, second).read(1, second)},
		{"transient error of no kind", retries(4), []response{importing, fails(&RequestError{Err: errors.New("a bug")}), completed},
			requestFailed(2, second).read(1, second)},
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
	patient, everyMinute := WaitOptions{Limits: Limits{Timeout: 2 * minute, MaxRetries: 4}}, within(10*minute, minute)
	tests := []struct {
		name    string
		options WaitOptions
		reads   []response
		sent    []time.Duration
		want    ending
	}{
		{"unavailable before the first result", patient, unavailable.repeated(1), seconds(0, 1, 3, 7, 15), requestFailed(5, 15*second)},
		{"unavailable before the first result, with a poll interval", WaitOptions{Limits: patient.Limits, PollInterval: minute}, unavailable.repeated(1),
			seconds(0, 1, 3, 7, 15), requestFailed(5, 15*second)},
		{"unavailable before the first result, with jitter", WaitOptions{Limits: Limits{MaxRetries: 3, jitter: func() float64 { return 1 }}},
			unavailable.repeated(1), seconds(0, 1, 2.8, 6.4), requestFailed(4, 6400*time.Millisecond)},
		{"unavailable before the first result, without retries", WaitOptions{}, unavailable.repeated(1), seconds(0), requestFailed(1, 0)},
		{"available in the last retry", patient, []response{unavailable, unavailable, unavailable, unavailable, completed}, seconds(0, 1, 3, 7, 15),
			result(5, 15*second)},
		{"unknown code before the first result", patient, unknownCode.repeated(1), seconds(0, 1, 3, 7, 15), requestFailed(5, 15*second)},
		{"known code in the last retry", patient, []response{unknownCode, unknownCode, unknownCode, unknownCode, completed}, seconds(0, 1, 3, 7, 15),
			result(5, 15*second)},
		{"unknown status before the first result", patient, []response{unknownStatus, completed}, seconds(0), requestFailed(1, 0)},
		{"unknown statuses and codes for two minutes", everyMinute, []response{importing, unknownStatus, unknownCode, unknownStatus, completed},
			seconds(0, 60, 120, 180), requestFailed(4, 3*minute).read(1, 3*minute)},
		{"unknown statuses for a while", everyMinute, []response{importing, unknownStatus, unknownStatus, completed}, seconds(0, 60, 120, 180), result(4, 3*minute)},
		{"both before the first result", patient, []response{unavailable, unknownCode, unavailable, unknownCode, unavailable, completed},
			seconds(0, 1, 3, 7, 15), requestFailed(5, 15*second)},
		{"throttled until the deadline", within(2*minute, 0), throttled(0).repeated(1), seconds(0, 1, 3, 7, 15, 31, 61, 91, 120), timedOut(9, 2*minute).erred(9)},
		{"throttled does not count as a retry", patient,
			script(throttled(0).repeated(3), unavailable.repeated(2), throttled(0).repeated(1), unavailable.repeated(2), completed.repeated(1)),
			seconds(0, 1, 3, 7, 15, 31, 61, 91, 120), result(9, 2*minute)},
		{"throttled, then unavailable", retries(1), []response{throttled(0), throttled(0), unavailable}, seconds(0, 1, 3, 7), requestFailed(4, 7*second)},
		{"unavailable until the deadline after a result", within(10*minute, minute), []response{importing, unavailable},
			seconds(0, 60, 120, 180, 240, 300, 360, 420, 480, 540, 600), timedOut(11, 10*minute).read(1, 10*minute).erred(11)},
		{"throttled until the deadline after a result", within(4*minute, minute), []response{importing, throttled(0)}, seconds(0, 60, 120, 180, 240),
			timedOut(5, 4*minute).read(1, 4*minute).erred(5)},
		{"unknown codes for two minutes", everyMinute, []response{importing, unknownCode, unknownCode, unknownCode, completed}, seconds(0, 60, 120, 180),
			requestFailed(4, 3*minute).read(1, 3*minute)},
		{"unknown codes for almost two minutes", within(10*minute, 2*minute-1), []response{importing, unknownCode, unknownCode, completed},
			[]time.Duration{0, 2*minute - 1, 4*minute - 2, 6*minute - 3}, result(4, 6*minute-3)},
		{"the two minutes begin with the first response", within(10*minute, 50*second),
			[]response{importing, unknownCode.after(10 * second), unknownCode.after(10 * second), unknownCode.after(10 * second), completed}, seconds(0, 50, 110, 170),
			requestFailed(4, 3*minute).read(1, 3*minute)},
		{"a result ends the two minutes", everyMinute, []response{importing, unknownCode, unknownCode, importing, unknownCode, unknownCode, completed},
			seconds(0, 60, 120, 180, 240, 300, 360), result(7, 6*minute)},
		{"not found ends the two minutes", everyMinute, []response{importing, unknownCode, unknownCode, notFound, unknownCode, completed},
			seconds(0, 60, 120, 180, 185, 245), result(6, 245*second)},
		{"another error does not end the two minutes", everyMinute, []response{importing, unknownCode, unavailable, unknownCode, completed},
			seconds(0, 60, 120, 180), requestFailed(4, 3*minute).read(1, 3*minute)},
		{"another error does not begin the two minutes", everyMinute,
			[]response{importing, unavailable, throttled(0), unavailable, unknownCode, unavailable, completed}, seconds(0, 60, 120, 180, 240, 300, 360),
			result(7, 6*minute)},
		{"errors before the first result do not count after it", WaitOptions{Limits: Limits{MaxRetries: 1}, PollInterval: minute},
			[]response{unknownCode, importing, unavailable, unavailable, unavailable, unknownCode, completed}, seconds(0, 1, 61, 121, 181, 241, 301),
			result(7, 301*second)},
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
	everySecond := seconds(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
	tests := []struct {
		name    string
		options WaitOptions
		reads   []response
		sent    []time.Duration
		want    ending
	}{
		{"never found", WaitOptions{}, notFound.repeated(1), everySecond, requestFailed(11, 10*second)},
		{"found in time", WaitOptions{}, script(notFound.repeated(10), completed.repeated(1)), everySecond, result(11, 10*second)},
		{"never found, slowly", WaitOptions{}, notFound.after(300 * time.Millisecond).repeated(1), seconds(0, 1.3, 2.6, 3.9, 5.2, 6.5, 7.8, 9.1, 10.3),
			requestFailed(9, 10600*time.Millisecond)},
		{"never found, with a long poll interval", within(0, minute), notFound.repeated(1), seconds(0, 10), requestFailed(2, 10*second)},
		{"never found, with a poll interval", within(0, 4*second), notFound.repeated(1), seconds(0, 4, 8, 10), requestFailed(4, 10*second)},
		{"not found until the deadline", within(3*second, 0), notFound.repeated(1), seconds(0, 1, 2, 3), requestFailed(4, 3*second)},
		{"not found, then no answer", WaitOptions{}, []response{notFound, hangs}, seconds(0, 1), timedOut(2, 30*minute).erred(1)},
		{"not found and unavailable in turn", retries(1), script([]response{notFound, unavailable}, notFound.repeated(1)), everySecond, requestFailed(11, 10*second)},
		{"unavailable first", WaitOptions{Limits: Limits{MaxRetries: 2}, PollInterval: minute}, []response{unavailable, unavailable, notFound},
			seconds(0, 1, 3, 13), requestFailed(4, 13*second)},
		{"not found is not the first result", retries(1), []response{notFound, unavailable}, seconds(0, 1, 2), requestFailed(3, 2*second)},
		{"not found, then an unknown code", WaitOptions{}, []response{notFound, unknownCode, completed}, seconds(0, 1), requestFailed(2, second)},
		{"started, never found", started(within(minute, 20*second)), notFound.repeated(1), seconds(0, 20, 40, 60), requestFailed(4, minute)},
		{"started, never found, on schedule", started(within(24*second, 0)), notFound.repeated(1),
			seconds(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22.05, 23.1525, 24), requestFailed(25, 24*second)},
		{"started, found in the final poll", started(within(minute, 20*second)),
			[]response{notFound, notFound, notFound, completed}, seconds(0, 20, 40, 60), result(4, minute)},
		{"started, not found, then no answer", started(WaitOptions{}), []response{notFound, hangs}, seconds(0, 1, 1800), timedOut(3, 31*minute).erred(1)},
		{"started, no answer", started(WaitOptions{}), []response{hangs}, seconds(0), timedOut(1, 30*minute)},
		{"started, unavailable", started(retries(1)), []response{unavailable, unavailable, completed}, seconds(0, 1), requestFailed(2, second)},
		{"started, not found, then unavailable until the deadline", started(within(minute, 10*second)), []response{notFound, unavailable},
			seconds(0, 10, 11, 13, 17, 25, 41, 60), timedOut(8, minute).erred(8)},
		{"started, not found, then unknown codes for two minutes", started(within(0, 10*second)), []response{notFound, unknownCode},
			seconds(0, 10, 11, 13, 17, 25, 41, 71, 101, 131), requestFailed(10, 131*second)},
		{"disappeared", WaitOptions{}, []response{importing, notFound, notFound, completed}, seconds(0, 1, 6), requestFailed(3, 6*second).read(1, 6*second)},
		{"started, disappeared", started(within(0, minute)), []response{importing, notFound, notFound, completed},
			seconds(0, 60, 65), requestFailed(3, 65*second).read(1, 65*second)},
		{"disappeared, with a short poll interval", within(0, second), []response{importing, notFound.after(second), notFound.after(second)},
			seconds(0, 1, 7), requestFailed(3, 8*second).read(1, 8*second)},
		{"not found once, again and again", WaitOptions{}, []response{importing, notFound, importing, notFound, importing, notFound, completed},
			seconds(0, 1, 6, 7, 12, 13, 18), result(7, 18*second)},
		{"not found, found, not found twice", within(0, minute), []response{notFound, importing, notFound, notFound, completed},
			seconds(0, 10, 70, 75), requestFailed(4, 75*second).read(2, 65*second)},
		{"not found, unavailable, not found", WaitOptions{}, []response{importing, notFound, unavailable, notFound, completed}, seconds(0, 1, 6, 7),
			requestFailed(4, 7*second).read(1, 7*second)},
		{"not found, unavailable, found", within(0, 10*second), []response{importing, notFound, unavailable, importing, notFound, completed},
			seconds(0, 10, 15, 25, 35, 40), result(6, 40*second)},
		{"not found, then unavailable until the deadline", within(minute, 10*second), []response{importing, notFound, unavailable},
			seconds(0, 10, 15, 25, 35, 45, 55, 60), timedOut(8, minute).read(1, minute).erred(8)},
		{"not found once, in the final poll", within(10*second, 10*second), []response{importing, notFound}, seconds(0, 10),
			timedOut(2, 10*second).read(1, 10*second).erred(2)},
		{"not found twice within less than five seconds before the deadline", within(12*second, 10*second), []response{importing, notFound, notFound},
			seconds(0, 10, 12), timedOut(3, 12*second).read(1, 12*second).erred(3)},
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

// TestWaitInQueue checks how a wait ends whose requests, for the list too, wait for the rate limit.
func TestWaitInQueue(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name         string
		admit        func(context.Context) error
		reads, pages []response
		want         ending
	}{
		{"never sent", never, []response{completed}, nil, ending{outcome: TimedOut, queued: true, elapsed: 31 * minute}},
		{"sent late before the deadline", admitAt(29 * minute), []response{hangs, completed}, nil, timedOut(1, 30*minute)},
		{"sent at the deadline, since the pause ended then", admitAt(30 * minute), []response{completed.after(second)}, nil, result(1, 30*minute+second)},
		{"sent almost a minute after the deadline, and completed a minute later", admitAt(31*minute - 1),
			[]response{completed.after(minute - 1)}, nil, result(1, 32*minute-2)},
		{"sent after the deadline, and not completed a minute later", admitAt(30*minute + 20*second),
			[]response{completed.after(minute + 1)}, nil, timedOut(1, 31*minute+20*second)},
		{"sent too late after the deadline", admitAt(31*minute + 1), []response{completed}, nil, ending{outcome: TimedOut, queued: true, elapsed: 31 * minute}},
		{"the second poll is not sent", admitNth(2, never), []response{importing, completed}, nil,
			ending{outcome: TimedOut, last: 1, lastAge: 31 * minute, polls: 1, queued: true, elapsed: 31 * minute}},
		{"the second poll is not sent, after an error", admitNth(2, never), []response{throttled(0), completed}, nil,
			ending{outcome: TimedOut, polls: 1, err: 1, queued: true, elapsed: 31 * minute}},
		{"each poll is admitted", admitAfter(10 * second), []response{importing, importing, completed}, nil, result(3, 32050*time.Millisecond)},
		{"the rate limit refuses a request at once", admitNth(2, refuse), []response{importing, completed}, nil,
			ending{outcome: TimedOut, last: 1, lastAge: second, polls: 1, queued: true, elapsed: second}},
		{"a list, completed by the final poll", admitNot(2), []response{ambiguous}, []response{completedInList}, result(2, 30*minute)},
		{"a list, not admitted in the final poll", admitNot(2, 4), []response{ambiguous}, nil,
			ending{outcome: TimedOut, last: 2, lastAge: minute, polls: 2, queued: true, elapsed: 31 * minute}},
		{"a list, admitted in the final poll, which is in progress", admitNot(2), []response{ambiguous, importing}, nil, timedOut(2, 30*minute).read(2, 0)},
		{"a list, admitted in the final poll, which has no answer", admitNot(2), []response{ambiguous, hangs}, nil, timedOut(2, 31*minute).read(1, 31*minute)},
		{"a list, admitted in the final poll, which fails", admitNot(2), []response{ambiguous, unavailable}, nil, timedOut(2, 30*minute).read(1, 30*minute).erred(2)},
		{"a list, which fails in the final poll", admitNot(2), []response{ambiguous}, []response{unavailable}, timedOut(2, 30*minute).read(2, 0).erred(3)},
	}
	for _, test := range tests {
		bubble(t, test.name, func(t *testing.T) {
			o := WaitOptions{Limits: Limits{Admit: test.admit}}
			checkEnding(t, waitFor(t.Context(), t, newService(test.reads...).withList(test.pages...), o), test.want)
		})
	}
}

// TestWaitIsCanceled checks that a wait ends at once in each of its phases.
func TestWaitIsCanceled(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name         string
		admit        func(context.Context) error
		reads, pages []response
		after        time.Duration
		want         ending
	}{
		{"in the first request", nil, []response{hangs}, nil, second, ending{polls: 0}},
		{"in a later request", nil, []response{importing, hangs}, nil, 2 * second, ending{last: 1, lastAge: 2 * second, polls: 1}},
		{"in the final request", nil, []response{importing, hangs}, nil, 30*minute + second, ending{last: 1, lastAge: 30*minute + second, polls: 2}},
		{"in a pause", nil, []response{importing}, nil, 1500 * time.Millisecond, ending{last: 2, lastAge: 500 * time.Millisecond, polls: 2}},
		{"in a long pause", nil, []response{importing, throttled(time.Hour)}, nil, 10 * minute, ending{last: 1, lastAge: 10 * minute, polls: 2, err: 2}},
		{"in a backoff", nil, []response{throttled(time.Hour)}, nil, 10 * minute, ending{polls: 1, err: 1}},
		{"before the first request is admitted", never, []response{completed}, nil, second, ending{}},
		{"before a later request is admitted", admitNth(2, never), []response{importing}, nil, 2 * second, ending{last: 1, lastAge: 2 * second, polls: 1}},
		{"before the final request is admitted", admitNth(2, never), []response{importing}, nil, 30*minute + second,
			ending{last: 1, lastAge: 30*minute + second, polls: 1}},
		{"in the request for the list", nil, []response{ambiguous}, []response{hangs}, second, ending{}},
		{"before the request for the list is admitted", admitNth(2, never), []response{ambiguous}, []response{completedInList}, second, ending{}},
		{"in the final request, after the list was not admitted", admitNot(2), []response{ambiguous, hangs}, []response{completedInList}, 30*minute + second,
			ending{last: 1, lastAge: 30*minute + second, polls: 1}},
		{"in the request for the list of the final poll", nil, []response{importing, hangs, ambiguous}, []response{hangs}, 30*minute + second,
			ending{last: 1, lastAge: 30*minute + second, polls: 2}},
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
		}}, WaitOptions{Limits: Limits{Timeout: minute, MaxRetries: 4}})
		if e := asError(t, err); e.Outcome != TimedOut || e.Err != reported || e.Elapsed != minute { //nolint:errorlint // the very error
			t.Errorf("error = %+v, want a timeout after 1m with the error of the request", e)
		}
	})
}

func TestWaitObserves(t *testing.T) {
	t.Parallel()
	type observed struct {
		number   int
		elapsed  time.Duration
		job, err int
		changed  bool
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
				{2, 1 * second, 2, 0, true}, // the first result
				{3, 2 * second, 3, 0, true}, // another state
				{4, 3 * second, 4, 0, true}, // the progress is known
				{5, 4 * second, 5, 0, true}, // another progress
				{6, 5 * second, 6, 0, false},
				{7, 6 * second, 6, 7, false},
				{8, 7 * second, 8, 0, false},
				{9, 8 * second, 9, 0, true},
				{10, 9 * second, 10, 0, true}, // the progress is not known
				{11, 10 * second, 11, 0, true},
				{12, 11 * second, 12, 0, true},
			},
		},
		{"a permanent error", []response{importing, importing, denied}, []observed{{1, 0, 1, 0, true}, {2, second, 2, 0, false}, {3, 2 * second, 2, 3, false}}},
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
