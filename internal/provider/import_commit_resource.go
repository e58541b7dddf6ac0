package provider

import "github.com/hashicorp/terraform-plugin-framework/resource"

func newImportCommitResource() resource.Resource {
	return &gateResource{
		name: "import_commit",
		description: "Commits a job that was started with `auto_commit = false` during `terraform apply`, and waits until " +
			"its import has completed. All of its rows become visible at once. A commit can't be undone: destroying the " +
			"resource keeps the rows. API v2 only. Imports in two phases are documented by the references of Zilliz's SDKs, " +
			"not by the pages of the REST API, and have not been tried against Zilliz Cloud.",
		requiresV2: true,
		results:    completionResults(),
		newModel:   newCompletionModel,
		commits:    true,
		until:      isCompleted,
		importRule: "Only a completed import can be imported into the state.",
		warnings:   resultWarnings,
	}
}
