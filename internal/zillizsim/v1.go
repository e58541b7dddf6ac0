package zillizsim

import (
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

func (s *Server) registerV1() {
	v1 := api{success: 200, badKey: codeV1BadKey}
	s.routes["/v1/vector/collections/import/get"] = route{http.MethodGet, v1, s.v1Progress}
	s.routes["/v1/vector/collections/import/list"] = route{http.MethodGet, v1, s.v1List}
}

// v1File is a file, and the whole body of the oldest service.
type v1File struct {
	FileName        string  `json:"fileName"`
	FileSize        int64   `json:"fileSize"`
	ReadyPercentage float64 `json:"readyPercentage"`
	CompleteTime    *string `json:"completeTime"`
	ErrorMessage    *string `json:"errorMessage"`
}

// v1Job has the fields in the order of the recorded bodies.
type v1Job struct {
	CollectionName string `json:"collectionName"`
	v1File
	JobID   string   `json:"jobId"`
	Details []v1File `json:"details"`
}

func (s *Server) v1Progress(r *http.Request) (any, int) {
	q, ok := strictQuery(r, "clusterId", "jobId")
	if !ok {
		return nil, codeBadParameter
	}
	now := s.options.Clock()
	job, code := s.find(q.Get("clusterId"), q.Get("jobId"), now)
	if code != 0 {
		return nil, code
	}
	whole, files := job.at(now)
	body := v1Job{
		CollectionName: job.CollectionName,
		v1File:         job.v1File(job.file(), whole),
		JobID:          job.ID,
		Details:        []v1File{},
	}
	for _, f := range job.Files {
		body.Details = append(body.Details, job.v1File(f, files))
	}
	if job.FiveFields {
		return body.v1File, 0
	}
	return body, 0
}

func (j Job) v1File(f File, st status) v1File {
	file := v1File{
		FileName:        f.Name,
		FileSize:        f.Size,
		ReadyPercentage: st.progress,
		CompleteTime:    timeOrNull(st.completed),
	}
	if j.Percent {
		file.ReadyPercentage = math.Round(st.progress*1e8) / 1e6 // 29, not 28.999999999999996
	}
	if st.reason != "" {
		file.ErrorMessage = &st.reason
	}
	return file
}

func (s *Server) v1List(r *http.Request) (any, int) {
	q, ok := strictQuery(r, "clusterId", "pageSize", "currentPage")
	if !ok {
		return nil, codeBadParameter
	}
	clusterID := q.Get("clusterId")
	size, page := number(q, "pageSize", defaultPageSize), number(q, "currentPage", 1)
	if code := s.check(clusterID, checkPage(size, page)); code != 0 {
		return nil, code
	}
	now := s.options.Clock()
	var tasks []listed
	for _, j := range s.jobs(clusterID, now) {
		whole, _ := j.at(now)
		tasks = append(tasks, listed{j.CollectionName, j.ID, v1State(whole.state)})
	}
	key := "tasks"
	if s.options.LegacyList {
		key = "records"
	}
	return pageOf(tasks, size, page, key), 0
}

// v1State gives the names that v1's list has for states: Completed and Failed
// are recorded, Running is documented.
func v1State(v2 string) string {
	switch v2 {
	case statePending, stateCompleted, stateFailed:
		return "Import" + v2
	}
	return "ImportRunning"
}

// strictQuery refuses what a client can only send by mistake: a query that does
// not parse, a parameter given twice, one that the endpoint does not have.
func strictQuery(r *http.Request, names ...string) (url.Values, bool) {
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, false
	}
	for name, values := range q {
		if len(values) != 1 || !slices.Contains(names, name) {
			return nil, false
		}
	}
	return q, true
}

// number is 0, which is out of every range here, for what is not a number.
func number(q url.Values, name string, missing int) int {
	if !q.Has(name) {
		return missing
	}
	n, err := strconv.Atoi(q.Get(name))
	if err != nil {
		return 0
	}
	return n
}
