// Command bench measures what waiting with the provider costs: whole processes
// beside an empty provider, the polls, and in simulated time the schedules and the
// growth with the number of waits. It exists so that what the documentation says of
// the cost can be checked by everybody, and so that it does not creep up.
//
// It asks a simulator on the loopback interface and never Zilliz Cloud, keeps all
// that it makes in a temporary folder, and removes that at the end. It writes the
// picture and the numbers of the documentation, which come out the same each time.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	folder, err := os.MkdirTemp("", "zilliz-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()

	for _, measure := range []func(context.Context, string) error{processes, polls, simulated} {
		if err := measure(ctx, folder); err != nil {
			return err
		}
	}
	return nil
}

// simulated runs what is measured in simulated time, which only a test can be in.
func simulated(ctx context.Context, folder string) error {
	file := filepath.Join(folder, "report.txt")
	test := exec.CommandContext(ctx, "go", "test", "-count=1", "-tags=bench", "-run=^TestReport$", "./internal/dev/bench/simulated", "-args", "-report="+file) //nolint:gosec // the arguments are the project's own
	if out, err := test.CombinedOutput(); err != nil {
		return fmt.Errorf("measuring in simulated time: %w\n%s", err, out)
	}
	report, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(report)
	return err
}
