package zilliz

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"

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
	// base is the address of a cluster, for a call of the data plane. If nil, it is that of
	// the client.
	base *url.URL
}

// send sends one request and decodes the response.
func send[T any](ctx context.Context, c *Client, call apiCall, decode func(response) (T, error)) (T, error) {
	m := c.masker()
	ctx = m.maskLogs(ctx)
	limited, stop := context.WithTimeoutCause(ctx, c.requestTimeout,
		fmt.Errorf("no complete response from %s within %s (request_timeout)", c.baseOf(call).Host, c.requestTimeout))
	defer stop()
	resp, err := c.roundTrip(limited, call)
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

// sendWithoutResult sends one request whose data, which can be missing, is not used.
func sendWithoutResult(ctx context.Context, c *Client, call apiCall) error {
	_, err := send(ctx, c, call, func(resp response) (struct{}, error) {
		_, err := resp.data()
		return struct{}{}, err
	})
	return err
}

// roundTrip sends a request and reads the response. It uses the transport directly, because
// an http.Client would follow redirects.
func (c *Client) roundTrip(ctx context.Context, call apiCall) (response, error) {
	request, err := c.newRequest(ctx, call)
	if err != nil {
		return response{}, err
	}
	resp, err := c.transport.RoundTrip(request)
	if err != nil {
		return response{}, contextCauseOr(ctx, err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err != nil {
		return response{}, fmt.Errorf("reading the response (HTTP %d): %w", resp.StatusCode, contextCauseOr(ctx, err))
	}
	result := response{
		status: resp.StatusCode, header: resp.Header, body: body, masker: c.masker(), onlyZero: call.base != nil,
	}
	tflog.Debug(ctx, "Response from Zilliz Cloud", map[string]any{
		"method":      call.method,
		"host":        result.masker.line(c.baseOf(call).Host, maxExcerpt),
		"path":        call.path,
		"http_status": result.status,
		"bytes":       len(result.body),
		"request_id":  result.requestID(),
	})
	return result, nil
}

// baseOf returns the base URL of a call.
func (c *Client) baseOf(call apiCall) *url.URL { return cmp.Or(call.base, c.base) }

// contextCauseOr returns the cause if ctx is done, otherwise err. It separates the
// timeouts of a request from those of the transport.
func contextCauseOr(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

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
