package provider

import (
	"context"
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
	// purpose says what the timeout is for.
	purpose        string
	defaultTimeout time.Duration
	// unsupported says what API v1 can't do. It is empty if it can.
	unsupported string
	// invoke does the action, and reports its progress with send.
	invoke func(
		ctx context.Context, d *providerData, id importjob.ID, timeout time.Duration, send func(string),
	) diag.Diagnostics

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
