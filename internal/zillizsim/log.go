package zillizsim

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// logRequest writes a line about a request and its response to the log. The line contains
// neither the API key, even if the client sends it as a job ID, nor the query.
func (s *Server) logRequest(r *http.Request, sent *sentResponse) {
	var request collectionBody
	_ = json.Unmarshal(readBody(r), &request) // v1 has no body
	var response struct {
		Code *int
		Data struct{ JobID string }
	}
	_ = json.Unmarshal(sent.body.Bytes(), &response) // what is missing stays empty
	_, id := requestIDs(r)

	line := fmt.Sprintf("%s  %-4s %s", s.options.Clock().Format(time.TimeOnly), r.Method, r.URL.EscapedPath())
	if subject := cmp.Or(id, response.Data.JobID, request.CollectionName); subject != "" {
		line += fmt.Sprintf(" %q", subject)
	}
	switch {
	case sent.status == 0:
		line += ": no response"
	case response.Code == nil:
		line += fmt.Sprintf(": HTTP %d", sent.status)
	default:
		line += fmt.Sprintf(": HTTP %d, code %d", sent.status, *response.Code)
	}
	if key := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "); key != "" {
		line = strings.ReplaceAll(line, key, "***")
	}
	fmt.Fprintln(s.options.Log, line)
}

// sentResponse is a ResponseWriter that keeps what is sent.
type sentResponse struct {
	http.ResponseWriter
	// status is 0 if the connection was reset, or the client disconnected first.
	status int
	body   bytes.Buffer
}

func (w *sentResponse) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (w *sentResponse) Write(b []byte) (int, error) {
	w.status = cmp.Or(w.status, http.StatusOK)
	w.body.Write(b)
	return w.ResponseWriter.Write(b)
}

// Unwrap is for [http.ResponseController].
func (w *sentResponse) Unwrap() http.ResponseWriter { return w.ResponseWriter }
