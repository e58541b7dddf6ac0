package zilliz

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// TestErrors checks the text and the kind of each error, and that a call sends one request.
func TestErrors(t *testing.T) {
	t.Parallel()
	body := func(status int, text string) http.HandlerFunc {
		return zillizsim.Body(status, "application/json", text)
	}
	tests := []struct {
		name     string
		response http.HandlerFunc
		kind     kind
		text     []string // parts of the error
	}{
		// Codes.
		{"no such job", body(200, `{"code":90144,"message":"No jobId record found under this cluster"}`), notFound,
			[]string{"HTTP 200 OK, code 90144: No jobId record found under this cluster (request ID req-1)"}},
		{"no such job with HTTP 404", body(404, `{"code":90144,"message":"gone"}`), notFound, []string{"HTTP 404 Not Found, code 90144: gone"}},
		{"no such job with HTTP 500", body(500, `{"code":90144}`), notFound, []string{"HTTP 500 Internal Server Error, code 90144 (request"}},
		{"undocumented code", body(200, `{"code":12345,"message":"odd"}`), unknownCode, []string{"code 12345: odd"}},
		{"negative code", body(200, `{"code":-1,"message":7}`), unknownCode, []string{"code -1: 7"}},
		{"message of another type", body(200, `{"code":1,"message":{}}`), unknownCode, []string{"HTTP 200 OK, code 1 (request ID"}},
		{"repeated message", body(200, `{"code":1,"message":"a","message":"b"}`), unknownCode, []string{"HTTP 200 OK, code 1 (request ID"}},
		{"code as text", body(200, `{"code":"40021","message":"x"}`), permanent, []string{"code 40021: x"}},
		{"documented code with HTTP 500", body(500, `{"code":40021}`), permanent, []string{"HTTP 500", "code 40021"}},
		{"undocumented code with HTTP 500", body(500, `{"code":1}`), unavailable, []string{"HTTP 500", "code 1"}},
		{"undocumented code with HTTP 400", body(400, `{"code":1}`), unknownStatus, []string{"HTTP 400", "code 1"}},
		{"undocumented code with HTTP 403", body(403, `{"code":65535,"message":"no permission"}`), unknownStatus, []string{"HTTP 403", "code 65535: no permission"}},
		{"documented code with HTTP 429", body(429, `{"code":40021}`), rateLimited, []string{"HTTP 429", "code 40021"}},
		{"busy", body(200, `{"code":47055,"message":"importing"}`), rateLimited, []string{"code 47055: importing"}},
		{"several imports", body(400, `{"code":47039}`), rateLimited, []string{"HTTP 400", "code 47039"}},

		// Statuses without a code.
		{"forbidden page", zillizsim.HTMLPage(403), unknownStatus, []string{"HTTP 403 Forbidden, response begins with", "403 Forbidden</title>"}},
		{"unauthorized", body(401, ``), unknownStatus, []string{"HTTP 401 Unauthorized (request ID req-1)"}},
		{"success code with HTTP 400", body(400, `{"code":0}`), unknownStatus, []string{"HTTP 400 Bad Request (request ID req-1)"}},
		{"success code with HTTP 503", body(503, `{"code":200,"data":{"readyPercentage":100}}`), unavailable, []string{"HTTP 503 Service Unavailable, code 200"}},
		{"repeated code with HTTP 503", body(503, `{"code":40021,"code":40021}`), unavailable,
			[]string{`HTTP 503 Service Unavailable, response begins with "{\"code`}},
		{"redirect that keeps the method", zillizsim.Status(308), unknownStatus, []string{"HTTP 308"}},
		{"multiple choices", body(300, `{"code":1}`), unknownStatus, []string{"HTTP 300", "code 1"}},
		{"request timeout", zillizsim.HTMLPage(408), unavailable, []string{"HTTP 408"}},
		{"conflict", zillizsim.HTMLPage(409), unknownStatus, []string{"HTTP 409"}},
		{"throttled", zillizsim.HTMLPage(429), rateLimited, []string{"HTTP 429"}},
		{"bad gateway", zillizsim.HTMLPage(502), unavailable, []string{"HTTP 502 Bad Gateway", "nginx"}},
		{"status without a text", zillizsim.Status(520), unavailable, []string{"HTTP 520, code 520"}},

		// Malformed responses. Those of fields that decide are in TestFieldsThatDecide.
		{"page in place of JSON", zillizsim.HTMLPage(200), unavailable, []string{`malformed response: not valid JSON (HTTP 200, response begins with "<html>`}},
		{"no content", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }, unavailable,
			[]string{"(HTTP 204, empty body) (request ID req-1)"}},
		{"empty body", body(200, ""), unavailable, []string{"malformed response: not valid JSON (HTTP 200, empty body) (request ID req-1)"}},
		{"a list", body(200, `[]`), unavailable, []string{"malformed response: not a JSON object"}},
		{"no code", body(200, `{"data":{}}`), unavailable, []string{"malformed response: missing code"}},
		{"a word for the code", body(200, `{"code":"x"}`), unavailable, []string{"malformed response: code: must be an integer"}},
		{"no data", body(200, `{"code":200,"message":"ok"}`), unavailable, []string{"malformed response: missing data"}},
		{"data is a list", body(200, `{"code":200,"data":[]}`), unavailable, []string{"malformed response: data: not a JSON object"}},
		{"a word for the percentage", body(200, `{"code":200,"data":{"readyPercentage":"done"}}`), unavailable, []string{"readyPercentage: must be a number"}},
		{"an object for the message", body(200, `{"code":200,"data":{"errorMessage":{}}}`), unavailable, []string{"errorMessage: must be text"}},
		{"a text for the files", body(200, `{"code":200,"data":{"details":"x"}}`), unavailable, []string{"details: must be an array"}},
		{"texts for the files", body(200, `{"code":200,"data":{"details":["x"]}}`), unavailable, []string{"details: must be an array of objects"}},
		{"a repeated field", body(200, `{"code":200,"data":{"errorMessage":"","errorMessage":""}}`), unavailable, []string{"errorMessage: must not be repeated"}},
		{"another job", body(200, `{"code":200,"data":{"jobId":"job-2","readyPercentage":100}}`), unavailable, []string{`about another job, "job-2"`}},
		{"another job with a field of another type", body(200, `{"code":200,"data":{"jobId":"job-2","errorMessage":{}}}`), unavailable,
			[]string{`about another job, "job-2"`}},

		// Broken connections.
		{"reset", zillizsim.Reset(), unavailable, []string{"connection reset"}},
		{"reset in the body", zillizsim.ResetMidBody(), unavailable, []string{"reading the response (HTTP 200)", "unexpected EOF"}},
	}
	for _, test := range tests {
		bubble(t, test.name, func(t *testing.T) {
			requests := 0
			client := clientOf(t, V1, memory(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				requests++
				w.Header().Set("requestid", "req-1")
				test.response(w, r)
			})))
			checkError(t, read(t.Context(), client), test.kind, test.text...)
			if requests != 1 {
				t.Errorf("sent %d requests, want 1", requests)
			}
		})
	}
}

// TestLargestBody checks that a body of the largest size is read, and one that is larger
// is a permanent error.
func TestLargestBody(t *testing.T) {
	t.Parallel()
	body := strings.Repeat("x", maxBody) // is not JSON
	checkError(t, read(t.Context(), clientOf(t, V1, reply(body, time.Time{}))), unavailable, "not valid JSON")
	checkError(t, read(t.Context(), clientOf(t, V1, reply(body+"x", time.Time{}))), permanent, "too large: more than 4 MiB")
}

// TestDocumentedCodes checks that each documented code is permanent, except for those of a
// missing job and of a busy cluster, with every status but 429.
func TestDocumentedCodes(t *testing.T) {
	t.Parallel()
	documented := []int{
		40021, 40022, 80020, 90102, 90103, 90104, 90117, 90144, 80000, 80001, 80002, 1800, 80003, 80004, 21119,
		10003, 40003, 47005, 47035, 47036, 47039, 47053, 47055, 80021, 80022, 83001, 83004, 90142, 90145, 90011,
	}
	for code := range 100_000 {
		if Code(code).documented() != slices.Contains(documented, code) {
			t.Errorf("Code(%d).documented() = %t", code, Code(code).documented())
		}
		if busy := code == 47055 || code == 47039; Code(code).busy() != busy {
			t.Errorf("Code(%d).busy() = %t", code, !busy)
		}
	}
	for _, code := range documented {
		want := permanent
		switch code {
		case 90144:
			want = notFound
		case 47055, 47039:
			want = rateLimited
		}
		for _, status := range []int{200, 400, 401, 404, 408, 500, 503} {
			client := clientOf(t, V1, replyWith(status, fmt.Sprintf(`{"code":%d}`, code), nil))
			checkError(t, read(t.Context(), client), want, fmt.Sprintf("code %d", code))
			checkError(t, start(t.Context(), client), want, fmt.Sprintf("code %d", code))
		}
	}
}

func TestAPIError(t *testing.T) {
	t.Parallel()
	header := map[string]string{"requestid": "req-1", "Location": "/x", "Retry-After": "7"}
	err := read(t.Context(), clientOf(t, V1, replyWith(http.StatusServiceUnavailable, `{"code":1,"message":"m"}`, header)))
	var got *APIError
	want := APIError{HTTPStatus: 503, Code: 1, Message: "m", RequestID: "req-1", RetryAfter: 7 * time.Second, Location: "/x"}
	if !errors.As(err, &got) || *got != want {
		t.Errorf("error is %+v, want %+v", got, want)
	}
	err = read(t.Context(), clientOf(t, V1, replyWith(http.StatusCreated, `x`, header)))
	var malformed *MalformedResponseError
	if !errors.As(err, &malformed) || malformed.HTTPStatus != 201 || malformed.RequestID != "req-1" || malformed.Excerpt != "x" || malformed.Err == nil {
		t.Errorf("error is %+v, want a malformed response", malformed)
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	date := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
	at := func(pause time.Duration) string { return date.Add(pause).Format(http.TimeFormat) }
	for value, want := range map[string]time.Duration{
		"": 0, "17": 17 * time.Second, "2.5": 2500 * time.Millisecond, "0": 0, "-5": 0, "-Inf": 0, "NaN": 0,
		"soon": 0, "86399": 24*time.Hour - time.Second, "86401": 24 * time.Hour, "99999999999999999999": 0, "Inf": 0,
		at(7 * time.Second): 7 * time.Second, at(0): 0, at(-time.Hour): 0, at(48 * time.Hour): 24 * time.Hour,
	} {
		for status, kind := range map[int]kind{429: rateLimited, 503: unavailable, 500: unavailable, 408: unavailable} {
			header := map[string]string{"Date": date.Format(http.TimeFormat), "Retry-After": value}
			err := read(t.Context(), clientOf(t, V1, replyWith(status, "", header)))
			checkError(t, err, kind)
			var transient *importjob.RequestError
			if errors.As(err, &transient) && transient.RetryAfter != want {
				t.Errorf("HTTP %d, Retry-After %q: pause is %s, want %s", status, value, transient.RetryAfter, want)
			}
		}
	}
	for body, want := range map[string]kind{`{"code":47055}`: rateLimited, `{"code":1}`: unknownCode} {
		err := read(t.Context(), clientOf(t, V1, replyWith(http.StatusOK, body, map[string]string{"Retry-After": "17"})))
		var transient *importjob.RequestError
		if !errors.As(err, &transient) || kindOf(err) != want || transient.RetryAfter != 17*time.Second {
			t.Errorf("%s: error is %+v, want a pause of 17s", body, transient)
		}
	}
}

// TestRetryAfterWithoutDate checks that without a Date header, a date is relative to the
// local clock.
func TestRetryAfterWithoutDate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		value := time.Now().Add(20 * time.Second).UTC().Format(http.TimeFormat)
		if got := (response{header: http.Header{"Retry-After": {value}}}).retryAfter(); got != 20*time.Second {
			t.Errorf("pause is %s, want 20s", got)
		}
	})
}

// TestEndpointNotFound checks the error of a host or path that does not exist.
func TestEndpointNotFound(t *testing.T) {
	t.Parallel()
	find := func(t *testing.T, c Config, want kind, do apiMethod) *EndpointNotFoundError {
		t.Helper()
		var e *EndpointNotFoundError
		if err := do(t.Context(), newClient(t, c)); !errors.As(err, &e) || err.Error() != e.Err.Error() || kindOf(err) != want {
			t.Errorf("error is %T %v, want an EndpointNotFoundError", err, err)
			return &EndpointNotFoundError{}
		}
		return e
	}
	for _, status := range []int{404, 410} {
		page := memory(zillizsim.HTMLPage(status))
		config := testConfig(V1, page)
		config.Endpoint = "https://gateway.example.com:8443/base"
		e := find(t, config, unknownStatus, read)
		if e.Host != "gateway.example.com:8443" || e.Method != http.MethodGet || e.Path != "/base"+readPathV1 || !e.Deprecated || e.HostNotFound() {
			t.Errorf("v1, HTTP %d: error is %+v", status, e)
		}
		e = find(t, testConfig(V2, page), unknownStatus, start)
		if e.Host != "api.cloud.zilliz.com" || e.Method != http.MethodPost || e.Path != startPathV2 || e.Deprecated {
			t.Errorf("v2, HTTP %d: error is %+v", status, e)
		}
	}
	unresolved := func(notFound bool) error {
		return &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "x.example.com", IsNotFound: notFound}}
	}
	config := testConfig(V1, failing{unresolved(true)})
	if e := find(t, config, unavailable, read); !e.HostNotFound() || !strings.Contains(e.Error(), "no such host") {
		t.Errorf("error is %+v, want a transient error of the host name", e)
	}
	bare := testConfig(V1, failing{&net.DNSError{Err: "no such host", IsNotFound: true}})
	if e := find(t, bare, unavailable, read); !e.HostNotFound() {
		t.Errorf("error is %+v, want one of the host name", e)
	}
	if e := find(t, config, unavailable, start); !e.HostNotFound() {
		t.Errorf("start: error is %+v, want a transient error of the host name", e)
	}
	config.APIVersion = V2
	if e := find(t, config, unavailable, read); e.Deprecated {
		t.Errorf("v2: error is %+v, want another version", e)
	}
	for name, err := range map[string]error{
		"temporary failure":  unresolved(false),
		"host of a proxy":    &net.OpError{Op: "proxyconnect", Net: "tcp", Err: unresolved(true)},
		"connection refused": &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED},
	} {
		got := read(t.Context(), clientOf(t, V1, failing{err}))
		var e *EndpointNotFoundError
		var transport *TransportError
		if errors.As(got, &e) || !errors.As(got, &transport) || !errors.Is(got, err) || kindOf(got) != unavailable {
			t.Errorf("%s: error is %T %v, want a transient TransportError", name, got, got)
		}
	}
}

// TestConnectionErrors checks which errors of a connection a retry can't fix.
func TestConnectionErrors(t *testing.T) {
	t.Parallel()
	conn, other := net.Pipe()
	t.Cleanup(func() { _, _ = conn.Close(), other.Close() })
	for _, test := range []struct {
		err  error
		want kind
	}{
		{&tls.CertificateVerificationError{Err: errors.New("x")}, permanent},
		{tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake", Conn: conn}, permanent},
		{tls.RecordHeaderError{Msg: "oversized record received with length 40000"}, unavailable},
		{&ProxyError{Host: "p", HTTPStatus: 407}, permanent},
		{&ProxyError{Host: "p", HTTPStatus: 403}, permanent},
		{&ProxyError{Host: "p", HTTPStatus: 502}, unavailable},
		{&ProxyError{Host: "p", HTTPStatus: 401}, unavailable},
		{&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, unavailable},
		{io.ErrUnexpectedEOF, unavailable},
		{errors.New("x"), unavailable},
	} {
		checkError(t, read(t.Context(), clientOf(t, V1, failing{fmt.Errorf("wrapped: %w", test.err)})), test.want, "wrapped: "+strings.TrimSpace(test.err.Error()))
	}
}

// TestTLS checks that certificates that are not trusted and servers without TLS are
// permanent errors, and nothing is sent.
func TestTLS(t *testing.T) {
	t.Parallel()
	var requests atomic.Int32
	handler := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { requests.Add(1) })
	secure, plain := httptest.NewUnstartedServer(handler), httptest.NewServer(handler)
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	t.Cleanup(secure.Close)
	t.Cleanup(plain.Close)
	for name, endpoint := range map[string]string{
		"certificate": secure.URL, "first record does not look like a TLS handshake": strings.Replace(plain.URL, "http:", "https:", 1),
	} {
		for _, version := range []APIVersion{V1, V2} {
			config := testConfig(version, nil)
			config.Endpoint = endpoint
			client := newClient(t, config)
			checkError(t, read(t.Context(), client), permanent, name)
			checkError(t, start(t.Context(), client), permanent, name)
		}
	}
	if requests.Load() != 0 {
		t.Errorf("%d requests were sent, want none", requests.Load())
	}
}

// TestRequestTimeout checks that a response that does not come, or only in part, ends with
// a transient error that names request_timeout.
func TestRequestTimeout(t *testing.T) {
	t.Parallel()
	for name, written := range map[string]string{"none": "", "header": http1Response[:40], "part of the body": http1Response[:len(http1Response)-5]} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := serve(t, nil, func(s *rawServer, conn net.Conn, _ int) {
				reader := bufio.NewReader(conn)
				if readHTTP1(s, reader) {
					_, _ = io.WriteString(conn, written)
					_, _ = reader.ReadByte() // until the client closes the connection
				}
			})
			client := realClient(t, V2, "http://"+server.addr())
			client.requestTimeout = 150 * time.Millisecond
			for _, do := range apiMethods(V2) {
				err := do(t.Context(), client)
				checkError(t, err, unavailable, "no complete response from "+client.Host()+" within 150ms (request_timeout)")
			}
		})
	}
}

// TestEndOfContext checks that a call whose context ends returns the cause, whether the
// request is on its way or not.
func TestEndOfContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cause := errors.New("the user has pressed Ctrl-C")
		for _, version := range []APIVersion{V1, V2} {
			for name, do := range apiMethods(version) {
				ctx, cancel := context.WithCancelCause(t.Context())
				began := time.Now()
				time.AfterFunc(time.Second, func() { cancel(cause) })
				err := do(ctx, clientOf(t, version, memory(zillizsim.Hang())))
				if took := time.Since(began); !errors.Is(err, cause) || kindOf(err) != permanent || took != time.Second {
					t.Errorf("%s %s: error is %v after %s, want the cause after 1s", version, name, err, took)
				}
				if err := do(ctx, clientOf(t, version, memory(zillizsim.Hang()))); !errors.Is(err, cause) {
					t.Errorf("%s %s: error is %v, want the cause", version, name, err)
				}
			}
		}
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, cause)
		defer cancel()
		if err := read(ctx, clientOf(t, V1, memory(zillizsim.Hang()))); !errors.Is(err, cause) {
			t.Errorf("error is %v, want the cause of the deadline", err)
		}
		checkError(t, read(t.Context(), clientOf(t, V1, memory(zillizsim.Hang()))), unavailable, "within 30s (request_timeout)")
	})
}

// TestRedirectTarget checks that the target of a redirect is shown without what can be a
// credential.
func TestRedirectTarget(t *testing.T) {
	t.Parallel()
	for location, want := range map[string]string{
		"https://b.example.com/x?X-Amz-Signature=abcdef&token=eyJh#f": "https://b.example.com/x",
		"https://user:password@b.example.com/x":                       "https://b.example.com/x",
		"https://b.example.com#token":                                 "https://b.example.com",
		"/elsewhere?sso=1":                                            "/elsewhere",
		"//user:password@b.example.com/x":                             "//b.example.com/x",
		"HTTPS:user:password@b.example.com/x":                         "",
		"https:///user:password@b.example.com/x":                      "",
		`https://user:password\@b.example.com/x`:                      "",
		"http://[::1":                                                 "", "c\u009bd": "c%C2%9Bd",
		"https://login.example.com:8443/sso/user@example.com":          "https://login.example.com:8443/sso/user@example.com",
		"https://user:password@b.example.com:x/":                       "",
		"https://b.example.com/x;X-Amz-Signature=0a1b2c3d4e5f60718293": "https://b.example.com/x;X-Amz-Signature=***",
	} {
		err := read(t.Context(), clientOf(t, V1, replyWith(http.StatusFound, "Found: "+location, map[string]string{"Location": location})))
		if want != "" {
			want = ", redirect to " + want + " not followed"
		}
		if err == nil || err.Error() != "HTTP 302 Found"+want {
			t.Errorf("%s: error is %v, want it to have %q", location, err, want)
		}
	}
}
