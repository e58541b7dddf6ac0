package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/listplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/mapplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Schema implements [resource.Resource].
func (r *importJobResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Starts a bulk import, once, and remembers its job. It does not wait for the import: use a gate such as `zilliz_import_completion` for that. `terraform plan` and a refresh send no request.",
		Attributes: map[string]schema.Attribute{
			"cluster_id":      requiredArgument(clusterIDDescription, identifier()),
			"collection_name": requiredArgument("Collection to import into. It must exist.", trimmed()),
			"db_name":         optionalName("Database of the collection. API v2 only. Defaults to the default database."),
			"partition_name":  optionalName("Partition to import into. Defaults to the default partition."),
			"object_urls": urlBatches("URLs of objects or folders in object storage, as a list of batches: `[[\"s3://bucket/articles/\"]]`. " +
				"API v1 imports exactly one URL. Exactly one of `object_urls` and `volume_name` is required."),
			"volume_name": optionalName("Volume of Zilliz Cloud to import from, with `data_paths`. API v2 only."),
			"data_paths":  urlBatches("Paths in the volume, as a list of batches. Required with `volume_name`."),
			"access_key_wo": writeOnlySecret("Access key of the object storage. Write-only: it is used when the import is started, and never stored. "+
				"A change has no effect. Requires Terraform 1.11 or later.", "secret_key_wo"),
			"secret_key_wo":    writeOnlySecret("Secret key of the object storage. Write-only, like `access_key_wo`.", "access_key_wo"),
			"session_token_wo": writeOnlySecret("Session token of temporary credentials. Write-only, like `access_key_wo`. API v2 only.", "access_key_wo", "secret_key_wo"),
			"triggers": schema.MapAttribute{
				ElementType:         types.StringType,
				Optional:            true,
				MarkdownDescription: "Arbitrary values, such as the version of the data. A change replaces the resource, which starts a new import.",
				PlanModifiers: []planmodifier.Map{mapplanmodifier.RequiresReplaceIf(
					func(ctx context.Context, req planmodifier.MapRequest, resp *mapplanmodifier.RequiresReplaceIfFuncResponse) {
						resp.RequiresReplace = replaces(ctx, req.StateValue, req.Private, &resp.Diagnostics)
					}, unlessImportedDescription, unlessImportedDescription)},
			},
			"timeouts": createTimeouts(timeoutsDescription("create", "start the import") +
				" While the cluster is busy with another import (code 47055), and after HTTP 429, the provider retries until the end of this time. Defaults to `5m`."),
			"id":     computedID(idDescription),
			"job_id": computedID(jobIDDescription),
		},
	}
}

const unlessImportedDescription = "A change replaces the resource, unless the resource was imported and its value is not known."

// replaces reports whether the change of an argument replaces the resource, and warns if
// it does. The service does not return the arguments of a job that is imported into the
// state: setting one that is null there is not a change.
func replaces(ctx context.Context, state attr.Value, private privateState, diagnostics *diag.Diagnostics) bool {
	if state.IsNull() && isImported(ctx, private) {
		return false
	}
	diagnostics.AddWarning("Replacement starts a new import",
		"The rows of the earlier import stay in the collection, and the new import adds its rows to them.")
	return true
}

func replacingString() []planmodifier.String {
	return []planmodifier.String{stringplanmodifier.RequiresReplaceIf(
		func(ctx context.Context, req planmodifier.StringRequest, resp *stringplanmodifier.RequiresReplaceIfFuncResponse) {
			resp.RequiresReplace = replaces(ctx, req.StateValue, req.Private, &resp.Diagnostics)
		}, unlessImportedDescription, unlessImportedDescription)}
}

func requiredArgument(description string, v validator.String) schema.StringAttribute {
	return schema.StringAttribute{
		Required:            true,
		MarkdownDescription: description + replacementDescription,
		Validators:          []validator.String{v},
		PlanModifiers:       replacingString(),
	}
}

func optionalName(description string) schema.StringAttribute {
	return schema.StringAttribute{
		Optional:            true,
		MarkdownDescription: description + replacementDescription,
		Validators:          []validator.String{trimmed()},
		PlanModifiers:       replacingString(),
	}
}

func urlBatches(description string) schema.ListAttribute {
	return schema.ListAttribute{
		ElementType:         types.ListType{ElemType: types.StringType},
		Optional:            true,
		MarkdownDescription: description + replacementDescription,
		Validators: []validator.List{
			listvalidator.SizeAtLeast(1),
			listvalidator.NoNullValues(),
			listvalidator.ValueListsAre(listvalidator.SizeAtLeast(1), listvalidator.NoNullValues(), listvalidator.ValueStringsAre(trimmed())),
		},
		PlanModifiers: []planmodifier.List{listplanmodifier.RequiresReplaceIf(
			func(ctx context.Context, req planmodifier.ListRequest, resp *listplanmodifier.RequiresReplaceIfFuncResponse) {
				resp.RequiresReplace = replaces(ctx, req.StateValue, req.Private, &resp.Diagnostics)
			}, unlessImportedDescription, unlessImportedDescription)},
	}
}

func writeOnlySecret(description string, requires ...string) schema.StringAttribute {
	validators := []validator.String{trimmed()}
	for _, argument := range requires {
		validators = append(validators, stringvalidator.AlsoRequires(path.MatchRoot(argument)))
	}
	return schema.StringAttribute{
		Optional: true, WriteOnly: true, Sensitive: true, MarkdownDescription: description,
		Validators: validators,
	}
}
