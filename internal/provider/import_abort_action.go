package provider

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

func newImportAbortAction() action.Action {
	return &jobAction{
		name: "import_abort",
		description: "Aborts an import job that is pending, importing or uncommitted, which discards its rows. " +
			"API v2 only.",
		purpose:        "abort the job",
		defaultTimeout: defaultReadTimeout,
		unsupported:    "API v1 can't abort a job. Remove the action.",
		invoke:         abortJob,
	}
}

// abortJob reads the job first, so that a job that has failed before is not taken for aborted.
func abortJob(
	ctx context.Context, d *providerData, id importjob.ID, timeout time.Duration, send func(string),
) diag.Diagnostics {
	b := jobBlock(verbAbort, id, invokeKey)
	began := time.Now()
	before, err := d.readJob(ctx, id, timeout)
	after := importjob.Aborted{Job: before.Job}
	if err == nil && before.State.Abortable() {
		send("Aborting the job: " + stateText(before.Job))
		after, err = d.abort(ctx, id, timeout-time.Since(began))
	}
	switch {
	case err != nil:
		return diag.Diagnostics{errorDiagnostic(b, err, refusal(after, err))}
	case before.State.Abortable() && after.Job.State == importjob.StateFailed: // that of an aborted job (documented)
		return nil
	default:
		return diag.Diagnostics{notAborted(b, after)}
	}
}

func notAborted(b block, a importjob.Aborted) diag.Diagnostic {
	title, nextStep := "Import job not aborted", ""
	switch a.Job.State {
	case importjob.StateCompleted:
		title, nextStep = "Import job has completed", "A completed import can't be aborted: its rows are in the collection."
	case importjob.StateFailed:
		title, nextStep = "Import job has already failed", "There is nothing to abort."
	case importjob.StateCommitting:
		title, nextStep = "Import job is being committed", "Its rows are about to become visible, so it can't be aborted."
	case importjob.StatePending, importjob.StateImporting, importjob.StateUncommitted: // only with an error
	default:
		nextStep = unknownState(a.Job) + ", so the job was not aborted."
	}
	return newError(b, title, "job_id", reasons(a.Job), refusal(a, nil), nextStep)
}
