package zillizsim

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"reflect"
	"slices"
)

// decode decodes the JSON body of a request into a struct. Like the service, it
// ignores unknown fields (inferred: clients have sent undocumented ones for a year).
// Unlike [json.Unmarshal], it matches names case-sensitively (inferred).
func decode(r *http.Request, v any) error {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(readBody(r), &raw); err != nil {
		return err
	}
	fields := reflect.VisibleFields(reflect.TypeOf(v).Elem())
	maps.DeleteFunc(raw, func(name string, _ json.RawMessage) bool {
		return !slices.ContainsFunc(fields, func(f reflect.StructField) bool { return f.Tag.Get("json") == name })
	})
	known, _ := json.Marshal(raw) // can't fail for valid JSON
	return json.Unmarshal(known, v)
}

// decodeStrict decodes one JSON value. Unknown fields and trailing data are errors.
func decodeStrict(r io.Reader, v any) error {
	decoder := json.NewDecoder(r)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(v); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more than one JSON value")
	}
	return nil
}

// writeJSON sends a value as JSON.
func writeJSON(w http.ResponseWriter, status int, v any) {
	body, _ := json.Marshal(v) // fails only for a Progress that is NaN or infinite
	writeBody(w, status, "application/json", string(body))
}

// writeError sends an error as the API does.
func writeError(w http.ResponseWriter, status, code int, message string) {
	writeJSON(w, status, map[string]any{"code": code, "message": message})
}

func writeBody(w http.ResponseWriter, status int, contentType, body string) {
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body) // the client may have disconnected
}
