package provider

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// list lists resources as terraform query does. It stops at an error.
func (p *testServer) list(
	ctx context.Context, v values, limit int64, includeResource bool,
) (results []tfprotov6.ListResourceResult, diagnostics []*tfprotov6.Diagnostic) {
	p.t.Helper()
	server, ok := p.server.(tfprotov6.ListResourceServer)
	if !ok {
		p.t.Fatal("the provider has no list resources")
	}
	config := p.value(p.schema.ListResourceSchemas[importJob], v)
	valid, err := server.ValidateListResourceConfig(ctx, &tfprotov6.ValidateListResourceConfigRequest{TypeName: importJob, Config: config})
	if err != nil {
		p.t.Fatal(err)
	}
	if len(valid.Diagnostics) > 0 {
		return nil, valid.Diagnostics
	}
	stream, err := server.ListResource(ctx, &tfprotov6.ListResourceRequest{TypeName: importJob, Config: config, IncludeResource: includeResource, Limit: limit})
	if err != nil {
		p.t.Fatal(err)
	}
	for result := range stream.Results {
		if len(result.Diagnostics) > 0 {
			diagnostics = append(diagnostics, result.Diagnostics...)
			continue
		}
		results = append(results, result)
	}
	return results, diagnostics
}

// identity returns the identity of a listed resource.
func (p *testServer) identity(data *tfprotov6.ResourceIdentityData) map[string]tftypes.Value {
	p.t.Helper()
	value, err := data.IdentityData.Unmarshal(tftypes.Object{AttributeTypes: map[string]tftypes.Type{
		"cluster_id": tftypes.String, "db_name": tftypes.String, "job_id": tftypes.String,
	}})
	if err != nil {
		p.t.Fatal(err)
	}
	var attributes map[string]tftypes.Value
	if err := value.As(&attributes); err != nil {
		p.t.Fatal(err)
	}
	return attributes
}

func TestListResource(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, version string) {
		start := time.Now()
		sim := newSim(
			zillizsim.Job{ID: "newest", CollectionName: "articles", Start: start, Steps: []zillizsim.Step{{Progress: 0.5}}},
			zillizsim.Job{ID: "other", CollectionName: "books", Start: start.Add(-time.Minute), Steps: []zillizsim.Step{{Progress: 0.5}}},
			zillizsim.Job{ID: "older", CollectionName: "articles", Start: start.Add(-2 * time.Minute), Steps: zillizsim.Linear(0)},
		)
		p := newProvider(t, sim, api(version))
		for _, test := range []struct {
			filter values
			limit  int64
			want   []string
		}{
			{nil, 100, []string{"newest (articles, importing)", "other (books, importing)", "older (articles, completed)"}},
			{nil, 2, []string{"newest (articles, importing)", "other (books, importing)"}},
			{values{"collection_name": "articles"}, 100, []string{"newest (articles, importing)", "older (articles, completed)"}},
			{values{"collection_name": "articles", "state": "completed"}, 100, []string{"older (articles, completed)"}},
			{values{"collection_name": "maps"}, 100, nil},
		} {
			v := values{"cluster_id": testCluster}
			for name, value := range test.filter {
				v[name] = value
			}
			results, d := p.list(t.Context(), v, test.limit, false)
			var got []string
			for _, result := range results {
				got = append(got, result.DisplayName)
			}
			if len(d) > 0 || !slices.Equal(got, test.want) {
				t.Errorf("%v, limit %d: %q, want %q: %s", test.filter, test.limit, got, test.want, diagnosticText(d))
			}
		}
	})
}

// TestListedJobCanBeImported checks that the identity of each listed job imports it.
func TestListedJobCanBeImported(t *testing.T) {
	t.Parallel()
	sim := newSim(
		zillizsim.Job{ID: "a", DBName: "library", CollectionName: "articles", Steps: zillizsim.Linear(0)},
		zillizsim.Job{ID: "b", DBName: "library", CollectionName: "articles", Steps: zillizsim.Linear(0)},
	)
	p := newProvider(t, sim, api("v2"))
	results, d := p.list(t.Context(), values{"cluster_id": testCluster, "db_name": "library"}, 100, true)
	if len(d) > 0 || len(results) != 2 {
		t.Fatalf("%d jobs, want 2: %s", len(results), diagnosticText(d))
	}
	for _, result := range results {
		identity := p.identity(result.Identity)
		if stringValue(t, identity["cluster_id"]) != testCluster || stringValue(t, identity["db_name"]) != "library" {
			t.Errorf("identity %v", identity)
		}
		listed := p.attributes(p.schema.ResourceSchemas[importJob], result.Resource)
		response, err := p.server.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: importJob, Identity: result.Identity})
		if err != nil || len(response.Diagnostics) > 0 {
			t.Fatalf("%v, %s", err, diagnosticText(response.Diagnostics))
		}
		imported := p.attributes(p.schema.ResourceSchemas[importJob], response.ImportedResources[0].State)
		for name, value := range imported {
			if !value.Equal(listed[name]) {
				t.Errorf("%s is %s in the list, and %s when imported", name, listed[name], value)
			}
		}
		if stringValue(t, listed["job_id"]) != stringValue(t, identity["job_id"]) || stringValue(t, listed["collection_name"]) != "articles" {
			t.Errorf("resource %v, identity %v", listed, identity)
		}
	}
}

func TestListResourceErrors(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, version string) {
		synctest.Test(t, func(t *testing.T) {
			sim := newSim()
			sim.Refuse("refused", 40021)
			p := newProvider(t, sim, api(version))
			_, d := p.list(t.Context(), values{"cluster_id": "refused"}, 100, false)
			expectError(t, d, "cluster_id", "Cluster not found", "Import jobs of cluster refused", "code 40021")
			_, d = p.list(t.Context(), values{"cluster_id": " "}, 100, false)
			expectError(t, d, "cluster_id", "Invalid cluster_id")
			_, d = p.list(t.Context(), values{"cluster_id": testCluster, "state": "complete"}, 100, false)
			expectError(t, d, "state", "Invalid Attribute Value Match", `"completed"`)
			sim.Inject(zillizsim.Fault{Times: -1, Response: zillizsim.Hang()})
			_, d = p.list(t.Context(), values{"cluster_id": testCluster}, 100, false)
			expectError(t, d, "", unreachable, "within 30s (request_timeout)")
		})
	})
	_, d := newProvider(t, newSim()).list(t.Context(), values{"cluster_id": testCluster, "db_name": "library"}, 100, false)
	expectError(t, d, "db_name", "db_name requires API v2")
}

// TestListResourceLimit checks that a limit ends the results, and that there are none of an
// incomplete list.
func TestListResourceLimit(t *testing.T) {
	t.Parallel()
	p := newProvider(t, listPages(`{"tasks":[{"jobId":"a"},{"jobId":"b"}],"count":2}`))
	for limit, want := range map[int64]int{0: 2, 1: 1, 2: 2, 1000: 2} {
		results, d := p.list(t.Context(), values{"cluster_id": testCluster}, limit, false)
		if len(d) > 0 || len(results) != want {
			t.Errorf("limit %d: %d jobs, want %d: %s", limit, len(results), want, diagnosticText(d))
		}
	}
	p = newProvider(t, listPages(`{"tasks":[{"jobId":"a"}],"count":3,"pageSize":1}`))
	results, d := p.list(t.Context(), values{"cluster_id": testCluster}, 100, false)
	expectError(t, d, "", "List of import jobs is incomplete")
	if len(results) > 0 {
		t.Errorf("%d jobs of an incomplete list", len(results))
	}
}
