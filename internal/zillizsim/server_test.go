package zillizsim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

const (
	v1ProgressPath = "/v1/vector/collections/import/get"
	v1ListPath     = "/v1/vector/collections/import/list"
	v1StartPath    = "/v1/vector/collections/import"
	v2ProgressPath = "/v2/vectordb/jobs/import/describe"
	v2ListPath     = "/v2/vectordb/jobs/import/list"
	v2StartPath    = "/v2/vectordb/jobs/import/create"
)

var testTime = time.Date(2024, 4, 1, 6, 0, 0, 0, time.UTC)

// fixedClock returns a clock that always shows the same time.
func fixedClock(t time.Time) func() time.Time { return func() time.Time { return t } }

func newSim(o Options, jobs ...Job) *Server {
	o.APIKeys = append(o.APIKeys, "key")
	s := New(o)
	for _, j := range jobs {
		s.AddJob(j)
	}
	return s
}

// send sends a request with a valid key: POST if there is a body, and otherwise GET.
func send(h http.Handler, target, body string) *httptest.ResponseRecorder {
	method := http.MethodGet
	if body != "" {
		method = http.MethodPost
	}
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer key")
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

func TestRequestValidation(t *testing.T) {
	t.Parallel()
	const valid = v1ProgressPath + "?clusterId=c&jobId=j"
	tests := []struct {
		name, method, target, body, auth string
		status, code                     int
	}{
		{"valid", http.MethodGet, valid, "", "Bearer key", 200, 200},
		{"wrong method", http.MethodPost, valid, "", "Bearer key", 405, 405},
		{"HEAD", http.MethodHead, valid, "", "Bearer key", 405, 405},
		{"unknown path", http.MethodGet, "/v1/vector/collections/import/get/", "", "Bearer key", 404, 404},
		{"no key", http.MethodGet, valid, "", "", 401, 80001},
		{"wrong key", http.MethodGet, valid, "", "Bearer kez", 401, 80001},
		{"key without Bearer", http.MethodGet, valid, "", "key", 401, 80001},
		{"empty key", http.MethodGet, valid, "", "Bearer ", 401, 80001},
		{"no cluster ID", http.MethodGet, v1ProgressPath + "?jobId=j", "", "Bearer key", 200, 90104},
		{"empty cluster ID", http.MethodGet, v1ProgressPath + "?jobId=j&clusterId=", "", "Bearer key", 200, 90104},
		{"no job ID", http.MethodGet, v1ProgressPath + "?clusterId=c", "", "Bearer key", 200, 80000},
		{"unknown cluster", http.MethodGet, v1ProgressPath + "?clusterId=x&jobId=j", "", "Bearer key", 200, 40021},
		{"unknown job", http.MethodGet, v1ProgressPath + "?clusterId=c&jobId=x", "", "Bearer key", 200, 90144},
		{"job in another cluster", http.MethodGet, v1ProgressPath + "?clusterId=empty&jobId=j", "", "Bearer key", 200, 90144},
		{"unknown parameters", http.MethodGet, valid + "&jobID=j&x=1&x=2", "", "Bearer key", 200, 200},
		{"wrong case of a parameter", http.MethodGet, v1ProgressPath + "?clusterId=c&jobID=j", "", "Bearer key", 200, 80000},
		{"refused cluster", http.MethodGet, v1ProgressPath + "?clusterId=no", "", "Bearer key", 200, 40022},
		{"refused cluster with HTTP 401", http.MethodGet, v1ProgressPath + "?clusterId=nokey&jobId=j", "", "Bearer key", 401, 80002},
		{"list: small page", http.MethodGet, v1ListPath + "?clusterId=c&pageSize=4", "", "Bearer key", 200, 80003},
		{"list: large page", http.MethodGet, v1ListPath + "?clusterId=c&pageSize=101", "", "Bearer key", 200, 80003},
		{"list: page 0", http.MethodGet, v1ListPath + "?clusterId=c&currentPage=0", "", "Bearer key", 200, 80004},
		{"list: page x", http.MethodGet, v1ListPath + "?clusterId=c&currentPage=x", "", "Bearer key", 200, 80004},
		{"list: unknown cluster", http.MethodGet, v1ListPath + "?clusterId=x", "", "Bearer key", 200, 40021},

		{"v2 valid", http.MethodPost, v2ProgressPath, `{"clusterId":"c","jobId":"j"}`, "Bearer key", 200, 0},
		{"v2 getProgress", http.MethodPost, v2Prefix + "getProgress", `{"clusterId":"c","jobId":"j"}`, "Bearer key", 200, 0},
		{"v2 get_progress", http.MethodPost, v2Prefix + "get_progress", `{"clusterId":"c","jobId":"j"}`, "Bearer key", 200, 0},
		{"v2 GET", http.MethodGet, v2ProgressPath, "", "Bearer key", 405, 405},
		{"v2 wrong key", http.MethodPost, v2ProgressPath, `{"clusterId":"c","jobId":"j"}`, "Bearer kez", 401, 21119},
		{"v2 not JSON", http.MethodPost, v2ProgressPath, `clusterId=c&jobId=j`, "Bearer key", 200, 80000},
		{"v2 data after the JSON", http.MethodPost, v2ProgressPath, `{"clusterId":"c","jobId":"j"}{}`, "Bearer key", 200, 80000},
		{"v2 null", http.MethodPost, v2ProgressPath, `null`, "Bearer key", 200, 90104},
		{"v2 unknown field", http.MethodPost, v2ProgressPath, `{"clusterId":"c","jobId":"j","x":[1]}`, "Bearer key", 200, 0},
		{"v2 job ID as a number", http.MethodPost, v2ProgressPath, `{"clusterId":"c","jobId":7}`, "Bearer key", 200, 0},
		{"v2 wrong type of the job ID", http.MethodPost, v2ProgressPath, `{"clusterId":"c","jobId":["j"]}`, "Bearer key", 200, 80000},
		{"v2 wrong type of the cluster ID", http.MethodPost, v2ProgressPath, `{"clusterId":1,"jobId":"j"}`, "Bearer key", 200, 80000},
		{"v2 null as the job ID", http.MethodPost, v2ProgressPath, `{"clusterId":"c","jobId":null}`, "Bearer key", 200, 80000},
		{"v2 default database", http.MethodPost, v2ProgressPath, `{"clusterId":"c","jobId":"j","dbName":"default"}`, "Bearer key", 200, 0},
		{"v2 other database", http.MethodPost, v2ProgressPath, `{"clusterId":"c","jobId":"j","dbName":"db"}`, "Bearer key", 200, 90144},
		{"v2 path of another call", http.MethodPost, v2Prefix + "cancel", `{"clusterId":"c","jobId":"j"}`, "Bearer key", 404, 404},
		{"v2 wrong type of an optional field", http.MethodPost, v2ProgressPath, `{"clusterId":"c","jobId":"j","dbName":1}`, "Bearer key", 200, 80000},
		{"v2 wrong case", http.MethodPost, v2ProgressPath, `{"clusterId":"c","jobID":"j"}`, "Bearer key", 200, 80000},
		{"v2 no cluster ID", http.MethodPost, v2ProgressPath, `{"jobId":"j"}`, "Bearer key", 200, 90104},
		{"v2 unknown job", http.MethodPost, v2ProgressPath, `{"clusterId":"c","jobId":"x"}`, "Bearer key", 200, 90144},
		{"v2 list: small page", http.MethodPost, v2ListPath, `{"clusterId":"c","pageSize":4}`, "Bearer key", 200, 80003},
		{"v2 list: page 0", http.MethodPost, v2ListPath, `{"clusterId":"c","currentPage":0}`, "Bearer key", 200, 80004},
		{"v2 list: page as a string", http.MethodPost, v2ListPath, `{"clusterId":"c","currentPage":"1"}`, "Bearer key", 200, 80000},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newSim(Options{}, Job{ClusterID: "c", ID: "j"}, Job{ClusterID: "c", ID: "7"})
			s.AddCluster("empty")
			s.Refuse("no", 40022)
			s.Refuse("nokey", 80002)
			r := httptest.NewRequest(test.method, test.target, strings.NewReader(test.body))
			if test.auth != "" {
				r.Header.Set("Authorization", test.auth)
			}
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			if got := codeOf(t, w); got != test.code || w.Code != test.status {
				t.Errorf("HTTP status, code = %d, %d, want %d, %d: %s", w.Code, got, test.status, test.code, w.Body)
			}
			if w.Header().Get("Content-Type") != "application/json" || w.Header().Get("requestid") == "" {
				t.Errorf("headers = %v, want Content-Type application/json and a requestid", w.Header())
			}
		})
	}
}

func TestErrorMessages(t *testing.T) {
	t.Parallel()
	s := newSim(Options{})
	for code, want := range map[int]string{
		80003: `{"code":80003,"message":"The parameter value for 'pageSize' should be between 5 and 100."}`,
		80004: `{"code":80004,"message":"The parameter 'currentPage' should have a value between 1 and the maximum value of Int."}`,
		47005: `{"code":47005,"message":"The specified cluster collection not exists."}`,
		12345: `{"code":12345,"message":"Unknown error"}`,
		40022: `{"code":40022,"message":"No access to this cluster. Please request access from your admin."}`,
		90144: `{"code":90144,"message":"No jobId record found under this cluster"}`,
	} {
		s.Refuse("c", code)
		if got := send(s, v1ProgressPath+"?clusterId=c&jobId=j", "").Body.String(); got != want {
			t.Errorf("body = %s, want %s", got, want)
		}
	}
	for _, code := range []int{
		10003, 40003, 47005, 47035, 47036, 47039, 47053, 47055, 80020, 80021, 80022, 83001, 83004,
		90011, 90102, 90103, 90117, 90142, 90145,
	} {
		if errorMessage(code) == errorMessage(0) {
			t.Errorf("no message for code %d", code)
		}
	}
	s.AddCluster("c")
	s.Refuse("c", 0)
	if code := codeOf(t, send(s, v1ListPath+"?clusterId=c", "")); code != 200 {
		t.Errorf("code = %d after Refuse(0), want 200", code)
	}
}

func TestRejectsTwoAuthorizationHeaders(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest(http.MethodGet, v1ProgressPath, nil)
	r.Header["Authorization"] = []string{"Bearer key", "Bearer other"}
	w := httptest.NewRecorder()
	newSim(Options{}).ServeHTTP(w, r)
	if w.Code != http.StatusUnauthorized {
		t.Errorf("HTTP status = %d, want 401", w.Code)
	}
}

func TestRevokeKey(t *testing.T) {
	t.Parallel()
	s := newSim(Options{APIKeys: []string{"other"}}, Job{ClusterID: "c", ID: "j"})
	s.RevokeKey("other")
	if w := send(s, v1ProgressPath+"?clusterId=c&jobId=j", ""); w.Code != http.StatusOK {
		t.Errorf("HTTP status = %d with a key that was not revoked, want 200", w.Code)
	}
	s.RevokeKey("key")
	if w := send(s, v1ProgressPath+"?clusterId=c&jobId=j", ""); w.Code != http.StatusUnauthorized {
		t.Errorf("HTTP status = %d with a revoked key, want 401", w.Code)
	}
}

func TestDateIsTheClocks(t *testing.T) {
	t.Parallel()
	s := newSim(Options{Clock: fixedClock(testTime)}, Job{ClusterID: "c", ID: "j"})
	s.Inject(Fault{Response: HTMLPage(502)})
	for range 2 { // the fault and a usual response
		w := send(s, v1ProgressPath+"?clusterId=c&jobId=j", "")
		if got := w.Header().Get("Date"); got != "Mon, 01 Apr 2024 06:00:00 GMT" {
			t.Errorf("HTTP status %d: Date = %q, want the time of the clock", w.Code, got)
		}
	}
}

// sendWith is like send, with another key and a DB-Name header.
func sendWith(h http.Handler, key, database, target, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, target, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+key)
	if database != "" {
		r.Header.Set("DB-Name", database)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestKeysLimitedToADatabase(t *testing.T) {
	t.Parallel()
	const start = `"collectionName":"a","objectUrl":"s3://b/a","files":[["a"]]`
	for _, milvus := range []bool{false, true} {
		for i, test := range []struct {
			key, header, call, body string
			status                  int
		}{
			{"limited", "db", "get_progress", `"jobId":"1","dbName":"db"`, 200},
			{"limited", "", "get_progress", `"jobId":"1","dbName":"db"`, 403},
			{"limited", "db", "get_progress", `"jobId":"1"`, 403},
			{"limited", "other", "get_progress", `"jobId":"1","dbName":"db"`, 403},
			{"limited", "", "get_progress", `"jobId":"2"`, 403},
			{"limited", "", "commit", `"jobId":"1","dbName":"db"`, 403},
			{"limited", "", "abort", `"jobId":"1","dbName":"db"`, 403},
			{"limited", "db", "commit", `"jobId":"1","dbName":"db"`, 200},
			{"limited", "db", "abort", `"jobId":"1","dbName":"db"`, 200},
			{"limited", "", "create", start + `,"dbName":"db"`, 403},
			{"limited", "db", "create", start + `,"dbName":"db"`, 200},
			{"limited", "", "list", `"dbName":"db"`, 200},
			{"limited", "", "list", `"dbName":"other"`, 403},
			{"limited", "", "list", ``, 403},
			{"default only", "", "get_progress", `"jobId":"2"`, 200},
			{"default only", "db", "get_progress", `"jobId":"1","dbName":"db"`, 403},
			{"key", "", "get_progress", `"jobId":"1","dbName":"db"`, 200},
			{"unknown", "db", "get_progress", `"jobId":"1","dbName":"db"`, 401},
		} {
			s := newSim(Options{Milvus: milvus, LimitedKeys: map[string]string{"limited": "db", "default only": "default"}},
				Job{ClusterID: "c", ID: "1", DBName: "db", Steps: []Step{{Progress: 1, State: "Uncommitted"}}}, Job{ClusterID: "c", ID: "2"})
			body := strings.Replace(`{"clusterId":"c",`+test.body+`}`, ",}", "}", 1)
			w := sendWith(s, test.key, test.header, v2Prefix+test.call, body)
			if w.Code != test.status || (w.Code == 403) != (codeOf(t, w) == 65535) || w.Code == 200 && codeOf(t, w) != 0 {
				t.Errorf("Milvus: %t, %d: %s %s, DB-Name %q: HTTP status = %d, body = %s, want %d",
					milvus, i, test.call, body, test.header, w.Code, w.Body, test.status)
			}
			if started := len(s.Started()) == 1; started != (test.call == "create" && test.status == 200) {
				t.Errorf("Milvus: %t, %d: %d jobs started", milvus, i, len(s.Started()))
			}
		}
	}
}

func TestRateLimitUsesSlidingWindow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSim(Options{RequestsPerSecond: 2, RetryAfter: "7"}, Job{ClusterID: "c", ID: "j"})
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
			if w.Code != step.status {
				t.Errorf("request %d: HTTP status = %d, want %d", i, w.Code, step.status)
			}
			if limited := w.Code == 429; limited != (w.Header().Get("Retry-After") == "7") {
				t.Errorf("request %d: Retry-After = %q", i, w.Header().Get("Retry-After"))
			}
		}
	})
}

func TestRequestsAreRecorded(t *testing.T) {
	t.Parallel()
	s := newSim(Options{Clock: fixedClock(testTime)}, Job{ClusterID: "c", ID: "j"})
	first := send(s, v1ProgressPath+"?clusterId=c&jobId=x", "")
	second := send(s, v2ProgressPath, `{"clusterId":"d","jobId":448,"other":1}`)
	s.Inject(Fault{Response: Status(503)})
	send(s, v1ProgressPath+"?clusterId=c&jobId=j", "")

	if first.Header().Get("requestid") == second.Header().Get("requestid") {
		t.Error("two responses with the same requestid")
	}
	got := s.Requests()
	if len(got) != 3 {
		t.Fatalf("Requests() = %+v, want three", got)
	}
	if r := got[0]; !r.Time.Equal(testTime) || r.Method != http.MethodGet || r.Path != v1ProgressPath ||
		r.RawQuery != "clusterId=c&jobId=x" || r.ClusterID != "c" || r.JobID != "x" {
		t.Errorf("v1 request = %+v", r)
	}
	if r := got[1]; r.Body != `{"clusterId":"d","jobId":448,"other":1}` || r.ClusterID != "d" || r.JobID != "448" {
		t.Errorf("v2 request = %+v", r)
	}
	if strings.Contains(fmt.Sprint(got), "Bearer") {
		t.Error("the records contain the API key")
	}
	got[0].Header.Set("X", "changed")
	if s.Requests()[0].Header.Get("X") != "" {
		t.Error("Requests() does not return copies")
	}
}

func TestListResponses(t *testing.T) {
	t.Parallel()
	now := testTime.Add(time.Hour)
	job := func(n int, steps []Step) Job {
		collection := []string{"even", "odd"}[n%2]
		return Job{ClusterID: "c", ID: fmt.Sprint("j", n), CollectionName: collection, Start: testTime.Add(time.Duration(n)), Steps: steps}
	}
	jobs := []Job{
		job(0, nil), job(1, Linear(2*time.Hour)), job(2, Linear(time.Minute)), job(3, FailAt(time.Minute, 0.5, "no")),
		job(4, nil), job(5, []Step{{0, 1, "Committing", ""}}),
		{ClusterID: "c", ID: "expired", Start: testTime, Steps: Linear(time.Minute), ExpiresAfter: time.Minute},
		{ClusterID: "other", ID: "j"},
	}
	for _, test := range []struct{ name, target, body, want string }{
		{"v1", v1ListPath + "?clusterId=c&pageSize=5", "", `{"code":200,"data":{"count":5,"currentPage":1,"pageSize":5,"tasks":[
			{"collectionName":"odd","jobId":"j5","state":"ImportRunning"},
			{"collectionName":"even","jobId":"j4","state":"ImportPending"},
			{"collectionName":"odd","jobId":"j3","state":"ImportFailed"},
			{"collectionName":"even","jobId":"j2","state":"ImportCompleted"},
			{"collectionName":"odd","jobId":"j1","state":"ImportRunning"}]}}`},
		{"v1 last page", v1ListPath + "?clusterId=c&pageSize=5&currentPage=2", "", `{"code":200,"data":{"count":1,"currentPage":2,"pageSize":5,"tasks":[
			{"collectionName":"even","jobId":"j0","state":"ImportPending"}]}}`},
		{"v1 page after the last", v1ListPath + "?clusterId=c&currentPage=9223372036854775807", "", `{"code":200,"data":{"count":0,"currentPage":9223372036854775807,"pageSize":10,"tasks":[]}}`},
		{"v2 of a collection", v2ListPath, `{"clusterId":"c","collectionName":"odd","dbName":"","pageSize":10,"currentPage":1}`,
			`{"code":0,"data":{"count":3,"currentPage":1,"pageSize":10,"records":[
			{"collectionName":"odd","jobId":"j5","state":"Committing"},
			{"collectionName":"odd","jobId":"j3","state":"Failed"},
			{"collectionName":"odd","jobId":"j1","state":"InProgress"}]}}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newSim(Options{Clock: fixedClock(now)}, jobs...)
			if got := send(s, test.target, test.body).Body.String(); got != flat(test.want) {
				t.Errorf("got  %s\nwant %s", got, flat(test.want))
			}
		})
	}
	for _, body := range []string{`{"clusterId":"c","dbName":"db"}`, `{"clusterId":"c","collectionName":"odd","dbName":"default"}`, `{"clusterId":"c"}`} {
		s := newSim(Options{Clock: fixedClock(now)}, jobs...)
		s.AddJob(Job{ClusterID: "c", ID: "in db", DBName: "db", CollectionName: "odd"})
		got := send(s, v2ListPath, body).Body.String()
		if inDB := strings.Contains(body, `"db"`); strings.Contains(got, "in db") != inDB || strings.Contains(got, "j5") == inDB {
			t.Errorf("list %s = %s, want only jobs in its database", body, got)
		}
	}
	total := newSim(Options{Clock: fixedClock(now), CountAllPages: true}, jobs...)
	for target, body := range map[string]string{v1ListPath + "?clusterId=c&pageSize=5&currentPage=2": "", v2ListPath: `{"clusterId":"c","pageSize":5,"currentPage":2}`} {
		if got := send(total, target, body).Body.String(); !strings.Contains(got, `"count":6`) {
			t.Errorf("list = %s, want the count of all pages, 6", got)
		}
	}
}

// flat removes newlines and tabs from a fixture.
func flat(s string) string { return strings.NewReplacer("\n", "", "\t", "").Replace(s) }

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	s := newSim(Options{RequestsPerSecond: 1000})
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			id := fmt.Sprint(n)
			s.AddJob(Job{ClusterID: "c", ID: id, Steps: Linear(time.Minute)})
			s.Inject(Fault{JobID: id, Response: Status(502)})
			for i, want := range []int{502, 200, 200} {
				if w := send(s, v1ProgressPath+"?clusterId=c&jobId="+id, ""); w.Code != want {
					t.Errorf("job %s, request %d: HTTP status = %d, want %d", id, i, w.Code, want)
				}
			}
			send(s, v1ListPath+"?clusterId=c", "")
			s.RevokeKey("other")
			s.Requests()
		})
	}
	wg.Wait()
	if n := len(s.Requests()); n != 32 {
		t.Errorf("%d requests recorded, want 32", n)
	}
}

// pauseFor pauses for d. It creates no timer that is due at once: with -race, Go 1.26 can
// crash when a goroutine in a synctest bubble receives from one (golang/go#78156).
func pauseFor(d time.Duration) {
	if d > 0 {
		<-time.After(d)
	}
}
