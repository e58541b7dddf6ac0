package provider

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

// actionBase has what the actions have in common: each is about one job.
type actionBase struct{ data *providerData }

func (a *actionBase) Configure(_ context.Context, req action.ConfigureRequest, _ *action.ConfigureResponse) {
	a.data = providerDataFrom(req.ProviderData)
}

type jobActionModel struct {
	jobIdentity
	Timeouts types.Map `tfsdk:"timeouts"`
}

func jobActionAttributes(timeoutDescription string) map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"cluster_id": schema.StringAttribute{
			Required: true, MarkdownDescription: clusterIDDescription, Validators: validID(),
		},
		"db_name": schema.StringAttribute{Optional: true, MarkdownDescription: dbNameDescription, Validators: validText()},
		"job_id":  schema.StringAttribute{Required: true, MarkdownDescription: jobIDDescription, Validators: validID()},
		"timeouts": schema.MapAttribute{
			ElementType: types.StringType, Optional: true, MarkdownDescription: timeoutDescription,
			Validators: validTimeouts("an action", invokeKey),
		},
	}
}

// prepare returns the job and the timeout of an action that is about to send requests.
func (a *actionBase) prepare(
	ctx context.Context, req action.InvokeRequest, defaultTimeout time.Duration,
) (importjob.ID, time.Duration, diag.Diagnostics) {
	var model jobActionModel
	diagnostics := req.Config.Get(ctx, &model)
	if diagnostics.HasError() {
		return importjob.ID{}, 0, diagnostics
	}
	diagnostics.Append(a.data.checkDatabase(model.DBName)...)
	diagnostics.Append(a.data.checkReady()...)
	timeout, _, more := timeoutFrom(model.Timeouts, invokeKey, defaultTimeout)
	diagnostics.Append(more...)
	return model.id(), timeout, diagnostics
}

// ModifyPlan checks what API v1 can't do, so that an apply does not fail halfway.
func (a *actionBase) ModifyPlan(ctx context.Context, req action.ModifyPlanRequest, resp *action.ModifyPlanResponse) {
	var model jobActionModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	resp.Diagnostics.Append(a.data.checkDatabase(model.DBName)...)
}
