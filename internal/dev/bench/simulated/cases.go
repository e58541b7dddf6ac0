package simulated

import (
	"math/rand/v2"
	"sort"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

const (
	// variations is how many imports stand for one length, from 10 % shorter to 10 %
	// longer, so that they end in every part of a pause. A prime, since no pause is
	// in step with it.
	variations = 53
	// beginnings is how many waits there are for each of them: from its start, and
	// from a quarter, half and three quarters of its time, when it already runs.
	beginnings = 4
)

// lengths are the lengths of imports that are measured.
func lengths() []time.Duration {
	return []time.Duration{
		3 * time.Second, 10 * time.Second, 30 * time.Second,
		time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 30 * time.Minute,
		time.Hour, 2 * time.Hour, 6 * time.Hour,
	}
}

// course is a way in which the progress of an import moves.
type course struct {
	name  string
	steps func(length time.Duration) []zillizsim.Step
}

func courses() []course {
	return []course{
		{"as recorded", recorded},
		{"as Milvus", zillizsim.Milvus},
		{"straight", straight},
		{"none until the end", none},
	}
}

// rushing is no course that was ever seen, but one that no service rules out: what is
// left after 40 % takes next to no time. It shows what a prediction can cost.
func rushing() course {
	return course{"done at 40 %", func(length time.Duration) []zillizsim.Step {
		steps := straight(length * 100 / 41)[:40]
		return append(steps, zillizsim.Step{After: length, Progress: 1})
	}}
}

// recorded is what the service answered in the recordings: 0.01, 0.5, 0.5, 1.
func recorded(length time.Duration) []zillizsim.Step {
	return []zillizsim.Step{{Progress: 0.01}, {After: length / 3, Progress: 0.5}, {After: length, Progress: 1}}
}

// straight grows by one percent at a time, the least that API v2 can tell.
func straight(length time.Duration) []zillizsim.Step {
	steps := make([]zillizsim.Step, 100)
	for i := range steps {
		n := i + 1
		steps[i] = zillizsim.Step{After: length * time.Duration(n) / 100, Progress: float64(n) / 100}
	}
	return steps
}

func none(length time.Duration) []zillizsim.Step {
	return []zillizsim.Step{{After: length, Progress: 1}}
}

// wait is one wait for one import.
type wait struct {
	length time.Duration // of the import
	began  time.Duration // the wait, this long after the import
	steps  []zillizsim.Step
	// seed makes the jitter of the wait, the same in each schedule.
	seed uint64
}

// waits are all waits for imports of about one length.
func (c course) waits(about time.Duration) []wait {
	var all []wait
	for v := range variations {
		length := about*9/10 + about/5*time.Duration(2*v+1)/(2*variations)
		for b := range beginnings {
			all = append(all, wait{
				length: length,
				began:  length * time.Duration(b) / beginnings,
				steps:  c.steps(length),
				seed:   uint64(len(all)),
			})
		}
	}
	return all
}

// progress is what the service tells, 0 to 1, when the wait has taken so long.
func (w wait) progress(elapsed time.Duration) float64 {
	next := sort.Search(len(w.steps), func(i int) bool { return w.steps[i].After > w.began+elapsed })
	if next == 0 {
		return 0
	}
	return w.steps[next-1].Progress
}

func (w wait) jitter() func() float64 {
	return rand.New(rand.NewPCG(w.seed, 0)).Float64 //nolint:gosec // it has to be the same each time
}

// outcome is what came of a wait.
type outcome struct {
	length   time.Duration
	delay    time.Duration // from the end of the import to the answer that told of it
	requests int
}
