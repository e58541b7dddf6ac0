package provider

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// jobOfV2 returns a service with API v2 that describes its job always in the same way.
func jobOfV2(fields string) http.HandlerFunc {
	return zillizsim.Body(http.StatusOK, "application/json", `{"code":0,"data":{"jobId":"job-1",`+fields+`}}`)
}

// TestTimeoutTexts checks that a timeout says what the last responses were, and claims
// nothing about the import that nobody knows.
func TestTimeoutTexts(t *testing.T) {
	t.Parallel()
	const continues, normal = "The import continues in Zilliz Cloud", "same percentage is normal"
	tests := []struct {
		name, fields  string
		outage        time.Duration // when the service fails for good; 0 if it does not
		parts, absent []string
	}{
		{"in progress", `"state":"Importing","progress":60`, 0, []string{"Last state: importing, 60% (", continues, normal, "timeouts.read"}, nil},
		{"before the index is built", `"state":"Importing","progress":59`, 0, []string{"importing, 59% (", continues}, []string{normal}},
		{
			"failed files", `"state":"Importing","progress":80,"reason":"retrying","details":[{"fileName":"1.parquet","state":"Failed","reason":"no rows"},
				{"fileName":"2.parquet","state":"Completed","reason":""},{"fileName":"3.parquet","state":"Failed","reason":"bad schema"}]`, 0,
			[]string{"Zilliz Cloud: retrying\n  - 1.parquet: no rows\n  - 3.parquet: bad schema", continues}, []string{normal, "2.parquet"},
		},
		{"in an outage for the last minutes", `"state":"Importing","progress":80`, 20 * time.Minute,
			[]string{"importing, 80% (", "; read 10m", "Last error: HTTP 503", "since then is not known"}, []string{continues, normal}},
		{"in an outage for the last seconds", `"state":"Importing","progress":80`, 29*time.Minute + 45*time.Second,
			[]string{"importing, 80% (", "Last error: HTTP 503", continues}, nil},
		{"unknown state", `"state":"Rebalancing","progress":80,"reason":"moving segments"`, 0,
			[]string{`does not know the state "rebalancing"`, "Zilliz Cloud: moving segments"}, []string{continues, normal}},
		{"no state", `"progress":100`, 0, []string{"Last state: none, 100% ("}, []string{continues, normal}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				network := zillizsim.Transport(jobOfV2(test.fields))
				if test.outage > 0 {
					began := time.Now()
					network = &faultyNetwork{sim: network, broken: respondWith(zillizsim.Status(503)),
						active: func(int) bool { return time.Since(began) >= test.outage }}
				}
				p := newProvider(t, nil, over(network), api("v2"))
				_, d := p.read(t.Context(), progress, jobArguments(values{"wait_for_completion": true}))
				expectError(t, d, "timeouts.read", "Import job did not finish within 30m", test.parts...)
				expectAbsent(t, d, test.absent...)
			})
		})
	}
}

// TestTimeoutInQueue covers a wait whose last poll is still queued a minute after the
// deadline.
func TestTimeoutInQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newProvider(t, newSim(zillizsim.Job{Steps: zillizsim.Linear(time.Hour)}), with(values{"max_requests_per_second": 1}))
		began := time.Now()
		var all sync.WaitGroup
		all.Go(func() {
			<-time.After(500 * time.Millisecond)
			for range 100 {
				all.Go(func() { p.read(t.Context(), progress, jobArguments(nil)) })
			}
		})
		_, d := p.read(t.Context(), progress, jobArguments(values{"wait_for_completion": true, "timeouts": values{"read": "5s"}}))
		expectError(t, d, "timeouts.read", "Import job did not finish within 5s", "was still waiting for the rate limit", "max_requests_per_second", "-parallelism")
		expectAbsent(t, d, "The import continues")
		if took := time.Since(began); took != 65*time.Second {
			t.Errorf("the wait ended after %s, want a minute after its deadline", took)
		}
		all.Wait()
	})
}

// TestCompletedWithoutSomeOfItsData covers a service that says that an import has
// completed, and that files or rows are missing: it counts as completed, with a warning.
func TestCompletedWithoutSomeOfItsData(t *testing.T) {
	t.Parallel()
	waits := values{"wait_for_completion": true}
	reads := map[string]values{progress: nil, progress + " ": waits, completion: nil, importWait: nil, commit: nil}
	tests := map[string]struct {
		fields string
		parts  []string
	}{
		"failed file": {`"state":"Completed","details":[{"fileName":"1.parquet","state":"Failed","reason":"no rows"}]`, []string{"1.parquet: no rows"}},
		"fewer rows":  {`"state":"Completed","totalRows":1000,"importedRows":999`, []string{"999 of 1000"}},
		"fewer rows, and files": {`"state":"Completed","totalRows":"9","importedRows":"0","details":[{"fileName":"1.parquet","state":"Failed"}]`,
			[]string{"0 of 9", "1.parquet: failed"}},
		"no rows of a file":    {`"state":"Completed","totalRows":0,"importedRows":0,"fileSize":7`, []string{"0 imported of files with 7 bytes"}},
		"no rows, all unknown": {`"state":"Completed","importedRows":"0","fileSize":"7"`, []string{"0 imported of files with 7 bytes"}},
		"no rows of no bytes":  {`"state":"Completed","totalRows":0,"importedRows":0,"fileSize":0`, nil},
		"no rows, no size":     {`"state":"Completed","totalRows":0,"importedRows":0`, nil},
		"all rows":             {`"state":"Completed","totalRows":1000,"importedRows":1000`, nil},
		"rows not known":       {`"state":"Completed","totalRows":1000`, nil},
	}
	for testName, test := range tests {
		for name, arguments := range reads {
			t.Run(testName+", "+name, func(t *testing.T) {
				t.Parallel()
				d := newProvider(t, jobOfV2(test.fields), api("v2")).run(t.Context(), strings.TrimSpace(name), jobArguments(arguments))
				if test.parts == nil {
					if len(d) > 0 {
						t.Error(diagnosticText(d))
					}
					return
				}
				expectOneWarning(t, d, "Import job completed without some of its data", append(test.parts, "counts as completed")...)
			})
		}
	}
}

// TestLastState checks that the length of a wait is rounded.
func TestLastState(t *testing.T) {
	t.Parallel()
	job := importjob.Job{Progress: importjob.Progress{State: importjob.StateImporting}}
	for _, test := range []struct {
		elapsed time.Duration
		want    string
	}{
		{2841492, "Last state: importing (1 poll in 0s)."},
		{90*time.Second + 12345678, "Last state: importing (1 poll in 1m30s)."},
		{30*time.Minute + 1, "Last state: importing (1 poll in 30m)."},
		{2*time.Hour + 300*time.Millisecond, "Last state: importing (1 poll in 2h0m0.3s)."},
	} {
		if got := lastState(&importjob.Error{Last: &job, Polls: 1, Elapsed: test.elapsed}); got != test.want {
			t.Errorf("%s: %q, want %q", test.elapsed, got, test.want)
		}
	}
}
