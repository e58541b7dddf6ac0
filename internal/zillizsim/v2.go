package zillizsim

import (
	"math"
	"net/http"
)

func (s *Server) registerV2() {
	v2 := api{success: 0, badKey: codeV2BadKey}
	// getProgress is documented; the others are what Zilliz's own clients call.
	for _, name := range []string{"getProgress", "describe", "get_progress"} {
		s.routes["/v2/vectordb/jobs/import/"+name] = route{http.MethodPost, v2, s.v2Progress}
	}
	s.routes["/v2/vectordb/jobs/import/list"] = route{http.MethodPost, v2, s.v2List}
}

type v2File struct {
	FileName     string  `json:"fileName"`
	FileSize     int64   `json:"fileSize"`
	State        string  `json:"state"`
	Progress     int     `json:"progress"` // 0 to 100
	CompleteTime *string `json:"completeTime"`
	Reason       string  `json:"reason"`
}

// v2Job has the fields in the order of the documentation.
type v2Job struct {
	JobID          string `json:"jobId"`
	CollectionName string `json:"collectionName"`
	v2File
	TotalRows    int64    `json:"totalRows"`
	ImportedRows int64    `json:"importedRows"`
	Details      []v2File `json:"details"`
}

func (s *Server) v2Progress(r *http.Request) (any, int) {
	var clusterID, jobID string
	if object(readBody(r), fields{"clusterId": &clusterID, "jobId": &jobID}) != nil {
		return nil, codeBadParameter
	}
	now := s.options.Clock()
	job, code := s.find(clusterID, jobID, now)
	if code != 0 {
		return nil, code
	}
	whole, files := job.at(now)
	body := v2Job{
		JobID:          job.ID,
		CollectionName: job.CollectionName,
		v2File:         newV2File(job.file(), whole),
		TotalRows:      job.TotalRows,
		Details:        []v2File{},
	}
	body.ImportedRows = job.TotalRows * int64(body.Progress) / 100
	for _, f := range job.Files {
		body.Details = append(body.Details, newV2File(f, files))
	}
	return body, 0
}

func newV2File(f File, st status) v2File {
	file := v2File{
		FileName:     f.Name,
		FileSize:     f.Size,
		State:        st.state,
		Progress:     int(math.Floor(st.progress*100 + 1e-6)), // 29, not 28; yet 99.9 is not 100
		CompleteTime: timeOrNull(st.completed),
		Reason:       st.reason,
	}
	if st.state == stateFailed {
		file.Progress = 0 // as Milvus does
	}
	return file
}

func (s *Server) v2List(r *http.Request) (any, int) {
	var clusterID, collection, db string
	size, page := defaultPageSize, 1
	err := object(readBody(r), fields{
		"clusterId": &clusterID, "collectionName": &collection, "dbName": &db,
		"pageSize": &size, "currentPage": &page,
	})
	if err != nil {
		return nil, codeBadParameter
	}
	if code := s.check(clusterID, checkPage(size, page)); code != 0 {
		return nil, code
	}
	now := s.options.Clock()
	var records []listed
	for _, j := range s.jobs(clusterID, now) {
		if collection == "" || collection == j.CollectionName {
			whole, _ := j.at(now)
			records = append(records, listed{j.CollectionName, j.ID, whole.state})
		}
	}
	return pageOf(records, size, page, "records"), 0
}
