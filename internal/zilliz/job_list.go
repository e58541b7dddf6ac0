package zilliz

import (
	"context"
	"errors"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

// pageSize is the largest size of a page (documented).
const pageSize = 100

// JobFilter selects jobs of a cluster.
type JobFilter struct {
	ClusterID string
	// CollectionName selects the jobs of one collection. Empty: all.
	CollectionName string
	// DBName selects the jobs of one database. Empty: the default one. V2 only.
	DBName string
}

// importList is one page of the list of jobs. API v1 returns it under tasks, older
// servers and API v2 under records.
type importList struct {
	Tasks       list[listedJob] `json:"tasks"`
	Records     list[listedJob] `json:"records"`
	Count       integer         `json:"count"`
	PageSize    integer         `json:"pageSize"`
	CurrentPage integer         `json:"currentPage"`
}

type listedJob struct {
	CollectionName text `json:"collectionName"`
	JobID          text `json:"jobId"`
	State          text `json:"state"`
}

// JobPage returns one page of the list of jobs, counted from 1, in the API's
// order, which is newest first (recorded). Its errors are those of an
// [importjob.Reader].
func (c *Client) JobPage(ctx context.Context, f JobFilter, page int) (importjob.Page, error) {
	response, err := send[importList](ctx, c, c.api.listCall(f, page), func() {}, nil)
	if err != nil {
		return importjob.Page{}, err
	}
	records := response.Tasks
	if records == nil {
		records = response.Records
	}
	p := importjob.Page{
		Total: response.Count.value,
		Size:  response.PageSize.value,
		// Milvus returns the whole list, without any of these fields, whatever page
		// it is asked for (documented).
		Whole: response.Count.value == nil && response.PageSize.value == nil && response.CurrentPage.value == nil,
	}
	if records != nil {
		p.Jobs = make([]importjob.Summary, 0, len(records))
	}
	for _, record := range records {
		job := c.summary(record)
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

func (c *Client) summary(record listedJob) importjob.Summary {
	job := importjob.Summary{CollectionName: c.text(record.CollectionName.value)}
	if id := c.text(record.JobID.value); id != nil {
		job.JobID = *id
	}
	if state := record.State.value; state != nil {
		job.State = c.api.listState(c.redactor().printable(*state, maxExcerpt))
	}
	return job
}

// errNoCollectionName is a list that can't be filtered.
var errNoCollectionName = errors.New("the list of jobs does not name the collection of each job, so that it can't be filtered by collection_name")

// matches reports whether a job passes the filter. A job without a collection name
// passes if the service has filtered the list itself.
func (c *Client) matches(f JobFilter, job importjob.Summary) (bool, error) {
	switch {
	case f.CollectionName == "":
		return true, nil
	case job.CollectionName != nil:
		return *job.CollectionName == f.CollectionName, nil
	case c.api.filtersJobs():
		return true, nil
	default:
		return false, errNoCollectionName
	}
}
