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
	// until reports whether a wait ends with a job. Only such a job can be imported into the
	// state, as importRule says.
	until      func(importjob.Job) bool
	importRule string
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
	return &jobGate{
		gateResource: gateResource{
			resourceBase: resourceBase{name: "import_completion"},
			description: "Waits during `terraform apply` until a bulk import has completed, and records the result. Later " +
				"plans send no request.",
			attributes: jobGateAttributes(nil),
			newModel:   func() gateModel { return &completionModel{} },
		},
		until:      isCompleted,
		importRule: onlyCompleted,
	}
}

const onlyCompleted = "Only a completed import can be imported into the state."

// jobGateAttributes returns the attributes of all these gates, and those of one of them.
func jobGateAttributes(own map[string]schema.Attribute) map[string]schema.Attribute {
	attributes := map[string]schema.Attribute{
		"cluster_id": requiredID(clusterIDDescription),
		"db_name":    optionalText(dbNameDescription),
		"job_id":     requiredID(jobIDDescription + " Changing it waits for the new job, in place."),
		"timeouts":   resourceTimeouts(waitTimeoutDescription(createKey)),

		"id":              computedText(idDescription),
		"collection_name": computedText(collectionDescription),
		"complete_time":   computedText("Completion time, as the API returned it."),
		"total_rows":      computedInt(totalRowsDescription),
		"imported_rows": computedInt("Number of rows that were read from the files, not of those that a search finds." +
			nullWithV1),
	}
	maps.Copy(attributes, own)
	return attributes
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

// waitForJob waits for the job of a model.
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
	if !ok || !g.until(job) {
		resp.Diagnostics.Append(g.notImportableError(importedBlock(id), job))
		return
	}
	model.adopt(id, job)
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
	resp.Diagnostics.Append(setIdentity(ctx, resp.State, resp.Identity)...)
}

// IdentitySchema returns the schema of the identity, for Terraform 1.12 and later.
func (g *jobGate) IdentitySchema(
	_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse,
) {
	resp.IdentitySchema = jobIdentitySchema()
}

// notImportableError is the error of importing a job that has not ended as it must.
func (g *jobGate) notImportableError(b block, job importjob.Job) diag.Diagnostic {
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
