package provider

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

type jobGate struct {
	gateResource
	withJobIdentity
	// staging reports whether the wait ends with an uncommitted job too.
	staging bool
}

// completionModel has what the models of all these gates have in common.
type completionModel struct {
	jobIdentity
	Timeouts       types.Map    `tfsdk:"timeouts"`
	ID             types.String `tfsdk:"id"`
	CollectionName types.String `tfsdk:"collection_name"`
	CompleteTime   types.String `tfsdk:"complete_time"`
	TotalRows      types.Int64  `tfsdk:"total_rows"`
	ImportedRows   types.Int64  `tfsdk:"imported_rows"`
}

func newImportCompletionResource() resource.Resource {
	return newJobGate("import_completion", "Waits during `terraform apply` until a bulk import has completed, and "+
		"records the result. Later plans send no request.", nil, func() gateModel { return &completionModel{} })
}

// newJobGate returns a gate with the attributes of all these gates, and its own.
func newJobGate(name, description string, own map[string]schema.Attribute, newModel func() gateModel) *jobGate {
	attributes := map[string]schema.Attribute{
		"cluster_id": requiredID(clusterIDDescription),
		"db_name":    optionalText(dbNameDescription),
		"job_id":     requiredID(jobIDDescription + " Changing it waits for the new job, in place."),
		"timeouts":   timeoutsAttribute(createKey, "wait", defaultsTo(defaultWaitTimeout)),

		"id":              computedText(idDescription),
		"collection_name": computedText(collectionDescription),
		"complete_time":   computedText("Completion time, as the API returned it."),
		"total_rows":      computedInt(totalRowsDescription),
		"imported_rows": computedInt("Number of rows that were read from the files, not of those that a search finds." +
			nullWithV1),
	}
	maps.Copy(attributes, own)
	return &jobGate{gateResource: gateResource{resourceBase{name: name}, description, attributes, newModel, ""}}
}

func (m *completionModel) target() []attr.Value {
	return []attr.Value{m.ClusterID, m.JobID, databaseOf(m.DBName)}
}

func (m *completionModel) check(d *providerData) diag.Diagnostics {
	return append(d.checkDatabase(m.DBName), d.warnOfMissing()...)
}

func (m *completionModel) wait(ctx context.Context, d *providerData, timeoutKey string) diag.Diagnostics {
	_, _, diagnostics := m.waitForJob(ctx, d, timeoutKey, importjob.WaitOptions{})
	return diagnostics
}

func (m *completionModel) waitForJob(
	ctx context.Context, d *providerData, timeoutKey string, o importjob.WaitOptions,
) (b block, job importjob.Job, diagnostics diag.Diagnostics) {
	id := m.id()
	timeout, timeoutKey, diagnostics := d.prepare(m.Timeouts, timeoutKey, defaultWaitTimeout)
	if diagnostics.HasError() {
		return b, job, diagnostics
	}
	b = jobBlock(verbWait, id, timeoutKey)
	if o.Commits {
		b.verb, b.arguments = verbCommit, append(b.arguments, "min_rows", "max_rows")
	}
	b.notFoundStep = "If you know that the import has completed, this block is not needed: refer to the job ID in its " +
		"place."
	job, err := d.wait(ctx, id, timeout, o)
	if err != nil {
		diagnostics.Append(errorDiagnostic(b, err))
		return b, job, diagnostics
	}
	m.record(id, job)
	diagnostics.Append(resultWarnings(b, importjob.Reading{Job: job})...)
	return b, job, diagnostics
}

func (m *completionModel) record(id importjob.ID, job importjob.Job) {
	m.ID = types.StringValue(id.String())
	m.CollectionName = types.StringPointerValue(job.CollectionName)
	m.CompleteTime = types.StringPointerValue(job.CompleteTime)
	m.TotalRows = types.Int64PointerValue(job.TotalRows)
	m.ImportedRows = types.Int64PointerValue(job.ImportedRows)
}

// adopter is the model of a gate for which a job can be imported into the state.
type adopter interface {
	adopt(importjob.ID, importjob.Job)
}

func (m *completionModel) adopt(id importjob.ID, job importjob.Job) {
	m.jobIdentity, m.Timeouts = newJobIdentity(id), types.MapNull(types.StringType)
	m.record(id, job)
}

func (g *jobGate) ImportState(
	ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse,
) {
	id, job, ok := g.readImported(ctx, req, resp)
	if !ok {
		return
	}
	model, ok := g.newModel().(adopter)
	if importable := isCompleted(job) || g.staging && isStaged(job); !ok || !importable {
		resp.Diagnostics.Append(g.notImportableError(importedBlock(id), job))
		return
	}
	model.adopt(id, job)
	resp.Diagnostics.Append(setState(ctx, &resp.State, resp.Identity, model)...)
}

func (g *jobGate) notImportableError(b block, job importjob.Job) diag.Diagnostic {
	rule := "Only a completed import can be imported into the state."
	if g.staging {
		rule = "Only an uncommitted or completed import can be imported into the state."
	}
	nextStep := rule + " Remove the import block: creating the resource waits for the job."
	switch {
	case job.State == importjob.StateFailed:
		nextStep = rule + " This one has failed. " + startAnother
	case job.Ambiguous:
		nextStep = ambiguousPercentage + ". " + nextStep
	}
	return newError(b, "Import job can't be imported into the state", "",
		"State: "+stateText(job)+".", reasons(job), nextStep)
}

const noUncommittedRows = "API v1 can't keep imported rows invisible. Use zilliz_import_completion."
