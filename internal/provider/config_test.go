package provider

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// setEnvironment sets the variables that the provider reads, and unsets all others of them.
func setEnvironment(t *testing.T, environment map[string]string) {
	t.Helper()
	for _, name := range []string{regionVariable, keyVariable, zillizKeyVariable, endpointVariable, apiVersionVariable} {
		t.Setenv(name, environment[name])
	}
}

// TestProviderConfiguration checks which host and key requests have.
func TestProviderConfiguration(t *testing.T) {
	const gateway, region = "https://gateway.example.com", "controller.api.gcp-us-west1.zillizcloud.com"
	tests := map[string]struct {
		environment map[string]string
		config      values
		host, key   string
	}{
		"region and key":               {nil, providerArguments(nil), "controller.api.aws-us-west-2.zillizcloud.com", testKey},
		"endpoint":                     {nil, providerArguments(values{"endpoint": gateway}), "gateway.example.com", testKey},
		"endpoint of the region":       {nil, providerArguments(values{"endpoint": "https://" + region + "/"}), region, testKey},
		"endpoint without region":      {nil, values{"endpoint": gateway, "api_key": testKey}, "gateway.example.com", testKey},
		"endpoint with unknown region": {nil, providerArguments(values{"endpoint": gateway, "region_id": unknown}), "gateway.example.com", testKey},
		"environment": {map[string]string{"ZILLIZ_REGION_ID": "gcp-us-west1", "ZILLIZ_API_KEY": "key-in-a", "ZILLIZCLOUD_API_KEY": "key-in-b"},
			nil, region, "key-in-a"},
		"ZILLIZCLOUD_API_KEY":           {map[string]string{"ZILLIZ_REGION_ID": "gcp-us-west1", "ZILLIZCLOUD_API_KEY": "key-in-b"}, nil, region, "key-in-b"},
		"endpoint from the environment": {map[string]string{"ZILLIZ_ENDPOINT": "http://127.0.0.1:1", "ZILLIZ_API_KEY": "key-in-a"}, nil, "127.0.0.1:1", "key-in-a"},
		"configuration overrides environment": {map[string]string{"ZILLIZ_REGION_ID": "gcp-us-west1", "ZILLIZ_API_KEY": "key-in-a"}, providerArguments(nil),
			"controller.api.aws-us-west-2.zillizcloud.com", testKey},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			setEnvironment(t, test.environment)
			var host, key string
			p := unconfigured(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				host, key = r.URL.Host, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
				zillizsim.Body(http.StatusOK, "application/json", `{"code":200,"data":{"jobId":"job-1"}}`)(w, r)
			}))
			if d := p.configure(test.config); len(d) > 0 {
				t.Fatal(diagnosticText(d))
			}
			if _, d := p.read(t.Context(), progress, jobArguments(nil)); len(d) > 0 || host != test.host || key != test.key {
				t.Errorf("host = %q, key = %q, want %q and %q: %s", host, key, test.host, test.key, diagnosticText(d))
			}
		})
	}
}

// TestInvalidProviderConfiguration covers invalid values of the arguments and, by their names,
// of the environment variables. An error about a value that can hold a credential has no
// attribute path, because Terraform prints the line.
func TestInvalidProviderConfiguration(t *testing.T) {
	tests := []struct {
		argument, value string
		attribute       bool
		parts           []string
	}{
		{argument: "api_key", value: "1234567", parts: []string{"must have at least 8 characters"}},
		{argument: "api_key", value: testKey + "\n", parts: []string{"trimspace()"}},
		{argument: "api_key", value: "", parts: []string{"must not be empty", "ZILLIZ_API_KEY or ZILLIZCLOUD_API_KEY", "null"}},
		{argument: "ZILLIZ_API_KEY", value: "1234567", parts: []string{"must have at least 8 characters"}},
		{argument: "ZILLIZ_API_KEY", value: testKey + "\n", parts: []string{`export ZILLIZ_API_KEY="$(cat FILE)"`}},
		{argument: "ZILLIZCLOUD_API_KEY", value: "1234567", parts: []string{"must have at least 8 characters"}},
		{argument: "region_id", value: "", attribute: true, parts: []string{"must not be empty", "ZILLIZ_REGION_ID"}},
		{argument: "region_id", value: " aws-us-west-2", attribute: true, parts: []string{"trimspace()"}},
		{argument: "region_id", value: "evil.com/", attribute: true},
		{argument: "ZILLIZ_REGION_ID", value: "evil.com#"},
		{argument: "endpoint", value: "", parts: []string{"must not be empty", "ZILLIZ_ENDPOINT"}},
		{argument: "endpoint", value: "https://gateway.example.com\n", parts: []string{"trimspace()"}},
		{argument: "endpoint", value: "http://gateway.example.com", parts: []string{"https"}},
		{argument: "endpoint", value: "https://user:secret-of-the-gateway@gateway.example.com"},
		{argument: "endpoint", value: "https://api.cloud.zilliz.com/v2/", parts: []string{"/v1 or /v2"}},
		{argument: "ZILLIZ_ENDPOINT", value: "https://api.cloud.zilliz.com/v1", parts: []string{"/v1 or /v2"}},
		{argument: "ZILLIZ_ENDPOINT", value: "https://gateway.example.com\n", parts: []string{`export ZILLIZ_ENDPOINT="$(cat FILE)"`}},
		{argument: "api_version", value: "v2 ", attribute: true, parts: []string{"must not begin or end with white space"}},
		{argument: "request_timeout", value: "0s", attribute: true, parts: []string{"must be more than 0"}},
	}
	for _, test := range tests {
		t.Run(fmt.Sprintf("%s %q", test.argument, test.value), func(t *testing.T) {
			title, config, attribute := "Invalid "+test.argument, values{"region_id": "aws-us-west-2", "api_key": testKey}, ""
			if test.attribute {
				attribute = test.argument
			}
			setEnvironment(t, nil)
			if strings.HasPrefix(test.argument, "ZILLIZ") {
				t.Setenv(test.argument, test.value)
				title = "Invalid environment variable " + test.argument
				config[map[bool]string{true: "api_key", false: "region_id"}[strings.HasSuffix(test.argument, "KEY")]] = nil
			} else {
				config[test.argument] = test.value
			}
			d := unconfigured(t, newSim()).configure(config)
			expectError(t, d, attribute, title, test.parts...)
			expectAbsent(t, d, "1234567", "secret-of-the-gateway")
		})
	}
	for argument, value := range map[string]int{"max_retries": -1, "max_requests_per_second": 0} {
		expectError(t, unconfigured(t, newSim()).configure(providerArguments(values{argument: value})), argument, "Invalid Attribute Value")
	}
}

// TestErrorsNameSettings checks that an error about a value names the argument and all of its
// environment variables, wherever the value comes from.
func TestErrorsNameSettings(t *testing.T) {
	const region, endpoint = "region_id (ZILLIZ_REGION_ID)", "endpoint (ZILLIZ_ENDPOINT)"
	for text, transport := range map[string]http.RoundTripper{
		"Check api_key (ZILLIZ_API_KEY, ZILLIZCLOUD_API_KEY):":                    respondWith(zillizsim.ErrorCode(80001)),
		"Set " + region + " to the region of the cluster.":                        respondWith(zillizsim.ErrorCode(90102)),
		"Check " + region + " and " + endpoint + ".":                              respondWith(zillizsim.ErrorCode(90117)),
		"(HTTPS_PROXY). Check " + region + " and " + endpoint + ".":               brokenNetwork{&net.DNSError{Err: "no such host", IsNotFound: true}},
		`set api_version (ZILLIZ_API_VERSION) to "v2" in the provider conf`:       respondWith(zillizsim.HTMLPage(404)),
		"(HTTPS_PROXY), certificates. Check " + region + " and " + endpoint + ".": brokenNetwork{&net.OpError{Op: "dial", Err: net.ErrClosed}},
	} {
		for _, source := range []string{"configuration", "environment"} {
			config := values{"max_retries": 0, "api_key": testKey, "region_id": "aws-us-west-2"}
			setEnvironment(t, nil)
			if source == "environment" {
				setEnvironment(t, map[string]string{"ZILLIZCLOUD_API_KEY": testKey, "ZILLIZ_REGION_ID": "aws-us-west-2"})
				config = values{"max_retries": 0}
			}
			p := unconfigured(t, nil, over(transport))
			if d := p.configure(config); len(d) > 0 {
				t.Fatal(diagnosticText(d))
			}
			_, d := p.read(t.Context(), progress, jobArguments(nil))
			if printed := diagnosticText(d); !strings.Contains(printed, text) {
				t.Errorf("%s: the error lacks %q:\n%s", source, text, printed)
			}
		}
	}
}

// TestConfigureLogsSources checks that Configure logs where each value comes from, at INFO.
func TestConfigureLogsSources(t *testing.T) {
	setEnvironment(t, map[string]string{"ZILLIZCLOUD_API_KEY": testKey, "ZILLIZ_API_VERSION": "v2"})
	var logs bytes.Buffer
	ctx := tflogtest.RootLogger(t.Context(), &logs)
	if d := unconfigured(t, newSim()).configureWith(ctx, values{"region_id": "aws-us-west-2"}); len(d) > 0 {
		t.Fatal(diagnosticText(d))
	}
	lines, err := tflogtest.MultilineJSONDecode(&logs)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines {
		if line["@message"] != "Provider configured" {
			continue
		}
		got := fmt.Sprintln(line["@level"], line["host"], line["version"], line["sources"])
		want := "info api.cloud.zilliz.com v2 map[api_key:ZILLIZCLOUD_API_KEY api_version:ZILLIZ_API_VERSION region_id:the configuration]\n"
		if got != want {
			t.Errorf("logged %s, want %s", got, want)
		}
		return
	}
	t.Errorf("Configure logs no sources: %v", lines)
}

func TestUnknownProviderConfiguration(t *testing.T) {
	setEnvironment(t, map[string]string{"ZILLIZ_API_KEY": "key-of-the-environment", "ZILLIZCLOUD_API_KEY": "key-of-the-environment"})
	sim := newSim()
	p := newProvider(t, sim, with(values{"api_key": unknown, "max_retries": unknown}))
	const title = "Provider configuration not known yet"
	_, d := p.read(t.Context(), progress, jobArguments(nil))
	expectError(t, d, "", title, "api_key and max_retries", "depends_on")
	_, d = p.create(t.Context(), completion, jobArguments(nil))
	expectError(t, d, "", title, "api_key and max_retries")
	_, d = unconfigured(t, sim).read(t.Context(), progress, jobArguments(nil))
	expectError(t, d, "", title)
	unknownVersion := newProvider(t, sim, with(values{"api_version": unknown, "region_id": nil}))
	_, d = unknownVersion.read(t.Context(), progress, jobArguments(nil))
	expectError(t, d, "", title, "api_version")
	// An import block has no depends_on.
	_, d = p.importResource(completion, testCluster+"/job-1")
	expectError(t, d, "", title, "-target")
	expectAbsent(t, d, "depends_on")

	read, err := p.server.ReadDataSource(t.Context(), &tfprotov6.ReadDataSourceRequest{
		TypeName: progress, Config: p.value(p.schema.DataSourceSchemas[progress], jobArguments(nil)),
		ClientCapabilities: &tfprotov6.ReadDataSourceClientCapabilities{DeferralAllowed: true},
	})
	if err != nil || len(read.Diagnostics) > 0 || read.Deferred == nil || read.Deferred.Reason != tfprotov6.DeferredReasonProviderConfigUnknown {
		t.Errorf("read with deferral allowed: %v, %+v", err, read)
	}
	for _, name := range []string{importJob, completion} {
		imported, err := p.server.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{
			TypeName: name, ID: testCluster + "/job-1",
			ClientCapabilities: &tfprotov6.ImportResourceStateClientCapabilities{DeferralAllowed: true},
		})
		if err != nil || len(imported.Diagnostics) > 0 || imported.Deferred == nil ||
			imported.Deferred.Reason != tfprotov6.DeferredReasonProviderConfigUnknown {
			t.Errorf("import of %s with deferral allowed: %v, %+v", name, err, imported)
		}
	}
	if n := len(sim.Requests()); n != 0 {
		t.Errorf("%d requests were sent, want 0", n)
	}
}
