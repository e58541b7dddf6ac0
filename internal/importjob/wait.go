package importjob

import (
	"context"
	"time"
)

// listInterval is the pause between two reads of the list of jobs.
const listInterval = time.Minute

// WaitOptions configure a wait.
type WaitOptions struct {
	// Limits.Timeout is the time from the beginning of the wait to its deadline. The last
	// poll begins at the deadline and takes at most a minute from when it is sent.
	// Limits.MaxRetries is the number of retries before the first result.
	Limits
	// PollInterval is a fixed pause between polls. If 0, the pause grows with the time
	// waited so far, see [pollPause].
	PollInterval time.Duration
	// Until reports whether a result ends the wait successfully. If nil, only a completed import does.
	Until func(Job) bool
	// Commits reports whether the wait commits a job that was read as uncommitted, at most
	// four times, not counting those that were throttled. If false, the wait continues until
	// someone else commits the job.
	Commits bool
	// Rows are the bounds of the number of imported rows. A job is neither committed nor
	// accepted as completed outside of them.
	Rows RowBounds
	// Started reports whether this provider configuration has started the job. A job that
	// is not found is then polled until the deadline, because it may not be on record yet.
	Started bool
	// Observe is called after each poll, in the goroutine of the wait. It can be nil.
	Observe func(Poll)
}

// Poll describes one poll of a wait.
type Poll struct {
	Number  int           // from 1
	Elapsed time.Duration // since the wait began
	Job     *Job          // the last result, if there was one
	Err     error         // of this poll, if it failed
	// Changed reports whether this poll had the first result, or one with another state or
	// progress than the result before.
	Changed bool
}

// wait is one call of [Wait].
type wait struct {
	poller[Job]
	options WaitOptions
	source  Source
	command command // that commits the job

	listedAt time.Time // when the list of jobs was last read
	listErr  error     // of reading it in the last poll
}

// Wait polls a job until its import has completed, or until o.Until reports true, and
// returns that result. It returns an [*Error] if the import fails, if the wait has not ended
// at the deadline, or if a request fails with a permanent error.
func Wait(ctx context.Context, s Source, o WaitOptions) (Job, error) {
	if o.Until == nil {
		o.Until = func(job Job) bool { return job.State == StateCompleted }
	}
	w := &wait{options: o, source: s,
		poller: poller[Job]{Limits: o.Limits, patientNotFound: o.Started, began: time.Now()}}
	outcome := w.run(ctx, w)
	if outcome == "" {
		return *w.last, nil
	}
	e := w.failure(outcome)
	e.Last = w.last
	w.describeCommits(e)
	return Job{}, e
}

// turns adds one for the commit, which must follow the result at once.
func (w *wait) turns() int {
	if w.mayCommit() {
		return 2
	}
	return 1
}

// read reads the job, and an ambiguous one in the list too: once a minute and in the final poll.
func (w *wait) read(ctx context.Context, final bool) (Job, error) {
	job, err := sendAdmitted(ctx, w.source.Read)
	w.readAt, w.listErr = time.Now(), nil
	if err == nil && job.Ambiguous && (final || time.Since(w.listedAt) >= listInterval) {
		w.listErr = w.source.disambiguate(ctx, Limits{Admit: w.Admit}, &job)
		if w.listErr == nil {
			w.listedAt = time.Now()
		}
	}
	return job, err
}

func (w *wait) observe(err error, previous *Job) {
	if w.listErr != nil {
		w.note(w.listErr) // but not counted, because the job itself was read
	}
	if w.options.Observe != nil {
		changed := err == nil && (previous == nil || !sameProgress(*previous, *w.last))
		w.options.Observe(Poll{Number: w.polls, Elapsed: w.elapsed(), Job: w.last, Err: err, Changed: changed})
	}
}

func (w *wait) decide(ctx context.Context) (done bool, failed Outcome) {
	done = w.options.Until(*w.last)
	if done || w.last.State == StateUncommitted {
		if err := w.options.Rows.check(*w.last); err != nil {
			w.note(err)
			return false, RowsOutOfBounds
		}
	}
	switch {
	case done:
		return true, ""
	case w.last.State == StateFailed:
		return false, ImportFailed
	case w.last.State == StateUncommitted && w.options.Commits && !w.commit(ctx):
		return false, RequestFailed
	default:
		return false, ""
	}
}

func (w *wait) pause() time.Duration {
	pause := pollPause(w.elapsed(), w.random())
	switch {
	case w.options.PollInterval > 0:
		pause = w.options.PollInterval
	case w.command.err != nil && w.last.State == StateUncommitted:
		pause = w.command.pause(w.random())
	case w.command.sent > 0: // as if the wait had begun then
		pause = pollPause(time.Since(w.command.at), w.random())
	}
	return w.schedule(pause)
}
