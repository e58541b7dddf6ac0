package provider

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

const (
	// minShown keeps the terminal readable while an import moves fast, maxShown
	// shows that the wait is alive while it does not move at all.
	minShown = time.Second
	maxShown = 30 * time.Second
)

// progressShow sends progress messages to the terminal: at each change, at most once
// in minShown, and at least once in maxShown.
type progressShow struct {
	ctx   context.Context //nolint:containedctx // it lives exactly as long as the wait that it shows
	polls chan importjob.Poll
	ended chan struct{}
}

// showProgress starts sending messages. The caller must call end.
func showProgress(ctx context.Context, send func(message string)) *progressShow {
	s := &progressShow{ctx: ctx, polls: make(chan importjob.Poll), ended: make(chan struct{})}
	go func() {
		defer close(s.ended)
		s.run(send)
	}()
	return s
}

// observe passes a poll on. It never delays the wait after its end.
func (s *progressShow) observe(p importjob.Poll) {
	select {
	case s.polls <- p:
	case <-s.ctx.Done():
	}
}

// end waits until the last message is sent.
func (s *progressShow) end() {
	close(s.polls)
	<-s.ended
}

func (s *progressShow) run(send func(message string)) {
	start := time.Now()
	var latest importjob.Poll
	shownAt := start.Add(-minShown)
	due := time.NewTimer(maxShown)
	defer due.Stop()
	show := func() {
		send(progressMessage(latest, time.Since(start)))
		shownAt = time.Now()
		due.Reset(maxShown)
	}
	for {
		select {
		case poll, open := <-s.polls:
			if !open {
				return
			}
			latest = poll
			if !poll.Changed {
				continue
			}
			if wait := minShown - time.Since(shownAt); wait > 0 {
				due.Reset(wait)
				continue
			}
			show()
		case <-due.C:
			show()
		case <-s.ctx.Done():
			return
		}
	}
}

// progressMessage is like "42 % importing, 1m20s so far".
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
