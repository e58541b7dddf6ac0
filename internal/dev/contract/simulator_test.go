package contract

import (
	"net/http"
	"net/http/httptest"
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
		found := result{Finding: "not seen"}
		for n := 0; n < 10 && found.Finding == "not seen"; n++ { // on a slow machine, an import can end before it is seen
			if err := runChecks(t.Context(), seen, []check{c}, func(r result) { found = r }); err != nil {
				t.Fatal(found, err)
			}
		}
		t.Log(found)
		if found.Finding != "holds" {
			t.Error("the simulator does not show it")
		}
	}
	if mistakes := sim.Mistakes(); len(s.left) > 0 || s.started < 12 || len(mistakes) > 0 {
		t.Errorf("started: %d, left: %v, %v", s.started, s.left, mistakes)
	}
}
