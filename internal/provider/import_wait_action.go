package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

var _ action.ActionWithConfigure = (*importWaitAction)(nil)

// importWaitAction waits until an import has completed.
type importWaitAction struct{ actionBase }

func newImportWaitAction() action.Action { return &importWaitAction{} }

func (a *importWaitAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_import_wait"
}

func (a *importWaitAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Waits until a bulk import has completed, with live progress in the terminal. Requires " +
			"Terraform 1.14 or later.",
		Attributes: jobActionAttributes(waitTimeoutDescription("invoke")),
	}
}

func (a *importWaitAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	id, timeout, diagnostics := a.prepare(ctx, req, defaultWaitTimeout)
	resp.Diagnostics.Append(diagnostics...)
	if resp.Diagnostics.HasError() {
		return
	}
	send := func(message string) { resp.SendProgress(action.InvokeProgressEvent{Message: message}) }
	job, err := a.data.wait(ctx, id, timeout, importjob.WaitOptions{Observe: progressMessages(send)})
	s := a.data.jobSubject(id, "invoke", true)
	if err != nil {
		resp.Diagnostics.Append(errorDiagnostic(s, err))
		return
	}
	resp.Diagnostics.Append(resultWarnings(s, job)...)
}
