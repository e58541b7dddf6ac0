package zillizsim

import (
	"net/http"
	"reflect"
	"strings"
	"testing"
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
		{"name":"x","db_name":"db","no_index":true,"loaded":true,"rows":3,"partitions":["p"],"load_error":"no"},
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
		{Name: "x", DBName: "db", NoIndex: true, Loaded: true, Rows: 3, Partitions: []string{"p"}, LoadError: "no"},
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
		{`"cluster_id":"c","job_id":"j","duration":"1s","start":"2024-04-01T06:00:00Z"`, `json: unknown field "start"`},
		{`"cluster_id":"c","job_id":"j","duration":10`, `cannot unmarshal number into Go struct field`},
		{`"cluster_id":"c","job_id":"j","duration":"10"`, `time: missing unit in duration "10"`},
		{`"cluster_id":"c","job_id":"j","duration":"1s","expires_after":"-1s"`, `duration -1s is negative`},
		{`"cluster_id":"c","job_id":"j","duration":"1s","profile":"fast"`, `job 2 ("j"): profile: "fast" is not linear`},
		{`"cluster_id":"c","job_id":"j","duration":"1s","profile":"fast","reason":"x"`, `job 2 ("j"): profile: "fast" is not linear`},
		{`"cluster_id":"c","job_id":"j","duration":"1s","fail_at":1,"reason":"x"`, `job 2 ("j"): fail_at: 1 is not at least 0 and less than 1`},
		{`"cluster_id":"c","job_id":"j","duration":"1s","fail_at":0.5`, `job 2 ("j"): fail_at: 0.5 is not at least 0 and less than 1, or reason is missing`},
		{`"cluster_id":"c","job_id":"j","duration":"1s","profile":"milvus","reason":"x"`, `job 2 ("j"): profile: "milvus" is not linear, or milvus without a reason`},
		{`"cluster_id":"c","job_id":"j","steps":[{"after":"1s","progress":2}]`, `job 2 ("j"): steps: progress: 2 is not between 0 and 1`},
		{`"cluster_id":"c","job_id":"j","steps":[{"after":"1s","state":"completed"}]`, `job 2 ("j"): steps: state: unknown state "completed"`},
		{`"cluster_id":"c","job_id":"j","steps":[{"after":"1s"},{"after":"0s"}]`, `job 2 ("j"): steps: after: earlier than in the previous step`},
		{`"cluster_id":"c","job_id":"j","steps":[{"after":"1s"}],"duration":"1s"`, `job 2 ("j"): steps: conflicts with duration, profile, fail_at and reason`},
	} {
		file := `{"jobs":[{"cluster_id":"c","job_id":"first","duration":"1s"},{` + test.job + `}]}`
		if _, err := LoadJobsFile(strings.NewReader(file)); err == nil || !strings.HasPrefix(err.Error(), test.want) && !strings.Contains(err.Error(), "json: "+test.want) {
			t.Errorf("{%s}\ngot  %v\nwant %s", test.job, err, test.want)
		}
	}
	for _, file := range []string{``, `[]`, `{"job":[]}`, `{"jobs":[]} x`, `{"jobs":{}}`, `{"start":{}}`, `{"clusters":[""]}`, `{"clusters":"c"}`, `{"collections":[{}]}`,
		`{"faults":[{}]}`, `{"faults":[{"response":"204"}]}`, `{"faults":[{"response":"99999"}]}`, `{"faults":[{"response":"503","skip":-1}]}`,
		`{"faults":[{"response":"503","call":"import/list"}]}`, `{"faults":[{"response":"hang","retry_after":"1"}]}`} {
		if _, err := LoadJobsFile(strings.NewReader(file)); err == nil {
			t.Errorf("LoadJobsFile(%q): no error", file)
		}
	}
}

func TestAddJobsFile(t *testing.T) {
	t.Parallel()
	file, err := LoadJobsFile(strings.NewReader(`{
		"clusters": ["c", "empty"],
		"jobs": [{"cluster_id":"c","job_id":"j","duration":"1s"}],
		"start": {"steps":[{"after":"0s","progress":0.4,"reason":"no"}],"total_rows":7},
		"collections": [{"name":"articles","loaded":true,"rows":3}],
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
	for _, code := range []int{503, 200} {
		if got := codeOf(t, send(s, v1ProgressPath+"?clusterId=c&jobId=j", "")); got != code {
			t.Errorf("code = %d for a job of the file, want %d", got, code)
		}
	}
	if status, _, err := start(t, &http.Client{Transport: Transport(s)}, "http://127.0.0.1"); err == nil || len(s.Started()) != 1 {
		t.Errorf("start: HTTP status = %d, %d jobs started, want a reset connection and one job", status, len(s.Started()))
	}
	if got := ask(s, "query", "articles"); !strings.Contains(got, `"code":65535`) {
		t.Errorf("first query = %s, want code 65535", got)
	}
	if got := ask(s, "query", "articles"); !strings.Contains(got, `{"count(*)":3}`) {
		t.Errorf("rows of a collection of the file = %s, want 3", got)
	}
	id := jobIDOf(t, send(s, v2StartPath, `{"clusterId":"empty","collectionName":"a","objectUrl":"s3://b/a"}`))
	got := send(s, v2ProgressPath, `{"clusterId":"empty","jobId":"`+id+`"}`).Body.String()
	if !strings.Contains(got, `"reason":"no"`) || !strings.Contains(got, `"totalRows":7`) {
		t.Errorf("started job = %s, want one as in the file", got)
	}
	if _, err := LoadJobsFile(strings.NewReader(`{"start":{"duration":"1s","profile":"fast"}}`)); err == nil || !strings.HasPrefix(err.Error(), `start: profile: "fast"`) {
		t.Errorf("invalid start: error = %v", err)
	}
	file, err = LoadJobsFile(strings.NewReader(`{"jobs":[]}`))
	if err != nil || file.Start != nil {
		t.Errorf("file without start: LoadJobsFile() = %+v, %v", file, err)
	}
}
