package importjob

import (
	"context"
	"errors"
	"time"
)

const (
	// lastPollTimeout is the timeout of the poll that begins at the deadline. Zilliz Cloud
	// ends every request after one minute (documented).
	lastPollTimeout = time.Minute

	// maxUnknownCodes is how many undocumented codes a wait survives between two
	// results.
	maxUnknownCodes = 10

	// confirmAfter is how long a job must stay completed, but unconfirmed, before it
	// counts as completed.
	confirmAfter = 30 * time.Second
)

// WaitOptions configure a wait.
type WaitOptions struct {
	// Timeout is the time from the beginning of the wait to its deadline. At the
	// deadline, the wait polls one last time, for at most a minute. It must be positive.
	Timeout time.Duration
	// PollInterval is a fixed pause between polls. 0: the pause grows with the time
	// waited so far, see [Pause].
	PollInterval time.Duration
	// Observe is called after each poll, in the goroutine of the wait. Nil: not called.
	Observe func(Poll)
}

// Poll describes one poll of a wait, or a result that the wait got from the poll of
// another read or wait.
type Poll struct {
	// Number counts the polls of the wait, from 1.
	Number int
	// Elapsed is the time since the wait began.
	Elapsed time.Duration
	// Job is the last result, that of this poll if Err is nil. It is nil before the
	// first.
	Job *Job
	// Err is the error of this poll, nil if it had a result.
	Err error
	// Changed reports whether this poll had a result with another state or progress than
	// the result before, or the first result.
	Changed bool
}

// wait is one call of [Poller.Wait]. Its size does not grow with the number of polls.
type wait struct {
	WaitOptions
	job        *sharedJob
	maxRetries int
	jitter     func() float64

	start time.Time
	polls int
	// known is the newest result that the wait has seen, or that was there before it
	// began. Nil: none.
	known *result
	// last is the last result of this wait, nil before the first.
	last *Job
	// err is the latest error since the last result, nil if there is none.
	err error
	// failures counts the errors since the last result.
	failures map[TransientKind]int
	// unconfirmedSince is when the job was first completed, but unconfirmed. It is zero
	// unless the last result is unconfirmed.
	unconfirmedSince time.Time
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
		case err == nil && w.completed():
			job := *w.last
			job.Unconfirmed = false // the wait has confirmed it
			return job, nil
		case err == nil && w.last.State.Phase() == Failed:
			return Job{}, w.failure(ImportFailed)
		case err != nil && !w.survives(err):
			return Job{}, w.failure(RequestFailed)
		case atDeadline, w.remaining() <= 0 && !w.worthLastPoll():
			return Job{}, w.failure(TimedOut)
		}
	}
}

// next pauses until the next poll is due, unless it is the first, and polls. If the poll
// of another read or wait has a result during the pause, next returns that. atDeadline
// reports whether the poll was the last one.
func (w *wait) next(ctx context.Context) (r *result, atDeadline bool, err error) {
	if w.polls > 0 {
		r, err = w.job.awaitUpdate(ctx, w.pause(), w.known)
		if r != nil || err != nil {
			return r, false, err
		}
	}
	atDeadline = w.remaining() <= 0
	r, err = w.poll(ctx, atDeadline)
	return r, atDeadline, err
}

// poll polls the job. It ends at the deadline, so that the last poll can begin then. The
// last poll has its own timeout and accepts only a fresh result.
func (w *wait) poll(ctx context.Context, atDeadline bool) (*result, error) {
	timeout := w.remaining()
	if atDeadline {
		timeout = lastPollTimeout
	}
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	r, err := w.job.poll(limited, criteria{known: w.known, fresh: atDeadline})
	if isContextError(limited, err) {
		return nil, errNoResponse
	}
	return r, err
}

// record records the result or the error of a poll, and calls Observe.
func (w *wait) record(r *result, err error) {
	w.polls++
	changed := false
	if r != nil {
		changed = w.last == nil || !sameProgress(*w.last, r.job)
		w.recordResult(r)
	} else {
		w.recordError(err)
	}
	if w.Observe != nil {
		w.Observe(Poll{Number: w.polls, Elapsed: w.elapsed(), Job: w.last, Err: err, Changed: changed})
	}
}

func (w *wait) recordResult(r *result) {
	w.known, w.last, w.err = r, &r.job, nil
	clear(w.failures)
	switch {
	case !w.last.Unconfirmed:
		w.unconfirmedSince = time.Time{}
	case w.unconfirmedSince.IsZero():
		w.unconfirmedSince = time.Now()
	}
}

func (w *wait) recordError(err error) {
	if errors.Is(err, errNoResponse) {
		// The error of the poll before is more helpful, if there is one.
		if w.err == nil && errors.Is(err, ErrQueued) {
			w.err = err
		}
		return
	}
	w.err = err
	if t := asTransient(err); t != nil {
		w.failures[t.Kind]++
	}
}

// completed reports whether the import has completed: its completion is confirmed, or has
// been unconfirmed for long enough.
func (w *wait) completed() bool {
	if w.last.State.Phase() != Succeeded {
		return false
	}
	return !w.last.Unconfirmed || time.Since(w.unconfirmedSince) >= confirmAfter
}

// survives reports whether the wait continues after an error.
func (w *wait) survives(err error) bool {
	if errors.Is(err, errNoResponse) {
		return true
	}
	t := asTransient(err)
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

// worthLastPoll reports whether the wait polls once more after a poll that ended at the
// deadline: only if the service has returned a result, or has throttled a request.
func (w *wait) worthLastPoll() bool {
	return w.last != nil || w.failures[RateLimited] > 0
}

// pause returns the time until the next poll is due. It ends at the deadline at the
// latest, even if the service requests a longer pause.
func (w *wait) pause() time.Duration {
	return min(max(w.scheduledPause(), retryAfter(w.err)), w.remaining())
}

// scheduledPause returns the backoff after a transient error before the first result,
// and otherwise the pause of the schedule.
func (w *wait) scheduledPause() time.Duration {
	if t := asTransient(w.err); t != nil && w.last == nil {
		return backoff(w.failures[t.Kind], w.jitter())
	}
	if w.PollInterval > 0 {
		return w.PollInterval
	}
	return Pause(w.elapsed(), w.jitter())
}

// failure returns the error of a wait that ends with an outcome now.
func (w *wait) failure(o Outcome) *Error {
	return &Error{Outcome: o, Last: w.last, Polls: w.polls, Elapsed: w.elapsed(), Timeout: w.Timeout, Err: w.err}
}
