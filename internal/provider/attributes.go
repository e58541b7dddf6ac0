package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// Descriptions that several schemas share.
const (
	clusterIDDescription  = "ID of the cluster, such as `in01-0123456789abcde`."
	jobIDDescription      = "ID of the import job."
	dbNameDescription     = "Database of the job. API v2 only. Defaults to the default database."
	idDescription         = "ID in the form `cluster_id/job_id`."
	collectionDescription = "Collection of the import."
	totalRowsDescription  = "Number of rows in the files." + nullWithV1
	nullWithV1            = " Null with API v1."
)

// The attributes of package resource/schema fit all kinds of blocks.

func requiredID(description string) schema.StringAttribute {
	return schema.StringAttribute{Required: true, MarkdownDescription: description, Validators: validID()}
}

func requiredText(description string) schema.StringAttribute {
	return schema.StringAttribute{Required: true, MarkdownDescription: description, Validators: validText()}
}

func optionalText(description string) schema.StringAttribute {
	return schema.StringAttribute{Optional: true, MarkdownDescription: description, Validators: validText()}
}

func optionalBool(description string) schema.BoolAttribute {
	return schema.BoolAttribute{Optional: true, MarkdownDescription: description}
}

func optionalInt(description string, validators ...validator.Int64) schema.Int64Attribute {
	return schema.Int64Attribute{Optional: true, MarkdownDescription: description, Validators: validators}
}

func computedText(description string) schema.StringAttribute {
	return schema.StringAttribute{Computed: true, MarkdownDescription: description}
}

func computedBool(description string) schema.BoolAttribute {
	return schema.BoolAttribute{Computed: true, MarkdownDescription: description}
}

func computedInt(description string) schema.Int64Attribute {
	return schema.Int64Attribute{Computed: true, MarkdownDescription: description}
}

func computedFloat(description string) schema.Float64Attribute {
	return schema.Float64Attribute{Computed: true, MarkdownDescription: description}
}

// isKnown reports whether a value is neither null nor unknown.
func isKnown(value attr.Value) bool { return !value.IsNull() && !value.IsUnknown() }
