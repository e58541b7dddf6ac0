package zilliz

import (
	"context"
	"encoding/json"
	"errors"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-log/tflog"
)

const mask = "***"

// CheckAPIKey tells whether a key can be sent in a header: printable ASCII without
// spaces around it. The error never shows the key.
func CheckAPIKey(key string) error {
	switch {
	case key == "":
		return errors.New("the API key is empty")
	case strings.TrimSpace(key) != key:
		return errors.New("the API key has white space before or after it, such as the newline at the end of a file; trimspace() removes it")
	}
	for _, r := range key {
		if r < ' ' || r > '~' {
			return errors.New("the API key has a character in it that is not printable ASCII, such as a newline")
		}
	}
	return nil
}

// credentials hold the API key inside of functions, so that nothing that prints a
// value, nor a dump of one, can show it.
type credentials struct {
	// authorize puts the key into a request's header.
	authorize func(http.Header)
	// redact masks the key in a text that comes from outside.
	redact func(string) string
	// maskLogs returns a context whose log lines have the key masked.
	maskLogs func(context.Context) context.Context
}

func newCredentials(key string) credentials {
	spellings := spellingsOf(key)
	pairs := make([]string, 0, 2*len(spellings))
	for _, s := range spellings {
		pairs = append(pairs, s, mask)
	}
	replacer := strings.NewReplacer(pairs...)
	return credentials{
		authorize: func(h http.Header) { h.Set("Authorization", "Bearer "+key) },
		redact:    replacer.Replace,
		maskLogs: func(ctx context.Context) context.Context {
			return tflog.MaskLogStrings(ctx, spellings...)
		},
	}
}

// spellingsOf lists the ways in which a server may write the key back: as it is,
// and as JSON, HTML and URLs escape it. The longest come first, since a shorter one
// can be a part of a longer one.
func spellingsOf(key string) []string {
	inJSON, _ := json.Marshal(key) // a string always marshals
	spellings := []string{
		key,
		string(inJSON[1 : len(inJSON)-1]),
		strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(key),
		html.EscapeString(key),
		url.QueryEscape(key),
		url.PathEscape(key),
	}
	slices.SortFunc(spellings, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	return slices.Compact(spellings)
}
