package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

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

// errorDiagnostic describes the error of a call. It ends with more, which are paragraphs.
func errorDiagnostic(b block, err error, more ...string) diag.Diagnostic {
	ended, ok := errors.AsType[*importjob.Error](err)
	if !ok {
		ended = &importjob.Error{Outcome: importjob.RequestFailed, Err: err}
	}
	r := remedyFor(b, ended)
	known := []string{lastState(ended), cause(ended), sentBefore(ended)}
	return newError(b, r.title, r.argument, slices.Concat(known, []string{r.nextStep}, more)...)
}

// newError returns an error that names the job or jobs. If the block does not have the
// argument, it has no attribute path, so that Terraform shows the line of the block.
func newError(b block, title, argument string, paragraphs ...string) diag.Diagnostic {
	detail := joinParagraphs(append([]string{b.String()}, paragraphs...)...)
	switch {
	case argument == timeoutsArgument && b.timeoutKey != "":
		return diag.NewAttributeErrorDiagnostic(timeoutPath(b.timeoutKey), title, detail)
	case slices.Contains(b.arguments, argument):
		return diag.NewAttributeErrorDiagnostic(path.Root(argument), title, detail)
	default:
		return diag.NewErrorDiagnostic(title, detail)
	}
}

// lastState describes the last result of a wait. It is empty if there was none.
func lastState(e *importjob.Error) string {
	if e.Last == nil {
		return ""
	}
	polls := "polls"
	if e.Polls == 1 {
		polls = "poll"
	}
	text := fmt.Sprintf("Last state: %s (%d %s in %s", stateText(*e.Last), e.Polls, polls,
		shortDuration(e.Elapsed.Round(time.Second/10)))
	if e.LastAge > recentAge {
		text += fmt.Sprintf("; read %s ago", shortDuration(e.LastAge.Round(time.Second)))
	}
	return text + ")."
}

// cause uses the API's own words if it has returned any.
func cause(e *importjob.Error) string {
	unknown := importjob.FailureOf(e.Err) == importjob.UnknownOutcome
	switch {
	case unknown && e.Outcome == importjob.Canceled && errors.Is(e.Err, context.Canceled):
		return "Cause: canceled before the response."
	case unknown || e.Outcome == importjob.RequestFailed || e.Outcome == importjob.RowsOutOfBounds:
		if wraps[*zilliz.APIError](e.Err) {
			return "Zilliz Cloud: " + sentence(e.Err)
		}
		return "Cause: " + sentence(e.Err)
	case e.Outcome == importjob.ImportFailed:
		return cmp.Or(reasons(*e.Last), "Zilliz Cloud gives no reason. The job may have been aborted.")
	default: // timed out or canceled
		var said, last string
		if e.Last != nil {
			said = reasons(*e.Last)
		}
		if e.Err != nil {
			last = "Last error: " + sentence(e.Err)
		}
		return joinParagraphs(said, last)
	}
}

// sentBefore says that a call which failed has sent a commit or an abort.
func sentBefore(e *importjob.Error) string {
	switch {
	case e.AbortSent:
		return "An abort was sent to the job, so it may have been aborted."
	case e.Commits == 0:
		return ""
	case e.CommitRefused:
		return "Zilliz Cloud has refused to commit the job, which was uncommitted when it was last read."
	case e.Outcome == importjob.ImportFailed:
		return "A commit was sent to the job, which then failed or was aborted."
	default:
		return "A commit was sent to the job, so its rows may be visible, or become visible."
	}
}

// refusal says that the service has refused to abort a job. It quotes the service unless the
// error of the call does.
func refusal(a importjob.Aborted, err error) string {
	if a.Refusal == nil {
		return ""
	}
	quoted := "."
	if !errors.Is(err, a.Refusal) {
		quoted = ": " + sentence(a.Refusal)
	}
	return "Zilliz Cloud has refused to abort the job" + quoted +
		"\n\nAborting is documented for jobs that were started with auto_commit = false."
}

// newWarning returns a warning that names the job or jobs.
func newWarning(b block, title string, paragraphs ...string) diag.Diagnostic {
	return diag.NewWarningDiagnostic(title, joinParagraphs(append([]string{b.String()}, paragraphs...)...))
}

func sentence(err error) string {
	return strings.TrimSuffix(err.Error(), ".") + "."
}

// joinParagraphs joins the paragraphs that are not empty.
func joinParagraphs(paragraphs ...string) string {
	return strings.Join(slices.DeleteFunc(paragraphs, func(p string) bool { return p == "" }), "\n\n")
}

// resultWarnings returns the warnings about a result that is not an error: a completed
// import that lacks files or rows, or a job that may have completed.
func resultWarnings(b block, r importjob.Reading) (diagnostics diag.Diagnostics) {
	job, listError, rows := r.Job, "", ""
	switch {
	case job.Ambiguous:
		if r.ListErr != nil {
			listError = "Last error: " + sentence(r.ListErr)
		}
		diagnostics.Append(newWarning(b, "Import job may have completed", listError,
			ambiguousPercentage+". Until the API tells which, the job counts as importing."))
	case isCompleted(job) && (len(failedFiles(job)) > 0 || lacksRows(job)):
		if lacksRows(job) {
			rows = "Rows: " + rowsText(job) + "."
		}
		diagnostics.Append(newWarning(b, "Import job completed without some of its data", rows, reasons(job),
			"Zilliz Cloud says that the import has completed, so it counts as completed. Check the collection, and "+
				"import what is missing."))
	}
	return diagnostics
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
