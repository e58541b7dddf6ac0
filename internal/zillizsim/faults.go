package zillizsim

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// Fault replaces the response to a request. It applies to every path, whatever the API
// key.
type Fault struct {
	// JobID selects the requests with this job ID. If empty, all are selected.
	JobID string `json:"job_id"`
	// Call selects the requests whose path ends in this name, such as commit. If empty,
	// all are selected.
	Call string `json:"call"`
	// StartOnly selects the requests that start a job.
	StartOnly bool `json:"start_only"`
	// After lets the server handle the request before its response is lost: a valid
	// request starts, commits or aborts the job.
	After bool `json:"after"`
	// Skip is the number of selected requests that are let through first.
	Skip int `json:"skip"`
	// Times is the number of requests that the fault then applies to. If 0, it applies to one. If
	// negative, it applies to all.
	Times int `json:"times"`
	// Response sends the response. If nil, that is HTTP 500.
	Response http.HandlerFunc `json:"-"`
}

// Inject adds faults. If several match a request, the one that was injected first
// applies, unless it skips the request or is used up.
func (s *Server) Inject(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, fault := range faults {
		if fault.Times == 0 {
			fault.Times = 1
		}
		if fault.Response == nil {
			fault.Response = Status(http.StatusInternalServerError)
		}
		s.faults = append(s.faults, fault)
	}
}

// takeFault returns the fault that applies to a request, or nil, and
// updates Skip and Times.
func (s *Server) takeFault(r *http.Request) *Fault {
	_, id := requestIDs(r)
	call := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
	startsJob := r.Method == http.MethodPost && (call == "import" || call == "create") // of v1 or v2

	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.faults {
		f := &s.faults[i]
		switch {
		case f.Times == 0 || !matchesFilter(f.JobID, id) || !matchesFilter(f.Call, call):
		case f.StartOnly && !startsJob:
		case f.Skip > 0:
			f.Skip--
		default:
			if f.Times > 0 {
				f.Times--
			}
			fault := *f
			return &fault
		}
	}
	return nil
}

// Status returns a handler that responds with an HTTP status, and a body whose code is
// that status.
func Status(status int) http.HandlerFunc { return StatusRetryAfter(status, "") }

// StatusRetryAfter is like [Status], with a Retry-After header. If retryAfter is empty,
// the header is not sent.
func StatusRetryAfter(status int, retryAfter string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if retryAfter != "" {
			w.Header().Set("Retry-After", retryAfter)
		}
		writeError(w, status, status, http.StatusText(status))
	}
}

// ErrorCode returns a handler that responds with an error code of the API, its message
// and its HTTP status.
func ErrorCode(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { newError(code).write(w) }
}

// HTMLPage returns a handler that responds with an error page like that of a gateway.
func HTMLPage(status int) http.HandlerFunc {
	title := fmt.Sprintf("%d %s", status, http.StatusText(status))
	return Body(status, "text/html", "<html>\r\n<head><title>"+title+"</title></head>\r\n"+
		"<body>\r\n<center><h1>"+title+"</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n")
}

// Body returns a handler that responds with a status and a body.
func Body(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { writeBody(w, status, contentType, body) }
}

// Redirect returns a handler that responds with HTTP 302 and a URL as Location.
func Redirect(url string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, url, http.StatusFound) }
}

// Reset returns a handler that resets the connection before the first byte of a response.
// With TLS, it closes the connection instead. If the connection can't be hijacked, as with
// HTTP/2, it responds with HTTP 501.
func Reset() http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { hijackAndReset(w, r, "") }
}

// ResetMidBody is like [Reset], but first sends the beginning of a response: that of a
// completed import in v1 and v2, since a client must not trust what it has received.
func ResetMidBody() http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		hijackAndReset(w, r, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"+
			`{"code":0,"data":{"jobId":"1","readyPercentage":100,"progress":100,"state":"Completed"`)
	}
}

// Hang returns a handler that sends no response. The handler returns when the client
// disconnects.
func Hang() http.HandlerFunc {
	return func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
}

// hijackAndReset hijacks the connection, sends raw bytes, and resets it.
func hijackAndReset(w http.ResponseWriter, r *http.Request, raw string) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		writeError(w, http.StatusNotImplemented, http.StatusNotImplemented, "this connection can't be reset")
		return
	}
	if raw != "" {
		_, _ = io.WriteString(conn, raw)
		select { // some systems discard bytes that are not read yet when they receive a reset
		case <-time.After(10 * time.Millisecond):
		case <-r.Context().Done():
		}
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // makes Close send RST, not FIN
	}
	_ = conn.Close()
}
