package importjob

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

const (
	// lookUpTimeout is how long the job of a lost response is looked up, since it can be on
	// record late.
	lookUpTimeout = time.Minute

	// lastLookTimeout limits the last look, which is the only one after the caller's
	// context is canceled.
	lastLookTimeout = 5 * time.Second

	// settleTime is how long a job must be the only candidate before it is taken over, since
	// the lost one can be on record late.
	settleTime = 10 * time.Second

	// checkTimeout limits the time to read the page of jobs before a start.
	checkTimeout = 30 * time.Second

	// maxChecked is how many unfinished jobs are read before a start.
	maxChecked = 10
)

// StartOptions configure a start.
type StartOptions struct {
	// Limits.Timeout limits the retries of the request while the service throttles it or
	// the cluster is busy.
	Limits
	// Send sends the request that starts the import, and returns the ID of its job. Its
	// error must be an [UnknownOutcomeError] unless it is certain that no job was started.
	Send func(context.Context) (string, error)
	// Page reads the first page of the jobs of the collection.
	Page func(context.Context) (Page, error)
	// Read reads a job of the collection.
	Read func(ctx context.Context, jobID string) (Job, error)
	// Files has, for each URL to import, the paths that its files can have in the storage.
	// An empty one is the root of a bucket.
	Files [][]string
	// Owned reports whether a resource has a job: this process has started it, or the
	// state of the resource holds it.
	Owned func(jobID string) bool
	// OutcomeUnknown reports whether this process has started another import into the
	// collection whose outcome is unknown.
	OutcomeUnknown bool
}

// Started is a job that was started.
type Started struct {
	JobID string
	// TakenOver reports whether the response was lost, and the job found in the list.
	TakenOver bool
	// CheckErr is why the collection was not checked for a running import of the same
	// files, nil if it was.
	CheckErr error
}

// RunningError reports that an unfinished job of the collection may import the same files.
// Nothing was started.
type RunningError struct {
	JobID string
	State State
	// Files are the names of the files of the job, empty if the API does not return them.
	// Secrets are not masked in them.
	Files []string
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
	// Err is the error of the request.
	Err error
	// Jobs are the newest jobs of the collection, nil if ListErr is not nil.
	Jobs    []ListedJob
	ListErr error
}

func (e *LostError) Error() string { return e.Err.Error() }
func (e *LostError) Unwrap() error { return e.Err }

// Start starts an import at most once. It starts nothing while an unfinished job of the
// collection may import the same files, since that can be the job of an earlier start whose
// response was lost. If the response is lost now, it looks the job up. An error is a
// [*LostError] or an [*Error], which can wrap a [*RunningError] or [*UnreadableJobError].
func Start(ctx context.Context, o StartOptions) (Started, error) {
	o.Patient = true
	var before *Page // nil if it could not be read
	var started Started
	requests := o.Limits
	requests.Admit = nil // each attempt begins with the page, which waits for the rate limit itself
	jobID, err := Retry(ctx, requests, func(limited context.Context) (string, error) {
		before, started.CheckErr = o.readPage(limited)
		if cause := context.Cause(limited); cause != nil {
			return "", cause
		}
		if before != nil {
			err := o.checkRunning(limited, *before)
			if errors.Is(err, errManyUnfinished) {
				started.CheckErr = err
			} else if err != nil {
				return "", err
			}
		}
		if err := o.admit(limited); err != nil {
			return "", err
		}
		return o.Send(ctx) // limited would hide that ctx is canceled after the deadline
	})
	if _, unknown := errors.AsType[*UnknownOutcomeError](err); unknown {
		return o.lookUp(ctx, before, err)
	}
	if err != nil {
		return Started{}, err
	}
	started.JobID = jobID
	return started, nil
}

func (o StartOptions) readPage(ctx context.Context) (*Page, error) {
	limited, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	page, err := sendWithRetries(limited, o.Limits, o.Page)
	if err != nil {
		return nil, err
	}
	return &page, nil
}

// errManyUnfinished is the error of a page with more unfinished jobs than are read.
var errManyUnfinished = fmt.Errorf("only the newest %d of its jobs that have not ended were read", maxChecked)

// checkRunning returns an error if an unfinished job on the page may import the same
// files, or can't be read, and [errManyUnfinished] if there are too many.
func (o StartOptions) checkRunning(ctx context.Context, page Page) error {
	checked := 0
	for _, listed := range page.Jobs {
		if HasEnded(listed.State) || o.Owned(listed.JobID) {
			continue
		}
		if checked++; checked > maxChecked {
			return errManyUnfinished
		}
		job, err := o.readListed(ctx, listed.JobID)
		switch {
		case IsNotFound(err): // it has expired: the list is behind
		case ctx.Err() != nil: // it is the call that ends, not this read
			return err
		case err != nil:
			return &UnreadableJobError{JobID: listed.JobID, Err: err}
		case !HasEnded(job.State) && mayImport(fileNames(job), o.Files):
			return &RunningError{JobID: listed.JobID, State: job.State, Files: fileNames(job)}
		}
	}
	return nil
}

// readListed reads a job of the list. One without a record may not be on record yet, so it
// is polled for some seconds.
func (o StartOptions) readListed(ctx context.Context, jobID string) (Job, error) {
	began := time.Now()
	for {
		job, err := sendWithRetries(ctx, o.Limits, func(ctx context.Context) (Job, error) { return o.Read(ctx, jobID) })
		if !IsNotFound(err) || time.Since(began) >= notFoundTimeout || sleep(ctx, minPause) != nil {
			return job, err
		}
	}
}

// lookUp looks for the job of a start whose response was lost. After ctx is canceled, it
// gives up the current look, and looks once more with a context of its own.
func (o StartOptions) lookUp(ctx context.Context, before *Page, cause error) (Started, error) {
	began := time.Now()
	var found string // the job that every look since foundAt has found
	var foundAt time.Time
	for n := 1; ; n++ {
		last := ctx.Err() != nil || time.Since(began) >= lookUpTimeout
		looking, limit := ctx, max(lookUpTimeout-time.Since(began), lastLookTimeout)
		if last {
			looking, limit = context.WithoutCancel(ctx), lastLookTimeout
		}
		jobs, jobID, err := o.look(looking, limit, before)
		if jobID != found {
			found, foundAt = jobID, time.Now()
		}
		if found != "" && (last || time.Since(foundAt) >= settleTime) {
			return Started{JobID: found, TakenOver: true}, nil
		}
		if last {
			return Started{}, &LostError{Err: cause, Jobs: jobs, ListErr: err}
		}
		_ = sleep(ctx, min(backoff(n, 0), lookUpTimeout-time.Since(began))) // canceled: the next look is the last
	}
}

// look reads the page of jobs once. It returns the only new job on it that imports the same
// files and that no other resource has, or an empty ID.
func (o StartOptions) look(
	ctx context.Context, timeout time.Duration, before *Page,
) (jobs []ListedJob, jobID string, err error) {
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	page, err := admitAndSend(limited, o.Limits, o.Page)
	if err != nil || before == nil || o.OutcomeUnknown {
		return page.Jobs, "", err
	}
	started, certain := startedSince(*before, page)
	if !certain {
		return page.Jobs, "", nil
	}
	var found []string
	for _, listed := range page.Jobs {
		if !slices.Contains(started, listed.JobID) || o.Owned(listed.JobID) {
			continue
		}
		job, err := admitAndSend(limited, o.Limits, func(ctx context.Context) (Job, error) {
			return o.Read(ctx, listed.JobID)
		})
		names := fileNames(job)
		if err != nil || len(names) == 0 {
			return page.Jobs, "", nil // it can be the job, or a second one
		}
		if imports(names, o.Files) {
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
// has none of these although there were some, or if another job is below one of them, since
// an old job moves up when a record expires.
func startedSince(earlier, page Page) (ids []string, certain bool) {
	ids = slices.Clone(page.IDs)
	if page.Unordered {
		slices.SortFunc(ids, newestFirst)
	}
	isKnown := func(id string) bool { return slices.Contains(earlier.IDs, id) }
	first := slices.IndexFunc(ids, isKnown)
	if first < 0 {
		return ids, len(earlier.IDs) == 0
	}
	isOther := func(id string) bool { return !isKnown(id) }
	return ids[:first], !slices.ContainsFunc(ids[first:], isOther)
}

// fileNames returns the names of the files of a job, without surrounding slashes. It
// returns none if the API does not name all of them.
func fileNames(job Job) []string {
	files := job.Files
	if len(files) == 0 {
		files = []File{{RawFileName: job.RawFileName}}
	}
	var names []string
	for _, file := range files {
		if file.RawFileName == nil || strings.Trim(*file.RawFileName, "/") == "" {
			return nil
		}
		names = append(names, strings.Trim(*file.RawFileName, "/"))
	}
	return names
}

// imports reports whether the names of a job's files are one to one those of an import. A
// base name proves nothing.
func imports(names []string, files [][]string) bool {
	rest := slices.Clone(files)
	for _, name := range names {
		i := slices.IndexFunc(rest, func(paths []string) bool { return slices.Contains(paths, name) })
		if i < 0 || !strings.Contains(name, "/") {
			return false
		}
		rest = slices.Delete(rest, i, i+1)
	}
	return len(names) > 0 && len(rest) == 0
}

// mayImport reports whether a job with these names of files may import one of the files of
// an import. A job without names may. Otherwise a name must contain the path of a file, as
// the name of a file below an imported folder does, or be the end of that path.
func mayImport(names []string, files [][]string) bool {
	if len(names) == 0 {
		return true
	}
	for _, name := range names {
		for _, path := range slices.Concat(files...) {
			if strings.HasSuffix("/"+path, "/"+name) || strings.Contains("/"+name+"/", "/"+path+"/") || path == "" {
				return true
			}
		}
	}
	return false
}
