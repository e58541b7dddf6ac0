package zilliz

import (
	"context"

	"golang.org/x/time/rate"
)

// rateLimit limits the requests per second, first come first served.
type rateLimit struct {
	// turn is full while a caller waits for the limiter. The others wait for their turn: a
	// caller that gives up there leaves nothing behind. If all waited for the limiter, the
	// slot of one that gives up would be lost once another has reserved a later slot.
	turn    chan struct{}
	limiter *rate.Limiter
}

func newRateLimit(perSecond int) rateLimit {
	return rateLimit{turn: make(chan struct{}, 1), limiter: rate.NewLimiter(rate.Limit(perSecond), perSecond)}
}

// Admit waits until the rate limit allows a request. It returns an error if ctx ends
// before that.
func (c *Client) Admit(ctx context.Context) error {
	select {
	case c.rateLimit.turn <- struct{}{}:
		defer func() { <-c.rateLimit.turn }()
		return c.rateLimit.limiter.Wait(ctx)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
