package importjob

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const second, minute = time.Second, time.Minute

// service is a fake service. It numbers its responses from 1: a job has its number in
// TotalRows, an error is a [numberedError]. It serves one call at a time.
type service struct {
	// reads are the responses to the requests that read the job, and pages those to the
	// requests for a page of the list. The last one is repeated.
	reads, pages []response

	began time.Time
	// log has an entry for each request, such as "1.5s read" or "1.5s page 1".
	log []string
	// times are the times of the requests that read the job.
	times        []time.Duration
	read, listed int
}

// response is a response of a [service].
type response struct {
	job  Job
	page Page
	err  error
	// takes is the time until the response. If negative, it never comes.
	takes time.Duration
}

// numberedError is the error of a response, with the number of that response.
type numberedError struct {
	number int
	error
}

// Unwrap returns the error without its number.
func (e *numberedError) Unwrap() error { return e.error }

func newService(reads ...response) *service {
	return &service{reads: reads, pages: []response{{err: errPermanent}}, began: time.Now()}
}

// withList sets the responses to the requests for a page of the list.
func (s *service) withList(pages ...response) *service {
	s.pages = pages
	return s
}

// respond sends the response after those that were sent before.
func (s *service) respond(ctx context.Context, responses []response, sent int) (response, error) {
	number := len(s.log)
	r := responses[min(sent, len(responses)-1)]
	if r.takes < 0 {
		<-ctx.Done()
		return response{}, context.Cause(ctx)
	}
	if err := sleep(ctx, r.takes); err != nil {
		return response{}, err
	}
	if r.err != nil {
		return response{}, &numberedError{number, r.err}
	}
	rows := int64(number)
	r.job.TotalRows = &rows
	return r, nil
}

func (s *service) sent() time.Duration { return time.Since(s.began) }

func (s *service) source() Source {
	return Source{
		JobID: "job-1",
		Read: func(ctx context.Context) (Job, error) {
			s.log = append(s.log, s.sent().String()+" read")
			s.times = append(s.times, s.sent())
			s.read++
			r, err := s.respond(ctx, s.reads, s.read-1)
			return r.job, err
		},
		Page: s.page,
	}
}

func (s *service) page(ctx context.Context, page int) (Page, error) {
	s.log = append(s.log, fmt.Sprintf("%s page %d", s.sent(), page))
	s.listed++
	r, err := s.respond(ctx, s.pages, s.listed-1)
	return r.page, err
}

// checkLog checks which requests the service has received, and when.
func (s *service) checkLog(t *testing.T, want string) {
	t.Helper()
	if got := strings.Join(s.log, ", "); got != want {
		t.Errorf("requests:\n%s\nwant:\n%s", got, want)
	}
}

// checkTimes checks when the job was read.
func (s *service) checkTimes(t *testing.T, want ...time.Duration) {
	t.Helper()
	if !slices.Equal(s.times, want) {
		t.Errorf("read at %v, want %v", s.times, want)
	}
}

// seconds returns times in seconds as durations.
func seconds(times ...float64) []time.Duration {
	var d []time.Duration
	for _, s := range times {
		d = append(d, time.Duration(s*float64(second)))
	}
	return d
}

// ending describes the end of a call. A result or an error is the number of the response that
// it comes from, or 0.
type ending struct {
	// result is that of a call without an error, which has no other fields but elapsed.
	result  int
	outcome Outcome
	last    int
	lastAge time.Duration
	polls   int
	queued  bool
	err     int
	elapsed time.Duration
}

// result returns how a call ends with a result.
func result(response int, elapsed time.Duration) ending {
	return ending{result: response, elapsed: elapsed}
}

// requestFailed returns how a wait ends because of the error of its last poll.
func requestFailed(polls int, elapsed time.Duration) ending {
	return ending{outcome: RequestFailed, polls: polls, err: polls, elapsed: elapsed}
}

// timedOut returns how a wait ends that has read nothing.
func timedOut(polls int, elapsed time.Duration) ending {
	return ending{outcome: TimedOut, polls: polls, elapsed: elapsed}
}

// read adds the last result, and its age.
func (e ending) read(last int, age time.Duration) ending {
	e.last, e.lastAge = last, age
	return e
}

// erred adds the last error.
func (e ending) erred(err int) ending {
	e.err = err
	return e
}

// endOf returns how a call that began at start has ended. It fails the test if the error
// of the call contradicts itself.
func endOf(t *testing.T, job Job, err error, began time.Time, timeout time.Duration) ending {
	t.Helper()
	if err == nil {
		if job.Ambiguous {
			t.Errorf("job = %+v, want no ambiguous one", job)
		}
		return ending{result: number(&job), elapsed: time.Since(began)}
	}
	e := asError(t, err)
	if e.Timeout != timeout {
		t.Errorf("Timeout = %s, want %s", e.Timeout, timeout)
	}
	if e.Elapsed != time.Since(began) {
		t.Errorf("Elapsed = %s, but the call took %s", e.Elapsed, time.Since(began))
	}
	if job.TotalRows != nil || job.State != "" {
		t.Errorf("job = %+v with an error, want none", job)
	}
	return ending{outcome: e.Outcome, last: number(e.Last), lastAge: e.LastAge, polls: e.Polls, queued: e.Queued, err: errorNumber(t, e.Err), elapsed: e.Elapsed}
}

func number(job *Job) int {
	if job == nil || job.TotalRows == nil {
		return 0
	}
	return int(*job.TotalRows)
}

func errorNumber(t *testing.T, err error) int {
	t.Helper()
	var numbered *numberedError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &numbered):
		return numbered.number
	default:
		t.Errorf("error %v (%T) comes from no response", err, err)
		return -1
	}
}

// asError returns err as an [*Error]. It ends the test if it is not one.
func asError(t *testing.T, err error) *Error {
	t.Helper()
	e, ok := err.(*Error) //nolint:errorlint // it must not be wrapped
	if !ok {
		t.Fatalf("error is a %T (%v), want an *Error", err, err)
	}
	return e
}

// waitFor waits for the job of a service, with default options for those that are not set.
func waitFor(ctx context.Context, t *testing.T, s *service, o WaitOptions) ending {
	t.Helper()
	o = withDefaults(o)
	job, err := Wait(ctx, s.source(), o)
	return endOf(t, job, err, s.began, o.Timeout)
}

func within(timeout, interval time.Duration) WaitOptions {
	return WaitOptions{Limits: Limits{Timeout: timeout}, PollInterval: interval}
}

func retries(n int) WaitOptions { return WaitOptions{Limits: Limits{MaxRetries: n}} }

func started(o WaitOptions) WaitOptions { o.Started = true; return o }

// withDefaults returns options with a timeout of 30 minutes and without jitter, unless
// they are set.
func withDefaults(o WaitOptions) WaitOptions {
	if o.Timeout == 0 {
		o.Timeout = 30 * minute
	}
	if o.jitter == nil {
		o.jitter = noJitter
	}
	return o
}

func checkEnding(t *testing.T, got, want ending) {
	t.Helper()
	if got != want {
		t.Errorf("ended as\n%+v, want\n%+v", got, want)
	}
}

// cancelAfter returns a context that is canceled after d.
func cancelAfter(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	timer := time.AfterFunc(d, cancel)
	t.Cleanup(func() { timer.Stop(); cancel() })
	return ctx
}

// never is an Admit that lets no request go.
func never(ctx context.Context) error {
	<-ctx.Done()
	return context.Cause(ctx)
}

// refuse is an Admit as that of a limiter: it does not wait for a turn after the deadline.
func refuse(context.Context) error { return errors.New("would exceed context deadline") }

// admitNth returns an Admit that calls admit for the nth request, from 1, and the later
// ones.
func admitNth(n int, admit func(context.Context) error) func(context.Context) error {
	calls := 0
	return func(ctx context.Context) error {
		if calls++; calls < n {
			return nil
		}
		return admit(ctx)
	}
}

// admitNot returns an Admit that never lets some requests go, numbered from 1.
func admitNot(refused ...int) func(context.Context) error {
	calls := 0
	return func(ctx context.Context) error {
		if calls++; slices.Contains(refused, calls) {
			return never(ctx)
		}
		return nil
	}
}

// admitAt returns an Admit that lets the first request go after a time, and the others at once.
func admitAt(d time.Duration) func(context.Context) error {
	return func(ctx context.Context) error {
		err := sleep(ctx, d)
		d = 0
		return err
	}
}

// admitAfter returns an Admit that lets each request go after a time.
func admitAfter(d time.Duration) func(context.Context) error {
	return func(ctx context.Context) error { return sleep(ctx, d) }
}

func noJitter() float64 { return 0 }

func ptr[T any](v T) *T { return &v }

// in returns the response of a job in a state.
func in(s State) response { return response{job: jobIn(s, nil)} }

// at returns the response of a job that has imported some percent.
func at(percent float64) response {
	return response{job: Job{Progress: Progress{State: StateImporting, ProgressPercent: &percent}}}
}

func fails(err error) response { return response{err: err} }

func throttled(retryAfter time.Duration) response {
	return fails(&RequestError{Err: errors.New("HTTP 429"), Failure: Throttled, RetryAfter: retryAfter})
}

// after returns a response that takes d.
func (r response) after(d time.Duration) response {
	r.takes = d
	return r
}

// repeated returns a response n times.
func (r response) repeated(n int) []response { return slices.Repeat([]response{r}, n) }

// script joins responses.
func script(parts ...[]response) []response { return slices.Concat(parts...) }

var (
	importing   = in(StateImporting)
	completed   = in(StateCompleted)
	failed      = in(StateFailed)
	ambiguous   = response{job: Job{Progress: Progress{State: StateImporting}, Ambiguous: true}}
	notFound    = fails(&RequestError{Err: errors.New("code 90144"), Failure: NotFound})
	unavailable = fails(&RequestError{Err: errors.New("HTTP 503"), Failure: Unavailable})
	unknownCode = fails(&RequestError{Err: errors.New("code 12345"), Failure: UnknownCode})
	// unknownStatus can come from a gateway while it is updated.
	unknownStatus = fails(&RequestError{Err: errors.New("HTTP 404"), Failure: UnknownStatus})
	denied        = fails(errPermanent)
	hangs         = response{takes: -1}

	errPermanent = errors.New("HTTP 401")
	// unknownOutcome wraps a transient error, which must not count.
	unknownOutcome = fails(&RequestError{Err: unavailable.err, Failure: UnknownOutcome})
)

// bubble runs a parallel subtest with a clock of its own.
func bubble(t *testing.T, name string, test func(t *testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, test)
	})
}

// retry sends a request as the calls of this package do.
func retry[T any](ctx context.Context, l Limits, send func(context.Context) (T, error)) (T, error) {
	return withTimeout(ctx, l.Timeout, func(ctx context.Context) (T, error) { return sendWithRetries(ctx, l, send) })
}

// eachSeed runs a test in bubbles with seeds from a random one on. A failure names its seed,
// with which the variable ZILLIZ_TEST_SEED runs it again. ZILLIZ_TEST_SCENARIOS changes the
// number of seeds.
func eachSeed(t *testing.T, seeds int, test func(t *testing.T, r *rand.Rand)) {
	t.Helper()
	first := rand.Uint64() >> 16
	if n, err := strconv.Atoi(os.Getenv("ZILLIZ_TEST_SCENARIOS")); err == nil {
		seeds = n
	}
	if seed, err := strconv.ParseUint(os.Getenv("ZILLIZ_TEST_SEED"), 10, 64); err == nil {
		first, seeds = seed, 1
	}
	for seed := first; seed < first+uint64(seeds) && !t.Failed(); seed++ {
		synctest.Test(t, func(t *testing.T) { test(t, rand.New(rand.NewPCG(seed, 1))) })
		if t.Failed() {
			t.Errorf("ZILLIZ_TEST_SEED=%d", seed)
		}
	}
}

func oneOf[T any](r *rand.Rand, choices ...T) T { return choices[r.IntN(len(choices))] }

func between(r *rand.Rand, from, to time.Duration) time.Duration {
	return from + time.Duration(r.Int64N(int64(to-from)))
}
