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
	Source  string `json:"source"`
	Request struct {
		Method string         `json:"method"`
		Host   string         `json:"host"`
		Path   string         `json:"path"`
		Query  map[string]any `json:"query,omitempty"`
		Header []string       `json:"header"` // only the names
		Body   any            `json:"body,omitempty"`
	} `json:"request"`
	Response struct {
		Status  int               `json:"status"`
		Header  map[string]string `json:"header"`
		Body    any               `json:"body"`
		Seconds float64           `json:"seconds"`
		Error   string            `json:"error,omitempty"` // the type of that of a request without a response
	} `json:"response"`
}

// recorder records the exchanges of a client and the findings of a run. It writes a file
// after each, so that nothing is lost if the run is ended. It is safe for concurrent use.
type recorder struct {
	next http.RoundTripper

	mu        sync.Mutex
	file      string
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
	e := newExchange(request, sent, resp, received)
	e.Response.Seconds = time.Since(began).Round(time.Millisecond).Seconds()
	if err != nil {
		e.Response.Error = fmt.Sprintf("%T", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.recording.Exchanges = append(r.recording.Exchanges, e)
	r.write()
	return resp, err
}

// writeTo sets the file to write. If it is empty, nothing is written.
func (r *recorder) writeTo(file string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.file = file
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

// newExchange returns the record of an exchange. The response is nil if there is none.
func newExchange(request *http.Request, sent []byte, resp *http.Response, received []byte) (e exchange) {
	fact, _ := request.Context().Value(factKey{}).(string)
	e.Source = "recorded: " + fact
	e.Request.Method, e.Request.Host, e.Request.Path = request.Method, publicHost(request.URL.Host), publicPath(request.URL.Path)
	e.Request.Header, e.Request.Body = slices.Sorted(maps.Keys(request.Header)), publicJSON(sent)
	e.Request.Query, e.Response.Header = map[string]any{}, map[string]string{}
	for name, values := range request.URL.Query() {
		e.Request.Query[publicName(name)] = publicValue(name, values[0])
	}
	if resp == nil {
		return e
	}
	e.Response.Status, e.Response.Body = resp.StatusCode, publicJSON(received)
	for name := range resp.Header {
		e.Response.Header[publicName(name)] = publicHeader(name, resp.Header.Get(name))
	}
	return e
}
