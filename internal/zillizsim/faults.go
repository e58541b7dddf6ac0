package zillizsim

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
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
	// Skip is how many of the selected requests are let through first.
	Skip int `json:"skip"`
	// Times is how many requests the fault then applies to. If 0, it applies to one. If
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

// takeFault returns the fault that applies to a request, nil if there is none, and
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
// If the connection can't be hijacked, as with HTTP/2, it responds with HTTP 501.
func Reset() http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { hijackAndReset(w, r, "") }
}

// ResetMidBody is like [Reset], but resets the connection after half of the body of a
// successful response. The Content-Length is that of the whole body.
func ResetMidBody() http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body := successfulBody(r)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		var raw strings.Builder
		raw.WriteString("HTTP/1.1 200 OK\r\n")
		_ = w.Header().Write(&raw) // can't fail for a Builder
		raw.WriteString("\r\n" + body[:len(body)/2])
		hijackAndReset(w, r, raw.String())
	}
}

// CutOff returns a handler that sends a successful body without its last third. The HTTP
// response is complete: the Content-Length is that of the shorter body.
func CutOff() http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body := successfulBody(r)
		body = body[:len(body)*2/3]
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		writeBody(w, http.StatusOK, "application/json", body)
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
		w.Header().Del("Content-Length")
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
	if tls, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = tls.NetConn() // closing a TLS connection would send an alert
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // makes Close send RST, not FIN
	}
	_ = conn.Close()
}

// originalBodyKey is the key, in the context of a request, of the body of the response
// that a fault with After replaces.
type originalBodyKey struct{}

// successfulBody returns the body of the original response if the request has been
// handled, and otherwise that of a completed import, with the fields of v1 and v2. Those
// that show completion come first, since a client must not trust them in a body that is
// cut off.
func successfulBody(r *http.Request) string {
	if body, ok := r.Context().Value(originalBodyKey{}).(string); ok {
		return body
	}
	code := 200
	if strings.HasPrefix(r.URL.Path, "/v2/") {
		code = 0
	}
	_, id := requestIDs(r)
	quoted, _ := json.Marshal(id) // can't fail for a string
	const file = `"readyPercentage":1,"progress":100,"state":"Completed","completeTime":"2024-04-01T06:17:55Z",` +
		`"errorMessage":null,"reason":"","fileName":"folder/1/","fileSize":26571700`
	return fmt.Sprintf(`{"code":%d,"data":{%s,"jobId":%s,"details":[{%[2]s},{%[2]s},{%[2]s}]}}`, code, file, quoted)
}
