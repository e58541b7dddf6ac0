package zillizsim

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

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
			s := newSim(Options{Milvus: milvus}, Job{
				ID: "j", TwoPhase: true, Steps: Linear(10 * time.Second), CommitTime: 2 * time.Second, TotalRows: 7, ExpiresAfter: time.Hour,
			})
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
					w := send(s, v2Prefix+"commit", `{"clusterId":"c","jobId":"j"}`)
					if codeOf(t, w) != step.commit || w.Code != 200 {
						t.Errorf("Milvus: %t, step %d: commit = HTTP %d, %s, want code %d", milvus, i, w.Code, w.Body, step.commit)
					}
				}
				got := call(s, "describe", "j")
				if stateOf(t, got) != step.state || !strings.Contains(got, step.want) {
					t.Errorf("Milvus: %t, step %d: job = %s, want %s and %s", milvus, i, got, step.state, step.want)
				}
			}
			pauseFor(time.Hour)
			if got := call(s, "describe", "j"); strings.Contains(got, `"code":0`) {
				t.Errorf("Milvus: %t: job = %s an hour after its end, want that it has expired", milvus, got)
			}
		})
	}
}

func TestAbort(t *testing.T) {
	t.Parallel()
	const accepted = `{"code":0,"data":{}}`
	for _, test := range []struct {
		job  Job
		want string
		// state is that after the abort.
		state string
	}{
		{Job{TwoPhase: true}, accepted, "Failed"},
		{Job{TwoPhase: true, Steps: []Step{{Progress: 0.5}}}, accepted, "Failed"},
		{Job{Steps: []Step{{Progress: 1, State: "Uncommitted"}}}, accepted, "Failed"},
		{Job{Steps: []Step{{Progress: 0.5}}}, `{"code":2100,"message":"job j has auto_commit true: importing data failed"}`, "Importing"},
		{Job{Steps: Linear(0), TwoPhase: true}, accepted, "Failed"},
		{Job{Steps: []Step{{Progress: 1, State: "Committing"}}}, `{"code":2100,"message":"job j is in state Committing: importing data failed"}`, "Committing"},
		{Job{Steps: Linear(0)}, `{"code":2100,"message":"job j is in state Completed: importing data failed"}`, "Completed"},
		{Job{Steps: FailAt(0, 0.5, "no rows")}, `{"code":2100,"message":"job j is in state Failed: importing data failed"}`, "Failed"},
	} {
		test.job.ID, test.job.Files = "j", []File{{"f", 1}}
		s := newSim(Options{}, test.job)
		if got := call(s, "abort", "j"); got != test.want {
			t.Errorf("%+v: abort = %s, want %s", test.job, got, test.want)
		}
		got := call(s, "describe", "j")
		if stateOf(t, got) != test.state || test.want == accepted && !strings.Contains(got, `"progress":0,"completeTime":null,"reason":"","totalRows"`) {
			t.Errorf("job = %s, want state %s without progress and reason", got, test.state)
		}
		for _, name := range []string{"abort", "commit"} {
			if got := call(s, name, "j"); !strings.Contains(got, `"code":2100`) {
				t.Errorf("%s after that = %s, want code 2100", name, got)
			}
			if got := call(s, name, "none"); !strings.Contains(got, "90144") {
				t.Errorf("%s of no job = %s, want code 90144", name, got)
			}
		}
	}
}

// TestAutoCommit covers the option of a start that turns it off.
func TestAutoCommit(t *testing.T) {
	t.Parallel()
	for options, auto := range map[string]bool{
		`{"auto_commit":"false"}`: false, `{"auto_commit":"False"}`: false, `{"auto_commit":"true"}`: true, `{}`: true, `null`: true,
	} {
		s := newSim(Options{})
		s.OnStart(func(StartRequest) Job { return Job{Steps: Linear(0), TwoPhase: auto} })
		id := jobIDOf(t, send(s, v2StartPath, `{"clusterId":"c","collectionName":"a","objectUrl":"s3://b/a","options":`+options+`}`))
		got := call(s, "describe", id)
		if s.Started()[0].AutoCommit != auto || (stateOf(t, got) == "Completed") != auto {
			t.Errorf("options %s: AutoCommit = %t, job = %s", options, s.Started()[0].AutoCommit, got)
		}
	}
}
