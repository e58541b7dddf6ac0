package zilliz

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"
)

// maxBody is the largest body of a response, in bytes. That of 10,000 files has about 2 MiB.
const maxBody = 4 << 20

type apiCall struct {
	method string
	path   string
	query  url.Values
	// dbName is sent as the header DB-Name, which permissions look at (documented), unless it is empty.
	dbName string
	body   any // is sent as JSON unless it is nil
	// base is the address of a cluster, for a call of the data plane. If nil, it is that of the client.
	base *url.URL
}

// send sends one request and decodes the response.
func send[T any](ctx context.Context, c *Client, call apiCall, decode func(response) (T, error)) (T, error) {
	limited, stop := context.WithTimeoutCause(ctx, c.requestTimeout,
		fmt.Errorf("no complete response from %s within %s (request_timeout)", c.baseOf(call).Host, c.requestTimeout))
	defer stop()
	value, err := roundTrip(limited, c, call, decode)
	switch {
	case err == nil:
		return value, nil
	case ctx.Err() != nil:
		return value, context.Cause(ctx)
	default:
		return value, c.classify(err, call)
	}
}

// roundTrip sends a request and decodes the response. It uses the transport directly, because an
// http.Client would follow redirects.
func roundTrip[T any](
	ctx context.Context, c *Client, call apiCall, decode func(response) (T, error),
) (value T, err error) {
	ctx = c.masker().maskLogs(ctx)
	request, err := c.newRequest(ctx, call)
	if err != nil {
		return value, err
	}
	received, err := c.transport.RoundTrip(request)
	if err != nil {
		return value, cmp.Or(context.Cause(ctx), err) // a timeout of the request, not of the transport
	}
	defer func() { _ = received.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(received.Body, maxBody+1))
	if err != nil {
		return value, fmt.Errorf("reading the response (HTTP %d): %w", received.StatusCode, cmp.Or(context.Cause(ctx), err))
	}
	resp := response{
		status: received.StatusCode, header: received.Header, body: body, masker: c.masker(), onlyZero: call.base != nil,
	}
	tflog.Debug(ctx, "Response from Zilliz Cloud", map[string]any{
		"method":      call.method,
		"host":        resp.masker.line(c.baseOf(call).Host, maxExcerpt),
		"path":        call.path,
		"http_status": resp.status,
		"bytes":       len(body),
		"request_id":  resp.requestID(),
	})
	value, err = decode(resp)
	if _, ok := errors.AsType[*APIError](err); err != nil && !ok {
		err = &MalformedResponseError{
			HTTPStatus: resp.status, RequestID: resp.requestID(), Excerpt: resp.excerpt(), Err: err,
		}
	}
	return value, err
}

// baseOf returns the base URL of a call.
func (c *Client) baseOf(call apiCall) *url.URL { return cmp.Or(call.base, c.base) }

func (c *Client) newRequest(ctx context.Context, call apiCall) (*http.Request, error) {
	u := c.baseOf(call).JoinPath(call.path)
	u.RawQuery = call.query.Encode()
	var body io.Reader // not a *bytes.Reader: a nil one would not be a nil io.Reader
	if call.body != nil {
		encoded, _ := json.Marshal(call.body) // it has only texts and numbers
		body = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(ctx, call.method, u.String(), body)
	if err != nil {
		return nil, fmt.Errorf("creating the request: %w", err)
	}
	request.Header.Set("Authorization", "Bearer "+c.key())
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", c.userAgent)
	if call.dbName != "" {
		request.Header.Set("DB-Name", call.dbName)
	}
	return request, nil
}

// newTransport returns a transport that sends each request over a fresh HTTP/1.1 connection. Go's
// transport repeats a request whose HTTP/2 stream was reset, and one over a connection that the server
// has just closed: a start could run twice. It also keeps using a connection that died without being
// closed. The timeout limits dials, and TLS handshakes after them: each outlives its request.
func newTransport(timeout time.Duration) *http.Transport {
	transport := &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: timeout}).DialContext,
		TLSHandshakeTimeout:    timeout,
		DisableKeepAlives:      true,
		Protocols:              new(http.Protocols),
		OnProxyConnectResponse: checkProxyResponse,
	}
	transport.Protocols.SetHTTP1(true)
	return transport
}

// ProxyError reports that a proxy has refused to connect to the service. No request was sent.
type ProxyError struct {
	Host       string // that of the proxy, with its port
	HTTPStatus int
}

func (e *ProxyError) Error() string {
	return fmt.Sprintf("the proxy %s refused the connection: HTTP %d %s", e.Host, e.HTTPStatus,
		http.StatusText(e.HTTPStatus))
}

// checkProxyResponse returns an error unless a proxy has connected to the service.
func checkProxyResponse(_ context.Context, proxy *url.URL, _ *http.Request, resp *http.Response) error {
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	return &ProxyError{Host: proxy.Host, HTTPStatus: resp.StatusCode}
}

// isPermanentConnectionError reports whether a connection failed for a reason that a retry can't fix:
// the certificate is not trusted, the server does not use TLS, or a proxy denies access.
func isPermanentConnectionError(err error) bool {
	var (
		verification *tls.CertificateVerificationError
		record       tls.RecordHeaderError
		proxy        *ProxyError
	)
	switch {
	case errors.As(err, &verification):
		return true
	case errors.As(err, &record):
		return record.Conn != nil // otherwise the TLS connection was established
	case errors.As(err, &proxy):
		return proxy.HTTPStatus == http.StatusProxyAuthRequired || proxy.HTTPStatus == http.StatusForbidden
	default:
		return false
	}
}

// isUnknownHost reports whether the host name of the service, not that of a proxy, was not found.
func isUnknownHost(err error) bool {
	dns, ok := errors.AsType[*net.DNSError](err)
	dial, isDial := errors.AsType[*net.OpError](err)
	toProxy := isDial && dial.Op == "proxyconnect" // as net/http names it
	return ok && dns.IsNotFound && !toProxy
}
