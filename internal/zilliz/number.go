package zilliz

import (
	"encoding/json"
	"errors"
	"math"
	"strconv"
)

// The API's documentation types some numbers as strings, and integers as floats.
// These two types read a number however it is written. Null, a missing field and
// an empty string are no number: nil.
type (
	integer struct{ value *int64 }
	float   struct{ value *float64 }
)

var (
	errNotNumber  = errors.New("a number was expected")
	errNotInteger = errors.New("a whole number of 64 bits was expected")
)

// UnmarshalJSON reads a number, or a string with a number in it.
func (f *float) UnmarshalJSON(raw []byte) error {
	literal, err := numberLiteral(raw)
	if err != nil || literal == "" {
		return err
	}
	value, err := strconv.ParseFloat(literal, 64)
	if err != nil {
		return errNotNumber
	}
	f.value = &value
	return nil
}

// UnmarshalJSON reads a whole number, or a string with one in it.
func (i *integer) UnmarshalJSON(raw []byte) error {
	literal, err := numberLiteral(raw)
	if err != nil || literal == "" {
		return err
	}
	if value, err := strconv.ParseInt(literal, 10, 64); err == nil {
		i.value = &value
		return nil
	}
	// 1.0 and 1e9 are whole numbers too.
	wide, err := strconv.ParseFloat(literal, 64)
	if err != nil || wide != math.Trunc(wide) || wide < math.MinInt64 || wide >= math.MaxInt64 {
		return errNotInteger
	}
	value := int64(wide)
	i.value = &value
	return nil
}

// numberLiteral returns a number as JSON writes it, or nothing for null and "".
func numberLiteral(raw []byte) (string, error) {
	switch {
	case string(raw) == "null" || string(raw) == `""`:
		return "", nil
	case raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9':
		return string(raw), nil // the decoder has checked the rest
	}
	// json.Number takes a string, if what is in it is a JSON number.
	var literal json.Number
	if err := json.Unmarshal(raw, &literal); err != nil {
		return "", errNotNumber
	}
	return literal.String(), nil
}
