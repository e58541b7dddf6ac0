package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/dev/bench/tables"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/dev/tfcli"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

const (
	clusterID = "in01-0123456789abcde"
	apiKey    = "bench-key-of-the-simulator"

	manyReads = 100
	// How often each is measured, in turns. Medians count.
	planRounds, memoryRounds, startRounds = 11, 3, 41
)

// processes measures whole processes, each beside the empty provider's.
func processes(ctx context.Context, folder string) (err error) {
	fmt.Println("Building the providers, and planning with both in turns, which takes a minute.")
	sim := zillizsim.New(zillizsim.Options{APIKeys: []string{apiKey}})
	for i := range manyReads {
		sim.AddJob(zillizsim.Job{
			ClusterID: clusterID, ID: fmt.Sprint("job-", i), CollectionName: "articles",
			Files: []zillizsim.File{{Name: "folder/1/", Size: 26571700}},
			Steps: zillizsim.Linear(time.Hour),
		})
	}
	endpoint, stop, err := tfcli.Serve(ctx, sim)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	cli, err := tfcli.New(ctx, folder, "ZILLIZ_ENDPOINT="+endpoint, "ZILLIZ_API_KEY="+apiKey)
	if err != nil {
		return err
	}
	both, err := contenders(ctx, cli, folder)
	if err != nil {
		return err
	}
	stage := stage{cli: cli, sim: sim, folder: folder}
	rows, err := stage.measure(ctx, both)
	if err != nil {
		return err
	}
	more, err := binaries(ctx, both, folder)
	if err != nil {
		return err
	}
	rows = append([][]string{{"", "zilliz", "empty", "ratio"}}, append(rows, more...)...)
	fmt.Printf("\nWhole processes, beside a provider with one data source that returns at once, on the same framework.\n"+
		"Medians, in turns: %d plans, %d for memory, %d starts. Limit of requests: 1000 a second.\n\n%s\n",
		planRounds, memoryRounds, startRounds, tables.Text(rows))
	if runtime.GOOS != "linux" {
		fmt.Print("Memory is measured on Linux only.\n\n")
	}
	return stage.defaultLimit(ctx, both[0])
}

// stage is where terraform plans.
type stage struct {
	cli    *tfcli.CLI
	sim    *zillizsim.Server
	folder string
}

// workload is a number of reads in one configuration.
type workload struct {
	name  string
	reads int
	// jobID is an expression of Terraform.
	jobID string
}

func workloads() []workload {
	return []workload{
		{"1 read", 1, `"job-0"`},
		{"100 reads of different jobs", manyReads, `"job-${count.index}"`},
		{"100 reads of one job", manyReads, `"job-0"`},
	}
}

// measure returns lines of a table about terraform plan, for all workloads.
func (s stage) measure(ctx context.Context, both []contender) ([][]string, error) {
	var rows [][]string
	for _, w := range workloads() {
		plans, err := s.plans(ctx, both, w)
		if err != nil {
			return nil, err
		}
		peaks, err := s.peaks(ctx, both, w)
		if err != nil {
			return nil, err
		}
		rows = append(rows,
			compared("terraform plan, "+w.name+": time", plans.times, "%.2f s", 1),
			compared("  CPU time of terraform and the provider", plans.processor, "%.2f s", 1),
			compared("  peak memory of the provider", peaks, "%.1f MiB", 1024),
			[]string{"  requests", fmt.Sprint(plans.requests), "-", "-"},
		)
	}
	return rows, nil
}

// compared is a line of a table: the medians of both contenders, in units of unit,
// and their ratio.
func compared(name string, measured [][]float64, format string, unit float64) []string {
	if len(measured[0]) == 0 {
		return []string{name, "-", "-", "-"}
	}
	a, b := median(measured[0]), median(measured[1])
	return []string{name, fmt.Sprintf(format, a/unit), fmt.Sprintf(format, b/unit), fmt.Sprintf("%.2f", a/b)}
}

func median(values []float64) float64 {
	return slices.Sorted(slices.Values(values))[len(values)/2]
}

// plans are what was measured of some plans, for each contender.
type plans struct {
	times     [][]float64 // in seconds
	processor [][]float64 // seconds of CPU time, which other programs disturb less
	requests  int         // that one plan of zilliz sends
}

// plans plans with each contender in turns.
func (s stage) plans(ctx context.Context, both []contender, w workload) (plans, error) {
	p := plans{times: make([][]float64, len(both)), processor: make([][]float64, len(both))}
	folders, err := s.prepare(ctx, both, w, plainVersion)
	if err != nil {
		return p, err
	}
	before := len(s.sim.Requests())
	for range planRounds {
		for i := range both {
			began := time.Now()
			ended, err := s.terraform(ctx, folders[i], nil, "plan")
			if err != nil {
				return p, err
			}
			p.times[i] = append(p.times[i], time.Since(began).Seconds())
			p.processor[i] = append(p.processor[i], (ended.UserTime() + ended.SystemTime()).Seconds())
		}
	}
	p.requests = (len(s.sim.Requests()) - before) / planRounds
	return p, nil
}

// peaks returns the peak memory of each contender in KiB, plan by plan. Terraform
// starts a provider several times in a plan; the largest counts.
func (s stage) peaks(ctx context.Context, both []contender, w workload) ([][]float64, error) {
	peaks := make([][]float64, len(both))
	if runtime.GOOS != "linux" {
		return peaks, nil
	}
	folders, err := s.prepare(ctx, both, w, shimVersion)
	if err != nil {
		return nil, err
	}
	for range memoryRounds {
		for i, c := range both {
			file := filepath.Join(folders[i], "peaks")
			if _, err := s.terraform(ctx, folders[i], []string{"BENCH_PROVIDER=" + c.binary, "BENCH_PEAKS=" + file}, "plan"); err != nil {
				return nil, err
			}
			peak, err := largest(file)
			if err != nil {
				return nil, err
			}
			peaks[i] = append(peaks[i], peak)
		}
	}
	return peaks, nil
}

// largest returns the largest number of a file, and removes the file.
func largest(file string) (float64, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	peak := 0.0
	for line := range strings.Lines(string(content)) {
		var n float64
		if _, err := fmt.Sscan(line, &n); err != nil {
			return 0, err
		}
		peak = max(peak, n)
	}
	return peak, os.Remove(file)
}

// defaultLimit tells what the provider's own limit makes of many reads.
func (s stage) defaultLimit(ctx context.Context, zilliz contender) error {
	zilliz.configuration = strings.ReplaceAll(zilliz.configuration, "max_requests_per_second", "# ")
	folders, err := s.prepare(ctx, []contender{zilliz}, workloads()[1], plainVersion)
	if err != nil {
		return err
	}
	began := time.Now()
	if _, err := s.terraform(ctx, folders[0], nil, "plan"); err != nil {
		return err
	}
	fmt.Printf("With the default limit of 10 requests a second, %s take %.1f s.\n\n", workloads()[1].name, time.Since(began).Seconds())
	return nil
}

// prepare makes a working directory for each contender.
func (s stage) prepare(ctx context.Context, contenders []contender, w workload, version string) ([]string, error) {
	var folders []string
	for _, c := range contenders {
		folder, err := os.MkdirTemp(s.folder, c.name+"-")
		if err != nil {
			return nil, err
		}
		folders = append(folders, folder)
		configuration := fmt.Sprintf(`
			terraform {
				required_providers {
					%s = {
						source  = "registry.terraform.io/zilliz-community/%[1]s"
						version = "%s"
					}
				}
			}
			%s
				count  = %d
				job_id = %s
			}
		`, c.name, version, c.configuration, w.reads, w.jobID)
		if err := os.WriteFile(filepath.Join(folder, "main.tf"), []byte(configuration), 0o600); err != nil {
			return nil, err
		}
		if _, err := s.terraform(ctx, folder, nil, "init"); err != nil {
			return nil, err
		}
	}
	return folders, nil
}

// terraform runs a command and tells what the process was.
func (s stage) terraform(ctx context.Context, folder string, environment []string, command string) (*os.ProcessState, error) {
	c := s.cli.Command(ctx, folder, command, "-no-color")
	c.Env = append(slices.Clip(c.Env), environment...)
	if out, err := c.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("terraform %s: %w\n%s", command, err, out)
	}
	return c.ProcessState, nil
}
