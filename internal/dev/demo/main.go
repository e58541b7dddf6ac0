// Command demo shows the provider at work: the real terraform, the provider built from
// this checkout, and a simulator in place of Zilliz Cloud.
//
// It needs no account and listens on the loopback interface only. It writes to a
// temporary directory, which it removes at the end.
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
	// directory is the working directory.
	directory string
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
	steps := []func(context.Context) error{d.importAndCommit, d.planAfterExpiry, d.missingRows, d.failedImport}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (d *demo) importAndCommit(ctx context.Context) error {
	heading("1. Start an import, check its rows, and make them visible",
		"One apply starts an import of 8 s, waits until its rows are loaded, checks their number,",
		"commits them, and then creates a dependent resource.",
		"Expect: job, staging, commit and terraform_data.search, one after the other.")
	d.Simulator.AddCluster(clusterID)
	d.imports(8*time.Second, 1_000_000)
	if err := d.open(ctx, "import"); err != nil {
		return err
	}
	return d.terraform(ctx, "apply", "-auto-approve")
}

// imports sets the duration and the number of rows of the imports to start.
func (d *demo) imports(duration time.Duration, rows int64) {
	d.Simulator.OnStart(func(zillizsim.StartRequest) zillizsim.Job {
		return zillizsim.Job{
			Steps: zillizsim.Milvus(duration), TotalRows: rows,
			Files: []zillizsim.File{{Name: "articles/1.parquet", Size: 3 << 30}},
		}
	})
}

func (d *demo) planAfterExpiry(ctx context.Context) error {
	heading("2. Plan again, after Zilliz Cloud has deleted the record of the job",
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
	return nil
}

func (d *demo) missingRows(ctx context.Context) error {
	heading("3. Import the next version of the data, which lacks rows",
		"Expect: the check fails. Nothing is committed, and terraform_data.search stays.")
	d.imports(3*time.Second, 999_000)
	if err := d.terraform(ctx, "apply", "-auto-approve", "-var=data_version=2"); err == nil {
		return errors.New("terraform apply succeeded although rows are missing")
	}
	if started, committed := len(d.Simulator.Started()), d.commits(); started != 2 || committed != 1 {
		return fmt.Errorf("%d imports were started and %d committed, want 2 and 1", started, committed)
	}
	return nil
}

// commits returns how many commits of started jobs were requested.
func (d *demo) commits() int {
	count := 0
	for _, job := range d.Simulator.Started() {
		count += d.Simulator.Count("commit", job.JobID)
	}
	return count
}

func (d *demo) failedImport(ctx context.Context) error {
	heading("4. Wait for an import that fails",
		"The data source waits for a job that was started elsewhere and fails after 3 s.",
		"Expect: the reason for the failure, and no dependent resource.")
	d.Simulator.AddJob(zillizsim.Job{
		ClusterID: clusterID, ID: "job-broken", CollectionName: "articles",
		Files: []zillizsim.File{{Name: "articles/3.parquet", Size: 1 << 30}},
		Steps: zillizsim.FailAt(3*time.Second, 0.4,
			"the field 'embedding' has dimension 512, the collection wants 768"),
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
