package provider

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

var (
	_ resource.ResourceWithConfigure   = (*importCompletionResource)(nil)
	_ resource.ResourceWithIdentity    = (*importCompletionResource)(nil)
	_ resource.ResourceWithImportState = (*importCompletionResource)(nil)
)

// importCompletionResource waits only during apply. It sends requests in Create and
// ImportState and nowhere else: the service deletes the records of finished jobs, and a
// plan must not fail because of that.
type importCompletionResource struct{ commonResource }

func newImportCompletionResource() resource.Resource { return &importCompletionResource{} }

type importCompletionModel struct {
	ClusterID types.String `tfsdk:"cluster_id"`
	JobID     types.String `tfsdk:"job_id"`
	Timeouts  types.Map    `tfsdk:"timeouts"`
	ID        types.String `tfsdk:"id"`
	importModel
}

// Metadata implements [resource.Resource].
func (r *importCompletionResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_import_completion"
}

// Schema implements [resource.Resource].
func (r *importCompletionResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes, err := asResourceAttributes(importAttributes())
	if err != nil {
		resp.Diagnostics.AddError("Bug in the provider", err.Error())
		return
	}
	maps.Copy(attributes, map[string]schema.Attribute{
		"cluster_id": replacingID(clusterIDDescription),
		"job_id":     replacingID(jobIDDescription),
		"timeouts":   createTimeouts(waitTimeoutDescription("create")),
		"id":         computedID(idDescription),
	})
	resp.Schema = schema.Schema{
		MarkdownDescription: "Waits during `terraform apply` until a bulk import has completed, and remembers that: after it has been created, it never reads the job again. `terraform plan` sends no request.",
		Attributes:          attributes,
	}
}

// replacingID is a required id whose change replaces the resource.
func replacingID(description string) schema.StringAttribute {
	return schema.StringAttribute{
		Required:            true,
		MarkdownDescription: description + replacementDescription,
		Validators:          []validator.String{identifier()},
		PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
	}
}

// Create implements [resource.Resource]: it waits until the import has completed. After
// an error the resource is not in the state, and the next apply waits again.
func (r *importCompletionResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var model importCompletionModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if !r.data.ready() {
		resp.Diagnostics.Append(r.data.notReady())
		return
	}
	timeout, diagnostics := timeoutFrom(model.Timeouts, "create", defaultWaitTimeout)
	resp.Diagnostics.Append(diagnostics...)
	if resp.Diagnostics.HasError() {
		return
	}
	id := importjob.ID{ClusterID: model.ClusterID.ValueString(), JobID: model.JobID.ValueString()}
	job, err := r.data.wait(ctx, id, importjob.WaitOptions{Timeout: timeout})
	if err != nil {
		resp.Diagnostics.Append(errorDiagnostic(r.data.jobBlock(id, "create", true), err))
		return
	}
	resp.Diagnostics.Append(model.setJob(ctx, id, job)...)
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
	resp.Diagnostics.Append(setIdentity(ctx, resp.State, resp.Identity)...)
}

// setJob sets the computed attributes.
func (m *importCompletionModel) setJob(ctx context.Context, id importjob.ID, job importjob.Job) (diagnostics diag.Diagnostics) {
	m.ID = types.StringValue(id.String())
	m.importModel, diagnostics = newImportModel(ctx, job)
	return diagnostics
}

// ImportState implements [resource.ResourceWithImportState]. It accepts only an import
// that has completed.
func (r *importCompletionResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	id, job, ok := r.readImported(ctx, req, resp)
	if !ok {
		return
	}
	if stateOf(job).Phase() != importjob.Succeeded {
		resp.Diagnostics.Append(notCompleted(r.importedBlock(id), job))
		return
	}
	model := importCompletionModel{
		ClusterID: types.StringValue(id.ClusterID),
		JobID:     types.StringValue(id.JobID),
		Timeouts:  types.MapNull(types.StringType),
	}
	resp.Diagnostics.Append(model.setJob(ctx, id, job)...)
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
	resp.Diagnostics.Append(setIdentity(ctx, resp.State, resp.Identity)...)
}

// notCompleted is the error of importing a job that has not completed.
func notCompleted(b block, job importjob.Job) diag.Diagnostic {
	reasons := ""
	nextStep := "Only a completed import can be imported into the state. Remove the import block: creating the resource waits for the job."
	switch {
	case job.State.Phase() == importjob.Failed:
		reasons = failureReasons(job)
		nextStep = "Only a completed import can be imported into the state, and this one has failed. Fix the cause, and start a new import."
	case job.Unconfirmed:
		nextStep = ambiguousPercentage + ". " + nextStep
	}
	return newError(b, "Import job not completed", "", b.String(), "State: "+stateText(job)+".", reasons, nextStep)
}
