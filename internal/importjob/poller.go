package importjob

import (
	"context"
	"time"
)

// finalPollTimeout limits a [command], and the last poll: once it is sent, and its wait for the
// rate limit before. Zilliz Cloud ends every request after one minute (documented).
const finalPollTimeout = time.Minute

// poller polls until a result ends a wait. T is the type of a result.
type poller[T any] struct {
	Limits
	patientNotFound bool // retries [NotFound] until the deadline

	began  time.Time
	polls  int
	readAt time.Time // of the last response, set by the read of [polling]
	last   *T        // the last result, if there was one
	lastAt time.Time
	errorStreak
}

// polling has the steps of one wait.
type polling[T any] interface {
	// turns returns how many requests a poll needs the rate limit for.
	turns() int
	// read sends the requests of a poll. The final one is not sent before the deadline.
	read(ctx context.Context, final bool) (T, error)
	// observe is called after each poll, with its error and the result before it.
	observe(err error, previous *T)
	// decide is called after each result. It returns the outcome if the wait fails.
	decide(ctx context.Context) (done bool, failed Outcome)
	// pause returns the time until the next poll.
	pause() time.Duration
}

func (p *poller[T]) elapsed() time.Duration   { return time.Since(p.began) }
func (p *poller[T]) remaining() time.Duration { return p.Timeout - p.elapsed() }

// run polls until a result ends the wait. It returns an empty outcome if the wait succeeds.
func (p *poller[T]) run(ctx context.Context, w polling[T]) Outcome {
	for {
		final, err := p.poll(ctx, w)
		if ctx.Err() != nil {
			return Canceled
		}
		if err == nil {
			if done, failed := w.decide(ctx); done || failed != "" {
				return failed
			}
		} else if !p.survives(err, final) {
			return RequestFailed
		}
		// After the deadline, a final poll is sent only if the service has answered before. The
		// last decision can have been canceled.
		if (final || p.remaining() <= 0 && !p.responded() && p.throttled == 0) && ctx.Err() == nil {
			return TimedOut
		}
		if sleep(ctx, min(max(w.pause(), retryAfter(p.err)), p.remaining())) != nil {
			return Canceled
		}
	}
}

// poll polls once and records the result or the error. A poll that is sent before the deadline
// ends at it, so that the final one can begin then.
func (p *poller[T]) poll(ctx context.Context, w polling[T]) (final bool, err error) {
	queue, cancel := context.WithTimeout(ctx, max(p.remaining(), 0)+finalPollTimeout)
	defer cancel()
	for range w.turns() {
		if err = p.admit(queue); err != nil {
			p.record(ctx, w, nil, err)
			return true, err
		}
	}
	limit := p.remaining()
	if final = limit <= 0; final {
		limit = finalPollTimeout
	}
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	result, err := w.read(limited, final)
	p.record(ctx, w, &result, err)
	return final, err
}

// record records the result or the error of a poll, unless the wait was canceled.
func (p *poller[T]) record(ctx context.Context, w polling[T], result *T, err error) {
	if ctx.Err() != nil {
		return
	}
	previous := p.last
	if err == nil {
		p.last, p.lastAt, p.errorStreak = result, p.readAt, errorStreak{}
	} else {
		p.add(err)
	}
	if !p.queued {
		p.polls++
	}
	w.observe(err, previous)
}

// responded reports whether the service has answered: with a result, or that a job that
// certainly exists is not on record yet.
func (p *poller[T]) responded() bool {
	return p.last != nil || p.patientNotFound && !p.notFoundSince.IsZero()
}

// schedule returns the pause of the schedule, which is the backoff after an error before the
// first result. A job that is not found is polled again in time to decide about it.
func (p *poller[T]) schedule(pause time.Duration) time.Duration {
	notFound := time.Since(p.notFoundSince) // centuries if the job was found
	switch {
	case p.last == nil && FailureOf(p.err).isRetried():
		return backoff(p.failures+p.throttled, p.random())
	case p.last != nil && notFound < notFoundPause:
		return notFoundPause - notFound
	case p.last == nil && !p.patientNotFound && notFound < notFoundTimeout:
		return min(pause, notFoundTimeout-notFound)
	default:
		return pause
	}
}

// failure returns the error of a wait that ends with an outcome now.
func (p *poller[T]) failure(o Outcome) *Error {
	e := &Error{Outcome: o, Polls: p.polls, Elapsed: p.elapsed(), Timeout: p.Timeout,
		Queued: o == TimedOut && p.queued, Err: p.err}
	if p.last != nil {
		e.LastAge = time.Since(p.lastAt)
	}
	return e
}
