package importjob

import (
	"context"
	"sync"
	"time"
)

// maxJoinWait is how long a poll waits for a request that was sent before the poll
// began. Then it sends its own.
const maxJoinWait = time.Second

// sharedJob is a job that any number of reads and waits poll. They share the newest
// request in flight and the latest result. A result counts for all of them, an error only
// for those whose poll began before the request was sent.
type sharedJob struct {
	reader Reader
	refs   int // number of reads and waits, guarded by Poller.mu

	mu sync.Mutex
	// latest is the result of the newest request that succeeded, nil before the first.
	latest *result
	// updated is closed and replaced when latest changes.
	updated chan struct{}
	// inFlight is the newest request in flight, nil if there is none.
	inFlight *request
}

// result is the job that a request returned, and when the request was sent.
type result struct {
	job    Job
	sentAt time.Time
}

// request is a request in flight, with the polls that wait for it.
type request struct {
	// sentAt is zero while the request waits for its turn at the rate limit. It is
	// guarded by sharedJob.mu.
	sentAt time.Time
	// waiters is the number of polls that wait for the request, guarded by sharedJob.mu.
	waiters int
	cancel  context.CancelFunc

	// done is closed when result or err is set.
	done   chan struct{}
	result *result
	err    error
}

// sentBefore reports whether the request was sent before t. One that still waits for its
// turn at the rate limit was not.
func (q *request) sentBefore(t time.Time) bool {
	return !q.sentAt.IsZero() && q.sentAt.Before(t)
}

// criteria are the conditions for the result of a poll.
type criteria struct {
	// began is when the poll began. It is set by [sharedJob.poll].
	began time.Time
	// known is a result that the caller has already and does not accept. Nil: none.
	known *result
	// fresh: the request must not have been sent before the poll began.
	fresh bool
}

func (c criteria) accept(r *result) bool {
	return r != nil && r != c.known && (!c.fresh || !r.sentAt.Before(c.began))
}

// poll returns a result that meets the criteria. It uses the latest result or joins a
// request in flight if it can, and otherwise sends a request.
func (j *sharedJob) poll(ctx context.Context, c criteria) (*result, error) {
	c.began = time.Now()
	if latest, _ := j.watch(); c.accept(latest) {
		return latest, nil
	}
	if earlier := j.joinEarlier(c); earlier != nil {
		// The poll stays joined, since this result counts if it comes first.
		defer j.leave(earlier)
		limited, cancel := context.WithTimeout(ctx, maxJoinWait)
		defer cancel()
		r, err := j.await(limited, earlier, c)
		if err == nil || ctx.Err() != nil {
			return r, err
		}
	}
	own := j.joinOrSend(ctx, c)
	defer j.leave(own)
	return j.await(ctx, own, c)
}

// await returns the first result that meets the criteria, or the error of the request.
func (j *sharedJob) await(ctx context.Context, q *request, c criteria) (*result, error) {
	for {
		latest, updated := j.watch()
		if c.accept(latest) {
			return latest, nil
		}
		select {
		case <-updated:
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

// queued reports whether a request is still waiting for its turn at the rate limit.
func (j *sharedJob) queued(q *request) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return q.sentAt.IsZero()
}

// awaitUpdate pauses for d. If there is a newer result than the known one before that,
// it returns that result at once.
func (j *sharedJob) awaitUpdate(ctx context.Context, d time.Duration, known *result) (*result, error) {
	latest, updated := j.watch()
	if latest != known {
		return latest, nil
	}
	if d <= 0 {
		return nil, nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil, nil
	case <-updated:
		latest, _ = j.watch()
		return latest, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// watch returns the latest result, and a channel that is closed when there is a newer
// one.
func (j *sharedJob) watch() (*result, <-chan struct{}) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.latest, j.updated
}

// joinEarlier joins the request in flight if it was sent before the poll began and its
// result can meet the criteria. Otherwise it returns nil.
func (j *sharedJob) joinEarlier(c criteria) *request {
	j.mu.Lock()
	defer j.mu.Unlock()
	if c.fresh || j.inFlight == nil || !j.inFlight.sentBefore(c.began) {
		return nil
	}
	j.inFlight.waiters++
	return j.inFlight
}

// joinOrSend joins the request in flight if it was not sent before the poll began.
// Otherwise it sends a new one.
func (j *sharedJob) joinOrSend(ctx context.Context, c criteria) *request {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.inFlight == nil || j.inFlight.sentBefore(c.began) {
		j.inFlight = j.startRequest(ctx)
	}
	j.inFlight.waiters++
	return j.inFlight
}

// startRequest starts a request. The context of the request has no deadline and is not
// cancelled with ctx, since other polls can join the request.
func (j *sharedJob) startRequest(ctx context.Context) *request {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	q := &request{cancel: cancel, done: make(chan struct{})}
	go func() {
		job, err := j.reader.Read(ctx, func() {
			j.mu.Lock()
			defer j.mu.Unlock()
			q.sentAt = time.Now()
		})
		j.finishRequest(q, job, err)
	}()
	return q
}

// finishRequest stores the result or error of a request and wakes the polls that wait for
// it.
func (j *sharedJob) finishRequest(q *request, job Job, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if q.err = err; err == nil {
		q.result = &result{job: job, sentAt: q.sentAt}
		j.setLatest(q.result)
	}
	if j.inFlight == q {
		j.inFlight = nil
	}
	close(q.done)
	q.cancel()
}

// setLatest sets the latest result, unless the present one is of a newer request.
func (j *sharedJob) setLatest(r *result) {
	if j.latest != nil && r.sentAt.Before(j.latest.sentAt) {
		return
	}
	j.latest = r
	close(j.updated)
	j.updated = make(chan struct{})
}

// leave cancels a request when no poll waits for it any more.
func (j *sharedJob) leave(q *request) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if q.waiters--; q.waiters == 0 {
		q.cancel()
		if j.inFlight == q {
			j.inFlight = nil
		}
	}
}
