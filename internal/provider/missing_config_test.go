package provider

import (
	"fmt"
	"net/http/httptest"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// missingConfigurations are provider configurations that lack a value, and the title of the
// error that says so.
func missingConfigurations() map[string]values {
	return map[string]values{
		"Missing API key":      {"region_id": "aws-us-west-2", "api_key": nil},
		"Missing cloud region": {"region_id": nil},
	}
}

// TestMissingConfiguration checks that a value that is not set is a warning of a plan that
// starts, waits or commits, an error of each request, and nothing else.
func TestMissingConfiguration(t *testing.T) {
	setEnvironment(t, nil)
	for title, config := range missingConfigurations() {
		t.Run(title, func(t *testing.T) {
			sim := newSim(zillizsim.Job{Steps: zillizsim.Linear(0)})
			p := newProvider(t, sim, with(config))
			for name, arguments := range map[string]values{importJob: startArguments(nil), completion: jobArguments(nil)} {
				expectOneWarning(t, newManaged(p, name).plan(p, arguments).Diagnostics, title)
				_, d := p.create(t.Context(), name, arguments)
				expectError(t, d, "", title)

				m := p.recorded(name, arguments)
				if d := m.plan(p, arguments).Diagnostics; len(d) > 0 {
					t.Errorf("%s without a change: %s", name, diagnosticText(d))
				}
				if planned := m.planDestroy(p); name == importJob {
					expectOneWarning(t, planned, "Imported rows stay in the collection")
				} else if len(planned) > 0 {
					t.Errorf("%s: %s", name, diagnosticText(planned))
				}
				if d := m.destroy(t.Context(), p); len(d) > 0 || !m.state.IsNull() {
					t.Errorf("%s: %s", name, diagnosticText(d))
				}
				_, d = p.importResource(name, testCluster+"/job-1")
				expectError(t, d, "", title)
			}
			m := p.recorded(importJob, startArguments(nil))
			expectError(t, m.apply(t.Context(), p, startArguments(values{"triggers": values{"v": "2"}})), "", title)
			settings := map[string]string{"Missing API key": "api_key (ZILLIZ_API_KEY, ZILLIZCLOUD_API_KEY)", "Missing cloud region": "region_id (ZILLIZ_REGION_ID)"}
			_, d := p.read(t.Context(), progress, jobArguments(nil))
			expectError(t, d, "", title, settings[title])
			_, d = p.read(t.Context(), importJobs, values{"cluster_id": testCluster})
			expectError(t, d, "", title)
			_, d = p.invoke(t.Context(), jobArguments(nil))
			expectError(t, d, "", title)
			_, d = p.list(t.Context(), values{"cluster_id": testCluster}, 100, false)
			expectError(t, d, "", title)

			// What API v1 can't do is an error all the same.
			aborts := p.recorded(importJob, startArguments(values{"abort_on_destroy": true}))
			expectError(t, aborts.destroy(t.Context(), p), "abort_on_destroy", "abort_on_destroy requires API v2")
			if n := len(sim.Requests()); n != 0 {
				t.Errorf("%d requests were sent, want 0", n)
			}
		})
	}
}

// TestMissingRegionOfV2 checks that API v2 needs no region.
func TestMissingRegionOfV2(t *testing.T) {
	setEnvironment(t, nil)
	p := newProvider(t, newSim(zillizsim.Job{Steps: zillizsim.Linear(0)}), with(values{"region_id": nil}), api("v2"))
	for _, name := range []string{completion, staging, commit} {
		if d := newManaged(p, name).plan(p, jobArguments(nil)).Diagnostics; len(d) > 0 {
			t.Errorf("%s: %s", name, diagnosticText(d))
		}
		if _, d := p.create(t.Context(), name, jobArguments(nil)); hasError(d) {
			t.Errorf("%s: %s", name, diagnosticText(d))
		}
	}
}

// TestUnsupportedByV1 checks that what API v1 can't do is an error of the plan, with and
// without the key.
func TestUnsupportedByV1(t *testing.T) {
	setEnvironment(t, nil)
	tests := []struct {
		name      string
		arguments values
		attribute string
		want      string
	}{
		{importJob, startArguments(values{"db_name": "library"}), "db_name", "db_name requires API v2"},
		{importJob, startArguments(values{"auto_commit": false}), "auto_commit", "auto_commit requires API v2"},
		{importJob, startArguments(values{"abort_on_destroy": true}), "abort_on_destroy", "abort_on_destroy requires API v2"},
		{importJob, startArguments(values{"session_token_wo": "token"}), "", "session_token_wo requires API v2"},
		{importJob, startArguments(values{"object_urls": []string{"s3://b/1", "s3://b/2"}}), "object_urls", "More than one URL requires API v2"},
		{completion, jobArguments(values{"db_name": "library"}), "db_name", "db_name requires API v2"},
		{staging, jobArguments(nil), "", "zilliz_import_staging requires API v2"},
		{commit, jobArguments(nil), "", "zilliz_import_commit requires API v2"},
	}
	configurations := missingConfigurations()
	configurations[""] = nil
	for title, config := range configurations {
		sim := newSim()
		for _, test := range tests {
			p := newProvider(t, sim, with(config))
			d := newManaged(p, test.name).plan(p, test.arguments).Diagnostics
			expectError(t, errorsOf(d), test.attribute, test.want, `api_version = "v2"`)
			if len(d) > 1 && d[len(d)-1].Summary != title {
				t.Errorf("%s: %s", test.name, diagnosticText(d))
			}
		}
		p := newProvider(t, sim, with(config))
		destroyed := p.recorded(importJob, startArguments(values{"abort_on_destroy": true})).planDestroy(p)
		expectError(t, errorsOf(destroyed), "abort_on_destroy", "abort_on_destroy requires API v2")
		for action, want := range map[string]string{importAbort: "zilliz_import_abort requires API v2", "zilliz_import_wait": "db_name requires API v2"} {
			d := p.planAction(action, jobArguments(values{"db_name": "library"}))
			expectError(t, d, map[string]string{"zilliz_import_wait": "db_name"}[action], want)
		}
		if title == "" {
			_, d := p.read(t.Context(), importJobs, values{"cluster_id": testCluster, "db_name": "library"})
			expectError(t, d, "db_name", "db_name requires API v2")
		}
		if n := len(sim.Requests()); n != 0 {
			t.Errorf("%d requests were sent, want 0", n)
		}
	}
	// An argument whose value is unknown can still become null.
	p := newProvider(t, newSim())
	if d := newManaged(p, importJob).plan(p, startArguments(values{"db_name": unknown, "session_token_wo": unknown})).Diagnostics; len(d) > 0 {
		t.Error(diagnosticText(d))
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
