package importjob

import (
	"slices"
	"testing"
)

func TestIDString(t *testing.T) {
	t.Parallel()
	if got := (ID{ClusterID: "in01-abc", JobID: "job-1"}).String(); got != "in01-abc/job-1" {
		t.Errorf("String() = %q, want in01-abc/job-1", got)
	}
}

// TestStates checks the names of the states, which users compare with.
func TestStates(t *testing.T) {
	t.Parallel()
	want := []State{"pending", "importing", "uncommitted", "committing", "completed", "failed"}
	if got := States(); !slices.Equal(got, want) {
		t.Errorf("States() = %q, want %q", got, want)
	}
}
