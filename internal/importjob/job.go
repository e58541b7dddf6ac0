// Package importjob knows what a bulk import job of Zilliz Cloud is and how to
// wait for one. It exists so that the rules of waiting stand in one place, apart
// from the service they are asked of and from the program that asks.
//
// It never sends a request, reads no configuration and knows nothing of HTTP or
// Terraform: whoever can ask the service comes in as a [Reader].
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

// State is what the API says of an import, in lower case. It can be a state that
// no constant names, since services grow, and empty where the API says none.
type State string

// The states that are known of the API.
const (
	StatePending   State = "pending"
	StateImporting State = "importing"
	// StateUncommitted: the data is imported, and somebody has to commit it.
	StateUncommitted State = "uncommitted"
	StateCommitting  State = "committing"
	StateCompleted   State = "completed"
	StateFailed      State = "failed"
)

// Phase is what a [State] means to somebody who waits.
type Phase int

// Every state belongs to one of these phases.
const (
	InProgress Phase = iota
	Succeeded
	Failed
)

// Phase tells what the state means to somebody who waits. Only the API's own word
// ends a wait, so a state that is not known counts as in progress.
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

// Known tells whether the state is one that the API is known to send.
func (s State) Known() bool {
	switch s {
	case StatePending, StateImporting, StateUncommitted, StateCommitting, StateCompleted, StateFailed:
		return true
	default:
		return false
	}
}

// Job is one answer about an import. A nil pointer means that the API said
// nothing; a pointer to an empty string means that it sent one.
type Job struct {
	State State
	// ProgressPercent is 0 to 100, whatever scale the API used.
	ProgressPercent *float64
	// ReadyPercentage is the number as API v1 sent it, on either of its scales.
	ReadyPercentage *float64
	FileName        *string
	CollectionName  *string
	// FileSize is in bytes.
	FileSize *int64
	// CompleteTime is opaque: its form is not the same in all of the API's documentation.
	CompleteTime *string
	// ErrorMessage says why the import failed. Nil where it has not.
	ErrorMessage *string
	TotalRows    *int64
	ImportedRows *int64
	// Files is nil where the API sent no list, and empty where it sent an empty one.
	Files []File
}

// File is the part of an import that concerns one file or folder.
type File struct {
	FileName        *string
	FileSize        *int64
	ProgressPercent *float64
	State           State
	CompleteTime    *string
	ErrorMessage    *string
}

// Summary is an import job as the list of a cluster's jobs shows it.
type Summary struct {
	JobID          string
	CollectionName *string
	State          State
}

// sameProgress tells whether two answers would look the same to somebody who watches.
func sameProgress(a, b Job) bool {
	if a.State != b.State {
		return false
	}
	if a.ProgressPercent == nil || b.ProgressPercent == nil {
		return a.ProgressPercent == b.ProgressPercent
	}
	return *a.ProgressPercent == *b.ProgressPercent
}
