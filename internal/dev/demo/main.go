// Command demo shows the provider at work: the real terraform, the provider built from
// this checkout, and a simulator in place of Zilliz Cloud.
//
// It needs no account and listens on the loopback interface only. It writes to a
// temporary folder, which it removes at the end.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/dev/tfcli"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

const (
	clusterID = "in01-0123456789abcde"
	apiKey    = "demo-key-of-the-simulator"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := runDemo(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// demo is a sandbox in which terraform prints to the terminal.
type demo struct {
	*tfcli.Sandbox
	directory string // the working directory
}

func runDemo(ctx context.Context) (err error) {
	heading("Build the provider")
	settings := []string{"TF_VAR_cluster_id=" + clusterID, "ZILLIZ_API_KEY=" + apiKey}
	if isTerminal(os.Stdout) {
		settings = append(settings, "TF_CLI_ARGS=") // colors
	}
	sandbox, err := tfcli.NewSandbox(ctx, zillizsim.New(zillizsim.Options{APIKeys: []string{apiKey}}), settings...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sandbox.Close()) }()

	d := &demo{Sandbox: sandbox}
	if err := d.startAndWait(ctx); err != nil {
		return err
	}
	if err := d.planAfterExpiry(ctx); err != nil {
		return err
	}
	return d.failedImport(ctx)
}

func (d *demo) startAndWait(ctx context.Context) error {
	heading("1. Start an import and wait for it",
		"One apply starts an import of 10 s, waits, and then creates a dependent resource.",
		"Expect: terraform_data.search is created only after the import has completed.")
	d.Simulator.AddCluster(clusterID)
	d.Simulator.OnStart(func(zillizsim.StartRequest) zillizsim.Job {
		return zillizsim.Job{Steps: zillizsim.Milvus(10 * time.Second), Files: []zillizsim.File{{Name: "articles/1.parquet", Size: 3 << 30}}}
	})
	if err := d.open(ctx, "import"); err != nil {
		return err
	}
	return d.terraform(ctx, "apply", "-auto-approve")
}

func (d *demo) planAfterExpiry(ctx context.Context) error {
	heading("2. Plan again, after the service has deleted the record of the job",
		"Expect: no changes. The plan sends no request.")
	const jobNotFound = 90144
	d.Simulator.Refuse(clusterID, jobNotFound)
	defer d.Simulator.Refuse(clusterID, 0)
	before := len(d.Simulator.Requests())
	if err := d.terraform(ctx, "plan", "-detailed-exitcode"); err != nil {
		return err
	}
	if sent := len(d.Simulator.Requests()) - before; sent > 0 {
		return fmt.Errorf("terraform plan sent %d requests, want none", sent)
	}
	if n := len(d.Simulator.Started()); n != 1 {
		return fmt.Errorf("%d imports were started, want 1", n)
	}
	return nil
}

func (d *demo) failedImport(ctx context.Context) error {
	heading("3. Wait for an import that fails",
		"The data source waits for a job that was started elsewhere and fails after 3 s.",
		"Expect: the reason for the failure, and no dependent resource.")
	d.Simulator.AddJob(zillizsim.Job{
		ClusterID: clusterID, ID: "job-broken", CollectionName: "articles",
		Files: []zillizsim.File{{Name: "articles/3.parquet", Size: 1 << 30}},
		Steps: zillizsim.FailAt(3*time.Second, 0.4, "the field 'embedding' has dimension 512, the collection wants 768"),
	})
	if err := d.open(ctx, "progress"); err != nil {
		return err
	}
	if err := d.terraform(ctx, "apply", "-auto-approve", "-var=job_id=job-broken"); err == nil {
		return errors.New("terraform apply succeeded although the import failed")
	}
	state, err := d.CLI.Run(ctx, d.directory, "show", "-json")
	if err != nil {
		return err
	}
	if strings.Contains(state, "terraform_data") {
		return errors.New("the dependent resource was created although the import failed")
	}
	heading("Done: terraform apply failed with the error above and created nothing")
	return nil
}

// open enters a new working directory with one of the configurations of the demo.
func (d *demo) open(ctx context.Context, configuration string) (err error) {
	d.directory, err = d.DirectoryOf(ctx, os.DirFS(filepath.Join("examples", "demo", configuration)))
	return err
}

func (d *demo) terraform(ctx context.Context, arguments ...string) error {
	fmt.Printf("$ terraform %s\n", strings.Join(arguments, " "))
	c := d.CLI.Command(ctx, d.directory, arguments...)
	c.Stdout, c.Stderr = os.Stdout, os.Stderr
	if err := c.Run(); err != nil {
		return fmt.Errorf("terraform %s: %w", arguments[0], err)
	}
	return nil
}

func heading(title string, lines ...string) {
	fmt.Printf("\n=== %s\n\n", title)
	for _, line := range lines {
		fmt.Println(line)
	}
	if len(lines) > 0 {
		fmt.Println()
	}
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
