package zillizsim

import (
	"net/http"
	"strings"
	"testing"
)

func TestLog(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	s := newSim(Options{Log: &log, Clock: fixedClock(testTime)}, Job{ID: "job-1"})
	s.AddCollection(Collection{Name: "articles"})
	send(s, v1ProgressPath+"?clusterId=c&jobId=job-1", "")
	send(s, v2StartPath, `{"clusterId":"c","collectionName":"articles","objectUrl":"s3://b/a","accessKey":"AKIA","secretKey":"s3cret"}`)
	send(s, "/v2/vectordb/collections/load", `{"collectionName":"articles"}`)
	sendWith(s, "Bearer real-key", "", v2ProgressPath, `{"clusterId":"c","jobId":"real-key\n"}`)
	send(s, "/a%0Ab", "")
	s.Inject(Fault{Response: Reset()}, Fault{Response: ResetMidBody()}, Fault{Response: HTMLPage(502)},
		Fault{Response: func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok")) }})
	for range 4 {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1"+v1ListPath+"?clusterId=key", nil)
		if err != nil {
			t.Fatal(err)
		}
		if response, err := Transport(s).RoundTrip(r); err == nil {
			_ = response.Body.Close()
		}
	}
	want := `06:00:00  GET  /v1/vector/collections/import/get "job-1": HTTP 200, code 200
06:00:00  POST /v2/vectordb/jobs/import/create "` + s.Started()[0].JobID + `": HTTP 200, code 0
06:00:00  POST /v2/vectordb/collections/load "articles": HTTP 200, code 0
06:00:00  POST /v2/vectordb/jobs/import/describe "***\n": HTTP 401, code 21119
06:00:00  GET  /a%0Ab: HTTP 404, code 404
06:00:00  GET  /v1/vector/collections/import/list: no response
06:00:00  GET  /v1/vector/collections/import/list: no response
06:00:00  GET  /v1/vector/collections/import/list: HTTP 502
06:00:00  GET  /v1/vector/collections/import/list: HTTP 200
`
	if log.String() != want {
		t.Errorf("got\n%swant\n%s", log.String(), want)
	}
}
