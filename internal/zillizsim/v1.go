package zillizsim

import (
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

func (s *Server) registerV1() {
	v1 := responseCodes{success: 200, badKey: codeV1BadKey}
	s.routes["/v1/vector/collections/import/get"] = route{method: http.MethodGet, codes: v1, handle: s.v1Progress}
	s.routes["/v1/vector/collections/import/list"] = route{method: http.MethodGet, codes: v1, handle: s.v1List}
	s.routes["/v1/vector/collections/import"] = route{method: http.MethodPost, codes: v1, handle: s.v1Start, startsJob: true}
}

// v1File is a file in a v1 response. The oldest service sends one for the whole job.
type v1File struct {
	FileName        string  `json:"fileName"`
	FileSize        int64   `json:"fileSize"`
	ReadyPercentage float64 `json:"readyPercentage"`
	CompleteTime    *string `json:"completeTime"`
	ErrorMessage    *string `json:"errorMessage"`
}

// v1Job is a job in a v1 response, with the fields in the order of the recordings.
type v1Job struct {
	CollectionName string `json:"collectionName"`
	v1File
	JobID   string   `json:"jobId"`
	Details []v1File `json:"details"`
}

func (s *Server) v1Progress(r *http.Request) (any, *apiError) {
	query, ok := parseQuery(r, "clusterId", "jobId")
	if !ok {
		return nil, newError(codeBadParameter)
	}
	now := s.options.Clock()
	job, apiErr := s.jobInCluster(query.Get("clusterId"), query.Get("jobId"), now)
	if apiErr != nil {
		return nil, apiErr
	}
	overall, perFile := job.snapshotAt(now)
	body := v1Job{
		CollectionName: job.CollectionName,
		v1File:         newV1File(job.combinedFile(), overall, job.Percent),
		JobID:          job.ID,
		Details:        []v1File{},
	}
	if job.FiveFields {
		return body.v1File, nil
	}
	for _, f := range job.Files {
		body.Details = append(body.Details, newV1File(f, perFile, job.Percent))
	}
	return body, nil
}

func newV1File(f File, snap snapshot, percent bool) v1File {
	file := v1File{
		FileName:        f.Name,
		FileSize:        f.Size,
		ReadyPercentage: snap.progress,
		CompleteTime:    timeOrNull(snap.completedAt),
	}
	if snap.state != stateCompleted {
		// v1 has no state: a full percentage means completed.
		file.ReadyPercentage = min(file.ReadyPercentage, maxIncomplete)
	}
	if percent {
		file.ReadyPercentage = math.Round(file.ReadyPercentage*1e8) / 1e6 // 29, not 28.999999999999996
	}
	if snap.reason != "" {
		file.ErrorMessage = &snap.reason
	}
	return file
}

func (s *Server) v1List(r *http.Request) (any, *apiError) {
	query, ok := parseQuery(r, "clusterId", "pageSize", "currentPage")
	if !ok {
		return nil, newError(codeBadParameter)
	}
	clusterID := query.Get("clusterId")
	size, page := queryInt(query, "pageSize", defaultPageSize), queryInt(query, "currentPage", 1)
	if apiErr := s.checkCluster(clusterID, checkPage(size, page)); apiErr != nil {
		return nil, apiErr
	}
	now := s.options.Clock()
	var tasks []listEntry
	for _, j := range s.listJobs(clusterID, "", "", now) {
		overall, _ := j.snapshotAt(now)
		tasks = append(tasks, s.newListEntry(j, v1State(overall.state)))
	}
	key := "tasks"
	if s.options.LegacyList {
		key = "records"
	}
	return s.listPage(tasks, size, page, key), nil
}

// v1State returns the state in a v1 list for a state of v2. Those of completed and
// failed jobs are recorded, the others documented.
func v1State(v2 string) string {
	switch v2 {
	case statePending, stateCompleted, stateFailed:
		return "Import" + v2
	}
	return "ImportRunning"
}

// parseQuery parses the query and ignores unknown parameters, as the service does
// (inferred). It returns false if the query is malformed or has a known parameter
// more than once.
func parseQuery(r *http.Request, known ...string) (url.Values, bool) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, false
	}
	for name, values := range query {
		if len(values) > 1 && slices.Contains(known, name) {
			return nil, false
		}
	}
	return query, true
}

// queryInt returns an integer parameter. If it is not an integer, queryInt returns 0,
// which is valid for no parameter.
func queryInt(query url.Values, name string, defaultValue int) int {
	if !query.Has(name) {
		return defaultValue
	}
	n, err := strconv.Atoi(query.Get(name))
	if err != nil {
		return 0
	}
	return n
}
