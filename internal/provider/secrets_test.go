package provider

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/tfcli"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// TestAccKeyIsNowhere runs the real process with logs at TRACE, also against a
// server that echoes the key, and looks through all that was printed and written.
func TestAccKeyIsNowhere(t *testing.T) {
	t.Parallel()
	const key = "secret-0a1b2c3d4e5f-secret"
	sim := zillizsim.New(zillizsim.Options{APIKeys: []string{key}})
	sim.AddJob(zillizsim.Job{ClusterID: testCluster, ID: "completing", CollectionName: key, Steps: zillizsim.Linear(time.Second)})
	sim.AddJob(zillizsim.Job{ClusterID: testCluster, ID: "failing", Steps: zillizsim.FailAt(time.Second, 0.5, "echo of "+key)})
	sim.AddJob(zillizsim.Job{ClusterID: testCluster, ID: "refused", Steps: zillizsim.Linear(time.Second)})
	sim.Inject(
		zillizsim.Fault{JobID: "completing", Answer: zillizsim.EchoAuthorization(502)},
		zillizsim.Fault{JobID: "refused", Times: -1, Answer: zillizsim.EchoAuthorization(403)},
	)
	url, stop, err := tfcli.Serve(t.Context(), sim)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stop() })

	folder := t.TempDir()
	log := filepath.Join(folder, "trace.log")
	cli, err := tfcli.New(t.Context(), folder,
		"ZILLIZ_API_KEY="+key, "ZILLIZ_ENDPOINT="+url, "TF_LOG=TRACE", "TF_LOG_PATH="+log, "TF_CLI_ARGS=-no-color")
	if err != nil {
		t.Fatal(err)
	}
	work := filepath.Join(folder, "work")
	writeFile(t, filepath.Join(work, "main.tf"), fmt.Sprintf(`
terraform {
  required_providers {
    zilliz = { source = "zilliz-community/zilliz" }
  }
}
variable "job" {}
data "zilliz_import_progress" "test" {
  cluster_id          = %q
  job_id              = var.job
  wait_for_completion = true
}
output "all" { value = data.zilliz_import_progress.test }
`, testCluster))

	var printed bytes.Buffer
	terraform := func(want bool, arguments ...string) {
		t.Helper()
		out, err := cli.Command(t.Context(), work, arguments...).CombinedOutput()
		printed.Write(out)
		if (err == nil) != want {
			t.Fatalf("terraform %s: %v\n%s", arguments, err, out)
		}
	}
	terraform(true, "init")
	terraform(true, "plan", "-var=job=completing", "-out=plan")
	terraform(true, "show", "plan")
	terraform(true, "apply", "plan")
	terraform(false, "apply", "-auto-approve", "-var=job=failing")
	terraform(false, "plan", "-var=job=refused")

	for _, must := range []string{"echo of ***", "403 Forbidden"} {
		if !strings.Contains(strings.Join(strings.Fields(printed.String()), " "), must) {
			t.Errorf("%q was not printed:\n%s", must, printed.String())
		}
	}
	if strings.Contains(printed.String(), key) {
		t.Error("the key was printed")
	}
	traced, err := os.ReadFile(log)
	if err != nil || !bytes.Contains(traced, []byte("Import job has progressed")) || !bytes.Contains(traced, []byte("Zilliz Cloud answered")) {
		t.Errorf("the log lacks lines of the provider: %v", err)
	}
	expectNoneHas(t, folder, key)
}

// expectNoneHas looks for a text in all files of a folder, and in the parts of the
// plan, which is a zip.
func expectNoneHas(t *testing.T, folder, text string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		if parts, err := zip.OpenReader(path); err == nil {
			defer func() { _ = parts.Close() }()
			for _, part := range parts.File {
				content, err := fs.ReadFile(parts, part.Name)
				if err != nil || bytes.Contains(content, []byte(text)) {
					t.Errorf("the key is in %s of %s (%v)", part.Name, path, err)
				}
			}
		}
		content, err := os.ReadFile(path)
		if bytes.Contains(content, []byte(text)) {
			t.Errorf("the key is in %s", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func writeFile(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
