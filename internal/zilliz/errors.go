package zilliz

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

// APIError reports that the service returned an error: a status that is not 2xx, or an error code,
// which it sends with HTTP 200 too (recorded).
type APIError struct {
	HTTPStatus int
	Code       Code          // 0 if the response has none
	Message    string        // at most 2,000 characters; can be empty
	RequestID  string        // for Zilliz's support; can be empty
	RetryAfter time.Duration // at most 24 h; 0 if the response has none
	Location   string        // the target of a redirect, which is never followed; can be empty
	Excerpt    string        // the beginning of the body, at most 200 characters; empty with a code
}

func (e *APIError) Error() string {
	text := strings.TrimSpace(fmt.Sprintf("HTTP %d %s", e.HTTPStatus, http.StatusText(e.HTTPStatus)))
	if e.Code != 0 {
		text += fmt.Sprintf(", code %d", e.Code)
	}
	if e.Message != "" {
		text += ": " + e.Message
	}
	if e.Location != "" {
		text += ", redirect to " + e.Location + " not followed"
	}
	if e.Excerpt != "" {
		text += fmt.Sprintf(", response begins with %q", e.Excerpt)
	}
	return withRequestID(text, e.RequestID)
}

func withRequestID(text, id string) string {
	if id != "" {
		text += " (request ID " + id + ")"
	}
	return text
}

// MalformedResponseError reports that a response can't be used: it is not JSON, is too large or
// about another job, or lacks a required field.
type MalformedResponseError struct {
	HTTPStatus int
	RequestID  string // as in an [APIError]
	Excerpt    string // the beginning of the body, at most 200 characters
	Err        error  // why the response can't be used
}

func (e *MalformedResponseError) Error() string {
	excerpt := "empty body"
	if e.Excerpt != "" {
		excerpt = fmt.Sprintf("response begins with %q", e.Excerpt)
	}
	return withRequestID(fmt.Sprintf("malformed response: %v (HTTP %d, %s)", e.Err, e.HTTPStatus, excerpt), e.RequestID)
}

func (e *MalformedResponseError) Unwrap() error { return e.Err }

// errTooLarge is the permanent error of a response with more than maxBody bytes, or more than
// maxObjects files or jobs.
var errTooLarge = errors.New("too large")

// TransportError reports that a request got no complete response.
type TransportError struct {
	Err  error  // the cause, whose text can contain secrets
	text string // that of Err, with the secrets masked
}

func (e *TransportError) Error() string { return e.text }
func (e *TransportError) Unwrap() error { return e.Err }

// EndpointNotFoundError reports that the host or the path of the API does not exist.
type EndpointNotFoundError struct {
	// Err is an [APIError] with HTTP 404 or 410, or a [TransportError] if the host was not found.
	Err                error
	Host, Method, Path string // of the request; the host can have a port
	Deprecated         bool   // Zilliz has announced the end of the API version
}

func (e *EndpointNotFoundError) Error() string { return e.Err.Error() }
func (e *EndpointNotFoundError) Unwrap() error { return e.Err }

// HostNotFound reports whether the host name could not be resolved.
func (e *EndpointNotFoundError) HostNotFound() bool {
	_, ok := errors.AsType[*net.DNSError](e.Err)
	return ok
}

// classify returns how a request failed, with the error of this package that says why.
func (c *Client) classify(err error, call apiCall) *importjob.RequestError {
	api, isAPI := errors.AsType[*APIError](err)
	_, isMalformed := errors.AsType[*MalformedResponseError](err)
	switch {
	case isAPI:
		return c.classifyAPIError(api, call)
	case errors.Is(err, errTooLarge):
		return &importjob.RequestError{Err: err}
	case isMalformed:
		return &importjob.RequestError{Err: err, Failure: importjob.Unavailable}
	}
	transport := &TransportError{Err: err, text: c.masker().line(err.Error(), maxMessage)} // err can quote a proxy
	failed := &importjob.RequestError{Err: transport, Failure: importjob.Unavailable}
	switch {
	case isPermanentConnectionError(err):
		failed.Failure = importjob.Permanent
	case isUnknownHost(err):
		failed.Err = c.endpointNotFound(transport, call)
	}
	return failed
}

// classifyAPIError considers the code before the status. A documented code is permanent, except for those
// of a busy cluster (documented) and with HTTP 429. HTTP 408, 429 and 5xx are transient (inferred).
func (c *Client) classifyAPIError(e *APIError, call apiCall) *importjob.RequestError {
	failed := &importjob.RequestError{Err: e, RetryAfter: e.RetryAfter}
	switch status := e.HTTPStatus; {
	case call.base != nil && collectionFailure(e, &failed.Failure):
	case e.Code.busy() || status == http.StatusTooManyRequests:
		failed.Failure = importjob.Throttled
	case e.Code == CodeJobNotFound:
		failed.Failure = importjob.NotFound
	case e.Code.documented():
		failed.Failure = importjob.Permanent
	case status == http.StatusRequestTimeout || status >= 500:
		failed.Failure = importjob.Unavailable
	case status < 300:
		failed.Failure = importjob.UnknownCode
	default:
		failed.Failure = importjob.UnknownStatus
		if status == http.StatusNotFound || status == http.StatusGone {
			failed.Err = c.endpointNotFound(e, call)
		}
	}
	return failed
}

// isRejection reports whether the service has rejected a start, so that no job was started. All documented
// codes do (documented), and with HTTP 2xx those that Milvus returns before it starts a job. Another code
// can come from any step of the call, so only a status that rejects the request does (inferred).
func isRejection(err error) bool {
	e, ok := errors.AsType[*APIError](err)
	if !ok {
		return false
	}
	switch status := e.HTTPStatus; {
	case e.Code.documented():
		return true
	case status < 300:
		return MilvusCode(e.Code).rejectsStart()
	case status == http.StatusRequestTimeout, status == http.StatusConflict, status == 499: // closed by the client
		return false
	default:
		return status >= 400 && status < 500
	}
}

func (c *Client) endpointNotFound(err error, call apiCall) *EndpointNotFoundError {
	base := c.baseOf(call)
	return &EndpointNotFoundError{
		Err: err, Host: base.Host, Method: call.method, Path: path.Join(base.Path, call.path),
		Deprecated: call.base == nil && c.version == V1,
	}
}
