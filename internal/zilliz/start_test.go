package zilliz

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// TestStartOutcomes checks that once a connection was handed to the request, only a
// response that rejects it means that nothing was started.
func TestStartOutcomes(t *testing.T) {
	t.Parallel()
	start := func(transport http.RoundTripper) error { return start(t.Context(), clientOf(t, V2, transport)) }
	for status := 200; status < 600; status++ {
		want := unknown
		switch {
		case status == 429:
			want = rateLimited
		case status >= 400 && status < 500 && status != 408 && status != 409 && status != 499:
			want = unknownStatus
		}
		// The code of a success, an undocumented one, and none. With another status, no code of Milvus rejects the request.
		bodies := []string{`{"code":0}`, `{"code":12345,"message":"odd"}`, `<html>`}
		if status >= 300 {
			bodies = append(bodies, `{"code":100,"message":"odd"}`, `{"code":200,"message":"odd"}`, `{"code":200,"data":{"jobId":"job-1"}}`)
		}
		for _, body := range bodies {
			if status == http.StatusNotModified || status == http.StatusNoContent {
				body = ""
			}
			err := start(memory(zillizsim.Body(status, "application/json", body)))
			if got := kindOf(err); got != want {
				t.Errorf("HTTP %d, %s: the error is %s, want %s: %v", status, body, got, want, err)
			}
		}
	}
	broken := map[string]http.RoundTripper{
		"reset":                      memory(zillizsim.Reset()),
		"reset in the body":          memory(zillizsim.ResetMidBody()),
		"cut off":                    memory(zillizsim.Body(200, "application/json", `{"code":0,"data":{"jobId":"job-1"`)),
		"TLS after a connection":     memoryError{&ProxyError{HTTPStatus: 403}},
		"refused after a connection": memoryError{&net.OpError{Op: "dial", Err: errors.New("refused")}},
		"too large":                  memory(zillizsim.Body(200, "application/json", strings.Repeat("x", maxBody+1))),
	}
	for name, transport := range broken {
		if err := start(transport); kindOf(err) != unknown {
			t.Errorf("%s: error is %T %v, want an unknown outcome", name, err, err)
		}
	}
	for body, want := range map[string]kind{
		`{"code":100,"message":"collection not found"}`:                 permanent,
		`{"code":800,"message":"database not found"}`:                   permanent,
		`{"code":1100,"message":"invalid parameter"}`:                   permanent,
		`{"code":1801,"message":"can only accept json format request"}`: permanent,
		`{"code":1802,"message":"missing required parameters"}`:         permanent,
		`{"code":200,"message":"partition not found"}`:                  permanent,
		`{"code":200,"message":"partition not found","data":null}`:      permanent,
		`{"code":200,"message":" "}`:                                    unknown,
		`{"code":200}`:                                                  unknown,
		`{"code":0,"message":"partition not found"}`:                    unknown,
		`{"code":200,"message":"partition not found","data":{}}`:        unknown,
		`{"code":2100,"message":"importing data failed"}`:               unknown,
	} {
		if err := start(memory(zillizsim.Body(200, "application/json", body))); kindOf(err) != want {
			t.Errorf("%s: the error is %s, want %s: %v", body, kindOf(err), want, err)
		}
	}
	v1 := clientOf(t, V1, memory(zillizsim.Body(200, "application/json", `{"code":200,"message":"started"}`)))
	if _, err := v1.StartImport(t.Context(), testImport); kindOf(err) != unknown {
		t.Errorf("API v1, code 200 without data: the error is %v, want an unknown outcome", err)
	}
	notFoundErr := start(memory(zillizsim.HTMLPage(404)))
	var endpoint *EndpointNotFoundError
	if !errors.As(notFoundErr, &endpoint) {
		t.Errorf("HTTP 404: error is %T %v, want an EndpointNotFoundError", notFoundErr, notFoundErr)
	}
	refused := &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
	checkError(t, start(failing{refused}), unavailable, "connection refused")
}

// slow is a transport that takes some time for a connection, and then for a response.
type slow struct{ connect, respond time.Duration }

func (s slow) RoundTrip(r *http.Request) (*http.Response, error) {
	wait := func(d time.Duration) error {
		if d == 0 {
			return nil
		}
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
			return nil
		case <-r.Context().Done():
			return r.Context().Err()
		}
	}
	if err := wait(s.connect); err != nil {
		return nil, err
	}
	httptrace.ContextClientTrace(r.Context()).GotConn(httptrace.GotConnInfo{})
	if err := wait(s.respond); err != nil {
		return nil, err
	}
	r = r.WithContext(context.WithoutCancel(r.Context()))
	r = r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{}))
	return zillizsim.Transport(zillizsim.Body(http.StatusOK, "application/json", success(V2, wireData))).RoundTrip(r)
}

// TestWrittenStartIsWaitedFor checks how long a start waits for a connection and for its
// response, and how its context ends it.
func TestWrittenStartIsWaitedFor(t *testing.T) {
	t.Parallel()
	const never = 24 * time.Hour
	cause := errors.New("the user has pressed Ctrl-C")
	tests := []struct {
		name           string
		transport      slow
		requestTimeout time.Duration
		cancel         time.Duration // 0 if it is not canceled
		deadline       time.Duration // 0 if there is none
		want           kind
		text           string // of the error
		after          time.Duration
	}{
		{"at once", slow{}, 30 * time.Second, 0, 0, none, "", 0},
		{"slower than request_timeout", slow{0, 35 * time.Second}, 30 * time.Second, 0, 0, none, "", 35 * time.Second},
		{"just in time", slow{0, 74 * time.Second}, 30 * time.Second, 0, 0, none, "", 74 * time.Second},
		{"slow connection", slow{20 * time.Second, 40 * time.Second}, 30 * time.Second, 0, 0, none, "", 60 * time.Second},
		{"no response", slow{0, never}, 30 * time.Second, 0, 0, unknown, "no complete response from api.cloud.zilliz.com within 1m15s", 75 * time.Second},
		{"no response within a long request_timeout", slow{0, never}, 2 * time.Minute, 0, 0,
			unknown, "no complete response from api.cloud.zilliz.com within 2m0s", 2 * time.Minute},
		{"long request_timeout", slow{0, 100 * time.Second}, 2 * time.Minute, 0, 0, none, "", 100 * time.Second},
		{"no connection", slow{never, 0}, 30 * time.Second, 0, 0,
			unavailable, "no connection to api.cloud.zilliz.com within 30s (request_timeout)", 30 * time.Second},
		{"canceled, response after 1 s", slow{0, 2 * time.Second}, 30 * time.Second, time.Second, 0, none, "", 2 * time.Second},
		{"canceled, response after 9 s", slow{0, 10 * time.Second}, 30 * time.Second, time.Second, 0, none, "", 10 * time.Second},
		{"canceled, no response", slow{0, never}, 30 * time.Second, time.Second, 0, unknown, cause.Error(), 11 * time.Second},
		{"canceled shortly before the end", slow{0, never}, 30 * time.Second, 70 * time.Second, 0, unknown, "within 1m15s", 75 * time.Second},
		{"canceled without a connection", slow{never, 0}, 30 * time.Second, time.Second, 0, permanent, cause.Error(), time.Second},
		{"canceled before", slow{time.Second, 0}, 30 * time.Second, -1, 0, permanent, cause.Error(), 0},
		{"deadline, response later", slow{0, 60 * time.Second}, 30 * time.Second, 0, time.Second, none, "", 60 * time.Second},
		{"deadline, no response", slow{0, never}, 30 * time.Second, 0, time.Second, unknown, "within 1m15s", 75 * time.Second},
		{"deadline without a connection", slow{never, 0}, 30 * time.Second, 0, time.Second, permanent, cause.Error(), time.Second},
	}
	for _, test := range tests {
		bubble(t, test.name, func(t *testing.T) {
			config := testConfig(V2, test.transport)
			config.RequestTimeout = test.requestTimeout
			client := newClient(t, config)
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			switch {
			case test.cancel < 0:
				cancel(cause)
			case test.cancel > 0:
				defer time.AfterFunc(test.cancel, func() { cancel(cause) }).Stop()
			}
			if test.deadline > 0 {
				limited, stop := context.WithTimeoutCause(ctx, test.deadline, cause)
				defer stop()
				ctx = limited
			}
			began := time.Now()
			id, err := client.StartImport(ctx, testImport)
			took := time.Since(began)
			checkError(t, err, test.want, strings.Fields(test.text)...)
			if test.want != none && !strings.Contains(err.Error(), test.text) {
				t.Errorf("the error is %v, want %s", err, test.text)
			}
			if (id == "job-1") != (test.want == none) || took != test.after {
				t.Errorf("StartImport() = %q, %v after %s, want after %s", id, err, took, test.after)
			}
		})
	}
}

// proxy starts a server that calls answer for each CONNECT request.
func proxy(t *testing.T, answer func(conn net.Conn, r *http.Request)) *rawServer {
	t.Helper()
	return serve(t, nil, func(s *rawServer, conn net.Conn, _ int) {
		r, err := http.ReadRequest(bufio.NewReader(conn))
		if err != nil {
			return
		}
		s.requests.Add(1)
		answer(conn, r)
	})
}

// proxied returns a client whose transport uses a proxy with a password.
func proxied(t *testing.T, version APIVersion, endpoint, proxyAddr string) *Client {
	t.Helper()
	client := realClient(t, version, endpoint)
	if client.transport.(*http.Transport).Proxy == nil {
		t.Error("the proxies of the environment are not used")
	}
	client.transport.(*http.Transport).Proxy = http.ProxyURL(&url.URL{Scheme: "http", User: url.UserPassword("user", "proxy-password"), Host: proxyAddr})
	return client
}

// TestProxies checks that whatever a proxy does before it has connected to the service,
// nothing was started.
func TestProxies(t *testing.T) {
	t.Parallel()
	reply := func(text string) func(net.Conn, *http.Request) {
		return func(conn net.Conn, _ *http.Request) { _, _ = io.WriteString(conn, text) }
	}
	status := func(code int) func(net.Conn, *http.Request) {
		return reply(fmt.Sprintf("HTTP/1.1 %d proxy-password\r\nContent-Length: 14\r\nProxy-Authenticate: Basic\r\n\r\nproxy-password", code))
	}
	hang := func(conn net.Conn, _ *http.Request) { _, _ = io.Copy(io.Discard, conn) } // until the client closes it
	const connected = "HTTP/1.1 200 Connection established\r\n\r\n"
	tests := []struct {
		name   string
		answer func(net.Conn, *http.Request)
		want   kind
		text   string // of the error; PROXY is the proxy's address
	}{
		{"407", status(407), permanent, "the proxy PROXY refused the connection: HTTP 407 Proxy Authentication Required"},
		{"403", status(403), permanent, "the proxy PROXY refused the connection: HTTP 403 Forbidden"},
		{"502", status(502), unavailable, "the proxy PROXY refused the connection: HTTP 502 Bad Gateway"},
		{"503", status(503), unavailable, "HTTP 503"},
		{"429", status(429), unavailable, "HTTP 429"},
		{"302", status(302), unavailable, "HTTP 302"},
		{"201", status(201), unavailable, "HTTP 201"},
		{"closed", reply(""), unavailable, "EOF"},
		{"garbage", reply("SSH-2.0\r\n\r\n"), unavailable, "malformed HTTP"},
		{"hangs", hang, unavailable, "(request_timeout)"},
		{"closed after connecting", reply(connected), unavailable, ""},
		{"no TLS", func(conn net.Conn, r *http.Request) {
			_, _ = io.WriteString(conn, connected)
			_, _ = conn.Read(make([]byte, 1))
			_, _ = io.WriteString(conn, "HTTP/1.1 400 Bad Request\r\n\r\n")
			hang(conn, r)
		}, permanent, "first record does not look like a TLS handshake"},
		{"TLS hangs", func(conn net.Conn, r *http.Request) {
			_, _ = io.WriteString(conn, connected)
			hang(conn, r)
		}, unavailable, "(request_timeout)"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := proxy(t, test.answer)
			for _, version := range []APIVersion{V1, V2} {
				client := proxied(t, version, "https://service.example.com", server.addr())
				if strings.Contains(test.name, "hang") {
					client.requestTimeout = 200 * time.Millisecond
				}
				for _, err := range []error{start(t.Context(), client), read(t.Context(), client)} {
					checkError(t, err, test.want, strings.ReplaceAll(test.text, "PROXY", server.addr()))
					if strings.Contains(err.Error(), "proxy-password") || strings.Contains(err.Error(), "user:") {
						t.Errorf("the error shows the user info of the proxy: %v", err)
					}
					var endpoint *EndpointNotFoundError
					if errors.As(err, &endpoint) {
						t.Errorf("the error is %T", endpoint)
					}
				}
			}
			if server.requests.Load() != 4 {
				t.Errorf("%d requests to the proxy, want 4", server.requests.Load())
			}
		})
	}
}

// TestProxyAuthorization checks that the proxy gets its own credentials, and never the API
// key.
func TestProxyAuthorization(t *testing.T) {
	t.Parallel()
	service := serve(t, serverTLS("http/1.1"), func(s *rawServer, conn net.Conn, _ int) { answerHTTP1(s, conn) })
	want := "Basic " + base64.StdEncoding.EncodeToString([]byte("user:proxy-password"))
	server := proxy(t, func(conn net.Conn, r *http.Request) {
		if got := r.Header.Get("Proxy-Authorization"); got != want || r.Header.Get("Authorization") != "" || r.Method != http.MethodConnect {
			t.Errorf("request to the proxy is %s with %v", r.Method, r.Header)
		}
		upstream, err := net.Dial("tcp", service.addr())
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = upstream.Close() }()
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
		go func() {
			_, _ = io.Copy(upstream, conn)
			_ = upstream.Close()
		}()
		_, _ = io.Copy(conn, upstream)
	})
	client := proxied(t, V2, "https://example.com", server.addr())
	if id, err := client.StartImport(t.Context(), testImport); err != nil || id != "job-1" {
		t.Errorf("StartImport() = %q, %v", id, err)
	}
	if _, err := client.ReadJob(t.Context(), testID); err != nil {
		t.Error(err)
	}
}

// TestUnreachableHosts checks that a host whose packets are dropped, a port that is closed
// and a TLS handshake that fails mean that nothing was started.
func TestUnreachableHosts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client := realClient(t, V2, "https://service.example.com")
		client.transport.(*http.Transport).DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		began := time.Now()
		checkError(t, start(t.Context(), client), unavailable, "no connection to service.example.com within 20s (request_timeout)")
		checkError(t, read(t.Context(), client), unavailable, "no complete response from service.example.com within 20s (request_timeout)")
		if took := time.Since(began); took != 40*time.Second {
			t.Errorf("the calls took %s, want 40s", took)
		}
		client.transport.(*http.Transport).CloseIdleConnections()
		synctest.Wait()
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := listener.Addr().String()
	_ = listener.Close()
	handshake := serve(t, nil, func(_ *rawServer, conn net.Conn, _ int) { _, _ = conn.Read(make([]byte, 1)) })
	for addr, want := range map[string]string{closed: "connection refused", handshake.addr(): ""} {
		checkError(t, start(t.Context(), realClient(t, V2, "https://"+addr)), unavailable, want)
		err := start(t.Context(), proxied(t, V2, "https://service.example.com", addr))
		checkError(t, err, unavailable, want)
		if strings.Contains(err.Error(), "proxy-password") {
			t.Errorf("the error shows the user info of the proxy: %v", err)
		}
	}
}
