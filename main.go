// Command terraform-provider-zilliz is the Terraform provider zilliz. It is started by
// Terraform.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/provider"
)

// version is set by the linker when a release is built.
var version = "dev"

const address = "registry.terraform.io/zilliz-community/zilliz"

func main() {
	debug := flag.Bool("debug", false, "run with support for debuggers")
	flag.Parse()
	if !*debug {
		disableUnreadLogs(os.Environ())
	}

	// A terminal sends an interrupt to the provider as well as to Terraform, which does
	// not always pass it on. Terraform ends the provider's process.
	interrupted, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := providerserver.Serve(context.Background(), provider.New(version, interrupted.Done()), providerserver.ServeOpts{
		Address:         address,
		Debug:           *debug,
		ProtocolVersion: 6,
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// disableUnreadLogs turns off the plugin libraries' own logs unless Terraform was asked
// for logs. They would be written at TRACE level, and be dropped by Terraform, which
// takes half of the time of a small read.
func disableUnreadLogs(environment []string) {
	for _, variable := range environment {
		if name, value, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "TF_LOG") && value != "" {
			return
		}
	}
	for _, library := range []string{"TF_LOG_SDK", "TF_LOG_SDK_PROTO", "TF_LOG_SDK_FRAMEWORK"} {
		_ = os.Setenv(library, "OFF") // if it can't be set, there is a log that nobody reads
	}
}
