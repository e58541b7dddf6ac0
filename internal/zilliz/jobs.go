package zilliz

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

// ReadJob reads a job. The failure is [importjob.NotFound] if the service has no record of it.
func (c *Client) ReadJob(ctx context.Context, id importjob.ID) (importjob.Job, error) {
	return send(ctx, c, c.api.readCall(id), decodeData(func(data responseData) (importjob.Job, error) {
		job, err := c.api.decodeJob(data)
		if got := strict(data.object, "jobId", asText); got != nil && *got != id.JobID {
			err = fmt.Errorf("about another job, %q", data.masker.line(*got, maxExcerpt))
		}
		return job, err
	}))
}

// stateNamed returns the known state with a name, in upper or lower case, or another one that is safe
// to show. Decisions need only the known ones.
func stateNamed(name string, m masker) importjob.State {
	for _, known := range importjob.States() {
		if strings.EqualFold(name, string(known)) {
			return known
		}
	}
	shown := importjob.State(strings.ToLower(m.line(name, maxExcerpt)))
	if slices.Contains(importjob.States(), shown) {
		return importjob.State(strconv.Quote(string(shown))) // only what is shown is equal
	}
	return shown
}

// decodeProgress decodes the fields that both versions of the API have.
func decodeProgress(data responseData, reason *string) importjob.Progress {
	name := lenient(data.object, "fileName", asText)
	return importjob.Progress{
		FileName:     data.masker.text(name),
		RawFileName:  name,
		FileSize:     lenient(data.object, "fileSize", asInteger),
		CompleteTime: data.masker.nonEmpty(lenient(data.object, "completeTime", asText)),
		Reason:       data.masker.nonEmpty(reason),
	}
}

func collectionName(data responseData) *string {
	return data.masker.text(lenient(data.object, "collectionName", asText))
}

// failedFileReason gives a failed job without a reason that of a file.
func failedFileReason(job *importjob.Job, file importjob.Progress) {
	if job.Reason != nil || file.Reason == nil {
		return
	}
	reason := *file.Reason
	if file.FileName != nil {
		reason = *file.FileName + ": " + reason
	}
	job.Reason = &reason
}

// clampPercent limits a percentage to 0 to 100 and removes rounding errors: 0.29*100 is less than 29.
func clampPercent(percent float64) *float64 {
	percent = math.Round(min(max(percent, 0), 100)*1e6) / 1e6
	return &percent
}

// pageSize is the number of jobs to request per page, which is the maximum (documented).
const pageSize = 100

// JobFilter selects jobs of a cluster.
type JobFilter struct {
	ClusterID string
	// CollectionName selects the jobs of one collection. If empty, all are selected. With V2, the service
	// filters the list, and can resolve an alias (inferred).
	CollectionName string
	// DBName selects a database. If empty, it is the default database. V1 ignores it.
	DBName string
}

// ErrNoCollectionName is the error of a list that can't be filtered by collection.
var ErrNoCollectionName = errors.New("the list of jobs does not name the collection of each job, so it can't be " +
	"filtered by collection_name")

// JobPage reads one page of the list of jobs. The first page is 1. The newest job comes first (recorded).
// An error is one of those of a [Client], or [ErrNoCollectionName] if the filter can't be applied.
func (c *Client) JobPage(ctx context.Context, f JobFilter, page int) (importjob.Page, error) {
	decode := func(data responseData) (importjob.Page, error) { return c.decodePage(data, f.CollectionName, page) }
	result, err := send(ctx, c, c.api.listCall(f, page), decodeData(decode))
	if errors.Is(err, ErrNoCollectionName) {
		return importjob.Page{}, ErrNoCollectionName // a malformed response would be transient
	}
	return result, err
}

// decodePage decodes a page of the list of jobs, and selects those of a collection unless its name is
// empty or the service has done so. The jobs are in tasks with API v1, and in records with API v2 and
// older versions of API v1 (documented).
func (c *Client) decodePage(data responseData, collection string, number int) (importjob.Page, error) {
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
		listed = &[]*object{}
	}
	if number == 1 && len(*listed) == 0 && page.Count != nil && *page.Count > 0 {
		return page, errors.New("the first page of the list is empty, but counts jobs")
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
			job.State = c.api.stateOf(*state, data.masker)
		}
		page.Jobs = append(page.Jobs, job)
	}
	return page, nil
}

// The calls of the second phase of an import that was started with KeepUncommitted (documented by the
// references of Zilliz's SDKs, not by the pages of the REST API).
const (
	commitPathV2 = "/v2/vectordb/jobs/import/commit"
	abortPathV2  = "/v2/vectordb/jobs/import/abort"
)

// errRequiresV2 is the error of a call that V1 does not have.
var errRequiresV2 = errors.New("API v1 does not have this call")

// CommitJob commits a job. A commit is final, and all or nothing. V2 only.
func (c *Client) CommitJob(ctx context.Context, id importjob.ID) error {
	return c.postJob(ctx, commitPathV2, id)
}

// AbortJob aborts a job, which discards what it has imported. V2 only.
func (c *Client) AbortJob(ctx context.Context, id importjob.ID) error {
	return c.postJob(ctx, abortPathV2, id)
}

// postJob sends a call about a job. The data of its response is not used.
func (c *Client) postJob(ctx context.Context, path string, id importjob.ID) error {
	call, err := c.api.phaseCall(path, id)
	if err == nil {
		_, err = send(ctx, c, call, response.data)
	}
	return err
}
