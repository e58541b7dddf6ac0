package importjob

import (
	"context"
	"math/rand/v2"
	"time"
)

const (
	// A pause is 1/pauseDivisor of the time waited so far, so that the end of an import
	// is noticed within about 5% of its duration, however long it takes.
	pauseDivisor = 20

	minPause = time.Second
	maxPause = 30 * time.Second

	// maxJitter is the largest fraction by which jitter shortens a pause, so that waits
	// that began together drift apart. Jitter never lengthens a pause, so the bounds
	// above apply with it too.
	maxJitter = 0.1
)

// pollPause returns the pause between two polls, from 1 s to 30 s, given the time waited so
// far and a random number in [0, 1).
func pollPause(elapsed time.Duration, random float64) time.Duration {
	return jittered(min(elapsed/pauseDivisor, maxPause), random)
}

// backoff returns the pause after a number of errors, from 1: 1 s, 2 s, 4 s, 8 s and so
// on, at most 30 s, given a random number in [0, 1).
func backoff(failures int, random float64) time.Duration {
	pause := minPause
	for range failures - 1 {
		pause = min(2*pause, maxPause)
	}
	return jittered(pause, random)
}

// jittered shortens a pause by up to maxJitter, but not below minPause.
func jittered(pause time.Duration, random float64) time.Duration {
	pause -= time.Duration(float64(pause) * maxJitter * random)
	return max(pause, minPause)
}

// random returns a random number in [0, 1).
func (l Limits) random() float64 {
	if l.jitter != nil {
		return l.jitter()
	}
	return rand.Float64() //nolint:gosec // jitter need not be unpredictable
}

// sleep pauses for d. If ctx is done before that, it returns the cause. A pause that is
// not positive ends at once, without a timer: one that is due at once crashes tests in
// testing/synctest with -race (golang/go#78156).
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return context.Cause(ctx)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
