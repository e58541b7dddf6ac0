// Package examples_test runs each example of the documentation with the real
// terraform, the provider built from this checkout, and a simulator in place of
// Zilliz Cloud.
package examples_test

import (
	"flag"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/dev/tfcli"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

const aliasGuide = "guides/switch-an-alias"

// example is a file or a folder, and how to run it.
type example struct {
	path   string
	since  int  // the oldest Terraform that supports it, 1004 for 1.4
	noTofu bool // OpenTofu does not support it
	run    func(*exampleRun)
}

func examples() []example {
	return []example{
		{path: "provider/provider.tf", since: 1011, run: startsOneImport},

		{path: "data-sources/zilliz_import_progress/data-source.tf", since: 1004, run: gate},
		{path: "data-sources/zilliz_import_progress/data-source.tf", since: 1004, run: laterPlans},
		{path: "data-sources/zilliz_import_progress/data-source-read-once.tf", since: 1004, run: readOnce},
		{path: "data-sources/zilliz_import_jobs/data-source.tf", since: 1004, run: newestRunningJob},
		{path: "data-sources/zilliz_import_jobs/data-source-newest.tf", since: 1004, run: newestJob},

		{path: "resources/zilliz_import_completion/resource.tf", since: 1004, run: completion},
		{path: "resources/zilliz_import_completion/import.sh", since: 1004, run: importCommand},
		{path: "resources/zilliz_import_completion/import-by-string-id.tf", since: 1005, run: importBlock},
		{path: "resources/zilliz_import_completion/import-by-identity.tf", since: 1012, noTofu: true, run: importBlock},

		{path: "resources/zilliz_import_job/resource.tf", since: 1011, run: startsOneImport},
		{path: "resources/zilliz_import_job/import.sh", since: 1011, run: importCommand},
		{path: "resources/zilliz_import_job/import-by-string-id.tf", since: 1011, run: importJobBlock},
		{path: "resources/zilliz_import_job/import-by-identity.tf", since: 1012, noTofu: true, run: importJobBlock},

		{path: "actions/zilliz_import_wait/action.tf", since: 1014, noTofu: true, run: action},

		{path: "guides/get-started", since: 1004, run: gate},
		{path: "guides/gate-resources/unknown-id.tf", since: 1004, run: deferredRead},
		{path: "guides/gate-resources/after-a-change.tf", since: 1004, run: deferredRead},
		{path: "guides/gate-resources/replace-triggered-by.tf", since: 1004, run: completion},
		{path: "guides/gate-resources/check.tf", since: 1005, run: checkIsNoGate},
		{path: "guides/gate-resources/ignore-not-found.tf", since: 1004, run: ignoreNotFound},
		{path: "guides/api-versions/v2.tf", run: applies},
		{path: "guides/api-versions/endpoint.tf", run: applies},
		{path: "guides/api-versions/regions.tf", run: func(r *exampleRun) { applies(r); r.expectInState(progress, true) }},
		{path: "guides/milvus/main.tf", since: 1004, run: completion},
		{path: "guides/ci/provider.tf", run: applies},
		{path: "guides/ci/for-each.tf", since: 1004, run: func(r *exampleRun) {
			r.write("test.auto.tfvars", `jobs = { articles = "`+completedJob+`", photos = "`+runningJob+`" }`)
			r.apply("")
			r.expectInState(dependent, true)
		}},
		{path: "guides/ci/two-regions.tf", since: 1004, run: func(r *exampleRun) {
			r.write("test.auto.tfvars", `cluster_id_europe = "`+cluster+`"`+"\n"+`job_id_europe = "`+completedJob+`"`)
			completion(r)
		}},
		{path: "guides/migrate/after.tf", since: 1004, run: completion},
		{path: "guides/test-your-module", since: 1007, run: moduleTest},

		{path: "demo/progress", since: 1004, run: func(r *exampleRun) { gate(r); searchIsLive(r) }},
		{path: "demo/import", since: 1011, run: func(r *exampleRun) { startsOneImport(r); searchIsLive(r) }},
	}
}

var mirrorFlag = flag.String("mirror", "", "`folder` from which terraform installs the provider; empty: build it")

func TestExamples(t *testing.T) {
	t.Parallel()
	mirror := *mirrorFlag
	if mirror == "" {
		mirror = t.TempDir()
		if err := tfcli.BuildProvider(t.Context(), mirror); err != nil {
			t.Fatal(err)
		}
	}
	version, tofu := cliVersion(t)
	for _, e := range examples() {
		t.Run(e.path, func(t *testing.T) {
			t.Parallel()
			if version < e.since || tofu && e.noTofu {
				t.Skipf("needs Terraform %d.%d", e.since/1000, e.since%1000)
			}
			e.run(newExampleRun(t, mirror, e.path))
		})
	}
	t.Run(aliasGuide, func(t *testing.T) {
		t.Parallel()
		if version < 1011 {
			t.Skip("needs Terraform 1.11")
		}
		validateAliasGuide(newExampleRun(t, mirror, "provider/provider.tf"))
	})
}

// cliVersion returns the version of the CLI, such as 1011 for 1.11, and reports whether
// it is OpenTofu.
func cliVersion(t *testing.T) (version int, tofu bool) {
	t.Helper()
	version, tofu, err := tfcli.Version(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return version, tofu
}

// TestEveryExampleIsTested looks for files that no test uses.
func TestEveryExampleIsTested(t *testing.T) {
	t.Parallel()
	tested := []string{
		aliasGuide,
		"guides/ci/workflow.yml", // by make lint
	}
	for _, e := range examples() {
		tested = append(tested, e.path)
	}
	walk(t, ".", func(name string) {
		slashed := filepath.ToSlash(name)
		if filepath.Ext(name) != ".go" && !slices.ContainsFunc(tested, func(path string) bool { return slashed == path || strings.HasPrefix(slashed, path+"/") }) {
			t.Errorf("no test runs examples/%s: add it to examples()", name)
		}
	})
}

func applies(r *exampleRun) { r.apply(completedJob) }

// gate checks an example in which terraform_data depends on a completed import.
func gate(r *exampleRun) {
	r.applyFails(failedJob, "dimension 512, not 768")
	r.applyFails(unknownJob, "Import job not found")
	r.expectInState(dependent, false)
	r.apply(runningJob)
	r.expectInState(dependent, true)
	r.expectNextImport()
}

// laterPlans checks what the guides say about plans with the data source.
func laterPlans(r *exampleRun) {
	r.expectRequests(true, runningJob, "plan", "-out=plan")
	r.expectRequests(false, runningJob, "apply", "plan")
	r.expectInState(dependent, true)

	const notFound = 90144
	r.sandbox.Simulator.Refuse(cluster, notFound)
	for _, arguments := range [][]string{
		{"plan"},
		{"plan", "-refresh=false"},
		{"plan", "-refresh-only"},
		{"plan", "-destroy"},
		{"plan", "-target=terraform_data.search"},
	} {
		r.runFails(runningJob, "Import job not found", arguments...)
	}
	r.expectRequests(false, runningJob, "plan", "-destroy", "-refresh=false")
}

func readOnce(r *exampleRun) {
	addJob(r.sandbox.Simulator, "job-importing", []zillizsim.Step{{Progress: 0.8}})
	r.applyFails("job-importing", "The import is not complete: importing.")
	r.applyFails(failedJob, "The import is not complete: dimension 512, not 768.")
	r.expectInState(dependent, false)
	r.apply(completedJob)
	r.expectInState(dependent, true)
}

func newestRunningJob(r *exampleRun) {
	out := r.apply("")
	if !strings.Contains(out, cluster+"/"+runningJob) {
		r.t.Errorf("terraform did not wait for %s:\n%s", runningJob, out)
	}
	r.expectInState(dependent, true)
	// No job is running now.
	r.apply("")
}

func newestJob(r *exampleRun) {
	addJob(r.sandbox.Simulator, "job-newest", zillizsim.FailAt(0, 0, "no rows"))
	r.applyFails("", "no rows")
	r.expectInState(dependent, false)
	addJob(r.sandbox.Simulator, "job-newest", zillizsim.Linear(0))
	r.apply("")
	r.expectInState(dependent, true)
}

// completion checks an example of the resource: a plan sends no request, before and
// after the apply.
func completion(r *exampleRun) {
	r.expectRequests(false, failedJob, "plan")
	r.applyFails(failedJob, "dimension 512, not 768")
	r.expectInState(dependent, false)
	r.expectRequests(true, runningJob, "apply", "-auto-approve")
	r.expectInState(dependent, true)
	r.expectRequests(false, runningJob, "plan", "-detailed-exitcode")
	r.expectNextImport()
}

// importCommand runs the command in import.sh with the configuration in resource.tf.
func importCommand(r *exampleRun) {
	lines := strings.Split(strings.TrimSpace(read(r.t, filepath.Join(r.directory, "import.sh"))), "\n")
	arguments := strings.Fields(lines[len(lines)-1])[1:]
	resourceType, _, _ := strings.Cut(arguments[1], ".")
	r.write("resource.tf", read(r.t, filepath.Join("resources", resourceType, "resource.tf")))
	r.run(completedJob, "init")
	r.run(completedJob, arguments...)
	r.expectInState(resourceType, true)
	r.expectRequests(false, completedJob, "plan", "-target="+resourceType+".articles")
}

func startsOneImport(r *exampleRun) {
	r.expectRequests(false, completedJob, "plan")
	r.apply(completedJob)
	r.expectInState(dependent, true)
	r.expectRequests(false, completedJob, "plan", "-detailed-exitcode")
	if n := len(r.sandbox.Simulator.Started()); n != 1 {
		r.t.Errorf("%d imports were started, want 1", n)
	}
}

// searchIsLive checks an output that contains a value from the provider.
func searchIsLive(r *exampleRun) {
	if out := r.run(completedJob, "output", "-raw", "search"); out != "search over articles is live" {
		r.t.Errorf("output search = %q", out)
	}
}

func importBlock(r *exampleRun) { imports(r, "1 imported, 0 added, 0 changed, 0 destroyed") }

// importJobBlock changes the state, because the service does not return the arguments.
func importJobBlock(r *exampleRun) {
	imports(r, "1 imported, 0 added, 1 changed, 0 destroyed")
	if n := len(r.sandbox.Simulator.Started()); n != 0 {
		r.t.Errorf("%d imports were started, want 0", n)
	}
}

func imports(r *exampleRun, summary string) {
	if out := r.apply(completedJob); !strings.Contains(out, summary) {
		r.t.Errorf("output lacks %q:\n%s", summary, out)
	}
	r.expectRequests(false, completedJob, "plan", "-detailed-exitcode")
}

func action(r *exampleRun) {
	r.expectRequests(false, failedJob, "plan")
	gate(r)
	const invoke = "-invoke=action.zilliz_import_wait.articles"
	out := r.run(completedJob, "apply", "-auto-approve", invoke)
	if !strings.Contains(out, "100 % completed") || !strings.Contains(out, "Actions: 1 invoked.") {
		r.t.Errorf("no progress:\n%s", out)
	}
	r.runFails(failedJob, "Import job failed", "apply", "-auto-approve", invoke)
}

// deferredRead checks an example in which the first plan can't read the data source.
// After the apply, a plan can.
func deferredRead(r *exampleRun) {
	r.expectRequests(false, runningJob, "plan")
	r.expectRequests(true, runningJob, "apply", "-auto-approve")
	r.expectInState(dependent, true)
	r.expectRequests(true, runningJob, "plan", "-detailed-exitcode")
}

func checkIsNoGate(r *exampleRun) {
	for _, c := range []struct{ job, warning string }{
		{failedJob, "Warning: Check block assertion failed"},
		{unknownJob, "Warning: Import job not found"},
	} {
		if out := r.apply(c.job); !strings.Contains(out, c.warning) {
			r.t.Errorf("job %s: output lacks %q:\n%s", c.job, c.warning, out)
		}
		r.expectInState(dependent, true)
	}
}

// ignoreNotFound checks that a job without a record counts as completed. It can have
// expired, or have never existed.
func ignoreNotFound(r *exampleRun) {
	r.applyFails(failedJob, "Import job failed")
	r.expectInState(dependent, false)
	if out := r.apply(unknownJob); !strings.Contains(out, "job_is_on_record = false") {
		r.t.Errorf("the job is on record:\n%s", out)
	}
	r.expectInState(dependent, true)
}

// moduleTest runs terraform test with a mocked provider.
func moduleTest(r *exampleRun) {
	if version, tofu := cliVersion(r.t); tofu && version < 1008 {
		r.t.Skip("needs OpenTofu 1.8")
	}
	if out := r.expectRequests(false, unknownJob, "test"); !strings.Contains(out, "2 passed, 0 failed.") {
		r.t.Errorf("want 2 tests:\n%s", out)
	}
}

// validateAliasGuide validates the part of the guide that uses this provider. The tests
// don't have Zilliz's own provider.
func validateAliasGuide(r *exampleRun) {
	if _, err := r.sandbox.CLI.Run(r.t.Context(), ".", "fmt", "-check", aliasGuide); err != nil {
		r.t.Error(err)
	}
	guide := read(r.t, filepath.Join(aliasGuide, "main.tf"))
	between := func(start, end string) string {
		return guide[strings.Index(guide, start):strings.Index(guide, end)]
	}
	resources := between(`resource "zilliz_import_job"`, `resource "zillizcloud_alias"`)
	resources = strings.ReplaceAll(resources, "zillizcloud_collection.articles[each.key].collection_name", "each.key")
	variables := between(`variable "releases"`, `data "zillizcloud_cluster"`) + "variable \"cluster_id\" { type = string }\n"
	r.write("provider.tf", variables+resources)
	r.run(completedJob, "validate")
}
