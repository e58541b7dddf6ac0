package provider

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"

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
		MarkdownDescription: "Aborts an import job that is pending, importing or uncommitted, which discards what it has " +
			"imported. A job that has ended or is being committed is an error. API v2 only. Requires Terraform 1.14 or later. " +
			"Aborting is documented by the references of Zilliz's SDKs, not by the pages of the REST API, and has not been " +
			"tried against Zilliz Cloud.",
		Attributes: jobActionAttributes(timeoutsDescription("abort the job", "invoke") + defaultsTo(defaultReadTimeout)),
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
	return diag.NewErrorDiagnostic("zilliz_import_abort requires API v2",
		"API v1 can't abort a job. Set api_version = \"v2\" in the provider configuration.")
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
	s := a.data.jobSubject(id, "invoke", false)
	s.aborts = true
	began := time.Now()
	before, err := a.data.readJob(ctx, id, timeout)
	after := before
	if err == nil && importjob.Abortable(before.State) {
		resp.SendProgress(action.InvokeProgressEvent{Message: "Aborting the job: " + stateText(before)})
		after, err = a.data.abort(ctx, id, timeout-time.Since(began))
	}
	switch {
	case err != nil:
		resp.Diagnostics.Append(errorDiagnostic(s, err))
	case importjob.Abortable(before.State) && after.State == importjob.StateFailed: // that of an aborted job (documented)
	default:
		resp.Diagnostics.Append(notAborted(s, after))
	}
}

// notAborted is the error of a job that can't be aborted.
func notAborted(s subject, job importjob.Job) diag.Diagnostic {
	switch job.State {
	case importjob.StateCompleted:
		return newError(s, "Import job has completed", "job_id",
			"A completed import can't be aborted: its rows are in the collection.")
	case importjob.StateFailed:
		return newError(s, "Import job has already failed", "job_id", reasons(job), "There is nothing to abort.")
	case importjob.StateCommitting:
		return newError(s, "Import job is being committed", "job_id",
			"Its rows are about to become visible, so it can't be aborted.")
	case importjob.StatePending, importjob.StateImporting, importjob.StateUncommitted: // only with an error
	}
	return newError(s, "Import job not aborted", "job_id", unknownState(job)+", so the job was not aborted.")
}
