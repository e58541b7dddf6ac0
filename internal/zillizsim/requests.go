package zillizsim

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"slices"
	"time"
)

// maxBodySize is the maximum size of a request's body that is read, in bytes. It is
// far more than a request of this API needs.
const maxBodySize = 1 << 20

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
	Status           int    // of the response; 0: none so far
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

// recordRequest records a request, and returns the index of the record and the job
// id in the request.
func (s *Server) recordRequest(r *http.Request, body []byte) (index int, jobID string) {
	clusterID, jobID := requestIDs(r, body)
	header := r.Header.Clone()
	header.Del("Authorization")

	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, Request{
		Time: s.options.Clock(), Method: r.Method, Path: r.URL.Path, RawQuery: r.URL.RawQuery,
		Header: header, Body: maskCredentials(body), ClusterID: clusterID, JobID: jobID,
	})
	return len(s.requests) - 1, jobID
}

func (s *Server) recordStatus(index, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests[index].Status = status
}

// credentialField matches a field of a JSON body that holds a credential, and its
// value: a string, an array, an object, or anything up to the next field. It also
// matches in a body that is not valid JSON. The Java SDK sends apiKey.
var credentialField = regexp.MustCompile(
	`(?i)("(?:accessKey|secretKey|token|sessionToken|apiKey)"\s*:\s*)("(?:[^"\\]|\\.)*"?|\[[^\]]*\]?|\{[^}]*\}?|[^,}\s]+)`)

func maskCredentials(body []byte) string {
	return string(credentialField.ReplaceAll(body, []byte(`${1}"***"`)))
}

// requestIDs returns the cluster id and the job id in a request. It ignores errors,
// because invalid requests are recorded too.
func requestIDs(r *http.Request, body []byte) (clusterID, jobID string) {
	query := r.URL.Query()
	ids := struct{ ClusterID, JobID string }{query.Get("clusterId"), query.Get("jobId")}
	_ = json.Unmarshal(body, &ids)
	return ids.ClusterID, ids.JobID
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

// statusWriter calls onStatus before it sends the status, so that the status is on
// record when the client has the response.
type statusWriter struct {
	http.ResponseWriter
	onStatus func(status int)
	wrote    bool
}

// WriteHeader implements [http.ResponseWriter].
func (w *statusWriter) WriteHeader(status int) {
	if !w.wrote {
		w.wrote = true
		w.onStatus(status)
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements [http.ResponseWriter].
func (w *statusWriter) Write(b []byte) (int, error) {
	if !w.wrote {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets [http.ResponseController] flush and hijack the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
