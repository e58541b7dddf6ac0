package provider

import (
	"encoding/json"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// TestDatabase checks that every block names the database in the header and in the body of
// its requests.
func TestDatabase(t *testing.T) {
	t.Parallel()
	named := values{"cluster_id": testCluster, "db_name": "library"}
	completed, uncommitted := named.with(values{"job_id": "completed"}), named.with(values{"job_id": "uncommitted"})
	for _, test := range []struct {
		block     string
		arguments values
	}{
		{progress, completed}, {progress, completed.with(values{"wait_for_completion": true})}, {importJobs, named},
		{completion, completed}, {staging, uncommitted}, {commit, uncommitted}, {importWait, completed}, {importAbort, uncommitted},
		{importJob, startArguments(named).with(values{"collection_name": "books"})}, {"import", nil},
	} {
		t.Run(test.block, func(t *testing.T) {
			t.Parallel()
			sim := newSim()
			for id, twoPhase := range map[string]bool{"completed": false, "uncommitted": true} {
				sim.AddJob(zillizsim.Job{ClusterID: testCluster, ID: id, DBName: "library", CollectionName: "articles", TwoPhase: twoPhase, Steps: zillizsim.Linear(0)})
			}
			p := newProvider(t, sim, api("v2"))
			var d []*tfprotov6.Diagnostic
			if test.arguments == nil {
				_, d = p.importResource(importJob, testCluster+"/library/completed")
			} else {
				d = p.run(t.Context(), test.block, test.arguments)
			}
			if len(d) > 0 {
				t.Error(diagnosticText(d))
			}
			if len(sim.Requests()) == 0 {
				t.Error("no request was sent")
			}
			for _, r := range sim.Requests() {
				var body struct{ DBName string }
				if err := json.Unmarshal([]byte(r.Body), &body); err != nil || body.DBName != "library" || r.Header.Get("DB-Name") != "library" {
					t.Errorf("%s: DB-Name = %q, body = %s", r.Path, r.Header.Get("DB-Name"), r.Body)
				}
			}
		})
	}
}

// TestDatabaseOfV1 checks that the default database, and no other, can be named with v1.
func TestDatabaseOfV1(t *testing.T) {
	t.Parallel()
	sim := newSim(zillizsim.Job{Steps: zillizsim.Linear(0)})
	p := newProvider(t, sim)
	_, d := p.read(t.Context(), progress, jobArguments(values{"db_name": "library"}))
	expectError(t, d, "db_name", "db_name requires API v2")
	_, d = p.invoke(t.Context(), jobArguments(values{"db_name": "library"}))
	expectError(t, d, "db_name", "db_name requires API v2")
	_, d = p.importResource(completion, testCluster+"/library/job-1")
	expectError(t, d, "", "Database requires API v2")
	if n := len(sim.Requests()); n != 0 {
		t.Errorf("%d requests were sent, want 0", n)
	}
	for _, name := range []any{nil, "default"} {
		if _, d := p.read(t.Context(), progress, jobArguments(values{"db_name": name})); len(d) > 0 {
			t.Errorf("%v: %s", name, diagnosticText(d))
		}
		if _, d := p.create(t.Context(), completion, jobArguments(values{"db_name": name})); len(d) > 0 {
			t.Errorf("%v: %s", name, diagnosticText(d))
		}
	}
}
