package provider

import (
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
	badKey := respondWith(zillizsim.ErrorCode(80001))
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
			parts: []string{"ZILLIZ_ENDPOINT, if you do not use the default host of API v2."}, absent: cloud,
		},
		{
			name: "API key from the environment", environment: map[string]string{"ZILLIZCLOUD_API_KEY": "key"},
			config: values{"region_id": "aws-us-west-2", "api_key": nil}, transport: badKey,
			parts: []string{"Check the environment variable ZILLIZCLOUD_API_KEY: the key must be complete"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, name := range []string{"ZILLIZ_REGION_ID", "ZILLIZ_API_KEY", "ZILLIZCLOUD_API_KEY", "ZILLIZ_ENDPOINT", "ZILLIZ_API_VERSION"} {
				t.Setenv(name, test.environment[name])
			}
			arguments := values{"api_key": testKey, "max_retries": 0}
			for name, value := range test.config {
				arguments[name] = value
			}
			p := newTestServerOver(t, test.transport)
			if d := p.configure(arguments); len(d) > 0 {
				t.Fatal(diagnosticText(d))
			}
			_, d := p.read(t.Context(), progress, jobArguments(nil))
			text := diagnosticText(d)
			for _, part := range test.parts {
				if !strings.Contains(text, part) {
					t.Errorf("no %q in:\n%s", part, text)
				}
			}
			if test.absent != "" && strings.Contains(text, test.absent) {
				t.Errorf("%q in:\n%s", test.absent, text)
			}
		})
	}
}
