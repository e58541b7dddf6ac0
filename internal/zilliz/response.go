package zilliz

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// requestIDHeader is the header with the id of a request, for Zilliz's support (recorded).
const requestIDHeader = "requestid"

// The codes of a success: 200 with API v1, 0 with API v2 and in some documentation of
// API v1 (documented).
const (
	codeOK   Code = 200
	codeZero Code = 0
)

// response is a complete HTTP response.
type response struct {
	status int
	header http.Header
	body   []byte
}

// requestID returns the id of the request, empty if the response has none.
func (resp response) requestID(m masker) string {
	return m.printable(resp.header.Get(requestIDHeader), maxExcerpt)
}

// excerpt returns the beginning of the body.
func (resp response) excerpt(m masker) string {
	const maxBytes = 64 << 10 // enough for an excerpt after escapes are masked
	return m.printable(string(resp.body[:min(len(resp.body), maxBytes)]), maxExcerpt)
}

// envelope is the outer object of every response of the API.
type envelope struct {
	Code    strictInteger   `json:"code"`
	Message text            `json:"message"`
	Data    json.RawMessage `json:"data"`
}

// decode checks the status and the code of a response and passes its data to unmarshal. A
// success without data is an error.
func decode(resp response, m masker, unmarshal func(data []byte) error) error {
	malformed := func(err error) error {
		return &MalformedResponseError{
			HTTPStatus: resp.status,
			RequestID:  resp.requestID(m),
			Excerpt:    resp.excerpt(m),
			Err:        err,
		}
	}
	if len(resp.body) > maxBody {
		return malformed(errTooLarge)
	}
	var e envelope
	err := json.Unmarshal(resp.body, &e)
	code := e.Code.value
	switch {
	case resp.status < 200 || resp.status > 299:
		return newAPIError(resp, e, m)
	case err != nil:
		return malformed(err)
	case code == nil:
		return malformed(errors.New("it has no code"))
	case Code(*code) != codeOK && Code(*code) != codeZero:
		return newAPIError(resp, e, m)
	case len(e.Data) == 0 || bytes.Equal(e.Data, []byte("null")):
		return malformed(fmt.Errorf("code %d means success, but there is no data", *code))
	}
	if err := unmarshal(e.Data); err != nil {
		return malformed(err)
	}
	return nil
}

func newAPIError(resp response, e envelope, m masker) *APIError {
	apiError := &APIError{
		HTTPStatus: resp.status,
		RequestID:  resp.requestID(m),
		Location:   m.printable(resp.header.Get("Location"), maxExcerpt),
		RetryAfter: parseRetryAfter(resp.header),
	}
	if e.Code.value == nil {
		apiError.Excerpt = resp.excerpt(m)
		return apiError
	}
	apiError.Code = Code(*e.Code.value)
	if e.Message.value != nil {
		apiError.Message = m.printable(*e.Message.value, maxMessage)
	}
	return apiError
}
