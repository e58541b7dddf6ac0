package zilliz

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// requestIDHeader identifies a call for Zilliz's support (recorded).
const requestIDHeader = "requestid"

// The codes of a success: 200 on the page that documents API v1, 0 on others.
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

// requestID returns what identifies the call for Zilliz's support.
func (p response) requestID(r redactor) string {
	return r.printable(p.header.Get(requestIDHeader), maxExcerpt)
}

// excerpt returns the beginning of the body.
func (p response) excerpt(r redactor) string {
	const enough = 64 << 10 // for an excerpt, whatever is folded or masked in it
	return r.printable(string(p.body[:min(len(p.body), enough)]), maxExcerpt)
}

// envelope wraps every response of the API.
type envelope struct {
	Code    strictInteger   `json:"code"`
	Message text            `json:"message"`
	Data    json.RawMessage `json:"data"`
}

// decode passes the data of a response to read. A success without data is an error.
func decode(p response, r redactor, read func(data []byte) error) error {
	malformed := func(err error) error {
		return &MalformedResponseError{
			HTTPStatus: p.status,
			RequestID:  p.requestID(r),
			Excerpt:    p.excerpt(r),
			Err:        err,
		}
	}
	if len(p.body) > maxBody {
		return malformed(errTooLarge)
	}
	var e envelope
	err := json.Unmarshal(p.body, &e)
	code := e.Code.value
	switch {
	case p.status < 200 || p.status > 299:
		return newAPIError(p, e, r)
	case err != nil:
		return malformed(err)
	case code == nil:
		return malformed(errors.New("it has no code"))
	case Code(*code) != codeOK && Code(*code) != codeZero:
		return newAPIError(p, e, r)
	case len(e.Data) == 0 || bytes.Equal(e.Data, []byte("null")):
		return malformed(fmt.Errorf("code %d means success, but there is no data", *code))
	}
	if err := read(e.Data); err != nil {
		return malformed(err)
	}
	return nil
}

func newAPIError(p response, e envelope, r redactor) *APIError {
	apiError := &APIError{
		HTTPStatus: p.status,
		RequestID:  p.requestID(r),
		Location:   r.printable(p.header.Get("Location"), maxExcerpt),
		RetryAfter: parseRetryAfter(p.header),
	}
	if e.Code.value == nil {
		apiError.Excerpt = p.excerpt(r)
		return apiError
	}
	apiError.Code = Code(*e.Code.value)
	if e.Message.value != nil {
		apiError.Message = r.printable(*e.Message.value, maxMessage)
	}
	return apiError
}
