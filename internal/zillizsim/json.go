package zillizsim

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
)

// decode decodes the JSON body of a request into a struct. Unlike [json.Unmarshal], it
// matches names exactly (inferred). If ignoreUnknown is true, it ignores unknown fields,
// as v2 does (inferred: clients have sent undocumented ones for a year).
func decode(r *http.Request, v any, ignoreUnknown bool) error {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(readBody(r), &raw); err != nil {
		return err
	}
	fields := reflect.VisibleFields(reflect.TypeOf(v).Elem())
	for name := range raw {
		if slices.ContainsFunc(fields, func(f reflect.StructField) bool { return f.Tag.Get("json") == name }) {
			continue
		}
		if !ignoreUnknown {
			return fmt.Errorf("unknown field %q", name)
		}
		delete(raw, name)
	}
	known, _ := json.Marshal(raw) // can't fail for valid JSON
	return json.Unmarshal(known, v)
}

// writeJSON sends a value as JSON.
func writeJSON(w http.ResponseWriter, status int, v any) {
	body, _ := json.Marshal(v) // fails only for a Progress that is NaN or infinite
	writeBody(w, status, "application/json", string(body))
}

// writeError sends an error in the form of the API.
func writeError(w http.ResponseWriter, status, code int, message string) {
	writeJSON(w, status, map[string]any{"code": code, "message": message})
}

func writeBody(w http.ResponseWriter, status int, contentType, body string) {
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body) // the client may have disconnected
}
