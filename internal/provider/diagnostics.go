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

const (
	// maxFileReasons is how many failed files an error names.
	maxFileReasons = 5
	// maxReason and maxName limit a reason and a file name in an error, in characters.
	maxReason = 2000
	maxName   = 300
)

// block is what an error says about the block that caused it.
type block struct {
	clusterID string
	// jobID is empty if the block has no job yet, or several.
	jobID string
	// collection is the collection of an import to start, otherwise empty.
	collection string
	// arguments are those that an error can point at.
	arguments []string
	// timeout is the key of the timeouts argument, empty if the block has none.
	timeout string
	// waits: the block waits for the job. Otherwise it reads the job once, or is not
	// about one job.
	waits  bool
	origin configOrigin
}

// attributePath returns the path of an argument, if the block has it.
func (b block) attributePath(argument string) (path.Path, bool) {
	switch {
	case argument == timeoutsArgument && b.timeout != "":
		return timeoutPath(b.timeout), true
	case slices.Contains(b.arguments, argument):
		return path.Root(argument), true
	default:
		return path.Path{}, false
	}
}

// String names the import job or jobs.
func (b block) String() string {
	switch {
	case b.jobID != "":
		return fmt.Sprintf("Import job %s, cluster %s.", b.jobID, b.clusterID)
	case b.collection != "":
		return fmt.Sprintf("Import into collection %s, cluster %s.", b.collection, b.clusterID)
	default:
		return fmt.Sprintf("Import jobs of cluster %s.", b.clusterID)
	}
}

// errorDiagnostic returns the diagnostic for the error of a read, a wait or another call.
// It ends with more, which are paragraphs.
func errorDiagnostic(b block, err error, more ...string) diag.Diagnostic {
	var ended *importjob.Error
	if !errors.As(err, &ended) {
		ended = &importjob.Error{Outcome: importjob.RequestFailed, Err: err}
	}
	a := adviceFor(b, ended)
	return newError(b, a.title, a.argument, append([]string{b.String(), lastState(ended), cause(b, ended), a.nextStep}, more...)...)
}

// newError returns an error that points at an argument of the block. If the block does
// not have the argument, the error has no attribute path, so that Terraform shows the
// file and line of the block.
func newError(b block, title, argument string, paragraphs ...string) diag.Diagnostic {
	var kept []string
	for _, p := range paragraphs {
		if p != "" {
			kept = append(kept, p)
		}
	}
	detail := strings.Join(kept, "\n\n")
	if p, found := b.attributePath(argument); found {
		return diag.NewAttributeErrorDiagnostic(p, title, detail)
	}
	return diag.NewErrorDiagnostic(title, detail)
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
	return fmt.Sprintf("Last state: %s (%d %s in %s).", stateText(*e.Last), e.Polls, polls, e.Elapsed.Round(time.Second/10))
}

// stateText returns the state and the progress of a job, such as "importing, 80 %".
func stateText(job importjob.Job) string {
	state := cmp.Or(string(stateOf(job)), "none")
	if percent := percentText(job); percent != "" {
		return state + ", " + percent
	}
	return state
}

// percentText returns the progress of a job, such as "99.5 %", empty if the API does not
// return it.
func percentText(job importjob.Job) string {
	switch {
	case job.Unconfirmed:
		return "1 % or 100 %"
	case job.ProgressPercent == nil:
		return ""
	default:
		return strconv.FormatFloat(*job.ProgressPercent, 'f', -1, 64) + " %"
	}
}

// cause describes the cause of an error, in the API's own words if it has returned any.
func cause(b block, e *importjob.Error) string {
	if isUnknownOutcome(e.Err) {
		return unknownOutcomeCause(b, e)
	}
	switch e.Outcome {
	case importjob.ImportFailed:
		return failureReasons(*e.Last)
	case importjob.TimedOut, importjob.Canceled:
		if e.Err == nil || errors.Is(e.Err, context.Canceled) {
			return ""
		}
		return "Last error: " + sentence(e.Err)
	case importjob.RequestFailed:
		return causePrefix(e.Err) + sentence(e.Err)
	default:
		return e.Error()
	}
}

// unknownOutcomeCause is the cause of a request whose outcome is unknown. The errors of
// a context would not tell a user what has happened.
func unknownOutcomeCause(b block, e *importjob.Error) string {
	switch {
	case e.Outcome == importjob.TimedOut && errors.Is(e.Err, context.DeadlineExceeded):
		return fmt.Sprintf("Cause: no response within %s (%s).", e.Timeout, timeoutName(b.timeout))
	case e.Outcome == importjob.Canceled && errors.Is(e.Err, context.Canceled):
		return "Cause: cancelled before the response."
	default:
		return causePrefix(e.Err) + sentence(e.Err)
	}
}

// causePrefix returns the beginning of a sentence with the cause, which names Zilliz Cloud
// if the service has returned the error.
func causePrefix(err error) string {
	var api *zilliz.APIError
	if errors.As(err, &api) {
		return "Zilliz Cloud: "
	}
	return "Cause: "
}

func sentence(err error) string {
	return strings.TrimSuffix(err.Error(), ".") + "."
}

// failureReasons lists the error messages of a failed import and of its files.
func failureReasons(job importjob.Job) string {
	var b strings.Builder
	if job.ErrorMessage != nil {
		fmt.Fprintf(&b, " %s", zilliz.Printable(*job.ErrorMessage, maxReason))
	}
	named := 0
	for _, file := range job.Files {
		if file.ErrorMessage == nil {
			continue
		}
		reason := zilliz.Printable(*file.ErrorMessage, maxReason)
		if strings.Contains(b.String(), reason) {
			continue
		}
		if named++; named <= maxFileReasons {
			fmt.Fprintf(&b, "\n  - %s: %s", fileLabel(file), reason)
		}
	}
	if named > maxFileReasons {
		fmt.Fprintf(&b, "\n  - and %d more files", named-maxFileReasons)
	}
	if b.Len() == 0 {
		return "Zilliz Cloud gives no reason."
	}
	return "Zilliz Cloud:" + b.String()
}

func fileLabel(file importjob.File) string {
	if file.FileName == nil {
		return "(no name)"
	}
	return zilliz.Printable(*file.FileName, maxName)
}
