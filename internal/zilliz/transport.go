package zilliz

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"
)

// newTransport returns a transport that sends each request over a fresh HTTP/1.1 connection. Go's
// transport repeats a request whose HTTP/2 stream was reset, and one over a connection that the server
// has just closed: a start could run twice. It also keeps using a connection that died without being
// closed. The timeout limits dials, and TLS handshakes after them: each outlives its request.
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

// ProxyError reports that a proxy has refused to connect to the service. No request was sent.
type ProxyError struct {
	Host       string // that of the proxy, with its port
	HTTPStatus int
}

func (e *ProxyError) Error() string {
	return fmt.Sprintf("the proxy %s refused the connection: HTTP %d %s", e.Host, e.HTTPStatus,
		http.StatusText(e.HTTPStatus))
}

// checkProxyResponse returns an error unless a proxy has connected to the service.
func checkProxyResponse(_ context.Context, proxy *url.URL, _ *http.Request, resp *http.Response) error {
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	return &ProxyError{Host: proxy.Host, HTTPStatus: resp.StatusCode}
}

// isPermanentConnectionError reports whether a connection failed for a reason that a retry can't fix:
// the certificate is not trusted, the server does not use TLS, or a proxy denies access.
func isPermanentConnectionError(err error) bool {
	var (
		verification *tls.CertificateVerificationError
		record       tls.RecordHeaderError
		proxy        *ProxyError
	)
	switch {
	case errors.As(err, &verification):
		return true
	case errors.As(err, &record):
		return record.Conn != nil // otherwise the TLS connection was established
	case errors.As(err, &proxy):
		return proxy.HTTPStatus == http.StatusProxyAuthRequired || proxy.HTTPStatus == http.StatusForbidden
	default:
		return false
	}
}

// isUnknownHost reports whether the host name of the service, not that of a proxy, was not found.
func isUnknownHost(err error) bool {
	dns, ok := errors.AsType[*net.DNSError](err)
	dial, isDial := errors.AsType[*net.OpError](err)
	toProxy := isDial && dial.Op == "proxyconnect" // as net/http names it
	return ok && dns.IsNotFound && !toProxy
}
