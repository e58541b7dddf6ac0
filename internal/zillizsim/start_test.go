package zillizsim

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const (
	validV1Start = `{"clusterId":"c","collectionName":"articles","objectUrl":"s3://bucket/a/"}`
	validV2Start = `{"clusterId":"c","collectionName":"articles","dbName":"db",
		"objectUrls":[["s3://bucket/a/"],["https://bucket.s3.us-west-2.amazonaws.com/b/1.parquet"]]}`
)

func TestStartValidation(t *testing.T) {
	t.Parallel()
	const v1, v2 = v1StartPath, v2StartPath
	for _, test := range []struct {
		path string
		body string // without braces, and without the collection if it is "a"
		code int
	}{
		{v1, `"clusterId":"c","objectUrl":"s3://b/a"`, 200},
		{v1, `"clusterId":"c","objectUrl":"s3://b/100%"`, 200},
		{v1, `"objectUrl":"s3://b/a"`, 90104},
		{v1, `"clusterId":"x","objectUrl":"s3://b/a"`, 40021},
		{v1, `"clusterId":"free"`, 80022},
		{v1, `"clusterId":"c","objectUrl":"s3://b/a","collectionName":""`, 80000},
		{v1, `"clusterId":"c","objectUrl":"s3://b/a","collectionName":"a-b"`, 90011},
		{v1, `"clusterId":"c"`, 90145},
		{v1, `"clusterId":"c","objectUrl":"s3://b/a","objectUrls":[["s3://b/a"]]`, 80000},
		{v1, `"clusterId":"c","objectURL":"s3://b/a"`, 80000},
		{v1, `"clusterId":"c","objectUrl":"s3://b/a"}{`, 80000},
		{v1, `"clusterId":"c","objectUrl":"b/a"`, 10003},
		{v1, `"clusterId":"c","objectUrl":["s3://b/a"]`, 80000},
		{v1, `"clusterId":"c","objectUrl":"s3://b/a","secretKey":"s"`, 80000},

		{v2, `"clusterId":"c","objectUrls":[["s3://b/a"],["s3://b/b"]]`, 0},
		{v2, `"clusterId":"x","objectUrls":[["s3://b/a"]]`, 40021},
		{v2, `"clusterId":"c","collectionName":"a b","objectUrls":[["s3://b/a"]]`, 90011},
		{v2, `"clusterId":"c"`, 90142},
		{v2, `"clusterId":"c","objectUrls":[]`, 90142},
		{v2, `"clusterId":"c","objectUrls":[["s3://b/a"],[]]`, 80000},
		{v2, `"clusterId":"c","objectUrls":[["s3://b/a"],[""]]`, 80000},
		{v2, `"clusterId":"c","objectUrls":[["s3://b/a","s3://b/b"]]`, 80000},
		{v2, `"clusterId":"c","objectUrls":["s3://b/a"]`, 80000},
		{v2, `"clusterId":"c","objectUrls":[["s3:///a"]]`, 10003},
		{v2, `"clusterId":"c","objectUrls":[["s3://b/a"]],"objectUrl":"s3://b/a"`, 80000},
		{v2, `"clusterId":"c","objectUrl":"s3://b/a","options":{"auto_commit":false}`, 80000},
		{v2, `"clusterId":"c","volumeName":"v","dataPaths":[["a/"]]`, 0},
		{v2, `"clusterId":"c","volumeName":"v"`, 80000},
		{v2, `"clusterId":"c","dataPaths":[["a"]]`, 80000},
		{v2, `"clusterId":"c","volumeName":"v","dataPaths":[["a","b"]]`, 80000},
		{v2, `"clusterId":"c","objectUrl":"s3://b/a","volumeName":"v","dataPaths":[["a"]]`, 80000},
		{v2, `"clusterId":"c","volumeName":"v","dataPaths":[["a"]],"accessKey":"a","secretKey":"s"`, 80000},
		{v2, `"clusterId":"c","objectUrl":"s3://b/a","accessKey":"a"`, 80000},
		{v2, `"clusterId":"c","objectUrl":"s3://b/a","accessKey":"a","token":"t"`, 80000},
		{v2, `"clusterId":"c","objectUrl":"s3://b/a","token":"t"`, 0},
		{v2, `"clusterId":"c","objectUrl":"s3://b/a","accessKey":"a","secretKey":"s","token":"t"`, 0},
	} {
		s := newSim(Options{})
		s.Refuse("free", 80022)
		body := "{" + test.body + "}"
		if !strings.Contains(body, "collectionName") {
			body = `{"collectionName":"a",` + body[1:]
		}
		if got := codeOf(t, send(s, test.path, body)); got != test.code {
			t.Errorf("%s %s: code = %d, want %d", test.path, body, got, test.code)
		}
		started := len(s.Started()) == 1 && len(s.jobs("c", "", "")) == 1
		if started != (test.code == 200 || test.code == 0) {
			t.Errorf("%s %s: Started() = %+v", test.path, body, s.Started())
		}
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
		first := jobIDOf(t, send(s, v1StartPath, validV1Start))
		second := jobIDOf(t, send(s, v2StartPath, validV2Start))
		if !regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`).MatchString(first) || !regexp.MustCompile(`^job-[0-9a-z]{22}$`).MatchString(second) {
			t.Errorf("job IDs = %s, %s, want the forms of v1 and v2", first, second)
		}
		pauseFor(time.Millisecond)
		if other := jobIDOf(t, send(newSim(Options{}), v2StartPath, validV2Start)); other[4:12] != first[:8] || other[12:] == second[12:] {
			t.Errorf("ID of the first job of another server = %s, want one that differs from %s and %s in the run", other, first, second)
		}
		want := []StartRequest{
			{JobID: first, ClusterID: "c", CollectionName: "articles", URLs: [][]string{{"s3://bucket/a/"}}, AutoCommit: true, credentials: &credentials{}},
			{JobID: second, ClusterID: "c", DBName: "db", CollectionName: "articles", AutoCommit: true, credentials: &credentials{},
				URLs: [][]string{{"s3://bucket/a/"}, {"https://bucket.s3.us-west-2.amazonaws.com/b/1.parquet"}}},
		}
		if got := s.Started(); !reflect.DeepEqual(got, want) {
			t.Errorf("Started() = %+v, want %+v", got, want)
		}
		list := send(s, v1ListPath+"?clusterId=c", "").Body.String()
		if strings.Index(list, second) > strings.Index(list, first) || !strings.Contains(list, `"count":2`) {
			t.Errorf("list = %s, want %s before %s", list, second, first)
		}
		for _, step := range []struct {
			wait time.Duration
			want string
		}{{0, `"state":"Pending"`}, {5*time.Second - time.Millisecond, `"progress":50`}, {5 * time.Second, `"state":"Completed"`}} {
			pauseFor(step.wait)
			got := send(s, v2ProgressPath, `{"clusterId":"c","dbName":"db","jobId":"`+second+`"}`).Body.String()
			for _, part := range []string{step.want, `"fileName":"a/"`, `"fileName":"b/1.parquet"`} {
				if !strings.Contains(got, part) {
					t.Errorf("progress = %s, want %s and the paths in the bucket", got, part)
				}
			}
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
}

func TestStartCredentialsAreNotPrinted(t *testing.T) {
	t.Parallel()
	s := newSim(Options{})
	send(s, v2StartPath, `{"clusterId":"c","collectionName":"a","objectUrl":"s3://b/a","accessKey":"AK\"IA","secretKey":"s3cr\/t","token":"t0ken"}`)
	send(s, v2StartPath, validV2Start)
	got := s.Started()
	if !got[0].HasCredentials(`AK"IA`, "s3cr/t", "t0ken") || got[0].HasCredentials(`AK"IA`, "s3cr/t", "") || !got[1].HasCredentials("", "", "") {
		t.Error("HasCredentials does not match exactly the credentials of the request")
	}
	all := fmt.Sprintf("%+v %+v", got, s.Requests())
	for _, secret := range []string{"IA", "s3cr", "t0ken"} {
		if strings.Contains(all, secret) {
			t.Errorf("%q was printed: %s", secret, all)
		}
	}
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
