package provider

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zilliz"
)

// verb says what a block does with its job or jobs.
type verb int

const (
	verbRead verb = iota
	verbList
	verbWait
	verbCommit
	verbAbort
	verbStart
)

// block describes the block that an error is reported for.
type block struct {
	verb verb
	id   importjob.ID // without a JobID if the block has no job yet, or several
	// collection is that of an import to start, or at the address, which is the endpoint of a
	// cluster. Other blocks have neither.
	collection, address string
	arguments           []string // those that an error can point at
	timeoutKey          string   // that of the timeout in force; can be empty
	notFoundStep        string   // what to do in this block about a job without a record
}

func jobBlock(v verb, id importjob.ID, timeoutKey string) block {
	return block{verb: v, id: id, arguments: []string{"cluster_id", "job_id"}, timeoutKey: timeoutKey}
}

// String names the import job or jobs, or the collection.
func (b block) String() string {
	switch {
	case b.address != "":
		return fmt.Sprintf("Collection %s, %s.", b.collection, b.address)
	case b.id.JobID != "":
		return fmt.Sprintf("Import job %s, cluster %s.", b.id.JobID, b.id.ClusterID)
	case b.collection != "":
		return fmt.Sprintf("Import into collection %s, cluster %s.", b.collection, b.id.ClusterID)
	default:
		return fmt.Sprintf("Import jobs of cluster %s.", b.id.ClusterID)
	}
}

func (b block) orMoreTime() string {
	if b.timeoutKey == "" {
		return ""
	}
	return ", or allow more time with " + timeoutName(b.timeoutKey)
}

// checkHost names the arguments that determine the host.
func (b block) checkHost() string {
	if b.address != "" {
		return "Check connect_address."
	}
	return "Check " + regionSetting + " and " + endpointSetting + "."
}

const (
	// maxFileReasons limits the failed files that an error names.
	maxFileReasons = 5
	// maxReason and maxName limit a reason and a file name in an error, in characters.
	maxReason = 2000
	maxName   = 300

	// missingCommit names what an uncommitted job waits for.
	missingCommit = "a commit, for example by zilliz_import_commit"
)

// stateText returns the state and the progress of a job, such as "importing, 80%".
func stateText(job importjob.Job) string {
	state := cmp.Or(string(job.State), "none")
	switch {
	case job.Ambiguous && job.ReadyPercentage != nil && *job.ReadyPercentage > 1:
		return state + ", 100%, but not all of its files"
	case job.Ambiguous:
		return state + ", 1% or 100%"
	case job.ProgressPercent == nil:
		return state
	default:
		return state + ", " + strconv.FormatFloat(*job.ProgressPercent, 'f', -1, 64) + "%"
	}
}

// unknownState is the beginning of a sentence about a job in a state without a constant.
func unknownState(job importjob.Job) string {
	if job.State == "" {
		return "The API returned no state"
	}
	return fmt.Sprintf("The provider does not know the state %q", string(job.State))
}

// reasons lists what the service says about a job and its failed files. It can be empty.
func reasons(job importjob.Job) string {
	var b strings.Builder
	if job.Reason != nil {
		fmt.Fprintf(&b, " %s", zilliz.Printable(*job.Reason, maxReason))
	}
	failed := failedFiles(job)
	for i, file := range failed {
		if i == maxFileReasons {
			fmt.Fprintf(&b, "\n  - and %d more files", len(failed)-i)
			break
		}
		name, reason := "(no name)", "failed"
		if file.FileName != nil {
			name = zilliz.Printable(*file.FileName, maxName)
		}
		if file.Reason != nil {
			reason = zilliz.Printable(*file.Reason, maxReason)
		}
		if !strings.Contains(b.String(), reason) {
			fmt.Fprintf(&b, "\n  - %s: %s", name, reason)
		}
	}
	if b.Len() == 0 {
		return ""
	}
	return "Zilliz Cloud:" + b.String()
}

func failedFiles(job importjob.Job) []importjob.Progress {
	return slices.DeleteFunc(slices.Clone(job.Files),
		func(f importjob.Progress) bool { return f.State != importjob.StateFailed })
}

func isCompleted(job importjob.Job) bool { return job.State == importjob.StateCompleted }

// lacksRows reports whether a completed import has fewer rows than its files: not all rows
// were imported, or none of files that are not empty (milvus-io/milvus#38693).
func lacksRows(job importjob.Job) bool {
	rows := job.ImportedRows
	return rows != nil && (job.TotalRows != nil && *rows < *job.TotalRows ||
		*rows == 0 && job.FileSize != nil && *job.FileSize > 0)
}

func rowsText(job importjob.Job) string {
	if job.TotalRows == nil || *job.TotalRows <= *job.ImportedRows {
		return fmt.Sprintf("%d imported of files with %d bytes", *job.ImportedRows, *job.FileSize)
	}
	return fmt.Sprintf("%d of %d imported", *job.ImportedRows, *job.TotalRows)
}
