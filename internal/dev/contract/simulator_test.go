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
	sim.AddCluster(simCluster)
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
	return sim
}

// simulated returns the service that a handler simulates, and its recorder.
func simulated(t *testing.T, handler http.Handler) (service, *recorder) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	wrong := newSimulator(0, zillizsim.Options{})
	wrong.Refuse(simCluster, 90102)
	wrongRegion := httptest.NewServer(wrong)
	t.Cleanup(wrongRegion.Close)
	r := &recorder{next: server.Client().Transport}
	return service{
		client: &http.Client{Transport: r}, v1: server.URL, v2: server.URL, wrongRegion: wrongRegion.URL, dataPlane: server.URL,
		key: simKey, cluster: simCluster, collection: "articles", objectURL: "s3://bucket/articles/1.parquet", pause: 10 * time.Millisecond, visit: &visit{},
	}, r
}

// TestSimulator checks the simulator, where every fact can be seen and holds.
func TestSimulator(t *testing.T) {
	t.Parallel()
	s, _ := simulated(t, newSimulator(50*time.Millisecond, zillizsim.Options{}))
	limited, _ := simulated(t, newSimulator(0, zillizsim.Options{RequestsPerSecond: 20, RetryAfter: "1"}))
	for _, c := range append(append(readingChecks(), writingChecks()...), check{"the client decodes", clientDecodes}) {
		seen := s
		if strings.Contains(c.fact, "429") {
			seen = limited
		}
		var found result
		for range 10 { // on a slow machine, an import can end before it is seen
			if err := runChecks(t.Context(), seen, []check{c}, func(r result) { found = r }); err != nil {
				t.Fatal(found, err)
			}
			if found.Finding != "not seen" {
				break
			}
		}
		t.Log(found)
		if found.Finding != "holds" {
			t.Error("not in the simulator")
		}
	}
	if len(s.left) > 0 {
		t.Errorf("left: %v", s.left)
	}
}
