package zilliz

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

// APIError is a refusal by the service: an HTTP status that is no success, or an
// error code, which the service sends with HTTP 200 as well (recorded).
type APIError struct {
	HTTPStatus int
	// Code is the API's error code, 0 if the response had none.
	Code Code
	// Message is the API's message, empty if the response had none.
	Message string
	// RequestID identifies the call for Zilliz's support, empty if none was returned.
	RequestID string
	// RetryAfter is how long the service asks clients to wait, 0 if it does not say.
	RetryAfter time.Duration
	// Location is the target of a redirect, which was not followed.
	Location string
	// Excerpt is the beginning of a response without a code.
	Excerpt string
}

// Error shows all that the service returned.
func (e *APIError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "HTTP %d %s", e.HTTPStatus, http.StatusText(e.HTTPStatus))
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
		fmt.Fprintf(&b, " (request id %s)", e.RequestID)
	}
	return b.String()
}

// MalformedResponseError is a response that can't be used: no JSON, cut off, about
// another job, or without a field that it needs.
type MalformedResponseError struct {
	HTTPStatus int
	RequestID  string
	// Excerpt is the beginning of the response.
	Excerpt string
	// Err is what is wrong with it.
	Err error
}

// Error shows what is wrong, the status and the beginning of the response.
func (e *MalformedResponseError) Error() string {
	excerpt := "empty body"
	if e.Excerpt != "" {
		excerpt = fmt.Sprintf("response begins with %q", e.Excerpt)
	}
	text := fmt.Sprintf("malformed response: %v (HTTP %d, %s)", e.Err, e.HTTPStatus, excerpt)
	if e.RequestID != "" {
		text += fmt.Sprintf(" (request id %s)", e.RequestID)
	}
	return text
}

// Unwrap returns what is wrong with the response.
func (e *MalformedResponseError) Unwrap() error { return e.Err }

// errTooLarge is the error of a response over the limit of a body, which a retry
// does not fix.
var errTooLarge = errors.New("it is larger than 16 MiB")

// TransportError is a request without a complete response.
type TransportError struct {
	Err  error
	text string
}

// Error returns the text of the cause, with secrets masked.
func (e *TransportError) Error() string { return e.text }

// Unwrap returns the cause.
func (e *TransportError) Unwrap() error { return e.Err }

// newTransportError describes a request without a complete response. The text of a
// proxy can be part of it.
func (c *Client) newTransportError(err error, r redactor) *TransportError {
	text := err.Error()
	if errors.Is(err, errRequestTimeout) {
		text = fmt.Sprintf("no complete response from %s within %s (request_timeout)", c.base.Host, c.requestTimeout)
	}
	return &TransportError{Err: err, text: r.printable(text, maxMessage)}
}

// EndpointNotFoundError is a host or a path that does not exist.
type EndpointNotFoundError struct {
	// Err is the response, or the failure to resolve the host name.
	Err error
	// Host is the host that the request was sent to.
	Host string
	// Deprecated reports whether Zilliz has announced the end of the API version.
	Deprecated bool
	// OtherHosts are those that some documentation names for the same region.
	OtherHosts []string
}

// Error returns the text of the cause.
func (e *EndpointNotFoundError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *EndpointNotFoundError) Unwrap() error { return e.Err }

// Unresolved reports whether the host name could not be resolved.
func (e *EndpointNotFoundError) Unresolved() bool {
	var dns *net.DNSError
	return errors.As(e.Err, &dns)
}

// RateLimitError is a request that would not have its turn at the rate limit in the
// time that is left.
type RateLimitError struct{ Err error }

// Error names the limit.
func (e *RateLimitError) Error() string {
	return fmt.Sprintf("max_requests_per_second leaves no room for a request in the time that is left: %v", e.Err)
}

// Unwrap returns the limiter's own error.
func (e *RateLimitError) Unwrap() error { return e.Err }

// classify wraps an error that a retry may fix in an [importjob.TransientError], and
// one that says that there is nothing at the endpoint in an [EndpointNotFoundError].
// That HTTP 408, 429 and 5xx are transient is inferred.
func (c *Client) classify(err error, r redactor) error {
	var (
		api       *APIError
		malformed *MalformedResponseError
	)
	switch {
	case errors.As(err, &api):
		return c.classifyAPIError(api)
	case errors.As(err, &malformed) && errors.Is(err, errTooLarge):
		return err
	case errors.As(err, &malformed):
		return &importjob.TransientError{Err: err, Kind: importjob.Unavailable}
	}
	transport := c.newTransportError(err, r)
	if isPermanent(err) {
		return transport
	}
	transient := &importjob.TransientError{Err: transport, Kind: importjob.Unavailable}
	var dns *net.DNSError
	if errors.As(err, &dns) && dns.IsNotFound {
		return &EndpointNotFoundError{Err: transient, Host: c.base.Host, Deprecated: c.api.deprecated(), OtherHosts: c.otherHosts}
	}
	return transient
}

// classifyAPIError classifies by code first: no documented code but one is
// transient, whatever its HTTP status.
func (c *Client) classifyAPIError(e *APIError) error {
	status := e.HTTPStatus
	switch {
	case e.Code.Busy() || status == http.StatusTooManyRequests:
		return &importjob.TransientError{Err: e, Kind: importjob.RateLimited, RetryAfter: e.RetryAfter}
	case e.Code.Documented():
		return e
	case status == http.StatusRequestTimeout || status >= 500:
		return &importjob.TransientError{Err: e, Kind: importjob.Unavailable, RetryAfter: e.RetryAfter}
	case status == http.StatusNotFound || status == http.StatusGone:
		return &EndpointNotFoundError{Err: e, Host: c.base.Host, Deprecated: c.api.deprecated()}
	case status < 300 && e.Code != 0:
		return &importjob.TransientError{Err: e, Kind: importjob.UnknownCode, RetryAfter: e.RetryAfter}
	default:
		return e
	}
}

// isPermanent reports whether a retry can't fix a failed connection: the certificate
// is not trusted, or the other side does not use TLS.
func isPermanent(err error) bool {
	var (
		verification *tls.CertificateVerificationError
		authority    x509.UnknownAuthorityError
		hostname     x509.HostnameError
		invalid      x509.CertificateInvalidError
		record       tls.RecordHeaderError
	)
	return errors.As(err, &verification) || errors.As(err, &authority) ||
		errors.As(err, &hostname) || errors.As(err, &invalid) ||
		errors.As(err, &record) || errors.Is(err, http.ErrSchemeMismatch)
}

// maxRetryAfter bounds a Retry-After, so that no sum of times can overflow.
const maxRetryAfter = 24 * time.Hour

// parseRetryAfter reads a Retry-After header, in seconds or as a date, which is relative
// to the server's own clock if that is returned. It is 0 if there is none that can
// be read.
func parseRetryAfter(h http.Header) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.ParseFloat(value, 64); err == nil {
		if seconds >= maxRetryAfter.Seconds() {
			return maxRetryAfter
		}
		return max(0, time.Duration(seconds*float64(time.Second)))
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	now, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		now = time.Now()
	}
	return min(max(0, at.Sub(now)), maxRetryAfter)
}
