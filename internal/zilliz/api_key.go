package zilliz

import (
	"errors"
	"strings"
)

// CheckAPIKey returns an error unless a key can be sent in a header: printable ASCII
// without surrounding white space. The error never contains the key.
func CheckAPIKey(key string) error {
	if err := CheckSpace(key); err != nil {
		return err
	}
	for _, r := range key {
		if r < ' ' || r > '~' {
			return errors.New("it contains a character that is not printable ASCII, such as a newline")
		}
	}
	return nil
}

// Errors of values that were copied by hand or read from a file.
var (
	ErrEmpty            = errors.New("it is empty")
	ErrSurroundingSpace = errors.New("it begins or ends with white space, such as the newline at the end of a file")
)

// CheckSpace returns [ErrEmpty], [ErrSurroundingSpace] or nil.
func CheckSpace(value string) error {
	switch {
	case value == "":
		return ErrEmpty
	case strings.TrimSpace(value) != value:
		return ErrSurroundingSpace
	default:
		return nil
	}
}

// apiKey holds the API key in a function, so that printing or dumping a client can't
// reveal it.
type apiKey struct {
	reveal func() string
}

func newAPIKey(key string) apiKey {
	return apiKey{reveal: func() string { return key }}
}
