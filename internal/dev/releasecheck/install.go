package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/dev/tfcli"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

const (
	clusterID  = "in01-0123456789abcde"
	jobID      = "job-articles"
	collection = "articles"
	apiKey     = "key-of-the-release-check"
)

// install has the real terraform install the release from a mirror and apply each
// configuration of the demo. It returns the name and version of the CLI.
func install(ctx context.Context, folder string, r release) (_ string, err error) {
	sim := zillizsim.New(zillizsim.Options{APIKeys: []string{apiKey}})
	url, stop, err := tfcli.Serve(ctx, sim)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, stop()) }()

	mirror := filepath.Join(folder, "mirror")
	if err := pack(mirror, r); err != nil {
		return "", err
	}
	cli, err := tfcli.FromMirror(folder, mirror, "ZILLIZ_ENDPOINT="+url, "ZILLIZ_API_KEY="+apiKey,
		"TF_CLI_ARGS=-no-color", "TF_VAR_cluster_id="+clusterID, "TF_VAR_job_id="+jobID)
	if err != nil {
		return "", err
	}
	t := terraform{cli}
	if err := t.applyDemo(ctx, sim, filepath.Join(r.clones[0], "examples", "demo")); err != nil {
		return "", err
	}
	if err := checkAsked(sim); err != nil {
		return "", err
	}
	version, err := t.run(ctx, folder, "version")
	name, _, _ := strings.Cut(version, "\n")
	return name, err
}

// pack lays the archive out as a packed mirror.
func pack(mirror string, r release) error {
	archive, err := os.ReadFile(r.archive(0))
	if err != nil {
		return err
	}
	// A source without a host means another registry to OpenTofu.
	for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
		packed := filepath.Join(mirror, host, "zilliz-community", "zilliz")
		if err := os.MkdirAll(packed, 0o750); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(packed, r.name()+".zip"), archive, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// terraform is the real one.
type terraform struct{ *tfcli.CLI }

func (t terraform) run(ctx context.Context, directory string, arguments ...string) (string, error) {
	return output(t.Command(ctx, directory, arguments...))
}

func (t terraform) applyDemo(ctx context.Context, sim *zillizsim.Server, examples string) error {
	folders, err := os.ReadDir(examples)
	if err != nil {
		return err
	}
	for _, folder := range folders {
		say("Installing it with terraform init, and applying examples/demo/" + folder.Name() + ".")
		sim.AddJob(zillizsim.Job{
			ClusterID: clusterID, ID: jobID, CollectionName: collection,
			Files: []zillizsim.File{{Name: "articles/1.parquet", Size: 3 << 30}},
			Steps: zillizsim.Linear(2 * time.Second),
		})
		if err := t.apply(ctx, filepath.Join(examples, folder.Name())); err != nil {
			return err
		}
	}
	return nil
}

func (t terraform) apply(ctx context.Context, directory string) error {
	for _, arguments := range [][]string{{"init"}, {"validate"}, {"apply", "-auto-approve"}} {
		if _, err := t.run(ctx, directory, arguments...); err != nil {
			return err
		}
	}
	// The name comes from the import, by way of the resource that is gated on it.
	opened, err := t.run(ctx, directory, "output", "-raw", "search")
	if err != nil {
		return err
	}
	if !strings.Contains(opened, collection) {
		return fmt.Errorf("terraform apply in %s made %q, which does not name the collection %s", directory, opened, collection)
	}
	return nil
}

// checkAsked wants the simulator asked by the release, by its name and version.
func checkAsked(sim *zillizsim.Server) error {
	const want = project + "/" + snapshotVersion
	requests := sim.Requests()
	if len(requests) == 0 {
		return errors.New("terraform apply succeeded and the provider asked nothing")
	}
	for _, r := range requests {
		if agent := r.Header.Get("User-Agent"); !strings.Contains(agent, want) {
			return fmt.Errorf("the provider calls itself %q, without %q", agent, want)
		}
	}
	return nil
}
