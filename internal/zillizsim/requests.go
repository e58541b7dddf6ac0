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

// maxBody is the number of bytes read of a request: far more than any request of
// this API has.
const maxBody = 1 << 20

// Request is the record of a request. Its Header has no Authorization, and the
// credentials in its Body are replaced by ***. Everything else is as it came, so
// that a test can look for a secret where none belongs.
type Request struct {
	Time             time.Time // by Options.Clock
	Method           string
	Path             string
	RawQuery         string
	Header           http.Header
	Body             string
	ClusterID, JobID string // as named in the query or the JSON body
	Status           int    // of the response; 0: none, or none yet
}

// Requests returns a copy of the record of all requests, in the order they came.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := slices.Clone(s.requests)
	for i := range all {
		all[i].Header = all[i].Header.Clone()
	}
	return all
}

// recordRequest records a request and returns its index and the job that it names.
func (s *Server) recordRequest(r *http.Request, body []byte) (n int, jobID string) {
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

func (s *Server) setStatus(n, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests[n].Status = status
}

// credentialField matches a field of a JSON body that holds a credential, with
// its value: a string, a list, an object, or anything up to the next field. It
// also matches in a body that is not valid JSON. apiKey is the Java SDK's.
var credentialField = regexp.MustCompile(
	`(?i)("(?:accessKey|secretKey|token|sessionToken|apiKey)"\s*:\s*)("(?:[^"\\]|\\.)*"?|\[[^\]]*\]?|\{[^}]*\}?|[^,}\s]+)`)

func maskCredentials(body []byte) string {
	return string(credentialField.ReplaceAll(body, []byte(`${1}"***"`)))
}

// requestIDs returns the cluster and the job that a request names. It is not
// strict, since refused requests are recorded as well.
func requestIDs(r *http.Request, body []byte) (clusterID, jobID string) {
	q := r.URL.Query()
	ids := struct{ ClusterID, JobID string }{q.Get("clusterId"), q.Get("jobId")}
	_ = json.Unmarshal(body, &ids)
	return ids.ClusterID, ids.JobID
}

// readBody returns the body and leaves it in place for the next reader.
func readBody(r *http.Request) []byte {
	if r.Body == nil {
		return nil
	}
	body, _ := io.ReadAll(io.LimitReader(r.Body, maxBody)) // a body cut off is a bad request
	r.Body = io.NopCloser(bytes.NewReader(body))
	return body
}

// statusWriter reports the status before the client can see it, so that a client
// that has the response finds its status in the record.
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
