package zilliz

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

const (
	// progressPathV1 is the page "Get import progress" of Zilliz's documentation.
	progressPathV1 = "/v1/vector/collections/import/get"
	listPathV1     = "/v1/vector/collections/import/list"
)

// apiV1 is the version that the first page of documentation is about. Its end is
// announced, without a date.
type apiV1 struct{}

func (apiV1) needsRegion() bool                 { return true }
func (apiV1) deprecated() bool                  { return true }
func (apiV1) host(region string) string         { return hostV1(region) }
func (apiV1) otherHosts(region string) []string { return otherHostsV1(region) }

func (apiV1) reader(c *Client, id importjob.ID) importjob.Reader {
	return &readerV1{client: c, id: id}
}

// list can't leave the choice of a collection to the service: v1 does not offer it.
func (apiV1) list(clusterID, _ string, page int) question {
	return question{
		method: http.MethodGet,
		path:   listPathV1,
		query: url.Values{
			"clusterId":   {clusterID},
			"pageSize":    {strconv.Itoa(pageSize)},
			"currentPage": {strconv.Itoa(page)},
		},
	}
}

// importV1 is a job's progress as API v1 sends it. Older servers send the first
// five fields only, and any field can be null or missing.
type importV1 struct {
	fileV1
	CollectionName *string  `json:"collectionName"`
	Details        []fileV1 `json:"details"`
}

type fileV1 struct {
	FileName        *string `json:"fileName"`
	FileSize        integer `json:"fileSize"`
	ReadyPercentage float   `json:"readyPercentage"`
	CompleteTime    *string `json:"completeTime"`
	ErrorMessage    *string `json:"errorMessage"`
}

// readerV1 reads one job over API v1. It remembers which scale the percentages of
// the job are on, so one reader has to serve the whole of a wait.
type readerV1 struct {
	client *Client
	id     importjob.ID
	scale  scaleV1
}

// Read asks once for the job's progress.
func (r *readerV1) Read(ctx context.Context) (importjob.Job, error) {
	answer, err := ask[importV1](ctx, r.client, question{
		method: http.MethodGet,
		path:   progressPathV1,
		query:  url.Values{"jobId": {r.id.JobID}, "clusterId": {r.id.ClusterID}},
	})
	if err != nil {
		return importjob.Job{}, err
	}
	r.scale.observe(answer)
	return r.job(answer), nil
}

func (r *readerV1) job(answer importV1) importjob.Job {
	whole := r.file(answer.fileV1)
	job := importjob.Job{
		State:           whole.State,
		ProgressPercent: whole.ProgressPercent,
		ReadyPercentage: answer.ReadyPercentage.value,
		FileName:        whole.FileName,
		CollectionName:  r.client.text(answer.CollectionName),
		FileSize:        whole.FileSize,
		CompleteTime:    whole.CompleteTime,
		ErrorMessage:    whole.ErrorMessage,
	}
	if answer.Details != nil {
		job.Files = make([]importjob.File, 0, len(answer.Details))
	}
	for _, detail := range answer.Details {
		file := r.file(detail)
		job.Files = append(job.Files, file)
		if file.State == importjob.StateFailed {
			fail(&job, file)
		}
	}
	return job
}

// fail marks a job as failed whose only sign of it is a file's error message.
func fail(job *importjob.Job, file importjob.File) {
	job.State = importjob.StateFailed
	if job.ErrorMessage != nil {
		return
	}
	message := *file.ErrorMessage
	if file.FileName != nil {
		message = *file.FileName + ": " + message
	}
	job.ErrorMessage = &message
}

// file reads what job and file have in common. API v1 has no state: an error
// message says failed, a full percentage completed, and everything else importing.
func (r *readerV1) file(answer fileV1) importjob.File {
	file := importjob.File{
		FileName:        r.client.text(answer.FileName),
		FileSize:        answer.FileSize.value,
		ProgressPercent: r.scale.percent(answer.ReadyPercentage.value),
		State:           importjob.StateImporting,
		CompleteTime:    r.client.text(answer.CompleteTime),
		ErrorMessage:    r.client.message(answer.ErrorMessage),
	}
	switch {
	case file.ErrorMessage != nil:
		file.State = importjob.StateFailed
	case r.scale.full(answer.ReadyPercentage.value):
		file.State = importjob.StateCompleted
	}
	return file
}

// scaleV1 knows whether percentages come as 0 to 1, as in every recording, or as
// 0 to 100, as the documentation's word for them and one client library have it.
// A number over 1 proves the latter, for this answer and all later ones.
type scaleV1 struct{ hundred bool }

func (s *scaleV1) observe(answer importV1) {
	s.hundred = s.hundred || overOne(answer.ReadyPercentage)
	for _, detail := range answer.Details {
		s.hundred = s.hundred || overOne(detail.ReadyPercentage)
	}
}

func overOne(f float) bool { return f.value != nil && *f.value > 1 }

// full tells whether a percentage is exactly the end of its scale. More than that
// is no percentage, and never proof that an import is complete.
func (s *scaleV1) full(ready *float64) bool {
	return ready != nil && *ready == s.top()
}

// percent returns a percentage on the scale of 0 to 100.
func (s *scaleV1) percent(ready *float64) *float64 {
	if ready == nil {
		return nil
	}
	return clampPercent(*ready / s.top() * 100)
}

func (s *scaleV1) top() float64 {
	if s.hundred {
		return 100
	}
	return 1
}
