package importjob

import (
	"context"
	"errors"
	"time"
)

const (
	// lastPollLimit bounds the poll that begins at the deadline. Zilliz Cloud ends a
	// call after one minute by itself (documented).
	lastPollLimit = time.Minute

	// maxUnknownCodes is how many undocumented codes in a row a wait survives.
	maxUnknownCodes = 10

	// confirmAfter is how long a full percentage of unknown scale has to last until
	// it is believed.
	confirmAfter = 30 * time.Second
)

// WaitOptions are the terms of a wait.
type WaitOptions struct {
	// Timeout is the time after which the wait polls one last time and gives up. It
	// must be positive.
	Timeout time.Duration
	// PollInterval is a fixed pause between polls. 0: a pause that grows with the
	// time waited so far, see [Pause].
	PollInterval time.Duration
	// Observe is called after each poll, in the wait's own goroutine. It may be nil.
	Observe func(Poll)
}

// Poll is one poll of a wait, or the result of another's poll that the wait got.
type Poll struct {
	// Number counts from 1.
	Number int
	// Elapsed is the time since the wait began.
	Elapsed time.Duration
	// Job is the last good result, this poll's if Err is nil. Nil before the first.
	Job *Job
	// Err is the error of this poll.
	Err error
	// Changed reports whether state or progress differ from the last good result.
	Changed bool
}

// wait is one wait. Its size does not depend on the wait's length.
type wait struct {
	WaitOptions
	job        *sharedJob
	maxRetries int
	jitter     func() float64

	start time.Time
	polls int
	// known is the newest result that the wait knows, at first one from before it.
	known *result
	// last is the last good result, nil before the first.
	last *Job
	// err is the latest error since the last good result, nil if there is none.
	err error
	// failures counts the errors since the last good result.
	failures map[TransientKind]int
	// fullSince is when an unconfirmed completion was first reported, zero if the
	// last good result is none.
	fullSince time.Time
}

func newWait(job *sharedJob, o WaitOptions, maxRetries int, jitter func() float64) *wait {
	known, _ := job.watch()
	return &wait{
		WaitOptions: o, job: job, maxRetries: maxRetries, jitter: jitter,
		start: time.Now(), known: known, failures: make(map[TransientKind]int),
	}
}

func (w *wait) elapsed() time.Duration   { return time.Since(w.start) }
func (w *wait) remaining() time.Duration { return w.Timeout - w.elapsed() }

func (w *wait) run(ctx context.Context) (Job, error) {
	for {
		r, atDeadline, err := w.next(ctx)
		if ctx.Err() != nil {
			return Job{}, w.failure(Canceled)
		}
		w.record(r, err)
		switch {
		case err == nil && w.last.State.Phase() == Succeeded && w.confirmed():
			return *w.last, nil
		case err == nil && w.last.State.Phase() == Failed:
			return Job{}, w.failure(ImportFailed)
		case err != nil && !w.survives(err):
			return Job{}, w.failure(RequestFailed)
		case atDeadline, w.remaining() <= 0 && !w.hasResponse():
			return Job{}, w.failure(TimedOut)
		}
	}
}

// next sleeps until the next poll is due, unless it is the first, and polls. A good
// result that another gets meanwhile is as good as an own one.
func (w *wait) next(ctx context.Context) (r *result, atDeadline bool, err error) {
	if w.polls > 0 {
		r, err := w.job.sleep(ctx, w.pause(), w.known)
		if r != nil || err != nil {
			return r, false, err
		}
	}
	atDeadline = w.remaining() <= 0
	r, err = w.poll(ctx, atDeadline)
	return r, atDeadline, err
}

// poll polls within what is left of the time, so that the last poll can begin at the
// deadline. That one has a limit of its own, and gets no older result.
func (w *wait) poll(ctx context.Context, atDeadline bool) (*result, error) {
	limit := w.remaining()
	if atDeadline {
		limit = lastPollLimit
	}
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	r, err := w.job.poll(limited, want{known: w.known, fresh: atDeadline})
	if err != nil && limited.Err() != nil && !errors.Is(err, ErrQueued) {
		return nil, errNoResponse
	}
	return r, err
}

// record remembers what came of a poll, and reports it.
func (w *wait) record(r *result, err error) {
	w.polls++
	changed := false
	switch {
	case r != nil:
		changed = w.last == nil || !sameProgress(*w.last, r.job)
		w.known, w.last, w.err = r, &r.job, nil
		clear(w.failures)
		w.recordFull()
	case errors.Is(err, errNoResponse):
		// A poll that was cut off does not hide why the one before it failed.
		if w.err == nil && errors.Is(err, ErrQueued) {
			w.err = err
		}
	default:
		w.err = err
		if t := transient(err); t != nil {
			w.failures[t.Kind]++
		}
	}
	if w.Observe != nil {
		w.Observe(Poll{Number: w.polls, Elapsed: w.elapsed(), Job: w.last, Err: err, Changed: changed})
	}
}

func (w *wait) recordFull() {
	switch {
	case !w.last.Unconfirmed:
		w.fullSince = time.Time{}
	case w.fullSince.IsZero():
		w.fullSince = time.Now()
	}
}

// confirmed reports whether the last result's completion can be believed.
func (w *wait) confirmed() bool {
	return !w.last.Unconfirmed || time.Since(w.fullSince) >= confirmAfter
}

// survives reports whether the wait goes on after an error.
func (w *wait) survives(err error) bool {
	if errors.Is(err, errNoResponse) {
		return true
	}
	t := transient(err)
	if t == nil {
		return false
	}
	switch t.Kind {
	case RateLimited:
		return true
	case Unavailable:
		return w.last != nil || w.failures[t.Kind] <= w.maxRetries
	case UnknownCode:
		return w.last != nil && w.failures[t.Kind] <= maxUnknownCodes
	default:
		return false
	}
}

// hasResponse reports whether the service has responded so that a last poll at the
// deadline is worth its time.
func (w *wait) hasResponse() bool {
	return w.last != nil || w.failures[RateLimited] > 0
}

// pause returns the time until the next poll is due. It ends at the deadline at the
// latest, also where the service asks for a longer pause.
func (w *wait) pause() time.Duration {
	pause := w.PollInterval
	switch t := transient(w.err); {
	case t != nil && w.last == nil:
		pause = backoff(w.failures[t.Kind], w.jitter())
	case pause <= 0:
		pause = Pause(w.elapsed(), w.jitter())
	}
	return min(max(pause, retryAfter(w.err)), w.remaining())
}

func (w *wait) failure(o Outcome) *Error {
	return &Error{Outcome: o, Last: w.last, Polls: w.polls, Elapsed: w.elapsed(), Timeout: w.Timeout, Err: w.err}
}
