package provider

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

const noUncommittedRows = "API v1 can't keep imported rows invisible. Use zilliz_import_completion."

// stagingModel has the state too, because the import need not have completed.
type stagingModel struct {
	completionModel
	State types.String `tfsdk:"state"`
}

func newImportStagingResource() resource.Resource {
	g := newJobGate("import_staging", "Waits during `terraform apply` until the rows of an import with `auto_commit = "+
		"false` are loaded, so that several jobs can be committed together. API v2 only.",
		map[string]schema.Attribute{
			"state": computedText("State after the wait: `uncommitted`, or `completed` if the rows are visible already."),
		}, func() gateModel { return &stagingModel{} })
	g.unsupported, g.adoptable = noUncommittedRows, "an uncommitted or completed import"
	return g
}

func isStaged(job importjob.Job) bool {
	return job.State == importjob.StateUncommitted || isCompleted(job)
}

func (m *stagingModel) adopt(id importjob.ID, job importjob.Job) bool {
	m.completionModel.adopt(id, job)
	m.State = stateValue(job.State)
	return isStaged(job)
}

func (m *stagingModel) wait(ctx context.Context, d *providerData, timeoutKey string) diag.Diagnostics {
	job, diagnostics := m.waitForJob(ctx, d, timeoutKey, importjob.WaitOptions{Until: isStaged})
	m.State = stateValue(job.State)
	if isCompleted(job) {
		diagnostics.Append(newWarning(jobBlock(verbWait, m.id(), ""), "Imported rows are visible already",
			"The import has completed without a commit of this configuration: someone else has committed the job, it was "+
				"started without auto_commit = false, or the server does not support auto_commit."))
	}
	return diagnostics
}

type importCommitResource struct{ *jobGate }

type commitModel struct {
	completionModel
	MinRows types.Int64 `tfsdk:"min_rows"`
	MaxRows types.Int64 `tfsdk:"max_rows"`
}

func newImportCommitResource() resource.Resource {
	bound := func(description string) schema.Int64Attribute {
		return optionalInt(description+" of imported rows. Otherwise nothing is committed, and apply fails.",
			int64validator.AtLeast(0))
	}
	g := newJobGate("import_commit", "Waits during `terraform apply` until the rows of an import with `auto_commit = "+
		"false` are loaded, commits them if their number is right, and waits until the import has completed. API v2 only.",
		map[string]schema.Attribute{"min_rows": bound("Smallest number"), "max_rows": bound("Largest number")},
		func() gateModel { return &commitModel{} })
	g.unsupported = noUncommittedRows
	return &importCommitResource{g}
}

func (m *commitModel) wait(ctx context.Context, d *providerData, timeoutKey string) diag.Diagnostics {
	_, diagnostics := m.waitForJob(ctx, d, timeoutKey, importjob.WaitOptions{Commits: true,
		Rows: importjob.RowBounds{Min: m.MinRows.ValueInt64Pointer(), Max: m.MaxRows.ValueInt64Pointer()}})
	return diagnostics
}

func (c *importCommitResource) ValidateConfig(
	ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse,
) {
	var model commitModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	low, high := model.MinRows, model.MaxRows
	if isKnown(low) && isKnown(high) && low.ValueInt64() > high.ValueInt64() {
		resp.Diagnostics.AddAttributeError(path.Root("max_rows"), "Invalid max_rows", "max_rows must be at least min_rows.")
	}
}

// MoveState makes a completion a commit: its import has completed, whoever has committed it.
func (c *importCommitResource) MoveState(ctx context.Context) []resource.StateMover {
	var source resource.SchemaResponse
	newImportCompletionResource().Schema(ctx, resource.SchemaRequest{}, &source)
	return []resource.StateMover{{
		SourceSchema: &source.Schema,
		StateMover: func(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
			if req.SourceTypeName != "zilliz_import_completion" ||
				!strings.HasSuffix(req.SourceProviderAddress, "/zilliz-community/zilliz") {
				return
			}
			var source completionModel
			resp.Diagnostics.Append(req.SourceState.Get(ctx, &source)...)
			resp.Diagnostics.Append(setState(ctx, &resp.TargetState, resp.TargetIdentity,
				&commitModel{completionModel: source})...)
		},
	}}
}
