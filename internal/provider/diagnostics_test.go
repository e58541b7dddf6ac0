package provider

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zilliz"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

func TestErrorCodes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		code      zilliz.Code
		attribute string
		title     string
		parts     []string
	}{
		{zilliz.CodeNotAuthenticated, "", "API key rejected", []string{"HTTP 401", "hasn't authenticated"}},
		{zilliz.CodeClusterNotFound, "cluster_id", "Cluster not found", []string{"The cluster ID does not exist."}},
		{zilliz.CodeNoClusterAccess, "", "No access to the cluster", []string{"request access from your admin", "another key"}},
		{zilliz.CodeClusterNotPermitted, "cluster_id", "Cluster not found, or no access to it", []string{"Invalid clusterId or", "API key"}},
		{zilliz.CodeClusterNotInRegion, "cluster_id", "Cluster not in this region", []string{"does not exist in current region", "region_id"}},
		{zilliz.CodeClusterIDEmptyInPath, "cluster_id", "Cluster ID is empty", []string{"empty in the request path"}},
		{zilliz.CodeClusterIDEmpty, "cluster_id", "Cluster ID is empty", []string{"empty in the request parameter"}},
		{zilliz.CodeInvalidDomain, "", "Wrong host for this cluster", []string{"Invalid domain name used", "Check region_id (ZILLIZ_REGION_ID) and endpoint"}},
		{zilliz.CodeJobNotFound, "job_id", "Import job not found", []string{"No jobId record found", "record has expired", "ignore_not_found"}},
		{zilliz.CodeIncorrectParameter, "cluster_id", "Request rejected by Zilliz Cloud", []string{"Incorrect parameter"}},
		{zilliz.CodeInvalidToken, "", "API key rejected", []string{"HTTP 401", "Your token is not valid", "Check api_key (ZILLIZ_API_KEY, ZILLIZCLOUD_API_KEY)"}},
		{zilliz.CodeTokenNotFound, "", "API key rejected", []string{"Token not found or unauthorized"}},
		{zilliz.CodeIllegalAPIKey, "", "API key rejected", []string{"HTTP 401", "The apikey is illegal"}},
	}
	for _, test := range tests {
		t.Run(fmt.Sprint(test.code), func(t *testing.T) {
			t.Parallel()
			sim := newSim()
			sim.Refuse(testCluster, int(test.code))
			_, d := newProvider(t, sim).read(t.Context(), progress, jobArguments(nil))
			expectError(t, d, test.attribute, test.title, append(test.parts, fmt.Sprintf("code %d", test.code), "request ID sim-")...)
			if n := len(sim.Requests()); n != 1 {
				t.Errorf("%d requests were sent, want 1", n)
			}
		})
	}
}

// TestUndocumentedCode covers a code that can be temporary or permanent, and one that an HTTP
// status makes permanent.
func TestUndocumentedCode(t *testing.T) {
	t.Parallel()
	for status, requests := range map[int]int{http.StatusOK: 1 + defaultMaxRetries, http.StatusBadRequest: 1} {
		synctest.Test(t, func(t *testing.T) {
			n := &faultyNetwork{active: func(int) bool { return true },
				broken: respondWith(zillizsim.Body(status, "application/json", `{"code":12345,"message":"bad luck"}`))}
			_, d := newProvider(t, nil, over(n)).read(t.Context(), progress, jobArguments(nil))
			expectError(t, d, "", "Request rejected by Zilliz Cloud", "code 12345: bad luck", "Zilliz does not document the code 12345")
			expectAbsent(t, d, "region_id")
			if n.requests != requests {
				t.Errorf("HTTP %d: %d requests were sent, want %d", status, n.requests, requests)
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
				_, d := newProvider(t, zillizsim.HTMLPage(status)).read(t.Context(), progress, jobArguments(nil))
				expectError(t, d, "", title, fmt.Sprintf("HTTP %d", status), "<html>")
			})
		})
	}
}

func TestEndpointNotFound(t *testing.T) {
	t.Parallel()
	const useV2 = `set api_version (ZILLIZ_API_VERSION) to "v2"`
	_, d := newProvider(t, zillizsim.HTMLPage(410)).read(t.Context(), progress, jobArguments(nil))
	expectError(t, d, "", "Import API not found at this host", "HTTP 410", useV2)
	noHost := over(brokenNetwork{&net.DNSError{Err: "no such host", Name: "controller.api", IsNotFound: true}})
	_, d = newProvider(t, nil, noHost, with(values{"max_retries": 0})).read(t.Context(), progress, jobArguments(nil))
	expectError(t, d, "", "Host name not found", "no such host", useV2)
	_, d = newProvider(t, zillizsim.HTMLPage(404), api("v2")).read(t.Context(), progress, jobArguments(nil))
	expectError(t, d, "", "Import API not found at this host", "HTTP 404", "has no POST", "v2/vectordb/jobs/import/describe")
	expectAbsent(t, d, "api_version")
}

func TestSwappedIDs(t *testing.T) {
	t.Parallel()
	p := newProvider(t, newSim())
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
	_, one := p.read(t.Context(), progress, jobArguments(nil))
	_, all := p.read(t.Context(), importJobs, values{"cluster_id": "job-0123"})
	for name, d := range map[string][]*tfprotov6.Diagnostic{"usual IDs": one, "no job_id": all} {
		if len(d) != 1 || strings.Contains(diagnosticText(d), "swapped") {
			t.Errorf("%s: %s", name, diagnosticText(d))
		}
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
	_, d := newProvider(t, zillizsim.Body(200, "application/json", body)).read(t.Context(), progress, jobArguments(values{"wait_for_completion": true}))
	expectError(t, d, "job_id", "Import job failed", "Zilliz Cloud: a\uFFFD[31mb", "- 0.parquet: no rows in 0", "- 4.parquet: no rows in 4", "and 3 more files")
	if strings.ContainsRune(diagnosticText(d), '\x1b') || len(diagnosticText(d)) > 6*maxReason {
		t.Errorf("%d characters: %q", len(diagnosticText(d)), diagnosticText(d))
	}
}

func TestFailureReasonsWithoutMessage(t *testing.T) {
	t.Parallel()
	files := `[{"fileName":"1.parquet","state":"Failed","reason":"no rows"},{"fileName":"2.parquet","state":"Failed","reason":"bad schema"}]`
	for data, part := range map[string]string{
		`{"jobId":"job-1","state":"Failed","details":` + files + `}`: "Zilliz Cloud: 1.parquet: no rows\n  - 2.parquet: bad schema",
		`{"jobId":"job-1","state":"Failed"}`:                         "Zilliz Cloud gives no reason.",
	} {
		h := zillizsim.Body(http.StatusOK, "application/json", `{"code":0,"data":`+data+`}`)
		_, d := newProvider(t, h, api("v2")).read(t.Context(), progress, jobArguments(values{"wait_for_completion": true}))
		expectError(t, d, "job_id", "Import job failed", part)
	}
}

func TestRateLimitLeavesNoTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newProvider(t, newSim(zillizsim.Job{Steps: zillizsim.Linear(0)}), with(values{"max_requests_per_second": 1}))
		if _, d := p.read(t.Context(), progress, jobArguments(nil)); len(d) > 0 {
			t.Fatal(diagnosticText(d))
		}
		_, d := p.read(t.Context(), progress, jobArguments(values{"timeouts": values{"read": "100ms"}}))
		expectError(t, d, "", "Timed out waiting for the rate limit", "max_requests_per_second", "-parallelism")
	})
}
