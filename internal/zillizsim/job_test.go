package zillizsim

import (
	"strings"
	"testing"
	"time"
)

func TestProgressBodies(t *testing.T) {
	t.Parallel()
	const v1, v2 = v1ProgressPath + "?clusterId=c&jobId=j", v2ProgressPath
	twoFiles := []File{{"a.parquet", 3 << 30}, {"b.parquet", 5}}
	for _, test := range []struct {
		target string
		job    Job
		want   string // The ID and the collection are removed.
	}{
		{v1, Job{Steps: Linear(time.Hour)}, `"fileName":"","fileSize":0,"readyPercentage":0,"completeTime":null,"errorMessage":null,"details":[]`},
		{v1, Job{Steps: []Step{{Progress: 0.9}}, Files: twoFiles}, // the files are complete, the job is not
			`"fileName":"a.parquet","fileSize":3221225477,"readyPercentage":0.9,"completeTime":null,"errorMessage":null,"details":[
			{"fileName":"a.parquet","fileSize":3221225472,"readyPercentage":1,"completeTime":"2024-04-01T06:00:00Z","errorMessage":null},
			{"fileName":"b.parquet","fileSize":5,"readyPercentage":1,"completeTime":"2024-04-01T06:00:00Z","errorMessage":null}]`},
		{v1, Job{Steps: Linear(10 * time.Second), Files: twoFiles[1:]},
			`"fileName":"b.parquet","fileSize":5,"readyPercentage":1,"completeTime":"2024-04-01T06:00:10Z","errorMessage":null,"details":[
			{"fileName":"b.parquet","fileSize":5,"readyPercentage":1,"completeTime":"2024-04-01T06:00:09Z","errorMessage":null}]`},
		{v1, Job{Steps: FailAt(10*time.Second, 0.5, "no \"id\""), Files: twoFiles[1:]},
			`"fileName":"b.parquet","fileSize":5,"readyPercentage":0.5,"completeTime":null,"errorMessage":"no \"id\"","details":[
			{"fileName":"b.parquet","fileSize":5,"readyPercentage":0.5,"completeTime":null,"errorMessage":"no \"id\""}]`},
		{v1, Job{Steps: []Step{{Progress: 0.29}}, Percent: true, FiveFields: true},
			`"fileName":"","fileSize":0,"readyPercentage":29,"completeTime":null,"errorMessage":null`},
		{v1, Job{Steps: []Step{{Progress: 0.015}}, Percent: true, FiveFields: true, NoCompleteTime: true},
			`"fileName":"","fileSize":0,"readyPercentage":1,"errorMessage":null`},
		{v1, Job{Steps: []Step{{Progress: 1, State: "Uncommitted"}}, FiveFields: true},
			`"fileName":"","fileSize":0,"readyPercentage":0.99,"completeTime":null,"errorMessage":null`},

		{v2, Job{Steps: []Step{{Progress: 0.29}}, TotalRows: 1000},
			`"fileName":"","fileSize":0,"state":"Importing","progress":29,"completeTime":null,"reason":"","totalRows":1000,"importedRows":290,"details":[]`},
		{v2, Job{Steps: []Step{{Progress: 1, State: "Importing"}}},
			`"fileName":"","fileSize":0,"state":"Importing","progress":100,"completeTime":null,"reason":"","totalRows":0,"importedRows":0,"details":[]`},
		{v2, Job{Steps: Milvus(2 * time.Minute)}, // which stays at 80% for long
			`"fileName":"","fileSize":0,"state":"Importing","progress":80,"completeTime":null,"reason":"","totalRows":0,"importedRows":0,"details":[]`},
		{v2, Job{Steps: []Step{{Progress: -0.01}}, TotalRows: 900},
			`"fileName":"","fileSize":0,"state":"Importing","progress":-1,"completeTime":null,"reason":"","totalRows":900,"importedRows":0,"details":[]`},
		{v2, Job{Steps: []Step{{Progress: 1, State: "Committing"}}, Files: []File{{"a", 1}, {"b", 2}}, TotalRows: 101},
			`"fileName":"a","fileSize":3,"state":"Committing","progress":99,"completeTime":null,"reason":"","totalRows":101,"importedRows":101,"details":[
			{"fileName":"a","fileSize":1,"state":"Completed","progress":100,"completeTime":"2024-04-01T06:00:00Z","reason":"","totalRows":50},
			{"fileName":"b","fileSize":2,"state":"Completed","progress":100,"completeTime":"2024-04-01T06:00:00Z","reason":"","totalRows":51}]`},
		{v2, Job{Steps: FailAt(10*time.Second, 0.95, "no"), Files: twoFiles[1:], TotalRows: 7},
			`"fileName":"b.parquet","fileSize":5,"state":"Failed","progress":0,"completeTime":null,"reason":"no","totalRows":7,"importedRows":0,"details":[
			{"fileName":"b.parquet","fileSize":5,"state":"Failed","progress":0,"completeTime":null,"reason":"no","totalRows":7}]`},
	} {
		test.job.ID, test.job.CollectionName, test.job.Start = "j", "articles", testTime
		s := newSim(Options{Clock: fixedClock(testTime.Add(time.Minute))}, test.job)
		prefix, suffix, body := `{"code":200,"data":{`, `}}`, ""
		if test.target == v2 {
			prefix, body = `{"code":0,"data":{`, `{"clusterId":"c","jobId":"j"}`
		}
		got := send(s, test.target, body).Body.String()
		got = strings.NewReplacer(`"jobId":"j",`, "", `"collectionName":"articles",`, "").Replace(got)
		if got != prefix+flat(test.want)+suffix {
			t.Errorf("%+v\ngot  %s\nwant %s", test.job, got, flat(test.want))
		}
	}
}
