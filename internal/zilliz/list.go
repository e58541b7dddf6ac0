package zilliz

import (
	"cmp"
	"context"
	"errors"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

// pageSize is the number of jobs to request per page, which is the maximum (documented).
const pageSize = 100

// JobFilter selects jobs of a cluster.
type JobFilter struct {
	ClusterID string
	// CollectionName selects the jobs of one collection. If empty, all are selected. With
	// V2, the service filters the list, and can resolve an alias (inferred).
	CollectionName string
	// DBName selects the jobs of one database. If empty, those of the default database
	// are selected. V1 ignores it.
	DBName string
}

// JobPage reads one page of the list of jobs. The first page is 1. The newest job comes
// first (recorded). An error is one of those of a [Client], or [ErrNoCollectionName] if the
// filter can't be applied.
func (c *Client) JobPage(ctx context.Context, f JobFilter, page int) (importjob.Page, error) {
	decode := func(data responseData) (importjob.Page, error) {
		result, err := c.decodePage(data, f.CollectionName)
		if page == 1 && len(result.IDs) == 0 && result.Count != nil && *result.Count > 0 {
			err = errors.New("the first page of the list is empty, but counts jobs")
		}
		return result, err
	}
	result, err := send(ctx, c, c.api.listCall(f, page), decodeData(decode))
	if errors.Is(err, ErrNoCollectionName) {
		return importjob.Page{}, ErrNoCollectionName // a malformed response would be transient
	}
	return result, err
}

// decodePage decodes a page of the list of jobs, and selects those of a collection unless
// its name is empty or the service has done so. The jobs are in tasks with API v1, and in
// records with API v2 and older versions of API v1 (documented).
func (c *Client) decodePage(data responseData, collection string) (importjob.Page, error) {
	if !data.has("tasks") && !data.has("records") {
		return importjob.Page{}, errors.New("missing list of jobs")
	}
	listed := strict(data.object, "tasks", asObjects)
	if listed == nil || len(*listed) == 0 {
		listed = cmp.Or(strict(data.object, "records", asObjects), listed)
	}
	page := importjob.Page{
		Count: lenient(data.object, "count", asInteger),
		Size:  lenient(data.object, "pageSize", asInteger),
		// Milvus returns neither, and the whole list in random order (documented).
		Unordered: !data.has("count") && !data.has("pageSize"),
	}
	if listed == nil {
		return page, nil
	}
	for _, o := range *listed {
		id := required(o, "jobId", data.masker.asJobID)
		state := strict(o, "state", asText)
		if o.err != nil {
			return importjob.Page{}, o.err
		}
		page.IDs = append(page.IDs, *id)
		name := lenient(o, "collectionName", asText)
		if collection != "" && c.version == V1 { // V2 has filtered the list
			if name == nil || *name == "" {
				return importjob.Page{}, ErrNoCollectionName
			}
			if *name != collection {
				continue
			}
		}
		job := importjob.ListedJob{JobID: *id, CollectionName: data.masker.text(name)}
		if state != nil {
			job.State = c.api.listState(*state, data.masker)
		}
		page.Jobs = append(page.Jobs, job)
	}
	return page, nil
}

// ErrNoCollectionName is the error of a list that can't be filtered by collection.
var ErrNoCollectionName = errors.New("the list of jobs does not name the collection of each job, so it can't be " +
	"filtered by collection_name")
