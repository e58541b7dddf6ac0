// Command bench measures what waiting with the provider costs: its schedule of polls
// beside others, whole processes beside an empty provider, and many waits in one
// apply. It exists so that anybody can check the numbers, and so that the cost does
// not creep up.
//
// It sends requests to a simulator on the loopback interface and never to Zilliz
// Cloud. Besides docs/images/waiting.svg, which comes out the same each time, it
// leaves nothing behind.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"text/tabwriter"
)

const pictureFile = "docs/images/waiting.svg"

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
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 3, ' ', 0)
	costs := compare(schedules())
	printSchedules(out, costs)
	if err := errors.Join(out.Flush(), os.WriteFile(pictureFile, picture(costs), 0o600)); err != nil {
		return err
	}
	if err := processes(ctx, out); err != nil {
		return err
	}
	return out.Flush()
}
