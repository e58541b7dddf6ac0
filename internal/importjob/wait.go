package importjob

import (
	"context"
	"time"
)

// lastPollLimit bounds the poll that happens at the deadline. Zilliz Cloud ends a
// call after one minute by itself (documented).
const lastPollLimit = time.Minute

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

// WithJitter returns the options with another source of jitter than chance, numbers
// from 0 up to 1, for a measurement that has to come out the same each time.
func (o Options) WithJitter(random func() float64) Options {
	o.jitter = random
	return o
}

// Poll is what a wait tells of each time that the service was asked, for this wait
// or for another on the same job.
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

// Once asks a single question within a time limit. An error is always an [*Error].
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

// wait is the memory of one wait. Its size does not depend on the wait's length.
type wait struct {
	Options
	job   *sharedJob
	start time.Time
	polls int
	// seen is the last good answer, or what came before the first.
	seen *answer
	last *Job
	err  error
}

func newWait(job *sharedJob, o Options) *wait {
	if o.jitter == nil {
		o.jitter = randomJitter
	}
	return &wait{Options: o, job: job, start: time.Now()}
}

func (w *wait) elapsed() time.Duration   { return time.Since(w.start) }
func (w *wait) remaining() time.Duration { return w.Timeout - w.elapsed() }

func (w *wait) run(ctx context.Context) (Job, error) {
	for {
		atDeadline, err := w.next(ctx)
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
	}
}

// next rests until the next poll is due, unless it is the first, and asks. An answer
// that another wait gets meanwhile is as good as an own one.
func (w *wait) next(ctx context.Context) (atDeadline bool, err error) {
	if w.polls > 0 {
		news, err := w.job.rest(ctx, w.pause(), w.seen)
		switch {
		case err != nil:
			w.err = err
			return false, err
		case news != nil:
			w.take(news, nil)
			return false, nil
		}
	}
	atDeadline = w.remaining() <= 0
	return atDeadline, w.ask(ctx)
}

// ask asks within what is left of the time, so that the last poll can begin at the
// deadline. That one has a limit of its own.
func (w *wait) ask(ctx context.Context) error {
	limit := w.remaining()
	if limit <= 0 {
		limit = lastPollLimit
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	answer, err := w.job.ask(ctx)
	w.take(answer, err)
	return err
}

// take keeps what came of a poll, and tells the observer.
func (w *wait) take(news *answer, err error) {
	w.polls++
	w.err = err
	changed := false
	if err == nil {
		changed = w.last == nil || !sameProgress(*w.last, news.job)
		w.seen, w.last = news, &news.job
	}
	if w.Observe != nil {
		w.Observe(Poll{Number: w.polls, Elapsed: w.elapsed(), Job: w.last, Err: err, Changed: changed})
	}
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
