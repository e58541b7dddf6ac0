package zilliz

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"html"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/hashicorp/terraform-plugin-log/tflog"
)

const (
	maskText     = "***"                                    // in place of a secret
	withheldText = "(withheld, since it contains a secret)" // in place of a text with an escaped one

	// minSecret is the length of the shortest secret that is masked, in bytes. A shorter one would
	// mask parts of ordinary words.
	minSecret = 8

	// maxEscapes limits the levels of escaping that are undone. JSON in HTML in a URL has three, and a
	// secret can have escapes of its own.
	maxEscapes = 4

	maxText    = 16 << 10 // limits a text from a response, in bytes
	maxExcerpt = 200      // this and maxMessage limit texts in errors, in characters
	maxMessage = 2000
)

// hidden returns a function that returns a value. Fields with secrets are such functions, so that
// printing or dumping a struct can't reveal them.
func hidden[T any](value T) func() T { return func() T { return value } }

// formsOf returns a secret and what unescaping makes of it, because a text is unescaped wherever it
// can be. Of the query of a URL, as a SAS token is, messages also quote the signature.
func formsOf(secret string) []string {
	query, _ := url.ParseQuery(strings.TrimPrefix(secret, "?"))
	var forms []string
	for _, plain := range []string{secret, query.Get("sig")} {
		for escaped := ""; plain != escaped; escaped, plain = plain, unescape(plain) {
			forms = append(forms, plain)
		}
	}
	return forms
}

// masker masks secrets in texts from a response. It is for what is shown: decisions compare raw values.
type masker struct {
	forms func() map[string][]string // those of the secrets, by their first minSecret bytes
}

func newMasker(secrets ...string) masker {
	return masker{hidden(map[string][]string{})}.with(secrets...)
}

// with returns a masker of more secrets. Those shorter than minSecret are ignored.
func (m masker) with(secrets ...string) masker {
	forms := maps.Clone(m.forms())
	for _, secret := range secrets {
		for _, form := range formsOf(secret) {
			if len(form) >= minSecret && !slices.Contains(forms[form[:minSecret]], form) {
				forms[form[:minSecret]] = append(slices.Clip(forms[form[:minSecret]]), form)
			}
		}
	}
	return masker{hidden(forms)}
}

// maskLogs returns a context that masks the secrets in log messages.
func (m masker) maskLogs(ctx context.Context) context.Context {
	masked := slices.Concat(slices.Collect(maps.Values(m.forms()))...)
	// The longest is masked first, because a secret can be part of another.
	slices.SortFunc(masked, func(a, b string) int { return len(b) - len(a) })
	return tflog.MaskLogStrings(ctx, masked...)
}

// mask masks the secrets in a text, and what has the form of a credential, and cuts it to maxText. If
// the text holds a secret only after unescaping, all of it is withheld.
func (m masker) mask(text string) string {
	masked := m.replaceSecrets(text[:min(len(text), 2*maxText)]) // the end can be a part of a secret
	plain := masked
	for level := 0; level < maxEscapes && strings.ContainsAny(plain, escapes); level++ {
		plain = unescape(plain)
		if m.replaceSecrets(plain) != plain {
			return withheldText
		}
	}
	masked = maskCredentials(masked)
	end := len(masked)
	if len(text) > 2*maxText {
		end -= maxText // masking has shortened the text, but must not bring its end into sight
	}
	if end < 0 {
		return withheldText
	}
	return strings.ToValidUTF8(masked[:min(end, maxText)], "\uFFFD")
}

// replaceSecrets masks the secrets that a text holds literally.
func (m masker) replaceSecrets(text string) string {
	var masked strings.Builder
	for text != "" {
		if length := m.secretAt(text); length > 0 {
			masked.WriteString(maskText)
			text = text[length:]
		} else {
			masked.WriteByte(text[0])
			text = text[1:]
		}
	}
	return masked.String()
}

// secretAt returns the length of the longest secret that a text begins with, or 0. The first minSecret
// bytes of a secret are enough where the text ends or was shortened.
func (m masker) secretAt(text string) int {
	if len(text) < minSecret {
		return 0
	}
	longest := 0
	for _, secret := range m.forms()[text[:minSecret]] {
		length := minSecret
		for length < min(len(text), len(secret)) && text[length] == secret[length] {
			length++
		}
		rest := text[length:]
		if length == len(secret) || rest == "" || strings.HasPrefix(rest, "...") || strings.HasPrefix(rest, "…") {
			longest = max(longest, length)
		}
	}
	return longest
}

// escapes are the characters that escapes begin with.
const escapes = `%\&+`

// escape matches an escape: %u0061, \u0061; %61, \x61; \a; a space in a query; &#97;, of at most 40
// characters.
var escape = regexp.MustCompile(
	`(?s)[%\\]u[[:xdigit:]]{4}|(?:%|\\x)[[:xdigit:]]{2}|\\.|\+|&[^%\\&+;]{1,38};`)

// unescape undoes the valid escapes of JSON, JavaScript, URLs and HTML in a text, all at once.
func unescape(text string) string {
	return escape.ReplaceAllStringFunc(text, func(match string) string {
		code, err := hex.DecodeString(strings.TrimLeft(match, `%\ux`))
		switch {
		case match == "+":
			return " "
		case match[0] == '&':
			return html.UnescapeString(match)
		case err != nil || len(match) == 2: // a backslash and any character
			return match[1:]
		case len(code) == 2:
			return string(rune(binary.BigEndian.Uint16(code)))
		default:
			return string(code)
		}
	})
}

// The forms of credentials that the client does not know: an earlier process can have started a job,
// and the service signs URLs itself.
var (
	// userInfo ends at the last "@", because a password can have one, and slashes too.
	userInfo = regexp.MustCompile(`[A-Za-z]*:(?:\\?/){2}(?:[^\s"'<>/:@]*:[^\s"'<>]*|[^\s"'<>/]*)@`)
	// port matches a match of userInfo that is a host with a port, and has the "@" in its path.
	port      = regexp.MustCompile(`^https?:(?:\\?/){2}[^:]*:[0-9]{1,5}\\?/[^:]*$`)
	urlQuery  = regexp.MustCompile(`(:(?:\\?/){2}[^\s"'<>?#]*[?#])[^\s"'<>]+`)
	signature = regexp.MustCompile(`(?i)((?:sig|signature|security-token)(?:=|%3d|\\u003d))[^\s"'<>&]{20,}`)
	// signed matches the beginning of a signature in a URL, but not a folder "sig=1".
	signed = regexp.MustCompile(`(?i)(?:[?&;#]|%3f|%26)[a-z-]*(?:sig|signature|security-token)(?:=|%3d)`)
)

// maskCredentials masks user info and queries of URLs, and signatures.
func maskCredentials(text string) string {
	if !strings.ContainsAny(text, `@?#=%\`) {
		return text // as most texts are, and the expressions are slow
	}
	text = maskUserInfo(text)
	text = urlQuery.ReplaceAllString(text, "${1}"+maskText)
	return signature.ReplaceAllString(text, "${1}"+maskText)
}

func maskUserInfo(text string) string {
	return userInfo.ReplaceAllStringFunc(text, func(match string) string {
		if port.MatchString(match) {
			return match
		}
		parts := strings.SplitAfterN(match, "/", 3) // the last is the user info
		return parts[0] + parts[1] + maskText + "@"
	})
}

// HasCredential reports whether a URL of object storage has user info or a signature.
func HasCredential(location string) bool {
	return maskUserInfo(location) != location || signed.MatchString(location)
}

// line masks the secrets in a text and returns it as one printable line, see [Printable].
func (m masker) line(text string, limit int) string { return Printable(m.mask(text), limit) }

// text masks the secrets in a text and makes it printable. It returns nil for nil.
func (m masker) text(s *string) *string {
	if s == nil {
		return nil
	}
	masked := printableLines(m.mask(*s))
	return &masked
}

// nonEmpty is like text, but returns nil for a blank text.
func (m masker) nonEmpty(s *string) *string {
	if s == nil || strings.TrimSpace(*s) == "" {
		return nil
	}
	return m.text(s)
}

// asJobID parses the ID of a job that can be shown and stored: it is printable and has no secret.
func (m masker) asJobID(raw json.RawMessage) (string, error) {
	id, err := asText(raw)
	if id == "" || m.line(id, maxExcerpt) != id {
		err = errors.New("must be a printable text")
	}
	return id, err
}

// Printable returns a text from a response as one line that is safe for a terminal. Runs of white
// space and unprintable characters become single spaces. A line of more than limit characters is
// truncated there, and "…" is appended.
func Printable(text string, limit int) string {
	line := strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, "\uFFFD"), func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsPrint(r)
	}), " ")
	if characters := []rune(line); len(characters) > limit {
		return string(characters[:limit]) + "…"
	}
	return line
}

// printableLines returns a text that is safe for a terminal and keeps its newlines and tabs. Other
// unprintable characters become U+FFFD: to remove them could join the two halves of a secret.
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
