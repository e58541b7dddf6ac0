package importjob

import (
	"context"
	"errors"
	"fmt"
)

// Source is where a job is read from.
type Source struct {
	JobID string
	// Read sends one request that reads the job. A response that can't be trusted must be
	// an error. An error that a retry may fix must be a [TransientError], that of a job
	// without a record a [NotFoundError].
	Read func(context.Context) (Job, error)
	// Page sends one request that reads a page of the list of jobs, from 1. It is called
	// only after an ambiguous result.
	Page func(ctx context.Context, page int) (Page, error)
}

// Read reads a job once, and retries after transient errors. Any state of the import is a
// result. It stays ambiguous if the list of jobs does not show that the import has
// completed. An error is always an [*Error].
func Read(ctx context.Context, l Limits, s Source) (Job, error) {
	return withTimeout(ctx, l.Timeout, func(ctx context.Context) (Job, error) {
		job, err := sendWithRetries(ctx, l, s.Read)
		if err != nil || !job.Ambiguous {
			return job, err
		}
		job = s.disambiguate(ctx, l, job)
		if job.ListErr != nil && errors.Is(ctx.Err(), context.Canceled) {
			return Job{}, job.ListErr
		}
		return job, nil
	})
}

// disambiguate asks the list of jobs about an ambiguous job.
func (s Source) disambiguate(ctx context.Context, l Limits, job Job) Job {
	completed, err := s.listedAsCompleted(ctx, l)
	switch {
	case err != nil:
		job.ListErr = fmt.Errorf("reading the list of jobs: %w", err)
	case completed:
		job.State, job.Ambiguous, job.ProgressPercent = StateCompleted, false, new(100.0)
	}
	return job
}

// listedAsCompleted reports whether the list of jobs says that the job has completed, in
// every entry of the first page that has it.
func (s Source) listedAsCompleted(ctx context.Context, l Limits) (bool, error) {
	for page, err := range pages(ctx, l, s.Page) {
		if err != nil {
			return false, err
		}
		found, completed := false, true
		for _, job := range page.Jobs {
			if job.JobID == s.JobID {
				found = true
				completed = completed && job.State == StateCompleted
			}
		}
		if found {
			return completed, nil
		}
	}
	return false, nil
}
