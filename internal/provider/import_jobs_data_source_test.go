package provider

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

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
			p := configuredFor(t, version, sim)
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

func TestImportJobsRepeatedPages(t *testing.T) {
	t.Parallel()
	page := `{"code":200,"data":{"tasks":[{"jobId":"a"}],"pageSize":1}}`
	_, d := configured(t, zillizsim.Body(200, "application/json", page)).read(t.Context(), importJobs, values{"cluster_id": testCluster})
	expectError(t, d, "", "List of import jobs is incomplete", "page 2", "repeats earlier pages")
}

func TestImportJobsDatabaseRequiresV2(t *testing.T) {
	t.Parallel()
	sim := newSim()
	_, d := configured(t, sim).read(t.Context(), "zilliz_import_jobs", values{"cluster_id": testCluster, "db_name": "library"})
	expectError(t, d, "db_name", "db_name requires API v2", `api_version = "v2"`)
	if n := len(sim.Requests()); n != 0 {
		t.Errorf("%d requests were sent, want 0", n)
	}
}

func TestImportJobsWithoutCollectionNames(t *testing.T) {
	t.Parallel()
	page := `{"code":200,"data":{"tasks":[{"jobId":"a"}],"count":1}}`
	_, d := configured(t, zillizsim.Body(200, "application/json", page)).
		read(t.Context(), "zilliz_import_jobs", values{"cluster_id": testCluster, "collection_name": "articles"})
	expectError(t, d, "collection_name", "List of import jobs can't be filtered", "does not name the collection", "API v2")
}

func TestImportJobsNullAndEmptyLists(t *testing.T) {
	t.Parallel()
	for data, null := range map[string]bool{`{}`: true, `{"tasks":[]}`: false} {
		state, d := configured(t, zillizsim.Body(200, "application/json", `{"code":200,"data":`+data+`}`)).
			read(t.Context(), importJobs, values{"cluster_id": testCluster})
		if len(d) > 0 || state["jobs"].IsNull() != null {
			t.Errorf("%s: %v, %s", data, state["jobs"], diagnosticText(d))
		}
	}
}
