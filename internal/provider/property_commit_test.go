package provider

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// phaseScenario is a history of a job whose rows stay invisible until it is committed. One
// block of the provider is about the job while the network fails, and while somebody else
// commits or aborts it.
type phaseScenario struct {
	t    *testing.T
	seed uint64
	rand *rand.Rand
	sim  *zillizsim.Server
	wire *wire
	log  strings.Builder
	// fails reports whether the import fails by itself.
	fails   bool
	others  bool // Somebody else commits or aborts the job.
	timeout time.Duration
	longest time.Duration // the longest time from the start to the end of the import, if nobody has to commit it
}

const phaseJob = "job-1"

// TestPropertyPhases runs random histories of jobs with two phases: for the gates, the
// action that aborts a job, and the destruction of the resource that has started it.
func TestPropertyPhases(t *testing.T) {
	t.Parallel()
	statistics := &startStatistics{counts: map[string]int{}}
	t.Cleanup(func() { t.Logf("scenarios met:\n%s", statistics) })
	testScenarios(t, 300, func(t *testing.T, seed uint64) {
		t.Helper()
		s := newPhaseScenario(t, seed)
		s.run(statistics)
		if t.Failed() {
			t.Logf("seed %d:\n%s", seed, s.log.String())
		}
	})
}

func newPhaseScenario(t *testing.T, seed uint64) *phaseScenario {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 3))
	s := &phaseScenario{t: t, seed: seed, rand: r, sim: newSim(), timeout: oneOf(r, 30*time.Second, 5*time.Minute, 30*time.Minute)}
	takes := between(r, time.Second, oneOf(r, 2*time.Second, 3*time.Minute, 20*time.Minute))
	job := zillizsim.Job{
		ClusterID: testCluster, ID: phaseJob, CollectionName: "articles", Steps: zillizsim.Linear(takes), TotalRows: 7,
		Files: []zillizsim.File{{Name: "a/", Size: 1}}, TwoPhase: r.IntN(5) > 0, CommitTime: oneOf(r, 0, 5*time.Second, 2*time.Minute),
	}
	if s.fails = r.IntN(8) == 0; s.fails {
		job.Steps = zillizsim.FailAt(takes, 0.5, "no rows")
	}
	if r.IntN(8) == 0 {
		job.ExpiresAfter = time.Minute
	}
	s.longest = takes + job.CommitTime
	s.sim.AddJob(job)
	others, ends := oneOf(r, 0, 0, 0.1, 0.5, 0.9), oneOf(r, 0, 0.5, 0.9)
	until := time.Now().Add(oneOf(r, 10*time.Second, 3*time.Minute, time.Hour, time.Hour))
	s.wire = &wire{sim: s.sim, rand: rand.New(rand.NewPCG(seed, 4)), passing: r.IntN(3) > 0, faulty: func(call string) float64 {
		switch {
		case time.Now().After(until):
			return 0
		case call == "commit", call == "abort":
			return ends
		default:
			return others
		}
	}}
	s.logf("import takes %s, two phases: %t, commit takes %s, fails: %t, expires after %s, timeout %s, faults %g, of commit and abort %g, until %s",
		takes, job.TwoPhase, job.CommitTime, s.fails, job.ExpiresAfter, s.timeout, others, ends, until.Format(time.TimeOnly))
	for range oneOf(r, 0, 0, 1, 2) {
		s.others = true
		call, after := oneOf(r, "commit", "abort"), between(r, time.Millisecond, 2*s.longest)
		s.logf("somebody else calls %s after %s", call, after)
		timer := time.AfterFunc(after, func() { s.call(call) })
		t.Cleanup(func() { timer.Stop() })
	}
	return s
}

func (s *phaseScenario) logf(format string, arguments ...any) {
	fmt.Fprintf(&s.log, format+"\n", arguments...)
}

func (s *phaseScenario) errorf(format string, arguments ...any) {
	s.t.Helper()
	s.logf("FAILED: "+format, arguments...)
	s.t.Errorf("seed %d: "+format, append([]any{s.seed}, arguments...)...)
}

// call sends a call about the job to the service, without the provider, and returns the
// state in the answer.
func (s *phaseScenario) call(name string) string {
	body := fmt.Sprintf(`{"clusterId":%q,"jobId":%q}`, testCluster, phaseJob)
	r := httptest.NewRequest(http.MethodPost, "/v2/vectordb/jobs/import/"+name, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+testKey)
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	s.sim.ServeHTTP(w, r)
	var answer struct{ Data struct{ State string } }
	_ = json.Unmarshal(w.Body.Bytes(), &answer) // An error has no state.
	return answer.Data.State
}

// phaseResult is the result of a block.
type phaseResult struct {
	diagnostics []*tfprotov6.Diagnostic
	// state is the state of the staging gate, and inState reports whether the block is in
	// the state afterwards.
	state   string
	inState bool
	took    time.Duration
	// exchanges are those of the block, and last is the last answer of describe: it is
	// faulty if there is none.
	exchanges []exchange
	last      exchange
	// truth is the state of the job afterwards, empty if it is not on record.
	truth       string
	interrupted bool
}

func (s *phaseScenario) run(statistics *startStatistics) {
	kinds := map[string]func(context.Context, *testServer) phaseResult{
		"zilliz_import_commit": nil, "zilliz_import_staging": nil, completion: nil,
		"zilliz_import_abort": s.abort, "destroy": s.destroy,
	}
	kind := oneOf(s.rand, "zilliz_import_commit", "zilliz_import_commit", "zilliz_import_commit", "zilliz_import_commit", "zilliz_import_staging", completion, "zilliz_import_abort", "destroy")
	block := kinds[kind]
	if block == nil {
		block = func(ctx context.Context, p *testServer) phaseResult { return s.gate(ctx, p, kind) }
	}
	if s.rand.IntN(2) == 0 {
		pass(between(s.rand, time.Millisecond, 2*s.longest))
	}
	retries := s.rand.IntN(5)
	p := newProcess(s.t, s.wire)
	if d := p.configure(providerArguments(values{"api_version": "v2", "max_retries": retries})); len(d) > 0 {
		s.t.Fatal(diagnosticText(d))
	}
	ctx, cancel := context.WithCancel(s.t.Context())
	defer cancel()
	began := time.Now()
	var interrupt time.Time
	if s.rand.IntN(8) == 0 {
		after := between(s.rand, time.Millisecond, s.longest)
		interrupt = began.Add(after)
		timer := time.AfterFunc(after, cancel)
		defer timer.Stop()
	}
	result := block(ctx, p)
	result.took = time.Since(began)
	result.truth = s.call("describe")
	result.exchanges, _ = s.wire.since(0, 0)
	result.last.faulty = true
	for _, e := range slices.Backward(result.exchanges) {
		if e.call == "describe" {
			result.last = e
			break
		}
	}
	if !interrupt.IsZero() && !time.Now().Before(interrupt) {
		result.interrupted = true
		if late := time.Since(interrupt); late > time.Second {
			s.errorf("%s ends %s after the interrupt", kind, late)
		}
	}
	s.logf("%s with %d retries from %s on", kind, retries, began.Format("15:04:05.000"))
	for _, e := range result.exchanges {
		s.logf("  %s %s faulty: %t, handled: %t, accepted: %t, rejected: %t, state %s", e.at.Format("15:04:05.000"), e.call, e.faulty, e.handled, e.accepted, e.rejected, e.state)
	}
	s.logf("it took %s, interrupted: %t, the job is %s, diagnostics: %s", result.took, result.interrupted, result.truth, diagnosticText(result.diagnostics))
	s.checkCalls(kind, result)
	switch kind {
	case "zilliz_import_abort":
		s.checkAbort(result)
	case "destroy":
		s.checkDestroy(result)
	default:
		s.checkGate(kind, result)
	}
	title := "success"
	if len(result.diagnostics) > 0 {
		title = result.diagnostics[0].Summary
	}
	statistics.add(kind + ": " + title)
	if slices.ContainsFunc(result.exchanges, func(e exchange) bool { return e.call == "commit" && e.accepted && e.faulty }) {
		statistics.add("commits whose answer is lost")
	}
	if slices.ContainsFunc(result.exchanges, func(e exchange) bool { return e.call == "abort" && e.accepted && e.faulty }) {
		statistics.add("aborts whose answer is lost")
	}
}

// gate creates a gate.
func (s *phaseScenario) gate(ctx context.Context, p *testServer, name string) phaseResult {
	m := newManaged(p, name)
	d := m.apply(ctx, p, jobArguments(values{"timeouts": values{"create": s.timeout.String()}}))
	result := phaseResult{diagnostics: d, inState: !m.state.IsNull()}
	if name == "zilliz_import_staging" {
		result.state = m.text("state")
	}
	return result
}

// abort invokes the action that aborts a job.
func (s *phaseScenario) abort(ctx context.Context, p *testServer) phaseResult {
	const name = "zilliz_import_abort"
	schema := p.schema.ActionSchemas[name].Schema
	config := p.value(schema, jobArguments(values{"timeouts": values{"invoke": s.timeout.String()}}))
	actions, ok := p.server.(tfprotov6.ActionServer)
	if !ok {
		s.t.Fatal("the server has no actions")
	}
	stream, err := actions.InvokeAction(ctx, &tfprotov6.InvokeActionRequest{ActionType: name, Config: config})
	if err != nil {
		s.t.Fatal(err)
	}
	var result phaseResult
	for event := range stream.Events {
		if completed, ok := event.Type.(tfprotov6.CompletedInvokeActionEventType); ok {
			result.diagnostics = completed.Diagnostics
		}
	}
	return result
}

// destroy destroys the resource that has started the job, and lets it abort the job. The
// resource is imported into the state first, and that without faults.
func (s *phaseScenario) destroy(ctx context.Context, p *testServer) phaseResult {
	if s.call("describe") == "" {
		return phaseResult{} // The record has expired already.
	}
	faulty := s.wire.faulty
	s.wire.faulty = func(string) float64 { return 0 }
	m := importManaged(p, importJob, testCluster+"/"+phaseJob)                                        //nolint:contextcheck // it is not what is canceled
	if d := m.apply(s.t.Context(), p, startArguments(values{"abort_on_destroy": true})); len(d) > 0 { //nolint:contextcheck // it is not what is canceled
		s.t.Fatal(diagnosticText(d))
	}
	s.wire.faulty = faulty
	s.wire.exchanges = nil
	d := m.destroy(ctx, p)
	return phaseResult{diagnostics: d, inState: !m.state.IsNull()}
}

// checkCalls checks that a job is committed or aborted only after it was just read in a
// state that allows it, and by nothing else than what is meant to.
func (s *phaseScenario) checkCalls(kind string, result phaseResult) {
	commits, aborts, counted := 0, 0, 0
	for i, e := range result.exchanges {
		var before exchange
		if i > 0 {
			before = result.exchanges[i-1]
		}
		justRead := before.call == "describe" && !before.faulty && before.at.Equal(e.at)
		if e.call == "commit" && !e.rejected {
			counted++ // what a rate limit refuses does not count
		}
		switch e.call {
		case "commit":
			commits++
			if !justRead || before.state != "Uncommitted" {
				s.errorf("%s commits a job that was not just read as uncommitted", kind)
			}
		case "abort":
			aborts++
			if !justRead || !slices.Contains([]string{"Pending", "Importing", "Uncommitted"}, before.state) {
				s.errorf("%s aborts a job that was just read as %q", kind, before.state)
			}
		}
	}
	if commits > 0 && kind != "zilliz_import_commit" || aborts > 0 && kind != "zilliz_import_abort" && kind != "destroy" || counted > 4 {
		s.errorf("%s sends %d commits and %d aborts", kind, commits, aborts)
	}
}

// accepted reports whether the service has accepted a call of the block.
func (r phaseResult) accepted(call string) bool {
	return slices.ContainsFunc(r.exchanges, func(e exchange) bool { return e.call == call && e.accepted })
}

// sent reports whether the block has sent a call.
func (r phaseResult) sent(call string) bool {
	return slices.ContainsFunc(r.exchanges, func(e exchange) bool { return e.call == call })
}

func (r phaseResult) title() string {
	for _, d := range r.diagnostics {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			return d.Summary
		}
	}
	return ""
}

// checkGate checks that a gate opens exactly when the service has said so, and that its
// error is true otherwise.
func (s *phaseScenario) checkGate(kind string, result phaseResult) {
	opens := result.last.state == "Completed" || kind == "zilliz_import_staging" && result.last.state == "Uncommitted"
	if open := !hasError(result.diagnostics); open != opens || open != result.inState {
		s.errorf("%s opens: %t, is in the state: %t, although the last poll was %q", kind, open, result.inState, result.last.state)
		return
	}
	text := diagnosticText(result.diagnostics)
	if opens {
		visible := kind == "zilliz_import_staging" && result.last.state == "Completed"
		if warned := strings.Contains(text, "Imported rows are visible already"); warned != visible || len(result.diagnostics) > 1 {
			s.errorf("%s warns that the rows are visible: %t", kind, warned)
		}
		if kind == "zilliz_import_staging" && result.state != strings.ToLower(result.last.state) {
			s.errorf("the state of the staging is %q, but the job was read as %q", result.state, result.last.state)
		}
		return
	}
	title := result.title()
	switch failed := result.last.state == "Failed"; {
	case failed != (title == "Import job failed"):
		s.errorf("%s: the error is %q, although the last poll was %q", kind, title, result.last.state)
	case title == "Waiting for the import job was canceled" && !result.interrupted:
		s.errorf("%s: the error is %q without an interrupt", kind, title)
	case strings.HasPrefix(title, "Import job did not finish within") && result.took < s.timeout:
		s.errorf("%s: the error is %q after %s", kind, title, result.took)
	}
	if title != "Import job failed" && strings.Contains(text, "A commit was sent") != result.sent("commit") {
		s.errorf("%s: a commit was sent: %t, but the error is:\n%s", kind, result.sent("commit"), text)
	}
	if result.sent("commit") && strings.Contains(text, "stay invisible") {
		s.errorf("%s: the error claims that the rows are invisible, although a commit was accepted:\n%s", kind, text)
	}
	if strings.Contains(text, "The import continues") && slices.Contains([]string{"Completed", "Failed"}, result.truth) && result.last.faulty && !strings.Contains(text, "Last error") {
		s.errorf("%s: the error claims that the import continues, which nobody knows:\n%s", kind, text)
	}
	faulty := slices.ContainsFunc(result.exchanges, func(e exchange) bool { return e.faulty })
	if kind == "zilliz_import_commit" && !faulty && !s.others && !s.fails && !result.interrupted && s.timeout > 2*s.longest+time.Minute && result.truth != "" {
		s.errorf("%s does not open without a fault:\n%s", kind, text)
	}
}

// checkAbort checks the result of the action.
func (s *phaseScenario) checkAbort(result phaseResult) {
	first := exchange{faulty: true}
	for _, e := range result.exchanges {
		if e.call == "describe" && !e.faulty && e.state != "" {
			first = e
			break
		}
	}
	title := result.title()
	want := map[string]string{
		"Import job has completed": "Completed", "Import job has already failed": "Failed", "Import job is being committed": "Committing",
	}
	switch state, decides := want[title]; {
	case title == "" && (result.last.state != "Failed" || !slices.Contains([]string{"Pending", "Importing", "Uncommitted"}, first.state)):
		s.errorf("the abort succeeds, although the job was first read as %q and then as %q", first.state, result.last.state)
	case decides && (result.last.state != state || result.truth != state && result.truth != "" && state != "Committing"):
		s.errorf("the error of the abort is %q, although the job was last read as %q and is %q", title, result.last.state, result.truth)
	case title == "Import job has already failed" && result.sent("abort"):
		s.errorf("the error of the abort is %q, although an abort was sent", title)
	case title == "Import job not aborted" && result.accepted("abort"):
		s.errorf("the error of the abort is %q, although the service has accepted it", title)
	case strings.HasPrefix(title, "Import job not aborted within") && (!result.sent("abort") || result.last.state == "Failed"):
		s.errorf("the error of the abort is %q, although the job was last read as %q", title, result.last.state)
	case title == "Aborting the import job was canceled" && !result.interrupted:
		s.errorf("the error of the abort is %q without an interrupt", title)
	}
}

// checkDestroy checks the result of a destruction that aborts the job.
func (s *phaseScenario) checkDestroy(result phaseResult) {
	text := diagnosticText(result.diagnostics)
	switch {
	case hasError(result.diagnostics) != result.inState:
		s.errorf("the resource is in the state after it was destroyed: %t, diagnostics: %s", result.inState, text)
	case hasError(result.diagnostics):
	case strings.Contains(text, "Import job not aborted") != (result.last.state == "Committing"):
		s.errorf("the job was last read as %q, and the warning is: %s", result.last.state, text)
	case !slices.Contains([]string{"Committing", "Completed", "Failed", ""}, result.last.state):
		s.errorf("the resource was destroyed, although its job was last read as %q", result.last.state)
	case result.last.state == "" && cmp.Or(result.truth, "") != "" && len(result.exchanges) > 0:
		s.errorf("the resource was destroyed, although its job was not read, and is %q", result.truth)
	}
}
