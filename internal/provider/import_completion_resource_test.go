package provider

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zilliz"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

const (
	completion        = "zilliz_import_completion"
	staging           = "zilliz_import_staging"
	commit            = "zilliz_import_commit"
	completionAddress = "zilliz_import_completion.test"
)

func completionConfig(arguments string) string {
	return fmt.Sprintf("resource \"zilliz_import_completion\" \"test\" {\n  cluster_id = %q\n  %s\n}\n", testCluster, arguments)
}

func preApply(check plancheck.PlanCheck, more ...plancheck.PlanCheck) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: append([]plancheck.PlanCheck{check}, more...)}
}

func TestAccCompletionWaitsOnlyDuringApply(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, version string) {
		sim := newSim(
			zillizsim.Job{ID: "first", CollectionName: "articles", Steps: zillizsim.Linear(2 * time.Second)},
			zillizsim.Job{ID: "second", Steps: zillizsim.Linear(0)},
			zillizsim.Job{ID: "failing", Steps: zillizsim.FailAt(0, 0.4, "dimension 512, not 768")},
		)
		config := serveSimulator(t, version, sim)
		sent := 0
		countRequests := func() { sent = len(sim.Requests()) }
		resource.UnitTest(t, resource.TestCase{
			TerraformVersionChecks:   requireTerraformData(),
			ProtoV6ProviderFactories: providers(),
			Steps: []resource.TestStep{
				{
					Config: config + completionConfig(`job_id = "first"`) + `
resource "terraform_data" "gated" {
  input = zilliz_import_completion.test.complete_time
}
`,
					ConfigPlanChecks: preApply(noRequests{sim},
						plancheck.ExpectResourceAction(completionAddress, plancheck.ResourceActionCreate)),
					ConfigStateChecks: expectValues(completionAddress, map[string]knownvalue.Check{
						"id":              knownvalue.StringExact(testCluster + "/first"),
						"collection_name": knownvalue.StringExact("articles"), "complete_time": knownvalue.NotNull(),
					}),
				},
				{
					// With a revoked key, nothing changes.
					PreConfig:        func() { sim.Inject(zillizsim.Fault{Times: -1, Response: zillizsim.ErrorCode(80001)}); countRequests() },
					Config:           config + completionConfig(`job_id = "first"`),
					ConfigPlanChecks: preApply(plancheck.ExpectResourceAction(completionAddress, plancheck.ResourceActionNoop), sameRequests{sim, &sent}),
				},
				{
					Config:           config + completionConfig("job_id = \"first\"\n  timeouts = { create = \"1h\" }"),
					ConfigPlanChecks: preApply(plancheck.ExpectResourceAction(completionAddress, plancheck.ResourceActionUpdate), sameRequests{sim, &sent}),
					ConfigStateChecks: append(expectValues(completionAddress, map[string]knownvalue.Check{
						"collection_name": knownvalue.StringExact("articles"),
					}), sameRequestsInState{sim, &sent}),
				},
				{
					Config:           config + completionConfig(`job_id = "second"`),
					ConfigPlanChecks: preApply(plancheck.ExpectResourceAction(completionAddress, plancheck.ResourceActionUpdate)),
					ExpectError:      regexp.MustCompile(`API key rejected`),
				},
				{
					// The gate stays where it was: the state keeps the old job.
					PreConfig:        countRequests,
					Config:           config + completionConfig("job_id = \"first\"\n  timeouts = { create = \"1h\" }"),
					ConfigPlanChecks: preApply(plancheck.ExpectResourceAction(completionAddress, plancheck.ResourceActionNoop), sameRequests{sim, &sent}),
				},
			},
		})
	})
}

func TestAccFailedCompletionIsNotInState(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, version string) {
		sim := newSim(
			zillizsim.Job{ID: "failing", Steps: zillizsim.FailAt(0, 0.4, "dimension 512, not 768")},
			zillizsim.Job{ID: "slow", Steps: []zillizsim.Step{{Progress: 0.8}}},
		)
		config := serveSimulator(t, version, sim)
		slow := config + completionConfig("job_id = \"slow\"\n  timeouts = { create = \"1200ms\" }")
		resource.UnitTest(t, resource.TestCase{
			ProtoV6ProviderFactories: providers(),
			Steps: []resource.TestStep{
				{Config: config + completionConfig(`job_id = "failing"`), ExpectError: regexp.MustCompile(`(?s)Import job failed.*dimension 512, not 768`)},
				{Config: slow, ExpectError: regexp.MustCompile(`Import job did not finish within 1\.2s`)},
				{
					// Created, not replaced: a failed wait leaves no tainted resource.
					PreConfig:        func() { sim.AddJob(zillizsim.Job{ClusterID: testCluster, ID: "slow", Steps: zillizsim.Linear(0)}) },
					Config:           config + completionConfig(`job_id = "slow"`),
					ConfigPlanChecks: preApply(plancheck.ExpectResourceAction(completionAddress, plancheck.ResourceActionCreate)),
				},
			},
		})
	})
}

func TestAccCompletionImport(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, version string) {
		sim := newSim(
			zillizsim.Job{ID: "completed", Steps: zillizsim.Linear(0)},
			zillizsim.Job{ID: "running", Steps: []zillizsim.Step{{Progress: 0.5}}},
			zillizsim.Job{ID: "failed", Steps: zillizsim.FailAt(0, 0.5, "no rows")},
		)
		imports := func(id, failure string) resource.TestStep {
			return resource.TestStep{
				ResourceName: completionAddress, ImportState: true, ImportStateId: id, ExpectError: regexp.MustCompile(failure),
			}
		}
		resource.UnitTest(t, resource.TestCase{
			ProtoV6ProviderFactories: providers(),
			Steps: []resource.TestStep{
				{Config: serveSimulator(t, version, sim) + completionConfig(`job_id = "completed"`)},
				{ResourceName: completionAddress, ImportState: true, ImportStateId: testCluster + "/completed", ImportStateVerify: true},
				imports(testCluster+"/running", `(?s)Import job can't be imported into the state.*importing, 50%`),
				imports(testCluster+"/failed", `(?s)Import job can't be imported into the state.*no rows`),
			},
		})
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
				ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectIdentity(completionAddress, map[string]knownvalue.Check{
					"cluster_id": knownvalue.StringExact(testCluster), "db_name": knownvalue.Null(), "job_id": knownvalue.StringExact("completed"),
				})},
			},
			{ResourceName: completionAddress, ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity},
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
