package provider

import (
	"fmt"
	"net/http/httptest"
	"regexp"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

func providers() map[string]func() (tfprotov6.ProviderServer, error) {
	server := NewServer("test", nil)
	return map[string]func() (tfprotov6.ProviderServer, error){
		"zilliz": func() (tfprotov6.ProviderServer, error) { return server(), nil },
	}
}

// serveSimulator serves the simulator and returns a provider configuration that uses it.
func serveSimulator(t *testing.T, version string, sim *zillizsim.Server) string {
	t.Helper()
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	return fmt.Sprintf(`
provider "zilliz" {
  api_version = %q
  endpoint    = %q
  api_key     = %q
}
`, version, server.URL, testKey)
}

func progressConfig(arguments string) string {
	return fmt.Sprintf(`
data "zilliz_import_progress" "test" {
  cluster_id = %q
  %s
}
`, testCluster, arguments)
}

const progressAddress = "data.zilliz_import_progress.test"

func expectValues(address string, want map[string]knownvalue.Check) []statecheck.StateCheck {
	var checks []statecheck.StateCheck
	for name, value := range want {
		checks = append(checks, statecheck.ExpectKnownValue(address, tfjsonpath.New(name), value))
	}
	return checks
}

func TestAccProgressAttributes(t *testing.T) {
	t.Parallel()
	sim := newSim(
		zillizsim.Job{
			ID: "running", CollectionName: "articles",
			Files: []zillizsim.File{{Name: "articles/1.parquet", Size: 5 << 30}, {Name: "articles/2.parquet", Size: 7}},
			Steps: []zillizsim.Step{{Progress: 0.29}},
		},
		zillizsim.Job{ID: "old", FiveFields: true, Percent: true, Files: []zillizsim.File{{Name: "a", Size: 1}}, Steps: []zillizsim.Step{{Progress: 0.29}}},
		zillizsim.Job{ID: "failed", Steps: zillizsim.FailAt(0, 0.5, "no rows")},
		zillizsim.Job{ID: "completed", Start: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Steps: zillizsim.Linear(0)},
	)
	config := serveSimulator(t, "v1", sim)
	null := knownvalue.Null()
	text := knownvalue.StringExact
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: providers(),
		Steps: []resource.TestStep{
			{
				Config: config + progressConfig(`job_id = "running"`),
				ConfigStateChecks: expectValues(progressAddress, map[string]knownvalue.Check{
					"id": text(testCluster + "/running"), "exists": knownvalue.Bool(true),
					"state": text("importing"), "completed": knownvalue.Bool(false),
					"progress_percent": knownvalue.Float64Exact(29), "ready_percentage": knownvalue.Float64Exact(0.29),
					"file_name": text("articles/1.parquet"), "file_size": knownvalue.Int64Exact(5<<30 + 7),
					"collection_name": text("articles"), "complete_time": null, "error_message": null,
					"total_rows": null, "imported_rows": null,
					"files": knownvalue.ListExact([]knownvalue.Check{
						knownvalue.ObjectPartial(map[string]knownvalue.Check{
							"file_size": knownvalue.Int64Exact(5 << 30), "progress_percent": knownvalue.Float64Exact(29), "state": text("importing"), "error_message": null,
						}),
						knownvalue.ObjectPartial(map[string]knownvalue.Check{"file_name": text("articles/2.parquet"), "complete_time": null}),
					}),
				}),
			},
			{
				Config: config + progressConfig(`job_id = "old"`),
				ConfigStateChecks: expectValues(progressAddress, map[string]knownvalue.Check{
					"progress_percent": knownvalue.Float64Exact(29), "ready_percentage": knownvalue.Float64Exact(29),
					"file_name": text("a"), "collection_name": null, "files": null,
				}),
			},
			{
				Config: config + progressConfig(`job_id = "failed"`),
				ConfigStateChecks: expectValues(progressAddress, map[string]knownvalue.Check{
					"state": text("failed"), "completed": knownvalue.Bool(false), "error_message": text("no rows"), "files": knownvalue.ListSizeExact(0),
				}),
			},
			{
				Config: config + progressConfig(`job_id = "completed"`),
				ConfigStateChecks: expectValues(progressAddress, map[string]knownvalue.Check{
					"state": text("completed"), "completed": knownvalue.Bool(true), "progress_percent": knownvalue.Float64Exact(100),
					"complete_time": text("2026-01-02T03:04:05Z"),
				}),
			},
		},
	})
}

// keptResource gives terraform destroy something to destroy.
const keptResource = `
resource "terraform_data" "kept" {}
`

func TestAccEnvironmentVariables(t *testing.T) {
	sim := newSim(zillizsim.Job{Steps: zillizsim.Linear(0)})
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	t.Setenv("ZILLIZ_ENDPOINT", server.URL)
	t.Setenv("ZILLIZ_API_KEY", testKey)
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: providers(),
		Steps: []resource.TestStep{
			{
				Config: `
provider "zilliz" {
  region_id       = "Frankfurt!"
  request_timeout = "fast"
}
` + progressConfig(`job_id = "job-1"`),
				ExpectError: regexp.MustCompile(`(?s)Invalid re.*region_id += "Frankfurt!"`),
			},
			{
				Config:            progressConfig(`job_id = "job-1"`),
				ConfigStateChecks: expectValues(progressAddress, map[string]knownvalue.Check{"completed": knownvalue.Bool(true)}),
			},
		},
	})
}
