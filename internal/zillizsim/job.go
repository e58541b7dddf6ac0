package zillizsim

import (
	"math"
	"time"
)

// States of a job in v2 (documented). Servers have more.
const (
	statePending     = "Pending"
	stateImporting   = "Importing"
	stateUncommitted = "Uncommitted"
	stateCommitting  = "Committing"
	stateCompleted   = "Completed"
	stateFailed      = "Failed"
)

// filesDone is the job's progress from which on its files are complete, while it
// builds the index. That there is such a phase is documented; the number is
// inferred from Milvus.
const filesDone = 0.9

// almostCompleted is the most progress that v2 shows of a job that is not committed
// yet (documented). For v1 it is inferred.
const almostCompleted = 0.99

// Job is an import job and its progress over time.
type Job struct {
	ClusterID, ID, CollectionName string
	DBName                        string // empty: "default"

	Start time.Time // zero: when it is added
	Steps []Step    // in order of After; before the first, progress is 0
	Files []File    // the job has the name of the first and the size of all

	// Percent makes v1 send readyPercentage as 0 to 100. Every recording has 0
	// to 1; the documentation calls it a percentage. On this scale 1 is one
	// percent, and only completeTime distinguishes it from a completed job.
	Percent bool

	// FiveFields makes v1 send the oldest documented body: fileName, fileSize,
	// readyPercentage, completeTime and errorMessage.
	FiveFields bool

	// ExpiresAfter is how long the record is kept after the last step. 0:
	// forever. Milvus keeps it for 3, 24 or 48 hours, by version.
	ExpiresAfter time.Duration

	TotalRows int64 // v2 and Milvus only; split among the files by size

	started int // the number of the request that started it; 0: none
}

// Step is a change of a job's progress or state. It holds until the next.
type Step struct {
	After    time.Duration // since the job's Start
	Progress float64       // 0 to 1; negative ones occur

	// State is the state in v2. Empty: Pending at progress 0, Completed at 1,
	// else Importing. v1 has no state: a Failed without a Reason is not visible
	// there. A job that is not Completed never shows a full percentage in v1,
	// and an Uncommitted or Committing one shows 99 at most in v2.
	State string

	// Reason is why the import failed. With a reason the state is Failed. v1
	// sends it as errorMessage. v2 sends it as reason, with progress 0.
	Reason string
}

// File is a file to import. Size is in bytes.
type File struct {
	Name string
	Size int64
}

// Linear returns ten equal steps to a job that is completed after d.
func Linear(d time.Duration) []Step {
	steps := make([]Step, 10)
	for i := range steps {
		n := i + 1
		steps[i] = Step{After: d * time.Duration(n) / 10, Progress: float64(n) / 10}
	}
	return steps
}

// Milvus returns the steps of a job in Milvus that is completed after d. Its
// phases take 10, 30, 30, 10, 10 and 10 percent of the progress (from its
// source). It stays at 80 percent for almost half of d, as it does while an
// index is built.
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

// FailAt returns ten equal steps to a job that fails after d, at the given progress.
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

// status is the status of a job or a file at one moment.
type status struct {
	progress  float64
	state     string
	reason    string
	completed time.Time // zero: it is not
}

// percent returns the progress of v2, from 0 to 100.
func (s status) percent() int {
	progress := s.progress
	switch s.state {
	case stateFailed:
		return 0 // as in Milvus
	case stateUncommitted, stateCommitting:
		progress = min(progress, almostCompleted)
	}
	return int(math.Floor(progress*100 + 1e-6)) // 29, not 28; yet 99.9 is not 100
}

// statusAt returns the status of the job and that of each of its files.
func (j Job) statusAt(now time.Time) (job, files status) {
	job = status{state: statePending}
	files = job
	for _, step := range j.Steps {
		t := j.Start.Add(step.After)
		if t.After(now) {
			break
		}
		job = status{progress: step.Progress, state: step.state(), reason: step.Reason}
		if job.state == stateCompleted {
			job.completed = t
		}
		files = filesStatusAt(t, job, files)
	}
	return job, files
}

// filesStatusAt returns the status of the files: that of the job, until the files are
// complete.
func filesStatusAt(t time.Time, job, before status) status {
	switch {
	case job.state == stateFailed || job.progress < filesDone:
		return job
	case before.state == stateCompleted:
		return before
	}
	return status{progress: 1, state: stateCompleted, completed: t}
}

func (j Job) expired(now time.Time) bool {
	if j.ExpiresAfter <= 0 || len(j.Steps) == 0 {
		return false
	}
	end := j.Start.Add(j.Steps[len(j.Steps)-1].After)
	return !now.Before(end.Add(j.ExpiresAfter))
}

// rowsOfFiles splits the rows among the files by size. The last file gets the
// remainder.
func (j Job) rowsOfFiles() []int64 {
	rows := make([]int64, len(j.Files))
	left, size := j.TotalRows, j.wholeFile().Size
	for i, f := range j.Files {
		if i == len(j.Files)-1 {
			rows[i] = left
		} else if size > 0 {
			rows[i] = int64(float64(j.TotalRows) * float64(f.Size) / float64(size))
		}
		left -= rows[i]
	}
	return rows
}

// wholeFile returns the file that the API shows for the whole job.
func (j Job) wholeFile() File {
	var whole File
	for i, f := range j.Files {
		if i == 0 {
			whole.Name = f.Name
		}
		whole.Size += f.Size
	}
	return whole
}

// timeOrNull returns a time in the form of every recording: RFC 3339, UTC, whole
// seconds.
func timeOrNull(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	return new(t.UTC().Format(time.RFC3339))
}
