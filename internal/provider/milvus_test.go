package provider

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// TestMilvus covers the data sources and the resource with the responses of self-hosted
// Milvus.
func TestMilvus(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := zillizsim.New(zillizsim.Options{Milvus: true, APIKeys: []string{"root:Milvus"}})
		for _, id := range []string{"451", "452"} {
			sim.AddJob(zillizsim.Job{ID: id, CollectionName: "articles", TotalRows: 1000, Steps: zillizsim.Linear(10 * time.Minute)})
		}
		p := unconfigured(t, sim)
		if d := p.configure(values{"endpoint": "http://127.0.0.1:19530", "api_key": "root:Milvus", "api_version": "v2"}); len(d) > 0 {
			t.Fatal(diagnosticText(d))
		}
		arguments := values{"cluster_id": "any", "job_id": "451"}
		state, d := p.read(t.Context(), progress, arguments)
		if len(d) > 0 || !state["complete_time"].IsNull() || !state["error_message"].IsNull() {
			t.Errorf("%v, %s", state, diagnosticText(d))
		}
		before := len(sim.Requests())
		state, d = p.read(t.Context(), importJobs, values{"cluster_id": "any"})
		var jobs []tftypes.Value
		if err := state["jobs"].As(&jobs); err != nil || len(d) > 0 || len(jobs) != 2 || len(sim.Requests()) != before+2 {
			// Milvus ignores the number of the page, so the second one has nothing new.
			t.Errorf("%d jobs in %d requests, %v, %s", len(jobs), len(sim.Requests())-before, err, diagnosticText(d))
		}
		if _, d := p.create(t.Context(), completion, arguments); len(d) > 0 {
			t.Error(diagnosticText(d))
		}
		_, d = p.read(t.Context(), progress, values{"cluster_id": "any", "job_id": "999"})
		expectError(t, d, "", "Request rejected by Zilliz Cloud", "code 2100", "import job does not exist")
	})
}
