package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/dev/tfcli"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

const (
	clusterID = "in01-0123456789abcde"
	apiKey    = "bench-key-of-the-simulator"

	rounds    = 5
	manyJobs  = 200
	waitTakes = 10 * time.Second
)

// workload is a configuration to apply, and how long its slowest import takes.
type workload struct {
	name, configuration string
	waits               time.Duration
}

func workloads() []workload {
	const wait = `data "zilliz_import_progress" "job" {
  count               = %d
  cluster_id          = "` + clusterID + `"
  job_id              = "job-%s"
  wait_for_completion = %t
}
`
	return []workload{
		{"no provider at all", "", 0},
		{"1 read", fmt.Sprintf(wait, 1, "0", false), 0},
		{"100 reads of different jobs", fmt.Sprintf(wait, 100, "${count.index}", false), 0},
		{"200 waits on one job", fmt.Sprintf(wait, manyJobs, "0", true), waitTakes},
		{"200 waits on different jobs", fmt.Sprintf(wait, manyJobs, "${count.index}", true), waitTakes},
	}
}

// processes applies each workload with the real terraform, and prints medians.
func processes(ctx context.Context, w io.Writer) (err error) {
	sandbox, err := tfcli.NewSandbox(ctx, zillizsim.New(zillizsim.Options{APIKeys: []string{apiKey}}), "ZILLIZ_API_KEY="+apiKey)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sandbox.Close()) }()
	fmt.Fprintf(w, "Whole processes: terraform apply, medians of %d rounds, imports of %s for the waits:\n\n", rounds, waitTakes)
	fmt.Fprintln(w, "workload\ttime\tCPU time of terraform and the provider\trequests")
	for _, load := range workloads() {
		if err := measure(ctx, w, sandbox, load); err != nil {
			return err
		}
	}
	return nil
}

func measure(ctx context.Context, w io.Writer, sandbox *tfcli.Sandbox, load workload) error {
	var times, cpu []time.Duration
	var requests int
	for range rounds {
		directory, err := sandbox.Directory(ctx, fmt.Sprintf("%s\nprovider \"zilliz\" {\n  max_requests_per_second = 1000\n}\n%s", tfcli.RequiredProviders, load.configuration))
		if err != nil {
			return err
		}
		addJobs(sandbox.Simulator, load.waits)
		before, began := len(sandbox.Simulator.Requests()), time.Now()
		command := sandbox.CLI.Command(ctx, directory, "apply", "-auto-approve", fmt.Sprintf("-parallelism=%d", manyJobs))
		if out, err := command.CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w\n%s", load.name, err, out)
		}
		times = append(times, time.Since(began))
		cpu = append(cpu, command.ProcessState.UserTime()+command.ProcessState.SystemTime())
		requests = len(sandbox.Simulator.Requests()) - before
		if err := os.RemoveAll(filepath.Clean(directory)); err != nil {
			return err
		}
	}
	fmt.Fprintf(w, "%s\t%.2f s\t%.2f s\t%d\n", load.name, median(times).Seconds(), median(cpu).Seconds(), requests)
	return nil
}

func addJobs(sim *zillizsim.Server, takes time.Duration) {
	for i := range manyJobs {
		sim.AddJob(zillizsim.Job{ClusterID: clusterID, ID: fmt.Sprint("job-", i), Steps: zillizsim.Linear(takes)})
	}
}

func median(values []time.Duration) time.Duration {
	return slices.Sorted(slices.Values(values))[len(values)/2]
}
