package zilliz

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

const testKey = "0123456789abcdef-key"

var (
	testID     = importjob.ID{ClusterID: "in01-1", JobID: "job-1"}
	testImport = Import{ClusterID: "in01-1", CollectionName: "articles", ObjectURLs: []string{"s3://bucket/articles/"}}
)

func testConfig(version APIVersion, transport http.RoundTripper) Config {
	return Config{
		APIVersion:           version,
		RegionID:             "aws-us-west-2",
		APIKey:               testKey,
		RequestTimeout:       30 * time.Second,
		MaxRequestsPerSecond: 10,
		UserAgent:            "Terraform/1.11.4 terraform-provider-zilliz/test",
		Transport:            transport,
	}
}

func newClient(t *testing.T, c Config) *Client {
	t.Helper()
	client, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// clientOf returns a client whose requests are sent by a transport.
func clientOf(t *testing.T, version APIVersion, transport http.RoundTripper) *Client {
	t.Helper()
	return newClient(t, testConfig(version, transport))
}

// memory returns a transport that hands a connection to each request, and then calls a
// handler in the same goroutine.
func memory(h http.Handler) http.RoundTripper { return zillizsim.Transport(h) }

// failing is a transport whose requests fail without a connection.
type failing struct{ err error }

func (f failing) RoundTrip(*http.Request) (*http.Response, error) { return nil, f.err }

// reply responds with HTTP 200 and a JSON body, and with a Date header unless date is the
// zero time.
func reply(body string, date time.Time) http.RoundTripper {
	header := map[string]string{}
	if !date.IsZero() {
		header["Date"] = date.UTC().Format(http.TimeFormat)
	}
	return replyWith(http.StatusOK, body, header)
}

// replyWith responds with a status, a body and a header.
func replyWith(status int, body string, header map[string]string) http.RoundTripper {
	return memory(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, value := range header {
			w.Header().Set(name, value)
		}
		zillizsim.Body(status, "application/json", body)(w, r)
	}))
}

// success returns a successful response with the data.
func success(version APIVersion, data string) string {
	code := "200"
	if version == V2 {
		code = "0"
	}
	return `{"code":` + code + `,"data":` + data + `}`
}

// readData reads testID from a service that returns the data, without a Date header.
func readData(t *testing.T, version APIVersion, data string) (importjob.Job, error) {
	t.Helper()
	return clientOf(t, version, reply(success(version, data), time.Time{})).ReadJob(t.Context(), testID)
}

// listData reads the first page of jobs from a service that returns the data.
func listData(t *testing.T, version APIVersion, data string, f JobFilter) (importjob.Page, error) {
	t.Helper()
	return clientOf(t, version, reply(success(version, data), time.Time{})).JobPage(t.Context(), f, 1)
}

// kind names the end of a call.
type kind string

const (
	none        kind = "success"
	permanent   kind = "permanent"
	unavailable kind = "unavailable"
	rateLimited kind = "rate limited"
	unknownCode kind = "unknown code"
	// unknownStatus is that of a rejection or redirect without a documented code.
	unknownStatus kind = "unknown status"
	notFound      kind = "not found"
	unknown       kind = "unknown outcome"
)

// kindOf returns the kind of an error.
func kindOf(err error) kind {
	if err == nil {
		return none
	}
	switch importjob.FailureOf(err) {
	case importjob.Permanent:
		return permanent
	case importjob.Unavailable:
		return unavailable
	case importjob.Throttled:
		return rateLimited
	case importjob.UnknownCode:
		return unknownCode
	case importjob.UnknownStatus:
		return unknownStatus
	case importjob.NotFound:
		return notFound
	case importjob.UnknownOutcome:
		return unknown
	}
	return "invalid"
}

// isMalformed reports whether an error is a transient one of a malformed response.
func isMalformed(err error) bool {
	var (
		malformed *MalformedResponseError
		transport *TransportError
	)
	return errors.As(err, &malformed) && kindOf(err) == unavailable && !errors.As(err, &transport)
}

// checkError checks the kind of an error, and that its text contains each part.
func checkError(t *testing.T, err error, want kind, parts ...string) {
	t.Helper()
	if got := kindOf(err); got != want {
		t.Errorf("the error is %s, want %s: %T %v", got, want, err, err)
		return
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error is %q, want it to contain %q", err, part)
		}
	}
}

// toJSON formats a value with pointers for a message.
func toJSON(v any) string {
	text, _ := json.Marshal(v)
	return string(text)
}

// bubble runs a parallel subtest with a clock of its own.
func bubble(t *testing.T, name string, test func(t *testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, test)
	})
}

// eachVersion runs a test with each API version.
func eachVersion(t *testing.T, test func(*testing.T, APIVersion)) {
	t.Helper()
	for _, version := range []APIVersion{V1, V2} {
		t.Run(string(version), func(t *testing.T) {
			t.Parallel()
			test(t, version)
		})
	}
}

// apiMethod is a call that reads or changes something in the service.
type apiMethod = func(context.Context, *Client) error

func read(ctx context.Context, c *Client) error { _, err := c.ReadJob(ctx, testID); return err }

func start(ctx context.Context, c *Client) error {
	_, err := c.StartImport(ctx, testImport)
	return err
}

// apiMethods returns those of a version but the start.
func apiMethods(version APIVersion) map[string]apiMethod {
	methods := map[string]apiMethod{"read": read, "list": func(ctx context.Context, c *Client) error {
		_, err := c.JobPage(ctx, JobFilter{ClusterID: testID.ClusterID}, 1)
		return err
	}}
	if version == V2 {
		methods["commit"] = func(ctx context.Context, c *Client) error { return c.CommitJob(ctx, testID) }
		methods["abort"] = func(ctx context.Context, c *Client) error { return c.AbortJob(ctx, testID) }
	}
	return methods
}

// withoutRawNames returns a job without the names that are not shown. TestRawNames checks
// them.
func withoutRawNames(job importjob.Job) importjob.Job {
	job.RawFileName = nil
	for i := range job.Files {
		job.Files[i].RawFileName = nil
	}
	return job
}

// TestRawNames checks the names that decisions compare: secrets are not masked in them.
func TestRawNames(t *testing.T) {
	t.Parallel()
	const name = "articles/" + testKey + ".parquet"
	eachVersion(t, func(t *testing.T, version APIVersion) {
		job, err := readData(t, version, `{"jobId":"job-1","fileName":"`+name+`","details":[{"fileName":"`+name+`"}]}`)
		if err != nil || *job.RawFileName != name || *job.Files[0].RawFileName != name || strings.Contains(toJSON(job), testKey) {
			t.Errorf("job is %s, %v", toJSON(job), err)
		}
	})
}
