package contract

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
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
		Method string `json:"method"`
		Host   string `json:"host"`
		Path   string `json:"path"`
		Query  any    `json:"query,omitempty"`
		Body   any    `json:"body,omitempty"`
	} `json:"request"`
	Response struct {
		Status  int               `json:"status"`
		Header  map[string]string `json:"header"`
		Body    any               `json:"body"`
		Seconds float64           `json:"seconds"`
		Error   string            `json:"error,omitempty"` // the type of that of a request without a response
	} `json:"response"`
}

// recorder has the exchanges and the findings of a run. It is safe for concurrent use.
type recorder struct {
	mu        sync.Mutex
	file      string // if empty, nothing is written
	recording recording
	// writeErr is why the last change could not be written, without the path, which is
	// private.
	writeErr error
}

// record changes the recording, and replaces the file at once, so that it is complete at
// any time.
func (r *recorder) record(change func(*recording)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(&r.recording)
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
	if errno := syscall.Errno(0); errors.As(err, &errno) {
		r.writeErr = errno
	}
}

// newExchange returns the record of a request with some fields, and of its answer. Its host,
// path and fields are those of this package.
func (s service) newExchange(method, base, call string, f fields, a answer, took time.Duration) (e exchange) {
	e.Source = "recorded: " + s.fact
	e.Request.Method, e.Request.Host, e.Request.Path = method, base, call
	if host, found := strings.CutPrefix(s.base[base], "https://"); found && base != "cluster" {
		e.Request.Host = host
	}
	sent, _ := json.Marshal(f) // can't fail for texts and numbers
	if method == http.MethodGet {
		e.Request.Query = publicJSON(sent)
	} else {
		e.Request.Body = publicJSON(sent)
	}
	if a.err != nil {
		e.Response.Error = fmt.Sprintf("%T", a.err)
	}
	e.Response.Status, e.Response.Body, e.Response.Header = a.status, publicJSON(a.text), map[string]string{}
	e.Response.Seconds = took.Round(time.Millisecond).Seconds()
	for name := range a.header {
		e.Response.Header[publicName(name)] = publicHeader(name, a.header.Get(name))
	}
	return e
}

var (
	nameForm = regexp.MustCompile(`^([A-Za-z_-]{1,30}|count\(\*\))$`)
	wordForm = regexp.MustCompile(`^[A-Za-z_]{1,30}$`)
)

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
