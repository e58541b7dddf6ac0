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

var testID = importjob.ID{ClusterID: "in01-1", JobID: "job-1"}

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

// handlerClient returns a client whose requests are handled in memory.
func handlerClient(t *testing.T, h http.Handler) *Client {
	t.Helper()
	return testClient(t, testConfig(zillizsim.Transport(h)))
}

// bodyClient returns a client whose requests all get the same JSON body.
func bodyClient(t *testing.T, body string) *Client {
	t.Helper()
	return handlerClient(t, respondJSON(body))
}

// respondJSON responds with HTTP 200 and a JSON body.
func respondJSON(body string) http.HandlerFunc { return respondStatusJSON(http.StatusOK, body) }

// respondStatusJSON responds with a status and a JSON body.
func respondStatusJSON(status int, body string) http.HandlerFunc {
	return zillizsim.Body(status, "application/json", body)
}

// read reads the job testID.
func read(t *testing.T, c *Client) (importjob.Job, error) {
	t.Helper()
	return c.JobReader(testID).Read(t.Context(), noop)
}

// noop is a callback that does nothing.
func noop() {}

// toJSON formats a value with pointers for a message.
func toJSON(v any) string {
	text, _ := json.Marshal(v)
	return string(text)
}

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

func TestEndpointReplacesRegionHost(t *testing.T) {
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
			respondJSON(`{"code":200,"data":{}}`)(w, r)
		})))
		config.Endpoint = endpoint
		if _, err := read(t, testClient(t, config)); err != nil || got != want {
			t.Errorf("endpoint %s: request to %s, %v, want %s", endpoint, got, err, want)
		}
	}
}

// pointer returns a pointer to a value, for the optional fields in tables.
func pointer[T any](v T) *T { return &v }

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

// permanent is the kind of an error that is not transient.
const permanent importjob.TransientKind = 0

func transientKind(err error) importjob.TransientKind {
	var t *importjob.TransientError
	if errors.As(err, &t) {
		return t.Kind
	}
	return permanent
}

// TestErrors checks the text and the kind of each error, and that a read sends one
// request.
func TestErrors(t *testing.T) {
	t.Parallel()
	const unavailable, rateLimited = importjob.Unavailable, importjob.RateLimited
	malformedLocation := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "http://[::1")
		w.WriteHeader(http.StatusFound)
	}
	tests := []struct {
		name     string
		response http.HandlerFunc
		text     []string // parts of the error
		kind     importjob.TransientKind
	}{
		// Errors of the API.
		{"business error with HTTP 200", respondJSON(`{"code":90144,"message":"No jobId record found under this cluster"}`),
			[]string{"HTTP 200", "code 90144", "No jobId record found", "request id req-1"}, permanent},
		{"unknown code", respondJSON(`{"code":12345,"message":"odd"}`),
			[]string{"code 12345", "odd"}, importjob.UnknownCode},
		{"code as string", respondJSON(`{"code":"40021","message":"x"}`), []string{"code 40021"}, permanent},
		{"documented code with HTTP 500", respondStatusJSON(500, `{"code":90144,"message":"gone"}`),
			[]string{"HTTP 500", "code 90144"}, permanent},
		{"bad key", respondStatusJSON(401, `{"code":80001,"message":"Invalid token"}`),
			[]string{"HTTP 401", "80001", "Invalid token"}, permanent},
		{"cluster busy", respondJSON(`{"code":47055,"message":"importing"}`), []string{"code 47055"}, rateLimited},

		// HTTP statuses without a code.
		{"forbidden page", zillizsim.HTMLPage(403), []string{"HTTP 403", "403 Forbidden"}, permanent},
		{"not found page", zillizsim.HTMLPage(404), []string{"HTTP 404"}, permanent},
		{"redirect", zillizsim.Redirect("https://elsewhere.example.com/"),
			[]string{"HTTP 302", "https://elsewhere.example.com/", "not followed"}, permanent},
		{"malformed Location", malformedLocation, []string{"HTTP 302", "not followed"}, permanent},
		{"request timeout", zillizsim.Status(408), []string{"HTTP 408"}, unavailable},
		{"throttled", zillizsim.Status(429), []string{"HTTP 429"}, rateLimited},
		{"internal error", zillizsim.Status(500), []string{"HTTP 500"}, unavailable},
		{"bad gateway", zillizsim.HTMLPage(502), []string{"HTTP 502", "502 Bad Gateway", "nginx"}, unavailable},

		// Malformed responses.
		{"too large", respondJSON(`{"code":200,"data":{"fileName":"` + strings.Repeat("x", 17<<20) + `"}}`),
			[]string{"larger than 16 MiB"}, permanent},
		{"page in place of JSON", zillizsim.HTMLPage(200), []string{"malformed response", "HTTP 200", "<html>"}, unavailable},
		{"empty body", respondJSON(""), []string{"malformed response", "empty body"}, unavailable},
		{"truncated", zillizsim.CutOff(), []string{"malformed response", "unexpected end"}, unavailable},
		{"no code", respondJSON(`{"data":{"readyPercentage":1}}`), []string{"no code"}, unavailable},
		{"success without data", respondJSON(`{"code":200,"message":"ok"}`),
			[]string{"code 200 means success, but there is no data"}, unavailable},
		{"success with null", respondJSON(`{"code":0,"data":null}`),
			[]string{"code 0 means success, but there is no data"}, unavailable},
		{"data is a list", respondJSON(`{"code":200,"data":[]}`), []string{"malformed response"}, unavailable},
		{"data is a text", respondJSON(`{"code":200,"data":"done"}`), []string{"malformed response"}, unavailable},
		{"percentage is a word", respondJSON(`{"code":200,"data":{"readyPercentage":"done"}}`),
			[]string{"a number was expected"}, unavailable},
		{"percentage is not a JSON number", respondJSON(`{"code":200,"data":{"readyPercentage":"0x1p0"}}`),
			[]string{"a number was expected"}, unavailable},
		{"percentage is infinite", respondJSON(`{"code":200,"data":{"readyPercentage":1e999}}`),
			[]string{"a number was expected"}, unavailable},
		{"another job", respondJSON(`{"code":200,"data":{"jobId":"job-2","readyPercentage":1}}`),
			[]string{`it is about job "job-2", not "job-1"`}, unavailable},
		{"another job as a number", respondJSON(`{"code":200,"data":{"jobId":45,"readyPercentage":1}}`),
			[]string{`it is about job "45", not "job-1"`}, unavailable},
		{"message is an object", respondJSON(`{"code":200,"data":{"readyPercentage":1,"errorMessage":{}}}`),
			[]string{"text was expected"}, unavailable},
		{"two values", respondJSON(`{"code":200,"data":{"readyPercentage":1}}{}`),
			[]string{"malformed response"}, unavailable},

		// Transport errors.
		{"reset", zillizsim.Reset(), []string{"connection reset"}, unavailable},
		{"reset in the body", zillizsim.ResetMidBody(),
			[]string{"reading the response (HTTP 200)", "unexpected EOF"}, unavailable},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				requests := 0
				client := handlerClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					requests++
					w.Header().Set("requestid", "req-1")
					test.response(w, r)
				}))
				job, err := read(t, client)
				if err == nil {
					t.Fatalf("job is %s, want an error", toJSON(job))
				}
				for _, part := range test.text {
					if !strings.Contains(err.Error(), part) {
						t.Errorf("error is %q, want it to contain %q", err, part)
					}
				}
				if requests != 1 {
					t.Errorf("sent %d requests, want 1", requests)
				}
				if kind := transientKind(err); kind != test.kind {
					t.Errorf("kind is %d, want %d: %T %v", kind, test.kind, err, err)
				}
			})
		})
	}
}

func TestRetryAfterIsParsed(t *testing.T) {
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
		{"overflow", func() string { return "99999999999999999999" }, maxRetryAfter},
		{"not a number", func() string { return "NaN" }, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h := zillizsim.StatusRetryAfter(http.StatusTooManyRequests, test.value())
				_, err := read(t, handlerClient(t, h))
				var transient *importjob.TransientError
				if !errors.As(err, &transient) || transient.RetryAfter != test.want {
					t.Errorf("error is %v, want a RetryAfter of %s", err, test.want)
				}
			})
		})
	}
}

func TestRetryAfterDateIsRelativeToServerClock(t *testing.T) {
	t.Parallel()
	now := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
	h := http.Header{
		"Date":        {now.Format(http.TimeFormat)},
		"Retry-After": {now.Add(7 * time.Second).Format(http.TimeFormat)},
	}
	if got := parseRetryAfter(h); got != 7*time.Second {
		t.Errorf("parseRetryAfter(%v) = %s, want 7s", h, got)
	}
}

func TestRequestTimeout(t *testing.T) {
	t.Parallel()
	for name, response := range map[string]http.HandlerFunc{"hangs": zillizsim.Hang(), "trickles": zillizsim.Trickle()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(response)
			t.Cleanup(server.Close)
			config := testConfig(nil)
			config.Endpoint, config.RequestTimeout = server.URL, 50*time.Millisecond
			_, err := read(t, testClient(t, config))
			var transport *TransportError
			if !errors.As(err, &transport) || transientKind(err) != importjob.Unavailable ||
				!strings.Contains(err.Error(), "within 50ms (request_timeout)") {
				t.Errorf("error is %T %v, want a transient TransportError that names request_timeout", err, err)
			}
		})
	}
}

// TestRateLimitIsShared also checks that in any second, bursts included, there are at
// most twice max_requests_per_second requests. The limit of the service is twice the
// default (documented).
func TestRateLimitIsShared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var sent []time.Time
		config := testConfig(zillizsim.Transport(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			sent = append(sent, time.Now())
			respondJSON(`{"code":200,"data":{}}`)(w, r)
		})))
		config.MaxRequestsPerSecond = 10
		client := testClient(t, config)
		began := time.Now()
		for range 50 {
			if _, err := read(t, client); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began).Round(time.Millisecond); took != 4*time.Second {
			t.Errorf("50 requests took %s, want 4s", took)
		}
		for i := 20; i < len(sent); i++ {
			if sent[i].Sub(sent[i-20]) < time.Second {
				t.Errorf("requests %d to %d were sent within %s, want at least 1s", i-20, i, sent[i].Sub(sent[i-20]))
			}
		}
	})
}

func TestRateLimitDoesNotUseUpRequestTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		config := testConfig(zillizsim.Transport(respondJSON(`{"code":200,"data":{}}`)))
		config.MaxRequestsPerSecond, config.RequestTimeout = 1, 2*time.Second
		client := testClient(t, config)
		errs := make(chan error)
		for range 10 {
			go func() {
				_, err := read(t, client)
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

func TestRateLimitBeyondDeadlineFailsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		config := testConfig(zillizsim.Transport(respondJSON(`{"code":200,"data":{}}`)))
		config.MaxRequestsPerSecond = 1
		client := testClient(t, config)
		_, _ = read(t, client)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		_, err := client.JobReader(testID).Read(ctx, noop)
		if transientKind(err) != importjob.Unavailable || !strings.Contains(err.Error(), "max_requests_per_second") {
			t.Errorf("error is %v, want a transient one that names max_requests_per_second", err)
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
	_, err := read(t, testClient(t, config))
	if err == nil || transientKind(err) != permanent || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("error is %v, want a permanent one about the certificate", err)
	}
}

func TestKeyIsMaskedInResponses(t *testing.T) {
	t.Parallel()
	key := `k"e\y/%20<&'é`
	if CheckAPIKey(key) == nil {
		t.Fatalf("CheckAPIKey(%q) = nil, want an error", key)
	}
	key = `k"e\y/%20<&'>+ =~`
	if err := CheckAPIKey(key); err != nil {
		t.Fatal(err)
	}
	quoted, _ := json.Marshal("bad " + key)
	message := string(quoted)
	responses := map[string]http.HandlerFunc{
		"page":    zillizsim.EchoAuthorization(502),
		"message": respondJSON(`{"code":1,"message":` + message + `}`),
		"import":  respondJSON(`{"code":200,"data":{"errorMessage":` + message + `,"fileName":` + message + `}}`),
		"redirect": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "https://elsewhere/"+key)
			w.Header().Set("requestid", key)
			w.WriteHeader(http.StatusFound)
		},
	}
	for name, response := range responses {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := testConfig(zillizsim.Transport(response))
			config.APIKey = key
			client := testClient(t, config)
			job, err := read(t, client)
			var text string
			if err != nil {
				text = err.Error()
			} else {
				text = *job.ErrorMessage + *job.FileName
			}
			escapedKey := message[5 : len(message)-1]
			if html.UnescapeString(text) != text || strings.Contains(text, key) || strings.Contains(text, escapedKey) {
				t.Errorf("%q contains the key", text)
			}
			if !strings.Contains(text, mask) {
				t.Errorf("%q does not contain %q", text, mask)
			}
			if dump := fmt.Sprintf("%v %+v %#v", client, client, *client); strings.Contains(dump, key) {
				t.Error("a dump of the client contains the key")
			}
		})
	}
}

func TestTerminalSequencesAreRemoved(t *testing.T) {
	t.Parallel()
	_, err := read(t, bodyClient(t, `{"code":1,"message":"a\u001b[2Jb\nc\u202ed"}`))
	if err == nil || !strings.HasSuffix(err.Error(), "a [2Jb c d") {
		t.Errorf("error is %q, want it without control characters", err)
	}
}

func TestCheckAPIKey(t *testing.T) {
	t.Parallel()
	for key, valid := range map[string]bool{
		"": false, " a": false, "a\n": false, "a\nb": false, "a\x00b": false, "a\x7fb": false, "ä": false,
		"a": true, "a b": true, `!"#$%&'()*+,-./:;<=>?@[\]^_{|}~`: true,
	} {
		if err := CheckAPIKey(key); (err == nil) != valid {
			t.Errorf("CheckAPIKey(%q) = %v, want valid: %t", key, err, valid)
		} else if err != nil && len(key) > 2 && strings.Contains(err.Error(), key) {
			t.Errorf("CheckAPIKey(%q) = %v, want an error without the key", key, err)
		}
	}
}

func TestCheckRegion(t *testing.T) {
	t.Parallel()
	for region, valid := range map[string]bool{
		"aws-us-west-2": true, "ali-cn-hangzhou": true, "a": true, "az1-2-3": true,
		"": false, "AWS-us": false, "aws_us": false, "-aws": false, "aws-": false, "aws--us": false,
		" aws": false, "aws\n": false, "aws.evil.com/": false, "evil.com#": false, "evil.com?": false,
		"a@evil.com": false, "aws-us\\": false, "ａws": false, "%61ws": false,
		strings.Repeat("a", 64): false,
	} {
		if err := CheckRegion(region); (err == nil) != valid {
			t.Errorf("CheckRegion(%q) = %v, want valid: %t", region, err, valid)
		}
	}
}

func TestCheckEndpoint(t *testing.T) {
	t.Parallel()
	for endpoint, valid := range map[string]bool{
		"https://gateway.example.com": true, "https://gateway.example.com:8443/a/": true, "HTTPS://Gateway": true,
		"https://10.0.0.1": true, "https://[2001:db8::1]:1": true,
		"http://localhost:80": true, "http://127.0.0.1": true, "http://127.9.9.9:1": true, "http://[::1]:8080": true,

		// Not a URL with a host, or of another scheme.
		"": false, "gateway.example.com": false, "//gateway": false, "/path": false,
		"https:gateway": false, "https://": false, "https://:443": false,
		"ftp://gateway": false, "javascript:alert(1)": false, "file:///etc/passwd": false,
		// http to a host that is not loopback.
		"http://gateway.example.com": false, "http://127.0.0.1.evil.com": false, "http://localhost.evil.com": false,
		"http://0.0.0.0": false, "http://127.1": false, "http://[::]": false, "http://127.0.0.1@evil.com": false,
		// User info, query or fragment.
		"https://user@gateway": false, "https://user:secret@gateway": false, "https://@gateway": false,
		"https://gateway?": false, "https://gateway?a=b": false, "https://gateway#": false, "https://gateway#a": false,
		// Invalid hosts and ports.
		"https://gate way": false, "https://gateway\n": false, "https://gateway\\@evil.com": false,
		"https://gateway%2eevil.com": false, "https://gäteway": false, "https://-gateway": false,
		"https://[fe80::1%25eth0]": false, "http://[::1%25lo]:80": false,
		"https://gateway:0": false, "https://gateway:65536": false, "https://gateway:": false, "https://gateway:http": false,
	} {
		err := CheckEndpoint(endpoint)
		if (err == nil) != valid {
			t.Errorf("CheckEndpoint(%q) = %v, want valid: %t", endpoint, err, valid)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("CheckEndpoint(%q) = %v, want an error without the password", endpoint, err)
		}
	}
}

func TestNewRejectsInvalidConfig(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Config){
		"region":   func(c *Config) { c.RegionID = "evil.com/" },
		"endpoint": func(c *Config) { c.Endpoint = "http://evil.com" },
		"key":      func(c *Config) { c.APIKey = "a\r\nHost: evil.com" },
	} {
		config := testConfig(nil)
		change(&config)
		if _, err := New(config); err == nil {
			t.Errorf("invalid %s: New() has no error", name)
		}
	}
}
