package zilliz

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

const testKey = "0123456789abcdef-key"

func testConfig(transport http.RoundTripper) Config {
	return Config{
		APIVersion:           V1,
		RegionID:             "aws-us-west-2",
		APIKey:               testKey,
		RequestTimeout:       30 * time.Second,
		MaxRequestsPerSecond: 1000,
		UserAgent:            "Terraform/1.11.4 terraform-provider-zilliz/test",
		Transport:            transport,
	}
}

func testClient(t *testing.T, c Config) *Client {
	t.Helper()
	client, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// inMemory returns a client of a handler that needs no network and no real time.
func inMemory(t *testing.T, h http.Handler) *Client {
	t.Helper()
	return testClient(t, testConfig(zillizsim.Transport(h)))
}

// answering returns a client to whom every request is answered with a body.
func answering(t *testing.T, body string) *Client {
	t.Helper()
	return inMemory(t, zillizsim.Body(http.StatusOK, "application/json", body))
}

// noop is told that a request was sent, and does nothing.
func noop() {}

var testID = importjob.ID{ClusterID: "in01-1", JobID: "job-1"}

func TestRequestIsAsDocumented(t *testing.T) {
	t.Parallel()
	id := importjob.ID{ClusterID: "in01 &?#/é", JobID: "a+b=c%"}
	var got *http.Request
	client := inMemory(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r
		zillizsim.Body(http.StatusOK, "application/json", `{"code":200,"data":{}}`)(w, r)
	}))
	if _, err := client.JobReader(id).Read(t.Context(), noop); err != nil {
		t.Fatal(err)
	}
	if got.Method != http.MethodGet || got.URL.Scheme != "https" || got.URL.Host != "controller.api.aws-us-west-2.zillizcloud.com" ||
		got.URL.Path != "/v1/vector/collections/import/get" {
		t.Errorf("%s %s", got.Method, got.URL)
	}
	if q := got.URL.Query(); q.Get("jobId") != id.JobID || q.Get("clusterId") != id.ClusterID || len(q) != 2 {
		t.Errorf("query %q", got.URL.RawQuery)
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

func TestEndpointReplacesTheRegionsHost(t *testing.T) {
	t.Parallel()
	for endpoint, want := range map[string]string{
		"https://gateway.example.com":          "https://gateway.example.com" + progressPathV1,
		"https://gateway.example.com/":         "https://gateway.example.com" + progressPathV1,
		"https://gateway.example.com:8443/a/b": "https://gateway.example.com:8443/a/b" + progressPathV1,
		"http://127.0.0.1:8080":                "http://127.0.0.1:8080" + progressPathV1,
	} {
		var got string
		config := testConfig(zillizsim.Transport(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			got = r.URL.Scheme + "://" + r.URL.Host + r.URL.Path
			zillizsim.Body(http.StatusOK, "application/json", `{"code":200,"data":{}}`)(w, r)
		})))
		config.Endpoint = endpoint
		if _, err := testClient(t, config).JobReader(testID).Read(t.Context(), noop); err != nil || got != want {
			t.Errorf("%s: %s, %v", endpoint, got, err)
		}
	}
}

// pointer makes optional values readable in tables.
func pointer[T any](v T) *T { return &v }

func TestImportV1Decodes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, data string
		want       importjob.Job
	}{
		{"nothing", `{}`, importjob.Job{State: "importing"}},
		{"all null", `{"fileName":null,"fileSize":null,"readyPercentage":null,"completeTime":null,"errorMessage":null,"collectionName":null,"jobId":null,"details":null}`,
			importjob.Job{State: "importing"}},
		{"five fields", `{"fileName":"f","fileSize":26571700,"readyPercentage":0.5,"completeTime":"","errorMessage":""}`,
			importjob.Job{State: "importing", FileName: pointer("f"), FileSize: pointer[int64](26571700), ReadyPercentage: pointer(0.5), ProgressPercent: pointer(50.0)}},
		{"numbers as strings", `{"fileSize":"5368709120","readyPercentage":"0.29"}`,
			importjob.Job{State: "importing", FileSize: pointer[int64](5368709120), ReadyPercentage: pointer(0.29), ProgressPercent: pointer(29.0)}},
		{"empty strings for numbers", `{"fileSize":"","readyPercentage":""}`, importjob.Job{State: "importing"}},
		{"integer as float", `{"fileSize":5368709120.0}`, importjob.Job{State: "importing", FileSize: pointer[int64](5368709120)}},
		{"largest size", `{"fileSize":9223372036854775807}`, importjob.Job{State: "importing", FileSize: pointer[int64](9223372036854775807)}},
		{"unknown fields", `{"shard":{"a":[1]},"readyPercentage":0}`, importjob.Job{State: "importing", ReadyPercentage: pointer(0.0), ProgressPercent: pointer(0.0)}},
		{"complete or one percent", `{"readyPercentage":1}`, importjob.Job{State: "completed", Unconfirmed: true, ReadyPercentage: pointer(1.0), ProgressPercent: pointer(100.0)}},
		{"complete with a rounding error", `{"readyPercentage":1.0000000000000002,"completeTime":"x"}`,
			importjob.Job{State: "completed", ReadyPercentage: pointer(1.0000000000000002), ProgressPercent: pointer(100.0), CompleteTime: pointer("x")}},
		{"complete with a rounding error below", `{"readyPercentage":0.9999999999999999,"completeTime":"x"}`,
			importjob.Job{State: "completed", ReadyPercentage: pointer(0.9999999999999999), ProgressPercent: pointer(100.0), CompleteTime: pointer("x")}},
		{"a rounding error in a file", `{"readyPercentage":0.5,"details":[{"readyPercentage":1.0000000000000002}]}`,
			importjob.Job{State: "importing", ReadyPercentage: pointer(0.5), ProgressPercent: pointer(50.0), Files: []importjob.File{{State: "completed", ProgressPercent: pointer(100.0)}}}},
		{"numbers for text", `{"readyPercentage":1,"completeTime":1698475909000,"fileName":7,"collectionName":1e3}`,
			importjob.Job{State: "completed", ReadyPercentage: pointer(1.0), ProgressPercent: pointer(100.0), CompleteTime: pointer("1698475909000"), FileName: pointer("7"), CollectionName: pointer("1e3")}},
		{"unexpected types", `{"fileName":{},"fileSize":1.5,"completeTime":[],"collectionName":true,"details":{},"readyPercentage":0.5}`,
			importjob.Job{State: "importing", ReadyPercentage: pointer(0.5), ProgressPercent: pointer(50.0)}},
		{"unexpected types in files", `{"readyPercentage":0.5,"details":["x",{"fileSize":9223372036854775808,"readyPercentage":"x"}]}`,
			importjob.Job{State: "importing", ReadyPercentage: pointer(0.5), ProgressPercent: pointer(50.0), Files: []importjob.File{{State: "importing"}, {State: "importing"}}}},
		{"complete as float", `{"readyPercentage":1.0,"completeTime":"2023-11-03T10:41:32Z"}`,
			importjob.Job{State: "completed", ReadyPercentage: pointer(1.0), ProgressPercent: pointer(100.0), CompleteTime: pointer("2023-11-03T10:41:32Z")}},
		{"complete on the scale of 100", `{"readyPercentage":100}`, importjob.Job{State: "completed", ReadyPercentage: pointer(100.0), ProgressPercent: pointer(100.0)}},
		{"nearly complete", `{"readyPercentage":0.9999}`, importjob.Job{State: "importing", ReadyPercentage: pointer(0.9999), ProgressPercent: pointer(99.99)}},
		{"scale of 100", `{"readyPercentage":37}`, importjob.Job{State: "importing", ReadyPercentage: pointer(37.0), ProgressPercent: pointer(37.0)}},
		{"more than all is no proof", `{"readyPercentage":101}`, importjob.Job{State: "importing", ReadyPercentage: pointer(101.0), ProgressPercent: pointer(100.0)}},
		{"less than nothing", `{"readyPercentage":-0.5}`, importjob.Job{State: "importing", ReadyPercentage: pointer(-0.5), ProgressPercent: pointer(0.0)}},
		{"failed", `{"readyPercentage":0.4,"errorMessage":"bad schema"}`,
			importjob.Job{State: "failed", ReadyPercentage: pointer(0.4), ProgressPercent: pointer(40.0), ErrorMessage: pointer("bad schema")}},
		{"failed although full", `{"readyPercentage":1,"errorMessage":"bad schema"}`,
			importjob.Job{State: "failed", ReadyPercentage: pointer(1.0), ProgressPercent: pointer(100.0), ErrorMessage: pointer("bad schema")}},
		{"a file tells the scale", `{"readyPercentage":1,"details":[{"readyPercentage":2}]}`,
			importjob.Job{State: "importing", ReadyPercentage: pointer(1.0), ProgressPercent: pointer(1.0), Files: []importjob.File{{State: "importing", ProgressPercent: pointer(2.0)}}}},
		{"a failed file fails the job", `{"readyPercentage":1,"details":[{"fileName":"1.parquet","errorMessage":"no rows"}]}`,
			importjob.Job{State: "failed", ReadyPercentage: pointer(1.0), ProgressPercent: pointer(100.0), ErrorMessage: pointer("1.parquet: no rows"),
				Files: []importjob.File{{FileName: pointer("1.parquet"), State: "failed", ErrorMessage: pointer("no rows")}}}},
		{"all files complete, the index is not", `{"readyPercentage":0.9,"details":[{"readyPercentage":1}]}`,
			importjob.Job{State: "importing", ReadyPercentage: pointer(0.9), ProgressPercent: pointer(90.0), Files: []importjob.File{{State: "completed", ProgressPercent: pointer(100.0)}}}},
		{"no files", `{"details":[]}`, importjob.Job{State: "importing", Files: []importjob.File{}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, code := range []string{"200", "0", `"200"`} {
				got, err := answering(t, fmt.Sprintf(`{"code":%s,"data":%s}`, code, test.data)).JobReader(testID).Read(t.Context(), noop)
				if err != nil || !reflect.DeepEqual(got, test.want) {
					t.Errorf("code %s: %s, %v, want %s", code, show(got), err, show(test.want))
				}
			}
		})
	}
}

func show(v any) string {
	text, _ := json.Marshal(v)
	return string(text)
}

func TestReaderRemembersTheScale(t *testing.T) {
	t.Parallel()
	answers := []string{"37", "1", "100"}
	reader := inMemory(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		zillizsim.Body(http.StatusOK, "application/json", `{"code":200,"data":{"readyPercentage":`+answers[0]+`}}`)(w, r)
		answers = answers[1:]
	})).JobReader(testID)
	for i, want := range []importjob.State{"importing", "importing", "completed"} {
		if job, err := reader.Read(t.Context(), noop); err != nil || job.State != want {
			t.Errorf("answer %d: %s, %v, want %s", i+1, show(job), err, want)
		}
	}
}

func TestAnswerOf10000FilesDecodes(t *testing.T) {
	t.Parallel()
	sim := zillizsim.New(zillizsim.Options{APIKeys: []string{testKey}})
	files := make([]zillizsim.File, 10_000)
	for i := range files {
		files[i] = zillizsim.File{Name: fmt.Sprintf("articles/293dbffc-465e-4ce1-b25b-a692c9b77dd8/%d.parquet", i), Size: 1 << 30}
	}
	sim.AddJob(zillizsim.Job{ClusterID: testID.ClusterID, ID: testID.JobID, Files: files, Steps: zillizsim.Linear(time.Hour)})
	job, err := inMemory(t, sim).JobReader(testID).Read(t.Context(), noop)
	if err != nil || len(job.Files) != len(files) || *job.FileSize != 10_000<<30 {
		t.Errorf("%d files, %v", len(job.Files), err)
	}
}

// permanent is the kind of an error that is not transient.
const permanent importjob.TransientKind = 0

func kindOf(err error) importjob.TransientKind {
	var t *importjob.TransientError
	if errors.As(err, &t) {
		return t.Kind
	}
	return permanent
}

// TestErrors holds each error's text and kind, and that each call is one request.
func TestErrors(t *testing.T) {
	t.Parallel()
	odd := func(body string) http.HandlerFunc { return zillizsim.Body(http.StatusOK, "application/json", body) }
	tests := []struct {
		name   string
		answer http.HandlerFunc
		says   []string
		kind   importjob.TransientKind
	}{
		{"business error with HTTP 200", odd(`{"code":90144,"message":"No jobId record found under this cluster"}`),
			[]string{"HTTP 200", "code 90144", "No jobId record found", "request id req-1"}, permanent},
		{"unknown code", odd(`{"code":12345,"message":"odd"}`), []string{"code 12345", "odd"}, importjob.UnknownCode},
		{"code as string", odd(`{"code":"40021","message":"x"}`), []string{"code 40021"}, permanent},
		{"documented code with HTTP 500", zillizsim.Body(500, "application/json", `{"code":90144,"message":"gone"}`), []string{"HTTP 500", "code 90144"}, permanent},
		{"bad key", zillizsim.Body(401, "application/json", `{"code":80001,"message":"Invalid token"}`), []string{"HTTP 401", "80001", "Invalid token"}, permanent},
		{"forbidden page", zillizsim.HTMLPage(403), []string{"HTTP 403", "403 Forbidden"}, permanent},
		{"not found page", zillizsim.HTMLPage(404), []string{"HTTP 404"}, permanent},
		{"redirect", zillizsim.Redirect("https://elsewhere.example.com/"), []string{"HTTP 302", "https://elsewhere.example.com/", "not followed"}, permanent},
		{"too large", odd(`{"code":200,"data":{"fileName":"` + strings.Repeat("x", 17<<20) + `"}}`), []string{"larger than 16 MiB"}, permanent},
		{"request timeout", zillizsim.Status(408), []string{"HTTP 408"}, importjob.Unavailable},
		{"throttled", zillizsim.Status(429), []string{"HTTP 429"}, importjob.RateLimited},
		{"cluster busy", odd(`{"code":47055,"message":"importing"}`), []string{"code 47055"}, importjob.RateLimited},
		{"internal error", zillizsim.Status(500), []string{"HTTP 500"}, importjob.Unavailable},
		{"bad gateway", zillizsim.HTMLPage(502), []string{"HTTP 502", "502 Bad Gateway", "nginx"}, importjob.Unavailable},
		{"page in place of JSON", zillizsim.HTMLPage(200), []string{"malformed response", "HTTP 200", "<html>"}, importjob.Unavailable},
		{"empty body", odd(""), []string{"malformed response", "empty body"}, importjob.Unavailable},
		{"cut off", zillizsim.CutOff(), []string{"malformed response", "unexpected end"}, importjob.Unavailable},
		{"no code", odd(`{"data":{"readyPercentage":1}}`), []string{"no code"}, importjob.Unavailable},
		{"success without data", odd(`{"code":200,"message":"ok"}`), []string{"code 200 means success, but there is no data"}, importjob.Unavailable},
		{"success with null", odd(`{"code":0,"data":null}`), []string{"code 0 means success, but there is no data"}, importjob.Unavailable},
		{"data is a list", odd(`{"code":200,"data":[]}`), []string{"malformed response"}, importjob.Unavailable},
		{"data is a text", odd(`{"code":200,"data":"done"}`), []string{"malformed response"}, importjob.Unavailable},
		{"percentage is a word", odd(`{"code":200,"data":{"readyPercentage":"done"}}`), []string{"a number was expected"}, importjob.Unavailable},
		{"percentage is no JSON number", odd(`{"code":200,"data":{"readyPercentage":"0x1p0"}}`), []string{"a number was expected"}, importjob.Unavailable},
		{"percentage is endless", odd(`{"code":200,"data":{"readyPercentage":1e999}}`), []string{"a number was expected"}, importjob.Unavailable},
		{"another job", odd(`{"code":200,"data":{"jobId":"job-2","readyPercentage":1}}`), []string{`it is about job "job-2", not "job-1"`}, importjob.Unavailable},
		{"another job as a number", odd(`{"code":200,"data":{"jobId":45,"readyPercentage":1}}`), []string{`it is about job "45", not "job-1"`}, importjob.Unavailable},
		{"message is an object", odd(`{"code":200,"data":{"readyPercentage":1,"errorMessage":{}}}`), []string{"text was expected"}, importjob.Unavailable},
		{"malformed Location", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "http://[::1")
			w.WriteHeader(http.StatusFound)
		}, []string{"HTTP 302", "not followed"}, permanent},
		{"two values", odd(`{"code":200,"data":{"readyPercentage":1}}{}`), []string{"malformed response"}, importjob.Unavailable},
		{"reset", zillizsim.Reset(), []string{"connection reset"}, importjob.Unavailable},
		{"reset in the body", zillizsim.ResetMidBody(), []string{"reading the response (HTTP 200)", "unexpected EOF"}, importjob.Unavailable},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				requests := 0
				client := inMemory(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					requests++
					w.Header().Set("requestid", "req-1")
					test.answer(w, r)
				}))
				job, err := client.JobReader(testID).Read(t.Context(), noop)
				if err == nil {
					t.Fatalf("no error but %s", show(job))
				}
				for _, part := range test.says {
					if !strings.Contains(err.Error(), part) {
						t.Errorf("%q is not in %q", part, err)
					}
				}
				if requests != 1 {
					t.Errorf("%d requests", requests)
				}
				if kind := kindOf(err); kind != test.kind {
					t.Errorf("kind %d, want %d: %T %v", kind, test.kind, err, err)
				}
			})
		})
	}
}

func TestRetryAfterIsRead(t *testing.T) {
	t.Parallel()
	date := func(t time.Time) string { return t.UTC().Format(http.TimeFormat) }
	tests := []struct {
		name  string
		value func() string
		want  time.Duration
	}{
		{"seconds", func() string { return "17" }, 17 * time.Second},
		{"fraction", func() string { return "2.5" }, 2500 * time.Millisecond},
		{"date", func() string { return date(time.Now().Add(20 * time.Second)) }, 20 * time.Second},
		{"date in the past", func() string { return date(time.Now().Add(-time.Hour)) }, 0},
		{"zero", func() string { return "0" }, 0},
		{"negative", func() string { return "-5" }, 0},
		{"not a time", func() string { return "soon" }, 0},
		{"a day", func() string { return "86400" }, 24 * time.Hour},
		{"more than a clock can hold", func() string { return "99999999999999999999" }, maxRetryAfter},
		{"not a number", func() string { return "NaN" }, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				client := inMemory(t, zillizsim.StatusRetryAfter(http.StatusTooManyRequests, test.value()))
				_, err := client.JobReader(testID).Read(t.Context(), noop)
				var transient *importjob.TransientError
				if !errors.As(err, &transient) || transient.RetryAfter != test.want {
					t.Errorf("error %v, want Retry-After %s", err, test.want)
				}
			})
		})
	}
}

func TestRetryAfterDateIsHeldAgainstTheServersClock(t *testing.T) {
	t.Parallel()
	now := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
	h := http.Header{"Date": {now.Format(http.TimeFormat)}, "Retry-After": {now.Add(7 * time.Second).Format(http.TimeFormat)}}
	if got := parseRetryAfter(h); got != 7*time.Second {
		t.Errorf("got %s", got)
	}
}

func TestRequestIsLimitedInTime(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]http.HandlerFunc{"hangs": zillizsim.Hang(), "trickles": zillizsim.Trickle()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(answer)
			t.Cleanup(server.Close)
			config := testConfig(nil)
			config.Endpoint, config.RequestTimeout = server.URL, 50*time.Millisecond
			_, err := testClient(t, config).JobReader(testID).Read(t.Context(), noop)
			var transport *TransportError
			if !errors.As(err, &transport) || kindOf(err) != importjob.Unavailable || !strings.Contains(err.Error(), "within 50ms (request_timeout)") {
				t.Errorf("error %T %v", err, err)
			}
		})
	}
}

// TestRateIsShared holds the documented limit: a burst, and never more than twice
// max_requests_per_second in any second.
func TestRateIsShared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var sent []time.Time
		config := testConfig(zillizsim.Transport(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			sent = append(sent, time.Now())
			zillizsim.Body(200, "application/json", `{"code":200,"data":{}}`)(w, r)
		})))
		config.MaxRequestsPerSecond = 10
		client := testClient(t, config)
		began := time.Now()
		for range 50 {
			if _, err := client.JobReader(testID).Read(t.Context(), noop); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began).Round(time.Millisecond); took != 4*time.Second {
			t.Errorf("50 requests took %s, want 4s", took)
		}
		for i := 20; i < len(sent); i++ {
			if sent[i].Sub(sent[i-20]) < time.Second {
				t.Errorf("requests %d to %d were sent within %s", i-20, i, sent[i].Sub(sent[i-20]))
			}
		}
	})
}

func TestQueueingDoesNotUseUpTheRequestTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		config := testConfig(zillizsim.Transport(zillizsim.Body(200, "application/json", `{"code":200,"data":{}}`)))
		config.MaxRequestsPerSecond, config.RequestTimeout = 1, 2*time.Second
		client := testClient(t, config)
		errs := make(chan error)
		for range 10 {
			go func() {
				_, err := client.JobReader(testID).Read(t.Context(), noop)
				errs <- err
			}()
		}
		for range 10 {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
	})
}

func TestRateLimitBeyondTheDeadlineIsAnErrorAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		config := testConfig(zillizsim.Transport(zillizsim.Body(200, "application/json", `{"code":200,"data":{}}`)))
		config.MaxRequestsPerSecond = 1
		client := testClient(t, config)
		_, _ = client.JobReader(testID).Read(t.Context(), noop)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		_, err := client.JobReader(testID).Read(ctx, noop)
		if kindOf(err) != importjob.Unavailable || !strings.Contains(err.Error(), "max_requests_per_second") {
			t.Errorf("error %v", err)
		}
	})
}

func TestUnknownAuthorityIsPermanent(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(zillizsim.Status(200))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	config := testConfig(nil)
	config.Endpoint = server.URL
	_, err := testClient(t, config).JobReader(testID).Read(t.Context(), noop)
	if err == nil || kindOf(err) != permanent || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("error %v", err)
	}
}

func TestKeyIsMaskedInAllThatComesBack(t *testing.T) {
	t.Parallel()
	key := `k"e\y/%20<&'é`
	if CheckAPIKey(key) == nil {
		t.Fatal("a key that is not ASCII passes")
	}
	key = `k"e\y/%20<&'>+ =~`
	if err := CheckAPIKey(key); err != nil {
		t.Fatal(err)
	}
	escaped, _ := json.Marshal("bad " + key)
	answers := map[string]http.HandlerFunc{
		"page":    zillizsim.EchoAuthorization(502),
		"message": zillizsim.Body(200, "application/json", `{"code":1,"message":`+string(escaped)+`}`),
		"import":  zillizsim.Body(200, "application/json", `{"code":200,"data":{"errorMessage":`+string(escaped)+`,"fileName":`+string(escaped)+`}}`),
		"redirect": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "https://elsewhere/"+key)
			w.Header().Set("requestid", key)
			w.WriteHeader(http.StatusFound)
		},
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := testConfig(zillizsim.Transport(answer))
			config.APIKey = key
			client := testClient(t, config)
			job, err := client.JobReader(testID).Read(t.Context(), noop)
			var seen string
			if err != nil {
				seen = err.Error()
			} else {
				seen = *job.ErrorMessage + *job.FileName
			}
			if html.UnescapeString(seen) != seen || strings.Contains(seen, key) || strings.Contains(seen, string(escaped[5:len(escaped)-1])) {
				t.Errorf("%q has the key in it", seen)
			}
			if !strings.Contains(seen, mask) {
				t.Errorf("%q has no mask in it", seen)
			}
			if dump := fmt.Sprintf("%v %+v %#v", client, client, *client); strings.Contains(dump, key) {
				t.Error("a dump of the client has the key in it")
			}
		})
	}
}

func TestTerminalSequencesOfAServerAreNotPassedOn(t *testing.T) {
	t.Parallel()
	_, err := answering(t, `{"code":1,"message":"a\u001b[2Jb\nc\u202ed"}`).JobReader(testID).Read(t.Context(), noop)
	if err == nil || !strings.HasSuffix(err.Error(), "a [2Jb c d") {
		t.Errorf("%q", err)
	}
}

func TestCheckAPIKey(t *testing.T) {
	t.Parallel()
	for key, valid := range map[string]bool{
		"": false, " a": false, "a\n": false, "a\nb": false, "a\x00b": false, "a\x7fb": false, "ä": false,
		"a": true, "a b": true, `!"#$%&'()*+,-./:;<=>?@[\]^_{|}~`: true,
	} {
		if err := CheckAPIKey(key); (err == nil) != valid {
			t.Errorf("%q: %v", key, err)
		} else if err != nil && len(key) > 2 && strings.Contains(err.Error(), key) {
			t.Errorf("%q shows the key", err)
		}
	}
}

func TestCheckRegion(t *testing.T) {
	t.Parallel()
	for region, valid := range map[string]bool{
		"aws-us-west-2": true, "ali-cn-hangzhou": true, "a": true, "az1-2-3": true,
		"": false, "AWS-us": false, "aws_us": false, "-aws": false, "aws-": false, "aws--us": false, " aws": false, "aws\n": false,
		"aws.evil.com/": false, "evil.com#": false, "evil.com?": false, "a@evil.com": false, "aws-us\\": false, "ａws": false, "%61ws": false,
		strings.Repeat("a", 64): false,
	} {
		if err := CheckRegion(region); (err == nil) != valid {
			t.Errorf("%q: %v", region, err)
		}
	}
}

func TestCheckEndpoint(t *testing.T) {
	t.Parallel()
	for endpoint, valid := range map[string]bool{
		"https://gateway.example.com": true, "https://gateway.example.com:8443/a/": true, "https://10.0.0.1": true, "https://[2001:db8::1]:1": true,
		"http://localhost:80": true, "http://127.0.0.1": true, "http://127.9.9.9:1": true, "http://[::1]:8080": true, "HTTPS://Gateway": true,
		"": false, "gateway.example.com": false, "//gateway": false, "/path": false, "https:gateway": false, "https://": false, "https://:443": false,
		"ftp://gateway": false, "javascript:alert(1)": false, "file:///etc/passwd": false,
		"http://gateway.example.com": false, "http://127.0.0.1.evil.com": false, "http://localhost.evil.com": false, "http://0.0.0.0": false, "http://127.1": false, "http://[::]": false,
		"http://127.0.0.1@evil.com": false, "https://user@gateway": false, "https://user:secret@gateway": false, "https://@gateway": false,
		"https://gateway?": false, "https://gateway?a=b": false, "https://gateway#": false, "https://gateway#a": false,
		"https://gate way": false, "https://gateway\n": false, "https://gateway\\@evil.com": false, "https://gateway%2eevil.com": false,
		"https://gäteway": false, "https://gateway:0": false, "https://gateway:65536": false, "https://gateway:": false, "https://gateway:http": false,
		"https://-gateway": false, "https://[fe80::1%25eth0]": false, "http://[::1%25lo]:80": false,
	} {
		err := CheckEndpoint(endpoint)
		if (err == nil) != valid {
			t.Errorf("%q: %v", endpoint, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%q shows the password", err)
		}
	}
}

func TestNewRefusesBeforeAnythingIsSent(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Config){
		"region":   func(c *Config) { c.RegionID = "evil.com/" },
		"endpoint": func(c *Config) { c.Endpoint = "http://evil.com" },
		"key":      func(c *Config) { c.APIKey = "a\r\nHost: evil.com" },
	} {
		config := testConfig(nil)
		change(&config)
		if _, err := New(config); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
