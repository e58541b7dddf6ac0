package zilliz

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"

	"github.com/hashicorp/terraform-plugin-log/tflog"
)

// maxBody is the largest body of a response, in bytes. The body for an import of 10,000
// files has about 2 MiB.
const maxBody = 4 << 20

type apiCall struct {
	method string
	path   string
	query  url.Values
	// dbName is sent as the header DB-Name, which permissions look at (documented). If
	// empty, the header is not sent.
	dbName string
	// body is sent as JSON. If nil, there is no body.
	body any
}

// errSecondConnection is the error of a request that Go's transport was about to repeat.
var errSecondConnection = errors.New("the connection was closed before the response")

// send sends one request and decodes the response.
//
// The request ends at its second connection: Go's HTTP/2 transport repeats a request
// whose stream was reset, without end and past the rate limit, and its HTTP/1.1 transport
// a GET over a connection that was closed. The error is transient.
func send[T any](ctx context.Context, c *Client, call apiCall, decode func(response) (T, error)) (T, error) {
	m := c.masker()
	ctx = m.maskLogs(ctx)
	own, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	limited, stop := context.WithTimeoutCause(own, c.requestTimeout,
		fmt.Errorf("no complete response from %s within %s (request_timeout)", c.base.Host, c.requestTimeout))
	defer stop()
	var connections atomic.Int32
	resp, err := c.roundTrip(limited, c.transport, call, func(conn net.Conn) {
		if connections.Add(1) > 1 {
			cancel(errSecondConnection)
			closeUnlessShared(conn)
		}
	})
	var value T
	if err == nil {
		value, err = decode(resp)
	}
	switch {
	case err == nil:
		return value, nil
	case ctx.Err() != nil:
		return value, context.Cause(ctx)
	default:
		return value, c.classify(err, call, m)
	}
}

// closeUnlessShared closes a connection that no other request uses: one of HTTP/1.1, whose
// transport writes a request that was canceled when it got the connection.
func closeUnlessShared(conn net.Conn) {
	secure, ok := conn.(*tls.Conn)
	if conn == nil || ok && secure.ConnectionState().NegotiatedProtocol == "h2" {
		return
	}
	_ = conn.Close()
}

// roundTrip sends a request and reads the response. It calls connected when a connection
// is handed to the request, before anything is written to it. It uses the transport
// directly, since an http.Client would follow redirects.
func (c *Client) roundTrip(
	ctx context.Context, transport http.RoundTripper, call apiCall, connected func(net.Conn),
) (response, error) {
	trace := &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) { connected(info.Conn) }}
	request, err := c.newRequest(httptrace.WithClientTrace(ctx, trace), call)
	if err != nil {
		return response{}, err
	}
	resp, err := transport.RoundTrip(request)
	if err != nil {
		return response{}, contextCauseOr(ctx, err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err != nil {
		return response{}, fmt.Errorf("reading the response (HTTP %d): %w", resp.StatusCode, contextCauseOr(ctx, err))
	}
	result := response{status: resp.StatusCode, header: resp.Header, body: body, masker: c.masker()}
	tflog.Debug(ctx, "Response from Zilliz Cloud", map[string]any{
		"method":      call.method,
		"host":        c.base.Host,
		"path":        call.path,
		"http_status": result.status,
		"bytes":       len(result.body),
		"request_id":  result.requestID(),
	})
	return result, nil
}

// contextCauseOr returns the cause if ctx is done, otherwise err. It separates the
// timeouts of a request from those of the transport.
func contextCauseOr(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

func (c *Client) newRequest(ctx context.Context, call apiCall) (*http.Request, error) {
	u := c.base.JoinPath(call.path)
	u.RawQuery = call.query.Encode()
	var body io.Reader // not a *bytes.Reader: a nil one would not be a nil io.Reader
	if call.body != nil {
		encoded, err := json.Marshal(call.body)
		if err != nil {
			return nil, fmt.Errorf("encoding the request: %w", err)
		}
		body = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(ctx, call.method, u.String(), body)
	if err != nil {
		return nil, fmt.Errorf("creating the request: %w", err)
	}
	request.GetBody = nil // the transport repeats a request whose body it can get again
	request.Header.Set("Authorization", "Bearer "+c.key())
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", c.userAgent)
	if call.dbName != "" {
		request.Header.Set("DB-Name", call.dbName)
	}
	return request, nil
}
