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
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zilliz"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

const progress = "zilliz_import_progress"

// jobArguments returns the ids of the job job-1 as arguments, with changes.
func jobArguments(changes values) values {
	v := values{"cluster_id": testCluster, "job_id": "job-1"}
	for name, value := range changes {
		v[name] = value
	}
	return v
}

func newSim(jobs ...zillizsim.Job) *zillizsim.Server {
	sim := zillizsim.New(zillizsim.Options{APIKeys: []string{testKey}})
	sim.AddCluster(testCluster)
	for _, job := range jobs {
		job.ClusterID = testCluster
		if job.ID == "" {
			job.ID = "job-1"
		}
		sim.AddJob(job)
	}
	return sim
}

// expectError fails the test unless there is exactly one error, which points at an
// attribute ("" for none) and has a title and parts of a text.
func expectError(t *testing.T, diagnostics []*tfprotov6.Diagnostic, attribute, title string, parts ...string) {
	t.Helper()
	if len(diagnostics) != 1 {
		t.Fatalf("%d diagnostics: %s", len(diagnostics), diagnosticText(diagnostics))
	}
	d := diagnostics[0]
	if d.Severity != tfprotov6.DiagnosticSeverityError || d.Summary != title {
		t.Errorf("title %q, want %q", d.Summary, title)
	}
	if at := attributeOf(d); at != attribute {
		t.Errorf("points at %q, want %q", at, attribute)
	}
	for _, part := range parts {
		if !strings.Contains(d.Detail, part) {
			t.Errorf("no %q in:\n%s", part, d.Detail)
		}
	}
	if strings.Contains(diagnosticText(diagnostics), testKey) {
		t.Errorf("the API key is in:\n%s", diagnosticText(diagnostics))
	}
}

// attributeOf returns the path that a diagnostic points at, such as "timeouts.read".
func attributeOf(d *tfprotov6.Diagnostic) string {
	if d.Attribute == nil {
		return ""
	}
	var steps []string
	for _, step := range d.Attribute.Steps() {
		switch s := step.(type) {
		case tftypes.AttributeName:
			steps = append(steps, string(s))
		case tftypes.ElementKeyString:
			steps = append(steps, string(s))
		}
	}
	return strings.Join(steps, ".")
}

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
				t.Errorf("%d requests in %s", len(sim.Requests()), time.Since(began))
			}
			if agent := sim.Requests()[0].Header.Get("User-Agent"); agent != "Terraform/1.11.4 terraform-provider-zilliz/test" {
				t.Errorf("user agent %q", agent)
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
				t.Errorf("noticed %s late", late)
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
				t.Errorf("%d requests, %s", len(sim.Requests()), diagnosticText(d))
			}
		})
	})
}

func TestWaitErrors(t *testing.T) {
	t.Parallel()
	waits := func(changes values) values {
		v := jobArguments(values{"wait_for_completion": true})
		for name, value := range changes {
			v[name] = value
		}
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
			arguments: waits(values{"timeouts": values{"read": "45m"}}), attribute: "timeouts.read", title: "Import job did not finish within 45m0s",
			parts: []string{"importing, 80 %", "polls in 45m0s", "continues in Zilliz Cloud", "timeouts.read", "same percentage is normal"},
		},
		{
			name: "takes too long, by default", job: zillizsim.Job{Steps: []zillizsim.Step{{Progress: 0.8}}},
			arguments: waits(nil), attribute: "timeouts.read", title: "Import job did not finish within 30m0s",
		},
		{
			name: "takes too long in an outage", job: zillizsim.Job{Steps: []zillizsim.Step{{Progress: 0.8}}},
			faults:    []zillizsim.Fault{{Skip: 3, Times: -1, Response: zillizsim.HTMLPage(502)}},
			arguments: waits(values{"timeouts": values{"read": "10m"}}), attribute: "timeouts.read", title: "Import job did not finish within 10m0s",
			parts: []string{"importing, 80 %", "Last error: HTTP 502 Bad Gateway", "request id sim-"},
		},
		{
			name: "no response", faults: []zillizsim.Fault{{Times: -1, Response: zillizsim.Hang()}},
			arguments: waits(values{"timeouts": values{"read": "20s"}}), attribute: "timeouts.read", title: "No response from Zilliz Cloud within 20s",
			parts: []string{"Check whether Zilliz Cloud can be reached"},
		},
		{
			name: "record expires while waiting", job: zillizsim.Job{Steps: zillizsim.FailAt(time.Second, 0.4, "unseen"), ExpiresAfter: time.Second},
			arguments: waits(values{"poll_interval": "1h"}), attribute: "job_id", title: "Import job disappeared",
			parts: []string{"0 % (2 polls", "code 90144", "not known whether"},
		},
		{
			name: "connection reset before the first result", faults: []zillizsim.Fault{{Times: -1, Response: zillizsim.Reset()}},
			arguments: waits(nil), title: "Zilliz Cloud could not be reached", parts: []string{"connection reset", "region_id", "HTTPS_PROXY"},
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

// TestFailureReasons checks that reasons are complete, limited in length, and free of
// control characters.
func TestFailureReasons(t *testing.T) {
	t.Parallel()
	details := make([]string, 8)
	for i := range details {
		details[i] = fmt.Sprintf(`{"fileName":"%d.parquet","errorMessage":"no rows in %d\u001b[2J\n%s"}`, i, i, strings.Repeat("x", 5000))
	}
	body := `{"code":200,"data":{"errorMessage":"a\u001b[31mb","details":[` + strings.Join(details, ",") + `]}}`
	_, d := configured(t, zillizsim.Body(200, "application/json", body)).read(t.Context(), progress, jobArguments(values{"wait_for_completion": true}))
	expectError(t, d, "job_id", "Import job failed", "Zilliz Cloud: a [31mb", "- 0.parquet: no rows in 0", "- 4.parquet: no rows in 4", "and 3 more files")
	if strings.ContainsRune(diagnosticText(d), '\x1b') || len(diagnosticText(d)) > 6*maxReason {
		t.Errorf("%d characters: %q", len(diagnosticText(d)), diagnosticText(d))
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
			expectError(t, d, "", "API key rejected", "HTTP 401 Unauthorized, code", "ing, 0 % (", " polls in 5m", "Check api_key in the provider configuration", "continues in Zilliz Cloud")
			if took := time.Since(began); took > 6*time.Minute {
				t.Errorf("noticed after %s", took)
			}
		})
	})
}

func TestWaitCancelled(t *testing.T) {
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
			expectError(t, d, "", "Waiting for the import job was cancelled", "continues in Zilliz Cloud")
			if took := time.Since(began); took > 91*time.Second {
				t.Errorf("ended %s after the start, cancelled after 1m30s", took)
			}
		})
	})
}

func TestIgnoreNotFound(t *testing.T) {
	t.Parallel()
	for _, wait := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			sim := newSim()
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
			if len(sim.Requests()) != 1 {
				t.Errorf("%d requests", len(sim.Requests()))
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

func TestErrorCodes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		code      zilliz.Code
		attribute string
		title     string
		parts     []string
	}{
		{zilliz.CodeClusterNotFound, "cluster_id", "Cluster not found", []string{"The cluster ID does not exist."}},
		{zilliz.CodeNoClusterAccess, "", "No access to the cluster", []string{"request access from your admin", "another key"}},
		{zilliz.CodeClusterNotPermitted, "cluster_id", "Cluster not found, or no access to it", []string{"Invalid clusterId or you do not have permission", "API key"}},
		{zilliz.CodeClusterNotInRegion, "cluster_id", "Cluster not in this region", []string{"does not exist in current region", "region_id"}},
		{zilliz.CodeClusterIDEmptyInPath, "cluster_id", "Cluster id is empty", []string{"empty in the request path"}},
		{zilliz.CodeClusterIDEmpty, "cluster_id", "Cluster id is empty", []string{"empty in the request parameter"}},
		{zilliz.CodeInvalidDomain, "", "Wrong host for this cluster", []string{"Invalid domain name used", "Check region_id in the provider configuration"}},
		{zilliz.CodeJobNotFound, "job_id", "Import job not found", []string{"No jobId record found", "record has expired", "Terraform can't tell", "ignore_not_found"}},
		{zilliz.CodeIncorrectParameter, "cluster_id", "Request rejected by Zilliz Cloud", []string{"Incorrect parameter"}},
		{zilliz.CodeInvalidToken, "", "API key rejected", []string{"HTTP 401", "Your token is not valid", "Check api_key in the provider configuration"}},
		{zilliz.CodeTokenNotFound, "", "API key rejected", []string{"Token not found or unauthorized"}},
		{zilliz.CodeIllegalAPIKey, "", "API key rejected", []string{"HTTP 401", "The apikey is illegal"}},
		{12345, "", "Request rejected by Zilliz Cloud", []string{"Code 12345 is not documented"}},
	}
	for _, test := range tests {
		t.Run(fmt.Sprint(test.code), func(t *testing.T) {
			t.Parallel()
			sim := newSim()
			sim.Refuse(testCluster, int(test.code))
			_, d := configured(t, sim).read(t.Context(), progress, jobArguments(nil))
			expectError(t, d, test.attribute, test.title, append(test.parts, fmt.Sprintf("code %d", test.code), "request id sim-")...)
			if len(sim.Requests()) != 1 {
				t.Errorf("%d requests", len(sim.Requests()))
			}
		})
	}
}

func TestHTTPStatuses(t *testing.T) {
	t.Parallel()
	for status, title := range map[int]string{
		301: "Redirect not followed",
		400: "Request rejected by Zilliz Cloud",
		401: "API key rejected",
		403: "Access denied",
		404: "Import API not found at this host",
		410: "Import API not found at this host",
		408: "Zilliz Cloud is not available",
		429: "Too many requests to Zilliz Cloud",
		500: "Zilliz Cloud is not available",
		503: "Zilliz Cloud is not available",
		200: "Malformed response from Zilliz Cloud",
	} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				_, d := configured(t, zillizsim.HTMLPage(status)).read(t.Context(), progress, jobArguments(nil))
				expectError(t, d, "", title, fmt.Sprintf("HTTP %d", status), "<html>")
			})
		})
	}
}

func TestSwappedIDs(t *testing.T) {
	t.Parallel()
	p := configured(t, newSim())
	for _, v := range []values{
		{"cluster_id": testCluster, "job_id": "in05-0123456789abcde"},
		{"cluster_id": "job-0123", "job_id": testCluster},
		{"cluster_id": "0f7fe853-d93e-4681-99f2-4719c63585cc", "job_id": "x"},
	} {
		_, d := p.read(t.Context(), progress, v)
		if !strings.Contains(diagnosticText(d), "may be swapped") {
			t.Errorf("%v: %s", v, diagnosticText(d))
		}
	}
	_, d := p.read(t.Context(), progress, jobArguments(nil))
	if strings.Contains(diagnosticText(d), "swapped") {
		t.Error(diagnosticText(d))
	}
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
		{"timeouts.read", values{"timeouts": values{"read": "-1m"}}},
		{"timeouts.read", values{"timeouts": values{"read": "soon"}}},
	}
	for _, test := range tests {
		_, d := p.read(t.Context(), progress, jobArguments(test.arguments))
		expectError(t, d, test.attribute, "Invalid "+test.attribute)
	}
	if n := len(sim.Requests()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

func TestUnknownProviderConfiguration(t *testing.T) {
	for _, name := range []string{"ZILLIZ_API_KEY", "ZILLIZCLOUD_API_KEY"} {
		t.Setenv(name, "key-of-the-environment")
	}
	sim := newSim()
	p := newTestServer(t, sim)
	d := p.configure(providerArguments(values{"api_key": unknown, "max_retries": unknown}))
	if len(d) > 0 {
		t.Fatalf("configure: %s", diagnosticText(d))
	}
	_, d = p.read(t.Context(), progress, jobArguments(nil))
	expectError(t, d, "", "Provider configuration not known yet", "api_key and max_retries", "depends_on")

	_, d = newTestServer(t, sim).read(t.Context(), progress, jobArguments(nil))
	expectError(t, d, "", "Provider configuration not known yet")
	if d := newTestServer(t, sim).configure(values{"api_key": testKey, "api_version": unknown}); len(d) > 0 {
		t.Errorf("unknown API version and no region: %s", diagnosticText(d))
	}

	response, err := p.server.ReadDataSource(t.Context(), &tfprotov6.ReadDataSourceRequest{
		TypeName: progress, Config: p.value(p.schema.DataSourceSchemas[progress], jobArguments(nil)),
		ClientCapabilities: &tfprotov6.ReadDataSourceClientCapabilities{DeferralAllowed: true},
	})
	if err != nil || len(response.Diagnostics) > 0 || response.Deferred == nil || response.Deferred.Reason != tfprotov6.DeferredReasonProviderConfigUnknown {
		t.Errorf("with deferral allowed: %v, %+v", err, response)
	}
	if n := len(sim.Requests()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

func TestProviderConfiguration(t *testing.T) {
	tests := []struct {
		name        string
		environment map[string]string
		config      values
		attribute   string
		title       string
		parts       []string
		host, key   string
	}{
		{name: "region and key", config: providerArguments(nil), host: "controller.api.aws-us-west-2.zillizcloud.com", key: testKey},
		{name: "endpoint", config: providerArguments(values{"endpoint": "https://gateway.example.com"}), host: "gateway.example.com", key: testKey},
		{name: "endpoint without region", config: values{"endpoint": "https://gateway.example.com", "api_key": testKey}, host: "gateway.example.com", key: testKey},
		{name: "endpoint with unknown region", config: values{"endpoint": "https://gateway.example.com", "api_key": testKey, "region_id": unknown}, host: "gateway.example.com", key: testKey},
		{name: "environment", environment: map[string]string{"ZILLIZ_REGION_ID": "gcp-us-west1", "ZILLIZ_API_KEY": "a", "ZILLIZCLOUD_API_KEY": "b"}, host: "controller.api.gcp-us-west1.zillizcloud.com", key: "a"},
		{name: "ZILLIZCLOUD_API_KEY", environment: map[string]string{"ZILLIZ_REGION_ID": "gcp-us-west1", "ZILLIZCLOUD_API_KEY": "b"}, host: "controller.api.gcp-us-west1.zillizcloud.com", key: "b"},
		{name: "endpoint from the environment", environment: map[string]string{"ZILLIZ_ENDPOINT": "http://127.0.0.1:1", "ZILLIZ_API_KEY": "a"}, host: "127.0.0.1:1", key: "a"},
		{name: "configuration overrides environment", environment: map[string]string{"ZILLIZ_REGION_ID": "gcp-us-west1", "ZILLIZ_API_KEY": "a"}, config: providerArguments(nil), host: "controller.api.aws-us-west-2.zillizcloud.com", key: testKey},

		{name: "no key", config: values{"region_id": "aws-us-west-2"}, title: "Missing API key", parts: []string{"ZILLIZ_API_KEY"}},
		{name: "no region", config: values{"api_key": testKey}, title: "Missing cloud region", parts: []string{"ZILLIZ_REGION_ID"}},
		{name: "empty key", environment: map[string]string{"ZILLIZ_API_KEY": "a"}, config: providerArguments(values{"api_key": ""}), attribute: "api_key", title: "Invalid api_key", parts: []string{"it is empty", "ZILLIZ_API_KEY", "null"}},
		{name: "empty region", config: providerArguments(values{"region_id": ""}), attribute: "region_id", title: "Invalid region_id", parts: []string{"it is empty", "ZILLIZ_REGION_ID"}},
		{name: "region with space", config: providerArguments(values{"region_id": " aws-us-west-2"}), attribute: "region_id", title: "Invalid region_id", parts: []string{"begins or ends with white space", "trimspace()"}},
		{name: "empty endpoint", config: providerArguments(values{"endpoint": ""}), attribute: "endpoint", title: "Invalid endpoint", parts: []string{"it is empty", "ZILLIZ_ENDPOINT"}},
		{name: "endpoint with space", config: providerArguments(values{"endpoint": "https://gateway.example.com\n"}), attribute: "endpoint", title: "Invalid endpoint", parts: []string{"begins or ends with white space", "trimspace()"}},
		{name: "endpoint with newline in the environment", environment: map[string]string{"ZILLIZ_ENDPOINT": "https://gateway.example.com\n"}, config: providerArguments(nil), title: "Invalid environment variable ZILLIZ_ENDPOINT", parts: []string{`export ZILLIZ_ENDPOINT="$(cat FILE)"`}},
		{name: "API version with space", config: providerArguments(values{"api_version": "v2 "}), attribute: "api_version", title: "Invalid api_version", parts: []string{"begins or ends with white space"}},
		{name: "key with newline", config: providerArguments(values{"api_key": testKey + "\n"}), attribute: "api_key", title: "Invalid api_key", parts: []string{"trimspace"}},
		{name: "key with newline in the environment", environment: map[string]string{"ZILLIZ_API_KEY": testKey + "\n"}, config: values{"region_id": "aws-us-west-2"}, title: "Invalid environment variable ZILLIZ_API_KEY", parts: []string{`export ZILLIZ_API_KEY="$(cat FILE)"`}},
		{name: "region that is a host", config: providerArguments(values{"region_id": "evil.com/"}), attribute: "region_id", title: "Invalid region_id"},
		{name: "region that is a host, in the environment", environment: map[string]string{"ZILLIZ_REGION_ID": "evil.com#"}, config: values{"api_key": testKey}, title: "Invalid environment variable ZILLIZ_REGION_ID"},
		{name: "endpoint without TLS", config: providerArguments(values{"endpoint": "http://gateway.example.com"}), attribute: "endpoint", title: "Invalid endpoint", parts: []string{"https"}},
		{name: "endpoint without TLS in the environment", environment: map[string]string{"ZILLIZ_ENDPOINT": "http://evil.com"}, config: providerArguments(nil), title: "Invalid environment variable ZILLIZ_ENDPOINT"},
		{name: "request timeout of 0", config: providerArguments(values{"request_timeout": "0s"}), attribute: "request_timeout", title: "Invalid request_timeout"},
		{name: "negative retries", config: providerArguments(values{"max_retries": -1}), attribute: "max_retries", title: "Invalid Attribute Value"},
		{name: "rate limit of 0", config: providerArguments(values{"max_requests_per_second": 0}), attribute: "max_requests_per_second", title: "Invalid Attribute Value"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, name := range []string{"ZILLIZ_REGION_ID", "ZILLIZ_API_KEY", "ZILLIZCLOUD_API_KEY", "ZILLIZ_ENDPOINT"} {
				t.Setenv(name, test.environment[name])
			}
			var host, key string
			p := newTestServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				host, key = r.URL.Host, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
				zillizsim.Body(http.StatusOK, "application/json", `{"code":200,"data":{}}`)(w, r)
			}))
			d := p.configure(test.config)
			if test.title != "" {
				expectError(t, d, test.attribute, test.title, test.parts...)
				return
			}
			if len(d) > 0 {
				t.Fatal(diagnosticText(d))
			}
			if _, d := p.read(t.Context(), progress, jobArguments(nil)); len(d) > 0 || host != test.host || key != test.key {
				t.Errorf("host %q, key %q, %s", host, key, diagnosticText(d))
			}
		})
	}
}
