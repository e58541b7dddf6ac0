package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

func newImportStagingResource() resource.Resource {
	results := completionResults()
	results["state"] = computedResourceString("State of the import when the wait ended: `uncommitted`, or `completed` " +
		"if its rows are visible already.")
	return &gateResource{
		name: "import_staging",
		description: "Waits during `terraform apply` until the rows of an import with `auto_commit = false` are loaded, " +
			"so that several jobs are committed only if none of them fails. API v2 only.",
		requiresV2: true,
		attributes: results,
		newModel:   func() gateModel { return &stagingModel{} },
		until:      isStaged,
		importRule: "Only an uncommitted or completed import can be imported into the state.",
		warnings: func(b block, job importjob.Job) diag.Diagnostics {
			diagnostics := completionWarnings(b, job)
			if isCompleted(job) {
				diagnostics.AddWarning("Imported rows are visible already", joinParagraphs(b.String(),
					"The import has completed without a commit of this configuration: someone else has committed the job, it "+
						"was started without auto_commit = false, or the server does not support auto_commit."))
			}
			return diagnostics
		},
	}
}

// stagingModel is that of a completion with the state, since the import need not have
// completed.
type stagingModel struct {
	completionModel
	State types.String `tfsdk:"state"`
}

func (m *stagingModel) record(id importjob.ID, job importjob.Job) {
	m.completionModel.record(id, job)
	m.State = stateValue(job.State)
}

func (m *stagingModel) keep(old gateModel) {
	if old, ok := old.(*stagingModel); ok {
		m.completionModel.keep(&old.completionModel)
		m.State = old.State
	}
}

func isStaged(job importjob.Job) bool {
	return job.State == importjob.StateUncommitted || isCompleted(job)
}
