package zillizsim

import (
	"net/http"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestLoadJobsFile(t *testing.T) {
	t.Parallel()
	file, err := LoadJobsFile(strings.NewReader(`{"jobs":[
		{"cluster_id":"c","job_id":"a","collection_name":"x","files":[{"name":"f","size":9}],"duration":"10s",
		 "expires_after":"1h","recorded_after":"2s","percent":true,"five_fields":true,"total_rows":5,"two_phase":true,"commit_time":"3s"},
		{"cluster_id":"c","job_id":"b","db_name":"db","duration":"1m","profile":"milvus"},
		{"cluster_id":"c","job_id":"d","duration":"1m","profile":"linear","fail_at":0.5,"reason":"no"},
		{"cluster_id":"c","job_id":"f","duration":"1m","reason":"no"},
		{"cluster_id":"c","job_id":"g","duration":"0s"},
		{"cluster_id":"c","job_id":"e","steps":[{"after":"0s","progress":0.5},{"after":"2s","progress":1,"state":"Committing"}]}
	],"collections":[
		{"name":"x","db_name":"db","no_index":true,"loaded":true,"rows":3,"load_error":"no"},
		{"name":"y","load_time":"5s","refresh_time":"2s","visible_after":"1m"}
	]}`))
	if err != nil {
		t.Fatal(err)
	}
	want := []Job{
		{ClusterID: "c", ID: "a", CollectionName: "x", Files: []File{{"f", 9}}, Steps: Linear(10 * time.Second),
			ExpiresAfter: time.Hour, RecordedAfter: 2 * time.Second, Percent: true, FiveFields: true, TotalRows: 5, TwoPhase: true, CommitTime: 3 * time.Second},
		{ClusterID: "c", ID: "b", DBName: "db", Steps: Milvus(time.Minute)},
		{ClusterID: "c", ID: "d", Steps: FailAt(time.Minute, 0.5, "no")},
		{ClusterID: "c", ID: "f", Steps: FailAt(time.Minute, 0, "no")},
		{ClusterID: "c", ID: "g", Steps: Linear(0)},
		{ClusterID: "c", ID: "e", Steps: []Step{{0, 0.5, "", ""}, {2 * time.Second, 1, "Committing", ""}}},
	}
	if got := file.Jobs; !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	collections := []Collection{
		{Name: "x", DBName: "db", NoIndex: true, Loaded: true, Rows: 3, LoadError: "no"},
		{Name: "y", LoadTime: 5 * time.Second, RefreshTime: 2 * time.Second, VisibleAfter: time.Minute},
	}
	if got := file.Collections; !reflect.DeepEqual(got, collections) {
		t.Errorf("got  %+v\nwant %+v", got, collections)
	}
}

func TestLoadJobsFileErrors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ job, want string }{
		{`"job_id":"j","duration":"1s"`, `job 2 ("j"): cluster_id: missing`},
		{`"cluster_id":"c","duration":"1s"`, `job 2 (""): job_id: missing`},
		{`"cluster_id":"c","job_id":"first","duration":"1s"`, `job 2 ("first"): job_id: duplicate`},
		{`"cluster_id":"c","job_id":"j"`, `job 2 ("j"): duration: missing, and there are no steps`},
		{`"cluster_id":"c","job_id":"j","duration":"1s","durations":1`, `json: unknown field "durations"`},
		{`"cluster_id":"c","job_id":"j","duration":10`, `json: cannot unmarshal number into Go struct field`},
		{`"cluster_id":"c","job_id":"j","duration":"-1s"`, `duration -1s is negative`},
		{`"cluster_id":"c","job_id":"j","duration":"1s","profile":"fast","reason":"x"`, `job 2 ("j"): profile: "fast" is not linear`},
		{`"cluster_id":"c","job_id":"j","duration":"1s","profile":"milvus","reason":"x"`, `job 2 ("j"): profile: "milvus" is not linear`},
		{`"cluster_id":"c","job_id":"j","duration":"1s","fail_at":0.5`, `job 2 ("j"): fail_at: 0.5 is not at least 0 and less than 1, or reason is missing`},
		{`"cluster_id":"c","job_id":"j","steps":[{"after":"1s","progress":2}]`, `job 2 ("j"): steps: progress: 2 is not between 0 and 1`},
		{`"cluster_id":"c","job_id":"j","steps":[{"after":"1s","state":"completed"}]`, `job 2 ("j"): steps: state: unknown state "completed"`},
		{`"cluster_id":"c","job_id":"j","steps":[{"after":"1s"},{"after":"0s"}]`, `job 2 ("j"): steps: after: earlier than in the previous step`},
		{`"cluster_id":"c","job_id":"j","steps":[{"after":"1s"}],"duration":"1s"`, `job 2 ("j"): steps: conflicts with duration`},
	} {
		file := `{"jobs":[{"cluster_id":"c","job_id":"first","duration":"1s"},{` + test.job + `}]}`
		if _, err := LoadJobsFile(strings.NewReader(file)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("{%s}\ngot  %v\nwant %s", test.job, err, test.want)
		}
	}
	for _, file := range []string{
		``, `{"jobs":[]} x`, `{"start":{}}`, `{"clusters":[""]}`, `{"collections":[{}]}`, `{"faults":[{}]}`, `{"faults":[{"response":"204"}]}`,
		`{"faults":[{"response":"503","call":"import/list"}]}`, `{"faults":[{"response":"hang","retry_after":"1"}]}`,
	} {
		if _, err := LoadJobsFile(strings.NewReader(file)); err == nil {
			t.Errorf("LoadJobsFile(%q): no error", file)
		}
	}
}

func TestAddJobsFile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		file, err := LoadJobsFile(strings.NewReader(`{
			"clusters": ["c", "empty"],
			"jobs": [{"cluster_id":"c","job_id":"j","collection_name":"a","duration":"1m","recorded_after":"1s","total_rows":5},
				{"cluster_id":"c","job_id":"newer","duration":"1s"}],
			"start": {"duration":"10s","total_rows":7}, "failing_urls": {"broken":"no rows","bro":"another"},
			"collections": [{"name":"a","rows":3}],
			"faults": [{"call":"list","times":2,"skip":1,"response":"429","retry_after":"3"}, {"call":"query","response":"65535"},
				{"start_only":true,"after":true,"response":"reset"}, {"job_id":"j","response":"503"}, {"job_id":"hangs","response":"hang"}]
		}`))
		if err != nil {
			t.Fatal(err)
		}
		s := newSim(Options{})
		s.AddJobsFile(file)
		for i, status := range []int{200, 429, 429, 200} {
			if w := send(s, v1ListPath+"?clusterId=c", ""); w.Code != status || (w.Header().Get("Retry-After") == "3") != (status == 429) {
				t.Errorf("list %d: HTTP status = %d, headers = %v, want %d", i, w.Code, w.Header(), status)
			}
		}
		if status, _, err := start(t, &http.Client{Transport: Transport(s)}, "http://127.0.0.1"); err == nil || len(s.Started()) != 1 {
			t.Errorf("start: HTTP status = %d, %d jobs started, want a reset connection and one job", status, len(s.Started()))
		}
		ask(s, "load", "a")
		for i, want := range []string{`"code":65535`, `{"count(*)":3}`} { // without the rows of the job, which has not started
			pauseFor(time.Duration(i) * time.Hour)
			if got := ask(s, "query", "a"); !strings.Contains(got, want) {
				t.Errorf("query = %s, want %s", got, want)
			}
		}
		if list := call(s, "list", ""); strings.Contains(list, `"j"`) || !strings.Contains(list, `"newer","state":"Pending"`) {
			t.Errorf("list = %s, want a pending job, and none that has no record yet", list)
		}
		for _, want := range []int{503, 90144} { // neither a fault nor a request for another database starts the job
			if code := codeOf(t, send(s, v2ProgressPath, `{"clusterId":"c","jobId":"j","dbName":"db"}`)); code != want {
				t.Errorf("code = %d, want %d", code, want)
			}
		}
		pauseFor(time.Hour)
		for _, step := range []struct {
			wait time.Duration
			want string
		}{{0, `"code":90144`}, {time.Second, `"progress":0`}, {29 * time.Second, `"progress":50`}, {30 * time.Second, `"state":"Completed"`}} {
			pauseFor(step.wait)
			if got := call(s, "describe", "j"); !strings.Contains(got, step.want) {
				t.Errorf("job of the file = %s, want %s", got, step.want)
			}
		}
		for url, want := range map[string]string{"s3://b/a": `"state":"Completed","progress":100`, "s3://b/broken/1": `"reason":"no rows","totalRows":7`} {
			id := jobIDOf(t, send(s, v2StartPath, `{"clusterId":"c","collectionName":"a","objectUrls":[["s3://b/0"],["`+url+`"]]}`))
			pauseFor(4 * time.Second)
			if list := call(s, "list", ""); strings.Index(list, id) > strings.Index(list, "newer") {
				t.Errorf("list = %s, want %s before the jobs of the file", list, id)
			}
			if failed := stateOf(t, call(s, "describe", id)) == "Failed"; failed != strings.Contains(url, "broken") {
				t.Errorf("import of %s after 4 s: failed = %t", url, failed)
			}
			pauseFor(6 * time.Second)
			if got := call(s, "describe", id); !strings.Contains(got, want) {
				t.Errorf("import of %s = %s, want %s", url, got, want)
			}
		}
	})
}
