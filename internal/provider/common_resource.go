package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

// commonResource is what the resources have in common: each is identified by a
// cluster and a job, and sends no request when it is read, updated or deleted.
type commonResource struct{ data *providerData }

// jobIdentity is the identity of a resource.
type jobIdentity struct {
	ClusterID types.String `tfsdk:"cluster_id"`
	JobID     types.String `tfsdk:"job_id"`
}

// Configure implements [resource.ResourceWithConfigure].
func (r *commonResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	data, diagnostics := providerDataFrom(req.ProviderData)
	resp.Diagnostics.Append(diagnostics...)
	r.data = data
}

// IdentitySchema implements [resource.ResourceWithIdentity], for Terraform 1.12 and later.
func (r *commonResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"cluster_id": identityschema.StringAttribute{RequiredForImport: true, Description: "Id of the cluster."},
		"job_id":     identityschema.StringAttribute{RequiredForImport: true, Description: "Id of the import job."},
	}}
}

// setIdentity sets the identity of a resource from its state.
func setIdentity(ctx context.Context, state tfsdk.State, identity *tfsdk.ResourceIdentity) diag.Diagnostics {
	var id jobIdentity
	diagnostics := state.GetAttribute(ctx, path.Root("cluster_id"), &id.ClusterID)
	diagnostics.Append(state.GetAttribute(ctx, path.Root("job_id"), &id.JobID)...)
	diagnostics.Append(identity.Set(ctx, id)...)
	return diagnostics
}

// Read implements [resource.Resource]. It keeps the state, and adds the identity to one
// that an older Terraform has written.
func (r *commonResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	resp.Diagnostics.Append(setIdentity(ctx, req.State, resp.Identity)...)
}

// Update implements [resource.Resource]. It stores the plan.
func (r *commonResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	resp.State.Raw = req.Plan.Raw
	resp.Diagnostics.Append(setIdentity(ctx, resp.State, resp.Identity)...)
}

// Delete implements [resource.Resource]. Nothing is deleted in Zilliz Cloud.
func (r *commonResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {
}

// readImported reads the job that is imported into the state. It returns false after an
// error.
func (r *commonResource) readImported(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) (importjob.ID, importjob.Job, bool) {
	id, diagnostics := importedID(ctx, req)
	resp.Diagnostics.Append(diagnostics...)
	if resp.Diagnostics.HasError() {
		return id, importjob.Job{}, false
	}
	if !r.data.ready() {
		resp.Diagnostics.Append(r.data.notReady())
		return id, importjob.Job{}, false
	}
	job, err := r.data.readJob(ctx, id, defaultReadTimeout)
	if err != nil {
		resp.Diagnostics.Append(errorDiagnostic(r.importedBlock(id), err))
		return id, importjob.Job{}, false
	}
	return id, job, true
}

// importedBlock returns the block of a resource that is imported. Its errors point at no
// argument, since the ids can come from the command line.
func (r *commonResource) importedBlock(id importjob.ID) block {
	return block{clusterID: id.ClusterID, jobID: id.JobID, origin: r.data.origin}
}

// importedID returns the ids from an identity (Terraform 1.12 and later), or from an
// import id.
func importedID(ctx context.Context, req resource.ImportStateRequest) (importjob.ID, diag.Diagnostics) {
	var diagnostics diag.Diagnostics
	if req.ID == "" && req.Identity != nil && !req.Identity.Raw.IsNull() {
		var identity jobIdentity
		diagnostics.Append(req.Identity.Get(ctx, &identity)...)
		id := importjob.ID{ClusterID: identity.ClusterID.ValueString(), JobID: identity.JobID.ValueString()}
		if err := checkIdentifier(id.ClusterID); err != nil {
			diagnostics.AddError("Invalid import identity", fmt.Sprintf("The cluster_id of the identity is invalid: %s.", err))
		}
		if err := checkIdentifier(id.JobID); err != nil {
			diagnostics.AddError("Invalid import identity", fmt.Sprintf("The job_id of the identity is invalid: %s.", err))
		}
		return id, diagnostics
	}
	clusterID, jobID, found := strings.Cut(req.ID, "/")
	if !found || checkIdentifier(clusterID) != nil || checkIdentifier(jobID) != nil {
		diagnostics.AddError("Invalid import id",
			fmt.Sprintf("The import id must have the form cluster_id/job_id, such as in01-0123456789abcde/job-0123456789, but is %q.", req.ID))
	}
	return importjob.ID{ClusterID: clusterID, JobID: jobID}, diagnostics
}

func createTimeouts(description string) schema.MapAttribute {
	return schema.MapAttribute{
		ElementType:         types.StringType,
		Optional:            true,
		MarkdownDescription: description + " A change of the timeout sends no request.",
		Validators:          validTimeouts("create", "a resource"),
	}
}

// computedID is a computed attribute that keeps its value.
func computedID(description string) schema.StringAttribute {
	return schema.StringAttribute{
		Computed:            true,
		MarkdownDescription: description,
		PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
	}
}
