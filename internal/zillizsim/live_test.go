package zillizsim

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// liveExchange is a request and its response without private texts, as make test-live
// records them. Those whose source is not a recording are written by hand.
type liveExchange struct {
	Source  string `json:"source"`
	Request struct {
		Method string         `json:"method"`
		Path   string         `json:"path"`
		Query  map[string]any `json:"query"`
		Body   map[string]any `json:"body"`
	} `json:"request"`
	Response struct {
		Status int `json:"status"`
		// Body is text if the response was not JSON.
		Body any `json:"body"`
	} `json:"response"`
}

// TestAgreesWithTheService sends the requests of testdata/live to a simulator in the same
// state, and compares the responses: status, code, and the type of each field that the
// service returns.
func TestAgreesWithTheService(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/live/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no exchanges: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var recording struct {
			Exchanges []liveExchange `json:"exchanges"`
		}
		if err := json.Unmarshal(text, &recording); err != nil || len(recording.Exchanges) == 0 {
			t.Fatalf("%s: no exchanges: %v", file, err)
		}
		for n, e := range recording.Exchanges {
			t.Run(fmt.Sprintf("%s/%d", filepath.Base(file), n), func(t *testing.T) {
				t.Parallel()
				want, ok := e.Response.Body.(map[string]any)
				if !ok {
					t.Logf("not a response of the API: HTTP %d", e.Response.Status)
					return
				}
				got, status := replay(t, e, want)
				if status != e.Response.Status || got["code"] != want["code"] {
					t.Errorf("HTTP %d, code %v, want %d and %v (%s)", status, got["code"], e.Response.Status, want["code"], e.Source)
				}
				for _, difference := range differences("", want, got) {
					t.Errorf("%s (%s)", difference, e.Source)
				}
			})
		}
	}
}

// replay sends the request of an exchange to a simulator in the state that its response
// describes.
func replay(t *testing.T, e liveExchange, recorded map[string]any) (body map[string]any, status int) {
	t.Helper()
	const key, cluster, job = "0123456789abcdef-key", "in01-0123456789abcde", "job-1"
	sim := New(Options{APIKeys: []string{key}})
	sim.AddCluster(cluster)
	names := map[string]any{
		"clusterId": cluster, "jobId": job, "collectionName": "articles",
		"objectUrl": "s3://bucket/a.parquet", "objectUrls": [][]string{{"s3://bucket/a.parquet"}},
		"filter": "", "outputFields": []string{"count(*)"}, "limit": 0, "consistencyLevel": "Strong",
	}
	sentKey := key
	data, _ := recorded["data"].(map[string]any)
	switch code, _ := recorded["code"].(float64); int(code) {
	case 0, 200:
		addLiveJobs(sim, cluster, job, path.Base(e.Request.Path), data)
		addLiveCollection(sim, path.Base(e.Request.Path), data)
	case 80001, 80002, 21119:
		sentKey = "0000000000000000-wrong"
	case 40021:
		names["clusterId"] = "in01-000000000000000"
	case 40022, 80020, 90102, 90117:
		sim.Refuse(cluster, int(code))
	case e.Response.Status:
		sim.Inject(Fault{Response: Status(e.Response.Status)})
	case 80003, 80004, 90144:
	default:
		sim.Inject(Fault{Times: 1, Response: ErrorCode(int(code))})
	}
	query, sent := url.Values{}, map[string]any{}
	for name, value := range e.Request.Query {
		query.Set(name, fmt.Sprint(own(names, name, value)))
	}
	for name, value := range e.Request.Body {
		sent[name] = own(names, name, value)
	}
	text, err := json.Marshal(sent)
	if err != nil {
		t.Fatal(err)
	}
	request := httptest.NewRequest(e.Request.Method, e.Request.Path+"?"+query.Encode(), strings.NewReader(string(text)))
	request.Header.Set("Authorization", "Bearer "+sentKey)
	request.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	http.Handler(sim).ServeHTTP(w, request)
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
	return body, w.Code
}

// own returns the simulator's value of an argument, or the recorded one.
func own(names map[string]any, name string, recorded any) any {
	if value, found := names[name]; found {
		return value
	}
	return recorded
}

// addLiveJobs adds the jobs that a response describes, in the state that it says.
func addLiveJobs(sim *Server, cluster, id, call string, data map[string]any) {
	add := func(id string, state any, progress float64, failed bool) {
		j := Job{ClusterID: cluster, ID: id, CollectionName: "articles", TotalRows: 100, Files: []File{{Name: "a/1.parquet", Size: 1000}}}
		switch text, _ := state.(string); {
		case failed, strings.HasSuffix(text, "Failed"):
			j.Steps = FailAt(time.Nanosecond, 0.4, "dimension mismatch")
		case strings.HasSuffix(text, "Completed"), text == "" && progress == 1:
			j.Steps = Linear(time.Nanosecond)
		case text == "Uncommitted":
			j.TwoPhase, j.Steps = true, Linear(time.Nanosecond)
		case slices.ContainsFunc(files(data), func(f map[string]any) bool { return f["completeTime"] != nil && f["completeTime"] != "" }):
			j.Steps = []Step{{Progress: filesCompleteAt}}
		default:
			j.Steps = Linear(time.Hour)
		}
		sim.AddJob(j)
	}
	entries, _ := data["tasks"].([]any)
	if records, ok := data["records"].([]any); ok {
		entries = records
	}
	progress, _ := data["readyPercentage"].(float64)
	switch call {
	case "get", "describe", "getProgress", "get_progress":
		add(id, data["state"], progress, hasMessage(data))
	case "commit", "abort":
		sim.AddJob(Job{ClusterID: cluster, ID: id, CollectionName: "articles", TwoPhase: true, Steps: Linear(time.Nanosecond)})
	}
	for n, entry := range entries {
		if job, ok := entry.(map[string]any); ok {
			add(fmt.Sprintf("job-%d", n), job["state"], 0, false)
		}
	}
}

// addLiveCollection adds the collection that a response describes.
func addLiveCollection(sim *Server, call string, data map[string]any) {
	state, _ := data["loadState"].(string)
	loaded := call != "load" && state != "LoadStateNotLoad" && state != "LoadStateLoading"
	sim.AddCollection(Collection{Name: "articles", LoadTime: time.Hour, Loaded: loaded})
	if state == "LoadStateLoading" {
		now := time.Now()
		for _, c := range sim.collections {
			c.targets = []loadTarget{{now, now.Add(time.Hour)}}
		}
	}
}

// hasMessage reports whether the progress of a v1 job has an error message, its own or
// that of a file.
func hasMessage(data map[string]any) bool {
	if slices.ContainsFunc(files(data), hasMessage) {
		return true
	}
	message, _ := data["errorMessage"].(string)
	return message != "" && message != "string(0)"
}

// files returns the details of the progress of a job.
func files(data map[string]any) []map[string]any {
	details, _ := data["details"].([]any)
	var all []map[string]any
	for _, detail := range details {
		if file, ok := detail.(map[string]any); ok {
			all = append(all, file)
		}
	}
	return all
}

// differences returns how the shape of a response differs from the recorded one. Fields
// that only the simulator has are not differences, since the service adds some over time.
func differences(name string, recorded, got any) []string {
	switch want := recorded.(type) {
	case map[string]any:
		object, ok := got.(map[string]any)
		if !ok {
			return []string{fmt.Sprintf("%s is a %T, want an object", name, got)}
		}
		var all []string
		for _, field := range slices.Sorted(maps.Keys(want)) {
			value, found := object[field]
			if !found {
				all = append(all, name+"."+field+" is missing")
				continue
			}
			all = append(all, differences(name+"."+field, want[field], value)...)
		}
		return all
	case []any:
		array, ok := got.([]any)
		if !ok || len(array) == 0 && len(want) > 0 {
			return []string{fmt.Sprintf("%s is %v, want an array with elements", name, got)}
		}
		if len(want) == 0 {
			return nil
		}
		return differences(name+"[0]", want[0], array[0])
	case string:
		if want == "number" {
			recorded = 0.0
		}
	}
	if gotType, want := fmt.Sprintf("%T", got), fmt.Sprintf("%T", recorded); gotType != want {
		return []string{fmt.Sprintf("%s is a %s, want a %s", name, gotType, want)}
	}
	return nil
}
