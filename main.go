// Command terraform-provider-zilliz is the Terraform provider zilliz. Terraform starts it.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/provider"
)

// version is set by the linker when a release is built.
var version = "dev"

const address = "registry.terraform.io/zilliz-community/zilliz"

func main() {
	debug := flag.Bool("debug", false, "run the provider with support for debuggers such as delve")
	flag.Parse()
	// Only net/http uses this log. It quotes what a server sends, which can be a secret.
	log.SetOutput(io.Discard)
	if !*debug {
		go exitAfterParent(os.Getppid())
	}

	// A terminal interrupts the provider as well as Terraform, and a CI system that stops a job
	// terminates both. The process then returns what it knows, such as the ID of a job that it
	// has just started, and Terraform ends it.
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	var options []tf6server.ServeOpt
	if *debug {
		signals = signals[:1] // SIGTERM ends a provider that is debugged, because Terraform does not
		options = append(options, tf6server.WithManagedDebug())
	}
	interrupted, stop := signal.NotifyContext(context.Background(), signals...)
	defer stop()
	if err := tf6server.Serve(address, provider.NewServer(version, interrupted.Done()), options...); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// exitAfterParent exits once Terraform, the parent of this process, has ended. The plugin library
// does not notice that Terraform was killed, and this process handles SIGTERM.
func exitAfterParent(parent int) {
	for range time.Tick(time.Second) {
		if os.Getppid() != parent {
			os.Exit(1)
		}
	}
}
