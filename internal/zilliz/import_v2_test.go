package zilliz

import (
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

func inMemoryV2(t *testing.T, h http.Handler) *Client {
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
			read, _ := io.ReadAll(r.Body)
			got, body = r, string(read)
			zillizsim.Body(http.StatusOK, "application/json", `{"code":0,"data":{}}`)(w, r)
		})))
		config.APIVersion, config.RegionID = V2, region
		if _, err := testClient(t, config).JobReader(importjob.ID{ClusterID: `in01"`, JobID: "job-1"}).Read(t.Context(), noop); err != nil {
			t.Fatal(err)
		}
		if got.Method != http.MethodPost || got.URL.String() != "https://"+host+"/v2/vectordb/jobs/import/describe" {
			t.Errorf("%q: %s %s", region, got.Method, got.URL)
		}
		if body != `{"jobId":"job-1","clusterId":"in01\""}` || got.Header.Get("Authorization") != "Bearer "+testKey {
			t.Errorf("%q: body %s, header %v", region, body, got.Header)
		}
	}
}

func TestImportV2Decodes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, data string
		want       importjob.Job
	}{
		{"nothing", `{}`, importjob.Job{}},
		{"all null", `{"state":null,"progress":null,"details":null,"reason":null,"totalRows":null}`, importjob.Job{}},
		{"all of it", `{"jobId":"job-1","collectionName":"c","fileName":"f","fileSize":5368709120,"state":"Completed","progress":100,"completeTime":"2024-04-01T06:17:55Z","reason":"","totalRows":100000,"importedRows":"99999","details":[{"fileName":"f","state":"Completed","progress":100,"reason":""}]}`,
			importjob.Job{
				State: "completed", ProgressPercent: pointer(100.0), FileName: pointer("f"), FileSize: pointer[int64](5368709120), CollectionName: pointer("c"),
				CompleteTime: pointer("2024-04-01T06:17:55Z"), TotalRows: pointer[int64](100000), ImportedRows: pointer[int64](99999),
				Files: []importjob.File{{FileName: pointer("f"), State: "completed", ProgressPercent: pointer(100.0)}},
			}},
		{"full is not completed", `{"state":"Importing","progress":100}`, importjob.Job{State: "importing", ProgressPercent: pointer(100.0)}},
		{"in progress", `{"state":"InProgress","progress":7}`, importjob.Job{State: "importing", ProgressPercent: pointer(7.0)}},
		{"pending", `{"state":"Pending","progress":0}`, importjob.Job{State: "pending", ProgressPercent: pointer(0.0)}},
		{"uncommitted", `{"state":"Uncommitted","progress":100}`, importjob.Job{State: "uncommitted", ProgressPercent: pointer(100.0)}},
		{"committing", `{"state":"Committing"}`, importjob.Job{State: "committing"}},
		{"a new state", `{"state":"Rebalancing","progress":100}`, importjob.Job{State: "rebalancing", ProgressPercent: pointer(100.0)}},
		{"failed", `{"state":"Failed","progress":0,"reason":"no rows"}`, importjob.Job{State: "failed", ProgressPercent: pointer(0.0), ErrorMessage: pointer("no rows")}},
		{"a state that begins with import", `{"state":"Imported"}`, importjob.Job{State: "imported"}},
		{"a reason without a failure", `{"state":"Completed","reason":"skipped 3 rows","details":[{"state":"Completed","reason":"x"}]}`,
			importjob.Job{State: "completed", Files: []importjob.File{{State: "completed"}}}},
		{"Milvus", `{"jobId":"job-1","state":"Importing","progress":"7","completeTime":"","importedRows":10,"details":[]}`,
			importjob.Job{State: "importing", ProgressPercent: pointer(7.0), ImportedRows: pointer[int64](10), Files: []importjob.File{}}},
		{"negative progress", `{"state":"Importing","progress":-3}`, importjob.Job{State: "importing", ProgressPercent: pointer(0.0)}},
		{"too much progress", `{"state":"Importing","progress":"250"}`, importjob.Job{State: "importing", ProgressPercent: pointer(100.0)}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h := zillizsim.Body(http.StatusOK, "application/json", `{"code":0,"data":`+test.data+`}`)
			got, err := inMemoryV2(t, h).JobReader(testID).Read(t.Context(), noop)
			if err != nil || !reflect.DeepEqual(got, test.want) {
				t.Errorf("%s, %v, want %s", show(got), err, show(test.want))
			}
		})
	}
}

func TestWaitGoesOnWhileProgressFalls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := zillizsim.New(zillizsim.Options{APIKeys: []string{testKey}})
		sim.AddJob(zillizsim.Job{ClusterID: testID.ClusterID, ID: testID.JobID, Steps: []zillizsim.Step{
			{Progress: 0.9}, {After: time.Minute, Progress: 0.2}, {After: 2 * time.Minute, Progress: 1, State: "Uncommitted"},
			{After: 3 * time.Minute, Progress: 1, State: "Committing"}, {After: 4 * time.Minute, Progress: 1},
		}})
		began := time.Now()
		job, err := importjob.NewPoller(inMemoryV2(t, sim).JobReader, 4).Wait(t.Context(), testID, importjob.WaitOptions{Timeout: time.Hour})
		if took := time.Since(began); err != nil || job.State != importjob.StateCompleted || took < 4*time.Minute {
			t.Errorf("%s, %v after %s", show(job), err, took)
		}
	})
}

func TestEndOfV1IsRecognised(t *testing.T) {
	t.Parallel()
	notFound := func(t *testing.T, config Config) *EndpointNotFoundError {
		t.Helper()
		_, err := testClient(t, config).JobReader(testID).Read(t.Context(), noop)
		var e *EndpointNotFoundError
		if err == nil || !strings.Contains(err.Error(), "HTTP 4") {
			t.Errorf("error %v", err)
		}
		return as(err, &e)
	}
	for _, status := range []int{404, 410} {
		v1 := testConfig(zillizsim.Transport(zillizsim.HTMLPage(status)))
		v2 := v1
		v2.APIVersion = V2
		if e := notFound(t, v1); e == nil || !e.Deprecated {
			t.Errorf("v1, HTTP %d: %+v", status, e)
		}
		if e := notFound(t, v2); e == nil || e.Deprecated {
			t.Errorf("v2, HTTP %d: %+v", status, e)
		}
	}
	gone := testConfig(zillizsim.Transport(zillizsim.Body(404, "application/json", `{"code":90144,"message":"gone"}`)))
	if e := notFound(t, gone); e != nil {
		t.Errorf("a documented code: %+v", e)
	}
}
