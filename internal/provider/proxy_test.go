package provider

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// TestAccProxy checks that the provider uses the proxy of the environment, and that the
// proxy receives the host but not the API key.
func TestAccProxy(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var connects []string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		connects = append(connects, r.Method+" "+r.Host)
		for name, value := range r.Header {
			if strings.Contains(strings.Join(value, ""), testKey) {
				t.Errorf("the proxy received the API key in the header %s", name)
			}
		}
		http.Error(w, "denied", http.StatusForbidden)
	}))
	t.Cleanup(proxy.Close)
	run := newTerraformRun(t, newSim(), `
provider "zilliz" {
  max_retries = 0
}
`+progressConfig(`job_id = "job-1"`),
		"ZILLIZ_ENDPOINT=https://zilliz.example.com", "HTTPS_PROXY="+proxy.URL, "NO_PROXY=")
	run.fail("plan")
	mu.Lock()
	defer mu.Unlock()
	if len(connects) != 1 || connects[0] != "CONNECT zilliz.example.com:443" {
		t.Errorf("the proxy received %v, want one CONNECT", connects)
	}
	if !strings.Contains(run.output.String(), "Proxy refused the connection") || !strings.Contains(run.output.String(), "Forbidden") {
		t.Error(run.output.String())
	}
}
