package zillizsim

import (
	"net/http"
	"net/http/httptest"
	"regexp"
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
			{"fileName":"[a.parquet]","fileSize":10,"state":"InProgress","progress":55,"completeTime":"","importedRows":5,"totalRows":10},
			{"fileName":"[b.parquet]","fileSize":30,"state":"InProgress","progress":55,"completeTime":"","importedRows":15,"totalRows":30}]}}`},
		{"completed", describe, `{"jobId":"448","clusterId":7}`, Job{Files: files[:1], TotalRows: 40, Steps: Linear(10 * time.Second)},
			`{"code":0,"data":{"jobId":"448","collectionName":"articles","state":"Completed","progress":100,"importedRows":40,"totalRows":40,"fileSize":10,"completeTime":"2024-04-01T06:00:10Z","details":[
			{"fileName":"[a.parquet]","fileSize":10,"state":"Completed","progress":100,"completeTime":"2024-04-01T06:00:09Z","importedRows":40,"totalRows":40}]}}`},
		{"failed", describe, `{"jobId":"448"}`, Job{TotalRows: 40, Steps: FailAt(0, 0.5, "no rows")},
			`{"code":0,"data":{"jobId":"448","collectionName":"articles","state":"Failed","progress":0,"importedRows":0,"totalRows":0,"fileSize":0,"completeTime":"","reason":"no rows","details":[]}}`},
		{"job in another database", describe, `{"jobId":"448","dbName":"default"}`, Job{DBName: "other"},
			`{"code":0,"data":{"jobId":"448","collectionName":"articles","state":"Pending","progress":0,"importedRows":0,"totalRows":0,"fileSize":0,"completeTime":"","details":[]}}`},
		{"unknown job", describe, `{"jobId":"449"}`, Job{}, `{"code":2100,"message":"importing data failed: import job does not exist, jobID=449"}`},
		{"no job id", describe, `{}`, Job{}, `{"code":1100,"message":"invalid parameter"}`},
		{"job id as a number", describe, `{"jobId":448}`, Job{}, `{"code":1100,"message":"invalid parameter"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.job.ClusterID, tt.job.ID, tt.job.CollectionName = "ignored", "448", "articles"
			w := send(newMilvus(tt.job), tt.path, tt.body)
			if got := w.Body.String(); got != flat(tt.want) || w.Code != 200 {
				t.Errorf("HTTP status = %d, want 200\ngot  %s\nwant %s", w.Code, got, flat(tt.want))
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
	for body, want := range map[string]string{
		`{"clusterId":"c","pageSize":1,"currentPage":7}`: article + "," + book,
		`{"dbName":"default","collectionName":"books"}`:  book,
		`{"dbName":"other"}`:                             `{"collectionName":"books","jobId":"2","state":"Completed","progress":100}`,
		`{"dbName":"none"}`:                              ``,
	} {
		if got := send(newMilvus(jobs...), v2ListPath, body).Body.String(); got != `{"code":0,"data":{"records":[`+want+`]}}` {
			t.Errorf("list %s = %s, want the records %s", body, got, want)
		}
	}
	if code := codeOf(t, send(newMilvus(), v2ListPath, `{"dbName":1}`)); code != 1100 {
		t.Errorf("code = %d, want 1100", code)
	}
}

func TestMilvusStart(t *testing.T) {
	t.Parallel()
	s := newMilvus()
	id := jobIDOf(t, send(s, v2StartPath, `{"dbName":"db","collectionName":"articles","partitionName":"p","files":[["a.parquet"],["b/1.npy","b/2.npy"]],"options":{"timeout":"1h"}}`))
	if !regexp.MustCompile(`^\d{18}$`).MatchString(id) {
		t.Errorf("job id = %q, want 18 digits", id)
	}
	got := s.Started()
	if len(got) != 1 || got[0].DBName != "db" || got[0].PartitionName != "p" || got[0].Options["timeout"] != "1h" || len(got[0].URLs) != 2 || !got[0].HasCredentials("", "", "") {
		t.Errorf("Started() = %+v", got)
	}
	if list := send(s, v2ListPath, `{"dbName":"db"}`).Body.String(); !strings.Contains(list, id) {
		t.Errorf("list = %s, want job %s", list, id)
	}
	for _, body := range []string{
		`{"collectionName":"a"}`, `{"collectionName":"a","files":[[]]}`, `{"files":[["a"]]}`,
		`{"clusterId":"c","collectionName":"a","objectUrls":[["s3://b/a"]]}`, `{"collectionName":"a","files":["a"]}`,
		`{"collectionName":"a","files":[["a"]],"options":{"timeout":1}}`,
	} {
		if code := codeOf(t, send(s, v2StartPath, body)); code != 1100 {
			t.Errorf("start %s: code = %d, want 1100", body, code)
		}
	}
}

func TestMilvusUnknownPaths(t *testing.T) {
	t.Parallel()
	for _, path := range []string{v1ProgressPath, v1ListPath, v1StartPath, v2Prefix + "getProgress"} {
		w := send(newMilvus(), path, `{}`)
		if w.Code != http.StatusNotFound || w.Header().Get("requestid") != "" {
			t.Errorf("%s: HTTP status = %d, headers = %v, want 404 and no requestid", path, w.Code, w.Header())
		}
	}
}

func TestMilvusAuthentication(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
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
		if tt.header != "" {
			r.Header.Set("Authorization", tt.header)
		}
		w := httptest.NewRecorder()
		New(Options{Milvus: true, APIKeys: tt.keys}).ServeHTTP(w, r)
		if w.Code != tt.status || codeOf(t, w) != tt.code {
			t.Errorf("keys %q, Authorization %q: HTTP status = %d, body = %s, want %d and code %d", tt.keys, tt.header, w.Code, w.Body, tt.status, tt.code)
		}
	}
}
