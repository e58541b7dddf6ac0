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
		config := serve(t, version, sim)
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
			p := speaking(t, version, sim)
			_, d := p.read(t.Context(), "zilliz_import_jobs", values{"cluster_id": "refused"})
			expect(t, d, "cluster_id", "Cluster not found", "Import jobs of cluster refused", "code 40021")
			_, d = p.read(t.Context(), "zilliz_import_jobs", values{"cluster_id": ""})
			expect(t, d, "cluster_id", "Invalid cluster_id")
			_, d = p.read(t.Context(), "zilliz_import_jobs", values{"cluster_id": testCluster, "state": "complete"})
			expect(t, d, "state", "Invalid Attribute Value Match", `"completed"`)

			sim.Inject(zillizsim.Fault{Times: -1, Answer: zillizsim.Hang()})
			_, d = p.read(t.Context(), "zilliz_import_jobs", values{"cluster_id": testCluster, "timeouts": values{"read": "10s"}})
			expect(t, d, "timeouts.read", "No response from Zilliz Cloud within 10s")
		})
	})
}

func TestImportJobsThatRepeatForEver(t *testing.T) {
	t.Parallel()
	page := `{"code":200,"data":{"tasks":[{"jobId":"a"}],"pageSize":1}}`
	_, d := configured(t, zillizsim.Body(200, "application/json", page)).read(t.Context(), "zilliz_import_jobs", values{"cluster_id": testCluster})
	expect(t, d, "", "List of import jobs is incomplete", "page 2", "repeats earlier pages")
}

func TestNoRoomForARequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newProtocol(t, newSim(zillizsim.Job{Steps: zillizsim.Linear(0)}))
		if d := p.configure(usual(values{"max_requests_per_second": 1})); len(d) > 0 {
			t.Fatal(texts(d))
		}
		if _, d := p.read(t.Context(), progress, ids(nil)); len(d) > 0 {
			t.Fatal(texts(d))
		}
		_, d := p.read(t.Context(), progress, ids(values{"timeouts": values{"read": "100ms"}}))
		expect(t, d, "", "Rate limit leaves no time for a request", "max_requests_per_second", "-parallelism")
	})
}

func TestImportJobsKeepsNullAndEmptyApart(t *testing.T) {
	t.Parallel()
	for data, null := range map[string]bool{`{}`: true, `{"tasks":[]}`: false} {
		state, d := configured(t, zillizsim.Body(200, "application/json", `{"code":200,"data":`+data+`}`)).
			read(t.Context(), "zilliz_import_jobs", values{"cluster_id": testCluster})
		if len(d) > 0 || state["jobs"].IsNull() != null {
			t.Errorf("%s: %v, %s", data, state["jobs"], texts(d))
		}
	}
}

func TestUnknownStateIsNamedInTheTimeout(t *testing.T) {
	t.Parallel()
	for state, part := range map[string]string{
		"Rebalancing": `does not know the state "rebalancing"`,
		"Uncommitted": "until it is committed",
	} {
		synctest.Test(t, func(t *testing.T) {
			sim := newSim(zillizsim.Job{Steps: []zillizsim.Step{{Progress: 1, State: state}}})
			_, d := speaking(t, "v2", sim).read(t.Context(), progress, ids(values{"wait_for_completion": true}))
			expect(t, d, "timeouts.read", "Import job did not finish within 30m0s", strings.ToLower(state)+", ", part)
		})
	}
}

func TestRowsAreShownOverV2(t *testing.T) {
	t.Parallel()
	sim := newSim(zillizsim.Job{Steps: []zillizsim.Step{{Progress: 0.25}}, TotalRows: 1000})
	state, d := speaking(t, "v2", sim).read(t.Context(), progress, ids(nil))
	if len(d) > 0 || !state["total_rows"].Equal(tftypes.NewValue(tftypes.Number, 1000)) ||
		!state["imported_rows"].Equal(tftypes.NewValue(tftypes.Number, 250)) || !state["ready_percentage"].IsNull() {
		t.Errorf("%v, %s", state, texts(d))
	}
}

// brokenNetwork is a network on which each request fails in the same way.
type brokenNetwork struct{ err error }

func (e brokenNetwork) RoundTrip(*http.Request) (*http.Response, error) { return nil, e.err }

func TestEndOfV1NamesV2(t *testing.T) {
	t.Parallel()
	_, d := configured(t, zillizsim.HTMLPage(410)).read(t.Context(), progress, ids(nil))
	expect(t, d, "", "Import API not found at this host", "HTTP 410", `api_version = "v2"`)
	noHost := brokenNetwork{&net.DNSError{Err: "no such host", Name: "controller.api", IsNotFound: true}}
	p := newProtocolOver(t, noHost)
	p.configure(usual(values{"region_id": "ali-cn-hangzhou", "max_retries": 0}))
	_, d = p.read(t.Context(), progress, ids(nil))
	expect(t, d, "", "Host name not found", "no such host", `api_version = "v2"`, "endpoint",
		"https://controller.api.ali-cn-hangzhou.cloud.zilliz.com.cn", "https://controller.api.ali-cn-hangzhou.zilliz.com.cn")
	p.configure(usual(values{"max_retries": 0}))
	_, d = p.read(t.Context(), progress, ids(nil))
	expect(t, d, "", "Host name not found", "no such host", `api_version = "v2"`)
	if strings.Contains(texts(d), ".cn") {
		t.Error(texts(d))
	}

	_, d = speaking(t, "v2", zillizsim.HTMLPage(404)).read(t.Context(), progress, ids(nil))
	expect(t, d, "", "Import API not found at this host", "HTTP 404")
	if strings.Contains(texts(d), "v2") {
		t.Error(texts(d))
	}
}
