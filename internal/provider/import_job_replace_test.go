package provider

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// endedBy names what ends the old job of a resource that starts another import.
type endedBy struct {
	steps    []zillizsim.Step
	twoPhase bool
	// aborts counts the aborts of the job with abort_on_destroy.
	aborts int
	// named reports whether a warning names the job without abort_on_destroy.
	named bool
	// kept reports whether a warning names the job with abort_on_destroy.
	kept bool
}

// TestReplacedJob starts another import while the old job is in each state.
func TestReplacedJob(t *testing.T) {
	t.Parallel()
	for state, tt := range map[string]endedBy{
		"pending":     {twoPhase: true, aborts: 1, named: true},
		"importing":   {steps: []zillizsim.Step{{Progress: 0.5}}, twoPhase: true, aborts: 1, named: true},
		"uncommitted": {steps: zillizsim.Linear(0), twoPhase: true, aborts: 1, named: true},
		"committing":  {steps: []zillizsim.Step{{Progress: 0.99, State: "Committing"}}, kept: true},
		"unknown":     {steps: []zillizsim.Step{{Progress: 0.99, State: "Sorting"}}, kept: true},
		"completed":   {steps: zillizsim.Linear(0)},
		"failed":      {steps: zillizsim.FailAt(0, 0.5, "no rows")},
	} {
		for _, abort := range []bool{true, false} {
			for _, autoCommit := range []bool{true, false} {
				if state == "completed" && !autoCommit {
					continue // It would be uncommitted.
				}
				if abort && autoCommit && tt.aborts > 0 && state != "uncommitted" {
					continue // The abort would be refused, see TestRefusedAbort.
				}
				for _, destroy := range []bool{true, false} {
					synctest.Test(t, func(t *testing.T) {
						tt.test(t, state, abort, autoCommit, destroy)
					})
				}
			}
		}
	}
}

func (tt endedBy) test(t *testing.T, name string, abort, autoCommit, destroy bool) {
	t.Helper()
	sim := newSim()
	sim.OnStart(func(zillizsim.StartRequest) zillizsim.Job {
		if len(sim.Started()) > 1 {
			return zillizsim.Job{Steps: zillizsim.Linear(0)}
		}
		return zillizsim.Job{Steps: tt.steps}
	})
	config := startArguments(values{"auto_commit": autoCommit, "abort_on_destroy": abort})
	p := newProvider(t, sim, api("v2"))
	m := newManaged(p, importJob)
	if d := m.apply(t.Context(), p, config); len(d) > 0 {
		t.Fatal(diagnosticText(d))
	}
	old := m.text("job_id")
	ended := !tt.twoPhase && !tt.kept
	if autoCommit && name == "uncommitted" {
		ended = true // It has completed instead.
	}
	var d []*tfprotov6.Diagnostic
	if destroy {
		d = m.destroy(t.Context(), newProvider(t, sim, api("v2")))
	} else {
		_, d = m.change(sim, config.with(values{"triggers": unknown}), config.with(values{"triggers": values{"version": "2"}}))
	}
	if hasError(d) {
		t.Fatalf("%s, abort: %t, auto_commit: %t, destroy: %t: %s", name, abort, autoCommit, destroy, diagnosticText(d))
	}
	wantAborts, wantNamed := 0, !abort && !autoCommit && !destroy && tt.named
	if abort {
		wantAborts, wantNamed = tt.aborts, tt.kept
	}
	if ended {
		wantAborts, wantNamed = 0, false
	}
	named := len(d) == 1 && strings.Contains(d[0].Detail, old)
	if n := sim.Count("abort", old); n != wantAborts || named != wantNamed || len(d) > 1 {
		t.Errorf("%s, abort: %t, auto_commit: %t, destroy: %t: %d aborts, want %d; warnings:\n%s\nwant one: %t",
			name, abort, autoCommit, destroy, n, wantAborts, diagnosticText(d), wantNamed)
	}
	if n := sim.Count("commit", ""); n > 0 || sim.Count("abort", "") != wantAborts {
		t.Errorf("%s: %d commits, %d aborts of any job", name, n, sim.Count("abort", ""))
	}
	if destroy != m.state.IsNull() || !destroy && (m.text("job_id") == old || len(sim.Started()) != 2) {
		t.Errorf("%s: state %s, %d imports were started", name, m.state, len(sim.Started()))
	}
}

// TestReplacedJobIsAbortedBeforeTheStart checks that no other import is started if the old
// job could not be aborted, and that the state then keeps it.
func TestReplacedJobIsAbortedBeforeTheStart(t *testing.T) {
	t.Parallel()
	for name, faults := range map[string][]zillizsim.Fault{
		"can't be read":    {{Call: "describe", Times: -1}},
		"can't be aborted": {{Call: "abort", Times: -1, Response: zillizsim.ErrorCode(40022)}},
		"start fails":      {{Call: "create", Times: -1, Response: zillizsim.ErrorCode(10003)}},
	} {
		synctest.Test(t, func(t *testing.T) {
			sim := newSim()
			sim.OnStart(func(zillizsim.StartRequest) zillizsim.Job { return zillizsim.Job{Steps: zillizsim.Linear(time.Hour)} })
			config := startArguments(values{"abort_on_destroy": true})
			p := newProvider(t, sim, api("v2"))
			m := newManaged(p, importJob)
			if d := m.apply(t.Context(), p, config); len(d) > 0 {
				t.Fatal(diagnosticText(d))
			}
			state := m.state
			sim.Inject(faults...)
			changed := config.with(values{"triggers": values{"version": "2"}})
			if _, d := m.change(sim, changed, changed); !hasError(d) || !m.state.Equal(state) || len(sim.Started()) != 1 {
				t.Errorf("%s: state %s, %d imports were started: %s", name, m.state, len(sim.Started()), diagnosticText(d))
			}
		})
	}
}

// TestAbortAsPlanned changes abort_on_destroy together with the import: the new value decides.
func TestAbortAsPlanned(t *testing.T) {
	t.Parallel()
	for _, abort := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			sim := newSim()
			p := newProvider(t, sim, api("v2"))
			m, config := newManaged(p, importJob), startArguments(values{"auto_commit": false, "abort_on_destroy": !abort})
			m.mustApply(p, config)
			d := m.apply(t.Context(), p, config.with(values{"abort_on_destroy": abort, "triggers": values{"v": "2"}}))
			if n := sim.Count("abort", ""); hasError(d) || (n == 1) != abort {
				t.Errorf("abort_on_destroy %t: %d aborts were sent: %s", abort, n, diagnosticText(d))
			}
		})
	}
}

// TestRefusedAbort aborts jobs with auto_commit on, which the service refuses: what it has
// refused is told, however the job ends.
func TestRefusedAbort(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		steps   []zillizsim.Step
		title   string // of the error or the warning
		parts   []string
		forgets bool // whether the job is forgotten nevertheless
	}{
		"completes": {zillizsim.Linear(10 * time.Second), "Import job completed instead of being aborted",
			[]string{"has auto_commit true", "documented for jobs that were started with auto_commit = false", "rows stay in the collection"}, true},
		"fails": {zillizsim.FailAt(10*time.Second, 0.5, "no rows"), "", nil, true},
		"does not end": {[]zillizsim.Step{{Progress: 0.5}}, "Request rejected by Zilliz Cloud",
			[]string{"has auto_commit true", "auto_commit = false", "The state keeps the job", "apply abort_on_destroy = false first"}, false},
	}
	for name, test := range tests {
		for _, destroy := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, destroy %t", name, destroy), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					sim := newSim()
					sim.OnStart(func(zillizsim.StartRequest) zillizsim.Job { return zillizsim.Job{Steps: test.steps} })
					p := newProvider(t, sim, api("v2"))
					m, config := newManaged(p, importJob), startArguments(values{"abort_on_destroy": true})
					m.mustApply(p, config)
					expectOneWarning(t, m.planDestroy(p), "Destroying aborts an unfinished import", "can refuse that")
					old := m.text("job_id")
					var d []*tfprotov6.Diagnostic
					if destroy {
						d = m.destroy(t.Context(), newProvider(t, sim, api("v2")))
					} else {
						d = m.apply(t.Context(), newProvider(t, sim, api("v2")), config.with(values{"triggers": values{"v": "2"}}))
					}
					switch {
					case !test.forgets:
						expectError(t, d, "", test.title, test.parts...)
						if n := strings.Count(diagnosticText(d), "has auto_commit true"); n != 1 {
							t.Errorf("the refusal is quoted %d times:\n%s", n, diagnosticText(d))
						}
					case test.title != "":
						expectOneWarning(t, d, test.title, test.parts...)
					case len(d) > 0:
						t.Error(diagnosticText(d))
					}
					if forgotten := m.state.IsNull() || m.text("job_id") != old; forgotten != test.forgets {
						t.Errorf("job %s is forgotten: %t, want %t", old, forgotten, test.forgets)
					}
				})
			})
		}
	}
}

// TestAbortThatFindsNoJob destroys a job that is read as importing, and that its abort or the
// next read does not find. The import is running, so this must be an error.
func TestAbortThatFindsNoJob(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]zillizsim.Fault{"abort": {Call: "abort"}, "read": {Call: "describe", Skip: 1}} {
		synctest.Test(t, func(t *testing.T) {
			sim := newSim()
			sim.OnStart(func(zillizsim.StartRequest) zillizsim.Job { return zillizsim.Job{Steps: zillizsim.Linear(time.Hour)} })
			p := newProvider(t, sim, api("v2"))
			m := newManaged(p, importJob)
			m.mustApply(p, startArguments(values{"abort_on_destroy": true}))
			fault.Times, fault.Response = -1, zillizsim.ErrorCode(90144)
			sim.Inject(fault)
			expectError(t, m.destroy(t.Context(), p), "", "Import job not found", "abort_on_destroy is true")
			if m.state.IsNull() {
				t.Errorf("%s: the job is forgotten while it is running", name)
			}
		})
	}
}

// TestAbortOfLateJob aborts a job, when its resource is destroyed and before the next import,
// that is on record only some seconds after the next run of Terraform has begun.
func TestAbortOfLateJob(t *testing.T) {
	t.Parallel()
	for _, destroy := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			sim := newSim()
			sim.OnStart(func(zillizsim.StartRequest) zillizsim.Job {
				return zillizsim.Job{Steps: zillizsim.Linear(time.Hour), RecordedAfter: 5 * time.Second}
			})
			arguments := startArguments(values{"abort_on_destroy": true, "auto_commit": false})
			m := newManaged(newProvider(t, sim, api("v2")), importJob)
			m.mustApply(newProvider(t, sim, api("v2")), arguments)
			p := newProvider(t, sim, api("v2"))
			if destroy {
				if d := m.destroy(t.Context(), p); len(d) > 0 {
					t.Error(diagnosticText(d))
				}
			} else {
				m.mustApply(p, arguments.with(values{"triggers": values{"v": "2"}}))
			}
			if n := sim.Count("abort", ""); n != 1 {
				t.Errorf("destroy %t: %d aborts were sent, want 1", destroy, n)
			}
		})
	}
}

// TestAbortOfEndedJob checks that a job that has ended is read once, and then forgotten.
func TestAbortOfEndedJob(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := newSim()
		p := newProvider(t, sim, api("v2"))
		m := newManaged(p, importJob)
		m.mustApply(p, startArguments(values{"abort_on_destroy": true}))
		<-time.After(time.Hour)
		sim.Inject(zillizsim.Fault{Call: "describe", Skip: 1, Times: -1, Response: zillizsim.ErrorCode(90144)})
		if d := m.destroy(t.Context(), p); len(d) > 0 || !m.state.IsNull() {
			t.Error(diagnosticText(d))
		}
	})
}

// TestOldJobThatCantBeRead starts another import while the old job, which stays
// uncommitted, can't be read: the warning names it.
func TestOldJobThatCantBeRead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := newSim()
		p := newProvider(t, sim, api("v2"))
		m, config := newManaged(p, importJob), startArguments(values{"auto_commit": false})
		m.mustApply(p, config)
		old := m.text("job_id")
		sim.Inject(zillizsim.Fault{Call: "describe", JobID: old, Times: -1, Response: zillizsim.Status(503)})
		d := m.apply(t.Context(), p, config.with(values{"triggers": values{"v": "2"}}))
		expectOneWarning(t, d, "Earlier job may not be committed", old, "HTTP 503")
	})
}

// interruptedRead is a network that interrupts a call while a job is read.
type interruptedRead struct {
	sim       http.RoundTripper
	interrupt func()
	responds  bool // whether the response is received nevertheless
}

func (n interruptedRead) RoundTrip(r *http.Request) (*http.Response, error) {
	if !strings.HasSuffix(r.URL.Path, "/describe") {
		return n.sim.RoundTrip(r)
	}
	n.interrupt()
	if !n.responds {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	return n.sim.RoundTrip(r)
}

// TestInterruptWhileTheOldJobIsRead interrupts an update between the request for the old job
// and the start of the new one, which must not be sent then.
func TestInterruptWhileTheOldJobIsRead(t *testing.T) {
	t.Parallel()
	for _, responds := range []bool{true, false} {
		for name, ofProcess := range map[string]bool{"by Terraform": false, "of the process": true} {
			t.Run(fmt.Sprintf("%s, response %t", name, responds), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					sim := newSim()
					arguments := startArguments(values{"auto_commit": false})
					m := newManaged(newProvider(t, sim), importJob)
					m.mustApply(newProvider(t, sim, api("v2")), arguments)
					ctx, interrupt := context.WithCancel(t.Context())
					defer interrupt()
					var interrupted chan struct{}
					if ofProcess {
						interrupted = make(chan struct{})
						interrupt = func() { close(interrupted) }
					}
					network := interruptedRead{zillizsim.Transport(sim), interrupt, responds}
					p := newProvider(t, nil, api("v2"), interruptedBy(interrupted), over(network))
					d := m.apply(ctx, p, arguments.with(values{"triggers": values{"v": "2"}}))
					if last := d[len(d)-1]; last.Summary != "Starting the import was canceled" || len(d) > 1 && !responds {
						t.Error(diagnosticText(d))
					}
					if n := len(sim.Started()); n != 1 {
						t.Errorf("%d imports were started, want 1", n)
					}
				})
			})
		}
	}
}
