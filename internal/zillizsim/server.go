package zillizsim

import (
	"cmp"
	"context"
	"fmt"
	"maps"
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
	// username:password. Without any, Milvus does not authenticate, as by default.
	APIKeys []string

	// LimitedKeys are further accepted bearer tokens, each with the one database that
	// it has rights on. In v2 and Milvus, any other database answers HTTP 403. Except
	// for lists, both the header DB-Name and the body must name it (from the source of
	// Milvus; inferred for Zilliz Cloud). If neither does, it is "default".
	LimitedKeys map[string]string

	Clock func() time.Time // If nil, it is time.Now.

	// Milvus makes the server behave like open-source Milvus: it has no v1 and no
	// clusters, but its own error codes and bodies.
	Milvus bool

	// OnePhase is an older service: it ignores auto_commit and has no paths to commit
	// or abort a job (inferred).
	OnePhase bool

	// RequestsPerSecond is the number of requests accepted in any second. Those above
	// it get HTTP 429 (inferred) and do not count. If it is 0, there is no limit. The
	// service allows 20 per user and endpoint (documented for v2), the simulator for all.
	RequestsPerSecond int
	RetryAfter        string // the Retry-After header of HTTP 429; if empty, there is none

	// CountAllPages makes the count of a list that of all pages (recorded), instead of
	// that of the records in the response (the newest documentation).
	CountAllPages bool
}

// Server simulates the API. It is an [http.Handler], safe for concurrent use.
type Server struct {
	options Options
	routes  map[string]route // by path; not changed after New

	mu            sync.Mutex
	keys          map[string]string         // the database of each accepted key; empty means any
	clusters      map[string]map[string]Job // by cluster ID, then job ID
	clusterErrors map[string]int            // error codes by cluster ID, set by Refuse
	faults        []Fault
	accepted      []time.Time // times of accepted requests in the last second
	requests      []Request
	onStart       func(StartRequest) Job
	started       []StartRequest
}

// route is one endpoint of the API.
type route struct {
	method  string
	success int // code in the body
	badKey  int // code in the body
	handle  handler
}

// handler handles an authorized request. The error is nil on success.
type handler func(r *http.Request) (data any, apiErr *apiError)

// withJob returns a handler of requests about one job, which find returns.
func withJob(find func(*http.Request) (Job, *apiError), answer func(Job) (any, *apiError)) handler {
	return func(r *http.Request) (any, *apiError) {
		job, apiErr := find(r)
		if apiErr != nil {
			return nil, apiErr
		}
		return answer(job)
	}
}

// New returns a Server without clusters.
func New(o Options) *Server {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	s := &Server{
		options:       o,
		keys:          map[string]string{},
		clusters:      map[string]map[string]Job{},
		clusterErrors: map[string]int{},
		onStart:       func(StartRequest) Job { return Job{Steps: Linear(defaultDuration)} },
	}
	for _, key := range o.APIKeys {
		s.keys[key] = ""
	}
	for key, database := range o.LimitedKeys {
		s.keys[key] = database
	}
	if o.Milvus {
		s.routes = s.v2Routes(codeNotAuthenticated, s.milvusFindJob, s.milvusProgress, s.milvusList, s.milvusStart)
		delete(s.routes, v2Prefix+"getProgress")
		return s
	}
	s.routes = s.v2Routes(codeIllegalAPIKey, s.v2FindJob, s.v2Progress, s.v2List, s.v2Start)
	maps.Copy(s.routes, s.v1Routes())
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
	delete(s.keys, key)
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r = r.Clone(r.Context()) // since its body is replaced
	number := s.recordRequest(r)
	w.Header().Set("Date", s.options.Clock().UTC().Format(http.TimeFormat))
	if !s.options.Milvus {
		// The header is recorded; the format of its value is not known.
		w.Header().Set("requestid", fmt.Sprintf("sim-%08d", number))
	}
	fault := s.takeFault(r)
	switch {
	case fault == nil:
		s.respond(w, r)
	case fault.After || fault.AfterStart:
		s.replaceResponse(w, r, fault.Response)
	default:
		fault.Response(w, r)
	}
}

// respond checks path, method, key and rate limit, in the order of a gateway, and
// handles the request.
func (s *Server) respond(w http.ResponseWriter, r *http.Request) {
	route, known := s.routes[r.URL.Path]
	_, accepted := s.keyLimit(r)
	switch {
	case s.options.Milvus && (!known || r.Method != route.method):
		writeBody(w, http.StatusNotFound, "text/plain", "404 page not found") // from its source
		return
	case !known:
		writeError(w, http.StatusNotFound, http.StatusNotFound, "Not Found")
		return
	case r.Method != route.method:
		w.Header().Set("Allow", route.method)
		writeError(w, http.StatusMethodNotAllowed, http.StatusMethodNotAllowed, "Method Not Allowed")
		return
	case !accepted:
		newError(route.badKey).write(w)
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
	writeJSON(w, http.StatusOK, map[string]any{"code": route.success, "data": data})
}

// replaceResponse handles the request, but sends another response.
func (s *Server) replaceResponse(w http.ResponseWriter, r *http.Request, replacement http.HandlerFunc) {
	original := httptest.NewRecorder()
	s.respond(original, r)
	ctx := context.WithValue(r.Context(), originalBodyKey{}, original.Body.String())
	replacement(w, r.WithContext(ctx))
}

// keyLimit returns the database that the API key of a request is limited to, if any,
// and reports whether the key is accepted. There must be one Authorization header.
func (s *Server) keyLimit(r *http.Request) (database string, accepted bool) {
	if s.options.Milvus && len(s.options.APIKeys)+len(s.options.LimitedKeys) == 0 {
		return "", true
	}
	key, isBearer := strings.CutPrefix(strings.Join(r.Header["Authorization"], ", "), "Bearer ")
	s.mu.Lock()
	defer s.mu.Unlock()
	database, accepted = s.keys[key]
	return database, accepted && isBearer && key != ""
}

// checkDatabase returns an error if the API key of a request has no rights on its
// database. Except for lists, the header has to name it too.
func (s *Server) checkDatabase(r *http.Request, database string, list bool) *apiError {
	limit, _ := s.keyLimit(r)
	header := cmp.Or(r.Header.Get("DB-Name"), defaultDatabase)
	if limit == "" || limit == database && (list || limit == header) {
		return nil
	}
	return newError(codeNoPermission)
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
