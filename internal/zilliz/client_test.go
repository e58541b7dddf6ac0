package zilliz

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// sentRequest is a request as a service receives it.
type sentRequest struct {
	*http.Request
	body string
}

// recorder returns a transport that keeps the last request and responds with success.
func recorder(sent *sentRequest) http.RoundTripper {
	return recorderOf(sent, success(V1, `{"jobId":"job-1","tasks":[]}`))
}

// recorderOf is like recorder, but responds with a body.
func recorderOf(sent *sentRequest, response string) http.RoundTripper {
	return memory(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*sent = sentRequest{Request: r}
		if r.Body != nil {
			body, _ := io.ReadAll(r.Body)
			sent.body = string(body)
		}
		zillizsim.Body(http.StatusOK, "application/json", response)(w, r)
	}))
}

// TestRequests checks the method, the URL, the body and the header of each call.
func TestRequests(t *testing.T) {
	t.Parallel()
	const (
		v1Host = "https://controller.api.aws-us-west-2.zillizcloud.com"
		v2Host = "https://api.cloud.zilliz.com"
		jobs   = "/v2/vectordb/jobs/import"
	)
	var (
		odd  = importjob.ID{ClusterID: "in01 &?#/é", JobID: `a+b=c%"`, DBName: "library"}
		read = func(id importjob.ID) apiMethod {
			return func(ctx context.Context, c *Client) error {
				_, err := c.ReadJob(ctx, id)
				if err != nil && strings.Contains(err.Error(), "about another job") {
					return nil
				}
				return err
			}
		}
		list = func(f JobFilter, page int) apiMethod {
			return func(ctx context.Context, c *Client) error { _, err := c.JobPage(ctx, f, page); return err }
		}
		start = func(i Import) apiMethod {
			return func(ctx context.Context, c *Client) error { _, err := c.StartImport(ctx, i); return err }
		}
	)
	all := Import{
		ClusterID: "in01-1", CollectionName: "articles", DBName: "library", PartitionName: "p",
		ObjectURLs: []string{"s3://b/1", `s3://b/"2"`}, KeepUncommitted: true,
		AccessKey: "access-key", SecretKey: "secret-key", SessionToken: "session-token",
	}
	tests := []struct {
		name                      string
		version                   APIVersion
		do                        apiMethod
		method, url, body, dbName string
	}{
		{"read", V1, read(testID), "GET", v1Host + "/v1/vector/collections/import/get?clusterId=in01-1&jobId=job-1", "", ""},
		{"read, escaped", V1, read(odd), "GET", v1Host + "/v1/vector/collections/import/get?clusterId=in01+%26%3F%23%2F%C3%A9&jobId=a%2Bb%3Dc%25%22", "", ""},
		{"read", V2, read(testID), "POST", v2Host + jobs + "/describe", `{"jobId":"job-1","clusterId":"in01-1"}`, ""},
		{"read in a database", V2, read(odd), "POST", v2Host + jobs + "/describe",
			`{"jobId":"a+b=c%\"","clusterId":"in01 \u0026?#/é","dbName":"library"}`, "library"},
		{"list", V1, list(JobFilter{ClusterID: "c 1", CollectionName: "x", DBName: "library"}, 3), "GET",
			v1Host + "/v1/vector/collections/import/list?clusterId=c+1&currentPage=3&pageSize=100", "", ""},
		{"list", V2, list(JobFilter{ClusterID: "c"}, 1), "POST", v2Host + jobs + "/list", `{"clusterId":"c","pageSize":100,"currentPage":1}`, ""},
		{"list of a collection", V2, list(JobFilter{ClusterID: "c", CollectionName: "x", DBName: "library"}, 2), "POST",
			v2Host + jobs + "/list", `{"clusterId":"c","collectionName":"x","dbName":"library","pageSize":100,"currentPage":2}`, "library"},
		{"commit", V2, func(ctx context.Context, c *Client) error { return c.CommitJob(ctx, testID) }, "POST",
			v2Host + jobs + "/commit", `{"jobId":"job-1","clusterId":"in01-1"}`, ""},
		{"abort in a database", V2, func(ctx context.Context, c *Client) error { return c.AbortJob(ctx, odd) }, "POST",
			v2Host + jobs + "/abort", `{"jobId":"a+b=c%\"","clusterId":"in01 \u0026?#/é","dbName":"library"}`, "library"},
		{"start", V1, start(testImport), "POST", v1Host + "/v1/vector/collections/import",
			`{"clusterId":"in01-1","collectionName":"articles","objectUrl":"s3://bucket/articles/"}`, ""},
		{"start with all arguments", V1, start(all), "POST", v1Host + "/v1/vector/collections/import",
			`{"clusterId":"in01-1","collectionName":"articles","partitionName":"p","objectUrl":"s3://b/1","accessKey":"access-key","secretKey":"secret-key"}`, ""},
		{"start", V2, start(testImport), "POST", v2Host + jobs + "/create",
			`{"clusterId":"in01-1","collectionName":"articles","objectUrls":[["s3://bucket/articles/"]]}`, ""},
		{
			"start with all arguments", V2, start(all), "POST", v2Host + jobs + "/create",
			`{"clusterId":"in01-1","dbName":"library","collectionName":"articles","partitionName":"p","objectUrls":[["s3://b/1"],["s3://b/\"2\""]],` +
				`"accessKey":"access-key","secretKey":"secret-key","token":"session-token","options":{"auto_commit":"false"}}`, "library",
		},
		{"start with a session token alone", V2, start(Import{ClusterID: "c", CollectionName: "x", ObjectURLs: []string{"gs://b/1"}, SessionToken: "session-token"}),
			"POST", v2Host + jobs + "/create", `{"clusterId":"c","collectionName":"x","objectUrls":[["gs://b/1"]],"token":"session-token"}`, ""},
		{"start from a volume", V2, start(Import{ClusterID: "c", CollectionName: "x", VolumeName: "v", DataPaths: []string{"a/", "b/1"}}), "POST",
			v2Host + jobs + "/create", `{"clusterId":"c","collectionName":"x","volumeName":"v","dataPaths":[["a/"],["b/1"]]}`, ""},
	}
	for _, test := range tests {
		t.Run(string(test.version)+" "+test.name, func(t *testing.T) {
			t.Parallel()
			var got sentRequest
			if err := test.do(t.Context(), clientOf(t, test.version, recorder(&got))); err != nil {
				t.Fatal(err)
			}
			if got.Method != test.method || got.URL.String() != test.url || got.body != test.body {
				t.Errorf("request is %s %s\n%s\nwant %s %s\n%s", got.Method, got.URL, got.body, test.method, test.url, test.body)
			}
			want := http.Header{
				"Authorization": {"Bearer " + testKey},
				"Accept":        {"application/json"},
				"Content-Type":  {"application/json"},
				"User-Agent":    {"Terraform/1.11.4 terraform-provider-zilliz/test"},
			}
			if test.dbName != "" {
				want["Db-Name"] = []string{test.dbName}
			}
			if !maps.EqualFunc(got.Header, want, slices.Equal) {
				t.Errorf("header is %v, want %v", got.Header, want)
			}
		})
	}
}

func TestFiles(t *testing.T) {
	t.Parallel()
	got := Import{
		ObjectURLs: []string{
			"s3://bucket/articles/", "s3://bucket/a%20b/1.parquet", "gs://bucket/a?b", "https://host.example.com:8443/bucket/a%20b/",
			"http://host/a%2Fb", "https://host", "s3://bucket", "articles/1", "https://host/%zz/1", "s3://bucket//x//",
			"s3://bucket/" + testKey + "/1", "s3://bucket/a\u202eb",
		},
		DataPaths: []string{"/data/1/", "data/2"},
	}.Files()
	want := [][]string{
		{"articles"}, {"a%20b/1.parquet"}, {"a?b"}, {"bucket/a b", "a b"}, {"a/b", "b"}, {""}, {""}, {""}, {"%zz/1"}, {"x"},
		{testKey + "/1"}, {"a\u202eb"}, {"data/1"}, {"data/2"},
	}
	if !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("files are %q, want %q", got, want)
	}
	if got := (Import{}).Files(); got == nil || len(got) != 0 {
		t.Errorf("files of nothing are %#v, want an empty list", got)
	}
	root := Import{ObjectURLs: []string{"https://bucket.s3.amazonaws.com/", "https://s3.amazonaws.com/bucket/"}}
	if got, want := root.Files(), [][]string{{""}, {"bucket", ""}}; !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("files are %q, want %q", got, want)
	}
}

func TestStartAnswers(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, version APIVersion) {
		for data, want := range map[string]string{
			`{"jobId":"job-7"}`: "job-7", `{"jobId":7}`: "7", `[{"jobId":"job-7"}]`: "job-7", ` [ {"jobId":"job-7","x":[]} ] `: "job-7",
			`{"jobId":"job-7","JobId":"job-8"}`: "job-7",
		} {
			got, err := clientOf(t, version, reply(success(version, data), time.Time{})).StartImport(t.Context(), testImport)
			if err != nil || got != want {
				t.Errorf("%s: job ID is %q, %v, want %q", data, got, err, want)
			}
		}
		for _, data := range []string{
			`{"jobId":"` + testKey + `"}`, `{"jobId":"job\u001b[1m"}`, `null`, `{}`, `[]`, `""`, `"job-7"`, `7`, `{"jobId":null}`, `{"jobId":""}`,
			`{"jobId":["a"]}`, `{"jobId":{}}`, `{"jobId":true}`, `{"JobID":"job-7"}`, `{"jobId":"a","jobId":"a"}`, `{"jobId":"a","job\u0049d":"b"}`,
			`[{"jobId":"a"},{"jobId":"b"}]`, `[["a"]]`, `[{}]`, `[null]`,
		} {
			id, err := clientOf(t, version, reply(success(version, data), time.Time{})).StartImport(t.Context(), testImport)
			var malformed *MalformedResponseError
			if kindOf(err) != unknown || !errors.As(err, &malformed) || id != "" {
				t.Errorf("%s: %q, %v, want an unknown outcome", data, id, err)
			}
		}
	})
}

func TestHosts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		version                APIVersion
		region, endpoint, base string
	}{
		{V1, "aws-us-west-2", "", "https://controller.api.aws-us-west-2.zillizcloud.com"},
		{V1, "ali-cn-hangzhou", "", "https://controller.api.ali-cn-hangzhou.zillizcloud.com"},
		{V2, "", "", "https://api.cloud.zilliz.com"},
		{V2, "gcp-us-west1", "", "https://api.cloud.zilliz.com"},
		{V2, "alice-1", "", "https://api.cloud.zilliz.com"},
		{V2, "ali-cn-hangzhou", "", "https://api.cloud.zilliz.com.cn"},
		{V2, "tc-ap-beijing", "", "https://api.cloud.zilliz.com.cn"},
		{V1, "", "https://gateway.example.com", "https://gateway.example.com"},
		{V1, "aws-us-west-2", "https://gateway.example.com/", "https://gateway.example.com"},
		{V2, "aws-us-west-2", "https://gateway.example.com:8443/a/b/", "https://gateway.example.com:8443/a/b"},
		{V2, "evil.com/", "http://127.0.0.1:8080", "http://127.0.0.1:8080"},
	}
	for _, test := range tests {
		var got sentRequest
		config := testConfig(test.version, recorder(&got))
		config.RegionID, config.Endpoint = test.region, test.endpoint
		client := newClient(t, config)
		_, err := client.ReadJob(t.Context(), testID)
		path := map[APIVersion]string{V1: readPathV1, V2: readPathV2}[test.version]
		url, _, _ := strings.Cut(got.URL.String(), "?")
		if err != nil || url != test.base+path || client.Host() != got.URL.Host {
			t.Errorf("%+v: request to %s, %v, host %s", test, url, err, client.Host())
		}
	}
}

func TestNewErrors(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*Config){
		"API version must be v1 or v2":              func(c *Config) { c.APIVersion = "v3" },
		"region must consist of":                    func(c *Config) { c.RegionID = "evil.com/" },
		"region must consist of lower case":         func(c *Config) { c.RegionID = "" },
		"endpoint must use https":                   func(c *Config) { c.Endpoint = "http://evil.com" },
		"endpoint must contain a host":              func(c *Config) { c.Endpoint = "https:gateway.example.com" },
		"API key must contain only":                 func(c *Config) { c.APIKey = "secret-1\r\nHost: evil.com" },
		"API key must have at least 8":              func(c *Config) { c.APIKey = "secret7" },
		"API key must have at least 8 characters":   func(c *Config) { c.APIKey = "" },
		"API key must contain only printable ASCII": func(c *Config) { c.APIKey = "secret-123\n" },
	} {
		config := testConfig(V1, nil)
		change(&config)
		client, err := New(config)
		if client != nil || err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("New() = %v, %v, want %q", client, err, want)
		}
	}
	config := testConfig(V2, nil)
	config.RegionID = "evil.com/"
	if _, err := New(config); err == nil || !strings.HasPrefix(err.Error(), "region") {
		t.Errorf("v2: New() = %v, want an error of the region", err)
	}
}

func TestCheckAPIKey(t *testing.T) {
	t.Parallel()
	for key, valid := range map[string]bool{
		"": false, " abcdefgh": false, "abcdefgh\n": false, "abcd\nefgh": false, "abcd\x00efgh": false, "abcd\x7fefgh": false,
		"äbcdefgh": false, "abcdefg": false,
		"abcdefgh": true, "abcd efgh": true, "user:password": true, `!"#$%&'()*+,-./:;<=>?@[\]^_{|}~`: true,
	} {
		if err := CheckAPIKey(key); (err == nil) != valid {
			t.Errorf("CheckAPIKey(%q) = %v, want valid: %t", key, err, valid)
		} else if err != nil && len(key) > 2 && strings.Contains(err.Error(), key) {
			t.Errorf("CheckAPIKey(%q) = %v, want an error without the key", key, err)
		}
	}
}

func TestCheckAPIVersion(t *testing.T) {
	t.Parallel()
	for version, valid := range map[string]bool{"v1": true, "v2": true, "": false, "V1": false, " v1": false, "v3": false} {
		if err := CheckAPIVersion(version); (err == nil) != valid {
			t.Errorf("CheckAPIVersion(%q) = %v, want valid: %t", version, err, valid)
		}
	}
	for version, needs := range map[APIVersion]bool{V1: true, V2: false, "v3": false} {
		if version.NeedsRegion() != needs {
			t.Errorf("%q.NeedsRegion() = %t", version, !needs)
		}
	}
}

// TestRateLimit also checks that in any second, bursts included, there are at most twice
// MaxRequestsPerSecond requests. The limit of the service is twice the default
// (documented).
func TestRateLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client := clientOf(t, V1, nil)
		var admitted []time.Time
		began := time.Now()
		for range 50 {
			if err := client.Admit(t.Context()); err != nil {
				t.Fatal(err)
			}
			admitted = append(admitted, time.Now())
		}
		if took := time.Since(began).Round(time.Millisecond); took != 4*time.Second {
			t.Errorf("50 requests took %s, want 4s", took)
		}
		for i := 20; i < len(admitted); i++ {
			if admitted[i].Sub(admitted[i-20]) < time.Second {
				t.Errorf("requests %d to %d were admitted within %s, want at least 1s", i-20, i, admitted[i].Sub(admitted[i-20]))
			}
		}
	})
}

func TestRateLimitIsFirstComeFirstServed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const calls = 100
		client := busyClient(t)
		var order []int
		admitted := make(chan int)
		for i := range calls {
			go func() {
				if err := client.Admit(t.Context()); err != nil {
					t.Error(err)
				}
				admitted <- i
			}()
			synctest.Wait()
		}
		for range calls {
			order = append(order, <-admitted)
		}
		if !slices.IsSorted(order) {
			t.Errorf("calls were admitted in the order %v", order)
		}
	})
}

// busyClient returns a client that has just admitted a request, and admits one a second.
func busyClient(t *testing.T) *Client {
	t.Helper()
	config := testConfig(V1, nil)
	config.MaxRequestsPerSecond = 1
	client := newClient(t, config)
	if err := client.Admit(t.Context()); err != nil {
		t.Fatal(err)
	}
	return client
}

// TestAbandonedCallsLeaveNoTrace checks that calls that give up, one of which has a
// reservation, delay neither those before nor those after them.
func TestAbandonedCallsLeaveNoTrace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client := busyClient(t)
		reason := errors.New("the user has pressed Ctrl-C")
		ctx, cancel := context.WithCancelCause(t.Context())
		const calls = 600
		errs := make(chan error, calls)
		for range calls {
			go func() { errs <- client.Admit(ctx) }()
		}
		<-time.After(300 * time.Millisecond)
		began := time.Now()
		admitted := make(chan time.Duration)
		go func() {
			if err := client.Admit(t.Context()); err != nil {
				t.Error(err)
			}
			admitted <- time.Since(began)
		}()
		synctest.Wait()
		cancel(reason)
		for range calls {
			if err := <-errs; !errors.Is(err, reason) && !errors.Is(err, context.Canceled) {
				t.Errorf("an abandoned call has the error %v", err)
			}
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("abandoned calls ended after %s, want at once", took)
		}
		if took := <-admitted; took != 700*time.Millisecond {
			t.Errorf("the call after them was admitted after %s, want 700ms", took)
		}
	})
}

// TestAdmitAfterDeadline checks that a call that can't be admitted before its deadline
// ends, at the deadline or earlier, and leaves its slot to the next one.
func TestAdmitAfterDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client := busyClient(t)
		began := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		if err := client.Admit(ctx); err == nil || time.Since(began) > 500*time.Millisecond {
			t.Errorf("the call ended after %s with %v, want an error after at most 500ms", time.Since(began), err)
		}
		if err := client.Admit(t.Context()); err != nil || time.Since(began) != time.Second {
			t.Errorf("the next call was admitted after %s, %v, want 1s", time.Since(began), err)
		}
	})
}
