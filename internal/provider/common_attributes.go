package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// Descriptions that several schemas share.
const (
	clusterIDDescription   = "Id of the cluster, such as `in01-0123456789abcde`."
	jobIDDescription       = "Id of the import job."
	idDescription          = "Id in the form `cluster_id/job_id`."
	replacementDescription = " A change replaces the resource."
)

// requiredID is a required argument of a data source that is the id of a cluster or job.
func requiredID(description string) schema.StringAttribute {
	return schema.StringAttribute{
		Required:            true,
		MarkdownDescription: description,
		Validators:          []validator.String{identifier()},
	}
}

func computedString(description string) schema.StringAttribute {
	return schema.StringAttribute{Computed: true, MarkdownDescription: description}
}

func computedInt(description string) schema.Int64Attribute {
	return schema.Int64Attribute{Computed: true, MarkdownDescription: description}
}

func computedFloat(description string) schema.Float64Attribute {
	return schema.Float64Attribute{Computed: true, MarkdownDescription: description}
}
