package zilliz

import (
	"context"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

const (
	progressPathV1 = "/v1/vector/collections/import/get"
	listPathV1     = "/v1/vector/collections/import/list"
	startPathV1    = "/v1/vector/collections/import"
)

// apiV1 is version 1 of the API. Zilliz has announced its end, without a date
// (documented).
type apiV1 struct{}

func (apiV1) needsRegion() bool                 { return true }
func (apiV1) deprecated() bool                  { return true }
func (apiV1) host(region string) string         { return hostV1(region) }
func (apiV1) otherHosts(region string) []string { return otherHostsV1(region) }
func (apiV1) filtersJobs() bool                 { return false }

func (apiV1) reader(c *Client, id importjob.ID) importjob.Reader {
	return &readerV1{client: c, id: id}
}

func (apiV1) listCall(f JobFilter, page int) apiCall {
	return apiCall{
		method: http.MethodGet,
		path:   listPathV1,
		query: url.Values{
			"clusterId":   {f.ClusterID},
			"pageSize":    {strconv.Itoa(pageSize)},
			"currentPage": {strconv.Itoa(page)},
		},
	}
}

// listState removes the prefix "Import" that states have in the list (recorded), but not
// from "Importing".
func (apiV1) listState(name string) importjob.State {
	name = strings.ToLower(name)
	if suffix := strings.TrimPrefix(name, "import"); suffix != "ing" {
		name = suffix
	}
	if name == "running" {
		return importjob.StateImporting
	}
	return importjob.State(name)
}

func (apiV1) startCall(i Import) apiCall {
	body := struct {
		ClusterID      string `json:"clusterId"`
		CollectionName string `json:"collectionName"`
		PartitionName  string `json:"partitionName,omitempty"`
		ObjectURL      string `json:"objectUrl"`
		AccessKey      string `json:"accessKey,omitempty"`
		SecretKey      string `json:"secretKey,omitempty"`
	}{i.ClusterID, i.CollectionName, i.PartitionName, i.firstURL(), i.AccessKey, i.SecretKey}
	return apiCall{method: http.MethodPost, path: startPathV1, body: body, secrets: i.secrets()}
}

// progressV1 is the response with the progress of a job. Any field can be null or
// missing. Older servers return only those of fileV1 and ReadyPercentage (documented).
type progressV1 struct {
	fileV1
	// ReadyPercentage decides whether the import has completed.
	ReadyPercentage strictNumber         `json:"readyPercentage"`
	CollectionName  text                 `json:"collectionName"`
	JobID           text                 `json:"jobId"`
	Details         objectList[detailV1] `json:"details"`
}

// fileV1 has the fields that a job and its files have in common, except for
// readyPercentage, which is strict for a job only.
type fileV1 struct {
	FileName     text       `json:"fileName"`
	FileSize     integer    `json:"fileSize"`
	CompleteTime text       `json:"completeTime"`
	ErrorMessage strictText `json:"errorMessage"`
}

type detailV1 struct {
	fileV1
	ReadyPercentage number `json:"readyPercentage"`
}

// readerV1 reads one job with API v1. It remembers the scale of the job's percentages, so
// a wait must use one reader for all its polls.
type readerV1 struct {
	client *Client
	id     importjob.ID

	mu    sync.Mutex
	scale scaleV1
}

// Read implements [importjob.Reader].
func (r *readerV1) Read(ctx context.Context, sent func()) (importjob.Job, error) {
	call := apiCall{
		method: http.MethodGet,
		path:   progressPathV1,
		query:  url.Values{"jobId": {r.id.JobID}, "clusterId": {r.id.ClusterID}},
	}
	progress, err := send(ctx, r.client, call, sent,
		func(p progressV1) error { return r.client.checkJobID(r.id, p.JobID) })
	if err != nil {
		return importjob.Job{}, err
	}
	return r.job(progress, r.updateScale(progress)), nil
}

func (r *readerV1) updateScale(progress progressV1) scaleV1 {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.scale.update(progress.ReadyPercentage.value)
	for _, detail := range progress.Details {
		r.scale.update(detail.ReadyPercentage.value)
	}
	return r.scale
}

func (r *readerV1) job(progress progressV1, scale scaleV1) importjob.Job {
	ready := progress.ReadyPercentage.value
	common := r.file(progress.fileV1, ready, scale)
	job := importjob.Job{
		State:           common.State,
		ProgressPercent: common.ProgressPercent,
		ReadyPercentage: ready,
		FileName:        common.FileName,
		CollectionName:  r.client.masked(progress.CollectionName.value),
		FileSize:        common.FileSize,
		CompleteTime:    common.CompleteTime,
		ErrorMessage:    common.ErrorMessage,
	}
	job.Unconfirmed = job.State == importjob.StateCompleted && job.CompleteTime == nil && scale == scaleUnknown
	if progress.Details != nil {
		job.Files = make([]importjob.File, 0, len(progress.Details))
	}
	for _, detail := range progress.Details {
		file := r.file(detail.fileV1, detail.ReadyPercentage.value, scale)
		job.Files = append(job.Files, file)
		if file.State == importjob.StateFailed {
			setFailed(&job, file)
		}
	}
	return job
}

// setFailed marks a job as failed because of a file.
func setFailed(job *importjob.Job, file importjob.File) {
	job.State = importjob.StateFailed
	job.Unconfirmed = false
	addReason(job, file)
}

// addReason gives a failed job without an error message that of a file.
func addReason(job *importjob.Job, file importjob.File) {
	if job.ErrorMessage != nil || file.ErrorMessage == nil {
		return
	}
	message := *file.ErrorMessage
	if file.FileName != nil {
		message = *file.FileName + ": " + message
	}
	job.ErrorMessage = &message
}

// file converts the fields that a job and its files have in common. API v1 has no state:
// an import has failed if it has an error message, and otherwise has completed if its
// percentage is full.
func (r *readerV1) file(f fileV1, ready *float64, scale scaleV1) importjob.File {
	file := importjob.File{
		FileName:        r.client.masked(f.FileName.value),
		FileSize:        f.FileSize.value,
		ProgressPercent: scale.percent(ready),
		State:           importjob.StateImporting,
		CompleteTime:    r.client.maskedNonEmpty(f.CompleteTime.value),
		ErrorMessage:    r.client.maskedNonEmpty(f.ErrorMessage.value),
	}
	switch {
	case file.ErrorMessage != nil:
		file.State = importjob.StateFailed
	case scale.full(ready):
		file.State = importjob.StateCompleted
	}
	return file
}

// scaleV1 is the scale of a job's percentages: 0 to 1 (recorded), or 0 to 100 (inferred
// from the documentation and a client library).
type scaleV1 int

const (
	scaleUnknown scaleV1 = iota
	scaleOne
	scaleHundred
)

const (
	// fullTolerance is the relative rounding error of a full percentage.
	fullTolerance = 1e-9
	// scaleThreshold is the percentage above which the scale is 0 to 100.
	scaleThreshold = 1.01
)

// update updates the scale with a percentage. One above scaleThreshold sets it to
// scaleHundred for good. One between 0 and 1 sets it to scaleOne if it is unknown.
func (s *scaleV1) update(ready *float64) {
	switch {
	case ready == nil:
	case *ready > scaleThreshold:
		*s = scaleHundred
	case *s == scaleUnknown && *ready > 0 && *ready < 1-fullTolerance:
		*s = scaleOne
	}
}

// full reports whether a percentage is the end of its scale. A larger number is invalid,
// and does not mean that the import has completed.
func (s scaleV1) full(ready *float64) bool {
	return ready != nil && math.Abs(*ready/s.end()-1) <= fullTolerance
}

// percent converts a percentage to the scale of 0 to 100.
func (s scaleV1) percent(ready *float64) *float64 {
	if ready == nil {
		return nil
	}
	return clampPercent(*ready / s.end() * 100)
}

// end returns the percentage at the end of the scale. An unknown scale counts as 0 to 1.
func (s scaleV1) end() float64 {
	switch s {
	case scaleHundred:
		return 100
	case scaleOne, scaleUnknown:
		return 1
	default:
		return 1
	}
}
