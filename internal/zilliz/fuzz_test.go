package zilliz

import (
	"bytes"
	"encoding/json"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// The fuzz targets hold the decoders against readings of the same bytes that share
// no code with them. Seeds are in testdata/fuzz.

// fuzzClient is a client to whom each request is answered with a body, once.
func fuzzClient(t *testing.T, version APIVersion, body []byte, requests *int) *Client {
	t.Helper()
	config := testConfig(zillizsim.Transport(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*requests++
		zillizsim.Body(http.StatusOK, "application/json", string(body))(w, r)
	})))
	config.APIVersion, config.MaxRequestsPerSecond = version, 1_000_000
	return testClient(t, config)
}

// plain is JSON as generic values. It is not ok where the standard decoder's mercy
// with the case of names would make the two readings differ.
func plain(body []byte) (data map[string]any, ok bool) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var whole map[string]any
	if decoder.Decode(&whole) != nil {
		return nil, true
	}
	data, _ = whole["data"].(map[string]any)
	return data, exactNames(whole) && exactNames(data)
}

func exactNames(object map[string]any) bool {
	for name := range object {
		switch known := strings.ToLower(name); known {
		case "code", "message", "data", "state", "progress", "reason", "details":
			if name != known {
				return false
			}
		case "readypercentage", "errormessage":
			if name != "readyPercentage" && name != "errorMessage" {
				return false
			}
		}
	}
	return true
}

func checkJob(t *testing.T, job importjob.Job, err error) {
	t.Helper()
	if err != nil && strings.Contains(err.Error(), testKey) {
		t.Errorf("the key is in %q", err)
	}
	percents := []*float64{job.ProgressPercent}
	for _, file := range job.Files {
		percents = append(percents, file.ProgressPercent)
	}
	for _, p := range percents {
		if p != nil && !(*p >= 0 && *p <= 100) {
			t.Errorf("%v percent", *p)
		}
	}
}

func FuzzImportV1(f *testing.F) {
	f.Fuzz(func(t *testing.T, body []byte) {
		var requests int
		job, err := fuzzClient(t, V1, body, &requests).JobReader(testID).Read(t.Context(), noop)
		checkJob(t, job, err)
		data, ok := plain(body)
		if err != nil || job.State != importjob.StateCompleted || !ok {
			return
		}
		literal := ""
		switch ready := data["readyPercentage"].(type) {
		case json.Number:
			literal = ready.String()
		case string:
			literal = ready
		}
		if ready, err := strconv.ParseFloat(literal, 64); err != nil || math.Abs(ready-1) > 1e-9 && math.Abs(ready-100) > 1e-7 {
			t.Errorf("readyPercentage %v completed", data["readyPercentage"])
		}
		if message, _ := data["errorMessage"].(string); message != "" {
			t.Errorf("completed although %q", message)
		}
	})
}

func FuzzImportV2(f *testing.F) {
	f.Fuzz(func(t *testing.T, body []byte) {
		var requests int
		job, err := fuzzClient(t, V2, body, &requests).JobReader(testID).Read(t.Context(), noop)
		checkJob(t, job, err)
		data, ok := plain(body)
		if err != nil || job.State != importjob.StateCompleted || !ok {
			return
		}
		state, _ := data["state"].(string)
		if state = strings.ToLower(strings.TrimSpace(state)); state != "completed" {
			t.Errorf("state %v completed", data["state"])
		}
	})
}

func FuzzImportList(f *testing.F) {
	f.Fuzz(func(t *testing.T, body []byte) {
		var requests int
		jobs, err := listAll(t.Context(), fuzzClient(t, V1, body, &requests), JobFilter{ClusterID: "c"})
		if err != nil && strings.Contains(err.Error(), testKey) {
			t.Errorf("the key is in %q", err)
		}
		if requests > 2 {
			t.Errorf("%d requests for a page that is repeated", requests)
		}
		known := map[string]bool{}
		for _, job := range jobs {
			if known[job.JobID] {
				t.Errorf("job %q is listed twice", job.JobID)
			}
			known[job.JobID] = true
		}
	})
}

func FuzzCheckRegion(f *testing.F) {
	f.Fuzz(func(t *testing.T, region string) {
		if CheckRegion(region) != nil {
			return
		}
		for version, suffix := range map[APIVersion]string{V1: ".zillizcloud.com", V2: "api.cloud.zilliz.com"} {
			config := testConfig(nil)
			config.APIVersion, config.RegionID = version, region
			host := testClient(t, config).base.Host
			if strings.ContainsAny(region, "./@:#?\\% \n") || !strings.HasSuffix(strings.TrimSuffix(host, ".cn"), suffix) {
				t.Errorf("region %q leads to %q", region, host)
			}
		}
	})
}

func FuzzCheckEndpoint(f *testing.F) {
	f.Fuzz(func(t *testing.T, endpoint string) {
		if CheckEndpoint(endpoint) != nil {
			return
		}
		config := testConfig(nil)
		config.Endpoint = endpoint
		request, err := testClient(t, config).newRequest(t.Context(), call{method: http.MethodGet, path: progressPathV1, query: url.Values{"a": {"b"}}})
		if err != nil {
			return // refused before anything is sent
		}
		u := request.URL
		// A reading of the endpoint by hand: what stands between :// and the next
		// slash is where the key goes.
		_, rest, _ := strings.Cut(endpoint, "://")
		authority, _, _ := strings.Cut(rest, "/")
		if !strings.EqualFold(u.Host, authority) || u.User != nil || !strings.HasSuffix(u.Path, progressPathV1) || u.RawQuery != "a=b" {
			t.Errorf("%q leads to %q", endpoint, u)
		}
		if u.Scheme != "https" && !isLoopback(u.Hostname()) {
			t.Errorf("%q leads to %q without TLS", endpoint, u)
		}
	})
}
