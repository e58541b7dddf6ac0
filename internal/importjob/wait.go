package importjob

import (
	"context"
	"errors"
	"time"
)

const (
	// finalPollTimeout limits the last poll, once it is sent, and how long it waits for the
	// rate limit before that. It limits a commit too. Zilliz Cloud ends every request after
	// one minute (documented).
	finalPollTimeout = time.Minute

	// unknownCodeTimeout is how long a wait survives undocumented codes once the service has
	// responded about its job.
	unknownCodeTimeout = 2 * time.Minute

	// notFoundTimeout is how long a job that the service has no record of is polled.
	notFoundTimeout = 10 * time.Second

	// notFoundPause is the pause until the second poll of a job that has disappeared.
	notFoundPause = 5 * time.Second

	// maxCommits is how often a commit is sent to a job that stays uncommitted. One that
	// was throttled does not count.
	maxCommits = 4

	// listInterval is the pause between two reads of the list of jobs.
	listInterval = time.Minute
)

// WaitOptions configure a wait.
type WaitOptions struct {
	// Limits.Timeout is the time from the beginning of the wait to its deadline. The last
	// poll begins at the deadline and takes at most a minute from when it is sent.
	// Limits.MaxRetries is the number of retries before the first result.
	Limits
	// PollInterval is a fixed pause between polls. If 0, the pause grows with the time
	// waited so far, see [pollPause].
	PollInterval time.Duration
	// Until reports whether a result ends the wait successfully. If nil, only a
	// completed import does.
	Until func(Job) bool
	// Commit commits the job. It is called only after a result in [StateUncommitted], at
	// most four times, not counting those that were throttled. Whatever it returns, the
	// next result decides. If nil, the wait continues until someone else commits the job.
	Commit func(context.Context) error
	// Started reports whether this process has started the job. A job that is not found
	// is then polled until the deadline, since it may not be on record yet.
	Started bool
	// Observe is called after each poll, in the goroutine of the wait. It can be nil.
	Observe func(Poll)
}

// Poll describes one poll of a wait.
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

// wait is one call of [Wait]. Its size does not grow with the number of polls.
type wait struct {
	WaitOptions
	source Source

	began time.Time
	polls int
	// readAt is when the last request that reads the job ended.
	readAt time.Time
	// last is the last result, nil before the first, and lastAt is when it was read.
	last   *Job
	lastAt time.Time
	// listedAt is when the list of jobs was last read.
	listedAt time.Time

	// commitsSent is the number of calls of Commit, and commits that of those that were not
	// throttled. committedAt is when the last call returned, and commitErr its error.
	commitsSent int
	commits     int
	committedAt time.Time
	commitErr   error

	trouble
}

// trouble is what a wait remembers of the errors since its last result.
type trouble struct {
	err           error     // the last one
	queued        bool      // the last poll was abandoned before it was sent
	failures      int       // those that count against MaxRetries
	throttled     int       // those of the kind Throttled
	unknownSince  time.Time // when the first UnknownCode was received
	notFoundSince time.Time // when the first NotFoundError was received
}

// Wait polls a job until its import has completed, or until o.Until reports true, and
// returns that result. It returns an error if the import fails, if the wait has not ended
// at the deadline, or if a request fails with a permanent error. An error is always an
// [*Error].
func Wait(ctx context.Context, s Source, o WaitOptions) (Job, error) {
	if o.Until == nil {
		o.Until = func(job Job) bool { return job.State == StateCompleted }
	}
	w := &wait{WaitOptions: o, source: s, began: time.Now()}
	return w.run(ctx)
}

func (w *wait) elapsed() time.Duration   { return time.Since(w.began) }
func (w *wait) remaining() time.Duration { return w.Timeout - w.elapsed() }

func (w *wait) run(ctx context.Context) (Job, error) {
	for {
		job, final, err := w.poll(ctx)
		if ctx.Err() != nil {
			return Job{}, w.failure(Canceled)
		}
		w.record(job, err)
		if err == nil && job.ListErr != nil {
			w.setError(job.ListErr) // but not counted, since the job itself was read
		}
		switch {
		case err == nil && w.Until(*w.last):
			return *w.last, nil
		case err == nil && w.last.State == StateFailed:
			return Job{}, w.failure(ImportFailed)
		case err != nil && !w.survives(err, final):
			return Job{}, w.failure(RequestFailed)
		// After the deadline, a final poll is sent only if the service has answered before.
		case final, w.remaining() <= 0 && !w.responded() && w.throttled == 0:
			return Job{}, w.failure(TimedOut)
		case err == nil && w.last.State == StateUncommitted && w.Commit != nil:
			if isPermanent(w.commitErr) {
				return Job{}, w.failure(RequestFailed)
			}
			w.commit(ctx)
		}
		if sleep(ctx, w.pause()) != nil {
			return Job{}, w.failure(Canceled)
		}
	}
}

// poll polls the job once. The poll is the final one if it is not sent before the
// deadline. Any other ends at the deadline, so that the final one can begin then.
func (w *wait) poll(ctx context.Context) (job Job, final bool, err error) {
	queue, cancel := context.WithTimeout(ctx, max(w.remaining(), 0)+finalPollTimeout)
	defer cancel()
	err = w.admit(queue)
	if err == nil && w.mayCommit() {
		err = w.admit(queue) // the commit must follow the result at once, so it is admitted first
	}
	if err != nil {
		return Job{}, true, err
	}
	limit := w.remaining()
	if final = limit <= 0; final {
		limit = finalPollTimeout
	}
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	job, err = admitAndSend(limited, Limits{}, w.source.Read)
	w.readAt = time.Now()
	if err == nil && job.Ambiguous {
		job = w.disambiguate(limited, job, final)
	}
	return job, final, err
}

// disambiguate asks the list of jobs about an ambiguous result, at most once a minute and in
// the final poll.
func (w *wait) disambiguate(ctx context.Context, job Job, final bool) Job {
	if !final && time.Since(w.listedAt) < listInterval {
		return job
	}
	job = w.source.disambiguate(ctx, Limits{Admit: w.Admit}, job)
	if job.ListErr == nil {
		w.listedAt = time.Now()
	}
	return job
}

// mayCommit reports whether the wait commits the job if the next result is uncommitted.
func (w *wait) mayCommit() bool { return w.Commit != nil && w.commits < maxCommits }

// commit commits a job that was just read as uncommitted.
func (w *wait) commit(ctx context.Context) {
	if !w.mayCommit() {
		return
	}
	limited, cancel := context.WithTimeout(ctx, finalPollTimeout)
	defer cancel()
	w.commitErr = w.Commit(limited)
	w.commitsSent++
	if !isThrottled(w.commitErr) {
		w.commits++
	}
	if limited.Err() != nil {
		w.commitErr = nil // whether it was received is not known
	}
	w.committedAt = time.Now()
}

// record records the result or the error of a poll, and calls Observe.
func (w *wait) record(job Job, err error) {
	changed := err == nil && (w.last == nil || !sameProgress(*w.last, job))
	if err == nil {
		w.last, w.lastAt, w.trouble = &job, w.readAt, trouble{}
	} else {
		w.recordError(err)
	}
	if !w.queued {
		w.polls++
	}
	if w.Observe != nil {
		w.Observe(Poll{Number: w.polls, Elapsed: w.elapsed(), Job: w.last, Err: err, Changed: changed})
	}
}

// setError sets the last error, unless it is that of an abandoned request: the error of
// the request before is more helpful.
func (w *wait) setError(err error) {
	if abandoned, ok := errors.AsType[*abandonedError](err); ok {
		w.queued = abandoned.queued
		return
	}
	w.err, w.queued = err, false
}

func (w *wait) recordError(err error) {
	w.setError(err)
	now := time.Now()
	if IsNotFound(err) {
		w.unknownSince = time.Time{} // the service responds again
		if w.notFoundSince.IsZero() {
			w.notFoundSince = now
		}
	}
	t := asTransient(err)
	switch {
	case t == nil:
	case t.Kind == Throttled:
		w.throttled++
	default:
		w.failures++
		if t.Kind == UnknownCode && w.unknownSince.IsZero() {
			w.unknownSince = now
		}
	}
}

// responded reports whether the service has answered about this job: with a result, or
// that a job which this process has started is not on record yet.
func (w *wait) responded() bool {
	return w.last != nil || w.Started && !w.notFoundSince.IsZero()
}

// survives reports whether the wait continues after an error.
func (w *wait) survives(err error, final bool) bool {
	t := asTransient(err)
	switch {
	case IsNotFound(err):
		return w.survivesNotFound(final)
	case isAbandoned(err), isThrottled(err):
		return true
	case t == nil:
		return false
	case !w.responded():
		return w.failures <= w.MaxRetries
	case t.Kind == UnknownCode:
		return time.Since(w.unknownSince) < unknownCodeTimeout
	default:
		return t.Kind == Unavailable
	}
}

// survivesNotFound reports whether the wait continues although the service has no record
// of the job.
func (w *wait) survivesNotFound(final bool) bool {
	since := time.Since(w.notFoundSince)
	switch {
	case w.last != nil:
		return since < notFoundPause
	case final:
		return false
	default:
		return w.Started || since < notFoundTimeout
	}
}

// pause returns the time until the next poll. It ends at the deadline at the latest, even
// if the service requests a longer pause.
func (w *wait) pause() time.Duration {
	return min(max(w.scheduledPause(), retryAfter(w.err)), w.remaining())
}

// scheduledPause returns the backoff after a transient error before the first result, and
// otherwise the pause of the schedule. A job that is not found is polled again in time to
// decide about it.
func (w *wait) scheduledPause() time.Duration {
	pause := pollPause(w.elapsed(), w.random())
	switch {
	case w.PollInterval > 0:
		pause = w.PollInterval
	case !w.committedAt.IsZero():
		pause = w.pauseAfterCommit()
	}
	notFound := time.Since(w.notFoundSince) // centuries if the job was found
	switch {
	case w.last == nil && asTransient(w.err) != nil:
		return backoff(w.failures+w.throttled, w.random())
	case w.last != nil && notFound < notFoundPause:
		return notFoundPause - notFound
	case w.last == nil && !w.Started && notFound < notFoundTimeout:
		return min(pause, notFoundTimeout-notFound)
	default:
		return pause
	}
}

// pauseAfterCommit returns the pause of the schedule as if the wait had begun with the last
// commit. After a commit that failed, it is 1 s, 8 s and then 30 s, or what the service
// requests, so that the commits outlast a restart of the service.
func (w *wait) pauseAfterCommit() time.Duration {
	if w.commitErr == nil || w.last.State != StateUncommitted {
		return pollPause(time.Since(w.committedAt), w.random())
	}
	return max(backoff(3*w.commitsSent-2, w.random()), retryAfter(w.commitErr))
}

// failure returns the error of a wait that ends with an outcome now.
func (w *wait) failure(o Outcome) *Error {
	e := &Error{Outcome: o, Last: w.last, Polls: w.polls, Commits: w.commitsSent, Elapsed: w.elapsed(),
		Timeout: w.Timeout, Queued: o == TimedOut && w.queued, Err: w.err}
	if e.Err == nil && w.last != nil && w.last.State == StateUncommitted {
		e.Err, e.CommitRejected = w.commitErr, o == RequestFailed
	}
	if w.last != nil {
		e.LastAge = time.Since(w.lastAt)
	}
	return e
}
