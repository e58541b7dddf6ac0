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

// TestImportJobsPages covers several pages, an empty list and an incomplete one. How a list
// ends is tested in package importjob.
func TestImportJobsPages(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		pages []string
		want  []string // nil if the list is an error
	}{
		{[]string{`{"tasks":[]}`}, []string{}},
		{[]string{`{"tasks":null}`}, []string{}},
		{[]string{`{"tasks":[{"jobId":"b"}],"count":2,"pageSize":1}`, `{"tasks":[{"jobId":"a"}],"count":2,"pageSize":1}`}, []string{"b", "a"}},
		{[]string{`{"tasks":[{"jobId":"a"}],"count":3,"pageSize":1}`}, nil},
	} {
		state, d := newProvider(t, listPages(test.pages...)).read(t.Context(), importJobs, values{"cluster_id": testCluster})
		if test.want == nil {
			expectError(t, d, "", "List of import jobs is incomplete", "1 of 3 jobs")
		} else if len(d) > 0 || !slices.Equal(listedIDs(t, state), test.want) {
			t.Errorf("jobs are not %v: %s", test.want, diagnosticText(d))
		}
	}
}

// TestImportJobsWithoutList covers a response that does not say whether there are jobs.
func TestImportJobsWithoutList(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, d := newProvider(t, listPages(`{}`)).read(t.Context(), importJobs, values{"cluster_id": testCluster})
		expectError(t, d, "", malformed, "missing list of jobs")
	})
}

func TestImportJobsWithoutCollectionNames(t *testing.T) {
	t.Parallel()
	page := `{"code":200,"data":{"tasks":[{"jobId":"a"}],"count":1}}`
	_, d := newProvider(t, zillizsim.Body(200, "application/json", page)).
		read(t.Context(), "zilliz_import_jobs", values{"cluster_id": testCluster, "collection_name": "articles"})
	expectError(t, d, "collection_name", "List of import jobs can't be filtered", "does not name the collection", "API v2")
}
