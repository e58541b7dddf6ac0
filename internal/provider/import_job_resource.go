package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

// importJobResource starts an import, once. It sends requests when an import is started,
// aborted or imported into the state, and nowhere else: a refresh must never lead to a
// second import, which would add the rows again.
type importJobResource struct {
	resourceBase
	withJobIdentity
}

func newImportJobResource() resource.Resource {
	return &importJobResource{resourceBase: resourceBase{name: "import_job"}}
}

// Schema makes the arguments that only a start needs optional, so that a job can be imported
// into the state without them.
func (r *importJobResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Starts a bulk import, once. A change of its arguments starts a new import. " +
			"`zilliz_import_completion` waits for it.",
		Attributes: map[string]schema.Attribute{
			"cluster_id":      requiredID(clusterIDDescription),
			"collection_name": optionalText("Existing collection to import into, not an alias. Required to start an import."),
			"db_name":         optionalText("Database of the collection. API v2 only. Defaults to the default database."),
			"partition_name":  optionalText("Partition to import into. Defaults to the default partition."),
			"object_urls": locations("URLs of objects or folders, such as `s3://bucket/articles/2026-11/`, without a query. "+
				"API v1 imports exactly one. Required to start an import, unless `volume_name` is set.", checkObjectURL),
			"volume_name":      optionalText("Volume of Zilliz Cloud to import from, with `data_paths`. API v2 only."),
			"data_paths":       locations("Paths in the volume. Required with `volume_name`.", nil),
			"access_key_wo":    writeOnlySecret("Access key of the object storage, with `secret_key_wo`. Never stored."),
			"secret_key_wo":    writeOnlySecret("Secret key of the object storage, as `access_key_wo`."),
			"session_token_wo": writeOnlySecret("Session, access or SAS token, as `access_key_wo`. API v2 only."),
			"triggers": schema.MapAttribute{ElementType: types.StringType, Optional: true,
				MarkdownDescription: "Arbitrary values, such as the version of the files. After a failed import, change one to " +
					"start a new import."},
			"auto_commit": optionalBool("Whether the rows become visible without a commit. If `false`, they stay invisible " +
				"until the job is committed, for example by `zilliz_import_commit`. API v2 only. Defaults to `true`."),
			"abort_on_destroy": optionalBool("Whether an unfinished job is aborted, which discards its rows, when the " +
				"resource is destroyed and before it starts another import. With `auto_commit` true, it can be refused. API v2 " +
				"only. Defaults to `false`."),
			"timeouts": timeoutsAttribute(createKey, "start the import",
				" Only a busy cluster and throttling use this time up."+defaultsTo(defaultStartTimeout)),
			"id":     computedText(idDescription),
			"job_id": computedText(jobIDDescription),
		},
	}
}

func locations(description string, check func(string) error) schema.ListAttribute {
	return schema.ListAttribute{ElementType: types.StringType, Optional: true, MarkdownDescription: description,
		Validators: []validator.List{locationsValidator{"distinct locations", check}}}
}

func writeOnlySecret(description string) schema.StringAttribute {
	return schema.StringAttribute{Optional: true, WriteOnly: true, MarkdownDescription: description,
		Validators: validSecret("valid", nil)}
}

func (r *importJobResource) ValidateConfig(
	ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse,
) {
	var m importJobModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	for name, value := range map[string]attr.Value{"volume_name": m.VolumeName, "data_paths": m.DataPaths} {
		if isKnown(m.ObjectURLs) && isKnown(value) {
			resp.Diagnostics.AddAttributeError(path.Root(name), "Conflicting sources of data", oneSource)
		}
	}
	if !m.AccessKey.IsUnknown() && !m.SecretKey.IsUnknown() && m.AccessKey.IsNull() != m.SecretKey.IsNull() {
		resp.Diagnostics.AddError("Incomplete credentials",
			"access_key_wo and secret_key_wo must be set together. Set both, or none.")
	}
}

// ModifyPlan keeps the job known if the plan is certain not to start an import, and
// otherwise warns and checks what a start needs. It runs in every plan, and again in apply
// when all values are known. So what it says must be true in both. Create and Update check nothing.
func (r *importJobResource) ModifyPlan(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	var plan, state, config importJobModel
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
	if req.State.Raw.IsNull() {
		resp.Diagnostics.Append(r.planStart(plan, importjob.ID{})...)
		return
	}
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	memory := readMemory(ctx, req.Private)
	if memory.Imported {
		resp.Diagnostics.Append(checkImported(plan, state)...)
	}
	compared := plan.compare(ctx, state, memory.Imported)
	if compared == same {
		plan.ID, plan.JobID = state.ID, state.JobID
		resp.Diagnostics.Append(resp.Plan.Set(ctx, plan)...)
		return
	}
	if compared == differs {
		resp.Diagnostics.Append(r.planStart(plan, state.id())...)
	} else {
		resp.Diagnostics.Append(r.data.warnOfMissing()...)
	}
	resp.Diagnostics.Append(memory.warnOfStart(ctx, plan, state, compared)...)
}

// planStart checks what a start needs. oldID is empty if the resource has no job.
func (r *importJobResource) planStart(plan importJobModel, oldID importjob.ID) diag.Diagnostics {
	diagnostics := checkRequired(plan)
	diagnostics.Append(r.data.warnOfMissing()...)
	if !slices.ContainsFunc(plan.importArguments(), func(a importArgument) bool { return a.value.IsUnknown() }) {
		diagnostics.Append(r.data.starts.warnOfSameFiles(plan.toImport(importJobModel{}), oldID)...)
	}
	return diagnostics
}

// planDestroy warns of what destroying the resource keeps.
func (r *importJobResource) planDestroy(state importJobModel) (diagnostics diag.Diagnostics) {
	if state.AbortOnDestroy.ValueBool() {
		if r.data.isV1() {
			diagnostics.Append(abortRequiresV2())
		}
		refused := ""
		if !state.keepsUncommitted() {
			refused = " Zilliz Cloud can refuse that: aborting is documented for jobs with auto_commit = false."
		}
		diagnostics.AddWarning("Destroying aborts an unfinished import", "Destroying this zilliz_import_job aborts its job "+
			"if it has not ended."+refused+" The rows of a completed import stay in the collection.")
	} else {
		diagnostics.AddWarning("Imported rows stay in the collection", "Destroying a zilliz_import_job only removes the job "+
			"from the state. The imported rows stay in the collection, and a running import continues.")
	}
	return diagnostics
}

func (r *importJobResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan, config importJobModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...) // write-only arguments are null in the plan
	if resp.Diagnostics.HasError() {
		return
	}
	if resp.Diagnostics.Append(r.start(ctx, &plan, config, createKey, importjob.ID{})...); resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(setState(ctx, &resp.State, resp.Identity, &plan)...)
}

// Update starts another import if the arguments differ from those in the state, or returns
// to the earlier job if the one in the state has failed and the arguments are those of the
// earlier one. After an error, the state keeps its job.
func (r *importJobResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state, config importJobModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	memory := readMemory(ctx, req.Private)
	if plan.compare(ctx, state, memory.Imported) == same {
		plan.ID, plan.JobID = state.ID, state.JobID
	} else {
		resp.Diagnostics.Append(r.replaceJob(ctx, &plan, state, config, &memory)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	memory.Imported = memory.Imported && plan.ObjectURLs.IsNull() && plan.VolumeName.IsNull()
	resp.Diagnostics.Append(setState(ctx, &resp.State, resp.Identity, &plan)...)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, memoryKey, memory.encode())...)
}

// replaceJob gives a plan the earlier job, or that of a new import.
func (r *importJobResource) replaceJob(
	ctx context.Context, plan *importJobModel, state, config importJobModel, memory *jobMemory,
) diag.Diagnostics {
	old, diagnostics := r.endOld(ctx, *plan, state)
	if diagnostics.HasError() {
		return diagnostics
	}
	if memory.Earlier.has(ctx, *plan) {
		switch {
		case old.State == importjob.StateFailed:
			setJob(plan, memory.Earlier.JobID)
			memory.Earlier = nil
			return diagnostics
		case old.State != importjob.StateCompleted && !old.gone:
			diagnostics.Append(old.notUndoneError(state.id(), memory.Earlier.JobID))
			return diagnostics
		}
	}
	diagnostics.Append(old.warnOfUncommitted(state)...)
	diagnostics.Append(r.start(ctx, plan, config, updateKey, state.id())...)
	if !diagnostics.HasError() && old.State != importjob.StateFailed {
		memory.Earlier = earlierJobOf(ctx, state, memory.Imported)
	}
	return diagnostics
}

// oldJob is the job in the state, which another one replaces, as it was last read.
type oldJob struct {
	importjob.Job
	gone bool  // the service has no record of the job
	err  error // why the job could not be read otherwise
}

// endOld reads the job in the state, and aborts it if the wanted arguments say so. One without a
// record may not be on record yet, so it is polled for some seconds in both cases.
func (r *importJobResource) endOld(ctx context.Context, wanted, state importJobModel) (oldJob, diag.Diagnostics) {
	aborts := wanted.AbortOnDestroy.ValueBool()
	if aborts && r.data.isV1() {
		return oldJob{}, diag.Diagnostics{abortRequiresV2()}
	}
	if diagnostics := r.data.checkReady(); diagnostics.HasError() {
		return oldJob{}, diagnostics
	}
	var old importjob.Aborted
	var err error
	if aborts {
		old, err = r.data.abort(ctx, state.id(), defaultReadTimeout)
	} else {
		old.Job, err = r.data.firstResult(ctx, state.id(), defaultReadTimeout)
	}
	switch {
	case importjob.EndedNotFound(err) && !old.Job.State.Abortable(): // it has not been read before
		return oldJob{gone: true}, nil
	case aborts:
		return oldJob{Job: old.Job}, abortDiagnostics(state.id(), old, err)
	case importjob.IsCanceled(err):
		return oldJob{}, diag.Diagnostics{errorDiagnostic(startBlock(wanted, ""), err)}
	default:
		return oldJob{Job: old.Job, err: err}, nil
	}
}

// abortDiagnostics reports an abort that has failed or had no effect.
func abortDiagnostics(id importjob.ID, aborted importjob.Aborted, err error) (diagnostics diag.Diagnostics) {
	b := jobBlock(verbAbort, id, "")
	b.arguments = nil
	switch state := aborted.Job.State; {
	case err != nil:
		diagnostics.Append(errorDiagnostic(b, err, refusal(aborted, err), "The provider aborts the job because "+
			"abort_on_destroy is true. The state keeps the job, and no other import was started. To leave it as it is, apply "+
			"abort_on_destroy = false first."))
	case state == importjob.StateCompleted && aborted.Refusal != nil:
		diagnostics.Append(newWarning(b, "Import job completed instead of being aborted", refusal(aborted, nil),
			"Its rows stay in the collection."))
	case !state.HasEnded():
		diagnostics.Append(newWarning(b, "Import job not aborted", refusal(aborted, nil),
			fmt.Sprintf("The job is %s, so it can't be aborted safely. The provider leaves it as it is.",
				cmp.Or(state, "in no known state"))))
	}
	return diagnostics
}

// warnOfUncommitted warns of a job whose rows stay invisible after the next import has started.
func (o oldJob) warnOfUncommitted(state importJobModel) (diagnostics diag.Diagnostics) {
	b := jobBlock(verbRead, state.id(), "")
	switch {
	case !state.keepsUncommitted():
	case o.err != nil:
		diagnostics.Append(newWarning(b, "Earlier job may not be committed",
			"The job could not be read: "+sentence(o.err), "If it is uncommitted, commit or abort it."))
	case o.State.Abortable():
		diagnostics.Append(newWarning(b, "Earlier job not committed",
			fmt.Sprintf("The job is %s. The new import does not end it: its rows stay invisible until it is committed, "+
				"and are discarded when it is aborted, for example with the action zilliz_import_abort.", o.State)))
	}
	return diagnostics
}

// notUndoneError is the error of an import that has not ended, so that it is not known
// whether a new import is needed.
func (o oldJob) notUndoneError(id importjob.ID, earlierJobID string) diag.Diagnostic {
	b := jobBlock(verbRead, id, "")
	undo := "The arguments are those of job " + earlierJobID + ". Apply returns to it if this job fails or is aborted, " +
		"and starts a new import if this job completes. Nothing was started. To start one in any case, change triggers."
	if o.err != nil {
		return errorDiagnostic(b, o.err, undo)
	}
	return newError(b, "Import job has not ended", "", "State: "+stateText(o.Job)+".", undo, "Wait until the job has "+
		"ended or, with API v2, abort it, for example by the action zilliz_import_abort. Then run terraform apply again.")
}

// start starts the import of a plan and sets its job. oldID can be empty.
func (r *importJobResource) start(
	ctx context.Context, plan *importJobModel, config importJobModel, timeoutKey string, oldID importjob.ID,
) diag.Diagnostics {
	timeout, timeoutKey, diagnostics := r.data.prepare(plan.Timeouts, timeoutKey, defaultStartTimeout)
	if diagnostics.HasError() {
		return diagnostics
	}
	started, waited, err := r.data.startImport(ctx, plan.toImport(config), timeout, oldID)
	b := startBlock(*plan, timeoutKey)
	if err != nil {
		diagnostics.Append(r.startError(b, oldID, err, waited))
		return diagnostics
	}
	setJob(plan, started.JobID)
	if started.TakenOver {
		diagnostics.Append(newWarning(b, "Import found after a lost response", fmt.Sprintf(
			"The response to the request that starts the import was lost. The list of jobs has exactly one new job that "+
				"imports these files, so the provider has taken it over: %s.", plan.ID.ValueString())))
	}
	if started.CheckErr != nil {
		diagnostics.Append(newWarning(b, "Running imports not checked completely",
			"The import was started without a complete check of the running imports: "+sentence(started.CheckErr),
			"If an earlier apply was interrupted while it started this import, check that the import does not run twice."))
	}
	return diagnostics
}

// Delete deletes nothing in Zilliz Cloud, unless the user wants the job to be aborted.
func (r *importJobResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state importJobModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if !resp.Diagnostics.HasError() && state.AbortOnDestroy.ValueBool() {
		_, diagnostics := r.endOld(ctx, state, state)
		resp.Diagnostics.Append(diagnostics...)
	}
}

func abortRequiresV2() diag.Diagnostic {
	return requiresV2(path.Root("abort_on_destroy"), "abort_on_destroy",
		"API v1 can't abort a job. Apply abort_on_destroy = false first: destroying then only removes it from the state.")
}

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
	resp.Diagnostics.Append(setState(ctx, &resp.State, resp.Identity, &model)...)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, memoryKey, jobMemory{Imported: true}.encode())...)
}

// importedModel returns the model of a job whose arguments are not known.
func importedModel(id importjob.ID) importJobModel {
	return importJobModel{
		jobIdentity: newJobIdentity(id),
		ObjectURLs:  types.ListNull(types.StringType),
		DataPaths:   types.ListNull(types.StringType),
		Triggers:    types.MapNull(types.StringType),
		Timeouts:    types.MapNull(types.StringType),
		ID:          types.StringValue(id.String()),
	}
}

// maxListedJobs limits the jobs of the collection that an error lists.
const maxListedJobs = 5

// startBlock describes a resource that starts the import of a model.
func startBlock(m importJobModel, timeoutKey string) block {
	b := block{verb: verbStart, id: m.id(), collection: m.CollectionName.ValueString(), timeoutKey: timeoutKey,
		arguments: []string{"cluster_id", "collection_name"}}
	if !m.DBName.IsNull() {
		b.arguments = append(b.arguments, "db_name")
	}
	if !m.ObjectURLs.IsNull() {
		b.arguments = append(b.arguments, "object_urls")
	}
	b.id.JobID = ""
	return b
}

// startError is the error of a start that has waited for others before.
func (r *importJobResource) startError(b block, oldID importjob.ID, err error, waited time.Duration) diag.Diagnostic {
	id := func(jobID string) importjob.ID {
		return importjob.ID{ClusterID: b.id.ClusterID, DBName: b.id.DBName, JobID: jobID}
	}
	adopt := func(jobID string) string {
		block := fmt.Sprintf("import {\n  to = zilliz_import_job.NAME\n  id = %q\n}", formatImportID(id(jobID)))
		if oldID.JobID == "" {
			return "add it to the state with this import block, and run terraform apply again:\n\n" + block
		}
		return fmt.Sprintf("replace job %s in the state by it: run terraform state rm zilliz_import_job.NAME, which keeps "+
			"the job in Zilliz Cloud, then add this import block, and run terraform apply again:\n\n%s", oldID.JobID, block)
	}
	var (
		running   *importjob.RunningError
		unchecked *importjob.UnreadableJobError
		lost      *importjob.LostError
	)
	switch {
	case errors.As(err, &running):
		files := "It does not name its files yet."
		if len(running.Files) > 0 {
			files = "Its files: " + r.data.client.Mask(strings.Join(running.Files, ", ")) + "."
		}
		return newError(b, "An import of these files is running", "",
			fmt.Sprintf("Nothing was started. Job %s of the collection is %s and may import the same files. %s It can be "+
				"the job of an earlier apply whose response was lost, or the one that this resource is about to replace.",
				running.JobID, cmp.Or(running.State, "in no known state"), files),
			"If it is this import, and not in the state, "+adopt(running.JobID), otherwise(running.State))
	case errors.As(err, &unchecked):
		return errorDiagnostic(b, unchecked.Err, fmt.Sprintf(
			"Nothing was started. Job %s has not ended, may import the same files, and could not be read.", unchecked.JobID))
	case errors.As(err, &lost):
		lost.Jobs = slices.DeleteFunc(lost.Jobs, func(job importjob.ListedJob) bool {
			return id(job.JobID).String() == oldID.String()
		})
		return errorDiagnostic(b, lost.Err,
			"The provider has looked for the job in the list, and found none that is certain to be this import.",
			jobsText(lost, id), "If a job of the collection is this import, "+adopt("JOB_ID"),
			"Otherwise run terraform apply again. It starts nothing while a job that may be this import has not ended.")
	case waited >= time.Second && !errors.Is(err, errStartQueued):
		return errorDiagnostic(b, err, fmt.Sprintf("Before that, the start waited %s while this provider configuration "+
			"started another import into the collection.", shortDuration(waited.Round(time.Second))))
	default:
		return errorDiagnostic(b, err)
	}
}

// otherwise says what to do about a running job that is not the import to start.
func otherwise(state importjob.State) string {
	if state == importjob.StateUncommitted {
		return "Otherwise commit or abort it, for example with the action zilliz_import_abort, and run terraform apply again."
	}
	if !slices.Contains(importjob.States(), state) {
		return "Otherwise run terraform apply again once it has ended. The provider does not know its state: if the job " +
			"has ended in Zilliz Cloud, a new import of these files can start once its record there has expired."
	}
	return "Otherwise run terraform apply again once it has ended: it then starts a new import."
}

func jobsText(lost *importjob.LostError, id func(string) importjob.ID) string {
	switch {
	case lost.ListErr != nil:
		return "The jobs of the collection could not be listed: " + sentence(lost.ListErr)
	case len(lost.Jobs) == 0:
		return "Zilliz Cloud lists no jobs of the collection."
	}
	var list strings.Builder
	list.WriteString("Jobs of the collection:")
	for i, job := range lost.Jobs {
		if i == maxListedJobs {
			fmt.Fprintf(&list, "\n  - and %d more jobs", len(lost.Jobs)-i)
			break
		}
		fmt.Fprintf(&list, "\n  - %s: %s", formatImportID(id(job.JobID)), cmp.Or(job.State, "no state"))
	}
	return list.String()
}
