package zillizsim

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// EchoAuthorization returns a handler that responds with an error page that contains the
// Authorization header of the request in many escaped forms, like the debug page of a
// gateway.
func EchoAuthorization(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		lines := strings.Join(escapedForms(r.Header.Get("Authorization")), "\nAuthorization: ")
		writeBody(w, status, "text/html", "<html><body><h1>"+http.StatusText(status)+"</h1>\n"+
			"<pre>\nAuthorization: "+lines+"\n</pre></body></html>\n")
	}
}

// EchoCredentials returns a handler that responds with error code 83001 (the object
// storage denies access) and a message that contains the credentials of a start in many
// escaped forms.
func EchoCredentials(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var c credentials
		_ = json.Unmarshal(readBody(r), &c) // without a valid body, there are none
		message := errorMessage(codeObjectStorageDenied)
		for _, secret := range []string{c.AccessKey, c.SecretKey, c.Token} {
			if secret != "" {
				message += " " + strings.Join(escapedForms(secret), " ")
			}
		}
		writeError(w, status, codeObjectStorageDenied, message)
	}
}

// escapedForms returns a text as it is and escaped as in JSON, HTML and URLs.
func escapedForms(text string) []string {
	jsonText, _ := json.Marshal(text) // can't fail for a string
	percent := regexp.MustCompile("%..")
	return []string{
		text,
		string(jsonText[1 : len(jsonText)-1]),
		strings.NewReplacer(`\`, `\\`, `"`, `\"`, `/`, `\/`).Replace(text),
		escapeBytes(text, `\u%04x`),
		escapeBytes(text, `\u%04X`),
		html.EscapeString(text), // &amp; &#39; &#34;
		strings.NewReplacer("&", "&amp;", "'", "&#x27;", `"`, "&quot;", "<", "&lt;", ">", "&gt;").Replace(text),
		escapeBytes(text, "&#%d;"),
		escapeBytes(text, "&#x%x;"),
		url.QueryEscape(text),
		url.PathEscape(text),
		percent.ReplaceAllStringFunc(url.QueryEscape(text), strings.ToLower),
		percent.ReplaceAllStringFunc(url.PathEscape(text), strings.ToLower),
		escapeBytes(text, "%%%02X"),
		escapeBytes(text, "%%%02x"),
		escapeBytes(text, "%c", `\u%04x`, "&#x%x;", "%%%02x", "&#%d;", "%%%02X"), // a mixture
	}
}

// escapeBytes formats each byte of a text with the formats in turn.
func escapeBytes(text string, formats ...string) string {
	var escaped strings.Builder
	for i := range len(text) {
		fmt.Fprintf(&escaped, formats[i%len(formats)], text[i])
	}
	return escaped.String()
}
