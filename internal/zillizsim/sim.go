package zillizsim

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// maxBody is more than any request of this API needs, in bytes.
const maxBody = 1 << 20

// Options are the fixed properties of a Server.
type Options struct {
	APIKeys []string         // bearer keys accepted
	Clock   func() time.Time // nil: time.Now

	// RequestsPerSecond is how many requests pass in any sliding second; the
	// others get HTTP 429 and do not count. 0: no limit. The service allows 20
	// for each user and endpoint (documented for v2); here it is one limit for
	// all. That the answer is a 429 is inferred.
	RequestsPerSecond int
	RetryAfter        string // value of that 429's Retry-After header; empty: none sent

	LegacyList bool // v1's list comes under "records" (older documentation), not "tasks" (recorded)
}

// Server simulates the API. It is an http.Handler, safe for concurrent use.
type Server struct {
	options Options
	routes  map[string]route // by path; not changed after New

	mu       sync.Mutex
	keys     [][sha256.Size]byte
	clusters map[string]map[string]Job // by cluster id, then job id
	refused  map[string]int            // cluster id to code
	faults   []Fault
	passed   []time.Time // requests let through the limit in the last second
	requests []Request
}

// Request is the record of a request. Its Header has no Authorization.
type Request struct {
	Time             time.Time // by Options.Clock
	Method           string
	Path             string
	RawQuery         string
	Header           http.Header
	Body             string
	ClusterID, JobID string // as named in the query or the JSON body
	Status           int    // of the answer; 0: a fault took the connection, or no answer yet
}

// route is one endpoint of the API.
type route struct {
	method string
	api    api
	handle handler
}

// handler answers a request that is let in: with data, or with an error's code.
type handler func(r *http.Request) (data any, code int)

// api is what differs between versions in every answer.
type api struct {
	success int // the envelope's code when all went well
	badKey  int
}

// New returns a Server without clusters.
func New(o Options) *Server {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	s := &Server{
		options:  o,
		routes:   map[string]route{},
		clusters: map[string]map[string]Job{},
		refused:  map[string]int{},
	}
	for _, key := range o.APIKeys {
		s.keys = append(s.keys, sha256.Sum256([]byte(key)))
	}
	s.registerV1()
	s.registerV2()
	return s
}

// AddCluster makes a cluster known. It keeps the jobs it has.
func (s *Server) AddCluster(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.addCluster(id)
}

func (s *Server) addCluster(id string) {
	if s.clusters[id] == nil {
		s.clusters[id] = map[string]Job{}
	}
}

// AddJob adds a job, and its cluster if need be. It replaces a job of the same ids.
func (s *Server) AddJob(j Job) {
	if j.Start.IsZero() {
		j.Start = s.options.Clock()
	}
	j.Steps, j.Files = slices.Clone(j.Steps), slices.Clone(j.Files)

	s.mu.Lock()
	defer s.mu.Unlock()
	s.addCluster(j.ClusterID)
	s.clusters[j.ClusterID][j.ID] = j
}

// Refuse answers each call that names the cluster with a business code and its
// documented message. The cluster need not exist. Code 0 lifts the refusal.
func (s *Server) Refuse(clusterID string, code int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused[clusterID] = code
}

// RevokeKey makes a key invalid from now on.
func (s *Server) RevokeKey(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sum := sha256.Sum256([]byte(key))
	s.keys = slices.DeleteFunc(s.keys, func(k [sha256.Size]byte) bool { return k == sum })
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

// ServeHTTP answers a request with a fault if one is due, else as the service would.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r = r.WithContext(r.Context()) // a copy, for its body is replaced
	body := readBody(r)
	n, jobID := s.record(r, body)

	// The service names each call so (recorded); its form is not known.
	w.Header().Set("requestid", fmt.Sprintf("sim-%08d", n+1))
	w = &response{ResponseWriter: w, answered: func(status int) { s.setStatus(n, status) }}

	if answer := s.fault(jobID); answer != nil {
		answer(w, r)
		return
	}
	s.answer(w, r)
}

// answer checks in the order of a gateway: the place, the key, the limit.
func (s *Server) answer(w http.ResponseWriter, r *http.Request) {
	route, known := s.routes[r.URL.Path]
	switch {
	case !known:
		writeError(w, http.StatusNotFound, http.StatusNotFound, "Not Found")
	case r.Method != route.method:
		w.Header().Set("Allow", route.method)
		writeError(w, http.StatusMethodNotAllowed, http.StatusMethodNotAllowed, "Method Not Allowed")
	case !s.authorized(r.Header.Values("Authorization")):
		writeCode(w, route.api.badKey)
	case s.overLimit():
		StatusRetryAfter(http.StatusTooManyRequests, s.options.RetryAfter)(w, r)
	default:
		data, code := route.handle(r)
		if code != 0 {
			writeCode(w, code)
			return
		}
		writeJSON(w, http.StatusOK, map[string]any{"code": route.api.success, "data": data})
	}
}

// authorized wants one header of the exact form that is documented. Digests of
// equal length, all of them compared, keep the time independent of the keys.
func (s *Server) authorized(header []string) bool {
	if len(header) != 1 {
		return false
	}
	key, bearer := strings.CutPrefix(header[0], "Bearer ")
	sum := sha256.Sum256([]byte(key))

	s.mu.Lock()
	defer s.mu.Unlock()
	found := 0
	for _, k := range s.keys {
		found |= subtle.ConstantTimeCompare(sum[:], k[:])
	}
	return bearer && key != "" && found == 1
}

func (s *Server) overLimit() bool {
	limit := s.options.RequestsPerSecond
	if limit <= 0 {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.options.Clock()
	s.passed = slices.DeleteFunc(s.passed, func(t time.Time) bool { return now.Sub(t) >= time.Second })
	if len(s.passed) >= limit {
		return true
	}
	s.passed = append(s.passed, now)
	return false
}

// check returns the code to refuse a call with, or 0. The complaint is what
// else is wrong with the call's parameters: it comes before a look at the data.
func (s *Server) check(clusterID string, complaint int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case clusterID == "":
		return codeNoClusterID
	case s.refused[clusterID] != 0:
		return s.refused[clusterID]
	case complaint != 0:
		return complaint
	case s.clusters[clusterID] == nil:
		return codeUnknownCluster
	}
	return 0
}

// find returns a job whose record is still there, or the code to answer with.
func (s *Server) find(clusterID, jobID string, now time.Time) (Job, int) {
	complaint := 0
	if jobID == "" {
		complaint = codeBadParameter
	}
	if code := s.check(clusterID, complaint); code != 0 {
		return Job{}, code
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	job, found := s.clusters[clusterID][jobID]
	if !found || job.expired(now) {
		return Job{}, codeUnknownJob
	}
	return job, 0
}

// jobs returns the jobs of a cluster, newest first (inferred), without expired ones.
func (s *Server) jobs(clusterID string, now time.Time) []Job {
	s.mu.Lock()
	defer s.mu.Unlock()
	var jobs []Job
	for _, j := range s.clusters[clusterID] {
		if !j.expired(now) {
			jobs = append(jobs, j)
		}
	}
	slices.SortFunc(jobs, func(a, b Job) int {
		return cmp.Or(b.Start.Compare(a.Start), cmp.Compare(a.ID, b.ID))
	})
	return jobs
}

// listed is an entry of either version's list.
type listed struct {
	CollectionName string `json:"collectionName"`
	JobID          string `json:"jobId"`
	State          string `json:"state"`
}

const defaultPageSize = 10

// checkPage holds the documented bounds.
func checkPage(size, page int) int {
	switch {
	case size < 5 || size > 100:
		return codeBadPageSize
	case page < 1:
		return codeBadPage
	}
	return 0
}

// pageOf is either version's list; they differ in the key of the entries.
func pageOf(all []listed, size, page int, key string) map[string]any {
	entries := []listed{}
	if pages := slices.Collect(slices.Chunk(all, size)); page <= len(pages) {
		entries = pages[page-1]
	}
	return map[string]any{key: entries, "count": len(all), "currentPage": page, "pageSize": size}
}

// record keeps a request and returns its place and the job it names.
func (s *Server) record(r *http.Request, body []byte) (n int, jobID string) {
	clusterID, jobID := names(r, body)
	header := r.Header.Clone()
	header.Del("Authorization")

	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, Request{
		Time: s.options.Clock(), Method: r.Method, Path: r.URL.Path, RawQuery: r.URL.RawQuery,
		Header: header, Body: string(body), ClusterID: clusterID, JobID: jobID,
	})
	return len(s.requests) - 1, jobID
}

func (s *Server) setStatus(n, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests[n].Status = status
}

// names tells which cluster and job a request is about. It forgives what the
// endpoints do not, for the record shall also hold the calls they refuse.
func names(r *http.Request, body []byte) (clusterID, jobID string) {
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
	body, _ := io.ReadAll(io.LimitReader(r.Body, maxBody)) // what came is what gets judged
	r.Body = io.NopCloser(bytes.NewReader(body))
	return body
}

// response reports the status before the client can see it, so that whoever got
// the answer finds it in the record.
type response struct {
	http.ResponseWriter
	answered func(status int)
	wrote    bool
}

func (w *response) WriteHeader(status int) {
	if !w.wrote {
		w.wrote = true
		w.answered(status)
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *response) Write(b []byte) (int, error) {
	if !w.wrote {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController flush and take over the connection.
func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }
