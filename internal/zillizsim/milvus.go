package zillizsim

import (
	"cmp"
	"encoding/json"
	"net/http"
)

// The facts about Milvus in this file are from its source. It has the v2 calls since 2.4,
// and commit and abort since 3.

// Milvus imports rows from progress milvusRowsBegin to milvusRowsEnd. Before that it
// reads the files, after that it sorts the rows and builds the index.
const (
	milvusRowsBegin = 0.4
	milvusRowsEnd   = 0.7
)

// milvusBody has the fields of all requests. Milvus ignores unknown ones.
type milvusBody struct {
	DBName         string `json:"dbName"`
	JobID          string `json:"jobId"`
	CollectionName string `json:"collectionName"`
}

func decodeMilvus(r *http.Request) (milvusBody, *apiError) {
	var body milvusBody
	if err := json.Unmarshal(readBody(r), &body); err != nil {
		return body, newError(codeMilvusBadJSON, ", error: ", err.Error())
	}
	return body, nil
}

// milvusFindJob returns the job that a request names, by its ID alone. The database
// matters for permissions only.
func (s *Server) milvusFindJob(r *http.Request) (Job, *apiError) {
	body, apiErr := decodeMilvus(r)
	if apiErr != nil {
		return Job{}, apiErr
	}
	if body.JobID == "" {
		return Job{}, newError(codeMilvusMissingField, ", error: JobID")
	}
	if apiErr := s.checkDatabase(r, cmp.Or(body.DBName, defaultDatabase), false); apiErr != nil {
		return Job{}, apiErr
	}
	job, found := s.findJob("", "", body.JobID)
	if !found {
		return Job{}, importFailed("import job does not exist, jobID=" + body.JobID)
	}
	return job, nil
}

// milvusFile is a file in a response, or the whole job, which has no name.
type milvusFile struct {
	FileName     string `json:"fileName,omitempty"`
	FileSize     int64  `json:"fileSize"`
	State        string `json:"state"`
	Progress     int    `json:"progress"`
	CompleteTime string `json:"completeTime"`
	Reason       string `json:"reason,omitempty"`
	ImportedRows int64  `json:"importedRows"`
	TotalRows    int64  `json:"totalRows"`
}

func newMilvusFile(size int64, snap snapshot) milvusFile {
	file := milvusFile{FileSize: size, State: snap.state, Progress: snap.percent(), Reason: snap.reason}
	if completed := snap.completeTime(); completed != nil {
		file.CompleteTime = *completed
	}
	return file
}

// setRows sets the numbers of imported and of all rows, which depend on the progress of
// the job.
func (f *milvusFile) setRows(rows int64, overall snapshot) {
	if overall.state == stateFailed || overall.progress < milvusRowsBegin {
		return
	}
	share := (overall.progress - milvusRowsBegin) / (milvusRowsEnd - milvusRowsBegin)
	f.TotalRows, f.ImportedRows = rows, int64(float64(rows)*min(1, share)+1e-6)
}

func (s *Server) milvusProgress(j Job) (any, *apiError) {
	overall, perFile := j.snapshotAt(s.options.Clock())
	body := struct {
		JobID          string `json:"jobId"`
		CollectionName string `json:"collectionName"`
		milvusFile
		Details []milvusFile `json:"details"`
	}{j.ID, j.CollectionName, newMilvusFile(0, overall), []milvusFile{}}
	body.setRows(j.TotalRows, overall)
	if overall.progress < milvusRowsBegin {
		return body, nil // the files are not known yet
	}
	for i, f := range j.Files {
		file := newMilvusFile(f.Size, perFile)
		file.FileName = "[" + f.Name + "]" // as Go formats a list
		file.State = v2ListState(file.State)
		file.setRows(j.fileRows(i), overall)
		body.Details = append(body.Details, file)
		body.FileSize += f.Size
	}
	return body, nil
}

// milvusList returns all jobs of a database, in random order, whatever page is requested.
func (s *Server) milvusList(r *http.Request) (any, *apiError) {
	body, apiErr := decodeMilvus(r)
	if apiErr != nil {
		return nil, apiErr
	}
	database := cmp.Or(body.DBName, r.Header.Get("DB-Name"), defaultDatabase)
	if apiErr := s.checkDatabase(r, database, true); apiErr != nil {
		return nil, apiErr
	}
	records := []map[string]any{}
	for _, j := range s.jobs("", database, body.CollectionName) {
		overall, _ := j.snapshotAt(s.options.Clock())
		record := map[string]any{
			"collectionName": j.CollectionName, "jobId": j.ID, "state": overall.state, "progress": overall.percent(),
		}
		if overall.reason != "" {
			record["reason"] = overall.reason
		}
		records = append(records, record)
	}
	return map[string]any{"records": records}, nil
}

// milvusStart rejects a start: Milvus imports the files of its own bucket, whose paths are
// in a field that requests for Zilliz Cloud lack.
func milvusStart(*http.Request) (any, *apiError) {
	return nil, newError(codeMilvusMissingField, ", error: Files")
}
