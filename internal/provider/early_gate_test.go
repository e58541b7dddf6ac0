package provider

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// The jobs in this file have a percentage of 1 in API v1, which can mean 1% or 100%. Package
// zilliz tests which responses are ambiguous, and package importjob what the list makes of them.

// TestGateNeverOpensEarly covers a percentage of 1 for an hour: at 1%, and without a time of
// completion. It opens no gate before the import has completed.
func TestGateNeverOpensEarly(t *testing.T) {
	t.Parallel()
	const takes = 55 * time.Minute
	tests := map[string]struct {
		job   zillizsim.Job
		after time.Duration // the longest time from the end of the import; 0 if it does not end
	}{
		"whole percents": {zillizsim.Job{Percent: true, Steps: []zillizsim.Step{{Progress: 0.01}, {After: takes, Progress: 1}}}, 30 * time.Second},
		"the list says so": {zillizsim.Job{NoCompleteTime: true, Steps: []zillizsim.Step{{Progress: 0.99}, {After: takes, Progress: 1}}},
			90 * time.Second}, // the list is read once a minute
		"nothing but 1": {zillizsim.Job{Percent: true, Steps: []zillizsim.Step{{Progress: 0.01}}}, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sim, began := newSim(test.job), time.Now()
				_, d := newProvider(t, sim).create(t.Context(), completion, jobArguments(values{"timeouts": values{"create": "2h"}}))
				took := time.Since(began)
				switch {
				case test.after == 0:
					if took != 2*time.Hour || !hasError(d) || !strings.Contains(diagnosticText(d), "1% or 100%") {
						t.Errorf("the wait ended after %s: %s", took, diagnosticText(d))
					}
				case len(d) > 0 || took < takes || took > takes+test.after:
					t.Errorf("the gate opened after %s, want %s to %s later: %s", took, takes, test.after, diagnosticText(d))
				}
				if n := sim.Count("list", ""); n > 130 {
					t.Errorf("the list was read %d times, want at most once a minute", n)
				}
			})
		})
	}
}

// TestPlainReadOfAmbiguousPercentage checks that a plain read, and an import into the state,
// follow the rule of a wait.
func TestPlainReadOfAmbiguousPercentage(t *testing.T) {
	t.Parallel()
	denied := zillizsim.Fault{Call: "list", Times: -1, Response: zillizsim.HTMLPage(403)}
	tests := map[string]struct {
		job       zillizsim.Job
		fault     zillizsim.Fault
		completed bool
		part      string // of the warning
	}{
		"the list says running":   {zillizsim.Job{Percent: true, Steps: []zillizsim.Step{{Progress: 0.01}}}, zillizsim.Fault{}, false, "can mean 1% or 100%"},
		"the list says completed": {zillizsim.Job{NoCompleteTime: true, Steps: zillizsim.Linear(0)}, zillizsim.Fault{}, true, ""},
		"time of completion":      {zillizsim.Job{Steps: zillizsim.Linear(0)}, denied, true, ""},
		"no list":                 {zillizsim.Job{NoCompleteTime: true, Steps: zillizsim.Linear(0)}, denied, false, "HTTP 403"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sim := newSim(test.job)
				if test.fault.Response != nil {
					sim.Inject(test.fault)
				}
				p := newProvider(t, sim)
				state, d := p.read(t.Context(), progress, jobArguments(nil))
				want := map[bool]string{true: "completed", false: "importing"}[test.completed]
				if !state["completed"].Equal(tftypes.NewValue(tftypes.Bool, test.completed)) || stringValue(t, state["state"]) != want ||
					state["progress_percent"].IsNull() == test.completed {
					t.Errorf("%v, want %s", state, want)
				}
				_, imported := p.importResource(completion, testCluster+"/job-1")
				if test.completed {
					if len(d)+len(imported) > 0 {
						t.Error(diagnosticText(append(d, imported...)))
					}
					return
				}
				expectOneWarning(t, d, "Import job may have completed", test.part, `to "v2" in the provider configuration`)
				expectError(t, imported, "", "Import job can't be imported into the state", "can mean 1% or 100%")
			})
		})
	}
}
