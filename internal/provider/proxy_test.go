package provider

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// TestAccProxyOfTheEnvironment lets the real provider ask over a proxy, which gets to
// see the host and not the key.
func TestAccProxyOfTheEnvironment(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var connects []string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		connects = append(connects, r.Method+" "+r.Host)
		for name, value := range r.Header {
			if strings.Contains(strings.Join(value, ""), testKey) {
				t.Errorf("the proxy got the key in %s", name)
			}
		}
		http.Error(w, "not today", http.StatusForbidden)
	}))
	t.Cleanup(proxy.Close)
	s := newScene(t, newSim(), `
provider "zilliz" {
  max_retries = 0
}
`+dataSource(`job_id = "job-1"`),
		"ZILLIZ_ENDPOINT=https://zilliz.example.com", "HTTPS_PROXY="+proxy.URL, "NO_PROXY=")
	s.terraform(false, "plan")
	mu.Lock()
	defer mu.Unlock()
	if len(connects) != 1 || connects[0] != "CONNECT zilliz.example.com:443" {
		t.Errorf("the proxy was asked %v", connects)
	}
	if !strings.Contains(s.printed.String(), "Zilliz Cloud could not be reached") || !strings.Contains(s.printed.String(), "Forbidden") {
		t.Error(s.printed.String())
	}
}
