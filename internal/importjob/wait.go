package importjob

import (
	"context"
	"time"
)

// lastPollLimit bounds the poll that happens at the deadline. Zilliz Cloud ends a
// call after one minute by itself (documented).
const lastPollLimit = time.Minute

// Reader asks the service about one job. An answer that can't be trusted has to
// be an error, one that asking again may mend a [PassingError].
type Reader interface {
	Read(ctx context.Context) (Job, error)
}

// Options are the terms of a wait.
type Options struct {
	// Timeout is the time after which the wait asks one last time and gives up.
	// It has to be positive.
	Timeout time.Duration
	// PollInterval is a fixed pause between polls. 0: a pause that grows with the
	// time waited so far, from 1 s to 30 s.
	PollInterval time.Duration
	// Observe is told of each poll, in the wait's own goroutine. It may be nil.
	Observe func(Poll)

	jitter func() float64
}

// Poll is what a wait tells of each time that it asked.
type Poll struct {
	// Number counts from 1.
	Number int
	// Elapsed is the time since the wait began.
	Elapsed time.Duration
	// Job is the last good answer, this poll's if Err is nil. Nil before the first.
	Job *Job
	// Err is why this poll has no answer.
	Err error
	// Changed tells whether state or progress differ from the last good answer.
	Changed bool
}

// Once asks a single question, such as a [Reader]'s, within a time limit. The state
// of an import is a result here, whatever it is. An error is always an [*Error].
func Once[T any](ctx context.Context, timeout time.Duration, ask func(context.Context) (T, error)) (T, error) {
	start := time.Now()
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	answer, err := ask(limited)
	if err == nil {
		return answer, nil
	}
	e := &Error{Outcome: ReadFailed, Polls: 1, Elapsed: time.Since(start), Timeout: timeout, Err: err}
	switch {
	case ctx.Err() != nil:
		e.Outcome = Canceled
	case limited.Err() != nil && isPassing(err):
		e.Outcome = TimedOut
	}
	return answer, e
}

// Wait asks the service about a job until its import has completed, and returns
// that answer. An error is always an [*Error]. Errors before the first good answer
// end the wait, later ones only if asking again can't mend them.
func Wait(ctx context.Context, r Reader, o Options) (Job, error) {
	w := newWait(o)
	for {
		atDeadline := w.remaining() <= 0
		err := w.poll(ctx, r)
		switch {
		case ctx.Err() != nil:
			return Job{}, w.ended(Canceled)
		case err != nil && (w.last == nil || !isPassing(err)):
			return Job{}, w.unanswered()
		case err == nil:
			switch w.last.State.Phase() {
			case Succeeded:
				return *w.last, nil
			case Failed:
				return Job{}, w.ended(ImportFailed)
			case InProgress:
			}
		}
		if atDeadline {
			return Job{}, w.ended(TimedOut)
		}
		if err := sleep(ctx, w.pause()); err != nil {
			w.err = err
			return Job{}, w.ended(Canceled)
		}
	}
}

// wait is the memory of one wait. Its size does not depend on the wait's length.
type wait struct {
	Options
	start time.Time
	polls int
	last  *Job
	err   error
}

func newWait(o Options) *wait {
	if o.jitter == nil {
		o.jitter = randomJitter
	}
	return &wait{Options: o, start: time.Now()}
}

func (w *wait) elapsed() time.Duration   { return time.Since(w.start) }
func (w *wait) remaining() time.Duration { return w.Timeout - w.elapsed() }

// poll asks once and keeps what came of it. It is cut off at the deadline, so that
// the last poll can begin there.
func (w *wait) poll(ctx context.Context, r Reader) error {
	limit := w.remaining()
	if limit <= 0 {
		limit = lastPollLimit
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()

	job, err := r.Read(ctx)
	w.polls++
	changed := false
	if err == nil {
		changed = w.last == nil || !sameProgress(*w.last, job)
		w.last = &job
	}
	w.err = err
	if w.Observe != nil {
		w.Observe(Poll{Number: w.polls, Elapsed: w.elapsed(), Job: w.last, Err: err, Changed: changed})
	}
	return err
}

// pause returns the time until the next poll is due. It ends at the deadline at
// the latest, also where the service asks for more patience than that.
func (w *wait) pause() time.Duration {
	pause := w.PollInterval
	if pause <= 0 {
		pause = pauseAfter(w.elapsed(), w.jitter())
	}
	return min(max(pause, retryAfter(w.err)), w.remaining())
}

// unanswered says why there is no answer to go on with.
func (w *wait) unanswered() *Error {
	if w.remaining() <= 0 && isPassing(w.err) {
		return w.ended(TimedOut)
	}
	return w.ended(ReadFailed)
}

func (w *wait) ended(o Outcome) *Error {
	return &Error{Outcome: o, Last: w.last, Polls: w.polls, Elapsed: w.elapsed(), Timeout: w.Timeout, Err: w.err}
}

// sleep waits for d, or until the context is cancelled, whose cause it then returns.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
