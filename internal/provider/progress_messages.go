package provider

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

const (
	// At most one message in minMessageInterval keeps the terminal readable. At least
	// one in maxMessageInterval shows that the wait is alive.
	minMessageInterval = time.Second
	maxMessageInterval = 30 * time.Second
)

// progressMessages sends progress messages to the terminal. It has a goroutine, since
// messages are also due between the polls of the wait.
type progressMessages struct {
	ctx   context.Context //nolint:containedctx // the lifetime of a value is that of one wait
	polls chan importjob.Poll
	done  chan struct{}
}

// startProgressMessages starts sending messages. The caller must call stop.
func startProgressMessages(ctx context.Context, send func(message string)) *progressMessages {
	m := &progressMessages{ctx: ctx, polls: make(chan importjob.Poll), done: make(chan struct{})}
	go func() {
		defer close(m.done)
		m.run(send)
	}()
	return m
}

// observe receives a poll of the wait.
func (m *progressMessages) observe(p importjob.Poll) {
	select {
	case m.polls <- p:
	case <-m.ctx.Done():
	}
}

// stop returns when the last message has been sent.
func (m *progressMessages) stop() {
	close(m.polls)
	<-m.done
}

// run sends a message for each change, within the limits above.
func (m *progressMessages) run(send func(message string)) {
	start := time.Now()
	var latest importjob.Poll
	sentAt := start.Add(-minMessageInterval)
	due := time.NewTimer(maxMessageInterval)
	defer due.Stop()
	sendLatest := func() {
		send(progressMessage(latest, time.Since(start)))
		sentAt = time.Now()
		due.Reset(maxMessageInterval)
	}
	for {
		select {
		case poll, open := <-m.polls:
			if !open {
				return
			}
			latest = poll
			if !poll.Changed {
				continue
			}
			if wait := minMessageInterval - time.Since(sentAt); wait > 0 {
				due.Reset(wait)
				continue
			}
			sendLatest()
		case <-due.C:
			sendLatest()
		case <-m.ctx.Done():
			return
		}
	}
}

// progressMessage returns a message such as "42 % importing, 1m20s so far".
func progressMessage(p importjob.Poll, elapsed time.Duration) string {
	soFar := elapsed.Round(time.Second).String() + " so far"
	if p.Job == nil {
		return "no response yet, " + soFar
	}
	state := string(p.Job.State)
	if state == "" {
		state = "no state"
	}
	if percent := p.Job.ProgressPercent; percent != nil {
		state = strconv.FormatFloat(*percent, 'f', -1, 64) + " % " + state
	}
	if p.Err != nil {
		return fmt.Sprintf("%s, %s; the last poll failed", state, soFar)
	}
	return state + ", " + soFar
}
