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

// The law of sharing, as a property: with others or alone, each read and wait ends
// the same, or better, and a wait notices the end of the import within the bound of
// its own schedule, a second and one request.
//
// ZILLIZ_LAW_SCENARIOS sets the number of random scenarios.
func TestLawOfSharing(t *testing.T) {
	t.Parallel()
	scenarios := 1500
	if n, err := strconv.Atoi(os.Getenv("ZILLIZ_LAW_SCENARIOS")); err == nil {
		scenarios = n
	}
	var checked, skipped int
	for n := range uint64(scenarios) {
		s := newScenario(rand.New(rand.NewPCG(20261124, n)))
		together := s.run(t, s.participants)
		for i, p := range s.participants {
			alone := s.run(t, []participant{p})[0]
			problem, skip := s.breaks(p, alone, together[i])
			if problem != "" {
				t.Fatalf("scenario %d, participant %d: %s\nalone: %s\ntogether: %s\n%+v\n%+v", n, i, problem, alone, together[i], p, s)
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

// lawSlack is how much later a shared poll can be: a second in the queue and two
// requests that hang.
const (
	hangs    = 30 * time.Second // the limit of one request
	lawSlack = time.Second + 2*hangs
)

// participant is one read or wait.
type participant struct {
	reads    bool
	start    time.Duration
	timeout  time.Duration
	interval time.Duration
	cancel   time.Duration // after the start; 0: never
}

// trouble is a time in which requests fail.
type trouble struct {
	from, to time.Duration
	err      error // nil: requests hang
}

// scenario is a service whose responses depend on the time a request is sent, and
// those who poll it. Sharing moves polls, so trouble that a lone wait has missed can
// be hit, and the other way round. The law holds where that does not decide the
// outcome: troubles are minutes apart, the end of the import is permanent and at
// least two minutes from any trouble, nobody starts just before one, and only the
// last trouble can have a long Retry-After.
type scenario struct {
	latency      time.Duration
	maxRetries   int
	ends         time.Duration
	end          func() (Job, error)
	troubles     []trouble
	participants []participant
}

func newScenario(r *rand.Rand) *scenario {
	s := &scenario{maxRetries: r.IntN(5), latency: upTo(r, 3*time.Second)}
	if r.IntN(3) == 0 {
		s.latency = 0
	}
	const calm = 3 * time.Minute
	at := upTo(r, 2*time.Minute)
	if r.IntN(2) == 0 {
		at = 0 // the service is in trouble from the start
	}
	troubles := r.IntN(4)
	ends := r.IntN(troubles + 1)
	for i := range troubles + 1 {
		if i == ends {
			s.ends = at + 2*time.Minute + upTo(r, 20*time.Minute)
			at = s.ends + 2*time.Minute
		}
		if i == troubles {
			break
		}
		t := trouble{from: at, to: at + upTo(r, 2*time.Minute), err: randomError(r, i == troubles-1)}
		if errors.Is(t.err, errUnknownCode) {
			t.to = t.from + upTo(r, 5*time.Second)
		}
		s.troubles = append(s.troubles, t)
		at = t.to + calm + upTo(r, 3*time.Minute)
	}
	s.end = randomEnd(r)
	for range 1 + r.IntN(6) {
		s.participants = append(s.participants, s.newParticipant(r))
	}
	return s
}

func upTo(r *rand.Rand, d time.Duration) time.Duration {
	return 1 + time.Duration(r.Int64N(int64(d)))
}

var errUnknownCode = &TransientError{Err: errors.New("code 12345"), Kind: UnknownCode}

func randomError(r *rand.Rand, last bool) error {
	var pause time.Duration
	switch r.IntN(4) {
	case 0:
		pause = upTo(r, 20*time.Second)
	case 1:
		if last {
			pause = upTo(r, 20*time.Minute)
		}
	}
	switch r.IntN(6) {
	case 0:
		return nil
	case 1:
		return errUnknownCode
	case 2, 3:
		return tooMany(pause)
	default:
		return &TransientError{Err: errors.New("HTTP 503"), Kind: Unavailable, RetryAfter: pause}
	}
}

func randomEnd(r *rand.Rand) func() (Job, error) {
	switch r.IntN(6) {
	case 0:
		return func() (Job, error) { return Job{State: StateFailed}, nil }
	case 1:
		return func() (Job, error) { return Job{}, errFinal }
	default:
		return func() (Job, error) { return Job{State: StateCompleted}, nil }
	}
}

func (s *scenario) newParticipant(r *rand.Rand) participant {
	p := participant{reads: r.IntN(4) == 0, timeout: 3*time.Second + upTo(r, 40*time.Minute)}
	if r.IntN(3) > 0 {
		p.start = upTo(r, s.ends+time.Minute)
	}
	for _, t := range s.troubles {
		if p.start < t.from && t.from-p.start < 10*time.Second {
			p.start = t.from
		}
	}
	if p.reads {
		p.timeout = 3*time.Second + upTo(r, 2*time.Minute)
	}
	if r.IntN(4) == 0 {
		p.interval = time.Second + upTo(r, 59*time.Second)
	}
	if r.IntN(5) == 0 {
		p.cancel = upTo(r, 10*time.Minute)
	}
	return p
}

// at returns the trouble at a time, nil if there is none.
func (s *scenario) at(elapsed time.Duration) *trouble {
	for i, t := range s.troubles {
		if elapsed >= t.from && elapsed < t.to {
			return &s.troubles[i]
		}
	}
	return nil
}

// lawService is the scenario's service, in one bubble.
type lawService struct {
	*scenario
	start time.Time
}

// Read implements [Reader].
func (s lawService) Read(ctx context.Context, sent func()) (Job, error) {
	sent()
	elapsed := time.Since(s.start)
	trouble := s.at(elapsed)
	if trouble != nil && trouble.err == nil {
		if err := sleep(ctx, hangs); err != nil {
			return Job{}, err
		}
		return Job{}, &TransientError{Err: errors.New("no response within 30s"), Kind: Unavailable}
	}
	if err := sleep(ctx, s.latency); err != nil {
		return Job{}, err
	}
	switch {
	case trouble != nil:
		return Job{}, trouble.err
	case elapsed >= s.ends:
		return s.end()
	default:
		return importing(50), nil
	}
}

// ending is how a participant ended, 0 for a result.
type ending struct {
	outcome Outcome
	job     Job
	at      time.Duration
	err     error
}

func (e ending) String() string {
	return fmt.Sprintf("outcome %d, state %q at %s, %v", e.outcome, e.job.State, e.at, e.err)
}

// run plays the scenario with some participants.
func (s *scenario) run(t *testing.T, participants []participant) []ending {
	t.Helper()
	endings := make([]ending, len(participants))
	synctest.Test(t, func(t *testing.T) {
		service := lawService{s, time.Now()}
		poller := NewPoller(func(ID) Reader { return service }, s.maxRetries)
		poller.jitter = noJitter
		var all sync.WaitGroup
		for i, p := range participants {
			all.Go(func() {
				<-time.After(p.start)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if p.cancel > 0 {
					defer time.AfterFunc(p.cancel, cancel).Stop()
				}
				job, err := p.poll(ctx, poller)
				endings[i] = ending{job: job, at: time.Since(service.start), err: err}
				if e := (*Error)(nil); errors.As(err, &e) {
					endings[i].outcome = e.Outcome
				}
			})
		}
		all.Wait()
	})
	return endings
}

func (p participant) poll(ctx context.Context, poller *Poller) (Job, error) {
	if p.reads {
		return poller.Read(ctx, ID{}, p.timeout)
	}
	return poller.Wait(ctx, ID{}, WaitOptions{Timeout: p.timeout, PollInterval: p.interval})
}

// breaks returns how a participant breaks the law. It skips a comparison where the
// participant's own deadline or cancellation is so close to its end that a second
// more or less decides.
func (s *scenario) breaks(p participant, alone, together ending) (problem string, skip bool) {
	deadline := p.start + p.timeout
	if together.outcome == 0 && together.job.State == StateCompleted && together.at < s.ends {
		return "completed before the import had", false
	}
	if alone.outcome == Canceled {
		return "", false // whatever the others made of it is better
	}
	if together.outcome == Canceled && alone.outcome != 0 && alone.outcome != ImportFailed {
		return "", false // to go on until it was cancelled is better than an error
	}
	if together.outcome == Canceled {
		late := p.start + p.cancel - alone.at
		near := late <= lawSlack || late <= s.bound(p, together.at) || s.longRetryAfter()
		return problemUnless(near, "cancelled long after it would have ended alone"), true
	}
	worse := together.outcome != 0 && together.outcome != alone.outcome
	if worse && alone.outcome != 0 {
		// To reach the deadline, with the import in progress, is better than an error.
		worse = together.outcome != TimedOut && together.outcome != ImportFailed
	}
	if worse && deadline-alone.at <= lawSlack && s.at(deadline) != nil {
		return "", true
	}
	if worse {
		return "worse than alone", false
	}
	if p.reads || together.outcome != 0 {
		return "", false
	}
	noticeable := max(s.ends, p.start)
	if s.troubled(noticeable-hangs-s.latency-2*maxPause, noticeable) || s.longRetryAfter() {
		return "", false
	}
	late := together.at - noticeable
	return problemUnless(late <= s.bound(p, noticeable) || together.at <= alone.at, fmt.Sprintf("noticed %s late", late)), false
}

func problemUnless(ok bool, problem string) string {
	if ok {
		return ""
	}
	return problem
}

// bound is how late a wait can notice what happens at a time: its own pause, a second
// and one request, which begins after the one under way has ended.
func (s *scenario) bound(p participant, at time.Duration) time.Duration {
	pause := max(p.interval, Pause(at-p.start, 0))
	return pause + time.Second + 2*s.latency
}

func (s *scenario) troubled(from, to time.Duration) bool {
	for _, t := range s.troubles {
		if t.from <= to && t.to >= from {
			return true
		}
	}
	return false
}

func (s *scenario) longRetryAfter() bool {
	for _, t := range s.troubles {
		if retryAfter(t.err) > 20*time.Second {
			return true
		}
	}
	return false
}
