package zilliz

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

// TestProgressV1 checks what every combination of a percentage and a completion time says.
// The date of the response is far in the past, so the local clock can't decide.
func TestProgressV1(t *testing.T) {
	t.Parallel()
	// A full percentage is completed if the time proves it, and ambiguous otherwise.
	const none, full, malformed = -1.0, -2.0, -3.0
	date := time.Date(2023, 11, 3, 10, 41, 32, 0, time.UTC)
	percentages := map[string]float64{
		`null`: none, `0`: 0, `-0.5`: 0, `-1`: 0, `0.01`: 1, `0.29`: 29, `0.5`: 50, `"0.5"`: 50, `0.9999`: 99.99,
		`1`: full, `1.0`: full, `"1"`: full, `10E-1`: full, `1.0000000000000002`: full, `0.9999999999999999`: full,
		`1.01`: 1.01, `50`: 50, `99.9`: 99.9, `99.9999`: 99.9999, `100`: 100, `"100"`: 100, `100.00000000000001`: 100,
		`100.5`: malformed, `101`: malformed, `1e300`: malformed, `1e400`: malformed, `""`: malformed, `"NaN"`: malformed, `"0x1p0"`: malformed,
	}
	times := map[string]bool{ // whether they prove it
		`null`: false, `{"a":1}`: false, `"2023-11-03T10:41:32Z","completeTime":"2023-11-03T10:41:32Z"`: false, `""`: false, `0`: false, `120000`: false,
		`"1698475909000"`: false, `"soon"`: false, `"2023-11-03 10:41:32"`: false, `"2023-11-03T10:41:32"`: false, `"2023-11-03T10:41:32Z "`: false,
		`"0001-01-01T00:00:00Z"`: false, `"1970-01-01T00:00:00Z"`: false, `"1970-01-01T08:00:00+08:00"`: false, `"1970-01-01T00:02:00Z"`: false,
		`"1970-01-01T00:00:00-08:00"`: false, `"1971-01-01T00:00:00+08:00"`: false, `"2023-11-03T10:41:33Z"`: false,
		`"2023-11-03T11:41:33+01:00"`: false, `"2026-01-01T00:00:00Z"`: false,
		`"2023-11-03T10:41:32Z"`: true, `"2023-11-03T10:41:31Z"`: true, `"2023-11-03T10:41:32.999Z"`: true, `"2023-11-03T11:41:31.5+01:00"`: true,
		`"2023-11-03T02:41:32-08:00"`: true, `"1971-01-01T00:00:00Z"`: true, `"1970-12-31T23:00:00-08:00"`: true,
	}
	for ready, want := range percentages {
		for completeTime, proves := range times {
			for _, sent := range []time.Time{date, {}} {
				data := `{"readyPercentage":` + ready + `,"completeTime":` + completeTime + `}`
				job, err := clientOf(t, V1, reply(success(V1, data), sent)).ReadJob(t.Context(), testID)
				if want == malformed {
					if !isMalformed(err) {
						t.Errorf("%s: job is %s, %v, want a malformed response", data, toJSON(job), err)
					}
					continue
				}
				state, percent, ambiguous := importjob.StateImporting, want, want == full && (!proves || sent.IsZero())
				switch {
				case ambiguous:
					percent = none
				case want == full, want == 100:
					state, percent = importjob.StateCompleted, 100
				}
				got, text := none, strings.Trim(completeTime, `"`)
				if job.ProgressPercent != nil {
					got = *job.ProgressPercent
				}
				if strings.ContainsAny(text, `{,`) || text == "null" || text == "" {
					text = "null"
				} else {
					text = toJSON(text)
				}
				if err != nil || job.State != state || job.Ambiguous != ambiguous || got != percent || toJSON(job.CompleteTime) != text {
					t.Errorf("%s, Date %s: job is %s, %v, want %s, ambiguous %t, %v%%", data, sent, toJSON(job), err, state, ambiguous, percent)
				}
			}
		}
	}
}

func TestJobV1(t *testing.T) {
	t.Parallel()
	type (
		job      = importjob.Job
		progress = importjob.Progress
	)
	const (
		importing = importjob.StateImporting
		completed = importjob.StateCompleted
		failed    = importjob.StateFailed
	)
	tests := []struct {
		name, data string
		want       job
	}{
		{"no fields", `{}`, job{Progress: progress{State: importing}}},
		{"all null",
			`{"fileName":null,"fileSize":null,"readyPercentage":null,"completeTime":null,"errorMessage":null,"collectionName":null,"jobId":null,"details":null}`,
			job{Progress: progress{State: importing}}},
		{
			"documented fields",
			`{"collectionName":"c","fileName":"f","fileSize":5368709120,"readyPercentage":0.5,"completeTime":"",` +
				`"errorMessage":"","jobId":"job-1","details":[{"fileName":"g","fileSize":1,"readyPercentage":1,` +
				`"completeTime":"2023-10-28T06:51:49Z","errorMessage":null}]}`,
			job{
				Progress:        progress{State: importing, ProgressPercent: new(50.0), FileName: new("f"), FileSize: new(int64(5368709120))},
				ReadyPercentage: new(0.5), CollectionName: new("c"),
				// The response has no date.
				Files: []progress{{FileName: new("g"), FileSize: new(int64(1)), State: importing, CompleteTime: new("2023-10-28T06:51:49Z")}},
			},
		},
		{"no files", `{"details":[]}`, job{Progress: progress{State: importing}, Files: []progress{}}},
		{"failed", `{"readyPercentage":0.4,"errorMessage":"bad schema"}`,
			job{Progress: progress{State: failed, ProgressPercent: new(40.0), Reason: new("bad schema")}, ReadyPercentage: new(0.4)}},
		{"failed, with a number for a message", `{"readyPercentage":100,"errorMessage":7}`,
			job{Progress: progress{State: failed, ProgressPercent: new(100.0), Reason: new("7")}, ReadyPercentage: new(100.0)}},
		{"failed at an ambiguous percentage", `{"readyPercentage":1,"errorMessage":"bad schema"}`,
			job{Progress: progress{State: failed, Reason: new("bad schema")}, ReadyPercentage: new(1.0)}},
		{
			"failed file",
			`{"readyPercentage":1,"details":[{"fileName":"1.parquet","readyPercentage":0.1},{"fileName":"2.parquet","errorMessage":"no rows"}]}`,
			job{Progress: progress{State: failed, Reason: new("2.parquet: no rows")}, ReadyPercentage: new(1.0), Files: []progress{
				{FileName: new("1.parquet"), State: importing, ProgressPercent: new(10.0)},
				{FileName: new("2.parquet"), State: failed, Reason: new("no rows")},
			}},
		},
		{
			"failed file without a name at a full percentage", `{"readyPercentage":100,"details":[{"errorMessage":"no rows"}]}`,
			job{Progress: progress{State: failed, ProgressPercent: new(100.0), Reason: new("no rows")}, ReadyPercentage: new(100.0),
				Files: []progress{{State: failed, Reason: new("no rows")}}},
		},
		{"failed job and files", `{"errorMessage":"a","details":[{"errorMessage":"b"},{"errorMessage":"c"}]}`,
			job{Progress: progress{State: failed, Reason: new("a")}, Files: []progress{{State: failed, Reason: new("b")}, {State: failed, Reason: new("c")}}}},
		{
			"complete files of a job that is not", `{"readyPercentage":90,"details":[{"readyPercentage":100}]}`,
			job{Progress: progress{State: importing, ProgressPercent: new(90.0)}, ReadyPercentage: new(90.0),
				Files: []progress{{State: completed, ProgressPercent: new(100.0)}}},
		},
		{
			"a file does not show the scale", `{"readyPercentage":1,"details":[{"readyPercentage":37},{"readyPercentage":250}]}`,
			job{Progress: progress{State: importing}, Ambiguous: true, ReadyPercentage: new(1.0), Files: []progress{
				{State: importing, ProgressPercent: new(37.0)}, {State: importing, ProgressPercent: new(100.0)},
			}},
		},
		{
			"a file contradicts the end", `{"readyPercentage":100,"details":[{"readyPercentage":100},{"readyPercentage":0.3}]}`,
			job{Progress: progress{State: importing}, Ambiguous: true, ReadyPercentage: new(100.0), Files: []progress{
				{State: completed, ProgressPercent: new(100.0)}, {State: importing, ProgressPercent: new(30.0)},
			}},
		},
		{
			"a blank message", `{"readyPercentage":100,"errorMessage":" \n","details":[{"errorMessage":" ","readyPercentage":100}]}`,
			job{Progress: progress{State: completed, ProgressPercent: new(100.0)}, ReadyPercentage: new(100.0),
				Files: []progress{{State: completed, ProgressPercent: new(100.0)}}},
		},
		{"a state does not decide", `{"state":"Completed","progress":100,"readyPercentage":0.5}`,
			job{Progress: progress{State: importing, ProgressPercent: new(50.0)}, ReadyPercentage: new(0.5)}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, code := range []string{"200", "0", `"200"`, "200.0"} {
				body := fmt.Sprintf(`{"code":%s,"data":%s}`, code, test.data)
				got, err := clientOf(t, V1, reply(body, time.Time{})).ReadJob(t.Context(), testID)
				if err != nil || !reflect.DeepEqual(withoutRawNames(got), test.want) {
					t.Errorf("code %s: job is %s, %v, want %s", code, toJSON(got), err, toJSON(test.want))
				}
			}
		})
	}
}

// TestRecordedProgressV1 reads a response as it was recorded from the service.
func TestRecordedProgressV1(t *testing.T) {
	t.Parallel()
	const (
		date = "2023-11-03T10:41:37Z"
		data = `{"collectionName":"medium_articles","fileName":"numpy-files/1/","fileSize":26571700,"readyPercentage":1,` +
			`"completeTime":"2023-11-03T10:41:32Z","errorMessage":null,"jobId":"job-1","details":[{"fileName":"numpy-files/1/",` +
			`"fileSize":26571700,"readyPercentage":1,"completeTime":"2023-11-03T10:41:32Z","errorMessage":null}]}`
	)
	sent, _ := time.Parse(time.RFC3339, date)
	job, err := clientOf(t, V1, reply(success(V1, data), sent)).ReadJob(t.Context(), testID)
	if err != nil || job.State != importjob.StateCompleted || *job.ProgressPercent != 100 ||
		len(job.Files) != 1 || job.Files[0].State != importjob.StateCompleted || *job.Files[0].ProgressPercent != 100 {
		t.Errorf("job is %s, %v, want completed with one completed file", toJSON(job), err)
	}
}

// TestMalformedDate checks that a Date header that is not a date does not prove that a
// completion time has passed.
func TestMalformedDate(t *testing.T) {
	t.Parallel()
	for _, date := range []string{"now", "2023-11-03T10:41:32Z", ""} {
		body := success(V1, `{"readyPercentage":1,"completeTime":"2001-11-03T10:41:32Z"}`)
		client := clientOf(t, V1, replyWith(http.StatusOK, body, map[string]string{"Date": date}))
		if job, err := client.ReadJob(t.Context(), testID); err != nil || !job.Ambiguous {
			t.Errorf("Date %q: job is %s, %v, want an ambiguous one", date, toJSON(job), err)
		}
	}
}
