package zilliz

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// as returns the error of a type that is in err, or nil.
func as[E error](err error, target *E) E {
	errors.As(err, target)
	return *target
}

// simWithJobs has n jobs, of which every tenth imports into "books".
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

func clients(t *testing.T, h http.Handler) map[string]*Client {
	t.Helper()
	return map[string]*Client{"v1": inMemory(t, h), "v2": inMemoryV2(t, h)}
}

func TestImportJobsReadsAllPagesInOrder(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 99, 100, 101, 1000} {
		for version, client := range clients(t, simWithJobs(n)) {
			jobs, err := client.ImportJobs(t.Context(), testID.ClusterID, "")
			if err != nil || len(jobs) != n || jobs == nil {
				t.Errorf("%s: %d jobs of %d, %v", version, len(jobs), n, err)
			}
			for i, job := range jobs {
				if job.JobID != fmt.Sprintf("job-%05d", i) {
					t.Fatalf("%s: job %d is %s", version, i, job.JobID)
				}
			}
		}
	}
}

func TestImportJobsOf10000Jobs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := simWithJobs(10_000)
		for version, client := range clients(t, sim) {
			jobs, err := client.ImportJobs(t.Context(), testID.ClusterID, "books")
			if err != nil || len(jobs) != 1000 {
				t.Errorf("%s: %d jobs, %v", version, len(jobs), err)
			}
		}
		// v1 reads all 10,000, v2 lets the service choose the 1,000.
		if n := len(sim.Requests()); n != 101+11 {
			t.Errorf("%d requests", n)
		}
	})
}

func TestImportJobsNormalisesStates(t *testing.T) {
	t.Parallel()
	names := []string{"ImportPending", "ImportRunning", "ImportCompleted", "ImportFailed", "Pending", "Importing", "InProgress", "Uncommitted", "Rebuilding"}
	want := []importjob.State{"pending", "importing", "completed", "failed", "pending", "importing", "importing", "uncommitted", "rebuilding"}
	var entries []string
	for i, name := range names {
		entries = append(entries, fmt.Sprintf(`{"jobId":"%d","state":%q}`, i, name))
	}
	jobs, err := answering(t, `{"code":200,"data":{"tasks":[`+strings.Join(entries, ",")+`]}}`).ImportJobs(t.Context(), "c", "")
	if err != nil {
		t.Fatal(err)
	}
	for i, job := range jobs {
		if job.State != want[i] || job.CollectionName != nil {
			t.Errorf("%s became %s", names[i], show(job))
		}
	}
}

func TestImportJobsReadsOddLists(t *testing.T) {
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
		`{"tasks":[],"count":"7"}`:         {},
		`{"tasks":[{"jobId":"a"}],"x":{}}`: one,
	}
	for data, want := range tests {
		got, err := answering(t, `{"code":200,"data":`+data+`}`).ImportJobs(t.Context(), "c", "")
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %s, %v, want %s", data, show(got), err, show(want))
		}
	}
}

// page is a full page of jobs whose ids begin with a prefix.
func page(prefix string, size int, more string) string {
	entries := make([]string, size)
	for i := range entries {
		entries[i] = fmt.Sprintf(`{"jobId":"%s%d"}`, prefix, i)
	}
	return `{"code":200,"data":{"tasks":[` + strings.Join(entries, ",") + `]` + more + `}}`
}

func TestImportJobsAndRepeatedPages(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		pages []string // the last is repeated for ever
		jobs  int
		fails bool
	}{
		{"the same page for ever", []string{page("a", 100, "")}, 0, true},
		{"the same page for ever, with a larger count", []string{page("a", 100, `,"count":1000`)}, 0, true},
		{"the last page again, where the count says that it was the last", []string{page("a", 100, `,"count":200`), page("b", 100, `,"count":200`)}, 200, false},
		{"a count of this page only", []string{page("a", 100, `,"count":100`), page("b", 100, `,"count":100`), page("c", 1, `,"count":1`)}, 201, false},
		{"smaller pages than asked for", []string{page("a", 10, `,"pageSize":10`), page("b", 10, `,"pageSize":10`), page("c", 3, `,"pageSize":10`)}, 23, false},
		{"jobs move on while the pages are read", []string{page("a", 100, ""), strings.Replace(page("b", 100, ""), `"b0"`, `"a99"`, 1), page("c", 1, "")}, 200, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			n := 0
			client := inMemory(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body := test.pages[min(n, len(test.pages)-1)]
				n++
				zillizsim.Body(http.StatusOK, "application/json", body)(w, r)
			}))
			jobs, err := client.ImportJobs(t.Context(), "c", "")
			if len(jobs) != test.jobs || (err != nil) != test.fails {
				t.Errorf("%d jobs, %v", len(jobs), err)
			}
			if n > 4 {
				t.Errorf("%d requests", n)
			}
		})
	}
}
