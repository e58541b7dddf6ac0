package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/dev/tfcli"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// demo runs terraform for the viewer to see.
type demo struct {
	sandbox *tfcli.Sandbox
	// directory is the working directory of the current configuration.
	directory string
}

func newDemo(ctx context.Context) (*demo, error) {
	settings := []string{"TF_VAR_cluster_id=" + clusterID, "ZILLIZ_API_KEY=" + apiKey}
	if !isTerminal(os.Stdout) {
		settings = append(settings, "TF_CLI_ARGS=-no-color")
	}
	sandbox, err := tfcli.NewSandbox(ctx, zillizsim.New(zillizsim.Options{APIKeys: []string{apiKey}}), settings...)
	return &demo{sandbox: sandbox}, err
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// open enters a new working directory with one of the demo's configurations.
func (d *demo) open(ctx context.Context, configuration string) (err error) {
	d.directory, err = d.sandbox.DirectoryOf(ctx, os.DirFS(filepath.Join("examples", "demo", configuration)))
	return err
}

func (d *demo) terraform(ctx context.Context, arguments ...string) error {
	fmt.Printf("$ terraform %s\n", strings.Join(arguments, " "))
	c := d.sandbox.CLI.Command(ctx, d.directory, arguments...)
	c.Stdout, c.Stderr = os.Stdout, os.Stderr
	if err := c.Run(); err != nil {
		return fmt.Errorf("terraform %s: %w", arguments[0], err)
	}
	return nil
}

// created reports whether the state has a resource of a type.
func (d *demo) created(ctx context.Context, resourceType string) (bool, error) {
	state, err := d.sandbox.CLI.Command(ctx, d.directory, "show", "-json").Output()
	return strings.Contains(string(state), resourceType), err
}
