package simulated

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

// service answers about one import at once, and counts the requests.
type service struct {
	wait
	start    time.Time
	requests int
}

func (s *service) Read(context.Context) (importjob.Job, error) {
	s.requests++
	elapsed := time.Since(s.start)
	percent := 100 * s.progress(elapsed)
	job := importjob.Job{State: importjob.StateImporting, ProgressPercent: &percent}
	if s.began+elapsed >= s.length {
		job.State = importjob.StateCompleted
	}
	return job, nil
}

// runReal waits with the provider's own loop, schedule included.
func (w wait) runReal(t *testing.T) outcome {
	t.Helper()
	s := &service{wait: w, start: time.Now()}
	watcher := importjob.NewWatcher(func(importjob.ID) importjob.Reader { return s })
	options := importjob.Options{Timeout: 24 * time.Hour}.WithJitter(w.jitter())
	if _, err := watcher.Wait(t.Context(), importjob.ID{}, options); err != nil {
		t.Fatal(err)
	}
	return outcome{length: w.length, delay: w.began + time.Since(s.start) - w.length, requests: s.requests}
}

// measureReal measures the provider's own loop on all courses.
func measureReal(t *testing.T) curve {
	t.Helper()
	c := curve{name: ours}
	for _, length := range lengths() {
		var outcomes []outcome
		for _, course := range courses() {
			synctest.Test(t, func(t *testing.T) {
				for _, w := range course.waits(length) {
					outcomes = append(outcomes, w.runReal(t))
				}
			})
		}
		c.costs = append(c.costs, costOf(outcomes))
	}
	return c
}

// TestPlainRuleIsTheProviders holds the benchmark's copy of the schedule to the real
// loop, wait by wait. It takes a sample: `make bench` compares the whole.
func TestPlainRuleIsTheProviders(t *testing.T) {
	t.Parallel()
	const every = 23
	synctest.Test(t, func(t *testing.T) {
		for i, length := range lengths() {
			for j, course := range courses() {
				waits := course.waits(length)
				for k := (i + j) % every; k < len(waits); k += every {
					if got, want := waits[k].run(plain), waits[k].runReal(t); got != want {
						t.Fatalf("%s, import of %s, begun after %s: the copy gives %+v, the provider %+v", course.name, waits[k].length, waits[k].began, got, want)
					}
				}
			}
		}
	})
}

// TestDocumentationQuotesTheBenchmark holds the checked-in picture and numbers to
// what the benchmark gives.
func TestDocumentationQuotesTheBenchmark(t *testing.T) {
	t.Parallel()
	r := newReport(measure(named{ours, plain}, courses()[0]))
	if read(t, pictureFile) != string(r.picture()) {
		t.Errorf("%s is out of date: run make bench", pictureFile)
	}
	for _, file := range []string{guideTemplate, guide} {
		if !strings.Contains(read(t, file), r.markdown()) {
			t.Errorf("%s is out of date: run make bench, then make docs", file)
		}
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "..", "..", "..", file))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
