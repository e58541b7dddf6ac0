package zillizsim

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"time"
)

// Options configure a [Server].
type Options struct {
	// APIKeys are the accepted bearer tokens. For Milvus, they have the form
	// username:password. Without any, Milvus does not authenticate, as by default.
	APIKeys []string
	// Clock returns the current time. If nil, it is [time.Now].
	Clock func() time.Time
	// Milvus reports whether the server is open-source Milvus, which has no v1 and no
	// clusters, and has error codes and bodies of its own.
	Milvus bool
	// RequestsPerSecond is the number of requests that are accepted in any second. Others
	// get HTTP 429 (inferred) and do not count. If 0, there is no limit. The service
	// counts per user and endpoint, and allows 20 (documented for v2); the simulator
	// counts all together.
	RequestsPerSecond int
	// RetryAfter is the Retry-After header of HTTP 429. If empty, it is not sent.
	RetryAfter string
	// Log gets a line for each request, in one call of Write. If nil, nothing is logged.
	Log io.Writer
}

// Server simulates the API. It is an [http.Handler], and safe for concurrent use.
type Server struct {
	options Options
	// routes maps paths to endpoints. It does not change after New.
	routes map[string]route

	mu sync.Mutex
	// clusters maps cluster IDs and job IDs to jobs.
	clusters map[string]map[string]Job
	// collections maps the names of databases and collections.
	collections map[[2]string]*Collection
	// mistakes are those of Mistakes.
	mistakes []string
	// refused maps cluster IDs to the error codes of Refuse.
	refused map[string]int
	faults  []Fault
	// accepted are the times of the accepted requests in the last second.
	accepted []time.Time
	requests []Request
	onStart  func(StartRequest) Job
	started  []StartRequest
	// run is the time at which the server was created, in milliseconds. It is a part of the IDs of
	// started jobs.
	run int64
}

// route is one endpoint of the API.
type route struct {
	method string
	// success and badKey are codes in the body of a response.
	success int
	badKey  int
	handle  handler
}

// handler handles an authorized request. The error is nil on success.
type handler func(r *http.Request) (data any, apiErr *apiError)

// jobFinder returns the job that a request names.
type jobFinder func(*http.Request) (Job, *apiError)

// jobHandler handles a request for a job.
type jobHandler func(Job) (data any, apiErr *apiError)

func withJob(find jobFinder, handle jobHandler) handler {
	return func(r *http.Request) (any, *apiError) {
		job, apiErr := find(r)
		if apiErr != nil {
			return nil, apiErr
		}
		return handle(job)
	}
}

// New returns a server without clusters.
func New(o Options) *Server {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	s := &Server{
		options:     o,
		clusters:    map[string]map[string]Job{},
		collections: map[[2]string]*Collection{},
		refused:     map[string]int{},
		onStart:     func(StartRequest) Job { return Job{Steps: Linear(defaultDuration)} },
	}
	s.run = o.Clock().UnixMilli()
	if o.Milvus {
		s.routes = s.v2Routes(codeNotAuthenticated, s.milvusFindJob, s.milvusProgress, s.milvusList, milvusStart)
		delete(s.routes, v2Prefix+"getProgress")
	} else {
		s.routes = s.v2Routes(codeIllegalAPIKey, s.v2FindJob, s.v2Progress, s.v2List, s.v2Start)
		maps.Copy(s.routes, s.v1Routes())
	}
	maps.Copy(s.routes, s.collectionRoutes())
	return s
}

// Refuse makes every request for a cluster fail with an error code, until code 0 is set.
// It has no effect on Milvus, which has no clusters.
func (s *Server) Refuse(clusterID string, code int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused[clusterID] = code
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r = r.Clone(r.Context()) // since its body is replaced
	if s.options.Log != nil {
		sent := &sentResponse{ResponseWriter: w}
		defer func() { s.logRequest(r, sent) }()
		w = sent
	}
	number := s.recordRequest(r)
	w.Header().Set("Date", s.options.Clock().UTC().Format(http.TimeFormat))
	if !s.options.Milvus {
		// The header is recorded, but not the form of its value.
		w.Header().Set("requestid", fmt.Sprintf("sim-%08d", number))
	}
	fault := s.takeFault(r)
	switch {
	case fault == nil:
		s.respond(w, r)
	case fault.After:
		s.respond(httptest.NewRecorder(), r)
		fault.Response(w, r)
	default:
		fault.Response(w, r)
	}
}

// respond checks the path, method, API key and rate limit, in the order of a gateway, and
// then handles the request.
func (s *Server) respond(w http.ResponseWriter, r *http.Request) {
	route, known := s.routes[r.URL.Path]
	switch {
	case s.options.Milvus && (!known || r.Method != route.method):
		writeBody(w, http.StatusNotFound, "text/plain", "404 page not found") // from the source of Milvus
	case !known:
		Status(http.StatusNotFound)(w, r)
	case r.Method != route.method:
		w.Header().Set("Allow", route.method)
		Status(http.StatusMethodNotAllowed)(w, r)
	case !s.acceptsKey(r):
		newError(route.badKey).write(w)
	case s.overLimit():
		StatusRetryAfter(http.StatusTooManyRequests, s.options.RetryAfter)(w, r)
	default:
		data, apiErr := route.handle(r)
		if apiErr != nil {
			apiErr.write(w)
			return
		}
		writeJSON(w, http.StatusOK, map[string]any{"code": route.success, "data": data})
	}
}

// acceptsKey reports whether the API key of a request is accepted. With several
// Authorization headers, it is not.
func (s *Server) acceptsKey(r *http.Request) bool {
	if s.options.Milvus && len(s.options.APIKeys) == 0 {
		return true
	}
	key, isBearer := strings.CutPrefix(strings.Join(r.Header["Authorization"], ", "), "Bearer ")
	return isBearer && key != "" && slices.Contains(s.options.APIKeys, key)
}

// overLimit reports whether a request exceeds the rate limit. If not, it counts the
// request.
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
