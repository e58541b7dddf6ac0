package simulated

import (
	"fmt"
	"io"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/dev/bench/tables"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zilliz"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

const (
	// scaleLength is the length of the imports whose waits are counted.
	scaleLength = 10 * time.Minute
	// latency is the time that the service takes to answer.
	latency = 50 * time.Millisecond
	// defaultRate is the provider's default of max_requests_per_second.
	defaultRate = 10
)

// load is what a number of waits at the same time costs.
type load struct {
	waits, jobs int
	requests    int
	busiest     int // requests in the busiest second
	memory      int // bytes of heap and stacks, half-way
	delays      []time.Duration
}

// crowd answers API v1 for any number of jobs of the same length. It keeps nothing
// but the times of the requests, so that memory is the client's own.
type crowd struct {
	start time.Time
	mu    sync.Mutex
	asked []time.Duration
}

func (c *crowd) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	elapsed := time.Since(c.start)
	c.mu.Lock()
	// The limiter counts in floats and can be off by nanoseconds.
	c.asked = append(c.asked, elapsed.Round(time.Millisecond))
	c.mu.Unlock()
	<-time.After(latency)
	ready := min(1, float64(elapsed)/float64(scaleLength))
	_, _ = io.WriteString(w, `{"code":200,"data":{"fileName":"folder/1/","fileSize":26571700,"readyPercentage":`+
		strconv.FormatFloat(ready, 'f', 6, 64)+`,"completeTime":null,"errorMessage":null,"collectionName":"articles"}}`)
}

// busiest counts the requests of the busiest second.
func (c *crowd) busiest() int {
	most := 0
	for i, at := range c.asked {
		before, _ := slices.BinarySearch(c.asked, at-time.Second+1)
		most = max(most, i-before+1)
	}
	return most
}

// carry starts a number of waits at once, spread over some jobs, and lets them end.
func carry(t *testing.T, waits, jobs int) load {
	t.Helper()
	l := load{waits: waits, jobs: jobs, delays: make([]time.Duration, waits)}
	synctest.Test(t, func(t *testing.T) {
		c := &crowd{start: time.Now(), asked: make([]time.Duration, 0, 20_000)}
		client, err := zilliz.New(zilliz.Config{
			APIVersion: zilliz.V1, Endpoint: "https://zilliz.example", APIKey: "key",
			RequestTimeout: 30 * time.Second, MaxRetries: 4, MaxRequestsPerSecond: defaultRate,
			Transport: zillizsim.Transport(c),
		})
		if err != nil {
			t.Fatal(err)
		}
		watcher := importjob.NewWatcher(client.ImportJob)
		before := memory()
		var all sync.WaitGroup
		for i := range waits {
			all.Go(func() {
				id := importjob.ID{ClusterID: "in01-1", JobID: strconv.Itoa(i % jobs)}
				options := importjob.Options{Timeout: 2 * scaleLength}.WithJitter(wait{seed: uint64(i)}.jitter())
				if _, err := watcher.Wait(t.Context(), id, options); err != nil {
					t.Error(err)
				}
				l.delays[i] = time.Since(c.start) - scaleLength
			})
		}
		<-time.After(scaleLength / 2)
		synctest.Wait()
		l.memory = memory() - before
		all.Wait()
		l.requests, l.busiest = len(c.asked), c.busiest()
	})
	return l
}

// memory is what is in use, in bytes.
func memory() int {
	runtime.GC()
	runtime.GC() // what pools held through the first
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc + m.StackInuse)
}

// scaleText is the part of the report that tells how the cost grows.
func scaleText(t *testing.T) string {
	t.Helper()
	rows := [][]string{{"waits", "jobs", "requests", "busiest second", "memory", "for each wait", "delay, mean", "95th percentile"}}
	for _, waits := range []int{1, 10, 100, 1000} {
		for _, jobs := range slices.Compact([]int{waits, 1}) {
			l := carry(t, waits, jobs)
			rows = append(rows, []string{
				fmt.Sprint(l.waits), fmt.Sprint(l.jobs), fmt.Sprint(l.requests), fmt.Sprint(l.busiest),
				fmt.Sprintf("%d KiB", l.memory>>10), fmt.Sprintf("%d KiB", l.memory>>10/waits),
				seconds(mean(l.delays)), seconds(percentile(l.delays, 95)),
			})
		}
	}
	return fmt.Sprintf("Waits at the same time, for imports of %s, in simulated time, through the real client with its default limit\n"+
		"of %d requests a second. Answers take %s. Memory is heap and stacks, half-way.\n\n", short(scaleLength), defaultRate, latency) +
		tables.Text(rows) + "\n"
}

// TestCostGrowsWithJobsAndNotWithWaits is the part of it that has to hold.
func TestCostGrowsWithJobsAndNotWithWaits(t *testing.T) {
	t.Parallel()
	one, same, apart := carry(t, 1, 1), carry(t, 100, 1), carry(t, 100, 100)
	// Of many waits the one with the most jitter asks for all: a tenth more at most.
	if most := one.requests * 115 / 100; same.requests > most {
		t.Errorf("100 waits on one job sent %d requests, want at most %d", same.requests, most)
	}
	for _, l := range []load{one, same, apart} {
		if l.busiest > defaultRate {
			t.Errorf("%d waits on %d jobs sent %d requests in a second, the limit is %d", l.waits, l.jobs, l.busiest, defaultRate)
		}
	}
}
