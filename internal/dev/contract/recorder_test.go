package contract

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

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

// recorder records the exchanges of a client. It is safe for concurrent use.
type recorder struct {
	next http.RoundTripper

	mu        sync.Mutex
	exchanges []exchange
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
	r.exchanges = append(r.exchanges, e)
	return resp, err
}

// write writes all exchanges to a file.
func (r *recorder) write(name string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	text, err := json.MarshalIndent(r.exchanges, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(name, append(text, '\n'), 0o600)
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

var (
	hostForm = regexp.MustCompile(`^(controller\.api\.[a-z0-9-]{1,40}|api\.cloud)\.(zillizcloud\.com|zilliz\.com|zilliz\.com\.cn|cloud\.zilliz\.com\.cn)$`)
	pathForm = regexp.MustCompile(`^/v[12]/vector(db/jobs|/collections)/import(/[a-z_A-Z]{1,20})?$`)
	nameForm = regexp.MustCompile(`^[A-Za-z_-]{1,30}$`)
)

func publicHost(host string) string {
	if hostForm.MatchString(host) {
		return host
	}
	return "another host"
}

func publicPath(path string) string {
	if pathForm.MatchString(path) {
		return path
	}
	return size(path)
}

// publicName keeps a name that has the form of a field of the API.
func publicName(name string) string {
	if nameForm.MatchString(name) {
		return name
	}
	return size(name)
}

// size is what is recorded of a text that could be private.
func size(text string) string { return fmt.Sprintf("string(%d)", len(text)) }

func publicHeader(name, value string) string {
	_, err := http.ParseTime(value)
	_, notSeconds := strconv.Atoi(value)
	switch {
	case name == "Date" && err == nil, name == "Retry-After" && (err == nil || notSeconds == nil && len(value) < 6):
		return value
	case name == "Content-Type" && strings.HasPrefix(value, "application/json"):
		return "application/json"
	default:
		return size(value)
	}
}

// publicJSON returns what may be recorded of a body.
func publicJSON(body []byte) any {
	if len(body) == 0 {
		return nil
	}
	var value any
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if decoder.Decode(&value) != nil {
		return "not JSON, " + size(string(body))
	}
	return publicValue("", value)
}

// The fields whose values are recorded, if they have the expected form.
var (
	numberFields = []string{
		"code", "readyPercentage", "progress", "count", "currentPage", "pageSize", "fileSize", "totalRows", "importedRows",
	}
	timeFields  = []string{"completeTime"}
	stateFields = []string{"state"}
	stateWords  = []string{
		"Pending", "Importing", "InProgress", "Running", "Uncommitted", "Committing", "Completed", "Failed", "Canceled",
		"ImportPending", "ImportRunning", "ImportCompleted", "ImportFailed", "ImportCanceled",
	}
)

// publicValue returns what may be recorded of the value of a field. Every other text
// becomes its type and length, every other number its type.
func publicValue(name string, value any) any {
	switch v := value.(type) {
	case map[string]any:
		object := make(map[string]any, len(v))
		for key, element := range v {
			object[publicName(key)] = publicValue(key, element)
		}
		return object
	case []any:
		array := make([]any, len(v))
		for i, element := range v {
			array[i] = publicValue(name, element)
		}
		return array
	case json.Number:
		if slices.Contains(numberFields, name) && len(v) <= 16 {
			return v
		}
		return "number"
	case string:
		_, notTime := time.Parse(time.RFC3339, v)
		_, notNumber := strconv.ParseFloat(v, 64)
		switch {
		case slices.Contains(stateFields, name) && slices.Contains(stateWords, v),
			slices.Contains(timeFields, name) && notTime == nil && len(v) <= 35,
			slices.Contains(numberFields, name) && notNumber == nil && len(v) <= 16:
			return v
		default:
			return size(v)
		}
	default: // a bool or null
		return v
	}
}
