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
	// APIKeys are the accepted bearer tokens. For Milvus they have the form
	// username:password; none means that Milvus does not authenticate, which is
	// its default.
	APIKeys []string

	Clock func() time.Time // nil: time.Now

	// Milvus makes the server behave like open-source Milvus: no v1, no
	// clusters, databases, its own codes and bodies.
	Milvus bool

	// RequestsPerSecond is the number of requests accepted in any second. The
	// others get HTTP 429 and do not count. 0: no limit. The service allows 20
	// per user and endpoint (documented for v2); here one limit holds for all.
	// The status 429 is inferred.
	RequestsPerSecond int
	RetryAfter        string // the Retry-After header of that 429; empty: none

	// LegacyList makes v1 list jobs under "records" (older documentation), not
	// "tasks" (recorded).
	LegacyList bool

	// ListPageLimit silently caps the page size of lists: the response has no
	// pageSize, and count is the total of all pages. 0: no cap.
	ListPageLimit int

	// ListOmitsCollection leaves collectionName out of the list's entries.
	ListOmitsCollection bool
}

// Server simulates the API. It is an [http.Handler], safe for concurrent use.
type Server struct {
	options Options
	routes  map[string]route // by path; not changed after New

	mu       sync.Mutex
	keys     [][sha256.Size]byte
	clusters map[string]map[string]Job // by cluster ID, then job ID
	refused  map[string]int            // code by cluster ID
	faults   []Fault
	accepted []time.Time // requests within the limit in the last second
	requests []Request
	onStart  func(StartRequest) Job
	started  []StartRequest
}

// route is one endpoint of the API.
type route struct {
	method  string
	version version
	handle  handler
	starts  bool // whether it starts jobs
}

// handler handles a request that has been authorized. The refusal is nil if it
// succeeds.
type handler func(r *http.Request) (data any, refused *refusal)

// version is what differs between versions of the API in every response.
type version struct {
	success int // the code in the body of a success
	badKey  int // the code for a bad key
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
		onStart:  func(StartRequest) Job { return Job{Steps: Linear(defaultDuration)} },
	}
	for _, key := range o.APIKeys {
		s.keys = append(s.keys, sha256.Sum256([]byte(key)))
	}
	if o.Milvus {
		s.registerMilvus()
		return s
	}
	s.registerV1()
	s.registerV2()
	return s
}

// Refuse makes every request that names the cluster fail with a code. Code 0
// lifts the refusal. It has no effect on Milvus, which has no clusters.
func (s *Server) Refuse(clusterID string, code int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused[clusterID] = code
}

// RevokeKey makes the server refuse an API key from now on.
func (s *Server) RevokeKey(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sum := sha256.Sum256([]byte(key))
	s.keys = slices.DeleteFunc(s.keys, func(k [sha256.Size]byte) bool { return k == sum })
}

// ServeHTTP implements [http.Handler]. A fault that is due comes first.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r = r.WithContext(r.Context()) // a copy, since its body is replaced
	body := readBody(r)
	n, jobID := s.recordRequest(r, body)

	if !s.options.Milvus {
		// The header is recorded; the form of its value is not known.
		w.Header().Set("requestid", fmt.Sprintf("sim-%08d", n+1))
	}
	w = &statusWriter{ResponseWriter: w, onStatus: func(status int) { s.setStatus(n, status) }}

	fault := s.takeFault(jobID, s.starts(r))
	switch {
	case fault == nil:
		s.respond(w, r)
	case fault.AfterStart:
		s.respondThenLose(w, r, fault.Answer)
	default:
		fault.Answer(w, r)
	}
}

// respond checks what a gateway checks, in its order: path and method, key, limit.
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
		refuse(route.version.badKey).write(w)
		return
	case s.overLimit():
		StatusRetryAfter(http.StatusTooManyRequests, s.options.RetryAfter)(w, r)
		return
	}
	data, refused := route.handle(r)
	if refused != nil {
		refused.write(w)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"code": route.version.success, "data": data})
}

// respondThenLose handles the request, drops the response, and sends another.
func (s *Server) respondThenLose(w http.ResponseWriter, r *http.Request, other http.HandlerFunc) {
	lost := httptest.NewRecorder()
	s.respond(lost, r)
	ctx := context.WithValue(r.Context(), lostBody{}, lost.Body.String())
	other(w, r.WithContext(ctx))
}

// starts reports whether a request is one to start a job.
func (s *Server) starts(r *http.Request) bool {
	route := s.routes[r.URL.Path]
	return route.starts && r.Method == route.method
}

// authorized reports whether there is exactly one header, of the documented
// form, with an accepted key. The time it takes does not depend on the key.
func (s *Server) authorized(header []string) bool {
	if s.options.Milvus && len(s.options.APIKeys) == 0 {
		return true
	}
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

// overLimit reports whether a request exceeds the rate limit, and counts it if not.
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
