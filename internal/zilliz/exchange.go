package zilliz

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/hashicorp/go-retryablehttp"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

const (
	// maxBody is far above the largest answer that makes sense: an import of 10,000
	// files is told in about 2 MiB.
	maxBody = 16 << 20

	minBackoff = time.Second
	maxBackoff = 30 * time.Second
)

// exchange is one question with all of its tries.
type exchange struct {
	client *Client
	decode func(data []byte) error
	// err is what went wrong in the latest try, nil if nothing did.
	err error
}

func (x *exchange) run(request *retryablehttp.Request) error {
	request.SetResponseHandler(x.receive)
	if err := x.admit(request.Request); err != nil {
		return err
	}
	retrying := retryablehttp.Client{
		HTTPClient:   x.client.http,
		RetryMax:     x.client.maxRetries,
		RetryWaitMin: minBackoff,
		RetryWaitMax: maxBackoff,
		CheckRetry:   x.check,
		Backoff:      x.backoff,
		PrepareRetry: x.admit,
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
	response, err := retrying.Do(request)
	if response != nil {
		_ = response.Body.Close()
	}
	if err != nil && x.err != nil && !errors.Is(err, x.err) {
		// The time ran out between two tries: keep why there had to be another.
		return fmt.Errorf("%w (before that: %w)", err, x.err)
	}
	return err
}

// admit waits for the request's turn. It stands before a try and not within it, so
// that standing in line does not use up the request's own time.
func (x *exchange) admit(r *http.Request) error {
	err := x.client.limiter.Wait(r.Context())
	if err == nil || r.Context().Err() != nil {
		return err
	}
	// The limiter refuses at once what it can't serve before the deadline.
	return &importjob.PassingError{Err: &RateError{Err: err}}
}

// check decides whether a try is followed by another. It is called with the
// request's error, and once more with the error of what was received.
func (x *exchange) check(ctx context.Context, _ *http.Response, err error) (bool, error) {
	switch {
	case err == nil:
		x.err = nil
		return false, nil
	case ctx.Err() != nil:
		return false, ctx.Err()
	}
	x.err = classify(x.client.transportError(err))
	var passing *importjob.PassingError
	retry := errors.As(x.err, &passing) && fits(ctx, passing.RetryAfter)
	return retry, x.err
}

// fits tells whether there is time for a pause that the service asked for.
func fits(ctx context.Context, pause time.Duration) bool {
	deadline, limited := ctx.Deadline()
	return !limited || time.Until(deadline) > pause
}

// backoff never asks sooner than the service wants to be asked.
func (x *exchange) backoff(low, high time.Duration, try int, _ *http.Response) time.Duration {
	pause := retryablehttp.DefaultBackoff(low, high, try, nil)
	var passing *importjob.PassingError
	if errors.As(x.err, &passing) {
		pause = max(pause, passing.RetryAfter)
	}
	return pause
}

// receive reads an answer and opens it.
func (x *exchange) receive(response *http.Response) error {
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody+1))
	tflog.Debug(response.Request.Context(), "Zilliz Cloud answered", map[string]any{
		"method":      response.Request.Method,
		"host":        response.Request.URL.Host,
		"path":        response.Request.URL.Path,
		"http_status": response.StatusCode,
		"bytes":       len(body),
		"request_id":  x.client.requestID(response),
	})
	if err != nil {
		return fmt.Errorf("reading the answer (HTTP %d): %w", response.StatusCode, err)
	}
	return x.client.open(response, body, x.decode)
}
