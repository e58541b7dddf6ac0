package provider

import (
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

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
		{name: "endpoint of the region", config: providerArguments(values{"endpoint": "https://controller.api.gcp-us-west1.zillizcloud.com/"}), host: "controller.api.gcp-us-west1.zillizcloud.com", key: testKey},
		{name: "endpoint without region", config: values{"endpoint": "https://gateway.example.com", "api_key": testKey}, host: "gateway.example.com", key: testKey},
		{name: "endpoint with unknown region", config: values{"endpoint": "https://gateway.example.com", "api_key": testKey, "region_id": unknown}, host: "gateway.example.com", key: testKey},
		{name: "environment", environment: map[string]string{"ZILLIZ_REGION_ID": "gcp-us-west1", "ZILLIZ_API_KEY": "key-in-a", "ZILLIZCLOUD_API_KEY": "key-in-b"}, host: "controller.api.gcp-us-west1.zillizcloud.com", key: "key-in-a"},
		{name: "ZILLIZCLOUD_API_KEY", environment: map[string]string{"ZILLIZ_REGION_ID": "gcp-us-west1", "ZILLIZCLOUD_API_KEY": "key-in-b"}, host: "controller.api.gcp-us-west1.zillizcloud.com", key: "key-in-b"},
		{name: "endpoint from the environment", environment: map[string]string{"ZILLIZ_ENDPOINT": "http://127.0.0.1:1", "ZILLIZ_API_KEY": "key-in-a"}, host: "127.0.0.1:1", key: "key-in-a"},
		{name: "configuration overrides environment", environment: map[string]string{"ZILLIZ_REGION_ID": "gcp-us-west1", "ZILLIZ_API_KEY": "key-in-a"}, config: providerArguments(nil), host: "controller.api.aws-us-west-2.zillizcloud.com", key: testKey},

		{name: "short key", config: providerArguments(values{"api_key": "1234567"}), attribute: "api_key", title: "Invalid api_key", parts: []string{"must have at least 8 characters"}},
		{name: "short key in the environment", environment: map[string]string{"ZILLIZ_API_KEY": "1234567"}, config: values{"region_id": "aws-us-west-2"}, title: "Invalid environment variable ZILLIZ_API_KEY", parts: []string{"must have at least 8 characters"}},
		{name: "endpoint with version", config: providerArguments(values{"endpoint": "https://api.cloud.zilliz.com/v2/"}), attribute: "endpoint", title: "Invalid endpoint", parts: []string{"/v1 or /v2"}},
		{name: "endpoint with the path of a call", config: providerArguments(values{"endpoint": "https://api.cloud.zilliz.com/v2/vectordb/jobs/import/create"}), attribute: "endpoint", title: "Invalid endpoint", parts: []string{"/v1 or /v2"}},
		{name: "endpoint of a cluster", config: providerArguments(values{"endpoint": "https://in01-0123456789abcde.aws-us-west-2.vectordb.zillizcloud.com:19530"}), attribute: "endpoint", title: "Invalid endpoint", parts: []string{"cluster"}},
		{name: "endpoint with version in the environment", environment: map[string]string{"ZILLIZ_ENDPOINT": "https://api.cloud.zilliz.com/v1"}, config: providerArguments(nil), title: "Invalid environment variable ZILLIZ_ENDPOINT", parts: []string{"/v1 or /v2"}},
		{name: "empty key", environment: map[string]string{"ZILLIZ_API_KEY": "key-in-a"}, config: providerArguments(values{"api_key": ""}), attribute: "api_key", title: "Invalid api_key", parts: []string{"must not be empty", "ZILLIZ_API_KEY", "null"}},
		{name: "empty region", config: providerArguments(values{"region_id": ""}), attribute: "region_id", title: "Invalid region_id", parts: []string{"must not be empty", "ZILLIZ_REGION_ID"}},
		{name: "region with space", config: providerArguments(values{"region_id": " aws-us-west-2"}), attribute: "region_id", title: "Invalid region_id", parts: []string{"must not begin or end with white space", "trimspace()"}},
		{name: "empty endpoint", config: providerArguments(values{"endpoint": ""}), attribute: "endpoint", title: "Invalid endpoint", parts: []string{"must not be empty", "ZILLIZ_ENDPOINT"}},
		{name: "endpoint with space", config: providerArguments(values{"endpoint": "https://gateway.example.com\n"}), attribute: "endpoint", title: "Invalid endpoint", parts: []string{"must not begin or end with white space", "trimspace()"}},
		{name: "endpoint with newline in the environment", environment: map[string]string{"ZILLIZ_ENDPOINT": "https://gateway.example.com\n"}, config: providerArguments(nil), title: "Invalid environment variable ZILLIZ_ENDPOINT", parts: []string{`export ZILLIZ_ENDPOINT="$(cat FILE)"`}},
		{name: "API version with space", config: providerArguments(values{"api_version": "v2 "}), attribute: "api_version", title: "Invalid api_version", parts: []string{"must not begin or end with white space"}},
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
			for _, name := range []string{regionVariable, keyVariable, zillizKeyVariable, endpointVariable, apiVersionVariable} {
				t.Setenv(name, test.environment[name])
			}
			var host, key string
			p := newTestServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				host, key = r.URL.Host, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
				zillizsim.Body(http.StatusOK, "application/json", `{"code":200,"data":{"jobId":"job-1"}}`)(w, r)
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
				t.Errorf("host = %q, key = %q, want %q and %q: %s", host, key, test.host, test.key, diagnosticText(d))
			}
		})
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
		t.Errorf("%d requests were sent, want 0", n)
	}
}
