package importjob

import (
	"context"
	"time"
)

// command is a request that changes a job or a collection: a commit, an abort or a load. It
// is sent only right after a result that allows it, and again only if the next result does:
// whatever the service answers, the result decides.
type command struct {
	sent      int  // how often it was sent
	throttled int  // how often it was throttled
	refused   int  // how often it was refused, throttling included
	accepted  bool // at least once

	// refusal is the error of the last one that was refused, and refusedSince the time of the
	// first refusal after one that was not.
	refusal      error
	refusedSince time.Time
	// at is the time at which the last one returned, and err its error.
	at  time.Time
	err error
}

func (c *command) send(ctx context.Context, call func(context.Context) error) {
	limited, cancel := context.WithTimeout(ctx, finalPollTimeout)
	defer cancel()
	_, c.err = sendAdmitted(limited, func(ctx context.Context) (struct{}, error) { return struct{}{}, call(ctx) })
	c.at = time.Now()
	c.sent++
	c.accepted = c.accepted || c.err == nil
	if FailureOf(c.err) == Throttled {
		c.throttled++
	}
	if !isRefusal(c.err) {
		c.refusedSince = time.Time{}
		return
	}
	c.refused++
	c.refusal = c.err
	if c.refusedSince.IsZero() {
		c.refusedSince = c.at
	}
}

// rejected reports whether the service has refused the command for good: with a documented
// code, or without one for two minutes, because a service that restarts does that too. After
// one that was accepted, a refusal can mean that its effect is still to be seen.
func (c *command) rejected() bool {
	if c.accepted || !isRefusal(c.err) {
		return false
	}
	switch FailureOf(c.err) {
	case Permanent, NotFound:
		return true
	case UnknownCode, UnknownStatus:
		return time.Since(c.refusedSince) >= undocumentedTimeout
	case Throttled, Unavailable, UnknownOutcome:
	}
	return false
}

// backoff returns the pause after a command that has had no effect: 1 s, 8 s and then 30 s, or
// what the service requests, so that a few commands outlast a restart of the service.
func (c *command) backoff(random float64) time.Duration {
	return max(backoff(3*c.sent-2, random), retryAfter(c.err))
}
