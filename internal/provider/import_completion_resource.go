package provider

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

// importCompletionResource is the gate that waits in apply alone. It asks the
// service in Create and in ImportState and nowhere else, since the service forgets
// finished jobs and a plan must not fail for that.
type importCompletionResource struct {
	data *providerData
}

func newImportCompletionResource() resource.Resource {
	return &importCompletionResource{}
}

// Metadata names the resource.
func (r *importCompletionResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_import_completion"
}

type importCompletionModel struct {
	ClusterID types.String   `tfsdk:"cluster_id"`
	JobID     types.String   `tfsdk:"job_id"`
	Timeouts  timeouts.Value `tfsdk:"timeouts"`
	ID        types.String   `tfsdk:"id"`
	importModel
}

type jobIdentity struct {
	ClusterID types.String `tfsdk:"cluster_id"`
	JobID     types.String `tfsdk:"job_id"`
}

// Schema describes the resource's arguments and attributes.
func (r *importCompletionResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := map[string]schema.Attribute{
		"cluster_id": replacingID(clusterIDDescription + replacesDescription),
		"job_id":     replacingID(jobIDDescription + replacesDescription),
		"timeouts": schema.SingleNestedAttribute{
			Optional:            true,
			MarkdownDescription: timeoutsDescription + " A change is stored and sends no request.",
			CustomType:          createTimeoutsType(),
			Attributes: map[string]schema.Attribute{
				"create": schema.StringAttribute{
					Optional:            true,
					MarkdownDescription: waitDescription,
					Validators:          []validator.String{positiveDuration()},
				},
			},
		},
		"id": schema.StringAttribute{
			Computed: true, MarkdownDescription: "`cluster_id/job_id`.",
			PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
		},
	}
	computed, err := asResourceAttributes(importAttributes())
	if err != nil {
		resp.Diagnostics.AddError("Bug in the provider", err.Error())
	}
	maps.Copy(attributes, computed)
	resp.Schema = schema.Schema{
		MarkdownDescription: "The completion of a bulk import. Creating it waits until the import has completed and stores the result, which is never read again. `terraform plan` sends no request.",
		Attributes:          attributes,
	}
}

func createTimeoutsType() timeouts.Type {
	return timeouts.Type{ObjectType: types.ObjectType{AttrTypes: map[string]attr.Type{"create": types.StringType}}}
}

func replacingID(description string) schema.StringAttribute {
	return schema.StringAttribute{
		Required:            true,
		MarkdownDescription: description,
		Validators:          []validator.String{identifier()},
		PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
	}
}

// IdentitySchema describes what Terraform 1.12 and later know the resource by.
func (r *importCompletionResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"cluster_id": identityschema.StringAttribute{RequiredForImport: true, Description: "Id of the cluster that the import went into."},
		"job_id":     identityschema.StringAttribute{RequiredForImport: true, Description: "Id of the import job."},
	}}
}

// Configure receives the provider's data.
func (r *importCompletionResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	data, diagnostics := providerDataFrom(req.ProviderData)
	resp.Diagnostics.Append(diagnostics...)
	r.data = data
}

// Create waits until the import has completed. After an error there is nothing in
// the state, and the next apply waits again.
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
	timeout, diagnostics := model.Timeouts.Create(ctx, defaultWaitTimeout)
	resp.Diagnostics.Append(diagnostics...)
	if resp.Diagnostics.HasError() {
		return
	}
	id := importjob.ID{ClusterID: model.ClusterID.ValueString(), JobID: model.JobID.ValueString()}
	job, err := r.data.wait(ctx, id, importjob.WaitOptions{Timeout: timeout})
	if err != nil {
		resp.Diagnostics.Append(errorDiagnostic(jobBlock(id, "create"), err))
		return
	}
	resp.Diagnostics.Append(model.fill(ctx, id, job)...)
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, model.identity())...)
}

func (m *importCompletionModel) fill(ctx context.Context, id importjob.ID, job importjob.Job) diag.Diagnostics {
	shown, diagnostics := newImportModel(ctx, job)
	m.ID = types.StringValue(id.String())
	m.importModel = shown
	return diagnostics
}

func (m *importCompletionModel) identity() jobIdentity {
	return jobIdentity{ClusterID: m.ClusterID, JobID: m.JobID}
}

// Read asks nothing: what completed stays so. It only adds the identity to a state
// that an older Terraform wrote.
func (r *importCompletionResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var model importCompletionModel
	resp.Diagnostics.Append(req.State.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.Identity.Set(ctx, model.identity())...)
}

// Update stores new time limits, which are all that can change in place.
func (r *importCompletionResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var model importCompletionModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, model.identity())...)
}

// Delete forgets the completion. There is nothing in Zilliz Cloud to be deleted.
func (r *importCompletionResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {
}

// ImportState takes over an import that has completed already, and no other.
func (r *importCompletionResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	id, diagnostics := importedID(ctx, req)
	resp.Diagnostics.Append(diagnostics...)
	if resp.Diagnostics.HasError() {
		return
	}
	if !r.data.ready() {
		resp.Diagnostics.Append(r.data.notReady())
		return
	}
	job, err := r.data.readJob(ctx, id, defaultReadTimeout)
	if err != nil {
		resp.Diagnostics.Append(errorDiagnostic(block{clusterID: id.ClusterID, jobID: id.JobID}, err))
		return
	}
	if job.State.Phase() != importjob.Succeeded || job.Unconfirmed {
		resp.Diagnostics.Append(notCompleted(id, job))
		return
	}
	model := importCompletionModel{
		ClusterID: types.StringValue(id.ClusterID),
		JobID:     types.StringValue(id.JobID),
		Timeouts:  timeouts.Value{Object: types.ObjectNull(createTimeoutsType().AttrTypes)},
	}
	resp.Diagnostics.Append(model.fill(ctx, id, job)...)
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, model.identity())...)
}

// importedID returns the ids out of an identity (Terraform 1.12 and later), or out
// of an import id.
func importedID(ctx context.Context, req resource.ImportStateRequest) (importjob.ID, diag.Diagnostics) {
	var diagnostics diag.Diagnostics
	if req.ID == "" && req.Identity != nil {
		var identity jobIdentity
		diagnostics.Append(req.Identity.Get(ctx, &identity)...)
		id := importjob.ID{ClusterID: identity.ClusterID.ValueString(), JobID: identity.JobID.ValueString()}
		for name, value := range map[string]string{"cluster_id": id.ClusterID, "job_id": id.JobID} {
			if err := checkIdentifier(value); err != nil && !diagnostics.HasError() {
				diagnostics.AddError("Invalid import identity", fmt.Sprintf("The %s of the identity is not an id: %s.", name, err))
			}
		}
		return id, diagnostics
	}
	clusterID, jobID, found := strings.Cut(req.ID, "/")
	if !found || checkIdentifier(clusterID) != nil || checkIdentifier(jobID) != nil {
		diagnostics.AddError("Invalid import id",
			fmt.Sprintf("The id to import has to be cluster_id/job_id, such as in01-0123456789abcde/job-0123456789, but is %q.", req.ID))
	}
	return importjob.ID{ClusterID: clusterID, JobID: jobID}, diagnostics
}

func notCompleted(id importjob.ID, job importjob.Job) diag.Diagnostic {
	next := "Only a completed import can be adopted. Remove the import: creating the resource waits for the job."
	if job.State.Phase() == importjob.Failed {
		next = "Only a completed import can be adopted, and this one has failed. Fix the cause, and start a new import."
	}
	b := block{clusterID: id.ClusterID, jobID: id.JobID}
	return newError(b, "Import job not completed", "", b.String(), lastState(&importjob.Error{Last: &job, Polls: 1}), failureReasons(&job), next)
}
