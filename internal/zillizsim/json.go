package zillizsim

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// fields maps the names of a JSON object's fields to pointers to variables.
type fields map[string]any

// decodeRequest decodes a request's JSON object. Like the service, it ignores
// unknown fields (inferred: clients have sent undocumented ones for a year).
// Unlike [json.Unmarshal], it matches names case-sensitively (inferred).
func decodeRequest(data []byte, known fields) error {
	return decodeObject(data, known, true)
}

// decodeStrict is like decodeRequest, but an unknown field is an error.
func decodeStrict(data []byte, known fields) error {
	return decodeObject(data, known, false)
}

// decodeObject decodes every valid field, so that an error message can name the
// job, and returns the first error in the order of the names.
func decodeObject(data []byte, known fields, ignoreUnknown bool) error {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		return err
	}
	if raw == nil {
		return errors.New("null is not an object")
	}
	var firstErr error
	for _, name := range slices.Sorted(maps.Keys(raw)) {
		err := decodeField(raw[name], known[name], ignoreUnknown)
		if err != nil && firstErr == nil {
			firstErr = fmt.Errorf("%s: %w", name, err)
		}
	}
	return firstErr
}

func decodeField(data []byte, value any, ignoreUnknown bool) error {
	switch {
	case value != nil:
		return json.Unmarshal(data, value)
	case ignoreUnknown:
		return nil
	}
	return errors.New("unknown field")
}
