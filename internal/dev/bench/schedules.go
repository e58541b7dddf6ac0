package main

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

// variations is how many imports stand for one length, from 10 % shorter to 10 %
// longer, so that they end in every part of a pause.
const variations = 200

// schedule returns the pause after a poll, given the time waited so far and the
// number of polls.
type schedule struct {
	name  string
	pause func(elapsed time.Duration, polls int, random float64) time.Duration
}

// schedules are the provider's own and those that a user would use instead.
func schedules() []schedule {
	return []schedule{
		{"zilliz", func(elapsed time.Duration, _ int, random float64) time.Duration {
			return importjob.Pause(elapsed, random)
		}},
		{"fixed 5 s", growing(5*time.Second, 1, 5*time.Second)},
		{"fixed 10 s", growing(10*time.Second, 1, 10*time.Second)},
		{"0.1 s × 2 to 10 s", growing(100*time.Millisecond, 2, 10*time.Second)},
		{"2 s × 1.5 to 30 s", growing(2*time.Second, 1.5, 30*time.Second)},
	}
}

func growing(first time.Duration, factor float64, most time.Duration) func(time.Duration, int, float64) time.Duration {
	return func(_ time.Duration, polls int, _ float64) time.Duration {
		return time.Duration(min(float64(first)*math.Pow(factor, float64(polls-1)), float64(most)))
	}
}

// lengths are the lengths of imports that are compared.
func lengths() []time.Duration {
	return []time.Duration{
		3 * time.Second, 10 * time.Second, time.Minute, 10 * time.Minute, time.Hour, 6 * time.Hour,
	}
}

// cost is what a schedule costs for imports of about one length.
type cost struct {
	delay    time.Duration // mean, from the end of an import to the poll that notices it
	requests float64       // mean
}

// compare returns the costs of each schedule, by length.
func compare(all []schedule) [][]cost {
	costs := make([][]cost, len(all))
	for i, s := range all {
		for _, length := range lengths() {
			costs[i] = append(costs[i], s.cost(length))
		}
	}
	return costs
}

func (s schedule) cost(about time.Duration) cost {
	random := rand.New(rand.NewPCG(1, uint64(about))) //nolint:gosec // it must be the same each time
	var delay time.Duration
	requests := 0
	for v := range variations {
		length := about*9/10 + about/5*time.Duration(2*v+1)/(2*variations)
		elapsed, polls := time.Duration(0), 1
		for ; elapsed < length; polls++ {
			elapsed += s.pause(elapsed, polls, random.Float64())
		}
		delay += elapsed - length
		requests += polls
	}
	return cost{delay / variations, float64(requests) / variations}
}

func printSchedules(w io.Writer, costs [][]cost) {
	fmt.Fprintln(w, "Mean delay and number of requests of one wait, by schedule and length of the import:")
	fmt.Fprint(w, "\nimport of")
	for _, s := range schedules() {
		fmt.Fprintf(w, "\t%s", s.name)
	}
	for i, length := range lengths() {
		fmt.Fprintf(w, "\n%s", length)
		for _, c := range costs {
			fmt.Fprintf(w, "\t%.1f s, %.1f", c[i].delay.Seconds(), c[i].requests)
		}
	}
	fmt.Fprint(w, "\n\n")
}
