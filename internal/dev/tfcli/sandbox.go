package tfcli

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing/fstest"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// RequiredProviders is the terraform block of a configuration that uses the provider.
const RequiredProviders = `terraform {
  required_providers {
    zilliz = { source = "zilliz-community/zilliz" }
  }
}
`

// Sandbox is a terraform with the provider and a simulator.
type Sandbox struct {
	CLI       *CLI
	Simulator *zillizsim.Server
	// URL is that of the simulator.
	URL string
	// Root is a temporary directory, which has all files that they write.
	Root string

	server *httptest.Server
}

// Options configure a [Sandbox].
type Options struct {
	// Mirror is a directory from which terraform init installs the provider. If empty,
	// the sandbox builds the provider from this checkout.
	Mirror string
	// Handler handles the requests of the provider, usually as a wrapper of the
	// simulator. If nil, the simulator handles them.
	Handler http.Handler
	// Environment are variables for terraform, each in the form "NAME=value".
	Environment []string
}

// NewSandbox returns a sandbox in which ZILLIZ_ENDPOINT is the URL of the simulator.
// The caller must close it.
func NewSandbox(ctx context.Context, sim *zillizsim.Server, o Options) (_ *Sandbox, err error) {
	root, err := os.MkdirTemp("", "zilliz-")
	if err != nil {
		return nil, err
	}
	if o.Handler == nil {
		o.Handler = sim
	}
	server := httptest.NewServer(o.Handler)
	s := &Sandbox{Simulator: sim, URL: server.URL, Root: root, server: server}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if o.Mirror == "" {
		o.Mirror = filepath.Join(root, "mirror")
		if err := BuildProvider(ctx, o.Mirror); err != nil {
			return nil, err
		}
	}
	s.CLI, err = newCLI(root, o.Mirror, append([]string{"ZILLIZ_ENDPOINT=" + s.URL}, o.Environment...))
	return s, err
}

// Directory returns a new working directory with a configuration, after terraform init.
func (s *Sandbox) Directory(ctx context.Context, configuration string) (string, error) {
	return s.DirectoryOf(ctx, fstest.MapFS{"main.tf": {Data: []byte(configuration)}})
}

// DirectoryOf returns a new working directory with copies of files, after terraform init.
func (s *Sandbox) DirectoryOf(ctx context.Context, files ...fs.FS) (string, error) {
	directory, err := os.MkdirTemp(s.Root, "work-")
	if err != nil {
		return "", err
	}
	for _, f := range files {
		if err := os.CopyFS(directory, f); err != nil {
			return "", err
		}
	}
	_, err = s.CLI.Run(ctx, directory, "init")
	return directory, err
}

// Close stops the simulator and removes all files.
func (s *Sandbox) Close() error {
	s.server.Close()
	return os.RemoveAll(s.Root)
}
