package zilliz

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

func TestJobV2(t *testing.T) {
	t.Parallel()
	type (
		job      = importjob.Job
		progress = importjob.Progress
	)
	inState := func(state importjob.State, percent float64) job {
		return job{Progress: progress{State: state, ProgressPercent: &percent}}
	}
	tests := []struct {
		name, fields string // the fields besides the job ID
		want         job
	}{
		{"no fields", `"x":0`, job{}},
		{"all null", `"state":null,"progress":null,"details":null,"reason":null,"totalRows":null,"importedRows":null`, job{}},
		{
			"documented fields",
			`"collectionName":"c","fileName":"f","fileSize":5368709120,"state":"Completed","progress":100,` +
				`"completeTime":"2024-04-01T06:17:55Z","reason":"","totalRows":100000,"importedRows":"99999",` +
				`"details":[{"fileName":"g","fileSize":7,"state":"Completed","progress":100,"completeTime":"2024-04-01T06:17:53Z","reason":""}]`,
			job{
				Progress: progress{State: "completed", ProgressPercent: new(100.0), FileName: new("f"), FileSize: new(int64(5368709120)),
					CompleteTime: new("2024-04-01T06:17:55Z")},
				CollectionName: new("c"), TotalRows: new(int64(100000)), ImportedRows: new(int64(99999)),
				Files: []progress{{FileName: new("g"), FileSize: new(int64(7)), State: "completed", ProgressPercent: new(100.0),
					CompleteTime: new("2024-04-01T06:17:53Z")}},
			},
		},
		{"full progress", `"state":"Importing","progress":100`, inState("importing", 100)},
		{"full progress without a state", `"progress":100,"readyPercentage":100`, job{Progress: progress{ProgressPercent: new(100.0)}}},
		{"complete files", `"state":"Importing","details":[{"state":"Completed","progress":100}]`,
			job{Progress: progress{State: "importing"}, Files: []progress{{State: "completed", ProgressPercent: new(100.0)}}}},
		{"completed at no progress", `"state":"COMPLETED","progress":0`, inState("completed", 0)},
		{"in progress", `"state":"InProgress","progress":7`, inState("importing", 7)},
		{"pending", `"state":"Pending","progress":0`, inState("pending", 0)},
		{"uncommitted", `"state":"Uncommitted","progress":99`, inState("uncommitted", 99)},
		{"committing", `"state":"Committing"`, job{Progress: progress{State: "committing"}}},
		{"unknown state", `"state":"Rebalancing","progress":100`, inState("rebalancing", 100)},
		{"state with white space", `"state":" Completed\n"`, job{Progress: progress{State: `"completed"`}}},
		{"state of v1", `"state":"ImportCompleted"`, job{Progress: progress{State: "importcompleted"}}},
		{"state that is a number", `"state":7`, job{Progress: progress{State: "7"}}},
		{"negative progress", `"state":"Importing","progress":-3`, inState("importing", 0)},
		{"progress over 100", `"state":"Importing","progress":"250"`, inState("importing", 100)},
		{"failed", `"state":"Failed","progress":0,"reason":"no rows"`, job{Progress: progress{State: "failed", ProgressPercent: new(0.0), Reason: new("no rows")}}},
		{
			"failed without a reason",
			`"state":"Failed","details":[{"fileName":"1.parquet","state":"Completed","reason":"x"},{"fileName":"2.parquet","state":"Failed","reason":"no rows"}]`,
			job{Progress: progress{State: "failed", Reason: new("2.parquet: no rows")}, Files: []progress{
				{FileName: new("1.parquet"), State: "completed", Reason: new("x")},
				{FileName: new("2.parquet"), State: "failed", Reason: new("no rows")},
			}},
		},
		{"failed without any reason", `"state":"Failed","details":[{"state":"Failed"}]`,
			job{Progress: progress{State: "failed"}, Files: []progress{{State: "failed"}}}},
		{"failed with the reason of a file without a name", `"state":"Failed","details":[{"state":"Failed","reason":"no rows"}]`,
			job{Progress: progress{State: "failed", Reason: new("no rows")}, Files: []progress{{State: "failed", Reason: new("no rows")}}}},
		{"failed file of a job that has not failed", `"state":"Importing","details":[{"state":"Failed","reason":"no rows"}]`,
			job{Progress: progress{State: "importing"}, Files: []progress{{State: "failed", Reason: new("no rows")}}}},
		{"note", `"state":"Completed","reason":"skipped 3 rows"`, job{Progress: progress{State: "completed", Reason: new("skipped 3 rows")}}},
		{"Milvus", `"state":"Importing","progress":"7","completeTime":"","importedRows":10,"totalRows":20,"details":[]`,
			job{Progress: progress{State: "importing", ProgressPercent: new(7.0)}, ImportedRows: new(int64(10)), TotalRows: new(int64(20)), Files: []progress{}}},
		{"percentage and message of v1", `"state":"Importing","readyPercentage":1,"errorMessage":"x"`, job{Progress: progress{State: "importing"}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, code := range []string{"0", "200", `"0"`} {
				body := fmt.Sprintf(`{"code":%s,"data":{"jobId":"job-1",%s}}`, code, test.fields)
				got, err := clientOf(t, V2, reply(body, time.Time{})).ReadJob(t.Context(), testID)
				if err != nil || !reflect.DeepEqual(withoutRawNames(got), test.want) {
					t.Errorf("code %s: job is %s, %v, want %s", code, toJSON(got), err, toJSON(test.want))
				}
			}
		})
	}
}
