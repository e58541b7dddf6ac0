package zillizsim

import (
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Fault is something that goes wrong instead of the real answer. It comes
// before all else: before the key is looked at, and on any path.
type Fault struct {
	JobID  string           // only requests that name this job; empty: any request
	Skip   int              // let so many matching requests through first
	Times  int              // act on so many; 0 counts as 1, negative: for ever
	Answer http.HandlerFunc // what happens; nil: HTTP 500
}

// Inject adds faults. They are tried in the order injected; the first that
// matches and is not used up answers.
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

// fault uses up one turn of the fault that is due, if any, and returns its answer.
func (s *Server) fault(jobID string) http.HandlerFunc {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.faults {
		f := &s.faults[i]
		switch {
		case f.Times == 0 || f.JobID != "" && f.JobID != jobID:
		case f.Skip > 0:
			f.Skip--
		default:
			if f.Times > 0 {
				f.Times--
			}
			return f.Answer
		}
	}
	return nil
}

// Status answers with an HTTP status and an error envelope of the same code.
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

// HTMLPage answers with an error page like that of a gateway.
func HTMLPage(code int) http.HandlerFunc {
	title := fmt.Sprintf("%d %s", code, http.StatusText(code))
	return Body(code, "text/html", "<html>\r\n<head><title>"+title+"</title></head>\r\n"+
		"<body>\r\n<center><h1>"+title+"</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n")
}

// Body answers with any body.
func Body(code int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { write(w, code, contentType, body) }
}

// Redirect answers with HTTP 302.
func Redirect(to string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) }
}

// Reset resets the connection before any byte. Where a connection can't be
// taken, as in HTTP/2, it answers HTTP 501 and says so.
func Reset() http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { hijackAndReset(w, r, "") }
}

// ResetMidBody resets the connection after half the body of a completed import.
// Its Content-Length is that of the whole. Limits as for Reset.
func ResetMidBody() http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body := completedBody(r)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		var sent strings.Builder
		sent.WriteString("HTTP/1.1 200 OK\r\n")
		_ = w.Header().Write(&sent) // a Builder does not fail
		sent.WriteString("\r\n" + body[:len(body)/2])
		hijackAndReset(w, r, sent.String())
	}
}

// CutOff answers with the body of a completed import that lacks its last third.
// As HTTP, the response is whole: Content-Length is that of what is sent.
func CutOff() http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body := completedBody(r)
		body = body[:len(body)*2/3]
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		write(w, http.StatusOK, "application/json", body)
	}
}

// Hang never answers. It ends when the client goes away.
func Hang() http.HandlerFunc {
	return func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
}

// Trickle sends the body of a completed import, one byte each 100 ms, until it
// is done, which takes more than a minute, or the client goes away.
func Trickle() http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for _, b := range []byte(completedBody(r)) {
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

// EchoAuthorization answers with an error page that holds the request's
// Authorization header raw, HTML-escaped and URL-escaped, as debug pages of
// gateways do.
func EchoAuthorization(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		key := r.Header.Get("Authorization")
		forms := []string{key, html.EscapeString(key), url.QueryEscape(key), url.PathEscape(key)}
		write(w, code, "text/html", "<html><body><h1>"+http.StatusText(code)+"</h1>\n<pre>\nAuthorization: "+
			strings.Join(forms, "\nAuthorization: ")+"\n</pre></body></html>\n")
	}
}

// hijackAndReset takes the connection, sends what is given, as it is, and resets.
func hijackAndReset(w http.ResponseWriter, r *http.Request, sent string) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		w.Header().Del("Content-Length")
		writeError(w, http.StatusNotImplemented, http.StatusNotImplemented, "this connection can't be reset")
		return
	}
	if sent != "" {
		_, _ = io.WriteString(conn, sent)
		select { // some systems drop what they have not read when a reset comes
		case <-time.After(10 * time.Millisecond):
		case <-r.Context().Done():
		}
	}
	if tls, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = tls.NetConn() // closing TLS itself would say goodbye
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // makes Close send RST, not FIN
	}
	_ = conn.Close()
}

// completed has the fields of both versions. What matters comes first: the trap
// for a client is a body that was not all there, yet enough to believe it.
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

// completedBody says that the job asked for is completed, at some length.
func completedBody(r *http.Request) string {
	_, jobID := names(r, readBody(r))
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
