package simulated

import (
	"cmp"
	"slices"
	"time"
)

// cost is what waiting for imports of about one length costs.
type cost struct {
	mean, p95 time.Duration // of the delay
	// The same as parts of the import's own time.
	meanPart, p95Part float64
	requests          float64 // for one wait, on average
}

func costOf(outcomes []outcome) cost {
	delays := make([]time.Duration, len(outcomes))
	parts := make([]float64, len(outcomes))
	requests := make([]float64, len(outcomes))
	for i, o := range outcomes {
		delays[i] = o.delay
		parts[i] = float64(o.delay) / float64(o.length)
		requests[i] = float64(o.requests)
	}
	return cost{
		mean: mean(delays), p95: percentile(delays, 95),
		meanPart: mean(parts), p95Part: percentile(parts, 95),
		requests: mean(requests),
	}
}

func mean[T ~int64 | ~float64](values []T) T {
	var sum T
	for _, v := range values {
		sum += v
	}
	return sum / T(len(values))
}

// percentile returns the value that so many percent of the values don't exceed.
func percentile[T cmp.Ordered](values []T, percent int) T {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[(len(sorted)*percent+99)/100-1]
}

// curve is the cost of one schedule, over the lengths.
type curve struct {
	name  string
	costs []cost
}

// whole is the mean over the lengths, each of which counts the same.
func (c curve) whole() cost {
	var whole cost
	n := float64(len(c.costs))
	for _, each := range c.costs {
		whole.meanPart += each.meanPart / n
		whole.p95Part += each.p95Part / n
		whole.requests += each.requests / n
	}
	return whole
}

// measure measures a rule on some courses. One that does not look at progress
// costs the same on each of them.
func measure(n named, on ...course) curve {
	c := curve{name: n.name}
	for _, length := range lengths() {
		var outcomes []outcome
		for _, course := range on {
			for _, w := range course.waits(length) {
				outcomes = append(outcomes, w.run(n.rule))
			}
		}
		c.costs = append(c.costs, costOf(outcomes))
	}
	return c
}
