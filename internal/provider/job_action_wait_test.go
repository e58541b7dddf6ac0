package provider

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

const importWait = "zilliz_import_wait"

// progressEvent is a progress message and the time of its arrival.
type progressEvent struct {
	at   time.Duration
	text string
}

// invoke invokes the action that waits, as Terraform 1.14 and later do.
func (p *testServer) invoke(ctx context.Context, v values) (shown []progressEvent, diagnostics []*tfprotov6.Diagnostic) {
	p.t.Helper()
	return p.invokeAction(ctx, importWait, v)
}

// invokeAction invokes an action.
func (p *testServer) invokeAction(ctx context.Context, name string, v values) (shown []progressEvent, diagnostics []*tfprotov6.Diagnostic) {
	p.t.Helper()
	config := p.value(p.schema.ActionSchemas[name].Schema, v)
	server, ok := p.server.(tfprotov6.ActionServer)
	if !ok {
		p.t.Fatal("the provider has no actions")
	}
	valid, err := server.ValidateActionConfig(ctx, &tfprotov6.ValidateActionConfigRequest{ActionType: name, Config: config})
	if err != nil {
		p.t.Fatal(err)
	}
	if len(valid.Diagnostics) > 0 {
		return nil, valid.Diagnostics
	}
	began := time.Now()
	stream, err := server.InvokeAction(ctx, &tfprotov6.InvokeActionRequest{ActionType: name, Config: config})
	if err != nil {
		p.t.Fatal(err)
	}
	for event := range stream.Events {
		switch e := event.Type.(type) {
		case tfprotov6.ProgressInvokeActionEventType:
			shown = append(shown, progressEvent{time.Since(began), e.Message})
		case tfprotov6.CompletedInvokeActionEventType:
			if p.sending > 0 { // a timer that is due at once can crash Go 1.26 here (golang/go#78156)
				<-time.After(p.sending)
			}
			diagnostics = e.Diagnostics
		}
	}
	return shown, diagnostics
}

// planAction plans an action.
func (p *testServer) planAction(name string, v values) []*tfprotov6.Diagnostic {
	p.t.Helper()
	server, ok := p.server.(tfprotov6.ActionServer)
	if !ok {
		p.t.Fatal("the provider has no actions")
	}
	config := p.value(p.schema.ActionSchemas[name].Schema, v)
	response, err := server.PlanAction(p.t.Context(), &tfprotov6.PlanActionRequest{ActionType: name, Config: config})
	if err != nil {
		p.t.Fatal(err)
	}
	return response.Diagnostics
}

func TestActionProgress(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, version string) {
		synctest.Test(t, func(t *testing.T) {
			sim := newSim(zillizsim.Job{Steps: zillizsim.Milvus(10 * time.Minute)})
			shown, d := newProvider(t, sim, api(version)).invoke(t.Context(), jobArguments(nil))
			if len(d) > 0 {
				t.Fatal(diagnosticText(d))
			}
			for i := 1; i < len(shown); i++ {
				// A poll that changes nothing sends a message if the last one is old enough.
				const longestPause = 30 * time.Second
				if gap := shown[i].at - shown[i-1].at; gap < time.Second || gap > messageInterval+longestPause {
					t.Errorf("%s between %q and %q", gap, shown[i-1].text, shown[i].text)
				}
			}
			has := func(part string) bool {
				return slices.ContainsFunc(shown, func(s progressEvent) bool { return strings.Contains(s.text, part) })
			}
			for _, part := range []string{"0% ", "importing, 10%", "importing, 80% (5m", "completed, 100% (10m"} {
				if !has(part) {
					t.Errorf("no message contains %q: %v", part, shown)
				}
			}
		})
	})
}

func TestActionErrors(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, version string) {
		synctest.Test(t, func(t *testing.T) {
			sim := newSim(
				zillizsim.Job{ID: "failing", Steps: zillizsim.FailAt(time.Minute, 0.4, "no rows")},
				zillizsim.Job{ID: "endless", Steps: []zillizsim.Step{{Progress: 0.8}}},
			)
			p := newProvider(t, sim, api(version))
			_, d := p.invoke(t.Context(), jobArguments(values{"job_id": "failing"}))
			expectError(t, d, "job_id", "Import job failed", "no rows")
			_, d = p.invoke(t.Context(), jobArguments(values{"job_id": "endless", "timeouts": values{"invoke": "5m"}}))
			expectError(t, d, "timeouts.invoke", "Import job did not finish within 5m", "80%", "timeouts.invoke")
			_, d = p.invoke(t.Context(), jobArguments(values{"timeouts": values{"invoke": "0s"}}))
			expectError(t, d, "timeouts.invoke", "Invalid timeouts.invoke")
		})
	})
}

func TestProgressMessage(t *testing.T) {
	t.Parallel()
	in := func(state importjob.State, percent *float64) *importjob.Job {
		return &importjob.Job{Progress: importjob.Progress{State: state, ProgressPercent: percent}}
	}
	ambiguous, contradicted := in("importing", nil), in("importing", nil)
	ambiguous.Ambiguous, contradicted.Ambiguous, contradicted.ReadyPercentage = true, true, new(100.0)
	tests := map[string]importjob.Poll{
		"importing, 42% (1m20s so far)":                                                         {Job: in("importing", new(42.0))},
		"importing, 1% or 100% (1m20s so far)":                                                  {Job: ambiguous},
		"importing, 100%, but not all of its files (1m20s so far)":                              {Job: contradicted},
		"uncommitted, waiting for a commit, for example by zilliz_import_commit (1m20s so far)": {Job: in("uncommitted", nil)},
		"pending (1m20s so far)":                                                                {Job: in("pending", nil)},
		"none (1m20s so far)":                                                                   {Job: in("", nil)},
		"no result yet (1m20s so far)":                                                          {},
		"no result yet (1m20s so far); the last poll failed":                                    {Err: context.DeadlineExceeded},
		"importing, 42% (1m20s so far); the last poll failed":                                   {Job: in("importing", new(42.0)), Err: context.DeadlineExceeded},
	}
	for want, poll := range tests {
		poll.Elapsed = 80 * time.Second
		if got := progressMessage(poll); got != want {
			t.Errorf("progressMessage = %q, want %q", got, want)
		}
	}
}
