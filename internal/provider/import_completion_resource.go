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

// jobGate is a gate that waits for a job.
type jobGate struct {
	gateResource
	withJobIdentity
	adoptable string // which imports can be imported into the state
}

// completionModel is part of the models of all gates that wait for a job.
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

// newJobGate returns a gate with the attributes of a [completionModel], and its own.
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
	return &jobGate{gateResource: gateResource{resourceBase{name: name}, description, attributes, newModel, ""},
		adoptable: "a completed import"}
}

func (m *completionModel) target() []attr.Value {
	return []attr.Value{m.ClusterID, m.JobID, databaseOf(m.DBName)}
}

func (m *completionModel) check(d *providerData) diag.Diagnostics {
	return append(d.checkDatabase(m.DBName), d.warnOfMissing()...)
}

func (m *completionModel) wait(ctx context.Context, d *providerData, timeoutKey string) diag.Diagnostics {
	_, diagnostics := m.waitForJob(ctx, d, timeoutKey, importjob.WaitOptions{})
	return diagnostics
}

func (m *completionModel) waitForJob(
	ctx context.Context, d *providerData, timeoutKey string, o importjob.WaitOptions,
) (importjob.Job, diag.Diagnostics) {
	timeout, timeoutKey, diagnostics := d.prepare(m.Timeouts, timeoutKey, defaultWaitTimeout)
	if diagnostics.HasError() {
		return importjob.Job{}, diagnostics
	}
	b := jobBlock(verbWait, m.id(), timeoutKey)
	if o.Commits {
		b.verb, b.arguments = verbCommit, append(b.arguments, "min_rows", "max_rows")
	}
	b.notFoundStep = "If you know that the import has completed, this block is not needed: refer to the job ID."
	job, err := d.wait(ctx, b.id, timeout, o)
	if err != nil {
		return job, append(diagnostics, errorDiagnostic(b, err))
	}
	m.record(job)
	return job, append(diagnostics, resultWarnings(b, importjob.Reading{Job: job})...)
}

func (m *completionModel) record(job importjob.Job) {
	m.ID = types.StringValue(m.id().String())
	m.CollectionName = types.StringPointerValue(job.CollectionName)
	m.CompleteTime = types.StringPointerValue(job.CompleteTime)
	m.TotalRows = types.Int64PointerValue(job.TotalRows)
	m.ImportedRows = types.Int64PointerValue(job.ImportedRows)
}

// adopter is the model of a gate for which a job can be imported into the state.
type adopter interface {
	// adopt records a job. It returns false if the gate would still wait for it.
	adopt(importjob.ID, importjob.Job) bool
}

func (m *completionModel) adopt(id importjob.ID, job importjob.Job) bool {
	m.jobIdentity, m.Timeouts = newJobIdentity(id), types.MapNull(types.StringType)
	m.record(job)
	return isCompleted(job)
}

func (g *jobGate) ImportState(
	ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse,
) {
	id, job, ok := g.readImported(ctx, req, resp)
	if !ok {
		return
	}
	model := g.newModel()
	if gate, ok := model.(adopter); !ok || !gate.adopt(id, job) {
		resp.Diagnostics.Append(g.notImportable(importedBlock(id), job))
		return
	}
	resp.Diagnostics.Append(setState(ctx, &resp.State, resp.Identity, model)...)
}

func (g *jobGate) notImportable(b block, job importjob.Job) diag.Diagnostic {
	rule := "Only " + g.adoptable + " can be imported into the state. "
	nextStep := rule + "Remove the import block: creating the resource waits for the job."
	switch {
	case job.State == importjob.StateFailed:
		nextStep = rule + "This one has failed. " + startAnother
	case job.Ambiguous:
		nextStep = ambiguousPercentage + ". " + nextStep
	}
	return newError(b, "Import job can't be imported into the state", "",
		"State: "+stateText(job)+".", reasons(job), nextStep)
}
