package importjob

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
)

// maxListReads limits how often a list is read that has moved each time.
const maxListReads = 3

// Page is one page of a list of jobs.
type Page struct {
	Jobs []ListedJob // those that match the filter, in the order of the API
	IDs  []string    // of all jobs on the page, matching or not
	// Count is the number of jobs on the page (documented) or on all pages (recorded), and
	// Size that on a full page. They are nil if the API does not return them.
	Count, Size *int64
	// Unordered reports whether the API lists the jobs in random order, with IDs that are
	// numbers and grow with time. Otherwise the newest job comes first.
	Unordered bool
}

// IncompleteListError reports that a list of jobs lacks jobs that the service counts.
type IncompleteListError struct {
	Listed int   // the number of different jobs in the list
	Count  int64 // the number of jobs according to the API
}

func (e *IncompleteListError) Error() string {
	return fmt.Sprintf("the list of jobs has %d of %d jobs", e.Listed, e.Count)
}

// ListSource sends one request that reads a page of a list of jobs, from 1.
type ListSource func(ctx context.Context, page int) (Page, error)

// List reads all pages of a list of jobs, and retries each after transient errors. It
// returns the complete list, newest job first, which is never nil, or an [*Error]. A list that
// moves while it is read, because a job on an earlier page has expired, is read again.
func List(ctx context.Context, s ListSource, l Limits) ([]ListedJob, error) {
	return withTimeout(ctx, l.Timeout, func(ctx context.Context) (jobs []ListedJob, err error) {
		for range maxListReads {
			jobs, err = readList(ctx, l, s)
			if _, moved := errors.AsType[*IncompleteListError](err); !moved {
				break
			}
		}
		return jobs, err
	})
}

// readList reads all pages once. It returns an [*IncompleteListError] if jobs are missing.
func readList(ctx context.Context, l Limits, s ListSource) ([]ListedJob, error) {
	jobs, ids := []ListedJob{}, map[string]bool{}
	var unordered bool
	// The newest job comes first. A job that starts meanwhile is therefore not listed, but
	// moves another job to the next page, where that one is listed for a second time.
	var listed, count int64 // entries on all pages, and the largest number that the API has returned
	for page, err := range pages(ctx, l, s) {
		if err != nil {
			return nil, err
		}
		for _, job := range page.Jobs {
			if !ids[job.JobID] {
				jobs = append(jobs, job)
				ids[job.JobID] = true
			}
		}
		for _, id := range page.IDs {
			ids[id] = true
		}
		listed += int64(len(page.IDs))
		unordered = unordered || page.Unordered
		if page.Count != nil {
			count = max(count, *page.Count)
		}
	}
	// A smaller count proves nothing, because it can be that of one page.
	if listed < count {
		return nil, &IncompleteListError{Listed: len(ids), Count: count}
	}
	if unordered {
		slices.SortStableFunc(jobs, func(a, b ListedJob) int { return newestFirst(a.JobID, b.JobID) })
	}
	return jobs, nil
}

// newestFirst compares two IDs that are numbers and grow with time.
func newestFirst(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(b, a)) }

// pages reads the pages of a list of jobs up to the last one: a short or empty page, or
// one that has nothing new.
func pages(ctx context.Context, l Limits, s ListSource) iter.Seq2[Page, error] {
	return func(yield func(Page, error) bool) {
		seen := map[string]bool{}
		for n := 1; ; n++ {
			page, err := sendWithRetries(ctx, l, func(ctx context.Context) (Page, error) { return s(ctx, n) })
			if err != nil {
				yield(page, err)
				return
			}
			last := page.Size != nil && int64(len(page.IDs)) < *page.Size
			hasNew := false
			for _, id := range page.IDs {
				hasNew = hasNew || !seen[id]
				seen[id] = true
			}
			if !yield(page, nil) || last || !hasNew {
				return
			}
		}
	}
}
