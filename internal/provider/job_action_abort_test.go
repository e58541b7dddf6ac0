package provider

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

const importAbort = "zilliz_import_abort"

func TestAbortAction(t *testing.T) {
	t.Parallel()
	half := []zillizsim.Step{{Progress: 0.5}}
	state := func(name string) []zillizsim.Step { return []zillizsim.Step{{Progress: 1, State: name}} }
	answers := func(times int, response http.HandlerFunc) []zillizsim.Fault {
		return []zillizsim.Fault{{Call: "abort", Times: times, Response: response}}
	}
	running := zillizsim.Job{Steps: half, TwoPhase: true}
	const sent, refused = "An abort was sent", "has refused to abort the job"
	tests := map[string]struct {
		job    zillizsim.Job
		faults []zillizsim.Fault
		title  string // of the error, empty if the job is aborted
		parts  []string
		aborts int // the number of requests that abort the job
	}{
		"pending":         {job: zillizsim.Job{TwoPhase: true}, aborts: 1},
		"importing":       {job: running, aborts: 1},
		"uncommitted":     {job: zillizsim.Job{Steps: zillizsim.Linear(0), TwoPhase: true}, aborts: 1},
		"committing":      {job: zillizsim.Job{Steps: state("Committing")}, title: "Import job is being committed", parts: []string{"can't be aborted"}},
		"completed":       {job: zillizsim.Job{Steps: zillizsim.Linear(0)}, title: "Import job has completed", parts: []string{"in the collection"}},
		"failed":          {job: zillizsim.Job{Steps: zillizsim.FailAt(0, 0.5, "no rows")}, title: "Import job has already failed", parts: []string{"no rows"}},
		"unknown state":   {job: zillizsim.Job{Steps: state("Rebalancing")}, title: "Import job not aborted", parts: []string{`"rebalancing"`}},
		"lost response":   {job: running, faults: []zillizsim.Fault{{Call: "abort", After: true, Response: zillizsim.Reset()}}, aborts: 1},
		"HTTP 503 before": {job: running, faults: answers(1, zillizsim.Status(503)), aborts: 2},
		"HTTP 403 before": {job: running, faults: answers(1, zillizsim.HTMLPage(403)), aborts: 2},
		"always HTTP 503": {job: running, faults: answers(-1, zillizsim.Status(503)), title: unavailable, parts: []string{"HTTP 503", sent}, aborts: 5},
		"always HTTP 403": {job: running, faults: answers(-1, zillizsim.HTMLPage(403)), title: "Access denied", parts: []string{"HTTP 403", refused}, aborts: 5},
		"no such call": {job: running, faults: answers(-1, zillizsim.HTMLPage(404)), title: "Import API not found at this host",
			parts: []string{"/import/abort", refused}, aborts: 5},
		"key without access": {job: running, faults: answers(-1, zillizsim.ErrorCode(40022)), title: "No access to the cluster", parts: []string{refused}, aborts: 1},
		"auto_commit": {job: zillizsim.Job{Steps: half}, title: "Request rejected by Zilliz Cloud", parts: []string{"has auto_commit true", refused,
			"documented for jobs that were started with auto_commit = false"}, aborts: 5},
		"auto_commit, completes": {job: zillizsim.Job{Steps: zillizsim.Linear(20 * time.Second)}, title: "Import job has completed",
			parts: []string{"has auto_commit true", refused}, aborts: 4},
		"without effect": {job: running, faults: answers(-1, zillizsim.Body(200, "application/json", `{"code":0}`)),
			title: "Import job not aborted within 50s", parts: []string{sent}, aborts: 5},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sim := newSim(test.job)
				sim.Inject(test.faults...)
				shown, d := newProvider(t, sim, api("v2")).invokeAction(t.Context(), importAbort, jobArguments(values{"timeouts": values{"invoke": "50s"}}))
				if test.title == "" {
					if len(d) > 0 {
						t.Error(diagnosticText(d))
					}
				} else {
					attribute := ""
					if test.aborts == 0 || strings.HasPrefix(test.title, "Import job has") {
						attribute = "job_id"
					}
					expectError(t, d, attribute, test.title, append(test.parts, "Import job job-1")...)
					if text := diagnosticText(d); strings.Contains(text, refused) == strings.Contains(text, sent) && test.aborts > 0 {
						t.Errorf("the error must say either that the abort was refused, or that it was sent:\n%s", text)
					} else if strings.Count(text, "has auto_commit true") > 1 {
						t.Errorf("the refusal is quoted twice:\n%s", text)
					}
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
		_, d := newProvider(t, sim, api("v2")).invokeAction(t.Context(), importAbort, jobArguments(nil))
		expectError(t, d, "job_id", "Import job is being committed")
		if n := sim.Count("abort", ""); n != 1 {
			t.Errorf("%d aborts were sent, want 1", n)
		}
	})
}

func TestAbortActionErrors(t *testing.T) {
	t.Parallel()
	sim := newSim()
	_, d := newProvider(t, sim, api("v2")).invokeAction(t.Context(), importAbort, jobArguments(nil))
	expectError(t, d, "job_id", "Import job not found", "code 90144")
	_, d = newProvider(t, sim, api("v2")).invokeAction(t.Context(), importAbort, jobArguments(values{"timeouts": values{"invoke": "soon"}}))
	expectError(t, d, "timeouts.invoke", "Invalid timeouts.invoke")
	sent := len(sim.Requests())
	_, d = newProvider(t, sim).invokeAction(t.Context(), importAbort, jobArguments(nil))
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
			p := newProvider(t, sim, api("v2"))
			began := time.Now()
			p.stopAfter(10 * time.Second)
			_, d := p.invokeAction(t.Context(), importAbort, jobArguments(nil))
			expectError(t, d, "", "Aborting the import job was canceled")
			if took := time.Since(began); took > 11*time.Second || strings.Contains(diagnosticText(d), "An abort was sent") != (call == "abort") {
				t.Errorf("%s: the action ended after %s: %s", call, took, diagnosticText(d))
			}
		})
	}
}
