package provider

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// unprintable are characters that can change what a terminal shows.
const unprintable = "\x00\x07\x08\x1b[31m\x1b]0;title\x07\x7f\u0085\u009b2J\u200b\u200e\u202e\u2066\u2069\u2028\ufeff\r"

// texts returns all texts in a value.
func texts(v tftypes.Value) []string {
	var found []string
	_ = tftypes.Walk(v, func(_ *tftypes.AttributePath, v tftypes.Value) (bool, error) {
		var text string
		if v.Type().Is(tftypes.String) && v.IsKnown() && !v.IsNull() && v.As(&text) == nil {
			found = append(found, text)
		}
		return true, nil
	})
	return found
}

// stateTexts returns all texts in a state.
func stateTexts(state map[string]tftypes.Value) string {
	var all []string
	for _, value := range state {
		all = append(all, texts(value)...)
	}
	return strings.Join(all, "\n")
}

// expectPrintable fails the test if a text has characters that a terminal does not show as
// they are.
func expectPrintable(t *testing.T, what, text string) {
	t.Helper()
	for _, r := range text {
		if r != '\n' && r != '\t' && !unicode.IsPrint(r) {
			t.Errorf("%s has the character %U: %q", what, r, text)
			return
		}
	}
}

// echoFields returns a job whose texts all are the given one. The state is that of v2.
func echoFields(text, state string) string {
	quoted, _ := json.Marshal(text)
	failed := state == "Failed"
	message := "null"
	if failed {
		message = string(quoted)
	}
	return strings.NewReplacer("TEXT", string(quoted), "MESSAGE", message, "STATE", state).Replace(
		`{"jobId":"job-1","fileName":TEXT,"collectionName":TEXT,"state":"STATE","reason":MESSAGE,"errorMessage":MESSAGE,"completeTime":TEXT,
		"readyPercentage":100,"details":[{"fileName":TEXT,"state":"STATE","reason":MESSAGE,"errorMessage":MESSAGE,"completeTime":TEXT,"readyPercentage":1}]}`)
}

// echoing returns a service whose responses all have the given text in all of their texts.
func echoing(text, state string) http.HandlerFunc {
	quoted, _ := json.Marshal(text)
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", time.Now().UTC().Format(http.TimeFormat))
		data := echoFields(text, state)
		if strings.HasSuffix(r.URL.Path, "/list") {
			data = fmt.Sprintf(`{"tasks":[{"jobId":"job-1","collectionName":%[1]s,"state":%[1]s}],"pageSize":100}`, quoted)
		}
		zillizsim.Body(http.StatusOK, "application/json", `{"code":200,"data":`+data+`}`)(w, r)
	}
}

// TestTextsOfTheService runs every block against services that return secrets or characters
// that are not printable wherever they can, and searches the states, the diagnostics and the
// logs.
func TestTextsOfTheService(t *testing.T) {
	t.Parallel()
	const accessKey, secretKey, token = "AKIAEXAMPLEEXAMPLE", `secret"of/the+bucket`, "token-of-the-session"
	keys := map[string]string{"plain": testKey, "escaped": `key "of"/the&<account>+%41`}
	services := map[string]func(key string) http.Handler{
		"completed": func(key string) http.Handler { return echoing(key, "Completed") },
		"failed":    func(key string) http.Handler { return echoing("because of "+key, "Failed") },
		"page":      func(string) http.Handler { return echo(502) },
		"message":   func(string) http.Handler { return echoMessage() },
		// Characters that can change what a terminal shows.
		"unprintable completed": func(string) http.Handler { return echoing("a"+unprintable+"b\n\tc", "Completed") },
		"unprintable failed":    func(string) http.Handler { return echoing("a"+unprintable+"b\n\tc", "Failed") },
		"unprintable message": func(string) http.Handler {
			quoted, _ := json.Marshal("a" + unprintable + "b")
			return zillizsim.Body(200, "application/json", `{"code":80000,"message":`+string(quoted)+`}`)
		},
		"unprintable page": func(string) http.Handler { return zillizsim.Body(502, "text/html", "<html>"+unprintable) },
	}
	for keyName, key := range keys {
		for name, service := range services {
			t.Run(keyName+", "+name, func(t *testing.T) {
				t.Parallel()
				eachVersion(t, func(t *testing.T, version string) {
					synctest.Test(t, func(t *testing.T) {
						p := unconfigured(t, service(key))
						var logs bytes.Buffer
						ctx := tflogtest.RootLogger(t.Context(), &logs)
						if d := p.configure(providerArguments(values{"api_version": version, "api_key": key, "max_retries": 1})); len(d) > 0 {
							t.Fatal(diagnosticText(d))
						}
						shown := runAll(ctx, p, version, values{"access_key_wo": accessKey, "secret_key_wo": secretKey, "session_token_wo": token})
						expectPrintable(t, "a state or a diagnostic", shown)
						if !strings.Contains(logs.String(), "Response from Zilliz Cloud") {
							t.Error("the log lacks lines of the provider")
						}
						for _, secret := range []string{key, accessKey, secretKey, token} {
							quoted, _ := json.Marshal(secret)
							escaped := string(quoted[1 : len(quoted)-1])
							for what, text := range map[string]string{"states and diagnostics": shown, "logs": logs.String()} {
								for _, spelling := range []string{secret, escaped} {
									if i := strings.Index(text, spelling); i >= 0 {
										t.Errorf("%q is in the %s: %q", spelling, what, text[max(0, i-100):i+len(spelling)])
									}
								}
							}
						}
					})
				})
			})
		}
	}
}

// echo returns a handler that responds with a page that contains the Authorization header of the
// request and its credentials, as they are and escaped. Package zilliz tests all kinds of escapes.
func echo(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		zillizsim.Body(status, "text/html", "<pre>"+echoed(r)+"</pre>")(w, r)
	}
}

// echoMessage is like echo, with an error of the API in place of the page.
func echoMessage() http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		message, _ := json.Marshal(echoed(r))
		zillizsim.Body(http.StatusBadRequest, "application/json", `{"code":83001,"message":`+string(message)+`}`)(w, r)
	}
}

func echoed(r *http.Request) string {
	var c struct{ AccessKey, SecretKey, Token string }
	if r.Body != nil {
		_ = json.NewDecoder(r.Body).Decode(&c) // only a start has them
	}
	text := strings.Join([]string{r.Header.Get("Authorization"), c.AccessKey, c.SecretKey, c.Token}, " ")
	quoted, _ := json.Marshal(text)
	return strings.Join([]string{text, string(quoted), html.EscapeString(text), url.QueryEscape(text)}, "\n")
}

// runAll runs every block of an API version, and returns all texts of their states and
// diagnostics.
func runAll(ctx context.Context, p *testServer, version string, credentials values) string {
	p.t.Helper()
	var shown strings.Builder
	add := func(state map[string]tftypes.Value, d []*tfprotov6.Diagnostic) {
		shown.WriteString(stateTexts(state) + "\n" + diagnosticText(d) + "\n")
	}
	add(p.read(ctx, progress, jobArguments(nil)))
	add(p.read(ctx, progress, jobArguments(values{"wait_for_completion": true, "timeouts": values{"read": "1m"}})))
	add(p.read(ctx, importJobs, values{"cluster_id": testCluster}))
	add(p.create(ctx, completion, jobArguments(values{"timeouts": values{"create": "1m"}})))
	if version == "v1" {
		delete(credentials, "session_token_wo")
	}
	add(p.create(ctx, importJob, startArguments(credentials)))
	add(p.importResource(importJob, testCluster+"/job-1"))  //nolint:contextcheck // it uses the context of the test
	add(p.importResource(completion, testCluster+"/job-1")) //nolint:contextcheck // it uses the context of the test
	messages, d := p.invoke(ctx, jobArguments(values{"timeouts": values{"invoke": "1m"}}))
	fmt.Fprintln(&shown, messages, diagnosticText(d))
	results, d := p.list(ctx, values{"cluster_id": testCluster}, 100, true)
	for _, result := range results {
		add(p.attributes(p.schema.ResourceSchemas[importJob], result.Resource), nil)
		add(p.identity(result.Identity), nil)
		shown.WriteString(result.DisplayName)
	}
	add(nil, d)
	if version == "v2" {
		add(p.create(ctx, staging, jobArguments(values{"timeouts": values{"create": "1m"}})))
		add(p.create(ctx, commit, jobArguments(values{"timeouts": values{"create": "1m"}})))
		messages, d = p.invokeAction(ctx, importAbort, jobArguments(nil))
		fmt.Fprintln(&shown, messages, diagnosticText(d))
	}
	return shown.String()
}
