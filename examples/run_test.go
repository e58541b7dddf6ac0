package examples_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/dev/tfcli"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

const (
	cluster = "in01-0123456789abcde"
	apiKey  = "key-of-the-examples"

	// The jobs in the simulator of each run.
	completedJob = "job-0123456789" // the ID in the examples of terraform import
	runningJob   = "job-running"    // is completed after the first request
	failedJob    = "job-failed"

	failure = "dimension 512, not 768"

	importedRows = 1_500_000

	// Types in the state.
	dependent = "terraform_data"
)

// exampleRun is an example in a working directory, with its own simulator.
type exampleRun struct {
	t         *testing.T
	sandbox   *tfcli.Sandbox
	directory string
}

// newExampleRun runs terraform init for an example, which is a file or a directory. The
// mirror has the provider.
func newExampleRun(t *testing.T, mirror, example string) *exampleRun {
	t.Helper()
	sim := zillizsim.New(zillizsim.Options{APIKeys: []string{apiKey}})
	sim.OnStart(func(zillizsim.StartRequest) zillizsim.Job {
		return zillizsim.Job{Steps: zillizsim.Linear(0), TotalRows: importedRows}
	})
	addJob(sim, completedJob, zillizsim.Linear(0))
	addJob(sim, runningJob, []zillizsim.Step{{Progress: 0.8}})
	addJob(sim, failedJob, zillizsim.FailAt(0, 0.4, failure))
	// A job that completes by time could be completed before a slow machine reads it.
	completeRunningJob := http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		sim.ServeHTTP(w, request)
		if requests := sim.Requests(); requests[len(requests)-1].JobID == runningJob {
			addJob(sim, runningJob, zillizsim.Linear(0))
		}
	})
	sandbox, err := tfcli.NewSandbox(t.Context(), sim, tfcli.Options{
		Mirror:      mirror,
		Handler:     completeRunningJob,
		Environment: []string{"ZILLIZ_API_KEY=" + apiKey, "TF_VAR_cluster_id=" + cluster},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, request := range sim.Requests() {
			if agent := request.Header.Get("User-Agent"); !strings.Contains(agent, "terraform-provider-zilliz/"+tfcli.ProviderVersion) {
				t.Errorf("User-Agent = %q", agent)
			}
		}
		if err := sandbox.Close(); err != nil {
			t.Error(err)
		}
	})
	files := os.DirFS(example)
	if filepath.Ext(example) != "" {
		files = fstest.MapFS{filepath.Base(example): {Data: []byte(read(t, example))}}
	}
	// The provider built from this checkout does not match the version in an example.
	override := fstest.MapFS{"override.tf": {Data: []byte(tfcli.RequiredProviders)}}
	directory, err := sandbox.DirectoryOf(t.Context(), files, override)
	if err != nil {
		t.Fatal(err)
	}
	return &exampleRun{t: t, sandbox: sandbox, directory: directory}
}

func addJob(sim *zillizsim.Server, id string, steps []zillizsim.Step) {
	sim.AddJob(zillizsim.Job{
		ClusterID: cluster, ID: id, CollectionName: "articles",
		Files: []zillizsim.File{{Name: "earlier/1.parquet", Size: 3 << 30}}, Steps: steps,
	})
}

func read(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// write writes a file into the working directory.
func (r *exampleRun) write(name, content string) {
	r.t.Helper()
	if err := os.WriteFile(filepath.Join(r.directory, name), []byte(content), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// terraform runs terraform with the variable job_id.
func (r *exampleRun) terraform(job string, arguments ...string) (string, error) {
	c := r.sandbox.CLI.Command(r.t.Context(), r.directory, arguments...)
	c.Env = append(c.Env, "TF_VAR_job_id="+job)
	return tfcli.Output(c)
}

func (r *exampleRun) run(job string, arguments ...string) string {
	r.t.Helper()
	out, err := r.terraform(job, arguments...)
	if err != nil {
		r.t.Fatalf("job %s: %v", job, err)
	}
	return out
}

// runFails runs terraform, which must fail with a text in its output.
func (r *exampleRun) runFails(job, text string, arguments ...string) {
	r.t.Helper()
	out, err := r.terraform(job, arguments...)
	// Terraform breaks lines, and draws a line at the left of an error.
	unwrapped := strings.Join(strings.Fields(strings.ReplaceAll(out, "│", " ")), " ")
	var exit *exec.ExitError
	if !errors.As(err, &exit) || !strings.Contains(unwrapped, text) {
		r.t.Fatalf("terraform %s, job %s: %v, want a failure with %q\n%s", strings.Join(arguments, " "), job, exit, text, out)
	}
}

func (r *exampleRun) apply(job string) string {
	r.t.Helper()
	return r.run(job, "apply", "-auto-approve")
}

func (r *exampleRun) applyFails(job, text string) {
	r.t.Helper()
	r.runFails(job, text, "apply", "-auto-approve")
}

// expectInState checks whether the state has an instance of a type.
func (r *exampleRun) expectInState(resourceType string, want bool) {
	r.t.Helper()
	if got := r.instances(resourceType) != ""; got != want {
		r.t.Fatalf("%s in the state: %t, want %t", resourceType, got, want)
	}
}

// edit replaces a text in the files of the working directory.
func (r *exampleRun) edit(oldText, newText string) {
	r.t.Helper()
	names, err := filepath.Glob(filepath.Join(r.directory, "*.tf"))
	if err != nil {
		r.t.Fatal(err)
	}
	found := false
	for _, name := range names {
		content := read(r.t, name)
		found = found || strings.Contains(content, oldText)
		r.write(filepath.Base(name), strings.ReplaceAll(content, oldText, newText))
	}
	if !found {
		r.t.Fatalf("no file contains %q", oldText)
	}
}

// startJobs lets the imports that start from now on have a result and a number of rows.
func (r *exampleRun) startJobs(steps []zillizsim.Step, rows int64) {
	r.sandbox.Simulator.OnStart(func(zillizsim.StartRequest) zillizsim.Job {
		return zillizsim.Job{Steps: steps, TotalRows: rows}
	})
}

// expectStarted checks how many imports were started.
func (r *exampleRun) expectStarted(want int) {
	r.t.Helper()
	if got := len(r.sandbox.Simulator.Started()); got != want {
		r.t.Fatalf("%d imports were started, want %d", got, want)
	}
}

// expectCalls checks how many commits or aborts were requested.
func (r *exampleRun) expectCalls(call string, want int) {
	r.t.Helper()
	if got := r.sandbox.Simulator.Count(call, ""); got != want {
		r.t.Fatalf("%d calls of %s, want %d", got, call, want)
	}
}

// expectKept runs a function, which must not change the dependent resources.
func (r *exampleRun) expectKept(run func()) {
	r.t.Helper()
	before := r.instances(dependent)
	run()
	if r.instances(dependent) != before {
		r.t.Fatalf("%s has changed", dependent)
	}
}

// search returns terraform_data.search as it is in the state.
func (r *exampleRun) search() string {
	r.t.Helper()
	return r.run("", "state", "show", "terraform_data.search")
}

// expectChanged runs a function, which must change the dependent resources.
func (r *exampleRun) expectChanged(run func()) {
	r.t.Helper()
	before := r.instances(dependent)
	run()
	if r.instances(dependent) == before {
		r.t.Fatalf("%s has not changed", dependent)
	}
}

// expectNextImport checks that the next import changes the dependent resource, but only
// after it has completed.
func (r *exampleRun) expectNextImport() {
	r.t.Helper()
	r.expectKept(func() { r.applyFails(failedJob, failure) })
	r.expectChanged(func() { r.apply(completedJob) })
}

// instances returns the instances of a type in the state as JSON. It is empty without any.
func (r *exampleRun) instances(resourceType string) string {
	r.t.Helper()
	content, err := os.ReadFile(filepath.Join(r.directory, "terraform.tfstate"))
	if os.IsNotExist(err) {
		return ""
	}
	var state struct {
		Resources []struct {
			Type      string
			Instances []json.RawMessage
		}
	}
	if err == nil {
		err = json.Unmarshal(content, &state)
	}
	if err != nil {
		r.t.Fatal(err)
	}
	var instances strings.Builder
	for _, resource := range state.Resources {
		if resource.Type == resourceType {
			for _, instance := range resource.Instances {
				instances.Write(instance)
			}
		}
	}
	return instances.String()
}

// expectRequests runs terraform, checks whether it sends requests, and returns its
// output.
func (r *exampleRun) expectRequests(want bool, job string, arguments ...string) string {
	r.t.Helper()
	before := len(r.sandbox.Simulator.Requests())
	out := r.run(job, arguments...)
	if got := len(r.sandbox.Simulator.Requests()) > before; got != want {
		r.t.Fatalf("terraform %s, job %s: requests sent: %t, want %t", strings.Join(arguments, " "), job, got, want)
	}
	return out
}
