package contract

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"
)

// recording is the content of live.json.
type recording struct {
	Facts     []result   `json:"facts"`
	Exchanges []exchange `json:"exchanges"`
}

// exchange is a request and its response as recorded: without anything that could be
// private.
type exchange struct {
	// Source names the fact that the request has checked.
	Source   string           `json:"source"`
	Request  recordedRequest  `json:"request"`
	Response recordedResponse `json:"response"`
}

type recordedRequest struct {
	Method string         `json:"method"`
	Host   string         `json:"host"`
	Path   string         `json:"path"`
	Query  map[string]any `json:"query,omitempty"`
	// Header has only the names.
	Header []string `json:"header"`
	Body   any      `json:"body,omitempty"`
}

type recordedResponse struct {
	Status  int               `json:"status"`
	Header  map[string]string `json:"header"`
	Body    any               `json:"body"`
	Seconds float64           `json:"seconds"`
	// Error is the type of the error of a request without a response.
	Error string `json:"error,omitempty"`
}

// recorder records the exchanges of a client and the findings of a run. It writes a file
// after each, so that nothing is lost if the run is ended. It is safe for concurrent use.
type recorder struct {
	next http.RoundTripper
	// file is where to write. If empty, nothing is written.
	file string

	mu        sync.Mutex
	recording recording
	writeErr  error
}

func (r *recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	var sent []byte
	if request.Body != nil {
		var err error
		if sent, err = io.ReadAll(request.Body); err != nil {
			return nil, err
		}
		request.Body = io.NopCloser(bytes.NewReader(sent))
	}
	began := time.Now()
	resp, err := r.next.RoundTrip(request)
	var received []byte
	if err == nil {
		received, err = io.ReadAll(resp.Body)
		_ = resp.Body.Close()
	}
	if err != nil {
		resp = nil
	} else {
		resp.Body = io.NopCloser(bytes.NewReader(received))
	}
	e := newExchange(request, sent)
	e.Response = newResponse(resp, received, err)
	e.Response.Seconds = time.Since(began).Round(time.Millisecond).Seconds()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.recording.Exchanges = append(r.recording.Exchanges, e)
	r.write()
	return resp, err
}

// add records the finding of a check.
func (r *recorder) add(found result) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.recording.Facts = append(r.recording.Facts, found)
	r.write()
}

// write replaces the file at once, so that it is complete at any time.
func (r *recorder) write() {
	if r.file == "" {
		return
	}
	text, err := json.MarshalIndent(r.recording, "", " ")
	if err == nil {
		err = os.WriteFile(r.file+".new", append(text, '\n'), 0o600)
	}
	if err == nil {
		err = os.Rename(r.file+".new", r.file)
	}
	r.writeErr = err
}

// err returns why the last exchange or finding could not be written, nil if it could. It
// does not name the file, whose path is private.
func (r *recorder) err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var pathErr *os.PathError
	if errors.As(r.writeErr, &pathErr) {
		return pathErr.Err
	}
	return r.writeErr
}

func newExchange(request *http.Request, sent []byte) exchange {
	fact, _ := request.Context().Value(factKey{}).(string)
	e := exchange{Source: "recorded: " + fact, Request: recordedRequest{
		Method: request.Method, Host: publicHost(request.URL.Host), Path: publicPath(request.URL.Path),
		Header: slices.Sorted(maps.Keys(request.Header)), Body: publicJSON(sent),
	}}
	for name, values := range request.URL.Query() {
		if e.Request.Query == nil {
			e.Request.Query = map[string]any{}
		}
		e.Request.Query[publicName(name)] = publicValue(name, values[0])
	}
	return e
}

func newResponse(resp *http.Response, received []byte, err error) recordedResponse {
	if err != nil {
		return recordedResponse{Error: fmt.Sprintf("%T", err)}
	}
	r := recordedResponse{Status: resp.StatusCode, Header: map[string]string{}, Body: publicJSON(received)}
	for name := range resp.Header {
		r.Header[publicName(name)] = publicHeader(name, resp.Header.Get(name))
	}
	return r
}
