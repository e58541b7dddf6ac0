package zilliz

import (
	"context"
	"encoding/json"
	"html"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/hashicorp/terraform-plugin-log/tflog"
)

const (
	mask = "***"

	// maxEscapes is how many escapes of escapes are looked through, such as those of
	// JSON in HTML in a URL.
	maxEscapes = 3

	// maxEntity is the length of the longest HTML entity of an ASCII character, with
	// room for leading zeros.
	maxEntity = 12

	maxExcerpt = 200
	maxMessage = 2000
)

// redactor masks secrets in text from outside.
type redactor struct {
	// secrets is a function so that printing a value that holds a redactor can't
	// show them.
	secrets func() []string
}

func newRedactor(secrets ...string) redactor {
	kept := slices.DeleteFunc(slices.Clone(secrets), func(s string) bool { return s == "" })
	// A secret can be part of another: the longest is masked first.
	slices.SortFunc(kept, func(a, b string) int { return len(b) - len(a) })
	return redactor{secrets: func() []string { return kept }}
}

// maskLogs returns a context whose log lines have the secrets masked.
func (r redactor) maskLogs(ctx context.Context) context.Context {
	spellings := slices.Clone(r.secrets())
	for _, secret := range r.secrets() {
		if inJSON, err := json.Marshal(secret); err == nil {
			spellings = append(spellings, string(inJSON[1:len(inJSON)-1]))
		}
	}
	return tflog.MaskLogStrings(ctx, spellings...)
}

// redact masks every secret that a text spells, as it is or escaped for JSON, HTML,
// URLs or any mix of these.
func (r redactor) redact(text string) string {
	for _, secret := range r.secrets() {
		text = redactOne(text, secret)
	}
	return text
}

func redactOne(text, secret string) string {
	if !strings.ContainsAny(text, `%&\+`) {
		return strings.ReplaceAll(text, secret, mask)
	}
	var b strings.Builder
	for start := 0; start < len(text); {
		if end, found := spells(text, start, secret); found {
			b.WriteString(mask)
			start = end
			continue
		}
		b.WriteByte(text[start])
		start++
	}
	return b.String()
}

// spells reports whether a text spells a secret from start on, and where that ends.
func spells(text string, start int, secret string) (end int, found bool) {
	if secret == "" {
		return start, true
	}
	for _, c := range readings(text, start, maxEscapes) {
		if c.char != secret[0] {
			continue
		}
		if end, found := spells(text, c.end, secret[1:]); found {
			return end, true
		}
	}
	return 0, false
}

// reading is one character that a text can be read as at some place.
type reading struct {
	char byte
	end  int // where the next character begins
}

// readings returns what a text can be read as from start on: the character itself,
// and what it means if it begins an escape. The characters of an escape can be
// escaped themselves, to some depth.
func readings(text string, start, depth int) []reading {
	if start >= len(text) {
		return nil
	}
	plain := reading{text[start], start + 1}
	if depth == 0 || !strings.ContainsRune(`%&\+`, rune(plain.char)) {
		return []reading{plain}
	}
	all := []reading{plain}
	for _, first := range readings(text, start, depth-1) {
		var escaped []reading
		switch first.char {
		case '+':
			escaped = []reading{{' ', first.end}}
		case '%':
			escaped = hexReadings(text, first.end, 2, depth-1)
		case '\\':
			escaped = backslashReadings(text, first.end, depth-1)
		case '&':
			escaped = entityReadings(text, first.end, depth-1)
		}
		all = append(all, escaped...)
		if first != plain {
			all = append(all, first)
		}
	}
	return all
}

func backslashReadings(text string, start, depth int) []reading {
	var all []reading
	for _, next := range readings(text, start, depth) {
		switch next.char {
		case '\\', '"', '\'', '/':
			all = append(all, next)
		case 'u':
			all = append(all, hexReadings(text, next.end, 4, depth)...)
		case 'x':
			all = append(all, hexReadings(text, next.end, 2, depth)...)
		}
	}
	return all
}

// hexReadings reads the digits of %2F or \u002f.
func hexReadings(text string, start, digits, depth int) []reading {
	number, end := "", start
	for range digits {
		next := readings(text, end, depth)
		if len(next) == 0 {
			return nil
		}
		last := next[len(next)-1]
		number, end = number+string(rune(last.char)), last.end
	}
	value, err := strconv.ParseUint(number, 16, 16)
	if err != nil || value > unicode.MaxASCII {
		return nil
	}
	return []reading{{byte(value), end}}
}

// entityReadings reads the rest of &amp; or &#x2f;, with or without the semicolon.
func entityReadings(text string, start, depth int) []reading {
	entity, end := "&", start
	var all []reading
	for range maxEntity {
		next := readings(text, end, depth)
		if len(next) == 0 {
			break
		}
		last := next[len(next)-1]
		entity, end = entity+string(rune(last.char)), last.end
		if decoded := html.UnescapeString(entity); len(decoded) == 1 {
			all = append(all, reading{decoded[0], end})
		}
		if last.char == ';' {
			break
		}
	}
	return all
}

// printable is [Printable] with the secrets masked.
func (r redactor) printable(text string, limit int) string {
	return Printable(r.redact(text), limit)
}

// Printable returns the beginning of a text from outside, at most limit characters,
// as one line that is fit for a terminal.
func Printable(text string, limit int) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	line := strings.Join(strings.FieldsFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsPrint(r)
	}), " ")
	if characters := []rune(line); len(characters) > limit {
		return string(characters[:limit]) + "…"
	}
	return line
}
