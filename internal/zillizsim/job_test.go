package zillizsim

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

var twoFiles = []File{{"a.parquet", 3 << 30}, {"b.parquet", 5}}

func TestProgressBodies(t *testing.T) {
	t.Parallel()
	const v1, v2 = v1ProgressPath + "?clusterId=c&jobId=j", v2ProgressPath
	for _, test := range []struct {
		name   string
		target string
		job    Job
		want   string
	}{
		{"v1 before the first step", v1, Job{Steps: Linear(time.Hour)},
			`{"code":200,"data":{"collectionName":"articles","fileName":"","fileSize":0,"readyPercentage":0,"completeTime":null,"errorMessage":null,"jobId":"j","details":[]}}`},
		{"v1 running", v1, Job{Steps: []Step{{Progress: 0.5}}, Files: twoFiles},
			`{"code":200,"data":{"collectionName":"articles","fileName":"a.parquet","fileSize":3221225477,"readyPercentage":0.5,"completeTime":null,"errorMessage":null,"jobId":"j","details":[
			{"fileName":"a.parquet","fileSize":3221225472,"readyPercentage":0.5,"completeTime":null,"errorMessage":null},
			{"fileName":"b.parquet","fileSize":5,"readyPercentage":0.5,"completeTime":null,"errorMessage":null}]}}`},
		{"v1 files completed, job not completed", v1, Job{Steps: []Step{{Progress: 0.9}}, Files: twoFiles[:1]},
			`{"code":200,"data":{"collectionName":"articles","fileName":"a.parquet","fileSize":3221225472,"readyPercentage":0.9,"completeTime":null,"errorMessage":null,"jobId":"j","details":[
			{"fileName":"a.parquet","fileSize":3221225472,"readyPercentage":1,"completeTime":"2024-04-01T06:00:00Z","errorMessage":null}]}}`},
		{"v1 completed", v1, Job{Steps: Linear(10 * time.Second), Files: twoFiles[:1]},
			`{"code":200,"data":{"collectionName":"articles","fileName":"a.parquet","fileSize":3221225472,"readyPercentage":1,"completeTime":"2024-04-01T06:00:10Z","errorMessage":null,"jobId":"j","details":[
			{"fileName":"a.parquet","fileSize":3221225472,"readyPercentage":1,"completeTime":"2024-04-01T06:00:09Z","errorMessage":null}]}}`},
		{"v1 failed", v1, Job{Steps: FailAt(10*time.Second, 0.5, "no \"id\""), Files: twoFiles[:1]},
			`{"code":200,"data":{"collectionName":"articles","fileName":"a.parquet","fileSize":3221225472,"readyPercentage":0.5,"completeTime":null,"errorMessage":"no \"id\"","jobId":"j","details":[
			{"fileName":"a.parquet","fileSize":3221225472,"readyPercentage":0.5,"completeTime":null,"errorMessage":"no \"id\""}]}}`},
		{"v1 percent, five fields", v1, Job{Steps: []Step{{Progress: 0.29}}, Percent: true, FiveFields: true},
			`{"code":200,"data":{"fileName":"","fileSize":0,"readyPercentage":29,"completeTime":null,"errorMessage":null}}`},
		{"v1 not committed", v1, Job{Steps: []Step{{Progress: 1, State: "Uncommitted"}}, Files: twoFiles[1:], Percent: true},
			`{"code":200,"data":{"collectionName":"articles","fileName":"b.parquet","fileSize":5,"readyPercentage":99,"completeTime":null,"errorMessage":null,"jobId":"j","details":[
			{"fileName":"b.parquet","fileSize":5,"readyPercentage":100,"completeTime":"2024-04-01T06:00:00Z","errorMessage":null}]}}`},
		{"v1 progress 1 but not completed", v1, Job{Steps: []Step{{Progress: 1, State: "Importing"}}, FiveFields: true},
			`{"code":200,"data":{"fileName":"","fileSize":0,"readyPercentage":0.99,"completeTime":null,"errorMessage":null}}`},
		{"v1 one percent", v1, Job{Steps: []Step{{Progress: 0.015}}, Percent: true, FiveFields: true},
			`{"code":200,"data":{"fileName":"","fileSize":0,"readyPercentage":1,"completeTime":null,"errorMessage":null}}`},
		{"v1 no completeTime", v1, Job{Steps: Linear(0), Files: twoFiles[1:], NoCompleteTime: true},
			`{"code":200,"data":{"collectionName":"articles","fileName":"b.parquet","fileSize":5,"readyPercentage":1,"errorMessage":null,"jobId":"j","details":[
			{"fileName":"b.parquet","fileSize":5,"readyPercentage":1,"errorMessage":null}]}}`},

		{"v2 running", v2, Job{Steps: []Step{{Progress: 0.29}}, Files: twoFiles[:1], TotalRows: 1000},
			`{"code":0,"data":{"jobId":"j","collectionName":"articles","fileName":"a.parquet","fileSize":3221225472,"state":"Importing","progress":29,"completeTime":null,"reason":"","totalRows":1000,"importedRows":290,"details":[
			{"fileName":"a.parquet","fileSize":3221225472,"state":"Importing","progress":29,"completeTime":null,"reason":"","totalRows":1000}]}}`},
		{"v2 progress 1 but not completed", v2, Job{Steps: []Step{{Progress: 1, State: "Importing"}}, TotalRows: 9},
			`{"code":0,"data":{"jobId":"j","collectionName":"articles","fileName":"","fileSize":0,"state":"Importing","progress":100,"completeTime":null,"reason":"","totalRows":9,"importedRows":9,"details":[]}}`},
		{"v2 negative progress", v2, Job{Steps: []Step{{Progress: -0.01}}, TotalRows: 900},
			`{"code":0,"data":{"jobId":"j","collectionName":"articles","fileName":"","fileSize":0,"state":"Importing","progress":-1,"completeTime":null,"reason":"","totalRows":900,"importedRows":0,"details":[]}}`},
		{"v2 not committed", v2, Job{Steps: []Step{{Progress: 1, State: "Committing"}}, Files: []File{{"a", 1}, {"b", 2}}, TotalRows: 101},
			`{"code":0,"data":{"jobId":"j","collectionName":"articles","fileName":"a","fileSize":3,"state":"Committing","progress":99,"completeTime":null,"reason":"","totalRows":101,"importedRows":101,"details":[
			{"fileName":"a","fileSize":1,"state":"Completed","progress":100,"completeTime":"2024-04-01T06:00:00Z","reason":"","totalRows":50},
			{"fileName":"b","fileSize":2,"state":"Completed","progress":100,"completeTime":"2024-04-01T06:00:00Z","reason":"","totalRows":51}]}}`},
		{"v2 completed", v2, Job{Steps: Linear(10 * time.Second), TotalRows: 7},
			`{"code":0,"data":{"jobId":"j","collectionName":"articles","fileName":"","fileSize":0,"state":"Completed","progress":100,"completeTime":"2024-04-01T06:00:10Z","reason":"","totalRows":7,"importedRows":7,"details":[]}}`},
		{"v2 failed", v2, Job{Steps: FailAt(10*time.Second, 0.95, "no"), Files: twoFiles[1:], TotalRows: 7},
			`{"code":0,"data":{"jobId":"j","collectionName":"articles","fileName":"b.parquet","fileSize":5,"state":"Failed","progress":0,"completeTime":null,"reason":"no","totalRows":7,"importedRows":0,"details":[
			{"fileName":"b.parquet","fileSize":5,"state":"Failed","progress":0,"completeTime":null,"reason":"no","totalRows":7}]}}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.job.ClusterID, test.job.ID, test.job.CollectionName, test.job.Start = "c", "j", "articles", testTime
			s := newSim(Options{Clock: fixedClock(testTime.Add(time.Minute))}, test.job)
			body := ""
			if test.target == v2 {
				body = `{"clusterId":"c","jobId":"j"}`
			}
			if got := send(s, test.target, body).Body.String(); got != flat(test.want) {
				t.Errorf("got  %s\nwant %s", got, flat(test.want))
			}
		})
	}
}

func TestStepFunctions(t *testing.T) {
	t.Parallel()
	const d = 100 * time.Second
	for _, test := range []struct {
		name  string
		steps []Step
		// want is the progress in percent, every ten seconds from 0.
		want string
	}{
		{"linear", Linear(d), "0 10 20 30 40 50 60 70 80 90 100"},
		{"milvus", Milvus(d), "0 20 40 60 80 80 80 80 80 90 100"},
		{"failing", FailAt(d, 0.5, "no"), "0 5 10 15 20 25 30 35 40 45 50"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			j := Job{Start: testTime, Steps: test.steps}
			got := ""
			for i := range 11 {
				snap, _ := j.snapshotAt(testTime.Add(time.Duration(i) * d / 10))
				got += fmt.Sprintf(" %.0f", snap.progress*100)
			}
			if got != " "+test.want {
				t.Errorf("progress = %s, want %s", got[1:], test.want)
			}
			last, _ := j.snapshotAt(testTime.Add(d))
			before, _ := j.snapshotAt(testTime.Add(d - 1))
			if before.state != stateImporting || last.state == stateImporting {
				t.Errorf("last states = %s, %s, want Importing and a final state", before.state, last.state)
			}
		})
	}
}

func TestJobStartAndExpiry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const target = v1ProgressPath + "?clusterId=c&jobId=j"
		s := newSim(Options{})
		<-time.After(time.Hour) // a job starts when it is added, not when the server is created
		s.AddJob(Job{ClusterID: "c", ID: "j", Steps: Linear(time.Minute), ExpiresAfter: time.Hour})
		for _, step := range []struct {
			wait time.Duration
			want int
		}{{0, 200}, {time.Minute + time.Hour - 1, 200}, {1, 90144}} {
			pauseFor(step.wait)
			if code := codeOf(t, send(s, target, "")); code != step.want {
				t.Errorf("code = %d, want %d", code, step.want)
			}
		}
		s.AddJob(Job{ClusterID: "c", ID: "j"}) // has no end, so it does not expire
		if code := codeOf(t, send(s, target, "")); code != 200 {
			t.Errorf("code = %d after the job was replaced, want 200", code)
		}
	})
}

func TestLateRecord(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSim(Options{})
		s.AddCluster("c")
		s.OnStart(func(StartRequest) Job { return Job{Steps: Linear(0), RecordedAfter: 3 * time.Second} })
		id := jobIDOf(t, send(s, v2StartPath, validV2Start))
		body := `{"clusterId":"c","dbName":"db","jobId":"` + id + `"}`
		v1 := v1ProgressPath + "?clusterId=c&jobId=" + id
		for _, step := range []struct {
			wait          time.Duration
			v2, v1, count int
		}{{0, 90144, 90144, 0}, {3*time.Second - 1, 90144, 90144, 0}, {1, 0, 200, 1}} {
			pauseFor(step.wait)
			if code := codeOf(t, send(s, v2ProgressPath, body)); code != step.v2 {
				t.Errorf("describe: code = %d, want %d", code, step.v2)
			}
			if code := codeOf(t, send(s, v1, "")); code != step.v1 {
				t.Errorf("get: code = %d, want %d", code, step.v1)
			}
			if got := strings.Count(send(s, v2ListPath, body).Body.String(), id); got != step.count {
				t.Errorf("the list has the job %d times, want %d", got, step.count)
			}
		}
	})
}
