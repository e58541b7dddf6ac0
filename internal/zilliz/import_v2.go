package zilliz

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

const (
	// getProgress and get_progress, older names of this call, are deprecated (documented).
	readPathV2  = "/v2/vectordb/jobs/import/describe"
	listPathV2  = "/v2/vectordb/jobs/import/list"
	startPathV2 = "/v2/vectordb/jobs/import/create"
)

// apiV2 is version 2 of the API, which Milvus serves too (documented).
type apiV2 struct{}

// host returns the host of a site, which serves all of its regions (documented). The region can be empty.
func (apiV2) host(region string) string {
	if strings.HasPrefix(region, "ali-") || strings.HasPrefix(region, "tc-") { // regions of the Chinese site
		return "api.cloud.zilliz.com.cn"
	}
	return "api.cloud.zilliz.com"
}

func (apiV2) readCall(id importjob.ID) apiCall { return jobCallV2(readPathV2, id) }

// jobCallV2 returns a call about one job.
func jobCallV2(path string, id importjob.ID) apiCall {
	body := struct {
		JobID     string `json:"jobId"`
		ClusterID string `json:"clusterId"`
		DBName    string `json:"dbName,omitempty"`
	}{id.JobID, id.ClusterID, id.DBName}
	return apiCall{method: http.MethodPost, path: path, dbName: id.DBName, body: body}
}

func (apiV2) listCall(f JobFilter, page int) apiCall {
	body := struct {
		ClusterID      string `json:"clusterId"`
		CollectionName string `json:"collectionName,omitempty"`
		DBName         string `json:"dbName,omitempty"`
		PageSize       int    `json:"pageSize"`
		CurrentPage    int    `json:"currentPage"`
	}{f.ClusterID, f.CollectionName, f.DBName, pageSize, page}
	return apiCall{method: http.MethodPost, path: listPathV2, dbName: f.DBName, body: body}
}

// stateOf knows that InProgress is another name of Importing (documented).
func (apiV2) stateOf(name string, m masker) importjob.State {
	if strings.EqualFold(name, "inprogress") {
		return importjob.StateImporting
	}
	return stateNamed(name, m)
}

func (apiV2) startCall(i Import) apiCall {
	body := struct {
		ClusterID      string            `json:"clusterId"`
		DBName         string            `json:"dbName,omitempty"`
		CollectionName string            `json:"collectionName"`
		PartitionName  string            `json:"partitionName,omitempty"`
		ObjectURLs     [][]string        `json:"objectUrls,omitempty"`
		VolumeName     string            `json:"volumeName,omitempty"`
		DataPaths      [][]string        `json:"dataPaths,omitempty"`
		AccessKey      string            `json:"accessKey,omitempty"`
		SecretKey      string            `json:"secretKey,omitempty"`
		Token          string            `json:"token,omitempty"`
		Options        map[string]string `json:"options,omitempty"` // as texts (documented)
	}{
		i.ClusterID, i.DBName, i.CollectionName, i.PartitionName, innerLists(i.ObjectURLs),
		i.VolumeName, innerLists(i.DataPaths), i.AccessKey, i.SecretKey, i.SessionToken, nil,
	}
	if i.KeepUncommitted {
		body.Options = map[string]string{"auto_commit": "false"}
	}
	return apiCall{method: http.MethodPost, path: startPathV2, dbName: i.DBName, body: body}
}

func (apiV2) phaseCall(path string, id importjob.ID) (apiCall, error) {
	return jobCallV2(path, id), nil
}

// innerLists returns each value in a list of its own. "Each list contains only one URL" (documented).
func innerLists(values []string) [][]string {
	var lists [][]string
	for _, value := range values {
		lists = append(lists, []string{value})
	}
	return lists
}

// decodeJob decodes the progress of a job. Only the state decides whether the import has completed:
// progress can reach 100 earlier, and can fall. The reason can be a note on one that has not failed.
func (apiV2) decodeJob(data responseData) (importjob.Job, error) {
	required(data.object, "jobId", asText)
	strict(data.object, "state", asText)
	job := importjob.Job{
		Progress:       progressV2(data),
		CollectionName: collectionName(data),
		TotalRows:      lenient(data.object, "totalRows", asCount),
		ImportedRows:   lenient(data.object, "importedRows", asCount),
	}
	details, err := field(data.object, "details", asObjects)
	switch {
	case errors.Is(err, errTooLarge):
		return job, fmt.Errorf("details: %w", err)
	case details == nil:
		return job, nil
	}
	job.Files = make([]importjob.Progress, 0, len(*details))
	for _, detail := range *details {
		file := progressV2(responseData{detail, data.response})
		job.Files = append(job.Files, file)
		if job.State == importjob.StateFailed && file.State == importjob.StateFailed {
			failedFileReason(&job, file)
		}
	}
	return job, nil
}

func progressV2(data responseData) importjob.Progress {
	p := decodeProgress(data, lenient(data.object, "reason", asText))
	if state := lenient(data.object, "state", asText); state != nil {
		p.State = apiV2{}.stateOf(*state, data.masker)
	}
	if progress := lenient(data.object, "progress", asNumber); progress != nil {
		p.ProgressPercent = clampPercent(*progress)
	}
	return p
}
