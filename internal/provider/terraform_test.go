package provider

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/dev/tfcli"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// builtProvider builds the provider on the first call. It returns the mirror from which
// terraform installs it.
var builtProvider func() (mirror string, err error)

// runTests runs the tests with [builtProvider], and then removes the mirror.
func runTests(m *testing.M) int {
	mirror, err := os.MkdirTemp("", "zilliz-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(mirror) }()
	builtProvider = sync.OnceValues(func() (string, error) {
		return mirror, tfcli.BuildProvider(context.Background(), mirror)
	})
	return m.Run()
}

// terraformRun runs the real terraform in a folder with a configuration. The provider
// sends its requests to a simulator.
type terraformRun struct {
	t         *testing.T
	directory string       // with the configuration
	output    bytes.Buffer // of all commands

	sandbox *tfcli.Sandbox
	mu      sync.Mutex
	exposed []string // command lines that contain the API key
}

func newTerraformRun(t *testing.T, sim *zillizsim.Server, configuration string, environment ...string) *terraformRun {
	t.Helper()
	r := &terraformRun{t: t}
	mirror, err := builtProvider()
	if err != nil {
		t.Fatal(err)
	}
	r.mu.Lock() // inspectProcesses reads the sandbox
	r.sandbox, err = tfcli.NewSandbox(t.Context(), sim, tfcli.Options{
		Mirror:      mirror,
		Handler:     r.inspecting(sim),
		Environment: append([]string{"ZILLIZ_API_KEY=" + testKey}, environment...),
	})
	r.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.sandbox.Close(); err != nil {
			t.Error(err)
		}
	})
	if r.directory, err = r.sandbox.Directory(t.Context(), tfcli.RequiredProviders+configuration); err != nil {
		t.Fatal(err)
	}
	return r
}

// requireCLI skips a test if the CLI is older than a version, such as 1011 for 1.11.
func requireCLI(t *testing.T, since int) {
	t.Helper()
	if version, _, err := tfcli.Version(t.Context()); err != nil {
		t.Fatal(err)
	} else if version < since {
		t.Skipf("requires version %d.%d of the CLI", since/1000, since%1000)
	}
}

// configured returns the run after its configuration was replaced.
func (r *terraformRun) configured(configuration string) *terraformRun {
	r.t.Helper()
	content := []byte(tfcli.RequiredProviders + configuration)
	if err := os.WriteFile(filepath.Join(r.directory, "main.tf"), content, 0o600); err != nil {
		r.t.Fatal(err)
	}
	return r
}

// succeed runs terraform, returns its output, and fails the test if terraform fails.
func (r *terraformRun) succeed(arguments ...string) string {
	r.t.Helper()
	out, err := r.sandbox.CLI.Run(r.t.Context(), r.directory, arguments...)
	r.output.WriteString(out)
	if err != nil {
		r.t.Fatal(err)
	}
	return out
}

// fail runs terraform, returns its output, and fails the test if terraform succeeds.
func (r *terraformRun) fail(arguments ...string) string {
	r.t.Helper()
	out, err := r.sandbox.CLI.Run(r.t.Context(), r.directory, arguments...)
	r.output.WriteString(out)
	if err == nil {
		r.t.Fatalf("terraform %s succeeded\n%s", strings.Join(arguments, " "), out)
	}
	return out
}

// inspecting returns a handler that inspects the running processes at each request.
func (r *terraformRun) inspecting(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		r.inspectProcesses(strings.TrimPrefix(request.Header.Get("Authorization"), "Bearer "))
		next.ServeHTTP(w, request)
	})
}

// inspectProcesses reads the command lines of all processes, on systems that have them in
// /proc.
func (r *terraformRun) inspectProcesses(key string) {
	processes, _ := filepath.Glob("/proc/[0-9]*")
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, process := range processes {
		commandLine, err := os.ReadFile(filepath.Join(process, "cmdline"))
		if err == nil && bytes.Contains(commandLine, []byte(key)) { // an error: the process has ended
			r.exposed = append(r.exposed, string(commandLine))
		}
	}
}
