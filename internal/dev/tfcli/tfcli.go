// Package tfcli runs the real terraform with the provider built from this checkout,
// for the demo, the benchmark and those tests that need a whole process.
//
// It keeps all that it makes in a folder of the caller's, reads none of the user's
// own settings of terraform or of the provider, and never reaches the network: the
// provider comes from a mirror in that folder, and servers listen on 127.0.0.1.
package tfcli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

const (
	module = "github.com/zilliz-community/terraform-provider-zilliz"

	// providerVersion is what terraform init finds in the mirror.
	providerVersion = "0.0.1"
)

// CLI is a terraform with a CLI configuration of its own.
type CLI struct {
	mirror      string
	environment []string
}

// New builds the provider and sets up a terraform that finds it. All files go
// below folder. The environment is as for [FromMirror].
func New(ctx context.Context, folder string, environment ...string) (*CLI, error) {
	c, err := FromMirror(folder, filepath.Join(folder, "mirror"), environment...)
	if err != nil {
		return nil, err
	}
	return c, c.buildProvider(ctx)
}

// FromMirror sets up a terraform that finds providers in a mirror and nowhere else.
// Its configuration goes into folder. The environment is the caller's, less all
// settings of terraform and of the provider, plus those given as "NAME=value".
func FromMirror(folder, mirror string, environment ...string) (*CLI, error) {
	file := filepath.Join(folder, "cli.tfrc")
	content := fmt.Sprintf("disable_checkpoint = true\nprovider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", filepath.ToSlash(mirror))
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		return nil, err
	}
	settings := append(withoutSettings(os.Environ()), "TF_CLI_CONFIG_FILE="+file, "TF_IN_AUTOMATION=1", "TF_INPUT=0")
	return &CLI{mirror: mirror, environment: append(settings, environment...)}, nil
}

// Provider is the path of the built provider.
func (c *CLI) Provider() string { return c.binary("registry.terraform.io") }

func (c *CLI) binary(host string) string {
	name := filepath.Join(c.mirror, host, "zilliz-community", "zilliz", providerVersion,
		runtime.GOOS+"_"+runtime.GOARCH, "terraform-provider-zilliz_v"+providerVersion)
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return name
}

// buildProvider lays the provider out as a mirror, under the registry of Terraform
// and that of OpenTofu, which takes its own for the one that a source without a host means.
func (c *CLI) buildProvider(ctx context.Context) error {
	build := exec.CommandContext(ctx, "go", "build", "-o", c.Provider(), "-ldflags=-s -w -X main.version="+providerVersion, module) //nolint:gosec // the arguments are the project's own
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("building the provider: %w\n%s", err, out)
	}
	twin := c.binary("registry.opentofu.org")
	if err := os.MkdirAll(filepath.Dir(twin), 0o750); err != nil {
		return err
	}
	return os.Link(c.Provider(), twin)
}

// withoutSettings drops the user's own settings of terraform and of the provider.
func withoutSettings(environment []string) []string {
	var kept []string
	for _, variable := range environment {
		if !strings.HasPrefix(variable, "TF_") && !strings.HasPrefix(variable, "ZILLIZ") {
			kept = append(kept, variable)
		}
	}
	return kept
}

// Command returns a terraform command that runs in a directory. When the context is
// cancelled, terraform gets an interrupt, so that it can end in order.
func (c *CLI) Command(ctx context.Context, directory string, arguments ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, Terraform(), arguments...) //nolint:gosec // the arguments are the project's own
	cmd.Dir = directory
	cmd.Env = c.environment
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	return cmd
}

// Terraform is the CLI to run: TF_ACC_TERRAFORM_PATH, which the plugin test
// framework reads too, or the terraform on the PATH.
func Terraform() string {
	if path := os.Getenv("TF_ACC_TERRAFORM_PATH"); path != "" {
		return path
	}
	return "terraform"
}

// Serve serves a handler on a free port of the loopback interface until stop is
// called, and returns its URL.
func Serve(ctx context.Context, h http.Handler) (url string, stop func() error, err error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	stop = func() error {
		err := server.Close()
		if serveErr := <-ended; !errors.Is(serveErr, http.ErrServerClosed) {
			err = errors.Join(err, serveErr)
		}
		return err
	}
	return "http://" + listener.Addr().String(), stop, nil
}
