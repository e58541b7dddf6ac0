package provider

import "github.com/hashicorp/terraform-plugin-framework/resource"

func newImportCompletionResource() resource.Resource {
	return &gateResource{
		name: "import_completion",
		description: "Waits during `terraform apply` until a bulk import has completed, and records the result in the " +
			"state. It never reads the job again: a plan or refresh sends no request, and the record of the job can expire.",
		attributes: completionResults(),
		newModel:   newCompletionModel,
		until:      isCompleted,
		importRule: "Only a completed import can be imported into the state.",
		warnings:   completionWarnings,
	}
}
