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

const (
	// maxFileReasons is how many failed files an error names.
	maxFileReasons = 5
	// maxReason and maxName limit a reason and a file name in an error, in characters.
	maxReason = 2000
	maxName   = 300

	// missingCommit is what a wait for an uncommitted job waits for.
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

func failedFiles(job importjob.Job) []importjob.File {
	return slices.DeleteFunc(slices.Clone(job.Files),
		func(f importjob.File) bool { return f.State != importjob.StateFailed })
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
