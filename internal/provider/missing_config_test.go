package provider

import (
	"fmt"
	"net/http/httptest"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// notConfigured returns a provider whose configuration lacks the API key or the region.
func notConfigured(t *testing.T, config values) (*testServer, *zillizsim.Server) {
	t.Helper()
	for _, name := range []string{regionVariable, keyVariable, zillizKeyVariable, endpointVariable, apiVersionVariable} {
		t.Setenv(name, "")
	}
	sim := newSim(zillizsim.Job{Steps: zillizsim.Linear(0)})
	p := newTestServer(t, sim)
	if d := p.configure(config); len(d) > 0 {
		t.Fatalf("configure: %s", diagnosticText(d))
	}
	return p, sim
}

// missingConfigurations are provider configurations that lack a value, and the title of the
// error that says so.
func missingConfigurations() map[string]values {
	return map[string]values{
		"Missing API key":      {"region_id": "aws-us-west-2"},
		"Missing cloud region": {"api_key": testKey},
	}
}

// TestMissingConfiguration checks that a value that is not set is a warning of a plan that
// starts, waits or commits, an error of each request, and nothing else.
func TestMissingConfiguration(t *testing.T) {
	for title, config := range missingConfigurations() {
		t.Run(title, func(t *testing.T) {
			p, sim := notConfigured(t, config)
			for name, arguments := range map[string]values{importJob: startArguments(nil), completion: jobArguments(nil)} {
				schema := p.schema.ResourceSchemas[name]
				desired := p.value(schema, arguments)
				expectOneWarning(t, p.plan(name, p.null(schema), desired).Diagnostics, title)
				_, d := p.create(t.Context(), name, arguments)
				expectError(t, d, "", title)

				recorded := p.recorded(name, arguments)
				if d := p.plan(name, recorded, recorded).Diagnostics; len(d) > 0 {
					t.Errorf("%s without a change: %s", name, diagnosticText(d))
				}
				p.expectDestroyed(name, recorded)
				_, d = p.importResource(name, testCluster+"/job-1")
				expectError(t, d, "", title)
			}
			_, d := p.read(t.Context(), progress, jobArguments(nil))
			expectError(t, d, "", title)
			_, d = p.read(t.Context(), importJobs, values{"cluster_id": testCluster})
			expectError(t, d, "", title)
			_, d = p.invoke(t.Context(), jobArguments(nil))
			expectError(t, d, "", title)
			_, d = p.list(t.Context(), values{"cluster_id": testCluster}, 100, false)
			expectError(t, d, "", title)

			// What API v1 can't do is an error all the same.
			aborts := p.recorded(importJob, startArguments(values{"abort_on_destroy": true}))
			_, d = p.destroy(importJob, aborts)
			expectError(t, d, "abort_on_destroy", "abort_on_destroy requires API v2")
			if n := len(sim.Requests()); n != 0 {
				t.Errorf("%d requests were sent, want 0", n)
			}
		})
	}
}

// TestMissingRegionOfV2 checks that API v2 needs no region.
func TestMissingRegionOfV2(t *testing.T) {
	p, _ := notConfigured(t, values{"api_key": testKey, "api_version": "v2"})
	for _, name := range []string{completion, staging, commit} {
		schema := p.schema.ResourceSchemas[name]
		if d := p.plan(name, p.null(schema), p.value(schema, jobArguments(nil))).Diagnostics; len(d) > 0 {
			t.Errorf("%s: %s", name, diagnosticText(d))
		}
		if _, d := p.create(t.Context(), name, jobArguments(nil)); hasError(d) {
			t.Errorf("%s: %s", name, diagnosticText(d))
		}
	}
}

// TestUnsupportedByV1WithoutKey checks that what API v1 can't do is an error of the plan,
// although the key is not there.
func TestUnsupportedByV1WithoutKey(t *testing.T) {
	for title, config := range missingConfigurations() {
		p, _ := notConfigured(t, config)
		tests := []struct {
			name      string
			arguments values
			attribute string
			want      string
		}{
			{importJob, startArguments(values{"db_name": "library"}), "db_name", "db_name requires API v2"},
			{importJob, startArguments(values{"auto_commit": false}), "auto_commit", "auto_commit requires API v2"},
			{importJob, startArguments(values{"object_urls": []string{"s3://b/1", "s3://b/2"}}), "object_urls", "More than one URL requires API v2"},
			{completion, jobArguments(values{"db_name": "library"}), "db_name", "db_name requires API v2"},
			{staging, jobArguments(nil), "", "zilliz_import_staging requires API v2"},
			{commit, jobArguments(nil), "", "zilliz_import_commit requires API v2"},
		}
		for _, test := range tests {
			schema := p.schema.ResourceSchemas[test.name]
			var errors []*tfprotov6.Diagnostic
			for _, d := range p.plan(test.name, p.null(schema), p.value(schema, test.arguments)).Diagnostics {
				if d.Severity == tfprotov6.DiagnosticSeverityError {
					errors = append(errors, d)
				} else if d.Summary != title {
					t.Errorf("%s: %s", test.name, diagnosticText([]*tfprotov6.Diagnostic{d}))
				}
			}
			expectError(t, errors, test.attribute, test.want, `api_version = "v2"`)
		}
	}
}

// recorded returns the state of a resource about the job job-1.
func (p *testServer) recorded(name string, arguments values) *tfprotov6.DynamicValue {
	p.t.Helper()
	state := values{"id": testCluster + "/job-1", "job_id": "job-1"}
	for argument, value := range arguments {
		state[argument] = value
	}
	return p.value(p.schema.ResourceSchemas[name], state)
}

// destroy plans and applies the destruction of a resource, and returns the diagnostics of
// both.
func (p *testServer) destroy(name string, state *tfprotov6.DynamicValue) (planned, applied []*tfprotov6.Diagnostic) {
	p.t.Helper()
	null := p.null(p.schema.ResourceSchemas[name])
	plan := p.planTo(name, state, null, null)
	response, err := p.server.ApplyResourceChange(p.t.Context(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: name, PriorState: state, PlannedState: null, Config: null,
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return plan.Diagnostics, response.Diagnostics
}

// expectDestroyed fails the test unless a resource can be destroyed.
func (p *testServer) expectDestroyed(name string, state *tfprotov6.DynamicValue) {
	p.t.Helper()
	planned, applied := p.destroy(name, state)
	if name == importJob {
		expectOneWarning(p.t, planned, "Imported rows stay in the collection")
	} else if len(planned) > 0 {
		p.t.Errorf("%s: %s", name, diagnosticText(planned))
	}
	if len(applied) > 0 {
		p.t.Errorf("%s: %s", name, diagnosticText(applied))
	}
}

// TestAccDestroyWithoutKey plans and destroys with the real CLI what was recorded before.
func TestAccDestroyWithoutKey(t *testing.T) {
	t.Parallel()
	sim := newSim(zillizsim.Job{Steps: zillizsim.Linear(0)})
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	config := func(key string) string {
		return fmt.Sprintf("provider \"zilliz\" {\n  endpoint = %q\n  %s\n}\n", server.URL, key) + completionConfig(`job_id = "job-1"`)
	}
	sent := 0
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: providers(),
		Steps: []resource.TestStep{
			{Config: config(fmt.Sprintf("api_key = %q", testKey))},
			{
				PreConfig:        func() { sent = len(sim.Requests()) },
				Config:           config(""),
				ConfigPlanChecks: preApply(plancheck.ExpectEmptyPlan(), sameRequests{sim, &sent}),
			},
			{Config: config(""), Destroy: true},
		},
	})
	if n := len(sim.Requests()); n != sent {
		t.Errorf("%d requests were sent, want %d", n, sent)
	}
}
