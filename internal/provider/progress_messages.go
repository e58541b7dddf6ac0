package provider

import (
	"cmp"
	"context"
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
	message := jobProgress(p.Job) + ", " + elapsed.Round(time.Second).String() + " so far"
	if p.Err != nil {
		message += "; the last poll failed"
	}
	return message
}

// jobProgress returns the progress of a job, such as "42 % importing".
func jobProgress(job *importjob.Job) string {
	if job == nil {
		return "no result yet"
	}
	state := cmp.Or(string(stateOf(*job)), "no state")
	if percent := percentText(*job); percent != "" {
		return percent + " " + state
	}
	return state
}
