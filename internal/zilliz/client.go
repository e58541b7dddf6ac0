// Package zilliz is a client for the bulk import calls of Zilliz Cloud's REST API: hosts, the API
// key, the rate limit, requests, responses and API errors.
//
// Each call sends one request. The package never retries, never waits for an import and never
// follows a redirect. It sends the API key only in the Authorization header, and only to the
// configured host and to the endpoints of clusters.
//
// Comments on facts of the API say where they are known from: documented, by Zilliz or in the code
// of its clients; recorded, from the live service; or inferred.
package zilliz

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

// Client sends requests to Zilliz Cloud. It is safe for concurrent use.
//
// Its methods that send a request do not wait for the rate limit: the caller must call [Client.Admit]
// before each. If the context ends first, they return its cause. Otherwise their error is an
// [importjob.RequestError] that wraps an [APIError], [MalformedResponseError] or [TransportError],
// and an [EndpointNotFoundError] if the host or path does not exist.
type Client struct {
	version        APIVersion
	api            api
	base           *url.URL
	key            func() string
	transport      http.RoundTripper
	requestTimeout time.Duration
	userAgent      string

	limiter *rate.Limiter
	// turn is full while a caller waits for the limiter. If all waited for the limiter, the slot of
	// one that gives up would be lost once another has reserved a later slot.
	turn chan struct{}

	mu sync.Mutex // guards current
	// current masks the API key and the credentials of all starts: the service can quote them in
	// the reason of a job that is read later.
	current masker
}

// api has the differences between the versions of the API.
type api interface {
	host(region string) string
	// readCall returns the call that reads a job, and decodeJob decodes its response.
	readCall(id importjob.ID) apiCall
	decodeJob(data responseData) (importjob.Job, error)
	// listCall returns the call that reads one page of the list of jobs, from 1.
	listCall(f JobFilter, page int) apiCall
	// stateOf converts the name of a state. With V1, only the list of jobs has states.
	stateOf(name string, m masker) importjob.State
	startCall(i Import) apiCall
	// phaseCall returns the call that commits or aborts a job, or an error if there is none.
	phaseCall(path string, id importjob.ID) (apiCall, error)
}

// newAPI returns a version of the API, or an error if there is no such version.
func newAPI(version APIVersion) (api, error) {
	switch version {
	case V1:
		return apiV1{}, nil
	case V2:
		return apiV2{}, nil
	default:
		return nil, fmt.Errorf("must be %s or %s", V1, V2)
	}
}

// New returns a client, or an error if the API version, region, endpoint or API key is invalid.
func New(c Config) (*Client, error) {
	api, err := newAPI(c.APIVersion)
	if err != nil {
		return nil, fmt.Errorf("API version %w", err)
	}
	base, err := c.baseURL(api)
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
		key:            hidden(c.APIKey),
		transport:      c.Transport,
		requestTimeout: c.RequestTimeout,
		userAgent:      c.UserAgent,
		limiter:        rate.NewLimiter(rate.Limit(c.MaxRequestsPerSecond), c.MaxRequestsPerSecond),
		turn:           make(chan struct{}, 1),
		current:        newMasker(c.APIKey),
	}
	if c.Transport == nil {
		client.transport = newTransport(c.RequestTimeout)
	}
	return client, nil
}

// Host returns the host that requests are sent to, with its port if the endpoint has one.
func (c *Client) Host() string { return c.base.Host }

// Admit waits, first come first served, until the rate limit allows a request, or until ctx ends.
func (c *Client) Admit(ctx context.Context) error {
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
		return c.limiter.Wait(ctx)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// AddSecrets masks credentials of the object storage in all texts from now on, as
// [Client.StartImport] does.
func (c *Client) AddSecrets(credentials ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.current = c.current.with(credentials...)
}

// Mask returns a text of the service as one printable line with the secrets masked.
func (c *Client) Mask(text string) string { return c.masker().line(text, maxMessage) }

func (c *Client) masker() masker {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.current
}
