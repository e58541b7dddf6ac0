package zillizsim

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"time"
)

// Options configure a Server.
type Options struct {
	// APIKeys are the accepted bearer tokens. For Milvus, they have the form
	// username:password, and none means no authentication, as in Milvus by default.
	APIKeys []string

	Clock func() time.Time // nil: time.Now

	// Milvus makes the server behave like open-source Milvus: it has no v1 and
	// no clusters, but databases and its own error codes and bodies.
	Milvus bool

	// RequestsPerSecond is the rate limit: the number of requests accepted in
	// any second. 0: no limit. Requests above it get HTTP 429 (inferred) and do
	// not count. The service allows 20 per user and endpoint (documented for
	// v2); the simulator applies one limit to all requests.
	RequestsPerSecond int
	RetryAfter        string // the Retry-After header of HTTP 429; empty: none

	// LegacyList makes v1 send a list of jobs as "records" (older documentation)
	// instead of "tasks" (recorded).
	LegacyList bool

	// ListPageLimit is the maximum page size of lists. 0: as requested. If it is
	// set, larger page sizes are reduced without an error, and responses have no
	// pageSize.
	ListPageLimit int

	// ListOmitsCollection omits collectionName from the entries of lists.
	ListOmitsCollection bool
}

// Server simulates the API. It is an [http.Handler], safe for concurrent use.
type Server struct {
	options      Options          // without APIKeys
	authDisabled bool             // only for Milvus without keys
	routes       map[string]route // by path; not changed after New

	mu            sync.Mutex
	keyHashes     [][sha256.Size]byte
	clusters      map[string]map[string]Job // by cluster id, then job id
	clusterErrors map[string]int            // error codes by cluster id; 0: none
	faults        []Fault
	accepted      []time.Time // times of accepted requests in the last second
	requests      []Request
	onStart       func(StartRequest) Job
	started       []StartRequest
}

// route is one endpoint of the API.
type route struct {
	method    string
	codes     responseCodes
	startsJob bool

	// handle handles an authorized request. The error is nil on success.
	handle func(r *http.Request) (data any, apiErr *apiError)
}

// responseCodes are the codes in response bodies that differ between versions of the
// API.
type responseCodes struct {
	success int
	badKey  int
}

// New returns a Server without clusters.
func New(o Options) *Server {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	s := &Server{
		authDisabled:  o.Milvus && len(o.APIKeys) == 0,
		routes:        map[string]route{},
		clusters:      map[string]map[string]Job{},
		clusterErrors: map[string]int{},
		onStart:       func(StartRequest) Job { return Job{Steps: Linear(defaultDuration)} },
	}
	for _, key := range o.APIKeys {
		s.keyHashes = append(s.keyHashes, sha256.Sum256([]byte(key)))
	}
	o.APIKeys = nil
	s.options = o
	if o.Milvus {
		s.registerMilvus()
		return s
	}
	s.registerV1()
	s.registerV2()
	return s
}

// Refuse makes every request for the cluster fail with an error code. Code 0 undoes
// it. Refuse has no effect on Milvus, which has no clusters.
func (s *Server) Refuse(clusterID string, code int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clusterErrors[clusterID] = code
}

// RevokeKey makes the server reject an API key from now on.
func (s *Server) RevokeKey(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	hash := sha256.Sum256([]byte(key))
	s.keyHashes = slices.DeleteFunc(s.keyHashes, func(h [sha256.Size]byte) bool { return h == hash })
}

// ServeHTTP implements [http.Handler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r = r.WithContext(r.Context()) // a copy, since its body is replaced
	body := readBody(r)
	index, jobID := s.recordRequest(r, body)

	if !s.options.Milvus {
		// The header is recorded; the format of its value is not known.
		w.Header().Set("requestid", fmt.Sprintf("sim-%08d", index+1))
	}
	w = &statusWriter{ResponseWriter: w, onStatus: func(status int) { s.recordStatus(index, status) }}

	fault := s.takeFault(jobID, s.startsJob(r))
	switch {
	case fault == nil:
		s.respond(w, r)
	case fault.AfterStart:
		s.replaceResponse(w, r, fault.Response)
	default:
		fault.Response(w, r)
	}
}

// respond checks path, method, key and rate limit, in the order of a gateway, and
// handles the request.
func (s *Server) respond(w http.ResponseWriter, r *http.Request) {
	route, known := s.routes[r.URL.Path]
	switch {
	case !known:
		writeError(w, http.StatusNotFound, http.StatusNotFound, "Not Found")
		return
	case r.Method != route.method:
		w.Header().Set("Allow", route.method)
		writeError(w, http.StatusMethodNotAllowed, http.StatusMethodNotAllowed, "Method Not Allowed")
		return
	case !s.authorized(r.Header.Values("Authorization")):
		newError(route.codes.badKey).write(w)
		return
	case s.overLimit():
		StatusRetryAfter(http.StatusTooManyRequests, s.options.RetryAfter)(w, r)
		return
	}
	data, apiErr := route.handle(r)
	if apiErr != nil {
		apiErr.write(w)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"code": route.codes.success, "data": data})
}

// replaceResponse handles the request, discards the response, and sends the
// replacement.
func (s *Server) replaceResponse(w http.ResponseWriter, r *http.Request, replacement http.HandlerFunc) {
	original := httptest.NewRecorder()
	s.respond(original, r)
	ctx := context.WithValue(r.Context(), originalBodyKey{}, original.Body.String())
	replacement(w, r.WithContext(ctx))
}

// startsJob reports whether a request is one to start a job.
func (s *Server) startsJob(r *http.Request) bool {
	route := s.routes[r.URL.Path]
	return route.startsJob && r.Method == route.method
}

// authorized reports whether there is exactly one Authorization header, of the
// documented form and with an accepted key. It compares keys in constant time.
func (s *Server) authorized(headers []string) bool {
	if s.authDisabled {
		return true
	}
	if len(headers) != 1 {
		return false
	}
	key, isBearer := strings.CutPrefix(headers[0], "Bearer ")
	hash := sha256.Sum256([]byte(key))

	s.mu.Lock()
	defer s.mu.Unlock()
	found := 0
	for _, h := range s.keyHashes {
		found |= subtle.ConstantTimeCompare(hash[:], h[:])
	}
	return isBearer && key != "" && found == 1
}

// overLimit reports whether a request exceeds the rate limit, and counts it if it
// does not.
func (s *Server) overLimit() bool {
	limit := s.options.RequestsPerSecond
	if limit <= 0 {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.options.Clock()
	s.accepted = slices.DeleteFunc(s.accepted, func(t time.Time) bool { return now.Sub(t) >= time.Second })
	if len(s.accepted) >= limit {
		return true
	}
	s.accepted = append(s.accepted, now)
	return false
}
