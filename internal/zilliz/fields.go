package zilliz

import (
	"encoding/json"
	"errors"
	"math"
	"strconv"
)

// The documentation of the API is inconsistent about types: some numbers are strings, and
// text can be a bare number. These types decode both. The value is nil if the field is
// null or missing or, for numbers, an empty string.
//
// The strict types are for fields that decide whether an import has completed or failed:
// a value of a wrong type is an error. With the other types its value is nil, so that one
// unexpected field does not make the whole response malformed.
type (
	text          struct{ value *string }
	strictText    struct{ value *string }
	integer       struct{ value *int64 }
	strictInteger struct{ value *int64 }
	number        struct{ value *float64 }
	strictNumber  struct{ value *float64 }
)

// objectList is a JSON array of objects. It is nil if the field is anything else.
type objectList[T any] []T

var (
	errNotText    = errors.New("text was expected")
	errNotNumber  = errors.New("a number was expected")
	errNotInteger = errors.New("a 64-bit integer was expected")
)

// UnmarshalJSON implements [json.Unmarshaler].
func (t *text) UnmarshalJSON(raw []byte) error {
	t.value, _ = parseText(raw)
	return nil
}

// UnmarshalJSON implements [json.Unmarshaler].
func (t *strictText) UnmarshalJSON(raw []byte) (err error) {
	t.value, err = parseText(raw)
	return err
}

// UnmarshalJSON implements [json.Unmarshaler].
func (i *integer) UnmarshalJSON(raw []byte) error {
	i.value, _ = parseInteger(raw)
	return nil
}

// UnmarshalJSON implements [json.Unmarshaler].
func (i *strictInteger) UnmarshalJSON(raw []byte) (err error) {
	i.value, err = parseInteger(raw)
	return err
}

// UnmarshalJSON implements [json.Unmarshaler].
func (n *number) UnmarshalJSON(raw []byte) error {
	n.value, _ = parseNumber(raw)
	return nil
}

// UnmarshalJSON implements [json.Unmarshaler].
func (n *strictNumber) UnmarshalJSON(raw []byte) (err error) {
	n.value, err = parseNumber(raw)
	return err
}

// UnmarshalJSON implements [json.Unmarshaler]. An element that is not an object becomes
// the zero value of T.
func (l *objectList[T]) UnmarshalJSON(raw []byte) error {
	*l = nil
	var elements []json.RawMessage
	if raw[0] != '[' {
		return nil
	}
	if err := json.Unmarshal(raw, &elements); err != nil {
		return err
	}
	*l = make(objectList[T], len(elements))
	for i, element := range elements {
		if element[0] != '{' {
			continue
		}
		if err := json.Unmarshal(element, &(*l)[i]); err != nil {
			return err
		}
	}
	return nil
}

// parseText returns a bare number as it is written.
func parseText(raw []byte) (*string, error) {
	switch {
	case string(raw) == "null":
		return nil, nil
	case isBareNumber(raw):
		value := string(raw)
		return &value, nil
	}
	var value string
	if err := json.Unmarshal(raw, &value); err != nil {
		return nil, errNotText
	}
	return &value, nil
}

func parseNumber(raw []byte) (*float64, error) {
	literal, err := numberLiteral(raw)
	if err != nil || literal == "" {
		return nil, err
	}
	value, err := strconv.ParseFloat(literal, 64)
	if err != nil {
		return nil, errNotNumber
	}
	return &value, nil
}

func parseInteger(raw []byte) (*int64, error) {
	literal, err := numberLiteral(raw)
	if err != nil || literal == "" {
		return nil, err
	}
	if value, err := strconv.ParseInt(literal, 10, 64); err == nil {
		return &value, nil
	}
	// 1.0 and 1e9 are integers too.
	float, err := strconv.ParseFloat(literal, 64)
	if err != nil || float != math.Trunc(float) || float < math.MinInt64 || float >= math.MaxInt64 {
		return nil, errNotInteger
	}
	value := int64(float)
	return &value, nil
}

// numberLiteral returns a JSON number, bare or in a string, as it is written. It is empty
// for null and "".
func numberLiteral(raw []byte) (string, error) {
	switch {
	case string(raw) == "null" || string(raw) == `""`:
		return "", nil
	case isBareNumber(raw):
		return string(raw), nil
	}
	// json.Number accepts a string that contains a JSON number.
	var literal json.Number
	if err := json.Unmarshal(raw, &literal); err != nil {
		return "", errNotNumber
	}
	return literal.String(), nil
}

// isBareNumber reports whether a valid JSON value is a number, not one in a string.
func isBareNumber(raw []byte) bool {
	return raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9'
}
