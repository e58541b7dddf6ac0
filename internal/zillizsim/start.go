package zillizsim

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// defaultDuration is the duration of a started job without [Server.OnStart].
const defaultDuration = 10 * time.Second

// StartRequest is a request that has started a job. It holds no credentials.
type StartRequest struct {
	JobID string // of the new job

	ClusterID, DBName, CollectionName, PartitionName string // as in the request

	// URLs are the files to import: objectUrls, a single objectUrl, the dataPaths
	// of a volume, or the files of Milvus. Each inner list is one batch.
	URLs [][]string

	VolumeName string            // v2 on Zilliz Cloud only
	Options    map[string]string // Milvus only

	credentialsHash [sha256.Size]byte
}

// HasCredentials reports whether the request had exactly these credentials. An
// empty argument means that the request did not have that credential.
func (r StartRequest) HasCredentials(accessKey, secretKey, token string) bool {
	return r.credentialsHash == credentials{accessKey, secretKey, token}.hash()
}

// OnStart sets the function that returns the job for each request that starts one.
// The job's ids, database and collection are always those of the request. A job
// without steps stays pending, and one without files gets those of the request. The
// default is a job that completes after 10 seconds.
func (s *Server) OnStart(newJob func(StartRequest) Job) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onStart = newJob
}

// Started returns the requests that have started a job, in order.
func (s *Server) Started() []StartRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.started)
}

// credentials are the credentials for the object storage. Empty: not in the request.
type credentials struct{ AccessKey, SecretKey, Token string }

func (c credentials) hash() [sha256.Size]byte {
	text, _ := json.Marshal([]string{c.AccessKey, c.SecretKey, c.Token}) // can't fail for strings
	return sha256.Sum256(text)
}

// complete reports whether there are both keys, or no credentials.
func (c credentials) complete() bool {
	if c.AccessKey == "" || c.SecretKey == "" {
		return c == credentials{}
	}
	return true
}

// v1Start starts a job that imports one URL.
func (s *Server) v1Start(r *http.Request) (any, *apiError) {
	var req StartRequest
	var creds credentials
	var objectURL string
	err := decodeRequest(readBody(r), fields{
		"clusterId": &req.ClusterID, "collectionName": &req.CollectionName, "partitionName": &req.PartitionName,
		"objectUrl": &objectURL, "accessKey": &creds.AccessKey, "secretKey": &creds.SecretKey,
	})
	if err != nil {
		return nil, newError(codeBadParameter)
	}
	req.URLs = [][]string{{objectURL}}
	paramErr := checkStart(req, creds)
	if paramErr == nil && objectURL == "" {
		paramErr = newError(codeNoObjectURL)
	}
	return s.startInCluster(req, creds, paramErr, v1JobID)
}

// v2Start starts a job that imports one URL, lists of URLs, or paths in a volume.
func (s *Server) v2Start(r *http.Request) (any, *apiError) {
	var req StartRequest
	var creds credentials
	var objectURL string
	var dataPaths [][]string
	err := decodeV2(r, fields{
		"clusterId": &req.ClusterID, "dbName": &req.DBName,
		"collectionName": &req.CollectionName, "partitionName": &req.PartitionName,
		"objectUrls": &req.URLs, "objectUrl": &objectURL,
		"volumeName": &req.VolumeName, "dataPaths": &dataPaths,
		"accessKey": &creds.AccessKey, "secretKey": &creds.SecretKey, "token": &creds.Token,
	})
	if err != nil {
		return nil, newError(codeBadParameter)
	}
	paramErr := mergeSources(&req, creds, objectURL, dataPaths)
	if paramErr == nil {
		paramErr = checkStart(req, creds)
	}
	return s.startInCluster(req, creds, paramErr, v2JobID)
}

// mergeSources sets req.URLs from the source in the request. It is an error if the
// request has no source or more than one, or a volume without a name, without paths
// or with credentials (inferred).
func mergeSources(req *StartRequest, creds credentials, objectURL string, dataPaths [][]string) *apiError {
	volume := req.VolumeName != "" || len(dataPaths) > 0
	switch {
	case len(req.URLs) == 0 && objectURL == "" && !volume:
		return newError(codeNothingToImport)
	case len(req.URLs) > 0 && (objectURL != "" || volume), objectURL != "" && volume:
		return newError(codeBadParameter)
	case volume && (req.VolumeName == "" || creds != credentials{}):
		return newError(codeBadParameter)
	case volume:
		req.URLs = dataPaths
	case objectURL != "":
		req.URLs = [][]string{{objectURL}}
	}
	if !validLists(req.URLs) {
		return newError(codeBadParameter)
	}
	return nil
}

// validLists reports whether there is a list, and no list and no element is empty.
func validLists(lists [][]string) bool {
	return len(lists) > 0 && !slices.ContainsFunc(lists, func(list []string) bool {
		return len(list) == 0 || slices.Contains(list, "")
	})
}

// checkStart checks the parameters that v1 and v2 have in common.
func checkStart(req StartRequest, creds credentials) *apiError {
	switch {
	case req.CollectionName == "" || !creds.complete():
		return newError(codeBadParameter)
	case strings.ContainsFunc(req.CollectionName, invalidInCollectionName):
		return newError(codeInvalidCollection)
	case req.VolumeName == "" && slices.ContainsFunc(slices.Concat(req.URLs...), invalidObjectURL):
		return newError(codeInvalidURL)
	}
	return nil
}

// invalidInCollectionName reports whether a character is not an ASCII letter, a
// digit or an underscore (documented).
func invalidInCollectionName(r rune) bool {
	return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", r)
}

// invalidObjectURL reports whether a URL has no scheme or no bucket (inferred). An
// empty URL is missing and has other error codes.
func invalidObjectURL(text string) bool {
	u, err := url.Parse(text)
	return text != "" && (err != nil || u.Scheme == "" || u.Host == "")
}

// startInCluster starts a job, or returns the error for its cluster or in its
// parameters.
func (s *Server) startInCluster(req StartRequest, creds credentials, paramErr *apiError, newID func(n int) string) (any, *apiError) {
	if apiErr := s.checkCluster(req.ClusterID, paramErr); apiErr != nil {
		return nil, apiErr
	}
	req.credentialsHash = creds.hash()
	return s.startJob(req, newID), nil
}

// startJob starts a job and returns the data of the response.
func (s *Server) startJob(req StartRequest, newID func(n int) string) map[string]string {
	s.mu.Lock()
	n := len(s.started) + 1
	req.JobID = newID(n)
	s.started = append(s.started, req)
	newJob := s.onStart
	s.mu.Unlock()

	job := newJob(req) // not locked: newJob may use the server
	job.ClusterID, job.ID, job.startNumber = req.ClusterID, req.JobID, n
	job.DBName, job.CollectionName = req.DBName, req.CollectionName
	if len(job.Files) == 0 {
		for _, name := range slices.Concat(req.URLs...) {
			job.Files = append(job.Files, File{Name: name})
		}
	}
	s.AddJob(job)
	return map[string]string{"jobId": req.JobID}
}

// v1JobID, v2JobID and milvusJobID return the id of the nth started job. They have
// the form of recorded or documented ids.
func v1JobID(n int) string {
	id := jobHash(n)
	return fmt.Sprintf("%s-%s-4%s-a%s-%s", id[:8], id[8:12], id[13:16], id[17:20], id[20:32])
}

func v2JobID(n int) string { return "job-" + jobHash(n)[:22] }

func milvusJobID(n int) string { return fmt.Sprint(448761313698322010 + n) }

func jobHash(n int) string {
	sum := sha256.Sum256(fmt.Append(nil, n))
	return hex.EncodeToString(sum[:])
}
