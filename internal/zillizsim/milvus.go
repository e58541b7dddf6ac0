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
	job, found := s.findJob("", "", body.JobID)
	if !found {
		return Job{}, importFailed("import job does not exist, jobID=" + body.JobID)
	}
	return job, nil
}

// milvusFile returns the body for a file, or for the whole job, which has no name. The
// numbers of rows depend on the progress of the job.
func milvusFile(size, rows int64, snap, overall snapshot) map[string]any {
	file := map[string]any{
		"fileSize": size, "state": snap.state, "progress": snap.percent(), "completeTime": "",
		"importedRows": 0, "totalRows": 0,
	}
	if completed := snap.completeTime(); completed != nil {
		file["completeTime"] = *completed
	}
	if snap.reason != "" {
		file["reason"] = snap.reason
	}
	if overall.state != stateFailed && overall.progress >= milvusRowsBegin {
		share := (overall.progress - milvusRowsBegin) / (milvusRowsEnd - milvusRowsBegin)
		file["totalRows"], file["importedRows"] = rows, int64(float64(rows)*min(1, share)+1e-6)
	}
	return file
}

func (s *Server) milvusProgress(j Job) (any, *apiError) {
	overall, perFile := j.snapshotAt(s.options.Clock())
	details, size := []any{}, int64(0)
	if overall.progress >= milvusRowsBegin { // before, the files are not known
		for i, f := range j.Files {
			file := milvusFile(f.Size, j.fileRows(i), perFile, overall)
			file["fileName"], file["state"] = "["+f.Name+"]", v2ListState(perFile.state) // as Go formats a list
			details = append(details, file)
			size += f.Size
		}
	}
	body := milvusFile(size, j.TotalRows, overall, overall)
	body["jobId"], body["collectionName"], body["details"] = j.ID, j.CollectionName, details
	return body, nil
}

// milvusList returns all jobs of a database, in random order, whatever page is requested.
func (s *Server) milvusList(r *http.Request) (any, *apiError) {
	body, apiErr := decodeMilvus(r)
	if apiErr != nil {
		return nil, apiErr
	}
	database := cmp.Or(body.DBName, r.Header.Get("DB-Name"), defaultDatabase)
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
