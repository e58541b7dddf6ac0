package importjob

import (
	"math/rand/v2"
	"time"
)

const (
	// A pause is this part of the time waited so far, so that noticing the end of
	// an import costs about 5 % of the import's own time, at any length.
	pausePart = 20

	minPause = time.Second
	maxPause = 30 * time.Second

	// Waits that began together drift apart by up to this part of a pause. Jitter
	// only ever shortens a pause: the bounds above hold with it.
	maxJitter = 0.1
)

// pauseAfter returns the pause that follows a poll, given the time waited so far
// and a random number from 0 up to 1.
func pauseAfter(elapsed time.Duration, random float64) time.Duration {
	pause := min(elapsed/pausePart, maxPause)
	pause -= time.Duration(float64(pause) * maxJitter * random)
	return max(pause, minPause)
}

// randomJitter is the source of jitter outside of tests.
func randomJitter() float64 {
	return rand.Float64() //nolint:gosec // jitter is no secret
}
