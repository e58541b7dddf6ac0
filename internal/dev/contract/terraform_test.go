package contract

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/dev/tfcli"
)

const configuration = tfcli.RequiredProviders + `
variable "credentials" {
  type      = list(string)
  ephemeral = true
}

resource "zilliz_import_job" "test" {
  cluster_id       = %[1]q
  collection_name  = %[2]q
  object_urls      = [%[3]q]
  access_key_wo    = var.credentials[0] == "" ? null : var.credentials[0]
  secret_key_wo    = var.credentials[1] == "" ? null : var.credentials[1]
  session_token_wo = var.credentials[2] == "" ? null : var.credentials[2]
}

resource "zilliz_import_completion" "test" {
  cluster_id = %[1]q
  job_id     = zilliz_import_job.test.job_id
}

data "zilliz_import_progress" "test" {
  cluster_id = %[1]q
  job_id     = zilliz_import_job.test.job_id
  depends_on = [zilliz_import_completion.test]

  lifecycle {
    postcondition {
      condition     = self.state == "completed" && self.progress_percent == 100
      error_message = "not completed"
    }
  }
}
`

var (
	errorTitle = regexp.MustCompile(`(?m)^\W*Error: ([A-Za-z ,.()'-]+)$`)
	jobInState = regexp.MustCompile(`"job_id": "([^"]+)"`)
)

// apply applies a configuration with real Terraform and the provider of this checkout, as
// a user would. A second plan has no changes.
func apply(ctx context.Context, s service, v api) error {
	if _, err := exec.LookPath(tfcli.Terraform()); err != nil || v == v1 && s.token != "" {
		s.note("terraform found: %v", err == nil)
		return errNotSeen
	}
	// A terminal interrupts Terraform too. A second interrupt would make it lose its state.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), maxWait)
	defer cancel()
	environment := []string{
		"ZILLIZ_API_KEY=" + s.key, "ZILLIZ_API_VERSION=" + v.name, "ZILLIZ_REGION_ID=" + s.region, "ZILLIZ_ENDPOINT=",
		fmt.Sprintf("TF_VAR_credentials=[%q, %q, %q]", s.accessKey, s.secretKey, s.token),
	}
	if s.region == "" || v == v1 && strings.HasSuffix(s.base["v1"], ".cn") { // not the provider's default
		environment[3] += s.base[v.name]
	}
	sandbox, err := tfcli.NewSandbox(ctx, nil, tfcli.Options{Handler: http.NotFoundHandler(), Environment: environment})
	if err != nil {
		return errors.New("the provider can't be built") // the cause names paths of this machine
	}
	defer func() { _ = sandbox.Close() }()
	directory, err := sandbox.Directory(ctx, fmt.Sprintf(configuration, s.cluster, s.collection, s.objectURL))
	if err != nil {
		return errors.New("terraform init fails")
	}
	out, err := sandbox.CLI.Run(ctx, directory, "apply", "-auto-approve")
	if err == nil {
		s.started++
		if out, err = sandbox.CLI.Run(ctx, directory, "plan", "-detailed-exitcode"); err != nil {
			return fmt.Errorf("the second plan has changes, or fails: %s", titles(out))
		}
		return nil
	}
	state, _ := os.ReadFile(filepath.Join(directory, "terraform.tfstate")) // absent if nothing was applied
	if id := jobInState.FindSubmatch(state); id != nil {
		s.started++
		s.left = append(s.left, string(id[1]))
	}
	return fmt.Errorf("apply: %s", titles(out))
}

// titles returns the titles of Terraform's errors. Their texts are private.
func titles(output string) string {
	var all []string
	for _, match := range errorTitle.FindAllStringSubmatch(output, -1) {
		all = append(all, match[1])
	}
	return strings.Join(all, "; ")
}
