package zilliz

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

// APIError reports that the service returned an error: the HTTP status is not 2xx, or the
// response has an error code. The service sends error codes with HTTP 200 too
// (recorded).
type APIError struct {
	HTTPStatus int
	// Code is the API's error code, 0 if the response has none.
	Code Code
	// Message is the API's message, at most 2,000 characters, empty if there is none.
	Message string
	// RequestID identifies the request for Zilliz's support, empty if there is none.
	RequestID string
	// RetryAfter is the response's Retry-After, from 0 to 24 h, 0 if it has none.
	RetryAfter time.Duration
	// Location is the target of a redirect, which is never followed, or empty.
	Location string
	// Excerpt is the beginning of the body, at most 200 characters. It is empty if the
	// response has a code.
	Excerpt string
}

func (e *APIError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "HTTP %d", e.HTTPStatus)
	if text := http.StatusText(e.HTTPStatus); text != "" {
		b.WriteString(" " + text)
	}
	if e.Code != 0 {
		fmt.Fprintf(&b, ", code %d", e.Code)
	}
	if e.Message != "" {
		fmt.Fprintf(&b, ": %s", e.Message)
	}
	if e.Location != "" {
		fmt.Fprintf(&b, ", redirect to %s not followed", e.Location)
	}
	if e.Excerpt != "" {
		fmt.Fprintf(&b, ", response begins with %q", e.Excerpt)
	}
	if e.RequestID != "" {
		fmt.Fprintf(&b, " (request ID %s)", e.RequestID)
	}
	return b.String()
}

// MalformedResponseError reports that a response can't be used: it is not JSON, is
// truncated or too large, is about another job, or lacks a required field.
type MalformedResponseError struct {
	HTTPStatus int
	// RequestID identifies the request for Zilliz's support, empty if there is none.
	RequestID string
	// Excerpt is the beginning of the body, at most 200 characters, empty if the body is.
	Excerpt string
	// Err is what is wrong with the response.
	Err error
}

func (e *MalformedResponseError) Error() string {
	excerpt := "empty body"
	if e.Excerpt != "" {
		excerpt = fmt.Sprintf("response begins with %q", e.Excerpt)
	}
	text := fmt.Sprintf("malformed response: %v (HTTP %d, %s)", e.Err, e.HTTPStatus, excerpt)
	if e.RequestID != "" {
		text += fmt.Sprintf(" (request ID %s)", e.RequestID)
	}
	return text
}

func (e *MalformedResponseError) Unwrap() error { return e.Err }

// errTooLarge is the error of a response larger than maxBody, or with more than maxObjects
// files or jobs. It is permanent.
var errTooLarge = errors.New("too large")

// TransportError reports that a request got no complete response.
type TransportError struct {
	// Err is the cause. Its text can contain secrets, which the text of the TransportError
	// masks.
	Err  error
	text string
}

func (e *TransportError) Error() string { return e.text }
func (e *TransportError) Unwrap() error { return e.Err }

// EndpointNotFoundError reports that the host or the path of the API does not exist.
type EndpointNotFoundError struct {
	// Err is an [APIError] with HTTP 404 or 410, or an [importjob.TransientError] if the host
	// name could not be resolved.
	Err error
	// Host is the configured host, with its port if the endpoint has one.
	Host string
	// Method and Path are those of the request.
	Method string
	Path   string
	// Deprecated reports whether Zilliz has announced the end of the API version.
	Deprecated bool
	// OtherHosts are other hosts for the same region (documented), if the host name was
	// not resolved.
	OtherHosts []string
}

func (e *EndpointNotFoundError) Error() string { return e.Err.Error() }
func (e *EndpointNotFoundError) Unwrap() error { return e.Err }

// HostNotFound reports whether the host name could not be resolved.
func (e *EndpointNotFoundError) HostNotFound() bool {
	_, ok := errors.AsType[*net.DNSError](e.Err)
	return ok
}

// classify wraps a transient error in an [importjob.TransientError], that of a job without
// a record in an [importjob.NotFoundError], and that of a host or path that does not exist
// in an [EndpointNotFoundError].
func (c *Client) classify(err error, call apiCall, m masker) error {
	var (
		api       *APIError
		malformed *MalformedResponseError
	)
	switch {
	case errors.As(err, &api):
		return c.classifyAPIError(api, call)
	case errors.As(err, &malformed) && errors.Is(err, errTooLarge):
		return err
	case errors.As(err, &malformed):
		return &importjob.TransientError{Err: err, Kind: importjob.Unavailable}
	}
	transport := &TransportError{Err: err, text: m.line(err.Error(), maxMessage)} // err can quote a proxy
	if isPermanent(err) {
		return transport
	}
	transient := &importjob.TransientError{Err: transport, Kind: importjob.Unavailable}
	if dns, ok := errors.AsType[*net.DNSError](err); ok && dns.IsNotFound && !isProxyDial(err) {
		notFound := c.endpointNotFound(transient, call)
		notFound.OtherHosts = c.otherHosts
		return notFound
	}
	return transient
}

// classifyAPIError considers the code before the status. A documented code is permanent,
// except for those of a busy cluster (documented) and with HTTP 429. HTTP 408, 429 and
// 5xx are transient (inferred).
func (c *Client) classifyAPIError(e *APIError, call apiCall) error {
	status := e.HTTPStatus
	switch {
	case e.Code.busy() || status == http.StatusTooManyRequests:
		return &importjob.TransientError{Err: e, Kind: importjob.Throttled, RetryAfter: e.RetryAfter}
	case e.Code == CodeJobNotFound:
		return &importjob.NotFoundError{Err: e}
	case e.Code.documented():
		return e
	case status == http.StatusRequestTimeout || status >= 500:
		return &importjob.TransientError{Err: e, Kind: importjob.Unavailable, RetryAfter: e.RetryAfter}
	case status == http.StatusNotFound || status == http.StatusGone:
		return c.endpointNotFound(e, call)
	case status < 300 && e.Code != 0:
		return &importjob.TransientError{Err: e, Kind: importjob.UnknownCode, RetryAfter: e.RetryAfter}
	default:
		return e
	}
}

// isRejection reports whether the service has rejected a start, so that no job was
// started. All documented codes do (documented). Another code can come from any step of
// the call, so only an HTTP status that rejects the request does (inferred).
func isRejection(err error) bool {
	e, ok := errors.AsType[*APIError](err)
	if !ok {
		return false
	}
	switch status := e.HTTPStatus; {
	case e.Code.documented():
		return true
	case status == http.StatusRequestTimeout, status == http.StatusConflict, status == statusClientClosedRequest:
		return false
	default:
		return status >= 400 && status < 500
	}
}

// statusClientClosedRequest is the status with which proxies report a client that has
// closed the connection before the response.
const statusClientClosedRequest = 499

func (c *Client) endpointNotFound(err error, call apiCall) *EndpointNotFoundError {
	return &EndpointNotFoundError{
		Err: err, Host: c.base.Host, Method: call.method, Path: path.Join("/", c.base.Path, call.path),
		Deprecated: c.api.deprecated(),
	}
}

// isProxyDial reports whether a connection to a proxy failed, as net/http names it.
func isProxyDial(err error) bool {
	network, ok := errors.AsType[*net.OpError](err)
	return ok && network.Op == "proxyconnect"
}

// isPermanent reports whether a connection failed for a reason that a retry can't fix:
// the certificate is not trusted, the server does not use TLS, or a proxy denies access. A
// record error without a Conn is not permanent: it is one of an established TLS connection.
func isPermanent(err error) bool {
	var (
		verification *tls.CertificateVerificationError
		authority    x509.UnknownAuthorityError
		hostname     x509.HostnameError
		invalid      x509.CertificateInvalidError
		record       tls.RecordHeaderError
		proxy        *ProxyError
	)
	return errors.As(err, &verification) || errors.As(err, &authority) ||
		errors.As(err, &hostname) || errors.As(err, &invalid) ||
		errors.As(err, &record) && record.Conn != nil || errors.Is(err, http.ErrSchemeMismatch) ||
		errors.As(err, &proxy) && proxy.permanent()
}
