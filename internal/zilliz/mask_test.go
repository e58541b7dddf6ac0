package zilliz

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// oddKey has characters that each kind of escaping changes, but no white space.
const oddKey = `k"e\y/%20<&'>+=~-0123`

// escapings are ways to escape a text. The first is none.
var escapings = []struct {
	name   string
	escape func(string) string
}{
	{"literal", func(s string) string { return s }},
	{"JSON", jsonText},
	{`JSON \u`, func(s string) string { return eachByte(`\u%04x`, s) }},
	{`JavaScript \x`, func(s string) string { return eachByte(`\x%02X`, s) }},
	{"query", url.QueryEscape},
	{"path", url.PathEscape},
	{"URL", func(s string) string { return eachByte("%%%02x", s) }},
	{"HTML", html.EscapeString},
	{"HTML, decimal", func(s string) string { return eachByte("&#%d;", s) }},
	{"HTML, hexadecimal", func(s string) string { return eachByte("&#x%X;", s) }},
}

func eachByte(format, s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		fmt.Fprintf(&b, format, c)
	}
	return b.String()
}

// jsonText escapes a text for a JSON string.
func jsonText(s string) string {
	quoted, _ := json.Marshal(s)
	return string(quoted[1 : len(quoted)-1])
}

// shown is everything that a call shows: its result, its error and the log.
func shown(result any, err error, log string) string {
	return fmt.Sprintf("%s\n%v\n%+v", toJSON(result), err, err) + "\n" + log
}

// checkHidden checks that a text does not contain a secret, literally or escaped. Tests
// put a secret only where a mask must be shown.
func checkHidden(t *testing.T, name, text string, secrets ...string) {
	t.Helper()
	for _, secret := range secrets {
		for _, e := range escapings {
			if strings.Contains(text, e.escape(secret)) {
				t.Errorf("%s: the secret %s is shown, as %s: %s", name, secret, e.name, text)
			}
		}
	}
	if !strings.Contains(text, maskText) && !strings.Contains(text, withheldText) {
		t.Errorf("%s: no mask is shown: %s", name, text)
	}
}

// TestSecretsInResponses puts the secrets into every text of every response.
func TestSecretsInResponses(t *testing.T) {
	t.Parallel()
	const accessKey, secretKey, sessionToken = "access/key+1&", "secret/key+2<", "session/token%3D"
	read := func(ctx context.Context, c *Client) (any, error) { return c.ReadJob(ctx, testID) }
	list := func(ctx context.Context, c *Client) (any, error) {
		return c.JobPage(ctx, JobFilter{ClusterID: testID.ClusterID}, 1)
	}
	start := func(ctx context.Context, c *Client) (any, error) {
		i := testImport
		i.AccessKey, i.SecretKey, i.SessionToken = accessKey, secretKey, sessionToken
		_, err := c.StartImport(ctx, i)
		return "", err
	}
	body := func(status int, format string) func(string) http.RoundTripper {
		return func(text string) http.RoundTripper {
			return memory(zillizsim.Body(status, "application/json", strings.ReplaceAll(format, "TEXT", jsonText(text))))
		}
	}
	header := func(name string) func(string) http.RoundTripper {
		return func(text string) http.RoundTripper {
			return memory(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set(name, text)
				zillizsim.Body(http.StatusFound, "text/plain", "")(w, r)
			}))
		}
	}
	raw := func(status int, format string) func(string) http.RoundTripper {
		return func(text string) http.RoundTripper {
			return memory(zillizsim.Body(status, "text/html", strings.ReplaceAll(format, "TEXT", text)))
		}
	}
	transport := func(text string) http.RoundTripper { return failing{errors.New("proxy says " + text)} }
	type call = func(context.Context, *Client) (any, error)
	tests := []struct {
		name    string
		version APIVersion
		do      call
		respond func(text string) http.RoundTripper
		// levels is how many levels of escaping the text can have.
		levels int
	}{
		{"v1 file name", V1, read, body(200, `{"code":200,"data":{"fileName":"TEXT"}}`), 3},
		{"v1 collection name", V1, read, body(200, `{"code":200,"data":{"collectionName":"a TEXT"}}`), 3},
		{"v1 completion time", V1, read, body(200, `{"code":200,"data":{"completeTime":"TEXT"}}`), 3},
		{"v1 message", V1, read, body(200, `{"code":200,"data":{"errorMessage":"at TEXT."}}`), 3},
		{"v1 file of details", V1, read, body(200, `{"code":200,"data":{"details":[{"fileName":"TEXT"}]}}`), 3},
		{"v1 time of details", V1, read, body(200, `{"code":200,"data":{"details":[{"completeTime":"TEXT"}]}}`), 3},
		{"v1 message of details", V1, read, body(200, `{"code":200,"data":{"details":[{"errorMessage":"TEXT"}]}}`), 3},
		{"v1 job ID", V1, read, body(200, `{"code":200,"data":{"jobId":"TEXT"}}`), 2},
		{"v1 data", V1, read, body(200, `{"code":200,"data":"TEXT"}`), 2},
		{"v1 state of a list", V1, list, body(200, `{"code":200,"data":{"tasks":[{"jobId":"1","state":"TEXT"}]}}`), 3},
		{"v2 file name", V2, read, body(200, `{"code":0,"data":{"jobId":"job-1","fileName":"TEXT"}}`), 3},
		{"v2 collection name", V2, read, body(200, `{"code":0,"data":{"jobId":"job-1","collectionName":"TEXT"}}`), 3},
		{"v2 completion time", V2, read, body(200, `{"code":0,"data":{"jobId":"job-1","completeTime":"TEXT"}}`), 3},
		{"v2 state", V2, read, body(200, `{"code":0,"data":{"jobId":"job-1","state":"TEXT"}}`), 3},
		{"v2 reason", V2, read, body(200, `{"code":0,"data":{"jobId":"job-1","state":"Failed","reason":"TEXT"}}`), 3},
		{"v2 file of details", V2, read, body(200, `{"code":0,"data":{"jobId":"job-1","details":[{"fileName":"TEXT"}]}}`), 3},
		{"v2 state of details", V2, read, body(200, `{"code":0,"data":{"jobId":"job-1","details":[{"state":"TEXT"}]}}`), 3},
		{"v2 time of details", V2, read, body(200, `{"code":0,"data":{"jobId":"job-1","details":[{"completeTime":"TEXT"}]}}`), 3},
		{
			"v2 reason of details", V2, read,
			body(200, `{"code":0,"data":{"jobId":"job-1","state":"Failed","details":[{"state":"Failed","reason":"TEXT"}]}}`), 3,
		},
		{"v2 job ID", V2, read, body(200, `{"code":0,"data":{"jobId":"TEXT"}}`), 2},
		{"v2 state of a list", V2, list, body(200, `{"code":0,"data":{"records":[{"jobId":"1","state":"TEXT"}]}}`), 3},
		{"malformed list", V2, list, body(200, `{"code":0,"data":{"records":[{"state":"TEXT"}]}}`), 2},
		{"message of an error", V1, read, body(200, `{"code":1,"message":"TEXT"}`), 3},
		{"message of a list's error", V2, list, body(400, `{"code":40021,"message":"TEXT"}`), 3},
		{"message of a start's error", V2, start, body(200, `{"code":47005,"message":"TEXT"}`), 3},
		{"message of a v1 start's error", V1, start, body(500, `{"code":1,"message":"TEXT"}`), 3},
		{"malformed start", V2, start, body(200, `{"code":0,"data":{"id":"TEXT"}}`), 2},
		{"start's page", V1, start, raw(502, "<p>TEXT"), 3},
		{"page", V1, read, raw(502, "<p>Authorization: Bearer TEXT</p>"), 3},
		{"page with HTTP 200", V2, read, raw(200, "<p>Authorization: Bearer TEXT</p>"), 3},
		{"list's page", V1, list, raw(403, "TEXT"), 3},
		{"request ID", V1, read, header("requestid"), 3},
		{"start's request ID", V2, start, header("requestid"), 3},
		{"redirect", V2, list, header("Location"), 3},
		{"transport error", V1, read, transport, 3},
		{"list's transport error", V2, list, transport, 3},
		{"start's transport error", V2, start, transport, 3},
		{"transport error after a connection", V2, start, func(text string) http.RoundTripper {
			return memoryError{errors.New(text)}
		}, 3},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			secrets := []string{oddKey}
			if strings.Contains(test.name, "start") {
				secrets = append(secrets, accessKey, secretKey)
				if test.version == V2 {
					secrets = append(secrets, sessionToken)
				}
			}
			check := func(name, secret, text string) {
				t.Helper()
				config := testConfig(test.version, test.respond(text))
				config.APIKey = oddKey
				var log bytes.Buffer
				result, err := test.do(tflogtest.RootLogger(t.Context(), &log), newClient(t, config))
				if result == nil && err == nil {
					t.Fatal("no result and no error")
				}
				checkHidden(t, name, shown(result, err, log.String()), secret, text)
			}
			nested := eachByte("%%%02x", eachByte("&#x%X;", oddKey))
			check("nested twice", oddKey, nested)
			if test.levels > 2 {
				check("nested three times", oddKey, jsonText(nested))
			}
			for _, secret := range secrets {
				check("literal", secret, secret)
				check("JSON", secret, eachByte(`\u%04x`, secret))
				check("URL", secret, url.QueryEscape(secret))
				check("HTML", secret, eachByte("&#%d;", secret))
			}
		})
	}
}

// TestEscapedSecrets checks all ways to escape a secret twice, and many to escape it three
// times.
func TestEscapedSecrets(t *testing.T) {
	t.Parallel()
	m := newMasker(oddKey)
	for i, first := range escapings {
		for j, second := range escapings {
			third := escapings[(i+j)%len(escapings)]
			text := second.escape(first.escape(oddKey))
			checkHidden(t, first.name+", "+second.name, m.mask("at "+text), oddKey)
			checkHidden(t, first.name+", "+second.name+", "+third.name, m.mask("at "+third.escape(text)), oddKey)
		}
	}
}

// memoryError is a transport that hands a connection to each request, and then fails.
type memoryError struct{ err error }

func (m memoryError) RoundTrip(r *http.Request) (*http.Response, error) {
	_, _ = memory(zillizsim.Status(200)).RoundTrip(r)
	return nil, m.err
}

func TestDumpsOfClient(t *testing.T) {
	t.Parallel()
	client := clientOf(t, V1, nil)
	dump := fmt.Sprintf("%v %+v %#v %s", client, *client, *client, toJSON(client))
	if strings.Contains(dump, testKey) {
		t.Errorf("a dump of a client contains the key: %s", dump)
	}
	m := newMasker(testKey)
	if dump := fmt.Sprintf("%v %+v %#v", m, m, &m); strings.Contains(dump, testKey) {
		t.Errorf("a dump of a masker contains the key: %s", dump)
	}
}

// TestLog checks what is logged, and that a log message can't show a secret.
func TestLog(t *testing.T) {
	t.Parallel()
	config := testConfig(V1, memory(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("requestid", "req-1")
		zillizsim.Body(http.StatusOK, "application/json", `{"code":200,"data":{"jobId":"job-1"}}`)(w, r)
	})))
	config.Endpoint = "https://" + testKey + ".example.com/base"
	client := newClient(t, config)
	want := map[string]string{
		"host": "***.example.com", "method": "GET", "path": readPathV1, "request_id": "req-1", "http_status": "200", "bytes": "37",
	}
	for name, do := range map[string]func(context.Context) error{
		"read": func(ctx context.Context) error { _, err := client.ReadJob(ctx, testID); return err },
		"start": func(ctx context.Context) error {
			_, err := client.StartImport(ctx, Import{ObjectURLs: []string{"s3://" + testKey}, SecretKey: "secret-key"})
			return err
		},
	} {
		var log bytes.Buffer
		if err := do(tflogtest.RootLogger(t.Context(), &log)); err != nil {
			t.Fatal(err)
		}
		entries, err := tflogtest.MultilineJSONDecode(strings.NewReader(log.String()))
		if err != nil || len(entries) != 1 || entries[0]["@message"] != "Response from Zilliz Cloud" {
			t.Fatalf("%s: the log is %s, %v, want one response", name, log.String(), err)
		}
		if name == "start" {
			want["method"], want["path"] = "POST", startPathV1
		} else {
			want["method"], want["path"] = "GET", readPathV1
		}
		for field, value := range want {
			if got := fmt.Sprint(entries[0][field]); got != value {
				t.Errorf("%s: %s is logged as %s, want %s", name, field, got, value)
			}
		}
	}
	var log bytes.Buffer
	ctx := newMasker(oddKey, "short").maskLogs(tflogtest.RootLogger(t.Context(), &log))
	tflog.Info(ctx, "message "+oddKey, map[string]any{"field": oddKey, "JSON": jsonText(oddKey)})
	tflog.Info(ctx, "message "+jsonText(oddKey)+" short")
	entries, err := tflogtest.MultilineJSONDecode(strings.NewReader(log.String()))
	if err != nil || len(entries) != 2 {
		t.Fatalf("the log is %s, %v, want two messages", log.String(), err)
	}
	for _, entry := range entries {
		checkHidden(t, "log", fmt.Sprint(entry), oddKey)
	}
	if !strings.Contains(log.String(), "short") {
		t.Errorf("the log is %s, want it with the short text", log.String())
	}
}

// TestCutTexts checks that no part of a secret is left where a text is cut.
func TestCutTexts(t *testing.T) {
	t.Parallel()
	m := newMasker(testKey)
	part := testKey[:6]
	escaped := strings.Replace(testKey, "-", `\u002d`, 1)
	for _, limit := range []int{maxExcerpt, maxMessage, maxText, 2 * maxText} {
		for before := max(0, limit-25); before <= limit+1; before++ {
			for _, secret := range []string{testKey, escaped} {
				text := strings.Repeat("x", before) + secret + "y"
				if strings.Contains(m.mask(text), part) || strings.Contains(m.line(text, maxExcerpt), part) || strings.Contains(m.line(text, maxMessage), part) {
					t.Fatalf("a part of %s after %d characters is left", secret, before)
				}
			}
		}
	}
	// Masking shortens a text, so that what follows the first cut comes into sight.
	for keys := range 2 * maxText / len(testKey) {
		text := strings.Repeat(testKey, keys) + strings.Repeat("x", (2*maxText-7-keys*len(testKey))%len(testKey)) + strings.Repeat(testKey, 2000)
		if keys%50 == 0 && strings.Contains(m.mask(text), part) {
			t.Fatalf("a part of the key after %d keys is left", keys)
		}
	}
	page := clientOf(t, V1, memory(zillizsim.Body(502, "text/html", strings.Repeat(testKey, 1000)+strings.Repeat("x", 11)+strings.Repeat(testKey, 1000))))
	_, err := page.ReadJob(t.Context(), testID)
	checkHidden(t, "page", err.Error(), part)
	got := m.mask(strings.Repeat("é", maxText))
	if want := strings.Repeat("é", maxText/2); got != want {
		t.Errorf("a text of %d bytes is cut to %d, want %d", 2*maxText, len(got), len(want))
	}
	if got := m.mask(strings.Repeat("x", maxText-1) + "é"); got != strings.Repeat("x", maxText-1)+"\uFFFD" {
		t.Errorf("a character at the cut ends as %q", got[maxText-1:])
	}
}

func TestMask(t *testing.T) {
	t.Parallel()
	m := newMasker("abcdefgh", "", "short", "abcdefghij", "p q r s t")
	for text, want := range map[string]string{
		"":                             "",
		"abcdefg":                      "abcdefg",
		"xabcdefghy":                   "x***y",
		"abcdefghij":                   "***",
		"abcdefghi":                    "***i",
		"abcdefgh abcdefghij":          "*** ***",
		"ABCDEFGH":                     "ABCDEFGH",
		"short":                        "short",
		"p q r s t":                    "***",
		"p+q+r+s%20t":                  withheldText,
		"%61bcdefgh, and more":         withheldText,
		"%2561bcdefgh":                 withheldText,
		"%252561bcdefgh":               withheldText,
		"%25252561bcdefgh":             "%25252561bcdefgh", // four levels
		`\u0061bcdefgh`:                withheldText,
		`abcdef\g\h`:                   withheldText,
		"&#97;bcdefgh":                 withheldText,
		"100 %, 7 & 8, %zz, \\, a+b":   "100 %, 7 & 8, %zz, \\, a+b",
		"a%20b &amp; c\\n":             "a%20b &amp; c\\n",
		"abcdefgh and %61bcdefgh":      withheldText,
		"abcd\u202eefgh":               "abcd\u202eefgh",
		`{"a":"%61bcdefg\u0068&quot;"`: withheldText,
	} {
		if got := m.mask(text); got != want {
			t.Errorf("mask(%q) = %q, want %q", text, got, want)
		}
	}
	client := clientOf(t, V1, nil)
	if got, want := client.Mask("a\nb\x1b "+testKey+strings.Repeat("c", maxMessage)), "a b ***"+strings.Repeat("c", maxMessage-7)+"…"; got != want {
		t.Errorf("Mask() = %q, want %q", got, want)
	}
}

// TestShortCredentials checks that a credential that is shorter than 8 characters is not
// masked.
func TestShortCredentials(t *testing.T) {
	t.Parallel()
	client := clientOf(t, V2, reply(`{"code":47005,"message":"1234567 12345678"}`, time.Time{}))
	_, err := client.StartImport(t.Context(), Import{SecretKey: "1234567", AccessKey: "12345678"})
	checkError(t, err, permanent, "1234567 ***")
}

// TestKeysLikeDecisions checks that a key that equals a word that decides changes only what
// is shown.
func TestKeysLikeDecisions(t *testing.T) {
	t.Parallel()
	withKey := func(version APIVersion, key, data string) *Client {
		config := testConfig(version, reply(success(version, data), time.Date(2023, 11, 4, 0, 0, 0, 0, time.UTC)))
		config.APIKey = key
		return newClient(t, config)
	}
	for _, version := range []APIVersion{V1, V2} {
		for _, key := range []string{"articles", "importcompleted", "ImportCompleted", "completed", "Completed", "job-12345"} {
			client := withKey(version, key, `{"tasks":[{"jobId":"job-12345","collectionName":"articles","state":"Completed"}]}`)
			page, err := client.JobPage(t.Context(), JobFilter{ClusterID: "c", CollectionName: "articles"}, 1)
			if err != nil || len(page.Jobs) != 1 || page.Jobs[0].State != importjob.StateCompleted || page.IDs[0] != "job-12345" {
				t.Errorf("%s, key %s: page is %s, %v, want the completed job-12345", version, key, toJSON(page), err)
			}
		}
	}
	id := importjob.ID{ClusterID: "c", JobID: "job-12345"}
	for _, key := range []string{"Completed", "completed", "job-12345", "ompleted"} {
		job, err := withKey(V2, key, `{"jobId":"job-12345","state":"Completed"}`).ReadJob(t.Context(), id)
		if err != nil || job.State != importjob.StateCompleted {
			t.Errorf("key %s: job is %s, %v, want completed", key, toJSON(job), err)
		}
	}
	const completeTime = "2023-11-03T10:41:32Z"
	job, err := withKey(V1, completeTime, `{"jobId":"job-12345","readyPercentage":1,"completeTime":"`+completeTime+`"}`).ReadJob(t.Context(), id)
	if err != nil || job.State != importjob.StateCompleted || *job.CompleteTime != maskText {
		t.Errorf("job is %s, %v, want completed with a masked time", toJSON(job), err)
	}
	if job, err := withKey(V2, "inprogress", `{"jobId":"job-12345","state":"InProgress"}`).ReadJob(t.Context(), id); err != nil || job.State != importjob.StateImporting {
		t.Errorf("job is %s, %v, want importing", toJSON(job), err)
	}
	client := withKey(V2, "job-12345", `{"jobId":"job-12345"}`)
	// The ID would be stored in the state.
	if got, err := client.StartImport(t.Context(), testImport); got != "" || err == nil {
		t.Errorf("StartImport() = %q, %v, want an error", got, err)
	}
}

// TestTerminalSequences checks that no control, escape or bidi character is shown, and that
// a newline and a tab are kept where a text can have several lines.
func TestTerminalSequences(t *testing.T) {
	t.Parallel()
	const (
		unsafe = `a\u001b[2Jb\nc\td\u202ee\u0000f\u007fg\u0085h\u2066i\ufeffj\u2028k\u00a0l\u200bm\r\nn\u009bo`
		lines  = "a\uFFFD[2Jb\nc\td\uFFFDe\uFFFDf\uFFFDg h\uFFFDi\uFFFDj k l\uFFFDm \nn\uFFFDo"
		line   = "a [2Jb c d e f g h i j k l m n o"
	)
	for _, version := range []APIVersion{V1, V2} {
		job, err := readData(t, version, `{"jobId":"job-1","fileName":"`+unsafe+`","reason":"`+unsafe+`","errorMessage":"`+unsafe+`",`+
			`"details":[{"fileName":"`+unsafe+`","completeTime":"`+unsafe+`"}]}`)
		if err != nil || *job.FileName != lines || *job.Reason != lines || *job.Files[0].FileName != lines || *job.Files[0].CompleteTime != lines {
			t.Errorf("%s: job is %s, %v, want texts of %q", version, toJSON(job), err, lines)
		}
	}
	job, err := readData(t, V2, `{"jobId":"job-1","state":"`+unsafe+`"}`)
	if err != nil || string(job.State) != strings.ToLower(line) {
		t.Errorf("state is %q, %v, want %q", job.State, err, strings.ToLower(line))
	}
	_, err = clientOf(t, V1, reply(`{"code":1,"message":"`+unsafe+`"}`, time.Time{})).ReadJob(t.Context(), testID)
	checkError(t, err, unknownCode, "code 1: "+line)
	_, err = clientOf(t, V1, failing{errors.New("a\x1b[2Jb")}).ReadJob(t.Context(), testID)
	checkError(t, err, unavailable, "a [2Jb")
	_, err = clientOf(t, V1, memory(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("requestid", "a\u202eb")
		w.Header().Set("Location", "c\u009bd")
		zillizsim.Body(502, "text/plain", "e\x1bf\xff")(w, r)
	}))).ReadJob(t.Context(), testID)
	checkError(t, err, unavailable, "request ID a b", "redirect to c%20d", `response begins with "e f`)
}

func TestPrintable(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "", " a \n\t b ": "a b", "a\x1bb": "a b", "abcde": "abcde", "abcdef": "abcde…", "ééééé": "ééééé", "éééééé": "ééééé…",
		"a\xffb": "a\uFFFDb", "🙂": "🙂",
	} {
		if got := Printable(text, 5); got != want {
			t.Errorf("Printable(%q) = %q, want %q", text, got, want)
		}
	}
}

// TestTextLimits checks the longest texts in errors and results.
func TestTextLimits(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 3*maxText)
	_, err := clientOf(t, V1, reply(`{"code":1,"message":"`+long+`"}`, time.Time{})).ReadJob(t.Context(), testID)
	checkError(t, err, unknownCode)
	if got := strings.Count(err.Error(), "x"); got != maxMessage {
		t.Errorf("the message has %d characters, want %d", got, maxMessage)
	}
	_, err = clientOf(t, V1, reply(long, time.Time{})).ReadJob(t.Context(), testID)
	if got := strings.Count(err.Error(), "x"); got != maxExcerpt {
		t.Errorf("the excerpt has %d characters, want %d", got, maxExcerpt)
	}
	_, err = clientOf(t, V1, failing{errors.New(long)}).ReadJob(t.Context(), testID)
	if got := strings.Count(err.Error(), "x"); got != maxMessage {
		t.Errorf("the transport error has %d characters, want %d", got, maxMessage)
	}
	job, err := readData(t, V1, `{"fileName":"`+long+`"}`)
	if err != nil || len(*job.FileName) != maxText {
		t.Errorf("the file name has %d bytes, %v, want %d", len(*job.FileName), err, maxText)
	}
}

// TestCredentialsAreMaskedLater reads a job whose reason quotes the credentials of a start
// of the same client.
func TestCredentialsAreMaskedLater(t *testing.T) {
	t.Parallel()
	body := `{"code":0,"data":{"jobId":"job-1","state":"Failed","reason":"denied: SECRETKEY12345"}}`
	client := clientOf(t, V2, reply(body, time.Time{}))
	if _, err := client.StartImport(t.Context(), Import{ClusterID: "c", CollectionName: "a", SecretKey: "SECRETKEY12345"}); err != nil {
		t.Fatal(err)
	}
	job, err := client.ReadJob(t.Context(), importjob.ID{ClusterID: "c", JobID: "job-1"})
	if err != nil || job.Reason == nil || *job.Reason != "denied: "+maskText {
		t.Errorf("job is %s, %v, want the secret masked", toJSON(job), err)
	}
}

// TestCredentialsOfOthers reads a job whose reason has credentials that the client does not
// know, such as those of a start by an earlier process.
func TestCredentialsOfOthers(t *testing.T) {
	t.Parallel()
	const secret = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
	for _, text := range []string{
		"GET https://b.s3.amazonaws.com/a.parquet?X-Amz-Credential=AKIAX%2F2026&X-Amz-Signature=" + secret + ": 403",
		`GET https://b.s3.amazonaws.com/a.parquet?x=1\u0026Signature\u003d` + secret,
		`GET https:\/\/b.s3.amazonaws.com\/a.parquet?access_token=` + secret,
		"GET https://acct.blob.core.windows.net/c/f%3Fsv=2022&sig=" + secret + " failed",
		"GET https://acct.blob.core.windows.net/c/f%3Fsv%3D2022%26sig%3D" + secret + " failed",
		"denied for s3://AKIAIOSFODNN7EXAMPLE:" + secret + "@bucket/a.parquet",
		"denied for s3://key:ab/" + secret + "@bucket/a.parquet",
		"denied for s3://key:a@b/" + secret + "@bucket/a.parquet",
		"denied for https://user:a@" + secret + "@host/a.parquet",
		`denied for https:\/\/user:` + secret + `@host\/a.parquet`,
		"denied for https://" + secret + "@bucket/a.parquet",
		"https://minio.example.com:9000/a.parquet,s3://AKIA1:" + secret + "@bucket/b",
		"denied for s3://AKIA1:1234/" + secret + "@bucket/a.parquet",
		"AWSAccessKeyId=x&Expires=1&Signature=" + secret,
		"#X-Goog-Signature=" + secret,
		"X-Amz-Security-Token=" + secret,
	} {
		body := fmt.Sprintf(`{"code":0,"data":{"jobId":"job-1","state":"Failed","reason":%s}}`, toJSON(text))
		job, err := clientOf(t, V2, reply(body, time.Time{})).ReadJob(t.Context(), testID)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(*job.Reason, secret[8:]) || !strings.Contains(*job.Reason, maskText) {
			t.Errorf("%s is shown as %s", text, *job.Reason)
		}
	}
	for _, text := range []string{
		"file s3://bucket/user@example.com/a.parquet is not found",
		"https://minio.example.com:9000/bucket/team@v2/a.parquet is not found",
		"exports/sig=1/a.parquet, ASIAPACIFIC20240115/a.parquet",
		"design=2, a signature is missing: row 4",
	} {
		if got := newMasker().mask(text); got != text {
			t.Errorf("%q is masked: %q", text, got)
		}
	}
}

// TestFormsOfTokens reads a job whose reason quotes a SAS token in other forms than that of
// the start.
func TestFormsOfTokens(t *testing.T) {
	t.Parallel()
	const token = "sv=2022-11-02&sp=rl&se=2026-01-01T00%3A00%3A00Z&sig=q1W2e3R4t5Y6u7I8o9P0%2B1234%3D"
	for _, reason := range []string{
		"Signature did not match: q1W2e3R4t5Y6u7I8o9P0+1234=",
		"sv=2022-11-02&sp=rl&se=2026-01-01T00:00:00Z&sig=q1W2e3R4t5Y6u7I8o9P0+1234=",
		"sig=q1W2e3R4t5Y6u7I8o9P0%2b1234%3d&sv=2022-11-02",
	} {
		c := clientOf(t, V2, reply(success(V2, fmt.Sprintf(`{"jobId":"job-1","state":"Failed","reason":%q}`, reason)), time.Time{}))
		c.AddSecrets(token)
		job, err := c.ReadJob(t.Context(), testID)
		if err != nil || strings.Contains(*job.Reason, "q1W2e3R4") {
			t.Errorf("%q is shown as %s (%v)", reason, *job.Reason, err)
		}
	}
}

// TestCutSecret quotes the beginning of the key, as texts do that are cut.
func TestCutSecret(t *testing.T) {
	t.Parallel()
	part := testKey[:len(testKey)-2]
	for _, body := range []string{
		`{"code":403,"message":"no access for Bearer ` + part,
		`{"code":1800,"message":"invalid token ` + part + `..."}`,
		`{"code":1800,"message":"invalid token ` + part[:minSecret] + `…"}`,
	} {
		_, err := clientOf(t, V1, memory(zillizsim.Body(403, "application/json", body))).ReadJob(t.Context(), testID)
		if strings.Contains(err.Error(), part[:minSecret]) {
			t.Error(err)
		}
	}
}
