package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/dev/tfcli"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

const (
	rounds     = 5
	jobs       = 200
	importTime = 10 * time.Second
	clusterID  = "in01-0123456789abcde"
	apiKey     = "bench-key-of-the-simulator"
)

const configuration = tfcli.RequiredProviders + `
provider "zilliz" {
  max_requests_per_second = 1000
}

data "zilliz_import_progress" "job" {
  count               = %d
  cluster_id          = "` + clusterID + `"
  job_id              = "job-%s"
  wait_for_completion = %t
}
`

// printApplies measures terraform apply with reads and with waits.
func printApplies(ctx context.Context, w io.Writer) (err error) {
	sandbox, err := tfcli.NewSandbox(ctx, zillizsim.New(zillizsim.Options{APIKeys: []string{apiKey}}), "ZILLIZ_API_KEY="+apiKey)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sandbox.Close()) }()
	fmt.Fprintf(w, "terraform apply, medians of %d runs, imports of %s:\n\n\ttime\tCPU time\trequests\n", rounds, label(importTime))
	for _, load := range []struct {
		name  string
		count int
		job   string
		wait  bool
	}{
		{"no read", 0, "0", false},
		{"1 read", 1, "0", false},
		{"100 reads of different jobs", 100, "${count.index}", false},
		{"200 waits on one job", jobs, "0", true},
		{"200 waits on different jobs", jobs, "${count.index}", true},
	} {
		result, err := measure(ctx, sandbox, fmt.Sprintf(configuration, load.count, load.job, load.wait))
		if err != nil {
			return fmt.Errorf("%s: %w", load.name, err)
		}
		fmt.Fprintf(w, "%s\t%s\n", load.name, result)
	}
	return nil
}

// measure applies a configuration and returns the medians as the cells of a row.
func measure(ctx context.Context, sandbox *tfcli.Sandbox, configuration string) (string, error) {
	directory, err := sandbox.Directory(ctx, configuration)
	if err != nil {
		return "", err
	}
	var elapsed, cpu []time.Duration
	var requests []int
	for range rounds {
		for i := range jobs {
			sandbox.Simulator.AddJob(zillizsim.Job{ClusterID: clusterID, ID: fmt.Sprint("job-", i), Steps: zillizsim.Linear(importTime)})
		}
		before, began := len(sandbox.Simulator.Requests()), time.Now()
		command := sandbox.CLI.Command(ctx, directory, "apply", "-auto-approve", fmt.Sprint("-parallelism=", jobs))
		if out, err := command.CombinedOutput(); err != nil {
			return "", fmt.Errorf("%w\n%s", err, out)
		}
		elapsed = append(elapsed, time.Since(began))
		cpu = append(cpu, command.ProcessState.UserTime()+command.ProcessState.SystemTime())
		requests = append(requests, len(sandbox.Simulator.Requests())-before)
	}
	return fmt.Sprintf("%.2f s\t%.2f s\t%d", median(elapsed).Seconds(), median(cpu).Seconds(), median(requests)), nil
}

func median[T cmp.Ordered](values []T) T {
	return slices.Sorted(slices.Values(values))[len(values)/2]
}
