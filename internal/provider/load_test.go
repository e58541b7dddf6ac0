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

// manyJobs returns a simulator with n jobs, which complete one after the other within
// the given time. It allows 20 requests per second, as the service does.
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

// TestManyWaitsShareRateLimit measures the request rate and the delay of each wait in
// simulated time.
func TestManyWaitsShareRateLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const takes, perSecond = 3 * time.Minute, 20
		// A pause is at most 30 s. Then the wait can queue behind one request of each
		// other wait.
		bound := 30*time.Second + manyWaits*time.Second/perSecond + time.Second
		sim := manyJobs(manyWaits, takes)
		p := newTestServer(t, sim)
		if d := p.configure(providerArguments(values{"max_requests_per_second": perSecond})); len(d) > 0 {
			t.Fatal(diagnosticText(d))
		}
		began := time.Now()
		var all sync.WaitGroup
		for i := range manyWaits {
			all.Go(func() {
				_, d := p.read(t.Context(), progress, jobArguments(values{"job_id": fmt.Sprintf("job-%d", i), "wait_for_completion": true}))
				late := time.Since(began) - takes*time.Duration(i+1)/manyWaits
				if len(d) > 0 || late < 0 || late > bound {
					t.Errorf("wait %d ended %s after the import, want 0 to %s: %s", i, late, bound, diagnosticText(d))
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

// TestAccManyWaits runs 500 waits at once in real processes.
func TestAccManyWaits(t *testing.T) {
	t.Parallel()
	sim := manyJobs(manyWaits, 20*time.Second)
	run := newTerraformRun(t, sim, `
provider "zilliz" {
  max_requests_per_second = 20
}
resource "zilliz_import_completion" "all" {
  count      = `+strconv.Itoa(manyWaits)+`
  cluster_id = "`+testCluster+`"
  job_id     = "job-${count.index}"
}
`)
	run.succeed("apply", "-auto-approve", "-parallelism="+strconv.Itoa(manyWaits))
	if done := strings.Count(run.output.String(), "Creation complete"); done != manyWaits {
		t.Errorf("%d waits completed, want %d", done, manyWaits)
	}
	if peak := run.peakMemory(); peak > 150<<20 {
		t.Errorf("the provider used %d MiB, want at most 150", peak>>20)
	} else {
		t.Logf("%d requests, the provider used %d MiB", len(sim.Requests()), peak>>20)
	}
}
