// Package importjob defines the bulk import jobs of Zilliz Cloud and how to poll them:
// retries, backoff, the polling schedule, deadlines and shared requests. It keeps these
// rules in one place, separate from HTTP and Terraform.
//
// It never sends an HTTP request, reads no configuration and imports no Terraform
// package: its callers pass in a [Reader] or a function that sends the request.
//
// A result is a [Job] that was read without an error, whatever the state of its import.
package importjob

// ID identifies an import job. A job id is unique only within its cluster.
type ID struct {
	ClusterID string
	JobID     string
}

// String returns "cluster_id/job_id".
func (id ID) String() string {
	return id.ClusterID + "/" + id.JobID
}

// State is the state of an import, in lower case. The service adds states over time,
// so a State can be one without a constant. Empty: the API did not return a state.
type State string

// The known states.
const (
	StatePending   State = "pending"
	StateImporting State = "importing"
	// StateUncommitted: the data is imported, and a user must commit it.
	StateUncommitted State = "uncommitted"
	StateCommitting  State = "committing"
	StateCompleted   State = "completed"
	StateFailed      State = "failed"
)

// Phase is what a [State] means for a wait.
type Phase int

// The phases of an import.
const (
	// InProgress: the import has not ended, or its state is unknown.
	InProgress Phase = iota
	// Succeeded: the import has completed.
	Succeeded
	// Failed: the import has failed.
	Failed
)

// Phase returns what the state means for a wait. An unknown state is in progress: only
// a state that the API defines as an end can end a wait.
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

// Job is an import job as one response of the API describes it. Pointers are nil if the
// API does not return the field.
type Job struct {
	State State
	// Unconfirmed: State is completed because of a percentage of 1, which could also
	// mean 1 %, since nothing shows whether the scale is 0 to 1 or 0 to 100. API v1
	// only. [Poller.Wait] confirms it.
	Unconfirmed bool
	// ProgressPercent is from 0 to 100, whatever scale the API uses.
	ProgressPercent *float64
	// ReadyPercentage is the number that API v1 returned, on a scale of 0 to 1 or 0 to
	// 100. Nil with API v2.
	ReadyPercentage *float64
	FileName        *string
	CollectionName  *string
	// FileSize is in bytes.
	FileSize *int64
	// CompleteTime is when the import completed, as the API returned it. It is not
	// parsed, since the documentation is inconsistent about its format. Nil if empty.
	CompleteTime *string
	// ErrorMessage is why the import failed. Nil if it has not failed, or if the API
	// gives no reason.
	ErrorMessage *string
	// TotalRows and ImportedRows are nil with API v1.
	TotalRows    *int64
	ImportedRows *int64
	// Files is nil if the API does not return a list of files.
	Files []File
}

// File is one file or folder of an import. Its fields mean the same as those of a [Job].
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
	// JobID is empty if the API does not return it.
	JobID string
	// CollectionName is nil if the API does not return it.
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
