package zilliz

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
)

// object is a JSON object of a response. Unlike encoding/json, it matches names exactly and notices
// repeated ones. The documentation of the API is inconsistent about types, so a text that is a number
// and a bare number are both decoded as either.
type object struct {
	// fields has the values of each name. A name that is repeated has several.
	fields map[string][]json.RawMessage
	// err is the error of the last strict field that has one.
	err error
}

// parseObject parses an object. It returns an empty one with an error.
func parseObject(raw []byte) (*object, error) {
	if !json.Valid(raw) { // so that nothing below fails
		return &object{}, errors.New("not valid JSON")
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	if token, _ := decoder.Token(); token != json.Delim('{') {
		return &object{}, errors.New("not a JSON object")
	}
	o := &object{fields: map[string][]json.RawMessage{}}
	for decoder.More() {
		token, _ := decoder.Token()
		name, _ := token.(string)
		var value json.RawMessage
		_ = decoder.Decode(&value)
		o.fields[name] = append(o.fields[name], value)
	}
	return o, nil
}

// has reports whether the object has a field, which can be null.
func (o *object) has(name string) bool { return o.fields[name] != nil }

// strict returns a field that decides something, or nil for one that is null or missing. A field that is
// repeated or can't be parsed is an error of the object.
func strict[T any](o *object, name string, parse func(json.RawMessage) (T, error)) *T {
	value, err := field(o, name, parse)
	if err != nil {
		o.err = fmt.Errorf("%s: %w", name, err)
	}
	return value
}

// required is like strict, but a field that is null or missing is an error too.
func required[T any](o *object, name string, parse func(json.RawMessage) (T, error)) *T {
	value := strict(o, name, parse)
	if value == nil && o.err == nil {
		o.err = errors.New("missing " + name)
	}
	return value
}

// lenient returns a field that decides nothing, or nil also for one that is repeated or can't be parsed. It
// never makes a response malformed.
func lenient[T any](o *object, name string, parse func(json.RawMessage) (T, error)) *T {
	value, _ := field(o, name, parse)
	return value
}

func field[T any](o *object, name string, parse func(json.RawMessage) (T, error)) (*T, error) {
	values := o.fields[name]
	switch {
	case len(values) > 1:
		return nil, errors.New("must not be repeated")
	case len(values) == 0 || string(values[0]) == "null":
		return nil, nil
	}
	value, err := parse(values[0])
	if err != nil {
		return nil, err
	}
	return &value, nil
}

func asRaw(raw json.RawMessage) (json.RawMessage, error) { return raw, nil }

// asText parses a text, or a number as it is written.
func asText(raw json.RawMessage) (string, error) {
	if raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9' {
		return string(raw), nil
	}
	var value string
	if err := json.Unmarshal(raw, &value); err != nil {
		return "", errors.New("must be text")
	}
	return value, nil
}

// asNumber parses a number, bare or as text.
func asNumber(raw json.RawMessage) (float64, error) {
	var literal json.Number // it accepts a text that is a JSON number
	_ = json.Unmarshal(raw, &literal)
	value, err := literal.Float64()
	if err != nil {
		return 0, errors.New("must be a number")
	}
	return value, nil
}

// asInteger parses an integer of at most 2^53, bare or as text. 1.0 and 1e9 are integers too.
func asInteger(raw json.RawMessage) (int64, error) {
	value, err := asNumber(raw)
	if err != nil || value != math.Trunc(value) || math.Abs(value) > 1<<53 {
		return 0, errors.New("must be an integer")
	}
	return int64(value), nil
}

// asCount parses a number of rows. A negative one, as the service has sent for a progress, is unknown.
func asCount(raw json.RawMessage) (int64, error) {
	value, err := asInteger(raw)
	if err == nil && value < 0 {
		err = errors.New("must not be negative")
	}
	return value, err
}

// maxObjects limits the files of a job, and the jobs on a page.
const maxObjects = 20_000

// asObjects parses an array of objects. More than maxObjects are an [errTooLarge].
func asObjects(raw json.RawMessage) ([]*object, error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	if token, _ := decoder.Token(); token != json.Delim('[') {
		return nil, errors.New("must be an array")
	}
	objects := []*object{}
	for decoder.More() {
		if len(objects) == maxObjects {
			return nil, fmt.Errorf("%w: more than %d entries", errTooLarge, maxObjects)
		}
		var element json.RawMessage
		_ = decoder.Decode(&element) // raw is part of valid JSON
		o, err := parseObject(element)
		if err != nil {
			return nil, errors.New("must be an array of objects")
		}
		objects = append(objects, o)
	}
	return objects, nil
}
