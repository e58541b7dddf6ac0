package provider

import "github.com/hashicorp/terraform-plugin-framework/resource"

func newImportCompletionResource() resource.Resource {
	return &gateResource{
		name: "import_completion",
		description: "Waits during `terraform apply` until a bulk import has completed, and records the result. Later " +
			"plans send no request.",
		attributes: completionResults(),
		newModel:   newCompletionModel,
		until:      isCompleted,
		importRule: "Only a completed import can be imported into the state.",
		warnings:   completionWarnings,
	}
}
