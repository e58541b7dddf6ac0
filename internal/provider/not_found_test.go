package provider

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// startedJob starts an import in this process, and returns the arguments of a block that
// is about its job.
func startedJob(ctx context.Context, p *testServer) values {
	p.t.Helper()
	state, d := p.create(ctx, importJob, startArguments(nil))
	if len(d) > 0 {
		p.t.Fatal(diagnosticText(d))
	}
	return values{"cluster_id": testCluster, "job_id": stringValue(p.t, state["job_id"])}
}

// TestStartedJobIsOnRecordLate covers a job that the service does not find for some seconds
// after this process has started it.
func TestStartedJobIsOnRecordLate(t *testing.T) {
	t.Parallel()
	waits := map[string]gate{
		"completion": func(p *testServer, ctx context.Context) []*tfprotov6.Diagnostic {
			_, d := p.create(ctx, completion, startedJob(ctx, p))
			return d
		},
		"data source": func(p *testServer, ctx context.Context) []*tfprotov6.Diagnostic {
			v := startedJob(ctx, p)
			v["wait_for_completion"] = true
			return expectCompleted(ctx, p, v)
		},
		"data source with ignore_not_found": func(p *testServer, ctx context.Context) []*tfprotov6.Diagnostic {
			v := startedJob(ctx, p)
			v["wait_for_completion"], v["ignore_not_found"] = true, true
			return expectCompleted(ctx, p, v)
		},
		"action": func(p *testServer, ctx context.Context) []*tfprotov6.Diagnostic {
			_, d := p.invoke(ctx, startedJob(ctx, p))
			return d
		},
	}
	for _, late := range []time.Duration{2 * time.Second, 3 * time.Second, 5 * time.Minute} {
		eachVersion(t, func(t *testing.T, version string) {
			for name, wait := range waits {
				synctest.Test(t, func(t *testing.T) {
					sim := newSim()
					sim.OnStart(func(zillizsim.StartRequest) zillizsim.Job {
						return zillizsim.Job{RecordedAfter: late, Steps: zillizsim.Linear(importTakes)}
					})
					began := time.Now()
					d := wait(configuredFor(t, version, sim), t.Context())
					if took := time.Since(began); len(d) > 0 || took < importTakes || took > importTakes+30*time.Second {
						t.Errorf("%s, on record after %s: the wait ended after %s: %s", name, late, took, diagnosticText(d))
					}
				})
			}
		})
	}
}

// expectCompleted reads a data source, which must say that the import has completed.
func expectCompleted(ctx context.Context, p *testServer, v values) []*tfprotov6.Diagnostic {
	p.t.Helper()
	state, d := p.read(ctx, progress, v)
	if len(d) == 0 && (stringValue(p.t, state["state"]) != "completed" || !state["exists"].Equal(tftypes.NewValue(tftypes.Bool, true))) {
		p.t.Errorf("state %v", state)
	}
	return d
}

// TestPlainReadOfStartedJob checks that a plain read waits until the service has a record.
func TestPlainReadOfStartedJob(t *testing.T) {
	t.Parallel()
	for _, ignore := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			sim := newSim()
			sim.OnStart(func(zillizsim.StartRequest) zillizsim.Job {
				return zillizsim.Job{RecordedAfter: 3 * time.Second, Steps: zillizsim.Linear(importTakes)}
			})
			p := configured(t, sim)
			v := startedJob(t.Context(), p)
			v["ignore_not_found"] = ignore
			state, d := p.read(t.Context(), progress, v)
			if len(d) > 0 || stringValue(t, state["state"]) != "importing" {
				t.Errorf("ignore_not_found %t: %v, %s", ignore, state, diagnosticText(d))
			}
		})
	}
}

// TestStartedJobIsNeverOnRecord checks that a job that this process has started is never
// taken for one that has expired.
func TestStartedJobIsNeverOnRecord(t *testing.T) {
	t.Parallel()
	for _, ignore := range []bool{false, true} {
		for _, wait := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				sim := newSim()
				sim.OnStart(func(zillizsim.StartRequest) zillizsim.Job {
					return zillizsim.Job{RecordedAfter: 24 * time.Hour, Steps: zillizsim.Linear(0)}
				})
				p := configured(t, sim)
				v := startedJob(t.Context(), p)
				v["ignore_not_found"], v["wait_for_completion"], v["timeouts"] = ignore, wait, values{"read": "10m"}
				began := time.Now()
				_, d := p.read(t.Context(), progress, v)
				expectError(t, d, "job_id", "Import job not found", "code 90144")
				if took := time.Since(began); took != 10*time.Minute {
					t.Errorf("ignore_not_found %t, wait %t: the error came after %s, want 10m0s", ignore, wait, took)
				}
			})
		}
	}
}

// TestOtherJobNotFound covers a job that this process has not started: a wait polls it for
// ten seconds, and a plain read does not.
func TestOtherJobNotFound(t *testing.T) {
	t.Parallel()
	for name, wait := range gates() {
		eachVersion(t, func(t *testing.T, version string) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				d := wait(configuredFor(t, version, newSim()), t.Context())
				expectError(t, d, "job_id", "Import job not found", "code 90144", "not on record yet")
				if took := time.Since(began); took != 10*time.Second {
					t.Errorf("%s: the error came after %s, want 10s", name, took)
				}
			})
			// One that another process has started just now is found.
			synctest.Test(t, func(t *testing.T) {
				sim := newSim(zillizsim.Job{RecordedAfter: 9 * time.Second, Steps: zillizsim.Linear(importTakes)})
				if d := wait(configuredFor(t, version, sim), t.Context()); len(d) > 0 {
					t.Errorf("%s: %s", name, diagnosticText(d))
				}
			})
		})
	}
	synctest.Test(t, func(t *testing.T) {
		sim := newSim()
		_, d := configured(t, sim).read(t.Context(), progress, jobArguments(nil))
		expectError(t, d, "job_id", "Import job not found")
		if n := len(sim.Requests()); n != 1 {
			t.Errorf("%d requests were sent, want 1", n)
		}
	})
}

// TestJobIsNotFoundOnce covers a record that is missing in one response, as during a
// restart of the service.
func TestJobIsNotFoundOnce(t *testing.T) {
	t.Parallel()
	for times, title := range map[int]string{1: "", 2: "Import job disappeared"} {
		for name, wait := range gates() {
			synctest.Test(t, func(t *testing.T) {
				sim := newSim(zillizsim.Job{Steps: zillizsim.Linear(importTakes)})
				sim.Inject(zillizsim.Fault{Skip: 20, Times: times, Response: zillizsim.ErrorCode(90144)})
				d := wait(configured(t, sim), t.Context())
				if title == "" && len(d) > 0 {
					t.Errorf("%s: %s", name, diagnosticText(d))
				} else if title != "" {
					expectError(t, d, "job_id", title, "not known whether the import has completed")
				}
			})
		}
	}
}

// TestPatience covers the undocumented code that a service returns while it restarts.
func TestPatience(t *testing.T) {
	t.Parallel()
	const notReady = 1
	tests := []struct {
		name  string
		from  time.Duration // when the outage begins
		takes time.Duration
		title string // of the error, empty if the wait survives
		ends  time.Duration
	}{
		{"after the first response", 3 * time.Second, 20 * time.Second, "", importTakes},
		{"before the first response", 0, 10 * time.Second, "", importTakes},
		{"for longer than the retries, before the first response", 0, time.Hour, "Request rejected by Zilliz Cloud", fiveTries},
		{"for two minutes", 3 * time.Minute, 2 * time.Minute, "", importTakes},
		{"for longer than two minutes", 3 * time.Minute, time.Hour, "Request rejected by Zilliz Cloud", 5 * time.Minute},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for name, wait := range gates() {
				eachVersion(t, func(t *testing.T, version string) {
					synctest.Test(t, func(t *testing.T) {
						began := time.Now()
						n := &faultyNetwork{broken: respondWith(zillizsim.ErrorCode(notReady)), active: func(int) bool {
							elapsed := time.Since(began)
							return elapsed >= test.from && elapsed < test.from+test.takes
						}}
						d := n.wait(t, version, wait)
						if test.title != "" {
							expectError(t, d, "", test.title, "code 1: service not ready", "Code 1 is not documented")
						} else if len(d) > 0 {
							t.Errorf("%s: %s", name, diagnosticText(d))
						}
						if took := time.Since(began); took < test.ends*9/10 || took > test.ends+time.Minute {
							t.Errorf("%s: the wait ended after %s, want %s", name, took, test.ends)
						}
					})
				})
			}
		})
	}
}

// TestRevokedKeyOfMilvus checks that the code of a key that is not accepted is permanent,
// although it is of the kind that a restart returns too.
func TestRevokedKeyOfMilvus(t *testing.T) {
	t.Parallel()
	for name, wait := range gates() {
		synctest.Test(t, func(t *testing.T) {
			sim := newSim(zillizsim.Job{Steps: zillizsim.Linear(importTakes)})
			sim.Inject(zillizsim.Fault{Skip: 20, Times: -1, Response: zillizsim.ErrorCode(1800)})
			d := wait(configuredFor(t, "v2", sim), t.Context())
			expectError(t, d, "", "API key rejected", "code 1800")
			if n := len(sim.Requests()); n != 21 {
				t.Errorf("%s: %d requests, want 21", name, n)
			}
		})
	}
}

// TestWaitsOnOneJob checks that a wait that has failed leaves nothing behind for another.
func TestWaitsOnOneJob(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := newSim(zillizsim.Job{Steps: zillizsim.Linear(importTakes)})
		p := configured(t, sim)
		ended := make(chan error)
		wait := func(timeout string) {
			_, d := p.create(t.Context(), completion, jobArguments(values{"timeouts": values{"create": timeout}}))
			var err error
			if len(d) > 0 {
				err = fmt.Errorf("%s: %s", timeout, diagnosticText(d))
			}
			ended <- err
		}
		go wait("1m")
		go wait("1h")
		if err := <-ended; err == nil {
			t.Error("the first wait ended without an error")
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
