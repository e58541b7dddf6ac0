// Command terraform-provider-zilliz is the Terraform provider zilliz. Terraform
// starts it; started by hand, it only says so.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/provider"
)

// version is set by the linker when a release is built.
var version = "dev"

const address = "registry.terraform.io/zilliz-community/zilliz"

func main() {
	debug := flag.Bool("debug", false, "keep running and print how Terraform can attach, for use with a debugger")
	flag.Parse()
	if !*debug {
		quieten(os.Environ())
	}

	err := providerserver.Serve(context.Background(), provider.New(version), providerserver.ServeOpts{
		Address:         address,
		Debug:           *debug,
		ProtocolVersion: 6,
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// quieten keeps the plugin libraries from writing their log, every line of it at TRACE
// unless told otherwise, when Terraform was asked for none and would drop it. That is
// half of the time of a small read.
func quieten(environment []string) {
	for _, variable := range environment {
		if name, value, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "TF_LOG") && value != "" {
			return
		}
	}
	for _, library := range []string{"TF_LOG_SDK", "TF_LOG_SDK_PROTO", "TF_LOG_SDK_FRAMEWORK"} {
		_ = os.Setenv(library, "OFF") // if it can't be set, there is a log that nobody reads
	}
}
