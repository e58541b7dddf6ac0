//go:build unix

package examples_test

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/dev/tfcli"
)

// TestFailedImportScript runs the script of the guide "Test your module": with the module of
// the guide, and with one that refers to the job in place of the gate.
func TestFailedImportScript(t *testing.T) {
	t.Parallel()
	if version, _ := cliVersion(t); version < 1004 {
		t.Skip("needs Terraform 1.4")
	}
	mirror := t.TempDir()
	if err := tfcli.BuildProvider(t.Context(), mirror); err != nil {
		t.Fatal(err)
	}
	simulator := filepath.Join(t.TempDir(), "simulator")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", simulator, "../internal/dev/simulator").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	r := newExampleRun(t, mirror, "guides/test-your-module")
	if out, err := runFailedImportScript(t, r, simulator); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	module := read(t, filepath.Join(r.directory, "main.tf"))
	r.write("main.tf", strings.Replace(module, "zilliz_import_completion.articles.id", "zilliz_import_job.articles.id", 1))
	if out, err := runFailedImportScript(t, r, simulator); err == nil || !strings.Contains(out, "terraform_data.search has changed, although the import failed") {
		t.Errorf("without a gate: %v\n%s", err, out)
	}
}

func runFailedImportScript(t *testing.T, r *exampleRun, simulator string) (string, error) {
	t.Helper()
	c := r.sandbox.CLI.Command(t.Context(), r.directory)
	script := exec.CommandContext(t.Context(), "bash", "failed-import.sh")
	script.Dir = r.directory
	script.Env = append(c.Env, "SIMULATOR="+simulator, "SIMULATOR_ADDRESS="+freeAddress(t), "PATH="+commands(t)+":"+os.Getenv("PATH"))
	out, err := script.CombinedOutput()
	return string(out), err
}

// commands returns a directory in which the command terraform is the CLI under test.
func commands(t *testing.T) string {
	t.Helper()
	cli, err := exec.LookPath(tfcli.Terraform())
	if err != nil {
		t.Fatal(err)
	}
	directory := t.TempDir()
	if err := os.Symlink(cli, filepath.Join(directory, "terraform")); err != nil {
		t.Fatal(err)
	}
	return directory
}

// freeAddress returns a loopback address that nothing listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}
