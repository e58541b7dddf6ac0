package provider

import (
	"maps"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// TestErrorsNameOrigin checks that errors name the argument or the environment variable
// that determines the host or the API key.
func TestErrorsNameOrigin(t *testing.T) {
	unresolved := brokenNetwork{&net.DNSError{Err: "no such host", Name: "x", IsNotFound: true}}
	badKey, otherRegion := respondWith(zillizsim.ErrorCode(80001)), respondWith(zillizsim.ErrorCode(90102))
	const cloud = "does not begin with a cloud"
	tests := []struct {
		name        string
		environment map[string]string
		config      values
		transport   http.RoundTripper
		parts       []string
		absent      string
	}{
		{
			name: "region", config: values{"region_id": "aws-us-west-2"}, transport: unresolved,
			parts: []string{"Then check region_id in the provider configuration."}, absent: cloud,
		},
		{
			name: "region without cloud", config: values{"region_id": "us-west-2"}, transport: unresolved,
			parts: []string{`The region "us-west-2" ` + cloud, "as aws-us-west-2"},
		},
		{
			name: "region from the environment", environment: map[string]string{"ZILLIZ_REGION_ID": "us-west-2"}, transport: unresolved,
			parts: []string{"Then check the environment variable ZILLIZ_REGION_ID.", cloud},
		},
		{
			name: "endpoint", config: values{"endpoint": "https://gateway.example.com"}, transport: unresolved,
			parts: []string{"Then check endpoint in the provider configuration."}, absent: cloud,
		},
		{
			name: "endpoint from the environment", environment: map[string]string{"ZILLIZ_ENDPOINT": "http://127.0.0.1:1"},
			transport: brokenNetwork{&net.OpError{Op: "dial", Err: net.ErrClosed}},
			parts:     []string{"Check the environment variable ZILLIZ_ENDPOINT."},
		},
		{
			name: "default host of API v2", config: values{"api_version": "v2"}, transport: unresolved,
			parts: []string{"Then check region_id and endpoint in the provider configuration: neither is set, so the provider uses the international host of API v2."}, absent: cloud,
		},
		{
			name: "API key from the environment", environment: map[string]string{"ZILLIZCLOUD_API_KEY": "key-of-zilliz"},
			config: values{"region_id": "aws-us-west-2", "api_key": nil}, transport: badKey,
			parts: []string{"Check the environment variable ZILLIZCLOUD_API_KEY: the key must be complete"},
		},
		{
			name: "cluster in another region", config: values{"region_id": "aws-us-west-2"}, transport: otherRegion,
			parts: []string{"Set region_id in the provider configuration to the region of the cluster."},
		},
		{
			name: "cluster in another region than the environment's", environment: map[string]string{"ZILLIZ_REGION_ID": "aws-us-west-2"}, transport: otherRegion,
			parts: []string{"Set the environment variable ZILLIZ_REGION_ID to the region of the cluster."},
		},
		{
			name: "cluster in another region than the endpoint", config: values{"endpoint": "https://gateway.example.com"}, transport: otherRegion,
			parts: []string{"Check endpoint in the provider configuration."}, absent: "region_id",
		},
		{
			name: "cluster in another region than the default host of API v2", config: values{"api_version": "v2"}, transport: otherRegion,
			parts: []string{"Set region_id in the provider configuration to the region of the cluster."},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, name := range []string{regionVariable, keyVariable, zillizKeyVariable, endpointVariable, apiVersionVariable} {
				t.Setenv(name, test.environment[name])
			}
			arguments := values{"api_key": testKey, "max_retries": 0}
			maps.Copy(arguments, test.config)
			p := newTestServerOver(t, test.transport)
			if d := p.configure(arguments); len(d) > 0 {
				t.Fatal(diagnosticText(d))
			}
			_, d := p.read(t.Context(), progress, jobArguments(nil))
			text := diagnosticText(d)
			for _, part := range test.parts {
				if !strings.Contains(text, part) {
					t.Errorf("the error lacks %q:\n%s", part, text)
				}
			}
			if test.absent != "" && strings.Contains(text, test.absent) {
				t.Errorf("the error contains %q:\n%s", test.absent, text)
			}
		})
	}
}
