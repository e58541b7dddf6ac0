package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

var _ action.ActionWithConfigure = (*importWaitAction)(nil)

type importWaitAction struct{ data *providerData }

func newImportWaitAction() action.Action { return &importWaitAction{} }

type importWaitModel struct {
	ClusterID types.String `tfsdk:"cluster_id"`
	JobID     types.String `tfsdk:"job_id"`
	Timeouts  types.Map    `tfsdk:"timeouts"`
}

// Metadata implements [action.Action].
func (a *importWaitAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_import_wait"
}

// Schema implements [action.Action].
func (a *importWaitAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Waits until a bulk import has completed, with live progress in the terminal. Requires Terraform 1.14 or later.",
		Attributes: map[string]schema.Attribute{
			"cluster_id": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: clusterIDDescription,
				Validators:          []validator.String{identifier()},
			},
			"job_id": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: jobIDDescription,
				Validators:          []validator.String{identifier()},
			},
			"timeouts": schema.MapAttribute{
				ElementType:         types.StringType,
				Optional:            true,
				MarkdownDescription: waitTimeoutDescription("invoke"),
				Validators:          validTimeouts("invoke", "an action"),
			},
		},
	}
}

// Configure implements [action.ActionWithConfigure].
func (a *importWaitAction) Configure(_ context.Context, req action.ConfigureRequest, resp *action.ConfigureResponse) {
	data, diagnostics := providerDataFrom(req.ProviderData)
	resp.Diagnostics.Append(diagnostics...)
	a.data = data
}

// Invoke implements [action.Action]: it waits until the import has completed.
func (a *importWaitAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var model importWaitModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if !a.data.ready() {
		resp.Diagnostics.Append(a.data.notReady())
		return
	}
	timeout, diagnostics := timeoutFrom(model.Timeouts, "invoke", defaultWaitTimeout)
	resp.Diagnostics.Append(diagnostics...)
	if resp.Diagnostics.HasError() {
		return
	}
	id := importjob.ID{ClusterID: model.ClusterID.ValueString(), JobID: model.JobID.ValueString()}
	messages := startProgressMessages(ctx, func(message string) { resp.SendProgress(action.InvokeProgressEvent{Message: message}) })
	_, err := a.data.wait(ctx, id, importjob.WaitOptions{Timeout: timeout, Observe: messages.observe})
	messages.stop()
	if err != nil {
		resp.Diagnostics.Append(errorDiagnostic(a.data.jobBlock(id, "invoke", true), err))
	}
}
