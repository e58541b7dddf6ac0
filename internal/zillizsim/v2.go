package zillizsim

import "net/http"

const v2Imports = "/v2/vectordb/jobs/import/"

func (s *Server) registerV2() {
	v2 := version{success: 0, badKey: codeV2BadKey}
	// All three are documented names of one call; describe is the newest.
	for _, name := range []string{"describe", "getProgress", "get_progress"} {
		s.routes[v2Imports+name] = route{method: http.MethodPost, version: v2, handle: s.v2Progress}
	}
	s.routes[v2Imports+"list"] = route{method: http.MethodPost, version: v2, handle: s.v2List}
	s.routes[v2Imports+"create"] = route{method: http.MethodPost, version: v2, handle: s.v2Start, starts: true}
}

// decodeV2 decodes a body. Every call has projectId and regionId, for on-demand
// compute in place of a cluster, which the simulator does not have.
func decodeV2(r *http.Request, known fields) error {
	var unused string
	known["projectId"], known["regionId"] = &unused, &unused
	return decodeRequest(readBody(r), known)
}

type v2File struct {
	FileName     string  `json:"fileName"`
	FileSize     int64   `json:"fileSize"`
	State        string  `json:"state"`
	Progress     int     `json:"progress"` // 0 to 100
	CompleteTime *string `json:"completeTime"`
	Reason       string  `json:"reason"`
	TotalRows    int64   `json:"totalRows"`
}

// v2Job has its fields in the order of the documentation.
type v2Job struct {
	JobID          string `json:"jobId"`
	CollectionName string `json:"collectionName"`
	v2File
	ImportedRows int64    `json:"importedRows"`
	Details      []v2File `json:"details"`
}

func (s *Server) v2Progress(r *http.Request) (any, *refusal) {
	var clusterID, jobID, database string
	if decodeV2(r, fields{"clusterId": &clusterID, "jobId": &jobID, "dbName": &database}) != nil {
		return nil, refuse(codeBadParameter)
	}
	now := s.options.Clock()
	job, refused := s.readableJob(clusterID, jobID, now)
	if refused != nil {
		return nil, refused
	}
	whole, files := job.statusAt(now)
	body := v2Job{
		JobID:          job.ID,
		CollectionName: job.CollectionName,
		v2File:         newV2File(job.wholeFile(), whole, job.TotalRows),
		ImportedRows:   importedRows(job.TotalRows, whole),
		Details:        []v2File{},
	}
	rows := job.rowsOfFiles()
	for i, f := range job.Files {
		body.Details = append(body.Details, newV2File(f, files, rows[i]))
	}
	return body, nil
}

func newV2File(f File, st status, rows int64) v2File {
	return v2File{
		FileName:     f.Name,
		FileSize:     f.Size,
		State:        st.state,
		Progress:     st.percent(),
		CompleteTime: timeOrNull(st.completed),
		Reason:       st.reason,
		TotalRows:    rows,
	}
}

// importedRows grows with progress (inferred). The rows of a failed import are
// dropped, so that their number is 0, as it is in Milvus.
func importedRows(total int64, st status) int64 {
	return total * int64(max(0, st.percent())) / 100
}

func (s *Server) v2List(r *http.Request) (any, *refusal) {
	var clusterID, collection, database string
	size, page := defaultPageSize, 1
	err := decodeV2(r, fields{
		"clusterId": &clusterID, "collectionName": &collection, "dbName": &database,
		"pageSize": &size, "currentPage": &page,
	})
	if err != nil {
		return nil, refuse(codeBadParameter)
	}
	if refused := s.checkCluster(clusterID, checkPage(size, page)); refused != nil {
		return nil, refused
	}
	now := s.options.Clock()
	var records []listEntry
	// Without dbName, the jobs of all databases (inferred).
	for _, j := range s.jobs(clusterID, database, collection, now) {
		whole, _ := j.statusAt(now)
		records = append(records, s.listEntry(j, whole.state))
	}
	return s.listPage(records, size, page, "records"), nil
}
