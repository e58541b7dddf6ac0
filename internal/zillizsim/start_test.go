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
		pauseFor(4 * time.Second)
		if other := jobIDOf(t, send(newSim(Options{}), v2StartPath, validV2Start)); other[4:12] != first[:8] || other[12:] == second[12:] {
			t.Errorf("ID of the first job of another server = %s, want one that differs from %s and %s in the run", other, first, second)
		}
		urls := [][]string{{"s3://bucket/a/"}, {"https://bucket.s3.us-west-2.amazonaws.com/b/1.parquet"}}
		want := []StartRequest{
			{JobID: first, ClusterID: "c", CollectionName: "articles", URLs: urls[:1], AutoCommit: true, credentials: &credentials{}},
			{JobID: second, ClusterID: "c", DBName: "db", CollectionName: "articles", URLs: urls, AutoCommit: true, credentials: &credentials{}},
		}
		if got := s.Started(); !reflect.DeepEqual(got, want) {
			t.Errorf("Started() = %+v, want %+v", got, want)
		}
		if list := send(s, v1ListPath+"?clusterId=c", "").Body.String(); strings.Index(list, second) > strings.Index(list, first) {
			t.Errorf("list = %s, want %s before %s", list, second, first)
		}
		for _, want := range []string{`"progress":40`, `"state":"Completed"`} {
			got := send(s, v2ProgressPath, `{"clusterId":"c","dbName":"db","jobId":"`+second+`"}`).Body.String()
			if !strings.Contains(got, want) || !strings.Contains(got, `"fileName":"a/"`) || !strings.Contains(got, `"fileName":"b/1.parquet"`) {
				t.Errorf("progress = %s, want %s and the paths in the bucket", got, want)
			}
			pauseFor(6 * time.Second)
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
		return Job{ClusterID: "other", ID: "other", CollectionName: "other", DBName: "other", TotalRows: 2, Files: []File{{req.CollectionName, 9}}}
	})
	id := jobIDOf(t, send(s, v2StartPath, validV2Start))
	got := send(s, v2ProgressPath, `{"clusterId":"c","dbName":"db","jobId":"`+id+`"}`).Body.String()
	const want = `"collectionName":"articles","fileName":"articles","fileSize":9,"state":"Pending"`
	if strings.Contains(got, "b/1.parquet") || !strings.Contains(got, want) || !strings.Contains(got, `"totalRows":2`) {
		t.Errorf("progress = %s, want that of the returned job, with the names of the request", got)
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
