package zillizsim

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"
)

func newMilvus(jobs ...Job) *Server {
	s := newSim(Options{Milvus: true, Clock: fixedClock(testTime.Add(time.Minute))})
	for _, j := range jobs {
		j.Start = testTime
		s.AddJob(j)
	}
	return s
}

func TestMilvusProgress(t *testing.T) {
	t.Parallel()
	files := []File{{"a.parquet", 10}, {"1.npy 2.npy", 30}}
	for _, test := range []struct {
		body string
		job  Job
		want string
	}{
		{`{"jobId":"448"}`, Job{Files: files, TotalRows: 40}, `{"code":0,"data":{"jobId":"448","collectionName":"articles",
			"fileSize":0,"state":"Pending","progress":0,"completeTime":"","importedRows":0,"totalRows":0,"details":[]}}`},
		{`{"jobId":"448","clusterId":7,"dbName":"default"}`, Job{DBName: "other", Files: files, TotalRows: 40, Steps: []Step{{Progress: 0.55}}},
			`{"code":0,"data":{"jobId":"448","collectionName":"articles",
			"fileSize":40,"state":"Importing","progress":55,"completeTime":"","importedRows":20,"totalRows":40,"details":[
			{"fileName":"[a.parquet]","fileSize":10,"state":"InProgress","progress":55,"completeTime":"","importedRows":10,"totalRows":20},
			{"fileName":"[1.npy 2.npy]","fileSize":30,"state":"InProgress","progress":55,"completeTime":"","importedRows":10,"totalRows":20}]}}`},
		{`{"jobId":"448"}`, Job{TotalRows: 40, Steps: Linear(10 * time.Second)}, `{"code":0,"data":{"jobId":"448","collectionName":"articles",
			"fileSize":0,"state":"Completed","progress":100,"completeTime":"2024-04-01T06:00:10Z","importedRows":40,"totalRows":40,"details":[]}}`},
		{`{"jobId":"448"}`, Job{TotalRows: 40, Steps: FailAt(0, 0.5, "no rows")}, `{"code":0,"data":{"jobId":"448","collectionName":"articles",
			"fileSize":0,"state":"Failed","progress":0,"completeTime":"","reason":"no rows","importedRows":0,"totalRows":0,"details":[]}}`},
		{`{"jobId":"449"}`, Job{}, `{"code":2100,"message":"import job does not exist, jobID=449: importing data failed"}`},
		{`{}`, Job{}, `{"code":1802,"message":"missing required parameters, error: JobID"}`},
		{`jobId`, Job{}, `{"code":1801,"message":"can only accept json format request, error: invalid character 'j' looking for beginning of value"}`},
	} {
		test.job.ID, test.job.CollectionName = "448", "articles"
		w := send(newMilvus(test.job), v2ProgressPath, test.body)
		var got, want any
		if err := errors.Join(json.Unmarshal(w.Body.Bytes(), &got), json.Unmarshal([]byte(test.want), &want)); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) || w.Code != 200 {
			t.Errorf("HTTP status = %d, want 200\ngot  %s\nwant %s", w.Code, w.Body, test.want)
		}
	}
}

func TestMilvusList(t *testing.T) {
	t.Parallel()
	const article = `{"collectionName":"articles","jobId":"1","progress":0,"reason":"no rows","state":"Failed"}`
	const book = `{"collectionName":"books","jobId":"3","progress":50,"state":"Importing"}`
	s := newMilvus(
		Job{ID: "1", CollectionName: "articles", Steps: FailAt(0, 0.5, "no rows")},
		Job{ID: "2", CollectionName: "books", DBName: "other", Steps: Linear(0)},
		Job{ID: "3", CollectionName: "books", Steps: []Step{{Progress: 0.5}}})
	for _, test := range []struct{ header, body, want string }{
		{"", `{"clusterId":"c","pageSize":1,"currentPage":7}`, article + "," + book},
		{"other", `{"dbName":"default","collectionName":"books"}`, book},
		{"other", `{}`, `{"collectionName":"books","jobId":"2","progress":100,"state":"Completed"}`},
		{"", `{"dbName":"none"}`, ``},
	} {
		got := sendWith(s, "Bearer key", test.header, v2ListPath, test.body).Body.String()
		reversed := strings.Replace(test.want, article+","+book, book+","+article, 1)
		if got != `{"code":0,"data":{"records":[`+test.want+`]}}` && got != `{"code":0,"data":{"records":[`+reversed+`]}}` {
			t.Errorf("list %s = %s, want %s in any order", test.body, got, test.want)
		}
	}
	for n := range 20 {
		s.AddJob(Job{ID: strconv.Itoa(n)})
	}
	for first, n := send(s, v2ListPath, `{}`).Body.String(), 0; send(s, v2ListPath, `{}`).Body.String() == first; n++ {
		if n == 100 {
			t.Fatal("101 lists have the same order")
		}
	}
}

func TestMilvusHasFewerCalls(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ path, body string }{{v1StartPath, `{}`}, {v2Prefix + "getProgress", `{}`}, {v2ProgressPath, ""}} {
		w := send(newMilvus(), test.path, test.body)
		if w.Code != http.StatusNotFound || w.Body.String() != "404 page not found" || w.Header().Get("requestid") != "" {
			t.Errorf("%s: HTTP status = %d, headers = %v, body = %s, want 404 and no requestid", test.path, w.Code, w.Header(), w.Body)
		}
	}
	if code := codeOf(t, send(newMilvus(), v2Prefix+"get_progress", `{"jobId":"1"}`)); code != 2100 {
		t.Errorf("get_progress: code = %d, want 2100", code) // an unknown job
	}
	if code := codeOf(t, send(newMilvus(), v2StartPath, validV2Start)); code != 1802 {
		t.Errorf("start with a URL: code = %d, want 1802", code)
	}
}

func TestMilvusAuthentication(t *testing.T) {
	t.Parallel()
	const anyone, ofAKey = `HTTP 200, code 2100`, `HTTP 401, code 1800` // it does not authenticate by default
	for key, want := range map[string]string{"": anyone, "root:Milvus": ofAKey} {
		w := sendWith(New(Options{Milvus: true, APIKeys: strings.Fields(key)}), "Bearer root:other", "", v2ProgressPath, `{"jobId":"1"}`)
		if got := fmt.Sprintf("HTTP %d, code %d", w.Code, codeOf(t, w)); got != want {
			t.Errorf("accepted key %q: %s, want %s", key, got, want)
		}
	}
}
