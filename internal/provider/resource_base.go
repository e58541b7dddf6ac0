package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
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
