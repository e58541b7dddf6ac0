package provider

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zilliz"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

const (
	completion = "zilliz_import_completion"
	staging    = "zilliz_import_staging"
	commit     = "zilliz_import_commit"
)

func completionConfig(arguments string) string {
	return fmt.Sprintf("resource \"zilliz_import_completion\" \"test\" {\n  cluster_id = %q\n  %s\n}\n", testCluster, arguments)
}

func preApply(check plancheck.PlanCheck, more ...plancheck.PlanCheck) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: append([]plancheck.PlanCheck{check}, more...)}
}

// TestCompletionAttributes checks what a completion records of a job. The examples and the
// tests of all gates cover the rest.
func TestCompletionAttributes(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, version string) {
		sim := newSim(zillizsim.Job{CollectionName: "articles", Start: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Steps: zillizsim.Linear(0), TotalRows: 7})
		state, d := newProvider(t, sim, api(version)).create(t.Context(), completion, jobArguments(nil))
		if len(d) > 0 {
			t.Fatal(diagnosticText(d))
		}
		for name, want := range map[string]string{"id": testCluster + "/job-1", "collection_name": "articles", "complete_time": "2026-01-02T03:04:05Z"} {
			if got := stringValue(t, state[name]); got != want {
				t.Errorf("%s = %q, want %q", name, got, want)
			}
		}
		for _, name := range []string{"total_rows", "imported_rows"} {
			if want := map[string]any{"v1": nil, "v2": 7}[version]; !state[name].Equal(tftypes.NewValue(tftypes.Number, want)) {
				t.Errorf("%s = %s, want %v", name, state[name], want)
			}
		}
	})
}

func TestAccCompletionIdentity(t *testing.T) {
	t.Parallel()
	sim := newSim(zillizsim.Job{ID: "completed", Steps: zillizsim.Linear(0)})
	resource.UnitTest(t, resource.TestCase{
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_12_0)},
		ProtoV6ProviderFactories: providers(),
		Steps: []resource.TestStep{
			{
				Config: serveSimulator(t, "v1", sim) + completionConfig(`job_id = "completed"`),
				ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectIdentity("zilliz_import_completion.test", map[string]knownvalue.Check{
					"cluster_id": knownvalue.StringExact(testCluster), "db_name": knownvalue.Null(), "job_id": knownvalue.StringExact("completed"),
				})},
			},
			{ResourceName: "zilliz_import_completion.test", ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity},
		},
	})
}

// TestAccWaysOn checks with the real CLI that each block has a way on of its own.
func TestAccWaysOn(t *testing.T) {
	t.Parallel()
	const importBlock = "import {\n  to = zilliz_import_completion.test\n  id = \"" + testCluster + "/job-1\"\n}\n"
	unknownKey := fmt.Sprintf("resource \"terraform_data\" \"key\" {\n  input = %q\n}\nprovider \"zilliz\" {\n  api_key = terraform_data.key.output\n}\n", testKey)
	sim := newSim(zillizsim.Job{Steps: zillizsim.Linear(0)})
	requireCLI(t, 1005)
	run := newTerraformRun(t, sim, progressConfig(`job_id = "job-1"`)+keptResource)
	run.succeed("apply", "-auto-approve")
	blocked := run.configured(unknownKey + completionConfig(`job_id = "job-1"`) + importBlock).fail("plan")
	sim.Refuse(testCluster, int(zilliz.CodeJobNotFound)) // the record expires
	const notFound, gate = "Import job not found", "this block is not needed"
	for printed, parts := range map[string][3]string{
		blocked: {"Provider configuration not known yet", "-target", "depends_on"},
		run.configured(progressConfig(`job_id = "job-1"`)+keptResource).fail("destroy", "-auto-approve"): {notFound, "-refresh=false", gate},
		run.succeed("destroy", "-auto-approve", "-refresh=false"):                                        {"1 destroyed", "", notFound},
		run.configured(completionConfig(`job_id = "job-1"`) + importBlock).fail("plan"):                  {notFound, "remove the import block", "ignore_not_found"},
		run.configured(completionConfig(`job_id = "job-1"`)).fail("apply", "-auto-approve"):              {notFound, gate, "ignore_not_found"},
	} {
		text := strings.Join(strings.Fields(printed), " ")
		if !strings.Contains(text, parts[0]) || !strings.Contains(text, parts[1]) || strings.Contains(text, parts[2]) {
			t.Errorf("want %q with %q and without %q:\n%s", parts[0], parts[1], parts[2], printed)
		}
	}
}
