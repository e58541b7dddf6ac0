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

// envelope wraps every response of the API.
type envelope struct {
	Code    strictInteger   `json:"code"`
	Message text            `json:"message"`
	Data    json.RawMessage `json:"data"`
}

// decode passes the data of a response to read. A success without data is an error.
func decode(response *http.Response, body []byte, r redactor, read func(data []byte) error) error {
	malformed := func(err error) error {
		return &MalformedResponseError{
			HTTPStatus: response.StatusCode,
			RequestID:  requestID(response, r),
			Excerpt:    r.printable(head(body), maxExcerpt),
			Err:        err,
		}
	}
	if len(body) > maxBody {
		return malformed(errTooLarge)
	}
	var e envelope
	err := json.Unmarshal(body, &e)
	code := e.Code.value
	switch {
	case response.StatusCode < 200 || response.StatusCode > 299:
		return newAPIError(response, body, e, r)
	case err != nil:
		return malformed(err)
	case code == nil:
		return malformed(errors.New("it has no code"))
	case Code(*code) != codeOK && Code(*code) != codeZero:
		return newAPIError(response, body, e, r)
	case len(e.Data) == 0 || bytes.Equal(e.Data, []byte("null")):
		return malformed(fmt.Errorf("code %d means success, but there is no data", *code))
	}
	if err := read(e.Data); err != nil {
		return malformed(err)
	}
	return nil
}

func newAPIError(response *http.Response, body []byte, e envelope, r redactor) *APIError {
	apiError := &APIError{
		HTTPStatus: response.StatusCode,
		RequestID:  requestID(response, r),
		Location:   r.printable(response.Header.Get("Location"), maxExcerpt),
		RetryAfter: retryAfter(response.Header),
	}
	if e.Code.value == nil {
		apiError.Excerpt = r.printable(head(body), maxExcerpt)
		return apiError
	}
	apiError.Code = Code(*e.Code.value)
	if e.Message.value != nil {
		apiError.Message = r.printable(*e.Message.value, maxMessage)
	}
	return apiError
}

// head returns as much of a body as an excerpt of it can need.
func head(body []byte) string {
	const enough = 64 << 10
	return string(body[:min(len(body), enough)])
}

func requestID(response *http.Response, r redactor) string {
	return r.printable(response.Header.Get(requestIDHeader), maxExcerpt)
}
