package zillizsim

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"
)

// EchoAuthorization responds with an error page that has the request's
// Authorization header in many escapings, as debug pages of gateways do.
func EchoAuthorization(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		write(w, code, "text/html", "<html><body><h1>"+http.StatusText(code)+"</h1>\n<pre>\nAuthorization: "+
			strings.Join(escapings(r.Header.Get("Authorization")), "\nAuthorization: ")+"\n</pre></body></html>\n")
	}
}

// EchoCredentials responds with code 83001 of the API (the object storage denies
// access) and a message that has the credentials of a request to start a job in
// many escapings.
func EchoCredentials(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var accessKey, secretKey, token string
		_ = decodeRequest(readBody(r), fields{"accessKey": &accessKey, "secretKey": &secretKey, "token": &token})
		var all []string
		for _, secret := range []string{accessKey, secretKey, token} {
			if secret != "" {
				all = append(all, escapings(secret)...)
			}
		}
		writeError(w, status, 83001, message(83001)+" "+strings.Join(all, " "))
	}
}

// escapings returns a text as it is and as JSON, HTML and URLs can spell it.
func escapings(text string) []string {
	inJSON, _ := json.Marshal(text) // a string does not fail
	return []string{
		text,
		string(inJSON[1 : len(inJSON)-1]),
		strings.NewReplacer(`\`, `\\`, `"`, `\"`, `/`, `\/`).Replace(text),
		escapeEach(text, `\u%04x`),
		escapeEach(text, `\u%04X`),
		html.EscapeString(text), // &amp; &#39; &#34;
		strings.NewReplacer("&", "&amp;", "'", "&#x27;", `"`, "&quot;", "<", "&lt;", ">", "&gt;").Replace(text),
		escapeEach(text, "&#%d;"),
		escapeEach(text, "&#x%x;"),
		url.QueryEscape(text),
		url.PathEscape(text),
		lowerPercent(url.QueryEscape(text)),
		lowerPercent(url.PathEscape(text)),
		escapeEach(text, "%%%02X"),
		escapeEach(text, "%%%02x"),
		escapeEach(text, "%c", `\u%04x`, "&#x%x;", "%%%02x", "&#%d;", "%%%02X"), // a mixture
	}
}

// escapeEach formats each byte, with the formats in turn.
func escapeEach(text string, formats ...string) string {
	var escaped strings.Builder
	for i := range len(text) {
		fmt.Fprintf(&escaped, formats[i%len(formats)], text[i])
	}
	return escaped.String()
}

// lowerPercent writes the digits of percent escapes in lower case.
func lowerPercent(text string) string {
	parts := strings.Split(text, "%")
	for i, part := range parts[1:] {
		parts[i+1] = strings.ToLower(part[:2]) + part[2:]
	}
	return strings.Join(parts, "%")
}
