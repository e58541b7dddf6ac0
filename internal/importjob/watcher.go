package importjob

import (
	"context"
	"sync"
	"time"
)

// Reader asks the service about one job. An answer that can't be trusted has to
// be an error, one that asking again may mend a [PassingError]. A reader is never
// asked twice at the same time.
type Reader interface {
	Read(ctx context.Context) (Job, error)
}

// Watcher asks about jobs for any number of reads and waits. Those that concern the
// same job share each answer, so that requests grow with the number of jobs and not
// with the number of those who wait. It is safe for concurrent use.
type Watcher struct {
	open func(ID) Reader

	mu   sync.Mutex
	jobs map[ID]*sharedJob
}

// NewWatcher returns a watcher. It opens a reader for a job when somebody begins to
// ask about it, and drops it when nobody does any more.
func NewWatcher(open func(ID) Reader) *Watcher {
	return &Watcher{open: open, jobs: map[ID]*sharedJob{}}
}

// Read asks about a job once. The state of the import is a result, whatever it is.
// An error is always an [*Error].
func (w *Watcher) Read(ctx context.Context, id ID, timeout time.Duration) (Job, error) {
	job := w.enter(id)
	defer w.leave(id)
	return Once(ctx, timeout, func(ctx context.Context) (Job, error) {
		answer, err := job.ask(ctx)
		if err != nil {
			return Job{}, err
		}
		return answer.job, nil
	})
}

// Wait asks about a job until its import has completed, and returns that answer. An
// error is always an [*Error]. Errors before the first good answer end the wait,
// later ones only if asking again can't mend them.
func (w *Watcher) Wait(ctx context.Context, id ID, o Options) (Job, error) {
	job := w.enter(id)
	defer w.leave(id)
	return newWait(job, o).run(ctx)
}

func (w *Watcher) enter(id ID) *sharedJob {
	w.mu.Lock()
	defer w.mu.Unlock()
	job := w.jobs[id]
	if job == nil {
		job = &sharedJob{reader: w.open(id), latest: newAnswer(Job{})}
		w.jobs[id] = job
	}
	job.users++
	return job
}

func (w *Watcher) leave(id ID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	job := w.jobs[id]
	if job.users--; job.users == 0 {
		delete(w.jobs, id)
	}
}

// sharedJob is a job as long as somebody asks about it.
type sharedJob struct {
	reader Reader
	users  int // guarded by the watcher

	mu sync.Mutex
	// latest is the latest good answer. There is one from the start, which is nobody's.
	latest *answer
	// asking is the question under way, nil if there is none.
	asking *question
}

// answer is a good answer.
type answer struct {
	job Job
	// outdated is closed once there is a newer one.
	outdated chan struct{}
}

func newAnswer(job Job) *answer { return &answer{job: job, outdated: make(chan struct{})} }

// question is a question that was put for all who want to know at the time.
type question struct {
	done chan struct{}
	// The rest is there once done is closed.
	answer *answer
	err    error
	// abandoned: whoever asked could not wait for the answer.
	abandoned bool
}

// ask puts the question, or joins one that is under way.
func (j *sharedJob) ask(ctx context.Context) (*answer, error) {
	for {
		q, mine := j.join()
		if mine {
			j.put(ctx, q)
			return q.answer, q.err
		}
		select {
		case <-q.done:
			if !q.abandoned {
				return q.answer, q.err
			}
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (j *sharedJob) join() (q *question, mine bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.asking != nil {
		return j.asking, false
	}
	j.asking = &question{done: make(chan struct{})}
	return j.asking, true
}

// put asks the service, and tells all who joined or rest.
func (j *sharedJob) put(ctx context.Context, q *question) {
	job, err := j.reader.Read(ctx)

	j.mu.Lock()
	defer j.mu.Unlock()
	q.err = err
	q.abandoned = err != nil && ctx.Err() != nil
	if err == nil {
		q.answer = newAnswer(job)
		close(j.latest.outdated)
		j.latest = q.answer
	}
	j.asking = nil
	close(q.done)
}

// rest waits for d, or until somebody else has got a newer answer than the one that
// was seen, which it then returns. Its error is the cause of the cancellation.
func (j *sharedJob) rest(ctx context.Context, d time.Duration, seen *answer) (*answer, error) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil, nil
	case <-seen.outdated:
		j.mu.Lock()
		defer j.mu.Unlock()
		return j.latest, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}
