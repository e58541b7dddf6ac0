package zillizsim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const (
	v1ProgressPath = "/v1/vector/collections/import/get"
	v1ListPath     = "/v1/vector/collections/import/list"
	v1StartPath    = "/v1/vector/collections/import"
	v2ProgressPath = v2Prefix + "describe"
	v2ListPath     = v2Prefix + "list"
	v2StartPath    = v2Prefix + "create"
)

var testTime = time.Date(2024, 4, 1, 6, 0, 0, 0, time.UTC)

// fixedClock returns a clock that always shows the same time.
func fixedClock(t time.Time) func() time.Time { return func() time.Time { return t } }

func newSim(o Options, jobs ...Job) *Server {
	o.APIKeys = append(o.APIKeys, "key")
	s := New(o)
	s.AddCluster("c")
	for _, j := range jobs {
		j.ClusterID = "c"
		s.AddJob(j)
	}
	return s
}

// send sends a request with a valid key: POST if there is a body, and otherwise GET.
func send(h http.Handler, target, body string) *httptest.ResponseRecorder {
	return sendWith(h, "Bearer key", "", target, body)
}

// sendWith is like send, with Authorization headers, separated by "|", and a DB-Name
// header.
func sendWith(h http.Handler, authorization, database, target, body string) *httptest.ResponseRecorder {
	method := http.MethodGet
	if body != "" {
		method = http.MethodPost
	}
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Header["Authorization"] = strings.Split(authorization, "|")
	r.Header.Set("DB-Name", database)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func codeOf(t *testing.T, w *httptest.ResponseRecorder) int {
	t.Helper()
	var envelope struct{ Code *int }
	if err := json.Unmarshal(w.Body.Bytes(), &envelope); err != nil || envelope.Code == nil {
		t.Fatalf("no code in %s", w.Body)
	}
	return *envelope.Code
}

// flat removes newlines and tabs from a fixture.
func flat(s string) string { return strings.NewReplacer("\n", "", "\t", "").Replace(s) }

// pauseFor pauses for d. It creates no timer that is due at once: with -race, Go 1.26 can
// crash when a goroutine in a synctest bubble receives from one (golang/go#78156).
func pauseFor(d time.Duration) {
	if d > 0 {
		<-time.After(d)
	}
}

func TestRequestValidation(t *testing.T) {
	t.Parallel()
	const valid, validV2 = v1ProgressPath + "?clusterId=c&jobId=j", `{"clusterId":"c","jobId":"j"}`
	const start = `{"clusterId":"c","collectionName":"a",`
	for _, test := range []struct {
		target, body, authorization string
		status, code                int
	}{
		{valid, "", "Bearer key", 200, 200},
		{valid, validV2, "Bearer key", 405, 405},
		{v1ProgressPath + "/", "", "Bearer key", 404, 404},
		{valid, "", "", 401, 80001},
		{valid, "", "key", 401, 80001},
		{valid, "", "Bearer ", 401, 80001},
		{valid, "", "Bearer key|Bearer other", 401, 80001},
		{valid, "", "Bearer other", 401, 80001},
		{v1ProgressPath + "?jobId=j", "", "Bearer key", 200, 90104},
		{v1ProgressPath + "?clusterId=c&jobID=j", "", "Bearer key", 200, 80000},
		{v1ProgressPath + "?clusterId=x&jobId=j", "", "Bearer key", 200, 40021},
		{v1ProgressPath + "?clusterId=empty&jobId=j", "", "Bearer key", 200, 90144},
		{v1ProgressPath + "?clusterId=no", "", "Bearer key", 401, 80002},
		{v1ProgressPath + "?clusterId=yes&jobId=j", "", "Bearer key", 200, 40021},
		{v1ListPath + "?clusterId=c&pageSize=101", "", "Bearer key", 200, 80003},
		{v1ListPath + "?clusterId=c&currentPage=x", "", "Bearer key", 200, 80004},
		{v2ProgressPath, `{"clusterId":"c","jobId":7,"x":[1]}`, "Bearer key", 200, 0},
		{v2ProgressPath, validV2, "Bearer kez", 401, 21119},
		{v2ProgressPath, validV2 + "{}", "Bearer key", 200, 80000},
		{v2ProgressPath, `{"clusterId":"c","jobId":["j"]}`, "Bearer key", 200, 80000},
		{v2ProgressPath, `{"clusterId":"c","jobID":"j"}`, "Bearer key", 200, 80000},
		{v2ProgressPath, `{"clusterId":"c","jobId":"j","dbName":"db"}`, "Bearer key", 200, 90144},
		{v2ListPath, `{"clusterId":"c","pageSize":4}`, "Bearer key", 200, 80003},

		{v1StartPath, start + `"objectUrl":"s3://b/100%"}`, "Bearer key", 200, 200},
		{v1StartPath, `{"clusterId":"x","collectionName":"a","objectUrl":"s3://b/a"}`, "Bearer key", 200, 40021},
		{v1StartPath, `{"clusterId":"c","collectionName":"a-b","objectUrl":"s3://b/a"}`, "Bearer key", 200, 90011},
		{v1StartPath, start + `"objectUrl":""}`, "Bearer key", 200, 90145},
		{v1StartPath, start + `"objectUrl":"s3://b/a","objectUrls":[["s3://b/a"]]}`, "Bearer key", 200, 80000},
		{v1StartPath, start + `"objectUrl":"s3://b/a","secretKey":"s"}`, "Bearer key", 200, 80000},
		{v1StartPath, start + `"objectUrl":"b/a"}`, "Bearer key", 200, 10003},
		{v2StartPath, start + `"objectUrls":[["s3://b/a"],["s3://b/b"]]}`, "Bearer key", 200, 0},
		{v2StartPath, start + `"objectUrls":[]}`, "Bearer key", 200, 90142},
		{v2StartPath, start + `"objectUrls":[["s3://b/a","s3://b/b"]]}`, "Bearer key", 200, 80000},
		{v2StartPath, start + `"objectUrls":[["s3://b/a"],[""]]}`, "Bearer key", 200, 80000},
		{v2StartPath, start + `"objectUrls":[["s3:///a"]]}`, "Bearer key", 200, 10003},
		{v2StartPath, start + `"objectUrls":[["s3://b/a"]],"objectUrl":"s3://b/a"}`, "Bearer key", 200, 80000},
		{v2StartPath, start + `"objectUrl":"s3://b/a","options":{"auto_commit":false}}`, "Bearer key", 200, 80000},
		{v2StartPath, start + `"volumeName":"v"}`, "Bearer key", 200, 80000},
		{v2StartPath, start + `"dataPaths":[["a"]]}`, "Bearer key", 200, 80000},
		{v2StartPath, start + `"volumeName":"v","dataPaths":[["a"]],"token":"t"}`, "Bearer key", 200, 80000},
		{v2StartPath, start + `"objectUrl":"s3://b/a","accessKey":"a","token":"t"}`, "Bearer key", 200, 80000},
		{v2StartPath, start + `"objectUrl":"s3://b/a","token":"t"}`, "Bearer key", 200, 0},
	} {
		s := newSim(Options{}, Job{ID: "j"}, Job{ID: "7"})
		s.AddCluster("empty")
		s.Refuse("no", 80002)
		s.Refuse("yes", 80002)
		s.Refuse("yes", 0)
		w := sendWith(s, test.authorization, "", test.target, test.body)
		if got := codeOf(t, w); got != test.code || w.Code != test.status {
			t.Errorf("%+v: HTTP status, code = %d, %d: %s", test, w.Code, got, w.Body)
		}
		if w.Header().Get("Content-Type") != "application/json" || w.Header().Get("requestid") == "" {
			t.Errorf("%+v: headers = %v, want Content-Type application/json and a requestid", test, w.Header())
		}
		isStart := test.target == v1StartPath || test.target == v2StartPath
		if started := len(s.Started()) == 1; started != (isStart && (test.code == 0 || test.code == 200)) {
			t.Errorf("%+v: Started() = %+v", test, s.Started())
		}
	}
}

func TestRateLimitUsesSlidingWindow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSim(Options{RequestsPerSecond: 2, RetryAfter: "7"}, Job{ID: "j"})
		for i, step := range []struct {
			wait   time.Duration
			status int
		}{
			{0, 200},
			{600 * time.Millisecond, 200},
			{399 * time.Millisecond, 429},
			{time.Millisecond, 200},       // the first request is a second old
			{0, 429},                      // a window that starts every full second would accept it
			{600 * time.Millisecond, 200}, // rejected requests do not count
		} {
			pauseFor(step.wait)
			w := send(s, v1ProgressPath+"?clusterId=c&jobId=j", "")
			if w.Code != step.status || (w.Code == 429) != (w.Header().Get("Retry-After") == "7") {
				t.Errorf("request %d: HTTP status = %d, headers = %v, want %d", i, w.Code, w.Header(), step.status)
			}
		}
	})
}

func TestRequestsAreRecorded(t *testing.T) {
	t.Parallel()
	s := newSim(Options{Clock: fixedClock(testTime)}, Job{ID: "j"})
	first := send(s, v1ProgressPath+"?clusterId=c&jobId=x", "").Header()
	s.Inject(Fault{Response: HTMLPage(503)})
	second := send(s, v2ProgressPath, `{"clusterId":"d","jobId":448,"other":1}`).Header()
	const date = "Mon, 01 Apr 2024 06:00:00 GMT"
	if first.Get("requestid") == second.Get("requestid") || first.Get("Date") != date || second.Get("Date") != date {
		t.Errorf("headers = %v and %v, want different request IDs and the time of the clock", first, second)
	}
	got := s.Requests()
	if len(got) != 2 || got[0].Header.Get("DB-Name") != "" || strings.Contains(fmt.Sprint(got), "Bearer") {
		t.Fatalf("Requests() = %+v, want two, without the API key", got)
	}
	got[0].Header.Set("X", "changed")
	if s.Requests()[0].Header.Get("X") != "" {
		t.Error("Requests() does not return copies")
	}
	got[0].Header, got[1].Header = nil, nil
	want := []Request{
		{testTime, http.MethodGet, v1ProgressPath, "clusterId=c&jobId=x", nil, "", "c", "x"},
		{testTime, http.MethodPost, v2ProgressPath, "", nil, `{"clusterId":"d","jobId":448,"other":1}`, "d", "448"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("Requests() = %+v, want %+v", got, want)
	}
}

func TestListResponses(t *testing.T) {
	t.Parallel()
	job := func(n int, steps []Step) Job {
		collection := []string{"even", "odd"}[n%2]
		return Job{ID: fmt.Sprint("j", n), CollectionName: collection, Start: testTime.Add(time.Duration(n)), Steps: steps}
	}
	jobs := []Job{
		job(0, nil), job(1, Linear(2*time.Hour)), job(2, Linear(time.Minute)), job(3, FailAt(time.Minute, 0.5, "no")),
		job(4, nil), job(5, []Step{{0, 1, "Committing", ""}}),
		{ID: "expired", Start: testTime, Steps: Linear(time.Minute), ExpiresAfter: time.Minute},
		{ID: "in db", DBName: "db", CollectionName: "odd", Start: testTime.Add(-1)},
	}
	for _, test := range []struct{ target, body, want string }{
		{v1ListPath + "?clusterId=c&pageSize=5", "", `{"code":200,"data":{"count":5,"currentPage":1,"pageSize":5,"tasks":[
			{"collectionName":"odd","jobId":"j5","state":"ImportRunning"},{"collectionName":"even","jobId":"j4","state":"ImportPending"},
			{"collectionName":"odd","jobId":"j3","state":"ImportFailed"},{"collectionName":"even","jobId":"j2","state":"ImportCompleted"},
			{"collectionName":"odd","jobId":"j1","state":"ImportRunning"}]}}`},
		{v1ListPath + "?clusterId=c&pageSize=5&currentPage=2", "", `{"code":200,"data":{"count":2,"currentPage":2,"pageSize":5,"tasks":[
			{"collectionName":"even","jobId":"j0","state":"ImportPending"},{"collectionName":"odd","jobId":"in db","state":"ImportPending"}]}}`},
		{v1ListPath + "?clusterId=c&currentPage=9223372036854775807", "",
			`{"code":200,"data":{"count":0,"currentPage":9223372036854775807,"pageSize":10,"tasks":[]}}`},
		{v2ListPath, `{"clusterId":"c","collectionName":"odd","dbName":""}`, `{"code":0,"data":{"count":3,"currentPage":1,"pageSize":10,"records":[
			{"collectionName":"odd","jobId":"j5","state":"Committing"},{"collectionName":"odd","jobId":"j3","state":"Failed"},
			{"collectionName":"odd","jobId":"j1","state":"InProgress"}]}}`},
		{v2ListPath, `{"clusterId":"c","dbName":"db","pageSize":5}`, `{"code":0,"data":{"count":1,"currentPage":1,"pageSize":5,"records":[
			{"collectionName":"odd","jobId":"in db","state":"Pending"}]}}`},
	} {
		s := newSim(Options{Clock: fixedClock(testTime.Add(time.Hour))}, jobs...)
		if got := send(s, test.target, test.body).Body.String(); got != flat(test.want) {
			t.Errorf("%s %s\ngot  %s\nwant %s", test.target, test.body, got, flat(test.want))
		}
	}
}
