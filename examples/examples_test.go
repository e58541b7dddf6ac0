// Package examples_test runs each example of the documentation with the real
// terraform, the provider built from this checkout, and a simulator instead of
// Zilliz Cloud.
package examples_test

import (
	"flag"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/dev/tfcli"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// example is a file or a directory, and how to run it.
type example struct {
	path   string
	since  int  // the oldest Terraform that supports it, 1004 for 1.4
	noTofu bool // OpenTofu does not support it
	run    func(*exampleRun)
}

func examples() []example {
	return []example{
		{path: "provider/provider.tf", since: 1004, run: startsOneImport},

		{path: "data-sources/zilliz_import_progress/data-source.tf", since: 1004, run: gate},
		{path: "data-sources/zilliz_import_progress/data-source.tf", since: 1004, run: laterPlans},
		{path: "data-sources/zilliz_import_progress/data-source.tf", since: 1004, run: readAgain},
		{path: "data-sources/zilliz_import_progress/data-source-read-once.tf", since: 1004, run: readOnce},
		{path: "data-sources/zilliz_import_jobs/data-source.tf", since: 1004, run: newestJob},

		{path: "resources/zilliz_import_completion/resource.tf", since: 1004, run: completion},
		{path: "resources/zilliz_import_completion/import-by-string-id.tf", since: 1005, run: importBlock},
		{path: "resources/zilliz_import_staging/resource.tf", run: staging},
		{path: "resources/zilliz_import_commit/resource.tf", since: 1004, run: commit},

		{path: "resources/zilliz_collection_readiness/resource.tf", since: 1004, run: readiness},

		{path: "resources/zilliz_import_job/resource.tf", since: 1011, run: releases},
		{path: "resources/zilliz_import_job/resource-triggers.tf", run: triggers},
		{path: "resources/zilliz_import_job/import-by-string-id.tf", since: 1005, run: importJobBlock},

		{path: "actions/zilliz_import_wait/action.tf", since: 1014, noTofu: true, run: action},
		{path: "actions/zilliz_import_abort/action.tf", since: 1014, noTofu: true, run: abort},
		{path: "list-resources/zilliz_import_job/list-resource.tfquery.hcl", since: 1014, noTofu: true, run: query},

		{path: "provider/provider.tf", since: 1004, run: errorOfThePages},
		{path: "guides/gate-resources/replaced.tf", since: 1004, run: completion},
		{path: "guides/api-versions/milvus.tf", run: func(r *exampleRun) {
			r.sandbox.Simulator.AddJob(zillizsim.Job{ClusterID: "milvus", ID: completedJob, Steps: zillizsim.Linear(0)})
			r.apply(completedJob)
		}},
		{path: "guides/test-your-module", since: 1007, run: moduleTest},

		{path: "demo/import", since: 1004, run: startsOneImport},
		{path: "demo/two-phases", since: 1004, run: startsOneImport},
	}
}

var mirrorFlag = flag.String("mirror", "", "`directory` from which terraform installs the provider; empty: build it")

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
		"guides/ci/workflow.yml",     // by make lint
		"guides/simulator/jobs.json", // by TestJobsFileOfTheGuide
		"guides/switch-an-alias",     // by TestWithSimulatedCollections, as the next
		"guides/zillizcloud",
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

// TestExamplesAreSafe looks for what has lost data, and for what fails forever: Terraform
// hands create_before_destroy down to the collection, which is then dropped after the import,
// and no condition on a staging holds once its job is committed.
func TestExamplesAreSafe(t *testing.T) {
	t.Parallel()
	condition := regexp.MustCompile(`(?s)"zilliz_import_staging"[^\n]*\{\n[^}]*condition`)
	walk(t, ".", func(name string) {
		content := read(t, name)
		switch {
		case filepath.Ext(name) != ".tf":
		case strings.Contains(content, "create_before_destroy") && strings.Contains(content, `_collection" "`):
			t.Errorf("%s: create_before_destroy and a collection in one configuration", name)
		case condition.MatchString(content):
			t.Errorf("%s: a condition on a staging", name)
		}
	})
}

// gate checks an example in which terraform_data depends on a completed import.
func gate(r *exampleRun) {
	r.applyFails(failedJob, failure)
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

	// Any error shows that a plan reads the data source. That of an expired record takes
	// up to 10 s.
	const clusterNotFound, jobNotFound = 40021, 90144
	r.sandbox.Simulator.Refuse(cluster, clusterNotFound)
	for _, arguments := range [][]string{
		{"plan", "-refresh=false"},
		{"plan", "-refresh-only"},
		{"plan", "-destroy"},
		{"plan", "-target=terraform_data.search"},
	} {
		r.runFails(runningJob, "Cluster not found", arguments...)
	}
	r.expectRequests(false, runningJob, "plan", "-destroy", "-refresh=false")
	r.sandbox.Simulator.Refuse(cluster, jobNotFound)
	r.edit(`"45m"`, `"1s"`)
	r.runFails(runningJob, "Import job not found", "plan")
}

func readOnce(r *exampleRun) {
	addJob(r.sandbox.Simulator, "job-importing", []zillizsim.Step{{Progress: 0.8}})
	r.applyFails("job-importing", "The import has not completed: importing.")
	r.applyFails(failedJob, "The import has not completed: "+failure+".")
	r.expectInState(dependent, false)
	r.apply(completedJob)
	r.expectInState(dependent, true)
	r.expectKept(func() { r.applyFails(failedJob, failure) })
}

func newestJob(r *exampleRun) {
	addJob(r.sandbox.Simulator, "job-newest", zillizsim.FailAt(0, 0, "no rows"))
	r.applyFails("", "no rows")
	r.expectInState(dependent, false)
	addJob(r.sandbox.Simulator, "job-newest", zillizsim.Linear(0))
	r.apply("")
	r.expectInState(dependent, true)
	addJob(r.sandbox.Simulator, "job-next", zillizsim.FailAt(0, 0, "no rows"))
	r.expectKept(func() { r.applyFails("", "no rows") })
}

// completion checks an example of the resource: a plan sends no request, before and
// after the apply.
func completion(r *exampleRun) {
	r.expectRequests(false, failedJob, "plan")
	r.applyFails(failedJob, failure)
	r.expectInState(dependent, false)
	r.expectRequests(true, runningJob, "apply", "-auto-approve")
	r.expectInState(dependent, true)
	r.expectRequests(false, runningJob, "plan", "-detailed-exitcode")
	r.expectNextImport()
}

// startsOneImport checks an example that starts an import: once, and again if its
// arguments change.
func startsOneImport(r *exampleRun) {
	r.expectRequests(false, "", "plan")
	r.apply("")
	r.expectInState(dependent, true)
	r.expectRequests(false, "", "plan", "-detailed-exitcode")
	r.expectStarted(1)

	r.startJobs(zillizsim.FailAt(0, 0.4, failure), 0)
	r.edit("2026-11", "2026-12")
	r.expectKept(func() { r.applyFails("", failure) })
	r.expectStarted(2)

	r.startJobs(zillizsim.Linear(0), importedRows)
	r.edit("2026-12", "2027-01")
	r.expectChanged(func() { r.apply("") })
	r.expectStarted(3)
	r.expectRequests(false, "", "plan", "-detailed-exitcode")
}

// releases checks that each release is imported once, and that a revert imports nothing,
// neither after a failed import nor after a completed one.
func releases(r *exampleRun) {
	set := func(names string) { r.write("test.auto.tfvars", "releases = ["+names+"]") }
	const two, three = `"2026-10", "2026-11"`, `"2026-10", "2026-11", "2026-12"`
	r.apply("")
	r.expectStarted(2)
	before := r.instances(dependent)

	r.startJobs(zillizsim.FailAt(0, 0.4, failure), 0)
	set(three)
	r.expectKept(func() { r.applyFails("", failure) })
	r.expectStarted(3)
	set(two)
	r.expectKept(func() { r.apply("") })
	r.expectStarted(3)

	set(three)
	r.expectKept(func() { r.applyFails("", failure) })
	r.expectStarted(4)
	r.startJobs(zillizsim.Linear(0), importedRows)
	r.expectChanged(func() { r.run("", "apply", "-auto-approve", `-replace=zilliz_import_job.articles["2026-12"]`) })
	r.expectStarted(5)
	r.expectRequests(false, "", "plan", "-detailed-exitcode")
	set(two)
	r.apply("")
	r.expectStarted(5)
	if r.instances(dependent) != before {
		r.t.Error("the revert did not return to the earlier releases")
	}
}

func triggers(r *exampleRun) {
	for started, version := range []string{"1", "2"} {
		r.write("test.auto.tfvars", `files_version = "`+version+`"`)
		r.apply("")
		r.expectStarted(started + 1)
		r.expectRequests(false, "", "plan", "-detailed-exitcode")
	}
}

// staging checks that no job is committed if one of them fails.
func staging(r *exampleRun) {
	r.sandbox.Simulator.OnStart(func(request zillizsim.StartRequest) zillizsim.Job {
		if request.CollectionName == "photos" {
			return zillizsim.Job{Steps: zillizsim.FailAt(0, 0.4, failure)}
		}
		return zillizsim.Job{Steps: zillizsim.Linear(0)}
	})
	r.applyFails("", failure)
	r.expectStarted(2)
	r.expectCalls("commit", 0)
	r.startJobs(zillizsim.Linear(0), importedRows)
	r.run("", "apply", "-auto-approve", `-replace=zilliz_import_job.release["photos"]`)
	r.expectStarted(3)
	r.expectCalls("commit", 2)
	r.expectRequests(false, "", "plan", "-detailed-exitcode")
}

// commit checks that a job is committed only if it has the right number of rows, and the two
// ways on from a job that does not.
func commit(r *exampleRun) {
	startsOneImport(r)
	r.expectCalls("commit", 2)

	wrongRows := func() {
		r.t.Helper()
		r.startJobs(zillizsim.Linear(0), 1_200_000)
		r.expectKept(func() { r.applyFails("", "Number of imported rows out of bounds") })
	}
	r.edit("2027-01", "2027-02")
	wrongRows()
	r.edit("1400000", "1200000") // the bound was wrong
	r.expectChanged(func() { r.apply("") })
	r.expectStarted(4)
	r.expectCalls("commit", 3)

	r.edit("1200000", "1400000")
	r.edit("2027-02", "2027-03")
	wrongRows()
	r.startJobs(zillizsim.Linear(0), importedRows)
	r.edit("2027-03", "2027-04") // the files were wrong: another import aborts this one first
	r.expectChanged(func() { r.apply("") })
	r.expectStarted(6)
	r.expectCalls("commit", 4)
	r.expectCalls("abort", 1)
	r.expectRequests(false, "", "plan", "-detailed-exitcode")
}

// readiness checks that the dependent resource waits until the rows of each import are found.
func readiness(r *exampleRun) {
	r.write("test.auto.tfvars", `connect_address = "`+r.sandbox.URL+`"`)
	articles := zillizsim.Collection{Name: "articles", NoIndex: true}
	r.sandbox.Simulator.AddCollection(articles)
	r.applyFails("", "Collection has no index")
	r.expectInState(dependent, false)
	articles.NoIndex = false
	r.sandbox.Simulator.AddCollection(articles)
	r.apply("")
	r.expectInState(dependent, true)
	r.expectStarted(1)
	r.expectRequests(false, "", "plan", "-detailed-exitcode")

	r.edit("2026-11", "2026-12")
	r.edit("1500000", "3000001\n  timeouts        = { create = \"1s\" }")
	r.expectKept(func() { r.applyFails("", "A query finds 3000000 rows, and min_rows is 3000001.") })
	r.edit("3000001", "3000000")
	r.expectChanged(func() { r.apply("") })
	r.expectStarted(2)
}

// abort aborts a job that is not committed, once.
func abort(r *exampleRun) {
	r.sandbox.Simulator.AddJob(zillizsim.Job{ClusterID: cluster, ID: "job-staged", TwoPhase: true, Steps: zillizsim.Linear(0)})
	const invoke = "-invoke=action.zilliz_import_abort.articles"
	if out := r.run("job-staged", "apply", "-auto-approve", invoke); !strings.Contains(out, "Actions: 1 invoked.") {
		r.t.Errorf("the action did not run:\n%s", out)
	}
	r.runFails("job-staged", "Import job has already failed", "apply", "-auto-approve", invoke)
	r.runFails(completedJob, "Import job has completed", "apply", "-auto-approve", invoke)
}

// query adopts the running job of the example.
func query(r *exampleRun) {
	out := r.run("", "query", "-generate-config-out=generated.tf")
	if !strings.Contains(out, runningJob) || strings.Contains(out, completedJob) {
		r.t.Errorf("want %s only:\n%s", runningJob, out)
	}
	imports(r, "1 imported, 0 added, 0 changed, 0 destroyed")
	r.expectStarted(0)
}

func importBlock(r *exampleRun) { imports(r, "1 imported, 0 added, 0 changed, 0 destroyed") }

// importJobBlock changes the state, because the service does not return the arguments.
func importJobBlock(r *exampleRun) {
	imports(r, "1 imported, 0 added, 1 changed, 0 destroyed")
	r.expectStarted(0)
}

func imports(r *exampleRun, summary string) {
	if out := r.apply(completedJob); !strings.Contains(out, summary) {
		r.t.Errorf("output lacks %q:\n%s", summary, out)
	}
	r.expectRequests(false, completedJob, "plan", "-detailed-exitcode")
}

// action checks the action as a gate, and on its own.
func action(r *exampleRun) {
	r.expectRequests(false, failedJob, "plan")
	r.applyFails(failedJob, failure)
	r.expectInState(dependent, false)
	r.apply(runningJob)
	r.expectRequests(false, runningJob, "plan", "-detailed-exitcode")
	r.expectKept(func() { r.applyFails(failedJob, failure) })
	r.expectNextImport()

	const invoke = "-invoke=action.zilliz_import_wait.articles"
	out := r.run(completedJob, "apply", "-auto-approve", invoke)
	if !strings.Contains(out, "completed, 100%") || !strings.Contains(out, "Actions: 1 invoked.") {
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

	before := r.search()
	r.applyFails(failedJob, failure)
	if r.search() != before {
		r.t.Fatal("a failed import changed the dependent resource")
	}
	r.apply(runningJob)
}

// readAgain checks that reading the data source during another apply, since a resource in
// its depends_on has pending changes, does not change the dependent resource.
func readAgain(r *exampleRun) {
	r.write("permissions.tf", `resource "terraform_data" "permissions" { input = "read access" }`)
	r.edit("wait_for_completion = true", "depends_on = [terraform_data.permissions]\nwait_for_completion = true")
	deferredRead(r)
	r.edit(`"read access`, `"write access`)
	if out := r.apply(runningJob); !strings.Contains(out, "0 added, 1 changed, 0 destroyed") {
		r.t.Errorf("the resource was changed without a new import:\n%s", out)
	}
}

// moduleTest runs terraform test with a mocked provider.
func moduleTest(r *exampleRun) {
	if version, tofu := cliVersion(r.t); tofu && version < 1008 {
		r.t.Skip("needs OpenTofu 1.8")
	}
	if out := r.expectRequests(false, "", "test"); !strings.Contains(out, "1 passed, 0 failed.") {
		r.t.Errorf("want 1 test:\n%s", out)
	}
}
