package zillizsim

import (
	"cmp"
	"net/http"
	"time"
)

// milvusImporting and milvusImported are the progress at which Milvus begins to
// import rows and has imported all. Before, it reads the files; afterwards it
// sorts and builds the index. Both are from its source.
const (
	milvusImporting = 0.4
	milvusImported  = 0.7
)

// registerMilvus registers the v2 calls as Milvus 2.4 and later serves them. What
// this file says about it is documented or from its source.
func (s *Server) registerMilvus() {
	milvus := version{success: 0, badKey: codeMilvusBadKey}
	for _, name := range []string{"describe", "get_progress"} {
		s.routes[v2Imports+name] = route{method: http.MethodPost, version: milvus, handle: s.milvusProgress}
	}
	s.routes[v2Imports+"list"] = route{method: http.MethodPost, version: milvus, handle: s.milvusList}
	s.routes[v2Imports+"create"] = route{method: http.MethodPost, version: milvus, handle: s.milvusStart, starts: true}
}

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

// milvusProgress does not look at the database: Milvus finds a job by its ID alone.
func (s *Server) milvusProgress(r *http.Request) (any, *refusal) {
	var jobID, database string
	err := decodeRequest(readBody(r), fields{"jobId": &jobID, "dbName": &database})
	if err != nil || jobID == "" {
		return nil, refuse(codeMilvusBadParameter)
	}
	now := s.options.Clock()
	job, found := s.findJob("", jobID, now)
	if !found {
		refused := refuse(codeMilvusImportFailed)
		refused.message += ": import job does not exist, jobID=" + jobID
		return nil, refused
	}
	return newMilvusJob(job, now), nil
}

func newMilvusJob(j Job, now time.Time) milvusJob {
	whole, files := j.statusAt(now)
	body := milvusJob{
		JobID:          j.ID,
		CollectionName: j.CollectionName,
		State:          whole.state,
		Progress:       whole.percent(),
		CompleteTime:   timeOrEmpty(whole.completed),
		Reason:         whole.reason,
		Details:        []milvusFile{},
	}
	body.ImportedRows, body.TotalRows = milvusRows(j.TotalRows, whole)
	if whole.progress < milvusImporting {
		return body // the files are not known yet
	}
	rows := j.rowsOfFiles()
	for i, f := range j.Files {
		file := newMilvusFile(f, files)
		file.ImportedRows, file.TotalRows = milvusRows(rows[i], whole)
		body.Details = append(body.Details, file)
		body.FileSize += f.Size
	}
	return body
}

func newMilvusFile(f File, st status) milvusFile {
	file := milvusFile{
		FileName:     "[" + f.Name + "]", // a list of paths, printed
		FileSize:     f.Size,
		State:        st.state,
		Progress:     st.percent(),
		CompleteTime: timeOrEmpty(st.completed),
		Reason:       st.reason,
	}
	if st.state == stateImporting {
		file.State = "InProgress"
	}
	return file
}

// milvusRows returns how many rows of a total are imported, and the total as far
// as Milvus reports it.
func milvusRows(rows int64, st status) (imported, total int64) {
	switch {
	case st.state == stateFailed || st.progress < milvusImporting:
		return 0, 0
	case st.progress >= milvusImported:
		return rows, rows
	}
	share := (st.progress - milvusImporting) / (milvusImported - milvusImporting)
	return int64(float64(rows)*share + 1e-6), rows
}

type milvusListEntry struct {
	CollectionName string `json:"collectionName"`
	JobID          string `json:"jobId"`
	State          string `json:"state"`
	Progress       int    `json:"progress"`
	Reason         string `json:"reason,omitempty"`
}

// milvusList returns the whole list of a database, whatever page is requested.
func (s *Server) milvusList(r *http.Request) (any, *refusal) {
	var database, collection string
	err := decodeRequest(readBody(r), fields{"dbName": &database, "collectionName": &collection})
	if err != nil {
		return nil, refuse(codeMilvusBadParameter)
	}
	now := s.options.Clock()
	records := []milvusListEntry{}
	for _, j := range s.jobs("", cmp.Or(database, defaultDatabase), collection, now) {
		whole, _ := j.statusAt(now)
		records = append(records, milvusListEntry{
			CollectionName: j.CollectionName, JobID: j.ID,
			State: whole.state, Progress: whole.percent(), Reason: whole.reason,
		})
	}
	return map[string]any{"records": records}, nil
}

// milvusStart starts a job that imports files of Milvus' own bucket.
func (s *Server) milvusStart(r *http.Request) (any, *refusal) {
	start := StartRequest{credentials: credentials{}.digest()} // Milvus has its own
	err := decodeRequest(readBody(r), fields{
		"dbName": &start.DBName, "collectionName": &start.CollectionName, "partitionName": &start.PartitionName,
		"files": &start.URLs, "options": &start.Options,
	})
	if err != nil || start.CollectionName == "" || !validLists(start.URLs) {
		return nil, refuse(codeMilvusBadParameter)
	}
	return s.start(start, milvusJobID), nil
}

func timeOrEmpty(t time.Time) string {
	if text := timeOrNull(t); text != nil {
		return *text
	}
	return ""
}
