package zilliz

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/hashicorp/go-cleanhttp"
)

// maxPingTimeout is the longest time without data after which an HTTP/2 connection is
// pinged, and the longest time that it then has to respond.
const maxPingTimeout = 15 * time.Second

// newTransport returns the transport of all requests but starts. It closes a dead HTTP/2
// connection within about one request timeout. Connections go dead without being
// closed when a NAT drops them, for example. Without pings, requests would be sent over
// them for many minutes.
func newTransport(requestTimeout time.Duration) *http.Transport {
	transport := cleanhttp.DefaultPooledTransport()
	transport.MaxIdleConnsPerHost = 10 // Terraform's default parallelism
	timeout := min(requestTimeout/2, maxPingTimeout)
	transport.HTTP2 = &http.HTTP2Config{SendPingTimeout: timeout, PingTimeout: timeout}
	transport.OnProxyConnectResponse = checkProxyResponse
	return transport
}

// newStartTransport returns the transport of starts, which must not be repeated. It sends
// each over a fresh HTTP/1.1 connection of its own: Go's transport repeats a request whose
// HTTP/2 stream was reset, and one over a connection that the server has just closed.
func newStartTransport() *http.Transport {
	transport := cleanhttp.DefaultTransport() // without keep-alive
	transport.ForceAttemptHTTP2 = false
	transport.Protocols = new(http.Protocols)
	transport.Protocols.SetHTTP1(true)
	transport.OnProxyConnectResponse = checkProxyResponse
	return transport
}

// ProxyError reports that a proxy has refused to connect to the service. No request was
// sent.
type ProxyError struct {
	// Host is the host of the proxy, with its port.
	Host       string
	HTTPStatus int
}

func (e *ProxyError) Error() string {
	return fmt.Sprintf("the proxy %s refused the connection: HTTP %d %s", e.Host, e.HTTPStatus,
		http.StatusText(e.HTTPStatus))
}

// permanent reports whether the proxy will refuse the next connection too.
func (e *ProxyError) permanent() bool {
	return e.HTTPStatus == http.StatusProxyAuthRequired || e.HTTPStatus == http.StatusForbidden
}

// checkProxyResponse returns an error unless a proxy has connected to the service.
func checkProxyResponse(_ context.Context, proxy *url.URL, _ *http.Request, resp *http.Response) error {
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	return &ProxyError{Host: proxy.Host, HTTPStatus: resp.StatusCode}
}

// CheckProxy returns an error unless the value of HTTPS_PROXY is valid. Go ignores an
// invalid one, and connects to the service directly. The error never contains the value,
// which can have a password.
func CheckProxy(value string) error {
	if !strings.Contains(value, "://") {
		value = "http://" + value // as Go does
	}
	u, err := url.Parse(value)
	if err != nil || u.Hostname() == "" {
		return errors.New("must be the URL of a proxy, such as http://proxy.example.com:3128")
	}
	return nil
}
