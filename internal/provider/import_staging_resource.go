package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

// stagingModel has the state too, because the import need not have completed.
type stagingModel struct {
	completionModel
	State types.String `tfsdk:"state"`
}

func newImportStagingResource() resource.Resource {
	g := newJobGate("import_staging", "Waits during `terraform apply` until the rows of an import with `auto_commit = "+
		"false` are loaded, so that several jobs can be committed together. API v2 only.",
		map[string]schema.Attribute{
			"state": computedText("State of the import when the wait ended: `uncommitted`, or `completed` if its rows are " +
				"visible already."),
		}, func() gateModel { return &stagingModel{} })
	g.staging, g.unsupported = true, noUncommittedRows
	return g
}

func isStaged(job importjob.Job) bool {
	return job.State == importjob.StateUncommitted || isCompleted(job)
}

func (m *stagingModel) adopt(id importjob.ID, job importjob.Job) {
	m.completionModel.adopt(id, job)
	m.State = stateValue(job.State)
}

func (m *stagingModel) wait(ctx context.Context, d *providerData, timeoutKey string) diag.Diagnostics {
	b, job, diagnostics := m.waitForJob(ctx, d, timeoutKey, importjob.WaitOptions{Until: isStaged})
	m.State = stateValue(job.State)
	if isCompleted(job) {
		diagnostics.Append(newWarning(b, "Imported rows are visible already",
			"The import has completed without a commit of this configuration: someone else has committed the job, it was "+
				"started without auto_commit = false, or the server does not support auto_commit."))
	}
	return diagnostics
}
