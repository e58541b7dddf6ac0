package zillizsim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
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
				// Fields that only the simulator has are not differences, because the service adds some over time.
				types := shape("", got, map[string]string{})
				for field, recorded := range shape("", want, map[string]string{}) {
					if types[field] != recorded {
						t.Errorf("%s is %q, want %q (%s)", field, types[field], recorded, e.Source)
					}
				}
			})
		}
	}
}

// replay sends the request of an exchange to a simulator, about a job and a collection in the
// state that its response describes.
func replay(t *testing.T, e liveExchange, recorded map[string]any) (body map[string]any, status int) {
	t.Helper()
	sim, now := newSim(Options{}), time.Now()
	for id, steps := range map[string][]Step{
		"Pending": nil, "Importing": {{Progress: 0.5}}, "files completed": {{Progress: filesCompleteAt}}, "Completed": Linear(1),
		"Uncommitted": {{Progress: 1, State: "Uncommitted"}}, "Committing": {{Progress: 1, State: "Committing"}}, "Failed": FailAt(1, 0.4, "no rows"),
	} {
		sim.AddJob(Job{ClusterID: "c", ID: id, CollectionName: "LoadStateLoaded", Files: []File{{"a/1.parquet", 1000}}, TotalRows: 100, Steps: steps})
	}
	sim.AddCollection(Collection{Name: "LoadStateNotLoad"})
	sim.AddCollection(Collection{Name: "LoadStateLoading", LoadTime: time.Hour, targets: []loadTarget{{now, now.Add(time.Hour)}}})
	sim.AddCollection(Collection{Name: "LoadStateLoaded", Loaded: true})

	names := map[string]any{ // what a recording lacks
		"clusterId": "c", "jobId": "none", "collectionName": "LoadStateLoaded",
		"objectUrl": "s3://bucket/a.parquet", "objectUrls": [][]string{{"s3://bucket/a.parquet"}},
		"filter": "", "outputFields": []string{"count(*)"}, "limit": 0, "consistencyLevel": "Strong",
	}
	key, call := "Bearer key", path.Base(e.Request.Path)
	switch code, _ := recorded["code"].(float64); int(code) {
	case 0, 200:
		data, _ := recorded["data"].(map[string]any)
		names["jobId"] = jobState(t, call, data)
		if state := data["loadState"]; state != nil {
			names["collectionName"] = state
		} else if call == "load" {
			names["collectionName"] = "LoadStateNotLoad"
		}
	case 80001, 80002, 21119:
		key = "Bearer wrong"
	case 40021:
		names["clusterId"] = "none"
	case e.Response.Status:
		sim.Inject(Fault{Response: Status(e.Response.Status)})
	case 80003, 80004, 90144:
	default:
		sim.Inject(Fault{Response: ErrorCode(int(code))})
	}
	own := func(name string, recorded any) any { // the simulator's value of an argument
		if value, found := names[name]; found {
			return value
		}
		return recorded
	}
	query, sent := url.Values{}, ""
	for name, value := range e.Request.Query {
		query.Set(name, fmt.Sprint(own(name, value)))
	}
	for name, value := range e.Request.Body {
		e.Request.Body[name] = own(name, value)
	}
	if e.Request.Method == http.MethodPost {
		text, _ := json.Marshal(e.Request.Body)
		sent = string(text)
	}
	w := sendWith(sim, key, "", e.Request.Path+"?"+query.Encode(), sent)
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
	return body, w.Code
}

// jobState returns the ID of the job in replay whose state is that of the response to a call.
func jobState(t *testing.T, call string, data map[string]any) string {
	t.Helper()
	text, err := json.Marshal(data)
	if err != nil {
		t.Fatal(err)
	}
	state, _ := data["state"].(string)
	switch {
	case call == "commit", call == "abort":
		return "Uncommitted"
	case state != "" && state != "Importing":
		return state
	case regexp.MustCompile(`"errorMessage":"string\([1-9]`).Match(text): // with v1, which has no state
		return "Failed"
	case data["completeTime"] != nil && data["completeTime"] != "":
		return "Completed"
	case regexp.MustCompile(`"completeTime":"[^"]`).Match(text):
		return "files completed"
	default:
		return "Importing"
	}
}

// shape adds the type of a value, and of all that is in it, to a map from paths to types. An
// array is represented by its first element.
func shape(path string, value any, types map[string]string) map[string]string {
	types[path] = fmt.Sprintf("%T", value)
	switch v := value.(type) {
	case map[string]any:
		for field, element := range v {
			shape(path+"."+field, element, types)
		}
	case []any:
		if len(v) > 0 {
			shape(path+"[0]", v[0], types)
		}
	case string:
		if v == "number" { // as recorded of a number that could be private
			types[path] = "float64"
		}
	}
	return types
}
