package examples_test

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/dev/tfcli"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

const secondary = "in01-9876543210fedcb"

// errorOfThePages compares the error of a failed import with the one in the README and in the
// guide "Get started".
func errorOfThePages(r *exampleRun) {
	const reason = "the field 'embedding' has dimension 512, the collection wants 768"
	r.apply("")
	r.startJobs(zillizsim.FailAt(0, 0.4, reason), 0)
	r.edit("2026-11", "broken")
	out, err := r.terraform("", "apply", "-auto-approve", "-no-color")
	if err == nil {
		r.t.Fatal("terraform apply succeeded")
	}
	normalize := func(text string) string {
		text = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]+){4}`).ReplaceAllString(text, "JOB")
		text = regexp.MustCompile(`provider\.tf|main\.tf`).ReplaceAllString(text, "FILE")
		text = regexp.MustCompile(`\(\d+ polls? in \w+\)`).ReplaceAllString(text, "(POLLS)")
		return strings.Join(strings.Fields(strings.ReplaceAll(text, "│", " ")), " ")
	}
	all := pages(r.t)
	for name, page := range map[string]string{"README": read(r.t, "../README.md"), "Get started": all["docs/guides/get-started"]} {
		_, text, _ := strings.Cut(page, "```text\nError: ")
		text, _, _ = strings.Cut(text, " […]")
		if text = normalize(text); text == "" || !strings.Contains(normalize(out), text) {
			r.t.Errorf("%s: the error is not that of terraform:\n%s\n\n%s", name, text, out)
		}
	}
}

// TestJobsFileOfTheGuide loads the jobs file in the guide "Test your module".
func TestJobsFileOfTheGuide(t *testing.T) {
	t.Parallel()
	content := read(t, "guides/simulator/jobs.json")
	if _, err := zillizsim.LoadJobsFile(strings.NewReader(content)); err != nil {
		t.Error(err)
	}
	if page := pages(t)["docs/guides/test-your-module"]; !strings.Contains(page, strings.TrimSpace(content)) {
		t.Error("the page lacks the jobs file")
	}
}

// TestWithSimulatedCollections runs the examples that use Zilliz's own provider, which the
// tests don't have. A terraform_data takes the place of each of its resources.
func TestWithSimulatedCollections(t *testing.T) {
	t.Parallel()
	if version, _ := cliVersion(t); version < 1004 {
		t.Skip("needs Terraform 1.4")
	}
	mirror := *mirrorFlag
	if mirror == "" {
		mirror = t.TempDir()
		if err := tfcli.BuildProvider(t.Context(), mirror); err != nil {
			t.Fatal(err)
		}
	}
	for path, run := range map[string]func(*exampleRun){
		"guides/switch-an-alias/main.tf":       switchAnAlias,
		"guides/zillizcloud/volume.tf":         importFromVolume,
		"guides/zillizcloud/global-cluster.tf": importIntoGlobalCluster,
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			r := newExampleRun(t, mirror, "provider/provider.tf")
			r.write("provider.tf", simulateZillizcloud(read(t, path)))
			endpoint := ""
			for _, setting := range r.sandbox.CLI.Command(t.Context(), r.directory).Env {
				if value, found := strings.CutPrefix(setting, "ZILLIZ_ENDPOINT="); found {
					endpoint = value
				}
			}
			r.write("variables.tf", `
locals { connect_address = "`+endpoint+`" }
variable "project_id" { default = "project" }
variable "storage_integration_id" { default = "integration" }
provider "zilliz" { api_version = "v2" }
`)
			if !strings.Contains(read(t, path), `variable "cluster_id"`) {
				r.write("cluster.tf", `variable "cluster_id" {}`)
			}
			if _, err := r.sandbox.CLI.Run(t.Context(), ".", "fmt", "-check", filepath.Dir(path)); err != nil {
				t.Error(err)
			}
			run(r)
		})
	}
}

// simulateZillizcloud replaces the resources of Zilliz's own provider. Their arguments become
// the input of a terraform_data. An alias is replaced when they change.
func simulateZillizcloud(content string) string {
	content = regexp.MustCompile(`(?ms)^(terraform|provider "\w+"|data "\w+" "\w+") \{(\}|.*?^\})\n`).ReplaceAllString(content, "")
	content = strings.ReplaceAll(content, "data.zillizcloud_cluster.main.connect_address", "local.connect_address")
	content = strings.ReplaceAll(content, "zillizcloud_global_cluster.main.cluster[0].cluster_id", "var.cluster_id")
	content = strings.ReplaceAll(content, "zillizcloud_global_cluster.main.cluster[count.index].cluster_id",
		`[var.cluster_id, "`+secondary+`"][count.index]`)
	resource := regexp.MustCompile(`(?ms)^resource "zillizcloud_(\w+)" "\w+" \{\n(.*?)^\}\n`)
	content = resource.ReplaceAllStringFunc(content, func(block string) string {
		match := resource.FindStringSubmatch(block)
		kind, body := match[1], match[2]
		body = regexp.MustCompile(`(?ms)^  lifecycle \{.*?^  \}\n`).ReplaceAllString(body, "")
		meta := regexp.MustCompile(`(?m)^  (for_each|depends_on) .*\n`)
		input := "input"
		if kind == "alias" {
			input = "triggers_replace"
		}
		return `resource "terraform_data" "` + kind + "\" {\n" + strings.Join(meta.FindAllString(body, -1), "") +
			"  " + input + " = {\n" + meta.ReplaceAllString(body, "") + "  }\n}\n"
	})
	content = regexp.MustCompile(`zillizcloud_(\w+)\.\w+(\[[^]]*\])?\.`).ReplaceAllString(content, "terraform_data.$1$2.input.")
	return content
}

// switchAnAlias runs the guide: the alias is switched to a release that is loaded, and only
// by a change of live.
func switchAnAlias(r *exampleRun) {
	sim := r.sandbox.Simulator
	for _, release := range []string{"2026_10", "2026_11", "2026_11_b"} {
		sim.AddCollection(zillizsim.Collection{Name: "articles_" + release})
	}
	set := func(live, releases string) {
		r.write("test.auto.tfvars", "live = \""+live+"\"\nreleases = {"+releases+"}")
	}
	alias := func() string { return r.run("", "state", "show", "-no-color", "terraform_data.alias") }
	const october, november = `"2026_10" = "s3://my-bucket/articles/2026-10/"`, `"2026_11" = "s3://my-bucket/articles/2026-11/"`

	set("2026_10", october)
	sim.AddCollection(zillizsim.Collection{Name: "articles_2026_10", NoIndex: true})
	r.applyFails("", "index")
	if strings.Contains(r.run("", "state", "list"), "alias") {
		r.t.Error("the alias refers to a collection that is not loaded")
	}
	sim.AddCollection(zillizsim.Collection{Name: "articles_2026_10"})
	r.apply("")
	r.expectStarted(1)
	r.expectCalls("load", 2)
	first := alias()

	// The next release fails, and is imported under another key.
	r.startJobs(zillizsim.FailAt(0, 0.4, failure), 0)
	set("2026_10", october+","+november)
	r.applyFails("", failure)
	r.expectStarted(2)
	r.expectCalls("load", 2)
	r.startJobs(zillizsim.Linear(0), importedRows)
	set("2026_10", october+`,"2026_11_b" = "s3://my-bucket/articles/2026-11-b/"`)
	r.apply("")
	r.expectStarted(3)
	r.expectCalls("load", 3)
	if alias() != first {
		r.t.Error("the alias was switched before live has changed")
	}

	set("2026_11_b", october+`,"2026_11_b" = "s3://my-bucket/articles/2026-11-b/"`)
	r.apply("")
	second := alias()
	if second == first || !strings.Contains(second, "articles_2026_11_b") {
		r.t.Errorf("the alias was not switched:\n%s", second)
	}

	// The old release is removed.
	set("2026_11_b", `"2026_11_b" = "s3://my-bucket/articles/2026-11-b/"`)
	r.apply("")
	r.expectStarted(3)
	if alias() != second {
		r.t.Error("removing the old release changed the alias")
	}
}

func importFromVolume(r *exampleRun) {
	r.apply("")
	r.expectStarted(1)
	if start := r.sandbox.Simulator.Started()[0]; start.VolumeName != "articles" {
		r.t.Errorf("volume = %q", start.VolumeName)
	}
}

// importIntoGlobalCluster checks that nothing is committed while a cluster can still fail.
func importIntoGlobalCluster(r *exampleRun) {
	r.run("", "apply", "-auto-approve", "-target=zilliz_import_job.articles")
	replica := zillizsim.Job{ClusterID: secondary, ID: r.sandbox.Simulator.Started()[0].JobID, TwoPhase: true}
	replica.Steps = zillizsim.FailAt(0, 0.4, failure)
	r.sandbox.Simulator.AddJob(replica)
	r.applyFails("", failure)
	r.expectCalls("commit", 0)
	replica.Steps = zillizsim.Linear(0)
	r.sandbox.Simulator.AddJob(replica)
	r.apply("")
	r.expectCalls("commit", 1)
}
