// Package importjob knows what an import job is, and when to poll, to retry and to stop.
// It exists so that these rules are in one place, apart from HTTP and from Terraform.
//
// It never sends a request, reads no configuration and keeps nothing between two calls:
// its callers pass in the functions that send the requests.
//
// A result is a [Job] that was read without an error, whatever the state of its import.
package importjob

// ID identifies an import job. A job ID is unique only within its cluster.
type ID struct {
	ClusterID string
	DBName    string // empty for the default database
	JobID     string
}

// String returns "cluster_id/job_id".
func (id ID) String() string { return id.ClusterID + "/" + id.JobID }

// State is the state of an import, in lower case. The service adds states over time, so
// a State can be one without a constant. It is empty if the API does not return a state.
type State string

// The known states.
const (
	StatePending   State = "pending"
	StateImporting State = "importing"
	// StateUncommitted means that the imported rows stay invisible until someone commits the job.
	StateUncommitted State = "uncommitted"
	StateCommitting  State = "committing"
	StateCompleted   State = "completed"
	StateFailed      State = "failed"
)

// HasEnded reports whether an import in this state has completed or failed.
func (s State) HasEnded() bool { return s == StateCompleted || s == StateFailed }

// Abortable reports whether a job in this state can be aborted safely: it has not ended, and
// the service is not about to make its rows visible.
func (s State) Abortable() bool {
	return s == StatePending || s == StateImporting || s == StateUncommitted
}

// States returns the known states.
func States() []State {
	return []State{StatePending, StateImporting, StateUncommitted, StateCommitting, StateCompleted, StateFailed}
}

// Job is an import job as the API describes it. A pointer is nil if the API does not
// return the field.
type Job struct {
	State State
	// Ambiguous reports whether the API returned a full percentage, and the response does
	// not prove that the import has completed: the percentage can mean 1%, or a file
	// contradicts it. State is then [StateImporting]. [Read] and [Wait] look the job up in
	// the list of jobs.
	Ambiguous bool
	// ProgressPercent is from 0 to 100. It is nil too while Ambiguous is true.
	ProgressPercent *float64
	// ReadyPercentage is the number that API v1 returned. It is nil with API v2.
	ReadyPercentage *float64
	FileName        *string
	// RawFileName is FileName with its secrets, for comparisons. It must not be shown.
	RawFileName    *string `json:"-"`
	CollectionName *string
	FileSize       *int64 // in bytes
	// CompleteTime is as the API returned it. It is nil if the text is empty.
	CompleteTime *string
	// Reason says why the import failed or, with API v2, is a note on one in any other
	// state. It is nil if the text is blank.
	Reason       *string
	TotalRows    *int64 // nil with API v1, as ImportedRows
	ImportedRows *int64
	Files        []File // nil if the API does not return a list of files
}

// File is one file or folder of an import. Its fields have the same meaning as those of a [Job].
type File struct {
	FileName        *string
	RawFileName     *string `json:"-"`
	FileSize        *int64
	ProgressPercent *float64
	State           State
	CompleteTime    *string
	Reason          *string
}

// ListedJob is an import job in the list of jobs, as the API describes it.
type ListedJob struct {
	JobID          string
	CollectionName *string // nil if the API does not return it
	State          State
}

func sameProgress(a, b Job) bool {
	x, y := a.ProgressPercent, b.ProgressPercent
	return a.State == b.State && (x == y || x != nil && y != nil && *x == *y)
}
