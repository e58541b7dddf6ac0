package provider

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

func TestTimeoutWithoutEffect(t *testing.T) {
	t.Parallel()
	p := newProvider(t, newSim())
	create, read := values{"timeouts": values{"create": "45m"}}, values{"timeouts": values{"read": "45m"}}
	const ofDataSource = "timeouts.create has no effect here: a data source has timeouts.read."
	const ofResource = "timeouts.read has no effect here: a resource has timeouts.create and timeouts.update."

	expectWarning(t, p.validateDataSource(t.Context(), progress, jobArguments(create)), "timeouts.create", ofDataSource)
	expectWarning(t, p.validateDataSource(t.Context(), importJobs, values{"cluster_id": testCluster, "timeouts": create["timeouts"]}),
		"timeouts.create", ofDataSource)
	expectWarning(t, p.validateResource(completion, jobArguments(read)), "timeouts.read", ofResource)
	expectWarning(t, p.validateResource(importJob, startArguments(read)), "timeouts.read", ofResource)
	_, d := p.invoke(t.Context(), jobArguments(read))
	expectWarning(t, d, "timeouts.read", "timeouts.read has no effect here: an action has timeouts.invoke.")

	for name, d := range map[string][]*tfprotov6.Diagnostic{
		"data source": p.validateDataSource(t.Context(), progress, jobArguments(read)),
		"resource":    p.validateResource(completion, jobArguments(create)),
		"update":      p.validateResource(completion, jobArguments(values{"timeouts": values{"update": "45m"}})),
		"unknown":     p.validateResource(completion, jobArguments(values{"timeouts": values{"create": unknown}})),
		"null":        p.validateResource(completion, jobArguments(values{"timeouts": values{"create": nil, "read": nil, "update": nil}})),
		"empty":       p.validateResource(completion, jobArguments(values{"timeouts": values{}})),
	} {
		if len(d) > 0 {
			t.Errorf("%s: %s", name, diagnosticText(d))
		}
	}
}

func TestDefaultTimeouts(t *testing.T) {
	t.Parallel()
	for name, timeouts := range map[string]any{"no timeouts": nil, "empty": values{}, "null": values{"read": nil}} {
		synctest.Test(t, func(t *testing.T) {
			sim := newSim(zillizsim.Job{Steps: []zillizsim.Step{{Progress: 0.5}}})
			began := time.Now()
			_, d := newProvider(t, sim).read(t.Context(), progress, jobArguments(values{"wait_for_completion": true, "timeouts": timeouts}))
			expectError(t, d, "timeouts.read", "Import job did not finish within 30m")
			if took := time.Since(began); took != defaultWaitTimeout {
				t.Errorf("%s: the wait took %s, want %s", name, took, defaultWaitTimeout)
			}
		})
	}
}

func TestPollIntervalWithoutEffect(t *testing.T) {
	t.Parallel()
	p := newProvider(t, newSim())
	const detail = "The data source reads the job once, since wait_for_completion is not true. Set wait_for_completion = true, or remove poll_interval."
	for _, waits := range []any{nil, false} {
		d := p.validateDataSource(t.Context(), progress, jobArguments(values{"poll_interval": "5s", "wait_for_completion": waits}))
		expectWarning(t, d, "poll_interval", detail)
	}
	for _, waits := range []any{true, unknown} {
		if d := p.validateDataSource(t.Context(), progress, jobArguments(values{"poll_interval": "5s", "wait_for_completion": waits})); len(d) > 0 {
			t.Errorf("wait_for_completion %v: %s", waits, diagnosticText(d))
		}
	}
}
