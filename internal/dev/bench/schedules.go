package main

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

// schedule is a polling schedule.
type schedule struct {
	name, color string // the color is from the palette of Okabe and Ito
	// pause returns the pause after a poll, given the time waited so far, the
	// previous pause (0 after the first poll) and a random number in [0, 1).
	pause func(elapsed, previous time.Duration, random float64) time.Duration
}

// schedules returns the provider's schedule, then those it is compared with.
func schedules() []schedule {
	return []schedule{
		{"this provider", "#0072B2", func(elapsed, _ time.Duration, random float64) time.Duration {
			return importjob.Pause(elapsed, random)
		}},
		{"every 5 s", "#D55E00", doubling(5*time.Second, 5*time.Second)},
		{"1 s, doubling to 30 s", "#000", doubling(time.Second, 30*time.Second)},
		{"every 30 s", "#009E73", doubling(30*time.Second, 30*time.Second)},
	}
}

func doubling(first, most time.Duration) func(elapsed, previous time.Duration, random float64) time.Duration {
	return func(_, previous time.Duration, _ float64) time.Duration {
		return min(max(first, 2*previous), most)
	}
}

// bound returns the maximum delay of the provider's schedule. The last pause begins
// before the end of the import, and jitter only shortens it.
func bound(length time.Duration) time.Duration {
	return min(max(time.Second, length/20), 30*time.Second)
}

// wait simulates a wait. The delay is the time from the end of the import to the poll
// that notices it.
func (s schedule) wait(length time.Duration, random *rand.Rand) (delay time.Duration, requests int) {
	var elapsed, pause time.Duration
	for requests = 1; elapsed < length; requests++ {
		pause = s.pause(elapsed, pause, random.Float64())
		elapsed += pause
	}
	return elapsed - length, requests
}

// around returns lengths from half to twice the given one, most of them near it. The
// cost of a single length depends on where its end falls between two polls.
func around(length time.Duration) []time.Duration {
	random := newRandom()
	all := make([]time.Duration, 2000)
	for i := range all {
		all[i] = time.Duration(float64(length) * math.Exp2(random.Float64()+random.Float64()-1))
	}
	return all
}

// newRandom returns a source of random numbers that are the same on each run.
func newRandom() *rand.Rand {
	return rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the results must be reproducible
}

// cost returns the means of a wait for an import of about the given length. The delay
// is in seconds.
func (s schedule) cost(length time.Duration) (delay, requests float64) {
	random, lengths := newRandom(), around(length)
	for _, l := range lengths {
		d, n := s.wait(l, random)
		delay += d.Seconds() / float64(len(lengths))
		requests += float64(n) / float64(len(lengths))
	}
	return delay, requests
}

func printSchedules(w io.Writer) {
	fmt.Fprint(w, "Mean delay and requests of one wait:\n\nlength of the import")
	for _, s := range schedules() {
		fmt.Fprint(w, "\t", s.name)
	}
	for _, length := range roundLengths() {
		fmt.Fprint(w, "\n", label(length))
		for _, s := range schedules() {
			delay, requests := s.cost(length)
			fmt.Fprintf(w, "\t%.1f s, %.0f", delay, requests)
		}
	}
	fmt.Fprint(w, "\n\n")
}

// roundLengths returns the rows of the table, which are also the ticks of the x axis.
func roundLengths() []time.Duration {
	const s, m, h = time.Second, time.Minute, time.Hour
	return []time.Duration{3 * s, 10 * s, 30 * s, m, 3 * m, 10 * m, 30 * m, h, 3 * h, 6 * h}
}

// label returns a round length as text, such as "10 min".
func label(length time.Duration) string {
	return strings.NewReplacer("h0m0s", " h", "m0s", " min", "s", " s").Replace(length.String())
}
