package zilliz

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"unicode"

	"github.com/hashicorp/terraform-plugin-log/tflog"
)

const (
	// maskText replaces a secret.
	maskText = "***"

	// maxExcerpt and maxMessage limit texts from a response, in characters.
	maxExcerpt = 200
	maxMessage = 2000
)

// masker masks secrets in texts from a response.
type masker struct {
	// secrets is a function so that printing a masker does not reveal them.
	secrets func() []string
}

// newMasker returns a masker of secrets. Empty ones are ignored.
func newMasker(secrets ...string) masker {
	kept := slices.DeleteFunc(slices.Clone(secrets), func(s string) bool { return s == "" })
	// The longest is masked first, since a secret can be part of another.
	slices.SortFunc(kept, func(a, b string) int { return len(b) - len(a) })
	return masker{secrets: func() []string { return kept }}
}

// maskLogs returns a context that masks the secrets in log messages.
func (m masker) maskLogs(ctx context.Context) context.Context {
	masked := slices.Clone(m.secrets())
	for _, secret := range m.secrets() {
		if escaped, err := json.Marshal(secret); err == nil {
			masked = append(masked, string(escaped[1:len(escaped)-1]))
		}
	}
	return tflog.MaskLogStrings(ctx, masked...)
}

// mask masks every secret in a text, whether it is unescaped or escaped for JSON, HTML,
// URLs or any combination of them.
func (m masker) mask(text string) string {
	for _, secret := range m.secrets() {
		text = maskSecret(text, secret)
	}
	return text
}

// maskSecret masks every occurrence of one secret.
func maskSecret(text, secret string) string {
	if !strings.ContainsAny(text, `%&\+`) {
		return strings.ReplaceAll(text, secret, maskText)
	}
	var b strings.Builder
	for start := 0; start < len(text); {
		if end, found := matchSecret(text, start, secret); found {
			b.WriteString(maskText)
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

// printable masks the secrets in a text and makes it printable, see [Printable].
func (m masker) printable(text string, limit int) string {
	return Printable(m.mask(text), limit)
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

// keyMasker returns a masker that masks the API key.
func (c *Client) keyMasker() masker { return newMasker(c.key.reveal()) }

// masked returns a text from a response with the API key masked, nil if it is nil.
func (c *Client) masked(s *string) *string {
	if s == nil {
		return nil
	}
	masked := c.keyMasker().mask(*s)
	return &masked
}

// maskedNonEmpty is like masked, but returns nil for an empty text.
func (c *Client) maskedNonEmpty(s *string) *string {
	if s == nil || *s == "" {
		return nil
	}
	return c.masked(s)
}
