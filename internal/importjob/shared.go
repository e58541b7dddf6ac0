package importjob

import (
	"context"
	"sync"
	"time"
)

// queueLimit is how long a poll waits for a request that was sent before it began,
// until it sends its own.
const queueLimit = time.Second

// sharedJob is a job that at least one read or wait polls. What they share is the
// newest request in flight and the newest good result. A good result counts for
// everyone; an error only for those whose poll began before the request was sent.
type sharedJob struct {
	reader Reader
	users  int // guarded by the poller

	mu sync.Mutex
	// latest is the good result that was sent for last, nil before the first.
	latest *result
	// news is closed, and replaced, when there is a new latest.
	news chan struct{}
	// inFlight is the newest request in flight, nil if there is none.
	inFlight *request
}

// result is a good result.
type result struct {
	job Job
	// sentAt is when the request was sent.
	sentAt time.Time
}

// request is one request in flight, for all who want its result.
type request struct {
	// sentAt is zero while the request waits for its turn at the rate limit.
	// Guarded by the job, as users is.
	sentAt time.Time
	users  int
	cancel context.CancelFunc

	done chan struct{}
	// result and err are set when done is closed.
	result *result
	err    error
}

// want is what a poll accepts as its result.
type want struct {
	// since is when the poll began.
	since time.Time
	// known is the newest result that its caller knows.
	known *result
	// fresh: only the result of a request that was sent since will do.
	fresh bool
}

func (w want) accepts(r *result) bool {
	return r != nil && r != w.known && (!w.fresh || !r.sentAt.Before(w.since))
}

// poll returns a result newer than the known one. It joins a request in flight, or
// sends its own.
func (j *sharedJob) poll(ctx context.Context, w want) (*result, error) {
	w.since = time.Now()
	if latest, _ := j.watch(); w.accepts(latest) {
		return latest, nil
	}
	if older := j.joinOlder(w); older != nil {
		defer j.leave(older)
		limited, cancel := context.WithTimeout(ctx, queueLimit)
		defer cancel()
		r, err := j.await(limited, older, w)
		if err == nil || ctx.Err() != nil {
			return r, err
		}
	}
	own := j.join(ctx, w)
	defer j.leave(own)
	return j.await(ctx, own, w)
}

// await returns the first result that is accepted, or the error of the request.
func (j *sharedJob) await(ctx context.Context, q *request, w want) (*result, error) {
	for {
		latest, news := j.watch()
		if w.accepts(latest) {
			return latest, nil
		}
		select {
		case <-news:
		case <-q.done:
			return q.result, q.err
		case <-ctx.Done():
			if j.queued(q) {
				return nil, ErrQueued
			}
			return nil, context.Cause(ctx)
		}
	}
}

// queued reports whether a request still waits for its turn at the rate limit.
func (j *sharedJob) queued(q *request) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return q.sentAt.IsZero()
}

// sleep pauses for d, or until there is a result newer than the known one, which it
// then returns.
func (j *sharedJob) sleep(ctx context.Context, d time.Duration, known *result) (*result, error) {
	latest, news := j.watch()
	if latest != known {
		return latest, nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil, nil
	case <-news:
		latest, _ = j.watch()
		return latest, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// watch returns the newest result, and a channel that is closed when there is a
// newer one.
func (j *sharedJob) watch() (*result, <-chan struct{}) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.latest, j.news
}

// joinOlder joins a request that was sent before the poll began, if there is one
// whose good result the poll accepts.
func (j *sharedJob) joinOlder(w want) *request {
	j.mu.Lock()
	defer j.mu.Unlock()
	if w.fresh || j.inFlight == nil || j.inFlight.sentSince(w.since) {
		return nil
	}
	j.inFlight.users++
	return j.inFlight
}

// join joins a request that is sent after the poll began, or begins one.
func (j *sharedJob) join(ctx context.Context, w want) *request {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.inFlight == nil || !j.inFlight.sentSince(w.since) {
		j.inFlight = j.begin(ctx)
	}
	j.inFlight.users++
	return j.inFlight
}

// sentSince reports whether a request was sent at or after a time, or is not sent yet.
func (q *request) sentSince(t time.Time) bool {
	return q.sentAt.IsZero() || !q.sentAt.Before(t)
}

// begin sends a request under its own context: nobody's deadline shortens it for others.
func (j *sharedJob) begin(ctx context.Context) *request {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	q := &request{cancel: cancel, done: make(chan struct{})}
	go func() {
		job, err := j.reader.Read(ctx, func() {
			j.mu.Lock()
			defer j.mu.Unlock()
			q.sentAt = time.Now()
		})
		j.finish(q, job, err)
	}()
	return q
}

func (j *sharedJob) finish(q *request, job Job, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if q.err = err; err == nil {
		q.result = &result{job: job, sentAt: q.sentAt}
		j.publish(q.result)
	}
	if j.inFlight == q {
		j.inFlight = nil
	}
	close(q.done)
	q.cancel()
}

// publish makes a result the latest, unless that is newer already.
func (j *sharedJob) publish(r *result) {
	if j.latest != nil && r.sentAt.Before(j.latest.sentAt) {
		return
	}
	j.latest = r
	close(j.news)
	j.news = make(chan struct{})
}

// leave cancels a request that nobody wants any more.
func (j *sharedJob) leave(q *request) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if q.users--; q.users == 0 {
		q.cancel()
		if j.inFlight == q {
			j.inFlight = nil
		}
	}
}
