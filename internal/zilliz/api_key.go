package zilliz

import (
	"errors"
	"strings"
)

// CheckAPIKey returns an error unless a key can be sent in a header: printable ASCII
// without white space around it. The error never shows the key.
func CheckAPIKey(key string) error {
	switch {
	case key == "":
		return errors.New("it is empty")
	case strings.TrimSpace(key) != key:
		return ErrSurroundingSpace
	}
	for _, r := range key {
		if r < ' ' || r > '~' {
			return errors.New("it contains a character that is not printable ASCII, such as a newline")
		}
	}
	return nil
}

// ErrSurroundingSpace is the error of a value with white space before or after it,
// such as the newline at the end of a file.
var ErrSurroundingSpace = errors.New("it has white space before or after it, such as the newline at the end of a file")

// apiKey holds the API key in a function, so that printing or dumping a client can't
// show it.
type apiKey struct {
	reveal func() string
}

func newAPIKey(key string) apiKey {
	return apiKey{reveal: func() string { return key }}
}
