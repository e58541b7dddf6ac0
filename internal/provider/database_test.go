package provider

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// TestDatabase checks that every block names the database in the header and in the body of
// its requests: a key that has rights on one database is rejected without either.
func TestDatabase(t *testing.T) {
	t.Parallel()
	arguments := func(jobID string) values {
		return values{"cluster_id": testCluster, "db_name": "library", "job_id": jobID}
	}
	blocks := map[string]gate{
		"plain read": func(p *testServer, ctx context.Context) []*tfprotov6.Diagnostic {
			_, d := p.read(ctx, progress, arguments("completed"))
			return d
		},
		"wait": func(p *testServer, ctx context.Context) []*tfprotov6.Diagnostic {
			v := arguments("completed")
			v["wait_for_completion"] = true
			_, d := p.read(ctx, progress, v)
			return d
		},
		"completion": func(p *testServer, ctx context.Context) []*tfprotov6.Diagnostic {
			_, d := p.create(ctx, completion, arguments("completed"))
			return d
		},
		"staging": func(p *testServer, ctx context.Context) []*tfprotov6.Diagnostic {
			_, d := p.create(ctx, staging, arguments("uncommitted"))
			return d
		},
		"commit": func(p *testServer, ctx context.Context) []*tfprotov6.Diagnostic {
			_, d := p.create(ctx, commit, arguments("uncommitted"))
			return d
		},
		"action": func(p *testServer, ctx context.Context) []*tfprotov6.Diagnostic {
			_, d := p.invoke(ctx, arguments("completed"))
			return d
		},
		"abort": func(p *testServer, ctx context.Context) []*tfprotov6.Diagnostic {
			_, d := p.invokeAction(ctx, importAbort, arguments("running"))
			return d
		},
		"list": func(p *testServer, ctx context.Context) []*tfprotov6.Diagnostic {
			_, d := p.read(ctx, importJobs, values{"cluster_id": testCluster, "db_name": "library"})
			return d
		},
		"start": func(p *testServer, ctx context.Context) []*tfprotov6.Diagnostic {
			_, d := p.create(ctx, importJob, startArguments(values{"db_name": "library", "collection_name": "books"}))
			return d
		},
		"import": func(p *testServer, _ context.Context) []*tfprotov6.Diagnostic {
			_, d := p.importResource(importJob, testCluster+"/library/completed") //nolint:contextcheck // it uses the context of the test
			return d
		},
	}
	for name, run := range blocks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newSim()
			for id, job := range map[string]zillizsim.Job{
				"completed": {Steps: zillizsim.Linear(0)}, "uncommitted": {Steps: zillizsim.Linear(0), TwoPhase: true}, "running": {Steps: []zillizsim.Step{{Progress: 0.5}}, TwoPhase: true},
			} {
				job.ClusterID, job.ID, job.DBName, job.CollectionName = testCluster, id, "library", "articles"
				sim.AddJob(job)
			}
			if d := run(newProvider(t, sim, api("v2")), t.Context()); len(d) > 0 {
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
