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

// Fault replaces the response to a request. It comes before everything else: it
// does not look at the key, and it acts on every path.
type Fault struct {
	JobID     string // only requests that name this job; empty: any
	StartOnly bool   // only requests that start a job

	// AfterStart acts like StartOnly, and the request is handled first: if it is
	// valid, the job has been started when the fault replaces the response.
	AfterStart bool

	Skip   int              // requests to let pass before it acts
	Times  int              // requests to act on; 0: one, negative: all
	Answer http.HandlerFunc // the response; nil: HTTP 500
}

// Inject adds faults. The first that matches a request and is not used up acts
// on it, in the order in which they were injected.
func (s *Server) Inject(f ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, fault := range f {
		if fault.Times == 0 {
			fault.Times = 1
		}
		if fault.Answer == nil {
			fault.Answer = Status(http.StatusInternalServerError)
		}
		s.faults = append(s.faults, fault)
	}
}

// takeFault returns the fault that acts on a request, or nil, and counts it.
func (s *Server) takeFault(jobID string, starts bool) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.faults {
		f := &s.faults[i]
		switch {
		case !f.appliesTo(jobID, starts):
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

func (f *Fault) appliesTo(jobID string, starts bool) bool {
	switch {
	case f.Times == 0:
		return false
	case f.JobID != "" && f.JobID != jobID:
		return false
	}
	return starts || !f.StartOnly && !f.AfterStart
}

// Status responds with an HTTP status and a body with the same code.
func Status(code int) http.HandlerFunc { return StatusRetryAfter(code, "") }

// StatusRetryAfter is Status with a Retry-After header, unless that is empty.
func StatusRetryAfter(code int, retryAfter string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if retryAfter != "" {
			w.Header().Set("Retry-After", retryAfter)
		}
		writeError(w, code, code, http.StatusText(code))
	}
}

// ErrorCode responds with a code of the API, with its message and HTTP status.
func ErrorCode(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { refuse(code).write(w) }
}

// HTMLPage responds with an error page like that of a gateway.
func HTMLPage(code int) http.HandlerFunc {
	title := fmt.Sprintf("%d %s", code, http.StatusText(code))
	return Body(code, "text/html", "<html>\r\n<head><title>"+title+"</title></head>\r\n"+
		"<body>\r\n<center><h1>"+title+"</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n")
}

// Body responds with any body.
func Body(code int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { write(w, code, contentType, body) }
}

// OtherJob responds that a job is completed, under an ID that was not in the
// request.
func OtherJob(id string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		write(w, http.StatusOK, "application/json", completedBody(r, id))
	}
}

// Redirect responds with HTTP 302.
func Redirect(to string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) }
}

// Reset resets the connection before the first byte. Where a connection can't be
// hijacked, as in HTTP/2, the response is HTTP 501.
func Reset() http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { hijackAndReset(w, r, "") }
}

// ResetMidBody resets the connection after half of a successful body. Its
// Content-Length is that of the whole. HTTP/2: as for Reset.
func ResetMidBody() http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body := successfulBody(r)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		var sent strings.Builder
		sent.WriteString("HTTP/1.1 200 OK\r\n")
		_ = w.Header().Write(&sent) // a Builder does not fail
		sent.WriteString("\r\n" + body[:len(body)/2])
		hijackAndReset(w, r, sent.String())
	}
}

// CutOff responds with a successful body without its last third. The HTTP
// response is complete: its Content-Length is that of what is sent.
func CutOff() http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body := successfulBody(r)
		body = body[:len(body)*2/3]
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		write(w, http.StatusOK, "application/json", body)
	}
}

// Hang never responds. It ends when the client goes away.
func Hang() http.HandlerFunc {
	return func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
}

// Trickle sends a successful body, one byte every 100 ms. The body of a completed
// import takes more than a minute. It ends when the client goes away.
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

// hijackAndReset takes over the connection, sends bytes as they are, and resets it.
func hijackAndReset(w http.ResponseWriter, r *http.Request, sent string) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		w.Header().Del("Content-Length")
		writeError(w, http.StatusNotImplemented, http.StatusNotImplemented, "this connection can't be reset")
		return
	}
	if sent != "" {
		_, _ = io.WriteString(conn, sent)
		select { // some systems drop unread bytes when they receive a reset
		case <-time.After(10 * time.Millisecond):
		case <-r.Context().Done():
		}
	}
	if tls, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = tls.NetConn() // TLS would send an alert when closed
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // makes Close send RST, not FIN
	}
	_ = conn.Close()
}

// lostBody is the key of the context value that holds the body of the response
// that a fault with AfterStart replaces.
type lostBody struct{}

// successfulBody returns the body of the response that the fault replaces, if the
// request was handled, and else that of a completed import.
func successfulBody(r *http.Request) string {
	if body, ok := r.Context().Value(lostBody{}).(string); ok {
		return body
	}
	_, jobID := requestIDs(r, readBody(r))
	return completedBody(r, jobID)
}

// completed has the fields of both versions. The fields that decide come first: a
// client must not trust them in a body that is cut off.
type completed struct {
	ReadyPercentage int         `json:"readyPercentage"`
	Progress        int         `json:"progress"`
	State           string      `json:"state"`
	CompleteTime    string      `json:"completeTime"`
	ErrorMessage    *string     `json:"errorMessage"`
	Reason          string      `json:"reason"`
	JobID           string      `json:"jobId,omitempty"`
	FileName        string      `json:"fileName"`
	FileSize        int64       `json:"fileSize"`
	Details         []completed `json:"details,omitempty"`
}

func completedBody(r *http.Request, jobID string) string {
	file := completed{
		ReadyPercentage: 1, Progress: 100, State: stateCompleted, CompleteTime: "2024-04-01T06:17:55Z",
		FileName: "folder/1/", FileSize: 26571700,
	}
	whole := file
	whole.JobID = jobID
	whole.Details = []completed{file, file, file}
	code := 200
	if strings.HasPrefix(r.URL.Path, "/v2/") {
		code = 0
	}
	body, _ := json.Marshal(struct { // plain values do not fail
		Code int       `json:"code"`
		Data completed `json:"data"`
	}{code, whole})
	return string(body)
}
