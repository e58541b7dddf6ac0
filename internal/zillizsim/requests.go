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

// maxBodySize is the largest body of a request that is read whole, in bytes. A start with
// the 1,000 files that the service allows (documented) needs less.
const maxBodySize = 4 << 20

// Request is the record of a request. Its Header has no Authorization, and the
// credentials in its Body are replaced by ***. Everything else is recorded as
// received, so that tests can check that no secret is sent anywhere else.
type Request struct {
	Time             time.Time // from Options.Clock
	Method           string
	Path             string
	RawQuery         string
	Header           http.Header
	Body             string
	ClusterID, JobID string // in the query or the JSON body
}

// Requests returns a copy of the records of all requests, in the order received.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := slices.Clone(s.requests)
	for i := range all {
		all[i].Header = all[i].Header.Clone()
	}
	return all
}

// Count returns the number of requests for the job whose path ends in the name of a
// call, such as commit. If jobID is empty, it counts those for any job.
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

// credentialField matches a field of a JSON body that holds a credential, and its
// value: a string, an array, an object, or anything up to the next field. It also
// matches in a body that is not valid JSON. The Java SDK sends apiKey.
var credentialField = regexp.MustCompile(
	`(?i)("(?:accessKey|secretKey|token|sessionToken|apiKey)"\s*:\s*)("(?:[^"\\]|\\.)*"?|\[[^\]]*\]?|\{[^}]*\}?|[^,}\s]+)`)

// requestIDs returns the cluster ID and the job ID in a request. It ignores errors,
// because invalid requests are recorded too.
func requestIDs(r *http.Request) (clusterID, id string) {
	var body v2Target
	_ = json.Unmarshal(readBody(r), &body)
	query := r.URL.Query()
	return query.Get("clusterId") + body.cluster(), query.Get("jobId") + string(body.JobID)
}

// readBody returns the body of a request, which can be read again afterwards.
func readBody(r *http.Request) []byte {
	if r.Body == nil {
		return nil
	}
	body, _ := io.ReadAll(io.LimitReader(r.Body, maxBodySize)) // a truncated body is not valid JSON
	r.Body = io.NopCloser(bytes.NewReader(body))
	return body
}
