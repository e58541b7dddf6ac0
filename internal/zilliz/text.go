package zilliz

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// Errors of values that were copied by hand or read from a file.
var (
	ErrEmpty            = errors.New("must not be empty")
	ErrSurroundingSpace = errors.New("must not begin or end with white space, such as the newline at the end of a file")
)

// CheckText returns an error unless a value is a text in one line: not empty ([ErrEmpty]),
// without white space around it ([ErrSurroundingSpace]) and without control characters.
func CheckText(value string) error {
	switch {
	case value == "":
		return ErrEmpty
	case strings.TrimSpace(value) != value:
		return ErrSurroundingSpace
	case strings.ContainsFunc(value, unicode.IsControl):
		return errors.New("must not contain control characters, such as a newline")
	default:
		return nil
	}
}

// CheckAPIKey returns an error unless a key has at least 8 characters and can be sent in a
// header: printable ASCII without surrounding white space. The error never contains the
// key.
func CheckAPIKey(key string) error {
	if err := CheckText(key); errors.Is(err, ErrEmpty) || errors.Is(err, ErrSurroundingSpace) {
		return err
	}
	if strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r > '~' }) {
		return errors.New("must contain only printable ASCII characters, and no newline")
	}
	if len(key) < minSecret {
		return fmt.Errorf("must have at least %d characters", minSecret)
	}
	return nil
}

// Printable returns a text from a response as one line that is safe for a terminal. Runs
// of white space and unprintable characters become single spaces. If the line is longer
// than limit characters, it is truncated there and "…" is appended.
func Printable(text string, limit int) string {
	line := strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, "\uFFFD"), func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsPrint(r)
	}), " ")
	if characters := []rune(line); len(characters) > limit {
		return string(characters[:limit]) + "…"
	}
	return line
}

// printableLines returns a text that is safe for a terminal and keeps its newlines and
// tabs. Every other control, escape or bidi character becomes U+FFFD: to remove it could
// join the two halves of a secret.
func printableLines(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || unicode.IsPrint(r):
			return r
		case unicode.IsSpace(r):
			return ' '
		default:
			return unicode.ReplacementChar
		}
	}, text)
}
