package importjob

import (
	"context"
	"fmt"
)

// Page is one page of a list of jobs.
type Page struct {
	// Jobs are those that were asked for, nil if the API did not return a list.
	Jobs []Summary
	// IDs are the job ids of all that is on the page, empty where one is missing.
	IDs []string
	// Total is the number of jobs on all pages, nil if the API does not return it.
	Total *int64
	// Size is the size of a full page, nil if the API does not return it.
	Size *int64
	// Whole: the page is the whole list.
	Whole bool
}

// IncompleteListError is a list that can't be read completely.
type IncompleteListError struct {
	// Page is the page at which the list broke off, from 1.
	Page int
	// Listed is the number of jobs that were found.
	Listed int
	// Total is the number of jobs that the API returned as the total, nil if none.
	Total *int64
}

// Error says where the list broke off.
func (e *IncompleteListError) Error() string {
	if e.Total == nil {
		return fmt.Sprintf("page %d of the list of jobs repeats earlier pages", e.Page)
	}
	return fmt.Sprintf("page %d of the list of jobs has no new jobs, although only %d of %d were listed", e.Page, e.Listed, *e.Total)
}

// ListJobs reads all pages of a list of jobs, each with retries. The list is complete,
// or there is an error, which is always an [*Error].
func ListJobs(ctx context.Context, l Limits, read func(ctx context.Context, page int) (Page, error)) ([]Summary, error) {
	return withTimeout(ctx, l.Timeout, func(ctx context.Context) ([]Summary, error) {
		var list jobList
		for n := 1; ; n++ {
			page, err := sendWithRetries(ctx, l, func(ctx context.Context) (Page, error) { return read(ctx, n) })
			if err != nil {
				return nil, err
			}
			complete, err := list.add(n, page)
			if err != nil {
				return nil, err
			}
			if complete {
				return list.jobs, nil
			}
		}
	})
}

// jobList collects pages. A job that is started meanwhile moves others to the next
// page, so that some come twice.
type jobList struct {
	jobs   []Summary
	known  map[string]bool
	listed int
}

// add adds a page and reports whether the list is complete.
func (l *jobList) add(n int, page Page) (complete bool, err error) {
	if l.known == nil {
		l.known = map[string]bool{}
	}
	fresh := map[string]bool{}
	for _, id := range page.IDs {
		switch {
		case id == "": // it is a job, but not one that can be listed
			l.listed++
		case !l.known[id]:
			l.known[id], fresh[id] = true, true
			l.listed++
		}
	}
	progress := len(fresh) > 0
	if page.Jobs != nil && l.jobs == nil {
		l.jobs = []Summary{}
	}
	for _, job := range page.Jobs {
		if fresh[job.JobID] {
			delete(fresh, job.JobID)
			l.jobs = append(l.jobs, job)
		}
	}
	switch {
	case page.Whole, page.Total != nil && int64(l.listed) >= *page.Total:
		return true, nil
	case page.Total == nil && page.short():
		return true, nil
	case !progress:
		return false, &IncompleteListError{Page: n, Listed: l.listed, Total: page.Total}
	default:
		return false, nil
	}
}

// short reports whether a page is not full, so that none follows it.
func (p Page) short() bool {
	return len(p.IDs) == 0 || p.Size != nil && int64(len(p.IDs)) < *p.Size
}
