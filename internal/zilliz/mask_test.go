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

	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// oddKey has characters that each kind of escaping changes, and escapes, but no white space.
const oddKey = `k"e\y/%20<&'>+=~&lt;-0123`

// escapings are ways to escape a text. The first is none.
var escapings = []struct {
	name   string
	escape func(string) string
}{
	{"literal", func(s string) string { return s }},
	{"JSON", jsonText},
	{"JSON of PHP", func(s string) string { return strings.ReplaceAll(jsonText(s), "/", `\/`) }},
	{`JSON \u`, func(s string) string { return eachByte(`\u%04x`, s) }},
	{`JavaScript \x`, func(s string) string { return eachByte(`\x%02X`, s) }},
	{"JavaScript escape()", func(s string) string { return eachByte("%%u%04X", s) }},
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

// checkHidden checks that a text does not contain a secret, literally or escaped, and that
// it has at least as many masks.
func checkHidden(t *testing.T, name, text, secret string, masks int) {
	t.Helper()
	for _, e := range escapings {
		if strings.Contains(text, e.escape(secret)) {
			t.Errorf("%s: the secret %s is shown, as %s: %s", name, secret, e.name, text)
		}
	}
	if got := strings.Count(text, maskText) + strings.Count(text, withheldText); got < masks {
		t.Errorf("%s: %d masks are shown, want %d: %s", name, got, masks, text)
	}
}

// memoryError is a transport that hands a connection to each request, and then fails.
type memoryError struct{ err error }

func (m memoryError) RoundTrip(r *http.Request) (*http.Response, error) {
	_, _ = memory(zillizsim.Status(200)).RoundTrip(r)
	return nil, m.err
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
	type respond = func(text string) http.RoundTripper
	body := func(status int, format string) respond {
		return func(text string) http.RoundTripper {
			return replyWith(status, strings.ReplaceAll(format, "TEXT", jsonText(text)), nil)
		}
	}
	page := func(status int, format string) respond {
		return func(text string) http.RoundTripper {
			return replyWith(status, strings.ReplaceAll(format, "TEXT", text), nil)
		}
	}
	header := func(name string) respond {
		return func(text string) http.RoundTripper {
			return replyWith(http.StatusFound, "", map[string]string{name: text})
		}
	}
	transport := func(text string) http.RoundTripper { return failing{errors.New("proxy says " + text)} }
	tests := []struct {
		name    string
		version APIVersion
		do      func(context.Context, *Client) (any, error)
		respond respond
		// masks counts the masks that are shown.
		masks int
	}{
		{"job", V1, read, body(200, `{"code":200,"data":{"fileName":"TEXT","collectionName":"a TEXT","completeTime":"TEXT","errorMessage":"at TEXT.",
			"details":[{"fileName":"TEXT","completeTime":"TEXT","errorMessage":"TEXT"}]}}`), 7},
		{"job", V2, read, body(200, `{"code":0,"data":{"jobId":"job-1","fileName":"TEXT","collectionName":"a TEXT","completeTime":"TEXT","state":"TEXT",
			"reason":"at TEXT.","details":[{"fileName":"TEXT","completeTime":"TEXT","state":"TEXT","reason":"TEXT"}]}}`), 9},
		{"reason of a file", V2, read, body(200, `{"code":0,"data":{"jobId":"job-1","state":"Failed","details":[{"state":"Failed","reason":"TEXT"}]}}`), 2},
		{"job ID", V1, read, body(200, `{"code":200,"data":{"jobId":"TEXT"}}`), 2},
		{"job ID", V2, read, body(200, `{"code":0,"data":{"jobId":"TEXT"}}`), 2},
		{"data", V1, read, body(200, `{"code":200,"data":"TEXT"}`), 1},
		{"list", V1, list, body(200, `{"code":200,"data":{"tasks":[{"jobId":"1","collectionName":"TEXT","state":"TEXT"}]}}`), 2},
		{"list", V2, list, body(200, `{"code":0,"data":{"records":[{"jobId":"1","collectionName":"TEXT","state":"TEXT"}]}}`), 2},
		{"job ID of a list", V2, list, body(200, `{"code":0,"data":{"records":[{"jobId":"TEXT"}]}}`), 1},
		{"malformed list", V2, list, body(200, `{"code":0,"data":{"records":[{"state":"TEXT"}]}}`), 1},
		{"message", V1, read, body(200, `{"code":1,"message":"TEXT"}`), 1},
		{"message of a start", V2, start, body(200, `{"code":47005,"message":"TEXT"}`), 1},
		{"malformed start", V2, start, body(200, `{"code":0,"data":{"id":"TEXT"}}`), 1},
		{"job ID of a start", V2, start, body(200, `{"code":0,"data":{"jobId":"TEXT"}}`), 1}, // it would be stored
		{"page of a start", V1, start, page(502, "<p>TEXT"), 1},
		{"page", V1, read, page(502, "<p>Authorization: Bearer TEXT</p>"), 1},
		{"page with HTTP 200", V2, read, page(200, "<p>Authorization: Bearer TEXT</p>"), 1},
		{"request ID", V1, read, header("requestid"), 1},
		{"redirect", V2, read, header("Location"), 0}, // what looks like a fragment is not shown
		{"transport error", V1, read, transport, 1},
		{"transport error of a start", V2, start, transport, 1},
		{"transport error after a connection", V2, start, func(text string) http.RoundTripper { return memoryError{errors.New(text)} }, 1},
	}
	for _, test := range tests {
		t.Run(string(test.version)+" "+test.name, func(t *testing.T) {
			t.Parallel()
			check := func(name, secret, text string) {
				t.Helper()
				config := testConfig(test.version, test.respond(text))
				config.APIKey = oddKey
				var log bytes.Buffer
				result, err := test.do(tflogtest.RootLogger(t.Context(), &log), newClient(t, config))
				checkHidden(t, name, shown(result, err, log.String()), secret, test.masks)
			}
			nested := eachByte("%%%02x", eachByte("&#x%X;", oddKey))
			check("nested twice", oddKey, nested)
			check("nested three times", oddKey, jsonText(nested))
			secrets := []string{oddKey}
			if strings.HasSuffix(test.name, "start") {
				secrets = append(secrets, accessKey, secretKey)
				if test.version == V2 {
					secrets = append(secrets, sessionToken)
				}
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

// TestEscapedSecrets escapes secrets in all ways, twice and three times.
func TestEscapedSecrets(t *testing.T) {
	t.Parallel()
	for _, secret := range []string{testKey, oddKey, "wJalrXUtnFEMI/K7MDENG+bPxRfiCY==", "p q r s t", `x%2541\y+z=01234567`} {
		m := newMasker(secret)
		for _, first := range escapings {
			for _, second := range escapings {
				for _, third := range escapings {
					text := third.escape(second.escape(first.escape(secret)))
					name := first.name + ", " + second.name + ", " + third.name
					checkHidden(t, name, m.mask("at "+text+" in"), secret, 1)
				}
			}
		}
	}
}

func TestMask(t *testing.T) {
	t.Parallel()
	const (
		token = "?sig=q1W2e3R4t5Y6u7I8o9P0%2B1234%3D&se=2026-01-01T00%3A00%3A00Z"
		other = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
	)
	tests := []struct {
		secrets []string
		// texts are texts and what is shown. If empty, that is the text itself.
		texts map[string]string
	}{
		{[]string{"", "shorter", "abcdefghij", "abcdefgh", "abcdefghkl"}, map[string]string{
			"": "", "abcdefg": "", "ABCDEFGH": "", "shorter": "", "abcd\u202eefgh": "",
			"100 %, 7 & 8, %zz, %u12, \\x1, \\, a+b": "", `a%20b &amp; c\n &no such; &`: "", "%": "", "\\": "", "&;": "",
			"xabcdefghy": "x***y", "abcdefghij": "***", "abcdefgh abcdefghij": "*** ***", "abcdefghijabcdefgh": "******",
			// The end of a secret is missing.
			"at abcdefghi": "at ***", "abcdefghi... x": "***... x", "abcdefghk…": "***…", "abcdefghi.": "***i.", "abcdefg...": "",
			"%61bcdefghi": withheldText, "%61bcdefghi&hellip; x": withheldText, "%61bcdefg": "",
			// Escapes.
			"%61bcdefgh, and more": withheldText, "%2561bcdefgh": withheldText, "%25252561bcdefgh": withheldText, "%2525252561bcdefgh": "",
			`\u0061bcdefgh`: withheldText, `\x61bcdefgh`: withheldText, "%U0061bcdefgh": "", "%u0061bcdefgh": withheldText,
			`abcdef\g\h`: withheldText, "&#97;bcdefgh": withheldText, "&#x61;bcdefgh": withheldText, "&#0000097;bcdefgh": withheldText,
			"& %61bcdefgh;": withheldText, `&\u0061bcdefgh;`: withheldText, "abcdefgh and %61bcdefgh": withheldText,
			`{"a":"%61bcdefg\u0068&quot;"`: withheldText,
		}},
		{[]string{"p q r s t", "a/b+c/d+"}, map[string]string{
			"p q r s t": "***", "p+q+r+s%20t": withheldText, "p+q+r+s+t": withheldText, "a/b+c/d+": "***", `a\/b+c\/d%2b`: withheldText,
		}},
		{[]string{token}, map[string]string{
			"at " + token + ".": "at ***.", "at " + token[1:] + ".": withheldText,
			"no match: q1W2e3R4t5Y6u7I8o9P0+1234=": "no match: ***", "sig=q1W2e3R4t5Y6u7I8o9P0%2b1234%3d": withheldText,
			"?sig=q1W2e3R4t5Y6u7I8o9P0+1234=&se=2026-01-01T00:00:00Z": "***", `q1W2e3R4t5Y6u7I8o9P0+1234\u003d`: withheldText,
		}},
		{nil, map[string]string{ // credentials that the client does not know, such as those of a start by an earlier process
			"https://b.example.com/a?X-Amz-Credential=AKIA%2F2026&X-Amz-Signature=" + other: "https://b.example.com/a?***",
			`https://b.example.com/a?x=1\u0026Signature\u003d` + other:                      "https://b.example.com/a?***",
			`x\u0026Signature\u003d` + other:                                                `x\u0026Signature\u003d***`,
			"X-Amz-Security-Token=" + other:                                                 "X-Amz-Security-Token=***",
			`https:\/\/b.example.com\/a#access_token=` + other:                              `https:\/\/b.example.com\/a#***`,
			"https://b.example.com/a%3Fsv%3D2022%26sig%3D" + other + " 403":                 "https://b.example.com/a%3Fsv%3D2022%26sig%3D*** 403",
			"Expires=1&SIGNATURE=" + other + "&a=b":                                         "Expires=1&SIGNATURE=***&a=b",
			"sig=" + other[:20]:                                                             "sig=***", "sig=" + other[:19]: "",
			"denied for s3://AKIA:" + other + "@b/a": "denied for s3://***@b/a", "https://" + other + "@b/a": "https://***@b/a",
			"s3://key:ab/" + other + "@b/a": "s3://***@b/a", "s3://key:a@b/" + other + "@b/a": "s3://***@b/a",
			"s3://AKIA:1234/" + other + "@b/a": "s3://***@b/a", `https:\/\/user:` + other + `@b\/a`: `https:\/\/***@b\/a`,
			"https://minio.example.com:9000/a,s3://AKIA:" + other + "@b/a": "https://***@b/a", "s3://b/user@example.com/a": "",
			"https://minio.example.com:9000/b/team@v2/a":     "",
			"exports/sig=1/a.parquet, ASIAPACIFIC20240115/a": "", "design=2, a signature is missing: row 4": "",
			"https://b/a?" + other: "https://b/a?***", "https://b/a#" + other: "https://b/a#***",
		}},
	}
	for _, test := range tests {
		m := newMasker(test.secrets...)
		for text, want := range test.texts {
			if want == "" {
				want = text
			}
			if got := m.mask(text); got != want {
				t.Errorf("mask(%q) = %q, want %q", text, got, want)
			}
		}
	}
}

func TestHasCredential(t *testing.T) {
	t.Parallel()
	for location, want := range map[string]bool{
		"s3://bucket/a": false, "s3://AKIA:secret/key@bucket/a": true, "https://user@host/a": true, "https://minio:9000/b/team@v2/a": false,
		"https://b/a?X-Amz-Signature=0a1b": true, "https://b/a?sv=1&sig=0a": true, "https://b/a#security-token=0a": true, "s3://b/sig=1/a": false,
		"https://b/a%3Fsig%3D0a": true, "https://b/a?x=1": false, "data/1": false,
	} {
		if HasCredential(location) != want {
			t.Errorf("HasCredential(%q) = %t", location, !want)
		}
	}
}

// TestCutTexts checks that no part of a secret is left where a text is cut.
func TestCutTexts(t *testing.T) {
	t.Parallel()
	m := newMasker(testKey)
	check := func(name, text string) {
		t.Helper()
		masked := m.mask(text)
		for _, got := range []string{masked, Printable(masked, maxExcerpt), Printable(masked, maxMessage)} {
			if strings.Contains(got, testKey[:6]) || strings.Contains(got, "%30") || len(got) > maxText || got == "" {
				t.Fatalf("%s: a part of the key is left, too much, or nothing: %.500q", name, got)
			}
		}
	}
	escaped := strings.Replace(testKey, "-", `\u002d`, 1)
	for _, limit := range []int{maxExcerpt, maxMessage, maxText, 2 * maxText} {
		for before := max(0, limit-25); before <= limit+1; before++ {
			check(fmt.Sprintf("%d characters and the key", before), strings.Repeat("x", before)+testKey+"y")
			check(fmt.Sprintf("%d characters and the escaped key", before), strings.Repeat("x", before)+escaped+"y")
		}
	}
	// Masking shortens a text, so that what is at the cut could come into sight.
	keys, urls := strings.Repeat(testKey, 1000), strings.Repeat("s3://"+strings.Repeat("k", 45)+"@b ", 500)
	for n := range len(testKey) + 2 {
		x, end := strings.Repeat("x", 2*maxText-len(keys)-n), eachByte("%%%02x", testKey)
		check("keys", strings.Repeat("x", n)+strings.Repeat(testKey, 3000))
		check("keys and the escaped key", keys+x+end)
		check("credentials and the escaped key", urls+strings.Repeat("x", 2*maxText-len(urls)-n)+end)
	}
	for text, want := range map[string]string{
		strings.Repeat("é", 3*maxText): strings.Repeat("é", maxText/2), strings.Repeat("x", maxText-1) + "é": strings.Repeat("x", maxText-1) + "\uFFFD",
		strings.Repeat("x", 3*maxText) + escaped: strings.Repeat("x", maxText), testKey + strings.Repeat("x", maxText): maskText + strings.Repeat("x", maxText-3),
		keys + strings.Repeat("x", 3*maxText): withheldText, // no more than twice the limit is masked
	} {
		if got := m.mask(text); got != want {
			t.Errorf("a text of %d bytes is cut to %d, which end with %q", len(text), len(got), got[len(got)-10:])
		}
	}
}

// TestCostOfSecrets counts allocations, since a pass over a text for each secret would have
// more of them. It is not parallel, so that nothing else allocates.
func TestCostOfSecrets(t *testing.T) {
	text := strings.Repeat("<p>%3Ca&amp;b\\u0020c+d</p>", 1000)
	cost := func(secrets int) float64 {
		var all []string
		for i := range secrets {
			all = append(all, fmt.Sprintf("%08d/%d", i, i))
		}
		m := newMasker(all...)
		return testing.AllocsPerRun(1, func() { m.mask(text) })
	}
	if one, many := cost(1), cost(300); many > 1.1*one {
		t.Errorf("masking 300 secrets has %v allocations, and one secret %v", many, one)
	}
}

// TestLaterTexts reads a job whose reason quotes credentials that the same client has sent,
// or that are about to be sent. Those with fewer than 8 characters are not masked.
func TestLaterTexts(t *testing.T) {
	t.Parallel()
	body := `{"code":0,"data":{"jobId":"job-1","state":"Failed","reason":"denied: SECRETKEY12345, TOKEN67890, 12345678, 1234567"}}`
	client := clientOf(t, V2, reply(body, time.Time{}))
	if _, err := client.StartImport(t.Context(), Import{SecretKey: "SECRETKEY12345", AccessKey: "1234567"}); err != nil {
		t.Fatal(err)
	}
	client.AddSecrets("TOKEN67890", "12345678")
	job, err := client.ReadJob(t.Context(), testID)
	if err != nil || *job.Reason != "denied: ***, ***, ***, 1234567" {
		t.Errorf("job is %s, %v, want the secrets masked", toJSON(job), err)
	}
	if got := client.Mask("a\nTOKEN67890"); got != "a ***" {
		t.Errorf("Mask() = %q, want one line with the secret masked", got)
	}
}

// TestKeysLikeDecisions checks that a key that equals a word that decides changes only what
// is shown, except for a job ID: one that can't be shown can't be stored either.
func TestKeysLikeDecisions(t *testing.T) {
	t.Parallel()
	withKey := func(version APIVersion, key, data string) *Client {
		config := testConfig(version, reply(success(version, data), time.Date(2023, 11, 4, 0, 0, 0, 0, time.UTC)))
		config.APIKey = key
		return newClient(t, config)
	}
	const (
		completeTime = "2023-11-03T10:41:32Z"
		list         = `{"tasks":[{"jobId":"job-12345","collectionName":"articles","state":"Completed"}]}`
		done         = `{"jobId":"job-12345","state":"Completed","readyPercentage":1,"completeTime":"` + completeTime + `"}`
	)
	for _, key := range []string{"articles", "importcompleted", "completed", "Completed", "ompleted", "inprogress", "job-12345", completeTime} {
		eachVersion(t, func(t *testing.T, version APIVersion) {
			page, err := withKey(version, key, list).JobPage(t.Context(), JobFilter{ClusterID: "c", CollectionName: "articles"}, 1)
			if key == "job-12345" && !isMalformed(err) {
				t.Errorf("the page with a secret as job ID is %s, %v, want a malformed response", toJSON(page), err)
			}
			if key != "job-12345" && (err != nil || len(page.Jobs) != 1 || page.Jobs[0].State != importjob.StateCompleted) {
				t.Errorf("key %s: page is %s, %v, want the completed job", key, toJSON(page), err)
			}
			for data, want := range map[string]importjob.State{done: importjob.StateCompleted, `{"jobId":"job-12345","state":"InProgress"}`: importjob.StateImporting} {
				job, err := withKey(version, key, data).ReadJob(t.Context(), importjob.ID{ClusterID: "c", JobID: "job-12345"})
				if err != nil || job.State != want {
					t.Errorf("key %s: job is %s, %v, want %s", key, toJSON(job), err, want)
				}
			}
		})
	}
}

func TestDumps(t *testing.T) {
	t.Parallel()
	client, m := clientOf(t, V1, nil), newMasker(testKey)
	for _, dump := range []string{fmt.Sprintf("%v %+v %#v %s", client, client, client, toJSON(client)), fmt.Sprintf("%v %+v %#v", m, m, &m)} {
		if strings.Contains(dump, testKey) {
			t.Errorf("the key is in %s", dump)
		}
	}
}

func TestLog(t *testing.T) {
	t.Parallel()
	config := testConfig(V1, replyWith(http.StatusOK, `{"code":200,"data":{"jobId":"job-1"}}`, map[string]string{"requestid": "req-1"}))
	config.Endpoint = "https://" + testKey + ".example.com/base"
	client := newClient(t, config)
	const format = "Response from Zilliz Cloud: %s to ***.example.com%s, request req-1, HTTP 200, 37 bytes"
	for want, do := range map[string]func(context.Context) error{
		fmt.Sprintf(format, "GET", readPathV1): func(ctx context.Context) error { return read(ctx, client) },
		fmt.Sprintf(format, "POST", startPathV1): func(ctx context.Context) error {
			_, err := client.StartImport(ctx, Import{ObjectURLs: []string{"s3://" + testKey}, SecretKey: "secret-key"})
			return err
		},
	} {
		var log bytes.Buffer
		if err := do(tflogtest.RootLogger(t.Context(), &log)); err != nil {
			t.Fatal(err)
		}
		entries, err := tflogtest.MultilineJSONDecode(&log)
		if err != nil || len(entries) != 1 {
			t.Fatalf("the log is %v, %v, want one response", entries, err)
		}
		e := entries[0]
		if got := fmt.Sprintf("%v: %v to %v%v, request %v, HTTP %v, %v bytes",
			e["@message"], e["method"], e["host"], e["path"], e["request_id"], e["http_status"], e["bytes"]); got != want {
			t.Errorf("the log is %s, want %s", got, want)
		}
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
	checkError(t, read(t.Context(), clientOf(t, V1, reply(`{"code":1,"message":"`+unsafe+`"}`, time.Time{}))), unknownCode, "code 1: "+line)
	checkError(t, read(t.Context(), clientOf(t, V1, failing{errors.New("a\x1b[2Jb")})), unavailable, "a [2Jb")
	page := replyWith(502, "e\x1bf\xff", map[string]string{"requestid": "a\u202eb"})
	checkError(t, read(t.Context(), clientOf(t, V1, page)), unavailable, "request ID a b", `response begins with "e f`)
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

func TestTextLimits(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 3*maxText)
	for _, test := range []struct {
		name      string
		transport http.RoundTripper
		want      int
	}{
		{"message", reply(`{"code":1,"message":"`+long+`"}`, time.Time{}), 2000},
		{"excerpt", reply(long, time.Time{}), 200},
		{"transport error", failing{errors.New(long)}, 2000},
		{"file name", reply(`{"code":200,"data":{"fileName":"`+long+`"}}`, time.Time{}), 16 << 10},
	} {
		job, err := clientOf(t, V1, test.transport).ReadJob(t.Context(), testID)
		if got := strings.Count(fmt.Sprint(err, toJSON(job)), "x"); got != test.want {
			t.Errorf("the %s has %d characters, want %d", test.name, got, test.want)
		}
	}
}
