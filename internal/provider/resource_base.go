package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zilliz"
)

// resourceBase has what the resources have in common: each sends no request when it is read.
type resourceBase struct {
	name string // without that of the provider
	data *providerData
}

// Metadata lets the identity change with the job.
func (r *resourceBase) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + r.name
	resp.ResourceBehavior.MutableIdentity = true
}

func (r *resourceBase) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	r.data = providerDataFrom(req.ProviderData)
}

// Read keeps the state, and adds the identity to one that an older Terraform has written.
func (r *resourceBase) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	resp.Diagnostics.Append(setIdentity(ctx, req.State, resp.Identity)...)
}

// readImported reads the job that is imported into the state. It returns false after an
// error, and if the import is deferred because the provider configuration is not known yet.
func (r *resourceBase) readImported(
	ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse,
) (id importjob.ID, job importjob.Job, ok bool) {
	id, diagnostics := importedID(ctx, req)
	if id.DBName != "" && id.DBName != defaultDatabase && r.data.isV1() {
		diagnostics.Append(requiresV2(path.Empty(), "Database", "API v1 has no databases. Leave out the database."))
	}
	if len(r.data.unknown) > 0 && req.ClientCapabilities.DeferralAllowed && !diagnostics.HasError() {
		resp.Deferred = &resource.Deferred{Reason: resource.DeferredReasonProviderConfigUnknown}
		resp.State.Raw = tftypes.NewValue(resp.State.Raw.Type(), tftypes.UnknownValue) // null is an error
		return id, job, false
	}
	diagnostics.Append(r.data.checkReadyOr( // an import block has no depends_on
		"Apply the resource that creates the value first with -target, and run Terraform again.")...)
	if resp.Diagnostics.Append(diagnostics...); resp.Diagnostics.HasError() {
		return id, job, false
	}
	reading, err := r.data.readJob(ctx, id, defaultReadTimeout)
	if err != nil {
		resp.Diagnostics.Append(errorDiagnostic(importedBlock(id), err))
	}
	return id, reading.Job, err == nil
}

// importedBlock describes an import block. Its errors point at no argument, because the IDs
// can come from the command line.
func importedBlock(id importjob.ID) block {
	return block{verb: verbRead, id: id, notFoundStep: "Check the IDs of the import. A job whose record has expired " +
		"can't be imported into the state: remove the import block."}
}

// jobIdentity is the identity of a resource, and part of the models of all blocks about a job.
type jobIdentity struct {
	ClusterID types.String `tfsdk:"cluster_id"`
	DBName    types.String `tfsdk:"db_name"`
	JobID     types.String `tfsdk:"job_id"`
}

func (j jobIdentity) id() importjob.ID {
	return importjob.ID{ClusterID: j.ClusterID.ValueString(), DBName: j.DBName.ValueString(), JobID: j.JobID.ValueString()}
}

func newJobIdentity(id importjob.ID) jobIdentity {
	identity := jobIdentity{ClusterID: types.StringValue(id.ClusterID), JobID: types.StringValue(id.JobID)}
	if id.DBName != "" {
		identity.DBName = types.StringValue(id.DBName)
	}
	return identity
}

func jobIdentitySchema() identityschema.Schema {
	return identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"cluster_id": identityschema.StringAttribute{RequiredForImport: true, Description: "ID of the cluster."},
		"db_name": identityschema.StringAttribute{OptionalForImport: true,
			Description: "Database of the job, if it is not the default database."},
		"job_id": identityschema.StringAttribute{RequiredForImport: true, Description: "ID of the import job."},
	}}
}

// setIdentity sets the identity of a resource, if it has one.
func setIdentity(ctx context.Context, state tfsdk.State, identity *tfsdk.ResourceIdentity) diag.Diagnostics {
	if identity == nil {
		return nil
	}
	var id jobIdentity
	diagnostics := state.GetAttribute(ctx, path.Root("cluster_id"), &id.ClusterID)
	diagnostics.Append(state.GetAttribute(ctx, path.Root("db_name"), &id.DBName)...)
	diagnostics.Append(state.GetAttribute(ctx, path.Root("job_id"), &id.JobID)...)
	diagnostics.Append(identity.Set(ctx, id)...)
	return diagnostics
}

// The database and the partition that an argument without a value means.
const (
	defaultDatabase  = "default"
	defaultPartition = "_default"
)

// databaseOf returns the name of a database, which is the default one if null.
func databaseOf(name types.String) types.String {
	if name.IsNull() {
		return types.StringValue(defaultDatabase)
	}
	return name
}

// importedID reads an identity (Terraform 1.12 and later) or an import ID.
func importedID(ctx context.Context, req resource.ImportStateRequest) (importjob.ID, diag.Diagnostics) {
	var diagnostics diag.Diagnostics
	if req.ID == "" && req.Identity != nil && !req.Identity.Raw.IsNull() {
		var identity jobIdentity
		diagnostics.Append(req.Identity.Get(ctx, &identity)...)
		id := identity.id()
		for name, value := range map[string]string{"cluster_id": id.ClusterID, "job_id": id.JobID} {
			if err := checkID(value); err != nil {
				diagnostics.AddError("Invalid import identity", fmt.Sprintf("The %s of the identity %s.", name, err))
			}
		}
		if err := zilliz.CheckText(id.DBName); err != nil && !identity.DBName.IsNull() {
			diagnostics.AddError("Invalid import identity", fmt.Sprintf("The db_name of the identity %s.", err))
		}
		return id, diagnostics
	}
	parts := strings.Split(req.ID, "/")
	var id importjob.ID
	switch len(parts) {
	case 2:
		id = importjob.ID{ClusterID: parts[0], JobID: parts[1]}
	case 3:
		id = importjob.ID{ClusterID: parts[0], DBName: parts[1], JobID: parts[2]}
	}
	if checkID(id.ClusterID) != nil || checkID(id.JobID) != nil ||
		len(parts) == 3 && zilliz.CheckText(id.DBName) != nil {
		diagnostics.AddError("Invalid import ID", fmt.Sprintf(
			"The import ID must have the form cluster_id/job_id, such as in01-0123456789abcde/job-0123456789, or "+
				"cluster_id/db_name/job_id, but is %q.", req.ID))
	}
	return id, diagnostics
}

// formatImportID returns the import ID of a job, see [importedID].
func formatImportID(id importjob.ID) string {
	if id.DBName == "" {
		return id.ClusterID + "/" + id.JobID
	}
	return id.ClusterID + "/" + id.DBName + "/" + id.JobID
}
