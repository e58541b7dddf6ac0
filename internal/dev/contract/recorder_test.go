package contract

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
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

var (
	hostForm = regexp.MustCompile(`^(controller\.api\.[a-z0-9-]{1,40}|api\.cloud)\.(zillizcloud\.com|zilliz\.com|zilliz\.com\.cn|cloud\.zilliz\.com\.cn)$`)
	pathForm = regexp.MustCompile(`^/v[12]/vector((db/jobs|/collections)/import(/[a-z_A-Z]{1,20})?|db/(collections|entities)/[a-z_]{1,20})$`)
	nameForm = regexp.MustCompile(`^([A-Za-z_-]{1,30}|count\(\*\))$`)
	wordForm = regexp.MustCompile(`^[A-Za-z_]{1,30}$`)
)

func publicHost(host string) string {
	switch {
	case hostForm.MatchString(host):
		return host
	case strings.Contains(host, ".vectordb."):
		return "the cluster's endpoint"
	default:
		return "another host"
	}
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
		"code", "readyPercentage", "progress", "loadProgress", "count", "currentPage", "pageSize", "fileSize", "totalRows", "importedRows",
	}
	stateFields = []string{"state", "loadState"}
)

// documentedMessage returns the documented message of an error code.
func documentedMessage(code any) string {
	n, _ := number(code)
	w := httptest.NewRecorder()
	zillizsim.ErrorCode(int(n))(w, nil)
	var body struct{ Message string }
	_ = json.Unmarshal(w.Body.Bytes(), &body) // which the simulator has encoded
	return body.Message
}

// timeShape replaces the digits and letters of a time that is not in RFC 3339.
func timeShape(text string) string {
	if len(text) > 40 {
		return size(text)
	}
	return strings.Map(func(r rune) rune {
		switch {
		case '0' <= r && r <= '9':
			return '9'
		case strings.ContainsRune(" -:./+,", r):
			return r
		default:
			return 'x'
		}
	}, text)
}

// publicValue returns what may be recorded of the value of a field. Every other text
// becomes its type and length, every other number its type.
func publicValue(name string, value any) any {
	switch v := value.(type) {
	case map[string]any:
		object := make(map[string]any, len(v))
		for key, element := range v {
			object[publicName(key)] = publicValue(key, element)
		}
		if message, ok := v["message"].(string); ok && message != "" && message == documentedMessage(v["code"]) {
			object["message"] = message
		}
		return object
	case []any:
		array := make([]any, len(v))
		for i, element := range v {
			array[i] = publicValue(name, element)
		}
		return array
	case json.Number:
		if (slices.Contains(numberFields, name) || name == "completeTime") && len(v) <= 16 {
			return v
		}
		return "number"
	case string:
		_, notTime := time.Parse(time.RFC3339, v)
		_, notNumber := strconv.ParseFloat(v, 64)
		switch {
		case slices.Contains(stateFields, name) && wordForm.MatchString(v),
			name == "completeTime" && notTime == nil && len(v) <= 35,
			slices.Contains(numberFields, name) && notNumber == nil && len(v) <= 16:
			return v
		case name == "completeTime" && v != "":
			return timeShape(v)
		default:
			return size(v)
		}
	default: // a bool or null
		return v
	}
}
