package provider

import (
	"cmp"
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zilliz"
)

var (
	_ resource.ResourceWithConfigure      = (*importJobResource)(nil)
	_ resource.ResourceWithIdentity       = (*importJobResource)(nil)
	_ resource.ResourceWithImportState    = (*importJobResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*importJobResource)(nil)
	_ resource.ResourceWithValidateConfig = (*importJobResource)(nil)
)

// importJobResource starts an import, once. It sends requests when an import is started,
// aborted or imported into the state, and nowhere else: a refresh must never lead to a
// second import, which would add the rows again.
type importJobResource struct{ resourceBase }

func newImportJobResource() resource.Resource { return &importJobResource{} }

type importJobResourceModel struct {
	jobIdentity
	CollectionName types.String `tfsdk:"collection_name"`
	PartitionName  types.String `tfsdk:"partition_name"`
	ObjectURLs     types.List   `tfsdk:"object_urls"`
	VolumeName     types.String `tfsdk:"volume_name"`
	DataPaths      types.List   `tfsdk:"data_paths"`
	AccessKey      types.String `tfsdk:"access_key_wo"`
	SecretKey      types.String `tfsdk:"secret_key_wo"`
	SessionToken   types.String `tfsdk:"session_token_wo"`
	Triggers       types.Map    `tfsdk:"triggers"`
	AutoCommit     types.Bool   `tfsdk:"auto_commit"`
	AbortOnDestroy types.Bool   `tfsdk:"abort_on_destroy"`
	Timeouts       types.Map    `tfsdk:"timeouts"`
	ID             types.String `tfsdk:"id"`
}

func (r *importJobResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_import_job"
	resp.ResourceBehavior = mutableIdentity()
}

const startsAnother = " Changing it starts a new import, in place."

// Schema makes the arguments that only a start needs optional, so that a job can be imported
// into the state without them.
func (r *importJobResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Starts a bulk import, once, and records its job in the state. It does not wait for the " +
			"import: use a gate such as `zilliz_import_completion` for that. Imported rows are added to those in the " +
			"collection, so importing the same data again duplicates its rows. A plan or refresh sends no request.",
		Attributes: map[string]schema.Attribute{
			"cluster_id": requiredResourceID(clusterIDDescription + startsAnother),
			"collection_name": optionalResourceName("Name of the collection to import into, not an alias. The collection " +
				"must exist. Required to start an import." + startsAnother),
			"db_name": optionalResourceName("Database of the collection. API v2 only. Defaults to the default database." +
				startsAnother),
			"partition_name": optionalResourceName("Partition to import into. Defaults to the default partition." +
				startsAnother),
			"object_urls": locations("URLs of objects or folders in object storage, such as `s3://bucket/articles/`, without "+
				"a query. API v1 imports exactly one URL. Either `object_urls` or `volume_name` is required to start an import."+
				startsAnother, checkObjectURL),
			"volume_name": optionalResourceName("Volume of Zilliz Cloud to import from, with `data_paths`. API v2 only." +
				startsAnother),
			"data_paths": locations("Paths in the volume. Required with `volume_name`."+startsAnother, zilliz.CheckText),
			"access_key_wo": writeOnlySecret("Access key of the object storage. It is used when an import is started, and "+
				"never stored. Changing it has no effect by itself. Write-only: requires Terraform 1.11 or later.",
				"secret_key_wo"),
			"secret_key_wo": writeOnlySecret("Secret key of the object storage. Write-only, as `access_key_wo`.",
				"access_key_wo"),
			"session_token_wo": writeOnlySecret("Token of the object storage: the session token of temporary keys, or " +
				"without keys an access token of Google Cloud Storage or a SAS token of Azure. Write-only, as `access_key_wo`. " +
				"API v2 only."),
			"triggers": schema.MapAttribute{
				ElementType:         types.StringType,
				Optional:            true,
				MarkdownDescription: "Arbitrary values, such as the version of the data." + startsAnother,
			},
			"auto_commit": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: "Whether the job is committed automatically, so that its rows become visible. If `false`, " +
					"they stay invisible until it is committed, for example by `zilliz_import_commit`. API v2 only. Defaults to " +
					"`true`." + startsAnother,
			},
			"abort_on_destroy": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: "Whether the job is aborted, which discards what it has imported, when the resource is " +
					"destroyed and before it starts another import. A job that has ended or is being committed is left alone. API " +
					"v2 only. Defaults to `false`. Changing it sends no request.",
			},
			"timeouts": resourceTimeouts(timeoutsDescription("start the import", "create", "update") +
				" While the cluster is busy with another import (codes 47039 and 47055), and after HTTP 429, the provider " +
				"retries until the end of this time." + defaultsTo(defaultStartTimeout)),
			"id":     computedResourceString(idDescription),
			"job_id": computedResourceString(jobIDDescription),
		},
	}
}

// locations is a list of URLs or paths that are each imported.
func locations(description string, check func(string) error) schema.ListAttribute {
	return schema.ListAttribute{
		ElementType:         types.StringType,
		Optional:            true,
		MarkdownDescription: description,
		Validators: []validator.List{
			listvalidator.SizeAtLeast(1), listvalidator.NoNullValues(),
			listvalidator.ValueStringsAre(validString("valid", check)...), notTwice{"distinct locations"},
		},
	}
}

func writeOnlySecret(description string, requires ...string) schema.StringAttribute {
	validators := validText()
	for _, argument := range requires {
		validators = append(validators, stringvalidator.AlsoRequires(path.MatchRoot(argument)))
	}
	return schema.StringAttribute{Optional: true, WriteOnly: true, Sensitive: true,
		MarkdownDescription: description, Validators: validators}
}

func (r *importJobResource) ValidateConfig(
	ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse,
) {
	var model importJobResourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(checkSources(model)...)
	}
}

// ModifyPlan keeps the job known if the plan is certain not to start an import, and
// otherwise warns and checks what a start needs. It runs in every plan, and again in apply
// when all values are known. So what it says must be true in both, and Create and Update
// check nothing again.
func (r *importJobResource) ModifyPlan(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	var plan, state, config importJobResourceModel
	if req.Plan.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
		resp.Diagnostics.Append(r.planDestroy(state)...)
		return
	}
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if r.data.client != nil { // another block can read a reason that quotes them
		r.data.client.AddSecrets(config.AccessKey.ValueString(), config.SecretKey.ValueString(),
			config.SessionToken.ValueString())
	}
	if r.data.isV1() {
		resp.Diagnostics.Append(checkSupport(config)...)
	}
	compared := differs
	if !req.State.Raw.IsNull() {
		mark, _ := req.Private.GetKey(ctx, importedKey)
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
		if mark != nil {
			resp.Diagnostics.Append(checkImported(plan, state)...)
		}
		compared = plan.compare(ctx, state, mark != nil)
	}
	if compared == same {
		plan.ID, plan.JobID = state.ID, state.JobID
		resp.Diagnostics.Append(resp.Plan.Set(ctx, plan)...)
		return
	}
	if compared == differs {
		resp.Diagnostics.Append(checkRequired(plan)...)
	}
	resp.Diagnostics.Append(r.data.warnOfMissing()...)
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.AddWarning("Apply may start a new import", fmt.Sprintf(
			"If the arguments of this resource differ from those of job %s once all of them are known, apply starts a new "+
				"import, whose rows are added to those in the collection. If they are equal, apply starts none.",
			state.JobID.ValueString()))
	}
}

// planDestroy warns of what destroying the resource keeps, and returns an error if it can't
// abort the job.
func (r *importJobResource) planDestroy(state importJobResourceModel) (diagnostics diag.Diagnostics) {
	if state.AbortOnDestroy.ValueBool() {
		if r.data.isV1() {
			diagnostics.Append(abortRequiresV2())
		}
		diagnostics.AddWarning("Destroying aborts an unfinished import", "Destroying this zilliz_import_job aborts its job "+
			"if it has not ended. The rows of a completed import stay in the collection.")
	} else {
		diagnostics.AddWarning("Imported rows stay in the collection", "Destroying a zilliz_import_job only removes the job "+
			"from the state. The imported rows stay in the collection, and a running import continues.")
	}
	return diagnostics
}

func (r *importJobResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan, config importJobResourceModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...) // write-only arguments are null in the plan
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(r.start(ctx, &plan, config, "create", importjob.ID{})...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	resp.Diagnostics.Append(setIdentity(ctx, resp.State, resp.Identity)...)
}

// Update starts another import if the arguments differ from those in the state. If that
// fails, the state keeps the old job.
func (r *importJobResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state, config importJobResourceModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	mark, _ := req.Private.GetKey(ctx, importedKey)
	if plan.compare(ctx, state, mark != nil) == same {
		plan.ID, plan.JobID = state.ID, state.JobID
	} else {
		switch {
		case plan.AbortOnDestroy.ValueBool():
			resp.Diagnostics.Append(r.abortOld(ctx, state)...)
		case state.keepsUncommitted():
			resp.Diagnostics.Append(r.warnOfUncommitted(ctx, state)...)
		}
		if resp.Diagnostics.HasError() {
			return
		}
		resp.Diagnostics.Append(r.start(ctx, &plan, config, "update", state.id())...)
		if resp.Diagnostics.HasError() {
			return
		}
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	resp.Diagnostics.Append(setIdentity(ctx, resp.State, resp.Identity)...)
	if !plan.ObjectURLs.IsNull() || !plan.VolumeName.IsNull() {
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, importedKey, nil)...)
	}
}

// start starts the import of a model and sets its job. oldJob is the job that the resource
// has had until now, empty if there is none.
func (r *importJobResource) start(
	ctx context.Context, plan *importJobResourceModel, config importJobResourceModel, timeoutKey string,
	oldJob importjob.ID,
) diag.Diagnostics {
	if diagnostics := r.data.checkReady(); diagnostics.HasError() {
		return diagnostics
	}
	timeout, diagnostics := timeoutFrom(plan.Timeouts, timeoutKey, defaultStartTimeout)
	if diagnostics.HasError() {
		return diagnostics
	}
	started, err := r.data.startImport(ctx, plan.toImport(config), timeout, oldJob)
	s := r.startSubject(*plan, timeoutKey)
	if err != nil {
		diagnostics.Append(r.startError(s, oldJob, err))
		return diagnostics
	}
	plan.JobID = types.StringValue(started.JobID)
	plan.ID = types.StringValue(plan.id().String())
	if started.TakenOver {
		diagnostics.AddWarning("Import found after a lost response", joinParagraphs(s.String(), fmt.Sprintf(
			"The response to the request that starts the import was lost. The list of jobs has exactly one new job that "+
				"imports these files, so the provider has taken it over: %s.", plan.ID.ValueString())))
	}
	if started.CheckErr != nil {
		diagnostics.AddWarning("Collection not checked for a running import", joinParagraphs(s.String(),
			"The import was started without a complete check of the collection: "+sentence(started.CheckErr),
			"If an earlier apply was interrupted while it started this import, check that the import does not run twice."))
	}
	return diagnostics
}

// Delete aborts the job if the user wants that, and otherwise deletes nothing in Zilliz
// Cloud.
func (r *importJobResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state importJobResourceModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if !resp.Diagnostics.HasError() && state.AbortOnDestroy.ValueBool() {
		resp.Diagnostics.Append(r.abortOld(ctx, state)...)
	}
}

// abortOld aborts the job in the state, unless it has ended.
func (r *importJobResource) abortOld(ctx context.Context, state importJobResourceModel) (diagnostics diag.Diagnostics) {
	if r.data.isV1() {
		return diag.Diagnostics{abortRequiresV2()}
	}
	if diagnostics = r.data.checkReady(); diagnostics.HasError() {
		return diagnostics
	}
	s := r.data.jobSubject(state.id(), "", false)
	s.aborts = true
	job, err := r.data.abort(ctx, s.id, defaultReadTimeout)
	switch {
	case importjob.EndedNotFound(err) && !importjob.Abortable(job.State): // the read has found none, not only the abort
	case err != nil:
		diagnostics.Append(errorDiagnostic(s, err, "The provider aborts the job because abort_on_destroy is true. The state "+
			"keeps the job, and no other import was started."))
	case !importjob.HasEnded(job.State):
		diagnostics.AddWarning("Import job not aborted", joinParagraphs(s.String(),
			fmt.Sprintf("The job is %s, so it can't be aborted safely. It is only removed from the state.",
				cmp.Or(job.State, "in no known state"))))
	}
	return diagnostics
}

// warnOfUncommitted warns of the job in the state, which another import is about to replace,
// if it was not committed.
func (r *importJobResource) warnOfUncommitted(
	ctx context.Context, state importJobResourceModel,
) (diagnostics diag.Diagnostics) {
	if diagnostics = r.data.checkReady(); diagnostics.HasError() {
		return diagnostics
	}
	s := r.data.jobSubject(state.id(), "", false)
	job, err := r.data.readJob(ctx, s.id, defaultReadTimeout)
	switch {
	case importjob.EndedNotFound(err), importjob.IsCanceled(err): // the start fails at once if it is canceled
	case err != nil:
		diagnostics.AddWarning("Earlier job may not be committed", joinParagraphs(s.String(),
			"The job could not be read: "+sentence(err), "If it is uncommitted, commit or abort it."))
	case importjob.Abortable(job.State):
		diagnostics.AddWarning("Earlier job not committed", joinParagraphs(s.String(),
			fmt.Sprintf("The job is %s. The new import does not end it: its rows stay invisible until it is committed, "+
				"and are discarded when it is aborted, for example with the action zilliz_import_abort.", job.State)))
	}
	return diagnostics
}

// abortRequiresV2 is the error of a resource that can't abort its job.
func abortRequiresV2() diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("abort_on_destroy"), "abort_on_destroy requires API v2",
		"API v1 can't abort the job of this resource. Set api_version = \"v2\" in the provider configuration. Or apply "+
			"abort_on_destroy = false first: destroying the resource then only removes the job from the state.")
}

// importedKey marks, in the private state, a job that was imported into the state and
// whose arguments are not stored yet. The mark stays until the source of the data is
// stored, since the arguments can be set one after the other.
const importedKey = "imported"

// ImportState stores the collection, the only argument that the service returns.
func (r *importJobResource) ImportState(
	ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse,
) {
	id, job, ok := r.readImported(ctx, req, resp)
	if !ok {
		return
	}
	model := importedModel(id)
	if name := job.CollectionName; name != nil && *name != "" {
		model.CollectionName = types.StringValue(*name)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
	resp.Diagnostics.Append(setIdentity(ctx, resp.State, resp.Identity)...)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, importedKey, []byte("true"))...)
}

// importedModel returns the model of a job whose arguments are not known.
func importedModel(id importjob.ID) importJobResourceModel {
	return importJobResourceModel{
		jobIdentity: newJobIdentity(id),
		ObjectURLs:  types.ListNull(types.StringType),
		DataPaths:   types.ListNull(types.StringType),
		Triggers:    types.MapNull(types.StringType),
		Timeouts:    types.MapNull(types.StringType),
		ID:          types.StringValue(id.String()),
	}
}
