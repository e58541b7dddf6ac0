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
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// recording is the content of live.json.
type recording struct {
	Facts []result `json:"facts"`
	// Exchanges are requests and responses without anything that could be private.
	Exchanges []fields `json:"exchanges"`
}

// recorder has the exchanges and the findings of a run. It is safe for concurrent use.
type recorder struct {
	mu        sync.Mutex
	file      string // if empty, nothing is written
	recording recording
	// writeErr says why the last change could not be written, without the path, which is
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

// exchange returns what is recorded of a request, whose host, path and fields are those of
// this package, and of its answer.
func (s service) exchange(method, base, call string, f fields, a answer, took time.Duration) fields {
	host, found := strings.CutPrefix(s.base[base], "https://")
	if !found || base == "cluster" {
		host = base
	}
	sent, _ := json.Marshal(f) // can't fail for texts and numbers
	request := fields{"method": method, "host": host, "path": call, "body": publicJSON(sent)}
	if method == http.MethodGet {
		request = fields{"method": method, "host": host, "path": call, "query": publicJSON(sent)}
	}
	header := map[string]any{}
	for name := range a.header {
		header[name] = a.header.Get(name)
	}
	response := fields{"status": a.status, "header": publicValue("", header), "body": publicJSON(a.text), "seconds": took.Round(time.Millisecond).Seconds()}
	if a.err != nil {
		response["error"] = fmt.Sprintf("%T", a.err)
	}
	return fields{"source": "recorded: " + s.fact, "request": request, "response": response}
}

var (
	nameForm = regexp.MustCompile(`^([A-Za-z_-]{1,30}|count\(\*\))$`) // of a field of the API
	// publicForm matches the values that are recorded, after the names of their fields.
	publicForm = regexp.MustCompile(`^((state|loadState)=[A-Za-z_]{1,30}` +
		`|(code|readyPercentage|progress|loadProgress|count|currentPage|pageSize|fileSize|totalRows|importedRows)=-?[0-9.]{1,16}` +
		`|(completeTime|Retry-After)=([0-9]{1,16}|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,18}(Z|[+-][0-9]{2}:[0-9]{2})))$`)
	digit  = regexp.MustCompile(`[0-9]`)
	letter = regexp.MustCompile(`[^ :./+,9-]`)
)

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

// size replaces, in a recording, a text that could be private.
func size(text string) string { return fmt.Sprintf("string(%d)", len(text)) }

// publicValue returns what may be recorded of the value of a field. Every other text
// becomes its type and length, every other number its type.
func publicValue(name string, value any) any {
	switch v := value.(type) {
	case map[string]any:
		object := make(map[string]any, len(v))
		for key, element := range v {
			public := publicValue(key, element)
			if !nameForm.MatchString(key) {
				key = size(key)
			}
			object[key] = public
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
	case json.Number, string:
		plain, isTime := text(v), name == "completeTime" || name == "Date"
		_, isText := v.(string)
		switch {
		case publicForm.MatchString(name + "=" + plain):
			return v
		case !isText:
			return "number"
		case isTime && plain != "" && len(plain) <= 40: // only the form
			return letter.ReplaceAllString(digit.ReplaceAllString(plain, "9"), "x")
		default:
			return size(plain)
		}
	default: // a bool or null
		return v
	}
}

// documentedMessage returns the documented message of an error code.
func documentedMessage(code any) string {
	n, _ := number(code)
	w := httptest.NewRecorder()
	zillizsim.ErrorCode(int(n))(w, nil)
	var body struct{ Message string }
	_ = json.Unmarshal(w.Body.Bytes(), &body) // which the simulator has encoded
	return body.Message
}
