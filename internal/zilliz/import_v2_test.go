package zilliz

import (
	"io"
	"net/http"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// handlerClientV2 is handlerClient for API v2.
func handlerClientV2(t *testing.T, h http.Handler) *Client {
	t.Helper()
	config := testConfig(zillizsim.Transport(h))
	config.APIVersion = V2
	return testClient(t, config)
}

func TestRequestV2IsAsDocumented(t *testing.T) {
	t.Parallel()
	for region, host := range map[string]string{
		"":                "api.cloud.zilliz.com",
		"aws-us-west-2":   "api.cloud.zilliz.com",
		"ali-cn-hangzhou": "api.cloud.zilliz.com.cn",
		"tc-ap-beijing":   "api.cloud.zilliz.com.cn",
	} {
		var got *http.Request
		var body string
		config := testConfig(zillizsim.Transport(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			content, _ := io.ReadAll(r.Body)
			got, body = r, string(content)
			respondJSON(`{"code":0,"data":{}}`)(w, r)
		})))
		config.APIVersion, config.RegionID = V2, region
		reader := testClient(t, config).JobReader(importjob.ID{ClusterID: `in01"`, JobID: "job-1"})
		if _, err := reader.Read(t.Context(), noop); err != nil {
			t.Fatal(err)
		}
		wantURL := "https://" + host + "/v2/vectordb/jobs/import/describe"
		if got.Method != http.MethodPost || got.URL.String() != wantURL {
			t.Errorf("region %q: request is %s %s, want POST %s", region, got.Method, got.URL, wantURL)
		}
		wantBody := `{"jobId":"job-1","clusterId":"in01\""}`
		if body != wantBody || got.Header.Get("Authorization") != "Bearer "+testKey {
			t.Errorf("region %q: body is %s, want %s; header is %v", region, body, wantBody, got.Header)
		}
	}
}

func TestImportV2Decodes(t *testing.T) {
	t.Parallel()
	inState := func(state importjob.State, percent float64) importjob.Job {
		return importjob.Job{State: state, ProgressPercent: &percent}
	}
	tests := []struct {
		name, data string
		want       importjob.Job
	}{
		{"no fields", `{}`, importjob.Job{}},
		{"all null", `{"state":null,"progress":null,"details":null,"reason":null,"totalRows":null}`, importjob.Job{}},
		{"all fields", `{"jobId":"job-1","collectionName":"c","fileName":"f","fileSize":5368709120,` +
			`"state":"Completed","progress":100,"completeTime":"2024-04-01T06:17:55Z","reason":"",` +
			`"totalRows":100000,"importedRows":"99999",` +
			`"details":[{"fileName":"f","state":"Completed","progress":100,"reason":""}]}`,
			importjob.Job{
				State:           "completed",
				ProgressPercent: pointer(100.0),
				FileName:        pointer("f"),
				FileSize:        pointer[int64](5368709120),
				CollectionName:  pointer("c"),
				CompleteTime:    pointer("2024-04-01T06:17:55Z"),
				TotalRows:       pointer[int64](100000),
				ImportedRows:    pointer[int64](99999),
				Files: []importjob.File{
					{FileName: pointer("f"), State: "completed", ProgressPercent: pointer(100.0)},
				},
			}},
		{"full progress is not completed", `{"state":"Importing","progress":100}`, inState("importing", 100)},
		{"in progress", `{"state":"InProgress","progress":7}`, inState("importing", 7)},
		{"pending", `{"state":"Pending","progress":0}`, inState("pending", 0)},
		{"uncommitted", `{"state":"Uncommitted","progress":100}`, inState("uncommitted", 100)},
		{"committing", `{"state":"Committing"}`, importjob.Job{State: "committing"}},
		{"unknown state", `{"state":"Rebalancing","progress":100}`, inState("rebalancing", 100)},
		{"failed", `{"state":"Failed","progress":0,"reason":"no rows"}`,
			importjob.Job{State: "failed", ProgressPercent: pointer(0.0), ErrorMessage: pointer("no rows")}},
		{"state that begins with import", `{"state":"Imported"}`, importjob.Job{State: "imported"}},
		{"failed with the reason of a file", `{"state":"Failed","details":[{"fileName":"1.parquet","state":"Completed"},` +
			`{"fileName":"2.parquet","state":"Failed","reason":"no rows"}]}`,
			importjob.Job{State: importjob.StateFailed, ErrorMessage: pointer("2.parquet: no rows"), Files: []importjob.File{
				{FileName: pointer("1.parquet"), State: importjob.StateCompleted},
				{FileName: pointer("2.parquet"), State: importjob.StateFailed, ErrorMessage: pointer("no rows")},
			}}},
		{"reason without a failure", `{"state":"Completed","reason":"skipped 3 rows",` +
			`"details":[{"state":"Completed","reason":"x"}]}`,
			importjob.Job{State: "completed", Files: []importjob.File{{State: "completed"}}}},
		{"Milvus", `{"jobId":"job-1","state":"Importing","progress":"7","completeTime":"","importedRows":10,"details":[]}`,
			importjob.Job{
				State: "importing", ProgressPercent: pointer(7.0), ImportedRows: pointer[int64](10), Files: []importjob.File{},
			}},
		{"negative progress", `{"state":"Importing","progress":-3}`, inState("importing", 0)},
		{"progress over 100", `{"state":"Importing","progress":"250"}`, inState("importing", 100)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := read(t, handlerClientV2(t, respondJSON(`{"code":0,"data":`+test.data+`}`)))
			if err != nil || !reflect.DeepEqual(got, test.want) {
				t.Errorf("job is %s, %v, want %s", toJSON(got), err, toJSON(test.want))
			}
		})
	}
}

func TestWaitContinuesWhenProgressFalls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := zillizsim.New(zillizsim.Options{APIKeys: []string{testKey}})
		sim.AddJob(zillizsim.Job{ClusterID: testID.ClusterID, ID: testID.JobID, Steps: []zillizsim.Step{
			{Progress: 0.9},
			{After: time.Minute, Progress: 0.2},
			{After: 2 * time.Minute, Progress: 1, State: "Uncommitted"},
			{After: 3 * time.Minute, Progress: 1, State: "Committing"},
			{After: 4 * time.Minute, Progress: 1},
		}})
		began := time.Now()
		poller := importjob.NewPoller(handlerClientV2(t, sim).JobReader, 4)
		job, err := poller.Wait(t.Context(), testID, importjob.WaitOptions{Timeout: time.Hour})
		if took := time.Since(began); err != nil || job.State != importjob.StateCompleted || took < 4*time.Minute {
			t.Errorf("Wait() = %s, %v after %s, want completed after 4m", toJSON(job), err, took)
		}
	})
}
