//go:build bench

package simulated

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// reportTo is given by `make bench`.
var reportTo = flag.String("report", "", "measure all, write the report to this file, and bring the documentation up to date")

// TestReport is the part of `make bench` that is in simulated time.
func TestReport(t *testing.T) {
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

func write(t *testing.T, file, content string) {
	t.Helper()
	path := filepath.Join("..", "..", "..", "..", file)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}
