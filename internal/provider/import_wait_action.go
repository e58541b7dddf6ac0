package provider

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

var (
	_ action.ActionWithConfigure  = (*importWaitAction)(nil)
	_ action.ActionWithModifyPlan = (*importWaitAction)(nil)
)

type importWaitAction struct{ actionBase }

func newImportWaitAction() action.Action { return &importWaitAction{} }

func (a *importWaitAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_import_wait"
}

func (a *importWaitAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Waits until a bulk import has completed, with live progress in the terminal. Requires " +
			"Terraform 1.14 or later.",
		Attributes: jobActionAttributes(waitTimeoutDescription(invokeKey)),
	}
}

func (a *importWaitAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	id, timeout, diagnostics := a.prepare(ctx, req, defaultWaitTimeout)
	resp.Diagnostics.Append(diagnostics...)
	if resp.Diagnostics.HasError() {
		return
	}
	sentAt := -messageInterval
	observe := func(p importjob.Poll) {
		if p.Changed || p.Elapsed-sentAt >= messageInterval {
			resp.SendProgress(action.InvokeProgressEvent{Message: progressMessage(p)})
			sentAt = p.Elapsed
		}
	}
	job, err := a.data.wait(ctx, id, timeout, importjob.WaitOptions{Observe: observe})
	b := jobBlock(verbWait, id, invokeKey)
	if err != nil {
		resp.Diagnostics.Append(errorDiagnostic(b, err))
		return
	}
	resp.Diagnostics.Append(resultWarnings(b, importjob.Reading{Job: job})...)
}

// messageInterval is how old the last message must be for a poll without a change to send
// another. Polls are at most 30 s apart, so a wait is never silent for much longer.
const messageInterval = 20 * time.Second

// progressMessage returns a message such as "importing, 42% (1m20s so far)".
func progressMessage(p importjob.Poll) string {
	message := "no result yet"
	if p.Job != nil {
		message = stateText(*p.Job)
		if p.Job.State == importjob.StateUncommitted {
			message += ", waiting for " + missingCommit
		}
	}
	message += fmt.Sprintf(" (%s so far)", shortDuration(p.Elapsed.Round(time.Second)))
	if p.Err != nil {
		message += "; the last poll failed"
	}
	return message
}
