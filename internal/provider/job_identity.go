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

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

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

// withJobIdentity is part of a resource with the identity of a job, for Terraform 1.12 and later.
type withJobIdentity struct{}

func (withJobIdentity) IdentitySchema(
	_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse,
) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"cluster_id": identityschema.StringAttribute{RequiredForImport: true, Description: "ID of the cluster."},
		"db_name": identityschema.StringAttribute{OptionalForImport: true,
			Description: "Database of the job, if it is not the default database."},
		"job_id": identityschema.StringAttribute{RequiredForImport: true, Description: "ID of the import job."},
	}}
}

// setState sets the state of a resource to a model, and its identity with it.
func setState(ctx context.Context, state *tfsdk.State, identity *tfsdk.ResourceIdentity, model any) diag.Diagnostics {
	return append(state.Set(ctx, model), setIdentity(ctx, *state, identity)...)
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
		if err := checkText(id.DBName, nil); err != nil && !identity.DBName.IsNull() {
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
	if checkID(id.ClusterID) != nil || checkID(id.JobID) != nil || len(parts) == 3 && checkText(id.DBName, nil) != nil {
		diagnostics.AddError("Invalid import ID", fmt.Sprintf(
			"The import ID must have the form cluster_id/job_id, such as in01-0123456789abcde/job-0123456789, or "+
				"cluster_id/db_name/job_id, but is %q.", req.ID))
	}
	return id, diagnostics
}

// formatImportID returns the import ID of a job, see [importedID].
func formatImportID(id importjob.ID) string {
	if id.DBName == "" {
		return id.String()
	}
	return id.ClusterID + "/" + id.DBName + "/" + id.JobID
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
