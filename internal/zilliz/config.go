package zilliz

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Config is the configuration of a [Client].
type Config struct {
	APIVersion APIVersion
	// RegionID is the cloud region of the clusters, see [CheckRegion]. It can be empty if Endpoint
	// is set, or with V2, which then uses the international site.
	RegionID string
	// Endpoint is a base URL to use instead of the region's, see [CheckEndpoint]. It can be empty.
	Endpoint string
	// APIKey is required, see [CheckAPIKey].
	APIKey string
	// RequestTimeout limits one HTTP request, from connecting to the last byte of the response. A
	// start has at least 75 s. It must be positive.
	RequestTimeout time.Duration
	// MaxRequestsPerSecond, which must be positive, limits all requests together, and a burst.
	MaxRequestsPerSecond int
	// UserAgent is the User-Agent header. If empty, none is sent.
	UserAgent string
	// Transport sends the requests. If nil, each has its own connection, through the proxies of the environment.
	Transport http.RoundTripper
}

// APIVersion is a version of Zilliz Cloud's REST API.
type APIVersion string

// The versions that a [Client] supports.
const (
	V1 APIVersion = "v1"
	V2 APIVersion = "v2"
)

// NeedsRegion reports whether a [Config] without an endpoint must have a region.
func (v APIVersion) NeedsRegion() bool { return v == V1 }

func (c Config) baseURL(a api) (*url.URL, error) {
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
	return &url.URL{Scheme: "https", Host: a.host(c.RegionID)}, nil
}

// CheckAPIKey returns an error unless a key has at least 8 characters and can be sent in a header.
// The error never contains the key.
func CheckAPIKey(key string) error {
	unprintable := func(r rune) bool { return r < ' ' || r > '~' }
	switch {
	case strings.TrimSpace(key) != key, strings.ContainsFunc(key, unprintable):
		return errors.New("must contain only printable ASCII characters, and no white space around them")
	case len(key) < minSecret:
		return fmt.Errorf("must have at least %d characters", minSecret)
	default:
		return nil
	}
}

// CheckAPIVersion returns an error unless a [Client] supports the version.
func CheckAPIVersion(version string) error {
	_, err := newAPI(APIVersion(version))
	return err
}

var (
	// regionForm matches a region ID. It becomes part of the host that the API key is sent to, so
	// no value of any other form may reach a URL.
	regionForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	hostForm   = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$`)
	zillizHost = regexp.MustCompile(`\.(zillizcloud\.com|zilliz\.com|zilliz\.com\.cn)$`)
)

// CheckRegion returns an error unless a cloud region ID is well-formed, such as "aws-us-west-2".
// It does not check whether the region exists, because Zilliz keeps adding regions.
func CheckRegion(id string) error {
	if !regionForm.MatchString(id) {
		return errors.New("must consist of lower case letters, digits and single hyphens, such as aws-us-west-2")
	}
	return nil
}

// CheckEndpoint returns an error unless a URL can be used instead of the region's base URL. It must
// have the scheme https, or http and a loopback host, and no user info, query or fragment. It must
// not be the URL of a call, or the endpoint of a cluster or project.
func CheckEndpoint(endpoint string) error {
	_, err := parseEndpoint(endpoint)
	return err
}

// parseEndpoint also rejects what users paste by mistake: the base URL of another tool, the URL of a
// call, or the endpoint of a cluster or project.
func parseEndpoint(endpoint string) (*url.URL, error) {
	u, err := parseBase(endpoint)
	if err != nil {
		return nil, err
	}
	path := strings.TrimRight(u.Path, "/")
	switch host := strings.ToLower(u.Hostname()); {
	case strings.HasSuffix(path, "/v1"), strings.HasSuffix(path, "/v2"),
		strings.Contains(path, "/v1/vector"), strings.Contains(path, "/v2/vectordb"):
		return nil, errors.New("must end before /v1 or /v2, since the provider adds the path of each call")
	case strings.Contains(host, ".vectordb."), strings.Contains(host, ".serverless."),
		strings.HasSuffix(host, ".api.zillizcloud.com"):
		return nil, errors.New("must not be the endpoint of a cluster or project, which does not serve the import API: " +
			"remove it, and set region_id")
	default:
		return u, nil
	}
}

// parseConnectAddress parses the endpoint of a cluster, see [Client.Collection]. ownHost is the host of
// the client, which is one of Zilliz's unless an endpoint is configured.
func parseConnectAddress(address, ownHost string) (*url.URL, error) {
	u, err := parseBase(address)
	if err != nil {
		return nil, err
	}
	if strings.Trim(u.Path, "/") != "" {
		return nil, errors.New("must not contain a path")
	}
	host := strings.ToLower(u.Hostname())
	if !zillizHost.MatchString(host) && !strings.EqualFold(host, ownHost) && !isLoopback(host) {
		return nil, errors.New("must have a host below zillizcloud.com, zilliz.com or zilliz.com.cn, the host of endpoint, " +
			"or a loopback host: the API key is sent to no other host")
	}
	return u, nil
}

// parseBase parses a URL that the API key can be sent to without being read on the way. No error
// includes the URL, because it can contain secrets.
func parseBase(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil {
		return nil, errors.New("must be a URL such as https://gateway.example.com")
	}
	host := u.Hostname()
	hasPort := u.Port() != "" || strings.HasSuffix(u.Host, ":")
	port, portErr := strconv.ParseUint(u.Port(), 10, 16)
	switch {
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, errors.New("must begin with https://, or with http:// for a loopback host")
	case u.User != nil:
		return nil, errors.New("must not contain a user name or password")
	case u.RawQuery != "" || u.ForceQuery:
		return nil, errors.New("must not contain a query")
	case strings.Contains(text, "#"):
		return nil, errors.New("must not contain a fragment")
	case u.Opaque != "":
		return nil, errors.New("must contain a host, as in https://gateway.example.com")
	case net.ParseIP(host) == nil && !hostForm.MatchString(host):
		return nil, errors.New("must have a host name or an IP address as its host")
	case hasPort && (portErr != nil || port == 0):
		return nil, errors.New("must have a port between 1 and 65535")
	case u.Scheme == "http" && !isLoopback(host):
		return nil, errors.New("must use https, or http with a loopback host such as http://127.0.0.1:8080: " +
			"http would send the API key unencrypted")
	}
	return u, nil
}

func isLoopback(host string) bool { return host == "localhost" || net.ParseIP(host).IsLoopback() }
