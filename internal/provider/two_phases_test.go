package provider

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

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
		"failed": {job: zillizsim.Job{Steps: zillizsim.FailAt(time.Minute, 0.5, "no rows")}, attribute: "job_id", title: "Import job failed",
			parts: []string{"no rows"}},
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

// TestCommit covers how a commit ends. Package importjob tests what a wait makes of each answer.
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
		"uncommitted":     {job: staged, commits: 1},
		"lost response":   {job: staged, faults: on("commit", zillizsim.Fault{After: true, Response: zillizsim.Reset()}), commits: 1},
		"HTTP 503 before": {job: staged, faults: on("commit", zillizsim.Fault{Times: 3, Response: zillizsim.Status(503)}), commits: 4},
		"always HTTP 503": {
			job: staged, faults: on("commit", zillizsim.Fault{Times: -1, Response: zillizsim.Status(503)}), attribute: "timeouts.create",
			title: "Import job did not finish within 30m", parts: []string{"Last state: uncommitted", "A commit was sent to the job"}, commits: 4,
		},
		"refused for good": {
			job: staged, faults: on("commit", zillizsim.Fault{Times: -1, Response: zillizsim.ErrorCode(2100)}),
			title: "Request rejected by Zilliz Cloud", parts: []string{"code 2100", "Last state: uncommitted", "has refused to commit the job"}, commits: 4,
		},
		"lost, then not found": {
			job: staged, faults: append(on("commit", zillizsim.Fault{Response: zillizsim.Reset()}),
				on("commit", zillizsim.Fault{Times: -1, Response: zillizsim.ErrorCode(90144)})...),
			attribute: "job_id", title: "Import job not found", parts: []string{"Last state: uncommitted", "A commit was sent"}, commits: 4,
		},
		"fails after the commit": {
			job:       zillizsim.Job{Steps: []zillizsim.Step{{Progress: 1, State: "Uncommitted"}, {After: 500 * time.Millisecond, Reason: "no segments"}}},
			faults:    on("commit", zillizsim.Fault{Times: -1, Response: zillizsim.Body(200, "application/json", `{"code":0,"data":{}}`)}),
			attribute: "job_id", title: "Import job failed", commits: 1,
			parts: []string{"no segments", "A commit was sent to the job, which then failed or was aborted"},
		},
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
		zillizsim.Job{ID: "failed", DBName: "library", Steps: zillizsim.FailAt(0, 0.5, "no rows")},
	), api("v2"))
	const wait = "Remove the import block"
	refused := map[string][]string{"uncommitted": {wait}, "running": {"importing, 50%", wait}, "failed": {"no rows", "This one has failed"}}
	only := map[string]string{staging: "Only an uncommitted or completed import", commit: "Only a completed import", completion: "Only a completed import"}
	for name, jobs := range map[string]map[string]bool{
		staging:    {"uncommitted": true, "completed": true, "running": false, "failed": false},
		commit:     {"uncommitted": false, "completed": true, "running": false, "failed": false},
		completion: {"uncommitted": false, "completed": true, "running": false, "failed": false},
	} {
		for job, accepted := range jobs {
			state, d := p.importResource(name, testCluster+"/library/"+job)
			if !accepted {
				expectError(t, d, "", "Import job can't be imported into the state", append(refused[job], only[name])...)
				continue
			}
			if len(d) > 0 || stringValue(t, state["db_name"]) != "library" || stringValue(t, state["id"]) != testCluster+"/"+job {
				t.Errorf("%s of %s: %v, %s", name, job, state, diagnosticText(d))
			}
		}
	}
}

// TestCommitBounds covers jobs whose number of rows is within the bounds of a commit, and
// outside of them.
func TestCommitBounds(t *testing.T) {
	t.Parallel()
	rows := func(low, high any) values { return values{"min_rows": low, "max_rows": high} }
	staged := zillizsim.Job{Steps: zillizsim.Linear(0), TwoPhase: true, TotalRows: 1000}
	completed := zillizsim.Job{Steps: zillizsim.Linear(0), TotalRows: 1000} // somebody else has committed it
	tests := map[string]struct {
		job       zillizsim.Job
		bounds    values
		attribute string // of the error, empty if the job is committed or has been
		parts     []string
		commits   int
	}{
		"too few":               {staged, rows(1001, nil), "min_rows", []string{"1000 rows imported, fewer than 1001", "Nothing was committed", "abort"}, 0},
		"too many":              {staged, rows(1, 999), "max_rows", []string{"1000 rows imported, more than 999", "Nothing was committed"}, 0},
		"0 as a bound":          {staged, rows(nil, 0), "max_rows", []string{"more than 0"}, 0},
		"committed":             {completed, rows(1000, 1000), "", nil, 0},
		"committed, too few":    {completed, rows(1001, nil), "min_rows", []string{"fewer than 1001", "has been committed, so its rows are in the"}, 0},
		"bounds of another job": {zillizsim.Job{Steps: zillizsim.Linear(time.Minute), TwoPhase: true, TotalRows: 7}, rows(7, 7), "", nil, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sim := newSim(test.job)
				p := newProvider(t, sim, api("v2"))
				state, d := p.create(t.Context(), commit, jobArguments(test.bounds))
				switch {
				case test.attribute != "":
					expectError(t, d, test.attribute, "Number of imported rows out of bounds", test.parts...)
				case len(d) > 0 || !state["min_rows"].Equal(tftypes.NewValue(tftypes.Number, test.bounds["min_rows"])):
					t.Errorf("%v, %s", state, diagnosticText(d))
				}
				if n := sim.Count("commit", ""); n != test.commits {
					t.Errorf("%d commits were sent, want %d", n, test.commits)
				}
			})
		})
	}
	for _, unknownRows := range []string{`"Uncommitted"`, `"Completed"`, `"Uncommitted","importedRows":-1`} {
		for _, test := range []struct {
			bounds    values
			attribute string
		}{{rows(1, nil), "min_rows"}, {rows(nil, 1), "max_rows"}} {
			p := newProvider(t, jobOfV2(`"totalRows":1000,"state":`+unknownRows), api("v2"))
			_, d := p.create(t.Context(), commit, jobArguments(test.bounds.with(values{"timeouts": values{"create": "1s"}})))
			expectError(t, d, test.attribute, "Number of imported rows out of bounds", "the number of imported rows is not known",
				"remove min_rows and max_rows")
		}
	}
}

// TestCommitBoundsAfterwards changes the bounds of a commit after an error, and after the job
// was committed.
func TestCommitBoundsAfterwards(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		staged := zillizsim.Job{Steps: zillizsim.Linear(0), TwoPhase: true, TotalRows: 1000}
		another := staged
		another.ID = "job-2"
		sim := newSim(staged, another)
		m := newManaged(newProvider(t, sim, api("v2")), commit)
		tooFew := jobArguments(values{"min_rows": 1001})
		for range 2 { // the next apply looks again
			d := m.apply(t.Context(), newProvider(t, sim, api("v2")), tooFew)
			expectError(t, d, "min_rows", "Number of imported rows out of bounds")
		}
		m.mustApply(newProvider(t, sim, api("v2")), jobArguments(values{"min_rows": 1000}))
		// The state is lost, and the job is measured by the same number.
		m = newManaged(newProvider(t, sim, api("v2")), commit)
		m.mustApply(newProvider(t, sim, api("v2")), jobArguments(values{"min_rows": 1000, "max_rows": 1000}))
		m.expectNothing(sim, tooFew, "changed bounds")
		// Another job in place.
		before := m.state
		d := m.apply(t.Context(), newProvider(t, sim, api("v2")), tooFew.with(values{"job_id": "job-2"}))
		expectError(t, d, "min_rows", "Number of imported rows out of bounds", "job-2")
		if n := sim.Count("commit", ""); n != 1 || !m.state.Equal(before) {
			t.Errorf("%d commits were sent, want 1; state %s", n, m.state)
		}
	})
	p := newProvider(t, newSim(), api("v2"))
	for name, test := range map[string]struct {
		bounds           values
		attribute, title string
	}{
		"crossed":  {values{"min_rows": 2, "max_rows": 1}, "max_rows", "Invalid max_rows"},
		"negative": {values{"min_rows": -1}, "min_rows", "Invalid Attribute Value"},
		"equal":    {values{"min_rows": 1, "max_rows": 1}, "", ""},
		"unknown":  {values{"min_rows": 1, "max_rows": unknown}, "", ""},
	} {
		if d := p.validateResource(commit, jobArguments(test.bounds)); test.title != "" {
			expectError(t, d, test.attribute, test.title)
		} else if len(d) > 0 {
			t.Errorf("%s: %s", name, diagnosticText(d))
		}
	}
}

// TestMovedCompletion moves a completion to a commit, which has the same shape.
func TestMovedCompletion(t *testing.T) {
	t.Parallel()
	sim := newSim()
	p := newProvider(t, sim, api("v2"))
	arguments := jobArguments(values{"db_name": "library", "timeouts": values{"create": "5m"}})
	const encoded = `{"cluster_id":"` + testCluster + `","db_name":"library","job_id":"job-1","id":"` + testCluster + `/job-1","collection_name":"articles",
		"complete_time":"2026-01-02T03:04:05Z","total_rows":7,"imported_rows":7,"timeouts":{"create":"5m"}}`
	move := func(sourceType, address string) *tfprotov6.MoveResourceStateResponse {
		response, err := p.server.MoveResourceState(t.Context(), &tfprotov6.MoveResourceStateRequest{
			SourceTypeName: sourceType, SourceProviderAddress: address, TargetTypeName: commit, SourceState: &tfprotov6.RawState{JSON: []byte(encoded)},
		})
		if err != nil {
			t.Fatal(err)
		}
		return response
	}
	for _, address := range []string{"registry.terraform.io/zilliz-community/zilliz", "registry.opentofu.org/zilliz-community/zilliz"} {
		moved := move(completion, address)
		if len(moved.Diagnostics) > 0 {
			t.Fatal(diagnosticText(moved.Diagnostics))
		}
		m := newManaged(p, commit)
		m.state, m.private, m.identity = m.decoded(moved.TargetState), moved.TargetPrivate, moved.TargetIdentity
		m.expectNothing(sim, arguments, "moved from "+address)
		if m.identityJob() != "job-1" || m.text("complete_time") != "2026-01-02T03:04:05Z" {
			t.Errorf("the identity has job %s, the state is %s", m.identityJob(), m.state)
		}
	}
	for sourceType, address := range map[string]string{
		staging: "registry.terraform.io/zilliz-community/zilliz", completion: "registry.terraform.io/other/zilliz",
	} {
		if moved := move(sourceType, address); !hasError(moved.Diagnostics) {
			t.Errorf("a %s of %s becomes a commit", sourceType, address)
		}
	}
}

// TestAccMovedCompletion moves a completion to a commit with the real CLI.
func TestAccMovedCompletion(t *testing.T) {
	t.Parallel()
	requireCLI(t, 1010) // Terraform can move between types since 1.8
	sim := newSim(zillizsim.Job{Steps: zillizsim.Linear(0), TotalRows: 7})
	const provider = "provider \"zilliz\" {\n  api_version = \"v2\"\n}\n"
	run := newTerraformRun(t, sim, provider+completionConfig(`job_id = "job-1"`))
	run.succeed("apply", "-auto-approve")
	sent := len(sim.Requests())
	moved := strings.Replace(completionConfig(`job_id = "job-1"`), completion, commit, 1) + `
moved {
  from = zilliz_import_completion.test
  to   = zilliz_import_commit.test
}
`
	printed := run.configured(provider+moved).succeed("apply", "-auto-approve")
	if len(sim.Requests()) != sent || !strings.Contains(printed, "has moved to zilliz_import_commit.test") {
		t.Errorf("%d requests were sent:\n%s", len(sim.Requests())-sent, printed)
	}
	run.succeed("plan", "-detailed-exitcode")
}
