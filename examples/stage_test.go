package examples_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/dev/tfcli"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

const (
	root   = ".."
	folder = "."

	cluster = "in01-0123456789abcde"
	apiKey  = "key-of-the-examples"

	// The jobs that every stage has, by how they go.
	completed = "job-0123456789" // the id that the examples of terraform import name
	running   = "job-running"    // completes once it was asked about
	failed    = "job-failed"
	forgotten = "job-forgotten" // the service has no record of it
)

// What examples have in Terraform's state.
const (
	gated    = "terraform_data"
	progress = "zilliz_import_progress"
)

// command is the terraform that all examples are run with, and what it can do.
type command struct {
	*tfcli.CLI
	tofu    bool
	version int // 1011 for 1.11
}

func newCommand(t *testing.T) command {
	t.Helper()
	cli, err := tfcli.New(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	out, err := cli.Command(t.Context(), t.TempDir(), "version").Output()
	if err != nil {
		t.Fatal(err)
	}
	parts := regexp.MustCompile(`^(Terraform|OpenTofu) v(\d+)\.(\d+)\.`).FindStringSubmatch(string(out))
	if parts == nil {
		t.Fatalf("not the version of a CLI: %q", out)
	}
	major, _ := strconv.Atoi(parts[2])
	minor, _ := strconv.Atoi(parts[3])
	return command{CLI: cli, tofu: parts[1] == "OpenTofu", version: major*1000 + minor}
}

// stage is a working directory with an example in it, and a simulator for it alone.
type stage struct {
	t       *testing.T
	command command
	sim     *zillizsim.Server
	work    string
	env     []string
}

// newStage copies an example, a file or a folder, into a new working directory.
func newStage(t *testing.T, c command, example string) *stage {
	t.Helper()
	s := &stage{t: t, command: c, work: t.TempDir(), sim: zillizsim.New(zillizsim.Options{APIKeys: []string{apiKey}})}
	s.sim.OnStart(func(zillizsim.StartRequest) zillizsim.Job { return zillizsim.Job{Steps: zillizsim.Linear(0)} })
	s.addJob(completed, zillizsim.Linear(0))
	s.addJob(running, []zillizsim.Step{{Progress: 0.8}})
	s.addJob(failed, zillizsim.FailAt(0, 0.4, "dimension 512, not 768"))
	endpoint, stop, err := tfcli.Serve(t.Context(), http.HandlerFunc(s.serve))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	s.env = []string{"ZILLIZ_ENDPOINT=" + endpoint, "ZILLIZ_API_KEY=" + apiKey, "TF_VAR_cluster_id=" + cluster}
	s.copyExample(example)
	// The provider is found without the version that the examples name: it is built from here.
	s.write("override.tf", `
terraform {
  required_providers {
    zilliz = {
      source = "zilliz-community/zilliz"
    }
  }
}
`)
	s.succeeds(completed, "init")
	return s
}

func (s *stage) addJob(id string, steps []zillizsim.Step) {
	s.sim.AddJob(zillizsim.Job{
		ClusterID: cluster, ID: id, CollectionName: "articles",
		Files: []zillizsim.File{{Name: "articles/1.parquet", Size: 3 << 30}}, Steps: steps,
	})
}

// serve lets the running job complete once it was asked about. A job that completes
// after some time could do so before a slow machine asks.
func (s *stage) serve(w http.ResponseWriter, r *http.Request) {
	s.sim.ServeHTTP(w, r)
	if requests := s.sim.Requests(); requests[len(requests)-1].JobID == running {
		s.addJob(running, zillizsim.Linear(0))
	}
}

func (s *stage) copyExample(example string) {
	s.t.Helper()
	from := filepath.Join(folder, example)
	if info, err := os.Stat(from); err != nil {
		s.t.Fatal(err)
	} else if info.IsDir() {
		if err := os.CopyFS(s.work, os.DirFS(from)); err != nil {
			s.t.Fatal(err)
		}
		return
	}
	s.write(filepath.Base(example), read(s.t, from))
}

func (s *stage) write(name, content string) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.work, name), []byte(content), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func (s *stage) run(job string, arguments ...string) (string, error) {
	cmd := s.command.Command(s.t.Context(), s.work, arguments...)
	cmd.Env = slices.Concat(cmd.Env, s.env, []string{"TF_VAR_job_id=" + job, "TF_CLI_ARGS=-no-color"})
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// succeeds runs a command with the variable job_id, and returns what it printed.
func (s *stage) succeeds(job string, arguments ...string) string {
	s.t.Helper()
	out, err := s.run(job, arguments...)
	if err != nil {
		s.t.Fatalf("terraform %s, job %s: %v\n%s", strings.Join(arguments, " "), job, err, out)
	}
	return out
}

// fails runs a command that has to fail with a text on the screen.
func (s *stage) fails(job, text string, arguments ...string) {
	s.t.Helper()
	out, err := s.run(job, arguments...)
	var exit *exec.ExitError
	if !errors.As(err, &exit) || !strings.Contains(unwrapped(out), text) {
		s.t.Fatalf("terraform %s, job %s: %v, want a failure that says %q\n%s", strings.Join(arguments, " "), job, err, text, out)
	}
}

// unwrapped undoes Terraform's line breaks.
func unwrapped(out string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(out, "│", " ")), " ")
}

func (s *stage) applies(job string) string {
	s.t.Helper()
	return s.succeeds(job, "apply", "-auto-approve")
}

func (s *stage) refuses(job, text string) {
	s.t.Helper()
	s.fails(job, text, "apply", "-auto-approve")
}

// has fails the test if something of a type is in Terraform's state, or is not,
// against what is wanted.
func (s *stage) has(resourceType string, want bool) {
	s.t.Helper()
	var state struct {
		Resources []struct {
			Type      string
			Instances []any
		}
	}
	content, err := os.ReadFile(filepath.Join(s.work, "terraform.tfstate"))
	if err == nil {
		err = json.Unmarshal(content, &state)
	}
	if err != nil && !os.IsNotExist(err) {
		s.t.Fatal(err)
	}
	has := false
	for _, r := range state.Resources {
		has = has || r.Type == resourceType && len(r.Instances) > 0
	}
	if has != want {
		s.t.Fatalf("the state has %s: %t, want %t", resourceType, has, want)
	}
}

// asks fails the test if a step sends requests, or none, against what is wanted.
func (s *stage) asks(want bool, step func()) {
	s.t.Helper()
	before := len(s.sim.Requests())
	step()
	if asked := len(s.sim.Requests()) > before; asked != want {
		s.t.Fatalf("requests were sent: %t, want %t", asked, want)
	}
}
