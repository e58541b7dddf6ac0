package provider

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// TestAccAPIKeyIsNeverWritten runs the real processes with TRACE logs and a server that
// echoes the key, and searches all output, all files and the arguments of the processes.
func TestAccAPIKeyIsNeverWritten(t *testing.T) {
	t.Parallel()
	for name, key := range map[string]string{
		"a hexadecimal key":         "0a1b2c3d4e5f60718293a4b5c6d7e8f9-secret",
		"every printable character": "key!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|} ~%s%41\\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			expectKeyNeverWritten(t, key)
		})
	}
}

func expectKeyNeverWritten(t *testing.T, key string) {
	t.Helper()
	sim := zillizsim.New(zillizsim.Options{APIKeys: []string{key}})
	sim.AddJob(zillizsim.Job{
		ClusterID: testCluster, ID: "completing", CollectionName: key,
		Steps: zillizsim.Linear(time.Second), Files: []zillizsim.File{{Name: key}},
	})
	sim.AddJob(zillizsim.Job{ClusterID: testCluster, ID: "failing", Steps: zillizsim.FailAt(time.Second, 0.5, "echo of "+key)})
	sim.AddJob(zillizsim.Job{ClusterID: testCluster, ID: "refused"})
	sim.Inject(
		zillizsim.Fault{JobID: "completing", Response: echo(502)},
		zillizsim.Fault{JobID: "refused", Times: -1, Response: echo(403)},
	)
	log := filepath.Join(t.TempDir(), "trace.log")
	run := newTerraformRun(t, sim, fmt.Sprintf(`
variable "job" {}
data "zilliz_import_progress" "test" {
  cluster_id          = %[1]q
  job_id              = var.job
  wait_for_completion = true
}
resource "zilliz_import_completion" "test" {
  cluster_id = %[1]q
  job_id     = var.job
}
data "zilliz_import_jobs" "test" {
  cluster_id = %[1]q
}
output "all" { value = [data.zilliz_import_progress.test, zilliz_import_completion.test, data.zilliz_import_jobs.test] }
`, testCluster), "ZILLIZ_API_KEY="+key, "TF_LOG=TRACE", "TF_LOG_PATH="+log)

	run.succeed("init")
	run.succeed("plan", "-var=job=completing", "-out=plan")
	run.succeed("show", "-json", "plan")
	run.succeed("apply", "plan")
	run.fail("apply", "-auto-approve", "-var=job=failing")
	run.fail("plan", "-var=job=refused")

	printed := strings.Join(strings.Fields(run.output.String()), " ")
	for _, must := range []string{"echo of ***", "403 Forbidden"} {
		if !strings.Contains(printed, must) {
			t.Errorf("%q was not printed:\n%s", must, run.output.String())
		}
	}
	traced, err := os.ReadFile(log)
	if err != nil || !bytes.Contains(traced, []byte("Import job has progressed")) || !bytes.Contains(traced, []byte("Response from Zilliz Cloud")) {
		t.Errorf("the log lacks lines of the provider: %v", err)
	}
	if len(run.exposed) > 0 {
		t.Errorf("processes with the key in their arguments: %q", run.exposed)
	}
	quoted, err := json.Marshal(key)
	if err != nil {
		t.Fatal(err)
	}
	for _, spelling := range []string{key, string(quoted[1 : len(quoted)-1])} {
		if strings.Contains(run.output.String(), spelling) {
			t.Errorf("%q was printed", spelling)
		}
		expectNotInFiles(t, run.sandbox.Root, spelling)
		expectNotInFiles(t, filepath.Dir(log), spelling)
	}
}

// TestStandardLogIsDiscarded reads the source of main: net/http writes what a server sends
// before a request to the standard log, which can be the key. No request provokes that for
// certain, because each has a connection of its own.
func TestStandardLogIsDiscarded(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile(filepath.Join("..", "..", "main.go"))
	if err != nil || !bytes.Contains(source, []byte("\n\tlog.SetOutput(io.Discard)\n")) {
		t.Errorf("main does not discard the standard log (%v)", err)
	}
}

// expectNotInFiles searches all files of a folder for a text, and the parts of plan
// files, which are zip archives.
func expectNotInFiles(t *testing.T, folder, text string) {
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
