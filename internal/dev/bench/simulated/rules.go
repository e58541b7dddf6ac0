package simulated

import (
	"math"
	"time"
)

// rule returns the pause before the next poll. Each rule asks at once first.
type rule func(h history, jitter func() float64) time.Duration

// history is what a wait has seen so far.
type history struct {
	polls                 int
	first, previous, last seen
}

// seen is an answer: the time that the wait had taken, and the progress.
type seen struct {
	at       time.Duration
	progress float64
}

// ours is how tables and pictures call this provider's schedule.
const ours = "zilliz"

// named is a rule with the name that tables and pictures know it by.
type named struct {
	name string
	rule rule
}

// others are the schedules that a user would use instead, written from their
// descriptions. None of them looks at progress.
func others() []named {
	return []named{
		{"fixed 5 s", fixed(5 * time.Second)},
		{"fixed 10 s", fixed(10 * time.Second)},
		{"0.1 s × 2 to 10 s", growing(100*time.Millisecond, 2, 10*time.Second)},
		{"2 s × 1.5 to 30 s", growing(2*time.Second, 1.5, 30*time.Second)},
	}
}

func fixed(pause time.Duration) rule {
	return func(history, func() float64) time.Duration { return pause }
}

func growing(pause time.Duration, factor float64, most time.Duration) rule {
	return func(h history, _ func() float64) time.Duration {
		// As floats, which hold even what has grown out of a duration's range.
		grown := float64(pause) * math.Pow(factor, float64(h.polls-1))
		return time.Duration(min(grown, float64(most)))
	}
}

// plain is this provider's schedule, for comparison with the rules that look at
// progress too. A test holds it to the real one.
func plain(h history, jitter func() float64) time.Duration {
	pause := min(h.last.at/20, 30*time.Second)
	pause -= time.Duration(float64(pause) * 0.1 * jitter())
	return max(pause, time.Second)
}

// alternatives are rules that use the observed rate of progress. Where it does not
// move, all of them are the plain one.
func alternatives() []named {
	return []named{
		{"5 %", plain},
		{"5 %, or at the predicted end", aiming},
		{"1/4 of the predicted rest", stretching},
	}
}

// aiming asks at the predicted end where that comes before the plain rule's poll.
func aiming(h history, jitter func() float64) time.Duration {
	pause := plain(h, jitter)
	if rest, moves := h.rest(); moves {
		return max(min(pause, rest), time.Second)
	}
	return pause
}

// stretching asks seldom while the predicted end is far, and often when it is near.
func stretching(h history, jitter func() float64) time.Duration {
	pause := plain(h, jitter)
	if rest, moves := h.rest(); moves {
		return max(rest/4, time.Second)
	}
	return pause
}

// rest predicts the time that is left from the average rate since the wait began,
// as long as progress moves from poll to poll.
func (h history) rest() (rest time.Duration, moves bool) {
	if h.last.progress <= h.previous.progress || h.polls < 2 {
		return 0, false
	}
	rate := (h.last.progress - h.first.progress) / float64(h.last.at-h.first.at)
	return time.Duration((1 - h.last.progress) / rate), true
}

// run waits by a rule. Answers take no time.
func (w wait) run(r rule) outcome {
	jitter := w.jitter()
	var h history
	for elapsed := time.Duration(0); ; elapsed += r(h, jitter) {
		h.polls++
		if delay := w.began + elapsed - w.length; delay >= 0 {
			return outcome{length: w.length, delay: delay, requests: h.polls}
		}
		h.previous, h.last = h.last, seen{elapsed, w.progress(elapsed)}
		if h.polls == 1 {
			h.first = h.last
		}
	}
}
