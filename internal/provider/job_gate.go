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

// jobGate is a gate that waits for a job.
type jobGate struct {
	gateResource
	// until reports whether a wait ends with a job. Only such a job can be imported into the
	// state, as importRule says.
	until      func(importjob.Job) bool
	importRule string
}

// newJobGate returns a gate with the arguments of all gates that wait for a job, and its
// own attributes.
func newJobGate(name, description string, own map[string]schema.Attribute, newModel func() gateModel) jobGate {
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
	return jobGate{
		gateResource: gateResource{resourceBase{name: name}, description, attributes, newModel},
		until:        isCompleted,
		importRule:   "Only a completed import can be imported into the state.",
	}
}

// jobGateModel has what the models of these gates have in common.
type jobGateModel struct {
	jobIdentity
	Timeouts       types.Map    `tfsdk:"timeouts"`
	ID             types.String `tfsdk:"id"`
	CollectionName types.String `tfsdk:"collection_name"`
	CompleteTime   types.String `tfsdk:"complete_time"`
	TotalRows      types.Int64  `tfsdk:"total_rows"`
	ImportedRows   types.Int64  `tfsdk:"imported_rows"`
}

// recorder is a model that can be imported into the state.
type recorder interface {
	record(importjob.ID, importjob.Job)
	common() *jobGateModel
}

func (m *jobGateModel) common() *jobGateModel { return m }

func (m *jobGateModel) sameAs(other gateModel) bool {
	o, ok := other.(recorder)
	return ok && m.ClusterID.Equal(o.common().ClusterID) && m.JobID.Equal(o.common().JobID) &&
		sameDatabase(m.DBName, o.common().DBName)
}

func (m *jobGateModel) keep(other gateModel) {
	if o, ok := other.(recorder); ok {
		identity, timeouts := m.jobIdentity, m.Timeouts
		*m = *o.common()
		m.jobIdentity, m.Timeouts = identity, timeouts
	}
}

func (m *jobGateModel) check(d *providerData) diag.Diagnostics {
	diagnostics := d.checkDatabase(m.DBName)
	diagnostics.Append(d.warnOfMissing()...)
	return diagnostics
}

// checkTwoPhases is the check of a gate that API v1 can't have.
func (m *jobGateModel) checkTwoPhases(d *providerData, name string) diag.Diagnostics {
	if d.isV1() {
		return diag.Diagnostics{requiresV2(path.Empty(), name,
			"API v1 can't keep imported rows invisible. Use zilliz_import_completion.")}
	}
	return m.check(d)
}

// waitForJob waits for the job of a model.
func (m *jobGateModel) waitForJob(
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

func (m *jobGateModel) record(id importjob.ID, job importjob.Job) {
	m.ID = types.StringValue(id.String())
	m.CollectionName = types.StringPointerValue(job.CollectionName)
	m.CompleteTime = types.StringPointerValue(job.CompleteTime)
	m.TotalRows = types.Int64PointerValue(job.TotalRows)
	m.ImportedRows = types.Int64PointerValue(job.ImportedRows)
}

func (g *jobGate) ImportState(
	ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse,
) {
	id, job, ok := g.readImported(ctx, req, resp)
	if !ok {
		return
	}
	model, ok := g.newModel().(recorder)
	if !ok || !g.until(job) {
		resp.Diagnostics.Append(g.notImportableError(importedBlock(id), job))
		return
	}
	*model.common() = jobGateModel{jobIdentity: newJobIdentity(id), Timeouts: types.MapNull(types.StringType)}
	model.record(id, job)
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
