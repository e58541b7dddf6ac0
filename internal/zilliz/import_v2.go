package zilliz

import (
	"context"
	"net/http"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

const (
	// progressPathV2 is the path of the documentation. The SDKs use aliases of it.
	progressPathV2 = "/v2/vectordb/jobs/import/getProgress"
	listPathV2     = "/v2/vectordb/jobs/import/list"
)

// apiV2 is the version that Zilliz's SDKs use.
type apiV2 struct{}

func (apiV2) needsRegion() bool          { return false }
func (apiV2) deprecated() bool           { return false }
func (apiV2) host(region string) string  { return hostV2(region) }
func (apiV2) otherHosts(string) []string { return nil }

func (apiV2) reader(c *Client, id importjob.ID) importjob.Reader {
	return readerV2{client: c, id: id}
}

func (apiV2) list(clusterID, collectionName string, page int) question {
	return question{
		method: http.MethodPost,
		path:   listPathV2,
		body: struct {
			ClusterID      string `json:"clusterId"`
			CollectionName string `json:"collectionName,omitempty"`
			PageSize       int    `json:"pageSize"`
			CurrentPage    int    `json:"currentPage"`
		}{clusterID, collectionName, pageSize, page},
	}
}

// importV2 is a job's progress as API v2 sends it. Any field can be null or missing.
type importV2 struct {
	fileV2
	CollectionName *string  `json:"collectionName"`
	TotalRows      integer  `json:"totalRows"`
	ImportedRows   integer  `json:"importedRows"`
	Details        []fileV2 `json:"details"`
}

type fileV2 struct {
	FileName     *string `json:"fileName"`
	FileSize     integer `json:"fileSize"`
	State        *string `json:"state"`
	Progress     float   `json:"progress"`
	CompleteTime *string `json:"completeTime"`
	Reason       *string `json:"reason"`
}

// readerV2 reads one job over API v2.
type readerV2 struct {
	client *Client
	id     importjob.ID
}

// Read asks once for the job's progress. The state alone says how the import is:
// progress is no proof, and can even fall.
func (r readerV2) Read(ctx context.Context) (importjob.Job, error) {
	answer, err := ask[importV2](ctx, r.client, question{
		method: http.MethodPost,
		path:   progressPathV2,
		body: struct {
			JobID     string `json:"jobId"`
			ClusterID string `json:"clusterId"`
		}{r.id.JobID, r.id.ClusterID},
	})
	if err != nil {
		return importjob.Job{}, err
	}
	return r.job(answer), nil
}

func (r readerV2) job(answer importV2) importjob.Job {
	whole := r.file(answer.fileV2)
	job := importjob.Job{
		State:           whole.State,
		ProgressPercent: whole.ProgressPercent,
		FileName:        whole.FileName,
		CollectionName:  r.client.text(answer.CollectionName),
		FileSize:        whole.FileSize,
		CompleteTime:    whole.CompleteTime,
		ErrorMessage:    whole.ErrorMessage,
		TotalRows:       answer.TotalRows.value,
		ImportedRows:    answer.ImportedRows.value,
	}
	if answer.Details != nil {
		job.Files = make([]importjob.File, 0, len(answer.Details))
	}
	for _, detail := range answer.Details {
		job.Files = append(job.Files, r.file(detail))
	}
	return job
}

func (r readerV2) file(answer fileV2) importjob.File {
	file := importjob.File{
		FileName:     r.client.text(answer.FileName),
		FileSize:     answer.FileSize.value,
		State:        r.client.state(answer.State),
		CompleteTime: r.client.text(answer.CompleteTime),
		ErrorMessage: r.client.message(answer.Reason),
	}
	if answer.Progress.value != nil {
		file.ProgressPercent = clampPercent(*answer.Progress.value)
	}
	return file
}
