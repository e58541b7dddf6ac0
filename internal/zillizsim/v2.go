package zillizsim

import "net/http"

// v2Prefix is the path before the name of each v2 call, in Zilliz Cloud and Milvus.
const v2Prefix = "/v2/vectordb/jobs/import/"

func (s *Server) registerV2() {
	v2 := responseCodes{success: 0, badKey: codeV2BadKey}
	// All three are documented names of one call; describe is the newest.
	for _, name := range []string{"describe", "getProgress", "get_progress"} {
		s.routes[v2Prefix+name] = route{method: http.MethodPost, codes: v2, handle: s.v2Progress}
	}
	s.routes[v2Prefix+"list"] = route{method: http.MethodPost, codes: v2, handle: s.v2List}
	s.routes[v2Prefix+"create"] = route{method: http.MethodPost, codes: v2, handle: s.v2Start, startsJob: true}
}

// decodeV2 decodes a request's body. Every call can have projectId and regionId, for
// on-demand compute instead of a cluster. The simulator checks only their types.
func decodeV2(r *http.Request, known fields) error {
	var unused string
	known["projectId"], known["regionId"] = &unused, &unused
	return decodeRequest(readBody(r), known)
}

// v2File is a file in a v2 response.
type v2File struct {
	FileName     string  `json:"fileName"`
	FileSize     int64   `json:"fileSize"`
	State        string  `json:"state"`
	Progress     int     `json:"progress"` // 0 to 100
	CompleteTime *string `json:"completeTime"`
	Reason       string  `json:"reason"`
	TotalRows    int64   `json:"totalRows"`
}

// v2Job is a job in a v2 response, with the fields in the order of the documentation.
type v2Job struct {
	JobID          string `json:"jobId"`
	CollectionName string `json:"collectionName"`
	v2File
	ImportedRows int64    `json:"importedRows"`
	Details      []v2File `json:"details"`
}

func (s *Server) v2Progress(r *http.Request) (any, *apiError) {
	var clusterID, jobID, database string
	if decodeV2(r, fields{"clusterId": &clusterID, "jobId": &jobID, "dbName": &database}) != nil {
		return nil, newError(codeBadParameter)
	}
	now := s.options.Clock()
	job, apiErr := s.jobInCluster(clusterID, jobID, now)
	if apiErr != nil {
		return nil, apiErr
	}
	overall, perFile := job.snapshotAt(now)
	body := v2Job{
		JobID:          job.ID,
		CollectionName: job.CollectionName,
		v2File:         newV2File(job.combinedFile(), overall, job.TotalRows),
		ImportedRows:   importedRows(job.TotalRows, overall),
		Details:        []v2File{},
	}
	rows := job.rowsPerFile()
	for i, f := range job.Files {
		body.Details = append(body.Details, newV2File(f, perFile, rows[i]))
	}
	return body, nil
}

func newV2File(f File, snap snapshot, rows int64) v2File {
	return v2File{
		FileName:     f.Name,
		FileSize:     f.Size,
		State:        snap.state,
		Progress:     snap.percent(),
		CompleteTime: timeOrNull(snap.completedAt),
		Reason:       snap.reason,
		TotalRows:    rows,
	}
}

// importedRows returns the number of imported rows. It grows with the progress
// (inferred). It is 0 for a failed import, whose rows are dropped, as in Milvus.
func importedRows(total int64, snap snapshot) int64 {
	return total * int64(max(0, snap.percent())) / 100
}

func (s *Server) v2List(r *http.Request) (any, *apiError) {
	var clusterID, collection, database string
	size, page := defaultPageSize, 1
	err := decodeV2(r, fields{
		"clusterId": &clusterID, "collectionName": &collection, "dbName": &database,
		"pageSize": &size, "currentPage": &page,
	})
	if err != nil {
		return nil, newError(codeBadParameter)
	}
	if apiErr := s.checkCluster(clusterID, checkPage(size, page)); apiErr != nil {
		return nil, apiErr
	}
	now := s.options.Clock()
	var records []listEntry
	// Without dbName, the list has the jobs of all databases (inferred).
	for _, j := range s.listJobs(clusterID, database, collection, now) {
		overall, _ := j.snapshotAt(now)
		records = append(records, s.newListEntry(j, v2ListState(overall.state)))
	}
	return s.listPage(records, size, page, "records"), nil
}

// v2ListState returns the name of a state in v2's list, where a running job is
// InProgress (documented).
func v2ListState(state string) string {
	if state == stateImporting {
		return stateInProgress
	}
	return state
}
