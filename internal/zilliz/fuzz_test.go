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

// The fuzz tests compare the decoders with an independent decoding of the same bytes, and
// the URLs with an independent parser. The seeds are in testdata/fuzz.

// fuzzClient returns a client whose requests all get the same body. It counts them.
func fuzzClient(t *testing.T, version APIVersion, body []byte, requests *int) *Client {
	t.Helper()
	config := testConfig(zillizsim.Transport(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*requests++
		respondJSON(string(body))(w, r)
	})))
	config.APIVersion, config.MaxRequestsPerSecond = version, 1_000_000
	return testClient(t, config)
}

// genericData decodes the data of a response as generic values. It is not ok if a name
// differs from a known one by case only: then the decoders accept a field that the
// generic values do not have.
func genericData(body []byte) (data map[string]any, ok bool) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var response map[string]any
	if decoder.Decode(&response) != nil {
		return nil, true
	}
	data, _ = response["data"].(map[string]any)
	return data, hasExactNames(response) && hasExactNames(data)
}

func hasExactNames(object map[string]any) bool {
	for name := range object {
		switch lower := strings.ToLower(name); lower {
		case "code", "message", "data", "state", "progress", "reason", "details":
			if name != lower {
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

// checkJob checks what must hold for the result of any response.
func checkJob(t *testing.T, job importjob.Job, err error) {
	t.Helper()
	if err != nil && strings.Contains(err.Error(), testKey) {
		t.Errorf("error %q contains the key", err)
	}
	percents := []*float64{job.ProgressPercent}
	for _, file := range job.Files {
		percents = append(percents, file.ProgressPercent)
	}
	for _, p := range percents {
		if p != nil && !(*p >= 0 && *p <= 100) {
			t.Errorf("progress is %v %%, want 0 to 100", *p)
		}
	}
}

func FuzzImportV1(f *testing.F) {
	f.Fuzz(func(t *testing.T, body []byte) {
		var requests int
		job, err := read(t, fuzzClient(t, V1, body, &requests))
		checkJob(t, job, err)
		data, ok := genericData(body)
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
		ready, err := strconv.ParseFloat(literal, 64)
		if err != nil || math.Abs(ready-1) > 1e-9 && math.Abs(ready-100) > 1e-7 {
			t.Errorf("completed with readyPercentage %v", data["readyPercentage"])
		}
		if message, _ := data["errorMessage"].(string); message != "" {
			t.Errorf("completed with errorMessage %q", message)
		}
	})
}

func FuzzImportV2(f *testing.F) {
	f.Fuzz(func(t *testing.T, body []byte) {
		var requests int
		job, err := read(t, fuzzClient(t, V2, body, &requests))
		checkJob(t, job, err)
		data, ok := genericData(body)
		if err != nil || job.State != importjob.StateCompleted || !ok {
			return
		}
		state, _ := data["state"].(string)
		if state = strings.ToLower(strings.TrimSpace(state)); state != "completed" {
			t.Errorf("completed with state %v", data["state"])
		}
	})
}

func FuzzImportList(f *testing.F) {
	f.Fuzz(func(t *testing.T, body []byte) {
		var requests int
		jobs, err := listAll(t.Context(), fuzzClient(t, V1, body, &requests), JobFilter{ClusterID: "c"})
		if err != nil && strings.Contains(err.Error(), testKey) {
			t.Errorf("error %q contains the key", err)
		}
		if requests > 2 {
			t.Errorf("sent %d requests for a page that is repeated, want at most 2", requests)
		}
		listed := map[string]bool{}
		for _, job := range jobs {
			if listed[job.JobID] {
				t.Errorf("job %q is listed twice", job.JobID)
			}
			listed[job.JobID] = true
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
			hasSuffix := strings.HasSuffix(strings.TrimSuffix(host, ".cn"), suffix)
			if strings.ContainsAny(region, "./@:#?\\% \n") || !hasSuffix {
				t.Errorf("host for region %q is %q", region, host)
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
		request, err := testClient(t, config).newRequest(t.Context(),
			apiCall{method: http.MethodGet, path: progressPathV1, query: url.Values{"a": {"b"}}})
		if err != nil {
			return // nothing is sent
		}
		u := request.URL
		// The key must go to the text between :// and the next slash.
		_, rest, _ := strings.Cut(endpoint, "://")
		authority, _, _ := strings.Cut(rest, "/")
		if !strings.EqualFold(u.Host, authority) || u.User != nil ||
			!strings.HasSuffix(u.Path, progressPathV1) || u.RawQuery != "a=b" {
			t.Errorf("URL for endpoint %q is %q", endpoint, u)
		}
		if u.Scheme != "https" && !isLoopback(u.Hostname()) {
			t.Errorf("URL for endpoint %q is %q, without TLS", endpoint, u)
		}
	})
}
