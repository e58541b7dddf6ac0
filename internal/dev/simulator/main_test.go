package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

func TestServe(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	output, w := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- serve(ctx, w, options{address: "localhost:0", apiKey: "it's one", milvus: true, requestsPerSecond: 1})
		_ = w.Close()
	}()

	var printed strings.Builder
	endpoint := ""
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		printed.WriteString(lines.Text() + "\n")
		if _, url, found := strings.Cut(lines.Text(), "ZILLIZ_ENDPOINT="); found {
			endpoint = url
		}
		if strings.Contains(lines.Text(), "Ctrl-C") {
			break
		}
	}
	if n := strings.Count(printed.String(), "\nin01-"); n != 3 {
		t.Errorf("%d jobs, want 3:\n%s", n, printed.String())
	}
	for _, part := range []string{"job-articles", "completes after 30s", "fails after 20s", `ZILLIZ_API_KEY='it'\''s one'`, "ZILLIZ_API_VERSION=v2"} {
		if !strings.Contains(printed.String(), part) {
			t.Errorf("output lacks %q:\n%s", part, printed.String())
		}
	}
	client := &http.Client{Timeout: 10 * time.Second}
	list := func(key string) string { // returns the line in the log
		go func() {
			request, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint+"/v2/vectordb/jobs/import/list", strings.NewReader("{}"))
			if err != nil {
				t.Error(err)
				return
			}
			request.Header.Set("Authorization", "Bearer "+key)
			if response, err := client.Do(request); err == nil {
				_ = response.Body.Close()
			}
		}()
		lines.Scan()
		return lines.Text()
	}
	const call = "  POST /v2/vectordb/jobs/import/list: "
	if got := list("another"); !strings.HasSuffix(got, call+"HTTP 401, code 1800") {
		t.Errorf("log = %q, want code 1800", got)
	}
	if got := list("it's one"); !strings.HasSuffix(got, call+"HTTP 200, code 0") {
		t.Errorf("log = %q, want code 0", got)
	}
	got := ""
	for n := 0; n < 100 && !strings.HasSuffix(got, call+"HTTP 429, code 429"); n++ {
		got = list("it's one")
	}
	if !strings.HasSuffix(got, "429") {
		t.Errorf("log = %q, want HTTP 429 for a second request in a second", got)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestServeInvalidOptions(t *testing.T) {
	t.Parallel()
	broken := filepath.Join(t.TempDir(), "broken.json")
	if err := os.WriteFile(broken, []byte(`{"jobs": [{"job_id": "j", "duration": "1s"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := map[string]options{
		`"0.0.0.0:0"`:         {address: "0.0.0.0:0", apiKey: "key"},
		`":0"`:                {address: ":0", apiKey: "key"},
		`"192.0.2.1:80"`:      {address: "192.0.2.1:80", apiKey: "key"},
		`"localhost.evil:0"`:  {address: "localhost.evil:0", apiKey: "key"},
		`"127.0.0.1"`:         {address: "127.0.0.1", apiKey: "key"},
		"-api-key is empty":   {address: "127.0.0.1:0"},
		"missing.json":        {jobs: "missing.json", address: "127.0.0.1:0", apiKey: "key"},
		"cluster_id: missing": {jobs: broken, address: "127.0.0.1:0", apiKey: "key"},
	}
	for want, o := range tests {
		if err := serve(t.Context(), io.Discard, o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("serve(%+v) = %v, want an error with %s", o, err, want)
		}
	}
}

func TestPrintUsage(t *testing.T) {
	t.Parallel()
	file, err := loadJobs("")
	if err != nil {
		t.Fatal(err)
	}
	var printed strings.Builder
	printUsage(&printed, "http://127.0.0.1:1", options{}, file)
	const want = "\nAn import that is started completes after 10s, and fails with \"broken\" in a URL.\n"
	if !strings.Contains(printed.String(), want) || strings.Contains(printed.String(), "ZILLIZ_API_VERSION") {
		t.Errorf("output lacks %q, or has a version:\n%s", want, printed.String())
	}
}

func TestResult(t *testing.T) {
	t.Parallel()
	tests := map[string]zillizsim.Job{
		"completes after 10s":         {Steps: zillizsim.Milvus(10 * time.Second)},
		"completes after 1s":          {Steps: []zillizsim.Step{{After: time.Second, State: "Completed"}}},
		"fails after 5s":              {Steps: zillizsim.FailAt(5*time.Second, 0.4, "no rows")},
		"stays at 80% after 0s":       {Steps: []zillizsim.Step{{Progress: 0.8}}},
		"stays at 100% after 0s":      {Steps: []zillizsim.Step{{Progress: 1, State: "Importing"}}, TwoPhase: true},
		"waits for a commit after 3s": {Steps: zillizsim.Linear(3 * time.Second), TwoPhase: true},
	}
	for want, job := range tests {
		if got := result(job); got != want {
			t.Errorf("result(%+v) = %q, want %q", job, got, want)
		}
	}
}
