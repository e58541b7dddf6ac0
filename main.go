// Command terraform-provider-zilliz is the Terraform provider zilliz. Terraform
// starts it; started by hand, it only says so.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/provider"
)

// version is set by the linker when a release is built.
var version = "dev"

const address = "registry.terraform.io/zilliz-community/zilliz"

func main() {
	debug := flag.Bool("debug", false, "keep running and print how Terraform can attach, for use with a debugger")
	flag.Parse()

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
