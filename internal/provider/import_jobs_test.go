package provider

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zilliz"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

const importJobs = "zilliz_import_jobs"

// TestImportJobs lists jobs with the data source and with the list resource.
func TestImportJobs(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, version string) {
		start := time.Now()
		p := newProvider(t, newSim(
			zillizsim.Job{ID: "newest", CollectionName: "articles", Start: start, Steps: []zillizsim.Step{{Progress: 0.5}}},
			zillizsim.Job{ID: "other", CollectionName: "books", Start: start.Add(-time.Minute), Steps: []zillizsim.Step{{Progress: 0.5}}},
			zillizsim.Job{ID: "older", CollectionName: "articles", Start: start.Add(-2 * time.Minute), Steps: zillizsim.Linear(0)},
			zillizsim.Job{ID: "oldest", CollectionName: "articles", Start: start.Add(-time.Hour), Steps: zillizsim.FailAt(0, 0.5, "no rows")},
		), api(version))
		const newest, other, older, oldest = "newest (articles, importing)", "other (books, importing)", "older (articles, completed)", "oldest (articles, failed)"
		for _, test := range []struct {
			filter values
			want   []string
		}{
			{nil, []string{newest, other, older, oldest}},
			{values{"collection_name": "articles"}, []string{newest, older, oldest}},
			{values{"collection_name": "articles", "state": "importing"}, []string{newest}},
			{values{"collection_name": "maps"}, []string{}},
		} {
			arguments := values{"cluster_id": testCluster}.with(test.filter)
			state, d := p.read(t.Context(), importJobs, arguments)
			if got := listedJobs(t, state); len(d) > 0 || !slices.Equal(got, test.want) {
				t.Errorf("%v: %q, want %q: %s", test.filter, got, test.want, diagnosticText(d))
			}
			results, d := p.list(t.Context(), arguments, 100, false)
			if got := displayNames(results); len(d) > 0 || !slices.Equal(got, test.want) {
				t.Errorf("%v, list resource: %q, want %q: %s", test.filter, got, test.want, diagnosticText(d))
			}
		}
	})
}

func TestImportJobsErrors(t *testing.T) {
	t.Parallel()
	lists := map[string]func(*testServer, values) []*tfprotov6.Diagnostic{
		"data source": func(p *testServer, v values) []*tfprotov6.Diagnostic { return p.run(p.t.Context(), importJobs, v) },
		"list resource": func(p *testServer, v values) []*tfprotov6.Diagnostic {
			_, d := p.list(p.t.Context(), v, 100, false)
			return d
		},
	}
	for name, list := range lists {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachVersion(t, func(t *testing.T, version string) {
				synctest.Test(t, func(t *testing.T) {
					sim := newSim()
					sim.Refuse("refused", int(zilliz.CodeClusterNotFound))
					p := newProvider(t, sim, api(version), with(values{"request_timeout": "20s"}))
					expectError(t, list(p, values{"cluster_id": "refused"}), "cluster_id", "Cluster not found", "Import jobs of cluster refused", "code 40021")
					expectError(t, list(p, values{"cluster_id": " "}), "cluster_id", "Invalid cluster_id")
					wrongState := values{"cluster_id": testCluster, "state": "complete"}
					expectError(t, list(p, wrongState), "state", "Invalid Attribute Value Match", `"completed"`)
					if version == "v1" {
						expectError(t, list(p, values{"cluster_id": testCluster, "db_name": "library"}), "db_name", "db_name requires API v2")
					}
					sim.Inject(zillizsim.Fault{Times: -1, Response: zillizsim.Hang()})
					if name == "list resource" {
						expectError(t, list(p, values{"cluster_id": testCluster}), "", unreachable, "within 20s (request_timeout)")
						return
					}
					short := values{"cluster_id": testCluster, "timeouts": values{"read": "10s"}}
					expectError(t, list(p, short), "timeouts.read", "No response from Zilliz Cloud within 10s")
				})
			})
		})
	}
}

// listPages is a service that returns one page after the other, and the last one again.
func listPages(pages ...string) http.HandlerFunc {
	n := 0
	return func(w http.ResponseWriter, r *http.Request) {
		zillizsim.Body(http.StatusOK, "application/json", `{"code":200,"data":`+pages[min(n, len(pages)-1)]+`}`)(w, r)
		n++
	}
}

// listedJobs returns the attribute jobs, each as the list resource displays it.
func listedJobs(t *testing.T, state map[string]tftypes.Value) []string {
	t.Helper()
	var jobs []tftypes.Value
	if err := state["jobs"].As(&jobs); err != nil || !state["jobs"].IsKnown() || state["jobs"].IsNull() {
		t.Fatalf("jobs = %v (%v)", state["jobs"], err)
	}
	texts := []string{}
	for _, job := range jobs {
		var attributes map[string]tftypes.Value
		if err := job.As(&attributes); err != nil {
			t.Fatal(err)
		}
		text := stringValue(t, attributes["job_id"])
		if !attributes["collection_name"].IsNull() {
			text += fmt.Sprintf(" (%s, %s)", stringValue(t, attributes["collection_name"]), stringValue(t, attributes["state"]))
		}
		texts = append(texts, text)
	}
	return texts
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
		} else if len(d) > 0 || !slices.Equal(listedJobs(t, state), test.want) {
			t.Errorf("jobs are not %v: %s", test.want, diagnosticText(d))
		}
	}
}

// TestImportJobsThatLackFields covers responses without a list, and without the names of collections.
func TestImportJobsThatLackFields(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, d := newProvider(t, listPages(`{}`)).read(t.Context(), importJobs, values{"cluster_id": testCluster})
		expectError(t, d, "", malformed, "missing list of jobs")
		unnamed := newProvider(t, listPages(`{"tasks":[{"jobId":"a"}],"count":1}`))
		_, d = unnamed.read(t.Context(), importJobs, values{"cluster_id": testCluster, "collection_name": "articles"})
		expectError(t, d, "collection_name", "List of import jobs can't be filtered", "does not name the collection", "API v2")
	})
}
