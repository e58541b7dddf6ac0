package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/dev/tfcli"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// stage is all that the demo needs: the simulator, terraform with the provider, and
// a working directory.
type stage struct {
	sim    *zillizsim.Server
	cli    *tfcli.CLI
	folder string
	work   string
	stop   func() error
}

func newStage(ctx context.Context) (_ *stage, err error) {
	folder, err := os.MkdirTemp("", "zilliz-demo-")
	if err != nil {
		return nil, err
	}
	s := &stage{folder: folder, sim: zillizsim.New(zillizsim.Options{APIKeys: []string{apiKey}})}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	var endpoint string
	if endpoint, s.stop, err = tfcli.Serve(ctx, s.sim); err != nil {
		return nil, err
	}
	settings := []string{"TF_VAR_cluster_id=" + clusterID, "ZILLIZ_ENDPOINT=" + endpoint, "ZILLIZ_API_KEY=" + apiKey}
	if !isTerminal(os.Stdout) {
		settings = append(settings, "TF_CLI_ARGS=-no-color")
	}
	say("Building the provider.")
	s.cli, err = tfcli.New(ctx, folder, settings...)
	return s, err
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// open makes a new working directory with one of the demo's configurations.
func (s *stage) open(ctx context.Context, configuration string) (err error) {
	if s.work, err = os.MkdirTemp(s.folder, configuration+"-"); err != nil {
		return err
	}
	if err := os.CopyFS(s.work, os.DirFS(filepath.Join("examples", "demo", configuration))); err != nil {
		return err
	}
	if out, err := s.cli.Command(ctx, s.work, "init").CombinedOutput(); err != nil {
		return fmt.Errorf("terraform init: %w\n%s", err, out)
	}
	return nil
}

// terraform runs a command for the viewer to see.
func (s *stage) terraform(ctx context.Context, arguments ...string) error {
	fmt.Printf("$ terraform %s\n", strings.Join(arguments, " "))
	c := s.cli.Command(ctx, s.work, arguments...)
	c.Stdout, c.Stderr = os.Stdout, os.Stderr
	if err := c.Run(); err != nil {
		return fmt.Errorf("terraform %s: %w", arguments[0], err)
	}
	return nil
}

// made tells whether the state has a resource of a type.
func (s *stage) made(ctx context.Context, resourceType string) (bool, error) {
	state, err := s.cli.Command(ctx, s.work, "show", "-json").Output()
	return strings.Contains(string(state), resourceType), err
}

func (s *stage) close() error {
	var err error
	if s.stop != nil {
		err = s.stop()
	}
	return errors.Join(err, os.RemoveAll(s.folder))
}
