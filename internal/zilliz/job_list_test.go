package zilliz

import (
	"context"
	"errors"
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

// listAll reads all pages, without retries.
func listAll(ctx context.Context, c *Client, f JobFilter) ([]importjob.Summary, error) {
	return importjob.ListJobs(ctx, importjob.Limits{Timeout: time.Minute}, func(ctx context.Context, page int) (importjob.Page, error) {
		return c.JobPage(ctx, f, page)
	})
}

func clients(t *testing.T, h http.Handler) map[string]*Client {
	t.Helper()
	return map[string]*Client{"v1": inMemory(t, h), "v2": inMemoryV2(t, h)}
}

func TestImportJobsReadsAllPagesInOrder(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 99, 100, 101, 1000} {
		for version, client := range clients(t, simWithJobs(n)) {
			jobs, err := listAll(t.Context(), client, JobFilter{ClusterID: testID.ClusterID, CollectionName: ""})
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
			jobs, err := listAll(t.Context(), client, JobFilter{ClusterID: testID.ClusterID, CollectionName: "books"})
			if err != nil || len(jobs) != 1000 {
				t.Errorf("%s: %d jobs, %v", version, len(jobs), err)
			}
		}
		// v1 reads all 10,000, v2 lets the service choose the 1,000.
		if n := len(sim.Requests()); n != 100+10 {
			t.Errorf("%d requests", n)
		}
	})
}

func TestImportJobsNormalisesStates(t *testing.T) {
	t.Parallel()
	names := []string{"ImportPending", "ImportRunning", "ImportCompleted", "ImportFailed", "Pending", "Importing", "Running", "ImportUncommitted", "Rebuilding"}
	want := []importjob.State{"pending", "importing", "completed", "failed", "pending", "importing", "importing", "uncommitted", "rebuilding"}
	var entries []string
	for i, name := range names {
		entries = append(entries, fmt.Sprintf(`{"jobId":"%d","state":%q}`, i, name))
	}
	jobs, err := listAll(t.Context(), answering(t, `{"code":200,"data":{"tasks":[`+strings.Join(entries, ",")+`]}}`), JobFilter{ClusterID: "c"})
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
		`{"tasks":[{"jobId":"a"}],"x":{}}`: one,
	}
	for data, want := range tests {
		got, err := listAll(t.Context(), answering(t, `{"code":200,"data":`+data+`}`), JobFilter{ClusterID: "c"})
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %s, %v, want %s", data, show(got), err, show(want))
		}
	}
}

func TestImportJobsNormalisesStatesOfV2(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]importjob.State{"Pending": "pending", "InProgress": "importing", "Importing": "importing", "Imported": "imported"} {
		jobs, err := listAll(t.Context(), inMemoryV2(t, zillizsim.Body(200, "application/json", `{"code":0,"data":{"records":[{"jobId":"1","state":"`+name+`"}]}}`)), JobFilter{ClusterID: "c"})
		if err != nil || jobs[0].State != want {
			t.Errorf("%s became %s, %v", name, show(jobs), err)
		}
	}
}

// TestImportJobsOfOneCollection: a list that the service has filtered need not name
// the collection; one that it has not must.
func TestImportJobsOfOneCollection(t *testing.T) {
	t.Parallel()
	filter := JobFilter{ClusterID: "c", CollectionName: "books", DBName: "library"}
	body := `{"code":0,"data":{"records":[{"jobId":"1"},{"jobId":"2","collectionName":"books"},{"jobId":"3","collectionName":"other"}],"count":3}}`
	var sent []byte
	v2 := inMemoryV2(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent, _ = io.ReadAll(r.Body)
		zillizsim.Body(200, "application/json", body)(w, r)
	}))
	jobs, err := listAll(t.Context(), v2, filter)
	if err != nil || len(jobs) != 2 || !strings.Contains(string(sent), `"collectionName":"books","dbName":"library"`) {
		t.Errorf("v2: %s, %v, sent %s", show(jobs), err, sent)
	}
	if jobs, err := listAll(t.Context(), answering(t, body), filter); err == nil {
		t.Errorf("v1: %s", show(jobs))
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
		{"the same page for ever", []string{page("a", 100, `,"pageSize":100`)}, 0, true},
		{"the same page for ever, with a larger count", []string{page("a", 100, `,"count":1000`)}, 0, true},
		{"the last page again, where the count says that it was the last", []string{page("a", 100, `,"count":200`), page("b", 100, `,"count":200`)}, 200, false},
		{"smaller pages than asked for, without their size", []string{page("a", 10, `,"count":23`), page("b", 10, `,"count":23`), page("c", 3, `,"count":23`)}, 23, false},
		{"a short page before the total", []string{page("a", 10, `,"count":23`), page("b", 0, `,"count":23`)}, 0, true},
		{"the whole list, whatever its length (Milvus)", []string{page("a", 250, "")}, 250, false},
		{"smaller pages than asked for", []string{page("a", 10, `,"pageSize":10`), page("b", 10, `,"pageSize":10`), page("c", 3, `,"pageSize":10`)}, 23, false},
		{"jobs move on while the pages are read", []string{page("a", 100, `,"pageSize":100`), strings.Replace(page("b", 100, `,"pageSize":100`), `"b0"`, `"a99"`, 1), page("c", 1, `,"pageSize":100`)}, 200, false},
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
			jobs, err := listAll(t.Context(), client, JobFilter{ClusterID: "c"})
			if len(jobs) != test.jobs || (err != nil) != test.fails {
				t.Errorf("%d jobs, %v", len(jobs), err)
			}
			if n > 4 {
				t.Errorf("%d requests", n)
			}
		})
	}
}
