package provider

import (
	"context"
	"testing"

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

// displayNames returns those of listed resources.
func displayNames(results []tfprotov6.ListResourceResult) []string {
	names := []string{}
	for _, result := range results {
		names = append(names, result.DisplayName)
	}
	return names
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
