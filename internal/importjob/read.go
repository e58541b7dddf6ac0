package importjob

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Source sends the requests about one job.
type Source struct {
	JobID string
	// Read sends one request that reads the job. A response that can't be trusted must be
	// an error. The error of a request must be a [RequestError] unless it is permanent.
	Read func(context.Context) (Job, error)
	Page ListSource // called only after an ambiguous result
	// Commit and Abort each send one request, for a [Wait] that commits and for [Abort].
	Commit, Abort func(context.Context) error
}

// Reading is the result of [Read].
type Reading struct {
	Job
	// ListErr says why an ambiguous job could not be looked up in the list of jobs, or is nil.
	ListErr error
}

// Read reads a job once, and retries after transient errors. Any state of the import is a
// result. It stays ambiguous if the list of jobs does not show that the import has
// completed. An error is always an [*Error].
func Read(ctx context.Context, s Source, l Limits) (Reading, error) {
	return withTimeout(ctx, l.Timeout, func(ctx context.Context) (Reading, error) {
		job, err := sendWithRetries(ctx, l, s.Read)
		if err != nil || !job.Ambiguous {
			return Reading{Job: job}, err
		}
		listErr := s.disambiguate(ctx, l, &job)
		if listErr != nil && errors.Is(ctx.Err(), context.Canceled) {
			return Reading{}, listErr
		}
		return Reading{job, listErr}, nil
	})
}

// readLate reads a job that may not be on record yet: without a record, it is polled for some seconds.
func readLate(ctx context.Context, l Limits, read func(context.Context) (Job, error)) (Job, error) {
	began := time.Now()
	for {
		job, err := sendWithRetries(ctx, l, read)
		if FailureOf(err) != NotFound || time.Since(began) >= notFoundTimeout || sleep(ctx, minPause) != nil {
			return job, err
		}
	}
}

// disambiguate looks an ambiguous job up in the list of jobs. It has completed if every
// entry of the first page that has it says so.
func (s Source) disambiguate(ctx context.Context, l Limits, job *Job) error {
	for page, err := range pages(ctx, l, s.Page) {
		if err != nil {
			return fmt.Errorf("reading the list of jobs: %w", err)
		}
		found, completed := false, true
		for _, entry := range page.Jobs {
			if entry.JobID == s.JobID {
				found = true
				completed = completed && entry.State == StateCompleted
			}
		}
		if found && completed {
			job.State, job.Ambiguous, job.ProgressPercent = StateCompleted, false, new(100.0)
		}
		if found {
			return nil
		}
	}
	return nil
}
