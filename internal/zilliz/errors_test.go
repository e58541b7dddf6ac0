package zilliz

import (
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

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
		{"status without a text", zillizsim.Status(520), []string{"HTTP 520, code 520"}, unavailable},
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

// errorTransport is a transport whose requests all fail with an error.
type errorTransport struct{ err error }

// RoundTrip implements [http.RoundTripper].
func (t errorTransport) RoundTrip(*http.Request) (*http.Response, error) { return nil, t.err }

// unresolved is the error of a connection to a host name that does not exist.
func unresolved(host string) *net.OpError {
	return &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}}
}

func TestUnresolvedHost(t *testing.T) {
	t.Parallel()
	_, err := read(t, testClient(t, testConfig(errorTransport{unresolved("controller.api.aws-us-west-2.zillizcloud.com")})))
	var endpoint *EndpointNotFoundError
	if !errors.As(err, &endpoint) || !endpoint.Unresolved() || transientKind(err) != importjob.Unavailable {
		t.Errorf("error is %T %v, want a transient EndpointNotFoundError", err, err)
	}
	proxyError := &net.OpError{Op: "proxyconnect", Net: "tcp", Err: unresolved("proxy.example.com")}
	_, err = read(t, testClient(t, testConfig(errorTransport{proxyError})))
	endpoint = nil
	if errors.As(err, &endpoint) || transientKind(err) != importjob.Unavailable {
		t.Errorf("host of the proxy: error is %T %v, want a transient TransportError", err, err)
	}
}

// TestTLSRecordErrors: a server that does not use TLS is permanent. A connection that breaks
// after the handshake is not.
func TestTLSRecordErrors(t *testing.T) {
	t.Parallel()
	client, server := net.Pipe()
	t.Cleanup(func() { _, _ = client.Close(), server.Close() })
	for name, test := range map[string]struct {
		err  tls.RecordHeaderError
		kind importjob.TransientKind
	}{
		"no TLS":              {tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake", Conn: client}, permanent},
		"after the handshake": {tls.RecordHeaderError{Msg: "oversized record received with length 40000"}, importjob.Unavailable},
	} {
		_, err := read(t, testClient(t, testConfig(errorTransport{test.err})))
		if kind := transientKind(err); kind != test.kind {
			t.Errorf("%s: kind is %d, want %d: %v", name, kind, test.kind, err)
		}
	}
}

func TestEndOfV1IsDetected(t *testing.T) {
	t.Parallel()
	readError := func(t *testing.T, config Config) *EndpointNotFoundError {
		t.Helper()
		_, err := read(t, testClient(t, config))
		if err == nil || !strings.Contains(err.Error(), "HTTP 4") {
			t.Errorf("error is %v, want HTTP 404 or 410", err)
		}
		var e *EndpointNotFoundError
		errors.As(err, &e)
		return e
	}
	for _, status := range []int{404, 410} {
		v1 := testConfig(zillizsim.Transport(zillizsim.HTMLPage(status)))
		v2 := v1
		v2.APIVersion = V2
		if e := readError(t, v1); e == nil || !e.Deprecated {
			t.Errorf("v1, HTTP %d: error is %+v, want Deprecated", status, e)
		}
		if e := readError(t, v2); e == nil || e.Deprecated {
			t.Errorf("v2, HTTP %d: error is %+v, want not Deprecated", status, e)
		}
	}
	jobNotFound := testConfig(zillizsim.Transport(respondStatusJSON(404, `{"code":90144,"message":"gone"}`)))
	if e := readError(t, jobNotFound); e != nil {
		t.Errorf("HTTP 404 with a documented code: error is %+v, want no EndpointNotFoundError", e)
	}
}
