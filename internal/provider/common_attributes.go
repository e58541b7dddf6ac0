package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// Descriptions that several schemas share.
const (
	clusterIDDescription = "ID of the cluster, such as `in01-0123456789abcde`."
	jobIDDescription     = "ID of the import job."
	dbNameDescription    = "Database of the job. API v2 only. Defaults to the default database."
	idDescription        = "ID in the form `cluster_id/job_id`."

	collectionFilterDescription = "Lists only the jobs that import into this collection. Defaults to all collections."
	dbNameFilterDescription     = "Lists only the jobs that import into this database. API v2 only. Defaults to " +
		"the default database."
	stateFilterDescription = "Lists only the jobs in this state: `pending`, `importing`, `uncommitted`, " +
		"`committing`, `completed` or `failed`. Defaults to all states."
)

// requiredID is a required argument of a data source that is the ID of a cluster or job.
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
