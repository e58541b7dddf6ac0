package provider

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

const importAbort = "zilliz_import_abort"

func TestAbortAction(t *testing.T) {
	t.Parallel()
	half := []zillizsim.Step{{Progress: 0.5}}
	state := func(name string) []zillizsim.Step { return []zillizsim.Step{{Progress: 1, State: name}} }
	tests := map[string]struct {
		job    zillizsim.Job
		faults []zillizsim.Fault
		title  string // of the error, empty if the job is aborted
		part   string
		aborts int // It is the number of requests that abort the job.
	}{
		"pending":         {job: zillizsim.Job{}, aborts: 1},
		"importing":       {job: zillizsim.Job{Steps: half}, aborts: 1},
		"uncommitted":     {job: zillizsim.Job{Steps: zillizsim.Linear(0), TwoPhase: true}, aborts: 1},
		"committing":      {job: zillizsim.Job{Steps: state("Committing")}, title: "Import job is being committed", part: "can't be aborted"},
		"completed":       {job: zillizsim.Job{Steps: zillizsim.Linear(0)}, title: "Import job has completed", part: "rows are in the collection"},
		"failed":          {job: zillizsim.Job{Steps: zillizsim.FailAt(0, 0.5, "no rows")}, title: "Import job has already failed", part: "no rows"},
		"unknown state":   {job: zillizsim.Job{Steps: state("Rebalancing")}, title: "Import job not aborted", part: `"rebalancing"`},
		"lost response":   {job: zillizsim.Job{Steps: half}, faults: []zillizsim.Fault{{Call: "abort", After: true, Response: zillizsim.Reset()}}, aborts: 1},
		"HTTP 503 before": {job: zillizsim.Job{Steps: half}, faults: []zillizsim.Fault{{Call: "abort", Response: zillizsim.Status(503)}}, aborts: 2},
		"always HTTP 503": {job: zillizsim.Job{Steps: half}, faults: []zillizsim.Fault{{Call: "abort", Times: -1, Response: zillizsim.Status(503)}}, title: unavailable, part: "HTTP 503", aborts: 5},
		"rejected":        {job: zillizsim.Job{Steps: half}, faults: []zillizsim.Fault{{Call: "abort", Response: zillizsim.HTMLPage(403)}}, title: "Access denied", part: "HTTP 403", aborts: 1},
		"no such call":    {job: zillizsim.Job{Steps: half}, faults: []zillizsim.Fault{{Call: "abort", Response: zillizsim.HTMLPage(404)}}, title: "Import API not found at this host", part: "/import/abort", aborts: 1},
		"without effect":  {job: zillizsim.Job{Steps: half}, faults: []zillizsim.Fault{{Call: "abort", Times: -1, Response: zillizsim.Body(200, "application/json", `{"code":0}`)}}, title: "Import job not aborted within 50s", part: "An abort was sent", aborts: 5},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sim := newSim(test.job)
				sim.Inject(test.faults...)
				shown, d := configuredFor(t, "v2", sim).invokeAction(t.Context(), importAbort, jobArguments(values{"timeouts": values{"invoke": "50s"}}))
				if test.title == "" {
					if len(d) > 0 {
						t.Error(diagnosticText(d))
					}
				} else {
					attribute := ""
					if test.aborts == 0 {
						attribute = "job_id"
					}
					expectError(t, d, attribute, test.title, test.part, "Import job job-1")
				}
				if n := sim.Count("abort", "job-1"); n != test.aborts {
					t.Errorf("%d aborts were sent, want %d", n, test.aborts)
				}
				if test.aborts > 0 && (len(shown) != 1 || !strings.HasPrefix(shown[0].text, "Aborting the job: ")) {
					t.Errorf("messages: %v", shown)
				}
			})
		})
	}
}

// TestAbortIsNotSentWhileCommitting covers a job that somebody commits after it was read.
func TestAbortIsNotSentWhileCommitting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := newSim(zillizsim.Job{Steps: []zillizsim.Step{{Progress: 1, State: "Uncommitted"}, {After: 500 * time.Millisecond, Progress: 1, State: "Committing"}}})
		sim.Inject(zillizsim.Fault{Call: "abort", Times: -1, Response: zillizsim.ErrorCode(2100)})
		_, d := configuredFor(t, "v2", sim).invokeAction(t.Context(), importAbort, jobArguments(nil))
		expectError(t, d, "job_id", "Import job is being committed")
		if n := sim.Count("abort", ""); n != 1 {
			t.Errorf("%d aborts were sent, want 1", n)
		}
	})
}

func TestAbortActionErrors(t *testing.T) {
	t.Parallel()
	sim := newSim()
	_, d := configuredFor(t, "v2", sim).invokeAction(t.Context(), importAbort, jobArguments(nil))
	expectError(t, d, "job_id", "Import job not found", "code 90144")
	_, d = configuredFor(t, "v2", sim).invokeAction(t.Context(), importAbort, jobArguments(values{"timeouts": values{"invoke": "soon"}}))
	expectError(t, d, "timeouts.invoke", "Invalid timeouts.invoke")
	sent := len(sim.Requests())
	_, d = configured(t, sim).invokeAction(t.Context(), importAbort, jobArguments(nil))
	expectError(t, d, "", "zilliz_import_abort requires API v2", `api_version = "v2"`)
	if n := len(sim.Requests()); n != sent {
		t.Errorf("%d requests were sent, want 0", n-sent)
	}
}

// TestAbortActionCanceled checks that an interrupt ends the action within a second.
func TestAbortActionCanceled(t *testing.T) {
	t.Parallel()
	for _, call := range []string{"describe", "abort"} {
		synctest.Test(t, func(t *testing.T) {
			sim := newSim(zillizsim.Job{Steps: []zillizsim.Step{{Progress: 0.5}}})
			sim.Inject(zillizsim.Fault{Call: call, Times: -1, Response: zillizsim.Hang()})
			p := configuredFor(t, "v2", sim)
			began := time.Now()
			time.AfterFunc(10*time.Second, func() {
				if _, err := p.server.StopProvider(context.Background(), &tfprotov6.StopProviderRequest{}); err != nil {
					t.Error(err)
				}
			})
			_, d := p.invokeAction(t.Context(), importAbort, jobArguments(nil))
			expectError(t, d, "", "Aborting the import job was canceled")
			if took := time.Since(began); took > 11*time.Second || strings.Contains(diagnosticText(d), "An abort was sent") != (call == "abort") {
				t.Errorf("%s: the action ended after %s: %s", call, took, diagnosticText(d))
			}
		})
	}
}
