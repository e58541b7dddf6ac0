package zilliz

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

// Codes of the API's errors that say where the cause lies. All but the first two
// stand on the page "Get import progress"; those two are on other pages of API v1
// and recorded from the service.
const (
	CodeInvalidToken         = 80001
	CodeTokenNotFound        = 80002
	CodeIncorrectParameter   = 80000
	CodeClusterNotFound      = 40021
	CodeNoClusterAccess      = 40022
	CodeClusterNotPermitted  = 80020
	CodeClusterNotInRegion   = 90102
	CodeClusterIDEmptyInPath = 90103
	CodeClusterIDEmpty       = 90104
	CodeInvalidDomain        = 90117
	CodeJobNotFound          = 90144
	// CodeIllegalKey is API v2's word for a bad key (recorded).
	CodeIllegalKey = 21119
)

// APIError is the service's refusal of a request: an HTTP status that is no
// success, or an error envelope, which the service also sends with HTTP 200.
type APIError struct {
	HTTPStatus int
	// Code is the envelope's code, 0 where the answer had no envelope.
	Code int64
	// Message is the service's own text, empty where it sent none.
	Message string
	// RequestID identifies the call for Zilliz's support, empty where none was sent.
	RequestID string
	// RetryAfter is how long the service asked to be left alone, 0 if it named no time.
	RetryAfter time.Duration
	// Location is where a redirect pointed. It was not followed.
	Location string
	// Excerpt is the beginning of an answer that had no envelope.
	Excerpt string
}

// Error shows all that the service said.
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
		fmt.Fprintf(&b, ", answer begins with %q", e.Excerpt)
	}
	if e.RequestID != "" {
		fmt.Fprintf(&b, " (request id %s)", e.RequestID)
	}
	return b.String()
}

// AnswerError is an answer that can't be understood: no JSON, cut off, or without
// what it has to have. It never counts as a finished import.
type AnswerError struct {
	HTTPStatus int
	RequestID  string
	// Excerpt is the beginning of the answer.
	Excerpt string
	// Err says what is wrong with it.
	Err error
}

// Error shows what is wrong, the status and the beginning of the answer.
func (e *AnswerError) Error() string {
	text := fmt.Sprintf("answer not understood: %v (HTTP %d, %s)", e.Err, e.HTTPStatus, quoteExcerpt(e.Excerpt))
	if e.RequestID != "" {
		text += fmt.Sprintf(" (request id %s)", e.RequestID)
	}
	return text
}

// Unwrap returns what is wrong with the answer.
func (e *AnswerError) Unwrap() error { return e.Err }

func quoteExcerpt(excerpt string) string {
	if excerpt == "" {
		return "empty body"
	}
	return fmt.Sprintf("answer begins with %q", excerpt)
}

// TransportError is a request that got no whole answer.
type TransportError struct {
	Err  error
	text string
}

// Error returns the text of the cause, with the API key masked.
func (e *TransportError) Error() string { return e.text }

// Unwrap returns the cause.
func (e *TransportError) Unwrap() error { return e.Err }

// transportError takes whatever is neither of the two errors above for a fault on
// the way. A proxy's own words can be part of its text.
func (c *Client) transportError(err error) error {
	var (
		api    *APIError
		answer *AnswerError
	)
	if errors.As(err, &api) || errors.As(err, &answer) {
		return err
	}
	text := err.Error()
	if errors.Is(err, context.DeadlineExceeded) {
		text = fmt.Sprintf("no whole answer from %s within %s (request_timeout)", c.base.Host, c.http.Timeout)
	}
	return &TransportError{Err: err, text: c.printable(text, maxMessage)}
}

// NotServedError is a path or a host that does not exist.
type NotServedError struct {
	// Err is the answer, or the failure to find the host.
	Err error
	// Deprecated tells whether the version of the API that was asked is one whose
	// end Zilliz has announced.
	Deprecated bool
	// OtherHosts are known to serve the same elsewhere. Nil if the host is there.
	OtherHosts []string
}

// Error returns the text of the cause.
func (e *NotServedError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *NotServedError) Unwrap() error { return e.Err }

// notServed wraps an error that says that there is nothing at the place that was asked.
func (c *Client) notServed(err error) error {
	var (
		api *APIError
		dns *net.DNSError
	)
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return &NotServedError{Err: err, Deprecated: c.api.deprecated(), OtherHosts: c.otherHosts}
	case errors.As(err, &api) && !isDocumented(api.Code) && (api.HTTPStatus == http.StatusNotFound || api.HTTPStatus == http.StatusGone):
		return &NotServedError{Err: err, Deprecated: c.api.deprecated()}
	default:
		return err
	}
}

// RateError is a request that could not be sent in the time that was left, since
// others stood in line before it.
type RateError struct{ Err error }

// Error names the limit.
func (e *RateError) Error() string {
	return fmt.Sprintf("max_requests_per_second leaves no room for a request in the time that is left: %v", e.Err)
}

// Unwrap returns the limiter's own error.
func (e *RateError) Unwrap() error { return e.Err }

// errTooLarge is an answer over the limit of a body. It stays so when one asks again.
var errTooLarge = errors.New("the answer is larger than 16 MiB")

// classify wraps an error that asking again may mend in an [importjob.PassingError].
// No documented code is transient, so an answer with one of them is final whatever
// its HTTP status. That HTTP 408, 429 and 5xx pass is inferred.
func classify(err error) error {
	var (
		api       *APIError
		answer    *AnswerError
		transport *TransportError
	)
	switch {
	case errors.As(err, &api):
		if isPassingStatus(api.HTTPStatus) && !isDocumented(api.Code) {
			return &importjob.PassingError{Err: err, RetryAfter: api.RetryAfter}
		}
	case errors.As(err, &answer):
		if !errors.Is(err, errTooLarge) {
			return &importjob.PassingError{Err: err}
		}
	case errors.As(err, &transport):
		if !errors.Is(err, context.Canceled) && !isUntrusted(err) {
			return &importjob.PassingError{Err: err}
		}
	}
	return err
}

func isPassingStatus(status int) bool {
	return status == http.StatusRequestTimeout || status == http.StatusTooManyRequests || status >= 500
}

func isDocumented(code int64) bool {
	switch code {
	case CodeInvalidToken, CodeTokenNotFound, CodeIncorrectParameter, CodeClusterNotFound,
		CodeNoClusterAccess, CodeClusterNotPermitted, CodeClusterNotInRegion,
		CodeClusterIDEmptyInPath, CodeClusterIDEmpty, CodeInvalidDomain, CodeJobNotFound, CodeIllegalKey:
		return true
	default:
		return false
	}
}

// isUntrusted tells whether the other side's certificate is why there is no answer.
func isUntrusted(err error) bool {
	var (
		verification *tls.CertificateVerificationError
		authority    x509.UnknownAuthorityError
		hostname     x509.HostnameError
		invalid      x509.CertificateInvalidError
	)
	return errors.As(err, &verification) || errors.As(err, &authority) ||
		errors.As(err, &hostname) || errors.As(err, &invalid)
}

// maxRetryAfter bounds what a Retry-After can ask for, against overflow. Waits end
// at their own deadline long before.
const maxRetryAfter = 24 * time.Hour

// retryAfter reads a Retry-After header, in seconds or as a date. A date is held
// against the server's own clock where it sends that along. 0: none, or none that
// can be read.
func retryAfter(h http.Header) time.Duration {
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

const (
	maxExcerpt = 200
	maxMessage = 2000
)

// printable is [Printable] without the API key.
func (c *Client) printable(text string, limit int) string {
	return Printable(c.credentials.redact(text), limit)
}

// Printable returns the beginning of a text that comes from outside, at most limit
// characters, as one line that is fit for a terminal.
func Printable(text string, limit int) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	line := strings.Join(strings.FieldsFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsPrint(r)
	}), " ")
	if characters := []rune(line); len(characters) > limit {
		return string(characters[:limit]) + "…"
	}
	return line
}
