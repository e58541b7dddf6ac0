// Package tfcli runs the real terraform with the provider built from this checkout and a
// simulator of Zilliz Cloud, for the demo and for tests that need whole processes.
//
// It ignores the user's settings of terraform and of the provider. Terraform never
// reaches the network: it installs the provider from a directory, and the simulator
// listens on the loopback interface.
package tfcli

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// The default registries of the CLIs: that of a provider whose source names none.
const (
	TerraformRegistry = "registry.terraform.io"
	OpenTofuRegistry  = "registry.opentofu.org"
)

// ProviderVersion is the version of a provider built from this checkout, as of the
// snapshots in .goreleaser.yml.
const ProviderVersion = "0.0.1"

const module = "github.com/zilliz-community/terraform-provider-zilliz"

// CLI is a terraform with its own CLI configuration and environment.
type CLI struct {
	environment []string
}

// newCLI returns a CLI that installs providers only from a mirror, which is a directory.
// It writes its configuration to another directory. The variables in environment override
// all others.
func newCLI(directory, mirror string, environment []string) (*CLI, error) {
	file := filepath.Join(directory, "cli.tfrc")
	const form = "disable_checkpoint = true\nprovider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n"
	content := fmt.Sprintf(form, filepath.ToSlash(mirror))
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		return nil, err
	}
	settings := []string{"TF_CLI_CONFIG_FILE=" + file, "TF_IN_AUTOMATION=1", "TF_INPUT=0", "TF_CLI_ARGS=-no-color"}
	return &CLI{environment: slices.Concat(inheritedEnvironment(), settings, environment)}, nil
}

// inheritedEnvironment returns the environment without settings of terraform and of the
// provider.
func inheritedEnvironment() []string {
	return slices.DeleteFunc(os.Environ(), func(variable string) bool {
		return strings.HasPrefix(variable, "TF_") || strings.HasPrefix(variable, "ZILLIZ")
	})
}

// Command returns a command that runs terraform in a directory.
func (c *CLI) Command(ctx context.Context, directory string, arguments ...string) *exec.Cmd {
	command := Command(ctx, directory, Terraform(), arguments...)
	command.Env = slices.Clone(c.environment)
	return command
}

// Run runs terraform in a directory and returns its output, like [Output].
func (c *CLI) Run(ctx context.Context, directory string, arguments ...string) (string, error) {
	return Output(c.Command(ctx, directory, arguments...))
}

// Command returns a command that is interrupted if ctx ends, so that it can end the
// processes that it has started.
func Command(ctx context.Context, directory, name string, arguments ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, name, arguments...) //nolint:gosec // the arguments come from this project
	c.Dir = directory
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	c.WaitDelay = 10 * time.Second
	return c
}

// Output runs a command and returns its standard output and standard error. An error
// contains them too.
func Output(c *exec.Cmd) (string, error) {
	out, err := c.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%s: %w\n%s", strings.Join(c.Args, " "), err, out)
	}
	return string(out), err
}

// Terraform returns the CLI to run: TF_ACC_TERRAFORM_PATH, which the plugin testing
// framework uses too, or the terraform on the PATH.
func Terraform() string {
	if path := os.Getenv("TF_ACC_TERRAFORM_PATH"); path != "" {
		return path
	}
	return "terraform"
}

// Version returns the version of the CLI, such as 1011 for 1.11, and reports whether it
// is OpenTofu.
func Version(ctx context.Context) (version int, tofu bool, err error) {
	c := Command(ctx, "", Terraform(), "version")
	c.Env = inheritedEnvironment()
	out, err := Output(c)
	if err != nil {
		return 0, false, err
	}
	var name string
	var major, minor int
	if _, err := fmt.Sscanf(out, "%s v%d.%d.", &name, &major, &minor); err != nil {
		return 0, false, fmt.Errorf("output of %s: %w\n%s", strings.Join(c.Args, " "), err, out)
	}
	return major*1000 + minor, name == "OpenTofu", nil
}

// BuildProvider builds the provider from this checkout into a mirror: a directory from
// which terraform init can install it.
func BuildProvider(ctx context.Context, mirror string) error {
	suffix := ""
	if runtime.GOOS == "windows" {
		suffix = ".exe"
	}
	path := func(registry string) string {
		return filepath.Join(mirror, registry, "zilliz-community", "zilliz", ProviderVersion,
			runtime.GOOS+"_"+runtime.GOARCH, "terraform-provider-zilliz_v"+ProviderVersion+suffix)
	}
	binary, link := path(TerraformRegistry), path(OpenTofuRegistry)
	flags := "-ldflags=-s -w -X main.version=" + ProviderVersion
	if _, err := Output(Command(ctx, "", "go", "build", "-o", binary, flags, module)); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(link), 0o750); err != nil {
		return err
	}
	return os.Link(binary, link)
}
