package contract

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

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
