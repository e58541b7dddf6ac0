package zilliz

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"
)

// newTransport returns a transport that sends each request over a fresh HTTP/1.1
// connection. Go's transport repeats a request whose HTTP/2 stream was reset, and one over a
// connection that the server has just closed: a start could run twice. It also keeps using
// a connection that died without being closed.
//
// The timeout limits dials, and TLS handshakes after them: each outlives its request.
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
