package importjob

import (
	"context"
	"fmt"
	"slices"
	"time"
)

const (
	// checkTimeout limits the time to read the page of jobs before a start, and maxChecked the
	// unfinished jobs on it that are read.
	checkTimeout = 30 * time.Second
	maxChecked   = 10

	// lookUpTimeout limits how long the job of a lost response is looked up. It can be on record
	// late, so a job must be the only candidate for settleTime before it is taken over.
	lookUpTimeout = time.Minute
	settleTime    = 10 * time.Second

	// lastAttemptTimeout limits the last attempt to look a job up, which is the only one
	// after the caller's context is canceled.
	lastAttemptTimeout = 5 * time.Second
)

// StartSource sends the requests of a start.
type StartSource struct {
	// Send sends the request that starts the import, and returns the ID of its job. Its
	// error must be an [UnknownOutcome] unless it is certain that no job was started.
	Send func(context.Context) (string, error)
	// Page reads the first page of the jobs of the collection, and Read one of them.
	Page func(context.Context) (Page, error)
	Read func(ctx context.Context, jobID string) (Job, error)
}

// StartOptions configure a start.
type StartOptions struct {
	Limits // Timeout limits the retries while the request is throttled or the cluster is busy
	// Files has, for each URL to import, the paths that its files can have in the storage.
	// An empty one is the root of a bucket.
	Files [][]string
	// Owned reports whether a resource has a job: this provider configuration has started
	// it, or the state of the resource holds it.
	Owned func(jobID string) bool
	// TakeOver reports whether a job of the list is taken over if the response is lost. It
	// must be false if the names of its files do not identify the import.
	TakeOver bool
}

// Started is a job that was started.
type Started struct {
	JobID     string
	TakenOver bool // the response was lost, and the job found in the list
	// CheckErr says why the collection was not completely checked for a running import of the
	// same files. It is nil if it was.
	CheckErr error
}

// RunningError reports that nothing was started, because an unfinished job may import the same files.
type RunningError struct {
	JobID string
	State State
	Files []string // the names that the API returns, in which secrets are not masked
}

func (e *RunningError) Error() string {
	return fmt.Sprintf("job %s, which is %s, may import the same files", e.JobID, e.State)
}

// UnreadableJobError reports that an unfinished job of the collection could not be read.
// Nothing was started. It does not unwrap to Err, which can be transient: the read was
// retried, so the start must not be.
type UnreadableJobError struct {
	JobID string
	Err   error
}

func (e *UnreadableJobError) Error() string { return fmt.Sprintf("reading job %s: %v", e.JobID, e.Err) }

// LostError reports that a job may have been started and was not found.
type LostError struct {
	Err     error       // of the request
	Jobs    []ListedJob // the newest of the collection, if ListErr is nil
	ListErr error
}

func (e *LostError) Error() string { return e.Err.Error() }
func (e *LostError) Unwrap() error { return e.Err }

// start is one call of [Start].
type start struct {
	StartSource
	StartOptions
	before   *Page // the page of jobs before the request, if it could be read
	checkErr error // see [Started]
}

// Start starts an import at most once. It starts nothing while an unfinished job of the
// collection may import the same files, because that can be the job of an earlier start
// whose response was lost. If the response is lost now, it looks the job up. An error is a
// [*LostError] or an [*Error], which can wrap a [*RunningError] or [*UnreadableJobError].
func Start(ctx context.Context, s StartSource, o StartOptions) (Started, error) {
	o.patient = true
	r := &start{StartSource: s, StartOptions: o}
	attempts := o.Limits
	attempts.Admit = nil // each attempt begins with the page, which waits for the rate limit itself
	jobID, err := withTimeout(ctx, o.Timeout, func(limited context.Context) (string, error) {
		return sendWithRetries(limited, attempts, func(limited context.Context) (string, error) {
			if err := r.check(limited); err != nil {
				return "", err
			}
			if err := o.admit(limited); err != nil {
				return "", err
			}
			return s.Send(ctx) // limited would hide that ctx is canceled after the deadline
		})
	})
	if FailureOf(err) == UnknownOutcome {
		return r.lookUp(ctx, err)
	}
	if err != nil {
		return Started{}, err
	}
	return Started{JobID: jobID, CheckErr: r.checkErr}, nil
}

// check reads the page of jobs, and returns an error if the import must not be started now.
func (r *start) check(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	page, err := sendWithRetries(limited, r.Limits, r.Page)
	r.before, r.checkErr = nil, err
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	if err != nil {
		return nil
	}
	r.before = &page
	return r.checkRunning(ctx)
}

// checkRunning returns an error if an unfinished job on the page may import the same files,
// or can't be read. Only the newest are read.
func (r *start) checkRunning(ctx context.Context) error {
	checked := 0
	for _, listed := range r.before.Jobs {
		if listed.State.HasEnded() || r.Owned(listed.JobID) {
			continue
		}
		if checked++; checked > maxChecked {
			r.checkErr = fmt.Errorf("only the newest %d of its jobs that have not ended were read", maxChecked)
			return nil
		}
		job, err := readLate(ctx, r.Limits, func(ctx context.Context) (Job, error) { return r.Read(ctx, listed.JobID) })
		switch {
		case ctx.Err() != nil: // it is the call that ends, not this read
			return err
		case err != nil:
			return &UnreadableJobError{JobID: listed.JobID, Err: err}
		case !job.State.HasEnded() && mayOverlap(job, r.Files):
			return &RunningError{JobID: listed.JobID, State: job.State, Files: allNames(job)}
		}
	}
	return nil
}

// lookUp looks up the job of a start whose response was lost. After ctx is canceled, it
// gives up the current attempt, and makes one more with a context of its own.
func (r *start) lookUp(ctx context.Context, cause error) (Started, error) {
	began := time.Now()
	var found string // the job that every attempt since foundAt has found
	var foundAt time.Time
	for n := 1; ; n++ {
		last := ctx.Err() != nil || time.Since(began) >= lookUpTimeout
		attempt, timeout := ctx, max(lookUpTimeout-time.Since(began), lastAttemptTimeout)
		if last {
			attempt, timeout = context.WithoutCancel(ctx), lastAttemptTimeout
		}
		jobs, jobID, err := r.attemptLookUp(attempt, timeout)
		if jobID != found {
			found, foundAt = jobID, time.Now()
		}
		if found != "" && (last || time.Since(foundAt) >= settleTime) {
			return Started{JobID: found, TakenOver: true}, nil
		}
		if last {
			return Started{}, &LostError{Err: cause, Jobs: jobs, ListErr: err}
		}
		_ = sleep(ctx, min(backoff(n, 0), lookUpTimeout-time.Since(began))) // canceled: the next attempt is the last
	}
}

// attemptLookUp reads the page of jobs once. It returns the only new job on it that imports
// the same files and that no other resource has, or an empty ID.
func (r *start) attemptLookUp(ctx context.Context, timeout time.Duration) (jobs []ListedJob, jobID string, err error) {
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	page, err := admitAndSend(limited, r.Limits, r.Page)
	if err != nil || r.before == nil || !r.TakeOver {
		return page.Jobs, "", err
	}
	started, certain := startedSince(*r.before, page)
	if !certain {
		return page.Jobs, "", nil
	}
	var found []string
	for _, listed := range page.Jobs {
		if !slices.Contains(started, listed.JobID) || r.Owned(listed.JobID) {
			continue
		}
		job, _ := admitAndSend(limited, r.Limits, func(ctx context.Context) (Job, error) {
			return r.Read(ctx, listed.JobID)
		})
		names := fileNames(job) // none if it could not be read
		if len(names) == 0 {
			return page.Jobs, "", nil // it can be the job, or a second one
		}
		if sameFiles(names, r.Files) {
			found = append(found, listed.JobID)
		}
	}
	if len(found) != 1 {
		return page.Jobs, "", nil
	}
	return page.Jobs, found[0], nil
}

// startedSince returns the IDs of the jobs on a page that were started after the earlier
// page was read: those above the jobs of the earlier page. They are not certain if the page
// has none of these although there were some, or if another job is below one of them,
// because an old job moves up when a record expires.
func startedSince(earlier, page Page) (ids []string, certain bool) {
	isKnown := func(id string) bool { return slices.Contains(earlier.IDs, id) }
	first := slices.IndexFunc(page.IDs, isKnown)
	if first < 0 {
		return page.IDs, len(earlier.IDs) == 0
	}
	isOther := func(id string) bool { return !isKnown(id) }
	return page.IDs[:first], !slices.ContainsFunc(page.IDs[first:], isOther)
}
