// Package zilliz is a client for the bulk import calls of Zilliz Cloud's REST API. It
// keeps everything specific to HTTP in one place: hosts, the API key, the rate limit,
// requests, responses and API errors.
//
// Each call sends one request. The package never retries, never waits for an import and
// never follows a redirect. It sends the API key only in the Authorization header, and
// only to the configured host.
package zilliz

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/hashicorp/go-cleanhttp"
	"github.com/hashicorp/terraform-plugin-log/tflog"
	"golang.org/x/time/rate"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

const (
	// maxBody is the largest body of a response, in bytes. The body for an import of
	// 10,000 files has about 2 MiB.
	maxBody = 16 << 20

	// maxPingTimeout is the longest time without data after which an HTTP/2 connection
	// is pinged, and the longest time that it then has to respond.
	maxPingTimeout = 15 * time.Second
)

// Config is the configuration of a [Client].
type Config struct {
	APIVersion APIVersion
	// RegionID is the cloud region of the clusters, see [CheckRegion]. It can be empty
	// if Endpoint is set, or with V2, which then uses the international site.
	RegionID string
	// Endpoint is a base URL to use in place of the region's, see [CheckEndpoint].
	// Empty: the region's.
	Endpoint string
	// APIKey is required, see [CheckAPIKey].
	APIKey string
	// RequestTimeout limits one HTTP request, from connecting to the last byte of the
	// response. It must be positive.
	RequestTimeout time.Duration
	// MaxRequestsPerSecond is the rate limit for all requests of the client together,
	// and the size of a burst. It must be positive.
	MaxRequestsPerSecond int
	// UserAgent is the User-Agent header. Empty: none is sent.
	UserAgent string
	// Transport sends the requests. Nil: one with pooled connections, and proxies from
	// the environment.
	Transport http.RoundTripper
}

// Client sends requests to Zilliz Cloud. It is safe for concurrent use.
type Client struct {
	api            api
	base           *url.URL
	otherHosts     []string
	key            apiKey
	transport      http.RoundTripper
	requestTimeout time.Duration
	limiter        *rate.Limiter
	userAgent      string
}

// New returns a client. It returns an error if the API version, region, endpoint or API
// key is invalid.
func New(c Config) (*Client, error) {
	api, err := newAPI(c.APIVersion)
	if err != nil {
		return nil, fmt.Errorf("API version: %w", err)
	}
	base, err := baseURL(c, api)
	if err != nil {
		return nil, err
	}
	if err := CheckAPIKey(c.APIKey); err != nil {
		return nil, fmt.Errorf("API key: %w", err)
	}
	transport := c.Transport
	if transport == nil {
		transport = newTransport(c.RequestTimeout)
	}
	return &Client{
		api:            api,
		base:           base,
		otherHosts:     api.otherHosts(c.RegionID),
		key:            newAPIKey(c.APIKey),
		transport:      transport,
		requestTimeout: c.RequestTimeout,
		limiter:        rate.NewLimiter(rate.Limit(c.MaxRequestsPerSecond), c.MaxRequestsPerSecond),
		userAgent:      c.UserAgent,
	}, nil
}

// newTransport returns a transport that closes a dead HTTP/2 connection within about one
// request timeout. Connections go dead without being closed when a NAT drops them, for
// example. Without pings, requests would be sent over them for many minutes.
func newTransport(requestTimeout time.Duration) *http.Transport {
	transport := cleanhttp.DefaultPooledTransport()
	transport.MaxIdleConnsPerHost = 10 // Terraform's default parallelism
	timeout := min(requestTimeout/2, maxPingTimeout)
	transport.HTTP2 = &http.HTTP2Config{SendPingTimeout: timeout, PingTimeout: timeout}
	return transport
}

func baseURL(c Config, a api) (*url.URL, error) {
	if c.Endpoint != "" {
		base, err := parseEndpoint(c.Endpoint)
		if err != nil {
			return nil, fmt.Errorf("endpoint: %w", err)
		}
		return base, nil
	}
	if c.RegionID != "" || a.needsRegion() {
		if err := CheckRegion(c.RegionID); err != nil {
			return nil, fmt.Errorf("region: %w", err)
		}
	}
	return &url.URL{Scheme: "https", Host: a.host(c.RegionID)}, nil
}

// Host returns the host that requests are sent to, with its port if the endpoint has one.
func (c *Client) Host() string { return c.base.Host }

// apiCall is a call of the API.
type apiCall struct {
	method string
	path   string
	query  url.Values
	// body is sent as JSON. Nil: no body.
	body any
	// secrets are masked in errors and logs, in addition to the API key.
	secrets []string
}

// send sends one request and returns the data of the response. It calls sent when the
// rate limit lets the request go. check returns an error if the data is invalid. Nil:
// any data is valid.
//
// An error is an [APIError], [MalformedResponseError], [TransportError] or
// [RateLimitError], in an [importjob.TransientError] if a retry may fix it and in an
// [EndpointNotFoundError] if the host or path does not exist, or else the error of ctx.
func send[T any](ctx context.Context, c *Client, call apiCall, sent func(), check func(T) error) (T, error) {
	var data T
	m := newMasker(append(call.secrets, c.key.reveal())...)
	ctx = m.maskLogs(ctx)
	if err := c.waitForRateLimit(ctx); err != nil {
		return data, err
	}
	sent()
	resp, err := c.roundTrip(ctx, call)
	if err == nil {
		c.logResponse(ctx, call, resp, m)
		err = decode(resp, m, func(raw []byte) error {
			if err := json.Unmarshal(raw, &data); err != nil || check == nil {
				return err
			}
			return check(data)
		})
	}
	switch {
	case err == nil:
		return data, nil
	case ctx.Err() != nil:
		return data, context.Cause(ctx)
	default:
		return data, c.classify(err, m)
	}
}

// waitForRateLimit waits until the rate limit lets a request go.
func (c *Client) waitForRateLimit(ctx context.Context) error {
	err := c.limiter.Wait(ctx)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	default:
		// The limiter fails at once if the wait would exceed the deadline of ctx.
		return &importjob.TransientError{Err: &RateLimitError{Err: err}, Kind: importjob.Unavailable}
	}
}

// errRequestTimeout is the error of a request that did not end within RequestTimeout.
var errRequestTimeout = errors.New("request timeout")

// roundTrip sends a request and reads the response. It uses the transport directly,
// since an http.Client would follow redirects.
func (c *Client) roundTrip(ctx context.Context, call apiCall) (response, error) {
	limited, cancel := context.WithTimeoutCause(ctx, c.requestTimeout, errRequestTimeout)
	defer cancel()
	request, err := c.newRequest(limited, call)
	if err != nil {
		return response{}, err
	}
	resp, err := c.transport.RoundTrip(request)
	if err != nil {
		return response{}, contextCauseOr(limited, err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err != nil {
		return response{}, fmt.Errorf("reading the response (HTTP %d): %w", resp.StatusCode, contextCauseOr(limited, err))
	}
	return response{status: resp.StatusCode, header: resp.Header, body: body}, nil
}

// contextCauseOr returns the cause if ctx is done, otherwise err. It separates the
// request timeout from the timeouts of the transport.
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
	request.Header.Set("Authorization", "Bearer "+c.key.reveal())
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", c.userAgent)
	return request, nil
}

func (c *Client) logResponse(ctx context.Context, call apiCall, resp response, m masker) {
	tflog.Debug(ctx, "Response from Zilliz Cloud", map[string]any{
		"method":      call.method,
		"host":        c.base.Host,
		"path":        call.path,
		"http_status": resp.status,
		"bytes":       len(resp.body),
		"request_id":  resp.requestID(m),
	})
}
