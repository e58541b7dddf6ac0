// Package importjob knows what an import job is, and when to poll, to retry and to stop. It
// exists so that these rules are in one place, apart from HTTP and from Terraform.
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

// Job is an import job as the API describes it. A pointer is nil if the API does not return
// the field, here and in a [Progress].
type Job struct {
	Progress
	// Ambiguous reports whether the API returned a full percentage, and the response does
	// not prove that the import has completed: the percentage can mean 1%, or a file
	// contradicts it. State is then [StateImporting], and ProgressPercent nil. [Read] and
	// [Wait] look the job up in the list of jobs.
	Ambiguous bool
	// ReadyPercentage is the number that API v1 returned. It is nil with API v2.
	ReadyPercentage *float64
	CollectionName  *string
	TotalRows       *int64 // nil with API v1, as ImportedRows
	ImportedRows    *int64
	Files           []Progress // nil if the API does not return a list of files
}

// Progress is the progress of an import, or of one of its files or folders.
type Progress struct {
	State           State
	ProgressPercent *float64 // from 0 to 100
	FileName        *string
	RawFileName     *string `json:"-"` // with its secrets, for comparisons; it must not be shown
	FileSize        *int64  // in bytes
	// CompleteTime is as the API returned it. It is nil if the text is empty.
	CompleteTime *string
	// Reason says why the import failed or, with API v2, is a note on one in any other
	// state. It is nil if the text is blank.
	Reason *string
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
