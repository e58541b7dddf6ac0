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
		description: "Waits during `terraform apply` until the rows of an import with `auto_commit = false` are loaded. " +
			"They stay invisible until the job is committed, so this is the place to check the result. API v2 only. " +
			"Imports in two phases are documented by the references of Zilliz's SDKs, not by the pages of the REST API, and " +
			"have not been tried against Zilliz Cloud.",
		requiresV2: true,
		results:    results,
		newModel:   func() gateModel { return &stagingModel{} },
		until:      isStaged,
		importRule: "Only an uncommitted or completed import can be imported into the state.",
		warnings: func(s subject, job importjob.Job) diag.Diagnostics {
			diagnostics := resultWarnings(s, job)
			if isCompleted(job) {
				diagnostics.AddWarning("Imported rows are visible already", joinParagraphs(s.String(),
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

func isStaged(job importjob.Job) bool {
	return job.State == importjob.StateUncommitted || isCompleted(job)
}
