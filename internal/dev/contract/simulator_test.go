package contract

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

const simKey, simCluster = "0123456789abcdef-key", "in01-0123456789abcde"

// newSimulator returns a simulator with jobs in all states that the reading checks look
// for. The imports that are started take a moment.
func newSimulator(moment time.Duration, o zillizsim.Options) *zillizsim.Server {
	o.APIKeys = []string{simKey}
	sim := zillizsim.New(o)
	sim.OnStart(func(r zillizsim.StartRequest) zillizsim.Job {
		job := zillizsim.Job{Steps: zillizsim.Linear(moment), TotalRows: 100}
		if strings.Contains(r.URLs[0][0], "no-such-") {
			job.Steps = zillizsim.FailAt(moment, 0.1, "no such file")
		}
		return job
	})
	for i, collection := range []string{"articles", "articles", "books", "books", "books", "books"} {
		steps := zillizsim.Linear(time.Nanosecond)
		if i == 0 {
			steps = zillizsim.FailAt(time.Nanosecond, 0.4, "dimension mismatch")
		}
		sim.AddJob(zillizsim.Job{ClusterID: simCluster, ID: "job-" + strconv.Itoa(i), CollectionName: collection, Steps: steps})
	}
	const loading = 20 * time.Millisecond
	sim.AddCollection(zillizsim.Collection{Name: "articles", LoadTime: loading, RefreshTime: loading})
	sim.AddCollection(zillizsim.Collection{Name: "books", Loaded: true})
	return sim
}

// simulated returns the service that a handler simulates.
func simulated(t *testing.T, handler http.Handler) service {
	t.Helper()
	elsewhere := newSimulator(0, zillizsim.Options{})
	elsewhere.Refuse(simCluster, 90102)
	here, wrong := httptest.NewServer(handler), httptest.NewServer(elsewhere)
	t.Cleanup(here.Close)
	t.Cleanup(wrong.Close)
	return service{
		client: here.Client(),
		base:   map[string]string{"v1": here.URL, "v2": here.URL, "cluster": here.URL, "another region": wrong.URL},
		key:    simKey, cluster: simCluster, collection: "articles", objectURL: "s3://bucket/folder/1.parquet", pause: 10 * time.Millisecond, visit: &visit{},
	}
}

// TestSimulator checks the simulator, where every fact can be seen and holds.
func TestSimulator(t *testing.T) {
	t.Parallel()
	sim := newSimulator(50*time.Millisecond, zillizsim.Options{})
	s := simulated(t, sim)
	limited := simulated(t, newSimulator(0, zillizsim.Options{RequestsPerSecond: 20}))
	for _, c := range append(append(readingChecks(), writingChecks()...), check{"the client decodes", clientDecodes}) {
		seen := s
		switch {
		case strings.Contains(c.fact, "429"):
			seen = limited
		case strings.HasPrefix(c.fact, "a count with"):
			seen.collection = "books" // which is loaded
		}
		if found := seek(t, seen, c); found.Finding == "holds" {
			t.Log(found)
		} else {
			t.Error(found)
		}
	}
	if mistakes := sim.Mistakes(); len(s.left) > 0 || s.started < 12 || len(mistakes) > 0 {
		t.Errorf("started: %d, left: %v, %v", s.started, s.left, mistakes)
	}
}

// seek runs a check until it has seen something: on a slow machine, an import can end
// before it is seen.
func seek(t *testing.T, s service, c check) result {
	t.Helper()
	found := result{Finding: "not seen"}
	for n := 0; n < 10 && found.Finding == "not seen"; n++ {
		if err := runChecks(t.Context(), s, []check{c}, func(r result) { found = r }); err != nil {
			t.Fatal(found, err)
		}
	}
	return found
}

// rewritten returns a handler that replaces a text in the requests and responses of another.
func rewritten(next http.Handler, from, to string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(strings.NewReader(strings.ReplaceAll(string(sent), from, to)))
		original := httptest.NewRecorder()
		next.ServeHTTP(original, r)
		w.Header().Set("Date", original.Header().Get("Date"))
		zillizsim.Body(original.Code, "application/json", strings.ReplaceAll(original.Body.String(), from, to))(w, r)
	})
}

// TestDifferences changes the texts of requests and responses, and checks that the facts
// are then said to differ: neither to hold nor not to be seen.
func TestDifferences(t *testing.T) {
	t.Parallel()
	const ofLists, imports = `^v1: (a list|count|a page beyond|a job is the|a completed|a failed)`, `: a job is on record`
	tests := []struct{ facts, from, to string }{
		{ofLists, `"tasks"`, `"other"`},
		{ofLists, `"data":{"count"`, `"data":[],"other":{"count"`},
		{ofLists, `"tasks":[`, `"tasks":[{"state":"ImportFailed"},`},
		{`^v1: a list`, `"state":"Import`, `"state":"`},
		{`^v1: count`, `"count":5`, `"count":4`},
		{`^v2: a page beyond`, `"records":[]`, `"records":[{"jobId":"1","state":"Completed"}]`},
		{`^v1: a job is the`, `"details"`, `"other"`},
		{`^v2: a job is the`, `"progress":`, `"progress":-`},
		{`^v1: a completed`, `"completeTime":"2`, `"completeTime":"3`},
		{`^v2: a completed`, `"progress":100`, `"progress":99`},
		{`: an unknown job`, `90144`, `90145`},
		{`^v2: the list of`, `"collectionName":"books","currentPage"`, `"other":"books","currentPage"`},
		{`^get_load_state`, `LoadStateNotLoad`, `LoadStateLoaded`},
		{`^a collection that does not exist`, `"code":100`, `"code":101`},
		{imports, `"fileName":"folder/`, `"fileName":"`},
		{`^v1` + imports, `"completeTime":null`, `"completeTime":"2026-01-02T03:04:05Z"`},
		{`^v2` + imports, `"state":"Importing","progress":`, `"state":"Importing","progress":10`},
		{`^a second start`, `"articles","jobId":"`, `"articles","jobId":"x`},
		{`^auto_commit`, `"readyPercentage":0.99`, `"readyPercentage":1`},
		{`^an abort`, `"state":"Failed"`, `"state":"Completed"`},
		{`: an import of a file`, `"no such file"`, `""`},
	}
	for _, test := range tests {
		s := simulated(t, rewritten(newSimulator(100*time.Millisecond, zillizsim.Options{}), test.from, test.to))
		facts, n := regexp.MustCompile(test.facts), 0
		for _, c := range append(readingChecks(), writingChecks()...) {
			if !facts.MatchString(c.fact) {
				continue
			}
			n++
			if found := seek(t, s, c); found.Finding != "differs" {
				t.Errorf("with %s: %v", test.to, found)
			}
		}
		if n == 0 || test.facts == ofLists && clientDecodes(t.Context(), s) == nil {
			t.Errorf("%s with %s: %d checks, and the client decodes it", test.facts, test.to, n)
		}
	}
}

// runLogged runs everything against a handler, and returns what was logged. What is not
// about a job that is left has nothing private.
func runLogged(ctx context.Context, t *testing.T, s service, file string) (log string, err error) {
	t.Helper()
	public := strings.Builder{}
	err = run(ctx, s, file, func(format string, values ...any) {
		line := fmt.Sprintf(format+"\n", values...)
		log += line
		if !strings.HasPrefix(line, "The job ") {
			public.WriteString(line)
		}
	})
	recorded, _ := json.Marshal(s.recording)
	for _, private := range []string{s.key, s.cluster, `"` + s.collection + `"`, "//bucket", "parquet", "127.0.0.1", os.TempDir()} {
		if all := fmt.Sprint(public.String(), err, string(recorded)); strings.Contains(all, private) {
			t.Errorf("%s is public: %s", private, all)
		}
	}
	return log, err
}

func TestSettings(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, value, want string }{
		{"ZILLIZ_API_KEY", "", "ZILLIZ_API_KEY"},
		{"ZILLIZ_REGION_ID", "x@evil.example/", "ZILLIZ_REGION_ID"},
		{"ZILLIZ_REGION_ID", "ali-cn-hangzhou", ""},
		{"ZILLIZ_TEST_OBJECT_URL", "https://bucket.s3.amazonaws.com/a?X-Amz-Signature=evil", "ZILLIZ_TEST_OBJECT_URL"},
		{"ZILLIZ_TEST_COLLECTION", "", "ZILLIZ_TEST_COLLECTION"},
		{"ZILLIZ_TEST_ACCESS_KEY", "evil", "ZILLIZ_TEST_SECRET_KEY"},
		{"ZILLIZ_TEST_CONNECT_ADDRESS", "https://in01-1.aws-us-west-2.vectordb.zillizcloud.com:19530", ""},
		{"ZILLIZ_TEST_CONNECT_ADDRESS", "http://127.0.0.1:8080/", ""},
		{"ZILLIZ_TEST_CONNECT_ADDRESS", "https://zillizcloud.com.evil.example", "ZILLIZ_TEST_CONNECT_ADDRESS"},
	}
	for _, test := range tests {
		values := map[string]string{
			"ZILLIZ_API_KEY": "key", "ZILLIZ_REGION_ID": "aws-us-west-2", "ZILLIZ_TEST_CLUSTER_ID": "in01-1",
			"ZILLIZ_TEST_COLLECTION": "c", "ZILLIZ_TEST_OBJECT_URL": "s3://bucket/a.parquet",
		}
		values[test.name] = test.value
		_, err := newService(func(name string) string { return values[name] })
		if got := fmt.Sprint(err); (err == nil) != (test.want == "") || !strings.Contains(got, test.want) || strings.Contains(got, "evil") {
			t.Errorf("%s=%q: %v", test.name, test.value, err)
		}
	}
}

// TestWrongAccount checks that a wrong key, cluster or region is named, and that then
// nothing is said about the service.
func TestWrongAccount(t *testing.T) {
	t.Parallel()
	respond := func(times int, response http.HandlerFunc) func(*service, *zillizsim.Server) {
		return func(_ *service, sim *zillizsim.Server) { sim.Inject(zillizsim.Fault{Times: times, Response: response}) }
	}
	tests := map[string]func(*service, *zillizsim.Server){
		"Fix ZILLIZ_API_KEY (":                            func(s *service, _ *zillizsim.Server) { s.key = wrongKey },
		"Fix ZILLIZ_TEST_CLUSTER_ID (":                    func(s *service, _ *zillizsim.Server) { s.cluster = "in01-ffffffffffffffff" },
		"Fix ZILLIZ_REGION_ID, or the network":            func(s *service, _ *zillizsim.Server) { s.base["v1"] = "http://127.0.0.1:1" },
		"Fix ZILLIZ_REGION_ID or ZILLIZ_TEST_CLUSTER_ID ": respond(1, zillizsim.ErrorCode(90102)),
		"Fix ZILLIZ_REGION_ID (":                          respond(1, zillizsim.ErrorCode(90117)),
		"Fix ZILLIZ_REGION_ID. If it is right":            respond(1, zillizsim.HTMLPage(http.StatusNotFound)),
		"Fix what the service says (API v1: HTTP 503":     respond(2, zillizsim.Status(http.StatusServiceUnavailable)),
	}
	for want, change := range tests {
		sim := newSimulator(0, zillizsim.Options{})
		s := simulated(t, sim)
		change(&s, sim)
		if log, err := runLogged(t.Context(), t, s, ""); log != "" || err == nil || !strings.Contains(err.Error(), want) || len(sim.Started()) > 0 {
			t.Errorf("%s: %q, %v, %d starts", want, log, err, len(sim.Started()))
		}
	}
}

// TestNumericIDs imports from a service whose job IDs are numbers.
func TestNumericIDs(t *testing.T) {
	t.Parallel()
	const id = "450000000000000001"
	sim := newSimulator(0, zillizsim.Options{})
	files := []zillizsim.File{{Name: "folder/1.parquet"}}
	sim.AddJob(zillizsim.Job{ClusterID: simCluster, ID: id, CollectionName: "articles", Files: files, Steps: zillizsim.Linear(200 * time.Millisecond)})
	sim.Inject(zillizsim.Fault{StartOnly: true, Response: zillizsim.Body(http.StatusOK, "application/json", `{"code":0,"data":{"jobId":`+id+`}}`)})
	s := simulated(t, rewritten(sim, `"jobId":"`+id+`"`, `"jobId":`+id))
	if err := importFile(t.Context(), s, v2); err != nil && !errors.Is(err, errNotSeen) || sim.Count("create", "") != 1 || len(s.left) > 0 {
		t.Errorf("%v after %d starts, left: %v", err, sim.Count("create", ""), s.left)
	}
}

// TestStartWithoutID checks that nothing is started after a start without an ID.
func TestStartWithoutID(t *testing.T) {
	t.Parallel()
	for _, response := range []http.HandlerFunc{
		zillizsim.Body(http.StatusOK, "application/json", `{"code":0,"data":{}}`),
		zillizsim.Status(http.StatusBadGateway), zillizsim.Reset(), zillizsim.ErrorCode(47005),
	} {
		sim := newSimulator(0, zillizsim.Options{})
		sim.Inject(zillizsim.Fault{StartOnly: true, Times: -1, Response: response})
		log, err := runLogged(t.Context(), t, simulated(t, sim), "")
		if starts := sim.Count("create", "") + sim.Count("import", ""); starts != 1 || !errors.Is(err, errStop) {
			t.Errorf("%d starts, %v: %s", starts, err, log)
		}
	}
}

// TestInterrupted cancels a run in the middle, as Ctrl-C does: at the first start, while
// its job runs, and when a job is uncommitted.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	tests := []struct {
		at, want string
		moment   time.Duration
	}{{"/create", "has not ended", time.Hour}, {"/describe", "has not ended", time.Hour}, {"/commit", "has been aborted", 50 * time.Millisecond}}
	for _, test := range tests {
		ctx, interrupt := context.WithCancel(t.Context())
		defer interrupt()
		sim, file := newSimulator(test.moment, zillizsim.Options{}), filepath.Join(t.TempDir(), "live.json")
		read := func() (r recording) {
			text, err := os.ReadFile(file)
			if err = errors.Join(err, json.Unmarshal(text, &r)); err != nil {
				t.Error(err)
			}
			return r
		}
		s := simulated(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, test.at) && (test.at != "/describe" || len(sim.Started()) > 0) && ctx.Err() == nil {
				if n := len(read().Exchanges); n != len(sim.Requests())+1 { // one of which went to another region
					t.Errorf("%s: %d exchanges are recorded of %d", test.at, n, len(sim.Requests())+1)
				}
				interrupt()
				if test.at == "/commit" {
					return
				}
			}
			sim.ServeHTTP(w, r)
		}))
		s.base["cluster"] = ""
		log, err := runLogged(ctx, t, s, file)
		left := sim.Started()[len(sim.Started())-1].JobID
		if !errors.Is(err, context.Canceled) || !regexp.MustCompile("The job "+left+" .*"+test.want).MatchString(log) || strings.Contains(log, "differs") {
			t.Errorf("%s: %v\n%s", test.at, err, log)
		}
		if all := read().Exchanges; all[len(all)-1]["source"] != "recorded: the end" {
			t.Errorf("%s: the last exchange is missing", test.at)
		}
	}
}

// TestUnwritableRecording checks that the error does not name the file, whose path is private.
func TestUnwritableRecording(t *testing.T) {
	t.Parallel()
	s := simulated(t, newSimulator(0, zillizsim.Options{}))
	s.collection = ""
	if _, err := runLogged(t.Context(), t, s, t.TempDir()); err == nil || !strings.Contains(err.Error(), "the recording is not complete") {
		t.Error(err) // the file is a directory
	}
}

// TestRecording records responses as the service sends them, and made-up secrets in every place.
func TestRecording(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		`{"code":200,"data":{"completeTime":"2023-11-03T10:41:32Z","details":[{"fileSize":26571700}],"errorMessage":null,"jobId":"0f7fe853"}}`: "" +
			`{"code":200,"data":{"completeTime":"2023-11-03T10:41:32Z","details":[{"fileSize":26571700}],"errorMessage":null,"jobId":"string(8)"}}`,
		// What would be news: another state, another form of a time, another message.
		`{"state":"ImportPaused","completeTime":"2023-11-03 10:41:32 PM"}`:    `{"completeTime":"9999-99-99 99:99:99 xx","state":"ImportPaused"}`,
		`{"state":"my state 1","completeTime":31000}`:                         `{"completeTime":31000,"state":"string(10)"}`,
		`{"code":90144,"message":"No jobId record found under this cluster"}`: `{"code":90144,"message":"No jobId record found under this cluster"}`,
		`{"code":90144,"message":"No such job"}`:                              `{"code":90144,"message":"string(11)"}`,
		`{"code":0,"data":[{"count(*)":31}]}`:                                 `{"code":0,"data":[{"count(*)":"number"}]}`,
		`{"data":{"loadState":"LoadStateLoaded","loadProgress":100}}`:         `{"data":{"loadProgress":100,"loadState":"LoadStateLoaded"}}`,
	}
	for body, want := range tests {
		text, err := json.Marshal(publicJSON([]byte(body)))
		if err != nil {
			t.Fatal(err)
		}
		if string(text) != want {
			t.Errorf("recorded %s\nwant     %s", text, want)
		}
	}
	for _, name := range []string{
		"state", "code", "progress", "count", "completeTime", "Date", "Retry-After", "message", "jobId", "fileName", "reason", "unknownField",
	} {
		const secret = "secret 1"
		object := map[string]any{name: secret, name + "s": []any{secret, map[string]any{name: secret}}, secret: secret}
		if text, err := json.Marshal(publicValue("", object)); err != nil || strings.Contains(string(text), "secret") {
			t.Errorf("%s: %s, %v", name, text, err)
		}
	}
}
