package zilliz

import (
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// TestFieldsThatDecide checks that a field that decides something is null or missing where
// that is allowed, or of the right type and not repeated. Otherwise the response is
// malformed, although it reports a completed import.
func TestFieldsThatDecide(t *testing.T) {
	t.Parallel()
	const (
		doneV1 = `"readyPercentage":100`
		doneV2 = `"jobId":"job-1","state":"Completed"`
	)
	v1 := func(field string) string { return `{"code":200,"data":{` + doneV1 + `,` + field + `}}` }
	file := func(field string) string { return v1(`"details":[{},{"readyPercentage":1,` + field + `}]`) }
	v2 := func(field string) string { return `{"code":0,"data":{` + doneV2 + `,` + field + `}}` }
	tests := []struct {
		version   APIVersion
		good, bad []string
	}{
		{
			V1, // The code and the data.
			[]string{
				`{"code":200,"data":DONE}`, `{"code":0,"data":DONE}`, "\uFEFF" + `{"code":200,"data":DONE}`,
				` {"data":DONE,"code":"200","message":{},"message":[]} `, `{"CODE":12345,"Data":null,"code":200,"data":DONE}`,
			},
			[]string{
				``, ` `, `null`, `[]`, `"ok"`, `{`, `{}`, "\uFEFF", "\uFEFF\uFEFF" + `{"code":200,"data":DONE}`,
				`[{"code":200,"data":DONE}]`, `{"data":DONE}`, `{"code":null,"data":DONE}`, `{"code":"","data":DONE}`, `{"code":"ok","data":DONE}`,
				`{"code":[200],"data":DONE}`, `{"code":{},"data":DONE}`, `{"code":true,"data":DONE}`, `{"code":200.5,"data":DONE}`, `{"code":1e40,"data":DONE}`,
				`{"Code":200,"data":DONE}`, `{"code":200,"code":200,"data":DONE}`, `{"code":12345,"code":200,"data":DONE}`,
				`{"code":200,"c\u006fde":12345,"data":DONE}`, `{"code":200}`, `{"code":200,"data":null}`, `{"code":0,"data":null}`, `{"code":200,"data":"done"}`,
				`{"code":200,"data":1}`, `{"code":200,"data":true}`, `{"code":200,"data":[]}`, `{"code":200,"data":[DONE]}`, `{"code":200,"Data":DONE}`,
				`{"code":200,"data":{"readyPercentage":0},"data":DONE}`, `{"code":200,"data":DONE,"d\u0061ta":null}`, `{"code":200,"data":DONE}{}`,
				`{"code":200,"data":DONE}x`, `{"code":200,"data":DONE`, `{'code':200,"data":DONE}`,
			},
		},
		{
			V1, // The job.
			[]string{
				v1(`"jobId":"job-1"`), v1(`"jobId":null`), v1(`"JobId":"job-2"`), v1(`"jobid":[]`),
				v1(`"errorMessage":null`), v1(`"errorMessage":""`), v1(`"ErrorMessage":"x"`), v1(`"errormessage":{}`),
				v1(`"ReadyPercentage":0`), v1(`"readypercentage":0`), v1(`"details":null`), v1(`"details":[]`), v1(`"Details":7`),
				file(`"errorMessage":null`), file(`"errorMessage":""`), file(`"ErrorMessage":"x"`),
			},
			[]string{
				v1(`"jobId":"job-2"`), v1(`"jobId":""`), v1(`"jobId":45`), v1(`"jobId":["job-1"]`), v1(`"jobId":{}`), v1(`"jobId":true`),
				v1(`"jobId":"JOB-1"`), v1(`"jobId":"job-1 "`),
				v1(`"jobId":"job-1","jobId":"job-1"`), v1(`"jobId":"job-1","job\u0049d":"job-1"`),
				v1(`"errorMessage":{}`), v1(`"errorMessage":[]`), v1(`"errorMessage":["x"]`), v1(`"errorMessage":false`),
				v1(`"errorMessage":"","errorMessage":""`), v1(`"errorMessage":"x","errorMessage":null`),
				v1(`"errorMessage":null,"\u0065rrorMessage":"x"`),
				v1(`"readyPercentage":100`), v1(`"ready\u0050ercentage":0`),
				v1(`"details":{}`), v1(`"details":"x"`), v1(`"details":7`), v1(`"details":false`),
				v1(`"details":[null]`), v1(`"details":[{},"x"]`), v1(`"details":[[]]`), v1(`"details":[],"details":[]`),
				file(`"errorMessage":{}`), file(`"errorMessage":[]`), file(`"errorMessage":true`),
				file(`"errorMessage":"","errorMessage":""`), file(`"errorMessage":null,"errorM\u0065ssage":null`),
				`{"code":200,"data":{"readyPercentage":[100]}}`, `{"code":200,"data":{"readyPercentage":{}}}`,
				`{"code":200,"data":{"readyPercentage":true}}`, `{"code":200,"data":{"readyPercentage":"done"}}`,
			},
		},
		{
			V2,
			[]string{v2(`"State":"Failed"`), v2(`"STATE":[]`), v2(`"JobID":"job-2"`), `{"code":0,"data":{"state":"completed","jobId":"job-1"}}`},
			[]string{
				`{"code":0,"data":{"state":"Completed"}}`, `{"code":0,"data":{"state":"Completed","jobId":null}}`,
				`{"code":0,"data":{"state":"Completed","jobID":"job-1"}}`, `{"code":0,"data":{"state":"Completed","jobId":"job-2"}}`,
				`{"code":0,"data":{"state":"Completed","jobId":1}}`, `{"code":0,"data":{"state":"Completed","jobId":["job-1"]}}`,
				`{"code":0,"data":{"state":"Completed","jobId":true}}`, v2(`"jobId":"job-1"`), v2(`"j\u006fbId":"job-1"`),
				v2(`"state":"Completed"`), v2(`"state":"Importing"`), v2(`"st\u0061te":"Importing"`), `{"code":0,"data":{"jobId":"job-1","state":["Completed"]}}`,
				`{"code":0,"data":{"jobId":"job-1","state":{"name":"Completed"}}}`, `{"code":0,"data":{"jobId":"job-1","state":true}}`,
				`{"code":200,"data":[{` + doneV2 + `}]}`, `{"code":0,"data":null}`, `{"code":0}`,
			},
		},
	}
	for _, test := range tests {
		for _, body := range test.good {
			body = strings.ReplaceAll(body, "DONE", `{`+doneV1+`}`)
			job, err := clientOf(t, test.version, reply(body, time.Time{})).ReadJob(t.Context(), testID)
			if err != nil || job.State != importjob.StateCompleted {
				t.Errorf("%s %s: job is %s, %v, want completed", test.version, body, toJSON(job), err)
			}
		}
		for _, body := range test.bad {
			body = strings.ReplaceAll(body, "DONE", `{`+doneV1+`}`)
			job, err := clientOf(t, test.version, reply(body, time.Time{})).ReadJob(t.Context(), testID)
			if !isMalformed(err) {
				t.Errorf("%s %s: job is %s, %T %v, want a malformed response", test.version, body, toJSON(job), err, err)
			}
		}
	}
}

// TestFieldsThatDoNotDecide checks that no value of a field that decides nothing makes a
// response malformed, and that a value of another type is null.
func TestFieldsThatDoNotDecide(t *testing.T) {
	t.Parallel()
	const (
		textType, integerType, countType, numberType, listType = "text", "integer", "count", "number", "list"
	)
	fields := map[APIVersion]map[string]string{
		V1: {"fileName": textType, "fileSize": integerType, "collectionName": textType, "completeTime": textType, "x": ""},
		V2: {"fileName": textType, "fileSize": integerType, "collectionName": textType, "completeTime": textType, "reason": textType, "totalRows": countType,
			"importedRows": countType, "progress": numberType, "details": listType, "x": ""},
	}
	fileFields := map[APIVersion][]string{
		V1: {"fileName", "fileSize", "completeTime", "readyPercentage"},
		V2: {"fileName", "fileSize", "completeTime", "reason", "progress", "state"},
	}
	values := []struct{ json, valid string }{
		{`{}`, ""}, {`{"a":[1]}`, ""}, {`true`, ""}, {`false`, ""}, {`null`, ""}, {`[null]`, ""}, {`["x"]`, ""},
		{`[]`, listType}, {`7`, "text integer count number"}, {`"7"`, "text integer count number"}, {`7.5`, "text number"},
		{`"x"`, textType}, {`1e400`, textType}, {`9223372036854775808`, "text number"}, {`-1`, "text integer number"},
	}
	done := map[APIVersion]string{V1: `"readyPercentage":100`, V2: `"jobId":"job-1","state":"Completed"`}
	isNull := func(job importjob.Job, field string) bool {
		decoded := map[string]any{
			"fileName": job.FileName, "fileSize": job.FileSize, "collectionName": job.CollectionName, "completeTime": job.CompleteTime,
			"reason": job.Reason, "totalRows": job.TotalRows, "importedRows": job.ImportedRows, "progress": job.ProgressPercent, "details": job.Files,
		}
		return field == "x" || reflect.ValueOf(decoded[field]).IsNil()
	}
	eachVersion(t, func(t *testing.T, version APIVersion) {
		for field, kind := range fields[version] {
			for _, value := range values {
				data := `{` + done[version] + `,"` + field + `":` + value.json + `}`
				job, err := readData(t, version, data)
				valid := kind != "" && strings.Contains(value.valid, kind)
				if err != nil || job.State != importjob.StateCompleted || isNull(job, field) == valid {
					t.Errorf("%s: job is %s, %v, want completed, and %s null: %t", data, toJSON(job), err, field, !valid)
				}
			}
			data := `{` + done[version] + `,"` + field + `":7,"` + field + `":7}`
			if job, err := readData(t, version, data); err != nil || !isNull(job, field) {
				t.Errorf("%s: job is %s, %v, want %s null", data, toJSON(job), err, field)
			}
		}
		for _, field := range fileFields[version] {
			for _, value := range values {
				data := `{` + done[version] + `,"details":[{"` + field + `":` + value.json + `,"errorMessage":null,"x":{}}]}`
				job, err := readData(t, version, data)
				// With API v1, the percentage of a file can contradict the end of the import.
				contradicts := version == V1 && len(job.Files) == 1 && job.Files[0].ProgressPercent != nil && *job.Files[0].ProgressPercent < 100
				if err != nil || len(job.Files) != 1 || (job.State == importjob.StateCompleted) == contradicts || job.Ambiguous != contradicts {
					t.Errorf("%s: job is %s, %v, want one file, and completed: %t", data, toJSON(job), err, !contradicts)
				}
			}
		}
	})
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]*int64{
		`5368709120`: new(int64(5368709120)), `"5368709120"`: new(int64(5368709120)), `5368709120.0`: new(int64(5368709120)),
		`1e9`: new(int64(1e9)), `-1`: new(int64(-1)), `0`: new(int64(0)), `"1e3"`: new(int64(1000)),
		`9007199254740992`: new(int64(1 << 53)), `-9007199254740992`: new(int64(-1 << 53)), `9007199254740994`: nil, `-9007199254740994`: nil,
		`1.5`: nil, `""`: nil, `"a"`: nil, `"0x10"`: nil, `1e300`: nil,
	} {
		job, err := readData(t, V1, `{"fileSize":`+value+`}`)
		if err != nil || toJSON(job.FileSize) != toJSON(want) {
			t.Errorf("fileSize %s is %s, %v, want %s", value, toJSON(job.FileSize), err, toJSON(want))
		}
	}
}

// TestCommitAndAbortAnswers checks which responses to a commit or an abort are a success. Their data
// is not described.
func TestCommitAndAbortAnswers(t *testing.T) {
	t.Parallel()
	for name, do := range apiMethods(V2) {
		if name == "read" || name == "list" {
			continue
		}
		for _, body := range []string{`{"code":0}`, `{"code":0,"data":null}`, `{"code":0,"data":{}}`, `{"code":200,"data":[1]}`, `{"code":0,"data":"x"}`} {
			if err := do(t.Context(), clientOf(t, V2, reply(body, time.Time{}))); err != nil {
				t.Errorf("%s, %s: %v", name, body, err)
			}
		}
		for _, body := range []string{``, `{}`, `[]`, `{"data":{}}`, `{"code":"x"}`, `{"code":0,"code":0}`, `{"code":0,"data":1,"data":1}`} {
			if err := do(t.Context(), clientOf(t, V2, reply(body, time.Time{}))); !isMalformed(err) {
				t.Errorf("%s, %s: %v, want a malformed response", name, body, err)
			}
		}
		checkError(t, do(t.Context(), clientOf(t, V2, memory(zillizsim.ErrorCode(90144)))), notFound)
		checkError(t, do(t.Context(), clientOf(t, V2, memory(zillizsim.ErrorCode(40022)))), permanent, "code 40022")
		if err := do(t.Context(), clientOf(t, V1, failing{errors.New("sent")})); !errors.Is(err, errRequiresV2) {
			t.Errorf("%s with v1: %v, want %v", name, err, errRequiresV2)
		}
	}
}

// TestStatusDecides checks that a response without a status of 2xx is never a success,
// whatever its body is.
func TestStatusDecides(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, version APIVersion) {
		body := success(version, `{"jobId":"job-1","readyPercentage":100,"state":"Completed","tasks":[]}`)
		for status := range 600 {
			if status < 200 || status == http.StatusNoContent || status == http.StatusNotModified {
				continue // the last two have no body
			}
			handler := replyWith(status, body, nil)
			for name, do := range apiMethods(version) {
				if err := do(t.Context(), clientOf(t, version, handler)); (err == nil) != (status < 300) {
					t.Errorf("%s, HTTP %d: %v", name, status, err)
				}
			}
		}
	})
}

// TestLargestArrays checks that 20,000 files of a job, and jobs on a page, are read, and
// that more are a permanent error.
func TestLargestArrays(t *testing.T) {
	t.Parallel()
	array := func(n int) string { return `[` + strings.Repeat(`{"jobId":"1"},`, n-1) + `{"jobId":"1"}]` }
	eachVersion(t, func(t *testing.T, version APIVersion) {
		job, err := readData(t, version, `{"jobId":"job-1","details":`+array(20_000)+`}`)
		if err != nil || len(job.Files) != 20_000 {
			t.Errorf("the job has %d files, %v", len(job.Files), err)
		}
		_, err = readData(t, version, `{"jobId":"job-1","details":`+array(20_001)+`}`)
		checkError(t, err, permanent, "details: too large: more than 20000 entries (HTTP 200")
		page, err := listData(t, version, `{"tasks":`+array(20_000)+`}`, JobFilter{ClusterID: "c"})
		if err != nil || len(page.Jobs) != 20_000 {
			t.Errorf("the page has %d jobs, %v", len(page.Jobs), err)
		}
		_, err = listData(t, version, `{"tasks":`+array(20_001)+`}`, JobFilter{ClusterID: "c"})
		checkError(t, err, permanent, "tasks: too large: more than 20000 entries")
	})
}

// TestCostOfArrays counts allocations, and is not parallel, so that nothing else allocates.
func TestCostOfArrays(t *testing.T) {
	array := json.RawMessage(`[{}` + strings.Repeat(`,{}`, maxBody/3-1) + `]`)
	if n := testing.AllocsPerRun(1, func() { _, _ = asObjects(array) }); n > 500_000 {
		t.Errorf("parsing a body of empty objects has %v allocations", n)
	}
}
