package zillizsim

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// defaultDuration is the duration of a started job without [Server.OnStart].
const defaultDuration = 10 * time.Second

// nameCharacters are the characters of a collection's name (documented).
const nameCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

// StartRequest is a request that has started a job.
type StartRequest struct {
	// JobID is the ID of the started job.
	JobID          string
	ClusterID      string
	DBName         string
	CollectionName string
	PartitionName  string
	// URLs are the files to import: objectUrls, a single objectUrl, or the dataPaths of a
	// volume.
	URLs [][]string
	// VolumeName is empty with v1.
	VolumeName string
	// Options are nil with v1.
	Options map[string]string
	// AutoCommit is false if the option auto_commit is "false".
	AutoCommit bool

	credentials *credentials // a pointer, so that fmt does not print them
}

// HasCredentials reports whether the request had exactly these credentials. An empty
// argument means that it had none of that kind.
func (r StartRequest) HasCredentials(accessKey, secretKey, token string) bool {
	return r.credentials != nil && *r.credentials == credentials{accessKey, secretKey, token}
}

// credentials are those of the object storage. One that is not in the request is empty.
type credentials struct {
	AccessKey string `json:"accessKey"`
	SecretKey string `json:"secretKey"`
	Token     string `json:"token"`
}

// OnStart sets the function that returns the job for each request that starts one. The
// IDs, database, collection and TwoPhase of the job are always those of the request. A
// job without steps stays pending. One without files gets those of the request, by their
// paths in the bucket. Without OnStart, a started job completes after 10 s.
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

// checkStart checks the parameters that v1 and v2 have in common. A token is valid alone,
// but an access key only with a secret key (documented).
func checkStart(req StartRequest) *apiError {
	switch {
	case req.CollectionName == "" || (req.credentials.AccessKey == "") != (req.credentials.SecretKey == ""):
		return newError(codeIncorrectParameter)
	case strings.Trim(req.CollectionName, nameCharacters) != "":
		return newError(codeInvalidCollection)
	case req.VolumeName == "" && slices.ContainsFunc(slices.Concat(req.URLs...), invalidObjectURL):
		return newError(codeInvalidObjectURL)
	default:
		return nil
	}
}

// invalidObjectURL reports whether a URL has no scheme or no bucket (inferred). An empty
// URL is missing, which has other codes.
func invalidObjectURL(location string) bool {
	scheme, rest, _ := strings.Cut(location, "://")
	bucket, _, _ := strings.Cut(rest, "/")
	return location != "" && (scheme == "" || bucket == "")
}

// startJob starts a job unless its cluster or its parameters have an error.
func (s *Server) startJob(req StartRequest, paramErr *apiError, newID func(n, run int64) string) (any, *apiError) {
	if apiErr := s.checkCluster(req.ClusterID, paramErr); apiErr != nil {
		return nil, apiErr
	}
	s.mu.Lock()
	n := len(s.started) + 1
	req.JobID = newID(int64(n), s.run)
	req.AutoCommit = !strings.EqualFold(req.Options["auto_commit"], "false") // as in Milvus
	s.started = append(s.started, req)
	newJob := s.onStart
	s.mu.Unlock()

	job := newJob(req) // without the lock, because it may use the server
	job.ClusterID, job.ID, job.startNumber = req.ClusterID, req.JobID, n
	job.DBName, job.CollectionName = req.DBName, req.CollectionName
	job.TwoPhase = !req.AutoCommit
	if len(job.Files) == 0 {
		for _, name := range slices.Concat(req.URLs...) {
			job.Files = append(job.Files, File{Name: pathInBucket(name)})
		}
	}
	s.AddJob(job)
	return map[string]string{"jobId": req.JobID}, nil
}

// pathInBucket returns the path that the service shows for a URL (recorded). Only http
// and https URLs have escapes. A path in a volume stays as it is.
func pathInBucket(location string) string {
	if u, err := url.Parse(location); err == nil && (u.Scheme == "https" || u.Scheme == "http") {
		return strings.TrimPrefix(u.Path, "/")
	}
	if _, rest, found := strings.Cut(location, "://"); found {
		_, location, _ = strings.Cut(rest, "/")
	}
	return location
}

// v1JobID returns the ID of the nth job that a server has started, in the form of v1
// (recorded). The run distinguishes the servers.
func v1JobID(n, run int64) string { return fmt.Sprintf("%08x-0000-4000-a000-%012x", scrambled(n), run) }

// v2JobID is like v1JobID, in the form of v2 (documented).
func v2JobID(n, run int64) string { return fmt.Sprintf("job-%08x%014x", scrambled(n), run) }

// scrambled returns a number for n, in another order, so that no client can rely on the
// order of the IDs.
func scrambled(n int64) int64 { return n * 2654435761 % (1 << 32) }
