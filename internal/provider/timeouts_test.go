package provider

import (
	"strings"
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

// TestUnknownTimeout checks that a key that no block has is an error.
func TestUnknownTimeout(t *testing.T) {
	t.Parallel()
	p := newProvider(t, newSim(), api("v2"))
	for _, key := range []string{"Create", "raed", "delete", ""} {
		wrong := jobArguments(values{"timeouts": values{key: "45m"}})
		for name, d := range map[string][]*tfprotov6.Diagnostic{
			"a data source": p.validateDataSource(t.Context(), progress, wrong), "a resource": p.validateResource(commit, wrong),
		} {
			expectError(t, d, "timeouts."+key, "Unknown timeout", "No block has timeouts."+key+": "+name+" has timeouts.")
		}
		_, d := p.invoke(t.Context(), wrong)
		expectError(t, d, "timeouts."+key, "Unknown timeout", "an action has timeouts.invoke")
	}
	if d := p.validateResource(commit, jobArguments(values{"timeouts": values{"Create": nil}})); len(d) > 0 {
		t.Errorf("null: %s", diagnosticText(d))
	}
}

// TestEitherTimeout checks that create and update stand for each other, in a gate and in a
// start, and that errors point at the key that is set.
func TestEitherTimeout(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		timeouts       any
		create, update time.Duration
		createKey      string // of the errors
		updateKey      string
	}{
		"create":      {values{"create": "3m"}, 3 * time.Minute, 3 * time.Minute, "create", "create"},
		"update":      {values{"update": "4m"}, 4 * time.Minute, 4 * time.Minute, "update", "update"},
		"both":        {values{"create": "3m", "update": "4m"}, 3 * time.Minute, 4 * time.Minute, "create", "update"},
		"null create": {values{"create": nil, "update": "4m"}, 4 * time.Minute, 4 * time.Minute, "update", "update"},
		"none":        {nil, 30 * time.Minute, 30 * time.Minute, "create", "update"},
	}
	for name, test := range tests {
		for _, block := range []string{completion, importJob} {
			t.Run(name+", "+block, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					sim := newSim(zillizsim.Job{ID: "done", CollectionName: "books", Steps: zillizsim.Linear(0)},
						zillizsim.Job{CollectionName: "books", Steps: []zillizsim.Step{{Progress: 0.5}}})
					p := newProvider(t, sim)
					m, created := newManaged(p, block), newManaged(p, block)
					title, done, endless := "Import job did not finish within ", jobArguments(values{"job_id": "done"}), jobArguments(nil)
					create, update := test.create, test.update
					if block == importJob {
						title, done, endless = "Cluster is busy with another import", startArguments(nil), startArguments(values{"object_urls": nestedURL()})
						if test.timeouts == nil {
							create, update = time.Hour, time.Hour
						}
					}
					m.mustApply(p, done)
					sim.Inject(zillizsim.Fault{StartOnly: true, Times: -1, Response: zillizsim.ErrorCode(47055)})
					endless["timeouts"] = test.timeouts
					check := func(m *managed, want time.Duration, key string) {
						began := time.Now()
						d := m.apply(t.Context(), p, endless)
						took := time.Since(began)
						if len(d) != 1 || !strings.HasPrefix(d[0].Summary, title) || took > want || took < want*9/10 {
							t.Errorf("it took %s, want %s: %s", took, want, diagnosticText(d))
						} else if block == completion && pathText(d[0].Attribute) != "timeouts."+key {
							t.Errorf("the error points at %s, want timeouts.%s", pathText(d[0].Attribute), key)
						}
					}
					check(m, update, test.updateKey)
					check(created, create, test.createKey)
				})
			})
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
	p := newProvider(t, newSim(zillizsim.Job{Steps: zillizsim.Linear(0)}))
	for _, waits := range []any{nil, false, true} {
		_, d := p.read(t.Context(), progress, jobArguments(values{"poll_interval": "5s", "wait_for_completion": waits}))
		if waits != true {
			expectWarning(t, d, "poll_interval", "The data source reads the job once. Set wait_for_completion = true, or remove poll_interval.")
		} else if len(d) > 0 {
			t.Error(diagnosticText(d))
		}
	}
}
