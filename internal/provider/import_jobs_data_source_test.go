package provider

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zilliz"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

const importJobs = "zilliz_import_jobs"

func TestAccImportJobs(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, version string) {
		start := time.Now()
		sim := newSim(
			zillizsim.Job{ID: "newest", CollectionName: "articles", Start: start, Steps: []zillizsim.Step{{Progress: 0.5}}},
			zillizsim.Job{ID: "other", CollectionName: "books", Start: start.Add(-time.Minute), Steps: []zillizsim.Step{{Progress: 0.5}}},
			zillizsim.Job{ID: "older", CollectionName: "articles", Start: start.Add(-2 * time.Minute), Steps: zillizsim.Linear(0)},
			zillizsim.Job{ID: "oldest", CollectionName: "articles", Start: start.Add(-time.Hour), Steps: zillizsim.FailAt(0, 0.5, "no rows")},
		)
		config := serveSimulator(t, version, sim)
		list := func(arguments string) string {
			return config + fmt.Sprintf("data \"zilliz_import_jobs\" \"test\" {\n  cluster_id = %q\n  %s\n}\n", testCluster, arguments)
		}
		jobs := func(want ...string) []statecheck.StateCheck {
			checks := []knownvalue.Check{}
			for _, job := range want {
				id, state, _ := strings.Cut(job, " ")
				checks = append(checks, knownvalue.ObjectPartial(map[string]knownvalue.Check{
					"job_id": knownvalue.StringExact(id), "state": knownvalue.StringExact(state),
				}))
			}
			return []statecheck.StateCheck{statecheck.ExpectKnownValue("data.zilliz_import_jobs.test", tfjsonpath.New("jobs"), knownvalue.ListExact(checks))}
		}
		resource.UnitTest(t, resource.TestCase{
			ProtoV6ProviderFactories: providers(),
			Steps: []resource.TestStep{
				{Config: list(""), ConfigStateChecks: jobs("newest importing", "other importing", "older completed", "oldest failed")},
				{Config: list(`collection_name = "articles"`), ConfigStateChecks: jobs("newest importing", "older completed", "oldest failed")},
				{Config: list("collection_name = \"articles\"\n  state = \"importing\""), ConfigStateChecks: jobs("newest importing")},
				{Config: list(`collection_name = "maps"`), ConfigStateChecks: jobs()},
			},
		})
	})
}

func TestImportJobsErrors(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, version string) {
		synctest.Test(t, func(t *testing.T) {
			sim := newSim()
			sim.Refuse("refused", int(zilliz.CodeClusterNotFound))
			p := newProvider(t, sim, api(version))
			_, d := p.read(t.Context(), importJobs, values{"cluster_id": "refused"})
			expectError(t, d, "cluster_id", "Cluster not found", "Import jobs of cluster refused", "code 40021")
			_, d = p.read(t.Context(), importJobs, values{"cluster_id": ""})
			expectError(t, d, "cluster_id", "Invalid cluster_id")
			_, d = p.read(t.Context(), importJobs, values{"cluster_id": testCluster, "state": "complete"})
			expectError(t, d, "state", "Invalid Attribute Value Match", `"completed"`)

			sim.Inject(zillizsim.Fault{Times: -1, Response: zillizsim.Hang()})
			_, d = p.read(t.Context(), importJobs, values{"cluster_id": testCluster, "timeouts": values{"read": "10s"}})
			expectError(t, d, "timeouts.read", "No response from Zilliz Cloud within 10s")
		})
	})
}

// listPages is a service that returns one page after the other, and the last one again.
func listPages(pages ...string) http.HandlerFunc {
	n := 0
	return func(w http.ResponseWriter, r *http.Request) {
		zillizsim.Body(http.StatusOK, "application/json", `{"code":200,"data":`+pages[min(n, len(pages)-1)]+`}`)(w, r)
		n++
	}
}

// listedIDs returns the IDs in the attribute jobs.
func listedIDs(t *testing.T, state map[string]tftypes.Value) []string {
	t.Helper()
	var jobs []tftypes.Value
	if err := state["jobs"].As(&jobs); err != nil || !state["jobs"].IsKnown() || state["jobs"].IsNull() {
		t.Fatalf("jobs = %v (%v)", state["jobs"], err)
	}
	ids := []string{}
	for _, job := range jobs {
		var attributes map[string]tftypes.Value
		if err := job.As(&attributes); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, stringValue(t, attributes["job_id"]))
	}
	return ids
}

// TestImportJobsPages covers how a list ends, whatever the service sends.
func TestImportJobsPages(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		pages []string
		want  []string
	}{
		{"empty", []string{`{"tasks":[]}`}, []string{}},
		{"null", []string{`{"tasks":null}`}, []string{}},
		{"repeated page", []string{`{"tasks":[{"jobId":"a"}],"pageSize":1}`}, []string{"a"}},
		{"a job moves to the next page", []string{
			`{"records":[{"jobId":"c"},{"jobId":"b"}],"count":4,"pageSize":2}`,
			`{"records":[{"jobId":"b"},{"jobId":"a"}],"count":4,"pageSize":2}`,
			`{"records":[],"count":4,"pageSize":2}`,
		}, []string{"c", "b", "a"}},
		{"a job expires meanwhile", []string{
			`{"tasks":[{"jobId":"c"},{"jobId":"b"}],"count":3,"pageSize":2}`,
			`{"tasks":[],"count":2,"pageSize":2}`, // a has moved to the page before
			`{"tasks":[{"jobId":"b"},{"jobId":"a"}],"count":2,"pageSize":2}`,
			`{"tasks":[],"count":2,"pageSize":2}`,
		}, []string{"b", "a"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			state, d := newProvider(t, listPages(test.pages...)).read(t.Context(), importJobs, values{"cluster_id": testCluster})
			if len(d) > 0 {
				t.Fatal(diagnosticText(d))
			}
			if got := listedIDs(t, state); !slices.Equal(got, test.want) {
				t.Errorf("jobs = %v, want %v", got, test.want)
			}
		})
	}
}

func TestImportJobsIncomplete(t *testing.T) {
	t.Parallel()
	_, d := newProvider(t, listPages(`{"tasks":[{"jobId":"a"}],"count":3,"pageSize":1}`)).read(t.Context(), importJobs, values{"cluster_id": testCluster})
	expectError(t, d, "", "List of import jobs is incomplete", "1 of 3 jobs")
}

// TestImportJobsWithoutList covers a response that does not say whether there are jobs.
func TestImportJobsWithoutList(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, d := newProvider(t, listPages(`{}`)).read(t.Context(), importJobs, values{"cluster_id": testCluster})
		expectError(t, d, "", malformed, "missing list of jobs")
	})
}

func TestImportJobsManyPages(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, version string) {
		sim, began := newSim(), time.Now()
		want := []string{}
		for i := range 150 {
			job := zillizsim.Job{
				ClusterID: testCluster, ID: fmt.Sprintf("job-%03d", i), CollectionName: []string{"articles", "books"}[i%2],
				Start: began.Add(-time.Duration(i) * time.Minute), Steps: zillizsim.Linear(0),
			}
			sim.AddJob(job)
			want = append(want, job.ID)
		}
		p := newProvider(t, sim, api(version))
		state, d := p.read(t.Context(), importJobs, values{"cluster_id": testCluster})
		if len(d) > 0 {
			t.Fatal(diagnosticText(d))
		}
		if got := listedIDs(t, state); !slices.Equal(got, want) {
			t.Errorf("%d jobs %v, want %d, newest first", len(got), got, len(want))
		}
		if n := len(sim.Requests()); n != 2 {
			t.Errorf("%d requests, want 2", n)
		}
		state, d = p.read(t.Context(), importJobs, values{"cluster_id": testCluster, "collection_name": "books", "state": "completed"})
		if got := listedIDs(t, state); len(d) > 0 || len(got) != 75 || got[0] != "job-001" || got[74] != "job-149" {
			t.Errorf("books are %v, %s", got, diagnosticText(d))
		}
	})
}

func TestImportJobsDatabaseRequiresV2(t *testing.T) {
	t.Parallel()
	sim := newSim()
	_, d := newProvider(t, sim).read(t.Context(), "zilliz_import_jobs", values{"cluster_id": testCluster, "db_name": "library"})
	expectError(t, d, "db_name", "db_name requires API v2", `api_version = "v2"`)
	if n := len(sim.Requests()); n != 0 {
		t.Errorf("%d requests were sent, want 0", n)
	}
}

func TestImportJobsWithoutCollectionNames(t *testing.T) {
	t.Parallel()
	page := `{"code":200,"data":{"tasks":[{"jobId":"a"}],"count":1}}`
	_, d := newProvider(t, zillizsim.Body(200, "application/json", page)).
		read(t.Context(), "zilliz_import_jobs", values{"cluster_id": testCluster, "collection_name": "articles"})
	expectError(t, d, "collection_name", "List of import jobs can't be filtered", "does not name the collection", "API v2")
}
