package importjob

import (
	"context"
	"sync"
	"time"
)

// Reader reads one job from the service. It must be safe for concurrent use.
type Reader interface {
	// Read sends one request. It calls sent once, when the rate limit lets the request
	// go, or not at all if the request is not sent. A response that can't be trusted
	// must be an error. An error that a retry may fix must be a [TransientError].
	Read(ctx context.Context, sent func()) (Job, error)
}

// Poller polls jobs for any number of concurrent reads and waits. Those of the same job
// share the request in flight and its result, so that the number of requests grows with
// the number of jobs, not with the number of reads and waits. Retries and deadlines are
// not shared. It is safe for concurrent use.
type Poller struct {
	// open returns a reader of a job.
	open       func(ID) Reader
	maxRetries int
	// jitter returns a random number in [0, 1).
	jitter func() float64

	mu   sync.Mutex
	jobs map[ID]*sharedJob
}

// NewPoller returns a poller. It calls open for each job that it begins to poll.
// maxRetries is the number of retries of a read, and of a wait before its first result;
// 0: none. A wait does not count retries after errors of the kind [RateLimited].
func NewPoller(open func(ID) Reader, maxRetries int) *Poller {
	return &Poller{open: open, maxRetries: maxRetries, jitter: randomJitter, jobs: map[ID]*sharedJob{}}
}

// Read reads a job once, and retries after transient errors. The timeout limits the call
// with all retries and must be positive. Any state of the import is a result. It is
// fresh: its request was sent after the call of Read. An error is always an [*Error].
func (p *Poller) Read(ctx context.Context, id ID, timeout time.Duration) (Job, error) {
	job := p.acquire(id)
	defer p.release(id)
	limits := Limits{Timeout: timeout, MaxRetries: p.maxRetries, jitter: p.jitter}
	r, err := Retry(ctx, limits, func(ctx context.Context) (*result, error) {
		return job.poll(ctx, criteria{fresh: true})
	})
	if err != nil {
		return Job{}, err
	}
	return r.job, nil
}

// Wait polls a job until its import has completed, and returns that result, whose
// completion is confirmed. It returns an error if the import fails, if it has not completed
// at the deadline, or if a request fails with a permanent error. An error is always an
// [*Error].
func (p *Poller) Wait(ctx context.Context, id ID, o WaitOptions) (Job, error) {
	job := p.acquire(id)
	defer p.release(id)
	return newWait(job, o, p.maxRetries, p.jitter).run(ctx)
}

func (p *Poller) acquire(id ID) *sharedJob {
	p.mu.Lock()
	defer p.mu.Unlock()
	job := p.jobs[id]
	if job == nil {
		job = &sharedJob{reader: p.open(id), updated: make(chan struct{})}
		p.jobs[id] = job
	}
	job.refs++
	return job
}

func (p *Poller) release(id ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	job := p.jobs[id]
	if job.refs--; job.refs == 0 {
		delete(p.jobs, id)
	}
}
