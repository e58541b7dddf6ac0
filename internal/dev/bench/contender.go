package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/dev/tfcli"
)

const (
	module = "github.com/zilliz-community/terraform-provider-zilliz"

	// The versions of the providers in the mirror: as they are released, and behind
	// the shim that tells of their memory.
	plainVersion = "1.0.0"
	shimVersion  = "1.0.1"
)

// contender is a provider that is measured.
type contender struct {
	name string
	// source is its Go package.
	source string
	// binary is the provider, built as for a release.
	binary string
	// configuration is a provider block and the head of a data source block.
	configuration string
}

// contenders builds the provider and the empty one and puts both into terraform's
// mirror, each as it is and behind the shim.
func contenders(ctx context.Context, cli *tfcli.CLI, folder string) ([]contender, error) {
	all := []contender{
		{name: "zilliz", source: module, configuration: `
			provider "zilliz" {
				max_requests_per_second = 1000 # so that it is not the limit that is measured
			}
			data "zilliz_import_progress" "read" {
				cluster_id = "` + clusterID + `"`},
		{name: "empty", source: module + "/internal/dev/bench/empty", configuration: `
			provider "empty" {}
			data "empty_read" "read" {`},
	}
	mirror := filepath.Join(filepath.Dir(cli.Provider()), "..", "..", "..")
	shim, err := buildShim(ctx, folder)
	if err != nil {
		return nil, err
	}
	for i := range all {
		all[i].binary = filepath.Join(folder, all[i].name+exe())
		if err := build(ctx, all[i].source, all[i].binary); err != nil {
			return nil, err
		}
		if err := install(mirror, all[i].name, plainVersion, all[i].binary); err != nil {
			return nil, err
		}
		if shim == "" {
			continue
		}
		if err := install(mirror, all[i].name, shimVersion, shim); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// buildShim returns nothing where memory can't be measured.
func buildShim(ctx context.Context, folder string) (string, error) {
	if runtime.GOOS != "linux" {
		return "", nil
	}
	shim := filepath.Join(folder, "shim")
	return shim, build(ctx, module+"/internal/dev/bench/shim", shim)
}

// build builds as for a release.
func build(ctx context.Context, pkg, binary string) error {
	c := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", binary, pkg) //nolint:gosec // the arguments are the project's own
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("building %s: %w\n%s", pkg, err, out)
	}
	return nil
}

// install puts a binary into the mirror, under a name and a version.
func install(mirror, name, version, binary string) error {
	target := filepath.Join(mirror, name, version, runtime.GOOS+"_"+runtime.GOARCH, "terraform-provider-"+name+"_v"+version+exe())
	if err := os.MkdirAll(filepath.Dir(target), 0o750); err != nil {
		return err
	}
	return os.Link(binary, target)
}

func exe() string {
	if runtime.GOOS == "windows" {
		return ".exe"
	}
	return ""
}
