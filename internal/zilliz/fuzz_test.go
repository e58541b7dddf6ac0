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
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

// The fuzz tests compare the decoders with an independent decoding of the same bytes, and
// the URLs with an independent parser. The seeds are in testdata/fuzz.

// fuzzDate is the date of all responses.
var fuzzDate = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

// genericData decodes the data of a response as generic values.
func genericData(body []byte) map[string]any {
	decoder := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(body, []byte("\uFEFF"))))
	decoder.UseNumber()
	var response map[string]any
	if decoder.Decode(&response) != nil {
		return nil
	}
	data, _ := response["data"].(map[string]any)
	return data
}

// genericText returns a text, or a number as it is written.
func genericText(value any) string {
	switch value := value.(type) {
	case string:
		return value
	case json.Number:
		return value.String()
	default:
		return ""
	}
}

// checkJob checks what must hold for the result of any response.
func checkJob(t *testing.T, job importjob.Job, err error) {
	t.Helper()
	if err != nil && kindOf(err) == none {
		t.Errorf("error %v has no kind", err)
	}
	if text := shown(job, err, ""); strings.Contains(text, testKey) {
		t.Errorf("the key is shown: %s", text)
	}
	percents := []*float64{job.ProgressPercent}
	for _, file := range job.Files {
		percents = append(percents, file.ProgressPercent)
	}
	for _, p := range percents {
		if p != nil && !(*p >= 0 && *p <= 100) {
			t.Errorf("progress is %v%%, want 0 to 100", *p)
		}
	}
	if job.Ambiguous && (job.State != importjob.StateImporting || job.ProgressPercent != nil) {
		t.Errorf("ambiguous job is %s", toJSON(job))
	}
}

func FuzzImportV1(f *testing.F) {
	f.Fuzz(func(t *testing.T, body []byte) {
		job, err := clientOf(t, V1, reply(string(body), fuzzDate)).ReadJob(t.Context(), testID)
		checkJob(t, job, err)
		if err != nil || job.State != importjob.StateCompleted {
			return
		}
		data := genericData(body)
		ready, err := strconv.ParseFloat(genericText(data["readyPercentage"]), 64)
		completed, timeErr := time.Parse(time.RFC3339, genericText(data["completeTime"]))
		proves := timeErr == nil && completed.Year() > 1969 && completed.Before(fuzzDate.Add(time.Second))
		if err != nil || math.Abs(ready-100) > 1e-6 && (math.Abs(ready-1) > 1e-8 || !proves) {
			t.Errorf("completed with readyPercentage %v and completeTime %v", data["readyPercentage"], data["completeTime"])
		}
		if message := genericText(data["errorMessage"]); message != "" {
			t.Errorf("completed with errorMessage %q", message)
		}
	})
}

func FuzzImportV2(f *testing.F) {
	f.Fuzz(func(t *testing.T, body []byte) {
		job, err := clientOf(t, V2, reply(string(body), fuzzDate)).ReadJob(t.Context(), testID)
		checkJob(t, job, err)
		if err != nil || job.State != importjob.StateCompleted {
			return
		}
		data := genericData(body)
		if state := Printable(genericText(data["state"]), maxExcerpt); !strings.EqualFold(state, "completed") {
			t.Errorf("completed with state %v", data["state"])
		}
		if genericText(data["jobId"]) != testID.JobID {
			t.Errorf("completed with job ID %v", data["jobId"])
		}
	})
}

func FuzzImportList(f *testing.F) {
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, version := range []APIVersion{V1, V2} {
			page, err := clientOf(t, version, reply(string(body), fuzzDate)).JobPage(t.Context(), JobFilter{ClusterID: "c"}, 1)
			if err != nil && strings.Contains(err.Error(), testKey) {
				t.Errorf("error %q contains the key", err)
			}
			if err != nil && len(page.Jobs) > 0 || len(page.Jobs) != len(page.IDs) {
				t.Errorf("page is %s, %v", toJSON(page), err)
			}
			for i, job := range page.Jobs {
				if job.JobID != page.IDs[i] {
					t.Errorf("job %d is %q, want %q", i, job.JobID, page.IDs[i])
				}
				completed := strings.Contains(strings.ToLower(string(body)), "completed") || strings.Contains(string(body), `\u`)
				if job.State == importjob.StateCompleted && !completed {
					t.Errorf("job %s is completed", toJSON(job))
				}
			}
		}
	})
}

// FuzzMask checks that no text around a key, escaped or not, shows it.
func FuzzMask(f *testing.F) {
	m := newMasker(testKey)
	f.Fuzz(func(t *testing.T, before, after string, escaping uint8) {
		escape := escapings[int(escaping)%len(escapings)].escape
		for _, text := range []string{before + testKey + after, before + " " + escape(testKey) + " " + after} {
			for _, got := range []string{m.mask(text), m.line(text, maxMessage), *m.text(&text)} {
				if strings.Contains(got, testKey) || m.mask(got) != got {
					t.Errorf("%q is shown as %q", text, got)
				}
			}
		}
	})
}

func FuzzCheckRegion(f *testing.F) {
	f.Fuzz(func(t *testing.T, region string) {
		if CheckRegion(region) != nil {
			return
		}
		for version, suffix := range map[APIVersion]string{V1: ".zillizcloud.com", V2: "api.cloud.zilliz.com"} {
			config := testConfig(version, nil)
			config.RegionID = region
			host := newClient(t, config).Host()
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
		config := testConfig(V1, nil)
		config.Endpoint = endpoint
		request, err := newClient(t, config).newRequest(t.Context(), apiCall{method: http.MethodGet, path: readPathV1, query: url.Values{"a": {"b"}}})
		if err != nil {
			return // nothing is sent
		}
		u := request.URL
		// The key must go to the text between :// and the next slash.
		_, rest, _ := strings.Cut(endpoint, "://")
		authority, _, _ := strings.Cut(rest, "/")
		if !strings.EqualFold(u.Host, authority) || u.User != nil || !strings.HasSuffix(u.Path, readPathV1) || u.RawQuery != "a=b" {
			t.Errorf("URL for endpoint %q is %q", endpoint, u)
		}
		if u.Scheme != "https" && !isLoopback(u.Hostname()) {
			t.Errorf("URL for endpoint %q is %q, without TLS", endpoint, u)
		}
	})
}
