package provider

import (
	"fmt"
	"net"
	"net/http"
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
			_, d := p.read(t.Context(), "zilliz_import_jobs", values{"cluster_id": "refused"})
			expectError(t, d, "cluster_id", "Cluster not found", "Import jobs of cluster refused", "code 40021")
			_, d = p.read(t.Context(), "zilliz_import_jobs", values{"cluster_id": ""})
			expectError(t, d, "cluster_id", "Invalid cluster_id")
			_, d = p.read(t.Context(), "zilliz_import_jobs", values{"cluster_id": testCluster, "state": "complete"})
			expectError(t, d, "state", "Invalid Attribute Value Match", `"completed"`)

			sim.Inject(zillizsim.Fault{Times: -1, Response: zillizsim.Hang()})
			_, d = p.read(t.Context(), "zilliz_import_jobs", values{"cluster_id": testCluster, "timeouts": values{"read": "10s"}})
			expectError(t, d, "timeouts.read", "No response from Zilliz Cloud within 10s")
		})
	})
}

func TestImportJobsRepeatedPages(t *testing.T) {
	t.Parallel()
	page := `{"code":200,"data":{"tasks":[{"jobId":"a"}],"pageSize":1}}`
	_, d := configured(t, zillizsim.Body(200, "application/json", page)).read(t.Context(), "zilliz_import_jobs", values{"cluster_id": testCluster})
	expectError(t, d, "", "List of import jobs is incomplete", "page 2", "repeats earlier pages")
}

func TestRateLimitLeavesNoTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newTestServer(t, newSim(zillizsim.Job{Steps: zillizsim.Linear(0)}))
		if d := p.configure(providerArguments(values{"max_requests_per_second": 1})); len(d) > 0 {
			t.Fatal(diagnosticText(d))
		}
		if _, d := p.read(t.Context(), progress, jobArguments(nil)); len(d) > 0 {
			t.Fatal(diagnosticText(d))
		}
		_, d := p.read(t.Context(), progress, jobArguments(values{"timeouts": values{"read": "100ms"}}))
		expectError(t, d, "", "Rate limit leaves no time for a request", "max_requests_per_second", "-parallelism")
	})
}

func TestImportJobsNullAndEmptyLists(t *testing.T) {
	t.Parallel()
	for data, null := range map[string]bool{`{}`: true, `{"tasks":[]}`: false} {
		state, d := configured(t, zillizsim.Body(200, "application/json", `{"code":200,"data":`+data+`}`)).
			read(t.Context(), "zilliz_import_jobs", values{"cluster_id": testCluster})
		if len(d) > 0 || state["jobs"].IsNull() != null {
			t.Errorf("%s: %v, %s", data, state["jobs"], diagnosticText(d))
		}
	}
}

func TestTimeoutNamesUnknownState(t *testing.T) {
	t.Parallel()
	for state, part := range map[string]string{
		"Rebalancing": `does not know the state "rebalancing"`,
		"Uncommitted": "until it is committed",
	} {
		synctest.Test(t, func(t *testing.T) {
			sim := newSim(zillizsim.Job{Steps: []zillizsim.Step{{Progress: 1, State: state}}})
			_, d := configuredFor(t, "v2", sim).read(t.Context(), progress, jobArguments(values{"wait_for_completion": true}))
			expectError(t, d, "timeouts.read", "Import job did not finish within 30m0s", strings.ToLower(state)+", ", part)
		})
	}
}

func TestRowsOfAPIV2(t *testing.T) {
	t.Parallel()
	sim := newSim(zillizsim.Job{Steps: []zillizsim.Step{{Progress: 0.25}}, TotalRows: 1000})
	state, d := configuredFor(t, "v2", sim).read(t.Context(), progress, jobArguments(nil))
	if len(d) > 0 || !state["total_rows"].Equal(tftypes.NewValue(tftypes.Number, 1000)) ||
		!state["imported_rows"].Equal(tftypes.NewValue(tftypes.Number, 250)) || !state["ready_percentage"].IsNull() {
		t.Errorf("%v, %s", state, diagnosticText(d))
	}
}

// brokenNetwork is a transport on which every request fails with an error.
type brokenNetwork struct{ err error }

func (e brokenNetwork) RoundTrip(*http.Request) (*http.Response, error) { return nil, e.err }

func TestEndpointNotFound(t *testing.T) {
	t.Parallel()
	_, d := configured(t, zillizsim.HTMLPage(410)).read(t.Context(), progress, jobArguments(nil))
	expectError(t, d, "", "Import API not found at this host", "HTTP 410", `api_version = "v2"`)
	noHost := brokenNetwork{&net.DNSError{Err: "no such host", Name: "controller.api", IsNotFound: true}}
	p := newTestServerOver(t, noHost)
	p.configure(providerArguments(values{"region_id": "ali-cn-hangzhou", "max_retries": 0}))
	_, d = p.read(t.Context(), progress, jobArguments(nil))
	expectError(t, d, "", "Host name not found", "no such host", `api_version = "v2"`, "endpoint",
		"https://controller.api.ali-cn-hangzhou.cloud.zilliz.com.cn", "https://controller.api.ali-cn-hangzhou.zilliz.com.cn")
	p.configure(providerArguments(values{"max_retries": 0}))
	_, d = p.read(t.Context(), progress, jobArguments(nil))
	expectError(t, d, "", "Host name not found", "no such host", `api_version = "v2"`)
	if strings.Contains(diagnosticText(d), ".cn") {
		t.Error(diagnosticText(d))
	}

	_, d = configuredFor(t, "v2", zillizsim.HTMLPage(404)).read(t.Context(), progress, jobArguments(nil))
	expectError(t, d, "", "Import API not found at this host", "HTTP 404")
	if strings.Contains(diagnosticText(d), "v2") {
		t.Error(diagnosticText(d))
	}
}
