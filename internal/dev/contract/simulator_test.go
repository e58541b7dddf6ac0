package contract

import (
	"io"
	"net/http"
	"net/http/httptest"
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

// simulated returns the service that a handler simulates, and its recorder.
func simulated(t *testing.T, handler http.Handler) (service, *recorder) {
	t.Helper()
	elsewhere := newSimulator(0, zillizsim.Options{})
	elsewhere.Refuse(simCluster, 90102)
	here, wrong := httptest.NewServer(handler), httptest.NewServer(elsewhere)
	t.Cleanup(here.Close)
	t.Cleanup(wrong.Close)
	r := &recorder{next: here.Client().Transport}
	return service{
		client: &http.Client{Transport: r},
		base:   map[string]string{"v1": here.URL, "v2": here.URL, "cluster": here.URL, "another region": wrong.URL},
		key:    simKey, cluster: simCluster, collection: "articles", objectURL: "s3://bucket/folder/1.parquet", pause: 10 * time.Millisecond, visit: &visit{},
	}, r
}

// TestSimulator checks the simulator, where every fact can be seen and holds.
func TestSimulator(t *testing.T) {
	t.Parallel()
	sim := newSimulator(50*time.Millisecond, zillizsim.Options{})
	s, _ := simulated(t, sim)
	limited, _ := simulated(t, newSimulator(0, zillizsim.Options{RequestsPerSecond: 20}))
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
		{`^auto_commit`, `"readyPercentage":0.99`, `"readyPercentage":1`},
		{`^an abort`, `"state":"Failed"`, `"state":"Completed"`},
		{`: an import of a file`, `"no such file"`, `""`},
	}
	for _, test := range tests {
		change := strings.NewReplacer(test.from, test.to)
		sim := newSimulator(100*time.Millisecond, zillizsim.Options{})
		s, _ := simulated(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			sent, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(strings.NewReader(change.Replace(string(sent))))
			original := httptest.NewRecorder()
			sim.ServeHTTP(original, r)
			w.Header().Set("Date", original.Header().Get("Date"))
			zillizsim.Body(original.Code, "application/json", change.Replace(original.Body.String()))(w, r)
		}))
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
