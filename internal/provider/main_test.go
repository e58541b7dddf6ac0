package provider

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/dev/tfcli"
)

// TestMain sets the registry in which OpenTofu looks for a provider whose source has no
// host. The plugin test framework assumes that of Terraform, and a legacy namespace.
func TestMain(m *testing.M) {
	_, tofu, err := tfcli.Version(context.Background())
	if err != nil {
		fmt.Fprintf(os.Stderr, "the tests need terraform on the PATH, or TF_ACC_TERRAFORM_PATH: %v\n", err)
		os.Exit(1)
	}
	if tofu {
		_ = os.Setenv("TF_ACC_PROVIDER_HOST", tfcli.OpenTofuRegistry)
		_ = os.Setenv("TF_ACC_PROVIDER_NAMESPACE", "hashicorp")
	}
	os.Exit(runTests(m))
}
