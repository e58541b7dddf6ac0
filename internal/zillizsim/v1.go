package zillizsim

import (
	"cmp"
	"encoding/json"
	"net/http"
	"strconv"
)

func (s *Server) v1Routes() map[string]route {
	const start = "/v1/vector/collections/import"
	progress := withJob(s.v1FindJob, s.v1Progress)
	return map[string]route{
		start + "/get":  {method: http.MethodGet, success: 200, badKey: codeInvalidToken, handle: progress},
		start + "/list": {method: http.MethodGet, success: 200, badKey: codeInvalidToken, handle: s.v1List},
		start:           {method: http.MethodPost, success: 200, badKey: codeInvalidToken, handle: s.v1Start},
	}
}

// v1File is a file in a v1 response, or the whole job as the oldest service sends it.
type v1File struct {
	FileName        string          `json:"fileName"`
	FileSize        int64           `json:"fileSize"`
	ReadyPercentage float64         `json:"readyPercentage"`
	CompleteTime    json.RawMessage `json:"completeTime,omitempty"`
	ErrorMessage    *string         `json:"errorMessage"`
}

func (s *Server) v1FindJob(r *http.Request) (Job, *apiError) {
	query := r.URL.Query()
	return s.jobInCluster(query.Get("clusterId"), "", query.Get("jobId"))
}

func (s *Server) v1Progress(job Job) (any, *apiError) {
	overall, perFile := job.snapshotAt(s.options.Clock())
	body := struct { // in the order of the recordings
		CollectionName string `json:"collectionName"`
		v1File
		JobID   string   `json:"jobId"`
		Details []v1File `json:"details"`
	}{job.CollectionName, job.v1File(job.combinedFile(), overall), job.ID, []v1File{}}
	if job.FiveFields {
		return body.v1File, nil
	}
	for _, f := range job.Files {
		body.Details = append(body.Details, job.v1File(f, perFile))
	}
	return body, nil
}

func (j Job) v1File(f File, snap snapshot) v1File {
	file := v1File{FileName: f.Name, FileSize: f.Size, ReadyPercentage: snap.progress}
	if snap.state != stateCompleted {
		// v1 has no state: a full percentage means completed.
		file.ReadyPercentage = min(file.ReadyPercentage, maxIncomplete)
	}
	if j.Percent {
		file.ReadyPercentage = float64(wholePercent(file.ReadyPercentage))
	}
	if snap.reason != "" {
		file.ErrorMessage = &snap.reason
	}
	if !j.NoCompleteTime {
		file.CompleteTime, _ = json.Marshal(snap.completeTime()) // can't fail for a string
	}
	return file
}

func (s *Server) v1List(r *http.Request) (any, *apiError) {
	query := r.URL.Query()
	// Without a number, they are 0, which is invalid.
	size, _ := strconv.Atoi(cmp.Or(query.Get("pageSize"), "10"))
	page, _ := strconv.Atoi(cmp.Or(query.Get("currentPage"), "1"))
	return s.list(query.Get("clusterId"), "", "", size, page, "tasks", v1State)
}

// v1State returns the state in a list of v1 for a state of v2. Those of completed and
// failed jobs are recorded, the others documented.
func v1State(v2 string) string {
	switch v2 {
	case statePending, stateCompleted, stateFailed:
		return "Import" + v2
	default:
		return "ImportRunning"
	}
}

// v1Start starts a job that imports one URL. An unknown field is an error, because no
// client is known that sends any (inferred).
func (s *Server) v1Start(r *http.Request) (any, *apiError) {
	var body struct {
		ClusterID      string `json:"clusterId"`
		CollectionName string `json:"collectionName"`
		PartitionName  string `json:"partitionName"`
		ObjectURL      string `json:"objectUrl"`
		AccessKey      string `json:"accessKey"`
		SecretKey      string `json:"secretKey"`
	}
	if decode(r, &body, false) != nil {
		return nil, newError(codeIncorrectParameter)
	}
	req := StartRequest{
		ClusterID: body.ClusterID, CollectionName: body.CollectionName, PartitionName: body.PartitionName,
		URLs: [][]string{{body.ObjectURL}}, credentials: &credentials{body.AccessKey, body.SecretKey, ""},
	}
	var paramErr *apiError
	if body.ObjectURL == "" {
		paramErr = newError(codeObjectURLMissing)
	}
	return s.startJob(req, cmp.Or(checkStart(req), paramErr), v1JobID)
}
