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

// EchoAuthorization responds with an error page that contains the request's
// Authorization header in many escaped forms, like the debug page of a gateway.
func EchoAuthorization(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		writeBody(w, status, "text/html", "<html><body><h1>"+http.StatusText(status)+"</h1>\n<pre>\nAuthorization: "+
			strings.Join(escapedForms(r.Header.Get("Authorization")), "\nAuthorization: ")+"\n</pre></body></html>\n")
	}
}

// EchoCredentials responds with error code 83001 (the object storage denies
// access) and a message that contains the credentials of a start request in many
// escaped forms.
func EchoCredentials(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var c credentials
		_ = json.Unmarshal(readBody(r), &c) // without a valid body, there are none
		var forms []string
		for _, secret := range []string{c.AccessKey, c.SecretKey, c.Token} {
			if secret != "" {
				forms = append(forms, escapedForms(secret)...)
			}
		}
		writeError(w, status, 83001, errorMessage(83001)+" "+strings.Join(forms, " "))
	}
}

// escapedForms returns the text itself and its escaped forms in JSON, HTML and URLs.
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

// escapeBytes formats each byte of the text, using the formats in turn.
func escapeBytes(text string, formats ...string) string {
	var escaped strings.Builder
	for i := range len(text) {
		fmt.Fprintf(&escaped, formats[i%len(formats)], text[i])
	}
	return escaped.String()
}
