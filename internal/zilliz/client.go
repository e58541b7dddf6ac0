// Package zilliz is a client for the bulk import calls of Zilliz Cloud's REST API. It
// keeps everything specific to HTTP in one place: hosts, the API key, the rate limit,
// requests, responses and API errors.
//
// Each call sends one request. The package never retries, never waits for an import and
// never follows a redirect. It sends the API key only in the Authorization header, and
// only to the configured host and to the endpoints of clusters.
//
// Comments on facts of the API say where they are known from: documented, by Zilliz or in
// the code of its clients; recorded, from the live service; or inferred.
package zilliz

import (
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// Config is the configuration of a [Client].
type Config struct {
	APIVersion APIVersion
	// RegionID is the cloud region of the clusters, see [CheckRegion]. It can be empty
	// if Endpoint is set, or with V2, which then uses the international site.
	RegionID string
	// Endpoint is a base URL to use instead of the region's, see [CheckEndpoint]. It can be
	// empty.
	Endpoint string
	// APIKey is required, see [CheckAPIKey].
	APIKey string
	// RequestTimeout limits one HTTP request, from connecting to the last byte of the
	// response. A start has at least 75 s. It must be positive.
	RequestTimeout time.Duration
	// MaxRequestsPerSecond is the rate limit for all requests of the client together,
	// and the size of a burst. It must be positive.
	MaxRequestsPerSecond int
	// UserAgent is the User-Agent header. If empty, none is sent.
	UserAgent string
	// Transport sends the requests. If nil, each is sent over a connection of its own, and
	// uses the proxies of the environment.
	Transport http.RoundTripper
}

// Client sends requests to Zilliz Cloud. It is safe for concurrent use.
//
// Its methods that send a request do not wait for the rate limit: the caller must call
// [Client.Admit] before each. If the context ends first, they return its cause. Otherwise
// their error is an [importjob.RequestError] that wraps an [APIError],
// [MalformedResponseError] or [TransportError], and an [EndpointNotFoundError] if the host
// or path does not exist.
type Client struct {
	version        APIVersion
	api            api
	base           *url.URL
	endpoint       string        // that of the configuration
	key            func() string // a function, so that printing or dumping a client can't reveal the key
	transport      http.RoundTripper
	requestTimeout time.Duration
	rateLimit      rateLimit
	userAgent      string
	secrets        secrets
}

// New returns a client. It returns an error if the API version, region, endpoint or API
// key is invalid.
func New(c Config) (*Client, error) {
	api, err := newAPI(c.APIVersion)
	if err != nil {
		return nil, fmt.Errorf("API version %w", err)
	}
	base, err := baseURL(c, api)
	if err != nil {
		return nil, err
	}
	if err := CheckAPIKey(c.APIKey); err != nil {
		return nil, fmt.Errorf("API key %w", err)
	}
	client := &Client{
		version:        c.APIVersion,
		api:            api,
		base:           base,
		endpoint:       c.Endpoint,
		key:            func() string { return c.APIKey },
		transport:      c.Transport,
		requestTimeout: c.RequestTimeout,
		rateLimit:      newRateLimit(c.MaxRequestsPerSecond),
		userAgent:      c.UserAgent,
		secrets:        newSecrets(c.APIKey),
	}
	if c.Transport == nil {
		client.transport = newTransport(c.RequestTimeout)
	}
	return client, nil
}

func baseURL(c Config, a api) (*url.URL, error) {
	if c.Endpoint != "" {
		base, err := parseEndpoint(c.Endpoint)
		if err != nil {
			return nil, fmt.Errorf("endpoint %w", err)
		}
		return base, nil
	}
	if c.RegionID != "" || c.APIVersion.NeedsRegion() {
		if err := CheckRegion(c.RegionID); err != nil {
			return nil, fmt.Errorf("region %w", err)
		}
	}
	return &url.URL{Scheme: "https", Host: a.host(c.RegionID), Path: "/"}, nil
}

// Host returns the host that requests are sent to, with its port if the endpoint has one.
func (c *Client) Host() string { return c.base.Host }

// masker returns a masker of the API key and of the credentials of all starts.
func (c *Client) masker() masker { return newMasker(c.secrets.all()...) }

// AddSecrets masks credentials of the object storage in all texts from now on.
// [Client.StartImport] does so too.
func (c *Client) AddSecrets(credentials ...string) { c.secrets.add(credentials...) }
