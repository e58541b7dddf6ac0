package zilliz

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// simWithJobs returns a simulator with n jobs. Every tenth imports into "books".
func simWithJobs(n int) *zillizsim.Server {
	sim := zillizsim.New(zillizsim.Options{APIKeys: []string{testKey}})
	sim.AddCluster(testID.ClusterID)
	start := time.Now()
	for i := range n {
		collection := "articles"
		if i%10 == 0 {
			collection = "books"
		}
		sim.AddJob(zillizsim.Job{
			ClusterID: testID.ClusterID, ID: fmt.Sprintf("job-%05d", i), CollectionName: collection,
			Start: start.Add(-time.Duration(i) * time.Second), Steps: zillizsim.Linear(time.Hour),
		})
	}
	return sim
}

// listAll reads all pages, without retries.
func listAll(ctx context.Context, c *Client, f JobFilter) ([]importjob.Summary, error) {
	limits := importjob.Limits{Timeout: time.Minute}
	return importjob.ListJobs(ctx, limits, func(ctx context.Context, page int) (importjob.Page, error) {
		return c.JobPage(ctx, f, page)
	})
}

// clients returns a client of each API version.
func clients(t *testing.T, h http.Handler) map[string]*Client {
	t.Helper()
	return map[string]*Client{"v1": handlerClient(t, h), "v2": handlerClientV2(t, h)}
}

func TestListJobsReadsAllPagesInOrder(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 99, 100, 101, 1000} {
		for version, client := range clients(t, simWithJobs(n)) {
			jobs, err := listAll(t.Context(), client, JobFilter{ClusterID: testID.ClusterID, CollectionName: ""})
			if err != nil || len(jobs) != n || jobs == nil {
				t.Errorf("%s: listed %d jobs (nil: %t), %v, want %d", version, len(jobs), jobs == nil, err, n)
			}
			for i, job := range jobs {
				if want := fmt.Sprintf("job-%05d", i); job.JobID != want {
					t.Fatalf("%s: job %d is %s, want %s", version, i, job.JobID, want)
				}
			}
		}
	}
}

func TestListJobsWith10000Jobs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := simWithJobs(10_000)
		for version, client := range clients(t, sim) {
			jobs, err := listAll(t.Context(), client, JobFilter{ClusterID: testID.ClusterID, CollectionName: "books"})
			if err != nil || len(jobs) != 1000 {
				t.Errorf("%s: listed %d jobs, %v, want 1000", version, len(jobs), err)
			}
		}
		// The client filters 10,000 jobs with v1. The service filters them with v2.
		if n := len(sim.Requests()); n != 100+10 {
			t.Errorf("sent %d requests, want 110", n)
		}
	})
}

func TestListJobsNormalisesStates(t *testing.T) {
	t.Parallel()
	states := []struct {
		name string
		want importjob.State
	}{
		{"ImportPending", "pending"},
		{"ImportRunning", "importing"},
		{"ImportCompleted", "completed"},
		{"ImportFailed", "failed"},
		{"Pending", "pending"},
		{"Importing", "importing"},
		{"Running", "importing"},
		{"ImportUncommitted", "uncommitted"},
		{"Rebuilding", "rebuilding"},
	}
	var entries []string
	for i, state := range states {
		entries = append(entries, fmt.Sprintf(`{"jobId":"%d","state":%q}`, i, state.name))
	}
	body := `{"code":200,"data":{"tasks":[` + strings.Join(entries, ",") + `]}}`
	jobs, err := listAll(t.Context(), bodyClient(t, body), JobFilter{ClusterID: "c"})
	if err != nil {
		t.Fatal(err)
	}
	for i, job := range jobs {
		if job.State != states[i].want || job.CollectionName != nil {
			t.Errorf("%s: job is %s, want state %s", states[i].name, toJSON(job), states[i].want)
		}
	}
}

func TestListJobsAcceptsUnusualLists(t *testing.T) {
	t.Parallel()
	one := []importjob.Summary{{JobID: "a"}}
	tests := map[string][]importjob.Summary{
		`{}`:                               nil,
		`{"tasks":null,"count":0}`:         nil,
		`{"tasks":[]}`:                     {},
		`{"records":[]}`:                   {},
		`{"records":[{"jobId":"a"}]}`:      one,
		`{"tasks":[{"jobId":"a"},{}]}`:     one,
		`{"tasks":[{"jobId":"a"},null]}`:   one,
		`{"tasks":[{"jobId":"a"}],"x":{}}`: one,
	}
	for data, want := range tests {
		got, err := listAll(t.Context(), bodyClient(t, `{"code":200,"data":`+data+`}`), JobFilter{ClusterID: "c"})
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: jobs are %s, %v, want %s", data, toJSON(got), err, toJSON(want))
		}
	}
}

func TestListJobsNormalisesStatesV2(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]importjob.State{
		"Pending":    "pending",
		"InProgress": "importing",
		"Importing":  "importing",
		"Imported":   "imported",
	} {
		client := handlerClientV2(t, respondJSON(`{"code":0,"data":{"records":[{"jobId":"1","state":"`+name+`"}]}}`))
		jobs, err := listAll(t.Context(), client, JobFilter{ClusterID: "c"})
		if err != nil || jobs[0].State != want {
			t.Errorf("%s: jobs are %s, %v, want state %s", name, toJSON(jobs), err, want)
		}
	}
}

// TestListJobsOfOneCollection: jobs without a collection name match if the service has
// filtered the list, as with API v2. Otherwise they are an error.
func TestListJobsOfOneCollection(t *testing.T) {
	t.Parallel()
	filter := JobFilter{ClusterID: "c", CollectionName: "books", DBName: "library"}
	body := `{"code":0,"data":{"records":[{"jobId":"1"},{"jobId":"2","collectionName":"books"},` +
		`{"jobId":"3","collectionName":"other"}],"count":3}}`
	var sent []byte
	v2 := handlerClientV2(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent, _ = io.ReadAll(r.Body)
		respondJSON(body)(w, r)
	}))
	jobs, err := listAll(t.Context(), v2, filter)
	if err != nil || len(jobs) != 2 || !strings.Contains(string(sent), `"collectionName":"books","dbName":"library"`) {
		t.Errorf("v2: jobs are %s, %v, want two; sent %s", toJSON(jobs), err, sent)
	}
	if jobs, err := listAll(t.Context(), bodyClient(t, body), filter); err == nil {
		t.Errorf("v1: jobs are %s, want an error", toJSON(jobs))
	}
}

// page returns a page with n jobs, whose ids are the prefix and a number. more is added
// to its data.
func page(prefix string, n int, more string) string {
	entries := make([]string, n)
	for i := range entries {
		entries[i] = fmt.Sprintf(`{"jobId":"%s%d"}`, prefix, i)
	}
	return `{"code":200,"data":{"tasks":[` + strings.Join(entries, ",") + `]` + more + `}}`
}

func TestListJobsWithRepeatedPages(t *testing.T) {
	t.Parallel()
	const (
		size10  = `,"pageSize":10`
		size100 = `,"pageSize":100`
		count23 = `,"count":23`
	)
	sizeAndCount := func(count int) string { return fmt.Sprintf(`%s,"count":%d`, size100, count) }
	moveLastToNext := func(page string) string { return strings.Replace(page, `"b0"`, `"a99"`, 1) }
	tests := []struct {
		name  string
		pages []string // the last is repeated without end
		jobs  int
		fails bool
	}{
		{"the same page again and again", []string{page("a", 100, size100)}, 0, true},
		{"the same page again and again, and a larger count", []string{page("a", 100, `,"count":1000`)}, 0, true},
		{"the last page again, after the count is reached",
			[]string{page("a", 100, `,"count":200`), page("b", 100, `,"count":200`)}, 200, false},
		{"smaller pages than requested, without their size",
			[]string{page("a", 10, count23), page("b", 10, count23), page("c", 3, count23)}, 23, false},
		{"a short page before the count is reached", []string{page("a", 10, count23), page("b", 0, count23)}, 0, true},
		{"the whole list (Milvus)", []string{page("a", 250, "")}, 250, false},
		{"smaller pages than requested",
			[]string{page("a", 10, size10), page("b", 10, size10), page("c", 3, size10)}, 23, false},
		{"jobs move to the next page between requests",
			[]string{page("a", 100, size100), moveLastToNext(page("b", 100, size100)), page("c", 1, size100)}, 200, false},
		{"a job starts between requests",
			[]string{page("a", 100, sizeAndCount(150)), moveLastToNext(page("b", 51, sizeAndCount(151))), page("c", 0, sizeAndCount(151))},
			150, false},
		{"the last job expires between requests",
			[]string{page("a", 100, sizeAndCount(150)), page("b", 49, sizeAndCount(149))}, 149, false},
		{"only the first page has a count",
			[]string{page("a", 100, sizeAndCount(150)), page("b", 20, size100), page("c", 0, size100)}, 0, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			n := 0
			client := handlerClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body := test.pages[min(n, len(test.pages)-1)]
				n++
				respondJSON(body)(w, r)
			}))
			jobs, err := listAll(t.Context(), client, JobFilter{ClusterID: "c"})
			if len(jobs) != test.jobs || (err != nil) != test.fails {
				t.Errorf("listed %d jobs, %v, want %d jobs, error: %t", len(jobs), err, test.jobs, test.fails)
			}
			if n > 4 {
				t.Errorf("sent %d requests, want at most 4", n)
			}
		})
	}
}
