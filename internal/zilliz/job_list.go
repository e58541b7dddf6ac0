package zilliz

import (
	"context"
	"errors"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

// pageSize is the number of jobs to request per page, which is the maximum (documented).
const pageSize = 100

// JobFilter selects jobs of a cluster.
type JobFilter struct {
	ClusterID string
	// CollectionName selects the jobs of one collection. Empty: all collections.
	CollectionName string
	// DBName selects the jobs of one database. Empty: the default database. V1 ignores
	// it.
	DBName string
}

// listResponse is the response with one page of the list of jobs. The jobs are in tasks
// with API v1, and in records with API v2 and older versions of API v1 (documented).
type listResponse struct {
	Tasks       objectList[listedJob] `json:"tasks"`
	Records     objectList[listedJob] `json:"records"`
	Count       integer               `json:"count"`
	PageSize    integer               `json:"pageSize"`
	CurrentPage integer               `json:"currentPage"`
}

// listedJob is one job of the list. Any field can be null or missing.
type listedJob struct {
	CollectionName text `json:"collectionName"`
	JobID          text `json:"jobId"`
	State          text `json:"state"`
}

// JobPage reads one page of the list of jobs. The first page is 1. The newest job comes first
// (recorded). An error is one of those of [Client.JobReader], or reports that the filter
// can't be applied.
func (c *Client) JobPage(ctx context.Context, f JobFilter, page int) (importjob.Page, error) {
	data, err := send[listResponse](ctx, c, c.api.listCall(f, page), func() {}, nil)
	if err != nil {
		return importjob.Page{}, err
	}
	listed := data.Tasks
	if listed == nil {
		listed = data.Records
	}
	p := importjob.Page{
		Total: data.Count.value,
		Size:  data.PageSize.value,
		// Milvus returns the whole list for any page, and none of these fields
		// (documented).
		Whole: data.Count.value == nil && data.PageSize.value == nil && data.CurrentPage.value == nil,
	}
	if listed != nil {
		p.Jobs = make([]importjob.Summary, 0, len(listed))
	}
	for _, l := range listed {
		job := c.summary(l)
		match, err := c.matches(f, job)
		if err != nil {
			return importjob.Page{}, err
		}
		p.IDs = append(p.IDs, job.JobID)
		if match {
			p.Jobs = append(p.Jobs, job)
		}
	}
	return p, nil
}

func (c *Client) summary(l listedJob) importjob.Summary {
	job := importjob.Summary{CollectionName: c.masked(l.CollectionName.value)}
	if id := c.masked(l.JobID.value); id != nil {
		job.JobID = *id
	}
	if state := l.State.value; state != nil {
		job.State = c.api.listState(c.keyMasker().printable(*state, maxExcerpt))
	}
	return job
}

// ErrNoCollectionName is the error of a list that can't be filtered by collection.
var ErrNoCollectionName = errors.New("the list of jobs does not name the collection of each job, so it can't be filtered by collection_name")

// matches reports whether a job matches the filter. A job without a collection name
// matches if the service has filtered the list. Otherwise it is an error.
func (c *Client) matches(f JobFilter, job importjob.Summary) (bool, error) {
	switch {
	case f.CollectionName == "":
		return true, nil
	case job.CollectionName != nil:
		return *job.CollectionName == f.CollectionName, nil
	case c.api.filtersJobs():
		return true, nil
	default:
		return false, ErrNoCollectionName
	}
}
