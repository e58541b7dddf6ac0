// Package examples runs every example of the documentation, as a reader would: with
// the real terraform, the provider built from this checkout, and a simulator in place
// of Zilliz Cloud. It exists because an example that nobody runs is wrong one day.
//
// It has tests only. It never reaches the network, and keeps all that it makes in
// temporary folders.
package examples_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// jobsFile has a test of its own: it is nothing of Terraform's.
const jobsFile = "simulator/jobs.json"

// aliasGuide needs Zilliz's own provider, which is not here: its syntax and this
// provider's part of it are checked.
const aliasGuide = "guides/switch-an-alias"

// example is how one example is run.
type example struct {
	// path is a file or a folder below examples.
	path string
	// since is the Terraform that it needs, 1004 for 1.4.
	since int
	// noTofu tells that OpenTofu has no such thing.
	noTofu bool
	run    func(*stage)
}

func all() []example {
	return []example{
		{path: "provider/provider.tf", run: func(s *stage) { s.applies(completed) }},

		{path: "data-sources/zilliz_import_progress/data-source.tf", since: 1004, run: gate},
		{path: "data-sources/zilliz_import_progress/data-source-read-once.tf", since: 1004, run: readOnce},
		{path: "data-sources/zilliz_import_jobs/data-source.tf", since: 1004, run: newestRunningJob},
		{path: "data-sources/zilliz_import_jobs/data-source-newest.tf", since: 1004, run: newestJob},

		{path: "resources/zilliz_import_completion/resource.tf", since: 1004, run: completion},
		{path: "resources/zilliz_import_completion/import.sh", since: 1004, run: func(s *stage) { importCommand(s, "zilliz_import_completion") }},
		{path: "resources/zilliz_import_completion/import-by-string-id.tf", since: 1005, run: importBlock},
		{path: "resources/zilliz_import_completion/import-by-identity.tf", since: 1012, noTofu: true, run: importBlock},

		{path: "readme", since: 1011, run: startedOnce},
		{path: "resources/zilliz_import_job/resource.tf", since: 1011, run: startedOnce},
		{path: "resources/zilliz_import_job/import.sh", since: 1011, run: func(s *stage) { importCommand(s, "zilliz_import_job") }},
		{path: "resources/zilliz_import_job/import-by-string-id.tf", since: 1011, run: adopted},
		{path: "resources/zilliz_import_job/import-by-identity.tf", since: 1012, noTofu: true, run: adopted},

		{path: "actions/zilliz_import_wait/action.tf", since: 1014, noTofu: true, run: action},

		{path: "guides/get-started", since: 1004, run: gate},
		{path: "guides/gate-resources/unknown-id.tf", since: 1004, run: deferredByUnknownID},
		{path: "guides/gate-resources/after-a-change.tf", since: 1004, run: deferredByChange},
		{path: "guides/gate-resources/check.tf", since: 1005, run: checkIsNoGate},
		{path: "guides/gate-resources/ignore-not-found.tf", since: 1004, run: ignoreNotFound},
		{path: "guides/api-versions/v2.tf", run: func(s *stage) { s.applies(completed) }},
		{path: "guides/api-versions/endpoint.tf", run: func(s *stage) { s.applies(completed) }},
		{path: "guides/api-versions/regions.tf", run: func(s *stage) { s.applies(completed); s.has(progress, true) }},
		{path: "guides/milvus/main.tf", since: 1004, run: completion},
		{path: "guides/ci/provider.tf", run: func(s *stage) { s.applies(completed) }},
		{path: "guides/migrate/after.tf", since: 1004, run: completion},
		{path: "guides/test-your-module", since: 1007, run: moduleTest},

		{path: "demo/progress", since: 1004, run: gate},
		{path: "demo/import", since: 1011, run: startedOnce},
	}
}

func TestExamples(t *testing.T) {
	t.Parallel()
	c := newCommand(t)
	for _, e := range all() {
		t.Run(e.path, func(t *testing.T) {
			t.Parallel()
			if c.version < e.since || c.tofu && e.noTofu {
				t.Skipf("needs Terraform %d.%d", e.since/1000, e.since%1000)
			}
			e.run(newStage(t, c, e.path))
		})
	}
	for name, run := range map[string]func(*stage){"later plans": laterPlans} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.version < 1004 {
				t.Skip("needs Terraform 1.4")
			}
			run(newStage(t, c, "data-sources/zilliz_import_progress/data-source.tf"))
		})
	}
}

// TestEveryExampleIsRun fails for an example that all does not name.
func TestEveryExampleIsRun(t *testing.T) {
	t.Parallel()
	known := func(name string) bool {
		for _, e := range all() {
			if name == e.path || name == jobsFile || strings.HasPrefix(name, aliasGuide+"/") || strings.HasPrefix(name, e.path+"/") {
				return true
			}
		}
		return false
	}
	err := fs.WalkDir(os.DirFS(folder), ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && filepath.Ext(name) != ".go" && !known(name) {
			t.Errorf("examples/%s is in no test: add it to all()", name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// gate is true of every example that waits before terraform_data is made.
func gate(s *stage) {
	s.refuses(failed, "dimension 512, not 768")
	s.refuses(forgotten, "Import job not found")
	s.has(gated, false)
	s.applies(running)
	s.has(gated, true)
}

func readOnce(s *stage) {
	s.addJob("job-endless", []zillizsim.Step{{Progress: 0.8}})
	s.refuses("job-endless", "The import is not complete: importing.")
	s.refuses(failed, "The import is not complete: dimension 512, not 768.")
	s.has(gated, false)
	s.applies(completed)
	s.has(gated, true)
}

func newestRunningJob(s *stage) {
	out := s.applies("")
	if !strings.Contains(out, cluster+"/"+running) {
		s.t.Errorf("it did not wait for the running job:\n%s", out)
	}
	s.has(gated, true)
	// Now none is running.
	s.applies("")
}

func newestJob(s *stage) {
	s.addJob("job-newest", zillizsim.FailAt(0, 0, "no rows"))
	s.refuses("", "no rows")
	s.has(gated, false)
	s.addJob("job-newest", zillizsim.Linear(0))
	s.applies("")
	s.has(gated, true)
}

// completion is true of every example of the resource: a plan asks nothing, and what
// is once created is not asked about again.
func completion(s *stage) {
	s.asks(false, func() { s.succeeds(failed, "plan") })
	s.refuses(failed, "dimension 512, not 768")
	s.has(gated, false)
	s.asks(true, func() { s.applies(running) })
	s.has(gated, true)
	s.asks(false, func() { s.succeeds(running, "plan", "-detailed-exitcode") })
}

// importCommand runs the command as it is printed, in the folder of the resource.
func importCommand(s *stage, resourceType string) {
	lines := strings.Split(strings.TrimSpace(read(s.t, filepath.Join(s.work, "import.sh"))), "\n")
	arguments := strings.Fields(lines[len(lines)-1])
	s.copyExample("resources/" + resourceType + "/resource.tf")
	s.succeeds(completed, "init")
	s.succeeds(completed, arguments[1:]...)
	s.has(resourceType, true)
	s.asks(false, func() { s.succeeds(completed, "plan", "-target="+resourceType+".articles") })
}

// startedOnce starts one import, waits for it, and sends nothing afterwards.
func startedOnce(s *stage) {
	s.asks(false, func() { s.succeeds(completed, "plan") })
	s.applies(completed)
	s.has(gated, true)
	s.asks(false, func() { s.succeeds(completed, "plan", "-detailed-exitcode") })
	if n := len(s.sim.Started()); n != 1 {
		s.t.Errorf("%d imports were started", n)
	}
}

// adopted imports a job, and stores the arguments that the service does not return.
func adopted(s *stage) {
	out := s.applies(completed)
	if !strings.Contains(out, "1 imported, 0 added, 1 changed, 0 destroyed") {
		s.t.Errorf("not an import alone:\n%s", out)
	}
	s.asks(false, func() { s.succeeds(completed, "plan", "-detailed-exitcode") })
	if n := len(s.sim.Started()); n != 0 {
		s.t.Errorf("%d imports were started", n)
	}
}

func importBlock(s *stage) {
	out := s.applies(completed)
	if !strings.Contains(out, "1 imported, 0 added, 0 changed, 0 destroyed") {
		s.t.Errorf("not an import alone:\n%s", out)
	}
	s.asks(false, func() { s.succeeds(completed, "plan", "-detailed-exitcode") })
}

func action(s *stage) {
	s.asks(false, func() { s.succeeds(failed, "plan") })
	gate(s)
	const address = "action.zilliz_import_wait.articles"
	out := s.succeeds(completed, "apply", "-auto-approve", "-invoke="+address)
	if !strings.Contains(out, "100 % completed") || !strings.Contains(out, "Actions: 1 invoked.") {
		s.t.Errorf("no progress:\n%s", out)
	}
	s.fails(failed, "Import job failed", "apply", "-auto-approve", "-invoke="+address)
}

func deferredByUnknownID(s *stage) {
	s.asks(false, func() { s.succeeds(running, "plan") })
	s.asks(true, func() { s.applies(running) })
	s.has(gated, true)
	// The id is known now: the next plan asks.
	s.asks(true, func() { s.succeeds(running, "plan", "-detailed-exitcode") })
}

func deferredByChange(s *stage) {
	s.asks(false, func() { s.succeeds(running, "plan") })
	s.asks(true, func() { s.applies(running) })
	s.has(gated, true)
	s.asks(true, func() { s.succeeds(running, "plan", "-detailed-exitcode") })
}

func checkIsNoGate(s *stage) {
	out := s.applies(failed)
	if !strings.Contains(out, "Warning: Check block assertion failed") {
		s.t.Errorf("no warning:\n%s", out)
	}
	s.has(gated, true)
	out = s.applies(forgotten)
	if !strings.Contains(out, "Warning: Import job not found") {
		s.t.Errorf("no warning:\n%s", out)
	}
}

// ignoreNotFound shows both sides: a plan that goes on after the record has expired,
// and a gate that opens for a job that never was.
func ignoreNotFound(s *stage) {
	s.refuses(failed, "Import job failed")
	s.has(gated, false)
	out := s.applies(forgotten)
	if !strings.Contains(out, "job_is_on_record = false") {
		s.t.Errorf("the job is on record:\n%s", out)
	}
	s.has(gated, true)
}

// moduleTest runs terraform test, whose provider is a mock.
func moduleTest(s *stage) {
	if s.command.tofu && s.command.version < 1008 {
		s.t.Skip("needs OpenTofu 1.8")
	}
	s.asks(false, func() {
		out := s.succeeds(forgotten, "test")
		if !strings.Contains(out, "2 passed, 0 failed.") {
			s.t.Errorf("not two tests:\n%s", out)
		}
	})
}

// TestJobsFile loads what `make serve` loads.
func TestJobsFile(t *testing.T) {
	t.Parallel()
	file, err := os.Open(filepath.Join(folder, jobsFile))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	loaded, err := zillizsim.LoadJobsFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if len(loaded.Jobs) != 3 {
		t.Errorf("%d jobs, want 3", len(loaded.Jobs))
	}
}

// TestAliasGuide validates this provider's part of the guide: Zilliz's own is replaced
// by resources of Terraform.
func TestAliasGuide(t *testing.T) {
	t.Parallel()
	c := newCommand(t)
	if c.version < 1011 {
		t.Skip("needs Terraform 1.11")
	}
	content := read(t, filepath.Join(folder, aliasGuide, "main.tf"))
	if out, err := c.Command(t.Context(), folder, "fmt", "-check", aliasGuide).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	s := newStage(t, c, "readme")
	start, end := strings.Index(content, `resource "zilliz_import_job"`), strings.Index(content, `resource "zillizcloud_alias"`)
	ours := strings.ReplaceAll(content[start:end], "zillizcloud_collection.articles[each.key].collection_name", "each.key")
	variables := content[strings.Index(content, `variable "releases"`):strings.Index(content, `data "zillizcloud_cluster"`)]
	s.write("main.tf", variables+ours+"\nvariable \"cluster_id\" { type = string }\n")
	s.succeeds(completed, "validate")
}
