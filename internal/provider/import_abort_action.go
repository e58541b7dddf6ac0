package provider

import (
	"context"
	"errors"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

var (
	_ action.ActionWithConfigure  = (*importAbortAction)(nil)
	_ action.ActionWithModifyPlan = (*importAbortAction)(nil)
)

type importAbortAction struct{ actionBase }

func newImportAbortAction() action.Action { return &importAbortAction{} }

func (a *importAbortAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_import_abort"
}

func (a *importAbortAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Aborts an import job that is pending, importing or uncommitted, which discards its rows. " +
			"API v2 only. Requires Terraform 1.14 or later.",
		Attributes: jobActionAttributes(timeoutsDescription("abort the job", invokeKey) + defaultsTo(defaultReadTimeout)),
	}
}

// ModifyPlan checks that the API version has the call.
func (a *importAbortAction) ModifyPlan(
	ctx context.Context, req action.ModifyPlanRequest, resp *action.ModifyPlanResponse,
) {
	if a.data.isV1() {
		resp.Diagnostics.Append(actionRequiresV2())
		return
	}
	a.actionBase.ModifyPlan(ctx, req, resp)
}

func actionRequiresV2() diag.Diagnostic {
	return requiresV2(path.Empty(), "zilliz_import_abort", "API v1 can't abort a job. Remove the action.")
}

func (a *importAbortAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	id, timeout, diagnostics := a.prepare(ctx, req, defaultReadTimeout)
	resp.Diagnostics.Append(diagnostics...)
	if a.data.isV1() {
		resp.Diagnostics.Append(actionRequiresV2())
	}
	if resp.Diagnostics.HasError() {
		return
	}
	b := jobBlock(verbAbort, id, invokeKey)
	began := time.Now()
	before, err := a.data.readJob(ctx, id, timeout)
	var after importjob.Aborted
	if err == nil && before.State.Abortable() {
		resp.SendProgress(action.InvokeProgressEvent{Message: "Aborting the job: " + stateText(before.Job)})
		after, err = a.data.abort(ctx, id, timeout-time.Since(began))
	} else {
		after.Job = before.Job
	}
	switch {
	case err != nil:
		resp.Diagnostics.Append(errorDiagnostic(b, err, refusal(after, err)))
	case before.State.Abortable() && after.Job.State == importjob.StateFailed: // that of an aborted job (documented)
	default:
		resp.Diagnostics.Append(notAborted(b, after))
	}
}

// notAborted is the error of a job that was not aborted.
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
