package provider

import (
	"context"
	"maps"
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
			state, d := configuredFor(t, version, sim).read(t.Context(), progress, jobArguments(nil))
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

func TestWaitReturnsCompletedImport(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, version string) {
		synctest.Test(t, func(t *testing.T) {
			sim := newSim(zillizsim.Job{CollectionName: "articles", Steps: zillizsim.Milvus(10 * time.Minute)})
			began := time.Now()
			state, d := configuredFor(t, version, sim).read(t.Context(), progress, jobArguments(values{"wait_for_completion": true}))
			if len(d) > 0 {
				t.Fatal(diagnosticText(d))
			}
			var completed bool
			if err := state["completed"].As(&completed); err != nil || !completed || stringValue(t, state["collection_name"]) != "articles" {
				t.Errorf("state %v", state)
			}
			if late := time.Since(began) - 10*time.Minute; late < 0 || late > 30*time.Second {
				t.Errorf("the wait ended %s after the import, want 0 to 30s", late)
			}
		})
	})
}

func TestPollInterval(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, version string) {
		synctest.Test(t, func(t *testing.T) {
			sim := newSim(zillizsim.Job{Steps: zillizsim.Linear(time.Hour)})
			_, d := configuredFor(t, version, sim).read(t.Context(), progress, jobArguments(values{
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
	waits := func(changes values) values {
		v := jobArguments(values{"wait_for_completion": true})
		maps.Copy(v, changes)
		return v
	}
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
			parts: []string{"Import job job-1, cluster " + testCluster, "Last state: failed", "Zilliz Cloud: dimension 512, not 768", "start a new import"},
		},
		{
			name: "takes too long", job: zillizsim.Job{Steps: []zillizsim.Step{{Progress: 0.8}}},
			arguments: waits(values{"timeouts": values{"read": "45m"}}), attribute: "timeouts.read", title: "Import job did not finish within 45m",
			parts: []string{"importing, 80%", "polls in 45m", "continues in Zilliz Cloud", "timeouts.read", "same percentage is normal"},
		},
		{
			name: "takes too long, by default", job: zillizsim.Job{Steps: []zillizsim.Step{{Progress: 0.8}}},
			arguments: waits(nil), attribute: "timeouts.read", title: "Import job did not finish within 30m",
		},
		{
			name: "takes too long in an outage", job: zillizsim.Job{Steps: []zillizsim.Step{{Progress: 0.8}}},
			faults:    []zillizsim.Fault{{Skip: 3, Times: -1, Response: zillizsim.HTMLPage(502)}},
			arguments: waits(values{"timeouts": values{"read": "10m"}}), attribute: "timeouts.read", title: "Import job did not finish within 10m",
			parts: []string{"importing, 80%", "Last error: HTTP 502 Bad Gateway", "request ID sim-"},
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
		{
			name: "record has expired at the deadline", job: zillizsim.Job{Steps: zillizsim.FailAt(time.Second, 0.4, "unseen"), ExpiresAfter: time.Second},
			arguments: waits(values{"poll_interval": "1h"}), attribute: "timeouts.read", title: "Import job did not finish within 30m",
			parts: []string{"0% (2 polls in 30m; read 30m ago)", "code 90144", "since then is not known"},
		},
		{
			name: "connection reset before the first result", faults: []zillizsim.Fault{{Times: -1, Response: zillizsim.Reset()}},
			arguments: waits(nil), title: "No complete response from Zilliz Cloud", parts: []string{"connection reset", "region_id", "HTTPS_PROXY"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			eachVersion(t, func(t *testing.T, version string) {
				synctest.Test(t, func(t *testing.T) {
					sim := newSim(test.job)
					sim.Inject(test.faults...)
					_, d := configuredFor(t, version, sim).read(t.Context(), progress, test.arguments)
					expectError(t, d, test.attribute, test.title, test.parts...)
				})
			})
		})
	}
}

func TestAPIKeyRevokedDuringWait(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, version string) {
		synctest.Test(t, func(t *testing.T) {
			sim := newSim(zillizsim.Job{Steps: zillizsim.Linear(time.Hour)})
			time.AfterFunc(5*time.Minute, func() { sim.RevokeKey(testKey) })
			began := time.Now()
			_, d := configuredFor(t, version, sim).read(t.Context(), progress, jobArguments(values{"wait_for_completion": true}))
			expectError(t, d, "", "API key rejected", "HTTP 401 Unauthorized, code", "ing, 0% (", " polls in 5m", "Check api_key in the provider configuration", "does not stop the import in Zilliz Cloud")
			if took := time.Since(began); took > 6*time.Minute {
				t.Errorf("the wait ended after %s, want at most 6m0s", took)
			}
		})
	})
}

func TestWaitCanceled(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, version string) {
		synctest.Test(t, func(t *testing.T) {
			sim := newSim(zillizsim.Job{Steps: zillizsim.Linear(time.Hour)})
			p := configuredFor(t, version, sim)
			time.AfterFunc(90*time.Second, func() {
				if _, err := p.server.StopProvider(context.Background(), &tfprotov6.StopProviderRequest{}); err != nil {
					t.Error(err)
				}
			})
			began := time.Now()
			_, d := p.read(t.Context(), progress, jobArguments(values{"wait_for_completion": true}))
			expectError(t, d, "", "Waiting for the import job was canceled", "does not stop the import in Zilliz Cloud")
			if took := time.Since(began); took > 91*time.Second {
				t.Errorf("the wait ended after %s, want at most 1s after it was canceled at 1m30s", took)
			}
		})
	})
}

func TestIgnoreNotFound(t *testing.T) {
	t.Parallel()
	for _, wait := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			sim := newSim()
			began := time.Now()
			state, d := configured(t, sim).read(t.Context(), progress, jobArguments(values{"ignore_not_found": true, "wait_for_completion": wait}))
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
	_, d := configured(t, sim).read(t.Context(), progress, jobArguments(values{"ignore_not_found": true}))
	expectError(t, d, "cluster_id", "Cluster not in this region")
}

func TestInvalidArguments(t *testing.T) {
	t.Parallel()
	sim := newSim()
	p := configured(t, sim)
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

func TestRowsOfAPIV2(t *testing.T) {
	t.Parallel()
	sim := newSim(zillizsim.Job{Steps: []zillizsim.Step{{Progress: 0.25}}, TotalRows: 1000})
	state, d := configuredFor(t, "v2", sim).read(t.Context(), progress, jobArguments(nil))
	if len(d) > 0 || !state["total_rows"].Equal(tftypes.NewValue(tftypes.Number, 1000)) ||
		!state["imported_rows"].Equal(tftypes.NewValue(tftypes.Number, 250)) || !state["ready_percentage"].IsNull() {
		t.Errorf("%v, %s", state, diagnosticText(d))
	}
}

func TestReadCanceled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		_, d := configured(t, zillizsim.Hang()).read(ctx, progress, jobArguments(nil))
		expectError(t, d, "", "Reading the import job was canceled")
		if strings.Contains(diagnosticText(d), "Last error") {
			t.Errorf("the error has a cause besides the cancellation:\n%s", diagnosticText(d))
		}
	})
}
