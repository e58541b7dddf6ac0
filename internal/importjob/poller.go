package importjob

import (
	"context"
	"sync"
	"time"
)

// Reader reads the state of one job from the service. Each call is one request. A
// response that can't be trusted must be an error; an error that a retry may fix
// must be a [TransientError]. It is safe for concurrent use.
//
// Read calls sent once, when the request leaves the queue of the rate limit.
type Reader interface {
	Read(ctx context.Context, sent func()) (Job, error)
}

// Poller polls jobs for any number of reads and waits. Those on the same job share
// requests in flight and good results, so that requests grow with the number of
// jobs and not with the number of waits. Everything else, such as retries and
// deadlines, is each one's own. It is safe for concurrent use.
type Poller struct {
	open       func(ID) Reader
	maxRetries int
	jitter     func() float64

	mu   sync.Mutex
	jobs map[ID]*sharedJob
}

// NewPoller returns a poller that opens a reader for each job that it polls.
// maxRetries is the number of retries after transient errors before the first good
// result, 0 for none.
func NewPoller(open func(ID) Reader, maxRetries int) *Poller {
	return &Poller{open: open, maxRetries: maxRetries, jitter: randomJitter, jobs: map[ID]*sharedJob{}}
}

// Read reads a job once, with retries. Any state of the import is a result. The
// request is sent after the call of Read. An error is always an [*Error].
func (p *Poller) Read(ctx context.Context, id ID, timeout time.Duration) (Job, error) {
	job := p.acquire(id)
	defer p.release(id)
	limits := Limits{Timeout: timeout, MaxRetries: p.maxRetries, jitter: p.jitter}
	r, err := Retry(ctx, limits, func(ctx context.Context) (*result, error) {
		return job.poll(ctx, want{fresh: true})
	})
	if err != nil {
		return Job{}, err
	}
	return r.job, nil
}

// Wait polls a job until its import has completed, and returns that result. An error
// is always an [*Error].
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
		job = &sharedJob{reader: p.open(id), news: make(chan struct{})}
		p.jobs[id] = job
	}
	job.users++
	return job
}

func (p *Poller) release(id ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	job := p.jobs[id]
	if job.users--; job.users == 0 {
		delete(p.jobs, id)
	}
}
