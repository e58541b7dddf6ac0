package zillizsim

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
)

// v2Prefix is the path before the name of each v2 call, in Zilliz Cloud and Milvus.
const v2Prefix = "/v2/vectordb/jobs/import/"

// v2Routes returns the endpoints of Zilliz Cloud's v2, or of Milvus.
func (s *Server) v2Routes(badKey int, find jobFinder, progress jobHandler, list, start handler) map[string]route {
	calls := map[string]handler{
		"list":   list,
		"create": start,
		"commit": withJob(find, func(j Job) (any, *apiError) { return s.endJob(j, true) }),
		"abort":  withJob(find, func(j Job) (any, *apiError) { return s.endJob(j, false) }),
	}
	for _, name := range []string{"describe", "getProgress", "get_progress"} { // documented, the newest first
		calls[name] = withJob(find, progress)
	}
	routes := map[string]route{}
	for name, handle := range calls {
		routes[v2Prefix+name] = route{method: http.MethodPost, badKey: badKey, handle: handle}
	}
	return routes
}

// v2Target has the fields that name what a v2 request is about.
type v2Target struct {
	ClusterID string `json:"clusterId"`
	DBName    string `json:"dbName"`
	JobID     jobID  `json:"jobId"`
}

func (t v2Target) database() string { return cmp.Or(t.DBName, defaultDatabase) }

// jobID is a job ID in a request: a string or a number (inferred).
type jobID string

func (id *jobID) UnmarshalJSON(data []byte) error {
	if json.Unmarshal(data, (*json.Number)(id)) == nil {
		return nil
	}
	return json.Unmarshal(data, (*string)(id))
}

// v2FindJob returns the job that a request names. It has to name the database of the job
// too (inferred).
func (s *Server) v2FindJob(r *http.Request) (Job, *apiError) {
	var req v2Target
	if decode(r, &req, true) != nil {
		return Job{}, newError(codeIncorrectParameter)
	}
	return s.jobInCluster(req.ClusterID, req.database(), string(req.JobID))
}

// v2File is a file in a v2 response.
type v2File struct {
	FileName     string  `json:"fileName"`
	FileSize     int64   `json:"fileSize"`
	State        string  `json:"state"`
	Progress     int     `json:"progress"`
	CompleteTime *string `json:"completeTime"`
	Reason       string  `json:"reason"`
	TotalRows    int64   `json:"totalRows"`
}

func (s *Server) v2Progress(job Job) (any, *apiError) {
	overall, perFile := job.snapshotAt(s.options.Clock())
	body := struct { // in the order of the documentation
		JobID          string `json:"jobId"`
		CollectionName string `json:"collectionName"`
		v2File
		ImportedRows int64    `json:"importedRows"`
		Details      []v2File `json:"details"`
	}{
		job.ID, job.CollectionName, newV2File(job.combinedFile(), overall, job.TotalRows),
		importedRows(job.TotalRows, overall), []v2File{},
	}
	for i, f := range job.Files {
		body.Details = append(body.Details, newV2File(f, perFile, job.fileRows(i)))
	}
	return body, nil
}

func newV2File(f File, snap snapshot, rows int64) v2File {
	return v2File{
		FileName:     f.Name,
		FileSize:     f.Size,
		State:        snap.state,
		Progress:     snap.percent(),
		CompleteTime: snap.completeTime(),
		Reason:       snap.reason,
		TotalRows:    rows,
	}
}

// importedRows returns the number of imported rows, which grows with the progress
// (inferred). It is 0 for an import that has failed, and complete for one that is not
// committed, as in Milvus.
func importedRows(total int64, snap snapshot) int64 {
	if snap.state == stateUncommitted || snap.state == stateCommitting {
		return total
	}
	return total * int64(max(0, snap.percent())) / 100
}

func (s *Server) v2List(r *http.Request) (any, *apiError) {
	req := struct {
		v2Target
		CollectionName string `json:"collectionName"`
		PageSize       int    `json:"pageSize"`
		CurrentPage    int    `json:"currentPage"`
	}{PageSize: 10, CurrentPage: 1} // documented
	if decode(r, &req, true) != nil {
		return nil, newError(codeIncorrectParameter)
	}
	return s.list(
		req.ClusterID, req.database(), req.CollectionName, req.PageSize, req.CurrentPage, "records", v2ListState)
}

// v2ListState returns the name of a state in v2's list, where a running job is InProgress
// (documented).
func v2ListState(state string) string {
	if state == stateImporting {
		return stateInProgress
	}
	return state
}

// v2Start starts a job that imports one URL, lists of URLs, or paths in a volume.
func (s *Server) v2Start(r *http.Request) (any, *apiError) {
	var body v2StartBody
	if decode(r, &body, true) != nil {
		return nil, newError(codeIncorrectParameter)
	}
	req := StartRequest{
		ClusterID: body.ClusterID, DBName: body.DBName, CollectionName: body.CollectionName,
		PartitionName: body.PartitionName, VolumeName: cmp.Or(body.VolumeName, body.StageName),
		Options: body.Options, credentials: &body.credentials,
	}
	var paramErr *apiError
	req.URLs, paramErr = body.files(req.VolumeName)
	return s.startJob(req, cmp.Or(paramErr, checkStart(req)), v2JobID)
}

// v2StartBody is the body of a start. objectUrl is the older form of objectUrls, and a
// stage is the old name of a volume (documented).
type v2StartBody struct {
	v2Target
	CollectionName string     `json:"collectionName"`
	PartitionName  string     `json:"partitionName"`
	ObjectURLs     [][]string `json:"objectUrls"`
	ObjectURL      string     `json:"objectUrl"`
	VolumeName     string     `json:"volumeName"`
	StageName      string     `json:"stageName"`
	DataPaths      [][]string `json:"dataPaths"`
	credentials
	Options map[string]string `json:"options"`
}

// files returns the URLs or paths in the body. Each inner list has one element
// (documented). No source and several are errors, and so is a volume without a name,
// without paths or with credentials (inferred).
func (b v2StartBody) files(volume string) ([][]string, *apiError) {
	sources := [][][]string{b.ObjectURLs, b.DataPaths}
	if b.ObjectURL != "" {
		sources = append(sources, [][]string{{b.ObjectURL}})
	}
	sources = slices.DeleteFunc(sources, func(lists [][]string) bool { return len(lists) == 0 })
	invalid := func(list []string) bool { return len(list) != 1 || list[0] == "" }
	switch {
	case len(sources) == 0 && volume == "":
		return nil, newError(codeNothingToImport)
	case len(sources) != 1, (volume != "") != (len(b.DataPaths) > 0),
		volume != "" && b.credentials != credentials{}, slices.ContainsFunc(sources[0], invalid):
		return nil, newError(codeIncorrectParameter)
	default:
		return sources[0], nil
	}
}
