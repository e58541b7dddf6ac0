package provider

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

const manyWaits = 500

// manyJobs is a simulator with so many jobs, of which each completes within takes,
// and that allows 20 requests a second, as the service does.
func manyJobs(n int, takes time.Duration) *zillizsim.Server {
	sim := zillizsim.New(zillizsim.Options{APIKeys: []string{testKey}, RequestsPerSecond: 20, RetryAfter: "1"})
	for i := range n {
		sim.AddJob(zillizsim.Job{
			ClusterID: testCluster, ID: fmt.Sprintf("job-%d", i),
			Steps: zillizsim.Linear(takes * time.Duration(i+1) / time.Duration(n)),
		})
	}
	return sim
}

// TestManyWaitsShareTheRate holds the limit of rates, and how late a wait may be, in
// simulated time and so exactly.
func TestManyWaitsShareTheRate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const takes, perSecond = 3 * time.Minute, 20
		// A wait rests for at most 30 s, or 5 % of the time so far, and then stands in
		// line behind one request of each other wait.
		bound := 30*time.Second + manyWaits*time.Second/perSecond + time.Second
		sim := manyJobs(manyWaits, takes)
		p := newProtocol(t, sim)
		if d := p.configure(usual(values{"max_requests_per_second": perSecond})); len(d) > 0 {
			t.Fatal(texts(d))
		}
		began := time.Now()
		var all sync.WaitGroup
		for i := range manyWaits {
			all.Go(func() {
				_, d := p.read(t.Context(), progress, ids(values{"job_id": fmt.Sprintf("job-%d", i), "wait_for_completion": true}))
				late := time.Since(began) - takes*time.Duration(i+1)/manyWaits
				if len(d) > 0 || late < 0 || late > bound {
					t.Errorf("wait %d: %s late, at most %s, %s", i, late, bound, texts(d))
				}
			})
		}
		all.Wait()
		requests := sim.Requests()
		for i, r := range requests {
			if i >= 2*perSecond && r.Time.Sub(requests[i-2*perSecond].Time) < time.Second {
				t.Errorf("more than %d requests in the second before request %d", 2*perSecond, i)
			}
		}
		t.Logf("%d waits sent %d requests", manyWaits, len(requests))
	})
}

// TestAccManyWaitsInOneApply runs the real processes: 500 waits, all at once.
func TestAccManyWaitsInOneApply(t *testing.T) {
	t.Parallel()
	sim := manyJobs(manyWaits, 20*time.Second)
	s := newScene(t, sim, `
provider "zilliz" {
  max_requests_per_second = 20
}
resource "zilliz_import_completion" "all" {
  count      = `+strconv.Itoa(manyWaits)+`
  cluster_id = "`+testCluster+`"
  job_id     = "job-${count.index}"
}
`)
	s.terraform(true, "apply", "-auto-approve", "-parallelism="+strconv.Itoa(manyWaits))
	if done := strings.Count(s.printed.String(), "Creation complete"); done != manyWaits {
		t.Errorf("%d of %d waits completed", done, manyWaits)
	}
	if peak := s.peak(); peak > 150<<20 {
		t.Errorf("the provider took %d MiB, want at most 150", peak>>20)
	} else {
		t.Logf("%d requests, the provider took %d MiB", len(sim.Requests()), peak>>20)
	}
}
