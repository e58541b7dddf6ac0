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

	at      time.Time // when the last one returned
	err     error     // of the last one
	refusal error     // of the last one that was refused
	// undocumentedSince is the time of the first refusal without a documented code, or as not found.
	undocumentedSince time.Time
}

func (c *command) send(ctx context.Context, call func(context.Context) error) {
	limited, cancel := context.WithTimeout(ctx, finalPollTimeout)
	defer cancel()
	_, c.err = sendAdmitted(limited, func(ctx context.Context) (struct{}, error) { return struct{}{}, call(ctx) })
	c.at = time.Now()
	c.sent++
	c.accepted = c.accepted || c.err == nil
	if !isRefusal(c.err) {
		return
	}
	c.refused++
	c.refusal = c.err
	switch FailureOf(c.err) {
	case Throttled:
		c.throttled++
	case NotFound, UnknownCode, UnknownStatus:
		if c.undocumentedSince.IsZero() {
			c.undocumentedSince = c.at
		}
	case Permanent, Unavailable, UnknownOutcome:
	}
}

// rejected reports whether the service has refused the command for good: with a documented
// code, or for two minutes without one or as not found, which contradicts the last result. After
// one that was accepted, a refusal can mean that its effect is still to be seen.
func (c *command) rejected() bool {
	if c.accepted {
		return false
	}
	switch FailureOf(c.err) {
	case Permanent:
		return isRefusal(c.err)
	case NotFound, UnknownCode, UnknownStatus:
		return time.Since(c.undocumentedSince) >= undocumentedTimeout
	case Throttled, Unavailable, UnknownOutcome:
	}
	return false
}

// pause returns the pause after a command that has had no effect: 1 s, 8 s and then 30 s, so that
// a few commands outlast a restart of the service.
func (c *command) pause(random float64) time.Duration { return backoff(3*c.sent-2, random) }
