package tfcli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// RequiredProviders is the terraform block of a configuration that uses the provider.
const RequiredProviders = `terraform {
  required_providers {
    zilliz = { source = "zilliz-community/zilliz" }
  }
}
`

// Sandbox is a simulator, a terraform with the built provider, and a folder for
// everything that they write.
type Sandbox struct {
	Simulator *zillizsim.Server
	CLI       *CLI
	// URL is where the simulator listens.
	URL string

	folder string
	stop   func() error
}

// NewSandbox builds the provider and serves the simulator on the loopback interface.
// ZILLIZ_ENDPOINT is set; the environment is as for [FromMirror]. The caller must
// close the sandbox.
func NewSandbox(ctx context.Context, sim *zillizsim.Server, environment ...string) (_ *Sandbox, err error) {
	return NewSandboxWith(ctx, sim, sim, environment...)
}

// NewSandboxWith is [NewSandbox] with a handler in front of the simulator.
func NewSandboxWith(ctx context.Context, sim *zillizsim.Server, handler http.Handler, environment ...string) (_ *Sandbox, err error) {
	folder, err := os.MkdirTemp("", "zilliz-")
	if err != nil {
		return nil, err
	}
	s := &Sandbox{Simulator: sim, folder: folder}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if s.URL, s.stop, err = Serve(ctx, handler); err != nil {
		return nil, err
	}
	s.CLI, err = New(ctx, folder, append([]string{"ZILLIZ_ENDPOINT=" + s.URL}, environment...)...)
	return s, err
}

// Directory returns a new working directory with a configuration, after init.
func (s *Sandbox) Directory(ctx context.Context, configuration string) (string, error) {
	directory, err := os.MkdirTemp(s.folder, "work-")
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(directory, "main.tf"), []byte(configuration), 0o600); err != nil {
		return "", err
	}
	return directory, s.init(ctx, directory)
}

// DirectoryOf returns a new working directory with a copy of files, after init.
func (s *Sandbox) DirectoryOf(ctx context.Context, files fs.FS) (string, error) {
	directory, err := os.MkdirTemp(s.folder, "work-")
	if err != nil {
		return "", err
	}
	if err := os.CopyFS(directory, files); err != nil {
		return "", err
	}
	return directory, s.init(ctx, directory)
}

func (s *Sandbox) init(ctx context.Context, directory string) error {
	if out, err := s.CLI.Command(ctx, directory, "init").CombinedOutput(); err != nil {
		return fmt.Errorf("terraform init: %w\n%s", err, out)
	}
	return nil
}

// Close stops the simulator and removes the folder.
func (s *Sandbox) Close() error {
	var err error
	if s.stop != nil {
		err = s.stop()
	}
	return errors.Join(err, os.RemoveAll(s.folder))
}
