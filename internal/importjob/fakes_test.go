package importjob

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// fakeService is a service whose responses depend on when a request is sent.
type fakeService struct {
	start   time.Time
	latency time.Duration
	// respond returns the response to a request that is sent at a time after start.
	respond func(elapsed time.Duration) (Job, error)

	mu       sync.Mutex
	requests []time.Duration // when each request was sent, after start
}

func newFakeService(latency time.Duration, respond func(elapsed time.Duration) (Job, error)) *fakeService {
	return &fakeService{start: time.Now(), latency: latency, respond: respond}
}

// Read implements [Reader].
func (s *fakeService) Read(ctx context.Context, sent func()) (Job, error) {
	sent()
	elapsed := time.Since(s.start)
	s.mu.Lock()
	s.requests = append(s.requests, elapsed)
	s.mu.Unlock()
	job, err := s.respond(elapsed)
	if s.latency > 0 {
		if err := sleep(ctx, s.latency); err != nil {
			return Job{}, err
		}
	}
	return job, err
}

// requestTimes returns when each request was sent, after the start of the service.
func (s *fakeService) requestTimes() []time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests
}

func (s *fakeService) requestCount() int { return len(s.requestTimes()) }

func (s *fakeService) poller(maxRetries int) *Poller { return newTestPoller(s, maxRetries) }

// newTestPoller returns a poller without jitter, whose jobs all have the same reader.
func newTestPoller(r Reader, maxRetries int) *Poller {
	p := NewPoller(func(ID) Reader { return r }, maxRetries)
	p.jitter = noJitter
	return p
}

func noJitter() float64 { return 0 }

// waitFor waits for the job of a reader, with no retries before the first result.
func waitFor(ctx context.Context, r Reader, o WaitOptions) (Job, error) {
	return newTestPoller(r, 0).Wait(ctx, ID{}, o)
}

// slowService is a service that takes a second to respond. Its responses depend on when
// it sends them.
type slowService struct {
	start   time.Time
	respond func(elapsed time.Duration) (Job, error)

	mu       sync.Mutex
	requests map[ID]int
}

func newSlowService(respond func(elapsed time.Duration) (Job, error)) *slowService {
	return &slowService{start: time.Now(), respond: respond, requests: map[ID]int{}}
}

func (s *slowService) open(id ID) Reader {
	return readerFunc(func(ctx context.Context) (Job, error) {
		s.mu.Lock()
		s.requests[id]++
		s.mu.Unlock()
		select {
		case <-time.After(time.Second):
			return s.respond(time.Since(s.start))
		case <-ctx.Done():
			return Job{}, ctx.Err()
		}
	})
}

// readerFunc is a [Reader] that sends its requests at once.
type readerFunc func(context.Context) (Job, error)

// Read implements [Reader].
func (f readerFunc) Read(ctx context.Context, sent func()) (Job, error) {
	sent()
	return f(ctx)
}

// hangingReader is the [Reader] of a service that never responds.
type hangingReader struct{}

// Read implements [Reader].
func (hangingReader) Read(ctx context.Context, sent func()) (Job, error) {
	sent()
	<-ctx.Done()
	return Job{}, ctx.Err()
}

// queueingReader is a [Reader] whose first request fails. The later ones wait for their turn
// at the rate limit without end.
type queueingReader struct {
	err    error // of the first request
	failed atomic.Bool
}

// Read implements [Reader].
func (r *queueingReader) Read(ctx context.Context, sent func()) (Job, error) {
	if !r.failed.Swap(true) {
		sent()
		return Job{}, r.err
	}
	<-ctx.Done()
	return Job{}, ctx.Err()
}

func percent(p float64) *float64 { return &p }

func importing(p float64) Job { return Job{State: StateImporting, ProgressPercent: percent(p)} }

// completesAfter is an import that stays at 80 % until it completes after d.
func completesAfter(d time.Duration) func(time.Duration) (Job, error) {
	return func(elapsed time.Duration) (Job, error) {
		if elapsed >= d {
			return Job{State: StateCompleted, ProgressPercent: percent(100)}, nil
		}
		return importing(80), nil
	}
}

var (
	errUnavailable = &TransientError{Err: errors.New("HTTP 503"), Kind: Unavailable}
	errUnknownCode = &TransientError{Err: errors.New("code 12345"), Kind: UnknownCode}
	errPermanent   = errors.New("HTTP 401")
)

func rateLimited(retryAfter time.Duration) error {
	return &TransientError{Err: errors.New("HTTP 429"), Kind: RateLimited, RetryAfter: retryAfter}
}

// asError returns err as an [*Error]. It fails the test if it is not one.
func asError(t *testing.T, err error) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("error is a %T (%v), want an *Error", err, err)
	}
	return e
}

// pauseFor pauses for d. It creates no timer that is due at once: with -race, Go 1.26 can
// crash when a goroutine in a synctest bubble receives from one (golang/go#78156).
func pauseFor(d time.Duration) {
	if d > 0 {
		<-time.After(d)
	}
}
