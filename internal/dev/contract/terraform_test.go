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
variable "cluster_id" {}
variable "collection" {}
variable "object_url" {}
variable "access_key" { ephemeral = true }
variable "secret_key" { ephemeral = true }
variable "token" { ephemeral = true }

resource "zilliz_import_job" "test" {
  cluster_id       = var.cluster_id
  collection_name  = var.collection
  object_urls      = [var.object_url]
  access_key_wo    = var.access_key == "" ? null : var.access_key
  secret_key_wo    = var.secret_key == "" ? null : var.secret_key
  session_token_wo = var.token == "" ? null : var.token
}

resource "zilliz_import_completion" "test" {
  cluster_id = var.cluster_id
  job_id     = zilliz_import_job.test.job_id
}

data "zilliz_import_progress" "test" {
  cluster_id = var.cluster_id
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

// apply applies a configuration with real Terraform and the provider of this checkout,
// which is given the region, as by a user. The second plan has no changes.
func apply(ctx context.Context, s service, version string) error {
	if version == "v1" && s.token != "" {
		return errNotSeen
	}
	if _, err := exec.LookPath(tfcli.Terraform()); err != nil {
		s.note("there is no terraform")
		return errNotSeen
	}
	// A terminal interrupts Terraform too, which ends by itself. A second interrupt would
	// make it lose its state.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), maxWait*3/2)
	defer cancel()
	endpoint := map[string]string{"v1": s.v1, "v2": s.v2}[version]
	if s.region != "" && (version == "v2" || !strings.HasSuffix(s.v1, ".zilliz.com.cn")) {
		endpoint = "" // which the provider knows
	}
	sandbox, err := tfcli.NewSandboxWith(ctx, nil, tfcli.Options{Handler: http.NotFoundHandler(), Environment: []string{
		"ZILLIZ_API_KEY=" + s.key, "ZILLIZ_REGION_ID=" + s.region, "ZILLIZ_ENDPOINT=" + endpoint, "ZILLIZ_API_VERSION=" + version,
		"TF_VAR_cluster_id=" + s.cluster, "TF_VAR_collection=" + s.collection, "TF_VAR_object_url=" + s.objectURL,
		"TF_VAR_access_key=" + s.accessKey, "TF_VAR_secret_key=" + s.secretKey, "TF_VAR_token=" + s.token,
	}})
	if err != nil {
		return errors.New("the provider can't be built or installed") // the cause has paths of this machine
	}
	defer func() { _ = sandbox.Close() }()
	directory, err := sandbox.Directory(ctx, configuration)
	if err != nil {
		return errors.New("terraform init fails")
	}
	out, err := sandbox.CLI.Run(ctx, directory, "apply", "-auto-approve")
	state, _ := os.ReadFile(filepath.Join(directory, "terraform.tfstate")) // absent if nothing was applied
	if id := jobInState.FindSubmatch(state); id != nil {
		s.mu.Lock()
		s.started++
		s.left = append(s.left, string(id[1]))
		s.mu.Unlock()
		if err == nil {
			s.ended(string(id[1]), "", answer{})
		}
	}
	if err != nil {
		return fmt.Errorf("apply: %s", titles(out))
	}
	if out, err := sandbox.CLI.Run(ctx, directory, "plan", "-detailed-exitcode"); err != nil {
		return fmt.Errorf("the second plan has changes, or fails: %s", titles(out))
	}
	return nil
}

// titles returns the titles of Terraform's errors. Their texts are private.
func titles(output string) string {
	var all []string
	for _, match := range errorTitle.FindAllStringSubmatch(output, -1) {
		all = append(all, match[1])
	}
	return strings.Join(all, "; ")
}
