package zillizsim

import (
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

func (s *Server) registerV1() {
	v1 := version{success: 200, badKey: codeV1BadKey}
	s.routes["/v1/vector/collections/import/get"] = route{method: http.MethodGet, version: v1, handle: s.v1Progress}
	s.routes["/v1/vector/collections/import/list"] = route{method: http.MethodGet, version: v1, handle: s.v1List}
	s.routes["/v1/vector/collections/import"] = route{method: http.MethodPost, version: v1, handle: s.v1Start, starts: true}
}

// v1File is a file, and the whole body of the oldest service.
type v1File struct {
	FileName        string  `json:"fileName"`
	FileSize        int64   `json:"fileSize"`
	ReadyPercentage float64 `json:"readyPercentage"`
	CompleteTime    *string `json:"completeTime"`
	ErrorMessage    *string `json:"errorMessage"`
}

// v1Job has its fields in the order of the recorded bodies.
type v1Job struct {
	CollectionName string `json:"collectionName"`
	v1File
	JobID   string   `json:"jobId"`
	Details []v1File `json:"details"`
}

func (s *Server) v1Progress(r *http.Request) (any, *refusal) {
	q, ok := query(r, "clusterId", "jobId")
	if !ok {
		return nil, refuse(codeBadParameter)
	}
	now := s.options.Clock()
	job, refused := s.readableJob(q.Get("clusterId"), q.Get("jobId"), now)
	if refused != nil {
		return nil, refused
	}
	whole, files := job.statusAt(now)
	body := v1Job{
		CollectionName: job.CollectionName,
		v1File:         job.v1File(job.wholeFile(), whole),
		JobID:          job.ID,
		Details:        []v1File{},
	}
	if job.FiveFields {
		return body.v1File, nil
	}
	for _, f := range job.Files {
		body.Details = append(body.Details, job.v1File(f, files))
	}
	return body, nil
}

func (j Job) v1File(f File, st status) v1File {
	file := v1File{
		FileName:        f.Name,
		FileSize:        f.Size,
		ReadyPercentage: st.progress,
		CompleteTime:    timeOrNull(st.completed),
	}
	if st.state != stateCompleted {
		// v1 has no state: a full percentage means completed.
		file.ReadyPercentage = min(file.ReadyPercentage, almostCompleted)
	}
	if j.Percent {
		file.ReadyPercentage = math.Round(file.ReadyPercentage*1e8) / 1e6 // 29, not 28.999999999999996
	}
	if st.reason != "" {
		file.ErrorMessage = &st.reason
	}
	return file
}

func (s *Server) v1List(r *http.Request) (any, *refusal) {
	q, ok := query(r, "clusterId", "pageSize", "currentPage")
	if !ok {
		return nil, refuse(codeBadParameter)
	}
	clusterID := q.Get("clusterId")
	size, page := queryNumber(q, "pageSize", defaultPageSize), queryNumber(q, "currentPage", 1)
	if refused := s.checkCluster(clusterID, checkPage(size, page)); refused != nil {
		return nil, refused
	}
	now := s.options.Clock()
	var tasks []listEntry
	for _, j := range s.jobs(clusterID, "", "", now) {
		whole, _ := j.statusAt(now)
		tasks = append(tasks, s.listEntry(j, v1State(whole.state)))
	}
	key := "tasks"
	if s.options.LegacyList {
		key = "records"
	}
	return s.listPage(tasks, size, page, key), nil
}

// v1State returns the name of a state in v1's list. Those of completed and failed
// jobs are recorded, the others documented.
func v1State(v2 string) string {
	switch v2 {
	case statePending, stateCompleted, stateFailed:
		return "Import" + v2
	}
	return "ImportRunning"
}

// query parses the query and ignores unknown parameters, as the service does
// (inferred). It reports false for a query that is malformed or has one of the
// known parameters twice.
func query(r *http.Request, known ...string) (url.Values, bool) {
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, false
	}
	for name, values := range q {
		if len(values) > 1 && slices.Contains(known, name) {
			return nil, false
		}
	}
	return q, true
}

// queryNumber returns 0, which no parameter allows, for what is not a number.
func queryNumber(q url.Values, name string, missing int) int {
	if !q.Has(name) {
		return missing
	}
	n, err := strconv.Atoi(q.Get(name))
	if err != nil {
		return 0
	}
	return n
}
