//go:build unix

package provider

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// TestAccInterrupt sends Ctrl-C to the real processes: to all of them, as a terminal does.
func TestAccInterrupt(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]http.HandlerFunc{"in a pause": nil, "in a request": zillizsim.Hang()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newSim(zillizsim.Job{Steps: zillizsim.Linear(time.Hour)})
			if answer != nil {
				sim.Inject(zillizsim.Fault{Times: -1, Answer: answer})
			}
			s := newScene(t, sim, completionOf(`job_id = "job-1"`))
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			c := s.cli.Command(ctx, s.work, "apply", "-auto-approve")
			c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
			var printed bytes.Buffer
			c.Stdout, c.Stderr = &printed, &printed
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			<-s.asked
			interrupted := time.Now()
			if err := syscall.Kill(-c.Process.Pid, syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
			err := c.Wait()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || !strings.Contains(printed.String(), "Waiting for the import job was cancelled") {
				t.Errorf("%v\n%s", err, printed.String())
			}
			// The provider returns within a second, as TestInterrupts shows exactly. This
			// is the whole of two processes, on a machine that may be busy.
			if took := time.Since(interrupted); took > 20*time.Second {
				t.Errorf("ended %s after the interrupt", took)
			}
		})
	}
}
