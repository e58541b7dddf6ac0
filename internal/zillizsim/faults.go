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

// Fault replaces the response to a request. It applies to every path, whatever the
// API key.
type Fault struct {
	JobID     string // only requests with this job ID; if empty, any
	Call      string // only requests whose path ends in this name, such as commit; if empty, any
	StartOnly bool   // only requests that start a job

	// After lets the server handle the request first: it starts, commits or aborts
	// the job if the request is valid, and then its response is lost.
	After      bool
	AfterStart bool // StartOnly and After

	Skip     int              // matching requests to let through first
	Times    int              // requests to apply to; 0 means one, a negative number all
	Response http.HandlerFunc // if nil, HTTP 500
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

// takeFault returns the fault that applies to a request, or nil, and updates Skip
// and Times.
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
		case (f.StartOnly || f.AfterStart) && !startsJob:
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

// Status responds with an HTTP status, and with a body whose code is that status.
func Status(status int) http.HandlerFunc { return StatusRetryAfter(status, "") }

// StatusRetryAfter is like Status, with a Retry-After header unless retryAfter is
// empty.
func StatusRetryAfter(status int, retryAfter string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if retryAfter != "" {
			w.Header().Set("Retry-After", retryAfter)
		}
		writeError(w, status, status, http.StatusText(status))
	}
}

// ErrorCode responds with an error code of the API, its message and its HTTP status.
func ErrorCode(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { newError(code).write(w) }
}

// HTMLPage responds with an error page like that of a gateway.
func HTMLPage(status int) http.HandlerFunc {
	title := fmt.Sprintf("%d %s", status, http.StatusText(status))
	return Body(status, "text/html", "<html>\r\n<head><title>"+title+"</title></head>\r\n"+
		"<body>\r\n<center><h1>"+title+"</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n")
}

// Body responds with a given status and body.
func Body(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { writeBody(w, status, contentType, body) }
}

// Redirect responds with HTTP 302 and the URL as Location.
func Redirect(url string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, url, http.StatusFound) }
}

// Reset resets the connection before the first byte of a response. If the connection
// can't be hijacked, as in HTTP/2, it responds with HTTP 501.
func Reset() http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { hijackAndReset(w, r, "") }
}

// ResetMidBody is like Reset, but resets the connection after half of the body of a
// successful response. The Content-Length is that of the full body.
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

// CutOff sends a successful body without its last third. The HTTP response is
// complete: the Content-Length is that of the shorter body.
func CutOff() http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body := successfulBody(r)
		body = body[:len(body)*2/3]
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		writeBody(w, http.StatusOK, "application/json", body)
	}
}

// Hang sends no response. It returns when the client disconnects.
func Hang() http.HandlerFunc {
	return func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
}

// Trickle sends a successful body, one byte every 100 ms. The body of a completed
// import takes more than a minute. Trickle returns when the client disconnects.
func Trickle() http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for _, b := range []byte(successfulBody(r)) {
			select {
			case <-r.Context().Done():
				return
			case <-tick.C:
			}
			_, err := w.Write([]byte{b})
			if err != nil || http.NewResponseController(w).Flush() != nil {
				return
			}
		}
	}
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
		select { // some systems discard unread bytes when they receive a reset
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

// originalBodyKey is the context key for the body of the response that a fault with
// After replaces.
type originalBodyKey struct{}

// successfulBody returns the body of the original response if the request has been
// handled, else that of a completed import with the fields of v1 and v2. Those that
// show completion come first, since a client must not trust them in a truncated body.
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
