// Package importjob defines what a bulk import job of Zilliz Cloud is, and how to
// poll one: retries, backoff, schedules, deadlines and shared requests. It exists so
// that these rules are in one place, apart from HTTP and from Terraform.
//
// It never sends an HTTP request, reads no configuration and imports nothing of
// Terraform: requests are sent through a [Reader].
package importjob

// ID names an import job. A job id is unique in its cluster only.
type ID struct {
	ClusterID string
	JobID     string
}

// String returns "cluster_id/job_id".
func (id ID) String() string {
	return id.ClusterID + "/" + id.JobID
}

// State is the state of an import, in lower case. It can be one without a constant,
// since the service adds states, and is empty if the API does not return any.
type State string

// The known states.
const (
	StatePending   State = "pending"
	StateImporting State = "importing"
	// StateUncommitted: the data is imported and has to be committed by a user.
	StateUncommitted State = "uncommitted"
	StateCommitting  State = "committing"
	StateCompleted   State = "completed"
	StateFailed      State = "failed"
)

// Phase is what a [State] means for a wait.
type Phase int

// The phases.
const (
	InProgress Phase = iota
	Succeeded
	Failed
)

// Phase returns what the state means for a wait. Only a state that the API defines
// as an end ends a wait, so an unknown one counts as in progress.
func (s State) Phase() Phase {
	switch s {
	case StateCompleted:
		return Succeeded
	case StateFailed:
		return Failed
	case StatePending, StateImporting, StateUncommitted, StateCommitting:
		return InProgress
	default:
		return InProgress
	}
}

// Known reports whether the state has a constant.
func (s State) Known() bool {
	switch s {
	case StatePending, StateImporting, StateUncommitted, StateCommitting, StateCompleted, StateFailed:
		return true
	default:
		return false
	}
}

// Job is an import job as one response of the API shows it. A nil pointer means that
// the API did not return the field; a pointer to an empty string, that it was empty.
type Job struct {
	State State
	// Unconfirmed: the state is completed only if the API's percentage, which is
	// exactly 1, is on the scale of 0 to 1. Nothing shows which scale it is on.
	Unconfirmed bool
	// ProgressPercent is 0 to 100, whatever scale the API used.
	ProgressPercent *float64
	// ReadyPercentage is the number that API v1 sent, on either of its scales.
	ReadyPercentage *float64
	FileName        *string
	CollectionName  *string
	// FileSize is in bytes.
	FileSize *int64
	// CompleteTime is opaque: the API's documentation is not consistent about its form.
	CompleteTime *string
	// ErrorMessage is why the import failed, nil if it has not.
	ErrorMessage *string
	TotalRows    *int64
	ImportedRows *int64
	// Files is nil if the API did not return a list.
	Files []File
}

// File is one file or folder of an import.
type File struct {
	FileName        *string
	FileSize        *int64
	ProgressPercent *float64
	State           State
	CompleteTime    *string
	ErrorMessage    *string
}

// Summary is an import job in the list of jobs.
type Summary struct {
	JobID          string
	CollectionName *string
	State          State
}

// sameProgress reports whether two results have the same state and progress.
func sameProgress(a, b Job) bool {
	if a.State != b.State {
		return false
	}
	if a.ProgressPercent == nil || b.ProgressPercent == nil {
		return a.ProgressPercent == b.ProgressPercent
	}
	return *a.ProgressPercent == *b.ProgressPercent
}
