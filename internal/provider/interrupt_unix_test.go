//go:build unix

package provider

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/dev/tfcli"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

const waitingDataSource = `
data "zilliz_import_progress" "job" {
  cluster_id          = "` + testCluster + `"
  job_id              = "job-1"
  wait_for_completion = true
}
`

const waitingAction = `
action "zilliz_import_wait" "job" {
  config {
    cluster_id = "` + testCluster + `"
    job_id     = "job-1"
  }
}
`

// TestAccInterrupt sends SIGINT to all processes, as a terminal does on Ctrl-C, in each
// phase in which a gate waits.
func TestAccInterrupt(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, configuration string
		arguments           []string
		since               int  // the oldest Terraform that supports it, 1014 for 1.14; OpenTofu does not
		applied             bool // the configuration is applied first, with a completed import
	}{
		{name: "data source during plan", configuration: waitingDataSource, arguments: []string{"plan"}},
		{name: "data source during the plan phase of apply", configuration: waitingDataSource, arguments: []string{"apply", "-auto-approve"}},
		{name: "data source during the plan phase of destroy", configuration: waitingDataSource + keptResource,
			arguments: []string{"destroy", "-auto-approve"}, applied: true},
		{name: "resource during apply", configuration: completionConfig(`job_id = "job-1"`), arguments: []string{"apply", "-auto-approve"}},
		{name: "action", configuration: waitingAction, arguments: []string{"apply", "-auto-approve", "-invoke=action.zilliz_import_wait.job"}, since: 1014},
	}
	for _, test := range tests {
		for phase, response := range map[string]http.HandlerFunc{"in a pause": nil, "in a request": zillizsim.Hang()} {
			t.Run(test.name+", "+phase, func(t *testing.T) {
				t.Parallel()
				if version, tofu, err := tfcli.Version(t.Context()); err != nil {
					t.Fatal(err)
				} else if version < test.since || tofu && test.since > 0 {
					return
				}
				sim := newSim(zillizsim.Job{Steps: zillizsim.Linear(0)})
				run := newTerraformRun(t, sim, test.configuration)
				if test.applied {
					run.succeed("apply", "-auto-approve")
				}
				sim.AddJob(zillizsim.Job{ClusterID: testCluster, ID: "job-1", Steps: zillizsim.Linear(time.Hour)})
				if response != nil {
					sim.Inject(zillizsim.Fault{Times: -1, Response: response})
				}
				want := len(sim.Requests()) + 1
				if response == nil {
					// The first poll of an action has a progress message, and Terraform 1.15
					// crashes if that arrives together with the interrupt.
					want++
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				c := run.signalAfter(ctx, want, syscall.SIGINT, test.arguments...)
				interrupted := time.Now()
				err := c.Wait()
				var exit *exec.ExitError
				if !errors.As(err, &exit) || !strings.Contains(fmt.Sprint(c.Stdout), "Waiting for the import job was canceled") {
					t.Errorf("%v\n%s", err, c.Stdout)
				}
				// TestInterrupts checks that the provider returns within a second. This bound
				// includes the end of two processes on a busy machine.
				if took := time.Since(interrupted); took > 20*time.Second {
					t.Errorf("terraform ended %s after the interrupt, want at most 20s", took)
				}
			})
		}
	}
}

// TestAccStopDuringStart stops all processes while the start waits for its response, as a
// terminal does on Ctrl-C, and CI systems and containers do. The job must be in the state,
// since the next apply would import the rows twice.
func TestAccStopDuringStart(t *testing.T) {
	t.Parallel()
	for _, stop := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run(stop.String(), func(t *testing.T) {
			t.Parallel()
			sim := newSim()
			stopped := make(chan struct{})
			sim.OnStart(func(zillizsim.StartRequest) zillizsim.Job {
				<-stopped
				return zillizsim.Job{Steps: zillizsim.Linear(0)}
			})
			run := newTerraformRun(t, sim, `
resource "zilliz_import_job" "test" {
  cluster_id      = "`+testCluster+`"
  collection_name = "articles"
  object_urls     = ["s3://bucket/articles/"]
}
`)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			c := run.signalAfter(ctx, 2, stop, "apply", "-auto-approve") // after the list of jobs, and the start
			time.AfterFunc(time.Second, func() { close(stopped) })
			_ = c.Wait()
			run.succeed("apply", "-auto-approve")
			if started := len(sim.Started()); started != 1 {
				t.Errorf("%d imports were started, want 1", started)
			}
		})
	}
}

// signalAfter starts terraform, and sends a signal to it and its providers once the simulator
// has received a number of requests. Both outputs are in Stdout.
func (r *terraformRun) signalAfter(ctx context.Context, requests int, signal syscall.Signal, arguments ...string) *exec.Cmd {
	r.t.Helper()
	c := r.sandbox.CLI.Command(ctx, r.directory, arguments...)
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var printed bytes.Buffer
	c.Stdout, c.Stderr = &printed, &printed
	if err := c.Start(); err != nil {
		r.t.Fatal(err)
	}
	awaitRequests(ctx, r.t, r.sandbox.Simulator, requests)
	if err := syscall.Kill(-c.Process.Pid, signal); err != nil {
		r.t.Fatal(err)
	}
	return c
}

// awaitRequests waits until the simulator has received a number of requests.
func awaitRequests(ctx context.Context, t *testing.T, sim *zillizsim.Server, want int) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for len(sim.Requests()) < want {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("%d requests were sent, want %d", len(sim.Requests()), want)
		}
	}
}
