// Package zilliz is a client of the part of Zilliz Cloud's REST API that tells of
// bulk imports: its hosts, the API key, retries, the rate of requests, the bodies
// and the errors.
//
// It never waits for an import, never changes anything in Zilliz Cloud, never
// follows a redirect, and never lets the API key out in anything but the
// Authorization header of a request to the host that was configured.
package zilliz

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/hashicorp/go-cleanhttp"
	"github.com/hashicorp/go-retryablehttp"
	"golang.org/x/time/rate"
)

// Config is what a [Client] needs to know.
type Config struct {
	// APIVersion is the version of the API to speak.
	APIVersion APIVersion
	// RegionID is the cloud region of the clusters. Not used where Endpoint is set;
	// can be empty with V2, which then speaks to the international site.
	RegionID string
	// Endpoint is a base URL in place of the region's. Empty: the region's.
	Endpoint string
	APIKey   string
	// RequestTimeout limits one HTTP request, from connecting to the last byte.
	RequestTimeout time.Duration
	// MaxRetries is how often a request is sent again that failed for a passing reason.
	MaxRetries int
	// MaxRequestsPerSecond limits all requests of the client together.
	MaxRequestsPerSecond int
	UserAgent            string
	// Transport sends the requests. Nil: pooled connections, proxies from the environment.
	Transport http.RoundTripper
}

// Client asks Zilliz Cloud about imports. It is safe for concurrent use.
type Client struct {
	api         api
	base        *url.URL
	otherHosts  []string
	credentials credentials
	http        *http.Client
	limiter     *rate.Limiter
	maxRetries  int
	userAgent   string
}

// New returns a client. It fails if the region, endpoint or API key can't be used,
// before anything is sent.
func New(c Config) (*Client, error) {
	api, err := newAPI(c.APIVersion)
	if err != nil {
		return nil, err
	}
	base, err := baseURL(c, api)
	if err != nil {
		return nil, err
	}
	if err := CheckAPIKey(c.APIKey); err != nil {
		return nil, err
	}
	transport := c.Transport
	if transport == nil {
		transport = newTransport()
	}
	return &Client{
		api:         api,
		base:        base,
		otherHosts:  api.otherHosts(c.RegionID),
		credentials: newCredentials(c.APIKey),
		http: &http.Client{
			Transport: transport,
			Timeout:   c.RequestTimeout,
			// A redirect would carry the key to a place that nobody configured.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		// A burst of 1 spreads the requests evenly: no second sees more than its share.
		limiter:    rate.NewLimiter(rate.Limit(c.MaxRequestsPerSecond), 1),
		maxRetries: c.MaxRetries,
		userAgent:  c.UserAgent,
	}, nil
}

// newTransport keeps as many connections as Terraform does things at a time, unless
// told otherwise; the default is one more than there are processors.
func newTransport() http.RoundTripper {
	transport := cleanhttp.DefaultPooledTransport()
	transport.MaxIdleConnsPerHost = 10
	return transport
}

func baseURL(c Config, a api) (*url.URL, error) {
	if c.Endpoint != "" {
		return parseEndpoint(c.Endpoint)
	}
	if c.RegionID != "" || a.needsRegion() {
		if err := CheckRegion(c.RegionID); err != nil {
			return nil, err
		}
	}
	return &url.URL{Scheme: "https", Host: a.host(c.RegionID)}, nil
}

// question is one call of the API.
type question struct {
	method string
	path   string
	query  url.Values
	// body is sent as JSON. Nil: no body.
	body any
}

// ask puts a question, again where that may help, and returns the data of a
// success. Its errors are an [APIError], [AnswerError] or [TransportError], within
// an [importjob.PassingError] if asking again later may mend them.
func ask[T any](ctx context.Context, c *Client, q question) (T, error) {
	var data T
	ctx = c.credentials.maskLogs(ctx)
	request, err := c.newRequest(ctx, q)
	if err != nil {
		return data, err
	}
	x := exchange{client: c, decode: func(raw []byte) error {
		var fresh T // a try must not inherit half of an earlier one
		err := json.Unmarshal(raw, &fresh)
		data = fresh
		return err
	}}
	err = c.notServed(x.run(request))
	return data, err
}

func (c *Client) newRequest(ctx context.Context, q question) (*retryablehttp.Request, error) {
	u := c.base.JoinPath(q.path)
	u.RawQuery = q.query.Encode()
	var body any // not a nil slice, which would be sent as an empty body
	if q.body != nil {
		encoded, err := json.Marshal(q.body)
		if err != nil {
			return nil, fmt.Errorf("making the request: %w", err)
		}
		body = encoded
	}
	request, err := retryablehttp.NewRequestWithContext(ctx, q.method, u.String(), body)
	if err != nil {
		return nil, fmt.Errorf("making the request: %w", err)
	}
	c.credentials.authorize(request.Header)
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", c.userAgent)
	return request, nil
}
