// Package zilliz is a client of the part of Zilliz Cloud's REST API that is about
// bulk imports: hosts, the API key, the rate limit, requests, responses and errors.
// It exists so that everything that is specific to the wire is in one place.
//
// Each call sends one request. The package never retries, never waits for an import,
// never follows a redirect, and never lets the API key out in anything but the
// Authorization header of a request to the configured host.
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
	// maxBody is far more than the largest response that makes sense, in bytes: an
	// import of 10,000 files takes about 2 MiB.
	maxBody = 16 << 20

	// maxPing bounds how long an HTTP/2 connection can be silent before it is pinged,
	// and how long it can leave a ping unanswered before it is closed.
	maxPing = 15 * time.Second
)

// Config is the configuration of a [Client].
type Config struct {
	APIVersion APIVersion
	// RegionID is the cloud region of the clusters. It is not used if Endpoint is
	// set, and can be empty with V2, which then uses the international site.
	RegionID string
	// Endpoint is a base URL in place of the region's. Empty: the region's.
	Endpoint string
	APIKey   string
	// RequestTimeout limits one HTTP request, from connecting to the last byte. It
	// must be positive.
	RequestTimeout time.Duration
	// MaxRequestsPerSecond limits all requests of the client together. So many can
	// be sent in a burst.
	MaxRequestsPerSecond int
	UserAgent            string
	// Transport sends the requests. Nil: pooled connections, proxies from the
	// environment.
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

// New returns a client. It fails if the region, endpoint or API key can't be used.
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

// newTransport returns a transport that closes an HTTP/2 connection within one
// request timeout after it has gone dead without being closed, as behind a NAT that
// has forgotten it. Otherwise requests would be sent over it for many minutes.
func newTransport(requestTimeout time.Duration) *http.Transport {
	transport := cleanhttp.DefaultPooledTransport()
	transport.MaxIdleConnsPerHost = 10 // as many as Terraform does things at a time
	ping := min(requestTimeout/2, maxPing)
	transport.HTTP2 = &http.HTTP2Config{SendPingTimeout: ping, PingTimeout: ping}
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

// Host returns the host, and the port if it is not the default, that requests are
// sent to.
func (c *Client) Host() string { return c.base.Host }

// call is one call of the API.
type call struct {
	method string
	path   string
	query  url.Values
	// body is sent as JSON. Nil: no body.
	body any
	// secrets are masked in all that comes back, besides the API key.
	secrets []string
}

// send sends one request and returns the data of a success that passes check, which
// can be nil. It calls sent when the request has had its turn at the rate limit.
//
// Its errors are an [APIError], [MalformedResponseError], [TransportError] or
// [RateLimitError], in an [importjob.TransientError] if a retry may fix them, or the
// error of the context.
func send[T any](ctx context.Context, c *Client, l call, sent func(), check func(T) error) (T, error) {
	var data T
	r := newRedactor(append(l.secrets, c.key.reveal())...)
	ctx = r.maskLogs(ctx)
	if err := c.waitTurn(ctx); err != nil {
		return data, err
	}
	sent()
	response, err := c.roundTrip(ctx, l)
	if err == nil {
		c.logResponse(ctx, l, response, r)
		err = decode(response, r, func(raw []byte) error {
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
		return data, c.classify(err, r)
	}
}

// waitTurn waits for the request's turn at the rate limit.
func (c *Client) waitTurn(ctx context.Context) error {
	err := c.limiter.Wait(ctx)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	default:
		// The limiter fails at once if the turn comes after the context's deadline.
		return &importjob.TransientError{Err: &RateLimitError{Err: err}, Kind: importjob.Unavailable}
	}
}

// errRequestTimeout is why a request ended at its time limit.
var errRequestTimeout = errors.New("request timeout")

// roundTrip sends a request and reads the response. It uses the transport directly:
// an http.Client would follow redirects.
func (c *Client) roundTrip(ctx context.Context, l call) (response, error) {
	limited, cancel := context.WithTimeoutCause(ctx, c.requestTimeout, errRequestTimeout)
	defer cancel()
	request, err := c.newRequest(limited, l)
	if err != nil {
		return response{}, err
	}
	received, err := c.transport.RoundTrip(request)
	if err != nil {
		return response{}, transportCause(limited, err)
	}
	defer func() { _ = received.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(received.Body, maxBody+1))
	if err != nil {
		return response{}, fmt.Errorf("reading the response (HTTP %d): %w", received.StatusCode, transportCause(limited, err))
	}
	return response{status: received.StatusCode, header: received.Header, body: body}, nil
}

// transportCause tells the time limit of the request from those of the transport,
// such as the one of connecting.
func transportCause(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

func (c *Client) newRequest(ctx context.Context, l call) (*http.Request, error) {
	u := c.base.JoinPath(l.path)
	u.RawQuery = l.query.Encode()
	var body io.Reader // not a nil *bytes.Reader, which would be sent as an empty body
	if l.body != nil {
		encoded, err := json.Marshal(l.body)
		if err != nil {
			return nil, fmt.Errorf("encoding the request: %w", err)
		}
		body = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(ctx, l.method, u.String(), body)
	if err != nil {
		return nil, fmt.Errorf("creating the request: %w", err)
	}
	request.Header.Set("Authorization", "Bearer "+c.key.reveal())
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", c.userAgent)
	return request, nil
}

func (c *Client) logResponse(ctx context.Context, l call, received response, r redactor) {
	tflog.Debug(ctx, "Response from Zilliz Cloud", map[string]any{
		"method":      l.method,
		"host":        c.base.Host,
		"path":        l.path,
		"http_status": received.status,
		"bytes":       len(received.body),
		"request_id":  received.requestID(r),
	})
}
