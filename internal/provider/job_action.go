package provider

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

type jobAction struct {
	name, description string
	purpose           string // of the timeout
	defaultTimeout    time.Duration
	unsupported       string // what API v1 can't do; empty if it can
	// invoke does the action, and reports its progress with send.
	invoke func(context.Context, *providerData, importjob.ID, time.Duration, func(string)) diag.Diagnostics

	data *providerData
}

type jobActionModel struct {
	jobIdentity
	Timeouts types.Map `tfsdk:"timeouts"`
}

func (a *jobAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + a.name
}

func (a *jobAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: a.description + " Requires Terraform 1.14 or later.",
		Attributes: map[string]schema.Attribute{
			"cluster_id": requiredID(clusterIDDescription),
			"db_name":    optionalText(dbNameDescription),
			"job_id":     requiredID(jobIDDescription),
			"timeouts":   timeoutsAttribute(invokeKey, a.purpose, defaultsTo(a.defaultTimeout)),
		},
	}
}

func (a *jobAction) Configure(_ context.Context, req action.ConfigureRequest, _ *action.ConfigureResponse) {
	a.data = providerDataFrom(req.ProviderData)
}

// ModifyPlan checks what API v1 can't do, so that an apply does not fail halfway.
func (a *jobAction) ModifyPlan(ctx context.Context, req action.ModifyPlanRequest, resp *action.ModifyPlanResponse) {
	var model jobActionModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	resp.Diagnostics.Append(a.check(model)...)
}

// check runs in Invoke too, because a value that was unknown in the plan is known there.
func (a *jobAction) check(m jobActionModel) diag.Diagnostics {
	if a.unsupported != "" && a.data.isV1() {
		return diag.Diagnostics{requiresV2(path.Empty(), "zilliz_"+a.name, a.unsupported)}
	}
	return a.data.checkDatabase(m.DBName)
}

func (a *jobAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var model jobActionModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	resp.Diagnostics.Append(a.check(model)...)
	timeout, _, diagnostics := a.data.prepare(model.Timeouts, invokeKey, a.defaultTimeout)
	if resp.Diagnostics.Append(diagnostics...); resp.Diagnostics.HasError() {
		return
	}
	send := func(message string) { resp.SendProgress(action.InvokeProgressEvent{Message: message}) }
	resp.Diagnostics.Append(a.invoke(ctx, a.data, model.id(), timeout, send)...)
}

func newImportWaitAction() action.Action {
	return &jobAction{
		name:           "import_wait",
		description:    "Waits until a bulk import has completed, with live progress in the terminal.",
		purpose:        "wait",
		defaultTimeout: defaultWaitTimeout,
		invoke:         waitWithProgress,
	}
}

// messageInterval is the time after which a poll without a change sends a message too. A wait is
// not silent for much longer, since polls are at most 30 s apart.
const messageInterval = 20 * time.Second

func waitWithProgress(
	ctx context.Context, d *providerData, id importjob.ID, timeout time.Duration, send func(string),
) diag.Diagnostics {
	sentAt := -messageInterval
	job, err := d.wait(ctx, id, timeout, importjob.WaitOptions{Observe: func(p importjob.Poll) {
		if p.Changed || p.Elapsed-sentAt >= messageInterval {
			send(progressMessage(p))
			sentAt = p.Elapsed
		}
	}})
	b := jobBlock(verbWait, id, invokeKey)
	if err != nil {
		return diag.Diagnostics{errorDiagnostic(b, err)}
	}
	return resultWarnings(b, importjob.Reading{Job: job})
}

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

func newImportAbortAction() action.Action {
	return &jobAction{
		name:           "import_abort",
		description:    "Aborts a pending, importing or uncommitted import job, which discards its rows. API v2 only.",
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
