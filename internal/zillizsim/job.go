package zillizsim

import (
	"math"
	"time"
)

// States of a job in v2 (documented). The list is not complete.
const (
	statePending     = "Pending"
	stateImporting   = "Importing"
	stateInProgress  = "InProgress" // another name of Importing
	stateUncommitted = "Uncommitted"
	stateCommitting  = "Committing"
	stateCompleted   = "Completed"
	stateFailed      = "Failed"
)

// filesCompleteAt is the progress of a job at which its files are complete while it
// still builds the index. That phase is documented; the number is inferred from
// Milvus.
const filesCompleteAt = 0.9

// maxIncomplete is the highest progress of a job that is not committed in v2
// (documented), and of one that is not completed in v1 (inferred).
const maxIncomplete = 0.99

// Job is an import job and its progress over time.
type Job struct {
	ClusterID, ID, CollectionName string
	DBName                        string // empty: "default"

	Start time.Time // zero: when the job is added
	Steps []Step    // in order of After; before the first, the job is pending
	Files []File    // the job shows the name of the first and the total size

	// Percent makes v1 send readyPercentage on a scale of 0 to 100. Every
	// recording has 0 to 1; the documentation calls it a percentage. 1 means
	// one percent on this scale and completed on the other, and only
	// completeTime distinguishes the two.
	Percent bool

	// FiveFields makes v1 send the oldest documented body: fileName, fileSize,
	// readyPercentage, completeTime and errorMessage.
	FiveFields bool

	// ExpiresAfter is how long the job's record is kept after the last step. 0:
	// forever. Milvus keeps it for 3, 24 or 48 hours, depending on the version.
	ExpiresAfter time.Duration

	TotalRows int64 // v2 and Milvus only; split among the files by size

	startNumber int // n for the nth job that a request started; 0: added by AddJob
}

// Step is a change of a job's progress or state. It lasts until the next step.
type Step struct {
	After    time.Duration // since the job's Start
	Progress float64       // 0 to 1; negative values occur

	// State is the state in v2. Empty: Pending at progress 0, Completed at 1,
	// else Importing. v1 has no state and does not show Failed without a Reason.
	// A job that is not Completed shows at most 99 percent in v1; an Uncommitted
	// or Committing job also does in v2.
	State string

	// Reason is why the import failed. If it is set, the state is Failed. v1
	// sends it as errorMessage; v2 sends it as reason, with progress 0.
	Reason string
}

// File is a file to import. Size is in bytes.
type File struct {
	Name string
	Size int64
}

// Linear returns ten equal steps of a job that completes after d.
func Linear(d time.Duration) []Step {
	steps := make([]Step, 10)
	for i := range steps {
		n := i + 1
		steps[i] = Step{After: d * time.Duration(n) / 10, Progress: float64(n) / 10}
	}
	return steps
}

// Milvus returns the steps of a job in Milvus that completes after d. The phases of
// an import are 10, 30, 30, 10, 10 and 10 percent of the progress (from the source of
// Milvus). The job stays at 80 percent for almost half of d, as during an index
// build.
func Milvus(d time.Duration) []Step {
	phases := []struct{ time, progress int }{ // in percent
		{5, 10},
		{10, 20}, {15, 30}, {20, 40},
		{25, 50}, {30, 60}, {35, 70},
		{40, 80},
		{85, 90},
		{100, 100},
	}
	steps := make([]Step, len(phases))
	for i, p := range phases {
		steps[i] = Step{After: d * time.Duration(p.time) / 100, Progress: float64(p.progress) / 100}
	}
	return steps
}

// FailAt returns ten equal steps of a job that fails after d, at the given progress.
func FailAt(d time.Duration, progress float64, reason string) []Step {
	steps := Linear(d)
	for i := range steps {
		steps[i].Progress *= progress
	}
	steps[len(steps)-1].Reason = reason
	return steps
}

func (s Step) state() string {
	switch {
	case s.Reason != "":
		return stateFailed
	case s.State != "":
		return s.State
	case s.Progress == 0:
		return statePending
	case s.Progress >= 1:
		return stateCompleted
	}
	return stateImporting
}

// snapshot is the progress and state of a job or a file at one moment.
type snapshot struct {
	progress    float64
	state       string
	reason      string
	completedAt time.Time // zero: not completed
}

// percent returns the progress in v2, from 0 to 100, or less if it is negative.
func (s snapshot) percent() int {
	progress := s.progress
	switch s.state {
	case stateFailed:
		return 0 // as in Milvus
	case stateUncommitted, stateCommitting:
		progress = min(progress, maxIncomplete)
	}
	return int(math.Floor(progress*100 + 1e-6)) // 29, not 28; but 99.9 is not 100
}

// snapshotAt returns the snapshot of the job, and the one that all its files share.
func (j Job) snapshotAt(now time.Time) (overall, perFile snapshot) {
	overall = snapshot{state: statePending}
	perFile = overall
	for _, step := range j.Steps {
		t := j.Start.Add(step.After)
		if t.After(now) {
			break
		}
		overall = snapshot{progress: step.Progress, state: step.state(), reason: step.Reason}
		if overall.state == stateCompleted {
			overall.completedAt = t
		}
		perFile = fileSnapshotAt(t, overall, perFile)
	}
	return overall, perFile
}

// fileSnapshotAt returns the snapshot of the files at time t: that of the job, until
// the files are complete.
func fileSnapshotAt(t time.Time, overall, previous snapshot) snapshot {
	switch {
	case overall.state == stateFailed || overall.progress < filesCompleteAt:
		return overall
	case previous.state == stateCompleted:
		return previous
	}
	return snapshot{progress: 1, state: stateCompleted, completedAt: t}
}

func (j Job) expired(now time.Time) bool {
	if j.ExpiresAfter <= 0 || len(j.Steps) == 0 {
		return false
	}
	end := j.Start.Add(j.Steps[len(j.Steps)-1].After)
	return !now.Before(end.Add(j.ExpiresAfter))
}

// rowsPerFile splits the rows among the files by size. The last file gets the
// remainder.
func (j Job) rowsPerFile() []int64 {
	rows := make([]int64, len(j.Files))
	remaining, totalSize := j.TotalRows, j.combinedFile().Size
	for i, f := range j.Files {
		if i == len(j.Files)-1 {
			rows[i] = remaining
		} else if totalSize > 0 {
			rows[i] = int64(float64(j.TotalRows) * float64(f.Size) / float64(totalSize))
		}
		remaining -= rows[i]
	}
	return rows
}

// combinedFile returns the file that the API shows for the job: the name of the
// first file and the size of all.
func (j Job) combinedFile() File {
	var combined File
	for i, f := range j.Files {
		if i == 0 {
			combined.Name = f.Name
		}
		combined.Size += f.Size
	}
	return combined
}

// timeOrNull formats a time as in every recording: RFC 3339, UTC, whole seconds. It
// returns nil for the zero time.
func timeOrNull(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	return new(t.UTC().Format(time.RFC3339))
}
