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

// The codes of a success: 200 on the page that API v1 is documented on, 0 on others.
const (
	codeOK   = 200
	codeZero = 0
)

// envelope is what every answer of the API is wrapped in.
type envelope struct {
	Code    integer         `json:"code"`
	Message *string         `json:"message"`
	Data    json.RawMessage `json:"data"`
}

// open takes the data out of an answer and has it decoded. A success without data
// is an error.
func (c *Client) open(response *http.Response, body []byte, decode func([]byte) error) error {
	if len(body) > maxBody {
		return c.notUnderstood(response, body, errTooLarge)
	}
	var e envelope
	malformed := json.Unmarshal(body, &e)
	code := e.Code.value
	switch {
	case response.StatusCode < 200 || response.StatusCode > 299:
		return c.refused(response, body, e)
	case malformed != nil:
		return c.notUnderstood(response, body, malformed)
	case code == nil:
		return c.notUnderstood(response, body, errors.New("it has no code"))
	case *code != codeOK && *code != codeZero:
		return c.refused(response, body, e)
	case len(e.Data) == 0 || bytes.Equal(e.Data, []byte("null")):
		return c.notUnderstood(response, body, fmt.Errorf("code %d says success, but there is no data", *code))
	}
	if err := decode(e.Data); err != nil {
		return c.notUnderstood(response, body, err)
	}
	return nil
}

func (c *Client) refused(response *http.Response, body []byte, e envelope) error {
	refusal := &APIError{
		HTTPStatus: response.StatusCode,
		RequestID:  c.requestID(response),
		Location:   c.printable(response.Header.Get("Location"), maxExcerpt),
		RetryAfter: retryAfter(response.Header),
	}
	if e.Code.value == nil {
		refusal.Excerpt = c.printable(string(body), maxExcerpt)
		return refusal
	}
	refusal.Code = *e.Code.value
	if e.Message != nil {
		refusal.Message = c.printable(*e.Message, maxMessage)
	}
	return refusal
}

func (c *Client) notUnderstood(response *http.Response, body []byte, err error) error {
	return &AnswerError{
		HTTPStatus: response.StatusCode,
		RequestID:  c.requestID(response),
		Excerpt:    c.printable(string(body), maxExcerpt),
		Err:        err,
	}
}

func (c *Client) requestID(response *http.Response) string {
	return c.printable(response.Header.Get(requestIDHeader), maxExcerpt)
}
