package zilliz

import (
	"context"
	"encoding/json"
	"errors"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-log/tflog"
)

const (
	// maskText replaces a secret.
	maskText = "***"

	// withheldText replaces a text that holds an escaped secret.
	withheldText = "(withheld, since it contains a secret)"

	// maxEscapes is how many levels of escaping are decoded. JSON in HTML in a URL has
	// three.
	maxEscapes = 3

	// maxText limits a text from a response, in bytes. maxExcerpt and maxMessage limit
	// texts in errors, in characters.
	maxText    = 16 << 10
	maxExcerpt = 200
	maxMessage = 2000
)

// minSecret is the length of the shortest secret that is masked, in bytes. A shorter one
// would mask parts of ordinary words.
const minSecret = 8

// secrets are the API key and the credentials of all starts: the service can quote them in
// the reason of a job that is read later. They are in functions, so that printing or
// dumping a client can't reveal them.
type secrets struct {
	add func(...string)
	all func() []string
}

func newSecrets(key string) secrets {
	var mu sync.Mutex
	all := []string{key}
	return secrets{
		add: func(more ...string) {
			mu.Lock()
			defer mu.Unlock()
			for _, secret := range more {
				for _, form := range formsOf(secret) {
					if !slices.Contains(all, form) {
						all = append(all, form)
					}
				}
			}
		},
		all: func() []string {
			mu.Lock()
			defer mu.Unlock()
			return slices.Clone(all)
		},
	}
}

// formsOf returns a secret, and for one that is the query of a URL, as a SAS token is, also
// the unescaped query and signature: messages quote them.
func formsOf(secret string) []string {
	forms := []string{secret}
	if query, err := url.ParseQuery(strings.TrimPrefix(secret, "?")); err == nil && query.Has("sig") {
		forms = append(forms, unescapePath(secret), query.Get("sig"))
	}
	return forms
}

// masker masks secrets in texts from a response. It is for what is shown: decisions
// compare raw values.
type masker struct {
	// secrets is a function so that printing a masker does not reveal them.
	secrets func() []string
}

// newMasker returns a masker of secrets. Those shorter than minSecret are ignored.
func newMasker(secrets ...string) masker {
	kept := slices.DeleteFunc(slices.Clone(secrets), func(s string) bool { return len(s) < minSecret })
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

// mask masks the secrets in a text, and what has the form of a credential, and cuts it to
// maxText. If the text holds a secret only after unescaping, all of it is withheld.
func (m masker) mask(text string) string {
	text = maskCredentials(m.maskSecrets(text))
	return strings.ToValidUTF8(text[:min(len(text), maxText)], "\uFFFD")
}

// maskSecrets masks only the secrets. It cuts the text to twice maxText, so that mask can
// still find a credential by its form if that begins before maxText.
func (m masker) maskSecrets(text string) string {
	for _, secret := range m.secrets() {
		text = strings.ReplaceAll(text, secret, maskText)
	}
	// An escaped secret at the cut is found before the cut, so that no part of it is left.
	text = text[:min(len(text), 2*maxText)]
	for _, secret := range m.secrets() {
		if holdsEscaped(text, secret, maxEscapes) {
			return withheldText
		}
		text = maskCut(text, secret)
	}
	return text
}

// maskCut masks the beginning of a secret, of at least minSecret bytes, where a text ends
// or was shortened.
func maskCut(text, secret string) string {
	if !strings.Contains(text, secret[:minSecret]) {
		return text
	}
	for n := len(secret) - 1; n >= minSecret; n-- {
		for _, ellipsis := range []string{"...", "…"} {
			text = strings.ReplaceAll(text, secret[:n]+ellipsis, maskText+ellipsis)
		}
		if start, found := strings.CutSuffix(text, secret[:n]); found {
			text = start + maskText
		}
	}
	return text
}

// The forms of credentials that the client does not know: a job can have been started by an
// earlier process, and the service signs URLs itself.
var (
	// userInfo ends at the last "@", since a password can have one, and slashes too.
	userInfo = regexp.MustCompile(`([A-Za-z]*:(?:\\?/){2})(?:[^\s"'<>/:@]*:[^\s"'<>]*|[^\s"'<>/]*)@`)
	// port matches a match of userInfo that is a host with a port, and has the "@" in its path.
	port      = regexp.MustCompile(`^https?:(?:\\?/){2}[^:]*:[0-9]{1,5}\\?/[^:]*$`)
	urlQuery  = regexp.MustCompile(`(:(?:\\?/){2}[^\s"'<>?#]*[?#])[^\s"'<>]+`)
	signature = regexp.MustCompile(`(?i)((?:sig|signature|security-token)(?:=|%3d|\\u003d))[^\s"'<>&]{20,}`)
	// signed matches the beginning of a signature in a URL, but not a folder "sig=1".
	signed = regexp.MustCompile(`(?i)(?:[?&;#]|%3f|%26)[a-z-]*(?:sig|signature|security-token)(?:=|%3d)`)
)

// maskCredentials masks what has the form of a credential: user info and queries of URLs,
// and signatures.
func maskCredentials(text string) string {
	text = maskUserInfo(text)
	text = urlQuery.ReplaceAllString(text, "${1}"+maskText)
	return signature.ReplaceAllString(text, "${1}"+maskText)
}

func maskUserInfo(text string) string {
	return userInfo.ReplaceAllStringFunc(text, func(match string) string {
		if port.MatchString(match) {
			return match
		}
		return userInfo.ReplaceAllString(match, "${1}"+maskText+"@")
	})
}

// HasCredential reports whether a URL of object storage has user info or a signature.
func HasCredential(location string) bool {
	return maskUserInfo(location) != location || signed.MatchString(location)
}

// holdsEscaped reports whether a text contains the secret after up to the given number of
// levels of escaping are undone, of whatever kinds.
func holdsEscaped(text, secret string, levels int) bool {
	if strings.Contains(text, secret) {
		return true
	}
	if levels == 0 || !strings.ContainsAny(text, `%&\+`) {
		return false
	}
	for _, unescape := range []func(string) string{unescapePath, unescapeQuery, unescapeJSON, html.UnescapeString} {
		if plain := unescape(text); plain != text && holdsEscaped(plain, secret, levels-1) {
			return true
		}
	}
	return false
}

var (
	urlEscape  = regexp.MustCompile(`%[0-9A-Fa-f]{2}`)
	jsonEscape = regexp.MustCompile(`(?s)\\(?:u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|.)`)
)

// unescapePath is like [url.PathUnescape], but keeps invalid escapes.
func unescapePath(text string) string {
	return urlEscape.ReplaceAllStringFunc(text, func(escape string) string {
		plain, _ := url.PathUnescape(escape) // the expression matches only valid escapes
		return plain
	})
}

// unescapeQuery is like [url.QueryUnescape], but keeps invalid escapes.
func unescapeQuery(text string) string {
	return unescapePath(strings.ReplaceAll(text, "+", " "))
}

// unescapeJSON undoes the escapes of JSON and JavaScript strings.
func unescapeJSON(text string) string {
	return jsonEscape.ReplaceAllStringFunc(text, func(escape string) string {
		if r, _, _, err := strconv.UnquoteChar(escape, '"'); err == nil {
			return string(r)
		}
		return escape[1:]
	})
}

// line masks the secrets in a text and returns it as one printable line, see [Printable].
func (m masker) line(text string, limit int) string {
	return Printable(m.mask(text), limit)
}

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

// asJobID parses the ID of a job that is stored in the state: it must be printable and
// contain no secret.
func (m masker) asJobID(raw json.RawMessage) (string, error) {
	id, err := asText(raw)
	if err == nil && (id == "" || m.line(id, maxExcerpt) != id) {
		err = errors.New("must be a printable text")
	}
	return id, err
}

// Mask returns a text of the service, such as the name of a collection in a list, as one
// printable line with the secrets masked.
func (c *Client) Mask(text string) string { return c.masker().line(text, maxMessage) }
