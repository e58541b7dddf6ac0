package zillizsim

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// startTwoPhase starts a job with auto_commit off, in v2 or Milvus, and returns its ID.
func startTwoPhase(t *testing.T, s *Server) string {
	t.Helper()
	return jobIDOf(t, send(s, v2StartPath,
		`{"clusterId":"c","collectionName":"a","objectUrl":"s3://b/a","files":[["a"]],"options":{"auto_commit":"false"}}`))
}

// call calls a path for a job and returns the response.
func call(s *Server, name, id string) string {
	return send(s, v2Prefix+name, `{"clusterId":"c","jobId":"`+id+`"}`).Body.String()
}

// stateOf returns the state of the job in a response of describe, not of its files.
func stateOf(t *testing.T, body string) string {
	t.Helper()
	var response struct{ Data struct{ State string } }
	if err := json.Unmarshal([]byte(body), &response); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	return response.Data.State
}

func TestCommit(t *testing.T) {
	t.Parallel()
	for _, milvus := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			s := newSim(Options{Milvus: milvus})
			s.AddCluster("c")
			s.OnStart(func(StartRequest) Job {
				return Job{Steps: Linear(10 * time.Second), CommitTime: 2 * time.Second, TotalRows: 7, ExpiresAfter: time.Hour}
			})
			id := startTwoPhase(t, s)
			if got := s.Started()[0]; got.AutoCommit || got.Options["auto_commit"] != "false" {
				t.Errorf("Started() = %+v, want auto_commit off", got)
			}
			for i, step := range []struct {
				wait time.Duration
				// commit is the code of a commit before the job is described. If -1, there is none.
				commit int
				state  string
				// want is a part of the response.
				want string
			}{
				{0, 2100, "Pending", `"progress":0`},
				{5 * time.Second, 2100, "Importing", `"progress":50`},
				{5*time.Second - 1, 2100, "Importing", `"progress":90`},
				{1, -1, "Uncommitted", `"progress":99`},
				{24 * time.Hour, -1, "Uncommitted", `"importedRows":7`}, // it waits, and does not expire
				{0, 0, "Committing", `"progress":99`},
				{time.Second, 2100, "Committing", `"importedRows":7`},
				{time.Second, 2100, "Completed", `"completeTime":"2000-01-02T00:00:12Z"`},
			} {
				pauseFor(step.wait)
				if step.commit >= 0 {
					w := send(s, v2Prefix+"commit", `{"clusterId":"c","jobId":"`+id+`"}`)
					if codeOf(t, w) != step.commit || w.Code != 200 {
						t.Errorf("Milvus: %t, step %d: commit = HTTP %d, %s, want code %d", milvus, i, w.Code, w.Body, step.commit)
					}
				}
				got := call(s, "describe", id)
				if stateOf(t, got) != step.state || !strings.Contains(got, step.want) {
					t.Errorf("Milvus: %t, step %d: job = %s, want %s and %s", milvus, i, got, step.state, step.want)
				}
			}
			if got := call(s, "abort", id); !strings.Contains(got, `{"code":2100,"message":"job `+id+` is in state Completed: importing data failed"}`) {
				t.Errorf("Milvus: %t: abort of a completed job = %s, want code 2100", milvus, got)
			}
			pauseFor(time.Hour)
			if got := call(s, "describe", id); strings.Contains(got, `"code":0`) {
				t.Errorf("Milvus: %t: job = %s an hour after its end, want that it has expired", milvus, got)
			}
			if n := s.Count("commit", id); n != 6 {
				t.Errorf("Milvus: %t: %d commits counted, want 6", milvus, n)
			}
		})
	}
}

func TestCommitTakesNoTimeByDefault(t *testing.T) {
	t.Parallel()
	s := newSim(Options{Clock: fixedClock(testTime)},
		Job{ClusterID: "c", ID: "loaded", Steps: Linear(0), TwoPhase: true},
		Job{ClusterID: "c", ID: "step", Steps: []Step{{Progress: 0.99, State: "Uncommitted"}}})
	for _, id := range []string{"loaded", "step"} {
		if got := call(s, "commit", id); got != `{"code":0,"data":{}}` {
			t.Errorf("commit of %s = %s, want success", id, got)
		}
		if got := call(s, "describe", id); !strings.Contains(got, `"state":"Completed","progress":100,"completeTime":"2024-04-01T06:00:00Z"`) {
			t.Errorf("%s = %s, want a completed job", id, got)
		}
	}
	if got := call(s, "commit", "none"); !strings.Contains(got, "90144") {
		t.Errorf("commit of no job = %s, want code 90144", got)
	}
}

func TestAbort(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		job  Job
		code string
		// state is that after the abort.
		state string
	}{
		{"pending", Job{}, `"code":0`, "Failed"},
		{"importing", Job{Steps: []Step{{Progress: 0.5}}}, `"code":0`, "Failed"},
		{"uncommitted", Job{Steps: Linear(0), TwoPhase: true}, `"code":0`, "Failed"},
		{"committing", Job{Steps: []Step{{Progress: 1, State: "Committing"}}}, `"code":2100`, "Committing"},
		{"completed", Job{Steps: Linear(0)}, `"code":2100`, "Completed"},
		{"failed", Job{Steps: FailAt(0, 0.5, "no rows")}, `"code":2100`, "Failed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.job.ClusterID, test.job.ID, test.job.Files = "c", "j", []File{{"f", 1}}
			s := newSim(Options{}, test.job)
			if got := call(s, "abort", "j"); !strings.Contains(got, test.code) {
				t.Errorf("abort = %s, want %s", got, test.code)
			}
			got := call(s, "describe", "j")
			if stateOf(t, got) != test.state {
				t.Errorf("job = %s, want state %s", got, test.state)
			}
			aborted := test.code == `"code":0`
			if aborted && (!strings.Contains(got, `"progress":0`) || !strings.Contains(got, `"reason":"","totalRows"`) || strings.Contains(got, "Completed")) {
				t.Errorf("job = %s, want progress 0 and no reason", got)
			}
			if list := call(s, "list", ""); !strings.Contains(list, `"state":"`+test.state+`"`) {
				t.Errorf("list = %s, want state %s", list, test.state)
			}
			if again := call(s, "abort", "j"); !strings.Contains(again, `"code":2100`) {
				t.Errorf("second abort = %s, want code 2100", again)
			}
			if commit := call(s, "commit", "j"); !strings.Contains(commit, `"code":2100`) {
				t.Errorf("commit = %s, want code 2100", commit)
			}
		})
	}
}

func TestOnePhase(t *testing.T) {
	t.Parallel()
	s := newSim(Options{OnePhase: true})
	s.AddCluster("c")
	s.OnStart(func(StartRequest) Job { return Job{Steps: Linear(0), TwoPhase: true} })
	id := startTwoPhase(t, s)
	if got := call(s, "describe", id); stateOf(t, got) != "Completed" {
		t.Errorf("job = %s, want a completed one", got)
	}
	if s.Started()[0].AutoCommit {
		t.Error("AutoCommit = true, want that of the request")
	}
	for _, name := range []string{"commit", "abort"} {
		if got := call(s, name, id); !strings.Contains(got, `"code":404`) {
			t.Errorf("%s = %s, want code 404", name, got)
		}
	}
}

func TestAutoCommitIsTheDefault(t *testing.T) {
	t.Parallel()
	for _, options := range []string{`{}`, `null`, `{"auto_commit":"true"}`, `{"sdk":"java","scene":""}`} {
		s := newSim(Options{})
		s.AddCluster("c")
		s.OnStart(func(StartRequest) Job { return Job{Steps: Linear(0), TwoPhase: true} })
		id := jobIDOf(t, send(s, v2StartPath, `{"clusterId":"c","collectionName":"a","objectUrl":"s3://b/a","options":`+options+`}`))
		if got := call(s, "describe", id); !s.Started()[0].AutoCommit || stateOf(t, got) != "Completed" {
			t.Errorf("options %s: job = %s, want a completed one", options, got)
		}
	}
}
