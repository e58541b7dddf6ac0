package zillizsim

import "time"

// States of a job in v2 (documented). The service knows more.
const (
	statePending   = "Pending"
	stateImporting = "Importing"
	stateCompleted = "Completed"
	stateFailed    = "Failed"
)

// filesDone is the job's progress from which its files are complete while the
// job still builds its index. That there is such a phase is documented; the
// number is inferred from Milvus.
const filesDone = 0.9

// Job is an import job and its course over time.
type Job struct {
	ClusterID, ID, CollectionName string

	Start time.Time // zero: when it is added
	Steps []Step    // in order of After; before the first, progress is 0
	Files []File    // the job's file name is the first's, its size the sum

	// Percent makes v1 send readyPercentage in 0 to 100. Every recording has 0
	// to 1; the documentation calls it a percentage. On this scale 1 means one
	// percent, and only completeTime tells it from a completed job.
	Percent bool

	// FiveFields makes v1 answer with the oldest documented body: fileName,
	// fileSize, readyPercentage, completeTime and errorMessage.
	FiveFields bool

	// ExpiresAfter is how long the record outlives the last step. 0: for ever.
	// Milvus drops it after 3 to 24 hours.
	ExpiresAfter time.Duration

	TotalRows int64 // v2 only
}

// Step is a change in a job's course. It holds until the next.
type Step struct {
	After    time.Duration // since the job's Start
	Progress float64       // 0 to 1

	// State is v2's state from here on. Empty: Pending at progress 0, Completed
	// at 1, else Importing. v1's progress has no state; a Failed without a
	// Reason does not show in it.
	State string

	// Reason is why the import failed; not empty, it has failed, whatever State
	// says. v1 sends it as errorMessage. v2 sends it as reason, with state
	// Failed and progress 0.
	Reason string
}

// File is a file to import. Size is in bytes.
type File struct {
	Name string
	Size int64
}

// Linear grows in ten steps of equal length and is completed after d.
func Linear(d time.Duration) []Step {
	steps := make([]Step, 10)
	for i := range steps {
		n := i + 1
		steps[i] = Step{After: d * time.Duration(n) / 10, Progress: float64(n) / 10}
	}
	return steps
}

// Milvus grows in the stages of Milvus, which weigh 10, 30, 30, 10, 10 and 10
// percent, and is completed after d. It stays at 80 percent for almost half of
// d, as it does while an index is built.
func Milvus(d time.Duration) []Step {
	course := []struct{ time, progress int }{ // in percent
		{5, 10},
		{10, 20}, {15, 30}, {20, 40},
		{25, 50}, {30, 60}, {35, 70},
		{40, 80},
		{85, 90},
		{100, 100},
	}
	steps := make([]Step, len(course))
	for i, c := range course {
		steps[i] = Step{After: d * time.Duration(c.time) / 100, Progress: float64(c.progress) / 100}
	}
	return steps
}

// FailAt grows in equal steps to progress, which it reaches as it fails, after d.
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

// status is how a job or a file stands at one moment.
type status struct {
	progress  float64
	state     string
	reason    string
	completed time.Time // zero: it is not
}

// at tells how the job and each of its files stand.
func (j Job) at(now time.Time) (job, files status) {
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
		files = filesAt(t, job, files)
	}
	return job, files
}

// filesAt mirrors the job, but for its last stretch: there the files are
// complete already, since the first moment of it.
func filesAt(t time.Time, job, before status) status {
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

// file stands for the whole job where the API has room for one file only.
func (j Job) file() File {
	var whole File
	for i, f := range j.Files {
		if i == 0 {
			whole.Name = f.Name
		}
		whole.Size += f.Size
	}
	return whole
}

// timeOrNull is in the form of every recording: RFC 3339, UTC, whole seconds.
func timeOrNull(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	return new(t.UTC().Format(time.RFC3339))
}
