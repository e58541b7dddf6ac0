package provider

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zilliz"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

const progress = "zilliz_import_progress"

func TestPlainReadSendsOneRequest(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, version string) {
		synctest.Test(t, func(t *testing.T) {
			sim := newSim(zillizsim.Job{Steps: []zillizsim.Step{{Progress: 0.5}}})
			began := time.Now()
			state, d := newProvider(t, sim, api(version)).read(t.Context(), progress, jobArguments(nil))
			if len(d) > 0 {
				t.Fatal(diagnosticText(d))
			}
			if stringValue(t, state["state"]) != "importing" || stringValue(t, state["id"]) != testCluster+"/job-1" {
				t.Errorf("state %v", state)
			}
			if len(sim.Requests()) != 1 || time.Since(began) != 0 {
				t.Errorf("%d requests in %s, want 1 in 0s", len(sim.Requests()), time.Since(began))
			}
			if agent := sim.Requests()[0].Header.Get("User-Agent"); agent != "Terraform/1.11.4 terraform-provider-zilliz/test" {
				t.Errorf("User-Agent = %q", agent)
			}
		})
	})
}

func TestPollInterval(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, version string) {
		synctest.Test(t, func(t *testing.T) {
			sim := newSim(zillizsim.Job{Steps: zillizsim.Linear(time.Hour)})
			_, d := newProvider(t, sim, api(version)).read(t.Context(), progress, jobArguments(values{
				"wait_for_completion": true, "poll_interval": "10m", "timeouts": values{"read": "2h"},
			}))
			if len(d) > 0 || len(sim.Requests()) != 7 {
				t.Errorf("%d requests, want 7: %s", len(sim.Requests()), diagnosticText(d))
			}
		})
	})
}

func TestWaitErrors(t *testing.T) {
	t.Parallel()
	waits := func(changes values) values { return jobArguments(values{"wait_for_completion": true}).with(changes) }
	tests := []struct {
		name      string
		job       zillizsim.Job
		faults    []zillizsim.Fault
		arguments values
		attribute string
		title     string
		parts     []string
	}{
		{
			name: "fails", job: zillizsim.Job{Steps: zillizsim.FailAt(time.Minute, 0.4, "dimension 512, not 768"), Files: []zillizsim.File{{Name: "a.parquet"}}},
			arguments: waits(nil), attribute: "job_id", title: "Import job failed",
			parts: []string{"Import job job-1, cluster " + testCluster, "Zilliz Cloud: dimension 512, not 768", "change triggers of the zilliz_import_job"},
		},
		{
			name: "takes too long", job: zillizsim.Job{Steps: []zillizsim.Step{{Progress: 0.8}}},
			arguments: waits(values{"timeouts": values{"read": "45m"}}), attribute: "timeouts.read", title: "Import job did not finish within 45m",
			parts: []string{"importing, 80%", "polls in 45m", "continues in Zilliz Cloud", "timeouts.read", "same percentage is normal"},
		},
		{
			name: "no response", faults: []zillizsim.Fault{{Times: -1, Response: zillizsim.Hang()}},
			arguments: waits(values{"timeouts": values{"read": "20s"}}), attribute: "timeouts.read", title: "No response from Zilliz Cloud within 20s",
			parts: []string{"Check whether Zilliz Cloud can be reached"},
		},
		{
			name: "record expires while waiting", job: zillizsim.Job{Steps: zillizsim.FailAt(time.Second, 0.4, "unseen"), ExpiresAfter: time.Second},
			arguments: waits(values{"poll_interval": "10m"}), attribute: "job_id", title: "Import job disappeared",
			parts: []string{"0% (3 polls in 10m5s; read 10m5s ago)", "code 90144", "not known whether"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			eachVersion(t, func(t *testing.T, version string) {
				synctest.Test(t, func(t *testing.T) {
					sim := newSim(test.job)
					sim.Inject(test.faults...)
					_, d := newProvider(t, sim, api(version)).read(t.Context(), progress, test.arguments)
					expectError(t, d, test.attribute, test.title, test.parts...)
				})
			})
		})
	}
}

func TestIgnoreNotFound(t *testing.T) {
	t.Parallel()
	for _, wait := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			sim := newSim()
			began := time.Now()
			state, d := newProvider(t, sim).read(t.Context(), progress, jobArguments(values{"ignore_not_found": true, "wait_for_completion": wait}))
			if len(d) > 0 {
				t.Fatal(diagnosticText(d))
			}
			var exists, completed bool
			if state["exists"].As(&exists) != nil || state["completed"].As(&completed) != nil || exists || completed || stringValue(t, state["state"]) != "not_found" {
				t.Errorf("wait %t: %v", wait, state)
			}
			for _, name := range []string{"progress_percent", "file_name", "files", "error_message"} {
				if !state[name].IsNull() {
					t.Errorf("%s is %s, want null", name, state[name])
				}
			}
			if n := len(sim.Requests()); !wait && n != 1 {
				t.Errorf("%d requests were sent, want 1", n)
			}
			if took := time.Since(began); !wait && took != 0 || wait && took != 10*time.Second {
				t.Errorf("wait %t: the read took %s, want 0s, or 10s for a wait", wait, took)
			}
		})
	}
}

func TestIgnoreNotFoundKeepsOtherErrors(t *testing.T) {
	t.Parallel()
	sim := newSim()
	sim.Refuse(testCluster, int(zilliz.CodeClusterNotInRegion))
	_, d := newProvider(t, sim).read(t.Context(), progress, jobArguments(values{"ignore_not_found": true}))
	expectError(t, d, "cluster_id", "Cluster not in this region")
}

func TestInvalidArguments(t *testing.T) {
	t.Parallel()
	sim := newSim()
	p := newProvider(t, sim)
	tests := []struct {
		attribute string
		arguments values
	}{
		{"cluster_id", values{"cluster_id": ""}},
		{"cluster_id", values{"cluster_id": "in01-1\n"}},
		{"job_id", values{"job_id": ""}},
		{"job_id", values{"job_id": " job-1"}},
		{"poll_interval", values{"wait_for_completion": true, "poll_interval": "999ms"}},
		{"poll_interval", values{"wait_for_completion": true, "poll_interval": "5"}},
		{"poll_interval", values{"wait_for_completion": true, "poll_interval": "-1m"}},
		{"timeouts.read", values{"timeouts": values{"read": "0s"}}},
		{"timeouts.read", values{"timeouts": values{"read": "2562047h"}}},
		{"timeouts.read", values{"timeouts": values{"read": "-1m"}}},
		{"timeouts.read", values{"timeouts": values{"read": "soon"}}},
	}
	for _, test := range tests {
		_, d := p.read(t.Context(), progress, jobArguments(test.arguments))
		expectError(t, d, test.attribute, "Invalid "+test.attribute)
	}
	if n := len(sim.Requests()); n != 0 {
		t.Errorf("%d requests were sent, want 0", n)
	}
}

// TestProgressOfAPIV2 has a reason that is a note: the import has not failed.
func TestProgressOfAPIV2(t *testing.T) {
	t.Parallel()
	network := respondWithBody(`{"code":0,"data":{"jobId":"job-1","state":"Importing","reason":"a slow bucket","totalRows":1000,"importedRows":250}}`)
	state, d := newProvider(t, nil, api("v2"), over(network)).read(t.Context(), progress, jobArguments(nil))
	if len(d) > 0 || !state["total_rows"].Equal(tftypes.NewValue(tftypes.Number, 1000)) ||
		!state["imported_rows"].Equal(tftypes.NewValue(tftypes.Number, 250)) || !state["ready_percentage"].IsNull() ||
		!state["error_message"].IsNull() {
		t.Errorf("%v, %s", state, diagnosticText(d))
	}
}

func TestReadCanceled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		_, d := newProvider(t, zillizsim.Hang()).read(ctx, progress, jobArguments(nil))
		expectError(t, d, "", "Reading the import job was canceled")
		if strings.Contains(diagnosticText(d), "Last error") {
			t.Errorf("the error has a cause besides the cancellation:\n%s", diagnosticText(d))
		}
	})
}

// TestInterruptIsNoMissingRecord interrupts a wait for a job without a record: with
// ignore_not_found, the interrupt must not become the result that there is none.
func TestInterruptIsNoMissingRecord(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 2500*time.Millisecond)
		defer cancel()
		_, d := newProvider(t, newSim()).read(ctx, progress, jobArguments(values{"wait_for_completion": true, "ignore_not_found": true}))
		if !hasError(d) {
			t.Errorf("no error, but %s", diagnosticText(d))
		}
	})
}

// TestStartedJob covers a job that this provider configuration has started: each block polls
// until it is on record, and never takes it for one whose record has expired.
func TestStartedJob(t *testing.T) {
	t.Parallel()
	waits, ignores := values{"wait_for_completion": true}, values{"ignore_not_found": true}
	for name, test := range map[string]struct {
		block     string
		arguments values
	}{
		"completion": {completion, nil}, "data source": {progress, nil}, "data source that ignores": {progress, ignores},
		"wait": {progress, waits}, "wait that ignores": {progress, waits.with(ignores)},
	} {
		for _, late := range []time.Duration{3 * time.Second, 5 * time.Minute, time.Hour} {
			t.Run(fmt.Sprintf("%s, %s", name, late), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					sim := newSim()
					sim.OnStart(func(zillizsim.StartRequest) zillizsim.Job {
						return zillizsim.Job{RecordedAfter: late, Steps: zillizsim.Linear(importTakes)}
					})
					p := newProvider(t, sim)
					state, d := p.create(t.Context(), importJob, startArguments(nil))
					if len(d) > 0 {
						t.Fatal(diagnosticText(d))
					}
					arguments := values{"job_id": stringValue(t, state["job_id"]), "timeouts": values{"create": "20m"}}
					read, began := p.create, time.Now()
					if test.block == progress {
						read, arguments["timeouts"] = p.read, values{"read": "20m"}
					}
					state, d = read(t.Context(), test.block, jobArguments(test.arguments).with(arguments))
					if late > 20*time.Minute {
						expectError(t, d, "job_id", "Import job not found", "code 90144")
						if took := time.Since(began); took != 20*time.Minute {
							t.Errorf("the error came after %s, want 20m0s", took)
						}
					} else if len(d) > 0 || test.block == progress && !state["exists"].Equal(tftypes.NewValue(tftypes.Bool, true)) {
						t.Errorf("%v, %s", state, diagnosticText(d))
					}
				})
			})
		}
	}
}

// TestNotFoundSteps checks that each block names its own way on for a job without a record.
func TestNotFoundSteps(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newProvider(t, newSim(), api("v2"))
		const ignore, destroy, gate, block = "ignore_not_found", "-refresh=false", "this block is not needed", "remove the import block"
		imported := func(name string) []*tfprotov6.Diagnostic {
			_, d := p.importResource(name, testCluster+"/job-1")
			return d
		}
		run := func(name string) []*tfprotov6.Diagnostic { return p.run(t.Context(), name, jobArguments(nil)) }
		wait := p.run(t.Context(), progress, jobArguments(values{"wait_for_completion": true}))
		for name, test := range map[string]struct {
			d     []*tfprotov6.Diagnostic
			steps []string
		}{
			"data source": {run(progress), []string{ignore, destroy}},
			"wait":        {wait, []string{ignore, destroy}},
			"completion":  {run(completion), []string{gate}},
			"staging":     {run(staging), []string{gate}},
			"commit":      {run(commit), []string{gate}},
			"job block":   {imported(importJob), []string{block}},
			"gate block":  {imported(completion), []string{block}},
			"action":      {run(importWait), nil},
		} {
			text := diagnosticText(test.d)
			if !strings.Contains(text, "Import job not found") || !strings.Contains(text, "its record has expired") {
				t.Errorf("%s: %s", name, text)
			}
			for _, step := range []string{ignore, destroy, gate, block} {
				if strings.Contains(text, step) != slices.Contains(test.steps, step) {
					t.Errorf("%s: the error has %q, or lacks it:\n%s", name, step, text)
				}
			}
		}
	})
}
