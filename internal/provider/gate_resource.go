package provider

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

var (
	_ resource.ResourceWithConfigure   = (*gateResource)(nil)
	_ resource.ResourceWithIdentity    = (*gateResource)(nil)
	_ resource.ResourceWithImportState = (*gateResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*gateResource)(nil)
)

// gateResource waits for a job when it is created and when it gets another job. It sends
// requests only then and when it is imported: the service deletes the records of ended
// jobs, and a plan must not fail because of that.
type gateResource struct {
	resourceBase
	// name is the name of the resource without that of the provider.
	name        string
	description string
	// requiresV2 reports whether API v1 lacks what the resource needs.
	requiresV2 bool
	// attributes are those besides the arguments of all gates, and newModel returns an empty
	// model with them.
	attributes map[string]schema.Attribute
	newModel   func() gateModel
	// until reports whether a wait ends with a job. Only such a job can be imported into the
	// state, as importRule says.
	until      func(importjob.Job) bool
	importRule string
	commits    bool
	// warnings returns warnings about the result of a wait.
	warnings func(block, importjob.Job) diag.Diagnostics
}

// gateModel is the model of a gate.
type gateModel interface {
	arguments() *gateArguments
	// bounds are those of the number of imported rows.
	bounds() importjob.RowBounds
	// record sets the results of a wait, and keep those of another model.
	record(importjob.ID, importjob.Job)
	keep(gateModel)
}

type gateArguments struct {
	jobIdentity
	Timeouts types.Map `tfsdk:"timeouts"`
}

func (a *gateArguments) arguments() *gateArguments { return a }

// sameJob reports whether it is certain that the arguments name the same job.
func (a *gateArguments) sameJob(b *gateArguments) bool {
	return a.ClusterID.Equal(b.ClusterID) && a.JobID.Equal(b.JobID) && sameDatabase(a.DBName, b.DBName)
}

// completionModel is the model of a gate that ends with a completed import.
type completionModel struct {
	gateArguments
	ID             types.String `tfsdk:"id"`
	CollectionName types.String `tfsdk:"collection_name"`
	CompleteTime   types.String `tfsdk:"complete_time"`
	TotalRows      types.Int64  `tfsdk:"total_rows"`
	ImportedRows   types.Int64  `tfsdk:"imported_rows"`
}

func newCompletionModel() gateModel { return &completionModel{} }

func (m *completionModel) bounds() importjob.RowBounds { return importjob.RowBounds{} }

func (m *completionModel) keep(old gateModel) {
	if old, ok := old.(*completionModel); ok {
		arguments := m.gateArguments
		*m = *old
		m.gateArguments = arguments
	}
}

func (m *completionModel) record(id importjob.ID, job importjob.Job) {
	m.ID = types.StringValue(id.String())
	m.CollectionName = types.StringPointerValue(job.CollectionName)
	m.CompleteTime = types.StringPointerValue(job.CompleteTime)
	m.TotalRows = types.Int64PointerValue(job.TotalRows)
	m.ImportedRows = types.Int64PointerValue(job.ImportedRows)
}

// completionWarnings returns the warnings about the result of a wait.
func completionWarnings(b block, job importjob.Job) diag.Diagnostics {
	return resultWarnings(b, importjob.Reading{Job: job})
}

func completionResults() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":              computedResourceString(idDescription),
		"collection_name": computedResourceString("Collection of the import." + nullIfMissing),
		"complete_time":   computedResourceString("Completion time, as the API returned it." + nullIfMissing),
		"total_rows": schema.Int64Attribute{Computed: true,
			MarkdownDescription: "Number of rows in the files." + nullWithV1},
		"imported_rows": schema.Int64Attribute{Computed: true,
			MarkdownDescription: "Number of rows that were read from the files, not of those that a search finds." + nullWithV1},
	}
}

func (g *gateResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + g.name
	resp.ResourceBehavior = mutableIdentity()
}

func (g *gateResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := map[string]schema.Attribute{
		"cluster_id": requiredResourceID(clusterIDDescription),
		"db_name":    optionalResourceName(dbNameDescription),
		"job_id":     requiredResourceID(jobIDDescription + " Changing it waits for the new job, in place."),
		"timeouts":   resourceTimeouts(waitTimeoutDescription(createKey)),
	}
	maps.Copy(attributes, g.attributes)
	resp.Schema = schema.Schema{MarkdownDescription: g.description, Attributes: attributes}
}

// ModifyPlan keeps the results known if the plan is certain to keep the job.
func (g *gateResource) ModifyPlan(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	if req.Plan.Raw.IsNull() {
		return
	}
	plan, state := g.newModel(), g.newModel()
	resp.Diagnostics.Append(req.Plan.Get(ctx, plan)...)
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, state)...)
		if plan.arguments().sameJob(state.arguments()) {
			plan.keep(state)
			resp.Diagnostics.Append(resp.Plan.Set(ctx, plan)...)
			return
		}
	}
	if g.requiresV2 && g.data.isV1() {
		resp.Diagnostics.Append(requiresV2(path.Empty(), "zilliz_"+g.name,
			"API v1 can't keep imported rows invisible. Use zilliz_import_completion."))
		return
	}
	resp.Diagnostics.Append(g.data.checkDatabase(plan.arguments().DBName)...)
	resp.Diagnostics.Append(g.data.warnOfMissing()...)
}

// Create waits for the job. After an error the resource is not in the state, and the next
// apply waits again.
func (g *gateResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	plan := g.newModel()
	resp.Diagnostics.Append(req.Plan.Get(ctx, plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if resp.Diagnostics.Append(g.wait(ctx, plan, createKey)...); resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(setIdentity(ctx, resp.State, resp.Identity)...)
}

// Update waits for another job, and sends nothing for the same one. After an error the
// state keeps the old job.
func (g *gateResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	plan, state := g.newModel(), g.newModel()
	resp.Diagnostics.Append(req.Plan.Get(ctx, plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if plan.arguments().sameJob(state.arguments()) {
		plan.keep(state)
	} else if resp.Diagnostics.Append(g.wait(ctx, plan, updateKey)...); resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(setIdentity(ctx, resp.State, resp.Identity)...)
}

// wait waits for the job of a model, and records the result in it.
func (g *gateResource) wait(ctx context.Context, model gateModel, timeoutKey string) diag.Diagnostics {
	id := model.arguments().id()
	diagnostics := g.data.checkReady()
	timeout, timeoutKey, more := timeoutFrom(model.arguments().Timeouts, timeoutKey, defaultWaitTimeout)
	if diagnostics.Append(more...); diagnostics.HasError() {
		return diagnostics
	}
	b := jobBlock(verbWait, id, timeoutKey)
	if g.commits {
		b.verb, b.arguments = verbCommit, append(b.arguments, "min_rows", "max_rows")
	}
	b.notFoundStep = "If you know that the import has completed, this block is not needed: refer to the job ID in its " +
		"place."
	o := importjob.WaitOptions{Until: g.until, Commits: g.commits, Rows: model.bounds()}
	job, err := g.data.wait(ctx, id, timeout, o)
	if err != nil {
		diagnostics.Append(errorDiagnostic(b, err))
		return diagnostics
	}
	model.record(id, job)
	diagnostics.Append(g.warnings(b, job)...)
	return diagnostics
}

// Delete deletes nothing in Zilliz Cloud.
func (g *gateResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}

func (g *gateResource) ImportState(
	ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse,
) {
	id, job, ok := g.readImported(ctx, req, resp)
	if !ok {
		return
	}
	if !g.until(job) {
		resp.Diagnostics.Append(g.notImportableError(importedBlock(id), job))
		return
	}
	model := g.newModel()
	*model.arguments() = gateArguments{newJobIdentity(id), types.MapNull(types.StringType)}
	model.record(id, job)
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
	resp.Diagnostics.Append(setIdentity(ctx, resp.State, resp.Identity)...)
}

// notImportableError is the error of importing a job that has not ended as it must.
func (g *gateResource) notImportableError(b block, job importjob.Job) diag.Diagnostic {
	nextStep := g.importRule + " Remove the import block: creating the resource waits for the job."
	switch {
	case job.State == importjob.StateFailed:
		nextStep = g.importRule + " This one has failed. " + startAnother
	case job.Ambiguous:
		nextStep = ambiguousPercentage + ". " + nextStep
	}
	return newError(b, "Import job can't be imported into the state", "",
		"State: "+stateText(job)+".", reasons(job), nextStep)
}
