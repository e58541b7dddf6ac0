package zillizsim

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

func newMilvus(jobs ...Job) *Server {
	s := New(Options{Milvus: true, APIKeys: []string{"root:Milvus", "key"}, Clock: fixedClock(testTime.Add(time.Minute))})
	for _, j := range jobs {
		j.Start = testTime
		s.AddJob(j)
	}
	return s
}

func TestMilvusProgress(t *testing.T) {
	t.Parallel()
	const describe, getProgress = v2Prefix + "describe", v2Prefix + "get_progress"
	files := []File{{"a.parquet", 10}, {"b.parquet", 30}}
	tests := []struct {
		name, path, body string
		job              Job
		want             string
	}{
		{"pending", describe, `{"jobId":"448"}`, Job{Files: files, TotalRows: 40},
			`{"code":0,"data":{"jobId":"448","collectionName":"articles","state":"Pending","progress":0,"importedRows":0,"totalRows":0,"fileSize":0,"completeTime":"","details":[]}}`},
		{"importing", getProgress, `{"jobId":"448","clusterId":"anything","dbName":"default"}`, Job{Files: files, TotalRows: 40, Steps: []Step{{Progress: 0.55}}},
			`{"code":0,"data":{"jobId":"448","collectionName":"articles","state":"Importing","progress":55,"importedRows":20,"totalRows":40,"fileSize":40,"completeTime":"","details":[
			{"fileName":"[a.parquet]","fileSize":10,"state":"InProgress","progress":55,"completeTime":"","importedRows":10,"totalRows":20},
			{"fileName":"[b.parquet]","fileSize":30,"state":"InProgress","progress":55,"completeTime":"","importedRows":10,"totalRows":20}]}}`},
		{"completed", describe, `{"jobId":"448","clusterId":7}`, Job{Files: files[:1], TotalRows: 40, Steps: Linear(10 * time.Second)},
			`{"code":0,"data":{"jobId":"448","collectionName":"articles","state":"Completed","progress":100,"importedRows":40,"totalRows":40,"fileSize":10,"completeTime":"2024-04-01T06:00:10Z","details":[
			{"fileName":"[a.parquet]","fileSize":10,"state":"Completed","progress":100,"completeTime":"2024-04-01T06:00:09Z","importedRows":40,"totalRows":40}]}}`},
		{"failed", describe, `{"jobId":"448"}`, Job{TotalRows: 40, Steps: FailAt(0, 0.5, "no rows")},
			`{"code":0,"data":{"jobId":"448","collectionName":"articles","state":"Failed","progress":0,"importedRows":0,"totalRows":0,"fileSize":0,"completeTime":"","reason":"no rows","details":[]}}`},
		{"job in another database", describe, `{"jobId":"448","dbName":"default"}`, Job{DBName: "other"},
			`{"code":0,"data":{"jobId":"448","collectionName":"articles","state":"Pending","progress":0,"importedRows":0,"totalRows":0,"fileSize":0,"completeTime":"","details":[]}}`},
		{"unknown job", describe, `{"jobId":"449"}`, Job{}, `{"code":2100,"message":"import job does not exist, jobID=449: importing data failed"}`},
		{"no job ID", describe, `{}`, Job{}, `{"code":1802,"message":"missing required parameters, error: JobID"}`},
		{"not JSON", describe, `jobId=448`, Job{}, `{"code":1801,"message":"can only accept json format request, error: invalid character 'j' looking for beginning of value"}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.job.ClusterID, test.job.ID, test.job.CollectionName = "ignored", "448", "articles"
			w := send(newMilvus(test.job), test.path, test.body)
			if got := w.Body.String(); !sameJSON(t, got, flat(test.want)) || w.Code != 200 {
				t.Errorf("HTTP status = %d, want 200\ngot  %s\nwant %s", w.Code, got, flat(test.want))
			}
		})
	}
}

func TestMilvusList(t *testing.T) {
	t.Parallel()
	jobs := []Job{
		{ID: "1", CollectionName: "articles", Steps: FailAt(0, 0.5, "no rows")},
		{ID: "2", CollectionName: "books", DBName: "other", Steps: Linear(0)},
		{ID: "3", CollectionName: "books", Steps: []Step{{Progress: 0.5}}},
	}
	const article = `{"collectionName":"articles","jobId":"1","state":"Failed","progress":0,"reason":"no rows"}`
	const book = `{"collectionName":"books","jobId":"3","state":"Importing","progress":50}`
	for body, want := range map[string][]string{
		`{"clusterId":"c","pageSize":1,"currentPage":7}`: {article, book},
		`{"dbName":"default","collectionName":"books"}`:  {book},
		`{"dbName":"other"}`:                             {`{"collectionName":"books","jobId":"2","state":"Completed","progress":100}`},
		`{"dbName":"none"}`:                              {},
	} {
		got := send(newMilvus(jobs...), v2ListPath, body).Body.String()
		inOrder := `{"code":0,"data":{"records":[` + strings.Join(want, ",") + `]}}`
		slices.Reverse(want)
		reversed := `{"code":0,"data":{"records":[` + strings.Join(want, ",") + `]}}`
		if !sameJSON(t, got, inOrder) && !sameJSON(t, got, reversed) {
			t.Errorf("list %s = %s, want %s in any order", body, got, inOrder)
		}
	}
	if got := sendWith(newMilvus(jobs...), "key", "other", v2ListPath, `{}`).Body.String(); !strings.Contains(got, `"jobId":"2"`) {
		t.Errorf("list with the database in the header = %s, want job 2", got)
	}
	if code := codeOf(t, send(newMilvus(), v2ListPath, `{"dbName":1}`)); code != 1801 {
		t.Errorf("code = %d, want 1801", code)
	}
}

func TestMilvusListOrderIsRandom(t *testing.T) {
	t.Parallel()
	s := newMilvus()
	for n := range 20 {
		s.AddJob(Job{ID: strconv.Itoa(n)})
	}
	first := send(s, v2ListPath, `{}`).Body.String()
	for range 100 {
		if send(s, v2ListPath, `{}`).Body.String() != first {
			return
		}
	}
	t.Error("101 lists have the same order")
}

// sameJSON reports whether two JSON values are equal.
func sameJSON(t *testing.T, a, b string) bool {
	t.Helper()
	var x, y any
	if err := errors.Join(json.Unmarshal([]byte(a), &x), json.Unmarshal([]byte(b), &y)); err != nil {
		t.Fatalf("%s, %s: %v", a, b, err)
	}
	return reflect.DeepEqual(x, y)
}

func TestMilvusStart(t *testing.T) {
	t.Parallel()
	s := newMilvus()
	id := jobIDOf(t, send(s, v2StartPath, `{"dbName":"db","collectionName":"articles","partitionName":"p","files":[["a.parquet"],["b/1.npy","b/2.npy"]],"options":{"timeout":"1h"}}`))
	if !regexp.MustCompile(`^\d{18}$`).MatchString(id) {
		t.Errorf("job ID = %q, want 18 digits", id)
	}
	got := s.Started()
	if len(got) != 1 || got[0].DBName != "db" || got[0].PartitionName != "p" || got[0].Options["timeout"] != "1h" || len(got[0].URLs) != 2 || !got[0].HasCredentials("", "", "") {
		t.Errorf("Started() = %+v", got)
	}
	if list := send(s, v2ListPath, `{"dbName":"db"}`).Body.String(); !strings.Contains(list, id) {
		t.Errorf("list = %s, want job %s", list, id)
	}
	if next := jobIDOf(t, send(s, v2StartPath, `{"collectionName":"a","files":[["a"]]}`)); next <= id {
		t.Errorf("job ID = %s after %s, want a greater one", next, id)
	}
	for body, want := range map[string]int{
		`{"collectionName":"a"}`: 1802, `{"files":[["a"]]}`: 1802, `{"collectionName":"a","files":[]}`: 1100, `{"collectionName":"a","files":[[]]}`: 1100,
		`{"clusterId":"c","collectionName":"a","objectUrls":[["s3://b/a"]]}`: 1802, `{"collectionName":"a","files":["a"]}`: 1801,
		`{"collectionName":"a","files":[["a"]],"options":{"auto_commit":false}}`: 1801,
	} {
		if code := codeOf(t, send(s, v2StartPath, body)); code != want {
			t.Errorf("start %s: code = %d, want %d", body, code, want)
		}
	}
	if len(s.Started()) != 2 {
		t.Errorf("%d jobs started, want 2", len(s.Started()))
	}
}

func TestMilvusUnknownPaths(t *testing.T) {
	t.Parallel()
	notFound := func(s *Server, path, body string) {
		t.Helper()
		w := send(s, path, body)
		if w.Code != http.StatusNotFound || w.Body.String() != "404 page not found" || w.Header().Get("requestid") != "" {
			t.Errorf("%s: HTTP status = %d, headers = %v, body = %s, want 404 and no requestid", path, w.Code, w.Header(), w.Body)
		}
	}
	for _, path := range []string{v1ProgressPath, v1ListPath, v1StartPath, v2Prefix + "getProgress"} {
		notFound(newMilvus(), path, `{}`)
	}
	notFound(newMilvus(), v2ProgressPath, "") // GET
	old := New(Options{Milvus: true, OnePhase: true})
	old.AddJob(Job{ID: "1"})
	for _, call := range []string{"commit", "abort"} {
		notFound(old, v2Prefix+call, `{"jobId":"1"}`)
	}
	if code := codeOf(t, send(old, v2Prefix+"get_progress", `{"jobId":"1"}`)); code != 0 {
		t.Errorf("get_progress: code = %d, want 0", code)
	}
}

func TestMilvusAuthentication(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		keys   []string
		header string
		status int
		code   int
	}{
		{[]string{"root:Milvus"}, "Bearer root:Milvus", 200, 2100},
		{[]string{"root:Milvus"}, "Bearer root:other", 401, 1800},
		{[]string{"root:Milvus"}, "", 401, 1800},
		{nil, "", 200, 2100}, // Milvus does not authenticate by default
		{nil, "Bearer anything", 200, 2100},
	} {
		r := httptest.NewRequest(http.MethodPost, v2ProgressPath, strings.NewReader(`{"jobId":"1"}`))
		if test.header != "" {
			r.Header.Set("Authorization", test.header)
		}
		w := httptest.NewRecorder()
		New(Options{Milvus: true, APIKeys: test.keys}).ServeHTTP(w, r)
		if w.Code != test.status || codeOf(t, w) != test.code {
			t.Errorf("keys %q, Authorization %q: HTTP status = %d, body = %s, want %d and code %d", test.keys, test.header, w.Code, w.Body, test.status, test.code)
		}
	}
}
