package importjob

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestSharingDoesNotWorsenResults checks a property in random scenarios: a read or wait
// that shares requests with others ends with the same outcome as alone, or with a better
// one, and a wait notices the end of the import within its own pause, plus a second and
// one request.
//
// ZILLIZ_SHARING_SCENARIOS sets the number of scenarios.
func TestSharingDoesNotWorsenResults(t *testing.T) {
	t.Parallel()
	scenarios := 1500
	if n, err := strconv.Atoi(os.Getenv("ZILLIZ_SHARING_SCENARIOS")); err == nil {
		scenarios = n
	}
	var checked, skipped int
	for n := range uint64(scenarios) {
		s := newScenario(rand.New(rand.NewPCG(20261124, n)))
		together := s.run(t, s.participants)
		for i, p := range s.participants {
			alone := s.run(t, []participant{p})[0]
			problem, skip := s.compare(p, alone, together[i])
			if problem != "" {
				t.Fatalf("scenario %d, participant %d: %s\nalone: %s\ntogether: %s\n%+v\n%+v",
					n, i, problem, alone, together[i], p, s)
			}
			if skip {
				skipped++
			} else {
				checked++
			}
		}
	}
	t.Logf("%d scenarios, %d participants compared, %d skipped", scenarios, checked, skipped)
	if skipped*10 > checked {
		t.Errorf("%d of %d participants were not compared", skipped, skipped+checked)
	}
}

const (
	// hangTime is how long a request hangs until its timeout.
	hangTime = 30 * time.Second

	// slack is how much later a shared poll can end: it joins a request for a second, and
	// two requests hang.
	slack = time.Second + 2*hangTime
)

// participant is one read or wait.
type participant struct {
	read     bool
	start    time.Duration // after the start of the scenario
	timeout  time.Duration
	interval time.Duration // 0: the schedule
	cancel   time.Duration // after the start of the participant; 0: never
}

// outage is a time in which requests fail.
type outage struct {
	from, to time.Duration
	err      error // nil: requests hang
}

// scenario is a service whose responses depend on when a request is sent, and the reads
// and waits that poll it.
//
// Sharing moves polls, so a shared poll can hit an outage that a lone one misses, and the
// other way round. In a scenario, that does not decide the outcome: outages are minutes
// apart, the end of the import is permanent and at least two minutes from any outage, no
// participant starts just before one, and only the last outage can have a long
// Retry-After.
type scenario struct {
	latency      time.Duration
	maxRetries   int
	ends         time.Duration // when the import ends
	end          func() (Job, error)
	outages      []outage
	participants []participant
}

func newScenario(r *rand.Rand) *scenario {
	s := &scenario{maxRetries: r.IntN(5), latency: randomDuration(r, 3*time.Second)}
	if r.IntN(3) == 0 {
		s.latency = 0
	}
	s.addOutagesAndEnd(r)
	s.end = randomEnd(r)
	for range 1 + r.IntN(6) {
		s.participants = append(s.participants, s.newParticipant(r))
	}
	return s
}

// addOutagesAndEnd adds up to three outages, and the end of the import before, between or
// after them.
func (s *scenario) addOutagesAndEnd(r *rand.Rand) {
	const minGap = 3 * time.Minute
	at := randomDuration(r, 2*time.Minute)
	if r.IntN(2) == 0 {
		at = 0 // the first outage begins with the scenario
	}
	outages := r.IntN(4)
	endsBefore := r.IntN(outages + 1)
	for i := range outages + 1 {
		if i == endsBefore {
			s.ends = at + 2*time.Minute + randomDuration(r, 20*time.Minute)
			at = s.ends + 2*time.Minute
		}
		if i == outages {
			break
		}
		o := outage{from: at, to: at + randomDuration(r, 2*time.Minute), err: randomError(r, i == outages-1)}
		if errors.Is(o.err, errUnknownCode) {
			o.to = o.from + randomDuration(r, 5*time.Second)
		}
		s.outages = append(s.outages, o)
		at = o.to + minGap + randomDuration(r, 3*time.Minute)
	}
}

// randomDuration returns a duration of at least 1 ns and at most d.
func randomDuration(r *rand.Rand, d time.Duration) time.Duration {
	return 1 + time.Duration(r.Int64N(int64(d)))
}

// randomError returns the error of an outage, nil for one in which requests hang.
func randomError(r *rand.Rand, last bool) error {
	var retryAfter time.Duration
	switch r.IntN(4) {
	case 0:
		retryAfter = randomDuration(r, 20*time.Second)
	case 1:
		if last {
			retryAfter = randomDuration(r, 20*time.Minute)
		}
	}
	switch r.IntN(6) {
	case 0:
		return nil
	case 1:
		return errUnknownCode
	case 2, 3:
		return rateLimited(retryAfter)
	default:
		return &TransientError{Err: errors.New("HTTP 503"), Kind: Unavailable, RetryAfter: retryAfter}
	}
}

func randomEnd(r *rand.Rand) func() (Job, error) {
	switch r.IntN(6) {
	case 0:
		return func() (Job, error) { return Job{State: StateFailed}, nil }
	case 1:
		return func() (Job, error) { return Job{}, errPermanent }
	default:
		return func() (Job, error) { return Job{State: StateCompleted}, nil }
	}
}

func (s *scenario) newParticipant(r *rand.Rand) participant {
	p := participant{read: r.IntN(4) == 0, timeout: 3*time.Second + randomDuration(r, 40*time.Minute)}
	if r.IntN(3) > 0 {
		p.start = randomDuration(r, s.ends+time.Minute)
	}
	for _, o := range s.outages {
		if p.start < o.from && o.from-p.start < 10*time.Second {
			p.start = o.from
		}
	}
	if p.read {
		p.timeout = 3*time.Second + randomDuration(r, 2*time.Minute)
	}
	if r.IntN(4) == 0 {
		p.interval = time.Second + randomDuration(r, 59*time.Second)
	}
	if r.IntN(5) == 0 {
		p.cancel = randomDuration(r, 10*time.Minute)
	}
	return p
}

// outageAt returns the outage at a time, nil if there is none.
func (s *scenario) outageAt(elapsed time.Duration) *outage {
	for i, o := range s.outages {
		if elapsed >= o.from && elapsed < o.to {
			return &s.outages[i]
		}
	}
	return nil
}

// scenarioService is the service of one run of a scenario.
type scenarioService struct {
	*scenario
	start time.Time
}

// Read implements [Reader].
func (s scenarioService) Read(ctx context.Context, sent func()) (Job, error) {
	sent()
	elapsed := time.Since(s.start)
	o := s.outageAt(elapsed)
	if o != nil && o.err == nil {
		if err := sleep(ctx, hangTime); err != nil {
			return Job{}, err
		}
		return Job{}, &TransientError{Err: errors.New("no response within 30s"), Kind: Unavailable}
	}
	if err := sleep(ctx, s.latency); err != nil {
		return Job{}, err
	}
	switch {
	case o != nil:
		return Job{}, o.err
	case elapsed >= s.ends:
		return s.end()
	default:
		return importing(50), nil
	}
}

// callResult is how the call of a participant ended.
type callResult struct {
	outcome Outcome // 0: success
	job     Job
	at      time.Duration // after the start of the scenario
	err     error
}

func (c callResult) String() string {
	return fmt.Sprintf("outcome %d, state %q at %s, %v", c.outcome, c.job.State, c.at, c.err)
}

// run runs the scenario with some participants.
func (s *scenario) run(t *testing.T, participants []participant) []callResult {
	t.Helper()
	results := make([]callResult, len(participants))
	synctest.Test(t, func(t *testing.T) {
		service := scenarioService{s, time.Now()}
		poller := newTestPoller(service, s.maxRetries)
		var wg sync.WaitGroup
		for i, p := range participants {
			wg.Go(func() {
				pauseFor(p.start)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if p.cancel > 0 {
					defer time.AfterFunc(p.cancel, cancel).Stop()
				}
				job, err := p.call(ctx, poller)
				results[i] = callResult{job: job, at: time.Since(service.start), err: err}
				if e := (*Error)(nil); errors.As(err, &e) {
					results[i].outcome = e.Outcome
				}
			})
		}
		wg.Wait()
	})
	return results
}

func (p participant) call(ctx context.Context, poller *Poller) (Job, error) {
	if p.read {
		return poller.Read(ctx, ID{}, p.timeout)
	}
	return poller.Wait(ctx, ID{}, WaitOptions{Timeout: p.timeout, PollInterval: p.interval})
}

// compare returns what is worse together than alone, empty if nothing is. It skips a
// participant whose deadline or cancellation is so close to its end that a second more or
// less decides the outcome.
func (s *scenario) compare(p participant, alone, together callResult) (problem string, skip bool) {
	switch {
	case together.outcome == 0 && together.job.State == StateCompleted && together.at < s.ends:
		return "completed before the import had", false
	case alone.outcome == Canceled:
		return "", false // no outcome is worse
	case together.outcome == Canceled:
		return s.compareCanceled(p, alone, together)
	case isWorse(together.outcome, alone.outcome):
		deadline := p.start + p.timeout
		if deadline-alone.at <= slack && s.outageAt(deadline) != nil {
			return "", true
		}
		return "worse than alone", false
	case p.read || together.outcome != 0:
		return "", false
	default:
		return s.compareDelay(p, alone, together), false
	}
}

// isWorse reports whether an outcome together is worse than the one alone.
func isWorse(together, alone Outcome) bool {
	switch {
	case together == 0 || together == alone:
		return false
	case alone == 0:
		return true
	default:
		// A timeout, or the failure of the import, is better than a failed request.
		return together != TimedOut && together != ImportFailed
	}
}

// compareCanceled is compare for a participant that is cancelled only together.
func (s *scenario) compareCanceled(p participant, alone, together callResult) (problem string, skip bool) {
	if alone.outcome != 0 && alone.outcome != ImportFailed {
		return "", false // continuing until the cancellation is better than an error
	}
	late := p.start + p.cancel - alone.at
	if late <= slack || late <= s.maxDelay(p, together.at) || s.hasLongRetryAfter() {
		return "", true
	}
	return "cancelled long after it would have ended alone", true
}

// compareDelay checks that a wait notices the end of the import in time.
func (s *scenario) compareDelay(p participant, alone, together callResult) (problem string) {
	noticeable := max(s.ends, p.start)
	if s.hasOutage(noticeable-hangTime-s.latency-2*maxPause, noticeable) || s.hasLongRetryAfter() {
		return ""
	}
	late := together.at - noticeable
	if late <= s.maxDelay(p, noticeable) || together.at <= alone.at {
		return ""
	}
	return fmt.Sprintf("noticed the end of the import %s late", late)
}

// maxDelay is how late a wait can notice what happens at a time: its own pause, a second
// and one request, which begins after the one in flight has ended.
func (s *scenario) maxDelay(p participant, at time.Duration) time.Duration {
	pause := max(p.interval, Pause(at-p.start, 0))
	return pause + time.Second + 2*s.latency
}

func (s *scenario) hasOutage(from, to time.Duration) bool {
	for _, o := range s.outages {
		if o.from <= to && o.to >= from {
			return true
		}
	}
	return false
}

func (s *scenario) hasLongRetryAfter() bool {
	for _, o := range s.outages {
		if retryAfter(o.err) > 20*time.Second {
			return true
		}
	}
	return false
}
