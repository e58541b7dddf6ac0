package simulated

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

// reportTo is given by `make bench`.
var reportTo = flag.String("report", "", "measure all, write the report to this file, and bring the documentation up to date")

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

// TestReport is the part of `make bench` that is in simulated time.
func TestReport(t *testing.T) {
	if *reportTo == "" {
		t.Skip("only make bench wants the report")
	}
	scale := scaleText(t)
	r := newReport(measureReal(t))
	copied := measure(named{ours, plain}, courses()...)
	for i, length := range lengths() {
		if copied.costs[i] != r.curves[0].costs[i] {
			t.Errorf("imports of %s: the benchmark's copy of the schedule costs %+v, the provider's %+v", length, copied.costs[i], r.curves[0].costs[i])
		}
	}
	if err := os.WriteFile(*reportTo, []byte(scale+r.text()), 0o600); err != nil {
		t.Fatal(err)
	}
	update(t, r)
}

// update brings the picture and the guide up to date.
func update(t *testing.T, r report) {
	t.Helper()
	write(t, pictureFile, string(r.picture()))
	template := read(t, guideTemplate)
	before, rest, begins := strings.Cut(template, beginMark)
	_, after, ends := strings.Cut(rest, endMark)
	if !begins || !ends {
		t.Fatalf("%s has no lines that say where the benchmark writes", guideTemplate)
	}
	write(t, guideTemplate, before+beginMark+"\n"+r.markdown()+"\n"+endMark+after)
}

func read(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "..", "..", file))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func write(t *testing.T, file, content string) {
	t.Helper()
	path := filepath.Join("..", "..", "..", file)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}
