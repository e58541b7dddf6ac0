package zillizsim

import (
	"cmp"
	"math"
	"time"
)

// The known states of a job in API v2 (documented).
const (
	statePending     = "Pending"
	stateImporting   = "Importing"
	stateInProgress  = "InProgress" // another name of Importing
	stateUncommitted = "Uncommitted"
	stateCommitting  = "Committing"
	stateCompleted   = "Completed"
	stateFailed      = "Failed"
)

const (
	// filesCompleteAt is the progress of a job at which its files are complete while it
	// still builds the index. The phase is documented, the number is inferred from
	// Milvus.
	filesCompleteAt = 0.9

	// maxIncomplete is the highest progress of a job that is not committed in v2
	// (documented), and of one that has not completed in v1 (inferred).
	maxIncomplete = 0.99
)

// Job is an import job and its progress over time.
type Job struct {
	ClusterID      string `json:"cluster_id"`
	ID             string `json:"job_id"`
	CollectionName string `json:"collection_name"`
	// DBName is the database that the job imports into. If empty, it is "default".
	DBName string `json:"db_name"`
	// Start is the time at which the job starts. If zero, it starts when it is added, or, with
	// StartOnRequest, when it is first requested by its ID. Until then, it is pending.
	Start          time.Time `json:"-"`
	StartOnRequest bool      `json:"-"`
	// Steps are in order of After. Before the first, the job is pending.
	Steps []Step `json:"-"`
	// Files are the files to import. The job shows the name of the first and the size of
	// all.
	Files []File `json:"files"`
	// TwoPhase reports whether auto_commit is off: where its Steps complete the job, it
	// is Uncommitted until it is committed. A started job has what its request asked for.
	TwoPhase bool `json:"two_phase"`
	// CommitTime is the time that a commit takes.
	CommitTime time.Duration `json:"-"`
	// RecordedAfter is the time from Start until the job is on record. Before that, the
	// service does not find or list it (inferred).
	RecordedAfter time.Duration `json:"-"`
	// ExpiresAfter is the time for which the record is kept after the job has ended. If 0, it is
	// kept forever. Milvus keeps it for 3, 24 or 48 hours, by version.
	ExpiresAfter time.Duration `json:"-"`
	// Percent reports whether v1 sends readyPercentage in whole percents, from 0 to 100
	// (documented), instead of from 0 to 1 (recorded). A readyPercentage of 1 is
	// ambiguous.
	Percent bool `json:"percent"`
	// NoCompleteTime reports whether v1 omits completeTime (inferred: any field can be
	// missing).
	NoCompleteTime bool `json:"-"`
	// FiveFields reports whether v1 sends the oldest documented body: fileName, fileSize,
	// readyPercentage, completeTime and errorMessage.
	FiveFields bool `json:"five_fields"`
	// TotalRows is the number of rows in all files. V1 does not send it.
	TotalRows int64 `json:"total_rows"`

	// startNumber is n for the nth job that a request has started, 0 for one of AddJob.
	startNumber int
	// added is Start, or if it was zero, when the job was added. It determines the order
	// of lists.
	added       time.Time
	committedAt time.Time
	abortedAt   time.Time
}

// Step is a change of a job's progress or state. It lasts until the next step, or until
// the job is committed or aborted.
type Step struct {
	// After is the time from the job's Start.
	After time.Duration `json:"-"`
	// Progress is from 0 to 1. The service has sent negative values too.
	Progress float64 `json:"progress"`
	// State is the state in v2. If empty, it is Pending at progress 0, Completed at 1,
	// and otherwise Importing. V1 has no state, and does not show Failed without a
	// Reason. A job that has not completed shows at most 99% in v1, and in v2 too if it
	// is Uncommitted or Committing.
	State string `json:"state"`
	// Reason says why the import failed. If it is not empty, the state is Failed. V1 sends
	// it as errorMessage, v2 as reason, with progress 0.
	Reason string `json:"reason"`
}

// File is a file to import.
type File struct {
	Name string `json:"name"`
	// Size is in bytes.
	Size int64 `json:"size"`
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

// Milvus returns the steps of a job in Milvus that completes after d. The phases of an
// import are 10%, 30%, 30%, 10%, 10% and 10% of the progress (from the source of Milvus).
// The job stays at 80% for almost half of d, as while an index is built.
func Milvus(d time.Duration) []Step {
	phases := []struct{ time, progress int }{ // in percent
		{5, 10}, {10, 20}, {15, 30}, {20, 40}, {25, 50}, {30, 60}, {35, 70}, {40, 80}, {85, 90}, {100, 100},
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
	default:
		return stateImporting
	}
}

// snapshot is the progress and state of a job or a file at one moment.
type snapshot struct {
	progress float64
	state    string
	reason   string
	// since is the time at which the state or the progress was reached.
	since time.Time
}

// percent returns the progress in v2. It is at most 100, and can be negative.
func (s snapshot) percent() int {
	progress := s.progress
	switch s.state {
	case stateFailed:
		return 0 // as in Milvus
	case stateUncommitted, stateCommitting:
		progress = min(progress, maxIncomplete)
	}
	return wholePercent(progress)
}

func wholePercent(progress float64) int {
	return int(math.Floor(progress*100 + 1e-6)) // 29, not 28; but 99.9 is not 100
}

// completeTime returns the time at which the import completed, in RFC 3339, UTC and whole
// seconds (recorded). It is nil before that.
func (s snapshot) completeTime() *string {
	if s.state != stateCompleted {
		return nil
	}
	return new(s.since.UTC().Format(time.RFC3339))
}

// startedBy returns the job as if it had started now, unless it has started before.
func (j Job) startedBy(now time.Time) Job {
	j.Start = cmp.Or(j.Start, now)
	return j
}

// snapshotAt returns the snapshot of the job, and the one that all its files share.
func (j Job) snapshotAt(now time.Time) (overall, perFile snapshot) {
	overall = snapshot{state: statePending, since: j.Start}
	perFile = overall
	for _, step := range j.Steps {
		t := j.Start.Add(step.After)
		if t.After(now) {
			break
		}
		overall = snapshot{progress: step.Progress, state: step.state(), reason: step.Reason, since: t}
		switch {
		case overall.state == stateFailed || overall.progress < filesCompleteAt:
			perFile = overall
		case perFile.state != stateCompleted:
			perFile = snapshot{progress: 1, state: stateCompleted, since: t}
		}
	}
	completedAt := j.committedAt.Add(j.CommitTime)
	switch {
	case !j.abortedAt.IsZero():
		overall.state, overall.reason, overall.since = stateFailed, "", j.abortedAt // from the source of Milvus
		perFile = overall
	case !j.committedAt.IsZero() && now.Before(completedAt):
		overall = snapshot{progress: 1, state: stateCommitting, since: j.committedAt}
	case !j.committedAt.IsZero():
		overall = snapshot{progress: 1, state: stateCompleted, since: completedAt}
	case j.TwoPhase && overall.state == stateCompleted:
		overall.state = stateUncommitted
	}
	return overall, perFile
}

// onRecord reports whether the service knows the job.
func (j Job) onRecord(now time.Time) bool {
	overall, _ := j.snapshotAt(now)
	ended := overall.state == stateCompleted || overall.state == stateFailed
	expired := ended && j.ExpiresAfter > 0 && !now.Before(overall.since.Add(j.ExpiresAfter))
	return !expired && !now.Before(j.Start.Add(j.RecordedAfter))
}

// fileRows returns the number of rows in the file with an index. All files have the same
// number, as far as possible.
func (j Job) fileRows(i int) int64 {
	index, n := int64(i), int64(len(j.Files))
	return j.TotalRows*(index+1)/n - j.TotalRows*index/n
}

// combinedFile returns what the API shows for the job: the name of the first file and the
// size of all.
func (j Job) combinedFile() File {
	var combined File
	if len(j.Files) > 0 {
		combined.Name = j.Files[0].Name
	}
	for _, f := range j.Files {
		combined.Size += f.Size
	}
	return combined
}
