package zillizsim

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

const (
	validV1Start = `{"clusterId":"c","collectionName":"articles","objectUrl":"s3://bucket/a/"}`
	validV2Start = `{"clusterId":"c","collectionName":"articles","dbName":"db","objectUrls":[["s3://bucket/a/"],["https://bucket.s3.us-west-2.amazonaws.com/b/1.parquet"]]}`
)

func TestStartValidation(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, path, body string
		code             int
	}{
		{"valid", v1StartPath, validV1Start, 200},
		{"no body", v1StartPath, ` `, 80000},
		{"no cluster ID", v1StartPath, `{"collectionName":"a","objectUrl":"s3://b/a"}`, 90104},
		{"unknown cluster", v1StartPath, `{"clusterId":"x","collectionName":"a","objectUrl":"s3://b/a"}`, 40021},
		{"refused cluster", v1StartPath, `{"clusterId":"free"}`, 80022},
		{"no collection", v1StartPath, `{"clusterId":"c","objectUrl":"s3://b/a"}`, 80000},
		{"invalid collection", v1StartPath, `{"clusterId":"c","collectionName":"a-b","objectUrl":"s3://b/a"}`, 90011},
		{"no URL", v1StartPath, `{"clusterId":"c","collectionName":"a"}`, 90145},
		{"objectUrls of v2", v1StartPath, `{"clusterId":"c","collectionName":"a","objectUrl":"s3://b/a","objectUrls":[["s3://b/a"]]}`, 80000},
		{"database of v2", v1StartPath, `{"clusterId":"c","collectionName":"a","objectUrl":"s3://b/a","dbName":"default"}`, 80000},
		{"two objects", v1StartPath, validV1Start + validV1Start, 80000},
		{"URL without a scheme", v1StartPath, `{"clusterId":"c","collectionName":"a","objectUrl":"b/a"}`, 10003},
		{"URL without escapes", v1StartPath, `{"clusterId":"c","collectionName":"a","objectUrl":"s3://b/100%"}`, 200},
		{"wrong case of a field", v1StartPath, `{"clusterId":"c","collectionName":"a","objectURL":"s3://b/a"}`, 80000},
		{"array as URL", v1StartPath, `{"clusterId":"c","collectionName":"a","objectUrl":["s3://b/a"]}`, 80000},
		{"secret key alone", v1StartPath, `{"clusterId":"c","collectionName":"a","objectUrl":"s3://b/a","secretKey":"s"}`, 80000},

		{"v2 valid", v2StartPath, validV2Start, 0},
		{"v2 no cluster ID", v2StartPath, `{"collectionName":"a","objectUrls":[["s3://b/a"]]}`, 90104},
		{"v2 unknown cluster", v2StartPath, `{"clusterId":"x","collectionName":"a","objectUrls":[["s3://b/a"]]}`, 40021},
		{"v2 no collection", v2StartPath, `{"clusterId":"c","objectUrls":[["s3://b/a"]]}`, 80000},
		{"v2 invalid collection", v2StartPath, `{"clusterId":"c","collectionName":"a b","objectUrls":[["s3://b/a"]]}`, 90011},
		{"v2 nothing to import", v2StartPath, `{"clusterId":"c","collectionName":"a"}`, 90142},
		{"v2 empty array", v2StartPath, `{"clusterId":"c","collectionName":"a","objectUrls":[]}`, 90142},
		{"v2 empty inner array", v2StartPath, `{"clusterId":"c","collectionName":"a","objectUrls":[["s3://b/a"],[]]}`, 80000},
		{"v2 empty URL", v2StartPath, `{"clusterId":"c","collectionName":"a","objectUrls":[["s3://b/a"],[""]]}`, 80000},
		{"v2 two URLs in an inner array", v2StartPath, `{"clusterId":"c","collectionName":"a","objectUrls":[["s3://b/a","s3://b/b"]]}`, 80000},
		{"v2 two paths in an inner array", v2StartPath, `{"clusterId":"c","collectionName":"a","volumeName":"v","dataPaths":[["a","b"]]}`, 80000},
		{"v2 old name of a volume", v2StartPath, `{"clusterId":"c","collectionName":"a","stageName":"v","dataPaths":[["a"],["b"]]}`, 0},
		{"v2 option that is no string", v2StartPath, `{"clusterId":"c","collectionName":"a","objectUrl":"s3://b/a","options":{"auto_commit":false}}`, 80000},
		{"v2 flat array", v2StartPath, `{"clusterId":"c","collectionName":"a","objectUrls":["s3://b/a"]}`, 80000},
		{"v2 URL without a bucket", v2StartPath, `{"clusterId":"c","collectionName":"a","objectUrls":[["s3:///a"]]}`, 10003},
		{"v2 objectUrls and objectUrl", v2StartPath, `{"clusterId":"c","collectionName":"a","objectUrls":[["s3://b/a"]],"objectUrl":"s3://b/a"}`, 80000},
		{"v2 URL and volume", v2StartPath, `{"clusterId":"c","collectionName":"a","objectUrl":"s3://b/a","volumeName":"v","dataPaths":[["a"]]}`, 80000},
		{"v2 volume", v2StartPath, `{"clusterId":"c","collectionName":"a","volumeName":"v","dataPaths":[["a/"]]}`, 0},
		{"v2 volume without paths", v2StartPath, `{"clusterId":"c","collectionName":"a","volumeName":"v"}`, 80000},
		{"v2 paths without volume", v2StartPath, `{"clusterId":"c","collectionName":"a","dataPaths":[["a"]]}`, 80000},
		{"v2 volume with credentials", v2StartPath, `{"clusterId":"c","collectionName":"a","volumeName":"v","dataPaths":[["a"]],"accessKey":"a","secretKey":"s"}`, 80000},
		{"v2 access key alone", v2StartPath, `{"clusterId":"c","collectionName":"a","objectUrl":"s3://b/a","accessKey":"a"}`, 80000},
		{"v2 token alone", v2StartPath, `{"clusterId":"c","collectionName":"a","objectUrl":"s3://b/a","token":"t"}`, 0},
		{"v2 both keys and a token", v2StartPath, `{"clusterId":"c","collectionName":"a","objectUrl":"s3://b/a","accessKey":"a","secretKey":"s","token":"t"}`, 0},
		{"v2 access key and token", v2StartPath, `{"clusterId":"c","collectionName":"a","objectUrl":"s3://b/a","accessKey":"a","token":"t"}`, 80000},
		{"v2 wrong case of a field", v2StartPath, `{"clusterId":"c","collectionname":"a","objectUrl":"s3://b/a"}`, 80000},
		{"v2 wrong type of a field", v2StartPath, `{"clusterId":"c","collectionName":"a","objectUrl":"s3://b/a","partitionName":1}`, 80000},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newSim(Options{}, Job{ClusterID: "c", ID: "j"})
			s.Refuse("free", 80022)
			if got := codeOf(t, send(s, test.path, test.body)); got != test.code {
				t.Errorf("code = %d, want %d", got, test.code)
			}
			started := len(s.Started()) == 1 && len(s.jobs("c", "", "")) == 2
			if started != (test.code == 200 || test.code == 0) {
				t.Errorf("Started() = %+v", s.Started())
			}
		})
	}
	w := httptest.NewRecorder()
	newSim(Options{}).ServeHTTP(w, httptest.NewRequest(http.MethodGet, v1StartPath, nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("GET: HTTP status = %d, want 405", w.Code)
	}
}

// jobIDOf returns the job ID in the response to a start request.
func jobIDOf(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	var body struct{ Data struct{ JobID string } }
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || body.Data.JobID == "" {
		t.Fatalf("no job ID in %s", w.Body)
	}
	return body.Data.JobID
}

func TestStartedJobs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSim(Options{})
		s.AddCluster("c")
		first := jobIDOf(t, send(s, v1StartPath, validV1Start))
		second := jobIDOf(t, send(s, v2StartPath, validV2Start))
		if !regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`).MatchString(first) || !regexp.MustCompile(`^job-[0-9a-z]{22}$`).MatchString(second) {
			t.Errorf("job IDs = %s, %s, want the forms of v1 and v2", first, second)
		}
		want := []StartRequest{
			{JobID: first, ClusterID: "c", CollectionName: "articles", URLs: [][]string{{"s3://bucket/a/"}}, AutoCommit: true, credentials: &credentials{}},
			{JobID: second, ClusterID: "c", DBName: "db", CollectionName: "articles", AutoCommit: true, credentials: &credentials{},
				URLs: [][]string{{"s3://bucket/a/"}, {"https://bucket.s3.us-west-2.amazonaws.com/b/1.parquet"}}},
		}
		got := s.Started()
		if !reflect.DeepEqual(got, want) {
			t.Errorf("Started() = %+v, want %+v", got, want)
		}

		list := send(s, v1ListPath+"?clusterId=c", "").Body.String()
		if strings.Index(list, second) > strings.Index(list, first) || !strings.Contains(list, `"count":2`) {
			t.Errorf("list = %s, want %s before %s", list, second, first)
		}
		progress := func() string {
			return send(s, v2ProgressPath, `{"clusterId":"c","dbName":"db","jobId":"`+second+`"}`).Body.String()
		}
		for _, step := range []struct {
			wait time.Duration
			want string
		}{{0, `"state":"Pending"`}, {5 * time.Second, `"progress":50`}, {5 * time.Second, `"state":"Completed"`}} {
			pauseFor(step.wait)
			if got := progress(); !strings.Contains(got, step.want) || !strings.Contains(got, `"fileName":"a/"`) || !strings.Contains(got, `"fileName":"b/1.parquet"`) {
				t.Errorf("progress = %s, want %s and the paths in the bucket", got, step.want)
			}
		}

		other := newSim(Options{})
		other.AddCluster("c")
		if id := jobIDOf(t, send(other, v1StartPath, validV1Start)); id != first {
			t.Errorf("first job ID = %s in another server, want %s", id, first)
		}
	})
}

func TestPathInBucket(t *testing.T) {
	t.Parallel()
	for location, want := range map[string]string{
		"s3://bucket/a%20b/100%.parquet":               "a%20b/100%.parquet",
		"gs://bucket":                                  "",
		"https://bucket.s3.amazonaws.com/a%20b/":       "a b/",
		"https://bucket.s3.amazonaws.com/100%.parquet": "100%.parquet",
		"a/1.parquet":                                  "a/1.parquet",
	} {
		if got := pathInBucket(location); got != want {
			t.Errorf("pathInBucket(%q) = %q, want %q", location, got, want)
		}
	}
}

func TestOnStart(t *testing.T) {
	t.Parallel()
	s := newSim(Options{})
	s.AddCluster("c")
	s.OnStart(func(req StartRequest) Job {
		s.Requests() // must not deadlock
		return Job{
			ClusterID: "other", ID: "other", CollectionName: "other", DBName: "other", TotalRows: int64(len(req.URLs)),
			Steps: FailAt(0, 0.5, "no "+req.CollectionName), Files: []File{{"f", 9}},
		}
	})
	id := jobIDOf(t, send(s, v2StartPath, validV2Start))
	got := send(s, v2ProgressPath, `{"clusterId":"c","dbName":"db","jobId":"`+id+`"}`).Body.String()
	for _, part := range []string{`"collectionName":"articles"`, `"reason":"no articles"`, `"fileName":"f"`, `"totalRows":2`} {
		if !strings.Contains(got, part) {
			t.Errorf("body %s does not contain %s", got, part)
		}
	}
	if list := send(s, v2ListPath, `{"clusterId":"c","dbName":"db"}`).Body.String(); !strings.Contains(list, id) {
		t.Errorf("list of the database = %s, want job %s", list, id)
	}
}

func TestStartCredentialsAreNotPrinted(t *testing.T) {
	t.Parallel()
	const withCredentials = `{"clusterId":"c","collectionName":"a","objectUrl":"s3://b/a","accessKey":"AK\"IA","secretKey":"s3cr\/t","token":"t0ken"}`
	s := newSim(Options{})
	s.AddCluster("c")
	send(s, v2StartPath, withCredentials)
	send(s, v2StartPath, validV2Start)
	got := s.Started()
	if !got[0].HasCredentials(`AK"IA`, "s3cr/t", "t0ken") || got[0].HasCredentials(`AK"IA`, "s3cr/t", "") || got[0].HasCredentials("", "", "") {
		t.Error("HasCredentials does not match exactly the credentials of the request")
	}
	if !got[1].HasCredentials("", "", "") {
		t.Error("HasCredentials(none) = false for a request without credentials")
	}
	all := fmt.Sprintf("%+v %+v", got, s.Requests())
	for _, secret := range []string{"IA", "s3cr", "t0ken"} {
		if strings.Contains(all, secret) {
			t.Errorf("%q was printed: %s", secret, all)
		}
	}
	if want := `{"clusterId":"c","collectionName":"a","objectUrl":"s3://b/a","accessKey":"***","secretKey":"***","token":"***"}`; s.Requests()[0].Body != want {
		t.Errorf("recorded body = %s, want %s", s.Requests()[0].Body, want)
	}
}

func TestMaskCredentials(t *testing.T) {
	t.Parallel()
	s := newSim(Options{})
	for body, want := range map[string]string{
		`{"AccessKey" : "a\\","x":{"sessionToken":["a","b"]},"token":{"a":"b"}}`: `{"AccessKey" : "***","x":{"sessionToken":"***"},"token":"***"}`,
		`{"secretKey":"a`:                        `{"secretKey":"***"`,
		`{"token":123,"apiKey":"k"}`:             `{"token":"***","apiKey":"***"}`,
		`{"collectionName":"token","jobId":"j"}`: `{"collectionName":"token","jobId":"j"}`,
	} {
		send(s, v2StartPath, body)
		if got := s.Requests()[len(s.Requests())-1].Body; got != want {
			t.Errorf("recorded body of %s = %s, want %s", body, got, want)
		}
	}
}

func TestStartOnlyFaults(t *testing.T) {
	t.Parallel()
	s := newSim(Options{}, Job{ClusterID: "c", ID: "j"})
	s.Inject(Fault{StartOnly: true, Times: 2, Response: ErrorCode(47055)}, Fault{StartOnly: true, Response: ErrorCode(80002)})
	if w := send(s, v1ProgressPath+"?clusterId=c&jobId=j", ""); codeOf(t, w) != 200 {
		t.Errorf("the fault applied to a progress request: %s", w.Body)
	}
	if w := send(s, v2ListPath, `{"clusterId":"c"}`); codeOf(t, w) != 0 {
		t.Errorf("the fault applied to a list request: %s", w.Body)
	}
	for i, want := range []struct{ status, code int }{{200, 47055}, {200, 47055}, {401, 80002}, {200, 200}} {
		w := send(s, v1StartPath, validV1Start)
		if w.Code != want.status || codeOf(t, w) != want.code {
			t.Errorf("request %d: HTTP status = %d, body = %s, want %d and code %d", i, w.Code, w.Body, want.status, want.code)
		}
		if started := len(s.Started()); (started == 1) != (want.code == 200) {
			t.Errorf("request %d: %d jobs started", i, started)
		}
	}
}

// TestLostStartResponse loses the response before or after the job is started. The client
// can't distinguish the two; Started can.
func TestLostStartResponse(t *testing.T) {
	t.Parallel()
	for name, response := range map[string]http.HandlerFunc{
		"reset": Reset(), "reset in body": ResetMidBody(), "hang": Hang(), "HTTP 502": HTMLPage(502), "garbage": Body(200, "text/plain", "ok"), "cut off": CutOff(),
	} {
		for when, after := range map[string]bool{"before": false, "after": true} {
			t.Run(name+" "+when, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					s := newSim(Options{}, Job{ClusterID: "c", ID: "j"})
					s.Inject(Fault{StartOnly: true, After: after, Response: response})
					send(s, v2ProgressPath, `{"clusterId":"c","jobId":"j"}`)
					if id, err := startWithClient(t, Transport(s)); err == nil {
						t.Fatalf("response with job %s, want an error", id)
					}
					if got := len(s.Started()); (got == 1) != after {
						t.Errorf("%d jobs started, want one: %t", got, after)
					}
					if listed := len(s.jobs("c", "", "articles")); (listed == 1) != after {
						t.Errorf("%d jobs in the list, want one: %t", listed, after)
					}
					id, err := startWithClient(t, Transport(s))
					if err != nil || id != s.Started()[len(s.Started())-1].JobID {
						t.Errorf("next start request: job ID = %q, error = %v", id, err)
					}
				})
			})
		}
	}
}

// startWithClient starts a job with an HTTP client and returns the job ID.
func startWithClient(t *testing.T, transport http.RoundTripper) (string, error) {
	t.Helper()
	client := &http.Client{Transport: transport, Timeout: time.Minute}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1"+v2StartPath, strings.NewReader(validV2Start))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer key")
	response, err := client.Do(r)
	if err != nil {
		return "", err
	}
	defer func() { _ = response.Body.Close() }()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		return "", err
	}
	var body struct{ Data struct{ JobID string } }
	if err := json.Unmarshal(data, &body); err != nil {
		return "", err
	}
	if body.Data.JobID == "" {
		return "", errors.New(string(data))
	}
	return body.Data.JobID, nil
}

func TestLostStartResponseOverNetwork(t *testing.T) {
	t.Parallel()
	s := newSim(Options{})
	s.AddCluster("c")
	server := httptest.NewServer(s)
	defer server.Close()
	s.Inject(Fault{StartOnly: true, After: true, Response: Reset()})
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+v2StartPath, strings.NewReader(validV2Start))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer key")
	response, err := server.Client().Do(r)
	if err == nil {
		_ = response.Body.Close()
		t.Fatalf("HTTP status = %d, want a reset connection", response.StatusCode)
	}
	if !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, io.EOF) {
		t.Errorf("error = %v, want a reset connection", err)
	}
	if n := len(s.Started()); n != 1 {
		t.Errorf("%d jobs started, want 1", n)
	}
}

func TestCutOffAfterStartReturnsStartedJob(t *testing.T) {
	t.Parallel()
	s := newSim(Options{})
	s.AddCluster("c")
	s.Inject(Fault{StartOnly: true, After: true, Response: CutOff()})
	w := send(s, v2StartPath, validV2Start)
	if got := w.Body.String(); json.Valid(w.Body.Bytes()) || !strings.HasPrefix(got, `{"code":0,"data":{"jobId":"`+s.Started()[0].JobID[:8]) {
		t.Errorf("body = %s, want truncated JSON with the start of the job ID", got)
	}
}

func TestAfterStartWithInvalidRequest(t *testing.T) {
	t.Parallel()
	s := newSim(Options{})
	s.AddCluster("c")
	s.Inject(Fault{StartOnly: true, After: true})
	if w := send(s, v2StartPath, `{"clusterId":"c"}`); w.Code != 500 || len(s.Started()) != 0 {
		t.Errorf("HTTP status = %d, %d jobs started, want 500 and none", w.Code, len(s.Started()))
	}
}

func TestEchoCredentials(t *testing.T) {
	t.Parallel()
	const secret = `k&y+"1/2'<`
	s := newSim(Options{})
	s.Inject(Fault{StartOnly: true, Response: EchoCredentials(403)})
	body, _ := json.Marshal(map[string]string{"accessKey": "AKIA", "secretKey": secret})
	w := send(s, v2StartPath, string(body))
	var got struct{ Message string }
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 403 || codeOf(t, w) != 83001 {
		t.Fatalf("HTTP status = %d, body = %s, want 403 and code 83001", w.Code, w.Body)
	}
	for _, part := range append(escapedForms(secret), "AKIA", "%41%4b") {
		if !strings.Contains(got.Message, part) {
			t.Errorf("message %s does not contain %q", got.Message, part)
		}
	}
}
