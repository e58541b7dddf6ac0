package provider

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// TestTwoPhases runs the whole of an import in two phases.
func TestTwoPhases(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := newSim()
		sim.OnStart(func(zillizsim.StartRequest) zillizsim.Job {
			return zillizsim.Job{Steps: zillizsim.Linear(importTakes), TotalRows: 1000, CommitTime: time.Minute}
		})
		p := newProvider(t, sim, api("v2"))
		state, d := p.create(t.Context(), importJob, startArguments(values{"auto_commit": false}))
		if len(d) > 0 || sim.Started()[0].AutoCommit {
			t.Fatalf("start: %s", diagnosticText(d))
		}
		v := values{"cluster_id": testCluster, "job_id": stringValue(t, state["job_id"])}
		began := time.Now()
		staged, d := p.create(t.Context(), staging, v)
		if took := time.Since(began); len(d) > 0 || took < importTakes || took > importTakes+30*time.Second {
			t.Errorf("the staging ended after %s: %s", took, diagnosticText(d))
		}
		if stringValue(t, staged["state"]) != "uncommitted" || !staged["imported_rows"].Equal(tftypes.NewValue(tftypes.Number, 1000)) || !staged["complete_time"].IsNull() {
			t.Errorf("state %v", staged)
		}
		began = time.Now()
		committed, d := p.create(t.Context(), commit, v)
		if took := time.Since(began); len(d) > 0 || took < time.Minute || took > 70*time.Second {
			t.Errorf("the commit ended after %s: %s", took, diagnosticText(d))
		}
		if committed["complete_time"].IsNull() || !committed["imported_rows"].Equal(tftypes.NewValue(tftypes.Number, 1000)) {
			t.Errorf("state %v", committed)
		}
		if n := sim.Count("commit", ""); n != 1 {
			t.Errorf("%d commits were sent, want 1", n)
		}
	})
}

// TestStaging covers how a staging ends.
func TestStaging(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		job              zillizsim.Job
		attribute, title string // of the error, empty if the job is staged
		parts            []string
		visible          bool
	}{
		"uncommitted": {job: zillizsim.Job{Steps: zillizsim.Linear(0), TwoPhase: true}},
		"completed":   {job: zillizsim.Job{Steps: zillizsim.Linear(time.Minute)}, visible: true},
		"failed":      {job: zillizsim.Job{Steps: zillizsim.FailAt(time.Minute, 0.5, "no rows")}, attribute: "job_id", title: "Import job failed", parts: []string{"no rows"}},
		"committing": {
			job: zillizsim.Job{Steps: []zillizsim.Step{{Progress: 1, State: "Committing"}, {After: time.Minute, Progress: 1}}}, visible: true,
		},
		"too slow": {job: zillizsim.Job{Steps: []zillizsim.Step{{Progress: 0.5}}}, attribute: "timeouts.create", title: "Import job did not finish within 30m"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				state, d := newProvider(t, newSim(test.job), api("v2")).create(t.Context(), staging, jobArguments(nil))
				switch {
				case test.title != "":
					expectError(t, d, test.attribute, test.title, test.parts...)
				case test.visible:
					expectOneWarning(t, d, "Imported rows are visible already", "does not support auto_commit")
					if stringValue(t, state["state"]) != "completed" {
						t.Errorf("state %v", state)
					}
				case len(d) > 0 || stringValue(t, state["state"]) != "uncommitted":
					t.Errorf("%v, %s", state, diagnosticText(d))
				}
			})
		})
	}
}

// TestWaitForUncommittedJob checks that a wait for a job that nobody commits names what is
// missing: in its log, its messages and its timeout.
func TestWaitForUncommittedJob(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newProvider(t, newSim(zillizsim.Job{Steps: zillizsim.Linear(time.Minute), TwoPhase: true}), api("v2"))
		var logs bytes.Buffer
		ctx := tflogtest.RootLogger(t.Context(), &logs)
		shown, d := p.invoke(ctx, jobArguments(nil))
		expectError(t, d, "timeouts.invoke", "Import job did not finish within 30m", "until the job is committed", "zilliz_import_commit")
		const part = "a commit, for example by zilliz_import_commit"
		if last := shown[len(shown)-1].text; !strings.Contains(last, part) {
			t.Errorf("the last message is %q", last)
		}
		if !strings.Contains(logs.String(), part) {
			t.Errorf("the log lacks %q", part)
		}
	})
}

// TestCommit covers how a commit ends, whatever the service answers to it.
func TestCommit(t *testing.T) {
	t.Parallel()
	staged := zillizsim.Job{Steps: zillizsim.Linear(0), TwoPhase: true}
	on := func(call string, f zillizsim.Fault) []zillizsim.Fault {
		f.Call = call
		return []zillizsim.Fault{f}
	}
	tests := map[string]struct {
		job              zillizsim.Job
		faults           []zillizsim.Fault
		attribute, title string // of the error, empty if the import has completed
		parts            []string
		commits          int
	}{
		"uncommitted":       {job: staged, commits: 1},
		"not loaded yet":    {job: zillizsim.Job{Steps: zillizsim.Linear(importTakes), TwoPhase: true}, commits: 1},
		"completed already": {job: zillizsim.Job{Steps: zillizsim.Linear(0)}, commits: 0},
		"committing":        {job: zillizsim.Job{Steps: []zillizsim.Step{{Progress: 1, State: "Committing"}, {After: time.Minute, Progress: 1}}}, commits: 0},
		"lost response":     {job: staged, faults: on("commit", zillizsim.Fault{After: true, Response: zillizsim.Reset()}), commits: 1},
		"HTTP 503 before":   {job: staged, faults: on("commit", zillizsim.Fault{Times: 3, Response: zillizsim.Status(503)}), commits: 4},
		"somebody else is faster": {
			job:    zillizsim.Job{Steps: []zillizsim.Step{{Progress: 1, State: "Uncommitted"}, {After: 500 * time.Millisecond, Progress: 1}}},
			faults: on("commit", zillizsim.Fault{Response: zillizsim.ErrorCode(2100)}), commits: 1,
		},
		"always HTTP 503": {
			job: staged, faults: on("commit", zillizsim.Fault{Times: -1, Response: zillizsim.Status(503)}), attribute: "timeouts.create",
			title: "Import job did not finish within 30m", parts: []string{"Last state: uncommitted", "A commit was sent to the job"}, commits: 4,
		},
		"without effect": {
			job: staged, faults: on("commit", zillizsim.Fault{Times: -1, Response: zillizsim.Body(200, "application/json", `{"code":0,"data":{}}`)}), attribute: "timeouts.create",
			title: "Import job did not finish within 30m", parts: []string{"Last state: uncommitted", "A commit was sent to the job"}, commits: 4,
		},
		"rejected": {
			job: staged, faults: on("commit", zillizsim.Fault{Times: -1, Response: zillizsim.HTMLPage(403)}),
			title: "Access denied", parts: []string{"HTTP 403", "Last state: uncommitted", "has refused to commit the job"}, commits: 4,
		},
		"failed": {job: zillizsim.Job{Steps: zillizsim.FailAt(0, 0.5, "no rows")}, attribute: "job_id", title: "Import job failed", parts: []string{"no rows"}},
		"aborted": {
			job:       zillizsim.Job{Steps: []zillizsim.Step{{Progress: 0.5}, {After: time.Minute, Progress: 0.5, State: "Failed"}}},
			attribute: "job_id", title: "Import job failed", parts: []string{"aborted"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sim := newSim(test.job)
				sim.Inject(test.faults...)
				state, d := newProvider(t, sim, api("v2")).create(t.Context(), commit, jobArguments(nil))
				if test.title != "" {
					expectError(t, d, test.attribute, test.title, test.parts...)
				} else if len(d) > 0 || stringValue(t, state["id"]) != testCluster+"/job-1" {
					t.Errorf("%v, %s", state, diagnosticText(d))
				}
				if n := sim.Count("commit", ""); n != test.commits {
					t.Errorf("%d commits were sent, want %d", n, test.commits)
				}
			})
		})
	}
}

// TestImportOfStagedJob covers importing a job into the state of each gate.
func TestImportOfStagedJob(t *testing.T) {
	t.Parallel()
	p := newProvider(t, newSim(
		zillizsim.Job{ID: "uncommitted", DBName: "library", Steps: zillizsim.Linear(0), TwoPhase: true},
		zillizsim.Job{ID: "completed", DBName: "library", Steps: zillizsim.Linear(0)},
		zillizsim.Job{ID: "running", DBName: "library", Steps: []zillizsim.Step{{Progress: 0.5}}},
	), api("v2"))
	for name, jobs := range map[string]map[string]bool{
		staging:    {"uncommitted": true, "completed": true, "running": false},
		commit:     {"uncommitted": false, "completed": true, "running": false},
		completion: {"uncommitted": false, "completed": true, "running": false},
	} {
		for job, accepted := range jobs {
			state, d := p.importResource(name, testCluster+"/library/"+job)
			if !accepted {
				expectError(t, d, "", "Import job can't be imported into the state", "Remove the import block")
				continue
			}
			if len(d) > 0 || stringValue(t, state["db_name"]) != "library" || stringValue(t, state["id"]) != testCluster+"/"+job {
				t.Errorf("%s of %s: %v, %s", name, job, state, diagnosticText(d))
			}
		}
	}
}

// TestAccTwoPhases runs the configuration of the documentation with the real CLI: a check
// of the staged rows comes before the commit, and what depends on the rows after it.
func TestAccTwoPhases(t *testing.T) {
	t.Parallel()
	sim := newSim()
	sim.OnStart(func(zillizsim.StartRequest) zillizsim.Job {
		return zillizsim.Job{Steps: zillizsim.Linear(time.Second), TotalRows: 1000}
	})
	config := func(rows int) string {
		return serveSimulator(t, "v2", sim) + importJobConfig("  object_urls = [\"s3://bucket/articles/\"]\n  auto_commit = false") + fmt.Sprintf(`
resource "zilliz_import_staging" "articles" {
  cluster_id = zilliz_import_job.articles.cluster_id
  job_id     = zilliz_import_job.articles.job_id

  lifecycle {
    postcondition {
      condition     = self.state == "uncommitted" && self.imported_rows == %d
      error_message = "${self.imported_rows} rows are staged."
    }
  }
}

resource "zilliz_import_commit" "articles" {
  cluster_id = zilliz_import_staging.articles.cluster_id
  job_id     = zilliz_import_staging.articles.job_id
}

resource "terraform_data" "search" {
  triggers_replace = zilliz_import_commit.articles.id
}
`, rows)
	}
	resource.UnitTest(t, resource.TestCase{
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_11_0)},
		ProtoV6ProviderFactories: providers(),
		Steps: []resource.TestStep{
			{Config: config(999), ExpectError: regexp.MustCompile(`1000 rows are staged`)},
			{Config: config(1000), ConfigStateChecks: expectValues("zilliz_import_commit.articles", map[string]knownvalue.Check{"imported_rows": knownvalue.Int64Exact(1000)})},
			{Config: config(1000), ConfigPlanChecks: preApply(plancheck.ExpectEmptyPlan())},
		},
	})
	if len(sim.Started()) != 1 || sim.Count("commit", "") != 1 {
		t.Errorf("%d imports were started and %d commits sent, want 1 each", len(sim.Started()), sim.Count("commit", ""))
	}
}
