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
	// mask replaces a secret.
	mask = "***"

	// maxEscapes is how many levels of escaping are decoded. JSON in HTML in a URL has
	// three.
	maxEscapes = 3

	// maxEntity is the length of the longest HTML entity that is decoded, without the
	// ampersand. It leaves room for leading zeros.
	maxEntity = 12

	// maxExcerpt and maxMessage limit texts from a response, in characters.
	maxExcerpt = 200
	maxMessage = 2000
)

// redactor masks secrets in texts from a response.
type redactor struct {
	// secrets is a function so that printing a redactor does not reveal them.
	secrets func() []string
}

func newRedactor(secrets ...string) redactor {
	kept := slices.DeleteFunc(slices.Clone(secrets), func(s string) bool { return s == "" })
	// The longest is masked first, since a secret can be part of another.
	slices.SortFunc(kept, func(a, b string) int { return len(b) - len(a) })
	return redactor{secrets: func() []string { return kept }}
}

// maskLogs returns a context that masks the secrets in log messages.
func (r redactor) maskLogs(ctx context.Context) context.Context {
	masked := slices.Clone(r.secrets())
	for _, secret := range r.secrets() {
		if escaped, err := json.Marshal(secret); err == nil {
			masked = append(masked, string(escaped[1:len(escaped)-1]))
		}
	}
	return tflog.MaskLogStrings(ctx, masked...)
}

// redact masks every secret in a text, whether it is unescaped or escaped for JSON, HTML,
// URLs or any combination of them.
func (r redactor) redact(text string) string {
	for _, secret := range r.secrets() {
		text = redactSecret(text, secret)
	}
	return text
}

func redactSecret(text, secret string) string {
	if !strings.ContainsAny(text, `%&\+`) {
		return strings.ReplaceAll(text, secret, mask)
	}
	var b strings.Builder
	for start := 0; start < len(text); {
		if end, found := matchSecret(text, start, secret); found {
			b.WriteString(mask)
			start = end
			continue
		}
		b.WriteByte(text[start])
		start++
	}
	return b.String()
}

// matchSecret reports whether the secret, escaped or not, is at start in a text, and
// returns where it ends.
func matchSecret(text string, start int, secret string) (end int, found bool) {
	if secret == "" {
		return start, true
	}
	for _, c := range decodeAt(text, start, maxEscapes) {
		if c.char != secret[0] {
			continue
		}
		if end, found := matchSecret(text, c.end, secret[1:]); found {
			return end, true
		}
	}
	return 0, false
}

// decoded is a character that a text has at some place if escapes are decoded.
type decoded struct {
	char byte
	end  int // where the next character begins
}

// decodeAt returns the characters that a text can have at start: the character itself,
// and the one it stands for if it begins an escape. The characters of the escape can be
// escaped in turn. depth is how many levels of escaping are decoded.
func decodeAt(text string, start, depth int) []decoded {
	if start >= len(text) {
		return nil
	}
	plain := decoded{text[start], start + 1}
	if depth == 0 || !strings.ContainsRune(`%&\+`, rune(plain.char)) {
		return []decoded{plain}
	}
	all := []decoded{plain}
	for _, first := range decodeAt(text, start, depth-1) {
		all = append(all, decodeEscape(text, first, depth-1)...)
		if first != plain {
			all = append(all, first)
		}
	}
	return all
}

// decodeEscape decodes the escape that a character begins. It returns nil if there is
// none.
func decodeEscape(text string, first decoded, depth int) []decoded {
	switch first.char {
	case '+':
		return []decoded{{' ', first.end}}
	case '%':
		return decodeHex(text, first.end, 2, depth)
	case '\\':
		return decodeBackslash(text, first.end, depth)
	case '&':
		return decodeEntity(text, first.end, depth)
	default:
		return nil
	}
}

// decodeBackslash decodes an escape of JSON or JavaScript after its backslash.
func decodeBackslash(text string, start, depth int) []decoded {
	var all []decoded
	for _, next := range decodeAt(text, start, depth) {
		switch next.char {
		case '\\', '"', '\'', '/':
			all = append(all, next)
		case 'u':
			all = append(all, decodeHex(text, next.end, 4, depth)...)
		case 'x':
			all = append(all, decodeHex(text, next.end, 2, depth)...)
		}
	}
	return all
}

// decodeHex decodes the digits of an escape such as %2F or \u002f.
func decodeHex(text string, start, digits, depth int) []decoded {
	number, end := "", start
	for range digits {
		next, found := decodeLast(text, end, depth)
		if !found {
			return nil
		}
		number, end = number+string(rune(next.char)), next.end
	}
	value, err := strconv.ParseUint(number, 16, 16)
	if err != nil || value > unicode.MaxASCII {
		return nil
	}
	return []decoded{{byte(value), end}}
}

// decodeEntity decodes an HTML entity such as &amp; or &#x2f; after its ampersand, with
// or without the semicolon.
func decodeEntity(text string, start, depth int) []decoded {
	entity, end := "&", start
	var all []decoded
	for range maxEntity {
		next, found := decodeLast(text, end, depth)
		if !found {
			break
		}
		entity, end = entity+string(rune(next.char)), next.end
		if s := html.UnescapeString(entity); len(s) == 1 {
			all = append(all, decoded{s[0], end})
		}
		if next.char == ';' {
			break
		}
	}
	return all
}

// decodeLast returns the last character of decodeAt, which is a decoded one if there is
// any.
func decodeLast(text string, start, depth int) (decoded, bool) {
	all := decodeAt(text, start, depth)
	if len(all) == 0 {
		return decoded{}, false
	}
	return all[len(all)-1], true
}

// printable masks the secrets in a text and makes it printable, see [Printable].
func (r redactor) printable(text string, limit int) string {
	return Printable(r.redact(text), limit)
}

// Printable returns a text from a response as one line that is safe for a terminal. Runs
// of white space and unprintable characters become single spaces. If the line is longer
// than limit characters, it is truncated there and "…" is appended.
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
