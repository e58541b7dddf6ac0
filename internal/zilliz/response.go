package zilliz

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

type response struct {
	status   int
	header   http.Header
	body     []byte
	masker   masker
	onlyZero bool // the code 200 is not that of a success
}

// requestID returns the ID of the request for Zilliz's support (recorded), which can be empty.
func (resp response) requestID() string {
	return resp.masker.line(resp.header.Get("requestid"), maxExcerpt)
}

func (resp response) excerpt() string { return resp.masker.line(string(resp.body), maxExcerpt) }

// date returns when the response was sent. If that is not known, it is the zero time.
func (resp response) date() time.Time {
	date, _ := http.ParseTime(resp.header.Get("Date"))
	return date
}

// parse parses the body, which can begin with a byte order mark.
func (resp response) parse() (*object, error) {
	return parseObject(bytes.TrimPrefix(resp.body, []byte("\uFEFF")))
}

// data returns the data of a successful response, which can be nil, or the error that the service
// returned. The status, the code and the data decide. The code of a success is 200 with API v1, and 0
// with API v2 and in some documentation of API v1 (documented).
func (resp response) data() (json.RawMessage, error) {
	if len(resp.body) > maxBody {
		return nil, fmt.Errorf("%w: more than %d MiB", errTooLarge, maxBody>>20)
	}
	o, err := resp.parse()
	switch {
	case resp.status < 200 || resp.status > 299:
		return nil, resp.apiError(o)
	case err != nil:
		return nil, err
	}
	code := required(o, "code", asInteger)
	switch {
	case o.err != nil:
		return nil, o.err
	case *code != 0 && (*code != 200 || resp.onlyZero):
		return nil, resp.apiError(o)
	}
	data := strict(o, "data", asRaw)
	if data == nil {
		return nil, o.err
	}
	return *data, nil
}

// location returns the target of a redirect without its user info and query, which can be credentials.
// It is empty if the response has none, or an unusual one.
func (resp response) location() string {
	u, err := url.Parse(resp.header.Get("Location"))
	if err != nil || u.Scheme != "" && u.Host == "" {
		return ""
	}
	target := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}
	return resp.masker.line(target.String(), maxExcerpt)
}

func (resp response) apiError(o *object) *APIError {
	e := &APIError{
		HTTPStatus: resp.status,
		RequestID:  resp.requestID(),
		Location:   resp.location(),
		RetryAfter: resp.retryAfter(),
	}
	if code := lenient(o, "code", asInteger); code != nil {
		e.Code = Code(*code)
		if message := lenient(o, "message", asText); message != nil {
			e.Message = resp.masker.line(*message, maxMessage)
		}
	} else if resp.header.Get("Location") == "" { // the body of a redirect repeats its target, with the query
		e.Excerpt = resp.excerpt()
	}
	return e
}

// responseData is an object in the data of a successful response.
type responseData struct {
	*object
	response
}

// decodeData returns a function that decodes the data of a response, which must be an object with valid
// fields where they decide.
func decodeData[T any](decode func(responseData) (T, error)) func(response) (T, error) {
	return func(resp response) (value T, err error) {
		data, err := resp.data()
		switch {
		case err != nil:
			return value, err
		case data == nil:
			return value, errors.New("missing data")
		}
		o, err := parseObject(data)
		if err != nil {
			return value, fmt.Errorf("data: %w", err)
		}
		value, err = decode(responseData{o, resp})
		return value, cmp.Or(err, o.err)
	}
}

// retryAfter returns the Retry-After of the response, or 0 if it is missing or invalid. A date is
// relative to the response's Date header, or else to the local clock.
func (resp response) retryAfter() time.Duration {
	value := resp.header.Get("Retry-After")
	pause, _ := time.ParseDuration(value + "s") // 0 with an error
	if at, err := http.ParseTime(value); err == nil {
		pause = at.Sub(cmp.Or(resp.date(), time.Now()))
	}
	return min(max(0, pause), 24*time.Hour) // so that adding it to a time can't overflow
}
