package zillizsim

import (
	"cmp"
	"net/http"
	"time"
)

// Milvus imports rows from progress milvusRowsBegin to milvusRowsEnd. Before that, it
// reads the files; after that, it sorts and builds the index. Both values are from
// its source.
const (
	milvusRowsBegin = 0.4
	milvusRowsEnd   = 0.7
)

// registerMilvus registers the v2 endpoints of Milvus 2.4 and later. The facts about
// Milvus in this file are documented or from its source.
func (s *Server) registerMilvus() {
	milvus := responseCodes{success: 0, badKey: codeMilvusBadKey}
	for _, name := range []string{"describe", "get_progress"} {
		s.routes[v2Prefix+name] = route{method: http.MethodPost, codes: milvus, handle: s.milvusProgress}
	}
	s.routes[v2Prefix+"list"] = route{method: http.MethodPost, codes: milvus, handle: s.milvusList}
	s.routes[v2Prefix+"create"] = route{method: http.MethodPost, codes: milvus, handle: s.milvusStart, startsJob: true}
}

// milvusFile is a file in a progress response of Milvus.
type milvusFile struct {
	FileName     string `json:"fileName"`
	FileSize     int64  `json:"fileSize"`
	State        string `json:"state"`
	Progress     int    `json:"progress"` // 0 to 100
	CompleteTime string `json:"completeTime"`
	Reason       string `json:"reason,omitempty"`
	ImportedRows int64  `json:"importedRows"`
	TotalRows    int64  `json:"totalRows"`
}

// milvusJob is a job in a progress response of Milvus.
type milvusJob struct {
	JobID          string       `json:"jobId"`
	CollectionName string       `json:"collectionName"`
	State          string       `json:"state"`
	Progress       int          `json:"progress"` // 0 to 100
	ImportedRows   int64        `json:"importedRows"`
	TotalRows      int64        `json:"totalRows"`
	FileSize       int64        `json:"fileSize"`
	CompleteTime   string       `json:"completeTime"`
	Reason         string       `json:"reason,omitempty"`
	Details        []milvusFile `json:"details"`
}

// milvusProgress ignores the database: Milvus finds a job by its id alone.
func (s *Server) milvusProgress(r *http.Request) (any, *apiError) {
	var jobID, database string
	err := decodeRequest(readBody(r), fields{"jobId": &jobID, "dbName": &database})
	if err != nil || jobID == "" {
		return nil, newError(codeMilvusBadParameter)
	}
	now := s.options.Clock()
	job, found := s.findJob("", jobID, now)
	if !found {
		apiErr := newError(codeMilvusImportFailed)
		apiErr.message += ": import job does not exist, jobID=" + jobID
		return nil, apiErr
	}
	return newMilvusJob(job, now), nil
}

func newMilvusJob(j Job, now time.Time) milvusJob {
	overall, perFile := j.snapshotAt(now)
	body := milvusJob{
		JobID:          j.ID,
		CollectionName: j.CollectionName,
		State:          overall.state,
		Progress:       overall.percent(),
		CompleteTime:   timeOrEmpty(overall.completedAt),
		Reason:         overall.reason,
		Details:        []milvusFile{},
	}
	body.ImportedRows, body.TotalRows = milvusRows(j.TotalRows, overall)
	if overall.progress < milvusRowsBegin {
		return body // Milvus does not know the files yet
	}
	rows := j.rowsPerFile()
	for i, f := range j.Files {
		file := newMilvusFile(f, perFile)
		file.ImportedRows, file.TotalRows = milvusRows(rows[i], overall)
		body.Details = append(body.Details, file)
		body.FileSize += f.Size
	}
	return body
}

func newMilvusFile(f File, snap snapshot) milvusFile {
	file := milvusFile{
		FileName:     "[" + f.Name + "]", // Milvus formats a list of paths
		FileSize:     f.Size,
		State:        snap.state,
		Progress:     snap.percent(),
		CompleteTime: timeOrEmpty(snap.completedAt),
		Reason:       snap.reason,
	}
	if snap.state == stateImporting {
		file.State = stateInProgress
	}
	return file
}

// milvusRows returns the numbers of imported and of all rows, as Milvus reports them.
func milvusRows(rows int64, snap snapshot) (imported, total int64) {
	switch {
	case snap.state == stateFailed || snap.progress < milvusRowsBegin:
		return 0, 0
	case snap.progress >= milvusRowsEnd:
		return rows, rows
	}
	share := (snap.progress - milvusRowsBegin) / (milvusRowsEnd - milvusRowsBegin)
	return int64(float64(rows)*share + 1e-6), rows
}

// milvusListEntry is a job in a list of Milvus.
type milvusListEntry struct {
	CollectionName string `json:"collectionName"`
	JobID          string `json:"jobId"`
	State          string `json:"state"`
	Progress       int    `json:"progress"`
	Reason         string `json:"reason,omitempty"`
}

// milvusList returns all jobs of a database, whatever page is requested.
func (s *Server) milvusList(r *http.Request) (any, *apiError) {
	var database, collection string
	err := decodeRequest(readBody(r), fields{"dbName": &database, "collectionName": &collection})
	if err != nil {
		return nil, newError(codeMilvusBadParameter)
	}
	now := s.options.Clock()
	records := []milvusListEntry{}
	for _, j := range s.listJobs("", cmp.Or(database, defaultDatabase), collection, now) {
		overall, _ := j.snapshotAt(now)
		records = append(records, milvusListEntry{
			CollectionName: j.CollectionName, JobID: j.ID,
			State: overall.state, Progress: overall.percent(), Reason: overall.reason,
		})
	}
	return map[string]any{"records": records}, nil
}

// milvusStart starts a job that imports files of Milvus' own bucket.
func (s *Server) milvusStart(r *http.Request) (any, *apiError) {
	req := StartRequest{credentialsHash: credentials{}.hash()} // none in the request
	err := decodeRequest(readBody(r), fields{
		"dbName": &req.DBName, "collectionName": &req.CollectionName, "partitionName": &req.PartitionName,
		"files": &req.URLs, "options": &req.Options,
	})
	if err != nil || req.CollectionName == "" || !validLists(req.URLs) {
		return nil, newError(codeMilvusBadParameter)
	}
	return s.startJob(req, milvusJobID), nil
}

func timeOrEmpty(t time.Time) string {
	if text := timeOrNull(t); text != nil {
		return *text
	}
	return ""
}
