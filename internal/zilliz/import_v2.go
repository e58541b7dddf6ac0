package zilliz

import (
	"context"
	"net/http"
	"strings"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

const (
	// getProgress and get_progress, older names of this call, are deprecated
	// (documented).
	progressPathV2 = "/v2/vectordb/jobs/import/describe"
	listPathV2     = "/v2/vectordb/jobs/import/list"
	startPathV2    = "/v2/vectordb/jobs/import/create"
)

// apiV2 is version 2 of the API, which Milvus serves too (documented).
type apiV2 struct{}

func (apiV2) needsRegion() bool          { return false }
func (apiV2) deprecated() bool           { return false }
func (apiV2) host(region string) string  { return hostV2(region) }
func (apiV2) otherHosts(string) []string { return nil }
func (apiV2) filtersJobs() bool          { return true }

func (apiV2) reader(c *Client, id importjob.ID) importjob.Reader {
	return readerV2{client: c, id: id}
}

func (apiV2) listCall(f JobFilter, page int) apiCall {
	body := struct {
		ClusterID      string `json:"clusterId"`
		CollectionName string `json:"collectionName,omitempty"`
		DBName         string `json:"dbName,omitempty"`
		PageSize       int    `json:"pageSize"`
		CurrentPage    int    `json:"currentPage"`
	}{f.ClusterID, f.CollectionName, f.DBName, pageSize, page}
	return apiCall{method: http.MethodPost, path: listPathV2, body: body}
}

func (apiV2) listState(name string) importjob.State { return stateV2(name) }

func (apiV2) startCall(i Import) apiCall {
	body := struct {
		ClusterID      string     `json:"clusterId"`
		DBName         string     `json:"dbName,omitempty"`
		CollectionName string     `json:"collectionName"`
		PartitionName  string     `json:"partitionName,omitempty"`
		ObjectURLs     [][]string `json:"objectUrls,omitempty"`
		VolumeName     string     `json:"volumeName,omitempty"`
		DataPaths      [][]string `json:"dataPaths,omitempty"`
		AccessKey      string     `json:"accessKey,omitempty"`
		SecretKey      string     `json:"secretKey,omitempty"`
		Token          string     `json:"token,omitempty"`
	}{
		i.ClusterID, i.DBName, i.CollectionName, i.PartitionName, i.ObjectURLs,
		i.VolumeName, i.DataPaths, i.AccessKey, i.SecretKey, i.SessionToken,
	}
	return apiCall{method: http.MethodPost, path: startPathV2, body: body, secrets: i.secrets()}
}

// stateV2 returns a state in lower case. InProgress is another name of Importing
// (documented).
func stateV2(name string) importjob.State {
	name = strings.ToLower(name)
	if name == "inprogress" {
		return importjob.StateImporting
	}
	return importjob.State(name)
}

// progressV2 is the response with the progress of a job. Any field can be null or
// missing.
type progressV2 struct {
	fileV2
	CollectionName text               `json:"collectionName"`
	JobID          text               `json:"jobId"`
	TotalRows      integer            `json:"totalRows"`
	ImportedRows   integer            `json:"importedRows"`
	Details        objectList[fileV2] `json:"details"`
}

// fileV2 has the fields that a job and its files have in common.
type fileV2 struct {
	FileName     text       `json:"fileName"`
	FileSize     integer    `json:"fileSize"`
	State        strictText `json:"state"`
	Progress     number     `json:"progress"`
	CompleteTime text       `json:"completeTime"`
	Reason       text       `json:"reason"`
}

// readerV2 reads one job with API v2.
type readerV2 struct {
	client *Client
	id     importjob.ID
}

// Read implements [importjob.Reader]. Only the state decides whether the import has
// completed: progress can reach 100 earlier, and can fall.
func (r readerV2) Read(ctx context.Context, sent func()) (importjob.Job, error) {
	body := struct {
		JobID     string `json:"jobId"`
		ClusterID string `json:"clusterId"`
	}{r.id.JobID, r.id.ClusterID}
	call := apiCall{method: http.MethodPost, path: progressPathV2, body: body}
	progress, err := send(ctx, r.client, call, sent,
		func(p progressV2) error { return r.client.checkJobID(r.id, p.JobID) })
	if err != nil {
		return importjob.Job{}, err
	}
	return r.job(progress), nil
}

func (r readerV2) job(progress progressV2) importjob.Job {
	common := r.file(progress.fileV2)
	job := importjob.Job{
		State:           common.State,
		ProgressPercent: common.ProgressPercent,
		FileName:        common.FileName,
		CollectionName:  r.client.masked(progress.CollectionName.value),
		FileSize:        common.FileSize,
		CompleteTime:    common.CompleteTime,
		ErrorMessage:    common.ErrorMessage,
		TotalRows:       progress.TotalRows.value,
		ImportedRows:    progress.ImportedRows.value,
	}
	if progress.Details != nil {
		job.Files = make([]importjob.File, 0, len(progress.Details))
	}
	for _, detail := range progress.Details {
		file := r.file(detail)
		job.Files = append(job.Files, file)
		if job.State.Phase() == importjob.Failed {
			addReason(&job, file)
		}
	}
	return job
}

// file converts the fields that a job and its files have in common.
func (r readerV2) file(f fileV2) importjob.File {
	file := importjob.File{
		FileName:     r.client.masked(f.FileName.value),
		FileSize:     f.FileSize.value,
		CompleteTime: r.client.maskedNonEmpty(f.CompleteTime.value),
	}
	if f.State.value != nil {
		file.State = stateV2(r.client.keyMasker().printable(*f.State.value, maxExcerpt))
	}
	if f.Progress.value != nil {
		file.ProgressPercent = clampPercent(*f.Progress.value)
	}
	// A reason can also be a note on an import that has not failed.
	if file.State.Phase() == importjob.Failed {
		file.ErrorMessage = r.client.maskedNonEmpty(f.Reason.value)
	}
	return file
}
