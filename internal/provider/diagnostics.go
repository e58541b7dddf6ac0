package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zilliz"
)

// subject is what an error is about: a block, and its job or jobs.
type subject struct {
	// id has no JobID if the block has no job yet, or several.
	id importjob.ID
	// collection is the collection of an import to start, otherwise empty.
	collection string
	// arguments are those that an error can point at.
	arguments []string
	// timeoutKey is the key of the timeouts argument, empty if the block has none.
	timeoutKey string
	// waits reports whether the block waits for the job. If not, it reads the job once, or
	// is not about one job.
	waits bool
	// commits and aborts report whether the block commits or aborts the job.
	commits bool
	aborts  bool
	origin  configOrigin
}

// String names the import job or jobs.
func (s subject) String() string {
	switch {
	case s.id.JobID != "":
		return fmt.Sprintf("Import job %s, cluster %s.", s.id.JobID, s.id.ClusterID)
	case s.collection != "":
		return fmt.Sprintf("Import into collection %s, cluster %s.", s.collection, s.id.ClusterID)
	default:
		return fmt.Sprintf("Import jobs of cluster %s.", s.id.ClusterID)
	}
}

// errorDiagnostic returns the diagnostic for the error of a read, a wait or another call.
// It ends with more, which are paragraphs.
func errorDiagnostic(s subject, err error, more ...string) diag.Diagnostic {
	ended, ok := errors.AsType[*importjob.Error](err)
	if !ok {
		ended = &importjob.Error{Outcome: importjob.RequestFailed, Err: err}
	}
	r := remedyFor(s, ended)
	known := []string{lastState(ended), cause(ended), sentBefore(ended)}
	return newError(s, r.title, r.argument, slices.Concat(known, []string{r.nextStep}, more)...)
}

// newError returns an error that names the job or jobs, and points at an argument of the
// block. If the block does not have the argument, the error has no attribute path, so that
// Terraform shows the file and line of the block.
func newError(s subject, title, argument string, paragraphs ...string) diag.Diagnostic {
	detail := joinParagraphs(append([]string{s.String()}, paragraphs...)...)
	switch {
	case argument == timeoutsArgument && s.timeoutKey != "":
		return diag.NewAttributeErrorDiagnostic(timeoutPath(s.timeoutKey), title, detail)
	case slices.Contains(s.arguments, argument):
		return diag.NewAttributeErrorDiagnostic(path.Root(argument), title, detail)
	default:
		return diag.NewErrorDiagnostic(title, detail)
	}
}

// requiresV2 returns the error of an argument that API v1 does not support.
func requiresV2(argument string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root(argument), argument+" requires API v2",
		"API v1 does not support "+argument+". Remove it, or set api_version = \"v2\" in the provider configuration.")
}

// lastState describes the last result of a wait, empty if there was none.
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

// cause describes the cause of an error, in the API's own words if it has returned any.
func cause(e *importjob.Error) string {
	unknown := wraps[*importjob.UnknownOutcomeError](e.Err)
	switch {
	case unknown && e.Outcome == importjob.Canceled && errors.Is(e.Err, context.Canceled):
		return "Cause: canceled before the response."
	case unknown || e.Outcome == importjob.RequestFailed:
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
	case e.Commits == 0 || e.Outcome == importjob.ImportFailed:
		return ""
	case e.CommitRejected:
		return "A commit was sent to the job, and rejected. The job was uncommitted when it was read after that."
	default:
		return "A commit was sent to the job, so its rows may be visible, or become visible."
	}
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
func resultWarnings(s subject, job importjob.Job) (diagnostics diag.Diagnostics) {
	switch {
	case job.Ambiguous:
		listError := ""
		if job.ListErr != nil {
			listError = "Last error: " + sentence(job.ListErr)
		}
		diagnostics.AddWarning("Import job may have completed", joinParagraphs(s.String(), listError,
			ambiguousPercentage+". Until the API tells which, the job counts as importing."))
	case isCompleted(job) && (len(failedFiles(job)) > 0 || lacksRows(job)):
		rows := ""
		if lacksRows(job) {
			rows = fmt.Sprintf("Rows: %d of %d imported.", *job.ImportedRows, *job.TotalRows)
		}
		diagnostics.AddWarning("Import job completed without some of its data", joinParagraphs(s.String(), rows, reasons(job),
			"Zilliz Cloud says that the import has completed, so it counts as completed. Check the collection, and "+
				"import what is missing."))
	}
	return diagnostics
}
