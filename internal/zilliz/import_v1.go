package zilliz

import (
	"errors"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

const (
	readPathV1  = "/v1/vector/collections/import/get"
	listPathV1  = "/v1/vector/collections/import/list"
	startPathV1 = "/v1/vector/collections/import"
)

// apiV1 is version 1 of the API. Zilliz has announced its end, without a date (documented).
type apiV1 struct{}

// host returns the host on the page "Get import progress" of Zilliz's documentation.
func (apiV1) host(region string) string { return "controller.api." + region + ".zillizcloud.com" }

func (apiV1) readCall(id importjob.ID) apiCall {
	query := url.Values{"jobId": {id.JobID}, "clusterId": {id.ClusterID}}
	return apiCall{method: http.MethodGet, path: readPathV1, query: query}
}

// listCall does not filter by collection, which API v1 can't do.
func (apiV1) listCall(f JobFilter, page int) apiCall {
	query := url.Values{
		"clusterId":   {f.ClusterID},
		"pageSize":    {strconv.Itoa(pageSize)},
		"currentPage": {strconv.Itoa(page)},
	}
	return apiCall{method: http.MethodGet, path: listPathV1, query: query}
}

// stateOf removes the prefix "Import" that states have in the list (recorded).
func (apiV1) stateOf(name string, m masker) importjob.State {
	const prefix = "Import"
	if len(name) > len(prefix) && strings.EqualFold(name[:len(prefix)], prefix) && !strings.EqualFold(name, "importing") {
		name = name[len(prefix):]
	}
	if strings.EqualFold(name, "running") {
		return importjob.StateImporting
	}
	return stateNamed(name, m)
}

func (apiV1) startCall(i Import) apiCall {
	body := struct {
		ClusterID      string `json:"clusterId"`
		CollectionName string `json:"collectionName"`
		PartitionName  string `json:"partitionName,omitempty"`
		ObjectURL      string `json:"objectUrl"`
		AccessKey      string `json:"accessKey,omitempty"`
		SecretKey      string `json:"secretKey,omitempty"`
	}{i.ClusterID, i.CollectionName, i.PartitionName, i.ObjectURLs[0], i.AccessKey, i.SecretKey}
	return apiCall{method: http.MethodPost, path: startPathV1, body: body}
}

func (apiV1) phaseCall(string, importjob.ID) (apiCall, error) { return apiCall{}, errRequiresV2 }

// decodeJob decodes the progress of a job. Any field can be null or missing: older servers return only
// fileName, fileSize, readyPercentage, completeTime and errorMessage (documented). There is no state: an
// import has failed if it or a file has an error message, and has completed if its percentage is full.
func (apiV1) decodeJob(data responseData) (importjob.Job, error) {
	ready := strict(data.object, "readyPercentage", asNumber)
	progress, ambiguous := progressV1(data, ready)
	details := strict(data.object, "details", asObjects)
	job := importjob.Job{
		Progress: progress, Ambiguous: ambiguous, ReadyPercentage: ready, CollectionName: collectionName(data),
	}
	if ready != nil && *ready > 100*(1+fullTolerance) {
		return job, errors.New("readyPercentage: must not exceed 100")
	}
	if details == nil {
		return job, nil
	}
	job.Files = make([]importjob.Progress, 0, len(*details))
	for _, detail := range *details {
		ready := lenient(detail, "readyPercentage", asNumber)
		file, _ := progressV1(responseData{detail, data.response}, ready)
		if detail.err != nil {
			return job, detail.err
		}
		job.Files = append(job.Files, file)
		switch {
		case file.State == importjob.StateFailed:
			job.State, job.Ambiguous = importjob.StateFailed, false
			failedFileReason(&job, file)
		case job.State == importjob.StateCompleted && file.ProgressPercent != nil && *file.ProgressPercent < 100:
			job.State, job.Ambiguous, job.ProgressPercent = importjob.StateImporting, true, nil
		}
	}
	return job, nil
}

// progressV1 decodes a progress, and reports whether its state is ambiguous. A percentage is on a
// scale of 0 to 1 (recorded) or of 0 to 100 (documented), and only a number above 1 shows which. So 1
// is ambiguous unless the completion time proves the end.
func progressV1(data responseData, ready *float64) (p importjob.Progress, ambiguous bool) {
	p = decodeProgress(data, strict(data.object, "errorMessage", asText))
	p.State = importjob.StateImporting
	completeTime := lenient(data.object, "completeTime", asText)
	switch {
	case ready == nil:
	case isFull(*ready, 100), isFull(*ready, 1) && provesEnd(completeTime, data.date()):
		p.State, p.ProgressPercent = importjob.StateCompleted, clampPercent(100)
	case isFull(*ready, 1):
		ambiguous = true
	case *ready > 1:
		p.ProgressPercent = clampPercent(*ready)
	default:
		p.ProgressPercent = clampPercent(*ready * 100)
	}
	if p.Reason != nil {
		p.State, ambiguous = importjob.StateFailed, false
	}
	return p, ambiguous
}

// fullTolerance is the relative rounding error of a full percentage.
const fullTolerance = 1e-9

func isFull(ready, full float64) bool { return math.Abs(ready/full-1) <= fullTolerance }

// provesEnd reports whether a completion time can only be that of a completed import: a timestamp that is
// not in the future of the response. Documentation also has durations in milliseconds, and estimates.
func provesEnd(completeTime *string, date time.Time) bool {
	if completeTime == nil {
		return false
	}
	t, err := time.Parse(time.RFC3339, *completeTime)
	// The Date header has whole seconds. A time in 1970 or earlier is a zero time, or a duration.
	return err == nil && t.UTC().Year() > 1970 && !t.Truncate(time.Second).After(date)
}
