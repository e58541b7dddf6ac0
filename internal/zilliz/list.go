package zilliz

import (
	"context"
	"fmt"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

// pageSize is the most that a page can hold (documented).
const pageSize = 100

// importList is a page of a cluster's jobs. API v1 sends it under tasks, older
// servers and API v2 under records.
type importList struct {
	Tasks    []summary `json:"tasks"`
	Records  []summary `json:"records"`
	Count    integer   `json:"count"`
	PageSize integer   `json:"pageSize"`
}

type summary struct {
	CollectionName *string `json:"collectionName"`
	JobID          *string `json:"jobId"`
	State          *string `json:"state"`
}

func (l importList) entries() []summary {
	if l.Tasks != nil {
		return l.Tasks
	}
	return l.Records
}

// short tells whether the page has room left, so that none can follow it. A server
// may send smaller pages than it was asked for.
func (l importList) short() bool {
	size := int64(pageSize)
	if l.PageSize.value != nil && *l.PageSize.value > 0 {
		size = min(size, *l.PageSize.value)
	}
	return int64(len(l.entries())) < size
}

// counts tells whether the list's own count says that so many jobs are all. Alone it
// proves nothing: whether it counts all pages or this one is not documented.
func (l importList) counts(jobs int) bool {
	return l.Count.value != nil && *l.Count.value <= int64(jobs)
}

// ImportJobs returns the import jobs of a cluster in the order of the API, of one
// collection if its name is not empty. It is nil where the API sends no list, and
// empty where it sends an empty one. The errors are those of a [importjob.Reader].
func (c *Client) ImportJobs(ctx context.Context, clusterID, collectionName string) ([]importjob.Summary, error) {
	var jobs []importjob.Summary
	known := map[string]bool{}
	for page := 1; ; page++ {
		list, err := ask[importList](ctx, c, c.api.list(clusterID, collectionName, page))
		if err != nil {
			return nil, fmt.Errorf("page %d of the import jobs: %w", page, err)
		}
		if list.entries() != nil && jobs == nil {
			jobs = []importjob.Summary{}
		}
		fresh := c.fresh(list, known)
		for _, job := range fresh {
			if collectionName == "" || job.CollectionName != nil && *job.CollectionName == collectionName {
				jobs = append(jobs, job)
			}
		}
		switch {
		case list.short(), len(fresh) == 0 && list.counts(len(known)):
			return jobs, nil
		case len(fresh) == 0:
			return nil, fmt.Errorf("page %d of the import jobs has only jobs of earlier pages: the service repeats itself", page)
		}
	}
}

// fresh returns the jobs of a page that were on no page before: when a job is
// started between two questions, others move on to the next page.
func (c *Client) fresh(list importList, known map[string]bool) []importjob.Summary {
	var fresh []importjob.Summary
	for _, entry := range list.entries() {
		id := c.text(entry.JobID)
		if id == nil || known[*id] {
			continue
		}
		known[*id] = true
		fresh = append(fresh, importjob.Summary{JobID: *id, CollectionName: c.text(entry.CollectionName), State: c.state(entry.State)})
	}
	return fresh
}
