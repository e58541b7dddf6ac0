package zillizsim

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// maxBodySize limits what is read of the body of a request, in bytes. A start with the
// 1,000 files that the service allows (documented) needs less.
const maxBodySize = 4 << 20

// Request is the record of a request. It lacks the secrets that a request has to have.
// Everything else is as received, so that tests can check that no secret is sent anywhere
// else.
type Request struct {
	// Time is the time at which the request was received, by the clock of the server.
	Time     time.Time
	Method   string
	Path     string
	RawQuery string
	// Header has no Authorization.
	Header http.Header
	// Body has *** in place of credentials.
	Body string
	// ClusterID and JobID are those in the query or the body. They are empty if it has
	// none.
	ClusterID, JobID string
}

// Requests returns copies of the records of all requests, in the order received.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := slices.Clone(s.requests)
	for i := range all {
		all[i].Header = all[i].Header.Clone()
	}
	return all
}

// Count returns the number of requests for a job whose path ends in the name of a call,
// such as commit. If jobID is empty, it counts those for all jobs.
func (s *Server) Count(call, jobID string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, r := range s.requests {
		if strings.HasSuffix(r.Path, "/"+call) && matchesFilter(jobID, r.JobID) {
			n++
		}
	}
	return n
}

// recordRequest records a request, and returns the number of requests so far.
func (s *Server) recordRequest(r *http.Request) int {
	clusterID, id := requestIDs(r)
	header := r.Header.Clone()
	header.Del("Authorization")
	body := credentialField.ReplaceAll(readBody(r), []byte(`${1}"***"`))

	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, Request{
		Time: s.options.Clock(), Method: r.Method, Path: r.URL.Path, RawQuery: r.URL.RawQuery,
		Header: header, Body: string(body), ClusterID: clusterID, JobID: id,
	})
	return len(s.requests)
}

// credentialField matches a field with a credential in a body, which can be invalid JSON.
// Its value is a string, an array, an object, or anything up to the next field. The Java
// SDK sends apiKey.
var credentialField = regexp.MustCompile(`(?i)("(?:accessKey|secretKey|token|sessionToken|apiKey)"\s*:\s*)` +
	`("(?:[^"\\]|\\.)*"?|\[[^\]]*\]?|\{[^}]*\}?|[^,}\s]+)`)

// requestIDs returns the cluster ID and the job ID in a request. It ignores errors,
// because invalid requests are recorded too.
func requestIDs(r *http.Request) (clusterID, id string) {
	var body v2Target
	_ = json.Unmarshal(readBody(r), &body)
	query := r.URL.Query()
	return query.Get("clusterId") + body.ClusterID, query.Get("jobId") + string(body.JobID)
}

// readBody returns the body of a request. It can be called again.
func readBody(r *http.Request) []byte {
	if r.Body == nil {
		return nil
	}
	body, _ := io.ReadAll(io.LimitReader(r.Body, maxBodySize)) // a truncated body is not valid JSON
	r.Body = io.NopCloser(bytes.NewReader(body))
	return body
}
