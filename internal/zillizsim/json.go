package zillizsim

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// fields maps the names of a JSON object's fields to pointers to their values.
type fields map[string]any

// decodeRequest reads a request's JSON object. Like the service, it ignores
// unknown fields (inferred: clients have sent undocumented ones for years).
// Unlike [json.Unmarshal], it takes a name in its exact case only: nothing suggests
// that the service takes another.
func decodeRequest(data []byte, known fields) error {
	return decodeObject(data, known, true)
}

// decodeExact is decodeRequest for files: an unknown field is an error.
func decodeExact(data []byte, known fields) error {
	return decodeObject(data, known, false)
}

// decodeObject reads all fields that it can, so that the error about a job can
// name the job, and returns the first error.
func decodeObject(data []byte, known fields, ignoreUnknown bool) error {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		return err
	}
	if raw == nil {
		return errors.New("null is not an object")
	}
	var first error
	for _, name := range slices.Sorted(maps.Keys(raw)) {
		err := decodeField(raw[name], known[name], ignoreUnknown)
		if err != nil && first == nil {
			first = fmt.Errorf("%s: %w", name, err)
		}
	}
	return first
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
