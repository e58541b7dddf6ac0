package zilliz

import (
	"encoding/json"
	"errors"
	"math"
	"strconv"
)

// The API's documentation is not consistent about types: numbers are strings in
// places, and text can be a bare number. These types read a field however it is
// written. Null, a missing field and, for numbers, an empty string are nil.
//
// The strict ones are for fields that decide whether an import has completed or
// failed: a value of another type is an error. For all others it is nil, so that it
// can't make a response unreadable.
type (
	text          struct{ value *string }
	strictText    struct{ value *string }
	integer       struct{ value *int64 }
	strictInteger struct{ value *int64 }
	number        struct{ value *float64 }
	strictNumber  struct{ value *float64 }
)

// list is a JSON array, nil if the value is anything else.
type list[T any] []T

var (
	errNotText    = errors.New("text was expected")
	errNotNumber  = errors.New("a number was expected")
	errNotInteger = errors.New("a whole number of 64 bits was expected")
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

// UnmarshalJSON implements [json.Unmarshaler]. An element that is no object is left
// as its zero value.
func (l *list[T]) UnmarshalJSON(raw []byte) error {
	*l = nil
	var elements []json.RawMessage
	if raw[0] != '[' {
		return nil
	}
	if err := json.Unmarshal(raw, &elements); err != nil {
		return err
	}
	*l = make(list[T], len(elements))
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

// parseText keeps the digits of a bare number.
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
	// 1.0 and 1e9 are whole numbers too.
	wide, err := strconv.ParseFloat(literal, 64)
	if err != nil || wide != math.Trunc(wide) || wide < math.MinInt64 || wide >= math.MaxInt64 {
		return nil, errNotInteger
	}
	value := int64(wide)
	return &value, nil
}

// numberLiteral returns a number as JSON writes it, empty for null and "".
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

// isBareNumber reports whether a valid JSON value is a number.
func isBareNumber(raw []byte) bool {
	return raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9'
}
