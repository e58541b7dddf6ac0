package zilliz

import (
	"fmt"
	"net/http"
	"reflect"
	"testing"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

func TestRequestIsAsDocumented(t *testing.T) {
	t.Parallel()
	id := importjob.ID{ClusterID: "in01 &?#/é", JobID: "a+b=c%"}
	var got *http.Request
	client := handlerClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r
		respondJSON(`{"code":200,"data":{}}`)(w, r)
	}))
	if _, err := client.JobReader(id).Read(t.Context(), noop); err != nil {
		t.Fatal(err)
	}
	if got.Method != http.MethodGet || got.URL.Scheme != "https" ||
		got.URL.Host != "controller.api.aws-us-west-2.zillizcloud.com" ||
		got.URL.Path != "/v1/vector/collections/import/get" {
		t.Errorf("request is %s %s", got.Method, got.URL)
	}
	if q := got.URL.Query(); q.Get("jobId") != id.JobID || q.Get("clusterId") != id.ClusterID || len(q) != 2 {
		t.Errorf("query is %q, want jobId %q and clusterId %q", got.URL.RawQuery, id.JobID, id.ClusterID)
	}
	want := map[string]string{
		"Authorization": "Bearer " + testKey,
		"Accept":        "application/json",
		"Content-Type":  "application/json",
		"User-Agent":    "Terraform/1.11.4 terraform-provider-zilliz/test",
	}
	for name, value := range want {
		if got.Header.Get(name) != value {
			t.Errorf("header %s is %q, want %q", name, got.Header.Get(name), value)
		}
	}
}

// jobV1 is a job as API v1 returns it, without the fields that the API did not return.
func jobV1(state importjob.State, ready, percent float64) importjob.Job {
	return importjob.Job{State: state, ReadyPercentage: &ready, ProgressPercent: &percent}
}

func TestImportV1Decodes(t *testing.T) {
	t.Parallel()
	const (
		importing = importjob.StateImporting
		completed = importjob.StateCompleted
		failed    = importjob.StateFailed
	)
	with := func(job importjob.Job, change func(*importjob.Job)) importjob.Job {
		change(&job)
		return job
	}
	tests := []struct {
		name, data string
		want       importjob.Job
	}{
		{"no fields", `{}`, importjob.Job{State: importing}},
		{"all null", `{"fileName":null,"fileSize":null,"readyPercentage":null,"completeTime":null,` +
			`"errorMessage":null,"collectionName":null,"jobId":null,"details":null}`,
			importjob.Job{State: importing}},
		{"five fields", `{"fileName":"f","fileSize":26571700,"readyPercentage":0.5,"completeTime":"","errorMessage":""}`,
			with(jobV1(importing, 0.5, 50), func(j *importjob.Job) {
				j.FileName, j.FileSize = pointer("f"), pointer[int64](26571700)
			})},
		{"unknown fields", `{"shard":{"a":[1]},"readyPercentage":0}`, jobV1(importing, 0, 0)},

		// Types.
		{"numbers as strings", `{"fileSize":"5368709120","readyPercentage":"0.29"}`,
			with(jobV1(importing, 0.29, 29), func(j *importjob.Job) { j.FileSize = pointer[int64](5368709120) })},
		{"empty strings for numbers", `{"fileSize":"","readyPercentage":""}`, importjob.Job{State: importing}},
		{"integer as float", `{"fileSize":5368709120.0}`,
			importjob.Job{State: importing, FileSize: pointer[int64](5368709120)}},
		{"largest size", `{"fileSize":9223372036854775807}`,
			importjob.Job{State: importing, FileSize: pointer[int64](9223372036854775807)}},
		{"numbers for text", `{"readyPercentage":1,"completeTime":1698475909000,"fileName":7,"collectionName":1e3}`,
			with(jobV1(completed, 1, 100), func(j *importjob.Job) {
				j.CompleteTime, j.FileName, j.CollectionName = pointer("1698475909000"), pointer("7"), pointer("1e3")
			})},
		{"unexpected types", `{"fileName":{},"fileSize":1.5,"completeTime":[],"collectionName":true,"details":{},` +
			`"readyPercentage":0.5}`, jobV1(importing, 0.5, 50)},
		{"unexpected types in files", `{"readyPercentage":0.5,` +
			`"details":["x",{"fileSize":9223372036854775808,"readyPercentage":"x"}]}`,
			with(jobV1(importing, 0.5, 50), func(j *importjob.Job) {
				j.Files = []importjob.File{{State: importing}, {State: importing}}
			})},

		// Percentages.
		{"complete or 1 %", `{"readyPercentage":1}`,
			with(jobV1(completed, 1, 100), func(j *importjob.Job) { j.Unconfirmed = true })},
		{"complete", `{"readyPercentage":1.0,"completeTime":"2023-11-03T10:41:32Z"}`,
			with(jobV1(completed, 1, 100), func(j *importjob.Job) { j.CompleteTime = pointer("2023-11-03T10:41:32Z") })},
		{"complete, rounded up", `{"readyPercentage":1.0000000000000002,"completeTime":"x"}`,
			with(jobV1(completed, 1.0000000000000002, 100), func(j *importjob.Job) { j.CompleteTime = pointer("x") })},
		{"complete, rounded down", `{"readyPercentage":0.9999999999999999,"completeTime":"x"}`,
			with(jobV1(completed, 0.9999999999999999, 100), func(j *importjob.Job) { j.CompleteTime = pointer("x") })},
		{"complete on the scale of 0 to 100", `{"readyPercentage":100}`, jobV1(completed, 100, 100)},
		{"nearly complete", `{"readyPercentage":0.9999}`, jobV1(importing, 0.9999, 99.99)},
		{"scale of 0 to 100", `{"readyPercentage":37}`, jobV1(importing, 37, 37)},
		{"over 100 is not complete", `{"readyPercentage":101}`, jobV1(importing, 101, 100)},
		{"negative", `{"readyPercentage":-0.5}`, jobV1(importing, -0.5, 0)},

		// Errors.
		{"failed", `{"readyPercentage":0.4,"errorMessage":"bad schema"}`,
			with(jobV1(failed, 0.4, 40), func(j *importjob.Job) { j.ErrorMessage = pointer("bad schema") })},
		{"failed at a full percentage", `{"readyPercentage":1,"errorMessage":"bad schema"}`,
			with(jobV1(failed, 1, 100), func(j *importjob.Job) { j.ErrorMessage = pointer("bad schema") })},

		// Files.
		{"no files", `{"details":[]}`, importjob.Job{State: importing, Files: []importjob.File{}}},
		{"file rounded up", `{"readyPercentage":0.5,"details":[{"readyPercentage":1.0000000000000002}]}`,
			with(jobV1(importing, 0.5, 50), func(j *importjob.Job) {
				j.Files = []importjob.File{{State: completed, ProgressPercent: pointer(100.0)}}
			})},
		{"a file shows the scale", `{"readyPercentage":1,"details":[{"readyPercentage":2}]}`,
			with(jobV1(importing, 1, 1), func(j *importjob.Job) {
				j.Files = []importjob.File{{State: importing, ProgressPercent: pointer(2.0)}}
			})},
		{"a failed file fails the job", `{"readyPercentage":1,"details":[{"fileName":"1.parquet","errorMessage":"no rows"}]}`,
			with(jobV1(failed, 1, 100), func(j *importjob.Job) {
				j.ErrorMessage = pointer("1.parquet: no rows")
				j.Files = []importjob.File{{FileName: pointer("1.parquet"), State: failed, ErrorMessage: pointer("no rows")}}
			})},
		{"all files complete, index in progress", `{"readyPercentage":0.9,"details":[{"readyPercentage":1}]}`,
			with(jobV1(importing, 0.9, 90), func(j *importjob.Job) {
				j.Files = []importjob.File{{State: completed, ProgressPercent: pointer(100.0)}}
			})},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, code := range []string{"200", "0", `"200"`} {
				got, err := read(t, bodyClient(t, fmt.Sprintf(`{"code":%s,"data":%s}`, code, test.data)))
				if err != nil || !reflect.DeepEqual(got, test.want) {
					t.Errorf("code %s: job is %s, %v, want %s", code, toJSON(got), err, toJSON(test.want))
				}
			}
		})
	}
}

func TestReaderRemembersScale(t *testing.T) {
	t.Parallel()
	percentages := []string{"37", "1", "100"}
	reader := handlerClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		respondJSON(`{"code":200,"data":{"readyPercentage":`+percentages[0]+`}}`)(w, r)
		percentages = percentages[1:]
	})).JobReader(testID)
	for i, want := range []importjob.State{"importing", "importing", "completed"} {
		if job, err := reader.Read(t.Context(), noop); err != nil || job.State != want {
			t.Errorf("response %d: job is %s, %v, want %s", i+1, toJSON(job), err, want)
		}
	}
}

func TestResponseWith10000FilesDecodes(t *testing.T) {
	t.Parallel()
	sim := zillizsim.New(zillizsim.Options{APIKeys: []string{testKey}})
	files := make([]zillizsim.File, 10_000)
	for i := range files {
		name := fmt.Sprintf("articles/293dbffc-465e-4ce1-b25b-a692c9b77dd8/%d.parquet", i)
		files[i] = zillizsim.File{Name: name, Size: 1 << 30}
	}
	sim.AddJob(zillizsim.Job{
		ClusterID: testID.ClusterID, ID: testID.JobID, Files: files, Steps: zillizsim.Linear(time.Hour),
	})
	job, err := read(t, handlerClient(t, sim))
	if err != nil || len(job.Files) != len(files) || *job.FileSize != 10_000<<30 {
		t.Errorf("%d files, %v, want %d", len(job.Files), err, len(files))
	}
}
