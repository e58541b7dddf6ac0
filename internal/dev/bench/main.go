// Command bench measures what waiting with the provider costs: its polling schedule
// compared with others, and terraform apply with up to 200 waits. README.md has the
// results.
//
// Run it from the root of the repository. It sends requests only to a simulator on
// the loopback interface, and writes only docs/images/waiting.svg.
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
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 3, ' ', 0)
	printSchedules(out)
	err := errors.Join(out.Flush(), os.WriteFile(pictureFile, picture(), 0o600), printApplies(ctx, out), out.Flush())
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}
