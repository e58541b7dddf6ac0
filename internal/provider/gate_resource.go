package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
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
	// results are the attributes that a wait sets. The key id is not among them.
	results map[string]result
	// until reports whether a wait ends with a job. Only such a job can be imported into the
	// state, and notAccepted is what to do about another.
	until       func(importjob.Job) bool
	notAccepted string
	commits     bool
	// warnings returns warnings about the result of a wait.
	warnings func(subject, importjob.Job) diag.Diagnostics
}

type result struct {
	attribute schema.Attribute
	value     func(importjob.Job) any
}

// completionResults are the results of a completed import.
func completionResults() map[string]result {
	return map[string]result{
		"collection_name": {computedResourceString("Collection that the data was imported into. Null if the API does " +
			"not return it, as with older servers."),
			func(job importjob.Job) any { return job.CollectionName }},
		"complete_time": {computedResourceString("When the import completed, as the API returned it, usually RFC 3339 " +
			"in UTC. Null if the API does not return it."),
			func(job importjob.Job) any { return job.CompleteTime }},
		"total_rows": {schema.Int64Attribute{Computed: true,
			MarkdownDescription: "Number of rows to import. Null if the API does not return it, as with API v1."},
			func(job importjob.Job) any { return job.TotalRows }},
		"imported_rows": {schema.Int64Attribute{Computed: true,
			MarkdownDescription: "Number of rows that were imported. Null if the API does not return it, as with API v1 " +
				"and older servers."},
			func(job importjob.Job) any { return job.ImportedRows }},
	}
}

type gateArguments struct {
	jobIdentity
	timeouts types.Map
}

func readGateArguments(ctx context.Context, from attributeReader) (gateArguments, diag.Diagnostics) {
	identity, diagnostics := readIdentity(ctx, from)
	a := gateArguments{jobIdentity: identity}
	diagnostics.Append(from.GetAttribute(ctx, path.Root(timeoutsArgument), &a.timeouts)...)
	return a, diagnostics
}

// attributeWriter writes attributes. Terraform's plan and state are ones.
type attributeWriter interface {
	SetAttribute(ctx context.Context, p path.Path, value any) diag.Diagnostics
}

func (a gateArguments) write(ctx context.Context, to attributeWriter) diag.Diagnostics {
	diagnostics := to.SetAttribute(ctx, path.Root("cluster_id"), a.ClusterID)
	diagnostics.Append(to.SetAttribute(ctx, path.Root("db_name"), a.DBName)...)
	diagnostics.Append(to.SetAttribute(ctx, path.Root("job_id"), a.JobID)...)
	diagnostics.Append(to.SetAttribute(ctx, path.Root(timeoutsArgument), a.timeouts)...)
	return diagnostics
}

// sameJob reports whether it is certain that the arguments name the same job.
func (a gateArguments) sameJob(b gateArguments) bool {
	return a.ClusterID.Equal(b.ClusterID) && a.JobID.Equal(b.JobID) && sameDatabase(a.DBName, b.DBName) &&
		!a.ClusterID.IsUnknown() && !a.JobID.IsUnknown() && !a.DBName.IsUnknown()
}

func (g *gateResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + g.name
	resp.ResourceBehavior = behavior()
}

func (g *gateResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: g.description,
		Attributes: map[string]schema.Attribute{
			"cluster_id": requiredResourceID(clusterIDDescription),
			"db_name":    optionalName(dbNameDescription),
			"job_id": requiredResourceID(jobIDDescription + " Another job is waited for in place, and the state " +
				"keeps the old one until then."),
			"timeouts": resourceTimeouts(waitTimeoutDescription("create", "update")),
			"id":       computedResourceString(idDescription),
		},
	}
	for name, result := range g.results {
		resp.Schema.Attributes[name] = result.attribute
	}
}

// ModifyPlan keeps the results known if the plan is certain to keep the job.
func (g *gateResource) ModifyPlan(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	if req.Plan.Raw.IsNull() {
		return
	}
	plan, diagnostics := readGateArguments(ctx, req.Plan)
	resp.Diagnostics.Append(diagnostics...)
	if !req.State.Raw.IsNull() && !resp.Diagnostics.HasError() {
		state, diagnostics := readGateArguments(ctx, req.State)
		resp.Diagnostics.Append(diagnostics...)
		if plan.sameJob(state) {
			resp.Plan.Raw = req.State.Raw
			resp.Diagnostics.Append(plan.write(ctx, &resp.Plan)...)
			return
		}
	}
	if g.requiresV2 && g.data.isV1() {
		resp.Diagnostics.AddError("zilliz_"+g.name+" requires API v2",
			"API v1 can't keep imported rows invisible. Set api_version = \"v2\" in the provider configuration, or use "+
				"zilliz_import_completion.")
		return
	}
	resp.Diagnostics.Append(g.data.checkDatabase(plan.DBName)...)
	resp.Diagnostics.Append(g.data.warnOfMissing()...)
}

// Create waits for the job. After an error the resource is not in the state, and the next
// apply waits again.
func (g *gateResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	job, id, diagnostics := g.waitFor(ctx, req.Plan, "create")
	resp.Diagnostics.Append(diagnostics...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.State.Raw = req.Plan.Raw
	resp.Diagnostics.Append(g.setResults(ctx, &resp.State, id, job)...)
	resp.Diagnostics.Append(setIdentity(ctx, resp.State, resp.Identity)...)
}

// Update waits for another job, and sends nothing for the same one. After an error the
// state keeps the old job.
func (g *gateResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	plan, diagnostics := readGateArguments(ctx, req.Plan)
	resp.Diagnostics.Append(diagnostics...)
	state, diagnostics := readGateArguments(ctx, req.State)
	resp.Diagnostics.Append(diagnostics...)
	if resp.Diagnostics.HasError() {
		return
	}
	if !plan.sameJob(state) {
		job, id, diagnostics := g.waitFor(ctx, req.Plan, "update")
		resp.Diagnostics.Append(diagnostics...)
		if resp.Diagnostics.HasError() {
			return
		}
		resp.Diagnostics.Append(g.setResults(ctx, &resp.State, id, job)...)
	}
	resp.Diagnostics.Append(plan.write(ctx, &resp.State)...)
	resp.Diagnostics.Append(setIdentity(ctx, resp.State, resp.Identity)...)
}

func (g *gateResource) waitFor(
	ctx context.Context, plan tfsdk.Plan, timeoutKey string,
) (importjob.Job, importjob.ID, diag.Diagnostics) {
	arguments, diagnostics := readGateArguments(ctx, plan)
	id := arguments.id()
	diagnostics.Append(g.data.checkReady()...)
	timeout, more := timeoutFrom(arguments.timeouts, timeoutKey, defaultWaitTimeout)
	diagnostics.Append(more...)
	if diagnostics.HasError() {
		return importjob.Job{}, id, diagnostics
	}
	s := g.data.jobSubject(id, timeoutKey, true)
	s.commits = g.commits
	o := importjob.WaitOptions{Until: g.until}
	if g.commits {
		o.Commit = func(ctx context.Context) error { return g.data.client.CommitJob(ctx, id) }
	}
	job, err := g.data.wait(ctx, id, timeout, o)
	if err != nil {
		diagnostics.Append(errorDiagnostic(s, err))
		return job, id, diagnostics
	}
	diagnostics.Append(g.warnings(s, job)...)
	return job, id, diagnostics
}

func (g *gateResource) setResults(
	ctx context.Context, state *tfsdk.State, id importjob.ID, job importjob.Job,
) diag.Diagnostics {
	diagnostics := state.SetAttribute(ctx, path.Root("id"), id.String())
	for name, result := range g.results {
		diagnostics.Append(state.SetAttribute(ctx, path.Root(name), result.value(job))...)
	}
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
		resp.Diagnostics.Append(g.notAcceptedError(g.importedSubject(id), job))
		return
	}
	arguments := gateArguments{newJobIdentity(id), types.MapNull(types.StringType)}
	resp.Diagnostics.Append(arguments.write(ctx, &resp.State)...)
	resp.Diagnostics.Append(g.setResults(ctx, &resp.State, id, job)...)
	resp.Diagnostics.Append(setIdentity(ctx, resp.State, resp.Identity)...)
}

// notAcceptedError is the error of importing a job that has not ended as it must.
func (g *gateResource) notAcceptedError(s subject, job importjob.Job) diag.Diagnostic {
	nextStep := g.notAccepted + " Remove the import block: creating the resource waits for the job."
	switch {
	case job.State == importjob.StateFailed:
		nextStep = g.notAccepted + " This one has failed. Fix the cause, and start a new import."
	case job.Ambiguous:
		nextStep = ambiguousPercentage + ". " + nextStep
	}
	return newError(s, "Import job not completed", "", "State: "+stateText(job)+".", reasons(job), nextStep)
}

func isCompleted(job importjob.Job) bool { return job.State == importjob.StateCompleted }
