package importjob

import (
	"context"
	"fmt"
)

// Page is one page of a list of jobs.
type Page struct {
	// Jobs are the jobs on the page that match the filter, in the API's order. Nil if
	// the API did not return a list.
	Jobs []Summary
	// IDs are the ids of all jobs on the page, matching or not. A missing id is empty.
	IDs []string
	// Total is the number of jobs on all pages, nil if the API does not return it.
	Total *int64
	// Size is the number of jobs on a full page, nil if the API does not return it.
	Size *int64
	// Whole: the page is the complete list.
	Whole bool
}

// IncompleteListError reports that a list of jobs could not be read completely.
type IncompleteListError struct {
	// Page is the number of the page that had no new jobs, from 1.
	Page int
	// Listed is the number of different jobs on the pages up to that one.
	Listed int
	// Total is the number of jobs according to the API, nil if it does not return it.
	Total *int64
}

// Error returns the page at which the list ended, and how many jobs are missing if the
// total is known.
func (e *IncompleteListError) Error() string {
	if e.Total == nil {
		return fmt.Sprintf("page %d of the list of jobs repeats earlier pages", e.Page)
	}
	return fmt.Sprintf("page %d of the list of jobs has no new jobs, although only %d of %d were listed",
		e.Page, e.Listed, *e.Total)
}

// ListJobs reads all pages of a list of jobs, and retries each after transient errors.
// It calls read with the number of the page, from 1. It returns the complete list or an
// error, which is always an [*Error].
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

// jobList collects the pages of a list. The newest job comes first, so a job that starts
// while the pages are read is not listed, and moves others to the next page, so that some
// appear twice.
type jobList struct {
	jobs []Summary
	seen map[string]bool
	// listed is the number of different jobs on the pages so far.
	listed int
	// total is the smallest Total of the pages so far, since a job that is not listed
	// raises the Total. Nil if no page has a Total.
	total *int64
}

// add adds page n and reports whether the list is complete.
func (l *jobList) add(n int, page Page) (complete bool, err error) {
	newIDs := l.addIDs(page.IDs)
	hasNew := len(newIDs) > 0
	l.addJobs(page.Jobs, newIDs)
	if page.Total != nil && (l.total == nil || *page.Total < *l.total) {
		l.total = page.Total
	}
	switch {
	case page.Whole, l.total != nil && int64(l.listed) >= *l.total:
		return true, nil
	case l.total == nil && page.short():
		return true, nil
	case !hasNew:
		return false, &IncompleteListError{Page: n, Listed: l.listed, Total: l.total}
	default:
		return false, nil
	}
}

// addIDs counts the jobs of a page and returns the ids that are new.
func (l *jobList) addIDs(ids []string) map[string]bool {
	if l.seen == nil {
		l.seen = map[string]bool{}
	}
	newIDs := map[string]bool{}
	for _, id := range ids {
		switch {
		case id == "": // counts as a job, but can't be returned
			l.listed++
		case !l.seen[id]:
			l.seen[id], newIDs[id] = true, true
			l.listed++
		}
	}
	return newIDs
}

// addJobs adds the jobs whose ids are new, each once. It removes their ids from newIDs.
func (l *jobList) addJobs(jobs []Summary, newIDs map[string]bool) {
	if jobs != nil && l.jobs == nil {
		l.jobs = []Summary{}
	}
	for _, job := range jobs {
		if newIDs[job.JobID] {
			delete(newIDs, job.JobID)
			l.jobs = append(l.jobs, job)
		}
	}
}

// short reports whether a page is not full, and so is the last one.
func (p Page) short() bool {
	return len(p.IDs) == 0 || p.Size != nil && int64(len(p.IDs)) < *p.Size
}
