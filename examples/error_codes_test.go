package examples_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/provider"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// TestCodesOfThePage compares the titles in the table of codes with those of the provider. A
// code whose error says everything is not in the table.
func TestCodesOfThePage(t *testing.T) {
	t.Parallel()
	sim := zillizsim.New(zillizsim.Options{APIKeys: []string{apiKey}})
	status := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if status != 0 {
			w.WriteHeader(status)
			return
		}
		sim.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	_, table, _ := strings.Cut(pages(t)["docs/guides/when-something-fails"], "\n## Codes\n")
	rows := regexp.MustCompile("(?m)^\\| (`[^|]*) \\| ([^|]*) \\|").FindAllStringSubmatch(table, -1)
	if len(rows) == 0 {
		t.Fatal("no table of codes")
	}
	for _, row := range rows {
		for _, match := range regexp.MustCompile("`([0-9]+)`").FindAllStringSubmatch(row[1], -1) {
			code, err := strconv.Atoi(match[1])
			if err != nil {
				t.Fatal(err)
			}
			if status = 0; code < 600 {
				status = code
			}
			sim.Refuse(cluster, code)
			if got := title(t, server.URL); got != row[2] {
				t.Errorf("%d: title on the page = %q, want %q", code, row[2], got)
			}
		}
	}
}

// title returns the title of the error with which the provider fails to read a job.
func title(t *testing.T, endpoint string) string {
	t.Helper()
	ctx := context.Background()
	server := provider.NewServer("test", nil)()
	schemas, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	configured, err := server.ConfigureProvider(ctx, &tfprotov6.ConfigureProviderRequest{Config: value(t, schemas.Provider, map[string]any{
		"endpoint": endpoint, "api_key": apiKey, "max_retries": 0, "max_requests_per_second": 1000,
	})})
	if err != nil || len(configured.Diagnostics) > 0 {
		t.Fatal(err, configured.Diagnostics)
	}
	const name = "zilliz_import_progress"
	response, err := server.ReadDataSource(ctx, &tfprotov6.ReadDataSourceRequest{
		TypeName: name,
		Config:   value(t, schemas.DataSourceSchemas[name], map[string]any{"cluster_id": cluster, "job_id": "job-1"}),
	})
	if err != nil || len(response.Diagnostics) != 1 {
		t.Fatal(err, response)
	}
	return response.Diagnostics[0].Summary
}

// value returns a configuration in which the attributes that are not in set are null.
func value(t *testing.T, schema *tfprotov6.Schema, set map[string]any) *tfprotov6.DynamicValue {
	t.Helper()
	object, ok := schema.ValueType().(tftypes.Object)
	if !ok {
		t.Fatalf("%T is not an object", schema.ValueType())
	}
	values := map[string]tftypes.Value{}
	for name, attribute := range object.AttributeTypes {
		values[name] = tftypes.NewValue(attribute, set[name])
	}
	dynamic, err := tfprotov6.NewDynamicValue(object, tftypes.NewValue(object, values))
	if err != nil {
		t.Fatal(err)
	}
	return &dynamic
}
