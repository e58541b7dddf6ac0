package provider

import (
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
	origin  configOrigin
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

// errorDiagnostic renders the error of a read, a wait or another call.
func errorDiagnostic(b block, err error) diag.Diagnostic {
	var ended *importjob.Error
	if !errors.As(err, &ended) {
		ended = &importjob.Error{Outcome: importjob.RequestFailed, Err: err}
	}
	a := adviceFor(b, ended)
	return newError(b, a.title, a.argument, b.String(), lastState(ended), cause(ended), a.nextStep)
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

// lastState describes the last good result, if there was one.
func lastState(e *importjob.Error) string {
	if e.Last == nil {
		return ""
	}
	state := "none"
	if e.Last.State != "" {
		state = string(e.Last.State)
	}
	if p := e.Last.ProgressPercent; p != nil {
		state += ", " + strconv.FormatFloat(*p, 'f', -1, 64) + " %"
	}
	polls := "polls"
	if e.Polls == 1 {
		polls = "poll"
	}
	return fmt.Sprintf("Last state: %s (%d %s in %s).", state, e.Polls, polls, e.Elapsed.Round(time.Second/10))
}

// cause returns the reason in the API's own words.
func cause(e *importjob.Error) string {
	switch e.Outcome {
	case importjob.ImportFailed:
		return failureReasons(e.Last)
	case importjob.TimedOut, importjob.Canceled:
		if e.Err == nil || errors.Is(e.Err, context.Canceled) {
			return ""
		}
		return "Last error: " + sentence(e.Err)
	case importjob.RequestFailed:
		return source(e.Err) + sentence(e.Err)
	default:
		return e.Error()
	}
}

// source introduces an error: the service has returned it, or not.
func source(err error) string {
	var api *zilliz.APIError
	if errors.As(err, &api) {
		return "Zilliz Cloud: "
	}
	return "Cause: "
}

func sentence(err error) string {
	return strings.TrimSuffix(err.Error(), ".") + "."
}

// failureReasons lists the error messages of an import and of its files.
func failureReasons(job *importjob.Job) string {
	if job.State.Phase() != importjob.Failed {
		return ""
	}
	var b strings.Builder
	if job.ErrorMessage != nil {
		fmt.Fprintf(&b, "Zilliz Cloud: %s", zilliz.Printable(*job.ErrorMessage, maxReason))
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
	return b.String()
}

func fileLabel(file importjob.File) string {
	if file.FileName == nil {
		return "(no name)"
	}
	return zilliz.Printable(*file.FileName, maxName)
}
