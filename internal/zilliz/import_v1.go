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
	// progressPathV1 is on the page "Get import progress" of Zilliz's documentation.
	progressPathV1 = "/v1/vector/collections/import/get"
	listPathV1     = "/v1/vector/collections/import/list"
	startPathV1    = "/v1/vector/collections/import"
)

// apiV1 is API version 1. Its end is announced, without a date.
type apiV1 struct{}

func (apiV1) needsRegion() bool                 { return true }
func (apiV1) deprecated() bool                  { return true }
func (apiV1) host(region string) string         { return hostV1(region) }
func (apiV1) otherHosts(region string) []string { return otherHostsV1(region) }
func (apiV1) filtersJobs() bool                 { return false }

func (apiV1) reader(c *Client, id importjob.ID) importjob.Reader {
	return &readerV1{client: c, id: id}
}

func (apiV1) listCall(f JobFilter, page int) call {
	return call{
		method: http.MethodGet,
		path:   listPathV1,
		query: url.Values{
			"clusterId":   {f.ClusterID},
			"pageSize":    {strconv.Itoa(pageSize)},
			"currentPage": {strconv.Itoa(page)},
		},
	}
}

// listState returns a state of the list, which has "Import" before each (recorded).
func (apiV1) listState(name string) importjob.State {
	name = strings.ToLower(name)
	if short := strings.TrimPrefix(name, "import"); short != "ing" {
		name = short
	}
	if name == "running" {
		return importjob.StateImporting
	}
	return importjob.State(name)
}

func (apiV1) startCall(i Import) call {
	body := struct {
		ClusterID      string `json:"clusterId"`
		CollectionName string `json:"collectionName"`
		PartitionName  string `json:"partitionName,omitempty"`
		ObjectURL      string `json:"objectUrl"`
		AccessKey      string `json:"accessKey,omitempty"`
		SecretKey      string `json:"secretKey,omitempty"`
	}{i.ClusterID, i.CollectionName, i.PartitionName, i.firstURL(), i.AccessKey, i.SecretKey}
	return call{method: http.MethodPost, path: startPathV1, body: body, secrets: i.secrets()}
}

// importV1 is a job's progress in API v1. Older servers return the first five fields
// only, and any field can be null or missing.
type importV1 struct {
	fileV1
	// ReadyPercentage decides about completion.
	ReadyPercentage strictNumber   `json:"readyPercentage"`
	CollectionName  text           `json:"collectionName"`
	JobID           text           `json:"jobId"`
	Details         list[detailV1] `json:"details"`
}

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

// readerV1 reads one job over API v1. It remembers which scale the job's percentages
// are on, so it must be used for the whole of a wait.
type readerV1 struct {
	client *Client
	id     importjob.ID

	mu    sync.Mutex
	scale scaleV1
}

// Read implements [importjob.Reader].
func (r *readerV1) Read(ctx context.Context, sent func()) (importjob.Job, error) {
	response, err := send(ctx, r.client, call{
		method: http.MethodGet,
		path:   progressPathV1,
		query:  url.Values{"jobId": {r.id.JobID}, "clusterId": {r.id.ClusterID}},
	}, sent, func(i importV1) error { return r.client.checkJobID(r.id, i.JobID) })
	if err != nil {
		return importjob.Job{}, err
	}
	return r.job(response, r.observeScale(response)), nil
}

func (r *readerV1) observeScale(response importV1) scaleV1 {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.scale.observe(response.ReadyPercentage.value)
	for _, detail := range response.Details {
		r.scale.observe(detail.ReadyPercentage.value)
	}
	return r.scale
}

func (r *readerV1) job(response importV1, scale scaleV1) importjob.Job {
	whole := r.file(response.fileV1, response.ReadyPercentage.value, scale)
	job := importjob.Job{
		State:           whole.State,
		ProgressPercent: whole.ProgressPercent,
		ReadyPercentage: response.ReadyPercentage.value,
		FileName:        whole.FileName,
		CollectionName:  r.client.text(response.CollectionName.value),
		FileSize:        whole.FileSize,
		CompleteTime:    whole.CompleteTime,
		ErrorMessage:    whole.ErrorMessage,
	}
	job.Unconfirmed = job.State == importjob.StateCompleted && job.CompleteTime == nil && scale == scaleUnknown
	if response.Details != nil {
		job.Files = make([]importjob.File, 0, len(response.Details))
	}
	for _, detail := range response.Details {
		file := r.file(detail.fileV1, detail.ReadyPercentage.value, scale)
		job.Files = append(job.Files, file)
		if file.State == importjob.StateFailed {
			fail(&job, file)
		}
	}
	return job
}

// fail marks a job as failed because of a file. The job keeps its own error message
// if it has one.
func fail(job *importjob.Job, file importjob.File) {
	job.State = importjob.StateFailed
	job.Unconfirmed = false
	if job.ErrorMessage != nil {
		return
	}
	message := *file.ErrorMessage
	if file.FileName != nil {
		message = *file.FileName + ": " + message
	}
	job.ErrorMessage = &message
}

// file reads what a job and a file have in common. API v1 has no state: with an
// error message the import has failed, with a full percentage it has completed.
func (r *readerV1) file(f fileV1, ready *float64, scale scaleV1) importjob.File {
	file := importjob.File{
		FileName:        r.client.text(f.FileName.value),
		FileSize:        f.FileSize.value,
		ProgressPercent: scale.percent(ready),
		State:           importjob.StateImporting,
		CompleteTime:    r.client.nonEmpty(f.CompleteTime.value),
		ErrorMessage:    r.client.nonEmpty(f.ErrorMessage.value),
	}
	switch {
	case file.ErrorMessage != nil:
		file.State = importjob.StateFailed
	case scale.full(ready):
		file.State = importjob.StateCompleted
	}
	return file
}

// scaleV1 is the scale of a job's percentages: 0 to 1, as in every recording, or 0
// to 100, as the documentation and one client library suggest.
type scaleV1 int

const (
	scaleUnknown scaleV1 = iota
	scaleOne
	scaleHundred
)

const (
	// fullTolerance is how far a full percentage can be off, as a part of it.
	fullTolerance = 1e-9
	// minHundred is the least percentage that is certain to be on the scale of 100.
	minHundred = 1.01
)

// observe learns from a percentage. More than 1 is on the scale of 100, for good; a
// fraction of 1 is taken for the scale of 1.
func (s *scaleV1) observe(ready *float64) {
	switch {
	case ready == nil:
	case *ready > minHundred:
		*s = scaleHundred
	case *s == scaleUnknown && *ready > 0 && *ready < 1-fullTolerance:
		*s = scaleOne
	}
}

// full reports whether a percentage is the end of its scale. More than that is no
// percentage, and no proof that an import has completed.
func (s scaleV1) full(ready *float64) bool {
	return ready != nil && math.Abs(*ready/s.top()-1) <= fullTolerance
}

// percent returns a percentage on the scale of 0 to 100.
func (s scaleV1) percent(ready *float64) *float64 {
	if ready == nil {
		return nil
	}
	return clampPercent(*ready / s.top() * 100)
}

func (s scaleV1) top() float64 {
	switch s {
	case scaleHundred:
		return 100
	case scaleOne, scaleUnknown:
		return 1
	default:
		return 1
	}
}
